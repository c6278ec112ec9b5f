// SPDX-License-Identifier: GPL-2.0
#include "os/names.h"

#include <time.h> /* before errqueue.h, which uses struct timespec */

#include <linux/errqueue.h>
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cstdio>
#include <span>

/* Older libc headers lack these (include/linux/socket.h). */
#ifndef SOL_TLS
#define SOL_TLS 282
#endif
#ifndef SOL_MPTCP
#define SOL_MPTCP 284
#endif
#ifndef SOL_VSOCK
#define SOL_VSOCK 287
#endif
/* include/uapi/linux/vm_sockets.h */
#ifndef VSOCK_RECVERR
#define VSOCK_RECVERR 1
#endif

namespace os
{

std::string hexadecimal(unsigned number)
{
	std::array<char, 16> digits;

	std::snprintf(digits.data(), digits.size(), "0x%x", number);
	return digits.data();
}

namespace
{

struct Name {
	unsigned value;
	const char *name;
};

/* clang-format off */
#define NAME(constant) {static_cast<unsigned>(constant), #constant}
/* clang-format on */

constexpr Name message_flag_names[] = {
	NAME(MSG_OOB),	      NAME(MSG_PEEK),	  NAME(MSG_DONTROUTE), NAME(MSG_CTRUNC),
	NAME(MSG_TRUNC),      NAME(MSG_DONTWAIT), NAME(MSG_EOR),       NAME(MSG_WAITALL),
	NAME(MSG_CONFIRM),    NAME(MSG_ERRQUEUE), NAME(MSG_NOSIGNAL),  NAME(MSG_MORE),
	NAME(MSG_WAITFORONE), NAME(MSG_ZEROCOPY), NAME(MSG_FASTOPEN),  NAME(MSG_CMSG_CLOEXEC),
};
constexpr Name poll_names[] = {
	NAME(POLLIN),  NAME(POLLPRI),  NAME(POLLOUT),	NAME(POLLERR),
	NAME(POLLHUP), NAME(POLLNVAL), NAME(POLLRDHUP),
};
constexpr Name epoll_names[] = {
	NAME(EPOLLIN),	NAME(EPOLLPRI),	  NAME(EPOLLOUT), NAME(EPOLLERR),
	NAME(EPOLLHUP), NAME(EPOLLRDHUP), NAME(EPOLLET),  NAME(EPOLLONESHOT),
};
constexpr Name epoll_operation_names[] = {NAME(EPOLL_CTL_ADD), NAME(EPOLL_CTL_DEL), NAME(EPOLL_CTL_MOD)};
constexpr Name shutdown_names[] = {NAME(SHUT_RD), NAME(SHUT_WR), NAME(SHUT_RDWR)};
constexpr Name clone_names[] = {
	NAME(CLONE_NEWNET), NAME(CLONE_NEWUSER), NAME(CLONE_NEWNS), NAME(CLONE_NEWPID),
	NAME(CLONE_NEWIPC), NAME(CLONE_NEWUTS),	 NAME(CLONE_FILES), NAME(CLONE_FS),
};
constexpr Name family_names[] = {
	NAME(AF_UNSPEC),  NAME(AF_UNIX),   NAME(AF_INET), NAME(AF_INET6),
	NAME(AF_NETLINK), NAME(AF_PACKET), NAME(AF_RDS),  NAME(AF_VSOCK),
};
constexpr Name type_names[] = {NAME(SOCK_STREAM), NAME(SOCK_DGRAM), NAME(SOCK_RAW), NAME(SOCK_SEQPACKET)};
constexpr Name type_flag_names[] = {NAME(SOCK_NONBLOCK), NAME(SOCK_CLOEXEC)};
constexpr Name socket_options[] = {
	NAME(SO_ZEROCOPY),    NAME(SO_ERROR),	     NAME(SO_SNDBUF),	     NAME(SO_RCVBUF),
	NAME(SO_SNDBUFFORCE), NAME(SO_RCVBUFFORCE),  NAME(SO_REUSEADDR),     NAME(SO_REUSEPORT),
	NAME(SO_LINGER),      NAME(SO_MEMINFO),	     NAME(SO_SNDTIMEO),	     NAME(SO_RCVTIMEO),
	NAME(SO_TIMESTAMP),   NAME(SO_TIMESTAMPNS),  NAME(SO_TIMESTAMPING),  NAME(SO_SELECT_ERR_QUEUE),
	NAME(SO_MARK),	      NAME(SO_PRIORITY),     NAME(SO_NO_CHECK),	     NAME(SO_OOBINLINE),
	NAME(SO_COOKIE),      NAME(SO_BINDTODEVICE), NAME(SO_TXTIME),	     NAME(SO_BUSY_POLL),
	NAME(SO_TYPE),	      NAME(SO_PROTOCOL),     NAME(SO_DOMAIN),	     NAME(SO_ACCEPTCONN),
	NAME(SO_KEEPALIVE),   NAME(SO_BROADCAST),    NAME(SO_ATTACH_FILTER), NAME(SO_DETACH_FILTER),
};
constexpr Name ip_options[] = {
	NAME(IP_RECVERR),  NAME(IP_MTU_DISCOVER), NAME(IP_OPTIONS), NAME(IP_RETOPTS),
	NAME(IP_RECVOPTS), NAME(IP_RECVTTL),	  NAME(IP_RECVTOS), NAME(IP_PKTINFO),
	NAME(IP_TTL),	   NAME(IP_TOS),	  NAME(IP_HDRINCL), NAME(IP_TRANSPARENT),
};
constexpr Name ipv6_options[] = {
	NAME(IPV6_RECVERR),  NAME(IPV6_V6ONLY),	    NAME(IPV6_MTU_DISCOVER), NAME(IPV6_HOPOPTS),
	NAME(IPV6_DSTOPTS),  NAME(IPV6_RECVTCLASS), NAME(IPV6_RECVPKTINFO),  NAME(IPV6_RECVHOPLIMIT),
	NAME(IPV6_HOPLIMIT), NAME(IPV6_TCLASS),	    NAME(IPV6_PKTINFO),
};
constexpr Name tcp_options[] = {
	NAME(TCP_NODELAY),
	NAME(TCP_MAXSEG),
	NAME(TCP_CORK),
	NAME(TCP_INFO),
	NAME(TCP_QUICKACK),
	NAME(TCP_CONGESTION),
	NAME(TCP_MD5SIG),
	NAME(TCP_USER_TIMEOUT),
	NAME(TCP_REPAIR),
	NAME(TCP_REPAIR_QUEUE),
	NAME(TCP_QUEUE_SEQ),
	NAME(TCP_FASTOPEN),
	NAME(TCP_FASTOPEN_CONNECT),
	NAME(TCP_FASTOPEN_NO_COOKIE),
	NAME(TCP_ULP),
	NAME(TCP_NOTSENT_LOWAT),
	NAME(TCP_ZEROCOPY_RECEIVE),
	NAME(TCP_WINDOW_CLAMP),
};
constexpr Name udp_options[] = {
	NAME(UDP_CORK), NAME(UDP_SEGMENT), NAME(UDP_GRO), NAME(UDP_NO_CHECK6_TX), NAME(UDP_NO_CHECK6_RX),
};
constexpr Name vsock_options[] = {NAME(VSOCK_RECVERR)};
struct Level {
	unsigned level;
	const char *name;
	std::span<const Name> options = {};
};
constexpr Level levels[] = {
	{SOL_SOCKET, "SOL_SOCKET", socket_options},
	{SOL_IP, "SOL_IP", ip_options},
	{SOL_IPV6, "SOL_IPV6", ipv6_options},
	{SOL_TCP, "SOL_TCP", tcp_options},
	{SOL_UDP, "SOL_UDP", udp_options},
	{SOL_PACKET, "SOL_PACKET"},
	{SOL_TLS, "SOL_TLS"},
	{SOL_MPTCP, "SOL_MPTCP"},
	{SOL_VSOCK, "SOL_VSOCK", vsock_options},
};
constexpr Name origin_names[] = {
	NAME(SO_EE_ORIGIN_NONE),   NAME(SO_EE_ORIGIN_LOCAL),	NAME(SO_EE_ORIGIN_ICMP),
	NAME(SO_EE_ORIGIN_ICMP6),  NAME(SO_EE_ORIGIN_TXSTATUS), NAME(SO_EE_ORIGIN_ZEROCOPY),
	NAME(SO_EE_ORIGIN_TXTIME),
};
constexpr Name code_names[] = {NAME(SO_EE_CODE_ZEROCOPY_COPIED)};
constexpr Name icmp_names[] = {NAME(ICMP_DEST_UNREACH), NAME(ICMP_TIME_EXCEEDED), NAME(ICMP_PARAMETERPROB)};
constexpr Name icmpv6_names[] = {NAME(ICMPV6_DEST_UNREACH), NAME(ICMPV6_PKT_TOOBIG), NAME(ICMPV6_TIME_EXCEED),
				 NAME(ICMPV6_PARAMPROB)};
constexpr Name timestamp_names[] = {NAME(SCM_TSTAMP_SND), NAME(SCM_TSTAMP_SCHED), NAME(SCM_TSTAMP_ACK)};
/* include/linux/errno.h: errors that only the kernel should see, and that it lets out all the same. */
constexpr Name kernel_error_names[] = {{enotsupp, "ENOTSUPP"}};

#undef NAME

std::string flags_by(std::span<const Name> names, unsigned flags)
{
	std::string text;

	for (const auto &[value, name] : names)
		if (flags & value) {
			text += (text.empty() ? "" : "|") + std::string(name);
			flags &= ~value;
		}
	if (flags)
		text += (text.empty() ? "" : "|") + hexadecimal(flags);
	return text.empty() ? "0" : text;
}

std::string one_of(std::span<const Name> names, unsigned value)
{
	for (const Name &name : names)
		if (name.value == value)
			return name.name;
	return std::to_string(static_cast<int>(value));
}

} // namespace

std::string message_flags(unsigned flags)
{
	return flags_by(message_flag_names, flags);
}

std::string poll_events(unsigned events)
{
	return flags_by(poll_names, events);
}

std::string epoll_events(unsigned events)
{
	return flags_by(epoll_names, events);
}

std::string clone_flags(unsigned flags)
{
	return flags_by(clone_names, flags);
}

std::string epoll_operation(int operation)
{
	return one_of(epoll_operation_names, operation);
}

std::string shutdown_how(int how)
{
	return one_of(shutdown_names, how);
}

std::string family(int family)
{
	return one_of(family_names, family);
}

std::string socket_type(int type)
{
	constexpr int flags = SOCK_NONBLOCK | SOCK_CLOEXEC;
	const std::string name = one_of(type_names, type & ~flags);

	return type & flags ? name + '|' + socket_flags(type & flags) : name;
}

std::string socket_flags(int flags)
{
	return flags_by(type_flag_names, flags);
}

std::string option_name(int level, int option)
{
	for (const Level &known : levels)
		if (known.level == static_cast<unsigned>(level))
			return std::string(known.name) + ", " + one_of(known.options, option);
	return std::to_string(level) + ", " + std::to_string(option);
}

std::string error_name(int error)
{
	/* include/linux/errno.h: the kernel makes the call again, or says EINTR. */
	constexpr int restart_from = 512, restart_to = 516;
	const char *name = ::strerrorname_np(error);

	if (error == 0)
		return "success";
	if (error >= restart_from && error <= restart_to)
		return "(interrupted by a signal)";
	return name ? name : one_of(kernel_error_names, error);
}

std::string error_text(int error)
{
	return error_name(error) + ", " + ::strerror(error);
}

std::string error_origin(unsigned origin)
{
	return one_of(origin_names, origin);
}

std::string error_code(unsigned code)
{
	return flags_by(code_names, code);
}

std::string error_type(unsigned origin, unsigned type)
{
	switch (origin) {
	case SO_EE_ORIGIN_ICMP:
		return one_of(icmp_names, type);
	case SO_EE_ORIGIN_ICMP6:
		return one_of(icmpv6_names, type);
	default:
		return std::to_string(type);
	}
}

std::string error_info(unsigned origin, unsigned info)
{
	return origin == SO_EE_ORIGIN_TIMESTAMPING ? one_of(timestamp_names, info) : std::to_string(info);
}

std::string signal_name(int signal)
{
	const char *name = ::sigabbrev_np(signal);

	return name ? std::string("SIG") + name : "signal " + std::to_string(signal);
}

} // namespace os
