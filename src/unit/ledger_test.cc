// SPDX-License-Identifier: GPL-2.0
#include "errqueue/ledger.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace
{

using errqueue::IdRange;
using errqueue::Ledger;
using Ranges = std::vector<IdRange>;

constexpr std::uint32_t uint_max = 4294967295U;

Ledger sent(unsigned count, std::uint32_t first = 0)
{
	Ledger ledger(first);

	while (count--)
		ledger.sent();
	return ledger;
}

TEST(Ledger, GivesIdsFromZeroOn)
{
	Ledger ledger;

	EXPECT_EQ(ledger.sent(), 0U);
	EXPECT_EQ(ledger.sent(), 1U);
	EXPECT_EQ(ledger.next_id(), 2U);
	EXPECT_EQ(ledger.outstanding(), 2U);
	EXPECT_FALSE(ledger.settled());
}

TEST(Ledger, NothingSentIsSettled)
{
	EXPECT_TRUE(Ledger().settled());
}

TEST(Ledger, RangesAreInclusive)
{
	Ledger ledger = sent(4);

	ledger.completed({0, 2});
	EXPECT_EQ(ledger.outstanding(), 1U);
	EXPECT_EQ(ledger.missing(), (Ranges{{3, 3}}));
	ledger.completed({3, 3});
	EXPECT_TRUE(ledger.settled());
}

TEST(Ledger, AnyOrderWillDo)
{
	Ledger ledger = sent(5);

	ledger.completed({4, 4});
	ledger.completed({1, 2});
	EXPECT_EQ(ledger.missing(), (Ranges{{0, 0}, {3, 3}}));
	ledger.completed({3, 3});
	ledger.completed({0, 0});
	EXPECT_TRUE(ledger.settled());
}

TEST(Ledger, SeesADuplicate)
{
	Ledger ledger = sent(3);

	ledger.completed({0, 1});
	ledger.completed({1, 2});
	EXPECT_EQ(ledger.duplicates(), (Ranges{{1, 1}}));
	EXPECT_EQ(ledger.outstanding(), 0U);
	EXPECT_FALSE(ledger.settled());
}

TEST(Ledger, SeesDuplicatesThatSpanSeveralRanges)
{
	Ledger ledger = sent(10);

	ledger.completed({0, 1});
	ledger.completed({4, 5});
	ledger.completed({8, 8});
	ledger.completed({0, 9});
	EXPECT_EQ(ledger.duplicates(), (Ranges{{0, 1}, {4, 5}, {8, 8}}));
	EXPECT_EQ(ledger.outstanding(), 0U);
}

TEST(Ledger, SeesAnIdThatWasNeverSent)
{
	Ledger ledger = sent(2);

	ledger.completed({1, 3});
	EXPECT_EQ(ledger.unknown(), (Ranges{{2, 3}}));
	EXPECT_EQ(ledger.missing(), (Ranges{{0, 0}}));
	EXPECT_FALSE(ledger.faultless());
}

TEST(Ledger, ACompletionBeforeAnySendIsUnknown)
{
	Ledger ledger;

	ledger.completed({0, 0});
	EXPECT_EQ(ledger.unknown(), (Ranges{{0, 0}}));
}

TEST(Ledger, ASwappedRangeIsNotTakenForAShortOne)
{
	/* [2,0] modulo 2^32 is nearly every id there is. */
	Ledger ledger = sent(3);

	ledger.completed({2, 0});
	EXPECT_FALSE(ledger.faultless());
	EXPECT_EQ(ledger.outstanding(), 3U);
}

TEST(Ledger, AnExclusiveUpperEndIsSeen)
{
	Ledger ledger = sent(1);

	ledger.completed({0, 1});
	EXPECT_EQ(ledger.unknown(), (Ranges{{1, 1}}));
}

TEST(Ledger, CountsOnAcrossTheWrap)
{
	Ledger ledger = sent(4, uint_max - 1);

	EXPECT_EQ(ledger.next_id(), 2U);
	ledger.completed({uint_max - 1, 1});
	EXPECT_TRUE(ledger.settled());
}

TEST(Ledger, TakesTheWrapInParts)
{
	Ledger ledger = sent(4, uint_max - 1);

	ledger.completed({0, 0});
	ledger.completed({uint_max, uint_max});
	EXPECT_EQ(ledger.missing(), (Ranges{{uint_max - 1, uint_max - 1}, {1, 1}}));
	ledger.completed({1, 1});
	ledger.completed({uint_max - 1, uint_max - 1});
	EXPECT_TRUE(ledger.settled());
	ledger.completed({uint_max, 0});
	EXPECT_EQ(ledger.duplicates(), (Ranges{{uint_max, 0}}));
}

TEST(Ledger, DescribesWhatIsWrong)
{
	Ledger ledger = sent(4);

	ledger.completed({0, 1});
	ledger.completed({1, 1});
	ledger.completed({7, 7});
	EXPECT_EQ(ledger.describe(), "4 sent, 2 completed; missing [2,3]; duplicate [1,1]; never sent [7,7]");
}

TEST(Ledger, TellsOtherIdsFromLostOnes)
{
	Ledger ledger = sent(3);

	ledger.completed({0, 0});
	EXPECT_FALSE(ledger.renumbered());
	ledger.completed({3, 3});
	EXPECT_FALSE(ledger.renumbered()); /* one more is lost */
	ledger.completed({7, 7});
	EXPECT_TRUE(ledger.renumbered());
	ledger.completed({0, 0});
	EXPECT_FALSE(ledger.renumbered());
}

} // namespace
