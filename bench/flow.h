/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "bench/memory.h"
#include "bench/options.h"
#include "bench/sender.h"
#include "bench/slice.h"
#include "netns/network.h"
#include "os/child.h"
#include "transport/link.h"

namespace bench
{

/* A slice without the flag and, just before or behind it, one with the flag. */
struct Pair {
	Slice copy;
	Slice flag;

	/* Of the sending thread's CPU time per byte: below 1 the flag saves some. */
	double ratio() const { return flag.cpu_per_gb() / copy.cpu_per_gb(); }
	/* The same of both ends together. */
	double both_ratio() const { return flag.both_cpu_per_gb() / copy.both_cpu_per_gb(); }
};

/* What a flow is of. All of it outlives the flow. */
struct Variant {
	const transport::Transport &transport;
	const netns::Path &path;
	const Memory &memory;
	unsigned drain_every; /* see Sender */
	std::string name;     /* "tcp4 over veth" */
};

/* A transport over a path, in a network of its own: its sender, its receiving process and what was
 * measured. */
class Flow {
public:
	/* Throws std::exception where the machine lacks a part. */
	Flow(const Variant &variant, const Options &options);

	const Variant &variant() const { return variant_; }
	/* The bytes of a datagram that go into one packet where they do not all; 0: no segmentation. */
	std::size_t segment() const { return segment_; }
	/* Those of the options that a call of this transport can have, in ascending order. */
	const std::vector<std::size_t> &sizes() const { return sizes_; }

	/* One more pair of slices. */
	void measure(std::size_t size, bool flag_first, std::chrono::microseconds duration);
	const std::vector<Pair> &pairs(std::size_t size) const;

private:
	int receive(int cpu);
	void segment_datagrams(unsigned segment);

	Variant variant_;
	std::size_t segment_ = 0;
	std::vector<std::size_t> sizes_;
	netns::Network network_;
	transport::Link link_;
	os::Child receiver_;
	Sender sender_;
	std::map<std::size_t, std::vector<Pair>> pairs_;
	std::set<std::size_t> warm_; /* sizes of which the first pair was dropped */
};

} // namespace bench
