// SPDX-License-Identifier: GPL-2.0
/* The chapter 'Notification Reception' of msg_zerocopy.rst. */
#include <time.h> /* before errqueue.h, which uses struct timespec */

#include <fcntl.h>
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "errqueue/receive.h"
#include "harness/case.h"
#include "harness/test.h"
#include "limits/limits.h"
#include "os/check.h"
#include "os/option.h"
#include "os/watch.h"

namespace
{

using os::set_option;
using os::Watch;
using transport::Link;
using transport::Payload;

/* What a buffer holds before the kernel is given it: what is left alone shows. */
constexpr std::uint8_t untouched = 0xee;

/* One flagged send, and its notification on the error queue, not read. */
void queue_notification(harness::Test &test, Link &link, const Payload &payload)
{
	test.sent(link.send_zerocopy(payload), payload.size());
	test.that("poll() for a notification", link.await_notification(), "POLLERR", "a timeout");
}

/* An entry of another kind behind those queued, so that nothing merges: a
 * timestamp of entering the packet scheduler, taken within the call. */
void queue_timestamp(harness::Test &test, Link &link, const Payload &payload)
{
	constexpr int stamp = SOF_TIMESTAMPING_TX_SCHED | SOF_TIMESTAMPING_OPT_TSONLY;

	set_option(link.sender(), SOL_SOCKET, SO_TIMESTAMPING, stamp, "setsockopt(SO_TIMESTAMPING)");
	test.sent(link.send(payload.first(1)), 1);
	set_option(link.sender(), SOL_SOCKET, SO_TIMESTAMPING, 0, "setsockopt(SO_TIMESTAMPING)");
}

/* One entry of the error queue, entered into the books. */
void read_entry(harness::Test &test, Link &link, unsigned origin)
{
	const auto message = errqueue::receive(link.sender());

	test.that("error queue", message && message->notifications.size() == 1, "one more entry",
		  message ? errqueue::describe(*message) : "empty");
	link.enter({*message});
	test.equal("ee_origin", message->notifications[0].err.ee_origin, origin);
}

void poll_shows(harness::Test &test, const Link &link, std::string_view when, short events, short expected)
{
	test.equal("revents of poll() " + std::string(when), errqueue::poll_now(link.sender(), events),
		   expected);
}

/* One recvmsg() of the error queue with buffers as a case wants them. */
struct Reading {
	std::array<std::uint8_t, 256> payload;
	std::array<std::uint8_t, errqueue::ample_control> control;
	sockaddr_storage name;
	errqueue::Message message;
	ssize_t returned;
	int error;

	explicit Reading(int socket, std::size_t control_bytes = errqueue::ample_control, int flags = 0);
};

Reading::Reading(int socket, std::size_t control_bytes, int flags)
{
	iovec vector = {payload.data(), payload.size()};
	msghdr header = {};

	payload.fill(untouched);
	control.fill(untouched);
	std::fill_n(reinterpret_cast<std::uint8_t *>(&name), sizeof(name), untouched);
	header.msg_name = &name;
	header.msg_namelen = sizeof(name);
	header.msg_iov = &vector;
	header.msg_iovlen = 1;
	header.msg_control = control.data();
	header.msg_controllen = control_bytes;
	returned = ::recvmsg(socket, &header, MSG_ERRQUEUE | flags);
	error = returned < 0 ? errno : 0;
	if (returned >= 0)
		message = errqueue::parse(header, returned);
}

bool all_untouched(const void *start, std::size_t length)
{
	const auto *bytes = static_cast<const std::uint8_t *>(start);

	return std::all_of(bytes, bytes + length, [](std::uint8_t byte) { return byte == untouched; });
}

/* A system call on a socket that another thread makes and may block in. */
class OtherThread {
public:
	OtherThread(int socket, std::function<ssize_t()> call)
		: socket_(socket), thread_([this, call = std::move(call)] {
			  tid_ = ::gettid();
			  const ssize_t returned = call();
			  result_ = {returned, returned < 0 ? errno : 0};
			  returned_ = true;
		  })
	{
	}
	/* A failed case must not leave it blocked. */
	~OtherThread()
	{
		if (!thread_.joinable())
			return;
		::shutdown(socket_, SHUT_RDWR);
		thread_.join();
	}
	OtherThread(const OtherThread &) = delete;
	OtherThread &operator=(const OtherThread &) = delete;

	bool returned() const { return returned_; }
	/* It sleeps in its call: the kernel says so, no event does. */
	bool blocks() const
	{
		return os::wait_until([this] { return returned_ || (tid_ && state() == 'S'); }) && !returned_;
	}
	/* The call ends within os::patience() and returns that. */
	void returns(harness::Test &test, std::string_view call, ssize_t expected)
	{
		const std::string what = "return value of " + std::string(call) + " in the other thread";

		if (!os::wait_until([this] { return returned(); }))
			test.that(what, false, std::to_string(expected), "it still blocks");
		thread_.join();
		test.that(what, result_.returned == expected, std::to_string(expected),
			  transport::describe(result_));
	}

private:
	char state() const
	{
		std::ifstream stat("/proc/self/task/" + std::to_string(tid_) + "/stat");
		std::string line;

		std::getline(stat, line);
		const std::size_t name_end = line.rfind(") ");
		return name_end == std::string::npos ? '?' : line[name_end + 2];
	}

	int socket_;
	std::atomic<pid_t> tid_ = 0;
	std::atomic<bool> returned_ = false;
	transport::Sent result_;
	std::thread thread_; /* last: it uses the others */
};

REQUIREMENT("ZC-RX-01", promised,
	    "Reading the error queue never blocks: on an empty one recvmsg(MSG_ERRQUEUE) fails with "
	    "EAGAIN at once, on a blocking socket and with MSG_WAITALL too.",
	    .document = "Notification Reception: \"Reading from the error queue is always a non-blocking "
			"operation.\"",
	    .code = "net/ipv4/ip_sockglue.c:ip_recv_error, net/core/sock.c:sock_recv_errqueue",
	    .kernels = "VSOCK reads its error queue since 6.7 and 6.1.64 (\"vsock: read from socket's error "
		       "queue\")");
/* ZC-RX-01. Notification Reception: "Reading from the error queue is always a
 * non-blocking operation"; also on a blocking socket, whatever the flags. A
 * read that did block would be ended by the harness, as a failure. */
CASE(reading_an_empty_error_queue_does_not_block, .requirements = {"ZC-RX-01"}, .transports = transport::all,
     .paths = netns::simplest)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());
	auto nothing_to_read = [&] {
		const os::Deadline deadline;

		for (const int flags : {0, static_cast<int>(MSG_WAITALL), static_cast<int>(MSG_PEEK)}) {
			const Reading reading(link.sender(), errqueue::ample_control, flags);

			test.equal("return value of recvmsg()", reading.returned, -1);
			test.equal("errno of recvmsg()", reading.error, EAGAIN);
		}
		test.that("time that the reads took", !deadline.passed(), "none to speak of",
			  "more than " + std::to_string(os::patience().count()) + " ms");
	};

	nothing_to_read();
	test.sent(link.send(payload), payload.size());
	nothing_to_read();
	test.sent(link.send_zerocopy(payload), payload.size());
	test.one_notification(link, {0, 0});
	nothing_to_read();
}

/* ZC-RX-01, ZC-RX-03. The same while a completion is outstanding: neither does
 * the read wait for it, nor does poll() see it before it is queued. */
CASE(reading_does_not_wait_for_an_outstanding_completion, .requirements = {"ZC-RX-01", "ZC-RX-03"},
     .transports = transport::all, .paths = netns::holds)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());

	test.sent(link.send_zerocopy(payload), payload.size());
	const Reading reading(link.sender(), errqueue::ample_control, MSG_WAITALL);
	test.equal("return value of recvmsg()", reading.returned, -1);
	test.equal("errno of recvmsg()", reading.error, EAGAIN);
	poll_shows(test, link, "before the completion", 0, 0);
	link.release();
	test.one_notification(link, {0, 0});
}

REQUIREMENT(
	"ZC-RX-02", promised, "poll() reports POLLERR for a queued notification though events is 0.",
	.document =
		"Notification Reception: \"That flag does not have to be set in the events field. Errors are "
		"signaled unconditionally.\"",
	.code = "net/ipv4/tcp.c:tcp_poll, net/core/datagram.c:datagram_poll, "
		"net/vmw_vsock/af_vsock.c:vsock_poll");
REQUIREMENT("ZC-RX-18", promised,
	    "After a successful poll for a notification, revents has POLLERR set, tested as (revents & "
	    "POLLERR) with parentheses.",
	    .document = "Notification Reception: \"It will set POLLERR in its output flags.\"",
	    .code = "net/ipv4/tcp.c:tcp_poll",
	    .kernels =
		    "the document's own example lacks the parentheses in all versions: its \"pfd.revents & "
		    "POLLERR == 0\" is always 0 and detects nothing");
REQUIREMENT("ZC-VS-10", promised,
	    "poll() reports POLLERR for a queued notification of a VSOCK socket, and SO_ERROR stays 0.",
	    .rests_on = "ZC-RX-02", .code = "net/vmw_vsock/af_vsock.c:vsock_poll", .kernels = "since 6.7");
/* ZC-RX-02. "It will set POLLERR in its output flags. That flag does not have
 * to be set in the events field. Errors are signaled unconditionally." */
CASE(poll_reports_pollerr_unasked, .requirements = {"ZC-RX-02", "ZC-RX-18", "ZC-VS-10"},
     .transports = transport::all)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());
	pollfd poll = {link.sender(), 0, 0};

	poll_shows(test, link, "before the send", 0, 0);
	queue_notification(test, link, payload);
	test.equal("return value of poll()", ::poll(&poll, 1, 0), 1);
	test.equal("revents of poll()", poll.revents, POLLERR);
	test.one_notification(link, {0, 0});
}

REQUIREMENT(
	"ZC-RX-03", promised,
	"POLLERR stays set for as long as the error queue holds a notification, and is gone when it "
	"is empty.",
	.document =
		"Notification Reception: \"The poll call is there to block until an error is outstanding.\"",
	.rests_on = "ZC-RX-02",
	.code = "net/ipv4/tcp.c:tcp_poll, skb_queue_empty_lockless(&sk->sk_error_queue)");
/* ZC-RX-03. net/ipv4/tcp.c:tcp_poll and net/core/datagram.c:datagram_poll_queue
 * look at the queue itself: POLLERR stays for as long as anything is on it. */
CASE(pollerr_stays_until_the_queue_is_empty, .requirements = {"ZC-RX-03"}, .paths = netns::simplest)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());

	queue_notification(test, link, payload);
	queue_timestamp(test, link, payload);
	poll_shows(test, link, "with two entries", 0, POLLERR);
	poll_shows(test, link, "with two entries, again", 0, POLLERR);
	read_entry(test, link, SO_EE_ORIGIN_ZEROCOPY);
	poll_shows(test, link, "with one entry left", 0, POLLERR);
	read_entry(test, link, SO_EE_ORIGIN_TIMESTAMPING);
	poll_shows(test, link, "with none left", 0, 0);
}

REQUIREMENT("ZC-RX-04", observed,
	    "While a notification is queued, select() marks the socket readable and writable and not "
	    "exceptional.",
	    .code = "fs/select.c: POLLIN_SET and POLLOUT_SET contain EPOLLERR, POLLEX_SET does not");
/* ZC-RX-04. fs/select.c: POLLIN_SET and POLLOUT_SET contain EPOLLERR, POLLEX_SET
 * does not. The socket has nothing to read and no room to write. */
CASE(select_shows_a_notification_as_readable_and_writable, .requirements = {"ZC-RX-04"},
     .paths = netns::simplest)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());
	const Payload unfinished(20000);
	fd_set sets[3];
	auto select_now = [&] {
		timeval now = {};

		for (fd_set &set : sets) {
			FD_ZERO(&set);
			FD_SET(link.sender(), &set);
		}
		return ::select(link.sender() + 1, &sets[0], &sets[1], &sets[2], &now);
	};

	test.equal("return value of select() before the send", select_now(), 1);
	test.equal("writable before the send", FD_ISSET(link.sender(), &sets[1]), 1);
	queue_notification(test, link, payload);
	/* The smallest buffer, filled by data that waits for more. */
	test.sent(link.send(unfinished, MSG_MORE), unfinished.size());
	set_option(link.sender(), SOL_SOCKET, SO_SNDBUF, 1, "setsockopt(SO_SNDBUF)");
	test.equal("return value of select()", select_now(), 2);
	test.equal("readable", FD_ISSET(link.sender(), &sets[0]), 1);
	test.equal("writable", FD_ISSET(link.sender(), &sets[1]), 1);
	test.equal("exceptional", FD_ISSET(link.sender(), &sets[2]), 0);
	set_option(link.sender(), SOL_SOCKET, SO_SNDBUF, 200000, "setsockopt(SO_SNDBUF)");
	test.sent(link.send(payload.first(1)), 1);
}

REQUIREMENT("ZC-RX-05", observed, "SO_SELECT_ERR_QUEUE adds POLLPRI to POLLERR for UDP and not for TCP.",
	    .code = "net/core/datagram.c:datagram_poll_queue tests SOCK_SELECT_ERR_QUEUE (6.1, 6.12: "
		    "datagram_poll); net/ipv4/tcp.c:tcp_poll does not");
/* ZC-RX-05. net/core/datagram.c:datagram_poll_queue adds EPOLLPRI where
 * SOCK_SELECT_ERR_QUEUE is set, net/ipv4/tcp.c:tcp_poll never does. */
CASE(select_err_queue_adds_pollpri_to_datagrams, .requirements = {"ZC-RX-05"}, .transports = transport::all,
     .paths = netns::simplest)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());

	queue_notification(test, link, payload);
	poll_shows(test, link, "without SO_SELECT_ERR_QUEUE", POLLPRI, POLLERR);
	set_option(link.sender(), SOL_SOCKET, SO_SELECT_ERR_QUEUE, 1, "setsockopt(SO_SELECT_ERR_QUEUE)");
	poll_shows(test, link, "with SO_SELECT_ERR_QUEUE", POLLPRI,
		   test.is(transport::datagram) ? POLLERR | POLLPRI : POLLERR);
	/* Asked for or not, POLLPRI is no event of its own. */
	poll_shows(test, link, "with SO_SELECT_ERR_QUEUE, without POLLPRI", 0, POLLERR);
	test.one_notification(link, {0, 0});
	poll_shows(test, link, "with SO_SELECT_ERR_QUEUE, the queue empty", POLLPRI, 0);
}

REQUIREMENT("ZC-RX-06", observed,
	    "Edge triggered epoll reports one event for each new notification, also where it is merged "
	    "into an entry not read yet; reading an entry makes an event where another one remains, and "
	    "none where it was the last.",
	    .code = "net/core/skbuff.c:__msg_zerocopy_callback always calls sk_error_report, "
		    "sock_dequeue_err_skb where another entry follows");
/* ZC-RX-06. net/core/skbuff.c:__msg_zerocopy_callback calls sk_error_report()
 * for each completion, whether it queued an entry or extended the last one. */
CASE(edge_triggered_epoll_reports_each_completion, .requirements = {"ZC-RX-06"}, .transports = transport::all,
     .paths = netns::simplest)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());
	Watch watch(link.sender(), EPOLLET);
	auto one_event_for_one_send = [&](std::string_view which) {
		test.sent(link.send_zerocopy(payload), payload.size());
		link.deliver();
		test.equal("event for " + std::string(which), watch.next(), EPOLLERR);
		test.equal("event after that for " + std::string(which), watch.now(), 0);
	};

	test.equal("event before the first send", watch.now(), 0);
	one_event_for_one_send("the first notification");
	one_event_for_one_send("one merged into the first, unread");
	test.one_notification(link, {0, 1});
	test.equal("event for reading the last entry", watch.now(), 0);
	one_event_for_one_send("the next");
	test.one_notification(link, {2, 2});
}

/* ZC-RX-06. net/core/skbuff.c:sock_dequeue_err_skb reports anew when it leaves
 * an entry behind: a reader that takes one an event misses none. */
CASE(edge_triggered_epoll_reports_what_a_read_leaves, .requirements = {"ZC-RX-06"}, .paths = netns::simplest)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());
	Watch watch(link.sender(), EPOLLET);

	test.sent(link.send_zerocopy(payload), payload.size());
	link.deliver();
	test.equal("event for the notification", watch.next(), EPOLLERR);
	queue_timestamp(test, link, payload);
	test.equal("event for the timestamp", watch.next(), EPOLLERR);
	test.equal("event after that", watch.now(), 0);
	read_entry(test, link, SO_EE_ORIGIN_ZEROCOPY);
	test.equal("event for reading the first of two", watch.now(), EPOLLERR);
	read_entry(test, link, SO_EE_ORIGIN_TIMESTAMPING);
	test.equal("event for reading the last", watch.now(), 0);
}

REQUIREMENT("ZC-RX-07", observed,
	    "EPOLLONESHOT delivers EPOLLERR once until it is armed again, and EPOLLEXCLUSIVE delivers it "
	    "to at least one waiter.",
	    .code = "fs/eventpoll.c:ep_send_events, ep_poll_callback");
/* ZC-RX-07. fs/eventpoll.c:ep_send_events disarms an EPOLLONESHOT item; armed
 * again, it reports what is queued by then. */
CASE(oneshot_epoll_reports_once_until_rearmed, .requirements = {"ZC-RX-07"}, .transports = transport::all,
     .paths = netns::simplest)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());
	Watch watch(link.sender(), EPOLLONESHOT);

	test.sent(link.send_zerocopy(payload), payload.size());
	link.deliver();
	test.equal("event for the first notification", watch.next(), EPOLLERR);
	test.equal("event after it was reported", watch.now(), 0);
	test.one_notification(link, {0, 0});
	queue_notification(test, link, payload);
	test.equal("event for the second, not armed again", watch.now(), 0);
	watch.rearm(EPOLLONESHOT);
	test.equal("event once armed again", watch.next(), EPOLLERR);
	test.equal("event after that", watch.now(), 0);
	test.one_notification(link, {1, 1});
}

/* ZC-RX-07. epoll_ctl(2), EPOLLEXCLUSIVE: "one or more of the epoll file
 * descriptors will receive an event". */
CASE(exclusive_epoll_reports_to_at_least_one, .requirements = {"ZC-RX-07"}, .transports = transport::all,
     .paths = netns::simplest)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());
	Watch first(link.sender(), EPOLLEXCLUSIVE);
	Watch second(link.sender(), EPOLLEXCLUSIVE);
	pollfd polls[] = {{first.get(), POLLIN, 0}, {second.get(), POLLIN, 0}};

	test.equal("instances with an event before the send", ::poll(polls, 2, 0), 0);
	test.sent(link.send_zerocopy(payload), payload.size());
	link.deliver();
	test.that("instances with an event", ::poll(polls, 2, os::Deadline().left_ms()) >= 1, "at least one",
		  "none");
	for (Watch *watch : {&first, &second})
		if (const std::uint32_t events = watch->now())
			test.equal("event", events, EPOLLERR);
	test.one_notification(link, {0, 0});
}

REQUIREMENT("ZC-RX-08", observed, "With O_ASYNC a notification raises SIGIO.",
	    .code = "net/core/sock.c:sock_def_error_report calls sk_wake_async(SOCK_WAKE_IO, POLL_ERR)");
/* ZC-RX-08. net/core/sock.c:sock_def_error_report: sk_wake_async_rcu(sk,
 * SOCK_WAKE_IO, POLL_ERR). F_SETSIG makes the signal tell why it was sent. */
CASE(notification_raises_sigio_with_o_async, .requirements = {"ZC-RX-08"}, .transports = transport::all,
     .paths = netns::simplest)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());
	const timespec now = {};
	timespec patience = {};
	siginfo_t info = {};
	sigset_t sigio;

	patience.tv_sec = os::patience().count() / 1000;
	patience.tv_nsec = os::patience().count() % 1000 * 1000000;
	::sigemptyset(&sigio);
	::sigaddset(&sigio, SIGIO);
	os::check(::sigprocmask(SIG_BLOCK, &sigio, nullptr), "sigprocmask()");
	os::check(::fcntl(link.sender(), F_SETOWN, ::getpid()), "fcntl(F_SETOWN)");
	os::check(::fcntl(link.sender(), F_SETSIG, SIGIO), "fcntl(F_SETSIG)");
	os::check(::fcntl(link.sender(), F_SETFL, O_ASYNC), "fcntl(O_ASYNC)");
	test.equal("signal before the send", ::sigtimedwait(&sigio, nullptr, &now), -1);
	test.sent(link.send_zerocopy(payload), payload.size());
	link.deliver();
	test.equal("signal for the notification", ::sigtimedwait(&sigio, &info, &patience), SIGIO);
	test.equal("si_fd", info.si_fd, link.sender());
	test.equal("si_code", info.si_code, POLL_ERR);
	test.that("si_band", info.si_band & POLLERR, "POLLERR", std::to_string(info.si_band));
	test.one_notification(link, {0, 0});
	/* The end of the connection raises it too, for whatever runs next. */
	os::check(::fcntl(link.sender(), F_SETFL, 0), "fcntl(0)");
}

REQUIREMENT(
	"ZC-RX-09", promised,
	"A queued notification makes no send, recv, read, connect or getsockopt fail or end "
	"otherwise than without it, and SO_ERROR stays 0.",
	.document =
		"Notification Reception: \"Zerocopy notifications have a zero error code, however, to not "
		"block send and recv calls.\"",
	.code = "net/core/skbuff.c:__msg_zerocopy_callback does not set sk_err");
/* ZC-RX-09. "A socket that has an error queued would normally block other
 * operations until the error is read. Zerocopy notifications have a zero error
 * code, however, to not block send and recv calls." */
CASE(queued_notification_fails_no_other_call, .requirements = {"ZC-RX-09", "ZC-VS-10"},
     .transports = transport::all, .paths = netns::simplest)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());
	const os::Address &to = link.destination();
	char byte;
	int error = -1;
	socklen_t length = sizeof(error);
	auto fails_with = [&](std::string_view call, ssize_t returned, int expected) {
		const int seen = errno;

		test.equal("return value of " + std::string(call), returned, -1);
		test.equal("errno of " + std::string(call), seen, expected);
	};

	queue_notification(test, link, payload);
	test.sent(link.send(payload), payload.size());
	fails_with("recv(MSG_DONTWAIT)", ::recv(link.sender(), &byte, 1, MSG_DONTWAIT), EAGAIN);
	os::check(::fcntl(link.sender(), F_SETFL, O_NONBLOCK), "fcntl(O_NONBLOCK)");
	fails_with("read()", ::read(link.sender(), &byte, 1), EAGAIN);
	test.equal("return value of write()", ::write(link.sender(), payload.bytes().data(), 100), 100);
	link.account({100, 0}, payload.first(100), 0);
	if (!test.is(transport::datagram))
		fails_with("connect()", ::connect(link.sender(), to.get(), to.length), EISCONN);
	else
		test.equal("return value of connect()", ::connect(link.sender(), to.get(), to.length), 0);
	test.equal("return value of getsockopt(SO_ERROR)",
		   ::getsockopt(link.sender(), SOL_SOCKET, SO_ERROR, &error, &length), 0);
	test.equal("SO_ERROR", error, 0);
	test.one_notification(link, {0, 0});
}

REQUIREMENT("ZC-RX-10", promised,
	    "A thread blocked in recv is not made to return by a notification: it returns when data "
	    "arrives.",
	    .rests_on = "ZC-RX-09",
	    .code = "net/ipv4/tcp.c:tcp_recvmsg_locked, net/core/datagram.c:__skb_wait_for_more_packets");
/* ZC-RX-10. The same of a call that sleeps: a thread in recv() gets the data
 * that comes in the end, not an error nor nothing when it is woken before. */
CASE(notification_does_not_end_a_blocked_recv, .requirements = {"ZC-RX-10"}, .transports = transport::all,
     .paths = netns::simplest)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());
	const Payload reply(100);
	std::array<std::uint8_t, 200> buffer = {};
	OtherThread reader(link.sender(),
			   [&] { return ::recv(link.sender(), buffer.data(), buffer.size(), 0); });

	test.that("recv() with nothing to receive", reader.blocks(), "blocks", "returned");
	/* When the second is queued, the first has long been reported. */
	for (const std::uint32_t id : {0, 1}) {
		queue_notification(test, link, payload);
		test.that("recv() after a notification", reader.blocks(), "blocks on", "returned");
		test.one_notification(link, {id, id});
	}
	link.answer(reply);
	reader.returns(test, "recv()", reply.size());
	test.that("data that recv() returned",
		  std::ranges::equal(reply.bytes(), std::span(buffer).first(100)), "the bytes that were sent",
		  "others");
}

REQUIREMENT("ZC-RX-11", observed,
	    "Reading a notification returns 0 bytes, with MSG_ERRQUEUE as the only flag in msg_flags.",
	    .code = "net/ipv4/ip_sockglue.c:ip_recv_error, net/ipv6/datagram.c:ipv6_recv_error");
/* ZC-RX-11. net/ipv4/ip_sockglue.c:ip_recv_error and
 * net/ipv6/datagram.c:ipv6_recv_error: the entry has no payload. */
CASE(read_returns_no_bytes_and_msg_errqueue_alone, .requirements = {"ZC-RX-11"}, .transports = transport::all)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());

	queue_notification(test, link, payload);
	const Reading reading(link.sender());
	link.enter({reading.message});
	test.equal("return value of recvmsg()", reading.returned, 0);
	test.equal("msg_flags", reading.message.flags, MSG_ERRQUEUE);
	test.that("payload buffer", all_untouched(reading.payload.data(), reading.payload.size()),
		  "untouched", "written to");
	test.queue_empty(link);
}

REQUIREMENT("ZC-RX-12", observed,
	    "Reading a notification fills no address: msg_namelen becomes 0 and the buffer is untouched.",
	    .code = "net/ipv4/ip_sockglue.c:ip_recv_error, ipv4_datagram_support_addr");
/* ZC-RX-12. net/ipv4/ip_sockglue.c:ipv4_datagram_support_addr: only errors of
 * the network and of the host have an address. */
CASE(read_fills_in_no_address, .requirements = {"ZC-RX-12"}, .transports = transport::all,
     .paths = netns::simplest)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());

	queue_notification(test, link, payload);
	const Reading reading(link.sender());
	link.enter({reading.message});
	test.equal("return value of recvmsg()", reading.returned, 0);
	test.equal("msg_namelen", reading.message.name_length, 0);
	test.that("address buffer", all_untouched(&reading.name, sizeof(reading.name)), "untouched",
		  "written to");
}

/* What a notification takes of the control buffer: CMSG_LEN() of the error and
 * of the address of its offender, which VSOCK leaves out. */
std::size_t control_needed(const harness::Test &test)
{
	switch (test.transport().family) {
	case AF_INET:
		return CMSG_LEN(sizeof(sock_extended_err) + sizeof(sockaddr_in));
	case AF_INET6:
		return CMSG_LEN(sizeof(sock_extended_err) + sizeof(sockaddr_in6));
	default:
		return CMSG_LEN(sizeof(sock_extended_err));
	}
}

REQUIREMENT("ZC-RX-13", observed,
	    "With a control buffer that is too small the read sets MSG_CTRUNC and the notification is "
	    "consumed: it cannot be read again. CMSG_LEN of the content is room enough, the padding of "
	    "CMSG_SPACE is not needed.",
	    .code = "net/ipv4/ip_sockglue.c:ip_recv_error dequeues before put_cmsg; net/core/scm.c:put_cmsg");
/* ZC-RX-13. net/ipv4/ip_sockglue.c:ip_recv_error takes the entry off the queue
 * before net/core/scm.c:put_cmsg finds the room wanting. */
CASE(small_control_buffer_truncates_and_loses_the_notification, .requirements = {"ZC-RX-13"},
     .transports = transport::all, .paths = netns::simplest)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());
	const std::size_t whole = control_needed(test);

	link.waive_completions();
	for (const std::size_t room :
	     {std::size_t{0}, sizeof(cmsghdr) - 1, sizeof(cmsghdr), CMSG_LEN(8), whole - 1}) {
		queue_notification(test, link, payload);
		const Reading reading(link.sender(), room);
		const std::size_t used = room < sizeof(cmsghdr) ? 0 : room;

		link.enter({reading.message});
		test.equal("return value of recvmsg()", reading.returned, 0);
		test.equal("msg_flags", reading.message.flags, MSG_ERRQUEUE | MSG_CTRUNC);
		test.equal("msg_controllen", reading.message.control_length, used);
		test.equal("control messages", reading.message.control.size(), used ? 1 : 0);
		if (used)
			test.equal("cmsg_len", reading.message.control[0].length, used);
		test.that("control buffer beyond its length",
			  all_untouched(reading.control.data() + used, reading.control.size() - used),
			  "untouched", "written to");
		test.queue_empty(link);
	}
}

/* ZC-RX-13, the other side of the boundary: CMSG_LEN() is enough, without the
 * padding of CMSG_SPACE(). */
CASE(exact_control_buffer_is_enough, .requirements = {"ZC-RX-13"}, .transports = transport::all,
     .paths = netns::simplest)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());

	queue_notification(test, link, payload);
	const Reading reading(link.sender(), control_needed(test));
	link.enter({reading.message});
	test.equal("return value of recvmsg()", reading.returned, 0);
	test.equal("msg_flags", reading.message.flags, MSG_ERRQUEUE);
	test.completions_settle(link);
}

REQUIREMENT("ZC-RX-14", observed,
	    "A recv(MSG_ERRQUEUE), which has no control buffer, returns 0 and consumes the notification.",
	    .code = "net/ipv4/ip_sockglue.c:ip_recv_error, net/core/scm.c:put_cmsg");
/* ZC-RX-14. recv() has no control buffer: the same loss, and nothing tells. */
CASE(recv_consumes_a_notification_unseen, .requirements = {"ZC-RX-14"}, .transports = transport::all,
     .paths = netns::simplest)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());
	std::array<std::uint8_t, 10> buffer;

	link.waive_completions();
	buffer.fill(untouched);
	queue_notification(test, link, payload);
	test.equal("return value of recv(MSG_ERRQUEUE)",
		   ::recv(link.sender(), buffer.data(), buffer.size(), MSG_ERRQUEUE), 0);
	test.that("buffer of recv()", all_untouched(buffer.data(), buffer.size()), "untouched", "written to");
	test.queue_empty(link);
	poll_shows(test, link, "after recv(MSG_ERRQUEUE)", 0, 0);
	/* It was the whole loss: the next is read as ever. */
	test.sent(link.send_zerocopy(payload), payload.size());
	test.one_notification(link, {1, 1});
}

REQUIREMENT("ZC-RX-15", observed,
	    "With a control pointer that cannot be written the read succeeds without MSG_CTRUNC, and the "
	    "notification is lost; msg_controllen becomes 0.",
	    .code = "net/ipv4/ip_sockglue.c:ip_recv_error ignores the result of net/core/scm.c:put_cmsg");
/* ZC-RX-15. net/ipv4/ip_sockglue.c:ip_recv_error ignores what put_cmsg returns:
 * not even MSG_CTRUNC tells of a control buffer that cannot be written. */
CASE(unwritable_control_buffer_loses_the_notification, .requirements = {"ZC-RX-15"},
     .transports = transport::all, .paths = netns::simplest)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());
	const std::size_t page = limits::page_size();
	void *nowhere = ::mmap(nullptr, page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	msghdr header = {};

	os::check(nowhere == MAP_FAILED ? -1 : 0, "mmap()");
	link.waive_completions();
	queue_notification(test, link, payload);
	header.msg_control = nowhere;
	header.msg_controllen = page;
	const ssize_t returned = ::recvmsg(link.sender(), &header, MSG_ERRQUEUE);
	::munmap(nowhere, page);
	test.equal("return value of recvmsg()", returned, 0);
	test.equal("msg_flags", header.msg_flags, MSG_ERRQUEUE);
	test.equal("msg_controllen", header.msg_controllen, 0);
	test.queue_empty(link);
	test.sent(link.send_zerocopy(payload), payload.size());
	test.one_notification(link, {1, 1});
}

REQUIREMENT(
	"ZC-RX-16", observed, "MSG_PEEK has no effect on the error queue: the notification is removed.",
	.code = "net/ipv4/ip_sockglue.c:ip_recv_error calls net/core/skbuff.c:sock_dequeue_err_skb whatever "
		"the flags");
/* ZC-RX-16. net/core/skbuff.c:sock_dequeue_err_skb takes no flags. */
CASE(msg_peek_removes_the_notification_all_the_same, .requirements = {"ZC-RX-16"},
     .transports = transport::all, .paths = netns::simplest)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());

	queue_notification(test, link, payload);
	const Reading reading(link.sender(), errqueue::ample_control, MSG_PEEK);
	link.enter({reading.message});
	test.equal("return value of recvmsg(MSG_PEEK)", reading.returned, 0);
	test.equal("msg_flags", reading.message.flags, MSG_ERRQUEUE);
	test.equal("notifications", reading.message.notifications.size(), 1);
	test.equal("range", reading.message.notifications[0].ids(), {0, 0});
	test.queue_empty(link);
}

REQUIREMENT(
	"ZC-RX-17", promised,
	"Notifications and received data are independent queues: either can be read first, and both "
	"are delivered.",
	.document =
		"Notification Reception: \"Notifications can be processed out of order with other operations "
		"on the socket.\"",
	.code = "sk_error_queue and sk_receive_queue in include/net/sock.h");
/* ZC-RX-17. "Notifications can be processed out of order with other operations
 * on the socket": with both queued, either can be read first. */
CASE(notifications_and_data_are_read_in_any_order, .requirements = {"ZC-RX-17"}, .transports = transport::all)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());
	const Payload reply(100);
	std::array<std::uint8_t, 200> buffer = {};
	auto receive = [&](int flags) {
		buffer.fill(0);
		test.equal("return value of recv()",
			   ::recv(link.sender(), buffer.data(), buffer.size(), flags), 100);
		test.that("data of recv()", std::ranges::equal(reply.bytes(), std::span(buffer).first(100)),
			  "the bytes that were sent", "others");
	};

	for (const std::uint32_t id : {0, 1}) {
		queue_notification(test, link, payload);
		link.deliver();
		link.answer(reply);
		receive(MSG_PEEK); /* waits for it to arrive */
		poll_shows(test, link, "with both queued", POLLIN, POLLIN | POLLERR);
		if (id == 0)
			receive(0);
		test.one_notification(link, {id, id});
		if (id == 1)
			receive(0);
		poll_shows(test, link, "after both were read", POLLIN, 0);
	}
}

REQUIREMENT("ZC-RX-19", observed,
	    "Readers that race on one error queue share it: each notification goes to exactly one of "
	    "them.",
	    .code = "net/core/skbuff.c:sock_dequeue_err_skb, under the lock of sk_error_queue");
/* ZC-RX-19. net/core/skbuff.c:sock_dequeue_err_skb, under the queue's lock: the
 * books tell if one is lost or given to both. */
CASE(racing_readers_share_the_error_queue, .requirements = {"ZC-RX-19"}, .transports = transport::all,
     .paths = netns::simplest)
{
	constexpr unsigned rounds = 20;
	constexpr unsigned sends = 8; /* unread, they must not meet the least optmem_max */
	Link &link = test.connect();
	const Payload payload(1000);
	const os::Deadline deadline;
	std::atomic<std::uint64_t> reported = 0;
	std::array<std::vector<errqueue::Message>, 2> read;
	std::atomic<int> error = 0;
	auto read_until = [&](const std::stop_token &stop, std::vector<errqueue::Message> &messages) {
		while (!stop.stop_requested()) {
			const auto message = errqueue::receive(link.sender());

			if (!message) {
				errqueue::wait(link.sender(), os::Deadline(std::chrono::milliseconds(1)));
				continue;
			}
			messages.push_back(*message);
			for (const errqueue::Notification &notification : message->notifications)
				reported += notification.ids().count();
		}
	};
	/* An exception must not leave its thread. */
	auto reader = [&](const std::stop_token &stop, std::vector<errqueue::Message> &messages) {
		try {
			read_until(stop, messages);
		} catch (const errqueue::ReadError &refused) {
			error = refused.code().value();
		}
	};
	{
		std::jthread first(reader, std::ref(read[0]));
		std::jthread second(reader, std::ref(read[1]));
		std::uint64_t sent = 0;

		for (unsigned round = 0; round < rounds && !deadline.passed(); round++) {
			for (unsigned i = 0; i < sends; i++)
				sent += link.send_zerocopy(payload).ok();
			link.deliver();
			os::wait_until([&] { return reported >= sent; }, deadline);
		}
	}
	test.equal("errno of a reader", error, 0);
	link.enter(read[0]);
	link.enter(read[1]);
	test.equal("ids sent", link.ledger().next_id(), rounds * sends);
	test.completions_settle(link);
}

REQUIREMENT("ZC-RX-20", promised, "A thread blocked in poll() with events 0 is woken by a completion.",
	    .rests_on = "ZC-RX-03", .code = "net/core/skbuff.c:__msg_zerocopy_callback, sk_error_report");
/* ZC-RX-20. "The poll call is there to block until an error is outstanding". The
 * thread looks at the queue before there is anything: it must be woken. */
CASE(completion_wakes_a_blocked_poll, .requirements = {"ZC-RX-20", "ZC-RX-02"}, .transports = transport::all,
     .paths = netns::simplest)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());
	pollfd poll = {link.sender(), 0, 0};
	OtherThread poller(link.sender(), [&] { return ::poll(&poll, 1, -1); });

	test.that("poll() with an empty queue", poller.blocks(), "blocks", "returned");
	test.sent(link.send_zerocopy(payload), payload.size());
	link.deliver();
	poller.returns(test, "poll()", 1);
	test.equal("revents of poll()", poll.revents, POLLERR);
	test.one_notification(link, {0, 0});
}

/* ZC-RX-20. The same from a send that completes late: poll() blocks until the
 * completion, not just until the send. */
CASE(late_completion_wakes_a_blocked_poll, .requirements = {"ZC-RX-20"}, .transports = transport::all,
     .paths = netns::holds)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());
	pollfd poll = {link.sender(), 0, 0};
	OtherThread poller(link.sender(), [&] { return ::poll(&poll, 1, -1); });

	test.sent(link.send_zerocopy(payload), payload.size());
	test.that("poll() before the completion", poller.blocks(), "blocks", "returned");
	link.release();
	if (test.has(netns::delivers))
		link.deliver();
	poller.returns(test, "poll()", 1);
	test.equal("revents of poll()", poll.revents, POLLERR);
	test.one_notification(link, {0, 0});
}

} // namespace
