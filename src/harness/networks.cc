// SPDX-License-Identifier: GPL-2.0
#include "harness/networks.h"

#include <algorithm>
#include <utility>

#include "limits/limits.h"

namespace harness
{

/* Half of those that the process may have: the workers need others. None where there are few. */
static std::size_t most_descriptors()
{
	constexpr rlim_t few = 256;
	const rlim_t all = limits::descriptors();

	return all < few ? 0 : all / 2;
}

/* A network goes with the user namespace of the worker that built it, which root needs not. A
 * trace shows all that a test does. */
Networks::Networks(const std::vector<Planned> &plan, const Options &options, const Facts &facts)
	: most_descriptors_(facts.initial_root() && options.remote.empty() && options.trace.empty() &&
					    options.reproducer.empty()
				    ? most_descriptors()
				    : 0),
	  endless_(options.until_fail)
{
	for (const Planned &planned : plan)
		of(*planned.path).to_come += std::max(options.repeat, 1U);
}

Networks::Standing &Networks::of(const netns::Path &path)
{
	return paths_[path.built() ? &path : nullptr];
}

std::vector<os::Fd> Networks::take(const netns::Path &path)
{
	auto &networks = of(path).networks;
	std::vector<os::Fd> network;

	of(path).in_use++;
	if (networks.empty())
		return network;
	network = std::move(networks.back());
	networks.pop_back();
	descriptors_ -= network.size();
	return network;
}

bool Networks::wanted(const netns::Path &path)
{
	std::size_t &to_come = of(path).to_come;

	to_come -= to_come > 0;
	return handed_on() && (to_come > 0 || endless_);
}

bool Networks::ready(const netns::Path &path) const
{
	/* Stacks take the longest to build, and there are many of them: one each is enough. */
	const bool stack = (path.tcp | path.udp) & netns::stacked;
	const std::size_t enough = stack ? 1 : path.built() ? 3 : 24;
	const auto standing = paths_.find(path.built() ? &path : nullptr);

	return standing == paths_.end() || !handed_on() || !standing->second.networks.empty() ||
	       standing->second.in_use < enough;
}

void Networks::end(const netns::Path &path, std::vector<os::Fd> network)
{
	of(path).in_use--;
	add(path, std::move(network));
}

void Networks::add(const netns::Path &path, std::vector<os::Fd> network)
{
	if (network.empty() || descriptors_ + network.size() > most_descriptors_)
		return;
	descriptors_ += network.size();
	of(path).networks.push_back(std::move(network));
}

void Networks::drop()
{
	for (auto &[path, standing] : paths_)
		standing.networks.clear();
	descriptors_ = 0;
}

} // namespace harness
