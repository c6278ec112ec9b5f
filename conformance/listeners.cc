// SPDX-License-Identifier: GPL-2.0
/* A TCP socket that was connected, and then listens, with a notification unread. */
#include "conformance/chapter.h"

namespace
{

/* The notification is queued when the socket ends its connection, and listens on a port of its own. */
void comes_to_listen(At at, Link &link)
{
	queue_notification(at, link);
	link.deliver();
	os::disconnect(link.sender());
	link.connection_reset();
	os::check(::listen(link.sender(), 1), "listen()");
}

REQUIREMENT("ZC-RX-80", observed,
	    "A TCP socket that has come to listen still gives the notifications of its connection to who "
	    "reads them.",
	    .code = "net/ipv4/tcp.c:tcp_recvmsg looks at MSG_ERRQUEUE first");
CASE(listener_gives_the_notifications_of_its_connection, .requirements = {"ZC-RX-80", "ZC-CT-13"},
     .transports = transport::tcp, .paths = netns::simplest)
{
	Link &link = test.connect();

	comes_to_listen(test, link);
	link.read_notifications();
	test.that("ids reported", link.ledger().settled(), "each id sent, once", link.ledger().describe());
	test.queue_empty(link);
}

REQUIREMENT("ZC-RX-81", promised,
	    "poll() reports POLLERR for a notification that is queued on a TCP socket that has come to "
	    "listen.",
	    .rests_on = "ZC-RX-02 ZC-RX-03", .code = "net/ipv4/tcp.c:tcp_poll");
DEVIATION("listener-polls-no-notification", "ZC-RX-81", "4.14 on",
	  "poll() of a TCP socket that listens reports connections alone: a notification of the connection "
	  "that the socket had before can be read, and poll() reports nothing.",
	  "net/ipv4/tcp.c:tcp_poll returns inet_csk_listen_poll(sk) for TCP_LISTEN before it looks at "
	  "sk_error_queue, read in 7.3.4, and seen in 6.1.192, 6.12.118, 6.18.44 and 7.3.4. Not fixed in "
	  "7.3.4. The start is that of the feature and is inferred.");
CASE(listener_polls_for_the_notifications_of_its_connection, .requirements = {"ZC-RX-81", "ZC-RX-80"},
     .transports = transport::tcp, .paths = netns::simplest, .deviation = "listener-polls-no-notification")
{
	Link &link = test.connect();

	comes_to_listen(test, link);
	const short seen = errqueue::poll_now(link.sender());
	link.read_notifications();
	test.charging("ZC-RX-80")
		->that("ids reported", link.ledger().settled(), "each id sent, once",
		       link.ledger().describe());
	if (!seen)
		test.deviates("poll() reports nothing, and the notification is read");
	returned_events(test, seen, POLLERR);
}

} // namespace
