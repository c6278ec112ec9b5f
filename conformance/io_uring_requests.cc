// SPDX-License-Identifier: GPL-2.0
/* MSG_ZEROCOPY by the ordinary requests of io_uring, SEND and SENDMSG, and notifications by RECVMSG and
 * POLL_ADD. */
#include "conformance/chapter.h"
#include "harness/requests.h"
#include "transport/ring.h"

namespace
{

using transport::Completion;
using transport::Ring;

/* The next entry has that result, and says that more will follow, or not. */
void completes_with(At at, Ring &ring, int result, bool more, std::string_view what)
{
	const Completion completion = next_completion(at, ring);

	at->that(what, completion.result == result && completion.more() == more && !completion.notification(),
		 transport::describe(Completion{result, more ? IORING_CQE_F_MORE : 0U}),
		 transport::describe(completion));
}

REQUIREMENT(
	"ZC-RX-50", observed,
	"A RECVMSG of io_uring with MSG_ERRQUEUE that finds the error queue empty waits for a notification "
	"and returns it. Where the socket has data to be read, it fails with EAGAIN instead.",
	.code = "io_uring/poll.c:io_arm_poll_handler leaves EPOLLRDNORM where REQ_F_CLEAR_POLLIN takes "
		"EPOLLIN away; io_uring/net.c:io_recvmsg then meets the empty queue again and again");
CASE(ring_reads_a_notification_that_comes_later, .requirements = {"ZC-RX-50"}, .paths = netns::simplest,
     .needs = needs_send_zc, .entry = Entry::io_uring)
{
	Link &link = test.connect();
	Ring ring;
	std::array<std::uint8_t, errqueue::ample_control> control = {};
	msghdr header = {};

	for (const std::uint32_t id : {0, 1}) {
		header.msg_control = control.data();
		header.msg_controllen = control.size();
		ring.submit(transport::plain_recvmsg(link.sender(), header, MSG_ERRQUEUE));
		no_completion(test, ring);
		sends(test, link);
		link.deliver();
		completes_with(test, ring, 0, false, "completion of RECVMSG with MSG_ERRQUEUE");
		const Message message = errqueue::parse(header, 0);
		link.enter({message});
		well_formed_entry(test, message);
		test.equal("ids of the notification", message.notifications.front().ids(), {id, id});
		test.queue_empty(link);
	}
}

/* A program that has both in flight must read the data, or ask again when POLL_ADD tells it to. */
CASE(ring_reads_no_notification_beside_unread_data, .requirements = {"ZC-RX-50", "ZC-RX-17"},
     .paths = netns::simplest, .needs = needs_send_zc, .entry = Entry::io_uring)
{
	Link &link = test.connect();
	Ring ring;
	const Payload question(100);
	std::array<std::uint8_t, errqueue::ample_control> control = {};
	msghdr header = {};

	header.msg_control = control.data();
	header.msg_controllen = control.size();
	ring.submit(transport::plain_recvmsg(link.sender(), header, MSG_ERRQUEUE));
	no_completion(test, ring);
	data_arrives(test, link, question);
	completes_with(test, ring, -EAGAIN, false, "completion of RECVMSG with MSG_ERRQUEUE beside data");
	queue_notification(test, link);
	ring.submit(transport::plain_recvmsg(link.sender(), header, MSG_ERRQUEUE));
	completes_with(test, ring, 0, false, "completion of RECVMSG with MSG_ERRQUEUE");
	link.enter({errqueue::parse(header, 0)});
	receives(test, link.sender(), question);
}

REQUIREMENT("ZC-RX-51", promised,
	    "A POLL_ADD of io_uring with no events reports a notification as POLLERR, and nothing else does; "
	    "with IORING_POLL_ADD_MULTI it does so each time that one comes.",
	    .rests_on = "ZC-RX-03", .code = "io_uring/poll.c:io_poll_add, IO_POLL_UNMASK");
CASE(ring_polls_for_a_notification_unasked, .requirements = {"ZC-RX-51", "ZC-RX-02"},
     .paths = netns::simplest, .needs = needs_send_zc, .entry = Entry::io_uring)
{
	Link &link = test.connect();
	Ring ring;
	const Payload question(100);

	for (const std::uint32_t id : {0, 1}) {
		ring.submit(transport::poll_for(link.sender(), 0));
		no_completion(test, ring);
		data_arrives(test, link, question);
		no_completion(test, ring);
		sends(test, link);
		link.deliver();
		completes_with(test, ring, POLLERR, false, "completion of POLL_ADD");
		no_completion(test, ring);
		test.one_notification(link, {id, id});
		receives(test, link.sender(), question);
	}
}

/* A notification that is unread may be reported again at any event of the socket. */
CASE(ring_polls_for_every_notification, .requirements = {"ZC-RX-51"}, .paths = netns::simplest,
     .needs = needs_send_zc, .entry = Entry::io_uring)
{
	Link &link = test.connect();
	Ring ring;

	ring.submit(transport::poll_for(link.sender(), 0, true));
	no_completion(test, ring);
	for (const std::uint32_t id : {0, 1, 2}) {
		sends(test, link);
		link.deliver();
		completes_with(test, ring, POLLERR, true,
			       "completion of POLL_ADD with IORING_POLL_ADD_MULTI");
		test.one_notification(link, {id, id});
		while (ring.wait(os::Deadline(std::chrono::milliseconds(0))))
			;
	}
}

REQUIREMENT(
	"ZC-IO-50", promised,
	"A SEND or SENDMSG of io_uring with MSG_ZEROCOPY is a send call: it has one id where it sends all "
	"that it is asked to at once, none on a socket without SO_ZEROCOPY, and none where it fails.",
	.rests_on = "ZC-TX-02 ZC-SO-07", .code = "io_uring/net.c:io_send, io_sendmsg");
CASE(request_with_the_flag_has_one_id, .requirements = {"ZC-IO-50"}, .paths = netns::simplest,
     .needs = needs_send_zc, .entry = Entry::io_uring)
{
	Link &link = test.connect();
	Ring ring;
	const Payload payload(link.usual_length());
	const Outgoing outgoing(payload);
	const msghdr message = outgoing.header();
	const Mapping unreadable(payload.size(), PROT_NONE);
	const int length = static_cast<int>(payload.size());
	std::uint32_t id = 0;

	for (const int flags : {int{MSG_ZEROCOPY}, MSG_ZEROCOPY | MSG_WAITALL, MSG_ZEROCOPY | MSG_DONTWAIT})
		for (const io_uring_sqe &request :
		     {transport::plain_send(link.sender(), payload, flags),
		      transport::plain_sendmsg(link.sender(), message, flags)}) {
			ring.submit(transport::plain_send(link.sender(), unreadable.bytes(), flags));
			completes_with(test, ring, -EFAULT, false, "completion of SEND from a bad address");
			ring.submit(request);
			completes_with(test, ring, length, false, "completion of the request");
			link.account(transport::all_of(payload), payload, flags);
			test.one_notification(link, {id, id});
			no_completion(test, ring);
			id++;
		}
	link.set_zerocopy(false);
	ring.submit(transport::plain_send(link.sender(), payload, MSG_ZEROCOPY));
	completes_with(test, ring, length, false, "completion of SEND without SO_ZEROCOPY");
	link.account(transport::all_of(payload), payload, MSG_ZEROCOPY);
	link.deliver();
	test.queue_empty(link);
}

/* Without MSG_WAITALL the request ends with the part that there is room for. */
CASE(request_that_sends_a_part_has_one_id, .requirements = {"ZC-IO-50", "ZC-CT-08"},
     .transports = transport::tcp, .paths = netns::simplest, .needs = needs_send_zc, .entry = Entry::io_uring)
{
	Link &link = test.connect(small_buffers());
	Ring ring;
	const Payload payload(more_than_small_buffers());

	ring.submit(transport::plain_send(link.sender(), payload, MSG_ZEROCOPY));
	const Completion completion = next_completion(test, ring);
	test.that("result of the request",
		  completion.result > 0 && static_cast<std::size_t>(completion.result) < payload.size(),
		  "a part", transport::describe(completion));
	link.account({completion.result}, payload, MSG_ZEROCOPY);
	link.deliver();
	test.one_notification(link, {0, 0});
}

REQUIREMENT(
	"ZC-IO-51", observed,
	"A SEND of io_uring with MSG_ZEROCOPY and MSG_WAITALL has an id for each part that there was room "
	"for, in one sequence, and one result.",
	.code = "io_uring/net.c:io_send calls sock_sendmsg() for each part, and adds up done_io");
CASE(request_that_waits_for_room_has_an_id_for_each_part, .requirements = {"ZC-IO-51"},
     .transports = transport::tcp, .paths = netns::simplest, .needs = needs_send_zc, .entry = Entry::io_uring)
{
	Link &link = test.connect(small_buffers());
	Ring ring;
	const Payload payload(more_than_small_buffers());

	ring.submit(transport::plain_send(link.sender(), payload, MSG_ZEROCOPY | MSG_WAITALL));
	no_completion(test, ring);
	link.account(transport::all_of(payload), payload, MSG_ZEROCOPY);
	link.deliver();
	completes_with(test, ring, static_cast<int>(payload.size()), false,
		       "completion of SEND with MSG_WAITALL");
	left_to_acknowledge(test, link, 0);
	test.that("ids behind the first", enter_with_surplus_ids(link) > 0, "1 or more", "none");
	test.completions_settle(link);
}

REQUIREMENT("ZC-IO-52", past_bug,
	    "A SEND_ZC with MSG_WAITALL that fails when a part is sent has the length of that part as its "
	    "result, and its notification follows.",
	    .code = "io_uring/net.c:io_send_zc, io_sendrecv_fail: done_io",
	    .kernels = "since \"io_uring/net: don't lose partial send_zc on fail\" (6.1, 6.0.3)");
REGRESSION("io_uring/net: don't lose partial send_zc on fail", "6.1, 6.0.3",
	   .cases = {"send_zc_that_fails_behind_a_part_says_how_much"});
CASE(send_zc_that_fails_behind_a_part_says_how_much, .requirements = {"ZC-IO-52", "ZC-IO-07"},
     .transports = transport::tcp, .paths = netns::simplest, .needs = needs_send_zc, .entry = Entry::io_uring)
{
	const Payload payload(more_than_small_buffers());
	const Outgoing outgoing(payload);
	const msghdr message = outgoing.header();

	for (const bool vector : {false, true}) {
		Link &link = test.connect(small_buffers());
		Ring ring;

		ring.submit(vector ? transport::sendmsg_zc(link.sender(), message, MSG_WAITALL)
				   : transport::send_zc(link.sender(), payload, MSG_WAITALL));
		no_completion(test, ring);
		link.reset();
		link.connection_reset();
		const Completion completion = next_completion(test, ring);
		test.that("result of the request",
			  completion.result > 0 &&
				  static_cast<std::size_t>(completion.result) < payload.size() &&
				  completion.more(),
			  "a part, and flags IORING_CQE_F_MORE", transport::describe(completion));
		request_notifies(test, ring);
		no_completion(test, ring);
	}
}

} // namespace
