/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MSG_ZEROCOPY_TRANSPORT_TRANSPORT_H
#define MSG_ZEROCOPY_TRANSPORT_TRANSPORT_H

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <span>

namespace transport
{

/* What a kind of socket can be asked for. Cases select by these. */
enum Kind : unsigned {
	stream = 1 << 0,
	datagram = 1 << 1,
	tcp = 1 << 2,
	udp = 1 << 3,
};

/* A kind of socket, as data. */
struct Transport {
	const char *name;
	unsigned kind;
	int family;	    /* of the sender's socket */
	int type;	    /* SOCK_STREAM or SOCK_DGRAM */
	int address_family; /* of the addresses on the wire: AF_INET where v4-mapped */
	int error_level;    /* of the control message that carries its notifications */
	int error_type;
	std::size_t largest_datagram; /* in bytes; 0 for streams */

	/* An IPv6 socket with IPv4 addresses. */
	bool mapped() const { return family == AF_INET6 && address_family == AF_INET; }
};

std::span<const Transport> transports();

/* A socket address of either family, for system calls. */
struct Address {
	sockaddr_storage storage = {};
	socklen_t length = 0;

	const sockaddr *get() const { return reinterpret_cast<const sockaddr *>(&storage); }
	sockaddr *get() { return reinterpret_cast<sockaddr *>(&storage); }
};

/* `text` is an address of the wire's family; where `socket_family` is AF_INET6
 * and the text is IPv4, the result is v4-mapped. */
Address make_address(int socket_family, const char *text, std::uint16_t port);

} // namespace transport

#endif
