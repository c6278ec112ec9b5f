// SPDX-License-Identifier: GPL-2.0
/* Families and protocols beside TCP and UDP. msg_zerocopy.rst, Intro: "currently
 * implemented for TCP, UDP and VSOCK"; Socket Setup: the kernel is "permissive when
 * parsing the flags argument ... By default it simply ignores these". */
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/net_tstamp.h>
#include <linux/netlink.h>
#include <linux/rds.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <linux/vm_sockets.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <functional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "errqueue/receive.h"
#include "harness/case.h"
#include "harness/test.h"
#include "limits/limits.h"
#include "os/check.h"
#include "os/fd.h"
#include "os/option.h"
#include "transport/families.h"

namespace
{

using harness::Entry;
using harness::Test;
using os::Address;
using os::Bytes;
using os::Data;
using transport::Link;
using transport::Payload;
using transport::Sent;

/* For experiments (RFC 3692), and for local ones (IEEE 802): nobody else's. */
constexpr int some_protocol = 253;
constexpr std::uint16_t some_ethertype = 0x88b5;

/* Header and data of any kind of message. */
constexpr std::size_t message_length = 1000;

/* setsockopt(SO_ZEROCOPY) fails with EOPNOTSUPP, whatever the value. */
void refuses_option(Test &test, int socket)
{
	for (const int value : {1, 0}) {
		const int result = ::setsockopt(socket, SOL_SOCKET, SO_ZEROCOPY, &value, sizeof(value));
		const Sent answer = {result, result < 0 ? errno : 0};

		test.refused(answer, EOPNOTSUPP);
	}
}

Sent send_flagged(int socket, Bytes message, const Address &to = {})
{
	const ssize_t length = ::sendto(socket, message.data(), message.size(), MSG_ZEROCOPY | MSG_DONTWAIT,
					to.length ? to.get() : nullptr, to.length);

	return {length, length < 0 ? errno : 0};
}

/* Nothing of MSG_ZEROCOPY is to be seen on a socket whose data has arrived. */
void no_notification(Test &test, int socket)
{
	const short readiness = errqueue::poll_now(socket);
	const auto message = errqueue::receive(socket);

	test.that("poll() of a socket that ignores the flag", !(readiness & POLLERR), "no POLLERR",
		  "POLLERR");
	test.that("error queue of a socket that ignores the flag", !message, "empty",
		  message ? errqueue::describe(*message) : "");
}

/* What a call returns that reads, once there is something to read; or -1 with errno.
 * RDS says POLLIN at other times too: net/rds/af_rds.c:rds_poll. */
ssize_t when_readable(int socket, const std::function<ssize_t()> &read)
{
	const os::Deadline deadline;
	pollfd poll = {socket, POLLIN, 0};
	ssize_t length = -1;

	while (::poll(&poll, 1, deadline.left_ms()) > 0) {
		length = read();
		if (length >= 0 || errno != EAGAIN || deadline.passed())
			return length;
		::poll(nullptr, 0, 1);
	}
	errno = EAGAIN;
	return length;
}

/* What the next message that arrives holds, its header included. */
Data arriving(Test &test, int socket)
{
	Data bytes(1 << 16);
	const ssize_t length = when_readable(
		socket, [&] { return ::recv(socket, bytes.data(), bytes.size(), MSG_DONTWAIT); });

	test.that("recv() at the receiver", length >= 0, "data", transport::describe({length, errno}));
	bytes.resize(length);
	return bytes;
}

/*
 * A flagged send of the message is a plain one: it has been copied when the call
 * returns, arrives, and nothing is said of it. The `header` first bytes of the
 * message are the kernel's to change; so are those that arrive before the rest.
 */
void ignores_flag(Test &test, int sender, int receiver, Payload &message, std::size_t header = 0,
		  const Address &to = {})
{
	const Bytes data = message.bytes().subspan(header);
	const Data expected(data.begin(), data.end());

	test.sent(send_flagged(sender, message, to), message.size());
	message.overwrite();
	const Data arrived = arriving(test, receiver);
	test.that("data that arrives",
		  arrived.size() >= expected.size() &&
			  std::equal(expected.rbegin(), expected.rend(), arrived.rbegin()),
		  "as it was when the call returned", "other bytes");
	no_notification(test, sender);
}

/* The same of a protocol that is used like TCP or UDP. */
void ignores_flag(Test &test, Link &link)
{
	Payload payload(link.usual_length());

	test.sent(link.send_zerocopy(payload), payload.size());
	payload.overwrite();
	link.deliver();
	no_notification(test, link.sender());
}

REQUIREMENT(
	"ZC-OP-01", promised,
	"Raw, packet, UNIX, netlink and ping sockets ignore the flag: the data is sent and no "
	"notification comes.",
	.rests_on = "ZC-SO-07",
	.code = "net/core/sock.c:sk_setsockopt refuses SO_ZEROCOPY, and SOCK_ZEROCOPY is tested on the paths "
		"of TCP and UDP only");
/* ZC-OP-01. net/unix/af_unix.c copies; it has no error queue. */
CASE(unix_sockets_ignore_the_flag, .requirements = {"ZC-OP-01"}, .paths = netns::simplest, .once = true)
{
	for (const int type : {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET}) {
		int ends[2];

		os::check(::socketpair(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends),
			  "socketpair()");
		const os::Fd sender(ends[0]);
		const os::Fd receiver(ends[1]);
		Payload payload(message_length);
		ignores_flag(test, sender.get(), receiver.get(), payload);
	}
}

Address address_of(int socket)
{
	Address address;

	address.length = sizeof(address.storage);
	os::check(::getsockname(socket, address.get(), &address.length), "getsockname()");
	return address;
}

os::Fd netlink_socket()
{
	os::Fd socket = transport::open_socket(AF_NETLINK, SOCK_RAW, NETLINK_USERSOCK);
	sockaddr_nl any = {};

	any.nl_family = AF_NETLINK;
	os::check(::bind(socket.get(), reinterpret_cast<sockaddr *>(&any), sizeof(any)), "bind()");
	return socket;
}

/* ZC-OP-01. net/netlink/af_netlink.c:netlink_sendmsg copies. */
CASE(netlink_sockets_ignore_the_flag, .requirements = {"ZC-OP-01"}, .paths = netns::simplest, .once = true)
{
	test.network();
	const os::Fd sender = netlink_socket();
	const os::Fd receiver = netlink_socket();
	Payload message(message_length);

	ignores_flag(test, sender.get(), receiver.get(), message, 0, address_of(receiver.get()));
}

/* ZC-OP-01. net/ipv4/raw.c:raw_sendmsg calls ip_append_data() as UDP does, but
 * SOCK_ZEROCOPY cannot be set; over IPv4 the receiver sees the header too. */
CASE(raw_sockets_ignore_the_flag, .requirements = {"ZC-OP-01"}, .transports = transport::udp,
     .paths = netns::simplest, .address_family = AF_INET, .once = true)
{
	test.network();
	const os::Fd sender = transport::open_socket(AF_INET, SOCK_RAW, some_protocol);
	const os::Fd receiver = transport::open_socket(AF_INET, SOCK_RAW, some_protocol);
	Payload message(message_length);

	ignores_flag(test, sender.get(), receiver.get(), message, 0,
		     transport::make_address(AF_INET, "127.0.0.1", 0));
}

CASE(raw_ipv6_sockets_ignore_the_flag, .requirements = {"ZC-OP-01"}, .transports = transport::udp,
     .paths = netns::simplest, .address_family = AF_INET6, .once = true)
{
	test.network();
	const os::Fd sender = transport::open_socket(AF_INET6, SOCK_RAW, some_protocol);
	const os::Fd receiver = transport::open_socket(AF_INET6, SOCK_RAW, some_protocol);
	Payload message(message_length);

	ignores_flag(test, sender.get(), receiver.get(), message, 0,
		     transport::make_address(AF_INET6, "::1", 0));
}

/* ZC-OP-01. net/ipv4/raw.c:raw_send_hdrinc copies header and data. */
CASE(raw_sockets_with_headers_ignore_the_flag, .requirements = {"ZC-OP-01"}, .transports = transport::udp,
     .paths = netns::simplest, .address_family = AF_INET, .once = true)
{
	test.network();
	const os::Fd sender = transport::open_socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
	const os::Fd receiver = transport::open_socket(AF_INET, SOCK_RAW, some_protocol);
	Payload message(message_length);
	iphdr header = {};

	/* Lengths, checksum and source are filled in by the kernel. */
	header.version = 4;
	header.ihl = sizeof(header) / 4;
	header.ttl = 64;
	header.protocol = some_protocol;
	header.daddr = htonl(INADDR_LOOPBACK);
	std::memcpy(message.data(), &header, sizeof(header));
	ignores_flag(test, sender.get(), receiver.get(), message, sizeof(header),
		     transport::make_address(AF_INET, "127.0.0.1", 0));
}

Address packet_address(int device)
{
	Address address;
	sockaddr_ll packet = {};

	packet.sll_family = AF_PACKET;
	packet.sll_protocol = htons(some_ethertype);
	packet.sll_ifindex = device;
	packet.sll_halen = ETH_ALEN;
	std::memcpy(&address.storage, &packet, sizeof(packet));
	address.length = sizeof(packet);
	return address;
}

/* What is sent to this network's loopback device with an EtherType of our own. */
os::Fd packet_receiver(const Address &from)
{
	os::Fd socket = transport::open_socket(AF_PACKET, SOCK_RAW, 0);

	os::check(::bind(socket.get(), from.get(), from.length), "bind(AF_PACKET)");
	return socket;
}

Address loopback_device(Test &test)
{
	return packet_address(static_cast<int>(::if_nametoindex(test.network().device())));
}

/* As on Ethernet: from nobody to nobody. */
void put_ethernet_header(std::uint8_t *frame)
{
	ethhdr header = {};

	header.h_proto = htons(some_ethertype);
	std::memcpy(frame, &header, sizeof(header));
}

/* ZC-OP-01. net/packet/af_packet.c:packet_snd copies. */
CASE(packet_sockets_ignore_the_flag, .requirements = {"ZC-OP-01"}, .paths = netns::simplest,
     .needs = harness::needs_packet, .once = true)
{
	const Address device = loopback_device(test);
	const os::Fd receiver = packet_receiver(device);

	for (const int type : {SOCK_RAW, SOCK_DGRAM}) {
		const os::Fd sender = transport::open_socket(AF_PACKET, type, 0);
		const std::size_t header = type == SOCK_RAW ? sizeof(ethhdr) : 0;
		Payload message(message_length);

		if (type == SOCK_RAW)
			put_ethernet_header(message.data());
		ignores_flag(test, sender.get(), receiver.get(), message, header, device);
	}
}

/* ZC-OP-01. net/ipv4/ping.c:ping_common_sendmsg; the echo has the same data. */
CASE(ping_sockets_ignore_the_flag, .requirements = {"ZC-OP-01"}, .transports = transport::udp,
     .paths = netns::simplest, .address_family = AF_INET, .needs = harness::needs_ping, .once = true)
{
	const os::Fd socket = transport::open_ping_socket(test.network().sender(), AF_INET);
	Payload message(message_length);
	icmphdr header = {};

	header.type = ICMP_ECHO;
	std::memcpy(message.data(), &header, sizeof(header));
	ignores_flag(test, socket.get(), socket.get(), message, sizeof(header),
		     transport::make_address(AF_INET, "127.0.0.1", 0));
}

CASE(ping_ipv6_sockets_ignore_the_flag, .requirements = {"ZC-OP-01"}, .transports = transport::udp,
     .paths = netns::simplest, .address_family = AF_INET6, .needs = harness::needs_ping, .once = true)
{
	const os::Fd socket = transport::open_ping_socket(test.network().sender(), AF_INET6);
	Payload message(message_length);
	icmp6_hdr header = {};

	header.icmp6_type = ICMP6_ECHO_REQUEST;
	std::memcpy(message.data(), &header, sizeof(header));
	ignores_flag(test, socket.get(), socket.get(), message, sizeof(header),
		     transport::make_address(AF_INET6, "::1", 0));
}

/* A ring of one frame that a packet socket sends from: PACKET_TX_RING. */
class SendRing {
public:
	explicit SendRing(int socket)
	{
		tpacket_req request = {};

		/* Version 2 is alike in 32-bit programs and in 64-bit ones. */
		os::set_option(socket, SOL_PACKET, PACKET_VERSION, TPACKET_V2, "PACKET_VERSION");
		request.tp_block_size = static_cast<unsigned>(limits::page_size());
		request.tp_block_nr = 1;
		request.tp_frame_size = request.tp_block_size;
		request.tp_frame_nr = 1;
		length_ = request.tp_block_size;
		os::check(::setsockopt(socket, SOL_PACKET, PACKET_TX_RING, &request, sizeof(request)),
			  "PACKET_TX_RING");
		void *mapped = ::mmap(nullptr, length_, PROT_READ | PROT_WRITE, MAP_SHARED, socket, 0);
		if (mapped == MAP_FAILED)
			os::check(-1, "mmap(PACKET_TX_RING)");
		start_ = static_cast<std::uint8_t *>(mapped);
	}
	~SendRing() { ::munmap(start_, length_); }
	SendRing(const SendRing &) = delete;
	SendRing &operator=(const SendRing &) = delete;

	/* Offer a frame to the kernel, which sends it with the next send call. Once a ring. */
	void offer(Bytes frame)
	{
		std::memcpy(start_ + TPACKET_ALIGN(sizeof(tpacket2_hdr)), frame.data(), frame.size());
		header().tp_len = static_cast<unsigned>(frame.size());
		status().store(TP_STATUS_SEND_REQUEST, std::memory_order_release);
	}
	/* The kernel is done with it. */
	bool available() { return status().load(std::memory_order_acquire) == TP_STATUS_AVAILABLE; }

private:
	tpacket2_hdr &header() { return *reinterpret_cast<tpacket2_hdr *>(start_); }
	std::atomic_ref<unsigned> status() { return std::atomic_ref<unsigned>(header().tp_status); }

	std::uint8_t *start_ = nullptr;
	std::size_t length_;
};

REQUIREMENT(
	"ZC-OP-10", observed,
	"AF_PACKET rings (PACKET_TX_RING) report completion in the ring and never on the error queue.",
	.code = "net/packet/af_packet.c:tpacket_snd",
	.kernels =
		"7.3 and 6.12.112 on (\"packet: use ubuf_info completion for TX_RING packets\") use the same "
		"ubuf_info machinery, 6.1 a destructor");
REGRESSION("packet: use ubuf_info completion for TX_RING packets", "7.2.9, 6.12.112 [Debian 6.12.113-1]",
	   .cases = {"packet_ring_completes_in_the_ring_only"});
/* ZC-OP-10. net/packet/af_packet.c:tpacket_snd: whether it completes by a destructor
 * or by a ubuf_info, the frame's status says so, and nothing else does. */
CASE(packet_ring_completes_in_the_ring_only, .requirements = {"ZC-OP-10"}, .paths = netns::simplest,
     .needs = harness::needs_packet, .once = true)
{
	const Address device = loopback_device(test);
	const os::Fd receiver = packet_receiver(device);
	const os::Fd sender = transport::open_socket(AF_PACKET, SOCK_RAW, 0);
	SendRing ring(sender.get());
	Payload frame(message_length);

	put_ethernet_header(frame.data());
	ring.offer(frame);
	test.sent(send_flagged(sender.get(), {}, device), frame.size());
	const Data arrived = arriving(test, receiver.get());
	test.that("frame that arrives", std::ranges::equal(arrived, frame.bytes()), "as it was sent",
		  "other bytes");
	test.that("status of the frame sent", os::wait_until([&] { return ring.available(); }),
		  "TP_STATUS_AVAILABLE", "another");
	no_notification(test, sender.get());
}

REQUIREMENT("ZC-OP-02", observed, "MPTCP refuses SO_ZEROCOPY with EOPNOTSUPP and ignores the flag.",
	    .code = "net/mptcp/sockopt.c:mptcp_supported_sockopt; net/mptcp/protocol.c:mptcp_sendmsg masks "
		    "msg_flags");
/* ZC-OP-02. net/mptcp/sockopt.c:mptcp_supported_sockopt; net/mptcp/protocol.c:
 * mptcp_sendmsg leaves four flags, of which this is none. */
CASE(mptcp_refuses_the_option_and_ignores_the_flag, .requirements = {"ZC-OP-02"},
     .transports = transport::tcp, .paths = netns::simplest, .needs = harness::needs_mptcp,
     .entry = Entry::families)
{
	Link &link = test.connect({.zerocopy = false, .protocol = transport::protocol_mptcp});

	refuses_option(test, link.sender());
	ignores_flag(test, link);
}

REQUIREMENT(
	"ZC-OP-07", observed, "SCTP refuses SO_ZEROCOPY with EOPNOTSUPP and ignores the flag.",
	.code = "net/core/sock.c:sk_setsockopt, net/sctp/socket.c:sctp_sendmsg",
	.kernels =
		"recvmsg(MSG_ERRQUEUE) works since \"sctp: support MSG_ERRQUEUE flag in recvmsg()\" (6.1.75, "
		"6.6.14, 6.8)");
REGRESSION("sctp: support MSG_ERRQUEUE flag in recvmsg()",
	   "6.8, 6.6.14 [Debian 6.6.15-1], 6.1.75 [Debian 6.1.76-1]",
	   .cases = {"sctp_refuses_the_option_and_ignores_the_flag"});
/* ZC-OP-07. net/core/sock.c:sk_setsockopt, net/sctp/socket.c:sctp_sendmsg. */
CASE(sctp_refuses_the_option_and_ignores_the_flag, .requirements = {"ZC-OP-07"}, .transports = transport::tcp,
     .paths = netns::simplest, .needs = harness::needs_sctp, .entry = Entry::families)
{
	Link &link = test.connect({.zerocopy = false, .protocol = IPPROTO_SCTP});

	refuses_option(test, link.sender());
	ignores_flag(test, link);
}

REQUIREMENT("ZC-OP-08", observed, "UDP-Lite refuses SO_ZEROCOPY with EOPNOTSUPP.",
	    .code = "net/core/sock.c:sk_setsockopt tests for IPPROTO_UDP",
	    .kernels = "6.1 and 6.12; the protocol is gone in 7.3: socket() fails with EPROTONOSUPPORT");
/* ZC-OP-08. net/core/sock.c:sk_setsockopt tests for IPPROTO_UDP, though
 * net/ipv4/udp.c:udp_sendmsg sends both. */
CASE(udplite_refuses_the_option_and_ignores_the_flag, .requirements = {"ZC-OP-08"},
     .transports = transport::udp, .paths = netns::simplest, .needs = harness::needs_udplite,
     .entry = Entry::families)
{
	Link &link = test.connect({.zerocopy = false, .protocol = transport::protocol_udplite});

	refuses_option(test, link.sender());
	ignores_flag(test, link);
}

REQUIREMENT("ZC-OP-09", observed,
	    "SO_ZEROCOPY on AF_SMC sockets with TCP fallback and on sockets with a TCP_ULP does no harm.",
	    .code = "net/smc/af_smc.c:smc_setsockopt; net/tls/tls_main.c");
/* ZC-OP-09. net/smc/af_smc.c:smc_switch_to_fallback puts the TCP socket behind in
 * the place of the other: what it does with the option is what TCP does. Where it
 * has not fallen back, the option is refused. */
CASE(option_does_no_harm_to_smc, .requirements = {"ZC-OP-09"}, .transports = transport::tcp,
     .paths = netns::simplest, .address_family = AF_INET, .needs = harness::needs_smc,
     .entry = Entry::families, .once = true)
{
	Link &link = test.connect({.zerocopy = false, .family = transport::family_smc});
	const int on = 1;

	ignores_flag(test, link);
	if (::setsockopt(link.sender(), SOL_SOCKET, SO_ZEROCOPY, &on, sizeof(on)) < 0) {
		test.equal("errno of setsockopt(SO_ZEROCOPY)", errno, EOPNOTSUPP);
		ignores_flag(test, link);
		return;
	}
	link.set_zerocopy(true);
	const Payload payload(link.usual_length());
	test.sent(link.send_zerocopy(payload), payload.size());
	test.one_notification(link, {0, 0});
}

/* ZC-OP-09. net/tls/tls_main.c leaves socket options that are not its own alone. */
CASE(option_does_no_harm_to_ktls, .requirements = {"ZC-OP-09"}, .transports = transport::tcp,
     .paths = netns::simplest, .needs = harness::needs_ktls, .entry = Entry::families)
{
	Link &link = test.connect({.zerocopy = false});
	const Payload payload(link.usual_length());

	transport::encrypt_sending(link.sender());
	transport::decrypt_receiving(link.receiver());
	for (const bool option : {true, false}) {
		link.set_zerocopy(option);
		test.sent(link.send(payload), payload.size());
		link.deliver();
		test.queue_empty(link);
	}
}

REQUIREMENT("ZC-OP-03", promised, "A kTLS socket that sends takes the flag as a hint: the send succeeds.",
	    .rests_on = "ZC-SO-07",
	    .code = "net/tls/tls_sw.c:tls_sw_sendmsg (6.12, 7.3: tls_sw_sendmsg and tls_sw_sendmsg_locked), "
		    "net/tls/tls_device.c:tls_push_data");
DEVIATION("ktls-refuses-flag", "ZC-OP-03", "4.14 on",
	  "A send with the flag on a socket with kTLS transmit attached, in software or on a device, "
	  "fails with EOPNOTSUPP (ENOTSUPP on early kernels), without an id, whether or not "
	  "SO_ZEROCOPY is set.",
	  "Not fixed: read again in the sources of Debian's 6.1.192-3, 6.12.118-1 and 7.3.4-1~bpo13+1; "
	  "no subject of a fix in any changelog read, up to 7.3.4. The start is that of the feature "
	  "and is inferred.");
/* ZC-OP-03. Deferred copies: "Passing flag MSG_ZEROCOPY is a hint to the kernel". */
CASE(ktls_takes_the_flag_as_a_hint, .requirements = {"ZC-OP-03"}, .transports = transport::tcp,
     .paths = netns::simplest, .needs = harness::needs_ktls, .entry = Entry::families,
     .deviation = "ktls-refuses-flag")
{
	Link &link = test.connect({.zerocopy = false});
	const Payload payload(link.usual_length());
	int refusals = 0;

	transport::encrypt_sending(link.sender());
	transport::decrypt_receiving(link.receiver());
	for (const bool option : {false, true}) {
		link.set_zerocopy(option);
		const Sent sent = link.send_zerocopy(payload);
		if (sent.ok()) {
			test.sent(sent, payload.size());
			continue;
		}
		test.refused(sent, EOPNOTSUPP);
		test.sent(link.send(payload), payload.size());
		test.queue_empty(link);
		refusals++;
	}
	if (refusals == 2)
		test.deviates("EOPNOTSUPP without SO_ZEROCOPY and with it, where a plain send succeeds");
	test.equal("flagged sends that failed", refusals, 0);
}

REQUIREMENT("ZC-LF-09", observed,
	    "Completions of flagged sends made before kTLS was attached can be read after it was.",
	    .code = "net/tls/tls_main.c:tls_init, net/tls/tls_sw.c:tls_sw_recvmsg",
	    .kernels = "see ZC-PA-04 for their form");
/* ZC-LF-09. net/tls/tls_main.c puts its own sendmsg before TCP's; the error queue
 * is the socket's. A send that has completed, and one that has not. */
CASE(notifications_outlive_the_start_of_ktls, .requirements = {"ZC-LF-09"}, .transports = transport::tcp,
     .paths = netns::simplest, .needs = harness::needs_ktls, .entry = Entry::families)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());

	test.sent(link.send_zerocopy(payload), payload.size());
	link.deliver();
	transport::encrypt_sending(link.sender());
	transport::decrypt_receiving(link.receiver());
	test.sent(link.send(payload), payload.size());
	test.one_notification(link, {0, 0});
}

CASE(held_sends_complete_after_the_start_of_ktls, .requirements = {"ZC-LF-09"}, .transports = transport::tcp,
     .paths = netns::holds_many, .needs = harness::needs_ktls, .entry = Entry::families, .once = true)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());

	test.sent(link.send_zerocopy(payload), payload.size());
	transport::encrypt_sending(link.sender());
	test.queue_empty(link);
	link.release();
	transport::decrypt_receiving(link.receiver());
	test.sent(link.send(payload), payload.size());
	test.one_notification(link, {0, 0});
}

REQUIREMENT("ZC-PA-04", promised,
	    "On a kTLS socket of AF_INET6 a notification is a control message SOL_IPV6/IPV6_RECVERR.",
	    .rests_on = "ZC-PA-01", .code = "net/tls/tls_sw.c:tls_sw_recvmsg",
	    .kernels = "kTLS with TLS_RX since 4.17");
DEVIATION("ktls-ip-recverr-on-ipv6", "ZC-PA-04", "4.17 on",
	  "On an AF_INET6 socket with kTLS receive attached the notification is SOL_IP/IP_RECVERR of "
	  "length CMSG_LEN(16), without an offender.",
	  "Not fixed: read again in the sources of Debian's 6.1.192-3, 6.12.118-1 and 7.3.4-1~bpo13+1; "
	  "no subject of a fix in any changelog read, up to 7.3.4. The start is that of the feature "
	  "and is inferred.");
/* ZC-PA-04. Notification Parsing: "protocol family specific, IP_RECVERR or
 * IPV6_RECVERR (for TCP or UDP socket)"; net/tls/tls_sw.c:tls_sw_recvmsg. */
CASE(notification_of_ktls_over_ipv6_is_an_ipv6_one, .requirements = {"ZC-PA-04", "ZC-LF-09"},
     .transports = transport::tcp, .paths = netns::simplest, .address_family = AF_INET6,
     .needs = harness::needs_ktls, .entry = Entry::families, .deviation = "ktls-ip-recverr-on-ipv6")
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());

	test.sent(link.send_zerocopy(payload), payload.size());
	transport::decrypt_receiving(link.sender());
	test.that("poll() for the notification", link.await_notification(), "POLLERR", "nothing");
	const auto messages = link.read_notifications();
	test.that("error queue", messages.size() == 1 && messages.front().notifications.size() == 1,
		  "one notification", std::to_string(messages.size()) + " messages");
	const errqueue::Notification &notification = messages.front().notifications.front();
	const errqueue::ControlMessage &header = notification.header;
	test.that("fields of the notification",
		  notification.is_zerocopy() && notification.copied() &&
			  notification.ids() == errqueue::IdRange{0, 0},
		  "ids [0,0] of origin SO_EE_ORIGIN_ZEROCOPY, copied", errqueue::describe(notification));
	if (header.level == SOL_IP && header.type == IP_RECVERR &&
	    header.length == CMSG_LEN(sizeof(sock_extended_err)))
		test.deviates("SOL_IP/IP_RECVERR without an offender");
	test.well_formed(notification);
}

REQUIREMENT("ZC-VS-01", observed,
	    "SO_ZEROCOPY can be set on a VSOCK socket before connect, when its transport is not known.",
	    .code = "net/vmw_vsock/af_vsock.c:vsock_connectible_setsockopt", .kernels = "since 6.7");
/* ZC-VS-01. net/vmw_vsock/af_vsock.c:vsock_connectible_setsockopt: "if (transport &&
 * !vsock_msgzerocopy_allow(transport))". */
CASE(vsock_takes_the_option_before_connect, .requirements = {"ZC-VS-01"}, .paths = netns::simplest,
     .needs = harness::needs_vsock_zerocopy, .entry = Entry::families, .once = true)
{
	for (const int type : {SOCK_STREAM, SOCK_SEQPACKET}) {
		const os::Fd socket = transport::open_socket(AF_VSOCK, type, 0);

		for (const int value : {1, 0}) {
			int seen = -1;
			socklen_t length = sizeof(seen);
			const int result =
				::setsockopt(socket.get(), SOL_SOCKET, SO_ZEROCOPY, &value, sizeof(value));

			test.equal("setsockopt(SO_ZEROCOPY)", result, 0);
			os::check(::getsockopt(socket.get(), SOL_SOCKET, SO_ZEROCOPY, &seen, &length),
				  "getsockopt(SO_ZEROCOPY)");
			test.equal("SO_ZEROCOPY", seen, value);
		}
	}
}

REQUIREMENT("ZC-VS-16", observed,
	    "A flagged send on an unconnected VSOCK socket fails with ENOTCONN and has no id.",
	    .code = "net/vmw_vsock/af_vsock.c:vsock_connectible_sendmsg");
/* ZC-VS-16. net/vmw_vsock/af_vsock.c:vsock_connectible_sendmsg. An id would be seen
 * by its notification: poll() looks, as not every kernel reads this error queue. */
CASE(flagged_vsock_send_without_a_connection_fails, .requirements = {"ZC-VS-16"}, .paths = netns::simplest,
     .needs = harness::needs_vsock, .entry = Entry::families, .once = true)
{
	const Payload payload(message_length);

	for (const int type : {SOCK_STREAM, SOCK_SEQPACKET}) {
		const os::Fd socket = transport::open_socket(AF_VSOCK, type, 0);
		const int on = 1;

		/* With the option, where the kernel has it. */
		::setsockopt(socket.get(), SOL_SOCKET, SO_ZEROCOPY, &on, sizeof(on));
		test.refused(send_flagged(socket.get(), payload), ENOTCONN);
		test.equal("POLLERR after a send that failed", errqueue::poll_now(socket.get()) & POLLERR, 0);
	}
}

/* Two RDS sockets, each in a namespace of its own: within one, RDS does not use TCP. */
class RdsPair {
public:
	explicit RdsPair(Test &test)
	{
		const netns::Network &network = test.network();
		const netns::Addresses addresses = network.addresses(AF_INET);

		network.receiver().enter();
		receiver_ = bound_to(addresses.receiver);
		to_ = address_of(receiver_.get());
		network.sender().enter();
		sender_ = bound_to(addresses.sender);
		establish();
	}

	int sender() const { return sender_.get(); }
	int receiver() const { return receiver_.get(); }

	void set_zerocopy()
	{
		os::set_option(sender(), SOL_SOCKET, SO_ZEROCOPY, 1, "setsockopt(SO_ZEROCOPY)");
	}
	Sent send(Bytes bytes, int flags) const
	{
		iovec vector = {const_cast<std::uint8_t *>(bytes.data()), bytes.size()};

		return send(header(vector), flags);
	}
	/* A flagged send: its completion will have this cookie. */
	Sent send_zerocopy(Bytes bytes, std::uint32_t cookie,
			   std::size_t cookie_length = sizeof(cookie)) const
	{
		alignas(cmsghdr) std::array<std::uint8_t, CMSG_SPACE(sizeof(cookie))> control = {};
		iovec vector = {const_cast<std::uint8_t *>(bytes.data()), bytes.size()};
		msghdr message = header(vector);

		message.msg_control = control.data();
		message.msg_controllen = control.size();
		cmsghdr *first = CMSG_FIRSTHDR(&message);
		first->cmsg_level = SOL_RDS;
		first->cmsg_type = RDS_CMSG_ZCOPY_COOKIE;
		first->cmsg_len = CMSG_LEN(cookie_length);
		std::memcpy(CMSG_DATA(first), &cookie, sizeof(cookie));
		return send(message, MSG_ZEROCOPY);
	}

private:
	/* At a port that the kernel finds: they are the same for all namespaces
	 * (net/rds/bind.c:rds_add_bound), though addresses are not. */
	static os::Fd bound_to(const char *text)
	{
		const Address address = transport::make_address(AF_INET, text, 0);
		os::Fd socket = transport::open_rds_socket();

		os::check(::bind(socket.get(), address.get(), address.length), "bind(AF_RDS)");
		return socket;
	}
	/*
	 * One message after the other, numbered, until the last one sent arrives.
	 * While the connection comes about, 6.12 may throw away what has arrived:
	 * net/rds/tcp_listen.c:rds_tcp_accept_one, where 7.3 says "We must not throw
	 * those away!". What is sent later arrives, once, and in order.
	 */
	void establish() const
	{
		const os::Deadline deadline;

		for (std::uint8_t number = 0; !deadline.passed(); number++) {
			os::check(send(Bytes(&number, 1), 0).returned, "send() to establish");
			if (arrives(number, os::Deadline(os::patience() / 50)))
				return;
		}
		throw std::runtime_error("no message arrives over RDS");
	}
	bool arrives(std::uint8_t number, os::Deadline deadline) const
	{
		return os::wait_until(
			[&] {
				std::uint8_t arrived;

				while (::recv(receiver(), &arrived, 1, MSG_DONTWAIT) == 1)
					if (arrived == number)
						return true;
				return false;
			},
			deadline);
	}
	msghdr header(iovec &vector) const
	{
		msghdr message = {};

		message.msg_name = const_cast<sockaddr *>(to_.get());
		message.msg_namelen = to_.length;
		message.msg_iov = &vector;
		message.msg_iovlen = 1;
		return message;
	}
	/* Without MSG_NOSIGNAL, which RDS does not know. */
	Sent send(const msghdr &message, int flags) const
	{
		const ssize_t length = ::sendmsg(sender(), &message, flags | MSG_DONTWAIT);

		return {length, length < 0 ? errno : 0};
	}

	Address to_;
	os::Fd receiver_;
	os::Fd sender_;
};

void arrives(Test &test, const RdsPair &pair, const Data &expected)
{
	test.that("message that arrives", arriving(test, pair.receiver()) == expected, "as it was sent",
		  "other bytes");
}

Data copy_of(const Payload &payload)
{
	return {payload.bytes().begin(), payload.bytes().end()};
}

/* The cookies of one completion message: recvmsg() of the sender, once poll() says so. */
std::vector<std::uint32_t> cookies(Test &test, const RdsPair &pair)
{
	alignas(cmsghdr) std::array<std::uint8_t, 256> control = {};
	rds_zcopy_cookies done = {};
	msghdr message = {};

	message.msg_control = control.data();
	const ssize_t length = when_readable(pair.sender(), [&] {
		message.msg_controllen = control.size();
		return ::recvmsg(pair.sender(), &message, MSG_DONTWAIT);
	});
	test.that("recvmsg() for a completion", length == 0, "0", transport::describe({length, errno}));
	const cmsghdr *first = CMSG_FIRSTHDR(&message);
	test.that("control message of the completion",
		  first && first->cmsg_level == SOL_RDS && first->cmsg_type == RDS_CMSG_ZCOPY_COMPLETION &&
			  first->cmsg_len == CMSG_LEN(sizeof(done)),
		  "SOL_RDS/RDS_CMSG_ZCOPY_COMPLETION", "another, or none");
	std::memcpy(&done, CMSG_DATA(first), sizeof(done));
	test.that("number of cookies", done.num >= 1 && done.num <= RDS_MAX_ZCOOKIES, "1 to 8",
		  std::to_string(done.num));
	return {done.cookies, done.cookies + done.num};
}

void completes(Test &test, const RdsPair &pair, std::uint32_t cookie)
{
	test.that("cookies of the completion", cookies(test, pair) == std::vector<std::uint32_t>{cookie},
		  "the one sent", "others");
	no_notification(test, pair.sender());
}

REQUIREMENT("ZC-OP-04", observed, "An RDS socket without SO_ZEROCOPY ignores the flag.",
	    .code = "net/rds/send.c:rds_rm_size", .kernels = "RDS zerocopy since 4.17");
DEVIATION("rds-refuses-flag-without-cookie", "ZC-OP-04", "4.17 on",
	  "An RDS send with the flag and without a RDS_CMSG_ZCOPY_COOKIE control message fails with "
	  "EINVAL though SO_ZEROCOPY is not set.",
	  "Not fixed: read again in the sources of Debian's 6.1.192-3, 6.12.118-1 and 7.3.4-1~bpo13+1; "
	  "no subject of a fix in any changelog read, up to 7.3.4. The start is that of the feature "
	  "and is inferred.");
/* ZC-OP-04. Socket Setup: "By default it simply ignores these"; net/rds/send.c:
 * rds_rm_size wants a cookie first. */
CASE(rds_without_the_option_ignores_the_flag, .requirements = {"ZC-OP-04"}, .transports = transport::udp,
     .paths = netns::basic | netns::local, .without = netns::simplest, .address_family = AF_INET,
     .needs = harness::needs_rds, .entry = Entry::families, .once = true,
     .deviation = "rds-refuses-flag-without-cookie")
{
	const RdsPair pair(test);
	const Payload payload(message_length);
	const Sent sent = pair.send(payload, MSG_ZEROCOPY);

	if (!sent.ok()) {
		test.refused(sent, EINVAL);
		test.sent(pair.send(payload, 0), payload.size());
	}
	arrives(test, pair, copy_of(payload));
	if (!sent.ok())
		test.deviates("EINVAL, where a plain send succeeds");
	test.sent(sent, payload.size());
}

REQUIREMENT("ZC-OP-05", observed,
	    "RDS returns completions with ordinary recvmsg, as SOL_RDS/RDS_CMSG_ZCOPY_COMPLETION with up "
	    "to 8 cookies, and not on the error queue.",
	    .code = "net/rds/recv.c:rds_recvmsg_zcookie", .kernels = "since 4.17");
/* ZC-OP-05. net/rds/recv.c:rds_recvmsg_zcookie. */
CASE(rds_completion_is_a_cookie_among_the_data, .requirements = {"ZC-OP-05"}, .transports = transport::udp,
     .paths = netns::basic | netns::local, .without = netns::simplest, .address_family = AF_INET,
     .needs = harness::needs_rds, .entry = Entry::families, .once = true)
{
	constexpr std::uint32_t cookie = 0xc00c1e;
	RdsPair pair(test);
	const Payload payload(3 * limits::page_size());

	pair.set_zerocopy();
	test.sent(pair.send_zerocopy(payload, cookie), payload.size());
	arrives(test, pair, copy_of(payload));
	completes(test, pair, cookie);
}

REGRESSION("rds: rds_rm_zerocopy_callback() use list_first_entry() (CVE-2023-1078)",
	   "6.2, 6.1.12, 5.10.168 [Debian 5.10.178-1]", .cases = {"rds_completions_come_by_the_eight"});
REGRESSION("rds: rds_rm_zerocopy_callback() correct order for list_add_tail()",
	   "6.1.16 [Debian 6.1.20-1], 5.10.173 [Debian 5.10.178-1]",
	   .cases = {"rds_completions_come_by_the_eight"});
/* ZC-OP-05. More of them than one message holds. On a kernel without "rds:
 * rds_rm_zerocopy_callback() use list_first_entry()" (6.2, 6.1.12; CVE-2023-1078) the
 * second completion is stored to what is no list entry. */
CASE(rds_completions_come_by_the_eight, .requirements = {"ZC-OP-05"}, .transports = transport::udp,
     .paths = netns::basic | netns::local, .without = netns::simplest, .address_family = AF_INET,
     .needs = harness::needs_rds, .entry = Entry::guest_only, .once = true)
{
	constexpr std::uint32_t count = 2 * RDS_MAX_ZCOOKIES + 3;
	RdsPair pair(test);
	const Payload payload(message_length);
	std::multiset<std::uint32_t> sent;
	std::multiset<std::uint32_t> completed;

	pair.set_zerocopy();
	for (std::uint32_t cookie = 0; cookie < count; cookie++) {
		test.sent(pair.send_zerocopy(payload, cookie), payload.size());
		sent.insert(cookie);
	}
	for (std::uint32_t i = 0; i < count; i++)
		arrives(test, pair, copy_of(payload));
	while (completed.size() < count)
		for (const std::uint32_t cookie : cookies(test, pair))
			completed.insert(cookie);
	test.that("cookies of all completions", completed == sent, "each sent, once", "others");
}

REQUIREMENT("ZC-OP-06", observed, "An RDS send beyond RLIMIT_MEMLOCK fails with ENOBUFS.",
	    .code = "net/rds/message.c:rds_message_zcopy_from_user",
	    .kernels = "a bad page gives EFAULT, a transport other than TCP EOPNOTSUPP");
DEVIATION("rds-pages-freed-twice", "ZC-OP-06",
	  "4.17 to 5.10.258 [Debian 5.10.259-1], 5.11 to 5.15.209, 5.16 to 6.1.175 [Debian 6.1.176-1], "
	  "6.2 to 6.6.141, 6.7 to 6.12.91 [Debian 6.12.90-2], 6.13 to 6.18.33, 6.19 to 7.0.10 [Debian "
	  "7.0.10-1]",
	  "A flagged RDS send of which the second page cannot be read fails with EFAULT and frees the "
	  "first one under its mapping: the kernel reports a bad page state, and the next send from it "
	  "fails with EFAULT too.",
	  "'net/rds: reset op_nents when zerocopy page pin fails (CVE-2026-43494)': Debian 5.10.259-1 "
	  "under ChangeLog-5.10.258; announcement of 5.15.209; Debian 6.1.176-1 under "
	  "ChangeLog-6.1.175; announcement of 6.6.141; Debian 6.12.90-2 as a patch of Debian's own "
	  "('linux (6.12.90-2) trixie-security'), announcement of 6.12.91; 6.18.33 by the list of the "
	  "push of v6.18.33; Debian 7.0.10-1 under ChangeLog-7.0.10.",
	  .besides = catalogue::Besides::splat);
DEVIATION("rds-memlock-enomem", "ZC-OP-06", "4.17 on", "An RDS send beyond RLIMIT_MEMLOCK fails with ENOMEM.",
	  "Not fixed: read again in the sources of Debian's 6.1.192-3, 6.12.118-1 and 7.3.4-1~bpo13+1; "
	  "no subject of a fix in any changelog read, up to 7.3.4. The start is that of the feature "
	  "and is inferred.");
/* ZC-OP-06. Transmission: "A zerocopy failure will return -1 with errno ENOBUFS";
 * net/rds/message.c:rds_message_zcopy_from_user. */
CASE(rds_send_beyond_memlock_fails_with_enobufs, .requirements = {"ZC-OP-06"}, .transports = transport::udp,
     .paths = netns::basic | netns::local, .without = netns::simplest, .address_family = AF_INET,
     .needs = harness::needs_rds | harness::needs_memlock | harness::needs_root, .entry = Entry::families,
     .once = true, .deviation = "rds-memlock-enomem")
{
	RdsPair pair(test);
	const Payload payload(1);
	const limits::ScopedUser user;
	Sent refused;

	pair.set_zerocopy();
	{
		const limits::ScopedMemlock one_byte_less(2 * limits::page_size() - 1);
		refused = pair.send_zerocopy(payload, 1);
	}
	/* A byte is charged with two pages, like everywhere. */
	const limits::ScopedMemlock enough(2 * limits::page_size());
	test.sent(pair.send_zerocopy(payload, 2), payload.size());
	arrives(test, pair, copy_of(payload));
	completes(test, pair, 2);
	if (!refused.ok() && refused.error == ENOMEM)
		test.deviates("ENOMEM");
	test.refused(refused, ENOBUFS);
}

REGRESSION("net/rds: reset op_nents when zerocopy page pin fails (CVE-2026-43494)",
	   "7.0.10, 6.18.33, 6.12.91 [Debian 6.12.90-2], 6.6.141, 6.1.175 [Debian 6.1.176-1], 5.15.209, "
	   "5.10.258 [Debian 5.10.259-1]",
	   .cases = {"rds_send_from_a_bad_page_changes_nothing"});
/* ZC-OP-06. The second page cannot be read. On a kernel without "net/rds: reset
 * op_nents when zerocopy page pin fails" (6.1.175, 6.12.90; CVE-2026-43494) the first
 * one is let go of twice. */
CASE(rds_send_from_a_bad_page_changes_nothing, .requirements = {"ZC-OP-06"}, .transports = transport::udp,
     .paths = netns::basic | netns::local, .without = netns::simplest, .address_family = AF_INET,
     .needs = harness::needs_rds, .entry = Entry::guest_only, .once = true,
     .deviation = "rds-pages-freed-twice")
{
	RdsPair pair(test);
	Payload payload(2 * limits::page_size());

	pair.set_zerocopy();
	os::check(::mprotect(payload.data() + limits::page_size(), limits::page_size(), PROT_NONE),
		  "mprotect()");
	for (int i = 0; i < 100; i++)
		test.refused(pair.send_zerocopy(payload, 1), EFAULT);
	os::check(
		::mprotect(payload.data() + limits::page_size(), limits::page_size(), PROT_READ | PROT_WRITE),
		"mprotect()");
	const Sent good = pair.send_zerocopy(payload, 2);
	if (!good.ok() && good.error == EFAULT)
		test.deviates("EFAULT of a good page, after that of the bad one beside it");
	test.sent(good, payload.size());
	arrives(test, pair, copy_of(payload));
	completes(test, pair, 2);
}

REGRESSION("net/rds: handle zerocopy send cleanup before the message is queued (CVE-2026-43502)",
	   "7.0.7, 6.12.88, 6.1.175 [Debian 6.1.176-1], 5.10.258 [Debian 5.10.259-1]",
	   .cases = {"rds_send_with_half_a_cookie_changes_nothing"});
/* ZC-OP-05. Half a cookie is refused when the pages are pinned. On a kernel without
 * "net/rds: handle zerocopy send cleanup before the message is queued" (6.1.176,
 * 6.12.90; CVE-2026-43502) the message that is given up has no socket to complete to. */
CASE(rds_send_with_half_a_cookie_changes_nothing, .requirements = {"ZC-OP-05"}, .transports = transport::udp,
     .paths = netns::basic | netns::local, .without = netns::simplest, .address_family = AF_INET,
     .needs = harness::needs_rds, .entry = Entry::guest_only, .once = true)
{
	RdsPair pair(test);
	const Payload payload(message_length);

	pair.set_zerocopy();
	for (int i = 0; i < 100; i++)
		test.refused(pair.send_zerocopy(payload, 1, sizeof(std::uint16_t)), EINVAL);
	test.sent(pair.send_zerocopy(payload, 2), payload.size());
	arrives(test, pair, copy_of(payload));
	completes(test, pair, 2);
}

REGRESSION("net: sock: fix hardened usercopy panic in sock_recv_errqueue (CVE-2026-22977)",
	   "6.19, 6.18.6 [Debian 6.18.8-1], 6.12.66 [Debian 6.12.69-1], 6.1.161 [Debian 6.1.162-1], "
	   "5.10.248 [Debian 5.10.249-1]",
	   .cases = {"ktls_reads_timestamps_beside_notifications"});
/* ZC-PA-04. Timestamps of what is acknowledged beside notifications. On a kernel
 * without "net: sock: fix hardened usercopy panic in sock_recv_errqueue" (6.19,
 * 6.12.66, 6.1.162) and with CONFIG_HARDENED_USERCOPY the read of one panics, where it
 * came in a packet buffer's twin: net/core/skbuff.c:skb_clone. */
CASE(ktls_reads_timestamps_beside_notifications, .requirements = {"ZC-LF-09"}, .transports = transport::tcp,
     .paths = netns::simplest, .needs = harness::needs_ktls, .entry = Entry::guest_only, .once = true)
{
	constexpr int timestamps = 20;
	Link &link = test.connect();
	const Payload payload(100);
	unsigned seen = 0;

	os::set_option(link.sender(), SOL_SOCKET, SO_TIMESTAMPING,
		       SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_TX_ACK | SOF_TIMESTAMPING_TX_SOFTWARE,
		       "setsockopt(SO_TIMESTAMPING)");
	transport::decrypt_receiving(link.sender());
	/* What arrives behind unread data is joined to it and freed: then the
	 * acknowledgement finds the twin free. */
	for (int i = 0; i < timestamps; i++)
		test.sent(link.send_zerocopy(payload, MSG_EOR), payload.size());
	os::wait_until([&] {
		for (const errqueue::Message &message : link.read_notifications())
			seen += std::ranges::count_if(message.notifications, [](const auto &each) {
				return each.err.ee_origin == SO_EE_ORIGIN_TIMESTAMPING;
			});
		return seen >= timestamps;
	});
	test.that("timestamps read", seen >= timestamps, "one of each send at least", std::to_string(seen));
}

} // namespace
