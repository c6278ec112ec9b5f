// SPDX-License-Identifier: GPL-2.0
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>

#include <algorithm>
#include <cctype>

#include "os/address.h"
#include "os/names.h"
#include "trace/decode.h"
#include "trace/in_c.h"
#include "trace/numbers.h"
#include "trace/recorder.h"

namespace trace
{

namespace
{

/* The name of an algorithm or a device; a number does not look like one. */
bool is_word(const std::vector<std::uint8_t> &bytes)
{
	return bytes.size() > 1 &&
	       std::ranges::all_of(bytes, [](unsigned char c) { return std::islower(c) || std::isdigit(c); });
}

/* A program of classic BPF. */
std::string filter(const Memory &memory, std::uint64_t at)
{
	const auto program = memory.object<sock_fprog>(at);
	std::string text;

	for (const sock_filter &one : memory.array<sock_filter>(number(program.filter), program.len))
		text += (text.empty() ? "{" : ", {") + std::to_string(one.code) + ", " +
			std::to_string(one.jt) + ", " + std::to_string(one.jf) + ", " +
			std::to_string(one.k) + "U}";
	return "&(struct sock_fprog){" + std::to_string(program.len) + ", (struct sock_filter[]){" + text +
	       "}}, sizeof(struct sock_fprog)";
}

} // namespace

std::string Recorder::value(const Memory &memory, std::uint64_t at, std::uint64_t length)
{
	constexpr std::uint64_t most = 256;
	const auto bytes = length <= most ? memory.read(at, length) : std::vector<std::uint8_t>();

	if (at == 0 || (bytes.empty() && length))
		return (at ? "(void *)" + std::to_string(at) : "NULL") + std::string(", ") +
		       std::to_string(length);
	return (is_word(bytes) ? '"' + std::string(bytes.begin(), bytes.end()) + '"' : literal(bytes)) +
	       ", " + std::to_string(length);
}

void Recorder::observe_socket(const Call &call, std::int64_t result)
{
	const Memory memory(call.thread);
	const auto &arguments = call.arguments;
	const int fd = static_cast<int>(arguments[0]);
	const std::string name = fd_text(arguments[0]);
	/* What succeeded has to succeed again; what failed is what the case is about. */
	const auto either = [&](const std::string &text, const std::string &variable = "") {
		if (result >= 0)
			return add_setup(text, variable);
		add({.step = {.call = text, .answer = answer(result)}, .fd = fd});
	};

	switch (call.number) {
	case SYS_socket: {
		const int family = fd, type = static_cast<int>(arguments[1]) & 0xf;
		const bool nonblocking = arguments[1] & SOCK_NONBLOCK;
		if (result >= 0)
			descriptors_[static_cast<int>(result)] = {family, type, "", family == AF_NETLINK,
								  family == AF_PACKET || type == SOCK_RAW ||
									  arguments[2] == IPPROTO_ICMP ||
									  arguments[2] == IPPROTO_ICMPV6};
		if (family == AF_NETLINK)
			return;
		return either("socket(" + os::family(family) + ", " + os::socket_type(type) +
				      (nonblocking ? "|SOCK_NONBLOCK" : "") + ", " +
				      std::to_string(static_cast<int>(arguments[2])) + ')',
			      fd_text(static_cast<std::uint64_t>(result)));
	}
	case SYS_socketpair:
		for (const int end : memory.array<int>(arguments[3], result < 0 ? 0 : 2))
			descriptors_[end] = {.family = AF_UNIX, .channel = true};
		return;
	case SYS_epoll_create1:
		descriptors_[static_cast<int>(result)] = {};
		return add_setup("epoll_create1(0)", fd_text(static_cast<std::uint64_t>(result)));
	default:
		break;
	}
	if (!knows(fd))
		return observe_file(call, result);
	switch (call.number) {
	case SYS_bind:
		return either("bind(" + name + ", " + address(memory, arguments[1], arguments[2]) + ')');
	case SYS_connect:
		return either("connect(" + name + ", " + address(memory, arguments[1], arguments[2]) + ')');
	case SYS_listen:
		return either("listen(" + name + ", " + std::to_string(static_cast<int>(arguments[1])) + ')');
	case SYS_accept:
	case SYS_accept4:
		if (result >= 0)
			descriptors_[static_cast<int>(result)] = descriptors_[fd];
		return either("accept(" + name + ", NULL, NULL)",
			      fd_text(static_cast<std::uint64_t>(result)));
	case SYS_shutdown:
		return either("shutdown(" + name + ", " + os::shutdown_how(static_cast<int>(arguments[1])) +
			      ')');
	case SYS_getsockname: {
		const auto length = memory.object<socklen_t>(arguments[2]);
		const os::Address own = address_at(memory, arguments[1], length);
		const std::string port = "port" + std::to_string(fd);
		if (result < 0 ||
		    (own.family() != AF_INET && own.family() != AF_INET6 && own.family() != AF_VSOCK))
			return;
		ports_[static_cast<int>(os::port_of(own))] = port;
		return add_setup((own.family() == AF_VSOCK ? "vsock_port(" : "local_port(") + name + ')',
				 port);
	}
	case SYS_setsockopt: {
		const int level = static_cast<int>(arguments[1]), option = static_cast<int>(arguments[2]);
		const auto number_of = memory.array<int>(arguments[3], 1);
		const std::string which = name + ", " + os::option_name(level, option) + ", ";
		const bool is_int = arguments[4] == sizeof(int) && !number_of.empty();
		const std::string text =
			is_int && !is_word(memory.read(arguments[3], sizeof(int)))
				? "setsockopt(" + which + "&(int){" + std::to_string(number_of[0]) + "}, 4)"
				: "setsockopt(" + which + value(memory, arguments[3], arguments[4]) + ')';
		if (level == SOL_PACKET && (option == PACKET_TX_RING || option == PACKET_RX_RING))
			return cannot("a ring of packets is in shared memory");
		if (level == SOL_SOCKET && option == SO_ATTACH_FILTER)
			return either("setsockopt(" + which + filter(memory, arguments[3]) + ')');
		if (level == SOL_SOCKET && option == SO_ZEROCOPY) {
			add({.step = {.call = text, .answer = answer(result)}, .fd = fd});
			return;
		}
		if (level == SOL_SOCKET && option == SO_LINGER)
			descriptors_[fd].lingers = result == 0;
		/* This is for one congestion window everywhere. */
		if (level == SOL_TCP && option == TCP_CONGESTION)
			return;
		return either(text);
	}
	case SYS_getsockopt:
		return got_option(call, result);
	case SYS_epoll_ctl: {
		const auto event = memory.object<epoll_event>(arguments[3]);
		return either("epoll_ctl(" + name + ", " +
			      os::epoll_operation(static_cast<int>(arguments[1])) + ", " +
			      fd_text(arguments[2]) +
			      ", &(struct epoll_event){.events = " + os::epoll_events(event.events) + "})");
	}
	case SYS_epoll_wait:
	case SYS_epoll_pwait:
		return epolled(call, result);
	default:
		return observe_file(call, result);
	}
}

} // namespace trace
