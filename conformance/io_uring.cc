// SPDX-License-Identifier: GPL-2.0
/* MSG_ZEROCOPY beside SEND_ZC and SENDMSG_ZC of io_uring, which share packet buffers and
 * limits with it, and may be used on the same sockets. */
#include <linux/sock_diag.h>

#include <system_error>

#include "conformance/chapter.h"
#include "harness/requests.h"
#include "transport/families.h"
#include "transport/ring.h"

namespace
{

using transport::Completion;
using transport::Ring;
using transport::send_zc;

void accepted_socket_takes_request(At at)
{
	Link &link = at->connect();
	Ring ring;
	const Payload payload(link.usual_length());

	ring.submit(send_zc(link.receiver(), payload));
	const Completion completion = harness::next_completion(at, ring);
	at->that("result of the request", completion.result == static_cast<int>(payload.size()),
		 std::to_string(payload.size()), transport::describe(completion));
	receives(at, link.sender(), payload);
	request_notifies(at, ring);
}

REQUIREMENT("ZC-IO-01", observed,
	    "SEND_ZC works without SO_ZEROCOPY and reports in completion queue entries: nothing comes to the "
	    "error queue and no id is used.",
	    .code = "io_uring/net.c:io_send_zc (7.3: io_sendmsg_zc), io_uring/notif.c",
	    .kernels = "since 6.0");
CASE(send_zc_needs_no_option_and_uses_no_id, .requirements = {"ZC-IO-01"}, .paths = netns::simplest,
     .needs = needs_send_zc, .entry = Entry::io_uring)
{
	Link &link = test.connect({.zerocopy = false});
	Ring ring;
	Payload payload(link.usual_length());
	const Outgoing outgoing(payload);
	const msghdr message = outgoing.header();

	for (const bool option : {false, true}) {
		link.set_zerocopy(option);
		request_sends(test, link, ring, send_zc(link.sender(), payload), payload);
		request_notifies(test, ring);
		payload.overwrite();
		request_sends(test, link, ring, transport::sendmsg_zc(link.sender(), message), payload);
		request_notifies(test, ring);
		payload.overwrite();
		test.queue_empty(link);
	}
	next_id_is(test, link, payload, 0);
}

REGRESSION("net: flag sockets supporting msghdr originated zerocopy", "6.1, 6.0.4 [Debian 6.0.5-1]",
	   .cases = {"send_zc_is_refused_by_unix_sockets", "send_zc_is_refused_by_ktls",
		     "accepted_socket_takes_send_zc"});
REGRESSION("net: also flag accepted sockets supporting msghdr originated zerocopy", "6.1, 6.0.8",
	   .cases = {"accepted_socket_takes_send_zc"});
/* net/ipv4/tcp.c:tcp_init_sock flags the sockets that socket() makes. One that accept()
 * makes is flagged elsewhere. */
CASE(accepted_socket_takes_send_zc, .requirements = {"ZC-IO-01", "ZC-IO-05"}, .transports = transport::tcp,
     .paths = netns::simplest, .needs = needs_send_zc, .entry = Entry::io_uring, .once = true)
{
	accepted_socket_takes_request(test);
}

/* net/vmw_vsock/af_vsock.c:vsock_connect and vsock_accept flag them by the transport. */
CASE(accepted_vsock_socket_takes_send_zc, .requirements = {"ZC-IO-01", "ZC-IO-05"},
     .transports = transport::vsock, .paths = netns::holds | netns::local, .needs = needs_send_zc)
{
	accepted_socket_takes_request(test);
}

REQUIREMENT("ZC-IO-02", observed,
	    "With IORING_SEND_ZC_REPORT_USAGE data sent over loopback is reported with "
	    "IORING_NOTIF_USAGE_ZC_COPIED.",
	    .code = "io_uring/notif.c, zc_report; net/core/skbuff.c:skb_orphan_frags_rx",
	    .kernels = "in 6.1.192, 6.12 and 7.3");
CASE(send_zc_says_that_a_local_socket_got_a_copy, .requirements = {"ZC-IO-02"}, .paths = netns::simplest,
     .needs = needs_send_zc | needs_send_zc_usage, .entry = Entry::io_uring)
{
	Link &link = test.connect({.zerocopy = false});
	Ring ring;
	const Payload payload(link.usual_length());
	const Outgoing outgoing(payload);
	const msghdr message = outgoing.header();
	const io_uring_sqe request = send_zc(link.sender(), payload);

	ring.register_buffer(payload);
	for (const io_uring_sqe &each :
	     {request, transport::sendmsg_zc(link.sender(), message),
	      transport::from_registered_buffer(request), transport::by_worker(request)}) {
		request_sends(test, link, ring, transport::reporting_usage(each), payload);
		link.deliver();
		const Completion completion = request_notifies(test, ring);
		test.that("usage that the notification reports", completion.copied(),
			  "IORING_NOTIF_USAGE_ZC_COPIED", transport::describe(completion));
	}
}

/* Here nobody has to copy but the call itself, where the datagram is to be fragmented. */
CASE(send_zc_says_that_nobody_got_a_copy, .requirements = {"ZC-IO-02", "ZC-IO-09"},
     .transports = transport::udp, .paths = netns::shares | netns::in_call, .without = netns::holds,
     .needs = needs_send_zc | needs_send_zc_usage, .entry = Entry::io_uring, .once = true)
{
	Link &link = test.connect({.zerocopy = false});
	Ring ring;
	const std::size_t longest = longest_unfragmented(test);
	const Payload payload(longest + 1);

	for (const std::size_t length : {longest, longest + 1}) {
		const Bytes bytes = payload.first(length);

		request_sends(test, link, ring, transport::reporting_usage(send_zc(link.sender(), bytes)),
			      bytes);
		const Completion completion = request_notifies(test, ring);
		test.that("usage that the notification of " + std::to_string(length) + " bytes reports",
			  length > longest ? completion.copied() : completion.result == 0,
			  length > longest ? "IORING_NOTIF_USAGE_ZC_COPIED" : "0: not copied",
			  transport::describe(completion));
	}
}

REQUIREMENT("ZC-IO-03", promised,
	    "A flagged send after a SEND_ZC of the same TCP socket succeeds, as a plain one does.",
	    .rests_on = "ZC-TX-03", .code = "net/core/skbuff.c:msg_zerocopy_realloc",
	    .kernels = "a SEND_ZC after a flagged send succeeds, in a packet buffer of its own (-EEXIST), "
		       "and both complete");
DEVIATION("flagged-send-after-send-zc-enobufs", "ZC-IO-03", "6.0 on",
	  "A flagged TCP send right after an io_uring SEND_ZC whose data is still in the last packet buffer "
	  "not sent yet fails with ENOBUFS and without an id, and a plain send succeeds. It is "
	  "enobufs-behind-io-uring-skb seen from io_uring.",
	  catalogue::not_fixed_read);
CASE(flagged_send_behind_send_zc_succeeds, .requirements = {"ZC-IO-03"}, .transports = transport::tcp,
     .paths = netns::holds, .needs = needs_send_zc, .entry = Entry::io_uring, .once = true,
     .deviation = "flagged-send-after-send-zc-enobufs")
{
	Link &link = test.connect();
	Ring ring;
	const Payload payload(link.usual_length());

	request_sends(test, link, ring, send_zc(link.sender(), payload), payload);
	const Sent sent = link.send_zerocopy(payload);
	if (!sent.ok()) {
		test.refused(sent, ENOBUFS);
		plainly_sends(test, link, payload);
		link.release();
		request_notifies(test, ring);
		test.deviates("ENOBUFS, and no id, where a plain send succeeds");
	}
	test.sent(sent, payload.size());
	link.release();
	request_notifies(test, ring);
}

/* SEND_ZC does not join the data of the flagged send: io_uring/notif.c:io_link_skb answers
 * -EEXIST, upon which net/ipv4/tcp.c:tcp_sendmsg_locked begins a packet buffer. */
CASE(send_zc_behind_a_flagged_send_completes_apart, .requirements = {"ZC-IO-03"},
     .transports = transport::tcp, .paths = netns::holds_many, .needs = needs_send_zc,
     .entry = Entry::io_uring, .once = true)
{
	Link &link = test.connect();
	Ring ring;
	const Payload payload(link.usual_length());

	sends(test, link, payload);
	request_sends(test, link, ring, send_zc(link.sender(), payload), payload);
	const auto early = ring.wait(os::Deadline(os::quiet_period()));
	test.that("completion queue", !early, "empty", early ? transport::describe(*early) : "");
	test.queue_empty(link);
	link.release();
	test.one_notification(link, {0, 0});
	request_notifies(test, ring);
}

REQUIREMENT("ZC-TX-07", promised,
	    "ENOBUFS is returned only where the socket exceeds its optmem limit or the user the limit on "
	    "locked pages, or where a plain send would get it too.",
	    .rests_on = "ZC-TX-03", .code = "net/core/skbuff.c:msg_zerocopy_realloc",
	    .kernels = "read strictly, the document's 'if' names two causes and excludes no other; the "
		       "mixture is possible since io_uring SEND_ZC (6.0); a plain UDP send above the MTU "
		       "gets ENOBUFS with a small SO_SNDBUF too (net/ipv4/ip_output.c:__ip_append_data)");
DEVIATION("enobufs-behind-io-uring-skb", "ZC-TX-07", "6.0 on",
	  "A flagged TCP send fails with ENOBUFS, within all limits and without an id, while the last packet "
	  "buffer not sent yet holds data of io_uring SEND_ZC; once that is pushed out by a plain send the "
	  "flag works again.",
	  catalogue::not_fixed_read);
/* Nothing is charged here that a limit could be about. */
CASE(enobufs_is_about_limits, .requirements = {"ZC-TX-07"}, .transports = transport::tcp,
     .paths = netns::holds, .needs = needs_send_zc, .entry = Entry::io_uring, .once = true,
     .deviation = "enobufs-behind-io-uring-skb")
{
	Link &link = test.connect();
	Ring ring;
	const Payload payload(link.usual_length());

	request_sends(test, link, ring, send_zc(link.sender(), payload), payload);
	option_memory_is(test, link, 0);
	const Sent sent = link.send_zerocopy(payload);
	if (sent.ok()) {
		test.sent(sent, payload.size());
		return;
	}
	test.refused(sent, ENOBUFS);
	link.release();
	next_id_is(test, link, payload, 0);
	test.deviates("ENOBUFS behind data of io_uring that is not sent yet, and success once it is");
}

REQUIREMENT("ZC-IO-04", observed,
	    "A SEND_ZC to a corked UDP socket that holds flagged data fails with EINVAL, the pending "
	    "datagram is dropped and its id completes.",
	    .code = "net/ipv4/ip_output.c:__ip_append_data, msg->msg_ubuf != skb_zcopy(skb); "
		    "net/ipv4/udp.c:udp_sendmsg drops the pending datagram",
	    .kernels = "since 6.0");
CASE(send_zc_into_a_flagged_datagram_drops_it, .requirements = {"ZC-IO-04"}, .transports = transport::udp,
     .paths = netns::simplest, .needs = needs_send_zc, .entry = Entry::io_uring)
{
	Link &link = test.connect();
	Ring ring;
	const Payload payload(link.usual_length() / 2);

	sends(test, link, payload, MSG_MORE);
	request_fails(test, ring, send_zc(link.sender(), payload), EINVAL);
	link.transcript().drop_unfinished();
	test.one_completion(link, {0, 0});
	/* A datagram that was kept would be in front of this one. */
	next_id_is(test, link, payload, 1);
}

REQUIREMENT("ZC-IO-05", observed, "SEND_ZC on a socket without support (UNIX, TLS) fails with EOPNOTSUPP.",
	    .code = "io_uring/net.c:io_send_zc (7.3: io_sendmsg_zc), SOCK_SUPPORT_ZC, which TCP and UDP set "
		    "and net/ipv4/tcp_ulp.c:__tcp_set_ulp clears",
	    .kernels = "since 6.0.4 (Debian 6.0.5-1)");
CASE(send_zc_is_refused_by_unix_sockets, .requirements = {"ZC-IO-05"}, .paths = netns::simplest,
     .needs = needs_send_zc, .entry = Entry::io_uring, .once = true)
{
	Ring ring;
	const Payload payload(1000);

	for (const int type : {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET}) {
		const os::SocketPair pair(type);

		request_fails(test, ring, send_zc(pair.first.get(), payload), EOPNOTSUPP);
		events_are(test, pair.second.get(), "at the other end", POLLIN, 0);
	}
}

CASE(send_zc_is_refused_by_ktls, .requirements = {"ZC-IO-05"}, .transports = transport::tcp,
     .paths = netns::simplest, .needs = needs_send_zc | needs_ktls, .entry = Entry::io_uring, .once = true)
{
	Link &link = test.connect();
	Ring ring;
	const Payload payload(link.usual_length());

	transport::encrypt_sending(link.sender());
	transport::decrypt_receiving(link.receiver());
	request_fails(test, ring, send_zc(link.sender(), payload), EOPNOTSUPP);
	plainly_sends(test, link, payload);
}

/* For a user whom RLIMIT_MEMLOCK binds: the ring of root charges nobody. */
Ring ring_of_user(At at)
try {
	return Ring();
} catch (const std::system_error &refused) {
	if (refused.code().value() != EPERM)
		throw;
	at->skip("io_uring for all users (kernel.io_uring_disabled 0)");
}

/*
 * RLIMIT_MEMLOCK in pages that permits so many outstanding flagged sends of one byte, and
 * no more. The kernel may charge the ring itself to the user, too
 * (io_uring/memmap.c:io_create_region).
 */
rlim_t pages_for_sends(At at, Link &link, rlim_t calls)
{
	const rlim_t charge = limits::memlock_charge_pages(1);

	for (rlim_t pages = charge; pages < 1024; pages++) {
		const Pages limit(pages);

		if (permitted(at, link))
			return pages + (calls - 1) * charge;
	}
	at->skip("a ring of less than 1024 pages");
}

REQUIREMENT("ZC-IO-06", observed, "SEND_ZC and flagged sends share the user's RLIMIT_MEMLOCK.",
	    .code = "io_uring/notif.h:io_notif_account_mem; net/core/skbuff.c:mm_account_pinned_pages",
	    .kernels = "in 6.18 and 7.3 the ring itself is charged to the user too (io_uring/memmap.c)");
CASE(send_zc_finds_what_flagged_sends_locked, .requirements = {"ZC-IO-06"}, .transports = transport::tcp,
     .paths = netns::holds_many, .needs = needs_send_zc | needs_memlock | needs_root,
     .entry = Entry::io_uring, .once = true)
{
	Link &link = test.connect();
	Link &other = test.connect();
	const Payload payload(1);
	const ScopedUser user;
	Ring ring = ring_of_user(test);
	const rlim_t both = pages_for_sends(test, link, 2);

	{
		const Pages budget(both - 1, page_size() - 1);

		sends(test, link, payload);
		request_fails(test, ring, send_zc(other.sender(), payload), ENOMEM);
	}
	const Pages budget(both);
	request_sends(test, other, ring, send_zc(other.sender(), payload), payload);
	other.release();
	request_notifies(test, ring);
}

CASE(flagged_sends_find_what_send_zc_locked, .requirements = {"ZC-IO-06"}, .transports = transport::tcp,
     .paths = netns::holds_many, .needs = needs_send_zc | needs_memlock | needs_root,
     .entry = Entry::io_uring, .once = true)
{
	Link &link = test.connect();
	Link &other = test.connect();
	const Payload payload(1);
	const ScopedUser user;
	Ring ring = ring_of_user(test);
	const rlim_t both = pages_for_sends(test, link, 2);

	{
		const Pages budget(both - 1, page_size() - 1);

		request_sends(test, other, ring, send_zc(other.sender(), payload), payload);
		test.refused(link.send_zerocopy(payload), ENOBUFS);
	}
	const Pages budget(both);
	sends(test, link, payload);
	other.release();
	request_notifies(test, ring);
}

REQUIREMENT("ZC-IO-10", observed,
	    "The pages that a SEND_ZC locked are given back when it is notified of, and those of one "
	    "that fails at once, with the usage report and without it.",
	    .code = "io_uring/notif.c:io_notif_tw_complete, __io_unaccount_mem");
CASE(send_zc_gives_its_locked_pages_back, .requirements = {"ZC-IO-10", "ZC-IO-06"}, .paths = netns::simplest,
     .needs = harness::needs_send_zc | harness::needs_send_zc_usage | harness::needs_memlock |
	      harness::needs_root,
     .entry = Entry::io_uring, .once = true)
{
	Link &link = test.connect();
	const Payload payload(1);
	const os::Mapping unreadable(1, PROT_NONE);
	const limits::ScopedUser user;
	Ring ring = ring_of_user(test);
	const harness::Pages one(pages_for_sends(test, link, 1));

	for (int i = 0; i < 3; i++) {
		const io_uring_sqe request = send_zc(link.sender(), payload);

		request_fails(test, ring, send_zc(link.sender(), unreadable.bytes()), EFAULT);
		request_sends(test, link, ring, i % 2 ? request : transport::reporting_usage(request),
			      payload);
		link.deliver();
		request_notifies(test, ring);
	}
	sends(test, link, payload);
}

REQUIREMENT(
	"ZC-IO-91", observed,
	"A SEND_ZC of len bytes charges len / page size, rounded down, plus 2 pages to the user, and none "
	"where it is from a registered buffer.",
	.code = "io_uring/notif.h:io_notif_account_mem; io_uring/net.c:io_send_zc_prep",
	.kernels = "a SENDMSG_ZC is charged likewise in 6.18 and 7.3, and not at all in 6.1 and 6.12");
CASE(send_zc_charge_is_exact_to_the_page, .requirements = {"ZC-IO-91", "ZC-IO-10"},
     .transports = transport::tcp, .paths = netns::simplest,
     .needs = needs_send_zc | needs_memlock | needs_root, .entry = Entry::io_uring, .once = true)
{
	Link &link = test.connect();
	const Payload payload(3 * page_size());
	const ScopedUser user;
	Ring ring = ring_of_user(test);
	const rlim_t rest = pages_for_sends(test, link, 1) - limits::memlock_charge_pages(1);
	const auto completes = [&](const io_uring_sqe &request, Bytes bytes) {
		request_sends(test, link, ring, request, bytes);
		link.deliver();
		request_notifies(test, ring);
	};

	for (const std::size_t length : {page_size() - 1, page_size(), payload.size(), payload.size()}) {
		const io_uring_sqe request = send_zc(link.sender(), payload.first(length));
		const rlim_t pages = rest + limits::memlock_charge_pages(length);
		{
			const Pages less(pages - 1, page_size() - 1);

			request_fails(test, ring, request, ENOMEM);
		}
		const Pages exactly(pages);
		completes(request, payload.first(length));
	}
	/* Of several pieces all count, where the kernel charges for messages at all. */
	const Outgoing pieces{payload.first(1), payload.from(page_size(), 2 * page_size())};
	const msghdr header = pieces.header();
	const io_uring_sqe request = transport::sendmsg_zc(link.sender(), header);
	Data bytes;
	for (const Bytes piece : {payload.first(1), payload.from(page_size(), 2 * page_size())})
		bytes.insert(bytes.end(), piece.begin(), piece.end());
	const rlim_t pages = rest + limits::memlock_charge_pages(bytes.size());
	std::optional<Pages> less(std::in_place, 0);
	ring.submit(request);
	const Completion refused = next_completion(test, ring);
	if (refused.more())
		request_notifies(test, ring);
	if (refused.result == -ENOMEM) {
		less.reset();
		less.emplace(pages - 1, page_size() - 1);
		request_fails(test, ring, request, ENOMEM);
		less.reset();
		const Pages exactly(pages);
		completes(request, bytes);
	} else {
		test.equal("result of a message that is not charged", refused.result,
			   static_cast<int>(bytes.size()));
		link.account({refused.result}, bytes, 0);
		link.deliver();
		less.reset();
	}
	ring.register_buffer(payload);
	const Pages nothing(0);
	completes(transport::from_registered_buffer(send_zc(link.sender(), payload)), payload);
}

REQUIREMENT(
	"ZC-IO-93", observed,
	"SEND_ZC is charged to the send buffer with each page of its data as a flagged call is, also where "
	"it is from a registered buffer.",
	.code = "io_uring/net.c:io_sg_from_iter, truesize");
CASE(send_zc_is_charged_to_the_send_buffer_by_the_page, .requirements = {"ZC-IO-93"},
     .paths = netns::holds_many, .needs = needs_send_zc, .entry = Entry::io_uring)
{
	const bool stream = test.is(transport::stream);
	const int flags = stream ? MSG_EOR : 0; /* a packet for each */
	Link &link = test.connect();
	const Payload payload(2 * page_size());
	const Bytes border = payload.from(page_size() - 1, 2);
	Ring ring;
	const auto charged = [&](auto call) {
		const auto memory = [&] {
			return os::socket_memory(link.sender(),
						 stream ? SK_MEMINFO_WMEM_QUEUED : SK_MEMINFO_WMEM_ALLOC);
		};
		const unsigned before = memory();

		call();
		return memory() - before;
	};
	const auto flagged = [&] { sends(test, link, border, flags); };

	ring.register_buffer(payload);
	if (stream)
		harness::nothing_in_flight(link);
	charged(flagged); /* the stream's first packet may take more */
	const unsigned expected = charged(flagged);
	const io_uring_sqe request = send_zc(link.sender(), border, flags);
	for (const io_uring_sqe &each : {request, transport::from_registered_buffer(request)})
		test.equal("bytes charged for a SEND_ZC of two pages",
			   charged([&] { request_sends(test, link, ring, each, border); }), expected);
	link.release();
	for (int i = 0; i < 2; i++)
		request_notifies(test, ring);
	test.completions_settle(link);
}

/* RLIMIT_MEMLOCK in pages that permits one SEND_ZC of one byte by this ring, and no more: its user is looked
 * at before the data. */
rlim_t pages_for_one_request(At at, Link &link, Ring &ring)
{
	for (rlim_t pages = 1; pages < 1024; pages++) {
		const Pages limit(pages);

		ring.submit(send_zc(link.sender(), harness::unreadable()));
		const Completion completion = next_completion(at, ring);
		if (completion.more())
			request_notifies(at, ring);
		if (completion.result == -EFAULT)
			return pages;
	}
	at->skip("a ring of less than 1024 pages");
}

REQUIREMENT("ZC-IO-54", observed,
	    "A SEND_ZC is charged to the user who made the ring, whoever hands it the request, and its pages "
	    "are given back to that user.",
	    .code = "io_uring/notif.h:io_notif_account_mem, io_uring/notif.c:io_notif_tw_complete: ctx->user",
	    .kernels = "the limit is that of the process which hands in the request");
/* The ring is a user's, and root makes the requests, whom no limit would bind. The two that there is room for
 * share a packet, and are notified of together. */
CASE(send_zc_is_charged_to_the_user_of_its_ring, .requirements = {"ZC-IO-54", "ZC-IO-10"},
     .transports = transport::tcp, .paths = netns::holds_many,
     .needs = needs_send_zc | needs_memlock | needs_root, .entry = Entry::io_uring, .once = true)
{
	Link &link = test.connect();
	Link &other = test.connect();
	const Payload payload(1);
	Ring ring = [&test] {
		const ScopedUser user;

		return ring_of_user(test);
	}();
	const Pages two(pages_for_one_request(test, link, ring) + limits::memlock_charge_pages(1));

	for (Link *each : {&link, &other}) {
		for (int i = 0; i < 2; i++)
			request_sends(test, *each, ring, send_zc(each->sender(), payload), payload);
		request_fails(test, ring, send_zc(other.sender(), payload), ENOMEM);
		each->release();
		for (int i = 0; i < 2; i++)
			request_notifies(test, ring);
	}
}

/* A user's requests of one byte are permitted by now, as this one is that cannot be read: the limit is looked
 * at before the data. */
bool permits(At at, Link &link, Ring &ring)
{
	ring.submit(send_zc(link.sender(), harness::unreadable()));
	const Completion completion = next_completion(at, ring);
	if (completion.more())
		request_notifies(at, ring);
	return completion.result == -EFAULT;
}

/* The kernel ends a ring behind the process's back, when the last of its notifications has come. */
CASE(ring_that_ends_gives_its_locked_pages_back, .requirements = {"ZC-IO-10", "ZC-IO-66"},
     .transports = transport::tcp, .paths = netns::delivers | netns::holds_many,
     .needs = needs_send_zc | needs_memlock | needs_root, .entry = Entry::io_uring, .once = true)
{
	Link &link = test.connect({.zerocopy = false});
	Link &other = test.connect({.zerocopy = false});
	const Payload payload(1);
	const ScopedUser user;
	Ring ring = ring_of_user(test);
	const rlim_t one = pages_for_one_request(test, other, ring);

	{
		Ring ending = ring_of_user(test);

		request_sends(test, link, ending, send_zc(link.sender(), payload), payload);
	}
	link.release();
	link.deliver();
	link.acknowledge();
	const Pages limit(one);
	const bool back = os::wait_until([&] { return permits(test, other, ring); });
	test.that("locked pages of a request whose ring has ended", back, "given back", "still charged");
}

/* A request is charged before those that it is linked to are tried. */
CASE(request_behind_one_that_failed_gives_its_locked_pages_back, .requirements = {"ZC-IO-10", "ZC-IO-67"},
     .transports = transport::tcp, .paths = netns::simplest,
     .needs = needs_send_zc | needs_memlock | needs_root, .entry = Entry::io_uring, .once = true)
{
	Link &link = test.connect({.zerocopy = false});
	const Payload payload(1);
	const ScopedUser user;
	Ring ring = ring_of_user(test);
	const Pages both(pages_for_one_request(test, link, ring) + limits::memlock_charge_pages(1));
	const std::array failing = {transport::linked(send_zc(link.sender(), harness::unreadable())),
				    send_zc(link.sender(), payload)};
	const std::array good = {transport::linked(send_zc(link.sender(), payload)),
				 send_zc(link.sender(), payload)};

	for (int i = 0; i < 3; i++) {
		ring.submit_together(failing);
		for (unsigned results = 0; results < 2;)
			results += !next_completion(test, ring).notification();
	}
	/* Notifications of what failed may still come. */
	const bool back = os::wait_until([&] {
		ring.submit_together(good);
		int sent = 0;
		for (unsigned results = 0; results < 2;) {
			const Completion completion = next_completion(test, ring);
			if (completion.notification())
				continue;
			results++;
			if (completion.result > 0) {
				harness::has_sent(test, completion, payload.size());
				sent++;
				link.account({completion.result}, payload, 0);
			}
		}
		link.deliver();
		return sent == 2;
	});
	test.that("requests behind those that were cancelled", back, "sent", "still refused by the limit");
}

} // namespace
