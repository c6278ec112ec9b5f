// SPDX-License-Identifier: GPL-2.0
/* What the notification of io_uring's SEND_ZC and SENDMSG_ZC waits for, what it says, and what
 * it gives back. */

#include "conformance/chapter.h"
#include "harness/packet_tap.h"
#include "harness/requests.h"
#include "netns/netfilter.h"
#include "tcp_peer/peer.h"
#include "transport/ring.h"

namespace
{

using tcp_peer::Peer;
using transport::Completion;
using transport::Ring;
using transport::send_zc;
using transport::sendmsg_zc;

constexpr std::uint16_t mss = 1000;
constexpr std::uint32_t small_window = 2048; /* two segments */

void both_fail(At at, Ring &ring, int socket, Bytes bytes, int expected_errno)
{
	const Outgoing message(bytes);
	const msghdr header = message.header();

	request_fails(at, ring, send_zc(socket, bytes), expected_errno);
	request_fails(at, ring, sendmsg_zc(socket, header), expected_errno);
}

REQUIREMENT("ZC-IO-07", observed,
	    "A SEND_ZC or SENDMSG_ZC that fails has one entry with its errno, and a notification behind "
	    "it exactly where that entry has IORING_CQE_F_MORE.",
	    .code = "io_uring/net.c:io_send_zc (7.3: io_sendmsg_zc), io_sendrecv_fail");
CASE(send_zc_that_fails_notifies_where_it_says_so, .requirements = {"ZC-IO-07"}, .paths = netns::simplest,
     .needs = needs_send_zc, .entry = Entry::io_uring)
{
	Link &link = test.connect({.zerocopy = false});
	Ring ring;
	const Payload payload(link.usual_length());
	const Payload too_long(70000);
	const Outgoing outgoing(payload);
	const msghdr message = outgoing.header();
	const Mapping unreadable(payload.size(), PROT_NONE);
	const os::Fd unconnected = harness::new_socket(test);
	const os::SocketPair pair(SOCK_STREAM);

	both_fail(test, ring, link.sender(), unreadable.bytes(), EFAULT);
	both_fail(test, ring, pair.first.get(), payload, EOPNOTSUPP);
	both_fail(test, ring, 1 << 20, payload, EBADF);
	/* The result may not be left out: it announces the notification. */
	for (io_uring_sqe request : {send_zc(link.sender(), payload), sendmsg_zc(link.sender(), message)}) {
		request.flags |= IOSQE_CQE_SKIP_SUCCESS;
		request_fails(test, ring, request, EINVAL);
	}
	if (test.is(transport::datagram)) {
		both_fail(test, ring, link.sender(), too_long, EMSGSIZE);
		both_fail(test, ring, unconnected.get(), payload, EDESTADDRREQ);
	} else {
		both_fail(test, ring, unconnected.get(), payload, EPIPE);
	}
	request_sends(test, link, ring, send_zc(link.sender(), payload), payload);
	request_notifies(test, ring);
	no_completion(test, ring);
}

/* The packet is built when netfilter drops it: the request has a part in it. */
CASE(send_zc_that_netfilter_drops_notifies_where_it_says_so, .requirements = {"ZC-IO-07"},
     .transports = transport::udp, .paths = netns::simplest, .needs = needs_send_zc | needs_packet_filter,
     .entry = Entry::io_uring)
{
	Link &link = test.connect({.zerocopy = false});
	Ring ring;
	const Payload payload(1000);

	netns::drop_datagrams(netns::Hook::output, payload.size());
	both_fail(test, ring, link.sender(), payload, EPERM);
	request_sends(test, link, ring, send_zc(link.sender(), payload.first(100)), payload.first(100));
	request_notifies(test, ring);
	no_completion(test, ring);
}

/* A stream sends nothing then, and UDP an empty datagram. */
CASE(send_zc_of_no_bytes_is_notified_of, .requirements = {"ZC-IO-01"}, .paths = netns::simplest,
     .needs = needs_send_zc, .entry = Entry::io_uring)
{
	Link &link = test.connect({.zerocopy = false});
	Ring ring;
	const Payload payload(1000);

	for (int i = 0; i < 2; i++) {
		request_sends(test, link, ring, send_zc(link.sender(), payload.first(0)), payload.first(0));
		link.deliver();
		request_notifies(test, ring);
		request_sends(test, link, ring, send_zc(link.sender(), payload), payload);
		request_notifies(test, ring);
	}
	no_completion(test, ring);
}

REQUIREMENT("ZC-IO-08", observed,
	    "The notification of a SEND_ZC over TCP comes when the peer has acknowledged all of its data, "
	    "also where the data of two requests shares a packet.",
	    .code = "io_uring/notif.c:io_tx_ubuf_complete; io_link_skb links those that share a packet",
	    .kernels = "6.1 has no io_link_skb: the second request begins a packet of its own");
/* The notifications that are in the completion queue: a request that does nothing follows them. */
unsigned notifications_so_far(At at, Ring &ring)
{
	unsigned count = 0;

	ring.submit({}); /* IORING_OP_NOP */
	while (next_completion(at, ring).notification())
		count++;
	return count;
}

/* The first waits for the second (MSG_MORE). Without an acknowledgment of all that the first
 * sent, neither is complete, wherever the packet ends. */
CASE(send_zc_requests_wait_for_the_acknowledgment_of_their_data, .requirements = {"ZC-IO-08"},
     .transports = transport::tcp, .paths = netns::scripted, .needs = needs_send_zc, .entry = Entry::io_uring)
{
	constexpr std::uint32_t length = 400;
	Link &link = test.connect({.zerocopy = false, .offer = {.mss = mss}});
	Peer &peer = link.peer();
	Ring ring;
	const Payload payload(2 * length);

	request_sends(test, link, ring, send_zc(link.sender(), payload.first(length), MSG_MORE),
		      payload.first(length));
	request_sends(test, link, ring, send_zc(link.sender(), payload.from(length, length)),
		      payload.from(length, length));
	peer.receive(2 * length);
	for (const std::uint32_t end : {0U, 1U, length - 1}) {
		peer.acknowledge(end);
		left_to_acknowledge(test, link, static_cast<int>(2 * length - end));
		no_completion(test, ring);
	}
	/* The first may be complete from here on, and the second is not. */
	unsigned notified = 0;
	for (const std::uint32_t end : {length, 2 * length - 1}) {
		peer.acknowledge(end);
		left_to_acknowledge(test, link, static_cast<int>(2 * length - end));
		notified += notifications_so_far(test, ring);
		test.that("requests that were notified of", notified <= 1, "1 or none", "both");
	}
	peer.acknowledge();
	for (; notified < 2; notified++)
		request_notifies(test, ring);
	no_completion(test, ring);
}

REQUIREMENT(
	"ZC-IO-55", observed,
	"A thread that waits for several entries of a ring with IORING_SETUP_DEFER_TASKRUN is woken by the "
	"notifications of two requests that share a packet.",
	.code = "io_uring/notif.c:io_tx_ubuf_complete: they come as one piece of work, which therefore "
		"wakes at once");
CASE(notifications_of_a_shared_packet_wake_who_waits_for_both, .requirements = {"ZC-IO-55", "ZC-IO-08"},
     .transports = transport::tcp, .paths = netns::scripted, .needs = needs_send_zc, .entry = Entry::io_uring)
{
	constexpr std::uint32_t length = 400;
	constexpr unsigned deferring = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;
	Link &link = test.connect({.zerocopy = false});
	const Payload payload(2 * length);
	const Bytes first = payload.first(length);
	const Bytes second = payload.from(length, length);
	std::optional<Ring> ring; /* of the thread */
	ThreadInCall waiter(-1, [&] {
		ring.emplace(deferring);
		ring->submit(send_zc(link.sender(), first, MSG_MORE));
		ring->submit(send_zc(link.sender(), second));
		/* Each has a result and a notification. When the time has passed the kernel looks for work,
		 * too, and returns as if it had been woken. */
		const os::Deadline deadline(os::event_timeout());
		const Returned entered = ring->enter(4, os::event_timeout());
		errno = deadline.passed() ? ETIME : entered.error;
		return deadline.passed() ? -1 : entered.returned;
	});

	link.peer().receive(payload.size());
	for (const Bytes &bytes : {first, second})
		link.account({length}, bytes, 0);
	blocks(test, waiter, "io_uring_enter() for the notifications");
	link.peer().acknowledge();
	returns(test, waiter, "io_uring_enter()", 0);
}

/* A request whose data leaves in three packets, of which a packet socket sees that of this
 * number, and gets a copy. Its notification. */
Completion sent_in_three(At at, const io_uring_sqe &model, unsigned sniffed)
{
	Link &link = at->connect({.zerocopy = false, .offer = {.mss = mss, .window = small_window}});
	const Payload payload(6 * mss);
	Ring ring;
	io_uring_sqe request = send_zc(link.sender(), payload);
	std::optional<harness::PacketTap> tap;

	request.ioprio = model.ioprio;
	for (unsigned packet = 0; packet < 3; packet++) {
		if (packet == sniffed)
			tap.emplace(at->network().device(), netns::Outgoing::seen);
		if (packet == 0)
			request_sends(at, link, ring, request, payload);
		else
			link.peer().acknowledge();
		link.peer().receive((packet + 1) * small_window / mss * mss);
		tap.reset();
		no_completion(at, ring);
	}
	link.peer().acknowledge();
	return request_notifies(at, ring);
}

REQUIREMENT(
	"ZC-IO-53", observed,
	"SEND_ZC and SENDMSG_ZC on a VSOCK socket with SO_ZEROCOPY share the pages, and are notified of "
	"when the receiver has read the data; without the option they do the same, or the data is copied.",
	.code = "net/vmw_vsock/virtio_transport_common.c:virtio_transport_send_pkt_info",
	.kernels = "since 6.7; without the option 6.12 copies (it clears MSG_ZEROCOPY), and 7.3 shares");
CASE(send_zc_over_vsock_is_notified_of_when_it_is_read, .requirements = {"ZC-IO-53", "ZC-IO-01"},
     .transports = transport::vsock, .paths = netns::holds | netns::local, .needs = needs_send_zc)
{
	/* One for both: the end of a ring interrupts the connect() that follows. */
	Ring ring;

	for (const bool option : {true, false}) {
		Link &link = test.connect({.zerocopy = option});
		Payload payload(2 * page_size());
		const Outgoing outgoing(payload);
		const msghdr message = outgoing.header();

		for (const io_uring_sqe &request :
		     {send_zc(link.sender(), payload), sendmsg_zc(link.sender(), message)}) {
			request_sends(test, link, ring, request, payload);
			readable(test, link.receiver(), "the receiver");
			const unsigned early = notifications_so_far(test, ring);
			test.that("notifications before the data is read", early == 0 || !option, "none",
				  std::to_string(early));
			if (early == 0)
				store_seen(link, payload);
			else
				payload.overwrite();
			link.deliver();
			if (early == 0)
				request_notifies(test, ring);
			no_completion(test, ring);
		}
		test.queue_empty(link);
	}
}

REQUIREMENT("ZC-IO-92", observed,
	    "SEND_ZC, SENDMSG_ZC and SEND_ZC from a registered buffer share the pages: a store before "
	    "transmission changes what the peer receives.",
	    .code = "io_uring/net.c:io_sg_from_iter, io_sg_from_iter_iovec");
enum class Form { whole, pieces, registered };
CASE(store_over_what_a_request_sends_is_seen, .requirements = {"ZC-IO-92"},
     .paths = netns::scripted | netns::shares, .needs = needs_send_zc, .entry = Entry::io_uring)
{
	Ring ring;

	for (const auto form : {Form::whole, Form::pieces, Form::registered}) {
		Link &link = test.connect({.zerocopy = false});
		Payload payload(link.usual_length());
		const Outgoing outgoing{payload.first(300), payload.from(300, payload.size() - 300)};
		const msghdr message = outgoing.header();
		io_uring_sqe request = send_zc(link.sender(), payload);

		if (form == Form::pieces)
			request = sendmsg_zc(link.sender(), message);
		if (form == Form::registered) {
			ring.register_buffer(payload);
			request = transport::from_registered_buffer(request);
		}
		request_sends(test, link, ring, request, payload);
		readable(test, test.network().tun(), "the tap");
		no_completion(test, ring);
		store_seen(link, payload);
		link.release();
		link.deliver();
		request_notifies(test, ring);
	}
}

REQUIREMENT("ZC-IO-09", observed,
	    "With IORING_SEND_ZC_REPORT_USAGE a notification says that data was copied where any packet "
	    "of the request was, whichever, and not where none was. Without it nothing is said.",
	    .code = "io_uring/notif.c:io_tx_ubuf_complete, zc_copied; io_notif_tw_complete");
CASE(send_zc_of_which_one_packet_is_copied_says_so, .requirements = {"ZC-IO-09", "ZC-IO-02"},
     .transports = transport::tcp, .paths = netns::scripted | netns::shares,
     .needs = needs_send_zc | needs_send_zc_usage | needs_packet, .entry = Entry::io_uring)
{
	const io_uring_sqe silent = {};
	const io_uring_sqe reporting = transport::reporting_usage(silent);

	for (const unsigned sniffed : {0, 1, 2}) {
		const Completion told = sent_in_three(test, reporting, sniffed);
		const Completion untold = sent_in_three(test, silent, sniffed);
		const std::string which = "packet " + std::to_string(sniffed) + " being copied";

		test.that("usage, " + which, told.copied(), "IORING_NOTIF_USAGE_ZC_COPIED",
			  transport::describe(told));
		test.that("usage that was not asked for, " + which, untold.result == 0, "0",
			  transport::describe(untold));
	}
	const Completion told = sent_in_three(test, reporting, 3);
	test.that("usage, nothing being copied", told.result == 0, "0: not copied",
		  transport::describe(told));
}

DEVIATION(
	"joined-send-zc-says-copied", "ZC-IO-09", "6.10 on",
	"Of two SEND_ZC requests that share a TCP packet, which nobody copies, the notification of the "
	"second "
	"has IORING_NOTIF_USAGE_ZC_COPIED.",
	"Not fixed: the packet completes the first alone, so that io_uring/notif.c:io_tx_ubuf_complete never "
	"sets zc_used of the second; read in 6.12.118 and 7.3.4, seen on these and 6.18.44. 6.1.192 has no "
	"io_link_skb(), which is inferred to have come in 6.10 (notification stacking).");
CASE(send_zc_requests_of_one_packet_say_that_nobody_copied, .requirements = {"ZC-IO-09", "ZC-IO-08"},
     .transports = transport::tcp, .paths = netns::scripted | netns::shares,
     .needs = needs_send_zc | needs_send_zc_usage, .entry = Entry::io_uring,
     .deviation = "joined-send-zc-says-copied")
{
	constexpr std::uint32_t length = 400;
	Link &link = test.connect({.zerocopy = false});
	const Payload payload(2 * length);
	Ring ring;
	std::array<Completion, 2> told;

	for (const unsigned i : {0, 1}) {
		const Bytes bytes = payload.from(i * length, length);
		const io_uring_sqe request = send_zc(link.sender(), bytes, i ? 0 : MSG_MORE);

		request_sends(test, link, ring, transport::named(i, transport::reporting_usage(request)),
			      bytes);
	}
	link.peer().receive(2 * length);
	link.peer().acknowledge();
	for (unsigned i = 0; i < 2; i++) {
		const Completion next = request_notifies(test, ring);

		test.that("user_data of the notification", next.user_data < 2, "0 or 1",
			  std::to_string(next.user_data));
		told[next.user_data] = next;
	}
	test.that("usage of the first request, nothing being copied", told[0].result == 0, "0: not copied",
		  transport::describe(told[0]));
	if (told[1].copied())
		test.deviates("the second request's notification says that its data was copied");
}

REQUIREMENT("ZC-IO-11", observed,
	    "Data that SEND_ZC sends from a registered buffer is intact where packets are cut and sent "
	    "again, and its notification waits for the acknowledgment of all of it.",
	    .code = "io_uring/net.c:io_sg_from_iter, whose fragments take no reference to the pages "
		    "(SKBFL_MANAGED_FRAG_REFS); net/core/skbuff.c:skb_split, pskb_carve_* and others take "
		    "them first (skb_zcopy_downgrade_managed)");
/* The packet is cut by the window, and what is lost is sent again in segments. */
CASE(send_zc_from_a_registered_buffer_survives_cuts, .requirements = {"ZC-IO-11", "ZC-IO-08"},
     .transports = transport::tcp, .paths = netns::scripted, .needs = needs_send_zc, .entry = Entry::io_uring)
{
	Link &link = test.connect({.zerocopy = false, .offer = {.mss = mss, .window = 2 * small_window}});
	Peer &peer = link.peer();
	const Payload payload(8 * mss);
	Ring ring;

	ring.register_buffer(payload);
	request_sends(test, link, ring, transport::from_registered_buffer(send_zc(link.sender(), payload)),
		      payload);
	while (peer.lose_next().to != 4 * mss) /* lost */
		;
	for (int i = 0; i < 4; i++) /* the first may be no duplicate */
		peer.acknowledge();
	while (peer.received() < payload.size()) {
		peer.take_next();
		no_completion(test, ring);
		if (peer.received() < payload.size())
			peer.acknowledge();
	}
	peer.acknowledge();
	request_notifies(test, ring);
	ring.unregister_buffers();
	plainly_sends(test, link, payload.first(1));
}

} // namespace
