// SPDX-License-Identifier: GPL-2.0
#include "netns/network.h"

#include <sys/socket.h>

#include "netns/batches.h"
#include "netns/bpf.h"
#include "netns/device.h"
#include "netns/ip_command.h"

namespace netns
{

Network::Network(const Path &path, bool ipv6) : site_{path, ipv6}
{
	if (path.to_agent()) {
		site_.sender = Namespace::current();
		return;
	}
	if (path.two_ends())
		site_.receiver = Namespace::create();
	site_.sender = Namespace::create();
	if (path.built())
		path.wire->build(site_);

	switch (path.tweak) {
	case Tweak::none:
		break;
	case Tweak::sg_off:
		set_offload(device_name, Offload::scatter_gather, false);
		break;
	case Tweak::tx_checksum_off:
		set_offload(device_name, Offload::tx_checksum, false);
		break;
	case Tweak::packet_tap:
		packet_tap_ = open_packet_tap(device_name, Outgoing::seen);
		break;
	case Tweak::packet_tap_ignoring_outgoing:
		packet_tap_ = open_packet_tap(device_name, Outgoing::ignored);
		break;
	case Tweak::receiver_xdp:
		site_.receiver->enter();
		xdp_ = attach_xdp_pass(device_name, Xdp::native);
		site_.sender->enter();
		break;
	}
}

Addresses Network::addresses(int family) const
{
	return family == AF_VSOCK ? Addresses{"1", "1"} : path().wire->addresses(family);
}

const char *Network::device() const
{
	return path().wire->device();
}

void Network::resolve_neighbour() const
{
	ip_batch(site_.lines(batch_neighbour, batch_neighbour_ipv6));
}

} // namespace netns
