// SPDX-License-Identifier: GPL-2.0
/* A tun device, whose packets the test reads and nobody answers. */
#include "netns/batches.h"
#include "netns/device.h"
#include "netns/ip_command.h"
#include "netns/site.h"
#include "netns/wire.h"

namespace netns::tun_wire
{

void build(Site &site)
{
	site.tun = open_tun(device_name);
	ip_batch(site.lines(batch_sender, batch_sender_ipv6));
}

constexpr Path paths[] = {
	{.name = "tun",
	 .summary = "a tun device, its packets read by the test",
	 .udp = delivers | copies | in_call},
};

WIRE(.paths = paths, .place = 3, .build = build, .lasting = true,
     .parts = {"tun devices (CONFIG_TUN and /dev/net/tun)", {"tun"}});

} // namespace netns::tun_wire
