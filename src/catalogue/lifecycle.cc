// SPDX-License-Identifier: GPL-2.0

#include "catalogue/requirement.h"

namespace catalogue
{

static constexpr Requirement requirements[] = {
	{
		"ZC-LF-01",
		"A reset by the peer completes all pending ids, those of data never transmitted without "
		"SO_EE_CODE_ZEROCOPY_COPIED.",
		"msg_zerocopy.rst, Notification Batching: \"on retransmission and socket teardown\"; "
		"net/ipv4/tcp.c:tcp_write_queue_purge",
		Status::documented,
		"",
		{"reset_by_the_peer_completes_what_is_pending", "fast_open_call_refused_later_completes",
		 "reset_completes_at_every_stage", "data_in_an_unanswered_syn_completes_when_it_ends"},
		"",
	},
	{
		"ZC-LF-02",
		"connect(AF_UNSPEC) completes the pending ids before it returns.",
		"net/ipv4/tcp.c:tcp_disconnect, tcp_write_queue_purge",
		Status::code_only,
		"",
		{"disconnection_completes_what_is_pending", "disconnection_completes_at_every_stage",
		 "data_in_an_unanswered_syn_completes_when_it_ends"},
		"",
	},
	{
		"ZC-LF-03",
		"After close() no notification can be read, and optmem and locked pages are given back once "
		"the data is acknowledged or dropped.",
		"net/core/skbuff.c:__msg_zerocopy_callback, SOCK_DEAD",
		Status::code_only,
		"",
		{"closed_socket_gives_its_pages_back_with_its_data",
		 "closed_socket_gives_its_pages_back_when_reset", "closed_socket_is_freed_with_its_data",
		 "closed_socket_is_freed_when_reset", "closed_socket_is_freed_with_unread_notifications",
		 "closed_socket_is_freed_at_every_stage", "user_timeout_completes_what_is_never_acknowledged",
		 "vsock_socket_is_freed_with_unread_notifications",
		 "vsock_sockets_are_freed_with_pending_completions"},
		"",
	},
	{
		"ZC-LF-04",
		"A closed TCP socket with data left still transmits the shared pages: stores after close() "
		"reach the peer until the data is acknowledged.",
		"net/ipv4/tcp.c:__tcp_close leaves the write queue",
		Status::code_only,
		"",
		{"stores_after_close_reach_the_peer"},
		"",
	},
	{
		"ZC-LF-05",
		"close() with SO_LINGER waits for flagged data as it does for plain data.",
		"net/ipv4/tcp.c:__tcp_close, sk_stream_wait_close",
		Status::code_only,
		"",
		{"lingering_close_waits_for_flagged_data"},
		"",
	},
	{
		"ZC-LF-06",
		"shutdown(SHUT_RD) has no influence on completions, and shutdown(SHUT_WR) keeps them.",
		"net/ipv4/tcp.c:tcp_shutdown",
		Status::code_only,
		"",
		{"shutdown_keeps_completions"},
		"",
	},
	{
		"ZC-LF-07",
		"Data of a TCP Fast Open call with the flag has one id when the call succeeds, also beyond "
		"what "
		"fits the SYN, and none when the call fails because it is refused; where the peer refuses "
		"after "
		"the call returned, the reset completes the id.",
		"net/ipv4/tcp.c:tcp_sendmsg_fastopen, tcp_sendmsg_locked",
		Status::code_only,
		"",
		{"fast_open_call_has_one_id", "fast_open_call_that_returns_early_has_one_id",
		 "refused_fast_open_call_has_no_id", "fast_open_call_refused_later_completes",
		 "fast_open_call_sends_once_it_has_a_cookie",
		 "data_in_an_unanswered_syn_completes_when_it_ends"},
		"",
	},
	{
		"ZC-LF-08",
		"A non-blocking TCP Fast Open call without a cookie fails with EINPROGRESS and has no id.",
		"msg_zerocopy.rst, Notifications: \"The counter is not incremented on failure\"; "
		"net/ipv4/tcp.c:tcp_sendmsg_locked, copied_syn",
		Status::documented,
		"",
		{"fast_open_call_without_cookie_has_no_id", "fast_open_call_sends_once_it_has_a_cookie"},
		"",
	},
	{
		"ZC-LF-09",
		"Completions of flagged sends made before kTLS was attached can be read after it was.",
		"net/tls/tls_main.c:tls_init, net/tls/tls_sw.c:tls_sw_recvmsg",
		Status::code_only,
		"see ZC-PA-04 for their form",
		{"notifications_outlive_the_start_of_ktls", "held_sends_complete_after_the_start_of_ktls",
		 "notification_of_ktls_over_ipv6_is_an_ipv6_one",
		 "ktls_reads_timestamps_beside_notifications"},
		"",
	},
	{
		"ZC-LF-10",
		"TCP_USER_TIMEOUT, where the peer never acknowledges, completes all pending ids.",
		"msg_zerocopy.rst, Notification Batching: \"on ... socket teardown\"; "
		"net/ipv4/tcp_timer.c:tcp_write_timeout, tcp_write_err",
		Status::documented,
		"",
		{"user_timeout_completes_what_is_never_acknowledged"},
		"",
	},
	{
		"ZC-LF-11",
		"Flagged data beyond the peer's window is shared and pending until the window opens; then "
		"its id is reported once.",
		"net/ipv4/tcp_output.c:tcp_write_xmit, tcp_snd_wnd_test",
		Status::code_only,
		"",
		{"data_beyond_the_window_is_shared_until_it_opens"},
		"",
	},
	{
		"ZC-LF-12",
		"Where the peer's window shrinks to nothing below flagged data under way, that is shared "
		"and pending until it was sent again and acknowledged; then its id is reported once.",
		"net/ipv4/tcp_timer.c:tcp_retransmit_timer probes the window with it; "
		"RFC 9293, 3.8.6: shrinking the window",
		Status::code_only,
		"",
		{"window_that_shrinks_below_sent_data_completes_it_once"},
		"",
	},
	{
		"ZC-LF-13",
		"A connection that a Fast Open listener accepts before the handshake ends takes flagged "
		"sends at once, and completes them when the peer acknowledges them.",
		"net/ipv4/tcp.c:tcp_sendmsg_locked, tcp_passive_fastopen; "
		"net/ipv4/tcp_fastopen.c:tcp_fastopen_create_child",
		Status::code_only,
		"",
		{"fast_open_listener_sends_before_the_handshake_ends"},
		"",
	},
};

extern const Chapter lifecycle;
const Chapter lifecycle = {"lifecycle", "TCP life cycle", requirements};

} // namespace catalogue
