// SPDX-License-Identifier: GPL-2.0
#include "explore/history.h"

#include <gtest/gtest.h>

namespace
{

using explore::explicable;
using explore::Report;
using explore::Timed;

TEST(History, OfNoCallsIsExplicable)
{
	EXPECT_TRUE(explicable(7, {}, {}));
}

TEST(History, OfCallsThatOverlapHasAnyOrder)
{
	const std::vector<Timed> both = {{1, 4}, {2, 3}};

	EXPECT_TRUE(explicable(0, both, {}));
	EXPECT_TRUE(explicable(0, both, {{{0, 1}, 9}}));
	/* The second call began too late for id 0, which the first can have had. */
	EXPECT_TRUE(explicable(0, {{1, 9}, {5, 9}}, {{{0, 0}, 3}}));
}

TEST(History, KnowsThatNoIdComesBeforeItsCall)
{
	EXPECT_FALSE(explicable(0, {{5, 6}}, {{{0, 0}, 3}}));
	EXPECT_TRUE(explicable(0, {{5, 6}}, {{{0, 0}, 5}}));
	/* Two were read when one had begun. */
	EXPECT_FALSE(explicable(0, {{1, 9}, {5, 9}}, {{{0, 1}, 3}}));
	/* Those before the first are of other calls. */
	EXPECT_TRUE(explicable(2, {{5, 6}}, {{{0, 1}, 3}}));
}

TEST(History, KeepsTheOrderOfCallsThatDoNotOverlap)
{
	const std::vector<Timed> calls = {{6, 7}, {1, 2}, {3, 9}};

	EXPECT_TRUE(explicable(4, calls, {{{4, 4}, 2}, {{5, 5}, 4}}));
	/* What ended at 2 has an id ahead of what began at 3. */
	EXPECT_FALSE(explicable(4, {{1, 2}, {3, 9}}, {{{5, 5}, 2}}));
	/* Of three only one had begun as the first id was read, and as it was the second. */
	EXPECT_FALSE(explicable(4, calls, {{{4, 5}, 2}}));
}

} // namespace
