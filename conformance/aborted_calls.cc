// SPDX-License-Identifier: GPL-2.0
/* The chapter 'Notifications' of msg_zerocopy.rst: the counter, where several threads block in send
 * calls on one socket, one of which the kernel gives up or makes again. */
#include <fcntl.h>

#include "conformance/chapter.h"
#include "harness/slow_device.h"
#include "os/pages.h"

namespace
{

/* A thread that blocks in a flagged call, for lack of room. */
struct BlockedSender {
	BlockedSender(At at, const Link &link, Bytes bytes) : call(transport::send_in_thread(link, bytes))
	{
		blocks(at, call, "send() without room");
	}

	ThreadInCall call;
};

/* Two senders block on a stream filled with sends of these flags. The first is
 * interrupted, the second gets through, and so does a third. */
void abort_the_first_of_two(At at, Link &link, const Payload &payload, int flags)
{
	fill(at, link, Payload(page_size()), flags);
	BlockedSender first(at, link, payload);
	BlockedSender second(at, link, payload);
	at->refused(interrupted(at, first.call, "send()"), EINTR);
	link.account(transport::all_of(payload), payload, MSG_ZEROCOPY); /* the second, in advance */
	link.deliver();
	at->sent(returns(at, second.call, "send()"), payload.size());
	sends(at, link, payload);
}

/* So many flagged calls succeeded. The known deviation is that one that had been counted before
 * another took back the id of that one as it was aborted. */
void judge_ids(At at, Link &link, unsigned calls)
{
	/* As many ids come as calls succeeded, though perhaps the wrong ones. */
	for (std::uint64_t ids = 0; ids < calls && link.await_notification();)
		for (const Message &message : link.read_notifications())
			ids += message.notifications.front().ids().count();
	const std::string seen = link.ledger().describe();
	if (seen == std::to_string(calls) + " sent, " + std::to_string(calls - 1) +
			    " completed; missing [0,0]; duplicate [1,1]") {
		link.waive_completions();
		at->deviates(seen);
	}
	at->completions_settle(link);
}

REQUIREMENT("ZC-CT-09", promised,
	    "When one of two senders blocked on the same TCP socket is interrupted, the ids of the others "
	    "stay unique and without a gap.",
	    .rests_on = "ZC-TX-02",
	    .code = "net/core/skbuff.c:msg_zerocopy_put_abort, net/core/stream.c:sk_stream_wait_memory",
	    .kernels = "TCP since 4.14; that the sender times out (SO_SNDTIMEO) is not judged yet");
DEVIATION("tcp-abort-steps-counter-back", "ZC-CT-09", "4.14 on",
	  "With two senders blocked in flagged sends on one TCP socket without a structure to share, the "
	  "first to enter of which is aborted (signal or timeout), the other is reported as id 1, the next "
	  "send is reported as id 1 again, and id 0 never: as many notifications as successful calls, one id "
	  "twice and one missing.",
	  catalogue::not_fixed_read);
/* net/core/skbuff.c:msg_zerocopy_put_abort takes back the last increment of the counter,
 * whichever call made it. While a call waits in net/core/stream.c:sk_stream_wait_memory,
 * without the socket's lock, others count. */
CASE(aborted_sender_leaves_ids_of_others_alone, .requirements = {"ZC-CT-09"}, .transports = transport::tcp,
     .paths = netns::simplest, .deviation = "tcp-abort-steps-counter-back")
{
	Link &link = test.connect(small_buffers());
	const Payload payload(100);

	abort_the_first_of_two(test, link, payload, 0);
	judge_ids(test, link, 2);
}

/* While a call waits in net/core/stream.c:sk_stream_wait_connect, others count as well. */
CASE(aborted_sender_on_a_connecting_socket_leaves_ids_alone, .requirements = {"ZC-CT-09"},
     .transports = transport::tcp, .paths = netns::simplest, .deviation = "tcp-abort-steps-counter-back")
{
	Link &link = test.connect({.connected = false});
	const Payload payload(100);

	harness::drop_at_queue(test);
	os::check(::fcntl(link.sender(), F_SETFL, O_NONBLOCK), "fcntl(O_NONBLOCK)");
	if (::connect(link.sender(), link.destination().get(), link.destination().length) == 0 ||
	    errno != EINPROGRESS)
		os::check(-1, "connect()");
	os::check(::fcntl(link.sender(), F_SETFL, 0), "fcntl(0)");
	BlockedSender first(test, link, payload);
	BlockedSender second(test, link, payload);
	test.refused(interrupted(test, first.call, "send()"), EINTR);
	harness::stop_dropping(test);
	test.sent(returns(test, second.call, "send()"), payload.size());
	link.account(transport::all_of(payload), payload, MSG_ZEROCOPY);
	link.accept_receiver();
	sends(test, link, payload);
	judge_ids(test, link, 2);
}

REQUIREMENT("ZC-CT-10", promised,
	    "On a UDP socket that two threads use, flagged sends of one that fail do not disturb the ids of "
	    "the other: each successful call has an id of its own, and none is left out.",
	    .rests_on = "ZC-TX-02",
	    .code = "net/core/skbuff.c:msg_zerocopy_alloc, msg_zerocopy_put_abort; "
		    "net/ipv4/udp.c:udp_sendmsg takes no socket lock without cork",
	    .kernels = "UDP since 5.0");
DEVIATION("udp-concurrent-failure-corrupts-ids", "ZC-CT-10", "5.0 on",
	  "A flagged UDP send that was counted and then fails (EFAULT, EINTR, EAGAIN of a timeout) while "
	  "another thread's flagged send on the socket was counted after it makes the next one get the "
	  "other's id again: one id is reported twice and one is missing; the total of ids equals the number "
	  "of successful sends.",
	  catalogue::not_fixed_read);
/* A call that waits for room has been counted already. Once there is room it finds that
 * its buffer is gone (net/ipv4/ip_output.c:__ip_append_data, EFAULT), and takes back an id
 * that is another call's by then. */
CASE(failed_datagram_leaves_ids_of_others_alone, .requirements = {"ZC-CT-10"}, .transports = transport::udp,
     .paths = netns::holds, .deviation = "udp-concurrent-failure-corrupts-ids")
{
	Link &link = test.connect({.send_buffer = 8192});
	const Payload payload(100);
	Payload gone(100);

	fill(test, link, Payload(1000));
	BlockedSender first(test, link, gone);
	BlockedSender second(test, link, payload);
	os::deny_access(gone.data(), gone.size());
	link.release();
	test.refused(returns(test, first.call, "send()"), EFAULT);
	const Returned sent = returns(test, second.call, "send()");
	test.sent(sent, payload.size());
	link.account(sent, payload, MSG_ZEROCOPY);
	sends(test, link, payload);
	judge_ids(test, link, 2);
}

REQUIREMENT("ZC-CT-11", promised,
	    "Where the last packet buffer not sent yet already carries a notification structure of the "
	    "socket, a blocked sender that aborts leaves the ids of the others contiguous.",
	    .rests_on = "ZC-TX-02",
	    .code = "net/core/skbuff.c:msg_zerocopy_realloc (len++), msg_zerocopy_put_abort (len--)");
/* Calls that share a structure only change the length of its range, so that it does not
 * matter which of them gives up. */
CASE(aborted_sender_with_shared_structure_leaves_ids_alone, .requirements = {"ZC-CT-11"},
     .transports = transport::tcp, .paths = netns::simplest)
{
	Link &link = test.connect(small_buffers());
	const Payload payload(100);

	abort_the_first_of_two(test, link, payload, MSG_ZEROCOPY);
	test.completions_settle(link);
}

REQUIREMENT(
	"ZC-CT-80", promised,
	"A flagged call that blocks, and that the kernel makes again behind a signal's handler "
	"(SA_RESTART), has one id as if nobody had disturbed it, and those of other threads' calls stay "
	"unique and without a gap.",
	.rests_on = "ZC-TX-02",
	.code = "net/core/skbuff.c:msg_zerocopy_put_abort; include/net/sock.h:sock_intr_errno "
		"(ERESTARTSYS); net/vmw_vsock/af_vsock.c:vsock_connectible_sendmsg waits before it counts");
DEVIATION(
	"restarted-send-repeats-an-id", "ZC-CT-80", "4.14 on",
	"With two threads blocked in flagged sends on one TCP or UDP socket without a structure to share, "
	"the call of the first to enter is made again, unseen by the program: behind the handler of a "
	"signal (SA_RESTART), as a tracer attaches to its thread, or for a SIGCHLD that nobody handles while "
	"system() waits in another thread. Both calls succeed and are reported as id 1, and id 0 never is.",
	catalogue::not_fixed_read);

/* What aborts the call takes back the last increment of the counter, which was the second's, and the
 * call that is made in its place has the second's id. */
void restart_the_first_of_two(Test &test, Link &link, const Payload &filler)
{
	const Payload payload(100);

	fill(test, link, filler);
	BlockedSender first(test, link, payload);
	BlockedSender second(test, link, payload);
	restarted(test, first.call, "send()");
	for (int i = 0; i < 2; i++)
		link.account(transport::all_of(payload), payload, MSG_ZEROCOPY);
	test.is(transport::datagram) ? link.release() : link.deliver();
	test.sent(returns(test, first.call, "send() made again"), payload.size());
	test.sent(returns(test, second.call, "send()"), payload.size());
	sends(test, link, payload);
	judge_ids(test, link, 3);
}

CASE(restarted_send_has_one_id, .requirements = {"ZC-CT-80"}, .transports = transport::tcp,
     .paths = netns::simplest, .deviation = "restarted-send-repeats-an-id")
{
	restart_the_first_of_two(test, test.connect(small_buffers()), Payload(page_size()));
}

CASE(restarted_datagram_has_one_id, .requirements = {"ZC-CT-80"}, .transports = transport::udp,
     .paths = netns::holds, .deviation = "restarted-send-repeats-an-id")
{
	restart_the_first_of_two(test, test.connect({.send_buffer = 8192}), Payload(1000));
}

CASE(restarted_vsock_send_has_one_id, .requirements = {"ZC-CT-80"}, .transports = transport::vsock,
     .paths = netns::simplest)
{
	restart_the_first_of_two(test, test.connect(small_buffers()), Payload(page_size()));
}

} // namespace
