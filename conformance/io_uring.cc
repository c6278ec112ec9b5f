// SPDX-License-Identifier: GPL-2.0
/* What MSG_ZEROCOPY shares with io_uring's SEND_ZC and SENDMSG_ZC: packet buffers,
 * limits, and sockets that may see both. */
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string>

#include "errqueue/receive.h"
#include "harness/case.h"
#include "harness/test.h"
#include "limits/limits.h"
#include "os/check.h"
#include "os/fd.h"
#include "transport/families.h"
#include "transport/ring.h"

namespace
{

using harness::Entry;
using harness::Test;
using os::Bytes;
using transport::Completion;
using transport::Link;
using transport::Payload;
using transport::Ring;
using transport::Sent;

Completion next(Test &test, Ring &ring)
{
	const auto completion = ring.wait();

	test.that("completion queue", completion.has_value(), "an entry", "none");
	return completion.value();
}

/* The request failed so; where it says that more will follow, that does. */
void fails(Test &test, Ring &ring, const io_uring_sqe &request, int expected_errno)
{
	ring.submit(request);
	const Completion completion = next(test, ring);
	test.that("result of the request", completion.result == -expected_errno,
		  transport::describe(Completion{-expected_errno, 0}), transport::describe(completion));
	if (completion.more())
		test.that("entry behind it", next(test, ring).notification(), "IORING_CQE_F_NOTIF",
			  "another");
}

/* The request sends all these bytes at once, and will notify. They have no id. */
void sends(Test &test, Link &link, Ring &ring, const io_uring_sqe &request, Bytes bytes)
{
	ring.submit(request);
	const Completion completion = next(test, ring);
	test.that("completion of the request",
		  completion.result == static_cast<int>(bytes.size()) && completion.more() &&
			  !completion.notification(),
		  std::to_string(bytes.size()) + " flags IORING_CQE_F_MORE", transport::describe(completion));
	link.account({completion.result}, bytes, 0);
}

/* Its notification, the last that is said of it. */
Completion notified(Test &test, Ring &ring)
{
	const Completion completion = next(test, ring);

	test.that("entry behind the completion of the request",
		  completion.notification() && !completion.more() &&
			  (completion.result == 0 || completion.copied()),
		  "IORING_CQE_F_NOTIF alone", transport::describe(completion));
	return completion;
}

void nothing_notified(Test &test, Ring &ring)
{
	const auto completion = ring.wait(os::Deadline(os::moment()));

	test.that("completion queue", !completion, "empty",
		  completion ? transport::describe(*completion) : "");
}

REQUIREMENT("ZC-IO-01", observed,
	    "SEND_ZC works without SO_ZEROCOPY and reports in completion queue entries: nothing comes to "
	    "the error queue and no id is used.",
	    .code = "io_uring/net.c:io_send_zc (7.3: io_sendmsg_zc), io_uring/notif.c",
	    .kernels = "since 6.0");
/* ZC-IO-01. io_uring/notif.c: the notification is an entry of the ring; what is
 * called by msg_zerocopy_realloc() is not called. */
CASE(send_zc_needs_no_option_and_uses_no_id, .requirements = {"ZC-IO-01"}, .paths = netns::simplest,
     .needs = harness::needs_send_zc, .entry = Entry::io_uring)
{
	Link &link = test.connect({.zerocopy = false});
	Ring ring;
	Payload payload(link.usual_length());
	iovec vector = {payload.data(), payload.size()};
	msghdr message = {};

	message.msg_iov = &vector;
	message.msg_iovlen = 1;
	for (const bool option : {false, true}) {
		link.set_zerocopy(option);
		sends(test, link, ring, transport::send_zc(link.sender(), payload), payload);
		notified(test, ring);
		payload.overwrite();
		sends(test, link, ring, transport::sendmsg_zc(link.sender(), message), payload);
		notified(test, ring);
		payload.overwrite();
		test.queue_empty(link);
	}
	test.sent(link.send_zerocopy(payload), payload.size());
	test.one_notification(link, {0, 0});
}

REGRESSION("net: flag sockets supporting msghdr originated zerocopy", "6.1, 6.0.4 [Debian 6.0.5-1]",
	   .cases = {"send_zc_is_refused_by_unix_sockets", "send_zc_is_refused_by_ktls",
		     "accepted_socket_takes_send_zc"});
REGRESSION("net: also flag accepted sockets supporting msghdr originated zerocopy", "6.1, 6.0.8",
	   .cases = {"accepted_socket_takes_send_zc"});
/* ZC-IO-01. net/ipv4/tcp.c:tcp_init_sock had flagged the sockets that socket() makes,
 * as not all have a `struct socket`; fixed by "net: also flag accepted sockets
 * supporting msghdr originated zerocopy" (6.0.8). */
CASE(accepted_socket_takes_send_zc, .requirements = {"ZC-IO-01", "ZC-IO-05"}, .transports = transport::tcp,
     .paths = netns::simplest, .needs = harness::needs_send_zc, .entry = Entry::io_uring, .once = true)
{
	Link &link = test.connect();
	Ring ring;
	const Payload payload(link.usual_length());
	os::Data arrived(payload.size());

	ring.submit(transport::send_zc(link.receiver(), payload));
	test.equal("result of the request", next(test, ring).result, static_cast<long>(payload.size()));
	test.equal("bytes at the other end",
		   ::recv(link.sender(), arrived.data(), arrived.size(), MSG_WAITALL),
		   static_cast<long>(payload.size()));
	test.that("data at the other end", std::ranges::equal(arrived, payload.bytes()), "as it was sent",
		  "other bytes");
	notified(test, ring);
}

REQUIREMENT("ZC-IO-02", observed,
	    "With IORING_SEND_ZC_REPORT_USAGE data sent over loopback is reported with "
	    "IORING_NOTIF_USAGE_ZC_COPIED.",
	    .code = "io_uring/notif.c, zc_report", .kernels = "in 6.1.192, 6.12 and 7.3");
/* ZC-IO-02. io_uring/notif.c: net/core/skbuff.c:skb_orphan_frags_rx says that the
 * buffer was not used. */
CASE(send_zc_says_that_a_local_socket_got_a_copy, .requirements = {"ZC-IO-02"}, .paths = netns::simplest,
     .needs = harness::needs_send_zc | harness::needs_send_zc_usage, .entry = Entry::io_uring)
{
	Link &link = test.connect({.zerocopy = false});
	Ring ring;
	const Payload payload(link.usual_length());

	sends(test, link, ring, transport::reporting_usage(transport::send_zc(link.sender(), payload)),
	      payload);
	const Completion completion = notified(test, ring);
	test.that("usage that the notification reports", completion.copied(), "IORING_NOTIF_USAGE_ZC_COPIED",
		  transport::describe(completion));
}

/* ZC-IO-02. And where nobody had to copy, the notification says so. */
CASE(send_zc_says_that_nobody_got_a_copy, .requirements = {"ZC-IO-02"}, .transports = transport::udp,
     .paths = netns::shares | netns::in_call, .without = netns::holds,
     .needs = harness::needs_send_zc | harness::needs_send_zc_usage, .entry = Entry::io_uring, .once = true)
{
	Link &link = test.connect({.zerocopy = false});
	Ring ring;
	const Payload payload(link.usual_length());

	sends(test, link, ring, transport::reporting_usage(transport::send_zc(link.sender(), payload)),
	      payload);
	const Completion completion = notified(test, ring);
	test.equal("usage that the notification reports", completion.result, 0);
}

REQUIREMENT(
	"ZC-IO-03", promised,
	"A flagged send after a SEND_ZC of the same TCP socket succeeds, as a plain one does.",
	.rests_on = "ZC-TX-03", .code = "net/core/skbuff.c:msg_zerocopy_realloc",
	.kernels = "the other way round works: SEND_ZC after a flagged send goes into a packet buffer of its "
		   "own (-EEXIST), and both complete");
DEVIATION("flagged-send-after-send-zc-enobufs", "ZC-IO-03", "6.0 on",
	  "A flagged TCP send right after an io_uring SEND_ZC whose data is still in the last packet "
	  "buffer not sent yet fails with ENOBUFS and without an id, and a plain send succeeds. It is "
	  "enobufs-behind-io-uring-skb seen from io_uring.",
	  "Not fixed: read again in the sources of Debian's 6.1.192-3, 6.12.118-1 and 7.3.4-1~bpo13+1; "
	  "no subject of a fix in any changelog read, up to 7.3.4. The start is that of the feature "
	  "and is inferred.");
/* ZC-IO-03. Deferred copies: "Passing flag MSG_ZEROCOPY is a hint". */
CASE(flagged_send_behind_send_zc_succeeds, .requirements = {"ZC-IO-03"}, .transports = transport::tcp,
     .paths = netns::holds, .needs = harness::needs_send_zc, .entry = Entry::io_uring, .once = true,
     .deviation = "flagged-send-after-send-zc-enobufs")
{
	Link &link = test.connect();
	Ring ring;
	const Payload payload(link.usual_length());

	sends(test, link, ring, transport::send_zc(link.sender(), payload), payload);
	const Sent sent = link.send_zerocopy(payload);
	if (!sent.ok()) {
		test.refused(sent, ENOBUFS);
		test.sent(link.send(payload), payload.size());
		link.release();
		notified(test, ring);
		test.deviates("ENOBUFS, and no id, where a plain send succeeds");
	}
	test.sent(sent, payload.size());
	link.release();
	notified(test, ring);
}

/* ZC-IO-03. io_uring/notif.c:io_link_skb does not join another's data (6.1:
 * net/core/skbuff.c:skb_zerocopy_iter_stream does not): -EEXIST, upon which
 * net/ipv4/tcp.c:tcp_sendmsg_locked begins a packet buffer. */
CASE(send_zc_behind_a_flagged_send_completes_apart, .requirements = {"ZC-IO-03"},
     .transports = transport::tcp, .paths = netns::holds_many, .needs = harness::needs_send_zc,
     .entry = Entry::io_uring, .once = true)
{
	Link &link = test.connect();
	Ring ring;
	const Payload payload(link.usual_length());

	test.sent(link.send_zerocopy(payload), payload.size());
	sends(test, link, ring, transport::send_zc(link.sender(), payload), payload);
	nothing_notified(test, ring);
	test.queue_empty(link);
	link.release();
	test.one_notification(link, {0, 0});
	notified(test, ring);
}

REQUIREMENT(
	"ZC-TX-07", promised,
	"ENOBUFS is returned only where the socket exceeds its optmem limit or the user the limit on "
	"locked pages, or where a plain send would get it too.",
	.rests_on = "ZC-TX-03", .code = "net/core/skbuff.c:msg_zerocopy_realloc",
	.kernels =
		"the mixture is possible since io_uring SEND_ZC (6.0); a plain UDP send above the MTU gets "
		"ENOBUFS with a small SO_SNDBUF too (net/ipv4/ip_output.c:__ip_append_data)");
DEVIATION("enobufs-behind-io-uring-skb", "ZC-TX-07", "6.0 on",
	  "A flagged TCP send fails with ENOBUFS, within all limits and without an id, while the last "
	  "packet buffer not sent yet holds data of io_uring SEND_ZC; once that is pushed out by a "
	  "plain send the flag works again.",
	  "Not fixed: read again in the sources of Debian's 6.1.192-3, 6.12.118-1 and 7.3.4-1~bpo13+1; "
	  "no subject of a fix in any changelog read, up to 7.3.4. The start is that of the feature "
	  "and is inferred.");
/* ZC-TX-07. Transmission: "This happens if the socket exceeds its optmem limit or
 * the user exceeds their ulimit on locked pages"; nothing is charged here. */
CASE(enobufs_is_about_limits, .requirements = {"ZC-TX-07"}, .transports = transport::tcp,
     .paths = netns::holds, .needs = harness::needs_send_zc, .entry = Entry::io_uring, .once = true,
     .deviation = "enobufs-behind-io-uring-skb")
{
	Link &link = test.connect();
	Ring ring;
	const Payload payload(link.usual_length());

	sends(test, link, ring, transport::send_zc(link.sender(), payload), payload);
	test.equal("bytes of option memory in use", transport::option_memory(link.sender()), 0);
	const Sent sent = link.send_zerocopy(payload);
	if (sent.ok()) {
		test.sent(sent, payload.size());
		return;
	}
	test.refused(sent, ENOBUFS);
	link.release();
	test.sent(link.send_zerocopy(payload), payload.size());
	test.one_notification(link, {0, 0});
	test.deviates("ENOBUFS behind data of io_uring that is not sent yet, and success once it is");
}

REQUIREMENT("ZC-IO-04", observed,
	    "A SEND_ZC to a corked UDP socket that holds flagged data fails with EINVAL, the pending "
	    "datagram is dropped and its id completes.",
	    .code = "net/ipv4/ip_output.c:__ip_append_data, msg->msg_ubuf != skb_zcopy(skb)",
	    .kernels = "since 6.0");
/* ZC-IO-04. net/ipv4/ip_output.c:__ip_append_data refuses to mix the two in one
 * datagram, and net/ipv4/udp.c:udp_sendmsg drops what it cannot go on with. */
CASE(send_zc_into_a_flagged_datagram_drops_it, .requirements = {"ZC-IO-04"}, .transports = transport::udp,
     .paths = netns::simplest, .needs = harness::needs_send_zc, .entry = Entry::io_uring)
{
	Link &link = test.connect();
	Ring ring;
	const Payload payload(link.usual_length() / 2);

	test.sent(link.send_zerocopy(payload, MSG_MORE), payload.size());
	fails(test, ring, transport::send_zc(link.sender(), payload), EINVAL);
	link.transcript().drop_unfinished();
	test.one_completion(link, {0, 0});
	/* Had it been kept, it would be in front of this one. */
	test.sent(link.send_zerocopy(payload), payload.size());
	test.one_notification(link, {1, 1});
}

REQUIREMENT("ZC-IO-05", observed, "SEND_ZC on a socket without support (UNIX, TLS) fails with EOPNOTSUPP.",
	    .code = "io_uring/net.c:io_send_zc (7.3: io_sendmsg_zc), SOCK_SUPPORT_ZC",
	    .kernels = "since 6.0.5");
/* ZC-IO-05. io_uring/net.c: SOCK_SUPPORT_ZC is the constructors' of TCP and UDP. */
CASE(send_zc_is_refused_by_unix_sockets, .requirements = {"ZC-IO-05"}, .paths = netns::simplest,
     .needs = harness::needs_send_zc, .entry = Entry::io_uring, .once = true)
{
	Ring ring;
	const Payload payload(1000);

	for (const int type : {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET}) {
		int ends[2];

		os::check(::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends), "socketpair()");
		const os::Fd sender(ends[0]);
		const os::Fd receiver(ends[1]);
		fails(test, ring, transport::send_zc(sender.get(), payload), EOPNOTSUPP);
		test.equal("events at the other end", errqueue::poll_now(receiver.get(), POLLIN), 0);
	}
}

/* ZC-IO-05. net/ipv4/tcp_ulp.c:__tcp_set_ulp takes SOCK_SUPPORT_ZC away. */
CASE(send_zc_is_refused_by_ktls, .requirements = {"ZC-IO-05"}, .transports = transport::tcp,
     .paths = netns::simplest, .needs = harness::needs_send_zc | harness::needs_ktls,
     .entry = Entry::io_uring, .once = true)
{
	Link &link = test.connect();
	Ring ring;
	const Payload payload(link.usual_length());

	transport::encrypt_sending(link.sender());
	transport::decrypt_receiving(link.receiver());
	fails(test, ring, transport::send_zc(link.sender(), payload), EOPNOTSUPP);
	test.sent(link.send(payload), payload.size());
}

/* A ring of a user whom RLIMIT_MEMLOCK binds: of root's, nobody is charged. */
void open_as_user(Test &test, std::optional<Ring> &ring)
{
	try {
		ring.emplace();
	} catch (const std::system_error &refused) {
		if (refused.code().value() != EPERM)
			throw;
		test.skip("io_uring for all users (kernel.io_uring_disabled 0)");
	}
}

/* Pages that one byte is charged with. */
constexpr rlim_t charge = 2;

/* RLIMIT_MEMLOCK in pages that leaves the user of a ring room for so many more: the
 * ring itself is charged in 6.18 and 7.3 (io_uring/memmap.c:io_create_region). */
rlim_t pages_with_room(Test &test, const Link &link, rlim_t room)
{
	const Bytes unreadable = {reinterpret_cast<const std::uint8_t *>(1), 1};

	/* EFAULT is the answer where the limit permits the send. */
	for (rlim_t pages = charge; pages < 1024; pages++) {
		const limits::ScopedMemlock limit(pages * limits::page_size());

		if (::send(link.sender(), unreadable.data(), unreadable.size(), MSG_ZEROCOPY | MSG_DONTWAIT) <
			    0 &&
		    errno == EFAULT)
			return pages - charge + room;
	}
	test.skip("a ring of less than 1024 pages");
}

REQUIREMENT("ZC-IO-06", observed, "SEND_ZC and flagged sends share the user's RLIMIT_MEMLOCK.",
	    .code = "io_uring/notif.h:io_notif_account_mem; net/core/skbuff.c:mm_account_pinned_pages",
	    .kernels = "in 6.18 and 7.3 the ring itself is charged to the user too (io_uring/memmap.c)");
/* ZC-IO-06. io_uring/notif.h:io_notif_account_mem and net/core/skbuff.c:
 * mm_account_pinned_pages add to the same number. */
CASE(send_zc_finds_what_flagged_sends_locked, .requirements = {"ZC-IO-06"}, .transports = transport::tcp,
     .paths = netns::holds_many,
     .needs = harness::needs_send_zc | harness::needs_memlock | harness::needs_root, .entry = Entry::io_uring,
     .once = true)
{
	Link &link = test.connect();
	Link &other = test.connect();
	const Payload payload(1);
	const limits::ScopedUser user;
	std::optional<Ring> ring;

	open_as_user(test, ring);
	const rlim_t both = pages_with_room(test, link, 2 * charge);
	{
		const limits::ScopedMemlock budget(both * limits::page_size() - 1);
		test.sent(link.send_zerocopy(payload), payload.size());
		fails(test, *ring, transport::send_zc(other.sender(), payload), ENOMEM);
	}
	const limits::ScopedMemlock budget(both * limits::page_size());
	sends(test, other, *ring, transport::send_zc(other.sender(), payload), payload);
	other.release();
	notified(test, *ring);
}

CASE(flagged_sends_find_what_send_zc_locked, .requirements = {"ZC-IO-06"}, .transports = transport::tcp,
     .paths = netns::holds_many,
     .needs = harness::needs_send_zc | harness::needs_memlock | harness::needs_root, .entry = Entry::io_uring,
     .once = true)
{
	Link &link = test.connect();
	Link &other = test.connect();
	const Payload payload(1);
	const limits::ScopedUser user;
	std::optional<Ring> ring;

	open_as_user(test, ring);
	const rlim_t both = pages_with_room(test, link, 2 * charge);
	{
		const limits::ScopedMemlock budget(both * limits::page_size() - 1);
		sends(test, other, *ring, transport::send_zc(other.sender(), payload), payload);
		test.refused(link.send_zerocopy(payload), ENOBUFS);
	}
	const limits::ScopedMemlock budget(both * limits::page_size());
	test.sent(link.send_zerocopy(payload), payload.size());
	other.release();
	notified(test, *ring);
}

} // namespace
