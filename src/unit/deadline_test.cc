// SPDX-License-Identifier: GPL-2.0
#include "os/deadline.h"

#include <gtest/gtest.h>

using os::Deadline;
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
	const Deadline late(milliseconds(100), Deadline::Of::event);
	const Deadline of_time(over);
	EXPECT_TRUE(of_time.passed());
	int left = late.left_ms();
	/* The call that puts it off says so itself, whatever the machine does behind it. */
	for (int before = left + 1; left > 0 && left <= before; left = late.left_ms())
		before = left;
	EXPECT_GT(left, 100);
	EXPECT_LE(left, 200);
	while (!late.passed())
		;
	EXPECT_TRUE(late.passed());
}

TEST_F(ADeadline, PassesInTimeOnAMachineThatIsAsFastAsBefore)
{
	os::set_usual_process(slower_than_any);
	EXPECT_TRUE(Deadline(over, Deadline::Of::event).passed());
}

TEST_F(ADeadline, PassesInTimeWhereNothingWasMeasured)
{
	os::set_usual_process(0);
	EXPECT_TRUE(Deadline(over, Deadline::Of::event).passed());
}

TEST_F(ADeadline, IsComparedWithTheTimeOfAProcess)
{
	EXPECT_GT(os::time_of_a_process(), 0);
}

} // namespace
