// SPDX-License-Identifier: GPL-2.0
/* A macvtap on a veth pair of the same namespace, which takes packets as the stack makes
 * them, before a scripted peer. */
#include "netns/macvtap.h"
#include "netns/batches.h"
#include "netns/device.h"
#include "netns/ip_command.h"
#include "netns/namespace.h"
#include "netns/site.h"
#include "netns/wire.h"

namespace netns::macvtap_wire
{

BATCH(macvtap);

void build(Site &site)
{
	Namespace::send_large_packets();
	ip_batch(batch_macvtap + site.lines(batch_sender, batch_sender_ipv6) +
		 site.lines(batch_neighbour, batch_neighbour_ipv6) +
		 site.lines(batch_patient_cork, batch_patient_cork_ipv6));
	for (const char *device : {device_name, "zc1", "zc2"})
		wait_running(device);
	site.tun = open_macvtap("zc2");
	accept_offloads(site.tun.get());
	site.wait_sender();
}

constexpr Path paths[] = {
	{.name = "peer-macvtap",
	 .summary = "a scripted peer behind a macvtap, which holds the pages until it is read",
	 .tcp = scripted | shares,
	 .udp = scripted | shares,
	 .hold = Hold::peer},
};

WIRE(.paths = paths, .place = 5, .build = build, .tun_ethernet = true, .lasting = true,
     .parts = {"macvtap devices (CONFIG_MACVTAP, CONFIG_VETH) and root of the machine", {"veth", "macvtap"}});

} // namespace netns::macvtap_wire
