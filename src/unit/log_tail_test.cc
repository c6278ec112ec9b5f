// SPDX-License-Identifier: GPL-2.0
#include "harness/log_tail.h"

#include <gtest/gtest.h>

namespace
{

using harness::LogTail;
using Lines = std::vector<std::string>;

constexpr char heading[] = "kernel log during this test, whoever caused it:";

TEST(LogTail, ShowsWhatCameSinceTheMark)
{
	LogTail tail;

	tail.take({true, "before"});
	const std::size_t mark = tail.mark();
	EXPECT_EQ(tail.since(mark, 10), (Lines{"kernel log: no messages during this test"}));
	tail.take({true, "zc0: entered promiscuous mode"});
	tail.take({false, "a program's words"});
	tail.take({true, "zc0: left promiscuous mode"});
	EXPECT_EQ(tail.since(mark, 10), (Lines{heading, "kernel log: zc0: entered promiscuous mode",
					       "kernel log: zc0: left promiscuous mode"}));
}

TEST(LogTail, IsBounded)
{
	LogTail tail;

	for (int i = 0; i < 5000; i++)
		tail.take({true, std::to_string(i)});
	EXPECT_EQ(tail.since(0, 2),
		  (Lines{heading, "kernel log: 4000", "kernel log: 4001", "and 4998 more lines"}));
	EXPECT_EQ(tail.since(4999, 2), (Lines{heading, "kernel log: 4999"}));
}

TEST(LogTail, TheKernelsWordsDoNotPassForResults)
{
	const std::string quoted = harness::quote_kernel("[FAIL] x FAIL: SKIP: [SKIP] # not ok 1");

	for (const char *word : {"[FAIL]", " FAIL:", "SKIP:", "[SKIP]", "# not ok"})
		EXPECT_EQ(quoted.find(word), std::string::npos) << word;
	EXPECT_EQ(quoted, "kernel log: [fail] x fail: skip: [skip] #not ok 1");
}

} // namespace
