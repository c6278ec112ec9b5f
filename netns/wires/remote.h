/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "netns/path.h"

namespace netns
{

/* Addresses of this machine and of an agent's, as text, "" where there are none of
 * the family, and the device that leads from one to the other. */
struct RemoteEnd {
	std::string device;
	std::string ipv4_here;
	std::string ipv4_there;
	std::string ipv6_here;
	std::string ipv6_there;
	std::uint32_t cid_there = 0; /* of VSOCK; 0: none */
	unsigned mtu = 1500;	     /* in bytes: a packet of so many goes there by either family */
};
/* Where paths to an agent lead from here on. */
void use_remote_end(const RemoteEnd &end);
const RemoteEnd &remote_end();

/* From here on paths() are those to an agent, of which this is known: its traits for a kind
 * of socket, 0 where it cannot be reached by that. */
void use_remote_paths(unsigned tcp, unsigned udp, unsigned vsock, int address_family);
/* Empty until then. */
std::span<const Path> remote_paths();

} // namespace netns
