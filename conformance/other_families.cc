// SPDX-License-Identifier: GPL-2.0
/* Families and protocols beside TCP, UDP and VSOCK, for which alone msg_zerocopy.rst says
 * that the flag is implemented. */
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>

#include <atomic>

#include "conformance/chapter.h"
#include "transport/families.h"

namespace
{

/* Protocols for experiments (RFC 3692) and for local ones (IEEE 802), which nobody else uses. */
constexpr int some_protocol = 253;
constexpr std::uint16_t some_ethertype = 0x88b5;

/* Bytes of a message of any kind, with its header. */
constexpr std::size_t message_length = 1000;

constexpr int flagged = MSG_ZEROCOPY | MSG_DONTWAIT;

/* setsockopt(SO_ZEROCOPY) fails with EOPNOTSUPP, whatever the value: that requirement. Returns the
 * deviation, ENOTSUPP, where it fails with that. */
std::string refuses_option(At at, int socket, const char *requirement)
{
	const Charging refusal = at->charging(requirement);
	const bool other = set_zerocopy(socket, 1) == os::enotsupp;

	for (const int value : {1, 0})
		error_is(at, "SO_ZEROCOPY set to " + std::to_string(value), set_zerocopy(socket, value),
			 other ? os::enotsupp : EOPNOTSUPP);
	return other ? "SO_ZEROCOPY is refused with ENOTSUPP" : "";
}

/*
 * A flagged send of the message is a plain one: the data has been copied when the call
 * returns, it arrives, and no notification comes. The kernel may change the first `header`
 * bytes of the message, and put others before the data that arrives.
 */
void ignores_flag(At at, int sender, int receiver, Payload &message, std::size_t header = 0,
		  const Address *to = nullptr)
{
	const Bytes data = message.bytes().subspan(header);
	const Data expected(data.begin(), data.end());

	at->sent(send_raw(sender, message, flagged, to), message.size());
	message.overwrite();
	const Data arrived = received(at, receiver);
	at->equal("data that arrives", Bytes(arrived).last(std::min(arrived.size(), expected.size())),
		  expected);
	no_notification(at, sender);
}

/* The same of a protocol that is used like TCP or UDP. */
void ignores_flag(At at, Link &link)
{
	Payload payload(link.usual_length());

	sends(at, link, payload);
	payload.overwrite();
	link.deliver();
	no_notification(at, link.sender());
}

REQUIREMENT("ZC-OP-01", promised,
	    "Raw, packet, UNIX, netlink and ping sockets ignore the flag: the data is sent and no "
	    "notification comes.",
	    .rests_on = "ZC-SO-07",
	    .code = "net/core/sock.c:sk_setsockopt refuses SO_ZEROCOPY, and SOCK_ZEROCOPY is tested on the "
		    "paths of TCP and UDP only");
CASE(unix_sockets_ignore_the_flag, .requirements = {"ZC-OP-01"}, .paths = netns::simplest, .once = true)
{
	for (const int type : {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET}) {
		const os::SocketPair pair(type | SOCK_NONBLOCK);
		Payload payload(message_length);

		ignores_flag(test, pair.first.get(), pair.second.get(), payload);
	}
}

os::Fd netlink_socket()
{
	os::Fd socket = transport::open_socket(AF_NETLINK, SOCK_RAW, NETLINK_USERSOCK);
	sockaddr_nl any = {};

	any.nl_family = AF_NETLINK;
	os::check(::bind(socket.get(), reinterpret_cast<sockaddr *>(&any), sizeof(any)), "bind()");
	return socket;
}

CASE(netlink_sockets_ignore_the_flag, .requirements = {"ZC-OP-01"}, .paths = netns::simplest, .once = true)
{
	test.network();
	const os::Fd sender = netlink_socket();
	const os::Fd receiver = netlink_socket();
	const Address address = os::local_address(receiver.get());
	Payload message(message_length);

	ignores_flag(test, sender.get(), receiver.get(), message, 0, &address);
}

/* Over IPv4 the receiver sees the header of IP too. */
void raw_sockets_ignore_flag(At at, int family, const char *loopback)
{
	at->network();
	const os::Fd sender = transport::open_socket(family, SOCK_RAW, some_protocol);
	const os::Fd receiver = transport::open_socket(family, SOCK_RAW, some_protocol);
	const Address address = transport::make_address(family, loopback, 0);
	Payload message(message_length);

	ignores_flag(at, sender.get(), receiver.get(), message, 0, &address);
}

/* net/ipv4/raw.c:raw_sendmsg calls ip_append_data() as UDP does, with SOCK_ZEROCOPY clear. */
CASE(raw_sockets_ignore_the_flag, .requirements = {"ZC-OP-01"}, .transports = transport::udp,
     .paths = netns::simplest, .address_family = AF_INET, .once = true)
{
	raw_sockets_ignore_flag(test, AF_INET, "127.0.0.1");
}

CASE(raw_ipv6_sockets_ignore_the_flag, .requirements = {"ZC-OP-01"}, .transports = transport::udp,
     .paths = netns::simplest, .address_family = AF_INET6, .once = true)
{
	raw_sockets_ignore_flag(test, AF_INET6, "::1");
}

/* net/ipv4/raw.c:raw_send_hdrinc sends these. */
CASE(raw_sockets_with_headers_ignore_the_flag, .requirements = {"ZC-OP-01"}, .transports = transport::udp,
     .paths = netns::simplest, .address_family = AF_INET, .once = true)
{
	test.network();
	const os::Fd sender = transport::open_socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
	const os::Fd receiver = transport::open_socket(AF_INET, SOCK_RAW, some_protocol);
	const Address address = transport::make_address(AF_INET, "127.0.0.1", 0);
	Payload message(message_length);
	iphdr header = {};

	/* The kernel fills in lengths, checksum and source. */
	header.version = 4;
	header.ihl = sizeof(header) / 4;
	header.ttl = 64;
	header.protocol = some_protocol;
	header.daddr = htonl(INADDR_LOOPBACK);
	std::memcpy(message.data(), &header, sizeof(header));
	ignores_flag(test, sender.get(), receiver.get(), message, sizeof(header), &address);
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

/* It gets the frames with our EtherType that are sent to that device. */
os::Fd packet_receiver(const Address &from)
{
	os::Fd socket = transport::open_socket(AF_PACKET, SOCK_RAW, 0);

	os::check(::bind(socket.get(), from.get(), from.length), "bind(AF_PACKET)");
	return socket;
}

Address loopback_device(Test &test)
{
	const unsigned index = ::if_nametoindex(test.network().device());

	os::require(index != 0, "a device with that name");
	return packet_address(static_cast<int>(index));
}

/* An Ethernet header without addresses. */
void put_ethernet_header(std::uint8_t *frame)
{
	ethhdr header = {};

	header.h_proto = htons(some_ethertype);
	std::memcpy(frame, &header, sizeof(header));
}

CASE(packet_sockets_ignore_the_flag, .requirements = {"ZC-OP-01"}, .paths = netns::simplest,
     .needs = needs_packet, .once = true)
{
	const Address device = loopback_device(test);
	const os::Fd receiver = packet_receiver(device);

	for (const int type : {SOCK_RAW, SOCK_DGRAM}) {
		const os::Fd sender = transport::open_socket(AF_PACKET, type, 0);
		const std::size_t header = type == SOCK_RAW ? sizeof(ethhdr) : 0;
		Payload message(message_length);

		if (type == SOCK_RAW)
			put_ethernet_header(message.data());
		ignores_flag(test, sender.get(), receiver.get(), message, header, &device);
	}
}

/* The echo that the socket receives has the data of its request. */
template <typename Header>
void ping_sockets_ignore_flag(At at, int family, const char *loopback, Header header)
{
	const os::Fd socket = transport::open_ping_socket(at->network().sender(), family);
	const Address address = transport::make_address(family, loopback, 0);
	Payload message(message_length);

	std::memcpy(message.data(), &header, sizeof(header));
	ignores_flag(at, socket.get(), socket.get(), message, sizeof(header), &address);
}

CASE(ping_sockets_ignore_the_flag, .requirements = {"ZC-OP-01"}, .transports = transport::udp,
     .paths = netns::simplest, .address_family = AF_INET, .needs = needs_ping, .once = true)
{
	icmphdr header = {};

	header.type = ICMP_ECHO;
	ping_sockets_ignore_flag(test, AF_INET, "127.0.0.1", header);
}

CASE(ping_ipv6_sockets_ignore_the_flag, .requirements = {"ZC-OP-01"}, .transports = transport::udp,
     .paths = netns::simplest, .address_family = AF_INET6, .needs = needs_ping, .once = true)
{
	icmp6_hdr header = {};

	header.icmp6_type = ICMP6_ECHO_REQUEST;
	ping_sockets_ignore_flag(test, AF_INET6, "::1", header);
}

/* A ring of one frame that a packet socket sends from: PACKET_TX_RING. */
class SendRing {
public:
	explicit SendRing(int socket) : ring_(map(socket)) {}

	/* Give a frame to the kernel, which sends it with the next send call. Once for each ring. */
	void offer(Bytes frame)
	{
		std::memcpy(ring_.data() + TPACKET_ALIGN(sizeof(tpacket2_hdr)), frame.data(), frame.size());
		header().tp_len = static_cast<unsigned>(frame.size());
		status().store(TP_STATUS_SEND_REQUEST, std::memory_order_release);
	}
	/* The kernel has finished with it. */
	bool available() { return status().load(std::memory_order_acquire) == TP_STATUS_AVAILABLE; }

private:
	static Mapping map(int socket)
	{
		tpacket_req request = {};

		/* 32-bit and 64-bit programs have the same layout of version 2. */
		set_option(socket, SOL_PACKET, PACKET_VERSION, TPACKET_V2, "PACKET_VERSION");
		request.tp_block_size = static_cast<unsigned>(page_size());
		request.tp_block_nr = 1;
		request.tp_frame_size = request.tp_block_size;
		request.tp_frame_nr = 1;
		set_option(socket, SOL_PACKET, PACKET_TX_RING, request, "PACKET_TX_RING");
		return Mapping(request.tp_block_size, PROT_READ | PROT_WRITE, MAP_SHARED, socket);
	}
	tpacket2_hdr &header() { return *reinterpret_cast<tpacket2_hdr *>(ring_.data()); }
	std::atomic_ref<unsigned> status() { return std::atomic_ref<unsigned>(header().tp_status); }

	Mapping ring_;
};

REQUIREMENT("ZC-OP-10", observed,
	    "AF_PACKET rings (PACKET_TX_RING) report completion in the ring and never on the error queue.",
	    .code = "net/packet/af_packet.c:tpacket_snd",
	    .kernels = "7.2.9 and 6.12.112 on (\"packet: use ubuf_info completion for TX_RING packets\") use "
		       "the ubuf_info of zerocopy, 6.1 a destructor");
REGRESSION("packet: use ubuf_info completion for TX_RING packets", "7.2.9, 6.12.112 [Debian 6.12.113-1]",
	   .cases = {"packet_ring_completes_in_the_ring_only"});
CASE(packet_ring_completes_in_the_ring_only, .requirements = {"ZC-OP-10"}, .paths = netns::simplest,
     .needs = needs_packet, .once = true)
{
	const Address device = loopback_device(test);
	const os::Fd receiver = packet_receiver(device);
	const os::Fd sender = transport::open_socket(AF_PACKET, SOCK_RAW, 0);
	SendRing ring(sender.get());
	Payload frame(message_length);

	put_ethernet_header(frame.data());
	ring.offer(frame);
	test.sent(send_raw(sender.get(), Bytes(), flagged, &device), frame.size());
	test.equal("frame that arrives", received(test, receiver.get()), frame);
	test.that("status of the frame sent", os::wait_until([&] { return ring.available(); }),
		  "TP_STATUS_AVAILABLE", "another");
	no_notification(test, sender.get());
}

REQUIREMENT(
	"ZC-OP-12", promised,
	"MPTCP, SCTP and UDP-Lite sockets ignore the flag: a flagged send is a plain one.",
	.rests_on = "ZC-SO-07",
	.code = "net/mptcp/protocol.c:mptcp_sendmsg masks msg_flags; net/sctp/socket.c:sctp_sendmsg does not "
		"look at the flag; net/ipv4/udp.c:udp_sendmsg tests SOCK_ZEROCOPY, which UDP-Lite never has",
	.kernels = "not every kernel has UDP-Lite, see ZC-OP-08");
REQUIREMENT("ZC-OP-02", observed, "MPTCP refuses SO_ZEROCOPY with EOPNOTSUPP.",
	    .code = "net/mptcp/sockopt.c:mptcp_supported_sockopt");
CASE(mptcp_refuses_the_option_and_ignores_the_flag, .requirements = {"ZC-OP-02", "ZC-OP-12", "ZC-SO-05"},
     .transports = transport::tcp, .paths = netns::simplest, .needs = needs_mptcp, .entry = Entry::families,
     .deviation = "option-refused-with-enotsupp")
{
	Link &link = test.connect({.zerocopy = false, .protocol = transport::protocol_mptcp});

	const std::string otherwise = refuses_option(test, link.sender(), "ZC-OP-02");
	ignores_flag(test, link);
	if (!otherwise.empty())
		test.deviates(otherwise);
}

REQUIREMENT("ZC-OP-07", observed, "SCTP refuses SO_ZEROCOPY with EOPNOTSUPP.",
	    .code = "net/core/sock.c:sk_setsockopt",
	    .kernels = "recvmsg(MSG_ERRQUEUE) works since \"sctp: support MSG_ERRQUEUE flag in recvmsg()\" "
		       "(6.1.75, 6.6.14, 6.8)");
REGRESSION("sctp: support MSG_ERRQUEUE flag in recvmsg()",
	   "6.8, 6.6.14 [Debian 6.6.15-1], 6.1.75 [Debian 6.1.76-1]",
	   .cases = {"sctp_refuses_the_option_and_ignores_the_flag"});
CASE(sctp_refuses_the_option_and_ignores_the_flag, .requirements = {"ZC-OP-07", "ZC-OP-12", "ZC-SO-05"},
     .transports = transport::tcp, .paths = netns::simplest, .needs = needs_sctp, .entry = Entry::families,
     .deviation = "option-refused-with-enotsupp")
{
	Link &link = test.connect({.zerocopy = false, .protocol = IPPROTO_SCTP});

	const std::string otherwise = refuses_option(test, link.sender(), "ZC-OP-07");
	ignores_flag(test, link);
	if (!otherwise.empty())
		test.deviates(otherwise);
}

REQUIREMENT("ZC-OP-08", observed, "UDP-Lite refuses SO_ZEROCOPY with EOPNOTSUPP.",
	    .code = "net/core/sock.c:sk_setsockopt tests for IPPROTO_UDP",
	    .kernels = "6.1 and 6.12; the protocol is gone in 7.3: socket() fails with EPROTONOSUPPORT");
CASE(udplite_refuses_the_option_and_ignores_the_flag, .requirements = {"ZC-OP-08", "ZC-OP-12", "ZC-SO-05"},
     .transports = transport::udp, .paths = netns::simplest, .needs = needs_udplite, .entry = Entry::families,
     .deviation = "option-refused-with-enotsupp")
{
	Link &link = test.connect({.zerocopy = false, .protocol = transport::protocol_udplite});

	const std::string otherwise = refuses_option(test, link.sender(), "ZC-OP-08");
	ignores_flag(test, link);
	if (!otherwise.empty())
		test.deviates(otherwise);
}

REQUIREMENT("ZC-OP-09", observed,
	    "SO_ZEROCOPY on AF_SMC sockets with TCP fallback and on sockets with a TCP_ULP does no harm.",
	    .code = "net/smc/af_smc.c:smc_setsockopt; net/tls/tls_main.c");
/* Where the socket has fallen back, TCP behind it takes the option
 * (net/smc/af_smc.c:smc_switch_to_fallback). Where it has not, the option is
 * refused. */
CASE(option_does_no_harm_to_smc, .requirements = {"ZC-OP-09"}, .transports = transport::tcp,
     .paths = netns::simplest, .address_family = AF_INET, .needs = needs_smc, .entry = Entry::families,
     .once = true)
{
	Link &link = test.connect({.zerocopy = false, .family = transport::family_smc});

	ignores_flag(test, link);
	if (const int error = set_zerocopy(link.sender(), 1)) {
		error_is(test, "setsockopt(SO_ZEROCOPY)", error, EOPNOTSUPP);
		ignores_flag(test, link);
		return;
	}
	link.set_zerocopy(true);
	next_id_is(test, link, Payload(link.usual_length()), 0);
}

REQUIREMENT("ZC-VS-01", observed,
	    "SO_ZEROCOPY can be set on a VSOCK socket before connect, when its transport is not known.",
	    .code = "net/vmw_vsock/af_vsock.c:vsock_connectible_setsockopt", .kernels = "since 6.7");
CASE(vsock_takes_the_option_before_connect, .requirements = {"ZC-VS-01", "ZC-SO-03"},
     .paths = netns::simplest, .needs = needs_vsock_zerocopy, .entry = Entry::families, .once = true)
{
	for (const int type : {SOCK_STREAM, SOCK_SEQPACKET}) {
		const os::Fd socket = transport::open_socket(AF_VSOCK, type, 0);

		for (const int value : {1, 0}) {
			error_is(test, "setsockopt(SO_ZEROCOPY)", set_zerocopy(socket.get(), value), 0);
			reads_back(test, socket.get(), value);
		}
	}
}

REQUIREMENT("ZC-VS-16", observed,
	    "A flagged send on an unconnected VSOCK socket fails with ENOTCONN and has no id.",
	    .code = "net/vmw_vsock/af_vsock.c:vsock_connectible_sendmsg");
/* A send with an id would queue a notification. poll() reports that also where the
 * kernel does not read the error queue of VSOCK. */
CASE(flagged_vsock_send_without_a_connection_fails, .requirements = {"ZC-VS-16"}, .paths = netns::simplest,
     .needs = needs_vsock, .entry = Entry::families, .once = true)
{
	const Payload payload(message_length);

	for (const int type : {SOCK_STREAM, SOCK_SEQPACKET}) {
		const os::Fd socket(::socket(AF_VSOCK, type | SOCK_CLOEXEC, 0));

		/* Not every kernel has messages of VSOCK. */
		if (!socket && type == SOCK_SEQPACKET && errno == ESOCKTNOSUPPORT)
			continue;
		os::check(socket.get(), "socket(AF_VSOCK)");
		/* Without checking it: not every kernel has the option. */
		set_zerocopy(socket.get(), 1);
		test.refused(send_raw(socket.get(), payload, flagged), ENOTCONN);
		test.equal("POLLERR after a send that failed", errqueue::poll_now(socket.get()) & POLLERR, 0,
			   os::poll_events);
	}
}

} // namespace
