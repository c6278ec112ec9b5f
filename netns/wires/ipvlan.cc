// SPDX-License-Identifier: GPL-2.0
/* An ipvlan in L2 mode on one end of a veth pair. */
#include <string>

#include "netns/batches.h"
#include "netns/site.h"
#include "netns/wire.h"

namespace netns::ipvlan_wire
{

BATCH(ipvlan);

void build(Site &site)
{
	site.join(std::string(batch_veth) + batch_ipvlan);
}

/* To an address that is no other ipvlan's, drivers/net/ipvlan/ipvlan_core.c:
 * ipvlan_xmit_mode_l2 hands the packet to the lower device as it is: dev_queue_xmit
 * copies nothing. What copies is local delivery at the other end of the pair. */
constexpr Path paths[] = {
	{.name = "ipvlan",
	 .summary = "an ipvlan on a veth pair to a second namespace",
	 .tcp = to_local_socket | basic | stacked,
	 .udp = to_local_socket | basic | stacked},
};

WIRE(.paths = paths, .two_ends = true, .build = build,
     .parts = {"ipvlan devices (CONFIG_IPVLAN, CONFIG_VETH)", {"veth", "ipvlan"}});

} // namespace netns::ipvlan_wire
