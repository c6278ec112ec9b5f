/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <string>
#include <vector>

#include "netns/network.h"
#include "os/deadline.h"
#include "os/fd.h"

namespace harness
{

/*
 * The resources that the kernel still holds for a case after the case has closed
 * everything. There must be none. Two counts can be attributed to a single case:
 *
 * - The sockets of its network namespaces: the first line of /proc/net/sockstat
 *   counts them from net/core/sock.c:sk_alloc to __sk_free, of every family. Each
 *   flagged send that is not complete holds a reference to its socket (net/core/
 *   skbuff.c:msg_zerocopy_alloc), and so does each packet that is not freed: a
 *   leak of any of these keeps the count up. The columns of /proc/net/protocols
 *   and of TCP and UDP in sockstat count sockets that can be looked up, which
 *   one that was closed and leaked cannot; the memory there is all namespaces'.
 *   VSOCK has no column of its own. A closing VSOCK socket waits for its peer, for up
 *   to 8 seconds where the peer has gone (VSOCK_CLOSE_TIMEOUT).
 * - The locked pages of its user, where RLIMIT_MEMLOCK binds that user.
 */
class Accounts {
public:
	/* Before the case: in the process that will run it. */
	explicit Accounts(bool initial_root);

	/* The case used this network. Call it while the network stands and the case's sockets
	 * are open. */
	void follow(const netns::Network &network);
	/* It was followed, and no socket is left, not even one that still sends. */
	bool all_gone() const;
	/* Locked pages that are still charged: lines that say so, none where they were
	 * given back within the deadline. */
	std::vector<std::string> locked_pages(const os::Deadline &deadline = os::Event::memory);
	/* Sockets that are still there, likewise. Takes a grace period of RCU where
	 * the `ip` command was at work: net/netlink/af_netlink.c:netlink_release. */
	std::vector<std::string> sockets(const os::Deadline &deadline = os::Event::sockets);

private:
	struct Space {
		std::string whose;
		unsigned own; /* sockets of the network itself */
		os::Fd space;
		os::Fd sockstat;
		/* A table of /proc/net of that namespace, as it is now. Leaves the process there. */
		std::string table(const char *name) const;
		unsigned left() const;
		/* The only sockets left are closed TCP ones that still send accepted data or
		 * wait for the peer's FIN. */
		bool only_orphans() const;
		unsigned orphans() const;
		/* By protocol: "TCP 1, UDP 2". */
		std::string hashed() const;
		std::string describe() const;
	};

	void open(const char *whose, const netns::Network &network, const netns::Namespace &space);
	bool settled() const;

	bool initial_root_;
	bool nothing_locked_before_;
	std::vector<Space> spaces_;
};

} // namespace harness
