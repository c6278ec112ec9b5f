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
		{},
		"needs a VSOCK transport",
	},
	{
		"ZC-VS-03",
		"A VSOCK send above 64 KiB within the peer's credit goes out in several packets, has one "
		"id, and completes after the last of them is freed.",
		"net/vmw_vsock/virtio_transport_common.c:virtio_transport_send_pkt_info",
		Status::code_only,
		"since \"vsock/virtio: fix zerocopy completion for multi-skb sends\" (7.1, 7.0.11, 6.18.34, "
		"6.12.97; CVE-2026-53365) every packet holds the id; before, only the last one did",
		{},
		"needs a VSOCK transport",
	},
	{
		"ZC-VS-04",
		"An iovec in the middle that is not page aligned is sent without a copy.",
		"net/vmw_vsock/virtio_transport_common.c:virtio_transport_can_zcopy tests iov_offset at the "
		"start only",
		Status::code_only,
		"since 6.7",
		{},
		"needs a VSOCK transport",
	},
	{
		"ZC-VS-05",
		"A VSOCK send larger than the peer's credit is one system call and has one id.",
		"msg_zerocopy.rst, Notifications: \"The counter counts system call invocations, not "
		"bytes\"; net/vmw_vsock/af_vsock.c:vsock_connectible_sendmsg, "
		"virtio_transport_common.c:virtio_transport_send_pkt_info",
		Status::deviates,
		"since 6.7",
		{},
		"needs a VSOCK transport",
	},
	{
		"ZC-VS-06",
		"A VSOCK send from a bad address fails as a plain one does, with EFAULT, and has no id.",
		"msg_zerocopy.rst, Deferred copies: \"Passing flag MSG_ZEROCOPY is a hint\"; "
		"net/vmw_vsock/virtio_transport_common.c:virtio_transport_alloc_skb, "
		"virtio_transport_send_pkt_info",
		Status::deviates,
		"7.3 also puts the iterator back where the packet began; 6.12 does not",
		{},
		"needs a VSOCK transport",
	},
	{
		"ZC-VS-07",
		"A VSOCK seqpacket message above the buffer limit fails with EMSGSIZE and has no id.",
		"net/vmw_vsock/virtio_transport_common.c:virtio_transport_seqpacket_enqueue",
		Status::code_only,
		"the limit is the smaller of the peer's and the local buffer since \"vsock/virtio: cap TX "
		"credit to local buffer size\" (6.12.68), the peer's alone before",
		{},
		"needs a VSOCK transport",
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
		{},
		"needs a VSOCK transport",
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
		{},
		"needs a VSOCK transport",
	},
	{
		"ZC-VS-11",
		"Closing a VSOCK socket with unread notifications leaks nothing.",
		"net/vmw_vsock/af_vsock.c:vsock_sk_destruct purges sk_error_queue",
		Status::code_only,
		"in 6.12 and 7.3",
		{},
		"needs a VSOCK transport and kmemleak",
	},
	{
		"ZC-VS-12",
		"Small copied packets are not appended to packet buffers of flagged sends: the data stays "
		"intact.",
		"net/vmw_vsock/virtio_transport_common.c:virtio_transport_recv_enqueue",
		Status::code_only,
		"since \"vsock/virtio: Coalesce only linear skb\" (6.12.68)",
		{},
		"needs a VSOCK transport",
	},
	{
		"ZC-VS-13",
		"Reading a VSOCK notification on a kernel with CONFIG_HARDENED_USERCOPY works.",
		"net/core/sock.c:sock_recv_errqueue copies through the stack",
		Status::code_only,
		"panicked until \"net: sock: fix hardened usercopy panic in sock_recv_errqueue\" (6.1.161, "
		"6.12.66)",
		{},
		"needs a VSOCK transport",
	},
	{
		"ZC-VS-14",
		"A VSOCK send with the flag and without SO_ZEROCOPY is a plain send without an id, on a "
		"transport that supports zerocopy.",
		"msg_zerocopy.rst, Socket Setup: \"By default it simply ignores these\"; "
		"net/vmw_vsock/virtio_transport_common.c:virtio_transport_send_pkt_info tests SOCK_ZEROCOPY",
		Status::documented,
		"since 6.7",
		{},
		"needs a VSOCK transport",
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
		"ZC-VS-20",
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
		"ZC-VS-21",
		"A flagged VSOCK send for which the guest has no credit fails with EAGAIN and has no id; one "
		"cut short by it has one, and is copied.",
		"net/vmw_vsock/af_vsock.c:vsock_connectible_sendmsg, "
		"virtio_transport_common.c:virtio_transport_can_zcopy",
		Status::code_only,
		"since 6.7",
		{"vsock_send_without_credit_does_not_count", "vsock_send_cut_short_by_the_credit_has_one_id"},
		"",
	},
	{
		"ZC-VS-22",
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
	{
		"ZC-VS-23",
		"A VSOCK send of any number of pieces that a plain send accepts is accepted with the flag "
		"too.",
		"msg_zerocopy.rst, Deferred copies: \"Passing flag MSG_ZEROCOPY is a hint to the kernel to "
		"apply copy avoidance\"; net/core/datagram.c:zerocopy_fill_skb_from_iter, "
		"net/vmw_vsock/virtio_transport_common.c:virtio_transport_fill_skb",
		Status::deviates,
		"since 6.7; MAX_SKB_FRAGS as in ZC-MEM-12",
		{"vsock_takes_more_pieces_than_a_packet_has_room_for"},
		"",
	},
};

extern const Chapter vsock;
const Chapter vsock = {"vsock", "VSOCK", requirements};

} // namespace catalogue
