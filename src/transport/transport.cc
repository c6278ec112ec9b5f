// SPDX-License-Identifier: GPL-2.0
#include "transport/transport.h"

#include <arpa/inet.h>
#include <linux/vm_sockets.h>

#include <array>
#include <cstring>
#include <stdexcept>
#include <string>

#include "errqueue/notification.h"

namespace transport
{

namespace
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

template <typename Kind> Address address_of(const Kind &kind)
{
	Address address;

	std::memcpy(&address.storage, &kind, sizeof(kind));
	address.length = sizeof(kind);
	return address;
}

Address loopback_address(const char *text, std::uint32_t port)
{
	sockaddr_vm vsock = {};

	if (text != std::to_string(VMADDR_CID_LOCAL))
		throw std::invalid_argument(std::string("VSOCK CID ") + text +
					    " leads out of this machine: refused");
	vsock.svm_family = AF_VSOCK;
	vsock.svm_cid = VMADDR_CID_LOCAL;
	vsock.svm_port = port == 0 ? VMADDR_PORT_ANY : port;
	return address_of(vsock);
}

} // namespace

std::span<const Transport> transports()
{
	return rows;
}

unsigned traits(const netns::Path &path, const Transport &transport)
{
	if (transport.kind & vsock)
		return path.vsock;
	return transport.kind & stream ? path.tcp : path.udp;
}

Address make_guest_address(std::uint32_t cid, std::uint32_t port)
{
	sockaddr_vm vsock = {};

	vsock.svm_family = AF_VSOCK;
	vsock.svm_cid = cid;
	vsock.svm_port = port;
	return address_of(vsock);
}

Address make_address(int socket_family, const char *text, std::uint32_t port)
{
	if (socket_family == AF_VSOCK)
		return loopback_address(text, port);
	if (socket_family == AF_INET) {
		sockaddr_in ipv4 = {};

		ipv4.sin_family = AF_INET;
		ipv4.sin_port = htons(port);
		if (::inet_pton(AF_INET, text, &ipv4.sin_addr) == 1)
			return address_of(ipv4);
	} else {
		const bool is_ipv4 = !std::strchr(text, ':');
		const std::string ipv6_text = is_ipv4 ? std::string("::ffff:") + text : text;
		sockaddr_in6 ipv6 = {};

		ipv6.sin6_family = AF_INET6;
		ipv6.sin6_port = htons(port);
		if (::inet_pton(AF_INET6, ipv6_text.c_str(), &ipv6.sin6_addr) == 1)
			return address_of(ipv6);
	}
	throw std::invalid_argument(std::string("not an address: ") + text);
}

} // namespace transport
