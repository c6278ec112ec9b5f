/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>

namespace os
{

/* A socket address of any family, for system calls. */
struct Address {
	sockaddr_storage storage = {};
	socklen_t length = 0;

	int family() const { return storage.ss_family; }
	sockaddr *get() { return reinterpret_cast<sockaddr *>(&storage); }
	const sockaddr *get() const { return reinterpret_cast<const sockaddr *>(&storage); }
};

/* Nothing where the text is no address of IPv4 or IPv6. */
std::optional<Address> ip_address(const std::string &text, std::uint16_t port);
/* Port 0: any. */
Address vsock_address(std::uint32_t cid, std::uint32_t port);

/* Of a socket that is bound. Throws std::system_error. */
Address local_address(int socket);
std::uint32_t port_of(const Address &address);
/* The address without the port, as text; of VSOCK the CID. */
std::string text_of(const Address &address);

} // namespace os
