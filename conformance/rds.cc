// SPDX-License-Identifier: GPL-2.0
/* RDS, whose completions are cookies among the data. */
#include <linux/rds.h>

#include <set>

#include "conformance/chapter.h"
#include "os/pages.h"
#include "transport/families.h"

namespace
{

constexpr std::size_t message_length = 1000;

/* Two RDS sockets, each in a namespace of its own: within one, RDS does not use TCP. */
class RdsPair {
public:
	explicit RdsPair(At at)
	{
		const netns::Addresses addresses = at->network().addresses(AF_INET);

		receiver_ = at_receiver(*at, [&] { return bound_to(addresses.receiver); });
		to_ = os::local_address(receiver_.get());
		sender_ = bound_to(addresses.sender);
		os::require(establish(), "a message arrives over a new connection of RDS");
	}

	int sender() const { return sender_.get(); }
	int receiver() const { return receiver_.get(); }

	void set_zerocopy() { set_option(sender(), SOL_SOCKET, SO_ZEROCOPY, 1, "setsockopt(SO_ZEROCOPY)"); }
	Returned send(Bytes bytes, int flags) const { return send(Outgoing(bytes), flags); }
	/* A flagged send, whose completion will have this cookie. Its control message claims to
	 * have `cookie_length` bytes. */
	Returned send_zerocopy(Bytes bytes, std::uint32_t cookie,
			       std::size_t cookie_length = sizeof(cookie)) const
	{
		Outgoing message(bytes);

		message.with(SOL_RDS, RDS_CMSG_ZCOPY_COOKIE, &cookie, sizeof(cookie), cookie_length);
		return send(message, MSG_ZEROCOPY);
	}

private:
	/* At a port that the kernel chooses: all namespaces share the ports
	 * (net/rds/bind.c:rds_add_bound), though not the addresses. */
	static os::Fd bound_to(const char *text)
	{
		const Address address = transport::make_address(AF_INET, text, 0);
		os::Fd socket = transport::open_rds_socket();

		os::check(::bind(socket.get(), address.get(), address.length), "bind(AF_RDS)");
		return socket;
	}
	/*
	 * Send numbered messages, one after the other, until the last one sent arrives. Some
	 * kernels may drop what arrives while the connection is set up
	 * (net/rds/tcp_listen.c:rds_tcp_accept_one). What is sent later arrives once and in order.
	 */
	bool establish() const
	{
		const os::Deadline deadline;

		for (std::uint8_t number = 0; !deadline.passed(); number++) {
			const Returned sent = send(Bytes(&number, 1), 0);

			os::require(sent.returned == 1,
				    "send() over a new connection of RDS: " + os::describe(sent));
			if (arrives(number, os::Deadline(os::event_timeout() / 50)))
				return true;
		}
		return false;
	}
	bool arrives(std::uint8_t number, const os::Deadline &deadline) const
	{
		return os::wait_until(
			[&] {
				std::uint8_t arrived;

				while (::recv(receiver(), &arrived, 1, MSG_DONTWAIT) == 1)
					if (arrived == number)
						return true;
				return false;
			},
			deadline);
	}
	/* Without MSG_NOSIGNAL, which RDS does not know. */
	Returned send(Outgoing message, int flags) const
	{
		return send_raw(sender(), message.to(to_), flags | MSG_DONTWAIT);
	}

	Address to_;
	os::Fd receiver_;
	os::Fd sender_;
};

/* The cookies of one completion message, which the sender reads by recvmsg(). */
std::vector<std::uint32_t> cookies(At at, const RdsPair &pair)
{
	alignas(cmsghdr) std::array<std::uint8_t, 256> control = {};
	rds_zcopy_cookies done = {};
	msghdr message = {};
	Returned result;

	message.msg_control = control.data();
	readable(at, pair.sender(), "the sender");
	/* poll() also reports POLLIN when there is nothing to read: net/rds/af_rds.c:rds_poll. */
	os::wait_until([&] {
		message.msg_controllen = control.size();
		result = Returned::of(::recvmsg(pair.sender(), &message, MSG_DONTWAIT));
		return result.error != EAGAIN;
	});
	returned(at, "recvmsg() for a completion", result, 0);
	const cmsghdr *first = CMSG_FIRSTHDR(&message);
	at->that("control message of the completion",
		 first && first->cmsg_level == SOL_RDS && first->cmsg_type == RDS_CMSG_ZCOPY_COMPLETION &&
			 first->cmsg_len == CMSG_LEN(sizeof(done)),
		 "SOL_RDS/RDS_CMSG_ZCOPY_COMPLETION of length " + std::to_string(CMSG_LEN(sizeof(done))),
		 first ? os::option_name(first->cmsg_level, first->cmsg_type) + " of length " +
				 std::to_string(first->cmsg_len)
		       : "none");
	std::memcpy(&done, CMSG_DATA(first), sizeof(done));
	at->that("number of cookies", done.num >= 1 && done.num <= RDS_MAX_ZCOOKIES, "1 to 8",
		 std::to_string(done.num));
	return {done.cookies, done.cookies + done.num};
}

/* The data arrives, and one completion comes, with that cookie. */
void completes(At at, const RdsPair &pair, Bytes data, std::uint32_t cookie)
{
	receives(at, pair.receiver(), data);
	const std::vector<std::uint32_t> seen = cookies(at, pair);
	at->equal("cookies of the completion", seen.size(), 1);
	at->equal("cookie of the completion", seen.front(), cookie);
	no_notification(at, pair.sender());
}

REQUIREMENT("ZC-OP-04", observed,
	    "An RDS send with the flag and without RDS_CMSG_ZCOPY_COOKIE fails with EINVAL, whether or not "
	    "SO_ZEROCOPY is set.",
	    .code = "net/rds/send.c:rds_rm_size",
	    .kernels = "since 4.17, inferred; read in 6.1.192, 6.12.118 and 7.3.4");
/* Names of cases are stable: despite this one's, the flag is refused. */
CASE(rds_without_the_option_ignores_the_flag, .requirements = {"ZC-OP-04"}, .transports = transport::udp,
     .paths = netns::basic | netns::local, .without = netns::simplest, .address_family = AF_INET,
     .needs = needs_rds, .entry = Entry::families, .once = true)
{
	RdsPair pair(test);
	const Payload payload(message_length);

	test.refused(pair.send(payload, MSG_ZEROCOPY), EINVAL);
	test.sent(pair.send(payload, 0), payload.size());
	receives(test, pair.receiver(), payload);
	pair.set_zerocopy();
	test.refused(pair.send(payload, MSG_ZEROCOPY), EINVAL);
	test.sent(pair.send(payload, 0), payload.size());
	receives(test, pair.receiver(), payload);
}

REQUIREMENT("ZC-OP-05", observed,
	    "RDS returns completions with ordinary recvmsg, as SOL_RDS/RDS_CMSG_ZCOPY_COMPLETION with up to "
	    "8 cookies, and not on the error queue.",
	    .code = "net/rds/recv.c:rds_recvmsg_zcookie", .kernels = "since 4.17");
CASE(rds_completion_is_a_cookie_among_the_data, .requirements = {"ZC-OP-05"}, .transports = transport::udp,
     .paths = netns::basic | netns::local, .without = netns::simplest, .address_family = AF_INET,
     .needs = needs_rds, .entry = Entry::families, .once = true)
{
	constexpr std::uint32_t cookie = 0xc00c1e;
	RdsPair pair(test);
	const Payload payload(3 * page_size());

	/* A message may have half of the send buffer. */
	os::set_send_buffer(pair.sender(), static_cast<int>(2 * payload.size()));
	pair.set_zerocopy();
	/* From the border of a page, and from within one. */
	for (const std::uint32_t offset : {0, 100}) {
		const Bytes bytes = payload.from(offset, payload.size() - 2 * offset);

		test.sent(pair.send_zerocopy(bytes, cookie + offset), bytes.size());
		completes(test, pair, bytes, cookie + offset);
	}
}

REGRESSION("rds: rds_rm_zerocopy_callback() use list_first_entry() (CVE-2023-1078)",
	   "6.2, 6.1.12, 5.10.168 [Debian 5.10.178-1]", .cases = {"rds_completions_come_by_the_eight"});
REGRESSION("rds: rds_rm_zerocopy_callback() correct order for list_add_tail()",
	   "6.1.16 [Debian 6.1.20-1], 5.10.173 [Debian 5.10.178-1]",
	   .cases = {"rds_completions_come_by_the_eight"});
/* There are more cookies than one message holds. With the bug, the kernel stores the
 * second completion through a pointer to what is no list entry. */
CASE(rds_completions_come_by_the_eight, .requirements = {"ZC-OP-05"}, .transports = transport::udp,
     .paths = netns::basic | netns::local, .without = netns::simplest, .address_family = AF_INET,
     .needs = needs_rds, .entry = Entry::guest_only, .once = true)
{
	constexpr std::uint32_t count = 2 * RDS_MAX_ZCOOKIES + 3;
	RdsPair pair(test);
	const Payload payload(message_length);
	std::multiset<std::uint32_t> sent;
	std::multiset<std::uint32_t> completed;

	pair.set_zerocopy();
	for (std::uint32_t cookie = 0; cookie < count; cookie++) {
		test.sent(pair.send_zerocopy(payload, cookie), payload.size());
		sent.insert(cookie);
	}
	for (std::uint32_t i = 0; i < count; i++)
		receives(test, pair.receiver(), payload);
	while (completed.size() < count)
		for (const std::uint32_t cookie : cookies(test, pair))
			completed.insert(cookie);
	test.that("cookies of all completions", completed == sent, "each sent, once", "others");
}

/* Data for the sender of flagged messages: its reader asks for both. */
void answers(At at, const RdsPair &pair, Bytes data)
{
	const Address to = os::local_address(pair.sender());

	at->sent(send_raw(pair.receiver(), Outgoing(data).to(to), MSG_DONTWAIT), data.size());
	os::require(os::wait_until([&] {
			    return ::recv(pair.sender(), nullptr, 0, MSG_PEEK | MSG_DONTWAIT | MSG_TRUNC) >=
				   0;
		    }),
		    "an answer over RDS");
}

/* Reads that answer, with room for so many bytes of control messages: the cookie beside it, or 0. */
std::uint32_t cookie_beside(At at, const RdsPair &pair, Bytes data, std::size_t room)
{
	alignas(cmsghdr) std::array<std::uint8_t, 256> control = {};
	Data arrived(data.size());
	iovec vector = {arrived.data(), arrived.size()};
	msghdr message = {};

	message.msg_iov = &vector;
	message.msg_iovlen = 1;
	message.msg_control = control.data();
	message.msg_controllen = room;
	returned(at, "recvmsg()", Returned::of(::recvmsg(pair.sender(), &message, MSG_DONTWAIT)),
		 static_cast<ssize_t>(data.size()));
	at->equal("data that arrives", arrived, data);
	const cmsghdr *first = CMSG_FIRSTHDR(&message);
	if (!first)
		return 0;
	rds_zcopy_cookies done = {};
	at->that("control message beside the data",
		 first->cmsg_level == SOL_RDS && first->cmsg_type == RDS_CMSG_ZCOPY_COMPLETION &&
			 first->cmsg_len == CMSG_LEN(sizeof(done)),
		 "SOL_RDS/RDS_CMSG_ZCOPY_COMPLETION", os::option_name(first->cmsg_level, first->cmsg_type));
	std::memcpy(&done, CMSG_DATA(first), sizeof(done));
	at->equal("cookies of the completion", done.num, 1);
	return done.cookies[0];
}

REQUIREMENT(
	"ZC-OP-13", observed,
	"Cookies of RDS come beside data that is read, where the reader has room for them. Where it has not, "
	"they stay for one that has.",
	.code = "net/rds/recv.c:rds_recvmsg, rds_recvmsg_zcookie", .kernels = "since 4.17");
/* A cookie comes a moment after its data: the answers are as many as it takes. */
CASE(rds_cookie_comes_beside_data, .requirements = {"ZC-OP-13", "ZC-OP-05"}, .transports = transport::udp,
     .paths = netns::basic | netns::local, .without = netns::simplest, .address_family = AF_INET,
     .needs = needs_rds, .entry = Entry::families, .once = true)
{
	RdsPair pair(test);
	const Payload payload(message_length);
	std::uint32_t seen = 0;

	pair.set_zerocopy();
	test.sent(pair.send_zerocopy(payload, 7), payload.size());
	receives(test, pair.receiver(), payload);
	os::wait_until([&] {
		answers(test, pair, payload);
		seen = cookie_beside(test, pair, payload, 256);
		return seen != 0;
	});
	test.equal("cookie beside data", seen, 7);
}

CASE(rds_cookie_waits_for_a_reader_with_room, .requirements = {"ZC-OP-13", "ZC-OP-05"},
     .transports = transport::udp, .paths = netns::basic | netns::local, .without = netns::simplest,
     .address_family = AF_INET, .needs = needs_rds, .entry = Entry::families, .once = true)
{
	const std::size_t too_small = CMSG_SPACE(sizeof(rds_zcopy_cookies)) - 1;
	RdsPair pair(test);
	const Payload payload(message_length);

	pair.set_zerocopy();
	for (const std::uint32_t cookie : {7, 8, 9}) {
		test.sent(pair.send_zerocopy(payload, cookie), payload.size());
		receives(test, pair.receiver(), payload);
		/* The acknowledgment of the data came before that of the answers. */
		for (int i = 0; i < 3; i++) {
			answers(test, pair, payload);
			test.equal("cookie without room for it",
				   cookie_beside(test, pair, payload, too_small), 0);
		}
		const std::vector<std::uint32_t> kept = cookies(test, pair);
		test.equal("cookies that were kept", kept.size(), 1);
		test.equal("cookie that was kept", kept.front(), cookie);
	}
}

REQUIREMENT("ZC-OP-06", observed, "An RDS send beyond RLIMIT_MEMLOCK fails with ENOMEM.",
	    .code = "net/rds/message.c:rds_message_zcopy_from_user",
	    .kernels = "since 4.17, inferred; read in 6.1.192, 6.12.118 and 7.3.4. A bad page gives EFAULT, "
		       "a transport other than TCP EOPNOTSUPP");
/* Names of cases are stable: despite this one's, the errno is ENOMEM. */
CASE(rds_send_beyond_memlock_fails_with_enobufs, .requirements = {"ZC-OP-06"}, .transports = transport::udp,
     .paths = netns::basic | netns::local, .without = netns::simplest, .address_family = AF_INET,
     .needs = needs_rds | needs_memlock | needs_root, .entry = Entry::families, .once = true)
{
	RdsPair pair(test);
	const Payload payload(2 * page_size());
	const ScopedUser user;

	os::set_send_buffer(pair.sender(), static_cast<int>(2 * payload.size()));
	pair.set_zerocopy();
	/* The charge is that of other families, and comes back with the completion. */
	for (const std::size_t length : {std::size_t{1}, payload.size()}) {
		const Bytes bytes = payload.first(length);
		const std::size_t charge = limits::memlock_charge_pages(length) * page_size();
		{
			const ScopedMemlock one_byte_less(charge - 1);
			test.refused(pair.send_zerocopy(bytes, 1), ENOMEM);
		}
		const ScopedMemlock enough(charge);
		for (const std::uint32_t cookie : {2, 3}) {
			test.sent(pair.send_zerocopy(bytes, cookie), bytes.size());
			completes(test, pair, bytes, cookie);
		}
	}
}

REQUIREMENT("ZC-OP-11", past_bug, "A flagged RDS send that fails frees each of its pages once.",
	    .code = "net/rds/message.c:rds_message_zcopy_from_user, rds_message_purge",
	    .kernels = "freed twice until \"net/rds: reset op_nents when zerocopy page pin fails\" (7.0.10, "
		       "6.12.91, 6.1.175)");
DEVIATION("rds-pages-freed-twice", "ZC-OP-11",
	  "4.17 to 5.10.258 [Debian 5.10.259-1], 5.11 to 5.15.209, 5.16 to 6.1.175 [Debian 6.1.176-1], 6.2 "
	  "to 6.6.141, 6.7 to 6.12.91 [Debian 6.12.90-2], 6.13 to 6.18.33, 6.19 to 7.0.10 [Debian 7.0.10-1]",
	  "A flagged RDS send of which the second page cannot be read fails with EFAULT and frees the first "
	  "one under its mapping: the kernel reports a bad page state, and the next send from it fails with "
	  "EFAULT too.",
	  "'net/rds: reset op_nents when zerocopy page pin fails (CVE-2026-43494)': Debian 5.10.259-1 under "
	  "ChangeLog-5.10.258; announcement of 5.15.209; Debian 6.1.176-1 under ChangeLog-6.1.175; "
	  "announcement of 6.6.141; Debian 6.12.90-2 as a patch of Debian's own ('linux (6.12.90-2) "
	  "trixie-security'), announcement of 6.12.91; 6.18.33 by the list of the push of v6.18.33; Debian "
	  "7.0.10-1 under ChangeLog-7.0.10.",
	  .besides = catalogue::Besides::splat,
	  .fix = "net/rds: reset op_nents when zerocopy page pin fails (CVE-2026-43494)");
REGRESSION("net/rds: reset op_nents when zerocopy page pin fails (CVE-2026-43494)",
	   "7.0.10, 6.18.33, 6.12.91 [Debian 6.12.90-2], 6.6.141, 6.1.175 [Debian 6.1.176-1], 5.15.209, "
	   "5.10.258 [Debian 5.10.259-1]",
	   .cases = {"rds_send_from_a_bad_page_changes_nothing"});
/* The second page cannot be read. With the bug, the kernel frees the first one
 * twice. */
CASE(rds_send_from_a_bad_page_changes_nothing, .requirements = {"ZC-OP-11"}, .transports = transport::udp,
     .paths = netns::basic | netns::local, .without = netns::simplest, .address_family = AF_INET,
     .needs = needs_rds, .entry = Entry::guest_only, .once = true, .deviation = "rds-pages-freed-twice")
{
	RdsPair pair(test);
	Payload payload(2 * page_size());
	std::uint8_t *const second = payload.data() + page_size();

	os::set_send_buffer(pair.sender(), static_cast<int>(2 * payload.size()));
	pair.set_zerocopy();
	os::deny_access(second, page_size());
	for (int i = 0; i < 100; i++)
		test.refused(pair.send_zerocopy(payload, 1), EFAULT);
	os::check(::mprotect(second, page_size(), PROT_READ | PROT_WRITE), "mprotect()");
	payload.overwrite(page_size());
	const Returned good = pair.send_zerocopy(payload, 2);
	if (!good.ok() && good.error == EFAULT)
		test.deviates("EFAULT of a good page, after the bad one beside it gave EFAULT");
	test.sent(good, payload.size());
	completes(test, pair, payload, 2);
}

REGRESSION("net/rds: handle zerocopy send cleanup before the message is queued (CVE-2026-43502)",
	   "7.0.7, 6.12.88, 6.1.175 [Debian 6.1.176-1], 5.10.258 [Debian 5.10.259-1]",
	   .cases = {"rds_send_with_half_a_cookie_changes_nothing"});
/* The kernel refuses half a cookie when it has pinned the pages. With the bug, the
 * message that it drops has no socket to complete to. */
CASE(rds_send_with_half_a_cookie_changes_nothing, .requirements = {"ZC-OP-05"}, .transports = transport::udp,
     .paths = netns::basic | netns::local, .without = netns::simplest, .address_family = AF_INET,
     .needs = needs_rds, .entry = Entry::guest_only, .once = true)
{
	RdsPair pair(test);
	const Payload payload(message_length);

	pair.set_zerocopy();
	for (int i = 0; i < 100; i++)
		test.refused(pair.send_zerocopy(payload, 1, sizeof(std::uint16_t)), EINVAL);
	test.sent(pair.send_zerocopy(payload, 2), payload.size());
	completes(test, pair, payload, 2);
}

} // namespace
