/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <optional>
#include <string>

#include "netns/namespace.h"
#include "netns/path.h"
#include "os/fd.h"

namespace netns
{

/*
 * A network under construction: what Wire::build() completes. The sender's device is called
 * zc0 in its namespace, as in the batch files, and so is the receiver's.
 */
struct Site {
	const Path &path;
	bool ipv6; /* give the devices IPv6 addresses too */
	std::optional<Namespace> sender = {};
	std::optional<Namespace> receiver = {};	  /* where the wire has two ends */
	std::optional<Namespace> router = {};	  /* made by a wire that has one */
	std::optional<Namespace> far_router = {}; /* or two: the one beside the receiver */
	os::Fd tun = {}; /* the user end of a tun or macvtap device; -1 on other wires */

	/* Both texts where the devices get IPv6 addresses, that of IPv4 alone where not. The
	 * IPv6 text comes first, as that of IPv4 sets the device up. */
	std::string lines(const char *ipv4, const char *ipv6_lines) const;
	/* Build the sender's side by a batch of iproute2, to which the receiver's namespace is
	 * descriptor 9 and which leaves a zc0 in both, give both addresses, and wait until they
	 * can send. `more` follows the sender's addresses. `far` precedes the receiver's: where
	 * the pair's end there is not yet the device that gets them, it makes the rest. */
	void join(const std::string &pair, const std::string &more = "", const std::string &far = "");
	/* Wait until both ends can send and be sent to; leaves the caller in the sender's
	 * namespace. */
	void wait_ends() const;
	/* Wait until the sender's device can send; the caller is in its namespace. */
	void wait_sender() const;
};

} // namespace netns
