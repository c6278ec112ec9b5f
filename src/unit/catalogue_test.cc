// SPDX-License-Identifier: GPL-2.0
#include <gtest/gtest.h>

#include <stdexcept>

#include "catalogue/deviation.h"
#include "catalogue/requirement.h"

namespace
{

using catalogue::Kernel;
using catalogue::parse_kernel;
using catalogue::parse_ranges;
using catalogue::Release;

bool in(const char *ranges, const Kernel &kernel)
{
	return catalogue::Deviation{.id = "", .requirement = "", .how = "", .kernels = ranges, .evidence = ""}
		.expected_on(kernel);
}

TEST(Kernel, IsReadFromWhatUnameSays)
{
	EXPECT_EQ(parse_kernel("6.18.44-vendor7").release, (Release{6, 18, 44}));
	EXPECT_EQ(parse_kernel("6.1.0-37-amd64").release, (Release{6, 1, 0}));
	EXPECT_EQ(parse_kernel("7.3-rc1").release, (Release{7, 3, 0}));
	EXPECT_EQ(parse_kernel("7.3.4+bpo-cloud-amd64").release, (Release{7, 3, 4}));
	EXPECT_EQ(parse_kernel("").release, (Release{}));
	EXPECT_FALSE(parse_kernel("6.18.44", "#1 SMP Thu Nov 26 08:17:07 UTC 2026").debian);
}

TEST(Kernel, OfDebianHasThePackageItWasBuiltAs)
{
	const Kernel debian =
		parse_kernel("6.1.0-56-cloud-amd64", "#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-16)");

	EXPECT_EQ(debian.release, (Release{6, 1, 192}));
	EXPECT_EQ(debian.debian, (Release{6, 1, 192, 2}));
	/* Somebody's own, built on Debian. */
	EXPECT_EQ(parse_kernel("7.3.0", "#2 SMP Debian 6.1.192-2").release, (Release{7, 3, 0}));
	EXPECT_FALSE(parse_kernel("7.3.0", "#2 SMP Debian 6.1.192-2").debian);
}

TEST(Ranges, HoldTheirStartAndNotTheirEnd)
{
	EXPECT_FALSE(in("6.7 to 6.12.66", parse_kernel("6.6.99")));
	EXPECT_TRUE(in("6.7 to 6.12.66", parse_kernel("6.7.0")));
	EXPECT_TRUE(in("6.7 to 6.12.66", parse_kernel("6.12.65")));
	EXPECT_FALSE(in("6.7 to 6.12.66", parse_kernel("6.12.66")));
	EXPECT_FALSE(in("6.17 on", parse_kernel("6.16.12")));
	EXPECT_TRUE(in("6.17 on", parse_kernel("9.0.0")));
	EXPECT_TRUE(in("4.14 to 6.1.176, 6.2 on", parse_kernel("6.2.0")));
	EXPECT_FALSE(in("4.14 to 6.1.176, 6.2 on", parse_kernel("6.1.190")));
}

TEST(Ranges, KnowWhereDebianDiffers)
{
	const char *ranges = "6.2 to 6.12.91 [Debian 6.12.90-2]";

	EXPECT_TRUE(in(ranges, parse_kernel("6.12.90")));
	EXPECT_TRUE(in(ranges, parse_kernel("6.12.90+deb13-amd64", "#1 SMP Debian 6.12.90-1 (2026-05-20)")));
	EXPECT_FALSE(in(ranges, parse_kernel("6.12.90+deb13-amd64", "#1 SMP Debian 6.12.90-2 (2026-05-27)")));
}

TEST(Ranges, MayBeOfSomeMachinesOnly)
{
	const auto kernel = [](const char *release, const char *machine, std::size_t page_size) {
		Kernel kernel = parse_kernel(release);
		kernel.machine = machine;
		kernel.page_size = page_size;
		return kernel;
	};
	const char *machines = "4.14 to 6.1 (i?86), 6.1 to 7.3 (not armv* or 64 KiB pages)";

	EXPECT_TRUE(in(machines, kernel("5.10", "i686", 4096)));
	EXPECT_FALSE(in(machines, kernel("5.10", "x86_64", 4096)));
	EXPECT_TRUE(in(machines, kernel("7.2", "x86_64", 4096)));
	EXPECT_TRUE(in(machines, kernel("7.2", "aarch64", 16384)));
	EXPECT_FALSE(in(machines, kernel("7.2", "armv7l", 4096)));
	EXPECT_FALSE(in(machines, kernel("7.2", "ppc64le", 65536)));
	EXPECT_FALSE(in(machines, kernel("7.3", "x86_64", 4096)));
	EXPECT_TRUE(in("6.1 on (16 KiB pages or 64 KiB pages)", kernel("7.2", "aarch64", 16384)));
}

TEST(Ranges, AreRefusedWhereTheTextIsNone)
{
	for (const char *text :
	     {"", "6.7", "6.7 to", "6.7 to 6.8,6.9 on", "6.7 on ", "since 6.7", "6.7 to 6.12 [Debian ]",
	      "6.7 on (", "6.7 on ()", "6.7 on (not )", "6.7 on (a or )", "6.7 to 6.12 [Debian 6.12.1-1"})
		EXPECT_THROW(parse_ranges(text), std::invalid_argument) << text;
	EXPECT_EQ(parse_ranges("6.7 to 6.12.66 [Debian 6.12.69-1], 6.13 on").size(), 2U);
}

TEST(Release, IsToldWithoutWhatIsZero)
{
	EXPECT_EQ(describe(Release{6, 12, 0}), "6.12");
	EXPECT_EQ(describe(Release{6, 12, 94, 1}), "6.12.94-1");
}

constexpr catalogue::Requirement quotes = {.id = "ZC-CT-98",
					   .standing = catalogue::Standing::promised,
					   .sentence = "",
					   .document = "Notifications: \"a\""};
constexpr catalogue::Requirement quotes_too = {.id = "ZC-CT-97",
					       .standing = catalogue::Standing::promised,
					       .sentence = "",
					       .document = "Intro: \"b\""};
constexpr catalogue::Requirement rests = {.id = "ZC-CT-99",
					  .standing = catalogue::Standing::promised,
					  .sentence = "",
					  .rests_on = "ZC-CT-98 ZC-CT-97",
					  .code = "net/a.c:b"};

TEST(Requirement, TellsWhereItComesFrom)
{
	const os::Registration one(quotes);
	const os::Registration two(quotes_too);
	const os::Registration other(rests);

	EXPECT_EQ(quotes.source(), "msg_zerocopy.rst, Notifications: \"a\"");
	EXPECT_EQ(rests.source(),
		  "msg_zerocopy.rst, Notifications: \"a\"; msg_zerocopy.rst, Intro: \"b\"; net/a.c:b");
	EXPECT_EQ(catalogue::find("ZC-CT-99"), &rests);
	EXPECT_EQ(catalogue::find("ZC-CT-96"), nullptr);
}

catalogue::Deviation in_ranges(const char *ranges, const char *fix = "")
{
	return {.id = "", .requirement = "", .how = "", .kernels = ranges, .evidence = "", .fix = fix};
}

TEST(Deviations, AnUpdateEndsThoseThatTheOwnSeriesFixes)
{
	const auto deviation = in_ranges("6.7 to 6.12.97 [Debian 6.12.100-1], 6.13 to 6.18.34, 6.19 to 7.1");

	EXPECT_TRUE(deviation.fixed_in_series(parse_kernel("6.12.95")));
	EXPECT_TRUE(deviation.fixed_in_series(parse_kernel("6.18.33")));
	EXPECT_FALSE(deviation.fixed_in_series(parse_kernel("6.11.4")));
	EXPECT_FALSE(deviation.fixed_in_series(parse_kernel("7.0.3")));
	EXPECT_FALSE(deviation.fixed_in_series(parse_kernel("6.18.34")));
	EXPECT_FALSE(in_ranges("5.0 on").fixed_in_series(parse_kernel("6.12.95")));
}

TEST(Deviations, SayWhatEndsThem)
{
	const auto fixed = in_ranges("6.7 to 6.12.97 [Debian 6.12.100-1]", "vsock: mend it (CVE-2026-1)");

	EXPECT_EQ(fixed.remedy(parse_kernel("6.12.95")), "fixed in 6.12.97 by 'vsock: mend it (CVE-2026-1)'");
	EXPECT_EQ(fixed.remedy(parse_kernel("6.12.95+deb13-amd64", "#1 SMP Debian 6.12.95-1 (2026-07-01)")),
		  "fixed in 6.12.97, Debian's 6.12.100-1 by 'vsock: mend it (CVE-2026-1)'");
	EXPECT_EQ(in_ranges("5.0 to 6.11").remedy(parse_kernel("6.1")), "fixed in 6.11");
	EXPECT_EQ(in_ranges("5.0 on").remedy(parse_kernel("6.1")), "not fixed upstream");
}

} // namespace
