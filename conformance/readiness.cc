// SPDX-License-Identifier: GPL-2.0
/* The chapter 'Notification Reception' of msg_zerocopy.rst: poll() and epoll of a socket on
 * which something else is pending besides a notification. */
#include <fcntl.h>
#include <linux/sock_diag.h>

#include "conformance/chapter.h"
#include "os/watch.h"

namespace
{

using os::Watch;

/* POLLERR is reported for as long as the notification is unread, whoever asks for what, and
 * whatever else there is to report. */
void reported_until_read(At at, Link &link, errqueue::IdRange ids, const std::string &when)
{
	auto told = [&](short events) { return errqueue::poll_now(link.sender(), events) & POLLERR; };

	notified(at, link, "the notification " + when);
	for (const short events : {0, POLLIN, POLLOUT, POLLIN | POLLOUT | POLLPRI | POLLRDHUP})
		at->that("revents of poll() for " + os::poll_events(events) + ' ' + when, told(events),
			 "POLLERR", "no POLLERR");
	at->one_completion(link, ids);
	at->that("revents of poll() " + when + ", the notification read", !told(0), "no POLLERR", "POLLERR");
}

/* The notification comes when the data is there already. A reader who does not ask for data
 * hears of the notification alone. */
void reports_behind_unread_data(At at, Link &link, std::uint32_t id)
{
	const Payload question(100);

	link.answer(question);
	readable(at, link.sender(), "the sender");
	events_are(at, link.sender(), "with data", 0, 0);
	queue_notification(at, link);
	events_are(at, link.sender(), "with both", 0, POLLERR);
	events_are(at, link.sender(), "with both", POLLIN, POLLIN | POLLERR);
	reported_until_read(at, link, {id, id}, "with data");
	events_are(at, link.sender(), "with data alone", POLLIN, POLLIN);
	receives(at, link.sender(), question);
	sends(at, link);
	reported_until_read(at, link, {id + 1, id + 1}, "once the data is read");
}

/* Reads of a UDP socket move what has arrived to a queue of the readers, those by MSG_PEEK and, to look at
 * checksums, poll(2) of a blocking socket, too (net/ipv4/udp.c:first_packet_length). On a non-blocking one
 * that nobody has read it is where it arrived. */
CASE(notification_behind_unread_data_is_reported, .requirements = {"ZC-RX-03", "ZC-RX-02", "ZC-RX-17"},
     .transports = transport::all, .without = netns::remote)
{
	Link &link = test.connect();

	reports_behind_unread_data(test, link, 0);
	os::check(::fcntl(link.sender(), F_SETFL, O_NONBLOCK), "fcntl(O_NONBLOCK)");
	reports_behind_unread_data(test, link, 2);
}

/* The thread does not ask for the data, which woke it before it slept on. */
CASE(notification_behind_unread_data_wakes_a_blocked_poll, .requirements = {"ZC-RX-20", "ZC-RX-17"},
     .transports = transport::all, .without = netns::remote)
{
	Link &link = test.connect();
	const Payload question(100);
	pollfd poll = {link.sender(), 0, 0};
	ThreadInCall poller(link.sender(), [&] { return ::poll(&poll, 1, -1); });

	blocks(test, poller, "poll() with an empty queue");
	data_arrives(test, link, question);
	blocks(test, poller, "poll() with data that it did not ask for");
	sends(test, link);
	link.deliver();
	returns(test, poller, "poll()", 1);
	returned_events(test, poll.revents, POLLERR);
	test.one_notification(link, {0, 0});
	receives(test, link.sender(), question);
}

REQUIREMENT("ZC-RX-72", promised,
	    "A thread blocked in poll() on a socket that was shut down for sending, or whose peer was, is "
	    "woken by its completion.",
	    .rests_on = "ZC-IN-01 ZC-RX-03", .code = "net/core/sock.c:sock_def_error_report");
void completion_wakes_a_blocked_poll_behind_shutdown(At at, bool of_the_peer)
{
	Link &link = at->connect();
	pollfd poll = {link.sender(), 0, 0};

	sends(at, link);
	os::check(::shutdown(of_the_peer ? link.receiver() : link.sender(), SHUT_WR), "shutdown()");
	if (of_the_peer)
		await_events(at, link.sender(), POLLRDHUP, "the end of the peer's stream");
	ThreadInCall poller(link.sender(), [&] { return ::poll(&poll, 1, -1); });
	blocks(at, poller, "poll() before the completion");
	link.release();
	if (at->has(netns::delivers))
		link.deliver();
	if (at->is(transport::tcp))
		link.acknowledge();
	returns(at, poller, "poll()", 1);
	returned_events(at, poll.revents, POLLERR);
	at->one_notification(link, {0, 0});
}

CASE(completion_wakes_a_blocked_poll_after_shutdown, .requirements = {"ZC-RX-72"},
     .transports = transport::all, .paths = netns::holds_many)
{
	completion_wakes_a_blocked_poll_behind_shutdown(test, false);
}

CASE(completion_wakes_a_blocked_poll_after_shutdown_of_the_peer, .requirements = {"ZC-RX-72"},
     .transports = transport::tcp, .paths = netns::holds_many, .without = netns::remote)
{
	completion_wakes_a_blocked_poll_behind_shutdown(test, true);
}

/* Data and notifications are events of their own, whichever is there already. */
CASE(edge_triggered_epoll_reports_notifications_beside_data, .requirements = {"ZC-RX-06", "ZC-RX-17"},
     .transports = transport::all, .paths = netns::simplest)
{
	Link &link = test.connect();
	const Payload question(100);
	Watch watch(link.sender(), EPOLLET | EPOLLIN);

	data_arrives(test, link, question);
	event_is(test, "event for data", watch.next(), EPOLLIN);
	sends(test, link);
	link.deliver();
	event_is(test, "event for the notification beside data", watch.next(), EPOLLIN | EPOLLERR);
	event_is(test, "event after that", watch.now(), 0);
	link.answer(question);
	event_is(test, "event for more data beside the notification", watch.next(), EPOLLIN | EPOLLERR);
	test.one_notification(link, {0, 0});
	receives(test, link.sender(), question);
	receives(test, link.sender(), question);
}

constexpr struct {
	int how;
	const char *name;
} shutdowns[] = {
	{SHUT_RD, "after shutdown(SHUT_RD)"},
	{SHUT_WR, "after shutdown(SHUT_WR)"},
	{SHUT_RDWR, "after shutdown(SHUT_RDWR)"},
};

REQUIREMENT("ZC-RX-21", promised,
	    "Notifications stay readable, and poll() reports them, after shutdown() of the socket in either "
	    "direction or both, and after that of its peer, be they queued before or after it.",
	    .rests_on = "ZC-IN-01 ZC-RX-03",
	    .code = "net/ipv4/tcp.c:tcp_poll, net/core/datagram.c:datagram_poll and "
		    "net/vmw_vsock/af_vsock.c:vsock_poll look at sk_error_queue whatever sk_shutdown says");
CASE(queued_notification_outlives_shutdown, .requirements = {"ZC-RX-21", "ZC-RX-03"},
     .transports = transport::all, .paths = netns::simplest)
{
	const Payload payload(1000);

	for (const auto &[how, name] : shutdowns) {
		Link &link = test.connect();

		queue_notification(test, link, payload);
		link.deliver();
		os::check(::shutdown(link.sender(), how), "shutdown()");
		reported_until_read(test, link, {0, 0}, name);
	}
}

CASE(pending_notification_comes_after_shutdown, .requirements = {"ZC-RX-21", "ZC-LF-06", "ZC-RX-03"},
     .paths = netns::holds_many)
{
	const Payload payload(1000);
	std::vector<Link *> links;

	for (const auto &[how, name] : shutdowns) {
		Link &link = *links.emplace_back(&test.connect());

		sends(test, link, payload);
		os::check(::shutdown(link.sender(), how), "shutdown()");
		test.queue_empty(link);
	}
	for (std::size_t i = 0; i < links.size(); i++) {
		links[i]->release();
		/* At the end of the stream reads acknowledge nothing any more. */
		if (test.is(transport::stream)) {
			links[i]->deliver();
			links[i]->acknowledge();
		}
		reported_until_read(test, *links[i], {0, 0}, shutdowns[i].name);
	}
}

/* The peer has sent data and then its FIN: the end of the stream is readable, too. */
CASE(peer_that_shuts_down_leaves_notifications_readable, .requirements = {"ZC-RX-21", "ZC-RX-17"},
     .transports = transport::connected, .without = netns::remote | netns::guest)
{
	Link &link = test.connect();
	const Payload farewell(100);

	queue_notification(test, link);
	data_arrives(test, link, farewell);
	os::check(::shutdown(link.receiver(), SHUT_WR), "shutdown(SHUT_WR) of the receiver");
	await_events(test, link.sender(), POLLRDHUP, "the end of the stream");
	reported_until_read(test, link, {0, 0}, "with the end of the stream behind data");
	sends(test, link);
	reported_until_read(test, link, {1, 1}, "of a send after the end of the stream");
	receives(test, link.sender(), farewell);
}

REQUIREMENT(
	"ZC-RX-52", observed,
	"Reading a notification leaves an error of the socket that is pending: the next call fails with it.",
	.code = "net/core/skbuff.c:sock_dequeue_err_skb clears sk_err where it takes an ICMP error");
/* Without IP_RECVERR the ICMP error is pending and not queued. */
CASE(reading_a_notification_leaves_an_icmp_error_pending, .requirements = {"ZC-RX-52"},
     .transports = transport::udp, .paths = netns::simplest)
{
	Link &link = test.connect();
	const Payload payload(1000);

	queue_notification(test, link, payload);
	link.deliver();
	os::connect(link.sender(), harness::closed_port(test).address);
	Watch watch(link.sender(), EPOLLET);
	event_is(test, "event for the notification", watch.next(), EPOLLERR);
	test.sent(send_raw(link.sender(), payload, 0), payload.size());
	event_is(test, "event for the ICMP error", watch.next(), EPOLLERR);
	test.one_notification(link, {0, 0});
	test.refused(send_raw(link.sender(), payload, 0), ECONNREFUSED);
	os::connect(link.sender(), link.destination());
	next_id_is(test, link, payload, 1);
}

CASE(reading_a_notification_leaves_a_reset_pending, .requirements = {"ZC-RX-52"},
     .transports = transport::tcp, .paths = netns::simplest)
{
	for (const bool many : {false, true}) {
		Link &link = test.connect();

		queue_notification(test, link);
		link.deliver();
		link.reset();
		await_events(test, link.sender(), POLLHUP, "the reset");
		if (many) /* net/socket.c:do_recvmmsg asks for errors where it reads data */
			link.enter(errqueue::receive_many(link.sender(), 2));
		else
			test.one_notification(link, {0, 0});
		test.queue_empty(link);
		harness::pending_error_is(test, link.sender(), ECONNRESET);
	}
}

REQUIREMENT("ZC-RX-53", promised,
	    "Notifications come also where unread data fills the receive buffer of the socket.",
	    .rests_on = "ZC-IN-01",
	    .code = "net/core/skbuff.c:__msg_zerocopy_callback asks for no room there, as "
		    "sock_queue_err_skb does");
CASE(full_receive_buffer_takes_notifications, .requirements = {"ZC-RX-53", "ZC-RX-17"},
     .paths = netns::simplest)
{
	Link &link = test.connect();
	const Payload question(8000);

	data_arrives(test, link, question);
	os::set_receive_buffer(link.sender(), 0); /* the least that there is */
	test.that("unread data",
		  os::socket_memory(link.sender(), SK_MEMINFO_RMEM_ALLOC) >=
			  os::socket_memory(link.sender(), SK_MEMINFO_RCVBUF),
		  "fills the receive buffer", "leaves room");
	for (const std::uint32_t id : {0, 1}) {
		queue_notification(test, link);
		test.one_notification(link, {id, id});
	}
	receives(test, link.sender(), question);
}

} // namespace
