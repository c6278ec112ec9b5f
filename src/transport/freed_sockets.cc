// SPDX-License-Identifier: GPL-2.0
#include "transport/freed_sockets.h"

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <poll.h>

#include <array>
#include <cstring>

#include "os/check.h"
#include "os/option.h"

namespace transport
{

static int group_of(const Transport &transport)
{
	const bool ipv6 = transport.family == AF_INET6;

	if (transport.kind & tcp)
		return ipv6 ? SKNLGRP_INET6_TCP_DESTROY : SKNLGRP_INET_TCP_DESTROY;
	return ipv6 ? SKNLGRP_INET6_UDP_DESTROY : SKNLGRP_INET_UDP_DESTROY;
}

/* The cookie in an announcement; 0, which no socket has, in anything else. */
static std::uint64_t announced(const void *text, std::size_t length)
{
	nlmsghdr header;
	inet_diag_msg message;

	if (length < NLMSG_LENGTH(sizeof(message)))
		return 0;
	std::memcpy(&header, text, sizeof(header));
	if (header.nlmsg_type != SOCK_DIAG_BY_FAMILY)
		return 0;
	std::memcpy(&message, static_cast<const char *>(text) + NLMSG_HDRLEN, sizeof(message));
	/* net/core/sock_diag.c:sock_diag_save_cookie: the low half first. */
	return message.id.idiag_cookie[0] | std::uint64_t{message.id.idiag_cookie[1]} << 32;
}

FreedSockets::FreedSockets(const Transport &transport)
	: netlink_(os::check(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG),
			     "socket(NETLINK_SOCK_DIAG)"))
{
	const sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_pad = 0, .nl_pid = 0, .nl_groups = 0};

	os::check(::bind(netlink_.get(), reinterpret_cast<const sockaddr *>(&address), sizeof(address)),
		  "bind(NETLINK_SOCK_DIAG)");
	os::set_option(netlink_.get(), SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, group_of(transport),
		       "setsockopt(NETLINK_ADD_MEMBERSHIP)");
}

std::uint64_t FreedSockets::cookie(int socket)
{
	return os::get_option<std::uint64_t>(socket, SOL_SOCKET, SO_COOKIE, "getsockopt(SO_COOKIE)");
}

bool FreedSockets::await(std::uint64_t cookie, os::Deadline deadline) const
{
	std::array<char, 4096> text;
	pollfd poll = {netlink_.get(), POLLIN, 0};

	while (::poll(&poll, 1, deadline.left_ms()) == 1) {
		const ssize_t length = ::recv(netlink_.get(), text.data(), text.size(), MSG_DONTWAIT);

		os::check(length, "recv(NETLINK_SOCK_DIAG)");
		if (announced(text.data(), length) == cookie)
			return true;
	}
	return false;
}

} // namespace transport
