// SPDX-License-Identifier: GPL-2.0
/* Routing domains (vrf). What sockets send through a device in a domain passes the device of the domain
 * first: drivers/net/vrf.c:vrf_l3_out hands it on as it is. A packet that a route gives to the domain's
 * device itself is routed once more by vrf_xmit. */
#include <string>

#include "netns/stack.h"
#include "netns/sysctl.h"

namespace netns
{

namespace
{

constexpr os::KernelParts parts = {"vrf devices (CONFIG_NET_VRF, CONFIG_IP_MULTIPLE_TABLES, CONFIG_VETH)",
				   {"veth", "vrf"}};

/* The sockets of the tests are bound to no device. They get what comes in through the domain by
 * *_l3mdev_accept, and may have an address of it, which is not local to them, by ip_nonlocal_bind. */
void reach_unbound_sockets(const Site &, bool)
{
	for (const char *name : {"tcp_l3mdev_accept", "udp_l3mdev_accept", "ip_nonlocal_bind"})
		write_sysctl("ipv4/" + std::string(name), "1");
}

/* The rule stands behind that of the main table (32766), where a test may put a route of its own. */
#define IN_DOMAIN "rule add pref 40000 to 192.0.2.0/24 lookup 10\n"

constexpr Stack rows[] = {
	{.name = "vrf",
	 .summary = "veth devices in a vrf",
	 .parts = parts,
	 .device = nullptr,
	 .after = "link add name zc3 type vrf table 10\n"
		  "link set dev zc3 up\n"
		  "link set dev zc0 master zc3\n" IN_DOMAIN,
	 .address_family = AF_INET,
	 .more = reach_unbound_sockets},
	{.name = "vrf-leak",
	 .summary = "routes that lead into a vrf",
	 .parts = parts,
	 .device = "link add name zc0 type vrf table 10\n"
		   "link set dev zc1 master zc0\n",
	 .after = "route add $PEER_V4 dev zc0\n"
		  "route add $PEER_V4 dev zc1 table 10\n",
	 .address_family = AF_INET,
	 .more = reach_unbound_sockets},
};

const StackRegistration registration(rows);

} // namespace

} // namespace netns
