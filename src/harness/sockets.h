/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include "harness/test.h"
#include "os/address.h"
#include "os/fd.h"
#include "transport/transport.h"

/* Sockets of the case's own on a path, and their option. */
namespace harness
{

/* Do it in a network namespace of the path, and come back to the sender's; `act` may throw. */
template <typename Act> auto within(Test &test, const netns::Namespace &space, Act act)
{
	struct Back {
		const netns::Network &network;
		~Back() { network.sender().enter(); }
	} back{test.network()};

	space.enter();
	return act();
}
/* The same in the receiver's. */
template <typename Act> auto at_receiver(Test &test, Act act)
{
	return within(test, test.network().receiver(), act);
}

/* A socket of the transport, in the sender's namespace, as socket() made it. */
os::Fd new_socket(Test &test);

/* A socket at the receiver's end, and its address as the sender must give it. */
struct Bound {
	os::Fd socket;
	os::Address address;
};
/* Of the transport's type, at a port that the kernel chooses. A stream's does not listen.
 * `address_family`: AF_UNSPEC is the transport's; an IPv6 sender reaches an AF_INET socket by a
 * mapped address, which is the one given. */
Bound bound_at_receiver(Test &test, int address_family = AF_UNSPEC);
/* A stream's that listens: for os::accept(). */
Bound listener_at_receiver(Test &test);
/* An address at the receiver where nobody listens. The returned socket reserves a TCP port;
 * a UDP socket would receive there, so it is closed. */
Bound closed_port(Test &test);

/* setsockopt(SO_ZEROCOPY): its errno, 0 where it succeeds. */
int set_zerocopy(int socket, int value);
/* getsockopt(SO_ZEROCOPY). */
int zerocopy(int socket);
/* It reads as it was just set, which is ZC-SO-03's, whatever the case is about besides. */
void reads_back(At at, int socket, int value, const std::string &of_what = "");
/* SO_ERROR, which reading clears, is that errno; 0: none is pending. */
void pending_error_is(At at, int socket, int expected);

} // namespace harness
