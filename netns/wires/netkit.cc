// SPDX-License-Identifier: GPL-2.0
/* A pair of netkit devices. */
#include "netns/batches.h"
#include "netns/site.h"
#include "netns/wire.h"

namespace netns::netkit_wire
{

BATCH(netkit);

void build(Site &site)
{
	site.join(batch_netkit);
}

constexpr Path paths[] = {
	{.name = "netkit",
	 .summary = "a netkit pair to a second namespace",
	 .tcp = to_local_socket | other_pair,
	 .udp = to_local_socket | other_pair},
};

WIRE(.paths = paths, .two_ends = true, .build = build, .lasting = true,
     .parts = {"netkit devices (CONFIG_NETKIT, Linux 6.7)", {"netkit"}});

} // namespace netns::netkit_wire
