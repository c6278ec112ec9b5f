// SPDX-License-Identifier: GPL-2.0
#include "netns/wire.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

namespace
{

TEST(Wires, WhatIsBuiltSaysWhatItNeeds)
{
	for (const netns::Wire *wire : netns::wires()) {
		ASSERT_FALSE(wire->paths.empty());
		if (wire->build) {
			ASSERT_NE(wire->parts.words, nullptr) << wire->paths.front().name;
			EXPECT_FALSE(os::config_options(wire->parts.words).empty())
				<< wire->paths.front().name;
		}
		EXPECT_EQ(wire->ways > 1, wire->choose != nullptr) << wire->paths.front().name;
	}
}

TEST(Wires, PathsHaveNamesOfTheirOwn)
{
	std::set<std::string> names;

	for (const netns::Path &path : netns::paths())
		EXPECT_TRUE(names.insert(path.name).second) << path.name;
}

/* A case that runs once takes the first that it applies to. */
TEST(Wires, OrdinaryPathsComeFirst)
{
	const auto paths = netns::paths();
	auto first = [&](auto wanted) { return std::ranges::find_if(paths, wanted) - paths.begin(); };
	auto last = [&](auto wanted) {
		return paths.rend() - std::find_if(paths.rbegin(), paths.rend(), wanted) - 1;
	};
	auto plain = [](const netns::Path &path) {
		return path.hold == netns::Hold::none && !path.vsock &&
		       !((path.tcp | path.udp) & netns::on_request);
	};
	auto holds = [](const netns::Path &path) { return path.hold != netns::Hold::none; };
	auto on_request = [](const netns::Path &path) {
		return ((path.tcp | path.udp) & netns::on_request) != 0;
	};
	auto vsock = [](const netns::Path &path) { return path.vsock != 0; };

	EXPECT_TRUE(paths.front().tcp & netns::simplest);
	EXPECT_LT(last(plain), first(holds));
	EXPECT_LT(first(holds), first(on_request));
	EXPECT_LT(last(on_request), first(vsock));
}

} // namespace
