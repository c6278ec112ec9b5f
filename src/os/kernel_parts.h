/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace os
{

/*
 * Parts of the kernel that can be missing. The words go behind "needs " in a skip and name
 * the options of the kernel's configuration, so that nothing else has to list these.
 */
struct KernelParts {
	const char *words;	      /* "veth devices (CONFIG_VETH)" */
	const char *modules[16] = {}; /* to load where nothing loads them on demand; unused places are null */
};

/* The options that the words name, in their order: "CONFIG_VETH". */
std::vector<std::string> config_options(std::string_view words);

} // namespace os
