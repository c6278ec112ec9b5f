// SPDX-License-Identifier: GPL-2.0
#include "os/deadline.h"

#include <gtest/gtest.h>

using os::Deadline;
using os::Event;
using std::chrono::milliseconds;

namespace
{

/* Whatever the machine does meanwhile, a process takes as long as it seems to have taken before. */
class ADeadline : public testing::Test {
protected:
	~ADeadline() override { os::set_usual_process(0); }
	static constexpr milliseconds over{0};
	static constexpr double slower_than_any = 1e6;
	static constexpr double faster_than_any = 1e-6;
};

TEST_F(ADeadline, OfAnEventIsPutOffOnceOnAMachineThatHasBecomeSlower)
{
	os::set_usual_process(faster_than_any);
	const Deadline late(milliseconds(100), Event::other);
	const Deadline of_time(over);
	EXPECT_TRUE(of_time.passed());
	while (!late.passed())
		;
	EXPECT_GE(os::waited(), milliseconds(300));
	EXPECT_EQ(late.left_ms(), 0);
	EXPECT_TRUE(late.passed());
}

TEST_F(ADeadline, ThatIsPutOffIsPolledForAgain)
{
	os::set_usual_process(faster_than_any);
	EXPECT_EQ(os::poll({}, Deadline(milliseconds(100), Event::other)), 0);
	EXPECT_GE(os::waited(), milliseconds(300));
}

TEST_F(ADeadline, PassesInTimeOnAMachineThatIsAsFastAsBefore)
{
	os::set_usual_process(slower_than_any);
	EXPECT_TRUE(Deadline(over, Event::other).passed());
}

TEST_F(ADeadline, PassesInTimeWhereNothingWasMeasured)
{
	os::set_usual_process(0);
	EXPECT_TRUE(Deadline(over, Event::other).passed());
}

TEST_F(ADeadline, IsComparedWithTheTimeOfAProcess)
{
	EXPECT_GT(os::time_of_a_process(), 0);
}

TEST_F(ADeadline, IsAsFarOffAsBeforeWhereTheTimeoutOfEventsWasAnotherMeanwhile)
{
	os::set_slowness(5);
	const milliseconds before = os::event_timeout();
	os::set_event_timeout(os::set_event_timeout(milliseconds(1)));
	EXPECT_EQ(os::event_timeout(), before);
	os::set_slowness(1);
}

} // namespace
