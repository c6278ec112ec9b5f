// SPDX-License-Identifier: GPL-2.0
#include "os/kernel_parts.h"

#include <gtest/gtest.h>

namespace
{

using Options = std::vector<std::string>;

TEST(KernelParts, OptionsAreReadFromTheWords)
{
	EXPECT_EQ(os::config_options("macvtap devices (CONFIG_MACVTAP, CONFIG_VETH) and root"),
		  (Options{"CONFIG_MACVTAP", "CONFIG_VETH"}));
	EXPECT_EQ(os::config_options("CONFIG_INET6_ESP"), Options{"CONFIG_INET6_ESP"});
	EXPECT_EQ(os::config_options("UDP-Lite (gone from Linux 7.3)"), Options{});
	EXPECT_EQ(os::config_options(""), Options{});
}

} // namespace
