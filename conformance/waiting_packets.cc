// SPDX-License-Identifier: GPL-2.0
/* Where packets that share the sender's pages wait for somebody to read them, although the
 * chapter 'Loopback' of msg_zerocopy.rst wants a copy there: lists of packets that GRO makes,
 * netfilter's queues for programs, and a router's sockets for router alerts. */
#include <netinet/ip.h>

#include "conformance/chapter.h"
#include "harness/packet_tap.h"
#include "harness/shown.h"
#include "netns/device.h"
#include "netns/ip_command.h"
#include "netns/netfilter.h"

namespace
{

/* Whether a notification comes, though nobody has read what waits. */
bool notified_unread(const Link &link)
{
	return errqueue::wait(link.sender(), os::Deadline(os::quiet_period()));
}

REQUIREMENT("ZC-LO-22", promised,
	    "Datagrams that GRO puts into one list on their way to a local socket (rx-gro-list) are "
	    "completed unread.",
	    .rests_on = "ZC-LO-01 ZC-LO-02",
	    .code = "net/core/gro.c:skb_gro_receive_list; net/ipv4/udp_offload.c:udp_gro_receive");
DEVIATION("gro-list-completes-when-read", "ZC-LO-22", "5.6 on",
	  "Of the datagrams in a list of GRO the first alone is copied at local delivery. There is no "
	  "notification until the others are read, and they have the bytes that were stored meanwhile.",
	  "net/core/gro.c:skb_gro_receive_list takes packets of flagged sends, which skb_gro_receive() "
	  "refuses, and skb_orphan_frags_rx() at delivery looks at the first, in 6.1.192, 6.12.118 and "
	  "7.3.4. Not fixed in 7.3.4. The start is that of the list and is inferred.");
/* The sender's kernel cuts the segments, and the receiver's device puts them into a list. */
CASE(listed_datagrams_complete_unread, .requirements = {"ZC-LO-22"}, .transports = transport::udp,
     .paths = netns::basic | netns::local, .without = netns::simplest,
     .deviation = "gro-list-completes-when-read")
{
	constexpr int length = 1000;
	constexpr int segments = 10;
	constexpr std::size_t most_headers = 100; /* Ethernet, IPv6, UDP */
	Link &link = test.connect();
	const char *const device = test.network().device();

	netns::set_feature(device, "tx-udp-segmentation", false);
	at_receiver(test, [&] {
		netns::set_offload(device, netns::Offload::gro, true);
		netns::set_feature(device, "rx-gro-list", true);
	});
	segment(link, length);
	Payload payload(segments * length);
	const Data original = payload.copy();
	if (!harness::merges(test, link, payload, length + most_headers))
		test.skip(harness::no_merging);
	sends(test, link, payload);
	readable(test, link.receiver(), "the receiver");
	if (notified_unread(link)) {
		payload.overwrite();
		test.one_notification(link, {0, 0});
		return;
	}
	harness::deviation_shows();
	payload.overwrite();
	for (int i = 0; i < segments; i++) {
		const os::Bytes sent = os::Bytes(original).subspan(i * length, length);

		receives(test, link.receiver(), i == 0 ? sent : payload.from(i * length, length));
		link.transcript().arrived(sent);
	}
	test.one_notification(link, {0, 0});
	test.deviates("nothing until the datagrams are read, all but the first with what was stored");
}

REQUIREMENT("ZC-LO-23", promised,
	    "A packet that waits for a program's verdict (NFQUEUE) is completed though the program does "
	    "not read the packet, and the program reads the bytes that were sent.",
	    .rests_on = "ZC-LO-01 ZC-LO-02",
	    .code = "net/netfilter/nfnetlink_queue.c:nfqnl_build_packet_message");
DEVIATION("queued-packet-completes-when-read", "ZC-LO-23", "4.14 on",
	  "The message about a queued packet (NFQA_CFG_F_GSO) refers to the sender's pages. There is no "
	  "notification until it is read, which may be when the peer has the data, and it has the bytes "
	  "that were stored meanwhile.",
	  "net/core/skbuff.c:skb_zerocopy_clone shares the notification structure with the message, and "
	  "no skb_orphan_frags_rx() follows, in 6.1.192, 6.12.118 and 7.3.4. Open vSwitch's upcalls use "
	  "the same function. Not fixed in 7.3.4. The start is that of the feature and is inferred.");
CASE(packet_with_a_verdict_completes_unread, .requirements = {"ZC-LO-23"}, .transports = transport::udp,
     .paths = netns::basic | netns::local, .needs = needs_packet_queue, .entry = Entry::families,
     .deviation = "queued-packet-completes-when-read")
{
	Link &link = test.connect();
	const netns::PacketQueue queue;
	Payload payload(link.usual_length());
	const Data original = payload.copy();

	sends(test, link, payload);
	readable(test, queue.socket(), "the program");
	queue.accept_first();
	link.deliver();
	const bool complete = notified_unread(link);
	if (complete)
		test.one_notification(link, {0, 0});
	payload.overwrite(harness::datagram_head);
	const os::Bytes expected = complete ? os::Bytes(original) : payload.bytes();
	const Data message = received(test, queue.socket());
	const auto found = std::search(message.begin(), message.end(), expected.begin(), expected.end());
	test.that("the message about the packet", found != message.end(),
		  complete ? "the bytes as sent" : "the bytes that were stored", "other bytes");
	if (complete)
		return;
	test.one_notification(link, {0, 0});
	test.deviates("nothing until the message about the packet is read, which has what was stored");
}

REQUIREMENT("ZC-LO-24", promised,
	    "A packet with the router alert option is completed though the socket that gets it "
	    "(IP_ROUTER_ALERT) does not read it.",
	    .rests_on = "ZC-LO-01 ZC-LO-02", .code = "net/ipv4/ip_input.c:ip_call_ra_chain");
DEVIATION("router-alert-completes-when-read", "ZC-LO-24", "6.17 on",
	  "A raw socket on a router that asks for packets with the router alert option gets the sender's "
	  "pages. There is no notification until it reads the packet, which has the bytes that were "
	  "stored meanwhile, and then one without SO_EE_CODE_ZEROCOPY_COPIED.",
	  "net/ipv4/ip_input.c:ip_call_ra_chain calls raw_rcv() ahead of local delivery, where the copy "
	  "is made, in 7.3.4; 6.1.192 and 6.12.118 copy in __netif_receive_skb_core, before the packet "
	  "is forwarded. Not fixed in 7.3.4.");
/* The receiver's end routes: the packet is for a network behind it, and the socket takes it. */
CASE(packet_with_router_alert_completes_unread, .requirements = {"ZC-LO-24"}, .transports = transport::udp,
     .paths = netns::basic | netns::local, .without = netns::simplest, .address_family = AF_INET,
     .deviation = "router-alert-completes-when-read")
{
	constexpr std::array<std::uint8_t, 4> router_alert = {IPOPT_RA, 4, 0, 0}; /* RFC 2113 */
	const netns::Network &network = test.network();
	const std::string onward = "route add 198.51.100.0/24 dev " + std::string(network.device());

	netns::ip_batch(onward + " via " + network.addresses(AF_INET).receiver + '\n');
	const os::Fd router = at_receiver(test, [&] {
		network.receiver().route(false);
		netns::ip_batch(onward + '\n');
		return os::open_socket(AF_INET, SOCK_RAW, IPPROTO_UDP);
	});
	os::set_option(router.get(), IPPROTO_IP, IP_ROUTER_ALERT, 1, "setsockopt(IP_ROUTER_ALERT)");
	Link &link = test.connect();
	Payload payload(link.usual_length());
	const Data original = payload.copy();

	os::check(
		::setsockopt(link.sender(), IPPROTO_IP, IP_OPTIONS, router_alert.data(), router_alert.size()),
		"setsockopt(IP_OPTIONS)");
	os::connect(link.sender(), transport::make_address(AF_INET, "198.51.100.1", 9));
	link.waive_delivery();
	sends(test, link, payload);
	readable(test, router.get(), "the router");
	const bool unread = notified_unread(link);
	if (!unread)
		harness::deviation_shows();
	payload.overwrite(unread ? 0 : harness::datagram_head);
	const os::Bytes expected = unread ? os::Bytes(original) : payload;
	const Data packet = received(test, router.get());
	test.equal("packet at the router", os::Bytes(packet).last(std::min(packet.size(), expected.size())),
		   expected);
	const errqueue::Notification notification = test.one_completion(link, {0, 0});
	if (unread)
		return copied(test, notification);
	not_copied(test, notification);
	test.deviates("nothing until the packet is read, which has what was stored");
}

} // namespace
