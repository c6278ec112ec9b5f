// SPDX-License-Identifier: GPL-2.0
/* An 802.1Q vlan device on each end of a veth pair. */
#include <string>

#include "netns/batches.h"
#include "netns/site.h"
#include "netns/wire.h"

namespace netns::vlan_wire
{

BATCH(vlan);

void build(Site &site)
{
	site.join(std::string(batch_veth) + batch_vlan, "", batch_vlan);
}

/* net/8021q/vlan_dev.c:vlan_dev_hard_start_xmit notes the tag beside the packet and hands it
 * to the lower device: dev_queue_xmit copies nothing. veth takes tags that way, and its
 * vlan_features let the vlan device gather and checksum as it does itself (vlan_dev_fix_features).
 * At the other end net/8021q/vlan_core.c:vlan_do_receive takes the tag off as it was put on.
 * What copies is local delivery behind that. */
constexpr Path paths[] = {
	{.name = "vlan",
	 .summary = "vlan devices on a veth pair to a second namespace",
	 .tcp = to_local_socket | basic | stacked,
	 .udp = to_local_socket | basic | stacked},
};

WIRE(.paths = paths, .two_ends = true, .build = build,
     .parts = {"vlan devices (CONFIG_VLAN_8021Q, CONFIG_VETH)", {"veth", "8021q"}});

} // namespace netns::vlan_wire
