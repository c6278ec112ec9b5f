// SPDX-License-Identifier: GPL-2.0
#include "catalogue/words.h"

#include <gtest/gtest.h>

using catalogue::has_word;
using catalogue::query_of;
using catalogue::words_of;
using Words = std::vector<std::string>;

namespace
{

TEST(Words, AreWholeAndInParts)
{
	EXPECT_EQ(words_of("scatter-gather - on"), (Words{"scatter-gather", "scatter", "gather", "on"}));
	EXPECT_EQ(words_of("net.core.optmem_max is 131072"),
		  (Words{"net", "core", "optmem_max", "optmem", "max", "is", "131072"}));
}

TEST(Words, OfAnErrorAreItsNumberAndItsTextToo)
{
	EXPECT_EQ(words_of("EPERM"), (Words{"eperm", "1", "operation", "not", "permitted"}));
	EXPECT_TRUE(has_word(words_of("fails with ENOTSUPP"), "524"));
}

TEST(Words, AreLookedForWithoutEndings)
{
	EXPECT_EQ(query_of("Why is poll() spinning? it spins"), (Words{"poll", "spinn", "spin"}));
	EXPECT_EQ(query_of("VMS ENOTS"), (Words{"vms", "enots"}));
	EXPECT_EQ(query_of("--entry ZC-CT-01"), (Words{"entry", "zc-ct-01"}));
}

TEST(Words, AreFoundByTheirBeginning)
{
	EXPECT_TRUE(has_word({"notifications"}, "notification"));
	EXPECT_FALSE(has_word({"rlimit"}, "limit"));
	EXPECT_FALSE(has_word({"1000"}, "100"));
	EXPECT_FALSE(has_word({"ioctl"}, "io"));
	EXPECT_TRUE(has_word({"io"}, "io"));
}

} // namespace
