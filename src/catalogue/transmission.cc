// SPDX-License-Identifier: GPL-2.0

#include "catalogue/requirement.h"

namespace catalogue
{

static constexpr Requirement requirements[] = {
	{
		"ZC-TX-01",
		"send, sendto, sendmsg and sendmmsg honour the flag alike: one id for each message.",
		"msg_zerocopy.rst, Transmission: \"The change to send (or sendto, sendmsg, sendmmsg) itself "
		"is trivial\"; net/socket.c:____sys_sendmsg, __sys_sendto",
		Status::documented,
		"",
		{"send_sendto_sendmsg_and_sendmmsg_count_alike"},
		"",
	},
	{
		"ZC-TX-02",
		"When a later message of a sendmmsg fails, the earlier ones are counted and the failing one "
		"is not.",
		"net/socket.c:__sys_sendmmsg",
		Status::code_only,
		"",
		{"sendmmsg_counts_the_messages_before_the_failing_one"},
		"",
	},
	{
		"ZC-TX-03",
		"A flagged send that would exceed the socket's optmem limit fails with ENOBUFS and changes "
		"nothing.",
		"msg_zerocopy.rst, Transmission: \"if the socket exceeds its optmem limit\"; "
		"net/core/sock.c:sock_omalloc, net/core/skbuff.c:msg_zerocopy_alloc",
		Status::documented,
		"net.core.optmem_max is of the network namespace since 6.8, of the host before",
		{"optmem_max_binds_the_sockets_of_its_namespace", "optmem_limit_is_exact_to_the_byte",
		 "exceeding_the_optmem_limit_gives_enobufs",
		 "after_optmem_enobufs_the_send_can_be_repeated_without_the_flag"},
		"",
	},
	{
		"ZC-TX-04",
		"A flagged send that would exceed the user's RLIMIT_MEMLOCK fails with ENOBUFS and changes "
		"nothing.",
		"msg_zerocopy.rst, Transmission: \"or the user exceeds their ulimit on locked pages\"; "
		"net/core/skbuff.c:mm_account_pinned_pages",
		Status::documented,
		"",
		{"memlock_limit_is_exact_to_the_page", "memlock_charges_add_up",
		 "failed_send_leaves_no_pages_charged", "exceeding_the_locked_pages_gives_enobufs",
		 "after_memlock_enobufs_the_send_can_be_repeated_without_the_flag"},
		"",
	},
	{
		"ZC-TX-05",
		"ENOBUFS is returned at once, on a blocking socket too: a flagged send never waits for "
		"optmem or for locked pages.",
		"net/core/skbuff.c:msg_zerocopy_alloc returns NULL, its callers return -ENOBUFS without "
		"waiting",
		Status::code_only,
		"",
		{"optmem_enobufs_does_not_wait_on_a_blocking_socket",
		 "memlock_enobufs_does_not_wait_on_a_blocking_socket"},
		"",
	},
	{
		"ZC-TX-06",
		"A VSOCK send that exceeds optmem or RLIMIT_MEMLOCK fails with ENOBUFS.",
		"msg_zerocopy.rst, Transmission: \"A zerocopy failure will return -1 with errno ENOBUFS\"; "
		"net/vmw_vsock/virtio_transport_common.c:virtio_transport_send_pkt_info",
		Status::deviates,
		"VSOCK since 6.7",
		{"vsock_send_beyond_the_optmem_limit_gives_enobufs"},
		"",
	},
	{
		"ZC-TX-07",
		"ENOBUFS is returned only where the socket exceeds its optmem limit or the user the limit "
		"on locked pages, or where a plain send would get it too.",
		"msg_zerocopy.rst, Transmission: \"This happens if the socket exceeds its optmem limit or "
		"the user exceeds their ulimit on locked pages\"; net/core/skbuff.c:msg_zerocopy_realloc",
		Status::deviates,
		"the mixture is possible since io_uring SEND_ZC (6.0); a plain UDP send above the MTU gets "
		"ENOBUFS with a small SO_SNDBUF too (net/ipv4/ip_output.c:__ip_append_data)",
		{"enobufs_is_about_limits"},
		"",
	},
	{
		"ZC-TX-08",
		"A UDP send that returns ENOBUFS was not counted: it consumes no id and queues no "
		"notification.",
		"msg_zerocopy.rst, Notifications: \"The counter is not incremented on failure\"; "
		"net/ipv4/udp.c:udp_send_skb, net/ipv6/udp.c:udp_v6_send_skb",
		Status::deviates,
		"UDP since 5.0",
		{"enobufs_from_a_full_queue_does_not_count"},
		"",
	},
	{
		"ZC-TX-09",
		"After ENOBUFS the same bytes can be sent without the flag, and that send has no id.",
		"msg_zerocopy.rst, Transmission and Mixing copy avoidance and copying: \"It is safe to mix "
		"calls with the flag with those without\"; net/ipv4/tcp.c:tcp_sendmsg_locked, out_err",
		Status::documented,
		"",
		{"enobufs_drops_the_datagram_in_the_making",
		 "after_optmem_enobufs_the_send_can_be_repeated_without_the_flag",
		 "after_memlock_enobufs_the_send_can_be_repeated_without_the_flag"},
		"",
	},
	{
		"ZC-TX-10",
		"MSG_OOB with the flag does what it does without: TCP sends urgent data and counts one id, "
		"UDP over IPv4 and VSOCK fail with EOPNOTSUPP and count nothing, UDP over IPv6 ignores "
		"MSG_OOB, sends and counts one id.",
		"net/ipv4/tcp.c:tcp_sendmsg_locked, net/ipv4/udp.c:udp_sendmsg, "
		"net/vmw_vsock/af_vsock.c:vsock_connectible_sendmsg test MSG_OOB; "
		"net/ipv6/udp.c:udpv6_sendmsg does not",
		Status::code_only,
		"an IPv6 socket that sends to a mapped IPv4 address takes udp_sendmsg and fails",
		{"urgent_data_is_sent_or_refused_as_without_the_flag"},
		"",
	},
	{
		"ZC-TX-11",
		"MSG_EOR with the flag counts one id, and data that follows goes into a new packet buffer.",
		"net/ipv4/tcp.c:tcp_sendmsg_locked sets TCP_SKB_CB(skb)->eor; tcp_skb_can_collapse_to",
		Status::code_only,
		"",
		{"end_of_record_counts_and_starts_a_new_packet"},
		"",
	},
	{
		"ZC-TX-12",
		"MSG_NOSIGNAL, MSG_DONTWAIT, MSG_MORE and MSG_CONFIRM combine freely with the flag and do "
		"not change the returned value.",
		"net/ipv4/tcp.c:tcp_sendmsg_locked, net/ipv4/udp.c:udp_sendmsg",
		Status::code_only,
		"",
		{"other_flags_combine_with_zerocopy"},
		"",
	},
	{
		"ZC-TX-13",
		"write, writev, splice and sendfile cannot carry the flag: they produce no completion and "
		"do not move the counter though SO_ZEROCOPY is set.",
		"net/ipv4/tcp.c:tcp_sendmsg_locked: MSG_SPLICE_PAGES is an alternative to MSG_ZEROCOPY "
		"(6.1: do_tcp_sendpages)",
		Status::code_only,
		"",
		{"write_writev_splice_and_sendfile_never_complete"},
		"",
	},
	{
		"ZC-TX-14",
		"Spliced and flagged sends alternating on one TCP socket leave the stream intact and the "
		"ids consecutive.",
		"net/ipv4/tcp.c:tcp_downgrade_zcopy_pure",
		Status::code_only,
		"accounting was wrong until 5.17 and 5.16.10 (\"tcp: take care of mixed "
		"splice()/sendmsg(MSG_ZEROCOPY) case\")",
		{"splice_and_zerocopy_alternate_on_one_stream"},
		"",
	},
	{
		"ZC-TX-15",
		"A flagged send on an unconnected TCP socket fails with EPIPE and consumes no id.",
		"msg_zerocopy.rst, Notifications: \"The counter is not incremented on failure\"; "
		"net/ipv4/tcp.c:tcp_sendmsg_locked, sk_stream_wait_connect, out_err",
		Status::documented,
		"",
		{"send_before_the_connection_is_not_counted",
		 "unconnected_stream_refuses_and_does_not_count"},
		"",
	},
	{
		"ZC-TX-16",
		"After shutdown(SHUT_WR) a flagged send fails with EPIPE and consumes no id, and "
		"completions of earlier sends still come.",
		"net/ipv4/tcp.c:tcp_sendmsg_locked tests SEND_SHUTDOWN",
		Status::code_only,
		"",
		{"after_shutdown_sends_are_refused_and_earlier_ones_complete"},
		"",
	},
	{
		"ZC-TX-17",
		"A pending socket error, as after a reset, makes a flagged send fail with that error (EPIPE "
		"once it was reported) and without an id.",
		"net/ipv4/tcp.c:tcp_sendmsg_locked, do_error and out_err",
		Status::code_only,
		"",
		{"after_a_reset_sends_fail_with_its_error_and_do_not_count"},
		"",
	},
	{
		"ZC-TX-18",
		"A control message that is not valid makes a flagged send fail without an id.",
		"net/ipv4/tcp.c:tcp_sendmsg_locked, net/core/sock.c:sock_cmsg_send, "
		"net/ipv4/ip_sockglue.c:ip_cmsg_send",
		Status::code_only,
		"TCP: 6.1 and 6.12 turn every control message error into EINVAL; 7.3 returns the error of "
		"sock_cmsg_send (EPERM for SO_MARK without capability) and parses before it takes the id",
		{"invalid_control_message_fails_and_does_not_count"},
		"",
	},
	{
		"ZC-TX-19",
		"SCM_DEVMEM_DMABUF with an id that names no binding makes a TCP send fail without an id, "
		"with and without the flag.",
		"net/ipv4/tcp.c:tcp_sendmsg_locked, net/core/devmem.c:net_devmem_get_binding; "
		"Documentation/networking/devmem.rst",
		Status::code_only,
		"7.3: EINVAL (EOPNOTSUPP for a flagged send where CONFIG_NET_DEVMEM is off); 6.1 and 6.12 "
		"do not know the control message: EINVAL",
		{"device_memory_without_a_binding_fails_and_does_not_count"},
		"",
	},
	{
		"ZC-TX-20",
		"In TCP repair mode with no queue selected a flagged send fails with EINVAL and without an "
		"id.",
		"net/ipv4/tcp.c:tcp_sendmsg_locked, tp->repair with TCP_NO_QUEUE",
		Status::code_only,
		"",
		{"repair_mode_without_a_queue_fails_and_does_not_count"},
		"",
	},
};

extern const Chapter transmission;
const Chapter transmission = {"transmission", "Transmission", requirements};

} // namespace catalogue
