// SPDX-License-Identifier: GPL-2.0
/* Families and protocols beside TCP, UDP and VSOCK, for which alone msg_zerocopy.rst says
 * that the flag is implemented. */
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/rds.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>

#include <atomic>
#include <set>

#include "conformance/chapter.h"
#include "os/pages.h"
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

/* Nothing shows that the socket, of which the data has arrived, took the flag. */
void no_notification(At at, int socket)
{
	const short events = errqueue::poll_now(socket);

	at->that("poll() of a socket that ignores the flag", !(events & POLLERR), "no POLLERR",
		 os::poll_events(events));
	at->queue_empty(socket);
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

CASE(option_does_no_harm_to_ktls, .requirements = {"ZC-OP-09"}, .transports = transport::tcp,
     .paths = netns::simplest, .needs = needs_ktls, .entry = Entry::families)
{
	Link &link = test.connect({.zerocopy = false});
	const Payload payload(link.usual_length());

	transport::encrypt_sending(link.sender());
	transport::decrypt_receiving(link.receiver());
	for (const bool option : {true, false}) {
		link.set_zerocopy(option);
		plainly_sends(test, link, payload);
		link.deliver();
		test.queue_empty(link);
	}
}

REQUIREMENT("ZC-OP-03", promised, "A kTLS socket that sends takes the flag as a hint: the send succeeds.",
	    .rests_on = "ZC-SO-07 ZC-IN-01",
	    .code = "net/tls/tls_sw.c:tls_sw_sendmsg (6.12, 7.3: tls_sw_sendmsg and tls_sw_sendmsg_locked), "
		    "net/tls/tls_device.c:tls_push_data");
DEVIATION("ktls-refuses-flag", "ZC-OP-03", "4.14 on",
	  "A send with the flag on a socket with kTLS transmit attached, in software or on a device, fails "
	  "with EOPNOTSUPP (ENOTSUPP on early kernels), without an id, whether or not SO_ZEROCOPY is set.",
	  catalogue::not_fixed_read);
CASE(ktls_takes_the_flag_as_a_hint, .requirements = {"ZC-OP-03"}, .transports = transport::tcp,
     .paths = netns::simplest, .needs = needs_ktls, .entry = Entry::families,
     .deviation = "ktls-refuses-flag")
{
	Link &link = test.connect({.zerocopy = false});
	const Payload payload(link.usual_length());
	int refusals = 0;

	transport::encrypt_sending(link.sender());
	transport::decrypt_receiving(link.receiver());
	for (const bool option : {false, true}) {
		link.set_zerocopy(option);
		const Returned sent = link.send_zerocopy(payload);
		if (sent.ok()) {
			test.sent(sent, payload.size());
			continue;
		}
		test.refused(sent, sent.error == os::enotsupp ? os::enotsupp : EOPNOTSUPP);
		plainly_sends(test, link, payload);
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
/* The send has completed when kTLS puts its own calls before those of TCP. The error
 * queue stays that of the socket. */
CASE(notifications_outlive_the_start_of_ktls, .requirements = {"ZC-LF-09"}, .transports = transport::tcp,
     .paths = netns::simplest, .needs = needs_ktls, .entry = Entry::families)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());

	sends(test, link, payload);
	link.deliver();
	transport::encrypt_sending(link.sender());
	transport::decrypt_receiving(link.receiver());
	plainly_sends(test, link, payload);
	test.one_notification(link, {0, 0});
}

CASE(held_sends_complete_after_the_start_of_ktls, .requirements = {"ZC-LF-09"}, .transports = transport::tcp,
     .paths = netns::holds_many, .needs = needs_ktls, .entry = Entry::families, .once = true)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());

	sends(test, link, payload);
	transport::encrypt_sending(link.sender());
	test.queue_empty(link);
	link.release();
	transport::decrypt_receiving(link.receiver());
	plainly_sends(test, link, payload);
	test.one_notification(link, {0, 0});
}

REQUIREMENT("ZC-PA-04", promised,
	    "On a kTLS socket of AF_INET6 a notification is a control message SOL_IPV6/IPV6_RECVERR.",
	    .rests_on = "ZC-PA-01", .code = "net/tls/tls_sw.c:tls_sw_recvmsg",
	    .kernels = "kTLS with TLS_RX since 4.17");
DEVIATION("ktls-ip-recverr-on-ipv6", "ZC-PA-04", "4.17 on",
	  "On an AF_INET6 socket with kTLS receive attached the notification is SOL_IP/IP_RECVERR of length "
	  "CMSG_LEN(16), without an offender.",
	  catalogue::not_fixed_read);
CASE(notification_of_ktls_over_ipv6_is_an_ipv6_one, .requirements = {"ZC-PA-04", "ZC-LF-09"},
     .transports = transport::tcp, .paths = netns::simplest, .address_family = AF_INET6, .needs = needs_ktls,
     .entry = Entry::families, .deviation = "ktls-ip-recverr-on-ipv6")
{
	Link &link = test.connect();

	sends(test, link);
	transport::decrypt_receiving(link.sender());
	const Message message = one_message(test, link);
	const Notification &notification = message.notifications.front();
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

/* Two RDS sockets, each in a namespace of its own: within one, RDS does not use TCP. */
class RdsPair {
public:
	explicit RdsPair(At at)
	{
		const netns::Addresses addresses = at->network().addresses(AF_INET);

		receiver_ = at_receiver(*at, [&] { return bound_to(addresses.receiver); });
		to_ = os::local_address(receiver_.get());
		sender_ = bound_to(addresses.sender);
		os::require(establish(), "a message arrives over a new connection of RDS");
	}

	int sender() const { return sender_.get(); }
	int receiver() const { return receiver_.get(); }

	void set_zerocopy() { set_option(sender(), SOL_SOCKET, SO_ZEROCOPY, 1, "setsockopt(SO_ZEROCOPY)"); }
	Returned send(Bytes bytes, int flags) const { return send(Outgoing(bytes), flags); }
	/* A flagged send, whose completion will have this cookie. Its control message claims to
	 * have `cookie_length` bytes. */
	Returned send_zerocopy(Bytes bytes, std::uint32_t cookie,
			       std::size_t cookie_length = sizeof(cookie)) const
	{
		Outgoing message(bytes);

		message.with(SOL_RDS, RDS_CMSG_ZCOPY_COOKIE, &cookie, sizeof(cookie), cookie_length);
		return send(message, MSG_ZEROCOPY);
	}

private:
	/* At a port that the kernel chooses: all namespaces share the ports
	 * (net/rds/bind.c:rds_add_bound), though not the addresses. */
	static os::Fd bound_to(const char *text)
	{
		const Address address = transport::make_address(AF_INET, text, 0);
		os::Fd socket = transport::open_rds_socket();

		os::check(::bind(socket.get(), address.get(), address.length), "bind(AF_RDS)");
		return socket;
	}
	/*
	 * Send numbered messages, one after the other, until the last one sent arrives. Some
	 * kernels may drop what arrives while the connection is set up
	 * (net/rds/tcp_listen.c:rds_tcp_accept_one). What is sent later arrives once and in order.
	 */
	bool establish() const
	{
		const os::Deadline deadline;

		for (std::uint8_t number = 0; !deadline.passed(); number++) {
			const Returned sent = send(Bytes(&number, 1), 0);

			os::require(sent.returned == 1,
				    "send() over a new connection of RDS: " + os::describe(sent));
			if (arrives(number, os::Deadline(os::event_timeout() / 50)))
				return true;
		}
		return false;
	}
	bool arrives(std::uint8_t number, const os::Deadline &deadline) const
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
	/* Without MSG_NOSIGNAL, which RDS does not know. */
	Returned send(Outgoing message, int flags) const
	{
		return send_raw(sender(), message.to(to_), flags | MSG_DONTWAIT);
	}

	Address to_;
	os::Fd receiver_;
	os::Fd sender_;
};

/* The cookies of one completion message, which the sender reads by recvmsg(). */
std::vector<std::uint32_t> cookies(At at, const RdsPair &pair)
{
	alignas(cmsghdr) std::array<std::uint8_t, 256> control = {};
	rds_zcopy_cookies done = {};
	msghdr message = {};
	Returned result;

	message.msg_control = control.data();
	readable(at, pair.sender(), "the sender");
	/* poll() also reports POLLIN when there is nothing to read: net/rds/af_rds.c:rds_poll. */
	os::wait_until([&] {
		message.msg_controllen = control.size();
		result = Returned::of(::recvmsg(pair.sender(), &message, MSG_DONTWAIT));
		return result.error != EAGAIN;
	});
	returned(at, "recvmsg() for a completion", result, 0);
	const cmsghdr *first = CMSG_FIRSTHDR(&message);
	at->that("control message of the completion",
		 first && first->cmsg_level == SOL_RDS && first->cmsg_type == RDS_CMSG_ZCOPY_COMPLETION &&
			 first->cmsg_len == CMSG_LEN(sizeof(done)),
		 "SOL_RDS/RDS_CMSG_ZCOPY_COMPLETION of length " + std::to_string(CMSG_LEN(sizeof(done))),
		 first ? os::option_name(first->cmsg_level, first->cmsg_type) + " of length " +
				 std::to_string(first->cmsg_len)
		       : "none");
	std::memcpy(&done, CMSG_DATA(first), sizeof(done));
	at->that("number of cookies", done.num >= 1 && done.num <= RDS_MAX_ZCOOKIES, "1 to 8",
		 std::to_string(done.num));
	return {done.cookies, done.cookies + done.num};
}

/* The data arrives, and one completion comes, with that cookie. */
void completes(At at, const RdsPair &pair, Bytes data, std::uint32_t cookie)
{
	receives(at, pair.receiver(), data);
	const std::vector<std::uint32_t> seen = cookies(at, pair);
	at->equal("cookies of the completion", seen.size(), 1);
	at->equal("cookie of the completion", seen.front(), cookie);
	no_notification(at, pair.sender());
}

REQUIREMENT("ZC-OP-04", observed,
	    "An RDS send with the flag and without RDS_CMSG_ZCOPY_COOKIE fails with EINVAL, whether or not "
	    "SO_ZEROCOPY is set.",
	    .code = "net/rds/send.c:rds_rm_size",
	    .kernels = "since 4.17, inferred; read in 6.1.192, 6.12.118 and 7.3.4");
/* Names of cases are stable: despite this one's, the flag is refused. */
CASE(rds_without_the_option_ignores_the_flag, .requirements = {"ZC-OP-04"}, .transports = transport::udp,
     .paths = netns::basic | netns::local, .without = netns::simplest, .address_family = AF_INET,
     .needs = needs_rds, .entry = Entry::families, .once = true)
{
	RdsPair pair(test);
	const Payload payload(message_length);

	test.refused(pair.send(payload, MSG_ZEROCOPY), EINVAL);
	test.sent(pair.send(payload, 0), payload.size());
	receives(test, pair.receiver(), payload);
	pair.set_zerocopy();
	test.refused(pair.send(payload, MSG_ZEROCOPY), EINVAL);
	test.sent(pair.send(payload, 0), payload.size());
	receives(test, pair.receiver(), payload);
}

REQUIREMENT("ZC-OP-05", observed,
	    "RDS returns completions with ordinary recvmsg, as SOL_RDS/RDS_CMSG_ZCOPY_COMPLETION with up to "
	    "8 cookies, and not on the error queue.",
	    .code = "net/rds/recv.c:rds_recvmsg_zcookie", .kernels = "since 4.17");
CASE(rds_completion_is_a_cookie_among_the_data, .requirements = {"ZC-OP-05"}, .transports = transport::udp,
     .paths = netns::basic | netns::local, .without = netns::simplest, .address_family = AF_INET,
     .needs = needs_rds, .entry = Entry::families, .once = true)
{
	constexpr std::uint32_t cookie = 0xc00c1e;
	RdsPair pair(test);
	const Payload payload(3 * page_size());

	/* A message may have half of the send buffer. */
	os::set_send_buffer(pair.sender(), static_cast<int>(2 * payload.size()));
	pair.set_zerocopy();
	/* From the border of a page, and from within one. */
	for (const std::uint32_t offset : {0, 100}) {
		const Bytes bytes = payload.from(offset, payload.size() - 2 * offset);

		test.sent(pair.send_zerocopy(bytes, cookie + offset), bytes.size());
		completes(test, pair, bytes, cookie + offset);
	}
}

REGRESSION("rds: rds_rm_zerocopy_callback() use list_first_entry() (CVE-2023-1078)",
	   "6.2, 6.1.12, 5.10.168 [Debian 5.10.178-1]", .cases = {"rds_completions_come_by_the_eight"});
REGRESSION("rds: rds_rm_zerocopy_callback() correct order for list_add_tail()",
	   "6.1.16 [Debian 6.1.20-1], 5.10.173 [Debian 5.10.178-1]",
	   .cases = {"rds_completions_come_by_the_eight"});
/* There are more cookies than one message holds. With the bug, the kernel stores the
 * second completion through a pointer to what is no list entry. */
CASE(rds_completions_come_by_the_eight, .requirements = {"ZC-OP-05"}, .transports = transport::udp,
     .paths = netns::basic | netns::local, .without = netns::simplest, .address_family = AF_INET,
     .needs = needs_rds, .entry = Entry::guest_only, .once = true)
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
		receives(test, pair.receiver(), payload);
	while (completed.size() < count)
		for (const std::uint32_t cookie : cookies(test, pair))
			completed.insert(cookie);
	test.that("cookies of all completions", completed == sent, "each sent, once", "others");
}

/* Data for the sender of flagged messages: its reader asks for both. */
void answers(At at, const RdsPair &pair, Bytes data)
{
	const Address to = os::local_address(pair.sender());

	at->sent(send_raw(pair.receiver(), Outgoing(data).to(to), MSG_DONTWAIT), data.size());
	os::require(os::wait_until([&] {
			    return ::recv(pair.sender(), nullptr, 0, MSG_PEEK | MSG_DONTWAIT | MSG_TRUNC) >=
				   0;
		    }),
		    "an answer over RDS");
}

/* Reads that answer, with room for so many bytes of control messages: the cookie beside it, or 0. */
std::uint32_t cookie_beside(At at, const RdsPair &pair, Bytes data, std::size_t room)
{
	alignas(cmsghdr) std::array<std::uint8_t, 256> control = {};
	Data arrived(data.size());
	iovec vector = {arrived.data(), arrived.size()};
	msghdr message = {};

	message.msg_iov = &vector;
	message.msg_iovlen = 1;
	message.msg_control = control.data();
	message.msg_controllen = room;
	returned(at, "recvmsg()", Returned::of(::recvmsg(pair.sender(), &message, MSG_DONTWAIT)),
		 static_cast<ssize_t>(data.size()));
	at->equal("data that arrives", arrived, data);
	const cmsghdr *first = CMSG_FIRSTHDR(&message);
	if (!first)
		return 0;
	rds_zcopy_cookies done = {};
	at->that("control message beside the data",
		 first->cmsg_level == SOL_RDS && first->cmsg_type == RDS_CMSG_ZCOPY_COMPLETION &&
			 first->cmsg_len == CMSG_LEN(sizeof(done)),
		 "SOL_RDS/RDS_CMSG_ZCOPY_COMPLETION", os::option_name(first->cmsg_level, first->cmsg_type));
	std::memcpy(&done, CMSG_DATA(first), sizeof(done));
	at->equal("cookies of the completion", done.num, 1);
	return done.cookies[0];
}

REQUIREMENT(
	"ZC-OP-13", observed,
	"Cookies of RDS come beside data that is read, where the reader has room for them. Where it has not, "
	"they stay for one that has.",
	.code = "net/rds/recv.c:rds_recvmsg, rds_recvmsg_zcookie", .kernels = "since 4.17");
/* A cookie comes a moment after its data: the answers are as many as it takes. */
CASE(rds_cookie_comes_beside_data, .requirements = {"ZC-OP-13", "ZC-OP-05"}, .transports = transport::udp,
     .paths = netns::basic | netns::local, .without = netns::simplest, .address_family = AF_INET,
     .needs = needs_rds, .entry = Entry::families, .once = true)
{
	RdsPair pair(test);
	const Payload payload(message_length);
	std::uint32_t seen = 0;

	pair.set_zerocopy();
	test.sent(pair.send_zerocopy(payload, 7), payload.size());
	receives(test, pair.receiver(), payload);
	os::wait_until([&] {
		answers(test, pair, payload);
		seen = cookie_beside(test, pair, payload, 256);
		return seen != 0;
	});
	test.equal("cookie beside data", seen, 7);
}

CASE(rds_cookie_waits_for_a_reader_with_room, .requirements = {"ZC-OP-13", "ZC-OP-05"},
     .transports = transport::udp, .paths = netns::basic | netns::local, .without = netns::simplest,
     .address_family = AF_INET, .needs = needs_rds, .entry = Entry::families, .once = true)
{
	const std::size_t too_small = CMSG_SPACE(sizeof(rds_zcopy_cookies)) - 1;
	RdsPair pair(test);
	const Payload payload(message_length);

	pair.set_zerocopy();
	for (const std::uint32_t cookie : {7, 8, 9}) {
		test.sent(pair.send_zerocopy(payload, cookie), payload.size());
		receives(test, pair.receiver(), payload);
		/* The acknowledgment of the data came before that of the answers. */
		for (int i = 0; i < 3; i++) {
			answers(test, pair, payload);
			test.equal("cookie without room for it",
				   cookie_beside(test, pair, payload, too_small), 0);
		}
		const std::vector<std::uint32_t> kept = cookies(test, pair);
		test.equal("cookies that were kept", kept.size(), 1);
		test.equal("cookie that was kept", kept.front(), cookie);
	}
}

REQUIREMENT("ZC-OP-06", observed, "An RDS send beyond RLIMIT_MEMLOCK fails with ENOMEM.",
	    .code = "net/rds/message.c:rds_message_zcopy_from_user",
	    .kernels = "since 4.17, inferred; read in 6.1.192, 6.12.118 and 7.3.4. A bad page gives EFAULT, "
		       "a transport other than TCP EOPNOTSUPP");
/* Names of cases are stable: despite this one's, the errno is ENOMEM. */
CASE(rds_send_beyond_memlock_fails_with_enobufs, .requirements = {"ZC-OP-06"}, .transports = transport::udp,
     .paths = netns::basic | netns::local, .without = netns::simplest, .address_family = AF_INET,
     .needs = needs_rds | needs_memlock | needs_root, .entry = Entry::families, .once = true)
{
	RdsPair pair(test);
	const Payload payload(2 * page_size());
	const ScopedUser user;

	os::set_send_buffer(pair.sender(), static_cast<int>(2 * payload.size()));
	pair.set_zerocopy();
	/* The charge is that of other families, and comes back with the completion. */
	for (const std::size_t length : {std::size_t{1}, payload.size()}) {
		const Bytes bytes = payload.first(length);
		const std::size_t charge = limits::memlock_charge_pages(length) * page_size();
		{
			const ScopedMemlock one_byte_less(charge - 1);
			test.refused(pair.send_zerocopy(bytes, 1), ENOMEM);
		}
		const ScopedMemlock enough(charge);
		for (const std::uint32_t cookie : {2, 3}) {
			test.sent(pair.send_zerocopy(bytes, cookie), bytes.size());
			completes(test, pair, bytes, cookie);
		}
	}
}

REQUIREMENT("ZC-OP-11", past_bug, "A flagged RDS send that fails frees each of its pages once.",
	    .code = "net/rds/message.c:rds_message_zcopy_from_user, rds_message_purge",
	    .kernels = "freed twice until \"net/rds: reset op_nents when zerocopy page pin fails\" (7.0.10, "
		       "6.12.91, 6.1.175)");
DEVIATION("rds-pages-freed-twice", "ZC-OP-11",
	  "4.17 to 5.10.258 [Debian 5.10.259-1], 5.11 to 5.15.209, 5.16 to 6.1.175 [Debian 6.1.176-1], 6.2 "
	  "to 6.6.141, 6.7 to 6.12.91 [Debian 6.12.90-2], 6.13 to 6.18.33, 6.19 to 7.0.10 [Debian 7.0.10-1]",
	  "A flagged RDS send of which the second page cannot be read fails with EFAULT and frees the first "
	  "one under its mapping: the kernel reports a bad page state, and the next send from it fails with "
	  "EFAULT too.",
	  "'net/rds: reset op_nents when zerocopy page pin fails (CVE-2026-43494)': Debian 5.10.259-1 under "
	  "ChangeLog-5.10.258; announcement of 5.15.209; Debian 6.1.176-1 under ChangeLog-6.1.175; "
	  "announcement of 6.6.141; Debian 6.12.90-2 as a patch of Debian's own ('linux (6.12.90-2) "
	  "trixie-security'), announcement of 6.12.91; 6.18.33 by the list of the push of v6.18.33; Debian "
	  "7.0.10-1 under ChangeLog-7.0.10.",
	  .besides = catalogue::Besides::splat,
	  .fix = "net/rds: reset op_nents when zerocopy page pin fails (CVE-2026-43494)");
REGRESSION("net/rds: reset op_nents when zerocopy page pin fails (CVE-2026-43494)",
	   "7.0.10, 6.18.33, 6.12.91 [Debian 6.12.90-2], 6.6.141, 6.1.175 [Debian 6.1.176-1], 5.15.209, "
	   "5.10.258 [Debian 5.10.259-1]",
	   .cases = {"rds_send_from_a_bad_page_changes_nothing"});
/* The second page cannot be read. With the bug, the kernel frees the first one
 * twice. */
CASE(rds_send_from_a_bad_page_changes_nothing, .requirements = {"ZC-OP-11"}, .transports = transport::udp,
     .paths = netns::basic | netns::local, .without = netns::simplest, .address_family = AF_INET,
     .needs = needs_rds, .entry = Entry::guest_only, .once = true, .deviation = "rds-pages-freed-twice")
{
	RdsPair pair(test);
	Payload payload(2 * page_size());
	std::uint8_t *const second = payload.data() + page_size();

	os::set_send_buffer(pair.sender(), static_cast<int>(2 * payload.size()));
	pair.set_zerocopy();
	os::deny_access(second, page_size());
	for (int i = 0; i < 100; i++)
		test.refused(pair.send_zerocopy(payload, 1), EFAULT);
	os::check(::mprotect(second, page_size(), PROT_READ | PROT_WRITE), "mprotect()");
	payload.overwrite(page_size());
	const Returned good = pair.send_zerocopy(payload, 2);
	if (!good.ok() && good.error == EFAULT)
		test.deviates("EFAULT of a good page, after the bad one beside it gave EFAULT");
	test.sent(good, payload.size());
	completes(test, pair, payload, 2);
}

REGRESSION("net/rds: handle zerocopy send cleanup before the message is queued (CVE-2026-43502)",
	   "7.0.7, 6.12.88, 6.1.175 [Debian 6.1.176-1], 5.10.258 [Debian 5.10.259-1]",
	   .cases = {"rds_send_with_half_a_cookie_changes_nothing"});
/* The kernel refuses half a cookie when it has pinned the pages. With the bug, the
 * message that it drops has no socket to complete to. */
CASE(rds_send_with_half_a_cookie_changes_nothing, .requirements = {"ZC-OP-05"}, .transports = transport::udp,
     .paths = netns::basic | netns::local, .without = netns::simplest, .address_family = AF_INET,
     .needs = needs_rds, .entry = Entry::guest_only, .once = true)
{
	RdsPair pair(test);
	const Payload payload(message_length);

	pair.set_zerocopy();
	for (int i = 0; i < 100; i++)
		test.refused(pair.send_zerocopy(payload, 1, sizeof(std::uint16_t)), EINVAL);
	test.sent(pair.send_zerocopy(payload, 2), payload.size());
	completes(test, pair, payload, 2);
}

REGRESSION("net: sock: fix hardened usercopy panic in sock_recv_errqueue (CVE-2026-22977)",
	   "6.19, 6.18.6 [Debian 6.18.8-1], 6.12.66 [Debian 6.12.69-1], 6.1.161 [Debian 6.1.162-1], 5.10.248 "
	   "[Debian 5.10.249-1]",
	   .cases = {"ktls_reads_timestamps_beside_notifications"});
/* With the bug and CONFIG_HARDENED_USERCOPY, the kernel panics when a timestamp is read
 * that came in the twin of a packet buffer (net/core/skbuff.c:skb_clone). */
CASE(ktls_reads_timestamps_beside_notifications, .requirements = {"ZC-LF-09"}, .transports = transport::tcp,
     .paths = netns::simplest, .needs = needs_ktls, .entry = Entry::guest_only, .once = true)
{
	constexpr int timestamps = 20;
	Link &link = test.connect();
	const Payload payload(100);
	unsigned seen = 0;

	harness::timestamp(link, SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_TX_ACK |
					 SOF_TIMESTAMPING_TX_SOFTWARE);
	transport::decrypt_receiving(link.sender());
	/* Data that arrives behind unread data joins it, and its buffer is freed, so that the
	 * acknowledgement finds the twin free. A timestamp of each send is read before the next: each
	 * is charged with the page of its data, and the kernel drops those that SO_RCVBUF has no room for. */
	for (unsigned i = 1; i <= timestamps; i++) {
		sends(test, link, payload, MSG_EOR);
		const bool came = os::wait_until([&] {
			for (const Message &message : link.read_notifications())
				seen += std::ranges::count_if(message.notifications, [](const auto &each) {
					return each.err.ee_origin == SO_EE_ORIGIN_TIMESTAMPING;
				});
			return seen >= i;
		});
		test.that("timestamps read", came, "at least one of each send", std::to_string(seen));
	}
}

} // namespace
