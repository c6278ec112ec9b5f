// SPDX-License-Identifier: GPL-2.0
/* The chapters 'Deferred copies' and 'Loopback' of msg_zerocopy.rst, where programs,
 * routers and bridges have the packet between the sender and the receiver: which of them
 * copy, and whether the completion says so. */
#include <linux/if_ether.h>

#include "conformance/chapter.h"
#include "harness/ipsec.h"
#include "harness/packet_tap.h"
#include "harness/shown.h"
#include "harness/slow_device.h"
#include "netns/bpf.h"
#include "netns/device.h"

namespace
{

/* Drop what comes in at the receiver's end, before local delivery. */
void drop_at_receiver(Test &test)
{
	at_receiver(test,
		    [&] { netns::drop_packets(test.network().last_device(), netns::Direction::ingress); });
}

PacketTap tap_at_receiver(Test &test)
{
	return at_receiver(test,
			   [&] { return PacketTap(test.network().device(), netns::Outgoing::ignored); });
}

/* Each length is copied or not as the path says. */
void whatever_its_length(At at)
{
	/* A veth device with XDP drops what exceeds its queue, 256 packets (VETH_RING_SIZE). */
	Link &link = at->connect({.receive_buffer = 128 << 10});
	const std::size_t page = page_size();
	const Payload payload(1 << 20);
	std::uint32_t id = 0;

	for (const std::size_t length :
	     {std::size_t{1}, std::size_t{2}, std::size_t{100}, page - 1, page, page + 1, std::size_t{10000},
	      std::size_t{64 << 10}, std::size_t{256 << 10}, payload.size()})
		/* Several calls where the administrator allows small buffers only. */
		for (std::size_t done = 0; done < length;) {
			const Sent sent = link.send_zerocopy(payload.from(done, length - done));

			at->that("return value of the send call", sent.ok() && sent.returned > 0,
				 "bytes of " + std::to_string(length), transport::describe(sent));
			done += sent.returned;
			at->one_notification(link, {id, id});
			id++;
		}
}

REQUIREMENT("ZC-CP-16", observed,
	    "Whether TCP data is copied is a matter of the path, not of the length: from one byte to one "
	    "megabyte, all is completed as copied at a local socket, and none on a path that shares.",
	    .code = "net/ipv4/tcp.c:tcp_sendmsg_locked knows no least length; msg_zerocopy.rst: \"generally "
		    "only effective at writes over around 10 KB\" is about benefit");
/* The XDP program has the packet before local delivery would copy it. */
CASE(stream_is_not_copied_whatever_its_length, .requirements = {"ZC-CP-16"}, .transports = transport::tcp,
     .paths = netns::xdp)
{
	whatever_its_length(test);
}

/* The control of the case above: the same way without the program. */
CASE(stream_to_a_local_socket_is_copied_whatever_its_length, .requirements = {"ZC-LO-01"},
     .transports = transport::tcp, .paths = netns::basic | netns::local, .without = netns::simplest)
{
	whatever_its_length(test);
}

/* Nobody has read the data when the buffer is stored to: only XDP can have copied it. */
void completes_as_copied_through(At at, netns::Xdp mode)
{
	Link &link = at->connect();
	const os::Fd program =
		at_receiver(*at, [&] { return netns::attach_xdp_pass(at->network().device(), mode); });
	Payload payload(link.usual_length());

	sends(at, link, payload);
	notified(at, link.sender());
	payload.overwrite();
	const Notification notification = at->one_completion(link, {0, 0});
	link.deliver();
	if (!notification.copied())
		at->deviates(errqueue::describe(notification));
}

REQUIREMENT("ZC-CP-12", promised,
	    "Data that an XDP program, native or generic, makes the kernel copy is completed with "
	    "SO_EE_CODE_ZEROCOPY_COPIED.",
	    .rests_on = "ZC-IN-03",
	    .code = "drivers/net/veth.c:veth_convert_skb_to_xdp_buff, "
		    "net/core/dev.c:netif_receive_generic_xdp, net/core/skbuff.c:skb_cow_data_for_xdp",
	    .kernels = "generic XDP is no exception: it sets the flag");
DEVIATION("veth-xdp-copy-not-reported", "ZC-CP-12", "4.19 on",
	  "UDP and TCP data delivered through a veth device with a native XDP program (XDP_PASS) is copied "
	  "there and completed without SO_EE_CODE_ZEROCOPY_COPIED.",
	  catalogue::not_fixed_read);
DEVIATION("generic-xdp-copy-not-reported", "ZC-CP-12", "6.9 on",
	  "Data that meets a generic XDP program loaded with BPF_F_XDP_HAS_FRAGS (XDP_PASS) is copied there "
	  "and completed without SO_EE_CODE_ZEROCOPY_COPIED. Without that flag of the program it is set.",
	  catalogue::not_fixed_read);
CASE(data_that_native_xdp_copies_completes_as_copied, .requirements = {"ZC-CP-12"},
     .paths = netns::basic | netns::local, .without = netns::simplest, .address_family = AF_INET6,
     .needs = needs_bpf, .deviation = "veth-xdp-copy-not-reported")
{
	completes_as_copied_through(test, netns::Xdp::native);
}

/* The program takes packets in fragments. */
CASE(data_that_generic_xdp_copies_in_fragments_completes_as_copied, .requirements = {"ZC-CP-12"},
     .transports = transport::udp, .paths = netns::basic | netns::local, .without = netns::simplest,
     .needs = harness::needs_xdp_fragments, .once = true, .deviation = "generic-xdp-copy-not-reported")
{
	completes_as_copied_through(test, netns::Xdp::generic_fragments);
}

/* The program does not take fragments. The datagram is dropped behind it, where nothing else
 * would have copied: see datagram_dropped_by_a_program_completes_as_not_copied. */
CASE(data_that_generic_xdp_copies_completes_as_copied, .requirements = {"ZC-CP-12"},
     .transports = transport::udp, .paths = netns::basic | netns::local, .without = netns::simplest,
     .needs = needs_bpf, .once = true)
{
	Link &link = test.connect();
	drop_at_receiver(test);
	const os::Fd program = at_receiver(
		test, [&] { return netns::attach_xdp_pass(test.network().device(), netns::Xdp::generic); });

	link.waive_delivery();
	sends(test, link);
	copied(test, test.one_completion(link, {0, 0}));
}

/* The first is dropped behind the device, the second before it. */
CASE(datagram_dropped_by_a_program_completes_as_not_copied, .requirements = {"ZC-CP-08"},
     .transports = transport::udp, .paths = netns::basic | netns::local, .without = netns::simplest,
     .needs = needs_bpf)
{
	Link &link = test.connect();

	link.waive_delivery();
	drop_at_receiver(test);
	sends(test, link);
	not_copied(test, test.one_completion(link, {0, 0}));
	netns::drop_packets(test.network().device(), netns::Direction::egress);
	sends(test, link);
	not_copied(test, test.one_completion(link, {1, 1}));
}

Link &connect_to_a_device_that_drops(Test &test)
{
	Link &link = test.connect();

	drop_at_receiver(test);
	link.waive_delivery();
	return link;
}

/* What nobody acknowledges is completed when the connection is given up. */
Notification dropped_at_the_last_device(At at, std::optional<Bytes> given = {})
{
	Link &link = connect_to_a_device_that_drops(*at);
	const Payload usual(link.usual_length());

	sends(at, link, given.value_or(usual));
	if (at->is(transport::stream)) {
		os::disconnect(link.sender());
		/* The socket's own ECONNRESET is no notification, which takes longer where a packet waits. */
		os::get_option<int>(link.sender(), SOL_SOCKET, SO_ERROR);
	}
	return at->one_completion(link, {0, 0});
}

constexpr int datagram_of_several = 1000;

/* Two datagrams of one call are. */
Notification datagrams_dropped_at_the_last_device(Test &test)
{
	Link &link = connect_to_a_device_that_drops(test);
	const Payload payload(2 * datagram_of_several);

	segment(link, datagram_of_several);
	if (send_raw(link.sender(), payload, 0).error == EIO)
		test.skip("a kernel with UDP_SEGMENT over devices without checksum offload");
	sends(test, link, payload);
	return test.one_completion(link, {0, 0});
}

REQUIREMENT("ZC-CP-17", observed,
	    "Devices that send by another without encryption (vlan, macvlan, ipvlan, bonds, tunnels over IP) "
	    "and actions of traffic control hand on the sender's pages: data that ends at the last device is "
	    "completed without SO_EE_CODE_ZEROCOPY_COPIED.",
	    .code = "their transmit functions push headers by skb_cow_head() and end in dev_queue_xmit() or "
		    "ip_local_out(); net/core/skbuff.c:pskb_expand_head, skb_orphan_frags honours "
		    "SKBFL_DONT_ORPHAN");
CASE(data_is_shared_up_to_the_last_device, .requirements = {"ZC-CP-17", "ZC-CP-08"}, .paths = netns::stacked,
     .without = netns::copies_below | netns::may_copy_below, .needs = harness::needs_bpf,
     .entry = harness::Entry::stacks)
{
	not_copied(test, dropped_at_the_last_device(test));
}

CASE(datagrams_of_one_call_are_shared_up_to_the_last_device, .requirements = {"ZC-CP-17", "ZC-CP-08"},
     .transports = transport::udp, .paths = netns::stacked,
     .without = netns::copies_below | netns::may_copy_below, .address_family = AF_INET,
     .needs = harness::needs_bpf, .entry = harness::Entry::stacks)
{
	not_copied(test, datagrams_dropped_at_the_last_device(test));
}

/* tcpdump on the veth device below a bond, a vlan, a tunnel: it sees the frame as it leaves, whose end is
 * the data. */
CASE(packet_socket_on_the_last_device_gets_a_copy, .requirements = {"ZC-LO-05"}, .transports = transport::udp,
     .paths = netns::stacked, .without = netns::copies_below | netns::may_copy_below,
     .address_family = AF_INET, .needs = harness::needs_bpf | needs_packet, .entry = harness::Entry::stacks)
{
	test.network();
	PacketTap tap(test.network().last_device(), netns::Outgoing::seen);
	Payload payload(1000);
	const Data original = payload.copy();

	copied(test, dropped_at_the_last_device(test, payload.bytes()));
	payload.overwrite();
	test.that("packet socket", tap.saw(original), "a frame with the bytes as sent", "no such frame");
}

REQUIREMENT(
	"ZC-CP-18", promised,
	"Data that is copied below the socket, by encryption or for a device that does not gather, is "
	"completed with SO_EE_CODE_ZEROCOPY_COPIED though it ends before any local socket.",
	.rests_on = "ZC-IN-03",
	.code = "net/core/skbuff.c:skb_copy_ubufs, by skb_cow_data of drivers/net/macsec.c:macsec_encrypt, "
		"net/ipv4/esp4.c:esp_output_head and drivers/net/wireguard/send.c:encrypt_packet",
	.kernels = "ZC-CP-15 is the exception");
CASE(data_that_is_copied_below_completes_as_copied, .requirements = {"ZC-CP-18"},
     .paths = netns::stacked | netns::copies_below, .without = netns::segments_copied,
     .needs = harness::needs_bpf, .entry = harness::Entry::stacks)
{
	copied(test, dropped_at_the_last_device(test));
}

REQUIREMENT("ZC-LO-70", promised,
	    "The datagrams that UDP_SEGMENT makes of one call are completed with SO_EE_CODE_ZEROCOPY_COPIED "
	    "where something below the socket copies them.",
	    .rests_on = "ZC-IN-03",
	    .code = "net/core/skbuff.c:skb_segment, by drivers/net/wireguard/device.c:wg_xmit, "
		    "net/xfrm/xfrm_output.c:xfrm_output_gso and "
		    "net/netfilter/nfnetlink_queue.c:nfqnl_enqueue_packet; "
		    "net/ipv4/ip_output.c:__ip_append_data copies in "
		    "the call for devices without scatter-gather or checksum offload");
CASE(datagrams_of_one_call_that_are_copied_below_complete_as_copied, .requirements = {"ZC-LO-70"},
     .transports = transport::udp, .paths = netns::stacked | netns::copies_below,
     .without = netns::datagrams_cut_by_copying | netns::refuses_udp_segment, .address_family = AF_INET,
     .needs = harness::needs_bpf, .entry = harness::Entry::stacks)
{
	copied(test, datagrams_dropped_at_the_last_device(test));
}

DEVIATION(
	"datagram-segmentation-copy-not-reported", "ZC-LO-70", "5.0 on",
	"Over WireGuard and xfrm interfaces, and where NFQUEUE hands packets to a program that does not ask "
	"for NFQA_CFG_F_GSO, the datagrams of one flagged UDP_SEGMENT call are copied when the packet is cut "
	"into them, within the call, and completed without SO_EE_CODE_ZEROCOPY_COPIED. A single datagram is "
	"reported as copied.",
	"Not fixed: as tcp-segmentation-copy-not-reported, by the same functions. The start is that of the "
	"flag for UDP, and inferred; WireGuard came in 5.6.");
CASE(datagrams_of_one_call_that_are_cut_complete_as_copied, .requirements = {"ZC-LO-70"},
     .transports = transport::udp, .paths = netns::datagrams_cut_by_copying, .without = netns::may_copy_below,
     .also = netns::stacked, .deviation = "datagram-segmentation-copy-not-reported")
{
	Link &link = test.connect();
	Payload payload(2 * datagram_of_several);

	segment(link, datagram_of_several);
	sends(test, link, payload);
	payload.overwrite();
	const Notification notification = test.one_completion(link, {0, 0});
	/* That the bytes arrive as they were sent shows that there is a copy. */
	link.deliver();
	if (!notification.copied())
		test.deviates(errqueue::describe(notification));
}

/* The program's store goes to a copy of that part of the packet, and to the peer
 * (net/core/filter.c:bpf_skb_store_bytes). */
CASE(program_that_rewrites_a_packet_leaves_the_source_alone, .requirements = {"ZC-IN-05", "ZC-IN-08"},
     .paths = netns::basic | netns::local, .without = netns::simplest, .needs = needs_bpf)
{
	Link &link = test.connect();
	Payload payload(1000); /* one packet, and no short one */
	const Data before = payload.copy();
	const std::size_t middle = payload.size() / 2;
	Data rewritten = before;
	std::array<std::uint8_t, 4> other;

	std::transform(&before[middle], &before[middle] + other.size(), other.data(),
		       [](std::uint8_t byte) { return byte ^ 0xff; });
	std::ranges::copy(other, &rewritten[middle]);
	netns::rewrite_payload(test.network().device(), payload.size() - middle, other);
	sends(test, link, payload);
	link.transcript().replace_last(rewritten);
	test.one_notification(link, {0, 0});
	test.equal("source of the send", payload, before);
	payload.overwrite(); /* which the rest of the packet must not share any more */
	link.deliver();
}

/* ESP encrypts in place unless the packet's pages are marked as another's
 * (SKBFL_SHARED_FRAG; net/ipv4/esp4.c:esp_output_head, net/ipv6/esp6.c:esp6_output_head).
 * The source is a file's page cache, mapped to be read. */
CASE(ipsec_leaves_the_source_alone, .requirements = {"ZC-IN-05"}, .paths = netns::basic,
     .without = netns::simplest, .needs = needs_esp, .entry = Entry::families)
{
	Link &link = test.connect();
	const Payload original(test.is(transport::stream) ? 200000 : link.usual_length());
	const os::Fd file = os::file_of(original);
	const Mapping source(original.size(), PROT_READ, MAP_SHARED, file.get());
	std::uint32_t id = 0;

	encrypt_between(test);
	for (const std::size_t length : {std::size_t{1}, std::size_t{1000}, original.size()}) {
		sends(test, link, source.bytes().first(length));
		link.deliver();
		test.one_completion(link, {id, id});
		id++;
	}
	/* Put together before they leave. */
	for (std::size_t done = 0; done < 1000; done += 100)
		sends(test, link, source.bytes().subspan(done, 100), done < 900 ? MSG_MORE : 0);
	link.deliver();
	test.completions_settle(link);
	test.equal("source of the sends", source.bytes(), original);
}

/* No protocol of the kernel's. */
constexpr std::uint16_t nobodys_ethertype = ETH_P_802_EX1;

REQUIREMENT("ZC-LO-09", promised,
	    "A packet socket that is the only receiver of a looped frame gets a copy: the notification does "
	    "not wait for it, and it never sees later stores.",
	    .rests_on = "ZC-LO-05",
	    .code = "net/core/dev.c:__netif_receive_skb_core, net/packet/af_packet.c:packet_rcv",
	    .kernels = "6.1 and 6.12 copy; not since 6.17");
DEVIATION("lone-packet-socket-shares-pages", "ZC-LO-09", "6.17 on",
	  "A packet socket that is the only receiver of a looped frame (EtherType no protocol handles) gets "
	  "the sender's pages: no notification until it reads, its reader sees later stores, and the "
	  "completion is without SO_EE_CODE_ZEROCOPY_COPIED.",
	  "net/core/dev.c of 6.1 (line 5603) and 6.12 (5825) calls skb_orphan_frags_rx before the handlers; "
	  "7.3 does so in net/ipv4/ip_input.c:231 and net/ipv6/ip6_input.c:526 only. Not fixed: read again "
	  "in the sources of Debian's 6.1.192-3, 6.12.118-1 and 7.3.4-1~bpo13+1; no subject of a fix in any "
	  "changelog read, up to 7.3.4. The start is that of the feature and is inferred.");
/* No protocol wants the frame either: a program gives it an EtherType that none handles. */
CASE(lone_packet_socket_gets_a_copy, .requirements = {"ZC-LO-09"}, .transports = transport::udp,
     .paths = netns::basic | netns::local, .without = netns::simplest, .needs = needs_bpf | needs_packet,
     .once = true, .deviation = "lone-packet-socket-shares-pages")
{
	Link &link = test.connect();
	PacketTap tap = tap_at_receiver(test);
	Payload payload(link.usual_length());
	const Data original = payload.copy();

	netns::rewrite_ethertype(test.network().device(), nobodys_ethertype);
	link.waive_delivery();
	sends(test, link, payload);
	if (errqueue::wait(link.sender(), os::Deadline(os::quiet_period()))) {
		payload.overwrite();
		test.one_notification(link, {0, 0});
		test.that("packet socket", tap.saw(original, nobodys_ethertype),
			  "a frame with the bytes as sent", "no such frame");
		return;
	}
	harness::deviation_shows();
	payload.overwrite(harness::datagram_head);
	test.that("packet socket", tap.saw(payload, nobodys_ethertype),
		  "a frame with the bytes as sent, or stored later", "no such frame");
	not_copied(test, test.one_completion(link, {0, 0}));
	test.deviates("no notification before the packet socket is read, which sees what was stored later");
}

/* A completion that reports a copy reports one on the way: none is made at the end, or none
 * that is reported. */
void passed_on_uncopied(At at)
{
	Link &link = at->connect();
	const Payload payload(at->is(transport::stream) ? 100000 : link.usual_length());
	std::uint32_t id = 0;

	for (const std::size_t length : {std::size_t{1}, link.usual_length(), payload.size()}) {
		sends(at, link, payload.first(length));
		const Notification notification = at->one_completion(link, {id, id});
		if (notification.copied() && at->definition().deviation)
			at->deviates(errqueue::describe(notification));
		not_copied(at, notification);
		id++;
	}
}

REQUIREMENT("ZC-LO-10", observed, "IP forwarding from one device to another does not copy.",
	    .code = "net/ipv4/ip_input.c:ip_local_deliver_finish, net/ipv6/ip6_input.c:ip6_input_finish "
		    "orphan the pages, and no function before them",
	    .kernels = "since \"net: preserve MSG_ZEROCOPY with forwarding\" (6.17); 6.1 and 6.12 copy in "
		       "net/core/dev.c:__netif_receive_skb_core, and COPIED is set");
DEVIATION("forwarding-copies", "ZC-LO-10", "4.14 to 6.17",
	  "Data forwarded from one device to another by IP is copied and completed with "
	  "SO_EE_CODE_ZEROCOPY_COPIED.",
	  "net/core/dev.c of 6.1.192 (line 5603) and 6.12.118 (5825): skb_orphan_frags_rx; 7.3.4: "
	  "net/ipv4/ip_input.c:231, net/ipv6/ip6_input.c:526. 'net: preserve MSG_ZEROCOPY with forwarding' "
	  "(d2527ad3a9e1) was posted on 30 June 2025, which makes it 6.17: inferred; it is in no stable "
	  "changelog.",
	  .fix = "net: preserve MSG_ZEROCOPY with forwarding");
REGRESSION("net: preserve MSG_ZEROCOPY with forwarding", "6.17",
	   .cases = {"forwarding_over_ipv4_does_not_copy", "forwarding_over_ipv6_does_not_copy"});
/* Forwarding itself (net/ipv4/ip_forward.c:ip_forward) does not copy, local delivery does. */
CASE(forwarding_over_ipv4_does_not_copy, .requirements = {"ZC-LO-10"}, .paths = netns::routed,
     .address_family = AF_INET, .once = true, .deviation = "forwarding-copies")
{
	passed_on_uncopied(test);
}

CASE(forwarding_over_ipv6_does_not_copy, .requirements = {"ZC-LO-10"}, .paths = netns::routed,
     .address_family = AF_INET6, .deviation = "forwarding-copies")
{
	passed_on_uncopied(test);
}

REQUIREMENT(
	"ZC-LO-11", observed, "Bridging between ports does not copy.",
	.code = "net/core/dev.c:__netif_receive_skb_core calls rx_handler (br_handle_frame) before any copy");
CASE(bridging_does_not_copy, .requirements = {"ZC-LO-11"}, .paths = netns::bridged, .once = true)
{
	passed_on_uncopied(test);
}

REQUIREMENT(
	"ZC-LO-12", observed,
	"A frame for another host that IP drops (PACKET_OTHERHOST) is completed without "
	"SO_EE_CODE_ZEROCOPY_COPIED.",
	.code = "net/ipv4/ip_input.c:ip_rcv_core drops before ip_local_deliver_finish",
	.kernels = "since 6.17 as ZC-LO-10; 6.1 and 6.12 copy before IP sees the frame, and COPIED is set");
DEVIATION("frame-for-other-host-copied", "ZC-LO-12", "4.14 to 6.17",
	  "A frame for another host that IP drops is copied before and completed with "
	  "SO_EE_CODE_ZEROCOPY_COPIED.",
	  "net/core/dev.c of 6.1.192 (line 5603) and 6.12.118 (5825): skb_orphan_frags_rx; 7.3.4: "
	  "net/ipv4/ip_input.c:231, net/ipv6/ip6_input.c:526. 'net: preserve MSG_ZEROCOPY with forwarding' "
	  "(d2527ad3a9e1) was posted on 30 June 2025, which makes it 6.17: inferred; it is in no stable "
	  "changelog.",
	  .fix = "net: preserve MSG_ZEROCOPY with forwarding");
CASE(frame_for_another_host_is_not_copied, .requirements = {"ZC-LO-12"}, .transports = transport::udp,
     .paths = netns::basic | netns::local, .without = netns::simplest,
     .deviation = "frame-for-other-host-copied")
{
	Link &link = test.connect();

	lose_packets(test);
	link.waive_delivery();
	sends(test, link);
	const Notification notification = test.one_completion(link, {0, 0});
	if (notification.copied())
		test.deviates(errqueue::describe(notification));
}

REQUIREMENT("ZC-LO-19", observed,
	    "netkit devices forward without a copy, and local delivery behind them copies.",
	    .code = "drivers/net/netkit.c:netkit_xmit, skb_orphan_frags honours SKBFL_DONT_ORPHAN",
	    .kernels = "since 6.7");
CASE(data_to_a_local_socket_behind_netkit_is_copied, .requirements = {"ZC-LO-19", "ZC-LO-01"},
     .paths = netns::other_pair, .entry = Entry::families)
{
	Link &link = test.connect();

	sends(test, link);
	copied(test, test.one_notification(link, {0, 0}));
}

/* The packet ends before local delivery. */
CASE(netkit_does_not_copy, .requirements = {"ZC-LO-19"}, .transports = transport::udp,
     .paths = netns::other_pair, .needs = needs_bpf, .entry = Entry::families)
{
	Link &link = test.connect();

	drop_at_receiver(test);
	link.waive_delivery();
	sends(test, link);
	not_copied(test, test.one_completion(link, {0, 0}));
}

REQUIREMENT("ZC-LO-20", past_bug,
	    "GRO does not merge segments of flagged sends: over a veth with GRO the data is intact and each "
	    "id is completed once.",
	    .code = "net/core/gro.c:skb_gro_receive refuses skb_zcopy",
	    .kernels = "since \"net: gro: don't merge zcopy skbs\" (6.1.176, 6.12.92)");
DEVIATION("gro-loses-notifications", "ZC-LO-20",
	  "4.14 to 6.1.176 [Debian 6.1.176-1], 6.2 to 6.6.142, 6.7 to 6.12.92 [Debian 6.12.94-1], 6.13 to "
	  "6.18.34, 6.19 to 7.0.11 [Debian 7.0.12-1]",
	  "The receiver's device merges the segments of a flagged TCP send (GRO on, TSO and GSO off at the "
	  "sender), and mostly there is no notification, ever, and the socket is never freed.",
	  "Debian 6.1.176-1, under ChangeLog-6.1.176: 'net: gro: don't merge zcopy skbs (CVE-2026-46323)' "
	  "(announcement of 6.1.176 of 19 June 2026 too); announcement of 6.6.142; Debian 6.12.94-1, under "
	  "ChangeLog-6.12.92; announcement of 6.18.34; Debian 7.0.12-1, under ChangeLog-7.0.11. Mainline 7.1 "
	  "(4db79a322db8) is inferred.",
	  .besides = catalogue::Besides::leak, .fix = "net: gro: don't merge zcopy skbs (CVE-2026-46323)");
REGRESSION("net: gro: don't merge zcopy skbs (CVE-2026-46323)",
	   "7.1, 7.0.11 [Debian 7.0.12-1], 6.18.34, 6.12.92 [Debian 6.12.94-1], 6.6.142, 6.1.176",
	   .cases = {"gro_leaves_segments_of_flagged_sends_apart"});
/* Pages that moved to another packet would be complete before they are copied. The sender
 * cuts the segments, and the receiver's device would merge them as it does those of plain
 * sends. The case stores to data that is not read yet as soon as it may. */
CASE(gro_leaves_segments_of_flagged_sends_apart, .requirements = {"ZC-LO-20"}, .transports = transport::tcp,
     .paths = netns::basic | netns::local, .without = netns::simplest, .entry = Entry::guest_only,
     .deviation = "gro-loses-notifications")
{
	Link &link = test.connect();
	Payload payload(100000);

	for (const netns::Offload offload : {netns::Offload::tso, netns::Offload::gso})
		netns::set_offload(test.network().device(), offload, false);
	at_receiver(test, [&] { netns::set_offload(test.network().device(), netns::Offload::gro, true); });
	const std::size_t segment = test.path().mtu() + ETH_HLEN;
	if (!harness::merges(test, link, payload, segment))
		test.skip(harness::no_merging);
	PacketTap tap = tap_at_receiver(test);
	for (std::uint32_t id = 0; id < 10; id++) {
		sends(test, link, payload);
		if (!errqueue::wait(link.sender())) {
			link.waive_completions();
			test.deviates("no notification");
		}
		payload.overwrite();
		copied(test, test.one_notification(link, {id, id}));
		link.deliver();
		const std::size_t longest = tap.longest_frame();
		if (longest > segment)
			test.deviates("a frame of " + std::to_string(longest) + " bytes");
	}
}

} // namespace
