/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <string>
#include <vector>

#include "netns/namespace.h"
#include "netns/path.h"
#include "netns/site.h"
#include "netns/watch.h"
#include "netns/wire.h"
#include "os/fd.h"

namespace netns
{

/* The namespaces and devices of a path, which are removed with this object. */
class Network {
public:
	/* Builds it and leaves the caller in the sender's namespace: the one that it is
	 * in, which is not ours, where the path leads to an agent. `ipv6`: give
	 * the devices IPv6 addresses too, where the path is not one of IPv4 alone. Throws where the kernel
	 * lacks a part. */
	Network(const Path &path, bool ipv6);
	/* One that stands already, by its descriptors(); the caller enters the sender's
	 * namespace. It is watched. */
	Network(const Path &path, bool ipv6, std::vector<os::Fd> &&standing);

	const Path &path() const { return site_.path; }
	const Namespace &sender() const { return *site_.sender; }
	const Namespace &receiver() const { return site_.receiver ? *site_.receiver : *site_.sender; }
	/* Of a routed path: the one between them. */
	const Namespace &router() const { return *site_.router; }
	Addresses addresses(int family) const;
	/* The device that the sender's packets leave by; null where there is none. */
	const char *device() const;
	/* The device by which packets come to the receiver's namespace; null where there is none. */
	const char *last_device() const { return path().wire->last_device(); }
	/* Where data is before it enters the receiver's namespace: the devices that send there, and
	 * their namespace. */
	std::vector<std::string> last_hops() const;
	const Namespace &last_hop() const;
	/* The user end of a tun or macvtap device: the frames that left through it;
	 * -1 on other paths. */
	int tun() const { return site_.tun.get(); }
	/* They begin with an Ethernet header. */
	bool tun_ethernet() const { return path().wire->tun_ethernet; }
	/* Hold::neighbour: let the neighbour be known, so that packets go on. */
	void resolve_neighbour() const;

	/* All of its namespaces: the sender's first, then the receiver's where it has one, then the routers'.
	 */
	std::vector<const Namespace *> spaces() const;
	/* Watch it from here on, so that another test can have it; but where that is impossible. */
	void watch();
	bool watched() const { return !watches_.empty(); }
	/* Sockets that the network itself has in one of its namespaces, where it is watched. */
	unsigned sockets(const Namespace &space) const;
	/* /proc/net/sockstat of one of them, where it is watched; else an empty descriptor. */
	os::Fd socket_counts(const Namespace &space) const;
	/* Throw away what its devices hold, and close the packet sockets on them. */
	void clear();
	/* As it was when the watch began? See Watch::restore(). */
	bool restore();
	/* All that another process needs to have the network. */
	std::vector<int> descriptors() const;

private:
	void tweak(bool built);
	void retransmit_late() const;
	void begin_watch();
	bool forget() const;

	Site site_;
	os::Fd packet_tap_;
	os::Fd xdp_;
	std::vector<Watch> watches_; /* of spaces() */
	unsigned touches_ = 0;	     /* Watch::touches() when the watch began */
};

} // namespace netns
