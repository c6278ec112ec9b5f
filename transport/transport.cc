// SPDX-License-Identifier: GPL-2.0
#include "transport/transport.h"

#include <arpa/inet.h>

#include <array>
#include <cstring>
#include <stdexcept>
#include <string>

namespace transport
{

namespace
{

constexpr unsigned tcp_stream = stream | tcp;
constexpr unsigned udp_datagram = datagram | udp;

constexpr std::array all = {
	Transport{"tcp4", tcp_stream, AF_INET, SOCK_STREAM, AF_INET, SOL_IP, IP_RECVERR, 0},
	Transport{"tcp6", tcp_stream, AF_INET6, SOCK_STREAM, AF_INET6, SOL_IPV6, IPV6_RECVERR, 0},
	Transport{"tcp6-mapped", tcp_stream, AF_INET6, SOCK_STREAM, AF_INET, SOL_IPV6, IPV6_RECVERR, 0},
	Transport{"udp4", udp_datagram, AF_INET, SOCK_DGRAM, AF_INET, SOL_IP, IP_RECVERR, 65507},
	Transport{"udp6", udp_datagram, AF_INET6, SOCK_DGRAM, AF_INET6, SOL_IPV6, IPV6_RECVERR, 65527},
	Transport{"udp6-mapped", udp_datagram, AF_INET6, SOCK_DGRAM, AF_INET, SOL_IPV6, IPV6_RECVERR, 65507},
};

} // namespace

std::span<const Transport> transports()
{
	return all;
}

Address make_address(int socket_family, const char *text, std::uint16_t port)
{
	Address address;
	bool parsed = false;

	if (socket_family == AF_INET) {
		sockaddr_in ipv4 = {};

		ipv4.sin_family = AF_INET;
		ipv4.sin_port = htons(port);
		parsed = ::inet_pton(AF_INET, text, &ipv4.sin_addr) == 1;
		std::memcpy(&address.storage, &ipv4, sizeof(ipv4));
		address.length = sizeof(ipv4);
	} else {
		const bool is_ipv4 = !std::strchr(text, ':');
		const std::string ipv6_text = is_ipv4 ? std::string("::ffff:") + text : text;
		sockaddr_in6 ipv6 = {};

		ipv6.sin6_family = AF_INET6;
		ipv6.sin6_port = htons(port);
		parsed = ::inet_pton(AF_INET6, ipv6_text.c_str(), &ipv6.sin6_addr) == 1;
		std::memcpy(&address.storage, &ipv6, sizeof(ipv6));
		address.length = sizeof(ipv6);
	}
	if (!parsed)
		throw std::invalid_argument(std::string("not an address: ") + text);
	return address;
}

} // namespace transport
