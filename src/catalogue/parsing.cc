// SPDX-License-Identifier: GPL-2.0

#include "catalogue/requirement.h"

namespace catalogue
{

static constexpr Requirement requirements[] = {
	{
		"ZC-PA-01",
		"On AF_INET sockets the notification is a control message SOL_IP/IP_RECVERR of length "
		"CMSG_LEN(32): sock_extended_err and a sockaddr_in.",
		"msg_zerocopy.rst, Notification Parsing: \"IP_RECVERR or IPV6_RECVERR (for TCP or UDP "
		"socket)\"; net/ipv4/ip_sockglue.c:ip_recv_error (the size is the code's)",
		Status::documented,
		"",
		{"control_message_is_that_of_the_socket_family"},
		"",
	},
	{
		"ZC-PA-02",
		"On AF_INET6 sockets, mapped IPv4 peers included, it is a control message "
		"SOL_IPV6/IPV6_RECVERR of length CMSG_LEN(44): sock_extended_err and a sockaddr_in6.",
		"msg_zerocopy.rst, Notification Parsing: \"The level and type fields in the control data "
		"are protocol family specific\"; net/ipv4/af_inet.c:inet_recv_error, "
		"net/ipv6/datagram.c:ipv6_recv_error",
		Status::documented,
		"",
		{"control_message_is_that_of_the_socket_family"},
		"",
	},
	{
		"ZC-PA-03",
		"On VSOCK sockets it is a control message SOL_VSOCK/VSOCK_RECVERR of length CMSG_LEN(16), "
		"without an offender.",
		"msg_zerocopy.rst, Notification Parsing: \"For VSOCK socket, cmsg_level will be SOL_VSOCK "
		"and cmsg_type will be VSOCK_RECVERR\"; "
		"net/vmw_vsock/af_vsock.c:__vsock_connectible_recvmsg, net/core/sock.c:sock_recv_errqueue",
		Status::documented,
		"since 6.7",
		{"control_message_is_that_of_the_socket_family"},
		"",
	},
	{
		"ZC-PA-04",
		"On a kTLS socket of AF_INET6 a notification is a control message SOL_IPV6/IPV6_RECVERR.",
		"msg_zerocopy.rst, Notification Parsing: \"protocol family specific, IP_RECVERR or "
		"IPV6_RECVERR (for TCP or UDP socket)\"; net/tls/tls_sw.c:tls_sw_recvmsg",
		Status::deviates,
		"kTLS with TLS_RX since 4.17",
		{"notification_of_ktls_over_ipv6_is_an_ipv6_one"},
		"",
	},
	{
		"ZC-PA-05",
		"A notification has ee_errno 0, ee_origin SO_EE_ORIGIN_ZEROCOPY, ee_code 0 or "
		"SO_EE_CODE_ZEROCOPY_COPIED, and all else but the range zero.",
		"msg_zerocopy.rst, Notification Parsing: \"Error origin is the new type "
		"SO_EE_ORIGIN_ZEROCOPY. ee_errno is zero\"; net/core/skbuff.c:__msg_zerocopy_callback, "
		"memset (the document calls the other fields undefined)",
		Status::documented,
		"",
		{"all_but_origin_code_and_range_is_zero", "all_but_origin_and_range_is_zero_of_shared_pages"},
		"",
	},
	{
		"ZC-PA-06",
		"The range [ee_info, ee_data] is inclusive: that of a single call has both the same.",
		"msg_zerocopy.rst, Notification Parsing: \"This range is inclusive\"; "
		"net/core/skbuff.c:__msg_zerocopy_callback",
		Status::documented,
		"",
		{"range_is_inclusive"},
		"",
	},
	{
		"ZC-PA-07",
		"The notification is the first control message of the read, where the document's parser "
		"looks for it.",
		"msg_zerocopy.rst, Notification Parsing, example: cm = CMSG_FIRSTHDR(msg); "
		"net/ipv4/ip_sockglue.c:ip_recv_error, net/core/sock.c:sock_recv_errqueue call "
		"sock_recv_timestamp first",
		Status::deviates,
		"since 4.14",
		{"notification_is_the_first_control_message"},
		"",
	},
	{
		"ZC-PA-08",
		"IP_PKTINFO, IP_RECVTTL, IP_RECVTOS, IP_RECVOPTS, their IPv6 counterparts and "
		"SO_TIMESTAMPING "
		"flags for reception, SOF_TIMESTAMPING_OPT_CMSG included, add no control message to a "
		"notification.",
		"net/ipv4/ip_sockglue.c:ipv4_datagram_support_cmsg, "
		"net/ipv6/datagram.c:ip6_datagram_support_cmsg",
		Status::code_only,
		"",
		{"options_for_reception_add_no_control_message"},
		"",
	},
	{
		"ZC-PA-09",
		"Level and type of the control message are both those of the family: a reader must reject a "
		"message when either differs.",
		"msg_zerocopy.rst, Notification Parsing: \"The level and type fields in the control data "
		"are protocol family specific\"; net/ipv4/ip_sockglue.c:ip_recv_error",
		Status::documented,
		"the document's example, in all versions, joins the two comparisons with \"and\" where "
		"\"or\" is needed and so accepts a message with one of them wrong",
		{"control_message_is_that_of_the_socket_family"},
		"",
	},
	{
		"ZC-PA-10",
		"A 32-bit program on a 64-bit kernel reads the same fields.",
		"net/compat.c:put_cmsg_compat",
		Status::code_only,
		"",
		{},
		"needs a 32-bit build of the program: make builds runs the whole suite so",
	},
};

extern const Chapter parsing;
const Chapter parsing = {"parsing", "Notification parsing", requirements};

} // namespace catalogue
