// SPDX-License-Identifier: GPL-2.0
/* The chapter 'Notification Reception' of msg_zerocopy.rst. */
#include <fcntl.h>
#include <signal.h>
#include <sys/select.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <thread>

#include "conformance/chapter.h"
#include "os/watch.h"

namespace
{

using os::Watch;

/* Buffers are filled with this before the kernel gets them, so that a write shows. */
constexpr std::uint8_t untouched = 0xee;

void is_untouched(At at, std::string_view what, const void *start, std::size_t length)
{
	at->equal(what, Bytes(static_cast<const std::uint8_t *>(start), length), Data(length, untouched));
}

/*
 * A second entry behind the notification, of a kind that does not merge with it: a
 * timestamp of entering the packet scheduler, which is taken within the send call.
 */
void queue_timestamp(At at, Link &link, const Payload &payload)
{
	timestamp(link, SOF_TIMESTAMPING_TX_SCHED | SOF_TIMESTAMPING_OPT_TSONLY);
	plainly_sends(at, link, payload.first(1));
	timestamp(link, 0);
}

/* Read one entry of this origin, and enter it into the books. */
void read_entry(At at, Link &link, unsigned origin)
{
	const auto message = errqueue::receive(link.sender());

	at->that("error queue", message && message->notifications.size() == 1, "one more entry",
		 message ? errqueue::describe(*message) : "empty");
	link.enter({*message});
	at->equal("ee_origin", message->notifications[0].err.ee_origin, origin, os::error_origin);
}

/* One recvmsg() of the error queue, with buffers that show what was written to them. */
struct Reading {
	std::array<std::uint8_t, 256> payload;
	std::array<std::uint8_t, errqueue::ample_control> control;
	sockaddr_storage name;
	Message message;
	Returned result;

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
	result = Returned::of(::recvmsg(socket, &header, MSG_ERRQUEUE | flags));
	if (result.ok())
		message = errqueue::parse(header, result.returned);
}

/* The same of a queued notification, entered into the books: it has no payload, and the
 * message has these flags. */
Reading read_notification(At at, Link &link, std::size_t control_bytes = errqueue::ample_control,
			  int flags = 0, int expected_flags = MSG_ERRQUEUE)
{
	Reading reading(link.sender(), control_bytes, flags);

	returned(at, "recvmsg(MSG_ERRQUEUE)", reading.result, 0);
	link.enter({reading.message});
	at->equal("msg_flags", reading.message.flags, expected_flags, os::message_flags);
	return reading;
}

REQUIREMENT("ZC-RX-01", promised,
	    "Reading the error queue never blocks: on an empty one recvmsg(MSG_ERRQUEUE) fails with EAGAIN "
	    "at once, on a blocking socket and with MSG_WAITALL too.",
	    .document = "Notification Reception: \"Reading from the error queue is always a non-blocking "
			"operation.\"",
	    .code = "net/ipv4/ip_sockglue.c:ip_recv_error, net/core/sock.c:sock_recv_errqueue",
	    .kernels = "VSOCK reads its error queue since 6.7 and 6.1.64 (\"vsock: read from socket's error "
		       "queue\")");
/* In a thread, so that a read that does block fails the case and not its time. */
CASE(reading_an_empty_error_queue_does_not_block, .requirements = {"ZC-RX-01"}, .transports = transport::all,
     .paths = netns::simplest)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());
	auto nothing_to_read = [&] {
		for (const int flags : {0, static_cast<int>(MSG_WAITALL), static_cast<int>(MSG_PEEK)}) {
			ThreadInCall read(link.sender(), [&] {
				const Reading reading(link.sender(), errqueue::ample_control, flags);

				errno = reading.result.error;
				return reading.result.returned;
			});

			fails(test, "recvmsg(MSG_ERRQUEUE)", returns(test, read, "recvmsg(MSG_ERRQUEUE)"),
			      EAGAIN);
		}
	};

	nothing_to_read();
	plainly_sends(test, link, payload);
	nothing_to_read();
	next_id_is(test, link, payload, 0);
	nothing_to_read();
}

/* While a completion is outstanding, the read does not wait for it, and poll() does not
 * report it before it is queued. */
CASE(reading_does_not_wait_for_an_outstanding_completion, .requirements = {"ZC-RX-01", "ZC-RX-03"},
     .transports = transport::all, .paths = netns::holds)
{
	Link &link = test.connect();

	sends(test, link);
	const Reading reading(link.sender(), errqueue::ample_control, MSG_WAITALL);
	fails(test, "recvmsg(MSG_ERRQUEUE)", reading.result, EAGAIN);
	events_are(test, link.sender(), "before the completion", 0, 0);
	link.release();
	test.one_notification(link, {0, 0});
}

REQUIREMENT("ZC-RX-02", promised, "poll() reports POLLERR for a queued notification though events is 0.",
	    .document = "Notification Reception: \"That flag does not have to be set in the events field. "
			"Errors are signaled unconditionally.\"",
	    .code = "net/ipv4/tcp.c:tcp_poll, net/core/datagram.c:datagram_poll, "
		    "net/vmw_vsock/af_vsock.c:vsock_poll");
REQUIREMENT("ZC-RX-18", promised,
	    "After a successful poll for a notification, revents has POLLERR set, tested as (revents & "
	    "POLLERR) with parentheses.",
	    .document = "Notification Reception: \"It will set POLLERR in its output flags.\"",
	    .code = "net/ipv4/tcp.c:tcp_poll",
	    .kernels = "the document's own example lacks the parentheses in all versions: its \"pfd.revents "
		       "& POLLERR == 0\" is always 0 and detects nothing");
REQUIREMENT("ZC-VS-10", promised,
	    "poll() reports POLLERR for a queued notification of a VSOCK socket, and SO_ERROR stays 0.",
	    .rests_on = "ZC-RX-02 ZC-RX-09", .code = "net/vmw_vsock/af_vsock.c:vsock_poll",
	    .kernels = "since 6.7");
CASE(poll_reports_pollerr_unasked, .requirements = {"ZC-RX-02", "ZC-RX-18", "ZC-VS-10"},
     .transports = transport::all)
{
	Link &link = test.connect();
	pollfd poll = {link.sender(), 0, 0};

	events_are(test, link.sender(), "before the send", 0, 0);
	queue_notification(test, link);
	returned(test, "poll()", Returned::of(::poll(&poll, 1, 0)), 1);
	returned_events(test, poll.revents, POLLERR);
	test.one_notification(link, {0, 0});
}

REQUIREMENT(
	"ZC-RX-03", promised,
	"POLLERR stays set for as long as the error queue holds a notification, and is gone when it is "
	"empty.",
	.document =
		"Notification Reception: \"The poll call is there to block until an error is outstanding.\"",
	.rests_on = "ZC-RX-02",
	.code = "net/ipv4/tcp.c:tcp_poll, skb_queue_empty_lockless(&sk->sk_error_queue)");
CASE(pollerr_stays_until_the_queue_is_empty, .requirements = {"ZC-RX-03"}, .paths = netns::simplest)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());

	queue_notification(test, link, payload);
	queue_timestamp(test, link, payload);
	events_are(test, link.sender(), "with two entries", 0, POLLERR);
	events_are(test, link.sender(), "with two entries, again", 0, POLLERR);
	read_entry(test, link, SO_EE_ORIGIN_ZEROCOPY);
	events_are(test, link.sender(), "with one entry left", 0, POLLERR);
	read_entry(test, link, SO_EE_ORIGIN_TIMESTAMPING);
	events_are(test, link.sender(), "with none left", 0, 0);
}

REQUIREMENT("ZC-RX-04", observed,
	    "While a notification is queued, select() marks the socket readable and writable and not "
	    "exceptional.",
	    .code = "fs/select.c: POLLIN_SET and POLLOUT_SET contain EPOLLERR, POLLEX_SET does not");
/* The socket has no data to read and no room to write: the error alone marks it. */
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
		return Returned::of(::select(link.sender() + 1, &sets[0], &sets[1], &sets[2], &now));
	};

	returned(test, "select() before the send", select_now(), 1);
	test.equal("writable before the send", FD_ISSET(link.sender(), &sets[1]), 1);
	queue_notification(test, link, payload);
	/* Data that waits for more of it fills the smallest send buffer. */
	plainly_sends(test, link, unfinished, MSG_MORE);
	set_option(link.sender(), SOL_SOCKET, SO_SNDBUF, 1, "setsockopt(SO_SNDBUF)");
	returned(test, "select()", select_now(), 2);
	test.equal("readable", FD_ISSET(link.sender(), &sets[0]), 1);
	test.equal("writable", FD_ISSET(link.sender(), &sets[1]), 1);
	test.equal("exceptional", FD_ISSET(link.sender(), &sets[2]), 0);
	set_option(link.sender(), SOL_SOCKET, SO_SNDBUF, 200000, "setsockopt(SO_SNDBUF)");
	plainly_sends(test, link, payload.first(1));
}

REQUIREMENT("ZC-RX-05", observed, "SO_SELECT_ERR_QUEUE adds POLLPRI to POLLERR for UDP and not for TCP.",
	    .code = "net/core/datagram.c:datagram_poll_queue tests SOCK_SELECT_ERR_QUEUE (6.1, 6.12: "
		    "datagram_poll); net/ipv4/tcp.c:tcp_poll does not");
CASE(select_err_queue_adds_pollpri_to_datagrams, .requirements = {"ZC-RX-05"}, .transports = transport::all,
     .paths = netns::simplest)
{
	Link &link = test.connect();

	queue_notification(test, link);
	events_are(test, link.sender(), "without SO_SELECT_ERR_QUEUE", POLLPRI, POLLERR);
	set_option(link.sender(), SOL_SOCKET, SO_SELECT_ERR_QUEUE, 1, "setsockopt(SO_SELECT_ERR_QUEUE)");
	events_are(test, link.sender(), "with SO_SELECT_ERR_QUEUE", POLLPRI,
		   test.is(transport::datagram) ? POLLERR | POLLPRI : POLLERR);
	/* A caller that does not ask for POLLPRI does not get it. */
	events_are(test, link.sender(), "with SO_SELECT_ERR_QUEUE, without POLLPRI", 0, POLLERR);
	test.one_notification(link, {0, 0});
	events_are(test, link.sender(), "with SO_SELECT_ERR_QUEUE, the queue empty", POLLPRI, 0);
}

REQUIREMENT("ZC-RX-06", observed,
	    "Edge triggered epoll reports one event for each new notification, also where it merges into an "
	    "entry not read yet. Reading an entry raises an event if another one remains, and none if it was "
	    "the last.",
	    .code = "net/core/skbuff.c:__msg_zerocopy_callback always calls sk_error_report, "
		    "sock_dequeue_err_skb where another entry follows");
CASE(edge_triggered_epoll_reports_each_completion, .requirements = {"ZC-RX-06"}, .transports = transport::all,
     .paths = netns::simplest)
{
	Link &link = test.connect();
	Watch watch(link.sender(), EPOLLET);
	auto one_event_for_one_send = [&](std::string_view which) {
		sends(test, link);
		link.deliver();
		event_is(test, "event for " + std::string(which), watch.next(), EPOLLERR);
		event_is(test, "event after that for " + std::string(which), watch.now(), 0);
	};

	event_is(test, "event before the first send", watch.now(), 0);
	one_event_for_one_send("the first notification");
	one_event_for_one_send("one merged into the first, unread");
	test.one_notification(link, {0, 1});
	event_is(test, "event for reading the last entry", watch.now(), 0);
	one_event_for_one_send("the next");
	test.one_notification(link, {2, 2});
}

/* A reader that takes one entry for each event misses none. */
CASE(edge_triggered_epoll_reports_what_a_read_leaves, .requirements = {"ZC-RX-06"}, .paths = netns::simplest)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());
	Watch watch(link.sender(), EPOLLET);

	for (const bool stamp_first : {false, true}) {
		for (const bool stamp : {stamp_first, !stamp_first}) {
			if (stamp)
				queue_timestamp(test, link, payload);
			else
				sends(test, link, payload);
			link.deliver();
			event_is(test, stamp ? "event for the timestamp" : "event for the notification",
				 watch.next(), EPOLLERR);
			event_is(test, "event after that", watch.now(), 0);
		}
		read_entry(test, link, stamp_first ? SO_EE_ORIGIN_TIMESTAMPING : SO_EE_ORIGIN_ZEROCOPY);
		event_is(test, "event for reading the first of two", watch.now(), EPOLLERR);
		read_entry(test, link, stamp_first ? SO_EE_ORIGIN_ZEROCOPY : SO_EE_ORIGIN_TIMESTAMPING);
		event_is(test, "event for reading the last", watch.now(), 0);
	}
}

REQUIREMENT("ZC-RX-07", observed,
	    "EPOLLONESHOT delivers EPOLLERR once until it is rearmed, and EPOLLEXCLUSIVE delivers it to at "
	    "least one waiter.",
	    .code = "fs/eventpoll.c:ep_send_events, ep_poll_callback");
/* Rearmed, the item reports the notification that was queued in the meantime. */
CASE(oneshot_epoll_reports_once_until_rearmed, .requirements = {"ZC-RX-07"}, .transports = transport::all,
     .paths = netns::simplest)
{
	Link &link = test.connect();
	Watch watch(link.sender(), EPOLLONESHOT);

	sends(test, link);
	link.deliver();
	event_is(test, "event for the first notification", watch.next(), EPOLLERR);
	event_is(test, "event after it was reported", watch.now(), 0);
	test.one_notification(link, {0, 0});
	queue_notification(test, link);
	event_is(test, "event for the second, before it is rearmed", watch.now(), 0);
	watch.rearm(EPOLLONESHOT);
	event_is(test, "event once rearmed", watch.next(), EPOLLERR);
	event_is(test, "event after that", watch.now(), 0);
	test.one_notification(link, {1, 1});
}

CASE(exclusive_epoll_reports_to_at_least_one, .requirements = {"ZC-RX-07"}, .transports = transport::all,
     .paths = netns::simplest)
{
	Link &link = test.connect();
	Watch first(link.sender(), EPOLLEXCLUSIVE);
	Watch second(link.sender(), EPOLLEXCLUSIVE);
	pollfd polls[] = {{first.get(), POLLIN, 0}, {second.get(), POLLIN, 0}};

	returned(test, "poll() of both instances before the send", Returned::of(::poll(polls, 2, 0)), 0);
	sends(test, link);
	link.deliver();
	test.that("instances with an event", os::poll(polls, os::Event::notification) >= 1, "at least one",
		  "none");
	for (Watch *watch : {&first, &second})
		if (const std::uint32_t events = watch->now())
			event_is(test, "event", events, EPOLLERR);
	test.one_notification(link, {0, 0});
}

REQUIREMENT("ZC-RX-08", observed, "With O_ASYNC a notification raises SIGIO.",
	    .code = "net/core/sock.c:sock_def_error_report calls sk_wake_async(SOCK_WAKE_IO, POLL_ERR)");
/* F_SETSIG makes the kernel fill in the reason of the signal. */
CASE(notification_raises_sigio_with_o_async, .requirements = {"ZC-RX-08"}, .transports = transport::all,
     .paths = netns::simplest)
{
	Link &link = test.connect();
	const timespec now = {};
	timespec patience = {};
	siginfo_t info = {};
	sigset_t sigio;

	patience.tv_sec = os::event_timeout().count() / 1000;
	patience.tv_nsec = os::event_timeout().count() % 1000 * 1000000;
	::sigemptyset(&sigio);
	::sigaddset(&sigio, SIGIO);
	os::check(::sigprocmask(SIG_BLOCK, &sigio, nullptr), "sigprocmask()");
	os::check(::fcntl(link.sender(), F_SETOWN, ::getpid()), "fcntl(F_SETOWN)");
	os::check(::fcntl(link.sender(), F_SETSIG, SIGIO), "fcntl(F_SETSIG)");
	os::check(::fcntl(link.sender(), F_SETFL, O_ASYNC), "fcntl(O_ASYNC)");
	fails(test, "sigtimedwait() before the send", Returned::of(::sigtimedwait(&sigio, nullptr, &now)),
	      EAGAIN);
	sends(test, link);
	link.deliver();
	returned(test, "sigtimedwait() for SIGIO", Returned::of(::sigtimedwait(&sigio, &info, &patience)),
		 SIGIO);
	test.equal("si_fd", info.si_fd, link.sender());
	test.that("si_code", info.si_code == POLL_ERR, "POLL_ERR", std::to_string(info.si_code));
	test.that("si_band", info.si_band & POLLERR, "POLLERR", os::poll_events(info.si_band));
	test.one_notification(link, {0, 0});
	/* The end of the connection would raise SIGIO again, after the case. */
	os::check(::fcntl(link.sender(), F_SETFL, 0), "fcntl(0)");
}

REQUIREMENT("ZC-RX-09", promised,
	    "With a notification queued, send, recv, read, connect and getsockopt succeed or fail as they do "
	    "without it, and SO_ERROR stays 0.",
	    .document = "Notification Reception: \"Zerocopy notifications have a zero error code, however, "
			"to not block send and recv calls.\"",
	    .code = "net/core/skbuff.c:__msg_zerocopy_callback does not set sk_err",
	    .kernels = "the document names send and recv; read, connect and getsockopt are observed");
CASE(queued_notification_fails_no_other_call, .requirements = {"ZC-RX-09", "ZC-VS-10"},
     .transports = transport::all, .paths = netns::simplest)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());
	const Address &to = link.destination();
	char byte;
	int error = -1;
	socklen_t length = sizeof(error);
	queue_notification(test, link, payload);
	plainly_sends(test, link, payload);
	fails(test, "recv(MSG_DONTWAIT)", Returned::of(::recv(link.sender(), &byte, 1, MSG_DONTWAIT)),
	      EAGAIN);
	os::check(::fcntl(link.sender(), F_SETFL, O_NONBLOCK), "fcntl(O_NONBLOCK)");
	fails(test, "read()", Returned::of(::read(link.sender(), &byte, 1)), EAGAIN);
	returned(test, "write()", Returned::of(::write(link.sender(), payload.bytes().data(), 100)), 100);
	link.account({100, 0}, payload.first(100), 0);
	const Returned connected = Returned::of(::connect(link.sender(), to.get(), to.length));
	if (test.is(transport::datagram))
		returned(test, "connect()", connected, 0);
	else
		fails(test, "connect()", connected, EISCONN);
	returned(test, "getsockopt(SO_ERROR)",
		 Returned::of(::getsockopt(link.sender(), SOL_SOCKET, SO_ERROR, &error, &length)), 0);
	test.socket_error(error, 0);
	test.one_notification(link, {0, 0});
}

REQUIREMENT(
	"ZC-RX-10", promised,
	"A notification does not make a thread return that is blocked in recv: it returns when data arrives.",
	.rests_on = "ZC-RX-09",
	.code = "net/ipv4/tcp.c:tcp_recvmsg_locked, net/core/datagram.c:__skb_wait_for_more_packets");
/* The notification may wake the thread, but its recv() goes on to wait for the data,
 * and returns neither an error nor 0. */
CASE(notification_does_not_end_a_blocked_recv, .requirements = {"ZC-RX-10"}, .transports = transport::all,
     .paths = netns::simplest)
{
	Link &link = test.connect();
	const Payload reply(100);
	std::array<std::uint8_t, 200> buffer = {};
	ThreadInCall reader(link.sender(),
			    [&] { return ::recv(link.sender(), buffer.data(), buffer.size(), 0); });

	blocks(test, reader, "recv() with nothing to receive");
	/* When the second is queued, the thread has had its time to act upon the first. */
	for (const std::uint32_t id : {0, 1}) {
		queue_notification(test, link);
		blocks(test, reader, "recv() after a notification");
		test.one_notification(link, {id, id});
	}
	link.answer(reply);
	returns(test, reader, "recv()", reply.size());
	test.equal("data that recv() returned", Bytes(buffer).first(reply.size()), reply);
}

REQUIREMENT("ZC-RX-11", observed,
	    "Reading a notification returns 0 bytes, with MSG_ERRQUEUE as the only flag in msg_flags.",
	    .code = "net/ipv4/ip_sockglue.c:ip_recv_error, net/ipv6/datagram.c:ipv6_recv_error");
CASE(read_returns_no_bytes_and_msg_errqueue_alone, .requirements = {"ZC-RX-11"}, .transports = transport::all)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());

	queue_notification(test, link, payload);
	const Reading reading = read_notification(test, link);
	is_untouched(test, "payload buffer", reading.payload.data(), reading.payload.size());
	test.queue_empty(link);
}

REQUIREMENT("ZC-RX-12", observed,
	    "Reading a notification fills no address: msg_namelen becomes 0 and the buffer is untouched.",
	    .code = "net/ipv4/ip_sockglue.c:ip_recv_error, ipv4_datagram_support_addr");
CASE(read_fills_in_no_address, .requirements = {"ZC-RX-12"}, .transports = transport::all,
     .paths = netns::simplest)
{
	Link &link = test.connect();

	queue_notification(test, link);
	const Reading reading = read_notification(test, link);
	test.equal("msg_namelen", reading.message.name_length, 0);
	is_untouched(test, "address buffer", &reading.name, sizeof(reading.name));
}

/* CMSG_LEN() of a notification: the error, and the address of its offender, which VSOCK
 * leaves out. */
std::size_t control_needed(const Test &test)
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

REQUIREMENT(
	"ZC-RX-13", observed,
	"With a control buffer that is too small the read sets MSG_CTRUNC and the notification is consumed: "
	"it cannot be read again. CMSG_LEN of the content is enough, without the padding of CMSG_SPACE.",
	.code = "net/ipv4/ip_sockglue.c:ip_recv_error dequeues before put_cmsg; net/core/scm.c:put_cmsg");
CASE(small_control_buffer_truncates_and_loses_the_notification, .requirements = {"ZC-RX-13"},
     .transports = transport::all, .paths = netns::simplest)
{
	Link &link = test.connect();
	const std::size_t whole = control_needed(test);

	link.waive_completions();
	for (const std::size_t room :
	     {std::size_t{0}, sizeof(cmsghdr) - 1, sizeof(cmsghdr), CMSG_LEN(8), whole - 1}) {
		queue_notification(test, link);
		const Reading reading = read_notification(test, link, room, 0, MSG_ERRQUEUE | MSG_CTRUNC);
		const std::size_t used = room < sizeof(cmsghdr) ? 0 : room;

		test.equal("msg_controllen", reading.message.control_length, used);
		test.equal("control messages", reading.message.control.size(), used ? 1 : 0);
		if (used)
			test.equal("cmsg_len", reading.message.control[0].length, used);
		is_untouched(test, "control buffer beyond its length", reading.control.data() + used,
			     reading.control.size() - used);
		test.queue_empty(link);
	}
}

CASE(exact_control_buffer_is_enough, .requirements = {"ZC-RX-13"}, .transports = transport::all,
     .paths = netns::simplest)
{
	Link &link = test.connect();

	queue_notification(test, link);
	read_notification(test, link, control_needed(test));
	test.completions_settle(link);
}

REQUIREMENT("ZC-RX-14", observed,
	    "A recv(MSG_ERRQUEUE), which has no control buffer, returns 0 and consumes the notification.",
	    .code = "net/ipv4/ip_sockglue.c:ip_recv_error, net/core/scm.c:put_cmsg");
CASE(recv_consumes_a_notification_unseen, .requirements = {"ZC-RX-14"}, .transports = transport::all,
     .paths = netns::simplest)
{
	Link &link = test.connect();
	std::array<std::uint8_t, 10> buffer;

	link.waive_completions();
	buffer.fill(untouched);
	queue_notification(test, link);
	returned(test, "recv(MSG_ERRQUEUE)",
		 Returned::of(::recv(link.sender(), buffer.data(), buffer.size(), MSG_ERRQUEUE)), 0);
	is_untouched(test, "buffer of recv()", buffer.data(), buffer.size());
	test.queue_empty(link);
	events_are(test, link.sender(), "after recv(MSG_ERRQUEUE)", 0, 0);
	/* Nothing else is lost: the next notification is read as usual. */
	sends(test, link);
	test.one_notification(link, {1, 1});
}

REQUIREMENT("ZC-RX-15", observed,
	    "With a control pointer that cannot be written the read succeeds without MSG_CTRUNC, and the "
	    "notification is lost; msg_controllen becomes 0.",
	    .code = "net/ipv4/ip_sockglue.c:ip_recv_error ignores the result of net/core/scm.c:put_cmsg");
CASE(unwritable_control_buffer_loses_the_notification, .requirements = {"ZC-RX-15"},
     .transports = transport::all, .paths = netns::simplest)
{
	Link &link = test.connect();
	const Mapping unwritable(page_size(), PROT_NONE);
	msghdr header = {};

	link.waive_completions();
	queue_notification(test, link);
	header.msg_control = unwritable.data();
	header.msg_controllen = unwritable.size();
	returned(test, "recvmsg(MSG_ERRQUEUE)", Returned::of(::recvmsg(link.sender(), &header, MSG_ERRQUEUE)),
		 0);
	test.equal("msg_flags", header.msg_flags, MSG_ERRQUEUE, os::message_flags);
	test.equal("msg_controllen", header.msg_controllen, 0);
	test.queue_empty(link);
	sends(test, link);
	test.one_notification(link, {1, 1});
}

REQUIREMENT("ZC-RX-16", observed, "MSG_PEEK has no effect on the error queue: the notification is removed.",
	    .code = "net/ipv4/ip_sockglue.c:ip_recv_error calls net/core/skbuff.c:sock_dequeue_err_skb "
		    "whatever the flags");
CASE(msg_peek_removes_the_notification_all_the_same, .requirements = {"ZC-RX-16"},
     .transports = transport::all, .paths = netns::simplest)
{
	Link &link = test.connect();

	queue_notification(test, link);
	const Reading reading = read_notification(test, link, errqueue::ample_control, MSG_PEEK);
	test.equal("notifications", reading.message.notifications.size(), 1);
	test.equal("range", reading.message.notifications[0].ids(), {0, 0});
	test.queue_empty(link);
}

REQUIREMENT("ZC-RX-17", promised,
	    "Notifications and received data are independent queues: either can be read first, and both are "
	    "delivered.",
	    .document = "Notification Reception: \"Notifications can be processed out of order with other "
			"operations on the socket.\"",
	    .code = "sk_error_queue and sk_receive_queue in include/net/sock.h");
CASE(notifications_and_data_are_read_in_any_order, .requirements = {"ZC-RX-17"}, .transports = transport::all)
{
	Link &link = test.connect();
	const Payload reply(100);

	for (const std::uint32_t id : {0, 1}) {
		queue_notification(test, link);
		link.deliver();
		link.answer(reply);
		receives(test, link.sender(), reply, MSG_PEEK); /* waits for it to arrive */
		events_are(test, link.sender(), "with both queued", POLLIN, POLLIN | POLLERR);
		if (id == 0)
			receives(test, link.sender(), reply);
		test.one_notification(link, {id, id});
		if (id == 1)
			receives(test, link.sender(), reply);
		events_are(test, link.sender(), "after both were read", POLLIN, 0);
	}
}

REQUIREMENT("ZC-RX-19", observed,
	    "Readers that race on one error queue share it: each notification goes to exactly one of them.",
	    .code = "net/core/skbuff.c:sock_dequeue_err_skb, under the lock of sk_error_queue");
/* The books tell if a notification is lost or given to both readers. */
CASE(racing_readers_share_the_error_queue, .requirements = {"ZC-RX-19"}, .transports = transport::all,
     .paths = netns::simplest)
{
	constexpr unsigned rounds = 20;
	constexpr unsigned burst = 8; /* unread, they stay below the least optmem_max */
	Link &link = test.connect();
	const Payload payload(1000);
	const os::Deadline deadline = os::Event::notification;
	std::atomic<std::uint64_t> reported = 0;
	std::array<std::vector<Message>, 2> read;
	std::atomic<int> error = 0;
	auto read_until = [&](const std::stop_token &stop, std::vector<Message> &messages) {
		while (!stop.stop_requested()) {
			const auto message = errqueue::receive(link.sender());

			if (!message) {
				errqueue::wait(link.sender(), os::Deadline(std::chrono::milliseconds(1)));
				continue;
			}
			messages.push_back(*message);
			for (const Notification &notification : message->notifications)
				reported += notification.ids().count();
		}
	};
	/* An exception must not leave its thread. */
	auto reader = [&](const std::stop_token &stop, std::vector<Message> &messages) {
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
		bool in_time = true;

		for (unsigned round = 0; round < rounds && in_time; round++) {
			for (unsigned i = 0; i < burst; i++)
				sent += link.send_zerocopy(payload).ok();
			link.deliver();
			in_time = os::wait_until([&] { return reported >= sent; }, deadline);
		}
	}
	error_is(test, "errno of a reader", error, 0);
	link.enter(read[0]);
	link.enter(read[1]);
	test.equal("ids sent", link.ledger().next_id(), rounds * burst);
	test.completions_settle(link);
}

REQUIREMENT("ZC-RX-20", promised, "A thread blocked in poll() with events 0 is woken by a completion.",
	    .rests_on = "ZC-RX-03", .code = "net/core/skbuff.c:__msg_zerocopy_callback, sk_error_report");
/* The thread has found the queue empty by the time of the send: it must be woken. */
CASE(completion_wakes_a_blocked_poll, .requirements = {"ZC-RX-20", "ZC-RX-02"}, .transports = transport::all,
     .paths = netns::simplest)
{
	Link &link = test.connect();
	pollfd poll = {link.sender(), 0, 0};
	ThreadInCall poller(link.sender(), [&] { return ::poll(&poll, 1, -1); });

	blocks(test, poller, "poll() with an empty queue");
	sends(test, link);
	link.deliver();
	returns(test, poller, "poll()", 1);
	returned_events(test, poll.revents, POLLERR);
	test.one_notification(link, {0, 0});
}

/* The send alone does not wake the thread. */
CASE(late_completion_wakes_a_blocked_poll, .requirements = {"ZC-RX-20"}, .transports = transport::all,
     .paths = netns::holds)
{
	Link &link = test.connect();
	pollfd poll = {link.sender(), 0, 0};
	ThreadInCall poller(link.sender(), [&] { return ::poll(&poll, 1, -1); });

	sends(test, link);
	blocks(test, poller, "poll() before the completion");
	link.release();
	if (test.has(netns::delivers))
		link.deliver();
	returns(test, poller, "poll()", 1);
	returned_events(test, poll.revents, POLLERR);
	test.one_notification(link, {0, 0});
}

} // namespace
