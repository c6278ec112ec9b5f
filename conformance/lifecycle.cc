// SPDX-License-Identifier: GPL-2.0
/* What becomes of flagged data when its socket ends: reset, disconnected, closed
 * or shut down while data is pending. msg_zerocopy.rst, Notification Batching:
 * "on retransmission and socket teardown". */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "errqueue/receive.h"
#include "harness/case.h"
#include "harness/test.h"
#include "limits/limits.h"
#include "os/check.h"
#include "os/deadline.h"
#include "os/fd.h"
#include "os/option.h"
#include "os/thread.h"
#include "transport/freed_sockets.h"

namespace
{

using errqueue::Message;
using errqueue::Notification;
using harness::Test;
using os::Address;
using os::Bytes;
using transport::FreedSockets;
using transport::Link;
using transport::Payload;
using transport::Sent;

/* End a socket's connection: for one that is connected by a reset. */
void disconnect(int socket)
{
	const sockaddr nobody = {.sa_family = AF_UNSPEC, .sa_data = {}};

	os::check(::connect(socket, &nobody, sizeof(nobody)), "connect(AF_UNSPEC)");
}

void reset(Test &, Link &link)
{
	link.reset();
}

/* The peer gets everything, and acknowledges it now rather than with data of its
 * own that might follow. */
void reach_the_peer(Link &link)
{
	link.release();
	link.deliver();
	link.acknowledge();
}

/* SO_ERROR, which reading clears. */
int pending_error(int socket)
{
	int error = 0;
	socklen_t length = sizeof(error);

	os::check(::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &length), "getsockopt(SO_ERROR)");
	return error;
}

/* The data of a closed socket goes, and nothing of it is left at the sender. */
void let_go(Test &test, Link &link)
{
	if (test.is(transport::stream))
		reach_the_peer(link);
	else
		link.release();
}

/* Three flagged sends that stay at the sender. The first has a notification
 * structure of its own: plain data keeps the second from joining it. */
void leave_three_pending(Test &test, Link &link, const Payload &payload)
{
	test.sent(link.send_zerocopy(payload), payload.size());
	test.sent(link.send(payload.first(1), MSG_EOR), 1);
	for (int i = 0; i < 2; i++)
		test.sent(link.send_zerocopy(payload), payload.size());
	test.queue_empty(link);
}

/* Whatever was reported was not copied. */
void none_was_copied(Test &test, const Link &link)
{
	for (const Message &message : link.history())
		for (const Notification &notification : message.notifications) {
			test.well_formed(notification);
			test.that("ee_code of data that was never transmitted", !notification.copied(),
				  "0: no SO_EE_CODE_ZEROCOPY_COPIED", errqueue::describe(notification));
		}
}

REQUIREMENT("ZC-LF-01", promised,
	    "A reset by the peer completes all pending ids, those of data never transmitted without "
	    "SO_EE_CODE_ZEROCOPY_COPIED.",
	    .rests_on = "ZC-IN-01", .code = "net/ipv4/tcp.c:tcp_write_queue_purge");
/* ZC-LF-01. Notification Batching: "on ... socket teardown";
 * net/ipv4/tcp_input.c:tcp_reset, net/ipv4/tcp.c:tcp_write_queue_purge. */
CASE(reset_by_the_peer_completes_what_is_pending, .requirements = {"ZC-LF-01"}, .transports = transport::tcp,
     .paths = netns::holds_many)
{
	Link &link = test.connect();
	const Payload payload(100);

	leave_three_pending(test, link, payload);
	link.reset();
	test.completions_settle(link);
	none_was_copied(test, link);
	test.equal("SO_ERROR", pending_error(link.sender()), ECONNRESET);
}

REQUIREMENT("ZC-LF-02", observed, "connect(AF_UNSPEC) completes the pending ids before it returns.",
	    .code = "net/ipv4/tcp.c:tcp_disconnect, tcp_write_queue_purge");
/* ZC-LF-02. net/ipv4/tcp.c:tcp_disconnect purges the write queue itself. */
CASE(disconnection_completes_what_is_pending, .requirements = {"ZC-LF-02"}, .transports = transport::tcp,
     .paths = netns::holds_many)
{
	Link &link = test.connect();
	const Payload payload(100);

	leave_three_pending(test, link, payload);
	disconnect(link.sender());
	link.connection_reset();
	link.read_notifications();
	test.that("ids reported when connect(AF_UNSPEC) has returned", link.ledger().settled(),
		  "each id sent, once", link.ledger().describe());
	none_was_copied(test, link);
}

/* The pages of one flagged send, and no more, for a user of the case's own. */
class Budget {
public:
	Budget(const Test &test, const Payload &payload)
		: limit_(limits::page_size() *
			 /* A datagram's header counts: net/ipv4/udp.c:udp_sendmsg. */
			 limits::memlock_charge_pages(payload.size() +
						      (test.is(transport::datagram) ? 8 : 0)))
	{
	}

private:
	limits::ScopedUser user_;
	limits::ScopedMemlock limit_;
};

/*
 * A socket is closed with flagged data pending, which spends all its user may
 * lock: another socket of the user can send nothing, until the data ends.
 */
template <typename End> void pages_come_back(Test &test, End end)
{
	Link &link = test.connect();
	Link &other = test.connect();
	const Payload payload(link.usual_length());

	{
		const Budget budget(test, payload);

		test.sent(link.send_zerocopy(payload), payload.size());
		link.take_sender().close();
		test.refused(other.send_zerocopy(payload), ENOBUFS);
	}
	end(test, link);
	{
		const Budget budget(test, payload);
		Sent sent;

		os::wait_until([&] { return (sent = other.send_zerocopy(payload)).error != ENOBUFS; });
		test.sent(sent, payload.size());
	}
}

REQUIREMENT("ZC-LF-03", observed,
	    "After close() no notification can be read, and optmem and locked pages are given back once "
	    "the data is acknowledged or dropped.",
	    .code = "net/core/skbuff.c:__msg_zerocopy_callback, SOCK_DEAD");
/* ZC-LF-03. net/core/skbuff.c:__msg_zerocopy_callback gives the pages back before
 * it looks whether anybody is left to notify. */
CASE(closed_socket_gives_its_pages_back_with_its_data, .requirements = {"ZC-LF-03"},
     .paths = netns::holds_many, .needs = harness::needs_memlock | harness::needs_root)
{
	pages_come_back(test, let_go);
}

/* ZC-LF-03. As above: the data is dropped. */
CASE(closed_socket_gives_its_pages_back_when_reset, .requirements = {"ZC-LF-03"},
     .transports = transport::tcp, .paths = netns::holds_many,
     .needs = harness::needs_memlock | harness::needs_root)
{
	pages_come_back(test, reset);
}

/* A socket is closed and its data ends: it is freed, which says that no
 * notification structure, and no optmem, is left. */
template <typename End> void socket_is_freed(Test &test, Link &link, End end)
{
	const FreedSockets freed(test.transport());
	const std::uint64_t cookie = FreedSockets::cookie(link.sender());

	link.take_sender().close();
	end(test, link);
	test.that("closed socket whose data is gone", freed.await(cookie), "freed", "still there");
}

/* ZC-LF-03. net/core/skbuff.c:msg_zerocopy_alloc holds the socket, and
 * __msg_zerocopy_callback frees the structure where the socket is SOCK_DEAD. */
CASE(closed_socket_is_freed_with_its_data, .requirements = {"ZC-LF-03"}, .paths = netns::holds_many,
     .needs = harness::needs_freed_sockets)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());

	test.sent(link.send_zerocopy(payload), payload.size());
	socket_is_freed(test, link, let_go);
}

/* ZC-LF-03. As above: the data is dropped. */
CASE(closed_socket_is_freed_when_reset, .requirements = {"ZC-LF-03"}, .transports = transport::tcp,
     .paths = netns::holds_many, .needs = harness::needs_freed_sockets)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());

	test.sent(link.send_zerocopy(payload), payload.size());
	socket_is_freed(test, link, reset);
}

/* ZC-LF-03. As above: what is queued goes with the socket, net/ipv4/af_inet.c:
 * inet_sock_destruct. */
CASE(closed_socket_is_freed_with_unread_notifications, .requirements = {"ZC-LF-03"},
     .needs = harness::needs_freed_sockets)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());

	test.sent(link.send_zerocopy(payload), payload.size());
	test.that("poll() for the notification", link.await_notification(), "POLLERR", "none");
	socket_is_freed(test, link, let_go);
}

REQUIREMENT("ZC-LF-04", observed,
	    "A closed TCP socket with data left still transmits the shared pages: stores after close() "
	    "reach the peer until the data is acknowledged.",
	    .code = "net/ipv4/tcp.c:__tcp_close leaves the write queue");
/* ZC-LF-04. net/ipv4/tcp.c:__tcp_close leaves the write queue to be sent: so the
 * buffer is in use until then, though nobody can be told when it is not. */
CASE(stores_after_close_reach_the_peer, .requirements = {"ZC-LF-04"}, .transports = transport::tcp,
     .paths = netns::holds_many)
{
	Link &link = test.connect();
	Payload payload(link.usual_length());

	test.sent(link.send_zerocopy(payload), payload.size());
	link.take_sender().close();
	payload.overwrite();
	link.transcript().replace_last(payload);
	link.release();
}

/* A thread that closes a socket. */
class Closer {
public:
	explicit Closer(os::Fd socket)
		: socket_(std::move(socket)), thread_([this] {
			  thread_id_ = ::gettid();
			  socket_.close();
			  closed_ = true;
		  })
	{
	}
	/* SO_LINGER bounds how long that may take. */
	~Closer() { thread_.join(); }
	Closer(const Closer &) = delete;
	Closer &operator=(const Closer &) = delete;

	/* Wait until it sleeps; close() is all that it can sleep in. */
	bool await_sleep() const
	{
		return os::wait_until([this] { return os::thread_state(thread_id_) == 'S' || closed_; }) &&
		       !closed_;
	}
	bool await_return() const
	{
		return os::wait_until([this] { return closed_.load(); });
	}

private:
	os::Fd socket_;
	std::atomic<pid_t> thread_id_ = 0;
	std::atomic<bool> closed_ = false;
	std::thread thread_; /* the last member: it uses the others */
};

REQUIREMENT("ZC-LF-05", observed, "close() with SO_LINGER waits for flagged data as it does for plain data.",
	    .code = "net/ipv4/tcp.c:__tcp_close, sk_stream_wait_close");
/* ZC-LF-05. net/ipv4/tcp.c:__tcp_close, sk_stream_wait_close: until the peer has
 * acknowledged the FIN behind the data. */
CASE(lingering_close_waits_for_flagged_data, .requirements = {"ZC-LF-05"}, .transports = transport::tcp,
     .paths = netns::holds_many)
{
	const linger long_enough = {1, static_cast<int>(2 * os::patience().count() / 1000 + 1)};

	for (const int flags : {0, int{MSG_ZEROCOPY}}) {
		const std::string which = flags ? "flagged data" : "plain data";
		Link &link = test.connect();
		const Payload payload(link.usual_length());

		os::check(
			::setsockopt(link.sender(), SOL_SOCKET, SO_LINGER, &long_enough, sizeof(long_enough)),
			"setsockopt(SO_LINGER)");
		test.sent(link.send(payload, flags), payload.size());
		const Closer closer(link.take_sender());
		test.that("close() with " + which + " pending", closer.await_sleep(), "blocked",
			  "not blocked");
		reach_the_peer(link);
		test.that("close() when the peer has all the " + which, closer.await_return(), "returned",
			  "blocked");
	}
}

REQUIREMENT("ZC-LF-06", observed,
	    "shutdown(SHUT_RD) has no influence on completions, and shutdown(SHUT_WR) keeps them.",
	    .code = "net/ipv4/tcp.c:tcp_shutdown");
/* ZC-LF-06. net/ipv4/tcp.c:tcp_shutdown leaves the write queue alone. */
CASE(shutdown_keeps_completions, .requirements = {"ZC-LF-06"}, .transports = transport::tcp,
     .paths = netns::holds_many)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());

	test.sent(link.send_zerocopy(payload), payload.size());
	os::check(::shutdown(link.sender(), SHUT_RD), "shutdown(SHUT_RD)");
	test.queue_empty(link);
	test.sent(link.send_zerocopy(payload), payload.size());
	os::check(::shutdown(link.sender(), SHUT_WR), "shutdown(SHUT_WR)");
	test.queue_empty(link);
	reach_the_peer(link);
	test.one_notification(link, {0, 1});
}

/* net.ipv4.tcp_fastopen: Documentation/networking/ip-sysctl.rst. */
enum FastOpen {
	by_clients = 0x1,
	by_servers = 0x2,
	by_clients_without_cookie = 0x4,
	by_servers_without_cookie = 0x200,
	by_every_listener = 0x400,
};
constexpr int with_cookies = by_clients | by_servers | by_every_listener;
constexpr int without_cookies = with_cookies | by_clients_without_cookie | by_servers_without_cookie;

void allow_fast_open(Test &test, const netns::Namespace &space, int bits)
{
	space.enter();
	std::ofstream file("/proc/sys/net/ipv4/tcp_fastopen");
	if (!(file << bits << std::flush))
		test.skip("TCP Fast Open: a net.ipv4.tcp_fastopen that can be written");
}

/* Both ends of the path do Fast Open. */
void allow_fast_open(Test &test, int bits)
{
	allow_fast_open(test, test.network().receiver(), bits);
	allow_fast_open(test, test.network().sender(), bits);
}

/* A flagged call that connects, and sends with the SYN what fits there. */
Sent fast_open(Link &link, const Address &to, Bytes bytes, int flags = 0)
{
	Sent sent;

	sent.returned = ::sendto(link.sender(), bytes.data(), bytes.size(),
				 flags | MSG_ZEROCOPY | MSG_FASTOPEN | MSG_NOSIGNAL, to.get(), to.length);
	sent.error = sent.ok() ? 0 : errno;
	link.account(sent, bytes, MSG_ZEROCOPY);
	return sent;
}

Sent fast_open(Link &link, Bytes bytes, int flags = 0)
{
	return fast_open(link, link.destination(), bytes, flags);
}

/* It was not the usual handshake: the peer acknowledged data with the SYN. */
void syn_carried_data(Test &test, const Link &link)
{
	tcp_info info = {};
	socklen_t length = sizeof(info);

	os::check(::getsockopt(link.sender(), IPPROTO_TCP, TCP_INFO, &info, &length), "getsockopt(TCP_INFO)");
	test.that("tcpi_options", info.tcpi_options & TCPI_OPT_SYN_DATA, "TCPI_OPT_SYN_DATA",
		  std::to_string(info.tcpi_options));
}

/* An address of the receiver's end, reserved by a socket that does not listen. */
struct ClosedPort {
	os::Fd socket;
	Address address;
};

ClosedPort closed_port(Test &test)
{
	const transport::Transport &transport = test.transport();
	const char *text = test.network().addresses(transport.address_family).receiver;
	Address address = transport::make_address(transport.address_family, text, 0);

	test.network().receiver().enter();
	os::Fd socket(
		os::check(::socket(transport.address_family, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket()"));
	os::check(::bind(socket.get(), address.get(), address.length), "bind()");
	os::check(::getsockname(socket.get(), address.get(), &address.length), "getsockname()");
	test.network().sender().enter();
	/* The port is at the same place in both families' addresses. */
	const auto port = ntohs(reinterpret_cast<const sockaddr_in *>(&address.storage)->sin_port);
	return {std::move(socket), transport::make_address(transport.family, text, port)};
}

REQUIREMENT("ZC-LF-07", promised,
	    "Data of a TCP Fast Open call with the flag has one id when the call succeeds, also beyond "
	    "what fits the SYN, and none when the call fails because it is refused; where the peer "
	    "refuses after the call returned, the reset completes the id.",
	    .rests_on = "ZC-TX-02", .code = "net/ipv4/tcp.c:tcp_sendmsg_fastopen, tcp_sendmsg_locked");
/* ZC-LF-07. net/ipv4/tcp_output.c:tcp_send_syn_data gives the SYN's data the
 * structure of the call, tcp_sendmsg_locked goes on with the rest. */
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
		test.sent(link.send_zerocopy(payload), payload.size());
		test.one_notification(link, {1, 1});
	}
}

/* ZC-LF-07. As above: a call that does not wait for the connection returns what
 * the SYN has taken, a part; net/ipv4/tcp.c:tcp_sendmsg_locked, copied_syn. */
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
	test.sent(link.send_zerocopy(payload.first(1000)), 1000);
	test.one_notification(link, {1, 1});
}

/* ZC-LF-07. msg_zerocopy.rst, Notifications: "The counter is not incremented on
 * failure"; net/ipv4/af_inet.c:__inet_stream_connect, sock_error. */
CASE(refused_fast_open_call_has_no_id, .requirements = {"ZC-LF-07"}, .transports = transport::tcp,
     .paths = netns::basic | netns::local)
{
	const Payload payload(500);

	allow_fast_open(test, without_cookies);
	Link &link = test.connect({.connected = false});
	const ClosedPort closed = closed_port(test);
	test.refused(fast_open(link, closed.address, payload), ECONNREFUSED);
	test.queue_empty(link);
	test.sent(fast_open(link, payload), payload.size());
	link.accept_receiver();
	test.one_notification(link, {0, 0});
}

/* ZC-LF-07, ZC-LF-01. The call has returned before the peer refuses: it counts,
 * and the reset completes it. */
CASE(fast_open_call_refused_later_completes, .requirements = {"ZC-LF-07", "ZC-LF-01"},
     .transports = transport::tcp, .paths = netns::basic | netns::local)
{
	const Payload payload(500);

	allow_fast_open(test, without_cookies);
	Link &link = test.connect({.connected = false});
	const ClosedPort closed = closed_port(test);
	test.sent(fast_open(link, closed.address, payload, MSG_DONTWAIT), payload.size());
	link.connection_reset();
	test.completions_settle(link);
	test.equal("SO_ERROR", pending_error(link.sender()), ECONNREFUSED);
}

REQUIREMENT("ZC-LF-08", promised,
	    "A non-blocking TCP Fast Open call without a cookie fails with EINPROGRESS and has no id.",
	    .rests_on = "ZC-TX-02", .code = "net/ipv4/tcp.c:tcp_sendmsg_locked, copied_syn");
/* ZC-LF-08. msg_zerocopy.rst, Notifications: "The counter is not incremented on
 * failure"; net/ipv4/tcp_output.c:tcp_send_syn_data, fallback. The connection is
 * made all the same, and brings a cookie for the next. */
CASE(fast_open_call_without_cookie_has_no_id, .requirements = {"ZC-LF-08"}, .transports = transport::tcp,
     .paths = netns::basic | netns::local)
{
	const Payload payload(500);

	allow_fast_open(test, with_cookies);
	Link &link = test.connect({.connected = false});
	test.refused(fast_open(link, payload, MSG_DONTWAIT), EINPROGRESS);
	link.accept_receiver();
	test.queue_empty(link);
	test.sent(link.send_zerocopy(payload), payload.size());
	test.one_notification(link, {0, 0});

	Link &next = test.connect({.connected = false});
	test.sent(fast_open(next, payload, MSG_DONTWAIT), payload.size());
	next.accept_receiver();
	test.one_notification(next, {0, 0});
	syn_carried_data(test, next);
}

} // namespace
