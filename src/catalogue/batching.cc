// SPDX-License-Identifier: GPL-2.0

#include "catalogue/requirement.h"

namespace catalogue
{

static constexpr Requirement requirements[] = {
	{
		"ZC-BT-01",
		"Consecutive completions merge while one is not read: one read returns the range [lo, hi].",
		"msg_zerocopy.rst, Notification Batching: \"It coalesces consecutive notifications while "
		"one is outstanding for reception on the error queue\"; "
		"net/core/skbuff.c:skb_zerocopy_notify_extend",
		Status::documented,
		"",
		{"consecutive_completions_merge", "sends_acknowledged_in_order_are_one_range"},
		"",
	},
	{
		"ZC-BT-02",
		"Only the entry at the tail of the error queue is extended: a timestamp or ICMP error "
		"behind it ends the merging.",
		"msg_zerocopy.rst, Notification Batching: \"it checks whether the new value extends the "
		"range of the notification at the tail of the queue\"; "
		"net/core/skbuff.c:__msg_zerocopy_callback",
		Status::documented,
		"",
		{"timestamp_ends_the_range", "icmp_error_ends_the_range"},
		"",
	},
	{
		"ZC-BT-03",
		"A completion that does not continue the range at the tail becomes an entry of its own, and "
		"entries are never sorted again.",
		"msg_zerocopy.rst, Notification Batching: \"Ordered delivery is the common case, but not "
		"guaranteed\"; net/core/skbuff.c:skb_zerocopy_notify_extend",
		Status::documented,
		"",
		{"ids_out_of_order_stay_apart", "retransmission_that_nobody_has_read_completes_last"},
		"",
	},
	{
		"ZC-BT-04",
		"Merging raises the upper bound of a queued entry and leaves its lower bound alone.",
		"msg_zerocopy.rst, Notification Batching: \"increases the range upper value of the "
		"outstanding notification\"; net/core/skbuff.c:skb_zerocopy_notify_extend",
		Status::documented,
		"",
		{"range_starts_where_the_last_read_ended"},
		"",
	},
	{
		"ZC-BT-05",
		"With TCP, acknowledged in order and without timestamps, no more than one notification is "
		"outstanding.",
		"msg_zerocopy.rst, Notification Batching: \"no more than one notification is outstanding at "
		"any one point\"; net/core/skbuff.c:skb_zerocopy_notify_extend",
		Status::documented,
		"",
		{"stream_has_one_notification_outstanding", "data_acknowledged_selectively_is_not_complete",
		 "sends_acknowledged_in_order_are_one_range"},
		"",
	},
	{
		"ZC-BT-06",
		"recvmmsg(MSG_ERRQUEUE) returns several entries in the order of the queue, and fails with "
		"EAGAIN on an empty one.",
		"msg_zerocopy.rst, Notification Batching: \"Multiple outstanding packets can be read at "
		"once using the recvmmsg call\"; net/socket.c:do_recvmmsg",
		Status::documented,
		"",
		{"recvmmsg_reads_several_in_order"},
		"",
	},
	{
		"ZC-BT-07",
		"SO_EE_CODE_ZEROCOPY_COPIED of a notification is true of every id in its range: completions "
		"of different kinds are not merged.",
		"msg_zerocopy.rst, Deferred copies: \"the kernel signals if data was completed with a "
		"copy\"; net/core/skbuff.c:skb_zerocopy_notify_extend",
		Status::deviates,
		"since 4.14",
		{"copied_id_is_not_hidden_by_merging", "shared_id_is_not_marked_by_merging",
		 "ids_read_one_by_one_say_whether_they_were_copied"},
		"",
	},
	{
		"ZC-BT-08",
		"Ids that share a notification structure share one SO_EE_CODE_ZEROCOPY_COPIED: one part "
		"that was copied sets it for all of them.",
		"net/ipv4/ip_output.c:__ip_append_data, uarg_to_msgzc(uarg)->zerocopy = 0; "
		"net/core/skbuff.c:msg_zerocopy_complete (6.1: msg_zerocopy_callback)",
		Status::code_only,
		"what it does to the promise of the document is the deviation of ZC-BT-07",
		{"copied_part_marks_all_ids_of_its_structure", "part_beside_a_copied_one_is_shared"},
		"",
	},
	{
		"ZC-BT-09",
		"Each entry that is neither merged nor read keeps its optmem charge until it is read.",
		"net/core/sock.c:sock_omalloc, sock_ofree",
		Status::code_only,
		"",
		{"unread_entries_keep_their_charge"},
		"",
	},
	{
		"ZC-BT-10",
		"TCP reuses the notification structure of the last packet buffer not sent yet up to 512 KiB "
		"and 65534 calls, and starts a new one, with an optmem charge of its own, beyond either.",
		"net/core/skbuff.c:msg_zerocopy_realloc, byte_limit 1 << 19 and USHRT_MAX - 1",
		Status::code_only,
		"",
		{"structure_is_shared_up_to_its_byte_limit", "structure_is_shared_up_to_its_limit_of_calls"},
		"",
	},
	{
		"ZC-BT-11",
		"A corked UDP datagram cannot reach the limits of a notification structure (512 KiB, 65534 "
		"calls), so that they never fail an append.",
		"net/core/skbuff.c:msg_zerocopy_realloc returns NULL for datagrams; a datagram holds at "
		"most 65527 bytes, one byte a call",
		Status::code_only,
		"",
		{},
		"no case can reach it: read from the source",
	},
	{
		"ZC-BT-12",
		"Notifications of TCP may be out of order and split after retransmission, and still cover "
		"each id exactly once.",
		"msg_zerocopy.rst, Notification Batching: \"Notifications may arrive out of order on "
		"retransmission and socket teardown\"; net/ipv4/tcp_output.c:__tcp_transmit_skb clones",
		Status::documented,
		"",
		{"retransmitted_ids_are_reported_once", "retransmission_that_nobody_has_read_completes_last"},
		"",
	},
};

extern const Chapter batching;
const Chapter batching = {"batching", "Notification batching", requirements};

} // namespace catalogue
