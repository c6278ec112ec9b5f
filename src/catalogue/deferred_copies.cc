// SPDX-License-Identifier: GPL-2.0

#include "catalogue/requirement.h"

namespace catalogue
{

static constexpr Requirement requirements[] = {
	{
		"ZC-CP-01",
		"A successful flagged send is completed exactly once also when its data was copied.",
		"msg_zerocopy.rst, Deferred copies: \"a contract that the kernel will queue a completion "
		"notification. It is not a guarantee that the copy is elided\"; "
		"net/core/skbuff.c:skb_copy_ubufs, msg_zerocopy_complete",
		Status::documented,
		"",
		{"copied_sends_complete_once_each"},
		"",
	},
	{
		"ZC-CP-02",
		"On a device without scatter-gather the data is copied, and the notification has "
		"SO_EE_CODE_ZEROCOPY_COPIED: UDP in the call, notified when the datagram is freed; TCP in "
		"the "
		"call, notified before it returns, where the socket may not use segmentation offload (TCP "
		"signatures), else when a packet of one segment reaches the device.",
		"msg_zerocopy.rst, Deferred copies: \"Devices that do not support scatter-gather I/O cannot "
		"send packets made up of kernel generated protocol headers plus zerocopy user data\"; "
		"net/core/sock.c:sk_setup_caps; net/core/dev.c:validate_xmit_skb; "
		"net/ipv4/ip_output.c:__ip_append_data, skb_zcopy_set on the copying path too",
		Status::documented,
		"",
		{"datagram_without_scatter_gather_is_copied_in_the_call",
		 "datagram_without_scatter_gather_completes_as_copied",
		 "segment_without_scatter_gather_is_copied",
		 "stream_without_segmentation_is_copied_in_the_call"},
		"",
	},
	{
		"ZC-CP-03",
		"A device without transmit checksum offload makes flagged sends complete with "
		"SO_EE_CODE_ZEROCOPY_COPIED.",
		"msg_zerocopy.rst, Deferred copies: \"converted to a private copy of data deep in the "
		"stack, say to compute a checksum\"; net/core/dev.c:skb_checksum_help and "
		"net/core/skbuff.c:skb_segment linearize; net/ipv4/ip_output.c:__ip_append_data, csummode",
		Status::documented,
		"",
		{"datagram_without_checksum_offload_completes_as_copied",
		 "stream_without_checksum_offload_completes_as_copied"},
		"",
	},
	{
		"ZC-CP-04",
		"After scatter-gather is switched off on the device of an established TCP connection, "
		"flagged sends of one segment complete with SO_EE_CODE_ZEROCOPY_COPIED and the data stays "
		"intact (several segments: ZC-CP-15).",
		"net/core/sock.c:sk_setup_caps sets sk_route_caps; net/core/dev.c:validate_xmit_skb "
		"linearizes what was queued before",
		Status::code_only,
		"",
		{"connection_outlives_scatter_gather"},
		"",
	},
	{
		"ZC-CP-05",
		"A UDP datagram above the MTU, which is fragmented, is copied in the call and completed "
		"with SO_EE_CODE_ZEROCOPY_COPIED when its last fragment is freed.",
		"net/ipv4/ip_output.c:__ip_append_data, net/ipv6/ip6_output.c:__ip6_append_data: csummode "
		"is not CHECKSUM_PARTIAL",
		Status::code_only,
		"",
		{"datagram_above_the_mtu_is_copied"},
		"",
	},
	{
		"ZC-CP-06",
		"UDP with MSG_MORE or UDP_CORK is copied in the call without UDP_SEGMENT; with it the first "
		"append is zerocopy and later ones are copied.",
		"net/ipv4/ip_output.c:__ip_append_data, conditions on transhdrlen, MSG_MORE and "
		"cork->gso_size",
		Status::code_only,
		"",
		{"cork_is_copied_in_the_call", "segmented_cork_shares_its_first_part"},
		"",
	},
	{
		"ZC-CP-07",
		"UDP with the checksum disabled (SO_NO_CHECK, UDP_NO_CHECK6_TX) is still zerocopy.",
		"net/ipv4/ip_output.c:__ip_append_data sets csummode before net/ipv4/udp.c:udp_send_skb "
		"looks at sk_no_check_tx",
		Status::code_only,
		"",
		{"datagram_without_checksum_is_not_copied"},
		"",
	},
	{
		"ZC-CP-08",
		"A packet that is dropped (queueing discipline, no neighbour, bridge without ports, reset "
		"connection) is completed without SO_EE_CODE_ZEROCOPY_COPIED where the call itself did not "
		"copy: a completion is no delivery report.",
		"net/core/skbuff.c:skb_release_data, skb_zcopy_clear(skb, true)",
		Status::code_only,
		"",
		{"dropped_datagram_completes_as_not_copied", "dropped_stream_completes_as_not_copied",
		 "unresolved_neighbour_holds_until_resolution_fails",
		 "delayed_datagram_is_shared_until_it_is_dropped",
		 "datagram_dropped_by_a_program_completes_as_not_copied"},
		"",
	},
	{
		"ZC-CP-09",
		"A completion is not a transmit completion: that of copied data may come while the data "
		"still waits in the write queue.",
		"msg_zerocopy.rst, Deferred copies: \"That notification may arrive before the (copied) data "
		"is fully transmitted\"; net/ipv4/tcp.c:tcp_sendmsg_locked, net_zcopy_put after a copy, "
		"where net/core/sock.c:sk_setup_caps has not granted scatter-gather",
		Status::documented,
		"",
		{"stream_without_segmentation_is_copied_in_the_call"},
		"",
	},
	{
		"ZC-CP-10",
		"SO_EE_CODE_ZEROCOPY_COPIED says nothing about the time before the notification: until then "
		"stores may reach the peer.",
		"msg_zerocopy.rst, Deferred copies: \"a private copy of data deep in the stack\"; "
		"net/core/skbuff.c:skb_copy_ubufs at delivery",
		Status::documented,
		"",
		{"segmented_cork_shares_its_first_part", "copied_data_was_shared_before_its_notification",
		 "delayed_datagram_is_shared_until_it_is_delivered"},
		"",
	},
	{
		"ZC-CP-11",
		"A process may stop passing the flag at any time, and what follows is sent by copying "
		"without ids.",
		"msg_zerocopy.rst, Deferred copies: \"A process may use this signal to stop passing flag "
		"MSG_ZEROCOPY on subsequent requests on the same socket\"; net/ipv4/tcp.c:tcp_sendmsg_locked",
		Status::documented,
		"",
		{"flag_can_be_left_out_after_a_copy"},
		"",
	},
	{
		"ZC-CP-12",
		"Data that an XDP program, native or generic, makes the kernel copy is completed with "
		"SO_EE_CODE_ZEROCOPY_COPIED.",
		"msg_zerocopy.rst, Deferred copies: \"the kernel signals if data was completed with a copy, "
		"by setting flag SO_EE_CODE_ZEROCOPY_COPIED\"; "
		"drivers/net/veth.c:veth_convert_skb_to_xdp_buff",
		Status::deviates,
		"generic XDP is no exception: it sets the flag",
		{"data_that_native_xdp_copies_completes_as_copied",
		 "data_that_generic_xdp_copies_in_fragments_completes_as_copied",
		 "data_that_generic_xdp_copies_completes_as_copied"},
		"",
	},
	{
		"ZC-CP-13",
		"A transmit timestamp with the packet (no SOF_TIMESTAMPING_OPT_TSONLY) forces a copy, and "
		"one without the packet does not.",
		"net/core/skbuff.c:__skb_tstamp_tx, skb_orphan_frags_rx",
		Status::code_only,
		"since \"tcp/udp: Fix memleaks of sk and zerocopy skbs with TX timestamp.\" (6.1.28, 6.4)",
		{"timestamp_with_the_packet_forces_a_copy"},
		"",
	},
	{
		"ZC-CP-14",
		"Data sent in a TCP Fast Open SYN, which is copied, is completed with "
		"SO_EE_CODE_ZEROCOPY_COPIED.",
		"msg_zerocopy.rst, Deferred copies: \"the kernel signals if data was completed with a "
		"copy\"; net/ipv4/tcp_output.c:tcp_send_syn_data",
		Status::deviates,
		"on loopback and tun the later copy sets the flag",
		{"fast_open_call_reports_that_its_syn_copied",
		 "send_that_connects_reports_that_its_syn_copied"},
		"",
	},
	{
		"ZC-CP-15",
		"TCP data that software segmentation copies, because the device has no scatter-gather, is "
		"completed with SO_EE_CODE_ZEROCOPY_COPIED.",
		"msg_zerocopy.rst, Deferred copies: \"the kernel signals if data was completed with a copy, "
		"by setting flag SO_EE_CODE_ZEROCOPY_COPIED\"; net/core/skbuff.c:skb_segment",
		Status::deviates,
		"since 4.17; before, TCP copied in the call on such devices",
		{"segments_without_scatter_gather_complete_as_copied"},
		"",
	},
	{
		"ZC-CP-16",
		"Whether TCP data is copied is a matter of the path, not of the length: from one byte to one "
		"megabyte, all is completed as copied at a local socket, and none on a path that shares.",
		"net/ipv4/tcp.c:tcp_sendmsg_locked knows no least length; msg_zerocopy.rst: \"generally only "
		"effective at writes over around 10 KB\" is about benefit",
		Status::code_only,
		"",
		{"stream_is_not_copied_whatever_its_length"},
		"",
	},
};

extern const Chapter deferred_copies;
const Chapter deferred_copies = {"deferred_copies", "Deferred copies", requirements};

} // namespace catalogue
