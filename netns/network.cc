// SPDX-License-Identifier: GPL-2.0
#include "netns/network.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include <exception>
#include <span>

#include "netns/batches.h"
#include "netns/bpf.h"
#include "netns/device.h"
#include "netns/route.h"
#include "netns/sysctl.h"

namespace netns
{

/* Without need of them, IPv6 addresses take time, and may not stay: a vrf takes them from its devices. */
static bool wants_ipv6(const Path &path, bool ipv6)
{
	return ipv6 && path.address_family != AF_INET;
}

Network::Network(const Path &path, bool ipv6) : site_{path, wants_ipv6(path, ipv6)}
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
	tweak(true);
	retransmit_late();
}

Network::Network(const Path &path, bool ipv6, std::vector<os::Fd> &&standing)
	: site_{path, wants_ipv6(path, ipv6)}
{
	std::span<os::Fd> rest = standing;

	for (std::optional<Namespace> *const space :
	     {&site_.sender, &site_.receiver, &site_.router, &site_.far_router}) {
		if (rest.size() <= Watch::size)
			break;
		space->emplace(std::move(rest.front()));
		watches_.emplace_back(rest.subspan(1, Watch::size));
		rest = rest.subspan(1 + Watch::size);
	}
	if (!rest.empty())
		site_.tun = std::move(rest.front());
	site_.sender->enter();
	tweak(false);
	begin_watch();
}

/* Where no sysctl says it: see Namespace::create(). A family that has no route to the receiver needs none. */
void Network::retransmit_late() const
{
	if (path().tcp == 0 || ::access("/proc/sys/net/ipv4/tcp_rto_min_us", F_OK) == 0)
		return;
	for (const int family : {AF_INET, AF_INET6})
		set_least_retransmission_timeout(addresses(family).receiver,
						 Namespace::late_retransmission());
}

/* A device stays as it was tweaked. */
void Network::tweak(bool built)
{
	switch (path().tweak) {
	case Tweak::none:
		break;
	case Tweak::sg_off:
		if (built)
			set_offload(device_name, Offload::scatter_gather, false);
		break;
	case Tweak::tx_checksum_off:
		if (built)
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

void Network::watch()
try {
	if (!path().wire->lasting || xdp_)
		return;
	for (const Namespace *const space : spaces()) {
		space->enter();
		watches_.emplace_back();
	}
	site_.sender->enter();
	begin_watch();
} catch (const std::exception &) {
	site_.sender->enter();
	watches_.clear();
}

void Network::begin_watch()
{
	touches_ = Watch::touches();
	remember_sysctls();
}

std::vector<const Namespace *> Network::spaces() const
{
	std::vector<const Namespace *> all = {&sender()};

	for (const std::optional<Namespace> *const other :
	     {&site_.receiver, &site_.router, &site_.far_router})
		if (*other)
			all.push_back(&**other);
	return all;
}

unsigned Network::sockets(const Namespace &space) const
{
	const OwnSockets &wires = site_.path.wire->sockets;
	const unsigned own = &space == &sender() ? wires.sender : &space == &receiver() ? wires.receiver : 0;

	return own + (watched() ? Watch::sockets + (&space == &sender() && site_.tun ? 1 : 0) : 0);
}

os::Fd Network::socket_counts(const Namespace &space) const
{
	const std::vector<const Namespace *> all = spaces();

	return watched() ? watches_[std::ranges::find(all, &space) - all.begin()].socket_counts() : os::Fd();
}

void Network::clear()
{
	std::array<char, 1 << 16> frame;

	packet_tap_.close();
	xdp_.close();
	while (site_.tun && ::read(site_.tun.get(), frame.data(), frame.size()) >= 0)
		;
}

bool Network::restore()
{
	const Addresses ends[] = {addresses(AF_INET), addresses(AF_INET6)};
	const char *const from_sender[] = {ends[0].receiver, ends[1].receiver};
	const char *const from_receiver[] = {ends[0].sender, ends[1].sender};

	return Watch::touches() == touches_ && sysctls_are_back() && forget() &&
	       std::ranges::all_of(watches_, [&](Watch &watch) {
		       return watch.restore(&watch == &watches_.front() ? from_sender : from_receiver);
	       });
}

bool Network::forget() const
try {
	for (const Namespace *const space : spaces())
		if (path().wire->forget) {
			space->enter();
			path().wire->forget();
		}
	return true;
} catch (const std::exception &) {
	return false;
}

std::vector<int> Network::descriptors() const
{
	const std::vector<const Namespace *> all_spaces = spaces();
	std::vector<int> all;

	for (std::size_t i = 0; i < watches_.size(); i++) {
		const std::vector<int> of_watch = watches_[i].descriptors();

		all.push_back(all_spaces[i]->fd());
		all.insert(all.end(), of_watch.begin(), of_watch.end());
	}
	if (site_.tun)
		all.push_back(site_.tun.get());
	return all;
}

/* As neighbour.batch says it; this is without the time that a command takes. */
constexpr std::array<std::uint8_t, 6> neighbour_ethernet = {2, 0, 0, 0, 0, 2};

Addresses Network::addresses(int family) const
{
	return family == AF_VSOCK ? Addresses{"1", "1"} : path().wire->addresses(family);
}

const char *Network::device() const
{
	return path().wire->device();
}

std::vector<std::string> Network::last_hops() const
{
	const Wire &wire = *path().wire;
	std::vector<std::string> devices = {wire.last_hop_device ? wire.last_hop_device : last_device()};

	if (wire.second_last_hop)
		devices.emplace_back(wire.second_last_hop);
	return devices;
}

const Namespace &Network::last_hop() const
{
	switch (path().wire->last_hop) {
	case Node::router:
		return *site_.router;
	case Node::far_router:
		return *site_.far_router;
	default:
		return sender();
	}
}

void Network::resolve_neighbour() const
{
	const Watch::Told told;

	for (const int family : {AF_INET, AF_INET6})
		if (family == AF_INET || site_.ipv6)
			know_neighbour(device_name, addresses(family).receiver, neighbour_ethernet);
}

} // namespace netns
