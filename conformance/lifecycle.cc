// SPDX-License-Identifier: GPL-2.0
/* The end of a socket with flagged data pending: reset, disconnected, closed or shut down. */
#include <unistd.h>

#include "conformance/chapter.h"
#include "harness/fast_open.h"
#include "harness/freed_socket.h"

namespace
{

constexpr const char *never_transmitted = "ee_code of data that was never transmitted";

void reset(At, Link &link)
{
	link.reset();
}

/* The peer gets everything and acknowledges it at once, rather than with data of its own
 * that might follow. */
void reach_the_peer(Link &link)
{
	link.release();
	link.deliver();
	link.acknowledge();
}

/* The data of a closed socket leaves, and nothing of it stays at the sender. */
void let_go(At at, Link &link)
{
	if (at->is(transport::stream))
		reach_the_peer(link);
	else
		link.release();
}

/* Three flagged sends that stay at the sender. Plain data keeps the second from joining the
 * first, so that the first has a notification structure of its own. */
void leave_three_pending(At at, Link &link, const Payload &payload)
{
	sends(at, link, payload);
	plainly_sends(at, link, payload.first(1), MSG_EOR);
	for (int i = 0; i < 2; i++)
		sends(at, link, payload);
	at->queue_empty(link);
}

REQUIREMENT(
	"ZC-LF-01", promised,
	"A reset by the peer completes all pending ids, those of data never transmitted without "
	"SO_EE_CODE_ZEROCOPY_COPIED.",
	.rests_on = "ZC-IN-01",
	.code = "net/ipv4/tcp_input.c:tcp_reset, net/ipv4/tcp.c:tcp_write_queue_purge",
	.kernels = "that the completions are without SO_EE_CODE_ZEROCOPY_COPIED is observed, not promised");
CASE(reset_by_the_peer_completes_what_is_pending, .requirements = {"ZC-LF-01"}, .transports = transport::tcp,
     .paths = netns::holds_many)
{
	Link &link = test.connect();

	leave_three_pending(test, link, Payload(100));
	link.reset();
	test.completions_settle(link);
	none_copied(test, link, never_transmitted);
	pending_error_is(test, link.sender(), ECONNRESET);
}

REQUIREMENT("ZC-LF-02", observed, "connect(AF_UNSPEC) completes the pending ids before it returns.",
	    .code = "net/ipv4/tcp.c:tcp_disconnect, tcp_write_queue_purge");
CASE(disconnection_completes_what_is_pending, .requirements = {"ZC-LF-02"}, .transports = transport::tcp,
     .paths = netns::holds_many)
{
	Link &link = test.connect();

	leave_three_pending(test, link, Payload(100));
	os::disconnect(link.sender());
	link.connection_reset();
	link.read_notifications();
	test.that("ids reported when connect(AF_UNSPEC) has returned", link.ledger().settled(),
		  "each id sent, once", link.ledger().describe());
	none_copied(test, link, never_transmitted);
}

/* `ss --kill` of the sender, by another process for instance. */
void destroy(At at, const Link &link)
{
	const int error = transport::destroy(link.sender(), at->transport());

	if (error == EOPNOTSUPP)
		at->skip("destruction of sockets (CONFIG_INET_DIAG_DESTROY)");
	error_is(at, "SOCK_DESTROY", error, 0);
}

REQUIREMENT("ZC-LF-50", promised,
	    "Where a TCP socket is destroyed by SOCK_DESTROY (ss --kill), every pending id is reported once.",
	    .rests_on = "ZC-IN-01", .code = "net/ipv4/tcp.c:tcp_abort, tcp_done_with_error",
	    .kernels = "in which order, that the error is ECONNABORTED and the completions of data never "
		       "transmitted are without SO_EE_CODE_ZEROCOPY_COPIED is observed, not promised");
CASE(destroyed_stream_completes_what_is_pending, .requirements = {"ZC-LF-50", "ZC-LF-03"},
     .transports = transport::tcp, .paths = netns::holds_many, .needs = needs_freed_sockets)
{
	Link &link = test.connect();
	const Payload payload(100);

	leave_three_pending(test, link, payload);
	destroy(test, link);
	link.connection_reset();
	test.completions_settle(link);
	none_copied(test, link, never_transmitted);
	pending_error_is(test, link.sender(), ECONNABORTED);
	test.refused(link.send_zerocopy(payload), EPIPE);
	const FreedSocket freed(test, link);
	link.take_sender().close();
	freed.is_freed(test, "destroyed socket that was closed");
}

REQUIREMENT("ZC-LF-51", promised,
	    "Where a UDP socket is destroyed by SOCK_DESTROY (ss --kill), datagrams under way are completed "
	    "as ever, and the counter goes on.",
	    .rests_on = "ZC-IN-01 ZC-CT-14", .code = "net/ipv4/udp.c:udp_abort, __udp_disconnect");
CASE(destroyed_datagram_socket_completes_what_is_pending, .requirements = {"ZC-LF-51", "ZC-CT-06"},
     .transports = transport::udp, .paths = netns::holds, .needs = needs_freed_sockets)
{
	Link &link = test.connect();
	const Payload payload(100);

	for (int i = 0; i < 2; i++)
		sends(test, link, payload);
	destroy(test, link);
	test.queue_empty(link);
	pending_error_is(test, link.sender(), ECONNABORTED);
	test.refused(link.send_zerocopy(payload), EDESTADDRREQ);
	os::connect(link.sender(), link.destination());
	sends(test, link, payload);
	link.release();
	test.completions_settle(link);
	none_copied(test, link);
}

/* A user of the case's own, who may lock the pages of one flagged send and no more. */
class Budget {
public:
	Budget(const Test &test, const Payload &payload) : limit_(charge_of(test, payload.size())) {}

private:
	ScopedUser user_;
	Pages limit_;
};

/* A socket is closed with pending data that takes all its user may lock. Another socket of
 * the user can send nothing until `end` ends that data. */
void pages_come_back(At at, void (*end)(At, Link &))
{
	Link &link = at->connect();
	Link &other = at->connect();
	const Payload payload(link.usual_length());

	{
		const Budget budget(*at, payload);

		sends(at, link, payload);
		link.take_sender().close();
		at->refused(other.send_zerocopy(payload), ENOBUFS);
	}
	end(at, link);
	{
		const Budget budget(*at, payload);
		Sent sent;

		os::wait_until([&] { return (sent = other.send_zerocopy(payload)).error != ENOBUFS; });
		at->sent(sent, payload.size());
	}
}

REQUIREMENT("ZC-LF-03", observed,
	    "A socket gives locked pages and the memory of its send queue back once the data is acknowledged "
	    "or dropped; one that is closed gives optmem back, too, and no notification of it can be read.",
	    .code = "net/core/skbuff.c:__msg_zerocopy_callback, SOCK_DEAD");
/* The pages come back although nobody is left to be notified. */
CASE(closed_socket_gives_its_pages_back_with_its_data, .requirements = {"ZC-LF-03"},
     .paths = netns::holds_many, .needs = needs_memlock | needs_root)
{
	pages_come_back(test, let_go);
}

CASE(closed_socket_gives_its_pages_back_when_reset, .requirements = {"ZC-LF-03"},
     .transports = transport::tcp, .paths = netns::holds_many, .needs = needs_memlock | needs_root)
{
	pages_come_back(test, reset);
}

/* The notification structure holds the socket, which is freed with the last one. */
void socket_is_freed(At at, Link &link, void (*end)(At, Link &))
{
	const FreedSocket freed(*at, link);

	link.take_sender().close();
	end(at, link);
	freed.is_freed(at);
}

CASE(closed_socket_is_freed_with_its_data, .requirements = {"ZC-LF-03"}, .paths = netns::holds_many,
     .needs = needs_freed_sockets)
{
	Link &link = test.connect();

	sends(test, link);
	socket_is_freed(test, link, let_go);
}

CASE(closed_socket_is_freed_when_reset, .requirements = {"ZC-LF-03"}, .transports = transport::tcp,
     .paths = netns::holds_many, .needs = needs_freed_sockets)
{
	Link &link = test.connect();

	sends(test, link);
	socket_is_freed(test, link, reset);
}

/* The socket takes its queued notifications with it (net/ipv4/af_inet.c:
 * inet_sock_destruct). */
CASE(closed_socket_is_freed_with_unread_notifications, .requirements = {"ZC-LF-03"},
     .needs = needs_freed_sockets)
{
	Link &link = test.connect();

	queue_notification(test, link);
	socket_is_freed(test, link, let_go);
}

/* Nobody will send it: net/ipv4/udp.c:udp_destroy_sock, net/ipv6/udp.c:udpv6_destroy_sock flush it, the
 * latter by udp_flush_pending_frames() where it goes to a mapped address. */
CASE(socket_closed_with_a_datagram_in_the_making_is_freed, .requirements = {"ZC-LF-03"},
     .transports = transport::udp, .paths = netns::simplest, .needs = needs_freed_sockets)
{
	const Payload payload(1000);

	for (const int size : {0, 100}) { /* of segments, whose first part is not copied */
		Link &link = test.connect();

		segment(link, size);
		for (int i = 0; i < 2; i++)
			sends(test, link, payload, MSG_MORE);
		test.queue_empty(link);
		link.transcript().drop_unfinished();
		socket_is_freed(test, link, let_go);
	}
}

REQUIREMENT("ZC-LF-04", observed,
	    "A closed TCP socket with data left still transmits the shared pages: stores after close() reach "
	    "the peer until the data is acknowledged.",
	    .code = "net/ipv4/tcp.c:__tcp_close leaves the write queue");
/* The buffer is in use until then, and nobody can be told when that ends. */
CASE(stores_after_close_reach_the_peer, .requirements = {"ZC-LF-04"}, .transports = transport::tcp,
     .paths = netns::holds_many)
{
	Link &link = test.connect();
	Payload payload(link.usual_length());

	sends(test, link, payload);
	link.take_sender().close();
	store_seen(link, payload);
	link.release();
}

REQUIREMENT("ZC-LF-05", observed, "close() with SO_LINGER waits for flagged data as it does for plain data.",
	    .code = "net/ipv4/tcp.c:__tcp_close, sk_stream_wait_close");
/* close() returns when the peer has acknowledged the FIN behind the data. */
CASE(lingering_close_waits_for_flagged_data, .requirements = {"ZC-LF-05"}, .transports = transport::tcp,
     .paths = netns::holds_many)
{
	const linger long_enough = {1, static_cast<int>(2 * os::event_timeout().count() / 1000 + 1)};

	for (const int flags : {0, int{MSG_ZEROCOPY}}) {
		const std::string call =
			std::string("close() with ") + (flags ? "flagged" : "plain") + " data";
		Link &link = test.connect();
		const Payload payload(link.usual_length());

		set_option(link.sender(), SOL_SOCKET, SO_LINGER, long_enough, "setsockopt(SO_LINGER)");
		test.sent(link.send(payload, flags), payload.size());
		os::Fd sender = link.take_sender();
		/* SO_LINGER bounds the call. */
		ThreadInCall closing(-1, [&sender]() -> ssize_t {
			sender.close();
			return 0;
		});
		blocks(test, closing, call + " pending");
		reach_the_peer(link);
		returns(test, closing, call + " that the peer has");
	}
}

REQUIREMENT("ZC-LF-06", observed,
	    "shutdown(SHUT_RD) has no influence on completions, and shutdown(SHUT_WR) keeps them.",
	    .code = "net/ipv4/tcp.c:tcp_shutdown leaves the write queue alone",
	    .kernels = "that completions still come is promised: ZC-IN-01");
CASE(shutdown_keeps_completions, .requirements = {"ZC-LF-06"}, .transports = transport::tcp,
     .paths = netns::holds_many)
{
	Link &link = test.connect();

	sends(test, link);
	os::check(::shutdown(link.sender(), SHUT_RD), "shutdown(SHUT_RD)");
	test.queue_empty(link);
	sends(test, link);
	os::check(::shutdown(link.sender(), SHUT_WR), "shutdown(SHUT_WR)");
	test.queue_empty(link);
	reach_the_peer(link);
	test.one_notification(link, {0, 1});
}

constexpr unsigned with_cookies = by_clients | by_servers | by_every_listener;
constexpr unsigned without_cookies = with_cookies | by_clients_without_cookie | by_servers_without_cookie;

/* The peer acknowledged data with the SYN: the handshake was not the usual one. */
void syn_carried_data(At at, const Link &link)
{
	const unsigned options = transport::negotiated_options(link.sender());

	at->that("tcpi_options", options & TCPI_OPT_SYN_DATA, "TCPI_OPT_SYN_DATA", std::to_string(options));
}

REQUIREMENT("ZC-LF-07", promised,
	    "Data of a TCP Fast Open call with the flag has one id when the call succeeds, also beyond what "
	    "fits the SYN, and none when the call fails because it is refused; where the peer refuses after "
	    "the call returned, the reset completes the id.",
	    .rests_on = "ZC-TX-02 ZC-IN-01",
	    .code = "net/ipv4/tcp.c:tcp_sendmsg_fastopen, tcp_sendmsg_locked");
/* The SYN's data has the structure of the call, and so has the rest of the call's data. */
CASE(fast_open_call_has_one_id, .requirements = {"ZC-LF-07"}, .transports = transport::tcp,
     .paths = netns::basic | netns::local)
{
	const Payload payload(60000);

	allow_fast_open(test, without_cookies);
	for (const std::size_t length : {std::size_t{500}, payload.size()}) {
		Link &link = test.connect({.connected = false});

		test.sent(fast_open(link, payload.first(length)), length);
		link.accept_receiver();
		syn_carried_data(test, link);
		test.one_notification(link, {0, 0});
		next_id_is(test, link, payload, 1);
	}
}

/* A call that does not wait for the connection returns the length of the part that the SYN
 * has taken. */
CASE(fast_open_call_that_returns_early_has_one_id, .requirements = {"ZC-LF-07"}, .transports = transport::tcp,
     .paths = netns::basic | netns::local)
{
	const Payload payload(1 << 20);

	allow_fast_open(test, without_cookies);
	Link &link = test.connect({.connected = false});
	const Sent sent = fast_open(link, payload, MSG_DONTWAIT);
	test.that("return value of the send call",
		  sent.returned > 0 && sent.returned < static_cast<ssize_t>(payload.size()), "a part",
		  transport::describe(sent));
	link.accept_receiver();
	test.one_notification(link, {0, 0});
	syn_carried_data(test, link);
	next_id_is(test, link, payload.first(1000), 1);
}

CASE(refused_fast_open_call_has_no_id, .requirements = {"ZC-LF-07"}, .transports = transport::tcp,
     .paths = netns::basic | netns::local)
{
	const Payload payload(500);

	allow_fast_open(test, without_cookies);
	Link &link = test.connect({.connected = false});
	const Bound closed = closed_port(test);
	test.refused(fast_open(link, payload, 0, &closed.address), ECONNREFUSED);
	test.queue_empty(link);
	test.sent(fast_open(link, payload), payload.size());
	link.accept_receiver();
	test.one_notification(link, {0, 0});
}

CASE(fast_open_call_refused_later_completes, .requirements = {"ZC-LF-07", "ZC-LF-01"},
     .transports = transport::tcp, .paths = netns::basic | netns::local)
{
	const Payload payload(500);

	allow_fast_open(test, without_cookies);
	Link &link = test.connect({.connected = false});
	const Bound closed = closed_port(test);
	test.sent(fast_open(link, payload, MSG_DONTWAIT, &closed.address), payload.size());
	link.connection_reset();
	test.completions_settle(link);
	pending_error_is(test, link.sender(), ECONNREFUSED);
}

REQUIREMENT("ZC-LF-08", promised,
	    "A non-blocking TCP Fast Open call without a cookie fails with EINPROGRESS and has no id.",
	    .rests_on = "ZC-TX-02", .code = "net/ipv4/tcp.c:tcp_sendmsg_locked, copied_syn",
	    .kernels = "that the errno is EINPROGRESS is observed, not promised");
/* The connection is made all the same, and brings a cookie for the next. */
CASE(fast_open_call_without_cookie_has_no_id, .requirements = {"ZC-LF-08"}, .transports = transport::tcp,
     .paths = netns::basic | netns::local)
{
	const Payload payload(500);

	allow_fast_open(test, with_cookies);
	Link &link = test.connect({.connected = false});
	test.refused(fast_open(link, payload, MSG_DONTWAIT), EINPROGRESS);
	link.accept_receiver();
	test.queue_empty(link);
	next_id_is(test, link, payload, 0);

	Link &next = test.connect({.connected = false});
	test.sent(fast_open(next, payload, MSG_DONTWAIT), payload.size());
	next.accept_receiver();
	test.one_notification(next, {0, 0});
	syn_carried_data(test, next);
}

} // namespace
