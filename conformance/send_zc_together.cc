// SPDX-License-Identifier: GPL-2.0
/* Requests of io_uring's SEND_ZC and SENDMSG_ZC that share a packet or follow one another, wait for room, or
 * are left to a worker; and the buffers, addresses and rings that they use. */
#include "conformance/chapter.h"
#include "harness/freed_socket.h"
#include "harness/requests.h"
#include "tcp_peer/peer.h"
#include "transport/ring.h"

namespace
{

using transport::Completion;
using transport::from_registered_buffer;
using transport::named;
using transport::Ring;
using transport::send_zc;
using transport::sendmsg_zc;

/* The next entry has that user_data. */
Completion names(At at, const Completion &completion, std::uint64_t expected)
{
	at->equal("user_data of the entry", completion.user_data, expected);
	return completion;
}

REQUIREMENT("ZC-IO-62", observed,
	    "Both entries of a SEND_ZC or SENDMSG_ZC, its result and its notification, have the user_data of "
	    "the request.",
	    .code = "io_uring/net.c:io_send_zc_prep, notif->cqe.user_data",
	    .kernels = "7.3 takes another for the notification, where the request has one in addr3");
CASE(notification_has_the_other_user_data_that_its_request_has, .requirements = {"ZC-IO-62"},
     .paths = netns::simplest, .needs = needs_send_zc, .entry = Entry::io_uring)
{
	Link &link = test.connect({.zerocopy = false});
	Ring ring;
	const Payload payload(1000);
	const Outgoing outgoing(payload);
	const msghdr message = outgoing.header();

	for (const io_uring_sqe &request :
	     {send_zc(link.sender(), payload), sendmsg_zc(link.sender(), message)}) {
		ring.submit(named(1, transport::notified_as(2, request)));
		const Completion completion = names(test, next_completion(test, ring), 1);
		if (completion.result == -EINVAL)
			return; /* a kernel that takes none */
		harness::has_sent(test, completion, payload.size());
		link.account({completion.result}, payload, 0);
		link.deliver();
		names(test, request_notifies(test, ring), 2);
	}
}

/* All three share a packet. The last has more pieces than that takes, and goes on in the next. */
CASE(notifications_of_three_requests_in_one_packet_name_them, .requirements = {"ZC-IO-62", "ZC-IO-08"},
     .transports = transport::tcp, .paths = netns::scripted, .needs = needs_send_zc, .entry = Entry::io_uring)
{
	constexpr std::uint32_t length = 100, pieces = 64, whole = 2 * length + pieces;
	Link &link = test.connect({.zerocopy = false});
	tcp_peer::Peer &peer = link.peer();
	Ring ring;
	const Payload payload(2 * length + 2 * pieces);
	const Outgoing many = transport::gapped(payload.from(2 * length, 2 * pieces), pieces);
	const msghdr header = many.header();
	Data last;
	std::array<bool, 3> notified = {};

	for (const iovec &piece : many.pieces())
		last.push_back(*static_cast<const std::uint8_t *>(piece.iov_base));
	for (unsigned i = 0; i < 2; i++) {
		ring.submit(named(i, send_zc(link.sender(), payload.from(i * length, length), MSG_MORE)));
		test.equal("result", names(test, next_completion(test, ring), i).result, int{length});
		link.account({length}, payload.from(i * length, length), 0);
	}
	ring.submit(named(2, sendmsg_zc(link.sender(), header)));
	test.equal("result", names(test, next_completion(test, ring), 2).result, int{pieces});
	link.account({pieces}, last, 0);
	peer.receive(whole);
	no_completion(test, ring);
	/* All but the last byte: the last request cannot be complete. */
	peer.acknowledge(whole - 1);
	left_to_acknowledge(test, link, 1);
	const auto take = [&](const Completion &completion) {
		test.that("entry",
			  completion.notification() && completion.user_data < notified.size() &&
				  !std::exchange(notified[completion.user_data], true),
			  "a notification of each request, once",
			  transport::describe(completion) + " user_data " +
				  std::to_string(completion.user_data));
	};
	ring.submit(named(99, {})); /* IORING_OP_NOP */
	for (Completion next = next_completion(test, ring); next.user_data != 99;
	     next = next_completion(test, ring))
		take(next);
	test.that("notification of the last request", !notified[2], "none", "one");
	peer.acknowledge();
	while (!std::ranges::all_of(notified, std::identity()))
		take(next_completion(test, ring));
	no_completion(test, ring);
}

/* Their notifications cannot come as one piece of work: io_link_skb() then answers -EEXIST, upon which
 * tcp_sendmsg_locked() begins a packet. */
CASE(requests_of_two_rings_are_notified_of_by_their_own, .requirements = {"ZC-IO-08", "ZC-IO-62"},
     .transports = transport::tcp, .paths = netns::scripted, .needs = needs_send_zc, .entry = Entry::io_uring)
{
	constexpr std::uint32_t length = 100;
	Link &link = test.connect({.zerocopy = false});
	std::array<Ring, 2> rings;
	const Payload payload(4 * length);

	for (unsigned i = 0; i < 4; i++) {
		const Bytes bytes = payload.from(i * length, length);

		request_sends(test, link, rings[i % 2],
			      named(i, send_zc(link.sender(), bytes, i < 3 ? MSG_MORE : 0)), bytes);
	}
	link.peer().receive(4 * length);
	for (Ring &ring : rings)
		no_completion(test, ring);
	link.peer().acknowledge();
	for (unsigned i = 0; i < 2; i++) {
		const std::uint64_t one = request_notifies(test, rings[i]).user_data;

		/* The order of packets that one acknowledgment frees is not said. */
		test.that("user_data of the notification", one == i || one == i + 2,
			  "that of a request of the ring", std::to_string(one));
		names(test, request_notifies(test, rings[i]), one == i ? i + 2 : i);
		no_completion(test, rings[i]);
	}
}

REQUIREMENT("ZC-IO-61", observed,
	    "A SEND_ZC that a worker makes (IOSQE_ASYNC) has a result, and behind it a notification.",
	    .code = "io_uring/net.c:io_send_zc_cleanup gives up the request's hold on the notification");
CASE(send_zc_of_a_worker_is_notified_of, .requirements = {"ZC-IO-61", "ZC-IO-01"}, .paths = netns::simplest,
     .needs = needs_send_zc, .entry = Entry::io_uring)
{
	Link &link = test.connect({.zerocopy = false});
	Ring ring;
	const Payload payload(link.usual_length());
	const Outgoing outgoing(payload);
	const msghdr message = outgoing.header();

	for (const io_uring_sqe &request :
	     {send_zc(link.sender(), payload), sendmsg_zc(link.sender(), message)}) {
		request_sends(test, link, ring, transport::by_worker(request), payload);
		link.deliver();
		request_notifies(test, ring);
	}
	ring.submit(transport::by_worker(send_zc(link.sender(), harness::unreadable())));
	const Completion failed = next_completion(test, ring);
	test.that("result of the request", failed.result == -EFAULT, "-14 (EFAULT)",
		  transport::describe(failed));
	if (failed.more())
		request_notifies(test, ring);
	no_completion(test, ring);
}

REQUIREMENT("ZC-IO-63", observed,
	    "A SEND_ZC that finds no room waits for it, and fails with EAGAIN with MSG_DONTWAIT. One that is "
	    "cancelled meanwhile fails with ECANCELED.",
	    .code = "io_uring/net.c:io_sendmsg_zc, -EAGAIN; io_uring/poll.c:io_arm_poll_handler");
CASE(send_zc_waits_for_room_or_is_cancelled, .requirements = {"ZC-IO-63", "ZC-IO-07"},
     .transports = transport::tcp, .paths = netns::simplest, .needs = needs_send_zc, .entry = Entry::io_uring)
{
	Link &link = test.connect(small_buffers());
	Ring ring;
	const Payload payload(1000);

	fill(test, link, payload);
	request_fails(test, ring, send_zc(link.sender(), payload, MSG_DONTWAIT), EAGAIN);
	for (const std::uint64_t user_data : {1, 2}) {
		ring.submit(named(user_data, send_zc(link.sender(), payload)));
		no_completion(test, ring);
	}
	ring.submit(named(3, transport::cancel(1)));
	unsigned entries = 2; /* of the cancellation, and of the request */
	for (unsigned i = 0; i < entries; i++) {
		const Completion completion = next_completion(test, ring);
		const bool of_cancellation = completion.user_data == 3;

		test.that("entry", of_cancellation || completion.user_data == 1, "user_data 1 or 3",
			  std::to_string(completion.user_data));
		test.that("result",
			  completion.notification() ||
				  completion.result == (of_cancellation ? 0 : -ECANCELED),
			  of_cancellation ? "0" : "-125 (ECANCELED)", transport::describe(completion));
		entries += completion.more();
	}
	no_completion(test, ring);
	link.account(transport::all_of(payload), payload, 0);
	link.deliver();
	const Completion completion = names(test, next_completion(test, ring), 2);
	harness::has_sent(test, completion, payload.size(), "result of the request that waited");
	names(test, request_notifies(test, ring), 2);
	no_completion(test, ring);
}

REQUIREMENT(
	"ZC-IO-90", observed,
	"A SEND_ZC or SENDMSG_ZC with MSG_WAITALL sends what there is no room for as soon as there is some, "
	"also from a registered buffer, and has one result and one notification.",
	.code = "io_uring/net.c:io_sendmsg_zc, io_net_retry");
CASE(send_zc_sends_the_rest_when_there_is_room, .requirements = {"ZC-IO-90", "ZC-IO-11"},
     .transports = transport::tcp, .paths = netns::simplest, .needs = needs_send_zc, .entry = Entry::io_uring)
{
	const Payload payload(more_than_small_buffers());
	const Outgoing outgoing(payload);
	const msghdr message = outgoing.header();

	for (unsigned i = 0; i < 3; i++) {
		Link &link = test.connect(small_buffers());
		Ring ring;
		const io_uring_sqe request = send_zc(link.sender(), payload, MSG_WAITALL);

		ring.register_buffer(payload);
		ring.submit(i == 0   ? request
			    : i == 1 ? from_registered_buffer(request)
				     : sendmsg_zc(link.sender(), message, MSG_WAITALL));
		no_completion(test, ring);
		link.account(transport::all_of(payload), payload, 0);
		link.deliver();
		harness::has_sent(test, next_completion(test, ring), payload.size());
		request_notifies(test, ring);
		no_completion(test, ring);
	}
}

REQUIREMENT(
	"ZC-IO-64", observed,
	"A registered buffer may be replaced, and its memory unmapped, while a SEND_ZC from it is pending: "
	"its bytes arrive.",
	.code = "io_uring/net.c:io_send_zc_import: the notification holds the buffer, whose fragments hold "
		"no page");
CASE(registered_buffer_can_be_replaced_while_it_is_sent, .requirements = {"ZC-IO-64"},
     .paths = netns::delivers | netns::holds, .needs = needs_send_zc, .entry = Entry::io_uring)
{
	Link &link = test.connect({.zerocopy = false});
	Ring ring;
	const std::size_t length = link.usual_length();
	std::optional<Payload> payload(std::in_place, length);
	const Payload other(length);

	ring.register_buffer(*payload);
	request_sends(test, link, ring, from_registered_buffer(send_zc(link.sender(), *payload)), *payload);
	ring.replace_buffer(other);
	payload.reset();
	const Payload reuse(256 * page_size()); /* whatever was freed */
	link.release();
	link.deliver();
	request_notifies(test, ring);
	request_sends(test, link, ring, from_registered_buffer(send_zc(link.sender(), other)), other);
	link.deliver();
	request_notifies(test, ring);
}

/* A fragment is a part of a page of the buffer, wherever a request or a packet begins and ends. Requests of
 * one byte use up the fragments of a packet. Plain data and data that is not registered join it, and the
 * fragments then hold their pages. */
CASE(any_part_of_a_registered_buffer_arrives, .requirements = {"ZC-IO-11"}, .paths = netns::basic,
     .needs = needs_send_zc, .entry = Entry::io_uring)
{
	Link &link = test.connect({.zerocopy = false});
	const bool stream = test.is(transport::stream);
	const int more = stream ? MSG_MORE : 0;
	const std::size_t page = page_size();
	const std::size_t most = stream ? 40 * page : link.usual_length();
	const Payload payload(most + 4 * page);
	Ring ring;
	unsigned pending = 0;
	const auto sends_from = [&](std::size_t offset, std::size_t length, bool registered, int flags) {
		const Bytes bytes = payload.from(offset, length);
		const io_uring_sqe request = send_zc(link.sender(), bytes, flags);

		ring.submit(registered ? from_registered_buffer(request) : request);
		Completion completion = next_completion(test, ring);
		/* Of packets that did not wait for more, where requests do not share them. */
		for (; completion.notification() && pending; pending--)
			completion = next_completion(test, ring);
		harness::has_sent(test, completion, length);
		link.account({completion.result}, bytes, 0);
		for (pending++; pending && !(flags & MSG_MORE); pending--) {
			link.deliver();
			request_notifies(test, ring);
		}
	};

	ring.register_buffer(payload);
	for (const std::size_t offset : {std::size_t{0}, std::size_t{1}, page - 1, page + page / 2}) {
		for (std::size_t i = 0; i < 3; i++)
			sends_from(i * page + offset % page, 1, true, more);
		if (stream && offset % 2)
			plainly_sends(test, link, payload.first(10), more);
		if (offset > 1)
			sends_from(0, 10, false, more);
		sends_from(offset, most, true, 0);
	}
	no_completion(test, ring);
}

/* A kernel that has huge pages to spare keeps each as one piece of the buffer, in which a part then begins at
 * an offset of more than a page. */
CASE(any_part_of_registered_huge_pages_arrives, .requirements = {"ZC-IO-11"}, .paths = netns::simplest,
     .needs = needs_send_zc | needs_root, .entry = Entry::io_uring)
{
	constexpr std::size_t huge = 2 << 20;
	Link &link = test.connect({.zerocopy = false});
	const std::size_t page = page_size();
	const Payload payload(2 * huge);
	const Mapping memory(3 * huge);
	std::uint8_t *const start =
		memory.data() + huge - reinterpret_cast<std::uintptr_t>(memory.data()) % huge;
	const Bytes buffer(start + page, payload.size() - page);
	Ring ring;

	::madvise(start, payload.size(), MADV_HUGEPAGE);
	std::ranges::copy(payload.bytes(), start);
	ring.register_buffer(buffer);
	for (const std::size_t offset :
	     {std::size_t{0}, 2 * page + 1, huge - page - 1, huge, huge + 3 * page + 1}) {
		const Bytes bytes = buffer.subspan(offset, link.usual_length());

		request_sends(test, link, ring, from_registered_buffer(send_zc(link.sender(), bytes)), bytes);
		link.deliver();
		request_notifies(test, ring);
	}
	/* Kernels without IORING_SEND_VECTORIZED take no pieces of a registered buffer. */
	const Outgoing pieces{buffer.subspan(1, 20), buffer.subspan(huge - 100, 200),
			      buffer.subspan(5 * page + 7, 300)};
	const msghdr header = pieces.header();
	Data bytes;

	for (const iovec &piece : pieces.pieces()) {
		const auto *const begin = static_cast<const std::uint8_t *>(piece.iov_base);

		bytes.insert(bytes.end(), begin, begin + piece.iov_len);
	}
	ring.submit(from_registered_buffer(sendmsg_zc(link.sender(), header)));
	const Completion completion = next_completion(test, ring);
	if (completion.result == -EINVAL)
		return;
	harness::has_sent(test, completion, bytes.size());
	link.account({completion.result}, bytes, 0);
	link.deliver();
	request_notifies(test, ring);
}

REQUIREMENT(
	"ZC-IO-65", observed,
	"SEND_ZC to an address sends as sendto() does, and SENDMSG_ZC with a name and control messages as "
	"sendmsg() does.",
	.code = "io_uring/net.c:io_send_setup, io_sendmsg_zc");
CASE(send_zc_goes_to_its_address, .requirements = {"ZC-IO-65"}, .transports = transport::udp,
     .paths = netns::simplest, .needs = needs_send_zc, .entry = Entry::io_uring)
{
	Link &link = test.connect({.zerocopy = false, .connected = false});
	Ring ring;
	const Payload payload(2500);
	Outgoing message(payload);
	const msghdr header = message.to(link.destination()).in_segments_of(1000).header();

	for (const bool worker : {false, true})
		for (const io_uring_sqe &request :
		     {transport::to(link.destination(), send_zc(link.sender(), payload)),
		      sendmsg_zc(link.sender(), header)}) {
			link.transcript().set_segment_size(request.opcode == transport::op_send_zc ? 0
												   : 1000);
			request_sends(test, link, ring, worker ? transport::by_worker(request) : request,
				      payload);
			link.deliver();
			request_notifies(test, ring);
		}
}

REQUIREMENT(
	"ZC-IO-66", observed,
	"The end of a ring leaves data of its SEND_ZC alone that is under way: it arrives, and the socket "
	"is freed after it.",
	.code = "io_uring/io_uring.c:io_ring_exit_work waits for the notifications");
CASE(data_of_a_ring_that_ends_arrives, .requirements = {"ZC-IO-66"},
     .paths = netns::delivers | netns::holds_many, .needs = needs_send_zc | needs_freed_sockets,
     .entry = Entry::io_uring)
{
	Link &link = test.connect({.zerocopy = false});
	const Payload payload(link.usual_length());
	const FreedSocket freed(test, link);

	for (const bool registered : {false, true}) {
		Ring ring;
		const io_uring_sqe request = send_zc(link.sender(), payload);

		ring.register_buffer(payload);
		request_sends(test, link, ring, registered ? from_registered_buffer(request) : request,
			      payload);
	}
	link.take_sender().close();
	link.release();
	link.deliver();
	if (test.is(transport::stream))
		link.acknowledge();
	freed.is_freed(test, "closed socket of a ring that has ended");
}

} // namespace
