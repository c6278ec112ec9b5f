// SPDX-License-Identifier: GPL-2.0

#include "catalogue/requirement.h"

namespace catalogue
{

static constexpr Requirement requirements[] = {
	{
		"ZC-RX-01",
		"Reading the error queue never blocks: on an empty one recvmsg(MSG_ERRQUEUE) fails with "
		"EAGAIN at once, on a blocking socket and with MSG_WAITALL too.",
		"msg_zerocopy.rst, Notification Reception: \"Reading from the error queue is always a "
		"non-blocking operation\"; net/ipv4/ip_sockglue.c:ip_recv_error, "
		"net/core/sock.c:sock_recv_errqueue",
		Status::documented,
		"VSOCK reads its error queue since 6.7 and 6.1.64 (\"vsock: read from socket's error "
		"queue\")",
		{"reading_an_empty_error_queue_does_not_block",
		 "reading_does_not_wait_for_an_outstanding_completion"},
		"",
	},
	{
		"ZC-RX-02",
		"poll() reports POLLERR for a queued notification though events is 0.",
		"msg_zerocopy.rst, Notification Reception: \"That flag does not have to be set in the "
		"events field. Errors are signaled unconditionally\"; net/ipv4/tcp.c:tcp_poll, "
		"net/core/datagram.c:datagram_poll, net/vmw_vsock/af_vsock.c:vsock_poll",
		Status::documented,
		"",
		{"poll_reports_pollerr_unasked", "completion_wakes_a_blocked_poll"},
		"",
	},
	{
		"ZC-RX-03",
		"POLLERR stays set for as long as the error queue holds a notification, and is gone when it "
		"is empty.",
		"msg_zerocopy.rst, Notification Reception: \"block until an error is outstanding\"; "
		"net/ipv4/tcp.c:tcp_poll, skb_queue_empty_lockless(&sk->sk_error_queue)",
		Status::documented,
		"",
		{"reading_does_not_wait_for_an_outstanding_completion",
		 "pollerr_stays_until_the_queue_is_empty"},
		"",
	},
	{
		"ZC-RX-04",
		"While a notification is queued, select() marks the socket readable and writable and not "
		"exceptional.",
		"fs/select.c: POLLIN_SET and POLLOUT_SET contain EPOLLERR, POLLEX_SET does not",
		Status::code_only,
		"",
		{"select_shows_a_notification_as_readable_and_writable"},
		"",
	},
	{
		"ZC-RX-05",
		"SO_SELECT_ERR_QUEUE adds POLLPRI to POLLERR for UDP and not for TCP.",
		"net/core/datagram.c:datagram_poll_queue tests SOCK_SELECT_ERR_QUEUE (6.1, 6.12: "
		"datagram_poll); net/ipv4/tcp.c:tcp_poll does not",
		Status::code_only,
		"",
		{"select_err_queue_adds_pollpri_to_datagrams"},
		"",
	},
	{
		"ZC-RX-06",
		"Edge triggered epoll reports one event for each new notification, also where it is merged "
		"into an entry not read yet; reading an entry makes an event where another one remains, and "
		"none where it was the last.",
		"net/core/skbuff.c:__msg_zerocopy_callback always calls sk_error_report, "
		"sock_dequeue_err_skb where another entry follows",
		Status::code_only,
		"",
		{"edge_triggered_epoll_reports_each_completion",
		 "edge_triggered_epoll_reports_what_a_read_leaves",
		 "edge_triggered_epoll_reports_acknowledged_sends"},
		"",
	},
	{
		"ZC-RX-07",
		"EPOLLONESHOT delivers EPOLLERR once until it is armed again, and EPOLLEXCLUSIVE delivers "
		"it to at least one waiter.",
		"fs/eventpoll.c:ep_send_events, ep_poll_callback",
		Status::code_only,
		"",
		{"oneshot_epoll_reports_once_until_rearmed", "exclusive_epoll_reports_to_at_least_one",
		 "edge_triggered_epoll_reports_acknowledged_sends",
		 "oneshot_epoll_reports_acknowledged_sends_once"},
		"",
	},
	{
		"ZC-RX-08",
		"With O_ASYNC a notification raises SIGIO.",
		"net/core/sock.c:sock_def_error_report calls sk_wake_async(SOCK_WAKE_IO, POLL_ERR)",
		Status::code_only,
		"",
		{"notification_raises_sigio_with_o_async"},
		"",
	},
	{
		"ZC-RX-09",
		"A queued notification makes no send, recv, read, connect or getsockopt fail or end "
		"otherwise "
		"than without it, and SO_ERROR stays 0.",
		"msg_zerocopy.rst, Notification Reception: \"Zerocopy notifications have a zero error code, "
		"however, to not block send and recv calls\"; net/core/skbuff.c:__msg_zerocopy_callback "
		"does not set sk_err",
		Status::documented,
		"",
		{"queued_notification_fails_no_other_call"},
		"",
	},
	{
		"ZC-RX-10",
		"A thread blocked in recv is not made to return by a notification: it returns when data "
		"arrives.",
		"msg_zerocopy.rst, Notification Reception: \"to not block send and recv calls\"; "
		"net/ipv4/tcp.c:tcp_recvmsg_locked, net/core/datagram.c:__skb_wait_for_more_packets",
		Status::documented,
		"",
		{"notification_does_not_end_a_blocked_recv"},
		"",
	},
	{
		"ZC-RX-11",
		"Reading a notification returns 0 bytes, with MSG_ERRQUEUE as the only flag in msg_flags.",
		"net/ipv4/ip_sockglue.c:ip_recv_error, net/ipv6/datagram.c:ipv6_recv_error",
		Status::code_only,
		"",
		{"read_returns_no_bytes_and_msg_errqueue_alone"},
		"",
	},
	{
		"ZC-RX-12",
		"Reading a notification fills no address: msg_namelen becomes 0 and the buffer is untouched.",
		"net/ipv4/ip_sockglue.c:ip_recv_error, ipv4_datagram_support_addr",
		Status::code_only,
		"",
		{"read_fills_in_no_address"},
		"",
	},
	{
		"ZC-RX-13",
		"With a control buffer that is too small the read sets MSG_CTRUNC and the notification is "
		"consumed: it cannot be read again. CMSG_LEN of the content is room enough, the padding of "
		"CMSG_SPACE is not needed.",
		"net/ipv4/ip_sockglue.c:ip_recv_error dequeues before put_cmsg; net/core/scm.c:put_cmsg",
		Status::code_only,
		"",
		{"small_control_buffer_truncates_and_loses_the_notification",
		 "exact_control_buffer_is_enough"},
		"",
	},
	{
		"ZC-RX-14",
		"A recv(MSG_ERRQUEUE), which has no control buffer, returns 0 and consumes the notification.",
		"net/ipv4/ip_sockglue.c:ip_recv_error, net/core/scm.c:put_cmsg",
		Status::code_only,
		"",
		{"recv_consumes_a_notification_unseen"},
		"",
	},
	{
		"ZC-RX-15",
		"With a control pointer that cannot be written the read succeeds without MSG_CTRUNC, and "
		"the notification is lost; msg_controllen becomes 0.",
		"net/ipv4/ip_sockglue.c:ip_recv_error ignores the result of net/core/scm.c:put_cmsg",
		Status::code_only,
		"",
		{"unwritable_control_buffer_loses_the_notification"},
		"",
	},
	{
		"ZC-RX-16",
		"MSG_PEEK has no effect on the error queue: the notification is removed.",
		"net/ipv4/ip_sockglue.c:ip_recv_error calls net/core/skbuff.c:sock_dequeue_err_skb whatever "
		"the flags",
		Status::code_only,
		"",
		{"msg_peek_removes_the_notification_all_the_same"},
		"",
	},
	{
		"ZC-RX-17",
		"Notifications and received data are independent queues: either can be read first, and both "
		"are delivered.",
		"msg_zerocopy.rst, Notification Reception: \"Notifications can be processed out of order "
		"with other operations on the socket\"; sk_error_queue and sk_receive_queue in "
		"include/net/sock.h",
		Status::documented,
		"",
		{"notifications_and_data_are_read_in_any_order"},
		"",
	},
	{
		"ZC-RX-18",
		"After a successful poll for a notification, revents has POLLERR set, tested as (revents & "
		"POLLERR) with parentheses.",
		"msg_zerocopy.rst, Notification Reception: \"It will set POLLERR in its output flags\"; "
		"net/ipv4/tcp.c:tcp_poll",
		Status::documented,
		"the document's own example lacks the parentheses in all versions: its \"pfd.revents & "
		"POLLERR == 0\" is always 0 and detects nothing",
		{"poll_reports_pollerr_unasked"},
		"",
	},
	{
		"ZC-RX-19",
		"Readers that race on one error queue share it: each notification goes to exactly one of "
		"them.",
		"net/core/skbuff.c:sock_dequeue_err_skb, under the lock of sk_error_queue",
		Status::code_only,
		"",
		{"racing_readers_share_the_error_queue"},
		"",
	},
	{
		"ZC-RX-20",
		"A thread blocked in poll() with events 0 is woken by a completion.",
		"msg_zerocopy.rst, Notification Reception: \"The poll call is there to block until an error "
		"is outstanding\"; net/core/skbuff.c:__msg_zerocopy_callback, sk_error_report",
		Status::documented,
		"",
		{"completion_wakes_a_blocked_poll", "late_completion_wakes_a_blocked_poll"},
		"",
	},
};

extern const Chapter reception;
const Chapter reception = {"reception", "Notification reception", requirements};

} // namespace catalogue
