// SPDX-License-Identifier: GPL-2.0
/* The chapter 'Socket Setup' of msg_zerocopy.rst: SO_ZEROCOPY. */
#include <linux/capability.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <fstream>
#include <string>

#include "errqueue/receive.h"
#include "harness/case.h"
#include "harness/test.h"
#include "limits/limits.h"
#include "os/check.h"
#include "os/fd.h"

namespace
{

using os::Address;
using os::Data;
using transport::Link;
using transport::Payload;

/* Sockets of families that old C libraries do not name. */
constexpr int protocol_udplite = 136;
constexpr int protocol_mptcp = 262;
constexpr int family_xdp = 44;

/* The errno of setsockopt(SO_ZEROCOPY), 0 where it succeeds. */
int set_option(int socket, const void *value, socklen_t length)
{
	return ::setsockopt(socket, SOL_SOCKET, SO_ZEROCOPY, value, length) < 0 ? errno : 0;
}

int set_option(int socket, int value)
{
	return set_option(socket, &value, sizeof(value));
}

int option(int socket)
{
	int value = -1;
	socklen_t length = sizeof(value);

	os::check(::getsockopt(socket, SOL_SOCKET, SO_ZEROCOPY, &value, &length), "getsockopt(SO_ZEROCOPY)");
	return value;
}

/* setsockopt() gave that errno, 0 for success. */
void answered(harness::Test &test, const std::string &what, int seen, int expected)
{
	test.equal(what, seen, expected, os::error_name);
}

/* A socket of the transport, in the sender's namespace, as socket() made it. */
os::Fd new_socket(harness::Test &test)
{
	test.network();
	return os::Fd(os::check(::socket(test.transport().family, test.transport().type | SOCK_CLOEXEC, 0),
				"socket()"));
}

REQUIREMENT("ZC-SO-01", observed,
	    "SO_ZEROCOPY accepts exactly the values 0 and 1; any other int gives EINVAL on a socket that "
	    "supports the option.",
	    .code = "net/core/sock.c:sk_setsockopt, case SO_ZEROCOPY; "
		    "net/vmw_vsock/af_vsock.c:vsock_connectible_setsockopt");
/* ZC-SO-01. sock.c:sk_setsockopt, case SO_ZEROCOPY: "if (val < 0 || val > 1)". */
CASE(option_takes_zero_and_one_only, .requirements = {"ZC-SO-01"}, .transports = transport::all,
     .paths = netns::simplest)
{
	const os::Fd socket = new_socket(test);

	for (const int before : {1, 0}) {
		answered(test, "SO_ZEROCOPY set to " + std::to_string(before),
			 set_option(socket.get(), before), 0);
		test.equal("SO_ZEROCOPY", option(socket.get()), before);
		for (const int value : {2, 3, 256, 1 << 16, INT_MAX, -1, INT_MIN, INT_MIN + 1}) {
			answered(test, "SO_ZEROCOPY set to " + std::to_string(value),
				 set_option(socket.get(), value), EINVAL);
			test.equal("SO_ZEROCOPY after a refused value", option(socket.get()), before);
		}
	}
}

REQUIREMENT("ZC-SO-02", observed,
	    "An option length below that of an int gives EINVAL, a longer one is accepted, and an "
	    "unreadable option value of sufficient length gives EFAULT.",
	    .code = "net/core/sock.c:sk_setsockopt, prologue; net/vmw_vsock/af_vsock.c: COPY_IN");
/* ZC-SO-02. sock.c:sk_setsockopt, its first lines: the length is compared with
 * an int's, then an int is copied from the caller. */
CASE(option_is_an_int, .requirements = {"ZC-SO-02"}, .transports = transport::all, .paths = netns::simplest)
{
	const os::Fd socket = new_socket(test);
	const std::array<int, 2> values = {1, 2};
	void *unreadable =
		::mmap(nullptr, limits::page_size(), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (const int length : {0, 1, 2, 3, -1})
		answered(test, "option length " + std::to_string(length),
			 set_option(socket.get(), values.data(), length), EINVAL);
	for (const socklen_t length : {4, 8}) {
		answered(test, "null pointer", set_option(socket.get(), nullptr, length), EFAULT);
		answered(test, "unreadable page", set_option(socket.get(), unreadable, length), EFAULT);
	}
	test.equal("SO_ZEROCOPY after refused calls", option(socket.get()), 0);
	/* What follows the int plays no part, though 2 is no value for it. */
	answered(test, "option length 8", set_option(socket.get(), values.data(), sizeof(values)), 0);
	test.equal("SO_ZEROCOPY", option(socket.get()), 1);
	::munmap(unreadable, limits::page_size());
}

REQUIREMENT("ZC-SO-03", observed,
	    "getsockopt(SO_ZEROCOPY) returns the current value as an int, cut to the length of the "
	    "caller's buffer.",
	    .code = "net/core/sock.c:sk_getsockopt, case SO_ZEROCOPY");
/* ZC-SO-03. sock.c:sk_getsockopt: "if (len > lv) len = lv", and len bytes of an int. */
CASE(option_reads_back_cut_to_the_buffer, .requirements = {"ZC-SO-03"}, .transports = transport::all,
     .paths = netns::simplest)
{
	const os::Fd socket = new_socket(test);

	for (const int value : {1, 0}) {
		answered(test, "SO_ZEROCOPY", set_option(socket.get(), value), 0);
		for (const socklen_t room : {0, 1, 2, 3, 4, 5, 8}) {
			const socklen_t expected_length = std::min<socklen_t>(room, sizeof(value));
			std::array<std::uint8_t, 8> expected;
			std::array<std::uint8_t, 8> seen;
			socklen_t length = room;

			seen.fill(0xa5);
			expected.fill(0xa5);
			std::memcpy(expected.data(), &value, expected_length);
			const int result =
				::getsockopt(socket.get(), SOL_SOCKET, SO_ZEROCOPY, seen.data(), &length);
			answered(test, "getsockopt(SO_ZEROCOPY)", result < 0 ? errno : 0, 0);
			test.equal("length from a buffer of " + std::to_string(room), length,
				   expected_length);
			test.that("buffer of " + std::to_string(room), seen == expected,
				  std::to_string(expected_length) + " bytes of the int " +
					  std::to_string(value) + ", nothing behind them",
				  "other bytes");
		}
	}
}

REQUIREMENT("ZC-SO-04", observed, "SO_ZEROCOPY is 0 on a new socket.",
	    .code = "net/core/sock.c:sk_getsockopt reads the flag SOCK_ZEROCOPY, which no constructor sets",
	    .kernels = "families without support read 0 as well");
/* ZC-SO-04. Socket Setup: "processes have to first signal intent": no
 * constructor sets the flag that sock.c:sk_getsockopt reads. */
CASE(option_is_off_on_a_new_socket, .requirements = {"ZC-SO-04"}, .transports = transport::all,
     .paths = netns::simplest)
{
	test.equal("SO_ZEROCOPY of a new socket", option(new_socket(test).get()), 0);
	test.equal("SO_ZEROCOPY of a connected socket", option(test.connect({.zerocopy = false}).sender()),
		   0);
}

REQUIREMENT(
	"ZC-SO-05", observed,
	"Sockets without support (raw, packet, UNIX, netlink, XDP, MPTCP, UDP-Lite, SCTP, ping) "
	"refuse SO_ZEROCOPY with EOPNOTSUPP whatever the value, and go on reading 0.",
	.code = "net/core/sock.c:sk_setsockopt tests family and protocol before the value; "
		"net/mptcp/sockopt.c",
	.kernels =
		"UDP-Lite is gone in 7.3. VSOCK is the other way round: vsock_connectible_setsockopt tests "
		"the value (EINVAL) before the transport (EOPNOTSUPP)");
/* ZC-SO-05. sock.c:sk_setsockopt tests family, type and protocol before the
 * value; mptcp/sockopt.c has a list without the option. Kinds that this kernel
 * has not, or does not give this user, are passed over. */
CASE(option_is_refused_by_other_kinds_of_sockets, .requirements = {"ZC-SO-05"}, .paths = netns::simplest,
     .once = true)
{
	constexpr struct {
		const char *name;
		int family;
		int type;
		int protocol;
	} kinds[] = {
		{"raw, TCP", AF_INET, SOCK_RAW, IPPROTO_TCP},
		{"raw, UDP", AF_INET, SOCK_RAW, IPPROTO_UDP},
		{"raw, any protocol", AF_INET, SOCK_RAW, IPPROTO_RAW},
		{"raw, UDP over IPv6", AF_INET6, SOCK_RAW, IPPROTO_UDP},
		{"ping", AF_INET, SOCK_DGRAM, IPPROTO_ICMP},
		{"ping over IPv6", AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6},
		{"UDP-Lite", AF_INET, SOCK_DGRAM, protocol_udplite},
		{"MPTCP", AF_INET, SOCK_STREAM, protocol_mptcp},
		{"MPTCP over IPv6", AF_INET6, SOCK_STREAM, protocol_mptcp},
		{"SCTP", AF_INET, SOCK_STREAM, IPPROTO_SCTP},
		{"packet", AF_PACKET, SOCK_RAW, 0},
		{"packet, cooked", AF_PACKET, SOCK_DGRAM, 0},
		{"unix stream", AF_UNIX, SOCK_STREAM, 0},
		{"unix datagram", AF_UNIX, SOCK_DGRAM, 0},
		{"unix seqpacket", AF_UNIX, SOCK_SEQPACKET, 0},
		{"netlink", AF_NETLINK, SOCK_RAW, NETLINK_ROUTE},
		{"XDP", family_xdp, SOCK_RAW, 0},
	};
	int refusals = 0;

	test.network();
	/* Nobody may ping in a new namespace. */
	std::ofstream("/proc/sys/net/ipv4/ping_group_range") << "0 0";
	for (const auto &kind : kinds) {
		const os::Fd socket(::socket(kind.family, kind.type | SOCK_CLOEXEC, kind.protocol));

		if (!socket)
			continue;
		for (const int value : {1, 0, 2, -1})
			answered(test,
				 std::string("SO_ZEROCOPY set to ") + std::to_string(value) +
					 ", socket: " + kind.name,
				 set_option(socket.get(), value), EOPNOTSUPP);
		test.equal(std::string("SO_ZEROCOPY, socket: ") + kind.name, option(socket.get()), 0);
		refusals++;
	}
	test.that("kinds of sockets tried", refusals > 0, "one or more", "none");
}

/* No capability is in effect while this lives. */
class ScopedPowerlessness {
public:
	ScopedPowerlessness() { os::check(set_effective(false), "capset()"); }
	~ScopedPowerlessness() { set_effective(true); }
	ScopedPowerlessness(const ScopedPowerlessness &) = delete;
	ScopedPowerlessness &operator=(const ScopedPowerlessness &) = delete;

private:
	/* As system calls answer: -1 where it failed. */
	static long set_effective(bool all_permitted)
	{
		__user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
		std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> data = {};

		if (::syscall(SYS_capget, &header, data.data()) < 0)
			return -1;
		for (auto &word : data)
			word.effective = all_permitted ? word.permitted : 0;
		return ::syscall(SYS_capset, &header, data.data());
	}
};

REQUIREMENT("ZC-SO-06", observed, "Setting SO_ZEROCOPY needs no privilege.",
	    .code = "net/core/sock.c:sk_setsockopt, case SO_ZEROCOPY has no capability test");
/* ZC-SO-06. sock.c:sk_setsockopt, case SO_ZEROCOPY has no capability test. SO_MARK
 * has one, which shows that this user may do nothing. */
CASE(option_needs_no_privilege, .requirements = {"ZC-SO-06"}, .transports = transport::all,
     .paths = netns::simplest, .needs = harness::needs_memlock)
{
	Link &link = test.connect({.zerocopy = false});
	const limits::ScopedUser user;
	const ScopedPowerlessness powerlessness;
	const Payload payload(link.usual_length());
	const int mark = 1;
	const int marked = ::setsockopt(link.sender(), SOL_SOCKET, SO_MARK, &mark, sizeof(mark)) ? errno : 0;

	answered(test, "SO_MARK, which needs a privilege", marked, EPERM);
	answered(test, "SO_ZEROCOPY of a new socket", set_option(new_socket(test).get(), 1), 0);
	link.set_zerocopy(true);
	test.sent(link.send_zerocopy(payload), payload.size());
	test.one_notification(link, {0, 0});
}

REQUIREMENT(
	"ZC-SO-07", promised,
	"Without SO_ZEROCOPY the flag is silently ignored: the data is copied, no notification comes "
	"and the counter does not move.",
	.document =
		"Socket Setup: \"The kernel is permissive when applications pass undefined flags to the send "
		"system call. By default it simply ignores these.\"",
	.code = "net/ipv4/tcp.c:tcp_sendmsg_locked, net/ipv4/ip_output.c:__ip_append_data test SOCK_ZEROCOPY",
	.kernels =
		"the code of all kernels does so; the document of 6.1 (section Transmission) still names an "
		"option that was not set as a reason for ENOBUFS, a mistake of that text");
REQUIREMENT(
	"ZC-VS-14", promised,
	"A VSOCK send with the flag and without SO_ZEROCOPY is a plain send without an id, on a "
	"transport that supports zerocopy.",
	.rests_on = "ZC-SO-07",
	.code = "net/vmw_vsock/virtio_transport_common.c:virtio_transport_send_pkt_info tests SOCK_ZEROCOPY",
	.kernels = "since 6.7");
/* ZC-SO-07. Socket Setup: "permissive when applications pass undefined flags to
 * the send system call. By default it simply ignores these". The fence: the
 * first notification of all is of the first send after the option was set. */
CASE(flag_without_option_is_not_counted, .requirements = {"ZC-SO-07", "ZC-VS-14"},
     .transports = transport::all)
{
	Link &link = test.connect({.zerocopy = false});
	const Payload payload(link.usual_length());

	for (int i = 0; i < 3; i++)
		test.sent(link.send_zerocopy(payload), payload.size());
	link.deliver();
	test.queue_empty(link);
	test.equal("option memory in use", transport::option_memory(link.sender()), 0);
	link.set_zerocopy(true);
	test.sent(link.send_zerocopy(payload), payload.size());
	test.one_notification(link, {0, 0});
}

/* ZC-SO-07, the data: what is stored after a send that waits, and whose pages
 * would be shared with the option, does not reach the peer. */
CASE(flag_without_option_copies_a_stream, .requirements = {"ZC-SO-07"}, .transports = transport::connected,
     .paths = netns::delivers | netns::holds)
{
	Link &link = test.connect({.zerocopy = false});
	Payload payload(link.usual_length());

	test.sent(link.send_zerocopy(payload), payload.size());
	payload.overwrite();
}

/* ZC-SO-07, the same for a datagram; with UDP_SEGMENT, as without it what is put
 * together is copied anyway (ip_output.c:__ip_append_data). */
CASE(flag_without_option_copies_a_datagram, .requirements = {"ZC-SO-07"}, .transports = transport::udp)
{
	Link &link = test.connect({.zerocopy = false});
	const int segment = static_cast<int>(link.usual_length());
	Payload payload(segment - 1);
	const Payload last(1);

	os::check(::setsockopt(link.sender(), SOL_UDP, UDP_SEGMENT, &segment, sizeof(segment)),
		  "setsockopt(UDP_SEGMENT)");
	test.sent(link.send_zerocopy(payload, MSG_MORE), payload.size());
	payload.overwrite();
	test.sent(link.send(last), last.size());
}

/* `from` sends with the flag, `to` gets the bytes, and `from` its notification
 * of that id. */
void completes(harness::Test &test, const os::Fd &from, const os::Fd &to, std::uint32_t id)
{
	const Payload payload(10000);
	Data arrived(payload.size());

	test.equal("return value of the send call",
		   ::send(from.get(), payload.bytes().data(), payload.size(), MSG_ZEROCOPY), payload.size());
	os::check(::recv(to.get(), arrived.data(), arrived.size(), MSG_WAITALL), "recv()");
	test.that("bytes at the peer", std::ranges::equal(arrived, payload.bytes()), "those sent", "others");
	test.that("poll() for the notification", errqueue::wait(from.get()), "POLLERR", "none");
	const auto message = errqueue::receive(from.get());
	test.equal("notifications read", message ? message->notifications.size() : 0, 1);
	test.well_formed(message->notifications.front());
	test.equal("range of the notification", message->notifications.front().ids(), {id, id});
}

REQUIREMENT("ZC-SO-09", observed,
	    "An accepted TCP socket inherits SO_ZEROCOPY from its listener and starts its own counter at "
	    "0.",
	    .code = "net/core/sock.c:sk_clone (6.1, 6.12: sk_clone_lock) copies the flags and sets sk_zckey "
		    "to 0");
/* ZC-SO-09. sock.c:sk_clone (6.1, 6.12: sk_clone_lock) copies the flags of the
 * listener and sets sk_zckey to 0. */
CASE(accepted_socket_inherits_the_option_and_counts_from_zero, .requirements = {"ZC-SO-09"},
     .transports = transport::tcp, .paths = netns::simplest)
{
	const auto addresses = test.network().addresses(test.transport().address_family);
	Address address = transport::make_address(test.transport().family, addresses.receiver, 0);
	const os::Fd listener = new_socket(test);

	os::check(::bind(listener.get(), address.get(), address.length), "bind()");
	os::check(::listen(listener.get(), 1), "listen()");
	os::check(::getsockname(listener.get(), address.get(), &address.length), "getsockname()");
	/* The second finds what the first may have left in the listener. */
	for (const int inherited : {1, 1, 0}) {
		const os::Fd client = new_socket(test);

		answered(test, "SO_ZEROCOPY of the listener", set_option(listener.get(), inherited), 0);
		os::check(::connect(client.get(), address.get(), address.length), "connect()");
		const os::Fd accepted(
			os::check(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC), "accept()"));
		test.equal("SO_ZEROCOPY of the accepted socket", option(accepted.get()), inherited);
		test.equal("SO_ZEROCOPY of the connecting socket", option(client.get()), 0);
		for (std::uint32_t id = 0; inherited && id < 2; id++)
			completes(test, accepted, client, id);
	}
}

void can_be_set_and_cleared(harness::Test &test, int socket, const std::string &state)
{
	for (const int value : {1, 1, 0, 0, 1, 0}) {
		answered(test, "SO_ZEROCOPY set to " + std::to_string(value) + ", socket " + state,
			 set_option(socket, value), 0);
		test.equal("SO_ZEROCOPY, socket " + state, option(socket), value);
	}
}

void disconnect(int socket)
{
	const sockaddr none = {.sa_family = AF_UNSPEC, .sa_data = {}};

	os::check(::connect(socket, &none, sizeof(none)), "connect(AF_UNSPEC)");
}

REQUIREMENT("ZC-SO-12", observed,
	    "SO_ZEROCOPY can be set and cleared in any state of the socket: unconnected, listening, "
	    "connected, reset.",
	    .code = "net/core/sock.c:sk_setsockopt, case SO_ZEROCOPY has no state test");
/* ZC-SO-12. sock.c:sk_setsockopt, case SO_ZEROCOPY has no test of the state. */
CASE(option_can_be_set_in_any_state, .requirements = {"ZC-SO-12"}, .transports = transport::all,
     .paths = netns::simplest)
{
	const os::Fd socket = new_socket(test);
	Link &link = test.connect({.zerocopy = false});

	can_be_set_and_cleared(test, socket.get(), "unconnected");
	can_be_set_and_cleared(test, link.sender(), "connected");
	if (test.is(transport::datagram)) {
		disconnect(link.sender());
		can_be_set_and_cleared(test, link.sender(), "disconnected");
		return;
	}
	const Address any = transport::make_address(
		test.transport().family, test.network().addresses(test.transport().address_family).receiver,
		0);
	os::check(::bind(socket.get(), any.get(), any.length), "bind()");
	os::check(::listen(socket.get(), 1), "listen()");
	can_be_set_and_cleared(test, socket.get(), "listening");
	os::check(::shutdown(link.sender(), SHUT_WR), "shutdown()");
	can_be_set_and_cleared(test, link.sender(), "shut down for sending");
	if (test.is(transport::vsock))
		return; /* it has no connect(AF_UNSPEC) */
	link.reset();
	short events = 0;
	/* The error comes a moment before the state: tcp_input.c:tcp_reset. */
	test.that("poll() for the reset", os::wait_until([&] {
			  events = errqueue::poll_now(link.sender());
			  return (events & POLLHUP) != 0;
		  }),
		  "POLLHUP", std::to_string(events));
	can_be_set_and_cleared(test, link.sender(), "reset");
}

REQUIREMENT("ZC-SO-13", observed,
	    "Clearing SO_ZEROCOPY neither cancels outstanding completions nor resets the counter.",
	    .code = "net/core/skbuff.c:__msg_zerocopy_callback does not look at the option; "
		    "net/core/sock.c:sk_setsockopt does not touch sk_zckey");
/* ZC-SO-13. skbuff.c:__msg_zerocopy_callback does not look at the option, and
 * sock.c:sk_setsockopt not at sk_zckey. */
CASE(clearing_the_option_cancels_nothing, .requirements = {"ZC-SO-13"}, .transports = transport::all,
     .paths = netns::holds)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());

	test.sent(link.send_zerocopy(payload), payload.size());
	link.set_zerocopy(false);
	test.queue_empty(link);
	link.release();
	test.one_notification(link, {0, 0});
	test.sent(link.send_zerocopy(payload), payload.size());
	link.set_zerocopy(true);
	test.sent(link.send_zerocopy(payload), payload.size());
	test.one_notification(link, {1, 1});
}

REQUIREMENT(
	"ZC-SO-14", observed,
	"The error queue can be read without IP_RECVERR, IPV6_RECVERR and SO_ZEROCOPY being set.",
	.code = "net/ipv4/ip_sockglue.c:ip_recv_error, net/ipv6/datagram.c:ipv6_recv_error test no option");
/* ZC-SO-14. ip_sockglue.c:ip_recv_error and ipv6/datagram.c:ipv6_recv_error test
 * no option. The level and type of a notification are those of the option that
 * it could be thought to need. */
CASE(error_queue_is_read_without_any_option, .requirements = {"ZC-SO-14"}, .paths = netns::simplest)
{
	Link &link = test.connect({.zerocopy = false});
	const Payload payload(link.usual_length());
	int report_errors = -1;
	socklen_t length = sizeof(report_errors);

	test.that("error queue of a new socket", !errqueue::receive(new_socket(test).get()), "EAGAIN",
		  "a message");
	test.queue_empty(link);
	os::check(::getsockopt(link.sender(), test.transport().error_level, test.transport().error_type,
			       &report_errors, &length),
		  "getsockopt(IP_RECVERR or IPV6_RECVERR)");
	test.equal("IP_RECVERR or IPV6_RECVERR", report_errors, 0);
	link.set_zerocopy(true);
	test.sent(link.send_zerocopy(payload), payload.size());
	link.set_zerocopy(false);
	test.one_notification(link, {0, 0});
}

REQUIREMENT("ZC-SO-08", promised, "A VSOCK socket without SO_ZEROCOPY ignores the flag on every transport.",
	    .rests_on = "ZC-SO-07", .code = "net/vmw_vsock/af_vsock.c:vsock_connectible_sendmsg",
	    .kernels = "VSOCK since 6.7",
	    .not_judged = "needs a VSOCK transport without zerocopy support (VMCI, Hyper-V)");
DEVIATION("vsock-flag-refused-without-option", "ZC-SO-08", "6.7 on",
	  "On a transport without zerocopy support (VMCI, Hyper-V) a VSOCK send with the flag fails "
	  "with EOPNOTSUPP though SO_ZEROCOPY is not set; on virtio transports the flag is ignored as "
	  "promised.",
	  "Not fixed: read again in the sources of Debian's 6.1.192-3, 6.12.118-1 and 7.3.4-1~bpo13+1; "
	  "no subject of a fix in any changelog read, up to 7.3.4. The start is that of the feature "
	  "and is inferred.");
REQUIREMENT("ZC-SO-11", observed,
	    "A VSOCK connect() checks SO_ZEROCOPY again: it fails with EOPNOTSUPP when the transport "
	    "chosen by the address cannot do zerocopy.",
	    .code = "net/vmw_vsock/af_vsock.c:vsock_connect", .kernels = "since 6.7",
	    .not_judged = "needs a VSOCK transport without zerocopy support (VMCI, Hyper-V)");

} // namespace
