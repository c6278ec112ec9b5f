// SPDX-License-Identifier: GPL-2.0
#include "os/address.h"

#include <arpa/inet.h>
#include <linux/vm_sockets.h>
#include <netinet/in.h>

#include <array>
#include <cstring>

#include "os/check.h"

namespace os
{

template <typename Kind> static Address address_of(const Kind &kind)
{
	Address address;

	std::memcpy(&address.storage, &kind, sizeof(kind));
	address.length = sizeof(kind);
	return address;
}

template <typename Kind> static const Kind &as(const Address &address)
{
	return *reinterpret_cast<const Kind *>(&address.storage);
}

std::optional<Address> ip_address(const std::string &text, std::uint16_t port)
{
	sockaddr_in ipv4 = {};
	sockaddr_in6 ipv6 = {};

	ipv4.sin_family = AF_INET;
	ipv4.sin_port = htons(port);
	ipv6.sin6_family = AF_INET6;
	ipv6.sin6_port = htons(port);
	if (::inet_pton(AF_INET, text.c_str(), &ipv4.sin_addr) == 1)
		return address_of(ipv4);
	if (::inet_pton(AF_INET6, text.c_str(), &ipv6.sin6_addr) == 1)
		return address_of(ipv6);
	return std::nullopt;
}

Address vsock_address(std::uint32_t cid, std::uint32_t port)
{
	sockaddr_vm vsock = {};

	vsock.svm_family = AF_VSOCK;
	vsock.svm_cid = cid;
	vsock.svm_port = port == 0 ? VMADDR_PORT_ANY : port;
	return address_of(vsock);
}

Address local_address(int socket)
{
	Address address;

	address.length = sizeof(address.storage);
	os::check(::getsockname(socket, address.get(), &address.length), "getsockname()");
	return address;
}

std::uint32_t port_of(const Address &address)
{
	switch (address.family()) {
	case AF_INET:
		return ntohs(as<sockaddr_in>(address).sin_port);
	case AF_INET6:
		return ntohs(as<sockaddr_in6>(address).sin6_port);
	default:
		return as<sockaddr_vm>(address).svm_port;
	}
}

std::string text_of(const Address &address)
{
	std::array<char, INET6_ADDRSTRLEN> text = {};

	switch (address.family()) {
	case AF_INET:
		return ::inet_ntop(AF_INET, &as<sockaddr_in>(address).sin_addr, text.data(), text.size());
	case AF_INET6:
		return ::inet_ntop(AF_INET6, &as<sockaddr_in6>(address).sin6_addr, text.data(), text.size());
	default:
		return std::to_string(as<sockaddr_vm>(address).svm_cid);
	}
}

} // namespace os
