// SPDX-License-Identifier: GPL-2.0

#include "catalogue/requirement.h"

namespace catalogue
{

static constexpr Requirement requirements[] = {
	{
		"ZC-CT-01",
		"The first id of a socket is 0, and each successful flagged call adds one, whatever its "
		"length.",
		"msg_zerocopy.rst, Notifications: \"Each send call with MSG_ZEROCOPY that successfully "
		"sends data increments the counter\"; net/core/skbuff.c:msg_zerocopy_alloc",
		Status::documented,
		"",
		{"counter_starts_at_zero_and_counts_calls"},
		"",
	},
	{
		"ZC-CT-02",
		"One call has one id however many packet buffers, segments and iovecs it needs.",
		"msg_zerocopy.rst, Notifications: \"The counter counts system call invocations, not "
		"bytes\"; net/ipv4/tcp.c:tcp_sendmsg_locked, net/core/skbuff.c:skb_zerocopy_clone",
		Status::documented,
		"VSOCK differs, see ZC-VS-05",
		{"large_call_gets_one_id", "vector_gets_one_id", "segmented_datagram_gets_one_id",
		 "vsock_packet_has_one_id_and_is_not_copied",
		 "vsock_send_of_several_packets_completes_with_its_last",
		 "vsock_message_of_several_packets_has_one_id"},
		"",
	},
	{
		"ZC-CT-03",
		"A TCP or VSOCK call of length zero (no bytes, empty iovecs, no iovecs) does not count.",
		"msg_zerocopy.rst, Notifications: \"or if called with length zero\"; "
		"net/ipv4/tcp.c:tcp_sendmsg_locked tests size; "
		"net/vmw_vsock/af_vsock.c:vsock_connectible_sendmsg does not enter its loop",
		Status::documented,
		"",
		{"empty_call_on_stream_does_not_count"},
		"",
	},
	{
		"ZC-CT-04",
		"A flagged UDP datagram of length zero does not count and has no notification.",
		"msg_zerocopy.rst, Notifications: \"The counter is not incremented on failure or if called "
		"with length zero\"; net/ipv4/ip_output.c:__ip_append_data, "
		"net/ipv6/ip6_output.c:__ip6_append_data test a length that includes the UDP header",
		Status::deviates,
		"UDP since 5.0",
		{"empty_datagram_does_not_count"},
		"",
	},
	{
		"ZC-CT-05",
		"A flagged append of length zero to a pending UDP datagram does not count.",
		"net/ipv4/udp.c:udp_sendmsg, do_append_data passes a length without the UDP header; "
		"net/ipv4/ip_output.c:__ip_append_data",
		Status::code_only,
		"",
		{"empty_append_does_not_count"},
		"",
	},
	{
		"ZC-CT-06",
		"A failed call consumes no id (EFAULT, EAGAIN, EMSGSIZE, EPIPE, EDESTADDRREQ, "
		"ENETUNREACH, EACCES, EINTR, ENOBUFS).",
		"msg_zerocopy.rst, Notifications: \"The counter is not incremented on failure\"; "
		"net/core/skbuff.c:msg_zerocopy_put_abort",
		Status::documented,
		"ZC-CT-07, ZC-CT-09, ZC-CT-10 and ZC-TX-08 are the exceptions",
		{"fault_consumes_no_id", "oversized_datagram_consumes_no_id",
		 "unconnected_stream_consumes_no_id", "missing_destination_consumes_no_id",
		 "unroutable_destination_consumes_no_id", "interrupted_call_consumes_no_id",
		 "call_without_option_memory_consumes_no_id", "refusals_of_full_stream_consume_no_id",
		 "refusals_of_full_datagram_socket_consume_no_id",
		 "send_before_the_connection_is_not_counted"},
		"",
	},
	{
		"ZC-CT-07",
		"A flagged UDP send that fails after its packet was built (too many segments, segment over "
		"the MTU, checksum disabled, IPsec, netfilter) consumes no id and queues no notification.",
		"msg_zerocopy.rst, Notifications: \"The counter is not incremented on failure\"; "
		"net/ipv4/udp.c:udp_send_skb, net/ipv6/udp.c:udp_v6_send_skb",
		Status::deviates,
		"6.1 adds EIO for UDP_SEGMENT on a device without checksum offload; since 6.11 (\"udp: "
		"Allow GSO transmit from devices with no checksum offload\") the checksum is computed in "
		"software instead",
		{"too_many_segments_consume_no_id", "segments_without_checksum_consume_no_id",
		 "segments_over_mtu_consume_no_id",
		 "segments_without_checksum_offload_count_as_they_succeed"},
		"",
	},
	{
		"ZC-CT-08",
		"A TCP send that returns a short count counts once.",
		"msg_zerocopy.rst, Notifications: \"Each send call with MSG_ZEROCOPY that successfully "
		"sends data increments the counter\"; net/ipv4/tcp.c:tcp_sendmsg_locked, do_error with "
		"copied > 0",
		Status::documented,
		"",
		{"short_count_counts_once", "vsock_short_count_counts_once_and_is_copied"},
		"",
	},
	{
		"ZC-CT-09",
		"When one of two senders blocked on the same TCP socket is interrupted or times out, the "
		"ids of the others stay unique and without a gap.",
		"msg_zerocopy.rst, Notifications: \"Each send call ... that successfully sends data "
		"increments the counter ... not incremented on failure\"; "
		"net/core/skbuff.c:msg_zerocopy_put_abort, net/core/stream.c:sk_stream_wait_memory",
		Status::deviates,
		"TCP since 4.14",
		{"aborted_sender_leaves_ids_of_others_alone"},
		"",
	},
	{
		"ZC-CT-10",
		"On a UDP socket that two threads use, flagged sends of one that fail do not disturb the "
		"ids of the other: each successful call has an id of its own, and none is left out.",
		"msg_zerocopy.rst, Notifications: \"The counter is not incremented on failure\"; "
		"net/core/skbuff.c:msg_zerocopy_alloc, msg_zerocopy_put_abort; net/ipv4/udp.c:udp_sendmsg "
		"takes no socket lock without cork",
		Status::deviates,
		"UDP since 5.0",
		{"failed_datagram_leaves_ids_of_others_alone"},
		"",
	},
	{
		"ZC-CT-11",
		"Where the last packet buffer not sent yet already carries a notification structure of the "
		"socket, a blocked sender that aborts leaves the ids of the others contiguous.",
		"net/core/skbuff.c:msg_zerocopy_realloc (len++), msg_zerocopy_put_abort (len--)",
		Status::code_only,
		"",
		{"aborted_sender_with_shared_structure_leaves_ids_alone"},
		"",
	},
	{
		"ZC-CT-12",
		"Any number of flagged calls that fail with EAGAIN leave the counter where it is.",
		"msg_zerocopy.rst, Notifications: \"The counter is not incremented on failure\"; "
		"net/ipv4/tcp.c:tcp_sendmsg_locked, out_err; net/ipv4/ip_output.c:__ip_append_data, error",
		Status::documented,
		"",
		{"refusals_of_full_stream_consume_no_id", "refusals_of_full_datagram_socket_consume_no_id"},
		"",
	},
	{
		"ZC-CT-13",
		"connect(AF_UNSPEC) and a new connect neither reset the counter nor drop queued "
		"notifications.",
		"net/ipv4/tcp.c:tcp_disconnect and net/ipv4/udp.c:__udp_disconnect touch neither sk_zckey "
		"nor sk_error_queue",
		Status::code_only,
		"",
		{"disconnection_keeps_counter_and_notifications"},
		"",
	},
	{
		"ZC-CT-14",
		"Counter and error queue belong to the socket: descriptors made by dup, fork and SCM_RIGHTS "
		"share both.",
		"include/net/sock.h: sk_zckey and sk_error_queue are members of struct sock",
		Status::code_only,
		"",
		{"duplicate_descriptors_share_the_counter", "processes_share_the_counter",
		 "passed_descriptor_shares_the_counter"},
		"",
	},
	{
		"ZC-CT-15",
		"The counter wraps from 4294967295 to 0, and ranges across the wrap are to be read modulo "
		"2^32.",
		"msg_zerocopy.rst, Notifications: \"It wraps after UINT_MAX calls\"; "
		"net/core/skbuff.c:skb_zerocopy_notify_extend, u32 arithmetic",
		Status::documented,
		"",
		{"counter_does_not_wrap_at_sixteen_bits"},
		"",
	},
	{
		"ZC-CT-16",
		"A merged range never covers 2^32 ids: the extension that would do so becomes an entry of "
		"its own.",
		"net/core/skbuff.c:skb_zerocopy_notify_extend refuses sum_len >= 1 << 32",
		Status::code_only,
		"",
		{},
		"needs a run of hours: 2^32 flagged calls on one socket",
	},
	{
		"ZC-CT-17",
		"The id UINT_MAX itself is used: the period of the counter is UINT_MAX + 1 calls.",
		"msg_zerocopy.rst, Notifications: \"unsigned 32-bit counter ... wraps after UINT_MAX "
		"calls\" (imprecise by one); net/core/skbuff.c:msg_zerocopy_alloc, atomic_inc_return",
		Status::documented,
		"",
		{},
		"needs a run of hours: 2^32 flagged calls on one socket",
	},
	{
		"ZC-CT-18",
		"Over the life of a socket with one sending thread each successful flagged call is reported "
		"exactly once, and nothing else is.",
		"msg_zerocopy.rst, Deferred copies: \"a contract that the kernel will queue a completion "
		"notification\"; net/core/skbuff.c:__msg_zerocopy_callback",
		Status::documented,
		"ZC-CT-04, ZC-CT-07 and ZC-TX-08 are the exceptions",
		{"retransmitted_ids_are_reported_once", "every_call_is_reported_exactly_once"},
		"",
	},
	{
		"ZC-CT-19",
		"A blocking flagged TCP send that is interrupted after partial progress returns the partial "
		"count and counts once.",
		"msg_zerocopy.rst, Notifications: \"Each send call with MSG_ZEROCOPY that successfully "
		"sends data increments the counter\"; net/ipv4/tcp.c:tcp_sendmsg_locked, do_error with "
		"copied > 0",
		Status::documented,
		"",
		{"interrupted_call_counts_once_for_what_it_sent"},
		"",
	},
	{
		"ZC-CT-20",
		"On a socket that two threads send on without blocking, each successful flagged call has an "
		"id of its own, and no other id is used; on TCP also beside calls that fail, and the data "
		"of each call arrives in one piece.",
		"msg_zerocopy.rst, Notifications: \"Each send call with MSG_ZEROCOPY that successfully "
		"sends data increments the counter\"; net/ipv4/tcp.c:tcp_sendmsg holds the socket's lock, "
		"net/core/skbuff.c:msg_zerocopy_alloc increments atomically",
		Status::documented,
		"ZC-CT-09 (TCP, blocking) and ZC-CT-10 (UDP, failing) are the exceptions",
		{"two_threads_on_a_stream_have_ids_and_data_of_their_own",
		 "two_threads_on_a_datagram_socket_have_ids_of_their_own"},
		"",
	},
};

extern const Chapter counter;
const Chapter counter = {"counter", "Notifications: the counter", requirements};

} // namespace catalogue
