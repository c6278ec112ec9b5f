// SPDX-License-Identifier: GPL-2.0
#include "explore/model.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>

#include <cerrno>
#include <functional>

namespace
{

using explore::Disagreement;
using explore::Kind;
using explore::Knowledge;
using explore::Memory;
using explore::Model;
using explore::Operation;
using explore::Program;
using explore::Seen;

constexpr unsigned structure = 800;

Knowledge of_udp(std::set<std::string> deviations = {})
{
	Knowledge knowledge;

	knowledge.deviations = std::move(deviations);
	knowledge.error_level = SOL_IP;
	knowledge.error_type = IP_RECVERR;
	knowledge.largest_datagram = 65507;
	knowledge.structure = structure;
	knowledge.option_memory = 100000;
	return knowledge;
}

std::string requirement(const std::optional<Disagreement> &disagreement)
{
	return disagreement ? disagreement->requirement : "";
}

Operation flagged(unsigned length, unsigned flags = 0)
{
	return {.flags = explore::zerocopy | flags, .length = length};
}

/* A kernel that is told what to answer, and the model that hears it. */
class Scene {
public:
	explicit Scene(const Knowledge &knowledge = of_udp(), const Program &program = {})
		: model(program, knowledge)
	{
	}

	std::string send(const Operation &send, ssize_t returned, int error = 0, const Memory &after = {},
			 const Memory &before = {})
	{
		Seen seen;

		seen.result = seen.twin = {error ? -1 : returned, error};
		seen.before = before;
		seen.after = after;
		return requirement(model.judge(send, seen));
	}

	/* The twin's send succeeds. */
	std::string refused(const Operation &send, int error, const Memory &before = {})
	{
		Seen seen;

		seen.result = {-1, error};
		seen.twin = {static_cast<ssize_t>(send.length), 0};
		seen.before = before;
		return requirement(model.judge(send, seen));
	}

	errqueue::Message message_of(std::uint32_t lo, std::uint32_t hi, bool copied) const
	{
		errqueue::Notification entry;
		errqueue::Message message;

		entry.header = {SOL_IP, IP_RECVERR,
				CMSG_LEN(sizeof(sock_extended_err) + sizeof(sockaddr_in))};
		message.control.push_back(entry.header);
		entry.err.ee_origin = SO_EE_ORIGIN_ZEROCOPY;
		entry.err.ee_code = copied ? SO_EE_CODE_ZEROCOPY_COPIED : 0;
		entry.err.ee_info = lo;
		entry.err.ee_data = hi;
		message.flags = MSG_ERRQUEUE;
		if (change)
			change(message, entry);
		message.notifications.push_back(entry);
		return message;
	}

	std::string notified(std::uint32_t lo, std::uint32_t hi, bool copied = true, unsigned memory = 0)
	{
		Seen seen;

		seen.messages.push_back(message_of(lo, hi, copied));
		seen.after.option = memory;
		return requirement(model.judge({.kind = Kind::drain}, seen));
	}

	std::string arrives(os::Data data)
	{
		Seen seen;

		seen.data.push_back(std::move(data));
		return requirement(model.judge({.kind = Kind::receive}, seen));
	}

	/* Two calls of 100 bytes that overlap, of which one fails; these ids are read at that moment of
	 * ten, or not at all (0). */
	std::string race(std::uint32_t id, std::uint64_t moment, bool fails = true)
	{
		Seen seen;

		seen.raced = {{{100, 0}, true, {1, 4}},
			      {{fails ? -1 : 100, fails ? EFAULT : 0}, false, {2, 9}}};
		seen.result.returned = seen.twin.returned = 100;
		if (moment) {
			seen.messages.push_back(message_of(id, id, true));
			seen.read_at.push_back(moment);
		}
		return requirement(model.judge(
			{.kind = Kind::race, .flags = explore::zerocopy, .length = 100, .value = 1}, seen));
	}

	void does(Kind kind, unsigned value = 0) { model.judge({.kind = kind, .value = value}, {}); }
	std::string ends(const Memory &memory = {}) { return requirement(model.judge_end(0, memory)); }

	Model model;
	/* What is unusual about notifications. */
	std::function<void(errqueue::Message &, errqueue::Notification &)> change;
};

os::Data bytes(unsigned generation, std::size_t from, std::size_t length)
{
	const os::Data &all = explore::bytes_of(0, generation);

	return {all.begin() + static_cast<std::ptrdiff_t>(from),
		all.begin() + static_cast<std::ptrdiff_t>(from + length)};
}

TEST(Model, CountsSuccessfulFlaggedCalls)
{
	Scene scene;

	EXPECT_EQ(scene.send(flagged(5), 5), "");
	EXPECT_EQ(scene.send({.length = 7}, 7), "");
	EXPECT_EQ(scene.send(flagged(6), 6), "");
	EXPECT_EQ(scene.notified(0, 1), "");
	for (const std::size_t length : {5, 7, 6})
		EXPECT_EQ(scene.arrives(bytes(0, 0, length)), "");
	EXPECT_EQ(scene.ends(), "");
	EXPECT_EQ(scene.notified(1, 1), "ZC-CT-18");
	EXPECT_EQ(Scene().notified(0, 0), "ZC-CT-18");
}

TEST(Model, MissesWhatIsNotReported)
{
	Scene scene;

	scene.send(flagged(5), 5);
	scene.arrives(bytes(0, 0, 5));
	EXPECT_TRUE(scene.model.completions_due(0));
	EXPECT_EQ(scene.ends(), "ZC-CT-18");
}

TEST(Model, KnowsWhatAReaderLost)
{
	Scene scene;
	Seen seen;

	scene.send(flagged(5), 5);
	scene.arrives(bytes(0, 0, 5));
	seen.messages.emplace_back().flags = MSG_ERRQUEUE | MSG_CTRUNC;
	EXPECT_FALSE(scene.model.judge({.kind = Kind::drain, .form = explore::Form::sendmmsg}, seen));
	EXPECT_EQ(scene.ends(), "");
	/* It is gone with that read. */
	EXPECT_EQ(scene.notified(0, 0), "");
	EXPECT_EQ(scene.ends(), "ZC-RX-13");
}

TEST(Model, KnowsWhatANotificationIsLike)
{
	const auto judged =
		[](const std::function<void(errqueue::Message &, errqueue::Notification &)> &change) {
			Scene scene;

			scene.send(flagged(5), 5);
			scene.change = change;
			return scene.notified(0, 0);
		};

	EXPECT_EQ(judged([](auto &, auto &entry) { entry.header.type = IP_TTL; }), "ZC-PA-09");
	EXPECT_EQ(judged([](auto &, auto &entry) { entry.err.ee_errno = ENOMSG; }), "ZC-PA-11");
	EXPECT_EQ(judged([](auto &, auto &entry) { entry.err.ee_pad = 1; }), "ZC-PA-05");
	EXPECT_EQ(judged([](auto &, auto &entry) { entry.header.length = 16; }), "ZC-PA-12");
	EXPECT_EQ(judged([](auto &, auto &entry) { entry.offender = {1}; }), "ZC-PA-12");
	EXPECT_EQ(judged([](auto &message, auto &) { message.control.emplace_back(); }), "ZC-PA-12");
	EXPECT_EQ(judged([](auto &message, auto &) { message.returned = 1; }), "ZC-RX-11");
	EXPECT_EQ(judged([](auto &message, auto &) { message.flags |= MSG_TRUNC; }), "ZC-RX-11");
}

TEST(Model, CountsNoEmptyDatagram)
{
	Scene document;
	Scene kernel(of_udp({"zero-length-datagram-counts"}));

	document.send(flagged(0), 0);
	EXPECT_EQ(document.notified(0, 0), "ZC-CT-18");
	kernel.send(flagged(0), 0);
	EXPECT_EQ(kernel.notified(0, 0), "");

	/* What fails behind the point where ids are given counts with both deviations only. */
	Operation segmented = flagged(0);
	segmented.segment = 1;
	for (const bool late : {false, true}) {
		Scene scene(of_udp(
			late ? std::set<std::string>{"zero-length-datagram-counts", "udp-late-failure-counts"}
			     : std::set<std::string>{"zero-length-datagram-counts"}));

		scene.does(Kind::setting, static_cast<unsigned>(explore::Setting::no_checksum));
		scene.send(segmented, 0, EINVAL);
		EXPECT_EQ(scene.notified(0, 0), late ? "" : "ZC-CT-18");
	}
}

TEST(Model, WantsAnOrderOfCallsThatRace)
{
	Scene scene;

	EXPECT_EQ(scene.race(0, 5), "");
	EXPECT_EQ(scene.race(1, 0), "");
	EXPECT_EQ(scene.notified(1, 1), "");
	/* The call that failed has none. */
	EXPECT_EQ(Scene().race(1, 5), "ZC-CT-18");
	EXPECT_EQ(scene.notified(2, 2), "ZC-CT-18");
	/* Nor may it succeed. */
	EXPECT_EQ(Scene().race(0, 5, false), "ZC-TX-12");
	/* What was sent before may be read at once, and what is sent in the race when its call has begun. */
	Scene early;
	early.send(flagged(100), 100);
	EXPECT_EQ(early.race(0, 0), "");
	EXPECT_EQ(early.notified(0, 1), "");
	EXPECT_EQ(Scene().race(0, 1), "");
	Scene late;
	EXPECT_EQ(late.race(0, 5), "");
}

TEST(Model, KnowsThatAFailureInARaceDisturbsIds)
{
	const Knowledge known = of_udp({"udp-concurrent-failure-corrupts-ids"});
	Scene twice(known), above(known);

	/* One id twice, and one never. */
	twice.send(flagged(100), 100);
	EXPECT_EQ(twice.race(0, 0), "");
	EXPECT_EQ(twice.notified(1, 1), "");
	EXPECT_EQ(twice.notified(1, 1), "");
	EXPECT_EQ(twice.notified(1, 1), "ZC-CT-18");
	EXPECT_EQ(above.race(1, 5), "");
	EXPECT_EQ(above.notified(1, 1), "ZC-CT-18");
}

TEST(Model, CountsNoFailure)
{
	Operation segments = flagged(500);
	Scene document;
	Scene kernel(of_udp({"udp-late-failure-counts"}));

	segments.segment = 1;
	EXPECT_EQ(document.send(segments, 0, EINVAL), "");
	EXPECT_EQ(document.notified(0, 0), "ZC-CT-18");
	kernel.send(segments, 0, EINVAL);
	EXPECT_EQ(kernel.notified(0, 0, false), "");
	EXPECT_EQ(kernel.ends(), "");
	kernel.send(flagged(500), 0, EFAULT);
	EXPECT_EQ(kernel.notified(1, 1), "ZC-CT-18");
}

TEST(Model, ExpectsWhatASocketWithoutTheFlagGets)
{
	Operation pieces = flagged(18);

	pieces.pieces = 18;
	pieces.layout = explore::Layout::paged;
	EXPECT_EQ(Scene().refused(flagged(5), EMSGSIZE), "ZC-TX-12");
	EXPECT_EQ(Scene().refused(pieces, EMSGSIZE), "ZC-MEM-12");
	EXPECT_EQ(Scene(of_udp({"udp-fragment-limit-refused"})).refused(pieces, EMSGSIZE), "");
}

TEST(Model, KnowsTheLimits)
{
	Scene scene;

	EXPECT_EQ(scene.refused(flagged(5), ENOBUFS), "ZC-TX-07");
	scene.does(Kind::option_memory, 1);
	EXPECT_EQ(scene.refused(flagged(5), ENOBUFS, {.option = structure}), "");
	scene.does(Kind::option_memory, 0);
	EXPECT_EQ(scene.refused(flagged(5), ENOBUFS), "");
	EXPECT_EQ(scene.send(flagged(5), 5), "ZC-TX-03");
}

TEST(Model, ChargesPagesToTheUserWhoSends)
{
	Knowledge knowledge = of_udp();

	knowledge.locked_pages = 100;
	Scene scene(knowledge);
	scene.does(Kind::locked_memory, 3);
	EXPECT_EQ(scene.send(flagged(8192), 8192), "ZC-TX-04");
	EXPECT_EQ(scene.send(flagged(5), 5), "");
	EXPECT_EQ(scene.refused(flagged(5), ENOBUFS), "");
	scene.does(Kind::user);
	EXPECT_EQ(scene.refused(flagged(5), ENOBUFS), "ZC-TX-07");
}

TEST(Model, LetsAStoreBeSeenUntilTheNotificationIsRead)
{
	for (const bool read : {false, true}) {
		Scene scene;

		scene.send(flagged(5), 5);
		if (read)
			scene.notified(0, 0);
		scene.does(Kind::store);
		EXPECT_EQ(scene.arrives(bytes(1, 0, 5)), read ? "ZC-IN-08" : "");
	}
	Scene plain;
	plain.send({.length = 5}, 5);
	plain.does(Kind::store);
	EXPECT_EQ(plain.arrives(bytes(1, 0, 5)), "ZC-IN-08");
}

TEST(Model, ExpectsEveryByteOnce)
{
	Scene scene;
	os::Data wrong = bytes(0, 0, 5);

	scene.send(flagged(5), 5);
	wrong[4] ^= 1;
	EXPECT_EQ(scene.ends(), "ZC-IN-08");
	EXPECT_EQ(scene.arrives(wrong), "ZC-IN-08");
	EXPECT_EQ(scene.arrives(bytes(0, 0, 5)), "ZC-IN-08");
}

TEST(Model, CutsADatagramIntoItsSegments)
{
	Operation segments = flagged(5);
	Scene scene;

	segments.segment = 2;
	scene.send(segments, 5);
	EXPECT_EQ(scene.arrives(bytes(0, 0, 2)), "");
	EXPECT_EQ(scene.arrives(bytes(0, 2, 2)), "");
	EXPECT_EQ(scene.arrives(bytes(0, 4, 1)), "");
}

TEST(Model, PutsTogetherWhatMoreWasToComeTo)
{
	Scene scene;

	scene.send(flagged(2, explore::more), 2);
	scene.does(Kind::store);
	EXPECT_FALSE(scene.model.completes_unread(0));
	scene.send(flagged(3), 3);
	EXPECT_TRUE(scene.model.completes_unread(0));
	os::Data both = bytes(0, 0, 2);
	const os::Data second = bytes(1, 0, 3);
	both.insert(both.end(), second.begin(), second.end());
	EXPECT_EQ(scene.arrives(both), "");
	/* A call that fails takes what waits with it. */
	scene.send(flagged(2, explore::more), 2);
	scene.send(flagged(2), 0, EFAULT);
	scene.notified(0, 2);
	EXPECT_EQ(scene.ends(), "");
}

TEST(Model, ExpectsACopyToBeReported)
{
	Scene scene;

	scene.send(flagged(5), 5);
	scene.notified(0, 0, false);
	scene.arrives(bytes(0, 0, 5));
	EXPECT_EQ(scene.ends(), "ZC-LO-01");

	for (const bool known : {false, true}) {
		Scene merged(known ? of_udp({"merged-range-keeps-first-code"}) : of_udp());

		merged.does(Kind::drop, 1);
		merged.send(flagged(5), 5);
		merged.does(Kind::drop, 0);
		merged.send(flagged(5), 5);
		merged.arrives(bytes(0, 0, 5));
		merged.notified(0, 1, false);
		EXPECT_EQ(merged.ends(), known ? "" : "ZC-BT-07");
	}
}

TEST(Model, ExpectsAFailureToLeaveNothing)
{
	Program stream;

	stream.transport = "tcp4";
	EXPECT_EQ(Scene(of_udp(), stream).send(flagged(5), 0, EFAULT, {.queued = 4096}), "ZC-LIM-18");
	EXPECT_EQ(Scene(of_udp(), stream).send(flagged(5), 5, 0, {.forward = -1}), "ZC-LIM-19");
	EXPECT_EQ(Scene().send(flagged(5), 5, 0, {.option = 2 * structure}), "ZC-LIM-02");
	EXPECT_EQ(Scene().send(flagged(5), 5, 0, {.send_buffer = 200}, {.send_buffer = 100}), "ZC-LIM-14");
	EXPECT_EQ(Scene().ends({.option = structure}), "ZC-LIM-03");
	EXPECT_EQ(Scene().ends({.queued = 1}), "ZC-LIM-18");
}

TEST(Model, ExpectsNoErrorWithoutAnEntry)
{
	Scene scene;
	Seen seen;

	seen.events = POLLOUT | POLLERR;
	seen.twin_events = POLLOUT;
	EXPECT_EQ(requirement(scene.model.judge({.kind = Kind::poll}, seen)), "ZC-CT-18");
	scene.send(flagged(5), 5);
	EXPECT_EQ(requirement(scene.model.judge({.kind = Kind::poll}, seen)), "");
	seen.twin_events = POLLIN;
	EXPECT_EQ(requirement(scene.model.judge({.kind = Kind::poll}, seen)), "ZC-TX-12");
}

TEST(Model, ExpectsAnErrorWhileAnEntryIsUnread)
{
	const auto polled = [](Scene &scene, short events) {
		Seen seen;

		seen.events = static_cast<short>(POLLOUT | events);
		seen.twin_events = POLLOUT;
		return requirement(scene.model.judge({.kind = Kind::poll}, seen));
	};
	Scene hidden, unreadable, read;
	Seen reply;

	for (Scene *scene : {&hidden, &unreadable, &read}) {
		EXPECT_EQ(scene->send(flagged(5), 5), "");
		EXPECT_EQ(polled(*scene, 0), "");
		EXPECT_EQ(polled(*scene, POLLERR), "");
	}
	EXPECT_EQ(polled(hidden, 0), "ZC-RX-03");
	reply.events = reply.twin_events = POLLIN | POLLOUT;
	EXPECT_EQ(requirement(hidden.model.judge({.kind = Kind::reply}, reply)), "ZC-RX-03");
	EXPECT_EQ(requirement(unreadable.model.judge({.kind = Kind::drain}, {})), "ZC-RX-03");
	reply.events |= POLLERR;
	EXPECT_EQ(requirement(unreadable.model.judge({.kind = Kind::reply}, reply)), "");
	EXPECT_EQ(requirement(unreadable.model.judge({.kind = Kind::reply, .form = explore::Form::sendmsg},
						     reply)),
		  "ZC-RX-03");
	EXPECT_EQ(read.notified(0, 0), "");
	EXPECT_EQ(polled(read, 0), "");
}

TEST(Model, WaitsForThePlayedPeer)
{
	Knowledge knowledge = of_udp();
	Program program;

	knowledge.scripted = true;
	program.transport = "tcp4";
	program.path = "peer-tun";
	const auto told = [&](unsigned packets, bool ended) {
		Scene scene(knowledge, program);
		Seen seen;

		EXPECT_EQ(scene.send(flagged(5), 5), "");
		EXPECT_FALSE(scene.model.completes_unread(0));
		seen.data.push_back(bytes(0, 0, 5));
		EXPECT_FALSE(scene.model.judge({.kind = Kind::receive, .value = packets}, seen));
		if (ended)
			scene.does(Kind::end_receiver, 1);
		return scene.notified(0, 0);
	};

	EXPECT_EQ(told(1, false), "ZC-IN-09");
	EXPECT_EQ(told(0, false), "");
	EXPECT_EQ(told(1, true), "");
}

/* net/vmw_vsock/virtio_transport_common.c: the receiver's queue has the sender's pages. */
TEST(Model, KnowsVsockThatItsReaderCompletes)
{
	Program program;

	program.transport = "vsock-stream";
	Scene scene(of_udp(), program);
	scene.change = [](errqueue::Message &message, errqueue::Notification &entry) {
		entry.header.length = message.control[0].length = CMSG_LEN(sizeof(sock_extended_err));
		entry.offender.clear();
	};
	EXPECT_EQ(scene.send(flagged(5), 5), "");
	EXPECT_FALSE(scene.model.completes_unread(0));
	scene.does(Kind::store);
	EXPECT_EQ(scene.arrives(bytes(1, 0, 5)), "");
	EXPECT_EQ(scene.ends(), "ZC-CT-18");
	EXPECT_EQ(scene.notified(0, 0, false), "");
	EXPECT_EQ(scene.ends(), "");
	/* A plain call's bytes are those of the call. */
	EXPECT_EQ(scene.send({.length = 5}, 5), "");
	scene.does(Kind::store);
	EXPECT_EQ(scene.arrives(bytes(2, 0, 5)), "ZC-IN-08");
}

TEST(Model, KnowsWhereVsockRefusesWithEnomem)
{
	const auto told = [](const Operation &send, const char *deviation, unsigned option_memory = 100000) {
		Knowledge knowledge = of_udp();
		Program program;

		if (deviation)
			knowledge.deviations = {deviation};
		knowledge.option_memory = option_memory;
		program.transport = "vsock-stream";
		return Scene(knowledge, program).refused(send, ENOMEM);
	};
	Operation unreadable = flagged(100);
	Operation many = flagged(100);

	unreadable.bad = 1;
	many.pieces = 18;
	many.layout = explore::Layout::gapped;
	EXPECT_EQ(told(flagged(100), "vsock-limits-give-enomem"), "ZC-TX-07");
	EXPECT_EQ(told(flagged(100), "vsock-limits-give-enomem", 0), "");
	EXPECT_EQ(told(flagged(100), nullptr, 0), "ZC-TX-12");
	EXPECT_EQ(told(many, "vsock-fragment-limit-refused"), "");
	EXPECT_EQ(told(many, "vsock-limits-give-enomem"), "ZC-TX-12");
	EXPECT_EQ(told(many, "vsock-limits-give-enomem", 0), "");
	/* A twin that can read as little has the same. */
	EXPECT_EQ(told(unreadable, "vsock-fragment-limit-refused"), "ZC-TX-12");
}

TEST(Model, KnowsThatVsockMayCutACallWhereCreditEnds)
{
	const auto told = [](std::set<std::string> deviations) {
		Program program;

		program.transport = "vsock-stream";
		Scene scene(of_udp(std::move(deviations)), program);
		scene.change = [](errqueue::Message &message, errqueue::Notification &entry) {
			entry.header.length = message.control[0].length = CMSG_LEN(sizeof(sock_extended_err));
			entry.offender.clear();
		};
		scene.send(flagged(100000), 100000);
		return scene.notified(0, 1, false);
	};

	EXPECT_EQ(told({}), "ZC-CT-18");
	EXPECT_EQ(told({"vsock-send-split-into-several-ids"}), "");
}

TEST(Model, IgnoresTheFlagWithoutTheOption)
{
	Program without;

	without.option = false;
	Scene scene(of_udp(), without);
	EXPECT_EQ(scene.send(flagged(5), 5), "");
	EXPECT_EQ(scene.notified(0, 0), "ZC-CT-18");
	/* Other values than 0 and 1 are refused. */
	EXPECT_EQ(requirement(scene.model.judge({.kind = Kind::option, .value = 2}, {})), "ZC-SO-01");
	scene.does(Kind::option, 1);
	scene.send(flagged(5), 5);
	EXPECT_EQ(scene.notified(0, 0), "");
}

} // namespace
