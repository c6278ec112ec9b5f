// SPDX-License-Identifier: GPL-2.0
/* Packets of a flagged TCP call that still wait below the socket, or on a router, when the socket has to cut
 * them, to shorten them or to send them again. The kernel then makes a packet of its own of what the clone
 * below shares, and each of the two holds the call (net/core/skbuff.c:pskb_expand_head,
 * __pskb_copy_fclone). */

#include "conformance/chapter.h"
#include "harness/slow_device.h"
#include "netns/ip_command.h"
#include "netns/sysctl.h"
#include "tcp_peer/peer.h"

namespace
{

using tcp_peer::Peer;
using tcp_peer::Range;

constexpr std::uint16_t mss = 1000;

/* The peer has read nothing when it acknowledges parts of the packet, and then all of it. What waits in the
 * device is the buffer's, as a store shows. */
void acknowledged_below(At at, std::uint32_t end, const std::vector<Range> &blocks)
{
	Link &link = at->connect({.offer = {.mss = mss, .sack_permitted = !blocks.empty()}});
	Peer &peer = link.peer();
	Payload payload(5 * mss);
	const auto all = static_cast<std::uint32_t>(payload.size());

	sends(at, link, payload);
	peer.acknowledge(end, blocks);
	left_to_acknowledge(at, link, static_cast<int>(all - end));
	at->queue_empty(link);
	peer.acknowledge(all);
	left_to_acknowledge(at, link, 0);
	at->queue_empty(link);
	store_seen(link, payload);
	peer.receive(all);
	at->one_notification(link, {0, 0});
}

/* net/ipv4/tcp_output.c:tcp_trim_head */
CASE(packet_shortened_while_it_waits_below_completes_when_both_are_gone,
     .requirements = {"ZC-IN-09", "ZC-IN-08"}, .transports = transport::tcp,
     .paths = netns::scripted | netns::shares)
{
	for (const std::uint32_t end : {std::uint32_t{mss}, 2U * mss + 1, 5U * mss - 1})
		acknowledged_below(test, end, {});
}

/* net/ipv4/tcp_input.c:tcp_match_skb_to_sack, net/ipv4/tcp_output.c:tcp_fragment */
CASE(packet_cut_while_it_waits_below_completes_when_all_are_gone, .requirements = {"ZC-IN-09", "ZC-IN-08"},
     .transports = transport::tcp, .paths = netns::scripted | netns::shares)
{
	acknowledged_below(test, 0, {{mss, 2 * mss}, {3 * mss, 4 * mss}});
	acknowledged_below(test, mss, {{2 * mss, 3 * mss}});
}

/* A tail loss probe is the last segment of the packet, cut off and sent again (RFC 8985, 7;
 * net/ipv4/tcp_output.c:tcp_send_loss_probe), milliseconds after an acknowledgment, as SACK permits it. There
 * is none while the packet waits in the host, and the retransmission timer is a minute: probes are off until
 * the peer has read the packet, and begin as it acknowledges the byte before. */
CASE(packet_whose_tail_is_probed_completes_with_its_last_byte, .requirements = {"ZC-IN-09", "ZC-IN-08"},
     .transports = transport::tcp, .paths = netns::scripted)
{
	Link &link = test.connect({.offer = {.mss = mss, .sack_permitted = true}});
	Peer &peer = link.peer();
	const Payload payload(5 * mss);
	const std::uint32_t tail = 1 + 4 * mss;
	const std::uint32_t whole = 1 + 5 * mss;

	plainly_sends(test, link, payload.first(1), MSG_EOR);
	sends(test, link, payload);
	peer.receive(whole);
	netns::write_sysctl("ipv4/tcp_early_retrans", "3"); /* the kernel's default, and not ours */
	peer.acknowledge(1);
	test.equal("position of the probe", peer.lose_next().from, tail);
	harness::completes_with_its_last_byte(test, link, {tail, tail + 1, whole - 1}, whole);
}

/* The next packets of the stream have that traffic class. */
void set_class(const harness::Test &test, const Link &link, int traffic_class)
{
	if (test.transport().address_family == AF_INET)
		set_option(link.sender(), IPPROTO_IP, IP_TOS, traffic_class, "setsockopt(IP_TOS)");
	else
		set_option(link.sender(), IPPROTO_IPV6, IPV6_TCLASS, traffic_class,
			   "setsockopt(IPV6_TCLASS)");
}

/* The sender retransmits as soon as packets behind are acknowledged, and by no timer: a slow machine would
 * send again before the case says what is to be sent how. */
void retransmit_by_acknowledgments_alone(Test &test)
{
	const bool ipv4 = test.transport().address_family == AF_INET;

	netns::ip_batch(std::string("route replace ") +
			test.network().addresses(test.transport().address_family).receiver + " via " +
			(ipv4 ? "192.0.2.3" : "fe80::3") + " dev " + test.network().device() +
			(ipv4 ? "" : " onlink") + " rto_min 60s\n");
}

/* A router has let go of the sender's socket, so that nothing keeps TCP from sending again a packet that
 * waits there, by a copy of it (net/ipv4/tcp_output.c:skb_still_in_host_queue, __tcp_transmit_skb). The
 * first packet is dropped, and the connection given up: the copy is the last that has the pages. A router
 * that copies (ZC-LO-10) says so. */
CASE(copy_made_by_a_retransmission_holds_the_call, .requirements = {"ZC-BT-12", "ZC-IN-08"},
     .transports = transport::tcp, .paths = netns::routed)
{
	constexpr const char *onward = "zc1"; /* the router's device to the receiver */
	retransmit_by_acknowledgments_alone(test);
	Link &link = test.connect();
	const auto drop_class = [&](int traffic_class) {
		harness::within(test, test.network().router(),
				[&] { harness::drop_held(onward, traffic_class); });
	};

	harness::within(test, test.network().router(), [&] { harness::hold_by_class(test, onward); });
	const Payload payload(1100); /* hold_by_class() */
	set_option(link.sender(), IPPROTO_TCP, TCP_NODELAY, 1, "setsockopt(TCP_NODELAY)");
	for (const int traffic_class : {harness::second_class, 0}) {
		set_class(test, link, traffic_class);
		plainly_sends(test, link, payload, MSG_EOR); /* this passes, and none after it */
		link.deliver();
	}
	sends(test, link, payload, MSG_EOR);
	set_class(test, link, harness::second_class);
	for (int i = 0; i < 5; i++)
		plainly_sends(test, link, payload.first(1), MSG_EOR);
	const auto again = [&link] { return transport::retransmissions(link.sender()); };
	test.that("retransmissions", os::wait_until([&] { return again() > 0; }), "1 or more",
		  std::to_string(again()));
	test.queue_empty(link);
	drop_class(0);
	test.queue_empty(link);
	os::disconnect(link.sender());
	link.connection_reset();
	if (const auto early = link.read_notifications(); !early.empty()) {
		const std::string seen = harness::entries_text(early);
		test.that("notification while a packet with the pages waits", seen == "[0,0] copied",
			  "none, or [0,0] copied", seen);
		return;
	}
	drop_class(harness::second_class);
	not_copied(test, test.one_completion(link, {0, 0}));
}

} // namespace
