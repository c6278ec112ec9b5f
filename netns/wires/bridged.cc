// SPDX-License-Identifier: GPL-2.0
/* Two veth pairs, and a bridge between them. */
#include "netns/batches.h"
#include "netns/device.h"
#include "netns/site.h"
#include "netns/wire.h"

namespace netns::bridged_wire
{

BATCH(bridge);

void build(Site &site)
{
	site.join(batch_veth, "", batch_bridge);
	site.receiver->enter();
	for (const char *port : {"zc1", "zc2"})
		wait_running(port);
	site.sender->enter();
}

constexpr Path paths[] = {
	{.name = "bridged-xdp",
	 .summary = "two veth pairs and a bridge, a native XDP program at the receiver's end",
	 .tcp = delivers | local | bridged | shares,
	 .udp = delivers | local | bridged | shares,
	 .tweak = Tweak::receiver_xdp},
};

WIRE(.paths = paths, .two_ends = true, .build = build,
     .parts = {"veth and bridge devices (CONFIG_VETH, CONFIG_BRIDGE)", {"veth", "bridge"}});

} // namespace netns::bridged_wire
