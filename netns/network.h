/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include "netns/namespace.h"
#include "netns/path.h"
#include "netns/site.h"
#include "netns/wire.h"
#include "os/fd.h"

namespace netns
{

/* The namespaces and devices of a path, which are removed with this object. */
class Network {
public:
	/* Builds it and leaves the caller in the sender's namespace: the one that it is
	 * in, which is not ours, where the path leads to an agent. `ipv6`: give
	 * the devices IPv6 addresses too. Throws where the kernel lacks a part. */
	Network(const Path &path, bool ipv6);

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
	/* The user end of a tun or macvtap device: the frames that left through it;
	 * -1 on other paths. */
	int tun() const { return site_.tun.get(); }
	/* They begin with an Ethernet header. */
	bool tun_ethernet() const { return site_.tun_ethernet; }
	/* Hold::neighbour: let the neighbour be known, so that packets go on. */
	void resolve_neighbour() const;

private:
	Site site_;
	os::Fd packet_tap_;
	os::Fd xdp_;
};

} // namespace netns
