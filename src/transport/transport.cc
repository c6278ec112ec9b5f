// SPDX-License-Identifier: GPL-2.0
#include "transport/transport.h"

#include <linux/vm_sockets.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <string>

#include "errqueue/notification.h"

namespace transport
{

constexpr unsigned tcp_stream = stream | tcp;
constexpr unsigned udp_datagram = datagram | udp;

constexpr std::array rows = {
	Transport{"tcp4", tcp_stream, AF_INET, SOCK_STREAM, AF_INET, SOL_IP, IP_RECVERR, 0},
	Transport{"tcp6", tcp_stream, AF_INET6, SOCK_STREAM, AF_INET6, SOL_IPV6, IPV6_RECVERR, 0},
	Transport{"tcp6-mapped", tcp_stream, AF_INET6, SOCK_STREAM, AF_INET, SOL_IPV6, IPV6_RECVERR, 0},
	Transport{"udp4", udp_datagram, AF_INET, SOCK_DGRAM, AF_INET, SOL_IP, IP_RECVERR, 65507},
	Transport{"udp6", udp_datagram, AF_INET6, SOCK_DGRAM, AF_INET6, SOL_IPV6, IPV6_RECVERR, 65527},
	Transport{"udp6-mapped", udp_datagram, AF_INET6, SOCK_DGRAM, AF_INET, SOL_IPV6, IPV6_RECVERR, 65507},
	Transport{"vsock-stream", vsock | vsock_stream | stream, AF_VSOCK, SOCK_STREAM, AF_VSOCK, SOL_VSOCK,
		  VSOCK_RECVERR, 0},
	Transport{"vsock-seqpacket", vsock | seqpacket, AF_VSOCK, SOCK_SEQPACKET, AF_VSOCK, SOL_VSOCK,
		  VSOCK_RECVERR, 0},
};

static os::Address loopback_address(const char *text, std::uint32_t port)
{
	if (text != std::to_string(VMADDR_CID_LOCAL))
		throw std::invalid_argument(std::string("VSOCK CID ") + text +
					    " leads out of this machine: refused");
	return os::vsock_address(VMADDR_CID_LOCAL, port);
}

std::span<const Transport> transports()
{
	return rows;
}

std::vector<std::string> names(unsigned kinds)
{
	std::vector<std::string> names;

	for (const Transport &each : rows)
		if (each.kind & kinds)
			names.emplace_back(each.name);
	return names;
}

const Transport &first_transport(unsigned kinds, int address_family)
{
	return *std::ranges::find_if(rows, [&](const Transport &each) {
		return (each.kind & kinds) &&
		       (address_family == AF_UNSPEC || each.address_family == address_family);
	});
}

unsigned traits(const netns::Path &path, const Transport &transport)
{
	if (transport.kind & vsock)
		return path.vsock;
	return transport.kind & stream ? path.tcp : path.udp;
}

os::Address make_address(int socket_family, const char *text, std::uint32_t port)
{
	if (socket_family == AF_VSOCK)
		return loopback_address(text, port);
	const bool mapped = socket_family == AF_INET6 && !std::strchr(text, ':');
	const std::optional<os::Address> address = os::ip_address(
		mapped ? std::string("::ffff:") + text : text, static_cast<std::uint16_t>(port));

	if (!address || address->family() != socket_family)
		throw std::invalid_argument(std::string("not an address: ") + text);
	return *address;
}

} // namespace transport
