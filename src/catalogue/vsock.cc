// SPDX-License-Identifier: GPL-2.0

#include "catalogue/requirement.h"

namespace catalogue
{

static constexpr Requirement requirements[] = {
	{
		"ZC-VS-01",
		"SO_ZEROCOPY can be set on a VSOCK socket before connect, when its transport is not known.",
		"net/vmw_vsock/af_vsock.c:vsock_connectible_setsockopt",
		Status::code_only,
		"since 6.7",
		{"vsock_takes_the_option_before_connect"},
		"",
	},
	{
		"ZC-VS-02",
		"A VSOCK stream send of up to 64 KiB within the peer's credit has one id and completes "
		"without SO_EE_CODE_ZEROCOPY_COPIED.",
		"msg_zerocopy.rst, Notifications: \"The counter counts system call invocations, not "
		"bytes\"; net/vmw_vsock/virtio_transport_common.c:virtio_transport_send_pkt_info",
		Status::documented,
		"since 6.7",
		{"vsock_packet_has_one_id_and_is_not_copied"},
		"",
	},
	{
		"ZC-VS-03",
		"A VSOCK send above 64 KiB within the peer's credit goes out in several packets, has one "
		"id, and completes after the last of them is freed.",
		"net/vmw_vsock/virtio_transport_common.c:virtio_transport_send_pkt_info",
		Status::code_only,
		"since \"vsock/virtio: fix zerocopy completion for multi-skb sends\" (7.1, 7.0.11, 6.18.34, "
		"6.12.97; CVE-2026-53365) every packet holds the id; before, only the last one did",
		{"vsock_send_of_several_packets_completes_with_its_last",
		 "vsock_message_of_several_packets_has_one_id"},
		"",
	},
	{
		"ZC-VS-04",
		"An iovec in the middle that is not page aligned is sent without a copy.",
		"net/vmw_vsock/virtio_transport_common.c:virtio_transport_can_zcopy tests iov_offset at the "
		"start only",
		Status::code_only,
		"since 6.7",
		{"vsock_packet_has_one_id_and_is_not_copied"},
		"",
	},
	{
		"ZC-VS-05",
		"A VSOCK send larger than the peer's credit is one system call and has one id.",
		"msg_zerocopy.rst, Notifications: \"The counter counts system call invocations, not "
		"bytes\"; net/vmw_vsock/af_vsock.c:vsock_connectible_sendmsg, "
		"virtio_transport_common.c:virtio_transport_send_pkt_info",
		Status::deviates,
		"since 6.7",
		{"vsock_send_beyond_the_credit_has_one_id"},
		"",
	},
	{
		"ZC-VS-06",
		"A VSOCK send from an address that cannot be read fails with EFAULT, and has no id.",
		"send(2), EFAULT: \"An invalid user space address was specified for an argument\"; "
		"net/vmw_vsock/virtio_transport_common.c:virtio_transport_alloc_skb, "
		"virtio_transport_send_pkt_info",
		Status::deviates,
		"7.3 also puts the iterator back where the packet began; 6.12 does not",
		{"vsock_send_from_a_bad_address_gives_efault",
		 "vsock_count_short_of_a_bad_address_has_an_id"},
		"",
	},
	{
		"ZC-VS-07",
		"A VSOCK seqpacket message above the buffer limit fails with EMSGSIZE and has no id.",
		"net/vmw_vsock/virtio_transport_common.c:virtio_transport_seqpacket_enqueue",
		Status::code_only,
		"the limit is the smaller of the peer's and the local buffer since \"vsock/virtio: cap TX "
		"credit to local buffer size\" (6.12.68), the peer's alone before",
		{"vsock_message_above_the_buffer_is_refused"},
		"",
	},
	{
		"ZC-VS-08",
		"A VSOCK send that returns a positive count with the flag has an id and a notification, "
		"whatever runs out of memory meanwhile.",
		"msg_zerocopy.rst, Deferred copies: \"a contract that the kernel will queue a completion "
		"notification\"; net/vmw_vsock/virtio_transport_common.c:virtio_transport_send_pkt_info",
		Status::deviates,
		"since \"vsock/virtio: fix zerocopy completion for multi-skb sends\" (7.1, 7.0.11, 6.18.34, "
		"6.12.97) the structure is taken before anything is sent",
		{"vsock_send_without_optmem_sends_nothing_unnotified",
		 "vsock_count_short_of_a_bad_address_has_an_id"},
		"",
	},
	{
		"ZC-VS-09",
		"Where a send has more pages than the transmit virtqueue has room, it is copied, and its "
		"completion has SO_EE_CODE_ZEROCOPY_COPIED.",
		"net/vmw_vsock/virtio_transport.c:virtio_transport_can_msgzerocopy",
		Status::code_only,
		"since 6.7",
		{},
		"needs a virtio device whose ring has fewer than 18 buffers: QEMU's has 128, vhost is not "
		"asked",
	},
	{
		"ZC-VS-10",
		"poll() reports POLLERR for a queued notification of a VSOCK socket, and SO_ERROR stays 0.",
		"net/vmw_vsock/af_vsock.c:vsock_poll",
		Status::code_only,
		"since 6.7",
		{"poll_reports_pollerr_unasked", "queued_notification_fails_no_other_call"},
		"",
	},
	{
		"ZC-VS-11",
		"Closing a VSOCK socket with unread notifications leaks nothing.",
		"net/vmw_vsock/af_vsock.c:vsock_sk_destruct purges sk_error_queue",
		Status::code_only,
		"in 6.12 and 7.3",
		{"vsock_socket_is_freed_with_unread_notifications",
		 "vsock_sockets_are_freed_with_pending_completions", "vsock_data_outlives_its_sender"},
		"",
	},
	{
		"ZC-VS-12",
		"Small copied packets are not appended to packet buffers of flagged sends: the data stays "
		"intact.",
		"net/vmw_vsock/virtio_transport_common.c:virtio_transport_recv_enqueue",
		Status::deviates,
		"since \"vsock/virtio: Coalesce only linear skb\" (6.12.68)",
		{"vsock_small_flagged_send_behind_a_plain_one_arrives_intact",
		 "vsock_small_sends_are_appended_to_no_flagged_one"},
		"",
	},
	{
		"ZC-VS-13",
		"Reading a VSOCK notification on a kernel with CONFIG_HARDENED_USERCOPY works.",
		"net/core/sock.c:sock_recv_errqueue copies through the stack",
		Status::code_only,
		"panicked until \"net: sock: fix hardened usercopy panic in sock_recv_errqueue\" (6.1.161, "
		"6.12.66)",
		{"vsock_completes_flagged_sends"},
		"",
	},
	{
		"ZC-VS-14",
		"A VSOCK send with the flag and without SO_ZEROCOPY is a plain send without an id, on a "
		"transport that supports zerocopy.",
		"msg_zerocopy.rst, Socket Setup: \"By default it simply ignores these\"; "
		"net/vmw_vsock/virtio_transport_common.c:virtio_transport_send_pkt_info tests SOCK_ZEROCOPY",
		Status::documented,
		"since 6.7",
		{"flag_without_option_is_not_counted"},
		"",
	},
	{
		"ZC-VS-15",
		"A VSOCK datagram socket ignores the flag.",
		"net/vmw_vsock/af_vsock.c:vsock_dgram_sendmsg",
		Status::code_only,
		"",
		{},
		"needs a VSOCK transport with datagrams (VMCI)",
	},
	{
		"ZC-VS-16",
		"A flagged send on an unconnected VSOCK socket fails with ENOTCONN and has no id.",
		"net/vmw_vsock/af_vsock.c:vsock_connectible_sendmsg",
		Status::code_only,
		"",
		{"flagged_vsock_send_without_a_connection_fails"},
		"",
	},
	{
		"ZC-VS-17",
		"A flagged VSOCK message arrives as one message, with its MSG_EOR.",
		"net/vmw_vsock/virtio_transport_common.c:virtio_transport_alloc_skb marks the last packet",
		Status::code_only,
		"since 6.7",
		{"vsock_message_keeps_its_end_of_record", "vsock_message_of_several_packets_has_one_id"},
		"",
	},
	{
		"ZC-VS-18",
		"A flagged VSOCK message that fails has sent nothing, and has no id.",
		"msg_zerocopy.rst, Notifications: \"The counter is not incremented on failure\"; "
		"net/vmw_vsock/af_vsock.c:vsock_connectible_sendmsg",
		Status::deviates,
		"a plain message that fails is sent in part, too",
		{"vsock_message_beyond_the_credit_left_sends_nothing",
		 "vsock_message_from_a_bad_address_sends_nothing"},
		"",
	},
	{
		"ZC-VS-19",
		"A VSOCK send of any number of pieces that a plain send accepts is accepted with the flag "
		"too.",
		"msg_zerocopy.rst, Deferred copies: \"Passing flag MSG_ZEROCOPY is a hint to the kernel to "
		"apply copy avoidance\"; net/core/datagram.c:zerocopy_fill_skb_from_iter, "
		"net/vmw_vsock/virtio_transport_common.c:virtio_transport_can_zcopy",
		Status::deviates,
		"since 6.7; MAX_SKB_FRAGS is set by CONFIG_MAX_SKB_FRAGS (17 to 45)",
		{"vsock_send_may_have_more_pieces_than_fragments"},
		"",
	},
	{
		"ZC-VS-20",
		"Flagged VSOCK sends within the credit arrive as plain ones do, however small and however "
		"many.",
		"net/vmw_vsock/virtio_transport_common.c:virtio_transport_recv_enqueue appends plain packets "
		"to each other, virtio_transport_inc_rx_pkt counts those that are not",
		Status::deviates,
		"counted since \"vsock/virtio: fix potential unbounded skb queue\" (6.12.94); joined since "
		"\"vsock/virtio: collapse receive queue under memory pressure\" (6.12.101)",
		{"vsock_flagged_sends_within_the_credit_arrive"},
		"",
	},
	{
		"ZC-VS-21",
		"Data that a VSOCK receiver copies within its queue is completed with "
		"SO_EE_CODE_ZEROCOPY_COPIED.",
		"msg_zerocopy.rst, Deferred copies: \"the kernel signals if data was completed with a copy, "
		"by setting flag SO_EE_CODE_ZEROCOPY_COPIED\"; "
		"net/vmw_vsock/virtio_transport_common.c:virtio_transport_collapse_rx_queue",
		Status::deviates,
		"it copies since \"vsock/virtio: collapse receive queue under memory pressure\" (6.12.101)",
		{"vsock_data_that_the_receiver_copies_completes_as_copied"},
		"",
	},
	{
		"ZC-VS-22",
		"What a VSOCK send cannot hand over as a whole, for want of credit, is copied and completes "
		"with SO_EE_CODE_ZEROCOPY_COPIED.",
		"net/vmw_vsock/virtio_transport_common.c:virtio_transport_can_zcopy",
		Status::code_only,
		"since 6.7",
		{"vsock_short_count_counts_once_and_is_copied", "vsock_send_beyond_the_credit_has_one_id"},
		"",
	},
	{
		"ZC-VS-23",
		"Flagged VSOCK sends that the receiver has not read when it closes complete without "
		"SO_EE_CODE_ZEROCOPY_COPIED.",
		"net/vmw_vsock/virtio_transport_common.c:virtio_transport_remove_sock",
		Status::code_only,
		"since 6.7",
		{"vsock_receiver_that_closes_completes_what_it_has_not_read"},
		"",
	},
	{
		"ZC-VS-24",
		"What a VSOCK sender has sent with the flag when it closes arrives, from its pages as they "
		"are when they are read.",
		"net/vmw_vsock/virtio_transport_common.c:virtio_transport_recv_connected, "
		"VIRTIO_VSOCK_OP_SHUTDOWN",
		Status::code_only,
		"since 6.7",
		{"vsock_data_outlives_its_sender"},
		"",
	},
	{
		"ZC-VS-30",
		"A VSOCK packet from the host to its guest completes when all of it is in buffers of the "
		"guest's device, not before, whether the guest looks at them or not; a call, when all its "
		"packets are.",
		"drivers/vhost/vsock.c:vhost_transport_do_send_pkt",
		Status::code_only,
		"since 6.7",
		{"vsock_packet_completes_in_the_guests_buffer",
		 "vsock_packet_completes_in_the_last_of_its_buffers",
		 "vsock_packets_of_a_call_complete_with_the_last"},
		"",
	},
	{
		"ZC-VS-31",
		"A flagged VSOCK send for which the guest has no credit fails with EAGAIN and has no id.",
		"net/vmw_vsock/af_vsock.c:vsock_connectible_sendmsg",
		Status::code_only,
		"since 6.7",
		{"vsock_send_without_credit_does_not_count"},
		"",
	},
	{
		"ZC-VS-32",
		"What a guest was sent and has not taken completes also where it resets the connection, "
		"where its device goes, and where the sender is closed: once, and nothing is leaked.",
		"msg_zerocopy.rst, Deferred copies: \"a contract that the kernel will queue a completion "
		"notification\"; drivers/vhost/vsock.c:vhost_vsock_dev_release, "
		"net/vmw_vsock/virtio_transport_common.c:virtio_transport_do_close",
		Status::documented,
		"since 6.7",
		{"vsock_reset_by_the_guest_leaves_what_is_pending",
		 "vsock_guest_that_goes_completes_what_is_pending",
		 "vsock_socket_closed_with_pending_is_freed"},
		"",
	},
};

extern const Chapter vsock;
const Chapter vsock = {"vsock", "VSOCK", requirements};

} // namespace catalogue
