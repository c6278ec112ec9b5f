// SPDX-License-Identifier: GPL-2.0

#include "catalogue/deviation.h"

namespace catalogue
{

/* The ranges in use. A start is that of the feature: TCP 4.14, UDP 5.0, SEND_ZC 6.0, VSOCK 6.7. */
static constexpr KernelRange since_4_14[] = {{{4, 14}, {}}};
static constexpr KernelRange from_4_14_to_6_3[] = {{{4, 14}, {6, 3}}};
static constexpr KernelRange from_4_14_to_6_6[] = {{{4, 14}, {6, 6}}};
static constexpr KernelRange from_4_14_to_6_7[] = {{{4, 14}, {6, 7}}};
static constexpr KernelRange from_4_14_to_6_8[] = {{{4, 14}, {6, 8}}};
static constexpr KernelRange from_4_14_to_6_17[] = {{{4, 14}, {6, 17}}};
static constexpr KernelRange from_4_14_to_7_3[] = {{{4, 14}, {7, 3}}};
static constexpr KernelRange since_4_17[] = {{{4, 17}, {}}};
static constexpr KernelRange since_4_19[] = {{{4, 19}, {}}};
static constexpr KernelRange since_5_0[] = {{{5, 0}, {}}};
static constexpr KernelRange from_5_0_to_6_11[] = {{{5, 0}, {6, 11}}};
static constexpr KernelRange since_5_1[] = {{{5, 1}, {}}};
static constexpr KernelRange since_5_14[] = {{{5, 14}, {}}};
static constexpr KernelRange since_6_0[] = {{{6, 0}, {}}};
static constexpr KernelRange since_6_7[] = {{{6, 7}, {}}};
static constexpr KernelRange since_6_9[] = {{{6, 9}, {}}};
static constexpr KernelRange since_6_17[] = {{{6, 17}, {}}};
/* 6.18.15 and 7.0.3 are older than the fix, 6.18.44 has it: where between is inferred, as it is
 * for the series that are not named. */
static constexpr KernelRange until_gro_left_zerocopy_apart[] = {
	{{4, 14}, {6, 1, 176}},
	{{6, 2}, {6, 12, 94}},
	{{6, 13}, {6, 18, 44}},
	{{6, 19}, {7, 0, 13}},
};
static constexpr KernelRange until_rds_forgot_its_pages[] = {
	{{4, 17}, {6, 1, 175}},
	{{6, 2}, {6, 12, 90}},
	{{6, 13}, {6, 18, 44}},
	{{6, 19}, {7, 0, 13}},
};
static constexpr KernelRange until_accepted_sockets_were_fixed[] = {
	{{6, 7}, {6, 12, 66}},
	{{6, 13}, {6, 18, 6}},
};
static constexpr KernelRange until_only_linear_packets_were_joined[] = {
	{{6, 7}, {6, 12, 68}},
	{{6, 13}, {6, 18, 8}},
};
static constexpr KernelRange while_many_packets_ended_the_connection[] = {
	{{6, 12, 94}, {6, 12, 101}},
	{{6, 18, 36}, {6, 18, 43}},
	{{7, 0, 12}, {7, 1, 8}},
};
static constexpr KernelRange since_receivers_join_packets[] = {
	{{6, 12, 101}, {6, 13}},
	{{6, 18, 43}, {6, 19}},
	{{7, 1, 8}, {}},
};
static constexpr KernelRange until_memlock_was_fixed[] = {
	{{6, 7}, {6, 12, 97}},
	{{6, 13}, {6, 18, 33}},
	{{6, 19}, {7, 0, 10}},
};
static constexpr KernelRange until_multi_packet_sends_were_fixed[] = {
	{{6, 7}, {6, 12, 97}},
	{{6, 13}, {6, 18, 34}},
	{{6, 19}, {7, 0, 11}},
};

static constexpr Deviation all[] = {
	{
		"vsock-without-zerocopy",
		"ZC-IN-02",
		"SO_ZEROCOPY of a VSOCK socket fails with EOPNOTSUPP, and the flag changes nothing: the send "
		"is a plain one without an id.",
		"net/core/sock.c:sk_setsockopt knows it of no such socket, and 6.1's net/vmw_vsock has no "
		"word "
		"of it, nor has 6.1's document; since \"vsock/virtio: MSG_ZEROCOPY flag support\" (6.7).",
		from_4_14_to_6_7,
	},
	{
		"vsock-flag-refused-without-option",
		"ZC-SO-08",
		"On a transport without zerocopy support (VMCI, Hyper-V) a VSOCK send with the flag fails "
		"with EOPNOTSUPP though SO_ZEROCOPY is not set; on virtio transports the flag is ignored as "
		"promised.",
		"net/vmw_vsock/af_vsock.c:vsock_connectible_sendmsg tests the flag and "
		"vsock_msgzerocopy_allow(), not SOCK_ZEROCOPY; same in 6.12 and 7.3, 6.1 has no VSOCK "
		"zerocopy. Not fixed.",
		since_6_7,
	},
	{
		"vsock-accepted-socket-refuses-option",
		"ZC-SO-10",
		"setsockopt(SO_ZEROCOPY) on an accepted VSOCK socket fails with EOPNOTSUPP.",
		"net/vmw_vsock/af_vsock.c:vsock_accept did not set SOCK_CUSTOM_SOCKOPT; fixed by \"vsock: "
		"Make accept()ed sockets use custom setsockopt()\" (ce5e612dd411) in 6.19 and 6.12.66, set "
		"in the 6.12.117 and 7.3 trees. The end in 6.18.y is inferred: 6.18.6 is of the same batch "
		"as 6.12.66.",
		until_accepted_sockets_were_fixed,
	},
	{
		"vsock-limits-give-enomem",
		"ZC-TX-06",
		"A VSOCK send for which no notification structure is to be had, because of optmem or "
		"RLIMIT_MEMLOCK, fails with ENOMEM, without an id.",
		"net/vmw_vsock/virtio_transport_common.c:virtio_transport_send_pkt_info returns -ENOMEM "
		"when msg_zerocopy_realloc() fails; 6.12 and 7.3. Not fixed; the kernel's own vsock_test "
		"expects ENOMEM.",
		since_6_7,
	},
	{
		"enobufs-behind-io-uring-skb",
		"ZC-TX-07",
		"A flagged TCP send fails with ENOBUFS, within all limits and without an id, while the last "
		"packet buffer not sent yet holds data of io_uring SEND_ZC; once that is pushed out by a "
		"plain send the flag works again.",
		"net/core/skbuff.c:msg_zerocopy_realloc returns NULL for a ubuf_info of another provider "
		"(6.1 compares the callback, 6.12 and 7.3 the ops). Since SEND_ZC (6.0); not fixed.",
		since_6_0,
	},
	{
		"udp-enobufs-counts",
		"ZC-TX-08",
		"A flagged UDP send whose packet the queueing discipline or a TC program drops returns "
		"ENOBUFS when IP_RECVERR (IPV6_RECVERR) is set, has consumed an id, and queues one "
		"notification of that id without SO_EE_CODE_ZEROCOPY_COPIED; without IP_RECVERR the same "
		"send returns its length.",
		"net/ipv4/udp.c:udp_send_skb and net/ipv6/udp.c:udp_v6_send_skb return the error of "
		"ip_send_skb, which has freed the packet and so completed it; 6.1, 6.12, 7.3. Not fixed.",
		since_5_0,
	},
	{
		"zero-length-datagram-counts",
		"ZC-CT-04",
		"A flagged UDP datagram of length zero returns 0, consumes one id and queues one "
		"notification of that id.",
		"net/ipv4/ip_output.c:__ip_append_data and net/ipv6/ip6_output.c:__ip6_append_data test a "
		"length to which udp_sendmsg and udpv6_sendmsg have added the UDP header; 6.1, 6.12, 7.3. "
		"Since UDP support (5.0); not fixed.",
		since_5_0,
	},
	{
		"udp-late-failure-counts",
		"ZC-CT-07",
		"A flagged UDP_SEGMENT send that fails with EINVAL (more than UDP_MAX_SEGMENTS, checksum "
		"disabled), EMSGSIZE or EINVAL (segment over the MTU) or EIO (IPsec), and a flagged send "
		"that "
		"netfilter drops (EPERM), consumes one id and queues one notification of that id, without "
		"SO_EE_CODE_ZEROCOPY_COPIED where the call itself does not copy.",
		"net/ipv4/udp.c:udp_send_skb and net/ipv6/udp.c:udp_v6_send_skb free the packet built, "
		"which completes it, and return the error; 6.1, 6.12, 7.3. Since UDP support (5.0); not "
		"fixed.",
		since_5_0,
	},
	{
		"udp-gso-without-checksum-offload-counts",
		"ZC-CT-07",
		"A flagged UDP_SEGMENT send over a device without transmit checksum offload fails with EIO, "
		"consumes one id and queues one notification of that id, with SO_EE_CODE_ZEROCOPY_COPIED "
		"because the call has copied.",
		"net/ipv4/udp.c:udp_send_skb of 6.1 tests ip_summed against CHECKSUM_PARTIAL, after "
		"__ip_append_data cleared zerocopy in the structure; gone in 6.12 and 7.3 by \"udp: Allow "
		"GSO transmit from devices with no checksum offload\" (10154dbded6d, 6.11).",
		from_5_0_to_6_11,
	},
	{
		"tcp-abort-steps-counter-back",
		"ZC-CT-09",
		"With two senders blocked in flagged sends on one TCP socket without a structure to share, "
		"the first to enter of which is aborted (signal or timeout), the other is reported as id 1, "
		"the next send is reported as id 1 again, and id 0 never: as many notifications as "
		"successful calls, one id twice and one missing.",
		"net/core/skbuff.c:msg_zerocopy_put_abort decrements sk_zckey whoever incremented it last, "
		"while net/core/stream.c:sk_stream_wait_memory has released the socket lock; 6.1, 6.12, "
		"7.3. Not fixed.",
		since_4_14,
	},
	{
		"udp-concurrent-failure-corrupts-ids",
		"ZC-CT-10",
		"A flagged UDP send that was counted and then fails (EFAULT, EINTR, EAGAIN of a timeout) "
		"while another thread's flagged send on the socket was counted after it makes the next one "
		"get the other's id again: one id is reported twice and one is missing; the total of ids "
		"equals the number of successful sends.",
		"net/core/skbuff.c:msg_zerocopy_alloc increments sk_zckey and msg_zerocopy_put_abort "
		"decrements it, and net/ipv4/udp.c:udp_sendmsg holds no lock without cork; 6.1, 6.12, 7.3. "
		"Since UDP support (5.0); not fixed.",
		since_5_0,
	},
	{
		"merged-range-keeps-first-code",
		"ZC-BT-07",
		"Completions merge whatever their ee_code, and the entry keeps the ee_code of the first: an "
		"id that was copied disappears behind one that was not, or an id that was not copied is "
		"marked by one that was. Ids of one notification structure share one ee_code besides "
		"(ZC-BT-08).",
		"net/core/skbuff.c:skb_zerocopy_notify_extend compares the ranges, and "
		"__msg_zerocopy_callback the origin, and neither ee_code; 6.1, 6.12, 7.3. Not fixed.",
		since_4_14,
	},
	{
		"ktls-ip-recverr-on-ipv6",
		"ZC-PA-04",
		"On an AF_INET6 socket with kTLS receive attached the notification is SOL_IP/IP_RECVERR of "
		"length CMSG_LEN(16), without an offender.",
		"net/tls/tls_sw.c:tls_sw_recvmsg calls sock_recv_errqueue(SOL_IP, IP_RECVERR) whatever the "
		"family; 6.1, 6.12, 7.3. The start is that of TLS receive (4.17), by memory. Not fixed.",
		since_4_17,
	},
	{
		"timestamp-precedes-notification",
		"ZC-PA-07",
		"With SO_TIMESTAMP (or SO_TIMESTAMPNS) set on the socket the first control message is "
		"SOL_SOCKET/SCM_TIMESTAMP (SCM_TIMESTAMPNS), and the notification is the second.",
		"net/ipv4/ip_sockglue.c:ip_recv_error, net/ipv6/datagram.c:ipv6_recv_error and "
		"net/core/sock.c:sock_recv_errqueue call sock_recv_timestamp before put_cmsg; 6.1, 6.12, "
		"7.3. Not fixed: the document's parser is too simple.",
		since_4_14,
	},
	{
		"veth-xdp-copy-not-reported",
		"ZC-CP-12",
		"UDP and TCP data delivered through a veth device with a native XDP program (XDP_PASS) is "
		"copied there and completed without SO_EE_CODE_ZEROCOPY_COPIED.",
		"drivers/net/veth.c:veth_convert_skb_to_xdp_buff copies the packet and frees the original "
		"with consume_skb, which completes as success (6.1 in line, 6.12 and 7.3 by "
		"skb_pp_cow_data). The start is that of native XDP on veth (4.19), by memory. Not fixed.",
		since_4_19,
	},
	{
		"generic-xdp-copy-not-reported",
		"ZC-CP-12",
		"Data that meets a generic XDP program loaded with BPF_F_XDP_HAS_FRAGS (XDP_PASS) is copied "
		"there and completed without SO_EE_CODE_ZEROCOPY_COPIED. Without that flag of the program it "
		"is set.",
		"net/core/dev.c:netif_skb_check_for_xdp of 6.12 and 7.3 calls "
		"net/core/skbuff.c:skb_cow_data_for_xdp, and skb_pp_cow_data there copies and frees the "
		"original with consume_skb, which completes as success; programs without that flag, and all "
		"in 6.1 (netif_receive_generic_xdp), have skb_linearize, which sets COPIED. Since \"xdp: add "
		"multi-buff support for xdp running in generic mode\" (6.9, by memory). Not fixed.",
		since_6_9,
	},
	{
		"fastopen-syn-copy-not-reported",
		"ZC-CP-14",
		"Data that a send on a socket with TCP_FASTOPEN_CONNECT put into the SYN is completed "
		"without SO_EE_CODE_ZEROCOPY_COPIED though it was copied, unless it is copied once more on "
		"its way.",
		"net/ipv4/tcp_output.c:tcp_send_syn_data copies the data (6.1 copy_from_iter, 6.12 and 7.3 "
		"copy_page_from_iter), then calls skb_zcopy_set, and clears nothing in the structure. A call "
		"with MSG_FASTOPEN reports the copy: net/ipv4/tcp.c:tcp_sendmsg_locked finds sk_route_caps "
		"without NETIF_F_SG, as no route is known yet; connect() with TCP_FASTOPEN_CONNECT has "
		"called sk_setup_caps. The start (5.1) is by memory. Not fixed.",
		since_5_1,
	},
	{
		"tcp-closed-window-holds-pages",
		"ZC-LO-04",
		"Flagged TCP data beyond the receive window of a local peer that does not read has no "
		"notification for as long as the peer does not read, and stores into it reach the peer; the "
		"notification, with SO_EE_CODE_ZEROCOPY_COPIED, comes after it has read.",
		"net/ipv4/tcp_output.c:tcp_write_xmit leaves the packet buffer in the write queue, and the "
		"copy (skb_orphan_frags_rx) is made at delivery only; 6.1, 6.12, 7.3. Not fixed.",
		since_4_14,
	},
	{
		"macvtap-does-not-copy",
		"ZC-LO-08",
		"Over a macvtap or ipvtap device with checksum offload enabled (TUNSETOFFLOAD, TUN_F_CSUM), "
		"or for packets without a checksum to fill in, there is no notification until the tap is "
		"read, its reader sees later stores, and the completion is without "
		"SO_EE_CODE_ZEROCOPY_COPIED.",
		"drivers/net/tap.c:tap_handle_frame never orphans the pages; without TUN_F_CSUM it calls "
		"net/core/dev.c:skb_checksum_help, which linearizes shared frags, completes at once and "
		"sets COPIED; 6.1, 6.12, 7.3. Not fixed.",
		since_4_14,
	},
	{
		"lone-packet-socket-shares-pages",
		"ZC-LO-09",
		"A packet socket that is the only receiver of a looped frame (EtherType no protocol "
		"handles) gets the sender's pages: no notification until it reads, its reader sees later "
		"stores, and the completion is without SO_EE_CODE_ZEROCOPY_COPIED.",
		"net/core/dev.c:__netif_receive_skb_core of 6.1 and 6.12 orphans before the last handler; "
		"\"net: preserve MSG_ZEROCOPY with forwarding\" (d2527ad3a9e1, 6.17) moved that to "
		"net/ipv4/ip_input.c:ip_local_deliver_finish and net/ipv6/ip6_input.c:ip6_input_finish, and "
		"net/packet/af_packet.c:packet_rcv has none. In 7.3; not fixed.",
		since_6_17,
	},
	{
		"forwarding-copies",
		"ZC-LO-10",
		"Data forwarded from one device to another by IP is copied and completed with "
		"SO_EE_CODE_ZEROCOPY_COPIED.",
		"net/core/dev.c:__netif_receive_skb_core of 6.1 and 6.12 calls skb_orphan_frags_rx before "
		"IP sees the frame; fixed by \"net: preserve MSG_ZEROCOPY with forwarding\" (d2527ad3a9e1, "
		"6.17), as in 7.3.",
		from_4_14_to_6_17,
	},
	{
		"frame-for-other-host-copied",
		"ZC-LO-12",
		"A frame for another host that IP drops is copied before and completed with "
		"SO_EE_CODE_ZEROCOPY_COPIED.",
		"net/core/dev.c:__netif_receive_skb_core of 6.1 and 6.12 calls skb_orphan_frags_rx before "
		"net/ipv4/ip_input.c:ip_rcv_core drops PACKET_OTHERHOST; changed by \"net: preserve "
		"MSG_ZEROCOPY with forwarding\" (d2527ad3a9e1, 6.17), as in 7.3.",
		from_4_14_to_6_17,
	},
	{
		"optmem-limit-global",
		"ZC-LIM-01",
		"net.core.optmem_max is one value of the host, 20480 by default on 64-bit machines, and "
		"absent from the sysctls of other network namespaces than the initial one.",
		"net/core/sock.c:sysctl_optmem_max in 6.1; net/core/net_namespace.c:preinit_net_sysctl in "
		"6.12 and 7.3; changed by \"net: increase optmem_max default value\" and \"net: "
		"Namespace-ify sysctl_optmem_max\" (f5769faeec36), 6.8.",
		from_4_14_to_6_8,
	},
	{
		"unlimited-process-charged",
		"ZC-LIM-10",
		"A process with RLIM_INFINITY is charged like any other, so that another process of the "
		"same user with a limit gets ENOBUFS while its sends are outstanding.",
		"net/core/skbuff.c:mm_account_pinned_pages of 6.1 has no test for RLIM_INFINITY, and those "
		"of 6.12 and 7.3 have. The patch is of February 2023, which makes it 6.3; the release is "
		"inferred from the date.",
		from_4_14_to_6_3,
	},
	{
		"vsock-memlock-not-enforced",
		"ZC-LIM-13",
		"A VSOCK send is charged with the bytes left after its packet was filled, as a rule none, "
		"so that it succeeds with any RLIMIT_MEMLOCK, 0 included.",
		"net/vmw_vsock/virtio_transport_common.c: virtio_transport_init_zcopy_skb passed "
		"iter->count after the fill; virtio_transport_common.c:virtio_transport_send_pkt_info of "
		"6.12.117 and 7.3 passes pkt_len. Fixed by \"vsock/virtio: fix MSG_ZEROCOPY pinned-pages "
		"accounting\" (1cb36e252211, 7.1; 7.0.10) and, as far as 6.12 is concerned, by 6.12.97 at "
		"the latest; the end in 6.18.y is inferred from the date of 7.0.10.",
		until_memlock_was_fixed,
	},
	{
		"optmem-limit-accepts-negative",
		"ZC-LIM-15",
		"Writing -1 to net.core.optmem_max succeeds.",
		"net/core/sysctl_net_core.c of 6.1: proc_dointvec; 6.12 and 7.3: proc_dointvec_minmax with "
		"SYSCTL_ZERO. That the change came with the namespaces in 6.8 is inferred: it lies between "
		"6.1 and 6.12.",
		from_4_14_to_6_8,
	},
	{
		"unpinnable-memory-refused",
		"ZC-MEM-04",
		"A flagged send from memfd_secret memory fails with EFAULT and without an id, on a path "
		"that does not copy in the call, and a plain send of the same bytes succeeds.",
		"net/core/datagram.c:zerocopy_fill_skb_from_iter (6.1: __zerocopy_sg_from_iter) returns "
		"-EFAULT when iov_iter_get_pages2() refuses; mm/gup.c:check_vma_flags, vma_is_secretmem; "
		"6.1, 6.12, 7.3. Since memfd_secret (5.14); not fixed.",
		since_5_14,
	},
	{
		"kernel-variables-refused",
		"ZC-MEM-04",
		"A flagged send from the [vvar] page fails with EFAULT and without an id, on a path that "
		"does not copy in the call, and a plain send of the same bytes succeeds.",
		"net/core/datagram.c:zerocopy_fill_skb_from_iter (6.1: __zerocopy_sg_from_iter) returns "
		"-EFAULT when iov_iter_get_pages2() refuses; mm/gup.c:check_vma_flags, VM_IO and VM_PFNMAP, "
		"with which arch/x86/entry/vdso/vma.c of 6.1 and 6.12 maps it. Refused by 7.2, too; gone in "
		"7.3, where lib/vdso/datastore.c:vdso_install_vvar_mapping has neither, by \"vdso/datastore: "
		"Allow prefaulting by mlockall()\".",
		from_4_14_to_7_3,
	},
	{
		"udp-fragment-limit-refused",
		"ZC-MEM-12",
		"A flagged UDP datagram of more than MAX_SKB_FRAGS (17, or CONFIG_MAX_SKB_FRAGS) pieces "
		"that are not adjacent fails with EMSGSIZE and without an id, and a plain send of the same "
		"iovecs succeeds.",
		"net/core/datagram.c:zerocopy_fill_skb_from_iter (6.1: __zerocopy_sg_from_iter) returns "
		"-EMSGSIZE, which net/ipv4/ip_output.c:__ip_append_data passes on; 6.1, 6.12, 7.3. Since "
		"UDP support (5.0); not fixed.",
		since_5_0,
	},
	{
		"recverr-off-purges-notifications",
		"ZC-TS-04",
		"setsockopt(IP_RECVERR, 0) and setsockopt(IPV6_RECVERR, 0) remove the notifications that "
		"are queued: the next read fails with EAGAIN.",
		"net/ipv4/ip_sockglue.c:do_ip_setsockopt and net/ipv6/ipv6_sockglue.c:do_ipv6_setsockopt of "
		"6.1 call skb_queue_purge, those of 6.12 and 7.3 skb_errqueue_purge; fixed by \"net: "
		"selectively purge error queue in IP_RECVERR / IPV6_RECVERR\" (0f158b32a9b1, 6.6).",
		from_4_14_to_6_6,
	},
	{
		"vsock-completion-before-last-use",
		"ZC-VS-03",
		"A VSOCK send of several packets has one id that only its last packet holds: where the "
		"receiver frees that before the others, the notification comes while earlier packets still "
		"use the pages.",
		"net/vmw_vsock/virtio_transport_common.c:virtio_transport_send_pkt_info; fixed by "
		"\"vsock/virtio: fix zerocopy completion for multi-skb sends\" (ae38d9179190, 7.1; 7.0.11, "
		"6.18.34, 6.12.97; CVE-2026-53365), in the 6.12.117 and 7.3 trees every packet calls "
		"skb_zcopy_set.",
		until_multi_packet_sends_were_fixed,
	},
	{
		"vsock-send-split-into-several-ids",
		"ZC-VS-05",
		"A blocking VSOCK send larger than the peer's credit returns its full length and has one id "
		"for each part the credit let through, all consecutive; parts that do not reach the end of "
		"the iovecs are copied and have SO_EE_CODE_ZEROCOPY_COPIED.",
		"net/vmw_vsock/af_vsock.c:vsock_connectible_sendmsg calls the transport once a part, "
		"virtio_transport_common.c:virtio_transport_send_pkt_info calls msg_zerocopy_realloc() with "
		"no structure to extend, and virtio_transport_can_zcopy refuses a part; 6.12 and 7.3. Not "
		"fixed.",
		since_6_7,
	},
	{
		"vsock-bad-address-enomem",
		"ZC-VS-06",
		"A flagged VSOCK send from an address that cannot be read fails with ENOMEM, without an id.",
		"net/vmw_vsock/virtio_transport_common.c:virtio_transport_send_pkt_info turns every failure "
		"of virtio_transport_alloc_skb into -ENOMEM; 6.12 and 7.3. Not fixed; the kernel's own "
		"vsock_test expects ENOMEM. It applies where the first packet meets the address: a later "
		"one makes the count short.",
		since_6_7,
	},
	{
		"vsock-short-count-without-notification",
		"ZC-VS-08",
		"A VSOCK send of several packets that finds no optmem for its notification at the last one, "
		"or "
		"an address that cannot be read, returns the bytes of the packets before as a short count, "
		"without an id and a notification.",
		"net/vmw_vsock/virtio_transport_common.c:virtio_transport_send_pkt_info took the structure "
		"at the last packet, after the others were sent; in the 6.12.117 and 7.3 trees it takes it "
		"before the loop. Fixed by \"vsock/virtio: fix zerocopy completion for multi-skb sends\" "
		"(ae38d9179190, 7.1; 7.0.11, 6.18.34, 6.12.97).",
		until_multi_packet_sends_were_fixed,
	},
	{
		"vsock-small-flagged-send-is-corrupted",
		"ZC-VS-12",
		"A flagged VSOCK send of at most 128 bytes whose packet finds a copied one at the end of the "
		"receiver's queue, with room behind it, arrives as other bytes, and is completed at once.",
		"net/vmw_vsock/virtio_transport_common.c:virtio_transport_recv_enqueue appended skb->data, "
		"which a packet of shared pages has nothing in; fixed by \"vsock/virtio: Coalesce only "
		"linear "
		"skb\" (6.12.68). The end in 6.18.y is inferred: 6.18.8 is of the same batch.",
		until_only_linear_packets_were_joined,
	},
	{
		"vsock-failed-message-is-sent-in-part",
		"ZC-VS-18",
		"A VSOCK message that fails with EAGAIN as there is credit for some of it, or with ENOMEM as "
		"it "
		"cannot be read beyond its first packet, has been sent up to there: the receiver gets that "
		"at "
		"the start of the next message. Where the part took a notification structure it has an id.",
		"net/vmw_vsock/af_vsock.c:vsock_connectible_sendmsg returns the error though total_written "
		"is "
		"not zero, and nothing takes the packets back; 6.12 and 7.3, with the flag and without. Not "
		"fixed.",
		since_6_7,
	},
	{
		"vsock-fragment-limit-refused",
		"ZC-VS-19",
		"A flagged VSOCK send whose first packet has more pieces of memory than a packet buffer has "
		"places (MAX_SKB_FRAGS) fails with ENOMEM and without an id, where a plain one succeeds. "
		"With "
		"17 places and pages of 4 KiB two pieces are enough: one byte, and 64 KiB that start within "
		"a "
		"page.",
		"net/core/datagram.c:zerocopy_fill_skb_from_iter gives EMSGSIZE, "
		"net/vmw_vsock/virtio_transport_common.c:virtio_transport_send_pkt_info makes ENOMEM of it; "
		"6.12 and 7.3. Not fixed.",
		since_6_7,
	},
	{
		"vsock-small-flagged-sends-end-the-connection",
		"ZC-VS-20",
		"Flagged VSOCK sends that the receiver does not read, few bytes but more packets than its "
		"buffer is large divided by what an empty packet takes, end the connection, within the "
		"credit. "
		"Plain ones of that size arrive.",
		"net/vmw_vsock/virtio_transport_common.c:virtio_transport_inc_rx_pkt counts packets since "
		"\"vsock/virtio: fix potential unbounded skb queue\" (6.12.94), recv_connected resets the "
		"connection; until \"vsock/virtio: collapse receive queue under memory pressure\" "
		"(6.12.101).",
		while_many_packets_ended_the_connection,
	},
	{
		"vsock-receivers-copy-not-reported",
		"ZC-VS-21",
		"Flagged VSOCK sends whose packets the receiver's queue joins, as it has more of them than "
		"its "
		"buffer has places, are copied and complete before they are read, without "
		"SO_EE_CODE_ZEROCOPY_COPIED.",
		"net/vmw_vsock/virtio_transport_common.c:virtio_transport_collapse_rx_queue copies and calls "
		"consume_skb(), which completes as success; since \"vsock/virtio: collapse receive queue "
		"under "
		"memory pressure\" (6.12.101), in 7.2 and 7.3. Not fixed. Seen on 6.12.118, 7.1.13 and "
		"7.3.4, not on 6.12.95, 6.18.15 and 7.0.13; the borders but in 6.12.y are inferred from "
		"dates.",
		since_receivers_join_packets,
	},
	{
		"ktls-refuses-flag",
		"ZC-OP-03",
		"A send with the flag on a socket with kTLS transmit attached, in software or on a device, "
		"fails with EOPNOTSUPP (ENOTSUPP on early kernels), without an id, whether or not "
		"SO_ZEROCOPY is set.",
		"net/tls/tls_sw.c:tls_sw_sendmsg and net/tls/tls_device.c:tls_push_data refuse flags "
		"outside their list, and MSG_ZEROCOPY is not in it; 6.1, 6.12, 7.3. Not fixed.",
		since_4_14,
	},
	{
		"rds-refuses-flag-without-cookie",
		"ZC-OP-04",
		"An RDS send with the flag and without a RDS_CMSG_ZCOPY_COOKIE control message fails with "
		"EINVAL though SO_ZEROCOPY is not set.",
		"net/rds/send.c:rds_rm_size tests the flag and the cookie, not SOCK_ZEROCOPY; 6.1, 6.12, "
		"7.3. The start (4.17) is that of RDS zerocopy, by memory. Not fixed.",
		since_4_17,
	},
	{
		"gro-loses-notifications",
		"ZC-LO-20",
		"The receiver's device merges the segments of a flagged TCP send (GRO on, TSO and GSO off at "
		"the sender), and mostly there is no notification, ever, and the socket is never freed.",
		"net/core/gro.c:skb_gro_receive moved the pages of a packet to another and freed its head "
		"without its zerocopy reference. Fixed by \"net: gro: don't merge zcopy skbs\" "
		"(CVE-2026-46323): "
		"6.1.176, 6.12.94. Seen on 6.18.15.",
		until_gro_left_zerocopy_apart,
		Besides::leak,
	},
	{
		"rds-pages-freed-twice",
		"ZC-OP-06",
		"A flagged RDS send of which the second page cannot be read fails with EFAULT and frees the "
		"first "
		"one under its mapping: the kernel reports a bad page state, and the next send from it fails "
		"with "
		"EFAULT too.",
		"net/rds/message.c:rds_message_zcopy_from_user put the pages and left op_nents, by which "
		"rds_message_purge() puts them again. Fixed by \"net/rds: reset op_nents when zerocopy page "
		"pin "
		"fails\" (CVE-2026-43494): 6.1.175, 6.12.90. Seen on 6.18.15.",
		until_rds_forgot_its_pages,
		Besides::splat,
	},
	{
		"rds-memlock-enomem",
		"ZC-OP-06",
		"An RDS send beyond RLIMIT_MEMLOCK fails with ENOMEM.",
		"net/rds/message.c:rds_message_zcopy_from_user returns -ENOMEM when "
		"mm_account_pinned_pages() fails; 6.1, 6.12, 7.3. The start (4.17) is that of RDS zerocopy, "
		"by memory. Not fixed.",
		since_4_17,
	},
	{
		"ipv4-fragments-complete-when-read",
		"ZC-LO-21",
		"A flagged IPv4 datagram (v4-mapped too) larger than the MTU, to a local socket, has no "
		"notification until the receiver has read it and the kernel has freed its fragments. IPv6 "
		"completes before the read.",
		"net/ipv4/ip_input.c:ip_local_deliver reassembles before ip_local_deliver_finish calls "
		"skb_orphan_frags_rx, which handles the head only: the fragments behind it keep the "
		"structure "
		"until net/core/skbuff.c:skb_attempt_defer_free. 6.1 and 6.12 let go of each fragment in "
		"net/core/dev.c:__netif_receive_skb_core. Since that moved (d2527ad3a9e1, 6.17); not fixed.",
		since_6_17,
	},
	{
		"tcp-segmentation-copy-not-reported",
		"ZC-CP-15",
		"On a device without scatter-gather, flagged TCP data that leaves in packets of more than "
		"one "
		"segment (one byte more than the MSS is enough) is copied when it is cut into segments, and "
		"completed without SO_EE_CODE_ZEROCOPY_COPIED. A packet of a single segment is reported as "
		"copied, and so is an id of which any packet was one.",
		"net/core/sock.c:sk_setup_caps grants NETIF_F_SG to TCP whatever the device can; "
		"net/core/skbuff.c:skb_segment without NETIF_F_SG copies by skb_copy_bits (or "
		"skb_copy_and_csum_bits), and net/core/dev.c:validate_xmit_skb then consumes the original, "
		"which completes as success; __skb_linearize does report. 6.1, 6.12, 7.3. Since \"tcp: "
		"switch "
		"to GSO being always on\" (0a6b2a1dc2a2, 4.17, release inferred from the date). Not fixed.",
		since_4_17,
	},
	{
		"failed-joined-send-stays-charged",
		"ZC-LIM-17",
		"A flagged TCP send that would have shared the notification structure of an outstanding one "
		"and fails (EFAULT, EAGAIN) stays charged to RLIMIT_MEMLOCK until that structure completes; "
		"it "
		"gets no id.",
		"net/core/skbuff.c:msg_zerocopy_realloc adds to uarg->mmp, msg_zerocopy_put_abort takes back "
		"the id and len only; 6.1, 6.12, 7.3. The start (4.14) is by memory. Not fixed.",
		since_4_14,
	},
	{
		"flagged-send-after-send-zc-enobufs",
		"ZC-IO-03",
		"A flagged TCP send right after an io_uring SEND_ZC whose data is still in the last packet "
		"buffer not sent yet fails with ENOBUFS and without an id, and a plain send succeeds. It is "
		"enobufs-behind-io-uring-skb seen from io_uring.",
		"net/core/skbuff.c:msg_zerocopy_realloc returns NULL for a ubuf_info of another provider; "
		"6.1, 6.12, 7.3. Since SEND_ZC (6.0); not fixed.",
		since_6_0,
	},
};

std::span<const Deviation> deviations()
{
	return all;
}

const Deviation *find_deviation(std::string_view id)
{
	for (const Deviation &deviation : all)
		if (id == deviation.id)
			return &deviation;
	return nullptr;
}

} // namespace catalogue
