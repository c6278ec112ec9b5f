// SPDX-License-Identifier: GPL-2.0
/* Connections that end or stall at every stage. The case plays the peer. */
#include <chrono>

#include "conformance/chapter.h"
#include "harness/fast_open.h"
#include "harness/freed_socket.h"
#include "harness/slow_device.h"
#include "tcp_peer/peer.h"

namespace
{

constexpr std::uint32_t length = 4000;
constexpr std::uint32_t ample_window = 1 << 20;

/* Read what the device still holds for a peer that is gone: it holds the pages, too. */
void discard_what_waits(Link &link)
{
	while (!link.peer().nothing_waits())
		;
}

void send_two(At at, Link &link, const Payload &payload)
{
	for (int i = 0; i < 2; i++)
		sends(at, link, payload);
}

/* A stage of a connection on which two flagged sends were made. */
struct Stage {
	const char *name;
	void (*reach)(At at, Link &link, const Payload &payload);
	/* What a reset then means to the kernel: net/ipv4/tcp_input.c:tcp_reset. */
	int error = ECONNRESET;
	/* The peer's window in bytes. */
	std::uint32_t window = ample_window;
};

constexpr std::array stages = {
	Stage{"sent, and not read", send_two},
	Stage{"read, and not acknowledged",
	      [](At at, Link &link, const Payload &payload) {
		      send_two(at, link, payload);
		      link.peer().receive(2 * length);
	      }},
	Stage{"acknowledged, but for a part of the second",
	      [](At at, Link &link, const Payload &payload) {
		      send_two(at, link, payload);
		      link.peer().receive(2 * length);
		      link.peer().acknowledge(length + length / 2);
	      }},
	Stage{"beyond the window, but for a part of the first", send_two, ECONNRESET, 1000},
	Stage{"sent, and then shut down",
	      [](At at, Link &link, const Payload &payload) {
		      send_two(at, link, payload);
		      os::check(::shutdown(link.sender(), SHUT_WR), "shutdown()");
	      }},
	Stage{"sent after the peer's FIN",
	      [](At at, Link &link, const Payload &payload) {
		      link.peer().close();
		      send_two(at, link, payload);
	      },
	      EPIPE},
};

/* A connection at that stage. */
Link &connect(At at, const Stage &stage, const Payload &payload)
{
	Link &link = at->connect({.offer = {.window = stage.window}});

	stage.reach(at, link, payload);
	return link;
}

/* Every id was reported, and none as copied where the device shares. */
void all_reported(At at, Link &link, const std::string &what)
{
	at->that("ids of data " + what, link.ledger().settled(), "each reported once",
		 link.ledger().describe());
	if (at->has(netns::shares))
		none_copied(at, link, "ee_code of data " + what);
	else
		for (const Message &message : link.history())
			for (const Notification &notification : message.notifications)
				at->well_formed(notification);
}

/* Both queues are purged: of data not transmitted yet, and of data not acknowledged. */
CASE(reset_completes_at_every_stage, .requirements = {"ZC-LF-01"}, .transports = transport::tcp,
     .paths = netns::scripted)
{
	const Payload payload(length);

	for (const Stage &stage : stages) {
		Link &link = connect(test, stage, payload);

		link.peer().reset();
		discard_what_waits(link);
		link.connection_reset();
		link.await_completions();
		all_reported(test, link, stage.name);
		test.socket_error(os::pending_error(link.sender()), stage.error,
				  std::string(", the data being ") + stage.name);
	}
}

/* A disconnection purges the queues itself. On a path that copies, the device holds none of
 * the pages. */
CASE(disconnection_completes_at_every_stage, .requirements = {"ZC-LF-02"}, .transports = transport::tcp,
     .paths = netns::scripted | netns::copies)
{
	const Payload payload(length);

	for (const Stage &stage : stages) {
		Link &link = connect(test, stage, payload);

		os::disconnect(link.sender());
		link.connection_reset();
		link.read_notifications();
		all_reported(test, link, stage.name);
	}
}

/* The earliest stage: the connection is in SYN_SENT, and its SYN carries the data. */
CASE(data_in_an_unanswered_syn_completes_when_it_ends, .requirements = {"ZC-LF-07", "ZC-LF-01", "ZC-LF-02"},
     .transports = transport::tcp, .paths = netns::scripted | netns::copies)
{
	const Payload payload(500);

	allow_fast_open(test, by_clients | by_clients_without_cookie);
	for (const bool refused : {true, false}) {
		Link &link = test.connect({.connected = false});

		test.sent(fast_open(link, payload, MSG_DONTWAIT), payload.size());
		test.equal("bytes in the SYN", link.peer().await_syn_data().size(), payload.size());
		test.queue_empty(link);
		if (refused)
			link.peer().refuse();
		else
			os::disconnect(link.sender());
		link.connection_reset();
		link.read_notifications();
		all_reported(test, link, refused ? "in a SYN that is refused" : "in a SYN that is given up");
		pending_error_is(test, link.sender(), refused ? ECONNREFUSED : ECONNRESET);
	}
}

/* How a closed socket comes to its end. */
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
			    link.peer().take_next();
			    link.peer().acknowledge();
		    }
		    /* Without the peer's FIN the socket would wait in FIN_WAIT2. */
		    link.peer().close();
	    }},
	End{"resets the connection itself", {1, 0}, [](Link &) {}},
};

/* The last notification structure is the last hold on the socket. */
CASE(closed_socket_is_freed_at_every_stage, .requirements = {"ZC-LF-03"}, .transports = transport::tcp,
     .paths = netns::scripted | netns::shares, .needs = needs_freed_sockets)
{
	const Payload payload(length);

	for (const Stage &stage : stages)
		for (const End &end : ends) {
			Link &link = connect(test, stage, payload);
			const FreedSocket socket(test, link);

			set_option(link.sender(), SOL_SOCKET, SO_LINGER, end.close, "setsockopt(SO_LINGER)");
			link.take_sender().close();
			end.bring(link);
			/* A waiting packet holds its socket too, and one may come even now. */
			const bool gone = os::wait_until([&] {
				discard_what_waits(link);
				return socket.await(os::Deadline(std::chrono::milliseconds(0)));
			});
			link.connection_reset();
			test.that(std::string("closed socket with data ") + stage.name + " that " + end.name,
				  gone, "freed", "still there");
		}
}

REQUIREMENT("ZC-LF-10", observed,
	    "TCP_USER_TIMEOUT, where the peer never acknowledges, completes all pending ids.",
	    .code = "net/ipv4/tcp_timer.c:tcp_write_timeout, tcp_write_err",
	    .kernels = "that the id is reported at all is promised: ZC-CP-01, ZC-CT-18");
/* The peer never answers. One socket waits for it, the other was closed. */
CASE(user_timeout_completes_what_is_never_acknowledged, .requirements = {"ZC-LF-10", "ZC-LF-03"},
     .transports = transport::tcp, .paths = netns::scripted | netns::copies, .needs = needs_freed_sockets)
{
	retransmit_soon(test);
	Link &link = test.connect();
	Link &closed = test.connect();
	const FreedSocket freed(test, closed);
	const Payload payload(length);

	for (Link *each : {&link, &closed}) {
		send_two(test, *each, payload);
		test.queue_empty(*each);
		set_option(each->sender(), IPPROTO_TCP, TCP_USER_TIMEOUT, 20, "setsockopt(TCP_USER_TIMEOUT)");
	}
	closed.take_sender().close();
	test.completions_settle(link);
	pending_error_is(test, link.sender(), ETIMEDOUT);
	freed.is_freed(test, "closed socket");
	link.connection_reset();
	closed.connection_reset();
}

REQUIREMENT("ZC-LF-11", observed,
	    "Flagged data beyond the peer's window is shared and pending until the window opens; then its id "
	    "is reported once.",
	    .code = "net/ipv4/tcp_output.c:tcp_write_xmit, tcp_snd_wnd_test");
/* A store into the data beyond the window reaches the peer when the window opens. */
CASE(data_beyond_the_window_is_shared_until_it_opens, .requirements = {"ZC-LF-11"},
     .transports = transport::tcp, .paths = netns::scripted)
{
	constexpr std::uint32_t small_window = 1000;
	Link &link = test.connect({.offer = {.window = small_window}});
	Payload payload(length);

	sends(test, link, payload);
	link.peer().receive(small_window);
	link.peer().set_window(0);
	link.peer().acknowledge();
	test.that("data while the window is closed", link.peer().nothing_waits(), "none", "some");
	test.queue_empty(link);
	payload.overwrite();
	link.transcript().store_over_last(payload.from(small_window, length - small_window));
	link.peer().set_window(ample_window);
	link.release();
	test.one_notification(link, {0, 0});
}

REQUIREMENT("ZC-LF-12", observed,
	    "Where the peer's window shrinks to nothing below flagged data under way, that is shared and "
	    "pending until it was sent again and acknowledged; then its id is reported once.",
	    .code = "net/ipv4/tcp_timer.c:tcp_retransmit_timer probes the window with it; RFC 9293, 3.8.6: "
		    "shrinking the window");
/* The kernel probes the window with the first of that data, and the probe carries the
 * buffer's bytes of that time. */
CASE(window_that_shrinks_below_sent_data_completes_it_once, .requirements = {"ZC-LF-12"},
     .transports = transport::tcp, .paths = netns::scripted | netns::copies)
{
	retransmit_soon(test);
	Link &link = test.connect();
	Payload payload(length);

	sends(test, link, payload);
	store_seen(link, payload);
	discard_what_waits(link); /* all that was transmitted before the store */
	link.peer().set_window(0);
	link.peer().acknowledge();
	link.peer().lose_next(); /* lost as well */
	test.queue_empty(link);
	link.peer().set_window(ample_window);
	link.release();
	test.one_notification(link, {0, 0});
}

} // namespace
