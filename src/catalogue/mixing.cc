// SPDX-License-Identifier: GPL-2.0

#include "catalogue/requirement.h"

namespace catalogue
{

static constexpr Requirement requirements[] = {
	{
		"ZC-MX-01",
		"Calls with and without the flag may alternate on one socket: only the flagged ones have "
		"ids, and the order of the stream or datagrams is kept.",
		"msg_zerocopy.rst, Mixing copy avoidance and copying: \"It is safe to mix calls with the "
		"flag with those without\"; net/ipv4/tcp.c:tcp_sendmsg_locked, "
		"net/ipv4/ip_output.c:__ip_append_data",
		Status::documented,
		"",
		{"every_call_is_reported_exactly_once", "plain_and_flagged_sends_alternate"},
		"",
	},
	{
		"ZC-MX-02",
		"Plain data appended to a packet buffer that holds flagged data is copied: a store into its "
		"buffer after the call is never seen, and it takes no part in the notification.",
		"msg_zerocopy.rst, Mixing copy avoidance and copying: \"It is safe to mix calls\"; "
		"net/ipv4/tcp.c:tcp_sendmsg_locked, zc == 0, and tcp_downgrade_zcopy_pure",
		Status::documented,
		"",
		{"plain_data_beside_flagged_data_is_not_shared", "plain_data_beside_flagged_data_has_no_id"},
		"",
	},
	{
		"ZC-MX-03",
		"In a corked UDP datagram that mixes plain and flagged appends, one notification covers the "
		"flagged appends only, with SO_EE_CODE_ZEROCOPY_COPIED set where UDP_SEGMENT is not used.",
		"net/ipv4/ip_output.c:__ip_append_data, extra_uref and skb_zcopy_set",
		Status::code_only,
		"",
		{"datagram_of_plain_and_flagged_parts_has_one_notification",
		 "datagram_of_plain_and_flagged_parts_is_copied_everywhere"},
		"",
	},
	{
		"ZC-MX-04",
		"Flagged TCP sends that share a packet buffer share one notification structure: one optmem "
		"charge, one id each.",
		"net/core/skbuff.c:msg_zerocopy_realloc",
		Status::code_only,
		"",
		{"flagged_sends_in_one_packet_share_a_structure"},
		"",
	},
	{
		"ZC-MX-05",
		"Under a small SO_SNDBUF mixed sends make progress and all send memory is returned when "
		"everything is acknowledged.",
		"net/ipv4/tcp.c:tcp_wmem_schedule, tcp_downgrade_zcopy_pure",
		Status::code_only,
		"under-charged in 5.16, fixed in 5.16.7 and 5.17 (\"tcp: fix mem under-charging with "
		"zerocopy sendmsg()\")",
		{"mixed_sends_progress_with_a_small_send_buffer"},
		"",
	},
};

extern const Chapter mixing;
const Chapter mixing = {"mixing", "Mixing copy avoidance and copying", requirements};

} // namespace catalogue
