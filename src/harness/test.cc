// SPDX-License-Identifier: GPL-2.0
#include "harness/test.h"

#include <sched.h>
#include <sys/resource.h>
#include <sys/utsname.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "agent/remote.h"
#include "errqueue/receive.h"
#include "limits/limits.h"
#include "netns/device.h"
#include "os/deadline.h"
#include "os/fd.h"
#include "os/names.h"
#include "os/option.h"
#include "os/told.h"
#include "transport/calls.h"

namespace harness
{

using errqueue::IdRange;
using errqueue::Message;
using errqueue::Notification;
using os::Bytes;
using transport::Link;
using transport::Sent;

Test::Test(const Case &definition, const transport::Transport &transport, const netns::Path &path, bool ipv6,
	   netns::Lease &lease, agent::Remote *remote)
	: definition_(definition), transport_(transport), path_(path), ipv6_(ipv6), remote_(remote),
	  lease_(lease)
{
}

bool Test::has(unsigned traits) const
{
	return (transport::traits(path_, transport_) & traits) == traits;
}

/* The case's own line, then the helpers', the innermost last. */
static std::string told(const std::vector<Where> &lines)
{
	std::string out = "\n  at:       " + describe(lines.front());

	for (std::size_t i = 1; i < lines.size(); i++)
		out += "\n  in:       " + describe(lines[i]);
	return out;
}

/* A read leaves the freeing of IPv4 fragments to the processor that took them in, which does
 * so when it next receives: net/core/skbuff.c:skb_attempt_defer_free. */
static void stay_on_one_processor()
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(::sched_getcpu(), &one);
	::sched_setaffinity(0, sizeof(one), &one);
}

const netns::Network &Test::network()
{
	if (!lease_.used()) {
		/* All cases wait for the one lock around devices. */
		const os::Deadline building;

		lease_.network(path_, ipv6_);
	}
	if (has(netns::fragments))
		stay_on_one_processor();
	return lease_.network(path_, ipv6_);
}

Link &Test::connect(const transport::LinkOptions &options)
{
	return links_.emplace_back(network(), transport_, options, remote_);
}

void Test::that(std::string_view what, bool holds, std::string_view expected, std::string_view seen,
		Where where)
{
	keeps(charged_, what, holds, expected, seen, where);
}

void Test::keeps(const char *requirement, std::string_view what, bool holds, std::string_view expected,
		 std::string_view seen, Where where)
{
	expect(requirement, "", what, holds, expected, seen, where);
}

void Test::relies(const char *common, std::string_view what, bool holds, std::string_view expected,
		  std::string_view seen, Where where)
{
	expect(charged_, common, what, holds, expected, seen, where);
}

void Test::expect(const char *requirement, const char *common, std::string_view what, bool holds,
		  std::string_view expected, std::string_view seen, Where where)
{
	if (holds) {
		last_met_ = where;
		if (*common)
			relied_on_.insert(common);
		os::sign_of_life();
		return;
	}
	os::tell_tracer("failed", std::string(what) + ": expected " + std::string(expected) + ", seen " +
					  std::string(seen));
	throw Failure(std::string(what) + "\n  expected: " + std::string(expected) +
			      "\n  seen:     " + std::string(seen) + place(where),
		      requirement, common);
}

/* What reports a call, whatever it is about. */
static const char *completes(Link &link)
{
	return link.transcript().segmented() ? segments_complete : once_each;
}

const char *Test::notification_comes(Link &link) const
{
	const bool about_a_promise = std::ranges::any_of(definition_.requirements, [](const char *id) {
		return id && catalogue::find(id)->standing == catalogue::Standing::promised;
	});

	return about_a_promise ? charged_ : completes(link);
}

std::string Test::place(Where where) const
{
	std::vector<Where> lines = callers_;

	lines.push_back(where);
	return told(lines);
}

std::string Test::place() const
{
	if (unwound_.empty())
		return told({definition_.where}) + (last_met_ ? "\n  behind:   " + describe(*last_met_) +
									", the last expectation that held"
							      : "");
	return told({unwound_.rbegin(), unwound_.rend()});
}

At::~At()
{
	if (std::uncaught_exceptions() > exceptions_)
		test_.unwound_.push_back(test_.callers_.back());
	test_.callers_.pop_back();
}

void Test::equal(std::string_view what, Bytes seen, Bytes expected, Where where)
{
	auto lengths = [&](Bytes bytes) { return " of " + std::to_string(bytes.size()) + " bytes"; };
	const auto [at, there] = std::ranges::mismatch(expected, seen);
	const auto offset = std::to_string(at - expected.begin());
	auto byte = [&](Bytes bytes, auto position) {
		return position == bytes.end()
			       ? "the end" + lengths(bytes)
			       : "byte " + offset + lengths(bytes) + " is " + os::hexadecimal(*position);
	};

	that(what, at == expected.end() && there == seen.end(), byte(expected, at), byte(seen, there), where);
}

void Test::equal(std::string_view what, long seen, long expected, Where where)
{
	that(what, seen == expected, std::to_string(expected), std::to_string(seen), where);
}

void Test::equal(std::string_view what, IdRange seen, IdRange expected, Where where)
{
	const bool too_long = seen.lo == expected.lo && expected.lo == expected.hi && seen.hi != seen.lo;

	relies(one_id_is_its_range, what, !too_long, errqueue::describe(expected), errqueue::describe(seen),
	       where);
	relies(ids_in_turn, what, seen == expected, errqueue::describe(expected), errqueue::describe(seen),
	       where);
}

/* All of it is a valid source. */
constexpr const char *usual_memory = "ZC-MEM-01";

void Test::sent(const Sent &sent, std::size_t expected, Where where)
{
	const auto judge = [&](const char *common, bool holds, const char *beside = "") {
		relies(common, std::string("return value of the send call") + beside, holds,
		       std::to_string(expected), transport::describe(sent), where);
	};

	judge(enobufs_at_limits, sent.ok() || sent.error != ENOBUFS);
	judge(usual_memory, sent.ok() || sent.error != EFAULT);
	judge(calls_beside_notifications, sent.ok() || !notification_waits(),
	      ", a notification being queued");
	judge(calls_honour_the_flag, sent.ok() && static_cast<std::size_t>(sent.returned) == expected);
}

bool Test::notification_waits()
{
	return std::ranges::any_of(
		links_, [](Link &link) { return link.sender() >= 0 && !link.read_notifications().empty(); });
}

void Test::refused(const Sent &sent, int expected_errno, Where where)
{
	refused("", sent, expected_errno, where);
}

void Test::refused(const char *common, const Sent &sent, int expected_errno, Where where)
{
	relies(common, "return value of the send call", !sent.ok() && sent.error == expected_errno,
	       transport::describe({-1, expected_errno}), transport::describe(sent), where);
}

void Test::socket_error(int seen, int expected, std::string_view when, Where where)
{
	const bool any_read = queue_read_ || std::ranges::any_of(links_, [](const Link &link) {
				      return !link.history().empty();
			      });
	const auto judge = [&](const char *common, bool holds) {
		relies(common, "SO_ERROR" + std::string(when), holds, os::error_name(expected),
		       os::error_name(seen), where);
	};

	judge(notification_is_no_error, seen == 0 || seen == expected);
	judge(any_read ? reads_leave_errors : "", seen == expected);
}

/* A notification that comes before it should is none too many. */
static bool comes_early(const Link &link, const Message &message)
{
	const std::vector<IdRange> missing = link.ledger().missing();

	return std::ranges::any_of(missing, [&](const IdRange &range) {
		return message.notifications.size() == 1 && message.notifications[0].is_zerocopy() &&
		       message.notifications[0].ids().lo - range.lo < range.count();
	});
}

void Test::queue_empty(const Link &link, Where where)
{
	const auto message = errqueue::receive(link.sender());

	queue_empty(message, message && comes_early(link, *message) ? "" : once_each, where);
}

void Test::queue_empty(int socket, Where where)
{
	queue_empty(errqueue::receive(socket), "", where);
}

void Test::queue_empty(const std::optional<Message> &message, const char *common, Where where)
{
	queue_read_ = true;
	const bool nothing = message && message->control.empty() && message->notifications.empty();
	const char *const expected = "empty: recvmsg(MSG_ERRQUEUE) fails with EAGAIN";
	const std::string seen = message ? errqueue::describe(*message) : "";

	relies(readable_queue, "error queue", !nothing, expected, seen, where);
	relies(common, "error queue", !message, expected, seen, where);
}

void Test::nothing_comes(const Link &link, Where where)
{
	errqueue::wait(link.sender(), os::Deadline(os::quiet_period()));
	queue_empty(link, where);
}

void Test::well_formed(const Notification &notification, Where where)
{
	const sock_extended_err &err = notification.err;
	const std::string seen = errqueue::describe(notification);

	relies(header_of_notification, "level and type of the notification's control message",
	       notification.header.level == transport_.error_level &&
		       notification.header.type == transport_.error_type,
	       os::option_name(transport_.error_level, transport_.error_type), seen, where);
	relies(origin_of_notification, "ee_errno", err.ee_errno == 0, "0", seen, where);
	relies(origin_of_notification, "ee_origin", err.ee_origin == SO_EE_ORIGIN_ZEROCOPY,
	       "SO_EE_ORIGIN_ZEROCOPY", seen, where);
	relies(fields_of_notification, "ee_type", err.ee_type == 0, "0", seen, where);
	relies(fields_of_notification, "ee_code", (err.ee_code & ~SO_EE_CODE_ZEROCOPY_COPIED) == 0,
	       "0 or SO_EE_CODE_ZEROCOPY_COPIED", seen, where);
	relies(fields_of_notification, "ee_pad", err.ee_pad == 0, "0", seen, where);
	relies(fields_of_notification, "offender",
	       std::ranges::all_of(notification.offender, [](auto byte) { return byte == 0; }), "zero bytes",
	       seen, where);
}

void Test::copied_as_path_says(const Notification &notification, Where where)
{
	if (has(netns::copies))
		copied(notification, "ee_code on a path that copies", where);
	if (has(netns::shares))
		not_copied(notification, "ee_code on a path that does not copy", where);
}

/* A wrong ee_code is nothing that other promises say, such as when the notification comes. */
static bool about_copies(const Case &definition)
{
	return std::ranges::any_of(definition.requirements, [](const char *id) {
		const std::string_view chapter = id ? std::string_view(id).substr(0, 6) : "";

		return chapter == "ZC-CP-" || chapter == "ZC-LO-" ||
		       (id &&
			std::string_view(catalogue::find(id)->sentence).find("SO_EE_CODE_ZEROCOPY_COPIED") !=
				std::string_view::npos);
	});
}

/* What a notification says of several ids must be true of each. */
static const char *range_or(const char *common, const Notification &notification)
{
	return notification.ids().count() > 1 ? "ZC-BT-07" : common;
}

void Test::copied(const Notification &notification, std::string_view what, Where where)
{
	/* Most data that is copied is copied for a local socket. */
	const char *const common = range_or("ZC-LO-01", notification);

	expect(about_copies(definition_) ? charged_ : common, common, what, notification.copied(),
	       "SO_EE_CODE_ZEROCOPY_COPIED", errqueue::describe(notification), where);
}

void Test::not_copied(const Notification &notification, std::string_view what, Where where)
{
	const char *const common = range_or(is(transport::vsock) ? "ZC-LO-15" : "ZC-LO-18", notification);

	expect(about_copies(definition_) ? charged_ : common, common, what, !notification.copied(),
	       "0: no SO_EE_CODE_ZEROCOPY_COPIED", errqueue::describe(notification), where);
}

Notification Test::one_notification(Link &link, IdRange ids, Where where)
{
	const Notification notification = one_completion(link, ids, where);

	copied_as_path_says(notification, where);
	return notification;
}

Notification Test::one_completion(Link &link, IdRange ids, Where where)
{
	const bool came = link.await_notification();

	charging(notification_comes(link))
		->reported(came, link, "the notification " + errqueue::describe(ids), where);
	const Message message = queued(link.sender(), where);
	link.enter({message});

	const std::string seen = errqueue::describe(message);
	const auto controls = [&](const char *common, bool hold) {
		relies(common, "control messages of the notification", hold, "one, with a sock_extended_err",
		       seen, where);
	};
	controls(header_of_notification, message.control.empty() || !message.notifications.empty());
	controls(notification_comes_alone, message.notifications.size() == 1 && message.control.size() == 1);
	relies(read_of_notification, "payload of the notification", message.returned == 0,
	       "none: recvmsg returns 0", seen, where);
	relies(read_of_notification, "msg_flags of the notification", message.flags == MSG_ERRQUEUE,
	       "MSG_ERRQUEUE", seen, where);
	const Notification &notification = message.notifications.front();
	well_formed(notification, where);
	equal("range of the notification", notification.ids(), ids, where);
	queue_empty(link, where);
	return notification;
}

Message Test::queued(int socket, Where where)
{
	const auto message = errqueue::receive(socket);
	/* That is POLLERR, too. */
	const bool error = !message && os::pending_error(socket) != 0;

	keeps(error ? charged_ : pollerr_tells_of_entries, "error queue after POLLERR", message.has_value(),
	      "a notification", error ? "empty, the socket has an error of its own" : "empty", where);
	return *message;
}

void Test::reported(bool came, int socket, std::string_view what, Where where)
{
	reported(came, socket, what, once_each, where);
}

void Test::reported(bool came, Link &link, std::string_view what, Where where)
{
	reported(came, link.sender(), what, completes(link), where);
}

void Test::reported(bool came, int socket, std::string_view what, const char *common, Where where)
{
	const std::string poll = "poll() for " + std::string(what);
	const std::string none = came ? "" : "none within " + std::to_string(os::waited().count()) + " ms";
	const auto queued = came ? std::nullopt : errqueue::receive_unreported(socket);

	relies(pollerr_of_notification, poll, !queued, "POLLERR",
	       queued ? none + ", though the error queue holds " + errqueue::describe(*queued) : "", where);
	relies(common, poll, came, "POLLERR", none, where);
}

void Test::completions_settle(Link &link, Where where)
{
	link.await_completions();
	each_once(link, "ids reported", link.ledger().settled() ? "" : link.ledger().describe(), where);
}

void Test::each_once(Link &link, std::string_view what, const std::string &wrong, Where where)
{
	if (!wrong.empty() && link.sender() >= 0)
		if (const auto queued = errqueue::receive_unreported(link.sender()))
			relies(pollerr_of_notification, "poll() for " + std::string(what), false, "POLLERR",
			       "none, though the error queue holds " + errqueue::describe(*queued), where);
	const char *const promise = link.ledger().renumbered()	? ids_in_turn
				    : link.ledger().faultless() ? completes(link)
								: once_each;

	keeps(promise, what, wrong.empty(), "each id sent, once", wrong, where);
}

Charging Test::charging(const char *requirement)
{
	return {*this, requirement};
}

void Test::deviates(std::string_view seen, Where where)
{
	os::tell_tracer("deviates", seen);
	throw Deviates(seen, place(where));
}

void Test::skip(std::string_view needed)
{
	throw Skip("needs " + std::string(needed));
}

void Test::finish()
{
	const Where where = definition_.where;

	unwound_.clear(); /* a deviation that was seen is not on its way any more */
	for (Link &link : links_) {
		each_once(link, "ids reported over the case", link.finish(), where);
		nothing_charged(link);
	}
}

/* The kernel frees a merged notification after it has queued the other one, and sent data
 * when it is acknowledged, so wait for both. */
void Test::nothing_charged(const Link &link)
{
	unsigned left = 0;
	auto is_zero = [&](unsigned memory) { return (left = memory) == 0; };
	bool zero = !link.settled() || link.option_memory_waived() ||
		    os::wait_until([&] { return is_zero(transport::option_memory(link.sender())); },
				   os::Event::memory);

	keeps(option_memory_back, "option memory in use at the end", zero,
	      "0, once every notification was read", std::to_string(left), definition_.where);
	zero = !link.settled() ||
	       os::wait_until([&] { return is_zero(transport::queued_memory(link.sender())); },
			      os::Event::memory);
	keeps(send_queue_back, "memory of the send queue at the end", zero, "0, once every byte has arrived",
	      std::to_string(left), definition_.where);
}

std::vector<std::string> Test::circumstances()
{
	std::vector<std::string> lines;
	rlimit memlock = {};
	utsname kernel = {};
	auto bytes = [](rlim_t value) {
		return value == RLIM_INFINITY ? "unlimited" : std::to_string(value);
	};
	auto file_line = [](const char *name) { return os::first_line(name, "not there"); };

	::uname(&kernel);
	lines.push_back(std::string("kernel: ") + kernel.release + ' ' + kernel.version + ' ' +
			kernel.machine);
	lines.push_back(std::string("path: ") + path_.name + ", " + path_.summary +
			(remote_ ? ", " + remote_->place().text : ""));
	if (lease_.used() && lease_.used()->device())
		lines.push_back("device: " + netns::describe_device(lease_.used()->device()));
	::getrlimit(RLIMIT_MEMLOCK, &memlock);
	lines.push_back("limits: net.core.optmem_max " + file_line("/proc/sys/net/core/optmem_max") +
			", RLIMIT_MEMLOCK " + bytes(memlock.rlim_cur) + " of " + bytes(memlock.rlim_max) +
			", uid " + std::to_string(::getuid()));
	lines.push_back("sysctls: tcp_rmem " + file_line("/proc/sys/net/ipv4/tcp_rmem") + ", tcp_wmem " +
			file_line("/proc/sys/net/ipv4/tcp_wmem"));
	for (Link &link : links_) {
		if (link.sender() < 0) {
			lines.push_back("socket: closed, ids: " + link.ledger().describe());
			continue;
		}
		lines.push_back(
			"socket: optmem in use " + std::to_string(transport::option_memory(link.sender())) +
			(is(transport::tcp)
				 ? ", segments sent again " +
					   std::to_string(transport::retransmissions(link.sender())) +
					   ", retransmission timeout " +
					   std::to_string(
						   transport::retransmission_timeout(link.sender()).count()) +
					   " ms"
				 : "") +
			", ids: " + link.ledger().describe());
		for (const Message &message : link.history())
			lines.push_back("notification read: " + errqueue::describe(message));
		for (const Message &message : errqueue::receive_queued(link.sender()))
			lines.push_back("notification left: " + errqueue::describe(message));
	}
	return lines;
}

} // namespace harness
