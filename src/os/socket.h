/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include "os/address.h"
#include "os/deadline.h"
#include "os/fd.h"

/* Sockets that a case prepares for itself. What fails throws std::system_error. */
namespace os
{

/* In the calling thread's network namespace; closed by an exec. */
Fd open_socket(int family, int type, int protocol = 0);
/* The same, bound to that address. */
Fd bound_socket(int type, const Address &address);
/* Give it a buffer of that many bytes for what arrives, bind it, and listen where `connections`
 * are to be taken. */
void bind_receiver(int socket, const Address &address, bool connections, int buffer);
void connect(int socket, const Address &address);
/* connect(AF_UNSPEC): a datagram socket forgets its peer, TCP resets its connection. */
void disconnect(int socket);
/* Waits for a connection, without limit. */
Fd accept(int listener);

/* Wait until poll(2) reports any of these events; POLLIN; POLLOUT. False when the deadline passes
 * first. */
bool await_events(int socket, short any_of, const Deadline &deadline = Deadline());
bool await_readable(int socket, const Deadline &deadline = Event::data);
bool await_writable(int socket, const Deadline &deadline = Event::room);

/* One number of SO_MEMINFO, in bytes: SK_MEMINFO_OPTMEM and others. */
unsigned socket_memory(int socket, int which);

/* Bytes that a stream has accepted to send. */
struct SendQueue {
	int unacknowledged; /* SIOCOUTQ: with those not yet sent */
	int unsent;	    /* SIOCOUTQNSD */

	int in_flight() const { return unacknowledged - unsent; }
};
SendQueue send_queue(int socket);

/* Two connected sockets of AF_UNIX. */
struct SocketPair {
	explicit SocketPair(int type);
	Fd first;
	Fd second;
};

} // namespace os
