// SPDX-License-Identifier: GPL-2.0
/* msg_zerocopy.rst, Notification Batching: "on retransmission and socket teardown".
 * Connections that end or stall at every stage, by a peer that the case plays. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <fstream>
#include <string>

#include "errqueue/receive.h"
#include "harness/case.h"
#include "harness/test.h"
#include "netns/ip_command.h"
#include "os/check.h"
#include "os/deadline.h"
#include "os/fd.h"
#include "os/option.h"
#include "tcp_peer/peer.h"
#include "tcp_peer/segment.h"
#include "transport/freed_sockets.h"

namespace
{

using errqueue::Message;
using errqueue::Notification;
using harness::Test;
using transport::FreedSockets;
using transport::Link;
using transport::Payload;
using transport::Sent;

constexpr std::uint32_t length = 4000;
constexpr std::uint32_t ample_window = 1 << 20;

/* What the device holds for a peer that is gone: it holds the pages, too. */
void discard_what_waits(Link &link)
{
	while (!link.peer().nothing_waits())
		;
}

/* SO_ERROR, which reading clears. */
int pending_error(int socket)
{
	int error = 0;
	socklen_t size = sizeof(error);

	os::check(::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size), "getsockopt(SO_ERROR)");
	return error;
}

void disconnect(int socket)
{
	const sockaddr nobody = {.sa_family = AF_UNSPEC, .sa_data = {}};

	os::check(::connect(socket, &nobody, sizeof(nobody)), "connect(AF_UNSPEC)");
}

void send_two(Test &test, Link &link, const Payload &payload)
{
	for (int i = 0; i < 2; i++)
		test.sent(link.send_zerocopy(payload), payload.size());
}

/* A stage of a connection on which two flagged sends were made. */
struct Stage {
	const char *name;
	void (*reach)(Test &test, Link &link, const Payload &payload);
	/* What a reset is to the kernel then: net/ipv4/tcp_input.c:tcp_reset. */
	int error = ECONNRESET;
	/* What the peer offers, in bytes. */
	std::uint32_t window = ample_window;
};

constexpr std::array stages = {
	Stage{"sent, and not read", send_two},
	Stage{"read, and not acknowledged",
	      [](Test &test, Link &link, const Payload &payload) {
		      send_two(test, link, payload);
		      link.peer().receive(2 * length);
	      }},
	Stage{"acknowledged, but for a part of the second",
	      [](Test &test, Link &link, const Payload &payload) {
		      send_two(test, link, payload);
		      link.peer().receive(2 * length);
		      link.peer().acknowledge(length + length / 2);
	      }},
	Stage{"beyond the window, but for a part of the first", send_two, ECONNRESET, 1000},
	Stage{"sent, and then shut down",
	      [](Test &test, Link &link, const Payload &payload) {
		      send_two(test, link, payload);
		      os::check(::shutdown(link.sender(), SHUT_WR), "shutdown()");
	      }},
	Stage{"sent after the peer's FIN",
	      [](Test &test, Link &link, const Payload &payload) {
		      link.peer().close();
		      send_two(test, link, payload);
	      },
	      EPIPE},
};

Link &at(Test &test, const Stage &stage, const Payload &payload)
{
	Link &link = test.connect({.offer = {.window = stage.window}});

	stage.reach(test, link, payload);
	return link;
}

/* Every id was reported, and nothing as copied where the device shares. */
void all_reported(Test &test, Link &link, const std::string &what)
{
	test.that("ids of data " + what, link.ledger().settled(), "each reported once",
		  link.ledger().describe());
	for (const Message &message : link.history())
		for (const Notification &notification : message.notifications) {
			test.well_formed(notification);
			test.that("ee_code of data " + what,
				  !test.has(netns::shares) || !notification.copied(),
				  "0: this path does not copy", errqueue::describe(notification));
		}
}

/* ZC-LF-01. net/ipv4/tcp.c:tcp_write_queue_purge, tcp_rtx_queue_purge: of what was
 * not transmitted, and of what was not acknowledged. */
CASE(reset_completes_at_every_stage, .requirements = {"ZC-LF-01"}, .transports = transport::tcp,
     .paths = netns::scripted)
{
	const Payload payload(length);

	for (const Stage &stage : stages) {
		Link &link = at(test, stage, payload);

		link.peer().reset();
		discard_what_waits(link);
		link.connection_reset();
		link.await_completions();
		all_reported(test, link, stage.name);
		test.equal(std::string("SO_ERROR, the data being ") + stage.name,
			   pending_error(link.sender()), stage.error);
	}
}

/* ZC-LF-02. As above, by tcp_disconnect, which does it itself. What a device holds
 * it lets go when it is read. */
CASE(disconnection_completes_at_every_stage, .requirements = {"ZC-LF-02"}, .transports = transport::tcp,
     .paths = netns::scripted | netns::copies)
{
	const Payload payload(length);

	for (const Stage &stage : stages) {
		Link &link = at(test, stage, payload);

		disconnect(link.sender());
		link.connection_reset();
		link.read_notifications();
		all_reported(test, link, stage.name);
	}
}

/* SYNs of this namespace carry data, and no cookie is asked for: Documentation/
 * networking/ip-sysctl.rst. */
void let_syns_carry_data(Test &test)
{
	constexpr int by_clients = 0x1;
	constexpr int by_clients_without_cookie = 0x4;

	test.network();
	std::ofstream file("/proc/sys/net/ipv4/tcp_fastopen");
	if (!(file << (by_clients | by_clients_without_cookie) << std::flush))
		test.skip("TCP Fast Open: a net.ipv4.tcp_fastopen that can be written");
}

/* ZC-LF-07, ZC-LF-01, ZC-LF-02. The earliest stage: net/ipv4/tcp_output.c:
 * tcp_send_syn_data, in SYN_SENT. */
CASE(data_in_an_unanswered_syn_completes_when_it_ends, .requirements = {"ZC-LF-07", "ZC-LF-01", "ZC-LF-02"},
     .transports = transport::tcp, .paths = netns::scripted | netns::copies)
{
	const Payload payload(500);

	let_syns_carry_data(test);
	for (const bool refused : {true, false}) {
		Link &link = test.connect({.connected = false});
		Sent sent;

		sent.returned = ::sendto(link.sender(), payload.bytes().data(), payload.size(),
					 MSG_FASTOPEN | MSG_ZEROCOPY | MSG_DONTWAIT, link.destination().get(),
					 link.destination().length);
		sent.error = sent.ok() ? 0 : errno;
		link.account(sent, payload, MSG_ZEROCOPY);
		test.sent(sent, payload.size());
		test.equal("bytes in the SYN", link.peer().await_syn().payload.size(), payload.size());
		test.queue_empty(link);
		if (refused)
			link.peer().refuse();
		else
			disconnect(link.sender());
		link.connection_reset();
		link.read_notifications();
		all_reported(test, link, refused ? "in a SYN that is refused" : "in a SYN that is given up");
		test.equal("SO_ERROR", pending_error(link.sender()), refused ? ECONNREFUSED : ECONNRESET);
	}
}

/* How a socket comes to its end that was closed. */
struct End {
	const char *name;
	linger close;
	void (*bring)(Link &link);
};

constexpr std::array ends = {
	End{"is reset by the peer", {}, [](Link &link) { link.peer().reset(); }},
	End{"sends the rest, which is acknowledged",
	    {},
	    [](Link &link) {
		    link.peer().set_window(ample_window);
		    link.peer().acknowledge();
		    while (!link.peer().finished()) {
			    link.peer().take(link.peer().next_data());
			    link.peer().acknowledge();
		    }
		    /* Or the socket would wait for it in FIN_WAIT2. */
		    link.peer().close();
	    }},
	End{"resets the connection itself", {1, 0}, [](Link &) {}},
};

/* ZC-LF-03. net/core/skbuff.c:__msg_zerocopy_callback, SOCK_DEAD: with the last
 * structure goes the last hold on the socket. */
CASE(closed_socket_is_freed_at_every_stage, .requirements = {"ZC-LF-03"}, .transports = transport::tcp,
     .paths = netns::scripted | netns::shares, .needs = harness::needs_freed_sockets)
{
	const Payload payload(length);

	test.network();
	const FreedSockets freed(test.transport());
	for (const Stage &stage : stages)
		for (const End &end : ends) {
			Link &link = at(test, stage, payload);
			const std::uint64_t cookie = FreedSockets::cookie(link.sender());

			os::check(::setsockopt(link.sender(), SOL_SOCKET, SO_LINGER, &end.close,
					       sizeof(end.close)),
				  "setsockopt(SO_LINGER)");
			link.take_sender().close();
			end.bring(link);
			/* A packet that waits holds its socket, too; one may come even now. */
			const bool gone = os::wait_until([&] {
				discard_what_waits(link);
				return freed.await(cookie, os::Deadline(std::chrono::milliseconds(0)));
			});
			link.connection_reset();
			test.that(std::string("closed socket with data ") + stage.name + " that " + end.name,
				  gone, "freed", "still there");
		}
}

/* Retransmissions come after milliseconds: with the least RTO of a connection,
 * net/ipv4/tcp_input.c:tcp_rto_min. Before a payload is made: this forks. */
void retransmit_soon(Test &test)
{
	const char *const peer = test.network().addresses(test.transport().address_family).receiver;

	netns::ip_batch(std::string("route add ") + peer + " dev " + test.network().device() +
			" rto_min 5ms\n");
}

REQUIREMENT("ZC-LF-10", observed,
	    "TCP_USER_TIMEOUT, where the peer never acknowledges, completes all pending ids.",
	    .code = "net/ipv4/tcp_timer.c:tcp_write_timeout, tcp_write_err");
/* ZC-LF-10. net/ipv4/tcp_timer.c:tcp_write_timeout, tcp_write_err: a peer that
 * never answers, and a socket that waits for it or was closed. */
CASE(user_timeout_completes_what_is_never_acknowledged, .requirements = {"ZC-LF-10", "ZC-LF-03"},
     .transports = transport::tcp, .paths = netns::scripted | netns::copies,
     .needs = harness::needs_freed_sockets)
{
	retransmit_soon(test);
	Link &link = test.connect();
	Link &closed = test.connect();
	const FreedSockets freed(test.transport());
	const std::uint64_t cookie = FreedSockets::cookie(closed.sender());
	const Payload payload(length);

	for (Link *each : {&link, &closed}) {
		send_two(test, *each, payload);
		test.queue_empty(*each);
		os::set_option(each->sender(), IPPROTO_TCP, TCP_USER_TIMEOUT, 20);
	}
	closed.take_sender().close();
	test.completions_settle(link);
	test.equal("SO_ERROR", pending_error(link.sender()), ETIMEDOUT);
	test.that("closed socket", freed.await(cookie), "freed", "still there");
	link.connection_reset();
	closed.connection_reset();
}

REQUIREMENT("ZC-LF-11", observed,
	    "Flagged data beyond the peer's window is shared and pending until the window opens; then "
	    "its id is reported once.",
	    .code = "net/ipv4/tcp_output.c:tcp_write_xmit, tcp_snd_wnd_test");
/* ZC-LF-11. net/ipv4/tcp_output.c:tcp_write_xmit keeps, shared, what is beyond the
 * window: what is stored there reaches the peer when it opens. */
CASE(data_beyond_the_window_is_shared_until_it_opens, .requirements = {"ZC-LF-11"},
     .transports = transport::tcp, .paths = netns::scripted)
{
	constexpr std::uint32_t small_window = 1000;
	Link &link = test.connect({.offer = {.window = small_window}});
	Payload payload(length);

	test.sent(link.send_zerocopy(payload), payload.size());
	link.peer().receive(small_window);
	link.peer().set_window(0);
	link.peer().acknowledge();
	test.that("data while the window is closed", link.peer().nothing_waits(), "none", "some");
	test.queue_empty(link);
	payload.overwrite();
	link.transcript().replace_last(payload.from(small_window, length - small_window));
	link.peer().set_window(ample_window);
	link.release();
	test.one_notification(link, {0, 0});
}

REQUIREMENT("ZC-LF-12", observed,
	    "Where the peer's window shrinks to nothing below flagged data under way, that is shared and "
	    "pending until it was sent again and acknowledged; then its id is reported once.",
	    .code = "net/ipv4/tcp_timer.c:tcp_retransmit_timer probes the window with it; RFC 9293, 3.8.6: "
		    "shrinking the window");
/* ZC-LF-12. RFC 9293, 3.8.6: a window that shrinks to nothing below data under way.
 * net/ipv4/tcp_timer.c:tcp_retransmit_timer probes it with the first of that data,
 * and what goes then is what is in the buffer then. */
CASE(window_that_shrinks_below_sent_data_completes_it_once, .requirements = {"ZC-LF-12"},
     .transports = transport::tcp, .paths = netns::scripted | netns::copies)
{
	retransmit_soon(test);
	Link &link = test.connect();
	Payload payload(length);

	test.sent(link.send_zerocopy(payload), payload.size());
	payload.overwrite();
	link.transcript().replace_last(payload);
	discard_what_waits(link); /* all that went before */
	link.peer().set_window(0);
	link.peer().acknowledge();
	link.peer().next_data(); /* lost as well */
	test.queue_empty(link);
	link.peer().set_window(ample_window);
	link.release();
	test.one_notification(link, {0, 0});
}

} // namespace
