// SPDX-License-Identifier: GPL-2.0

#include "catalogue/requirement.h"

namespace catalogue
{

static constexpr Requirement requirements[] = {
	{
		"ZC-IN-01",
		"TCP and UDP sockets over IPv4 and IPv6 accept SO_ZEROCOPY, and every successful flagged "
		"send on them is completed by one notification.",
		"msg_zerocopy.rst, Intro: \"currently implemented for TCP, UDP and VSOCK\"; "
		"net/ipv4/tcp.c:tcp_sendmsg_locked, net/ipv4/ip_output.c:__ip_append_data, "
		"net/ipv6/ip6_output.c:__ip6_append_data",
		Status::documented,
		"TCP since 4.14, UDP since 5.0",
		{"each_flagged_send_is_completed_by_one_notification",
		 "no_notification_before_the_acknowledgment"},
		"",
	},
	{
		"ZC-IN-02",
		"AF_VSOCK stream and seqpacket sockets over a virtio family transport (virtio guest, vhost, "
		"loopback) accept SO_ZEROCOPY and complete flagged sends.",
		"msg_zerocopy.rst, Intro: \"VSOCK (with virtio transport) sockets\"; "
		"net/vmw_vsock/af_vsock.c:vsock_msgzerocopy_allow, virtio_transport.c and vsock_loopback.c: "
		"msgzerocopy_allow",
		Status::documented,
		"since 6.7; in 6.1 neither document nor code know it: SO_ZEROCOPY gives EOPNOTSUPP and the "
		"flag is ignored",
		{"each_flagged_send_is_completed_by_one_notification", "vsock_completes_flagged_sends"},
		"",
	},
	{
		"ZC-IN-03",
		"While the completion of a flagged send is outstanding on a path that does not copy, the "
		"pages are truly shared: a store into the buffer before transmission changes what the peer "
		"receives.",
		"msg_zerocopy.rst, Opportunity and Caveats: \"It temporarily shares the buffer between "
		"process and network stack\"; net/core/datagram.c:zerocopy_fill_skb_from_iter (6.1: "
		"__zerocopy_sg_from_iter)",
		Status::documented,
		"a datagram put together by MSG_MORE shares its pages only with UDP_SEGMENT set: else "
		"ip_output.c:__ip_append_data does without checksum offload, and copies within the call",
		{"stores_reach_the_peer_while_a_stream_waits", "stores_reach_the_peer_while_a_datagram_waits",
		 "vsock_receiver_reads_the_pages_of_its_sender"},
		"",
	},
	{
		"ZC-IN-04",
		"TCP keeps the pages of a flagged send shared until they are acknowledged: a retransmission "
		"carries the bytes the buffer holds at that time.",
		"msg_zerocopy.rst, Opportunity and Caveats: \"possibly modifying the data in flight\"; "
		"net/ipv4/tcp_output.c:__tcp_transmit_skb clones the frags of the retransmit queue",
		Status::documented,
		"",
		{"stores_reach_the_peer_by_retransmission",
		 "retransmission_carries_the_buffer_as_it_is_then"},
		"",
	},
	{
		"ZC-IN-05",
		"The kernel never writes into the user pages of a flagged send: whatever rewrites payload "
		"(checksum, encapsulation, NAT, IPsec, TC, XDP) copies it first.",
		"msg_zerocopy.rst, Opportunity and Caveats: \"Kernel integrity is not affected\"; "
		"net/core/skbuff.c:msg_zerocopy_alloc sets SKBFL_ZEROCOPY_FRAG, which contains "
		"SKBFL_SHARED_FRAG",
		Status::documented,
		"markers were lost on some paths until 6.1.174, 6.12.90 and 7.1-rc4 (CVE-2026-46300, \"net: "
		"skbuff: preserve shared-frag marker during coalescing\"), on skb_zerocopy() until 6.12.115 "
		"and 7.3.1 (\"net: skbuff: propagate shared-frag marker in skb_zerocopy()\")",
		{"source_is_never_written_to", "program_that_rewrites_a_packet_leaves_the_source_alone",
		 "ipsec_leaves_the_source_alone"},
		"",
	},
	{
		"ZC-IN-06",
		"A flagged send is legal for every length of one byte and more: the remark about 10 KB is "
		"about benefit only.",
		"msg_zerocopy.rst, Opportunity and Caveats: \"generally only effective at writes over "
		"around 10 KB\"; net/ipv4/tcp.c:tcp_sendmsg_locked and ip_output.c:__ip_append_data test "
		"only for a length that is not zero",
		Status::documented,
		"",
		{"any_length_is_accepted", "any_length_is_shared_until_the_acknowledgment"},
		"",
	},
	{
		"ZC-IN-07",
		"Unmapping, remapping, protecting or discarding the buffer's address range after the send "
		"neither faults nor changes the data that is transmitted.",
		"msg_zerocopy.rst, Opportunity and Caveats: \"As implemented, with page pinning\"; "
		"net/core/datagram.c:zerocopy_fill_skb_from_iter holds a reference on each page",
		Status::documented,
		"",
		{"buffer_can_be_unmapped_while_a_stream_waits",
		 "buffer_can_be_unmapped_while_a_datagram_waits"},
		"",
	},
	{
		"ZC-IN-08",
		"When the sender reuses a buffer only after its completion, the receiver sees every byte "
		"exactly once, in order and unmodified.",
		"msg_zerocopy.rst, Opportunity and Caveats: \"The kernel returns a notification when it is "
		"safe to modify data\"; net/core/skbuff.c:__msg_zerocopy_callback",
		Status::documented,
		"",
		{"buffers_reused_after_completion_arrive_intact"},
		"",
	},
	{
		"ZC-IN-09",
		"A TCP notification comes when the peer has acknowledged every byte of the call: not when "
		"it acknowledged a part, nor selectively what lies behind a gap.",
		"msg_zerocopy.rst, Opportunity and Caveats: \"The kernel returns a notification when it is "
		"safe to modify data\"; net/ipv4/tcp_input.c:tcp_clean_rtx_queue, tcp_tso_acked",
		Status::documented,
		"on paths that do not copy in the call, which is reported at once: ZC-CP-09",
		{"no_notification_before_the_acknowledgment", "data_acknowledged_in_part_is_not_complete",
		 "data_acknowledged_selectively_is_not_complete",
		 "any_length_is_shared_until_the_acknowledgment", "each_packet_of_many_pieces_is_pushed",
		 "fast_open_listener_sends_before_the_handshake_ends"},
		"",
	},
};

extern const Chapter introduction;
const Chapter introduction = {"introduction", "Introduction, opportunity and caveats", requirements};

} // namespace catalogue
