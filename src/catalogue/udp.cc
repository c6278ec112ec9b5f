// SPDX-License-Identifier: GPL-2.0

#include "catalogue/requirement.h"

namespace catalogue
{

static constexpr Requirement requirements[] = {
	{
		"ZC-UD-01",
		"The largest datagram is that of a plain send, 65507 bytes over IPv4 and 65527 over IPv6; "
		"one byte more fails with EMSGSIZE and without an id.",
		"net/ipv4/udp.c:udp_sendmsg, net/ipv4/ip_output.c:__ip_append_data, "
		"net/ipv6/ip6_output.c:__ip6_append_data",
		Status::code_only,
		"",
		{"largest_datagram_is_that_of_a_plain_send"},
		"",
	},
	{
		"ZC-UD-02",
		"A send with UDP_SEGMENT has one id, completed when the last segment is freed.",
		"net/core/skbuff.c:skb_segment, skb_zerocopy_clone",
		Status::code_only,
		"",
		{"segmented_send_has_one_timestamp_and_one_completion",
		 "segmented_send_completes_with_its_last_segment", "every_segmented_send_completes",
		 "segment_size_of_a_control_message_is_that_of_the_option",
		 "each_message_of_sendmmsg_is_segmented_and_counted"},
		"",
	},
	{
		"ZC-UD-03",
		"UDP_SEGMENT as control message behaves like UDP_SEGMENT as socket option.",
		"net/ipv4/udp.c:udp_cmsg_send",
		Status::code_only,
		"",
		{"every_segmented_send_completes", "segment_size_of_a_control_message_is_that_of_the_option",
		 "segments_by_control_message_share_the_pages",
		 "each_message_of_sendmmsg_is_segmented_and_counted"},
		"",
	},
	{
		"ZC-UD-04",
		"An error in a corked append drops the pending datagram, the ids of its earlier appends "
		"complete, and the failed append has none.",
		"net/ipv4/udp.c:udp_sendmsg, udp_flush_pending_frames; "
		"net/core/skbuff.c:msg_zerocopy_put_abort; so also for ENOBUFS: the whole datagram must be "
		"repeated",
		Status::code_only,
		"",
		{"enobufs_drops_the_datagram_in_the_making",
		 "failing_append_drops_the_datagram_and_has_no_id"},
		"",
	},
	{
		"ZC-UD-05",
		"Sends of one socket to different destinations, connected or not, share one sequence of ids.",
		"include/net/sock.h: sk_zckey",
		Status::code_only,
		"",
		{"destinations_share_one_sequence_of_ids", "socket_sends_to_ipv6_and_to_mapped_addresses"},
		"",
	},
	{
		"ZC-UD-06",
		"With SO_SNDBUF exhausted a flagged send fails with EAGAIN or blocks, and has no id until "
		"it succeeds.",
		"msg_zerocopy.rst, Notifications: \"The counter is not incremented on failure\"; "
		"net/core/sock.c:sock_alloc_send_pskb, net/ipv4/ip_output.c:__ip_append_data, error",
		Status::documented,
		"a blocked call holds its id while it waits, and gives it back if it fails",
		{"full_send_buffer_refuses_or_blocks_and_counts_what_it_sends"},
		"",
	},
	{
		"ZC-UD-07",
		"An IPv6 socket that sends to a mapped IPv4 address takes the IPv4 path and has its "
		"notifications as SOL_IPV6/IPV6_RECVERR.",
		"net/ipv6/udp.c:udpv6_sendmsg calls udp_sendmsg; net/ipv4/af_inet.c:inet_recv_error",
		Status::code_only,
		"",
		{"socket_sends_to_ipv6_and_to_mapped_addresses"},
		"",
	},
	{
		"ZC-UD-08",
		"IP options and IPv6 extension headers do not change ids and completions; with IPv6 "
		"extension headers the data is copied.",
		"net/ipv6/ip6_output.c:__ip6_append_data, headersize == sizeof(struct ipv6hdr)",
		Status::code_only,
		"",
		{"datagrams_with_ip_options_arrive_and_complete",
		 "ipv6_extension_headers_alone_force_a_copy"},
		"",
	},
	{
		"ZC-UD-09",
		"A datagram whose fragments need more than twice SO_SNDBUF fails with ENOBUFS, with the "
		"flag as without it, and has no id.",
		"msg_zerocopy.rst, Notifications: \"The counter is not incremented on failure\"; "
		"net/ipv4/ip_output.c:__ip_append_data and net/ipv6/ip6_output.c:__ip6_append_data: "
		"-ENOBUFS for a further fragment beyond 2 * sk_sndbuf. ENOBUFS here is no sign of the "
		"limits of MSG_ZEROCOPY",
		Status::documented,
		"",
		{"fragments_beyond_the_send_buffer_are_refused_as_without_the_flag"},
		"",
	},
};

extern const Chapter udp;
const Chapter udp = {"udp", "UDP specifics", requirements};

} // namespace catalogue
