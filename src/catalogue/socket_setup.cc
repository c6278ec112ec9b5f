// SPDX-License-Identifier: GPL-2.0

#include "catalogue/requirement.h"

namespace catalogue
{

static constexpr Requirement requirements[] = {
	{
		"ZC-SO-01",
		"SO_ZEROCOPY accepts exactly the values 0 and 1; any other int gives EINVAL on a socket "
		"that supports the option.",
		"net/core/sock.c:sk_setsockopt, case SO_ZEROCOPY; "
		"net/vmw_vsock/af_vsock.c:vsock_connectible_setsockopt",
		Status::code_only,
		"",
		{"option_takes_zero_and_one_only"},
		"",
	},
	{
		"ZC-SO-02",
		"An option length below that of an int gives EINVAL, a longer one is accepted, and an "
		"unreadable option value of sufficient length gives EFAULT.",
		"net/core/sock.c:sk_setsockopt, prologue; net/vmw_vsock/af_vsock.c: COPY_IN",
		Status::code_only,
		"",
		{"option_is_an_int"},
		"",
	},
	{
		"ZC-SO-03",
		"getsockopt(SO_ZEROCOPY) returns the current value as an int, cut to the length of the "
		"caller's buffer.",
		"net/core/sock.c:sk_getsockopt, case SO_ZEROCOPY",
		Status::code_only,
		"",
		{"option_reads_back_cut_to_the_buffer"},
		"",
	},
	{
		"ZC-SO-04",
		"SO_ZEROCOPY is 0 on a new socket.",
		"net/core/sock.c:sk_getsockopt reads the flag SOCK_ZEROCOPY, which no constructor sets",
		Status::code_only,
		"families without support read 0 as well",
		{"option_is_off_on_a_new_socket"},
		"",
	},
	{
		"ZC-SO-05",
		"Sockets without support (raw, packet, UNIX, netlink, XDP, MPTCP, UDP-Lite, SCTP, ping) "
		"refuse SO_ZEROCOPY with EOPNOTSUPP whatever the value, and go on reading 0.",
		"net/core/sock.c:sk_setsockopt tests family and protocol before the value; "
		"net/mptcp/sockopt.c",
		Status::code_only,
		"UDP-Lite is gone in 7.3. VSOCK is the other way round: vsock_connectible_setsockopt tests "
		"the value (EINVAL) before the transport (EOPNOTSUPP)",
		{"option_is_refused_by_other_kinds_of_sockets"},
		"",
	},
	{
		"ZC-SO-06",
		"Setting SO_ZEROCOPY needs no privilege.",
		"net/core/sock.c:sk_setsockopt, case SO_ZEROCOPY has no capability test",
		Status::code_only,
		"",
		{"option_needs_no_privilege"},
		"",
	},
	{
		"ZC-SO-07",
		"Without SO_ZEROCOPY the flag is silently ignored: the data is copied, no notification "
		"comes and the counter does not move.",
		"msg_zerocopy.rst, Socket Setup: \"By default it simply ignores these\"; "
		"net/ipv4/tcp.c:tcp_sendmsg_locked, net/ipv4/ip_output.c:__ip_append_data test SOCK_ZEROCOPY",
		Status::documented,
		"the code of all kernels does so; the document of 6.1 (section Transmission) still names an "
		"option that was not set as a reason for ENOBUFS, a mistake of that text",
		{"flag_without_option_is_not_counted", "flag_without_option_copies_a_stream",
		 "flag_without_option_copies_a_datagram"},
		"",
	},
	{
		"ZC-SO-08",
		"A VSOCK socket without SO_ZEROCOPY ignores the flag on every transport.",
		"msg_zerocopy.rst, Socket Setup: \"permissive when applications pass undefined flags ... By "
		"default it simply ignores these\"; net/vmw_vsock/af_vsock.c:vsock_connectible_sendmsg",
		Status::deviates,
		"VSOCK since 6.7",
		{},
		"needs a VSOCK transport without zerocopy support (VMCI, Hyper-V)",
	},
	{
		"ZC-SO-09",
		"An accepted TCP socket inherits SO_ZEROCOPY from its listener and starts its own counter "
		"at 0.",
		"net/core/sock.c:sk_clone (6.1, 6.12: sk_clone_lock) copies the flags and sets sk_zckey to 0",
		Status::code_only,
		"",
		{"accepted_socket_inherits_the_option_and_counts_from_zero",
		 "sends_acknowledged_in_order_are_one_range"},
		"",
	},
	{
		"ZC-SO-10",
		"An accepted VSOCK socket does not inherit SO_ZEROCOPY, and the option can be set on it.",
		"net/vmw_vsock/af_vsock.c:__vsock_create copies no socket flags; vsock_accept sets "
		"SOCK_CUSTOM_SOCKOPT",
		Status::code_only,
		"differs from TCP; until \"vsock: Make accept()ed sockets use custom setsockopt()\" (6.19, "
		"6.12.66) the accepted socket refused the option with EOPNOTSUPP",
		{"accepted_vsock_socket_has_the_option_of_its_own"},
		"",
	},
	{
		"ZC-SO-11",
		"A VSOCK connect() checks SO_ZEROCOPY again: it fails with EOPNOTSUPP when the transport "
		"chosen by the address cannot do zerocopy.",
		"net/vmw_vsock/af_vsock.c:vsock_connect",
		Status::code_only,
		"since 6.7",
		{},
		"needs a VSOCK transport without zerocopy support (VMCI, Hyper-V)",
	},
	{
		"ZC-SO-12",
		"SO_ZEROCOPY can be set and cleared in any state of the socket: unconnected, listening, "
		"connected, reset.",
		"net/core/sock.c:sk_setsockopt, case SO_ZEROCOPY has no state test",
		Status::code_only,
		"",
		{"option_can_be_set_in_any_state"},
		"",
	},
	{
		"ZC-SO-13",
		"Clearing SO_ZEROCOPY neither cancels outstanding completions nor resets the counter.",
		"net/core/skbuff.c:__msg_zerocopy_callback does not look at the option; "
		"net/core/sock.c:sk_setsockopt does not touch sk_zckey",
		Status::code_only,
		"",
		{"clearing_the_option_cancels_nothing"},
		"",
	},
	{
		"ZC-SO-14",
		"The error queue can be read without IP_RECVERR, IPV6_RECVERR and SO_ZEROCOPY being set.",
		"net/ipv4/ip_sockglue.c:ip_recv_error, net/ipv6/datagram.c:ipv6_recv_error test no option",
		Status::code_only,
		"",
		{"error_queue_is_read_without_any_option"},
		"",
	},
};

extern const Chapter socket_setup;
const Chapter socket_setup = {"socket_setup", "Socket setup: SO_ZEROCOPY", requirements};

} // namespace catalogue
