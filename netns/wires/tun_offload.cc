// SPDX-License-Identifier: GPL-2.0
/* A tun device that takes packets as the stack makes them, before a scripted peer. */
#include "netns/batches.h"
#include "netns/device.h"
#include "netns/ip_command.h"
#include "netns/macvtap.h"
#include "netns/namespace.h"
#include "netns/site.h"
#include "netns/wire.h"

namespace netns::tun_offload_wire
{

/* The kernel sends nothing again of its own accord: a peer asks for it. */
void build(Site &site)
{
	Namespace::send_large_packets();
	site.tun = open_tun(device_name);
	accept_offloads(site.tun.get());
	ip_batch(site.lines(batch_sender, batch_sender_ipv6) +
		 site.lines(batch_patient_cork, batch_patient_cork_ipv6));
	site.wait_sender();
}

constexpr Path paths[] = {
	{.name = "peer-tun",
	 .summary = "a scripted peer behind a tun device",
	 .tcp = scripted | copies,
	 .hold = Hold::peer},
};

WIRE(.paths = paths, .place = 4, .build = build, .lasting = true,
     .parts = {"tun devices (CONFIG_TUN and /dev/net/tun)", {"tun"}});

} // namespace netns::tun_offload_wire
