// SPDX-License-Identifier: GPL-2.0
#include "os/patience.h"

#include <gtest/gtest.h>

#include <deque>

#include "os/deadline.h"

using os::Deadline;
using os::Event;
using os::Patience;
using os::Waiting;
using std::chrono::milliseconds;

namespace
{

constexpr milliseconds whole(700);

/* Several processes of a run, one after the other, in this one. */
class APatience : public testing::Test {
protected:
	APatience()
	{
		patience.set_witnesses(1);
		next();
	}
	~APatience() override { os::wait_together(nullptr, nullptr); }

	/* The process that waits from here on. */
	Waiting &next()
	{
		os::wait_together(&patience, &processes.emplace_back());
		return processes.back();
	}
	/* Wait in vain; returns how long. */
	static milliseconds wait_for(Event event)
	{
		EXPECT_EQ(os::poll({}, Deadline(whole, event)), 0);
		return os::waited();
	}

	Patience patience;
	std::deque<Waiting> processes;
};

TEST_F(APatience, OneWaitsTheWholeTimeAndOthersAShorterOne)
{
	EXPECT_GE(wait_for(Event::notification), whole);
	EXPECT_EQ(processes.back().witnessed, bit(Event::notification));
	EXPECT_EQ(processes.back().in_vain, bit(Event::notification));
	EXPECT_EQ(processes.back().shortened, 0U);

	const Waiting &other = next();
	EXPECT_GE(wait_for(Event::notification), patience.shorter(Event::notification));
	EXPECT_EQ(other.shortened, bit(Event::notification));
	EXPECT_EQ(other.in_vain, 0U);
	EXPECT_GE(other.shorter, patience.shorter(Event::notification).count());
	EXPECT_LT(other.shorter, whole.count());
}

TEST_F(APatience, AnEventSaysNothingOfOthers)
{
	patience.take_witness(Event::notification);
	patience.take_witness(Event::other);
	EXPECT_GE(wait_for(Event::data), whole);
	EXPECT_GE(wait_for(Event::other), whole);
	EXPECT_EQ(processes.back().witnessed, bit(Event::data));
}

TEST_F(APatience, AnEventThatTookLongGivesPatienceBack)
{
	patience.take_witness(Event::data);
	patience.came(Event::data, milliseconds(200));
	EXPECT_GE(patience.shorter(Event::data), milliseconds(800));
	EXPECT_GE(wait_for(Event::data), whole);
	EXPECT_EQ(processes.back().shortened, 0U);
}

TEST_F(APatience, AWitnessWhoseEventComesIsNone)
{
	{
		const Deadline late(milliseconds(3600000), Event::data);

		::poll(nullptr, 0, static_cast<int>(patience.shorter(Event::data).count()));
		while (!patience.witnesses(Event::data))
			EXPECT_FALSE(late.passed());
		EXPECT_EQ(patience.witnesses(Event::data), 1);
		EXPECT_TRUE(processes.back().sleeps());
	}
	EXPECT_EQ(patience.witnesses(Event::data), 0);
	EXPECT_EQ(processes.back().witnessed, 0U);
	EXPECT_FALSE(processes.back().sleeps());
	EXPECT_GE(patience.shorter(Event::data), milliseconds(2000));
}

TEST_F(APatience, OnASlowMachineNoWaitIsShorterThanItMayTakeThere)
{
	const milliseconds usual = patience.shorter(Event::data);

	os::set_slowness(20);
	EXPECT_EQ(patience.shorter(Event::data), 20 * usual);
	os::set_slowness(1);
	os::set_usual_process(0);
}

} // namespace
