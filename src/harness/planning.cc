// SPDX-License-Identifier: GPL-2.0
#include "harness/planning.h"

#include <algorithm>
#include <array>

namespace harness
{

static bool fits(int wanted, const transport::Transport &transport)
{
	return wanted == AF_UNSPEC || wanted == transport.address_family;
}

/* What a case takes of a network that must be the suite's own. */
constexpr unsigned own_network =
	needs_root | needs_optmem | needs_freed_sockets | needs_packet | needs_bpf | needs_ping | needs_esp;

static unsigned missing(const Combination &each)
{
	return each.definition->paths & ~each.traits();
}

static unsigned unwanted(const Combination &each)
{
	return each.definition->without & each.traits();
}

static unsigned not_requested(const Combination &each)
{
	return each.traits() & netns::on_request & ~(each.definition->paths | each.definition->also);
}

static bool repeats_ipv4(const Combination &each)
{
	constexpr unsigned enough = netns::holds | netns::shares;

	return each.transport->mapped() && each.path->built() && !each.path->scripted() &&
	       !(each.traits() & netns::remote) && (each.traits() & enough) != enough;
}

/* Only where the case runs on loopback, and in IPv4. */
static bool repeats_loopback(const Combination &each)
{
	return each.transport->address_family == AF_INET6 && (each.traits() & netns::basic) &&
	       !(each.traits() & (netns::remote | netns::simplest | netns::stacked)) &&
	       !(each.definition->without & netns::simplest) && each.definition->address_family != AF_INET6;
}

/* What a stack does to a packet is seen by whether it copies, and what a local socket gets. */
static bool repeats_stack(const Combination &each)
{
	return each.transport->address_family == AF_INET6 && (each.traits() & netns::stacked) &&
	       !(each.definition->paths &
		 (netns::stacked | netns::local | netns::segments_copied | netns::datagrams_cut_by_copying));
}

static bool repeats_result(const Combination &each);

constexpr std::array all = {
	/* These combinations make no sense. */
	Rule{.name = "kind",
	     .reason = "The case is about other kinds of transports.",
	     .excludes =
		     [](const Combination &each) {
			     return !(each.transport->kind & each.definition->transports);
		     },
	     .any_path = true},
	Rule{.name = "family",
	     .reason = "The case is about addresses of another family.",
	     .excludes =
		     [](const Combination &each) {
			     return !fits(each.definition->address_family, *each.transport);
		     },
	     .any_path = true},
	Rule{.name = "no-path",
	     .reason = "The path does not carry this kind of transport.",
	     .excludes = [](const Combination &each) { return each.traits() == 0; }},
	Rule{.name = "path-family",
	     .reason = "The ends of the path have addresses of another family only.",
	     .excludes =
		     [](const Combination &each) {
			     return !(each.transport->kind & transport::vsock) &&
				    !fits(each.path->address_family, *each.transport);
		     }},
	Rule{.name = "trait-missing",
	     .reason = "The path lacks a trait that the case asks for.",
	     .excludes = [](const Combination &each) { return missing(each) != 0; },
	     .traits = missing},
	Rule{.name = "trait-unwanted",
	     .reason = "The path has a trait that the case rules out.",
	     .excludes = [](const Combination &each) { return unwanted(each) != 0; },
	     .traits = unwanted},
	Rule{.name = "out-of-reach",
	     .reason = "The case needs privileges over the network, which an agent's network does not grant.",
	     .excludes =
		     [](const Combination &each) {
			     return (each.traits() & netns::remote) && (each.definition->needs & own_network);
		     }},
	/* These would work, and take time for nothing. */
	Rule{.name = "on-request",
	     .reason = "The path is too slow to run by default and redundant with other paths, so it runs "
		       "only for cases that ask for it.",
	     .excludes = [](const Combination &each) { return not_requested(each) != 0; },
	     .traits = not_requested},
	Rule{.name = "repeats-ipv4",
	     .reason = "v4-mapped sockets send IPv4: beside loopback and the scripted peer, a single device "
		       "that holds and does not copy covers what they add.",
	     .excludes = repeats_ipv4},
	Rule{.name = "repeats-loopback",
	     .reason = "The case already runs over IPv6 on loopback, and between two namespaces over IPv4.",
	     .excludes = repeats_loopback},
	Rule{.name = "repeats-stack",
	     .reason = "The case already runs over IPv4 on the same stack, and whether that copies IPv6 is "
		       "judged by other cases.",
	     .excludes = repeats_stack},
	Rule{.name = "once",
	     .reason = "Transport-independent: run once, on the first applicable transport and path.",
	     .excludes = repeats_result},
};

/* Has a case that runs once an earlier combination that no other rule excludes? */
static bool repeats_result(const Combination &each)
{
	if (!each.definition->once)
		return false;
	for (const Combination &earlier : combinations(*each.definition)) {
		if (earlier.transport == each.transport && earlier.path == each.path)
			return false;
		if (std::ranges::none_of(all, [&](const Rule &rule) {
			    return rule.excludes != repeats_result && rule.excludes(earlier);
		    }))
			return true;
	}
	return false;
}

Entry Combination::entry() const
{
	const bool besides = traits() & definition->also;

	if (definition->entry == Entry::guest_only)
		return Entry::guest_only;
	if (transport->kind & transport::vsock)
		return Entry::vsock;
	return besides && definition->entry == Entry::core ? Entry::stacks : definition->entry;
}

std::string Combination::variant() const
{
	return std::string(transport->name) + '.' + path->name;
}

std::string Combination::name() const
{
	return std::string(definition->name) + '.' + variant();
}

std::span<const Rule> rules()
{
	return all;
}

const Rule *excluded_by(const Combination &combination)
{
	const auto *rule =
		std::ranges::find_if(all, [&](const Rule &each) { return each.excludes(combination); });

	return rule == all.end() ? nullptr : rule;
}

std::vector<Combination> combinations(const Case &definition)
{
	std::vector<Combination> every;

	for (const transport::Transport &transport : transport::transports())
		for (const netns::Path &path : netns::paths())
			every.push_back({&definition, &transport, &path});
	return every;
}

std::vector<const Case *> planned_order()
{
	std::vector<const Case *> order(cases().begin(), cases().end());

	std::ranges::stable_sort(order, {}, [](const Case *definition) {
		return std::pair(definition->apart(), definition->harms());
	});
	return order;
}

std::string default_run(Entry entry)
{
	switch (entry) {
	case Entry::core:
		return "the default run";
	case Entry::guest_only:
		return "no default run";
	default:
		return std::string("run_") + name(entry) + ".sh";
	}
}

} // namespace harness
