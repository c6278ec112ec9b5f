/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <span>
#include <vector>

#include "os/fd.h"

namespace netns
{

/*
 * Watches a network namespace, to know whether a case left it as it found it, so that the next
 * case can have it. What a case does with its sockets leaves nothing behind but neighbours, and what
 * bridges and tunnels learn from frames, which are forgotten. Anything else that was changed is seen:
 *
 * - Netlink tells of every change of a device and its features, an address, a route, a rule, a
 *   neighbour, a queueing discipline, be it by the case, by a command or by the kernel. The place of
 *   programs (clsact) may come and go again, with its filters, and so may a filter at such a place.
 * - touch() tells of what the suite does by ways that netlink does not tell of.
 * - ICMP errors leave routes' path MTUs and use up rate limits (net/ipv4/icmp.c:icmpv4_xrlim_allow),
 *   and fragments wait for the rest: counters tell of both.
 *
 * - TCP is asked for what it remembers of destinations: metrics, which Namespace::create() keeps out,
 *   and cookies of TCP Fast Open.
 */
class Watch {
public:
	/* Sockets of the namespace that a watch itself has. */
	static constexpr unsigned sockets = 2;
	/* How many descriptors make a watch. */
	static constexpr std::size_t size = 6;

	/* From here on, in the namespace that the caller is in. Throws std::exception where not
	 * all of it can be watched. */
	Watch();
	/* One that another process has made, by its descriptors: size of them. */
	explicit Watch(std::span<os::Fd> descriptors);
	/* For that other process. */
	std::vector<int> descriptors() const;

	/* Forget the neighbours that were learned; false where anything else was changed, by whomever. Once
	 * the sockets of the case are gone.
	 * `destinations`: the addresses that connections from this namespace lead to. */
	bool restore(std::span<const char *const> destinations);
	/* /proc/net/sockstat of the namespace. */
	os::Fd socket_counts() const;

	/* The suite changes a namespace, in this process or a child: by a command, a request
	 * or a sysctl. Until untouched() is asked again it is false. */
	static void touch();
	static unsigned touches();
	/* As long as it is there, what this process does is no touch: netlink tells of all of it. */
	class Told {
	public:
		Told();
		~Told();
		Told(const Told &) = delete;
		Told &operator=(const Told &) = delete;

	private:
		unsigned before_;
	};

private:
	os::Fd events_;
	os::Fd metrics_;
	std::vector<os::Fd> counters_;
};

} // namespace netns
