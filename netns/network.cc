// SPDX-License-Identifier: GPL-2.0
#include "netns/network.h"

#include <sys/socket.h>

#include <array>

#include "netns/batches.h"
#include "netns/bpf.h"
#include "netns/device.h"
#include "netns/ip_command.h"
#include "netns/macvtap.h"

namespace netns
{

namespace
{
constexpr const char *device_name = "zc0"; /* as in the batch files */

/* A bridge takes a grace period to make and another to take down. */
const std::array all_sinks = {
	Sink{"dummy", batch_sink_dummy},
	Sink{"ifb", batch_sink_ifb},
	Sink{"bridge", batch_sink_bridge},
};
const Sink *sink_in_use = all_sinks.data();
} // namespace

std::span<const Sink> sinks()
{
	return all_sinks;
}

void use_sink(const Sink &sink)
{
	sink_in_use = &sink;
}

std::string Network::batch(const char *ipv4, const char *ipv6) const
{
	/* IPv6 first: the IPv4 file is the one that sets the device up. */
	return ipv6_ ? std::string(ipv6) + ipv4 : ipv4;
}

void Network::build_veth(const char *pair)
{
	ip_batch(pair + batch(batch_sender, batch_sender_ipv6) +
			 (path_.hold == Hold::cork ? batch(batch_patient_cork, batch_patient_cork_ipv6) : ""),
		 receiver_->fd());
	receiver_->enter();
	ip_batch(batch(batch_receiver, batch_receiver_ipv6));
	wait_ends();
}

/* Descriptor 9 is the next namespace on the way: first the router's, then the receiver's. */
void Network::build_routed()
{
	router_ = Namespace::create();
	sender_->enter();
	ip_batch(batch_veth + batch(batch_sender, batch_sender_ipv6) +
			 batch(batch_sender_routed, batch_sender_routed_ipv6),
		 router_->fd());
	router_->route(ipv6_);
	ip_batch(batch_veth_onward + batch(batch_router, batch_router_ipv6), receiver_->fd());
	receiver_->enter();
	ip_batch(batch(batch_receiver, batch_receiver_ipv6) +
		 batch(batch_receiver_routed, batch_receiver_routed_ipv6));
	router_->enter();
	for (const char *device : {"zc0", "zc1"})
		wait_running(device);
	if (ipv6_)
		for (const char *address : {"fe80::3", "fe80::4"})
			wait_local(address);
	wait_ends();
}

void Network::build_bridged()
{
	ip_batch(batch_veth + batch(batch_sender, batch_sender_ipv6), receiver_->fd());
	receiver_->enter();
	ip_batch(batch_bridge + batch(batch_receiver, batch_receiver_ipv6));
	for (const char *port : {"zc1", "zc2"})
		wait_running(port);
	wait_ends();
}

/* Both ends can send and be sent to. */
void Network::wait_ends() const
{
	sender_->enter();
	wait_running(device_name);
	if (ipv6_)
		wait_local(addresses(AF_INET6).sender);
	receiver_->enter();
	wait_running(device_name);
	if (ipv6_)
		wait_local(addresses(AF_INET6).receiver);
	sender_->enter();
}

void Network::build_sink()
{
	ip_batch(sink_in_use->batch + batch(batch_sender, batch_sender_ipv6) +
		 (path_.hold == Hold::neighbour ? batch(batch_patient_neighbour, batch_patient_neighbour_ipv6)
						: batch(batch_neighbour, batch_neighbour_ipv6)));
}

/* The kernel sends nothing again of its own accord: a peer asks for it. */
void Network::build_tun()
{
	Namespace::send_large_packets();
	tun_ = open_tun(device_name);
	accept_offloads(tun_.get());
	ip_batch(batch(batch_sender, batch_sender_ipv6) + batch(batch_patient_cork, batch_patient_cork_ipv6));
	wait_running(device_name);
	if (ipv6_)
		wait_local(addresses(AF_INET6).sender);
}

void Network::build_macvtap()
{
	Namespace::send_large_packets();
	ip_batch(batch_macvtap + batch(batch_sender, batch_sender_ipv6) +
		 batch(batch_neighbour, batch_neighbour_ipv6) +
		 batch(batch_patient_cork, batch_patient_cork_ipv6));
	for (const char *device : {device_name, "zc1", "zc2"})
		wait_running(device);
	tun_ = open_macvtap("zc2");
	accept_offloads(tun_.get());
	if (ipv6_)
		wait_local(addresses(AF_INET6).sender);
}

Network::Network(const Path &path, bool ipv6) : path_(path), ipv6_(ipv6)
{
	if (path.two_ends())
		receiver_ = Namespace::create();
	sender_ = Namespace::create();

	switch (path.wire) {
	case Wire::loopback:
		break;
	case Wire::veth:
		build_veth(batch_veth);
		break;
	case Wire::veth_large:
		build_veth(batch_veth_large);
		break;
	case Wire::sink:
		build_sink();
		break;
	case Wire::routed:
		build_routed();
		break;
	case Wire::bridged:
		build_bridged();
		break;
	case Wire::netkit:
		build_veth(batch_netkit);
		break;
	case Wire::tun:
		tun_ = open_tun(device_name);
		ip_batch(batch(batch_sender, batch_sender_ipv6));
		break;
	case Wire::tun_offload:
		build_tun();
		break;
	case Wire::macvtap:
		build_macvtap();
		break;
	}

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
		receiver_->enter();
		xdp_ = attach_xdp_pass(device_name, Xdp::native);
		sender_->enter();
		break;
	}
}

Addresses Network::addresses(int family) const
{
	const bool loopback = path_.wire == Wire::loopback;

	if (family == AF_INET)
		return loopback ? Addresses{"127.0.0.1", "127.0.0.1"} : Addresses{"192.0.2.1", "192.0.2.2"};
	return loopback ? Addresses{"::1", "::1"} : Addresses{"2001:db8::1", "2001:db8::2"};
}

const char *Network::device() const
{
	return path_.wire == Wire::loopback ? "lo" : device_name;
}

void Network::resolve_neighbour() const
{
	ip_batch(batch(batch_neighbour, batch_neighbour_ipv6));
}

} // namespace netns
