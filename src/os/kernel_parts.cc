// SPDX-License-Identifier: GPL-2.0
#include "os/kernel_parts.h"

namespace os
{

std::vector<std::string> config_options(std::string_view words)
{
	constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
	std::vector<std::string> options;

	for (std::size_t at = 0; (at = words.find("CONFIG_", at)) != words.npos;) {
		const std::string_view rest = words.substr(at);
		const std::string_view option = rest.substr(0, rest.find_first_not_of(letters));

		options.emplace_back(option);
		at += option.size();
	}
	return options;
}

} // namespace os
