// SPDX-License-Identifier: GPL-2.0
/* A device that drops what it is given, at once, without a copy. */
#include "netns/batches.h"
#include "netns/ip_command.h"
#include "netns/site.h"
#include "netns/wire.h"

namespace netns::sink_wire
{

BATCH(sink_dummy);
BATCH(sink_ifb);
BATCH(sink_bridge);
BATCH(patient_neighbour);
BATCH(patient_neighbour_ipv6);

/* The quickest to make first: a bridge takes a grace period to make and another to take down. */
constexpr const char *kinds[] = {batch_sink_dummy, batch_sink_ifb, batch_sink_bridge};
std::size_t kind = 0;

void choose(std::size_t way)
{
	kind = way;
}

void build(Site &site)
{
	ip_batch(kinds[kind] + site.lines(batch_sender, batch_sender_ipv6) +
		 (site.path.hold == Hold::neighbour
			  ? site.lines(batch_patient_neighbour, batch_patient_neighbour_ipv6)
			  : site.lines(batch_neighbour, batch_neighbour_ipv6)));
}

constexpr Path paths[] = {
	{.name = "sink", .summary = "a device that drops what it is given", .udp = shares | in_call},
	{.name = "sink-sniffed",
	 .summary = "a device that drops what it is given, a packet socket listening on it",
	 .udp = copies | in_call | sniffed,
	 .tweak = Tweak::packet_tap},
	{.name = "sink-unsniffed",
	 .summary = "the same, the packet socket ignoring outgoing packets",
	 .udp = shares | in_call,
	 .tweak = Tweak::packet_tap_ignoring_outgoing},
	{.name = "unresolved",
	 .summary = "a device that drops what it is given, the neighbour not answering",
	 .udp = shares | holds | holds_many,
	 .hold = Hold::neighbour},
};

WIRE(.paths = paths, .place = 6, .build = build, .lasting = true,
     .parts = {"dummy, ifb or bridge devices (CONFIG_DUMMY)", {"dummy", "ifb", "bridge"}},
     .ways = std::size(kinds), .choose = choose);

} // namespace netns::sink_wire
