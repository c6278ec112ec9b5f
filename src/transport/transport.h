/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "netns/path.h"
#include "os/address.h"

namespace transport
{

/* What a kind of socket can be asked for. Cases select by these. */
enum Kind : unsigned {
	stream = 1 << 0,
	datagram = 1 << 1,
	tcp = 1 << 2,
	udp = 1 << 3,
	vsock = 1 << 4,
	vsock_stream = 1 << 5,
	seqpacket = 1 << 6, /* VSOCK's other kind: a connection, like a stream, of messages, like datagrams */
	connected = tcp | vsock,
	all = tcp | udp | vsock,
};

/* A kind of socket, as data. */
struct Transport {
	const char *name;
	unsigned kind;
	int family;	    /* of the sender's socket */
	int type;	    /* SOCK_STREAM, SOCK_DGRAM or SOCK_SEQPACKET */
	int address_family; /* of the addresses on the wire: AF_INET where v4-mapped */
	int error_level;    /* of the control message that carries its notifications */
	int error_type;
	std::size_t largest_datagram; /* in bytes; 0 for streams and where a buffer limits it */

	/* An IPv6 socket with IPv4 addresses. */
	bool mapped() const { return family == AF_INET6 && address_family == AF_INET; }
};

std::span<const Transport> transports();
/* The names of those of these kinds. */
std::vector<std::string> names(unsigned kinds);
/* The first that is of one of these kinds, and has addresses of this family on the wire. */
const Transport &first_transport(unsigned kinds, int address_family = AF_UNSPEC);

/* The traits of a path for a kind of socket; 0: it is none for it. */
unsigned traits(const netns::Path &path, const Transport &transport);

/*
 * `text` is an address of the wire's family; where `socket_family` is AF_INET6
 * and the text is IPv4, the result is v4-mapped. Of VSOCK it is a CID, and none but
 * loopback: any other leads out of this machine, but to a guest that the suite plays itself or
 * to an agent, for which os::vsock_address() serves. A port of 0 is any.
 */
os::Address make_address(int socket_family, const char *text, std::uint32_t port);

} // namespace transport
