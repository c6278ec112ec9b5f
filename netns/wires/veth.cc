// SPDX-License-Identifier: GPL-2.0
/* A veth pair with the usual MTU of 1500. */
#include "netns/batches.h"
#include "netns/site.h"
#include "netns/wire.h"

namespace netns::veth_wire
{

void build(Site &site)
{
	site.join(batch_veth);
}

/* On a device that cannot gather or checksum, and above the MTU, UDP copies in the
 * call (net/ipv4/ip_output.c:__ip_append_data), and completes as any datagram:
 * when it is freed. TCP leaves the copy to the device's queue (net/core/sock.c:
 * sk_setup_caps grants it scatter-gather whatever the device can), which reports
 * it or, without scatter-gather, does not (ZC-CP-15). */
constexpr Path paths[] = {
	{.name = "veth",
	 .summary = "a veth pair to a second namespace",
	 .tcp = to_local_socket | basic,
	 .udp = to_local_socket | basic},
	{.name = "sniffed",
	 .summary = "a veth pair, a packet socket listening at the sender's end",
	 .tcp = to_local_socket | sniffed,
	 .udp = to_local_socket | sniffed,
	 .tweak = Tweak::packet_tap},
	{.name = "sg-off",
	 .summary = "a veth pair without scatter-gather",
	 .tcp = delivers | local | device_without_sg | segments_copied,
	 .udp = to_local_socket | device_without_sg,
	 .tweak = Tweak::sg_off},
	{.name = "tx-off",
	 .summary = "a veth pair without checksum offload",
	 .tcp = to_local_socket | device_without_checksum,
	 .udp = to_local_socket | device_without_checksum,
	 .tweak = Tweak::tx_checksum_off},
	{.name = "fragments",
	 .summary = "a veth pair, datagrams larger than its MTU",
	 .udp = to_local_socket | fragments,
	 .datagram = 5000},
	/* Native XDP on a veth device copies what it takes in and says nothing of it
	 * (ZC-CP-12): to the sender, a machine on the wire. Not there on a kernel
	 * that says so. */
	{.name = "veth-xdp",
	 .summary = "a veth pair, a native XDP program at the receiver's end",
	 .tcp = delivers | local | shares | xdp,
	 .udp = delivers | local | shares | xdp,
	 .tweak = Tweak::receiver_xdp},
};

WIRE(.paths = paths, .place = 1, .two_ends = true, .build = build, .lasting = true,
     .parts = {"veth devices (CONFIG_VETH)", {"veth"}});

} // namespace netns::veth_wire
