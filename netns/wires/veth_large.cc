// SPDX-License-Identifier: GPL-2.0
/* A veth pair with an MTU of 65535, whose route has a retransmission timeout of a minute. */
#include "netns/batches.h"
#include "netns/site.h"
#include "netns/wire.h"

namespace netns::veth_large_wire
{

BATCH(veth_large);

void build(Site &site)
{
	site.join(batch_veth_large, site.lines(batch_patient_cork, batch_patient_cork_ipv6));
}

constexpr Path paths[] = {
	{.name = "cork",
	 .summary = "a veth pair, the sender corked",
	 .tcp = to_local_socket | holds,
	 .hold = Hold::cork},
};

WIRE(.paths = paths, .place = 2, .mtu = 65535, .two_ends = true, .build = build, .lasting = true,
     .parts = {"veth devices (CONFIG_VETH)", {"veth"}});

} // namespace netns::veth_large_wire
