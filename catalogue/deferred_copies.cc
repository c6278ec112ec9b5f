// SPDX-License-Identifier: GPL-2.0

#include "catalogue/requirement.h"

namespace catalogue
{

static constexpr Requirement requirements[] = {
	{
		"ZC-CP-01",
		"A successful flagged send is completed exactly once also when its data was copied.",
		"msg_zerocopy.rst, Deferred copies: \"a contract that the kernel will queue a completion "
		"notification. It is not a guarantee that the copy is elided\"; "
		"net/core/skbuff.c:skb_copy_ubufs, msg_zerocopy_complete",
		Status::documented,
		"",
		{},
		"no case yet",
	},
	{
		"ZC-CP-02",
		"On a device without scatter-gather the data is copied inside the call: the peer never sees "
		"later stores, and the notification has SO_EE_CODE_ZEROCOPY_COPIED and is queued, for TCP "
		"before the call returns and for UDP when the datagram is freed.",
		"msg_zerocopy.rst, Deferred copies: \"Devices that do not support scatter-gather I/O cannot "
		"send packets made up of kernel generated protocol headers plus zerocopy user data\"; "
		"net/ipv4/tcp.c:tcp_sendmsg_locked, NETIF_F_SG; net/ipv4/ip_output.c:__ip_append_data, "
		"skb_zcopy_set on the copying path too",
		Status::documented,
		"",
		{},
		"no case yet",
	},
	{
		"ZC-CP-03",
		"A device without transmit checksum offload makes flagged sends complete with "
		"SO_EE_CODE_ZEROCOPY_COPIED.",
		"msg_zerocopy.rst, Deferred copies: \"converted to a private copy of data deep in the "
		"stack, say to compute a checksum\"; net/core/dev.c:netdev_fix_features drops "
		"scatter-gather without checksum offload; net/ipv4/ip_output.c:__ip_append_data, csummode",
		Status::documented,
		"",
		{},
		"no case yet",
	},
	{
		"ZC-CP-04",
		"After scatter-gather is switched off on the device of an established TCP connection, "
		"flagged sends complete with SO_EE_CODE_ZEROCOPY_COPIED and the data stays intact.",
		"net/core/sock.c:sk_setup_caps sets sk_route_caps; net/core/dev.c:validate_xmit_skb "
		"linearizes what was queued before",
		Status::code_only,
		"at once where the socket has taken the new features over, else deferred",
		{},
		"no case yet",
	},
	{
		"ZC-CP-05",
		"A UDP datagram above the MTU, which is fragmented, is copied in the call and completed "
		"with SO_EE_CODE_ZEROCOPY_COPIED when its last fragment is freed.",
		"net/ipv4/ip_output.c:__ip_append_data, net/ipv6/ip6_output.c:__ip6_append_data: csummode "
		"is not CHECKSUM_PARTIAL",
		Status::code_only,
		"",
		{},
		"no case yet",
	},
	{
		"ZC-CP-06",
		"UDP with MSG_MORE or UDP_CORK is copied in the call without UDP_SEGMENT; with it the first "
		"append is zerocopy and later ones are copied.",
		"net/ipv4/ip_output.c:__ip_append_data, conditions on transhdrlen, MSG_MORE and "
		"cork->gso_size",
		Status::code_only,
		"",
		{},
		"no case yet",
	},
	{
		"ZC-CP-07",
		"UDP over IPv4 with the checksum disabled (SO_NO_CHECK) is still zerocopy.",
		"net/ipv4/ip_output.c:__ip_append_data sets csummode before net/ipv4/udp.c:udp_send_skb "
		"looks at sk_no_check_tx",
		Status::code_only,
		"",
		{},
		"no case yet",
	},
	{
		"ZC-CP-08",
		"A packet that is dropped (queueing discipline, no neighbour, bridge without ports, reset "
		"connection) is completed without SO_EE_CODE_ZEROCOPY_COPIED where the call itself did not "
		"copy: a completion is no delivery report.",
		"net/core/skbuff.c:skb_release_data, skb_zcopy_clear(skb, true)",
		Status::code_only,
		"",
		{},
		"no case yet",
	},
	{
		"ZC-CP-09",
		"A completion is not a transmit completion: that of copied data may come while the data "
		"still waits in the write queue.",
		"msg_zerocopy.rst, Deferred copies: \"That notification may arrive before the (copied) data "
		"is fully transmitted\"; net/ipv4/tcp.c:tcp_sendmsg_locked, net_zcopy_put after a copy",
		Status::documented,
		"",
		{},
		"no case yet",
	},
	{
		"ZC-CP-10",
		"SO_EE_CODE_ZEROCOPY_COPIED says nothing about the time before the notification: until then "
		"stores may reach the peer.",
		"msg_zerocopy.rst, Deferred copies: \"a private copy of data deep in the stack\"; "
		"net/core/skbuff.c:skb_copy_ubufs at delivery",
		Status::documented,
		"",
		{},
		"no case yet; needs a queueing discipline that delays (tbf)",
	},
	{
		"ZC-CP-11",
		"A process may stop passing the flag at any time, and what follows is sent by copying "
		"without ids.",
		"msg_zerocopy.rst, Deferred copies: \"A process may use this signal to stop passing flag "
		"MSG_ZEROCOPY on subsequent requests on the same socket\"; net/ipv4/tcp.c:tcp_sendmsg_locked",
		Status::documented,
		"",
		{},
		"no case yet",
	},
	{
		"ZC-CP-12",
		"Data that native XDP on a receiving veth device copies is completed with "
		"SO_EE_CODE_ZEROCOPY_COPIED.",
		"msg_zerocopy.rst, Deferred copies: \"the kernel signals if data was completed with a copy, "
		"by setting flag SO_EE_CODE_ZEROCOPY_COPIED\"; "
		"drivers/net/veth.c:veth_convert_skb_to_xdp_buff",
		Status::deviates,
		"generic XDP is no exception: it sets the flag",
		{},
		"no case yet; needs a native XDP program on a veth device",
	},
	{
		"ZC-CP-13",
		"A transmit timestamp with the packet (no SOF_TIMESTAMPING_OPT_TSONLY) forces a copy, and "
		"one without the packet does not.",
		"net/core/skbuff.c:__skb_tstamp_tx, skb_orphan_frags_rx",
		Status::code_only,
		"since \"tcp/udp: Fix memleaks of sk and zerocopy skbs with TX timestamp.\" (6.1.28, 6.4)",
		{},
		"no case yet",
	},
	{
		"ZC-CP-14",
		"Data sent in a TCP Fast Open SYN, which is copied, is completed with "
		"SO_EE_CODE_ZEROCOPY_COPIED.",
		"msg_zerocopy.rst, Deferred copies: \"the kernel signals if data was completed with a "
		"copy\"; net/ipv4/tcp_output.c:tcp_send_syn_data",
		Status::deviates,
		"on loopback and tun the later copy sets the flag",
		{},
		"no case yet; needs TCP Fast Open over a path that does not copy (veth with native XDP)",
	},
};

extern const Chapter deferred_copies;
const Chapter deferred_copies = {"deferred_copies", "Deferred copies", requirements};

} // namespace catalogue
