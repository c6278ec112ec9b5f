// SPDX-License-Identifier: GPL-2.0
#include "harness/planning.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "netns/path.h"
#include "netns/wire.h"

namespace
{

using harness::Case;
using harness::Combination;
using netns::Path;
using transport::Transport;

const Transport &transport_named(std::string_view name)
{
	return *std::ranges::find(transport::transports(), name, &Transport::name);
}

const netns::Wire built = {.paths = {}, .build = [](netns::Site &) {}};
const netns::Wire loopback = {.paths = {}};

/* A path that does not exist, of the same traits for every transport. */
Path path_with(unsigned traits, const netns::Wire &wire = built)
{
	return {.name = "path", .summary = "", .tcp = traits, .udp = traits, .vsock = traits, .wire = &wire};
}

/* The name of the rule that excludes a combination, "" where it is planned. */
std::string excluded(const Combination &combination)
{
	const harness::Rule *rule = harness::excluded_by(combination);

	return rule ? rule->name : "";
}

std::string excluded(const Case &definition, std::string_view transport, const Path &path)
{
	return excluded({&definition, &transport_named(transport), &path});
}

constexpr unsigned usual = netns::delivers | netns::basic;

constexpr Case made_up(unsigned transports = transport::all, unsigned paths = netns::delivers)
{
	return {.name = "made_up", .run = nullptr, .transports = transports, .paths = paths};
}

TEST(Planning, ExcludesTransportsOfOtherKinds)
{
	EXPECT_EQ(excluded(made_up(transport::udp), "tcp4", path_with(usual)), "kind");
	EXPECT_EQ(excluded(made_up(transport::udp), "udp4", path_with(usual)), "");
	EXPECT_EQ(excluded(made_up(transport::vsock_stream), "vsock-seqpacket", path_with(usual)), "kind");
}

TEST(Planning, ExcludesAddressesOfOtherFamilies)
{
	Case ipv6 = made_up();
	Path ipv4_only = path_with(usual | netns::remote);

	ipv6.address_family = AF_INET6;
	EXPECT_EQ(excluded(ipv6, "tcp4", path_with(usual)), "family");
	EXPECT_EQ(excluded(ipv6, "tcp6-mapped", path_with(usual)), "family");
	EXPECT_EQ(excluded(ipv6, "tcp6", path_with(usual)), "");

	ipv4_only.address_family = AF_INET;
	EXPECT_EQ(excluded(made_up(), "udp6", ipv4_only), "path-family");
	EXPECT_EQ(excluded(made_up(), "udp6-mapped", ipv4_only), "");
	EXPECT_EQ(excluded(made_up(), "vsock-stream", ipv4_only), "");
}

TEST(Planning, ExcludesPathsThatDoNotCarryTheTransport)
{
	Path for_udp = path_with(usual);

	for_udp.tcp = for_udp.vsock = 0;
	EXPECT_EQ(excluded(made_up(), "tcp4", for_udp), "no-path");
	EXPECT_EQ(excluded(made_up(), "vsock-stream", for_udp), "no-path");
	EXPECT_EQ(excluded(made_up(), "udp4", for_udp), "");
	EXPECT_EQ(excluded(made_up(transport::all, 0), "tcp4", for_udp), "no-path");
}

TEST(Planning, ExcludesPathsByTheirTraits)
{
	const Case holding = made_up(transport::all, netns::delivers | netns::holds);
	Case copying = made_up();

	EXPECT_EQ(excluded(holding, "tcp4", path_with(usual)), "trait-missing");
	EXPECT_EQ(excluded(holding, "tcp4", path_with(usual | netns::holds)), "");
	copying.without = netns::shares | netns::holds;
	EXPECT_EQ(excluded(copying, "tcp4", path_with(usual | netns::holds)), "trait-unwanted");
	EXPECT_EQ(excluded(copying, "tcp4", path_with(usual)), "");
}

TEST(Planning, ExcludesWhatNeedsPrivilegesOverAnAgentsNetwork)
{
	Case privileged = made_up();

	for (const unsigned need :
	     {harness::needs_root, harness::needs_optmem, harness::needs_freed_sockets, harness::needs_packet,
	      harness::needs_bpf, harness::needs_ping, harness::needs_esp}) {
		privileged.needs = need;
		EXPECT_EQ(excluded(privileged, "tcp4", path_with(usual | netns::remote)), "out-of-reach");
		EXPECT_EQ(excluded(privileged, "tcp4", path_with(usual)), "");
	}
	privileged.needs = harness::needs_memlock;
	EXPECT_EQ(excluded(privileged, "tcp4", path_with(usual | netns::remote)), "");
}

TEST(Planning, KeepsSlowPathsForCasesThatAskForThem)
{
	const Case asking = made_up(transport::all, netns::delivers | netns::routed);

	for (unsigned bit = 1; bit != 0; bit <<= 1)
		if (netns::on_request & bit) {
			EXPECT_EQ(excluded(made_up(), "udp4", path_with(usual | bit)), "on-request");
		}
	EXPECT_EQ(excluded(asking, "udp4", path_with(usual | netns::routed)), "");
	EXPECT_EQ(excluded(asking, "udp4", path_with(usual | netns::routed | netns::xdp)), "on-request");
}

TEST(Planning, AddsPathsOnRequestInAnEntryOfTheirOwn)
{
	Case besides = made_up();
	const Path stacked = path_with(usual | netns::stacked);
	const Path usual_path = path_with(usual);

	besides.also = netns::stacked;
	EXPECT_EQ(excluded(besides, "udp4", stacked), "");
	EXPECT_EQ(excluded(besides, "udp4", usual_path), "");
	EXPECT_EQ(excluded(besides, "udp4", path_with(usual | netns::stacked | netns::xdp)), "on-request");
	EXPECT_EQ((Combination{&besides, &transport_named("udp4"), &stacked}.entry()),
		  harness::Entry::stacks);
	EXPECT_EQ((Combination{&besides, &transport_named("udp4"), &usual_path}.entry()),
		  harness::Entry::core);
}

TEST(Planning, RunsMappedSocketsWhereTheyAddToIpv4)
{
	const Case anywhere = made_up(transport::all, 0);
	const unsigned enough = netns::holds | netns::shares;

	for (const unsigned traits : {usual, unsigned{netns::holds}, unsigned{netns::shares}}) {
		EXPECT_EQ(excluded(anywhere, "udp6-mapped", path_with(traits)), "repeats-ipv4");
		EXPECT_EQ(excluded(anywhere, "udp4", path_with(traits)), "");
	}
	EXPECT_EQ(excluded(anywhere, "udp6-mapped", path_with(enough)), "");
	EXPECT_EQ(excluded(anywhere, "udp6-mapped", path_with(usual, loopback)), "");
	EXPECT_EQ(excluded(anywhere, "tcp6-mapped", path_with(netns::scripted)), "");
	EXPECT_EQ(excluded(anywhere, "tcp6-mapped", path_with(usual | netns::remote)), "");
}

TEST(Planning, RunsIpv6BetweenNamespacesWhereItDoesNotRunOnLoopback)
{
	Case ipv6 = made_up();
	Case not_on_loopback = made_up();

	EXPECT_EQ(excluded(made_up(), "tcp6", path_with(usual)), "repeats-loopback");
	EXPECT_EQ(excluded(made_up(), "tcp4", path_with(usual)), "");
	EXPECT_EQ(excluded(made_up(), "tcp6", path_with(usual | netns::simplest)), "");
	EXPECT_EQ(excluded(made_up(), "tcp6", path_with(usual | netns::remote)), "");
	EXPECT_EQ(excluded(made_up(), "tcp6", path_with(netns::delivers)), "");
	ipv6.address_family = AF_INET6;
	EXPECT_EQ(excluded(ipv6, "tcp6", path_with(usual)), "");
	not_on_loopback.without = netns::simplest;
	EXPECT_EQ(excluded(not_on_loopback, "tcp6", path_with(usual)), "");
}

TEST(Planning, RunsIpv6OnStacksForWhatTheyDoToThePages)
{
	const Path stack = path_with(usual | netns::local | netns::stacked);
	Case counting = made_up();
	Case of_stacks = made_up(transport::all, netns::stacked);
	Case delivery = made_up(transport::all, netns::delivers | netns::local);

	for (Case *each : {&counting, &of_stacks, &delivery}) {
		each->also = netns::stacked;
		EXPECT_EQ(excluded(*each, "udp4", stack), "");
		EXPECT_EQ(excluded(*each, "udp6", stack), each == &counting ? "repeats-stack" : "");
	}
}

TEST(Planning, RunsATransportIndependentCaseOnTheFirstCombinationThatNoOtherRuleExcludes)
{
	Case once = made_up(transport::udp, netns::holds);
	std::vector<Combination> planned;

	for (const bool only : {false, true}) {
		once.once = only;
		planned = harness::combinations(once);
		std::erase_if(planned, [](const Combination &each) { return harness::excluded_by(each); });
		ASSERT_FALSE(planned.empty());
		EXPECT_EQ(planned.size() == 1, only);
		EXPECT_EQ(planned.front().transport->name, std::string("udp4"));
	}
	for (const Combination &each : harness::combinations(once))
		if (each.transport->mapped() && each.traits() == planned.front().traits()) {
			EXPECT_EQ(excluded(each), "once");
		}
}

/* The remote rules apply with an agent only. */
TEST(Planning, HasNoRuleThatExcludesNothing)
{
	std::set<std::string> names;
	std::set<std::string> used = {"path-family", "out-of-reach"};

	for (const Case *definition : harness::cases())
		for (const Combination &each : harness::combinations(*definition))
			if (const harness::Rule *rule = harness::excluded_by(each))
				used.insert(rule->name);
	for (const harness::Rule &rule : harness::rules()) {
		EXPECT_TRUE(names.insert(rule.name).second) << rule.name;
		EXPECT_TRUE(std::string_view(rule.reason).ends_with('.')) << rule.name;
	}
	EXPECT_EQ(names, used);
}

/* Or --why could not print one line for the whole transport. */
TEST(Planning, KnowsWhichRulesDoNotLookAtThePath)
{
	const Case nothing = made_up(0);

	for (const harness::Rule &rule : harness::rules())
		for (const Combination &each : harness::combinations(nothing))
			if (rule.any_path) {
				EXPECT_EQ(rule.excludes(each), rule.excludes({each.definition, each.transport,
									      &netns::paths().front()}))
					<< rule.name;
			}
}

TEST(Planning, PutsCasesThatRunAloneBehindOthersAndThoseThatHarmTheKernelLast)
{
	const std::vector<const Case *> order = harness::planned_order();
	const auto rank = [](const Case *definition) { return definition->harms() ? 2 : definition->alone; };

	EXPECT_EQ(order.size(), harness::cases().size());
	EXPECT_TRUE(std::ranges::is_sorted(order, {}, rank));
	for (const int each : {0, 1, 2})
		EXPECT_TRUE(std::ranges::any_of(
			order, [&](const Case *definition) { return rank(definition) == each; }));
}

TEST(Planning, GivesVsockAnEntryOfItsOwnButNotWhatIsForGuestsOnly)
{
	const Path path = path_with(usual);
	Case definition = made_up();

	EXPECT_EQ((Combination{&definition, &transport_named("tcp4"), &path}).entry(), harness::Entry::core);
	EXPECT_EQ((Combination{&definition, &transport_named("vsock-stream"), &path}).entry(),
		  harness::Entry::vsock);
	definition.entry = harness::Entry::guest_only;
	EXPECT_EQ((Combination{&definition, &transport_named("vsock-stream"), &path}).entry(),
		  harness::Entry::guest_only);
	EXPECT_EQ(harness::default_run(harness::Entry::core), "the default run");
	EXPECT_EQ(harness::default_run(harness::Entry::io_uring), "run_io_uring.sh");
	EXPECT_EQ(harness::default_run(harness::Entry::guest_only), "no default run");
}

TEST(TraitNames, AreThoseOfTheHeader)
{
	EXPECT_EQ(netns::trait_names(0), "");
	EXPECT_EQ(netns::trait_names(netns::unread), "unread");
	EXPECT_EQ(netns::trait_names(netns::delivers | netns::holds), "delivers, holds");
}

} // namespace
