/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <cstdint>

#include "os/deadline.h"
#include "os/fd.h"
#include "transport/transport.h"

namespace transport
{

/*
 * Hears of the sockets that the kernel frees, of one kind and from here on, in
 * the namespace that this object was made in: sock_diag(7). A closed socket is
 * freed when nothing needs it any more: no data, no packet on its way, and no
 * notification structure, each of which holds the socket.
 */
class FreedSockets {
public:
	/* Throws std::system_error where the kernel cannot tell. */
	explicit FreedSockets(const Transport &transport);
	/* What to know a socket by when it is closed. */
	static std::uint64_t cookie(int socket);
	/* Wait until that one is freed. False when the deadline passes first. */
	bool await(std::uint64_t cookie, const os::Deadline &deadline = os::Event::sockets) const;

private:
	os::Fd netlink_;
};

/* What `ss --kill` does: the kernel ends the socket, which the caller has open. Returns an errno, EOPNOTSUPP
 * where the kernel cannot (CONFIG_INET_DIAG_DESTROY). Throws std::system_error where it cannot be asked. */
int destroy(int socket, const Transport &transport);

} // namespace transport
