// SPDX-License-Identifier: GPL-2.0
/* The chapter 'Socket Setup' of msg_zerocopy.rst: SO_ZEROCOPY. */
#include <linux/capability.h>
#include <linux/netlink.h>
#include <sys/syscall.h>

#include <climits>

#include "conformance/chapter.h"
#include "netns/sysctl.h"
#include "transport/families.h"

namespace
{

constexpr int family_xdp = 44; /* AF_XDP, which the headers of old C libraries lack */

/* setsockopt(SO_ZEROCOPY) with any value: its errno, 0 where it succeeds. */
int set_from(int socket, const void *value, socklen_t length)
{
	return Returned::of(::setsockopt(socket, SOL_SOCKET, SO_ZEROCOPY, value, length)).error;
}

/* Setting SO_ZEROCOPY gives that errno, 0 for success. */
void setting_gives(At at, int socket, int value, int expected, const std::string &of_what = "")
{
	error_is(at, "SO_ZEROCOPY set to " + std::to_string(value) + of_what, set_zerocopy(socket, value),
		 expected);
}

REQUIREMENT("ZC-SO-01", observed,
	    "SO_ZEROCOPY accepts exactly the values 0 and 1; any other int gives EINVAL on a socket that "
	    "supports the option.",
	    .code = "net/core/sock.c:sk_setsockopt, case SO_ZEROCOPY; "
		    "net/vmw_vsock/af_vsock.c:vsock_connectible_setsockopt");
CASE(option_takes_zero_and_one_only, .requirements = {"ZC-SO-01", "ZC-SO-03"}, .transports = transport::all,
     .paths = netns::simplest)
{
	const os::Fd socket = new_socket(test);

	for (const int before : {1, 0}) {
		setting_gives(test, socket.get(), before, 0);
		reads_back(test, socket.get(), before);
		for (const int value : {2, 3, 256, 1 << 16, INT_MAX, -1, INT_MIN, INT_MIN + 1}) {
			setting_gives(test, socket.get(), value, EINVAL);
			test.equal("SO_ZEROCOPY after a refused value", zerocopy(socket.get()), before);
		}
	}
}

REQUIREMENT("ZC-SO-02", observed,
	    "An option length below that of an int gives EINVAL, a longer one is accepted, and an unreadable "
	    "option value of sufficient length gives EFAULT.",
	    .code = "net/core/sock.c:sk_setsockopt, prologue; net/vmw_vsock/af_vsock.c: COPY_IN");
CASE(option_is_an_int, .requirements = {"ZC-SO-02"}, .transports = transport::all, .paths = netns::simplest)
{
	const os::Fd socket = new_socket(test);
	const std::array<int, 2> values = {1, 2};
	const Mapping unreadable(page_size(), PROT_NONE);
	const int before = zerocopy(socket.get());

	for (const int length : {0, 1, 2, 3, -1})
		error_is(test, "option length " + std::to_string(length),
			 set_from(socket.get(), values.data(), length), EINVAL);
	for (const socklen_t length : {4, 8}) {
		error_is(test, "null pointer", set_from(socket.get(), nullptr, length), EFAULT);
		error_is(test, "unreadable page", set_from(socket.get(), unreadable.data(), length), EFAULT);
	}
	test.equal("SO_ZEROCOPY after refused calls", zerocopy(socket.get()), before);
	/* The kernel ignores what follows the int, though 2 would be an invalid value. */
	error_is(test, "option length 8", set_from(socket.get(), values.data(), sizeof(values)), 0);
	test.equal("SO_ZEROCOPY", zerocopy(socket.get()), 1);
}

REQUIREMENT("ZC-SO-03", observed,
	    "getsockopt(SO_ZEROCOPY) returns the current value as an int, cut to the length of the caller's "
	    "buffer.",
	    .code = "net/core/sock.c:sk_getsockopt, case SO_ZEROCOPY");
CASE(option_reads_back_cut_to_the_buffer, .requirements = {"ZC-SO-03"}, .transports = transport::all,
     .paths = netns::simplest)
{
	const os::Fd socket = new_socket(test);

	for (const int value : {1, 0}) {
		setting_gives(test, socket.get(), value, 0);
		for (const socklen_t room : {0, 1, 2, 3, 4, 5, 8}) {
			const socklen_t expected_length = std::min<socklen_t>(room, sizeof(value));
			Data seen(8, 0xa5);
			Data expected = seen;
			socklen_t length = room;

			std::memcpy(expected.data(), &value, expected_length);
			returned(test, "getsockopt(SO_ZEROCOPY)",
				 Returned::of(::getsockopt(socket.get(), SOL_SOCKET, SO_ZEROCOPY, seen.data(),
							   &length)),
				 0);
			test.equal("length from a buffer of " + std::to_string(room), length,
				   expected_length);
			test.equal("buffer of which " + std::to_string(room) + " bytes were offered", seen,
				   expected);
		}
	}
}

REQUIREMENT("ZC-SO-04", observed, "SO_ZEROCOPY is 0 on a new socket.",
	    .code = "net/core/sock.c:sk_getsockopt reads the flag SOCK_ZEROCOPY, which no constructor sets",
	    .kernels = "families without support read 0 as well. That it is off by default follows from \"a "
		       "process must first signal intent by setting a socket option\" (Socket Setup)");
CASE(option_is_off_on_a_new_socket, .requirements = {"ZC-SO-04"}, .transports = transport::all,
     .paths = netns::simplest)
{
	test.equal("SO_ZEROCOPY of a new socket", zerocopy(new_socket(test).get()), 0);
	test.equal("SO_ZEROCOPY of a connected socket", zerocopy(test.connect({.zerocopy = false}).sender()),
		   0);
}

REQUIREMENT("ZC-SO-05", observed,
	    "Sockets without support (raw, packet, UNIX, netlink, XDP, MPTCP, UDP-Lite, SCTP, ping) refuse "
	    "SO_ZEROCOPY with EOPNOTSUPP whatever the value, and still read 0.",
	    .code = "net/core/sock.c:sk_setsockopt tests family and protocol before the value; "
		    "net/mptcp/sockopt.c",
	    .kernels = "7.3 has no UDP-Lite. VSOCK tests in the reverse order: vsock_connectible_setsockopt "
		       "tests the value (EINVAL) before the transport (EOPNOTSUPP)");
DEVIATION("option-refused-with-enotsupp", "ZC-SO-05", "4.14 to 5.18",
	  "Sockets without support refuse SO_ZEROCOPY with ENOTSUPP (524), of which no C library knows the "
	  "name, in place of EOPNOTSUPP.",
	  "Seen on 5.10.262, not on 6.1. 5.18 is by the commit's subject, its release is inferred.",
	  .fix = "SO_ZEROCOPY should return -EOPNOTSUPP rather than -ENOTSUPP");
/* Kinds of sockets that the kernel lacks, or does not let this user open, are passed
 * over. */
CASE(option_is_refused_by_other_kinds_of_sockets, .requirements = {"ZC-SO-05"}, .paths = netns::simplest,
     .once = true, .deviation = "option-refused-with-enotsupp")
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
		{"UDP-Lite", AF_INET, SOCK_DGRAM, transport::protocol_udplite},
		{"MPTCP", AF_INET, SOCK_STREAM, transport::protocol_mptcp},
		{"MPTCP over IPv6", AF_INET6, SOCK_STREAM, transport::protocol_mptcp},
		{"SCTP", AF_INET, SOCK_STREAM, IPPROTO_SCTP},
		{"packet", AF_PACKET, SOCK_RAW, 0},
		{"packet, cooked", AF_PACKET, SOCK_DGRAM, 0},
		{"unix stream", AF_UNIX, SOCK_STREAM, 0},
		{"unix datagram", AF_UNIX, SOCK_DGRAM, 0},
		{"unix seqpacket", AF_UNIX, SOCK_SEQPACKET, 0},
		{"netlink", AF_NETLINK, SOCK_RAW, NETLINK_ROUTE},
		{"XDP", family_xdp, SOCK_RAW, 0},
	};
	int refusals = 0, otherwise = 0;

	test.network();
	/* In a new network namespace nobody may open ping sockets. */
	netns::try_sysctl("ipv4/ping_group_range", "0 0");
	for (const auto &kind : kinds) {
		const os::Fd socket(::socket(kind.family, kind.type | SOCK_CLOEXEC, kind.protocol));

		if (!socket)
			continue;
		const bool other = set_zerocopy(socket.get(), 1) == os::enotsupp;
		for (const int value : {1, 0, 2, -1})
			setting_gives(test, socket.get(), value, other ? os::enotsupp : EOPNOTSUPP,
				      std::string(", socket: ") + kind.name);
		otherwise += other;
		test.equal(std::string("SO_ZEROCOPY, socket: ") + kind.name, zerocopy(socket.get()), 0);
		refusals++;
	}
	test.that("kinds of sockets tried", refusals > 0, "one or more", "none");
	if (otherwise)
		test.deviates("ENOTSUPP of " + std::to_string(otherwise) + " of " + std::to_string(refusals) +
			      " kinds of sockets");
}

/* While this exists, no capability is effective. */
class ScopedPowerlessness {
public:
	ScopedPowerlessness() { os::check(set_effective(false), "capset()"); }
	~ScopedPowerlessness() { set_effective(true); }
	ScopedPowerlessness(const ScopedPowerlessness &) = delete;
	ScopedPowerlessness &operator=(const ScopedPowerlessness &) = delete;

private:
	/* Returns as system calls do: -1 with errno where it fails. */
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
/* SO_MARK, which needs a privilege, shows that this user has none. */
CASE(option_needs_no_privilege, .requirements = {"ZC-SO-06"}, .transports = transport::all,
     .paths = netns::simplest, .needs = needs_memlock)
{
	Link &link = test.connect({.zerocopy = false});
	const ScopedUser user;
	const ScopedPowerlessness powerlessness;
	const int mark = 1;

	fails(test, "setsockopt(SO_MARK)",
	      Returned::of(::setsockopt(link.sender(), SOL_SOCKET, SO_MARK, &mark, sizeof(mark))), EPERM);
	setting_gives(test, new_socket(test).get(), 1, 0, ", a new socket");
	link.set_zerocopy(true);
	next_id_is(test, link, Payload(link.usual_length()), 0);
}

REQUIREMENT(
	"ZC-SO-07", promised,
	"Without SO_ZEROCOPY the flag is silently ignored: the data is copied, no notification comes and the "
	"counter does not move.",
	.document = "Socket Setup: \"The kernel is permissive when applications pass undefined flags to the "
		    "send system call. By default it simply ignores these.\"",
	.code = "net/ipv4/tcp.c:tcp_sendmsg_locked, net/ipv4/ip_output.c:__ip_append_data test SOCK_ZEROCOPY",
	.kernels = "the code of all kernels does so; the document of 6.1 (section Transmission) still names "
		   "an option that was not set as a reason for ENOBUFS, a mistake of that text");
REQUIREMENT(
	"ZC-VS-14", promised,
	"A VSOCK send with the flag and without SO_ZEROCOPY is a plain send without an id, on a transport "
	"that supports zerocopy.",
	.rests_on = "ZC-SO-07",
	.code = "net/vmw_vsock/virtio_transport_common.c:virtio_transport_send_pkt_info tests SOCK_ZEROCOPY",
	.kernels = "since 6.7");
/* The first notification of the socket is that of the first send after the option was
 * set. */
CASE(flag_without_option_is_not_counted, .requirements = {"ZC-SO-07", "ZC-VS-14"},
     .transports = transport::all)
{
	Link &link = test.connect({.zerocopy = false});
	const Payload payload(link.usual_length());

	for (int i = 0; i < 3; i++)
		sends(test, link, payload);
	link.deliver();
	test.queue_empty(link);
	option_memory_is(test, link, 0);
	link.set_zerocopy(true);
	next_id_is(test, link, payload, 0);
}

/* The path holds the data, of which the pages would be shared if the option were set:
 * what is stored afterwards must not reach the peer. */
CASE(flag_without_option_copies_a_stream, .requirements = {"ZC-SO-07"}, .transports = transport::connected,
     .paths = netns::delivers | netns::holds)
{
	Link &link = test.connect({.zerocopy = false});
	Payload payload(link.usual_length());

	sends(test, link, payload);
	payload.overwrite();
}

/* Data stored between two parts of one datagram must not reach the peer. UDP_SEGMENT is
 * set because the kernel copies a datagram of several parts without it in any case. */
CASE(flag_without_option_copies_a_datagram, .requirements = {"ZC-SO-07"}, .transports = transport::udp,
     .without = netns::refuses_udp_segment)
{
	Link &link = test.connect({.zerocopy = false});
	const int size = static_cast<int>(link.usual_length());
	Payload payload(size - 1);

	set_option(link.sender(), SOL_UDP, UDP_SEGMENT, size, "setsockopt(UDP_SEGMENT)");
	sends(test, link, payload, MSG_MORE);
	payload.overwrite();
	plainly_sends(test, link, Payload(1));
}

/* A flag that the kernel sets for itself, to share the pages of files: a program's is not looked at. */
constexpr int splice_pages = 0x8000000; /* include/linux/socket.h:MSG_SPLICE_PAGES */

CASE(flag_of_the_kernels_own_shares_no_stream, .requirements = {"ZC-SO-07"}, .transports = transport::tcp,
     .paths = netns::delivers | netns::holds)
{
	Link &link = test.connect({.zerocopy = false});
	std::array payloads = {Payload(link.usual_length()), Payload(link.usual_length())};

	test.sent(link.send(payloads[0], splice_pages), payloads[0].size());
	sends(test, link, Outgoing(payloads[1]), splice_pages);
	for (Payload &payload : payloads)
		payload.overwrite();
}

CASE(flag_of_the_kernels_own_shares_no_datagram, .requirements = {"ZC-SO-07"}, .transports = transport::udp,
     .paths = netns::simplest)
{
	Link &link = test.connect({.zerocopy = false});

	for (const int flags : {0, int{MSG_ZEROCOPY}}) {
		Payload payload(link.usual_length() - 1);

		test.sent(link.send(payload, flags | splice_pages | MSG_MORE), payload.size());
		payload.overwrite();
		plainly_sends(test, link, Payload(1));
	}
}

/* The last packet has flagged data of when the option was set. */
CASE(flag_without_option_joins_no_flagged_data, .requirements = {"ZC-SO-07"}, .transports = transport::tcp,
     .paths = netns::holds)
{
	Link &link = test.connect();
	std::array payloads = {Payload(100), Payload(100), Payload(100)};

	for (std::size_t i = 0; i < payloads.size(); i++) {
		link.set_zerocopy(i != 1);
		sends(test, link, payloads[i]);
	}
	payloads[1].overwrite(); /* nobody sees it */
	test.equal("ids given", link.ledger().next_id(), 2);
	link.release();
	test.completions_settle(link);
}

/* Listen at the receiver's address, at a port that the kernel chooses. */
void listen_at_receiver(Test &test, int socket)
{
	const char *const text = test.network().addresses(test.transport().address_family).receiver;
	const Address any = transport::make_address(test.transport().family, text, 0);

	os::check(::bind(socket, any.get(), any.length), "bind()");
	os::check(::listen(socket, 1), "listen()");
}

REQUIREMENT("ZC-SO-09", observed,
	    "An accepted TCP socket inherits SO_ZEROCOPY from its listener, starts its own counter at 0, and "
	    "copies in the call no more than one that connects.",
	    .code = "net/core/sock.c:sk_clone (6.1, 6.12: sk_clone_lock) copies the flags and sets sk_zckey "
		    "to 0; net/ipv4/tcp_ipv4.c:tcp_v4_syn_recv_sock, sk_setup_caps");
/* The second connection shows what the first one may have left in the listener. */
CASE(accepted_socket_inherits_the_option_and_counts_from_zero, .requirements = {"ZC-SO-09", "ZC-SO-03"},
     .transports = transport::tcp, .paths = netns::simplest)
{
	const os::Fd listener = new_socket(test);

	listen_at_receiver(test, listener.get());
	const Address address = os::local_address(listener.get());
	for (const int inherited : {1, 1, 0}) {
		const os::Fd client = new_socket(test);

		setting_gives(test, listener.get(), inherited, 0, ", the listener");
		reads_back(test, listener.get(), inherited, ", the listener");
		os::connect(client.get(), address);
		const os::Fd accepted = os::accept(listener.get());
		test.equal("SO_ZEROCOPY of the accepted socket", zerocopy(accepted.get()), inherited);
		test.equal("SO_ZEROCOPY of the connecting socket", zerocopy(client.get()), 0);
		for (std::uint32_t id = 0; inherited && id < 2; id++)
			completes(test, accepted.get(), client.get(), id);
	}
}

/* A socket may have sent before it listens. */
CASE(accepted_socket_counts_from_zero_whatever_its_listener_has_sent,
     .requirements = {"ZC-SO-09", "ZC-CT-01"}, .transports = transport::tcp, .paths = netns::simplest)
{
	const harness::Bound before = harness::listener_at_receiver(test);
	const os::Fd listener = new_socket(test);

	setting_gives(test, listener.get(), 1, 0, ", the listener to be");
	os::connect(listener.get(), before.address);
	const os::Fd peer = os::accept(before.socket.get());
	for (const std::uint32_t id : {0, 1})
		completes(test, listener.get(), peer.get(), id);
	const Payload unread(1000);
	test.sent(send_raw(listener.get(), unread, MSG_ZEROCOPY), unread.size());
	receives(test, peer.get(), unread);
	notified(test, listener.get()); /* it is charged for the notification, and its child is not */
	os::disconnect(listener.get());
	listen_at_receiver(test, listener.get());
	const os::Fd client = new_socket(test);
	os::connect(client.get(), os::local_address(listener.get()));
	const os::Fd accepted = os::accept(listener.get());
	test.equal("option memory of the accepted socket", option_memory(accepted.get()), 0);
	for (const std::uint32_t id : {0, 1})
		completes(test, accepted.get(), client.get(), id);
}

void can_be_set_and_cleared(At at, int socket, const std::string &state)
{
	for (const int value : {1, 1, 0, 0, 1, 0}) {
		setting_gives(at, socket, value, 0, ", socket " + state);
		reads_back(at, socket, value, ", socket " + state);
	}
}

REQUIREMENT("ZC-SO-12", observed,
	    "SO_ZEROCOPY can be set and cleared in any state of the socket: unconnected, listening, "
	    "connected, reset.",
	    .code = "net/core/sock.c:sk_setsockopt, case SO_ZEROCOPY has no state test");
CASE(option_can_be_set_in_any_state, .requirements = {"ZC-SO-12", "ZC-SO-03"}, .transports = transport::all,
     .paths = netns::simplest)
{
	const os::Fd socket = new_socket(test);
	Link &link = test.connect({.zerocopy = false});

	can_be_set_and_cleared(test, socket.get(), "unconnected");
	can_be_set_and_cleared(test, link.sender(), "connected");
	if (test.is(transport::datagram)) {
		os::disconnect(link.sender());
		can_be_set_and_cleared(test, link.sender(), "disconnected");
		return;
	}
	listen_at_receiver(test, socket.get());
	can_be_set_and_cleared(test, socket.get(), "listening");
	os::check(::shutdown(link.sender(), SHUT_WR), "shutdown()");
	can_be_set_and_cleared(test, link.sender(), "shut down for sending");
	if (test.is(transport::vsock))
		return; /* it has no connect(AF_UNSPEC) */
	link.reset();
	/* The state follows the error a moment later: net/ipv4/tcp_input.c:tcp_reset. */
	await_events(test, link.sender(), POLLHUP, "the reset");
	can_be_set_and_cleared(test, link.sender(), "reset");
}

REQUIREMENT(
	"ZC-SO-16", observed,
	"SO_ZEROCOPY that is set before connect() is still set after it, and the flagged sends that follow "
	"have ids and complete.",
	.code = "net/vmw_vsock/af_vsock.c:vsock_connect looks at SOCK_ZEROCOPY and does not clear it; "
		"net/ipv4/tcp_ipv4.c:tcp_v4_connect and net/ipv4/datagram.c:ip4_datagram_connect do not look "
		"at it",
	.kernels = "VSOCK since 6.7, where connect() chooses the transport and checks the option (ZC-SO-11)");
CASE(option_outlasts_connect, .requirements = {"ZC-SO-16", "ZC-SO-03"}, .transports = transport::all)
{
	Link &link = test.connect({.connected = false});

	reads_back(test, link.sender(), 1);
	link.connect_to_peer();
	test.equal("SO_ZEROCOPY after connect()", zerocopy(link.sender()), 1);
	for (const std::uint32_t id : {0, 1})
		next_id_is(test, link, id);
}

/* Connections to it are refused: by TCP with ECONNREFUSED, by VSOCK with ECONNRESET. */
CASE(option_outlasts_a_refused_connection, .requirements = {"ZC-SO-16", "ZC-SO-03"},
     .transports = transport::connected, .paths = netns::simplest, .without = netns::away)
{
	Link &link = test.connect({.connected = false});
	const harness::Bound closed = harness::closed_port(test);

	for (int i = 0; i < 2; i++) {
		const Returned refused =
			Returned::of(::connect(link.sender(), closed.address.get(), closed.address.length));
		test.that("connect() to a port where nobody listens",
			  refused.error == ECONNREFUSED || refused.error == ECONNRESET,
			  "-1 (ECONNREFUSED or ECONNRESET)", os::describe(refused));
		test.equal("SO_ZEROCOPY after a connection that was refused", zerocopy(link.sender()), 1);
	}
	link.connect_to_peer();
	test.equal("SO_ZEROCOPY after connect()", zerocopy(link.sender()), 1);
	for (const std::uint32_t id : {0, 1})
		next_id_is(test, link, id);
}

REQUIREMENT("ZC-SO-13", observed,
	    "Clearing SO_ZEROCOPY neither cancels outstanding completions nor resets the counter.",
	    .code = "net/core/skbuff.c:__msg_zerocopy_callback does not look at the option; "
		    "net/core/sock.c:sk_setsockopt does not touch sk_zckey",
	    .kernels = "that outstanding completions still come is promised (Deferred copies): the flag is a "
		       "contract that the kernel will queue a notification");
CASE(clearing_the_option_cancels_nothing, .requirements = {"ZC-SO-13"}, .transports = transport::all,
     .paths = netns::holds)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());

	sends(test, link, payload);
	link.set_zerocopy(false);
	test.queue_empty(link);
	link.release();
	test.one_notification(link, {0, 0});
	sends(test, link, payload);
	link.set_zerocopy(true);
	next_id_is(test, link, payload, 1);
}

REQUIREMENT(
	"ZC-SO-14", observed,
	"The error queue can be read without IP_RECVERR, IPV6_RECVERR and SO_ZEROCOPY being set.",
	.code = "net/ipv4/ip_sockglue.c:ip_recv_error, net/ipv6/datagram.c:ipv6_recv_error test no option");
/* The option that a notification could be thought to need is the one of its level and
 * type. */
CASE(error_queue_is_read_without_any_option, .requirements = {"ZC-SO-14"}, .paths = netns::simplest)
{
	Link &link = test.connect({.zerocopy = false});

	test.queue_empty(new_socket(test).get());
	test.queue_empty(link);
	test.equal("IP_RECVERR or IPV6_RECVERR",
		   os::get_option<int>(link.sender(), test.transport().error_level,
				       test.transport().error_type, "getsockopt(IP_RECVERR or IPV6_RECVERR)"),
		   0);
	link.set_zerocopy(true);
	sends(test, link);
	link.set_zerocopy(false);
	test.one_notification(link, {0, 0});
}

REQUIREMENT("ZC-SO-08", promised, "A VSOCK socket without SO_ZEROCOPY ignores the flag on every transport.",
	    .rests_on = "ZC-SO-07", .code = "net/vmw_vsock/af_vsock.c:vsock_connectible_sendmsg",
	    .kernels = "VSOCK since 6.7",
	    .not_judged = "needs a VSOCK transport without zerocopy support (VMCI, Hyper-V)");
DEVIATION("vsock-flag-refused-without-option", "ZC-SO-08", "6.7 on",
	  "On a transport without zerocopy support (VMCI, Hyper-V) a VSOCK send with the flag fails with "
	  "EOPNOTSUPP though SO_ZEROCOPY is not set; on virtio transports the flag is ignored as promised.",
	  catalogue::not_fixed_read);
REQUIREMENT("ZC-SO-11", observed,
	    "A VSOCK connect() checks SO_ZEROCOPY again: it fails with EOPNOTSUPP when the transport chosen "
	    "by the address cannot do zerocopy.",
	    .code = "net/vmw_vsock/af_vsock.c:vsock_connect", .kernels = "since 6.7",
	    .not_judged = "needs a VSOCK transport without zerocopy support (VMCI, Hyper-V)");

} // namespace
