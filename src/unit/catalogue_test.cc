// SPDX-License-Identifier: GPL-2.0
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "catalogue/deviation.h"
#include "catalogue/requirement.h"

namespace
{

using catalogue::Release;

TEST(Release, IsReadFromWhatUnameSays)
{
	EXPECT_EQ(catalogue::parse_release("6.18.44-vendor7"), (Release{6, 18, 44}));
	EXPECT_EQ(catalogue::parse_release("6.1.0-37-amd64"), (Release{6, 1, 0}));
	EXPECT_EQ(catalogue::parse_release("7.3-rc1"), (Release{7, 3, 0}));
	EXPECT_EQ(catalogue::parse_release("7.3.4+bpo-cloud-amd64"), (Release{7, 3, 4}));
	EXPECT_EQ(catalogue::parse_release(""), (Release{}));
	EXPECT_EQ(catalogue::parse_release("6.1.0-56-cloud-amd64",
					   "#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-16)"),
		  (Release{6, 1, 192}));
	/* Somebody's own, built on Debian or from its sources. */
	EXPECT_EQ(catalogue::parse_release("7.3.0", "#2 SMP Debian 6.1.192-2"), (Release{7, 3, 0}));
	EXPECT_EQ(catalogue::parse_release("6.18.44-vendor", "#1 SMP Thu Nov 26 08:17:07 UTC 2026"),
		  (Release{6, 18, 44}));
}

TEST(KernelRange, HoldsItsStartAndNotItsEnd)
{
	const catalogue::KernelRange range = {{6, 7, 0}, {6, 12, 66}};
	const catalogue::KernelRange open = {{6, 17, 0}, {}};

	EXPECT_FALSE(range.contains({6, 6, 99}));
	EXPECT_TRUE(range.contains({6, 7, 0}));
	EXPECT_TRUE(range.contains({6, 12, 65}));
	EXPECT_FALSE(range.contains({6, 12, 66}));
	EXPECT_FALSE(open.contains({6, 16, 12}));
	EXPECT_TRUE(open.contains({9, 0, 0}));
}

TEST(Catalogue, HasEachRequirementOnceAndKnowsWhatDeviates)
{
	std::set<std::string> ids;
	std::set<std::string> deviating;

	for (const catalogue::Deviation &deviation : catalogue::deviations()) {
		EXPECT_NE(catalogue::find(deviation.requirement), nullptr) << deviation.id;
		EXPECT_FALSE(deviation.kernels.empty()) << deviation.id;
		EXPECT_EQ(catalogue::find_deviation(deviation.id), &deviation) << deviation.id;
		deviating.insert(deviation.requirement);
	}
	for (const catalogue::Chapter *chapter : catalogue::chapters())
		for (const catalogue::Requirement &requirement : chapter->requirements) {
			EXPECT_TRUE(ids.insert(requirement.id).second) << requirement.id;
			EXPECT_TRUE(requirement.status != catalogue::Status::deviates ||
				    deviating.contains(requirement.id))
				<< requirement.id;
		}
	EXPECT_EQ(ids.size(), catalogue::coverage().total);
}

} // namespace
