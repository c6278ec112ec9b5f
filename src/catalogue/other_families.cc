// SPDX-License-Identifier: GPL-2.0

#include "catalogue/requirement.h"

namespace catalogue
{

static constexpr Requirement requirements[] = {
	{
		"ZC-OP-01",
		"Raw, packet, UNIX, netlink and ping sockets ignore the flag: the data is sent and no "
		"notification comes.",
		"msg_zerocopy.rst, Intro: \"currently implemented for TCP, UDP and VSOCK\"; "
		"net/core/sock.c:sk_setsockopt refuses SO_ZEROCOPY, and SOCK_ZEROCOPY is tested on the "
		"paths of TCP and UDP only",
		Status::documented,
		"",
		{"unix_sockets_ignore_the_flag", "netlink_sockets_ignore_the_flag",
		 "raw_sockets_ignore_the_flag", "raw_ipv6_sockets_ignore_the_flag",
		 "raw_sockets_with_headers_ignore_the_flag", "packet_sockets_ignore_the_flag",
		 "ping_sockets_ignore_the_flag", "ping_ipv6_sockets_ignore_the_flag"},
		"",
	},
	{
		"ZC-OP-02",
		"MPTCP refuses SO_ZEROCOPY with EOPNOTSUPP and ignores the flag.",
		"net/mptcp/sockopt.c:mptcp_supported_sockopt; net/mptcp/protocol.c:mptcp_sendmsg masks "
		"msg_flags",
		Status::code_only,
		"",
		{"mptcp_refuses_the_option_and_ignores_the_flag"},
		"",
	},
	{
		"ZC-OP-03",
		"A kTLS socket that sends takes the flag as a hint: the send succeeds.",
		"msg_zerocopy.rst, Deferred copies: \"Passing flag MSG_ZEROCOPY is a hint\"; "
		"net/tls/tls_sw.c:tls_sw_sendmsg (6.12, 7.3: tls_sw_sendmsg and tls_sw_sendmsg_locked), "
		"net/tls/tls_device.c:tls_push_data",
		Status::deviates,
		"",
		{"ktls_takes_the_flag_as_a_hint"},
		"",
	},
	{
		"ZC-OP-04",
		"An RDS socket without SO_ZEROCOPY ignores the flag.",
		"msg_zerocopy.rst, Socket Setup: \"By default it simply ignores these\"; "
		"net/rds/send.c:rds_rm_size",
		Status::deviates,
		"RDS zerocopy since 4.17",
		{"rds_without_the_option_ignores_the_flag"},
		"",
	},
	{
		"ZC-OP-05",
		"RDS returns completions with ordinary recvmsg, as SOL_RDS/RDS_CMSG_ZCOPY_COMPLETION with "
		"up to 8 cookies, and not on the error queue.",
		"net/rds/recv.c:rds_recvmsg_zcookie",
		Status::code_only,
		"since 4.17",
		{"rds_completion_is_a_cookie_among_the_data", "rds_completions_come_by_the_eight",
		 "rds_send_with_half_a_cookie_changes_nothing"},
		"",
	},
	{
		"ZC-OP-06",
		"An RDS send beyond RLIMIT_MEMLOCK fails with ENOBUFS.",
		"msg_zerocopy.rst, Transmission: \"A zerocopy failure will return -1 with errno ENOBUFS\"; "
		"net/rds/message.c:rds_message_zcopy_from_user",
		Status::deviates,
		"a bad page gives EFAULT, a transport other than TCP EOPNOTSUPP",
		{"rds_send_beyond_memlock_fails_with_enobufs", "rds_send_from_a_bad_page_changes_nothing"},
		"",
	},
	{
		"ZC-OP-07",
		"SCTP refuses SO_ZEROCOPY with EOPNOTSUPP and ignores the flag.",
		"net/core/sock.c:sk_setsockopt, net/sctp/socket.c:sctp_sendmsg",
		Status::code_only,
		"recvmsg(MSG_ERRQUEUE) works since \"sctp: support MSG_ERRQUEUE flag in recvmsg()\" "
		"(6.1.75, 6.6.14, 6.8)",
		{"sctp_refuses_the_option_and_ignores_the_flag"},
		"",
	},
	{
		"ZC-OP-08",
		"UDP-Lite refuses SO_ZEROCOPY with EOPNOTSUPP.",
		"net/core/sock.c:sk_setsockopt tests for IPPROTO_UDP",
		Status::code_only,
		"6.1 and 6.12; the protocol is gone in 7.3: socket() fails with EPROTONOSUPPORT",
		{"udplite_refuses_the_option_and_ignores_the_flag"},
		"",
	},
	{
		"ZC-OP-09",
		"SO_ZEROCOPY on AF_SMC sockets with TCP fallback and on sockets with a TCP_ULP does no harm.",
		"net/smc/af_smc.c:smc_setsockopt; net/tls/tls_main.c",
		Status::code_only,
		"",
		{"option_does_no_harm_to_smc", "option_does_no_harm_to_ktls"},
		"",
	},
	{
		"ZC-OP-10",
		"AF_PACKET rings (PACKET_TX_RING) report completion in the ring and never on the error "
		"queue.",
		"net/packet/af_packet.c:tpacket_snd",
		Status::code_only,
		"7.3 and 6.12.112 on (\"packet: use ubuf_info completion for TX_RING packets\") use the "
		"same ubuf_info machinery, 6.1 a destructor",
		{"packet_ring_completes_in_the_ring_only"},
		"",
	},
};

extern const Chapter other_families;
const Chapter other_families = {"other_families", "Other families", requirements};

} // namespace catalogue
