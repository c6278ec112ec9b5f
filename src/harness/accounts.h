/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MSG_ZEROCOPY_HARNESS_ACCOUNTS_H
#define MSG_ZEROCOPY_HARNESS_ACCOUNTS_H

#include <string>
#include <vector>

#include "netns/network.h"
#include "os/deadline.h"
#include "os/fd.h"

namespace harness
{

/*
 * What the kernel still holds for a case once all that the case had is closed.
 * It must be nothing. Two accounts show it for one case alone:
 *
 * - The sockets of its network namespaces: the first line of /proc/net/sockstat
 *   counts them from net/core/sock.c:sk_alloc to __sk_free, of every family. Each
 *   flagged send that is not complete holds a reference to its socket (net/core/
 *   skbuff.c:msg_zerocopy_alloc), and so does each packet that is not freed: a
 *   leak of any of these keeps the count up. The columns of /proc/net/protocols
 *   and of TCP and UDP in sockstat count sockets that can be looked up, which
 *   one that was closed and leaked cannot; the memory there is all namespaces'.
 *   VSOCK has no column of its own. A socket of its that closes waits for its
 *   peer, for 8 seconds where that has gone (VSOCK_CLOSE_TIMEOUT).
 * - The locked pages of its user, where RLIMIT_MEMLOCK binds that user.
 */
class Accounts {
public:
	/* Before the case: in the process that will run it. */
	Accounts();

	/* The case used this; while that stands, and before what it sent over it is closed. */
	void follow(const netns::Network &network);
	/* Locked pages that are still charged: lines that say so, none where they were
	 * given back within the deadline. */
	std::vector<std::string> locked_pages(os::Deadline deadline = os::Deadline());
	/* Sockets that are still there, likewise. Takes a grace period of RCU where
	 * the `ip` command was at work: net/netlink/af_netlink.c:netlink_release. */
	std::vector<std::string> sockets(os::Deadline deadline = os::Deadline());

private:
	struct Space {
		std::string whose;
		/* Of that namespace: /proc/net/sockstat, protocols, tcp and tcp6. */
		os::Fd sockstat;
		os::Fd protocols;
		os::Fd tcp[2];
		unsigned left() const;
		/* All that is left is closed TCP that still sends what it took, or
		 * waits for the other end's FIN. */
		bool only_orphans() const;
		unsigned orphans() const;
		/* By protocol: "TCP 1, UDP 2". */
		std::string hashed() const;
		std::string describe() const;
	};

	void open(const char *whose);
	bool settled() const;

	bool nothing_locked_before_;
	std::vector<Space> spaces_;
};

} // namespace harness

#endif
