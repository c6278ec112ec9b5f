// SPDX-License-Identifier: GPL-2.0

#include "catalogue/requirement.h"

namespace catalogue
{

static constexpr Requirement requirements[] = {
	{
		"ZC-TS-01",
		"Timestamps and completions share the error queue in the order they were queued: a reader "
		"tells them apart by ee_origin.",
		"net/core/skbuff.c:__skb_complete_tx_timestamp, __msg_zerocopy_callback",
		Status::code_only,
		"",
		{"timestamps_and_completions_are_read_in_order", "unread_timestamps_keep_completions_apart",
		 "segmented_send_has_one_timestamp_and_one_completion",
		 "icmp_error_fails_the_next_call_and_has_no_id", "local_error_stands_between_completions"},
		"",
	},
	{
		"ZC-TS-02",
		"The keys of SOF_TIMESTAMPING_OPT_ID and the ids of zerocopy are independent counters.",
		"include/net/sock.h: sk_tskey, sk_zckey",
		Status::code_only,
		"",
		{"timestamps_and_completions_are_read_in_order", "keys_and_ids_count_apart"},
		"",
	},
	{
		"ZC-TS-03",
		"An ICMP error read through IP_RECVERR interleaves with completions: the next call fails "
		"with it, and that call consumes no id. An error of the host's own (EMSGSIZE) is queued "
		"between completions likewise.",
		"net/core/skbuff.c:sock_dequeue_err_skb, net/ipv4/ip_sockglue.c:ip_icmp_error",
		Status::code_only,
		"",
		{"icmp_error_fails_the_next_call_and_has_no_id", "local_error_stands_between_completions"},
		"",
	},
	{
		"ZC-TS-04",
		"Clearing IP_RECVERR or IPV6_RECVERR keeps the notifications that are queued.",
		"msg_zerocopy.rst, Deferred copies: \"a contract that the kernel will queue a completion "
		"notification\"; net/ipv4/ip_sockglue.c:do_ip_setsockopt, "
		"net/ipv6/ipv6_sockglue.c:do_ipv6_setsockopt",
		Status::deviates,
		"kept since \"net: selectively purge error queue in IP_RECVERR / IPV6_RECVERR\" (6.6); 6.1 "
		"drops them",
		{"clearing_recverr_keeps_notifications", "clearing_recverr_removes_errors_only"},
		"",
	},
	{
		"ZC-TS-05",
		"A timestamp without SOF_TIMESTAMPING_OPT_TSONLY returns the packet, with MSG_TRUNC when "
		"the buffer is short; a completion never has payload.",
		"net/ipv4/ip_sockglue.c:ip_recv_error, skb_copy_datagram_msg",
		Status::code_only,
		"",
		{"timestamp_returns_its_packet_and_a_completion_nothing"},
		"",
	},
	{
		"ZC-TS-06",
		"Closing sockets with unread transmit timestamps of flagged sends leaks neither sockets nor "
		"packet buffers.",
		"net/core/skbuff.c:__skb_tstamp_tx; net/core/sock.c:__sk_free",
		Status::code_only,
		"leaked until \"tcp/udp: Fix memleaks of sk and zerocopy skbs with TX timestamp.\" (6.1.28, "
		"6.4)",
		{"sockets_closed_with_unread_timestamps_are_freed"},
		"",
	},
};

extern const Chapter timestamps;
const Chapter timestamps = {"timestamps", "Timestamps and other users of the error queue", requirements};

} // namespace catalogue
