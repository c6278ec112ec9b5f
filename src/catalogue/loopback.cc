// SPDX-License-Identifier: GPL-2.0

#include "catalogue/requirement.h"

namespace catalogue
{

static constexpr Requirement requirements[] = {
	{
		"ZC-LO-01",
		"TCP and UDP data to a local socket, over lo or veth, is completed with "
		"SO_EE_CODE_ZEROCOPY_COPIED.",
		"msg_zerocopy.rst, Loopback: \"all packets generated with MSG_ZEROCOPY that are looped to a "
		"local socket will incur a deferred copy\"; net/ipv4/ip_input.c:ip_local_deliver_finish, "
		"net/ipv6/ip6_input.c:ip6_input_finish",
		Status::documented,
		"since 6.17 the copy is made at IP delivery; 6.1 and 6.12 make it in "
		"net/core/dev.c:__netif_receive_skb_core",
		{"data_to_a_local_socket_is_copied", "stream_to_a_local_socket_is_copied_whatever_its_length",
		 "data_to_a_local_socket_behind_netkit_is_copied",
		 "big_tcp_data_to_a_local_socket_is_copied"},
		"",
	},
	{
		"ZC-LO-02",
		"UDP to a local socket is completed though the receiver never reads.",
		"msg_zerocopy.rst, Loopback: \"Unbound notification latency is not acceptable\"; as ZC-LO-01",
		Status::documented,
		"",
		{"notification_does_not_wait_for_the_reader"},
		"",
	},
	{
		"ZC-LO-03",
		"TCP data that fits the peer's receive window is completed though the peer's process never "
		"reads.",
		"msg_zerocopy.rst, Loopback: \"Unbound notification latency is not acceptable\"; as "
		"ZC-LO-01, net/ipv4/tcp_input.c:tcp_clean_rtx_queue",
		Status::documented,
		"",
		{"notification_does_not_wait_for_the_reader"},
		"",
	},
	{
		"ZC-LO-04",
		"TCP data to a local socket is completed within bounded time though the peer's process "
		"never reads.",
		"msg_zerocopy.rst, Loopback: \"Data sent to local sockets can be queued indefinitely if the "
		"receive process does not read its socket. Unbound notification latency is not "
		"acceptable\"; net/ipv4/tcp_output.c:tcp_write_xmit",
		Status::deviates,
		"since 4.14",
		{"notification_does_not_wait_for_a_full_window"},
		"",
	},
	{
		"ZC-LO-05",
		"A packet socket that listens on the sending device (tcpdump) forces a copy, and the "
		"completion says so.",
		"msg_zerocopy.rst, Loopback: \"This includes looping onto packet sockets (e.g., tcpdump)\"; "
		"net/core/dev.c:dev_queue_xmit_nit",
		Status::documented,
		"",
		{"packet_socket_gets_a_copy"},
		"",
	},
	{
		"ZC-LO-06",
		"A packet socket with PACKET_IGNORE_OUTGOING forces no copy.",
		"net/core/dev.c:dev_queue_xmit_nit, ignore_outgoing",
		Status::code_only,
		"",
		{"packet_socket_that_ignores_outgoing_frames_forces_no_copy"},
		"",
	},
	{
		"ZC-LO-07",
		"tun and tap character devices copy at transmission: the notification comes at once with "
		"SO_EE_CODE_ZEROCOPY_COPIED, and the reader sees the original bytes.",
		"msg_zerocopy.rst, Loopback: \"This includes looping onto packet sockets (e.g., tcpdump) "
		"and tun devices\"; drivers/net/tun.c:tun_net_xmit",
		Status::documented,
		"",
		{"tun_device_gets_a_copy_at_once"},
		"",
	},
	{
		"ZC-LO-08",
		"macvtap and ipvtap character devices copy like tun ones: the notification does not wait "
		"for the reader of the tap.",
		"msg_zerocopy.rst, Loopback: \"Unbound notification latency is not acceptable ... packet "
		"sockets (e.g., tcpdump) and tun devices\"; drivers/net/tap.c:tap_handle_frame",
		Status::deviates,
		"only with checksum offload on the tap (TUNSETOFFLOAD, TUN_F_CSUM) or for packets that need "
		"no checksum; without it skb_checksum_help copies at once",
		{"macvtap_gets_a_copy_at_once"},
		"",
	},
	{
		"ZC-LO-09",
		"A packet socket that is the only receiver of a looped frame gets a copy: the notification "
		"does not wait for it, and it never sees later stores.",
		"msg_zerocopy.rst, Loopback: \"all packets ... looped to a local socket will incur a "
		"deferred copy. This includes looping onto packet sockets\"; "
		"net/core/dev.c:__netif_receive_skb_core, net/packet/af_packet.c:packet_rcv",
		Status::deviates,
		"6.1 and 6.12 copy; not since 6.17",
		{"lone_packet_socket_gets_a_copy"},
		"",
	},
	{
		"ZC-LO-10",
		"IP forwarding from one device to another does not copy.",
		"net/ipv4/ip_input.c:ip_local_deliver_finish, net/ipv6/ip6_input.c:ip6_input_finish orphan "
		"the pages, and no function before them",
		Status::code_only,
		"since \"net: preserve MSG_ZEROCOPY with forwarding\" (6.17); 6.1 and 6.12 copy in "
		"net/core/dev.c:__netif_receive_skb_core, and COPIED is set",
		{"forwarding_over_ipv4_does_not_copy", "forwarding_over_ipv6_does_not_copy"},
		"",
	},
	{
		"ZC-LO-11",
		"Bridging between ports does not copy.",
		"net/core/dev.c:__netif_receive_skb_core calls rx_handler (br_handle_frame) before any copy",
		Status::code_only,
		"",
		{"bridging_does_not_copy"},
		"",
	},
	{
		"ZC-LO-12",
		"A frame for another host that IP drops (PACKET_OTHERHOST) is completed without "
		"SO_EE_CODE_ZEROCOPY_COPIED.",
		"net/ipv4/ip_input.c:ip_rcv_core drops before ip_local_deliver_finish",
		Status::code_only,
		"since 6.17 as ZC-LO-10; 6.1 and 6.12 copy before IP sees the frame, and COPIED is set",
		{"frame_for_another_host_is_not_copied"},
		"",
	},
	{
		"ZC-LO-13",
		"Multicast is copied where a local socket is a member, and is not where none is.",
		"net/ipv4/ip_output.c:ip_mc_output, net/core/dev.c:dev_loopback_xmit",
		Status::code_only,
		"",
		{"multicast_is_copied_for_a_local_member_only"},
		"",
	},
	{
		"ZC-LO-14",
		"UDP to a local port without a socket is completed with SO_EE_CODE_ZEROCOPY_COPIED, and the "
		"ICMP error is reported apart from it.",
		"net/ipv4/udp.c:udp_rcv (6.1, 6.12: __udp4_lib_rcv) sends the ICMP error after local "
		"delivery",
		Status::code_only,
		"",
		{"datagram_to_a_closed_port_completes_apart_from_its_error"},
		"",
	},
	{
		"ZC-LO-15",
		"VSOCK data to a local socket takes the path of remote data: the receiver reads the "
		"sender's pages, and the completion, without SO_EE_CODE_ZEROCOPY_COPIED, comes when it has "
		"read them; from another machine it comes when that one's device has them.",
		"msg_zerocopy.rst, Loopback: \"For VSOCK: Data path sent to local sockets is the same as "
		"for non-local sockets\"; net/vmw_vsock/vsock_loopback.c:vsock_loopback_send_pkt",
		Status::documented,
		"since 6.7",
		{"vsock_receiver_reads_the_pages_of_its_sender",
		 "vsock_packet_is_shared_until_its_last_byte_is_read",
		 "vsock_packet_is_shared_while_it_is_peeked_at", "vsock_to_another_machine_completes_unread"},
		"",
	},
	{
		"ZC-LO-16",
		"An unresolved neighbour holds the datagram, and with it the notification, until resolution "
		"fails; the completion then comes without SO_EE_CODE_ZEROCOPY_COPIED unless the call itself "
		"had copied.",
		"net/core/neighbour.c:__neigh_event_send, neigh_timer_handler",
		Status::code_only,
		"",
		{"unresolved_neighbour_holds_until_resolution_fails"},
		"",
	},
	{
		"ZC-LO-17",
		"A queueing discipline holds the pages for as long as it holds the packet; whether the "
		"completion says copied depends on the receiver.",
		"net/core/dev.c:__dev_xmit_skb",
		Status::code_only,
		"",
		{"delayed_datagram_is_shared_until_it_is_delivered",
		 "delayed_datagram_is_shared_until_it_is_dropped"},
		"",
	},
	{
		"ZC-LO-18",
		"TCP and UDP to another machine over a device with scatter-gather and checksum offload "
		"complete without SO_EE_CODE_ZEROCOPY_COPIED.",
		"msg_zerocopy.rst, Testing: \"The test can be run between a pair of hosts\"; "
		"drivers/net/virtio_net.c:start_xmit for a virtual machine",
		Status::documented,
		"a virtio device without transmit NAPI copies only managed pages, not those of MSG_ZEROCOPY "
		"(skb_orphan_frags honours SKBFL_DONT_ORPHAN)",
		{"data_to_another_machine_is_not_copied"},
		"",
	},
	{
		"ZC-LO-19",
		"netkit devices forward without a copy, and local delivery behind them copies.",
		"drivers/net/netkit.c:netkit_xmit, skb_orphan_frags honours SKBFL_DONT_ORPHAN",
		Status::code_only,
		"since 6.7",
		{"data_to_a_local_socket_behind_netkit_is_copied", "netkit_does_not_copy"},
		"",
	},
	{
		"ZC-LO-20",
		"GRO does not merge segments of flagged sends: over a veth with GRO the data is intact and "
		"each id is completed once.",
		"net/core/gro.c:skb_gro_receive refuses skb_zcopy",
		Status::code_only,
		"since \"net: gro: don't merge zcopy skbs\" (6.1.176, 6.12.92)",
		{"gro_leaves_segments_of_flagged_sends_apart"},
		"",
	},
	{
		"ZC-LO-21",
		"A datagram that was fragmented on its way to a local socket is completed without waiting "
		"for "
		"its reader.",
		"msg_zerocopy.rst, Loopback: \"Unbound notification latency is not acceptable\"; "
		"net/ipv4/ip_input.c:ip_local_deliver, net/ipv6/ip6_input.c:ip6_input_finish",
		Status::deviates,
		"IPv4 since 6.17",
		{"fragments_over_ipv4_complete_before_their_reader_reads",
		 "fragments_over_ipv6_complete_before_their_reader_reads"},
		"",
	},
};

extern const Chapter loopback;
const Chapter loopback = {"loopback", "Loopback and looping", requirements};

} // namespace catalogue
