// SPDX-License-Identifier: GPL-2.0
/* Requests of io_uring's SEND_ZC and SENDMSG_ZC that are chained, or wait before they are tried; and rings
 * that the kernel polls, whose queue is full, or whose thread has ended. */
#include "conformance/chapter.h"
#include "harness/requests.h"
#include "transport/ring.h"

namespace
{

using transport::Completion;
using transport::linked;
using transport::named;
using transport::Ring;
using transport::send_zc;
using transport::sendmsg_zc;
using transport::waiting_first;

REQUIREMENT("ZC-IO-67", observed,
	    "SEND_ZC and SENDMSG_ZC requests that are linked (IOSQE_IO_LINK) are sent in their order. Behind "
	    "one that fails the others fail with ECANCELED, and send nothing.",
	    .code = "io_uring/io_uring.c:io_queue_sqe, io_uring/timeout.c:io_fail_links");
CASE(linked_requests_are_sent_in_order, .requirements = {"ZC-IO-67", "ZC-IO-01"}, .paths = netns::simplest,
     .needs = needs_send_zc, .entry = Entry::io_uring)
{
	constexpr unsigned count = 3;
	constexpr std::size_t length = 1000;
	Link &link = test.connect({.zerocopy = false});
	Ring ring;
	const Payload payload(count * length);
	const Outgoing outgoing(payload.from(length, length));
	const msghdr message = outgoing.header();
	const std::array chain = {named(0, linked(send_zc(link.sender(), payload.first(length)))),
				  named(1, linked(sendmsg_zc(link.sender(), message))),
				  named(2, send_zc(link.sender(), payload.from(2 * length, length)))};
	std::array<unsigned, count> seen = {};

	ring.submit_together(chain);
	for (unsigned i = 0; i < count; i++)
		link.account({length}, payload.from(i * length, length), 0);
	link.deliver();
	for (unsigned i = 0; i < 2 * count; i++) {
		const Completion completion = next_completion(test, ring);

		test.that("user_data of the entry", completion.user_data < count, "that of a request",
			  std::to_string(completion.user_data));
		if (seen[completion.user_data]++ == 0)
			has_sent(test, completion, length);
		else
			test.that("second entry of a request", completion.notification(),
				  "IORING_CQE_F_NOTIF", transport::describe(completion));
	}
	no_completion(test, ring);
}

/* What is in the completion queue, or comes there by what the kernel has to do for this thread: it does that
 * at the end of a system call. */
std::vector<Completion> entries_so_far(At at, Ring &ring)
{
	constexpr std::uint64_t fence = 99;
	std::vector<Completion> entries;

	for (int i = 0; i < 3; i++) {
		ring.submit(named(fence, {})); /* IORING_OP_NOP */
		for (Completion next = next_completion(at, ring); next.user_data != fence;
		     next = next_completion(at, ring))
			entries.push_back(next);
	}
	return entries;
}

DEVIATION(
	"cancelled-link-notifies-unannounced", "ZC-IO-07", "6.0 on",
	"A SEND_ZC or SENDMSG_ZC that is linked behind a request which fails has an entry with ECANCELED and "
	"without IORING_CQE_F_MORE, and a notification behind it all the same.",
	"io_uring/timeout.c:io_req_tw_fail_links (6.1: io_fail_links) sets the entry's flags to 0 and does "
	"not call io_sendrecv_fail(), and io_send_zc_cleanup() gives up the notification, which says so in "
	"an entry; read in 7.3.4, seen on that and 6.1, 6.12.118 and 6.18.44. The start is that of SEND_ZC "
	"and is inferred. Not fixed in 7.3.4. By io_uring_prep_send_zc(3), and a maintainer in "
	"axboe/liburing#1462, a notification comes exactly where the entry has the flag; netty/netty#15599 "
	"may be this.");
CASE(request_behind_one_that_failed_notifies_where_it_says_so, .requirements = {"ZC-IO-07", "ZC-IO-67"},
     .paths = netns::simplest, .needs = needs_send_zc, .entry = Entry::io_uring,
     .deviation = "cancelled-link-notifies-unannounced")
{
	Link &link = test.connect({.zerocopy = false});
	Ring ring;
	const Payload payload(1000);
	const Outgoing outgoing(payload);
	const msghdr message = outgoing.header();
	const std::array chain = {named(0, linked(send_zc(link.sender(), unreadable()))),
				  named(1, linked(send_zc(link.sender(), payload))),
				  named(2, sendmsg_zc(link.sender(), message))};
	struct {
		unsigned results = 0, announced = 0, notifications = 0;
	} of[3];

	ring.submit_together(chain);
	for (const Completion &entry : entries_so_far(test, ring)) {
		test.that("user_data of the entry", entry.user_data < std::size(of), "that of a request",
			  std::to_string(entry.user_data));
		auto &request = of[entry.user_data];
		if (entry.notification()) {
			request.notifications++;
			continue;
		}
		const int expected = entry.user_data ? -ECANCELED : -EFAULT;
		test.that("result of the request", entry.result == expected,
			  transport::describe(Completion{expected, 0}), transport::describe(entry));
		request.results++;
		request.announced += entry.more();
	}
	unsigned unannounced = 0;
	for (const auto &[results, announced, notifications] : of) {
		test.equal("results of the request", results, 1);
		unannounced += notifications == 1 && announced == 0;
		test.that("notifications of the request", notifications == announced || unannounced,
			  std::to_string(announced), std::to_string(notifications));
	}
	/* What was cancelled has sent nothing. */
	request_sends(test, link, ring, send_zc(link.sender(), payload), payload);
	link.deliver();
	request_notifies(test, ring);
	if (unannounced)
		test.deviates("requests that are cancelled without IORING_CQE_F_MORE, and notified of: " +
			      std::to_string(unannounced));
}

REQUIREMENT(
	"ZC-IO-68", observed,
	"A SEND_ZC or SENDMSG_ZC with IORING_RECVSEND_POLL_FIRST is sent as soon as there is room, whatever "
	"it is sent from.",
	.code = "io_uring/net.c:io_sendmsg_zc (6.12: io_send_zc), which then answers -EAGAIN at first");
CASE(request_that_waits_first_is_sent_when_there_is_room, .requirements = {"ZC-IO-68", "ZC-IO-01"},
     .paths = netns::simplest, .needs = needs_send_zc, .entry = Entry::io_uring)
{
	const Payload payload(1000);
	const Outgoing outgoing(payload);
	const msghdr message = outgoing.header();

	for (const bool full : {false, true}) {
		Link &link = test.connect(small_buffers());
		Ring ring;

		if (full && !test.is(transport::stream))
			return;
		ring.register_buffer(payload);
		for (const io_uring_sqe &request :
		     transport::in_every_form(link.sender(), payload, message)) {
			if (full)
				fill(test, link, payload);
			ring.submit(waiting_first(request));
			if (full)
				no_completion(test, ring);
			link.account(transport::all_of(payload), payload, 0);
			if (full)
				link.deliver();
			harness::has_sent(test, next_completion(test, ring), payload.size());
			link.deliver();
			request_notifies(test, ring);
			no_completion(test, ring);
		}
	}
}

REQUIREMENT("ZC-IO-69", observed,
	    "Results and notifications that find the completion queue full come when there is room in it.",
	    .code = "io_uring/io_uring.c:io_cqe_overflow, __io_cqring_overflow_flush");
CASE(notifications_beyond_the_queue_are_kept, .requirements = {"ZC-IO-69", "ZC-IO-01"},
     .paths = netns::simplest, .needs = needs_send_zc, .entry = Entry::io_uring)
{
	constexpr unsigned count = 40; /* the queue has places for 32 entries */
	Link &link = test.connect({.zerocopy = false});
	Ring ring;
	const Payload payload(100);
	std::array<unsigned, count> results = {};
	std::array<unsigned, count> notifications = {};

	for (unsigned i = 0; i < count; i++) {
		ring.submit(named(i, send_zc(link.sender(), payload)));
		link.account(transport::all_of(payload), payload, 0);
		link.deliver();
	}
	for (unsigned i = 0; i < 2 * count; i++) {
		const Completion completion = next_completion(test, ring);

		test.that("user_data of the entry", completion.user_data < count, "that of a request",
			  std::to_string(completion.user_data));
		if (completion.notification()) {
			notifications[completion.user_data]++;
		} else {
			has_sent(test, completion, payload.size());
			results[completion.user_data]++;
		}
	}
	for (unsigned i = 0; i < count; i++)
		test.that("entries of request " + std::to_string(i), results[i] == 1 && notifications[i] == 1,
			  "a result and a notification",
			  std::to_string(results[i]) + " and " + std::to_string(notifications[i]));
	no_completion(test, ring);
}

REQUIREMENT(
	"ZC-IO-70", observed,
	"SEND_ZC and SENDMSG_ZC of a ring that the kernel polls (IORING_SETUP_SQPOLL) have a result and a "
	"notification as those of other rings.",
	.code = "io_uring/notif.c:io_tx_ubuf_complete, io_uring/sqpoll.c: the ring's thread makes the "
		"entries");
CASE(ring_that_the_kernel_polls_notifies, .requirements = {"ZC-IO-70", "ZC-IO-01"}, .paths = netns::simplest,
     .needs = needs_send_zc, .entry = Entry::io_uring)
{
	Link &link = test.connect({.zerocopy = false});
	Ring ring(IORING_SETUP_SQPOLL);
	const Payload payload(link.usual_length());
	const Outgoing outgoing(payload);
	const msghdr message = outgoing.header();

	ring.register_buffer(payload);
	for (const io_uring_sqe &request : transport::in_every_form(link.sender(), payload, message)) {
		request_sends(test, link, ring, request, payload);
		link.deliver();
		request_notifies(test, ring);
	}
	no_completion(test, ring);
}

REQUIREMENT("ZC-IO-71", observed,
	    "The notification of a SEND_ZC comes though the thread that made the request has ended.",
	    .code = "io_uring/tw.c:io_fallback_tw (6.12: io_uring/io_uring.c)");
CASE(notification_outlives_the_thread_of_its_request, .requirements = {"ZC-IO-71", "ZC-IO-01"},
     .paths = netns::delivers | netns::holds, .needs = needs_send_zc, .entry = Entry::io_uring)
{
	Link &link = test.connect({.zerocopy = false});
	Ring ring;
	const Payload payload(link.usual_length());
	ThreadInCall thread(-1, [&] {
		ring.submit(send_zc(link.sender(), payload));
		return 0;
	});

	returns(test, thread, "io_uring_enter()", 0);
	has_sent(test, next_completion(test, ring), payload.size());
	link.account(transport::all_of(payload), payload, 0);
	no_completion(test, ring);
	link.release();
	link.deliver();
	request_notifies(test, ring);
}

} // namespace
