// SPDX-License-Identifier: GPL-2.0

#include "catalogue/requirement.h"

namespace catalogue
{

static constexpr Requirement requirements[] = {
	{
		"ZC-LIM-01",
		"net.core.optmem_max is there to be read, 131072 by default and of each network namespace.",
		"net/core/net_namespace.c:preinit_net_sysctl, net/core/sysctl_net_core.c",
		Status::code_only,
		"since 6.8; 6.1: one value for the host (net/core/sock.c: sysctl_optmem_max), 20480 on "
		"64-bit machines, absent from child namespaces",
		{"optmem_max_of_a_new_namespace_is_128_kib", "optmem_max_binds_the_sockets_of_its_namespace"},
		"",
	},
	{
		"ZC-LIM-02",
		"A flagged send fails when the socket's charged optmem plus SKB_TRUESIZE(0) exceeds "
		"optmem_max, and succeeds when the two are equal; one that joins the notification structure "
		"of "
		"the last send needs no room.",
		"net/core/sock.c:sock_omalloc; net/core/skbuff.c:msg_zerocopy_realloc",
		Status::code_only,
		"what a structure charges depends on the kernel: SO_MEMINFO[SK_MEMINFO_OPTMEM] tells",
		{"optmem_limit_is_exact_to_the_byte", "joining_the_last_send_takes_no_optmem",
		 "filters_take_room_from_sends"},
		"",
	},
	{
		"ZC-LIM-03",
		"The optmem charge is returned when the call is aborted, the notification is merged or it "
		"is read: it never leaks.",
		"net/core/sock.c:sock_ofree",
		Status::code_only,
		"",
		{"optmem_limit_is_exact_to_the_byte", "optmem_is_returned_by_merge_and_by_read",
		 "failed_sends_leave_no_optmem_charged"},
		"",
	},
	{
		"ZC-LIM-04",
		"What else the socket charges to optmem (socket filters, multicast memberships, IPv6 header "
		"options, control messages longer than the kernel's stack buffer while they are sent) "
		"reduces "
		"the room for flagged sends.",
		"net/core/sock.c:sock_kmalloc, net/core/filter.c:__sk_filter_charge and "
		"net/socket.c:____sys_sendmsg share sk_omem_alloc",
		Status::code_only,
		"",
		{"filters_take_room_from_sends", "multicast_memberships_take_room_from_sends",
		 "control_messages_take_room_from_their_send"},
		"",
	},
	{
		"ZC-LIM-05",
		"A send of len bytes charges len / page size, rounded down, plus 2 pages to the user and "
		"fails when used pages plus these exceed RLIMIT_MEMLOCK / page size; UDP adds 8 bytes of "
		"header to len, but not for a part that is appended to a corked datagram.",
		"net/core/skbuff.c:mm_account_pinned_pages; net/ipv4/ip_output.c:__ip_append_data passes "
		"the length with the UDP header",
		Status::code_only,
		"",
		{"memlock_limit_is_exact_to_the_page", "memlock_charges_add_up",
		 "appended_data_is_charged_without_header"},
		"",
	},
	{
		"ZC-LIM-06",
		"A RLIMIT_MEMLOCK below two pages forbids every flagged send, and one of two pages permits "
		"a send of one byte.",
		"net/core/skbuff.c:mm_account_pinned_pages",
		Status::code_only,
		"",
		{"limit_below_two_pages_forbids_all"},
		"",
	},
	{
		"ZC-LIM-07",
		"Pages are counted for each user over all its sockets and processes, together with "
		"io_uring's registered buffers and perf's mapped ones.",
		"net/core/skbuff.c:mm_account_pinned_pages, current_user()->locked_vm",
		Status::code_only,
		"",
		{"memlock_is_shared_by_sockets", "memlock_is_shared_by_processes", "memlock_is_of_each_user"},
		"",
	},
	{
		"ZC-LIM-08",
		"The pages are given back at completion, whether or not the notification is read.",
		"net/core/skbuff.c:__msg_zerocopy_callback calls mm_unaccount_pinned_pages first",
		Status::code_only,
		"",
		{"memlock_is_returned_at_completion"},
		"",
	},
	{
		"ZC-LIM-09",
		"CAP_IPC_LOCK of the initial user namespace exempts from RLIMIT_MEMLOCK, and that of a "
		"child namespace does not.",
		"net/core/skbuff.c:mm_account_pinned_pages, capable(CAP_IPC_LOCK)",
		Status::code_only,
		"",
		{"cap_ipc_lock_exempts", "cap_ipc_lock_of_a_user_namespace_does_not_exempt"},
		"",
	},
	{
		"ZC-LIM-10",
		"A process without a limit (RLIM_INFINITY) is neither checked nor charged.",
		"net/core/skbuff.c:mm_account_pinned_pages returns for RLIM_INFINITY",
		Status::code_only,
		"since 6.3; 6.1 charges it, so that it can use up the room of a limited process of the same "
		"user",
		{"unlimited_process_is_not_charged"},
		"",
	},
	{
		"ZC-LIM-11",
		"VmLck and VmPin in /proc/PID/status do not show the pages of flagged sends.",
		"net/core/skbuff.c:mm_account_pinned_pages charges user->locked_vm, not mm->locked_vm or "
		"mm->pinned_vm",
		Status::code_only,
		"",
		{"process_status_does_not_show_the_pages"},
		"",
	},
	{
		"ZC-LIM-12",
		"Lowering RLIMIT_MEMLOCK does not disturb sends that are outstanding.",
		"net/core/skbuff.c:mm_account_pinned_pages, called by the send only",
		Status::code_only,
		"",
		{"lowering_memlock_leaves_sends_alone"},
		"",
	},
	{
		"ZC-LIM-13",
		"A VSOCK send is charged to RLIMIT_MEMLOCK with the bytes it takes, and fails beyond the "
		"limit.",
		"msg_zerocopy.rst, Transmission: \"or the user exceeds their ulimit on locked pages\"; "
		"net/vmw_vsock/virtio_transport_common.c:virtio_transport_send_pkt_info",
		Status::deviates,
		"since \"vsock/virtio: fix MSG_ZEROCOPY pinned-pages accounting\" (7.1, 7.0.10, 6.12.97) "
		"the length the credit permits is charged",
		{"vsock_send_is_charged_to_the_locked_pages"},
		"",
	},
	{
		"ZC-LIM-14",
		"Flagged data obeys SO_SNDBUF, counted in whole pages: one byte of a page of its own counts "
		"as a page.",
		"net/core/datagram.c:zerocopy_fill_skb_from_iter, PAGE_ALIGN(copied + start)",
		Status::code_only,
		"",
		{"send_buffer_is_charged_in_whole_pages"},
		"",
	},
	{
		"ZC-LIM-15",
		"Writing a negative net.core.optmem_max fails with EINVAL.",
		"net/core/sysctl_net_core.c: proc_dointvec_minmax from 0",
		Status::code_only,
		"6.12 and 7.3; 6.1 (proc_dointvec) accepts it",
		{"negative_optmem_max_is_refused"},
		"",
	},
	{
		"ZC-LIM-16",
		"A send is charged with the length asked for, until it is completed, though a non-blocking "
		"call queues only a part.",
		"net/ipv4/tcp.c:tcp_sendmsg_locked passes the whole size to msg_zerocopy_realloc",
		Status::code_only,
		"",
		{"partial_send_is_charged_in_full"},
		"",
	},
	{
		"ZC-LIM-17",
		"A flagged send that fails gives back at once the pages that it was charged with.",
		"msg_zerocopy.rst, Transmission: ENOBUFS on exceeding the ulimit on locked pages; "
		"net/core/skbuff.c:msg_zerocopy_put_abort",
		Status::deviates,
		"TCP only: UDP has no two calls in one notification structure unless corked",
		{"failed_send_leaves_no_pages_charged"},
		"",
	},
};

extern const Chapter limits;
const Chapter limits = {"limits", "Limits: optmem and locked pages", requirements};

} // namespace catalogue
