// SPDX-License-Identifier: GPL-2.0

#include "catalogue/requirement.h"

namespace catalogue
{

static constexpr Requirement requirements[] = {
	{
		"ZC-IO-01",
		"SEND_ZC works without SO_ZEROCOPY and reports in completion queue entries: nothing comes "
		"to the error queue and no id is used.",
		"io_uring/net.c:io_send_zc (7.3: io_sendmsg_zc), io_uring/notif.c",
		Status::code_only,
		"since 6.0",
		{"send_zc_needs_no_option_and_uses_no_id", "accepted_socket_takes_send_zc"},
		"",
	},
	{
		"ZC-IO-02",
		"With IORING_SEND_ZC_REPORT_USAGE data sent over loopback is reported with "
		"IORING_NOTIF_USAGE_ZC_COPIED.",
		"io_uring/notif.c, zc_report",
		Status::code_only,
		"in 6.1.192, 6.12 and 7.3",
		{"send_zc_says_that_a_local_socket_got_a_copy", "send_zc_says_that_nobody_got_a_copy"},
		"",
	},
	{
		"ZC-IO-03",
		"A flagged send after a SEND_ZC of the same TCP socket succeeds, as a plain one does.",
		"msg_zerocopy.rst, Deferred copies: \"Passing flag MSG_ZEROCOPY is a hint\"; "
		"net/core/skbuff.c:msg_zerocopy_realloc",
		Status::deviates,
		"the other way round works: SEND_ZC after a flagged send goes into a packet buffer of its "
		"own (-EEXIST), and both complete",
		{"flagged_send_behind_send_zc_succeeds", "send_zc_behind_a_flagged_send_completes_apart"},
		"",
	},
	{
		"ZC-IO-04",
		"A SEND_ZC to a corked UDP socket that holds flagged data fails with EINVAL, the pending "
		"datagram is dropped and its id completes.",
		"net/ipv4/ip_output.c:__ip_append_data, msg->msg_ubuf != skb_zcopy(skb)",
		Status::code_only,
		"since 6.0",
		{"send_zc_into_a_flagged_datagram_drops_it"},
		"",
	},
	{
		"ZC-IO-05",
		"SEND_ZC on a socket without support (UNIX, TLS) fails with EOPNOTSUPP.",
		"io_uring/net.c:io_send_zc (7.3: io_sendmsg_zc), SOCK_SUPPORT_ZC",
		Status::code_only,
		"since 6.0.5",
		{"accepted_socket_takes_send_zc", "send_zc_is_refused_by_unix_sockets",
		 "send_zc_is_refused_by_ktls"},
		"",
	},
	{
		"ZC-IO-06",
		"SEND_ZC and flagged sends share the user's RLIMIT_MEMLOCK.",
		"io_uring/notif.h:io_notif_account_mem; net/core/skbuff.c:mm_account_pinned_pages",
		Status::code_only,
		"in 6.18 and 7.3 the ring itself is charged to the user too (io_uring/memmap.c)",
		{"send_zc_finds_what_flagged_sends_locked", "flagged_sends_find_what_send_zc_locked"},
		"",
	},
};

extern const Chapter io_uring;
const Chapter io_uring = {"io_uring", "io_uring: SEND_ZC and SENDMSG_ZC", requirements};

} // namespace catalogue
