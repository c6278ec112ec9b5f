/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <sys/socket.h>

#include <span>
#include <string>

#include "netns/path.h"
#include "netns/site.h"
#include "netns/wire.h"
#include "os/kernel_parts.h"

namespace netns
{

/* Of the devices below. */
inline constexpr Addresses lower_addresses = {"198.51.100.1", "198.51.100.2"};

/*
 * A wire with one path over it: a pair of veth devices, and on it, or at it, what the row says.
 * The lines are for `ip -batch` and `tc -batch`, run at each end in its namespace. In them
 * $OWN_V4 and $PEER_V4 are the addresses of this end and of the other, $OWN_V6 and $PEER_V6
 * likewise; $OWN_LOWER_V4 and so on are those of the devices below, $OWN_MAC and $PEER_MAC
 * their link-layer addresses.
 */
struct Stack {
	const char *name;
	const char *summary;
	os::KernelParts parts;
	/* They make zc0 on this end of the pair, which is called zc1 then and has addresses
	 * (netns/underlay.batch). Null: zc0 is the end of the pair itself. */
	const char *device;
	/* More, once zc0 has addresses. */
	const char *after = "";
	const char *traffic_control = "";
	/* Beside those of a stack to a local socket. */
	unsigned traits = 0;
	unsigned tcp = 0;
	unsigned udp = 0;
	bool datagrams = true;
	/* Of the addresses that it carries; AF_UNSPEC: any. */
	int address_family = AF_UNSPEC;
	/* As Path::transparent. */
	bool transparent = false;
	/* A second pair, both ends of which are called zc2. */
	bool second_pair = false;
	/* That `more` opens. */
	OwnSockets sockets = {};
	/* What no such line does, at each end between the device's lines and zc0's addresses. */
	void (*more)(const Site &site, bool sender) = nullptr;
	/* It has a state that a Watch would not see, such as keys or sequence numbers, and that cannot be
	 * forgotten: each test builds its own. See Wire::lasting. */
	bool own_state = false;
	/* As Wire::forget. */
	void (*forget)() = nullptr;
};

/* The variables of a row's lines replaced, as they are at one end. */
std::string with_addresses(std::string text, bool sender);

/* Static objects of this type make wires of rows. */
struct StackRegistration {
	explicit StackRegistration(std::span<const Stack> rows);
};

} // namespace netns
