// SPDX-License-Identifier: GPL-2.0
#include "bench/flow.h"

#include <linux/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdio>
#include <stdexcept>

#include "bench/drain.h"
#include "netns/ip_command.h"
#include "netns/wire.h"
#include "os/check.h"
#include "os/deadline.h"
#include "os/option.h"

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103 /* include/uapi/linux/udp.h */
#endif

namespace bench
{

namespace
{

/* In bytes. No less than TCP sends at once where devices are quick, and little enough to stay in a cache. */
constexpr int send_buffer = 1 << 20;

/* The device takes more frames than ever wait, and what is lost nevertheless is sent again as soon as on
 * other networks: the suite keeps its kernels from that. */
void make_ordinary(const netns::Network &network, bool ipv6)
{
	netns::ip_batch(network.tun_ethernet() ? "link set dev zc2 txqueuelen 10000\n"
					       : "link set dev zc0 txqueuelen 10000\n");
	netns::ip_batch(ipv6 ? "route replace 2001:db8::/64 dev zc0 proto kernel metric 256\n"
			     : "route replace 192.0.2.0/24 dev zc0 proto kernel scope link src 192.0.2.1\n");
}

/* The first way to build the wire that this kernel can. */
netns::Network build(const netns::Path &path, bool ipv6)
{
	const netns::Wire &wire = *path.wire;

	for (std::size_t way = 0;; way++)
		try {
			if (wire.choose)
				wire.choose(way);
			netns::Network network(path, ipv6);
			if (network.tun() >= 0)
				make_ordinary(network, ipv6);
			return network;
		} catch (const std::exception &) {
			if (way + 1 >= wire.ways)
				throw;
		}
}

std::vector<std::size_t> possible(std::vector<std::size_t> sizes, const transport::Transport &transport)
{
	/* The largest datagram takes the place of larger sizes. */
	if (transport.largest_datagram)
		for (std::size_t &size : sizes)
			size = std::min(size, transport.largest_datagram / 1000 * 1000);
	std::ranges::sort(sizes);
	sizes.erase(std::unique(sizes.begin(), sizes.end()), sizes.end());
	return sizes;
}

void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	os::check(::sched_setaffinity(0, sizeof(set), &set), "sched_setaffinity()");
}

clockid_t cpu_clock(pid_t process)
{
	clockid_t clock = 0;

	os::require(::clock_getcpuclockid(process, &clock) == 0, "clock_getcpuclockid()");
	return clock;
}

} // namespace

Flow::Flow(const Variant &variant, const Options &options)
	: variant_(variant), sizes_(possible(options.sizes, variant.transport)),
	  network_(build(variant.path, variant.transport.address_family == AF_INET6)),
	  link_(network_, variant.transport, {.send_buffer = send_buffer, .offer = {.sack_permitted = true}}),
	  receiver_([&] { return receive(options.receiver_cpu); }),
	  sender_(link_.sender(), cpu_clock(receiver_.pid()), variant.memory, variant.drain_every)
{
	os::set_option(link_.sender(), SOL_SOCKET, SO_SNDTIMEO, os::as_timeval(os::event_timeout()));
	if (variant.transport.kind & transport::tcp)
		/* As senders of bulk data have it. */
		os::set_option(link_.sender(), IPPROTO_TCP, TCP_NODELAY, 0);
	if (variant.transport.kind & transport::udp)
		segment_datagrams(options.segment);
}

const std::vector<Pair> &Flow::pairs(std::size_t size) const
{
	static const std::vector<Pair> none;
	const auto found = pairs_.find(size);

	return found == pairs_.end() ? none : found->second;
}

/* In the child process. */
int Flow::receive(int cpu)
try {
	pin(cpu);
	return receiver_of(link_, network_, variant_.transport)();
} catch (const std::exception &trouble) {
	std::fprintf(stderr, "zerocopy_bench: the receiver of %s: %s\n", variant_.name.c_str(),
		     trouble.what());
	return 1;
}

/* Above the MTU UDP copies in the call, flag or no flag (net/ipv4/ip_output.c:__ip_append_data). */
void Flow::segment_datagrams(unsigned segment)
{
	constexpr std::size_t ample_headers = 100;

	if (segment == 0 && sizes_.back() + ample_headers > variant_.path.mtu())
		segment = variant_.path.datagram;
	if (segment == 0)
		return;
	segment_ = segment;
	/* No more segments than every kernel makes of a call (UDP_MAX_SEGMENTS). */
	std::erase_if(sizes_, [&](std::size_t size) { return size > 64 * segment_; });
	os::require(!sizes_.empty(), "a call has 64 segments at most: no size is left");
	os::set_option(link_.sender(), IPPROTO_UDP, UDP_SEGMENT, static_cast<int>(segment_),
		       "setsockopt(UDP_SEGMENT)");
}

void Flow::measure(std::size_t size, bool flag_first, std::chrono::microseconds duration)
{
	Pair pair;

	for (const bool flagged : {flag_first, !flag_first})
		(flagged ? pair.flag : pair.copy) = sender_.send(size, flagged, duration);
	std::vector<Pair> &pairs = pairs_[size];
	/* The first pair warms caches up. It stands while there is no other. */
	if (pairs.size() == 1 && warm_.insert(size).second)
		pairs.clear();
	pairs.push_back(pair);
}

} // namespace bench
