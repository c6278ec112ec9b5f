/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <chrono>

#include "os/fd.h"

namespace netns
{

/*
 * A private network namespace without a name: it lives as long as this object,
 * the processes in it and the sockets opened in it. Nothing is left behind
 * however the process ends, and nothing under /run/netns is needed.
 */
class Namespace {
public:
	/* Make a new one, with loopback up, and enter it. */
	static Namespace create();
	/* The one that the calling thread is in. */
	static Namespace current();
	/* Move the calling thread into this namespace. */
	void enter() const;
	/* Enter it, and make it a router. */
	void route(bool ipv6) const;
	/* Let TCP of the caller's namespace build packets as large as allowed. After a slow
	 * handshake it would build packets of two segments, and wait for the device to free
	 * each before the next (net/ipv4/tcp_output.c:tcp_tso_autosize,
	 * tcp_small_queue_check). */
	static void send_large_packets();
	/* The least retransmission timeout of TCP in the namespaces that are made. */
	static std::chrono::milliseconds late_retransmission();
	/* Let TCP connections that the caller's namespace makes from here on probe for the path
	 * MTU as soon as they have data enough (tcp_mtu_probing 2). */
	static void probe_path_mtu();
	int fd() const { return fd_.get(); }
	/* One that was made elsewhere. */
	explicit Namespace(os::Fd fd) : fd_(std::move(fd)) {}

private:
	os::Fd fd_;
};

/*
 * Become root of a new user namespace, unless the caller may make network namespaces
 * already. Throws std::system_error where user namespaces are not allowed either.
 */
void gain_network_admin();

/* Root of the machine, and not merely of a user namespace. */
bool initial_root();

} // namespace netns
