// SPDX-License-Identifier: GPL-2.0
#include "transport/freed_sockets.h"

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <poll.h>

#include <array>
#include <cstring>

#include "netns/netlink.h"
#include "os/address.h"
#include "os/check.h"
#include "os/option.h"
#include "os/told.h"

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

bool FreedSockets::await(std::uint64_t cookie, const os::Deadline &deadline) const
{
	std::array<char, 4096> text;
	pollfd polls[] = {{netlink_.get(), POLLIN, 0}};

	while (os::poll(polls, deadline) == 1) {
		const ssize_t length = ::recv(netlink_.get(), text.data(), text.size(), MSG_DONTWAIT);

		os::check(length, "recv(NETLINK_SOCK_DIAG)");
		if (announced(text.data(), length) == cookie)
			return true;
	}
	return false;
}

int destroy(int socket, const Transport &transport)
{
	const std::uint64_t cookie = FreedSockets::cookie(socket);
	const bool ipv6 = transport.family == AF_INET6;
	inet_diag_req_v2 request = {};
	netns::NetlinkRequests requests;
	const auto put = [ipv6](const os::Address &from, void *address, std::uint16_t &port) {
		const auto &v6 = reinterpret_cast<const sockaddr_in6 &>(from.storage);
		const auto &v4 = reinterpret_cast<const sockaddr_in &>(from.storage);

		port = ipv6 ? v6.sin6_port : v4.sin_port;
		if (ipv6)
			std::memcpy(address, &v6.sin6_addr, sizeof(v6.sin6_addr));
		else
			std::memcpy(address, &v4.sin_addr, sizeof(v4.sin_addr));
	};
	os::Address peer;

	peer.length = sizeof(peer.storage);
	os::check(::getpeername(socket, peer.get(), &peer.length), "getpeername()");
	request.sdiag_family = static_cast<std::uint8_t>(transport.family);
	request.sdiag_protocol = transport.kind & tcp ? IPPROTO_TCP : IPPROTO_UDP;
	put(os::local_address(socket), request.id.idiag_src, request.id.idiag_sport);
	put(peer, request.id.idiag_dst, request.id.idiag_dport);
	request.id.idiag_cookie[0] = static_cast<std::uint32_t>(cookie);
	request.id.idiag_cookie[1] = static_cast<std::uint32_t>(cookie >> 32);
	os::tell_tracer("destroyed", std::to_string(socket));
	requests.begin(SOCK_DESTROY, NLM_F_ACK, request);
	return requests.make(netns::open_netlink(NETLINK_SOCK_DIAG).get());
}

} // namespace transport
