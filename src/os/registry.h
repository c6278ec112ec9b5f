/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <vector>

namespace os
{

/* What static objects of all files have registered of a kind: made on first use, as the order
 * in which files are initialised is the linker's. */
template <typename Thing> std::vector<const Thing *> &registered()
{
	static std::vector<const Thing *> all;

	return all;
}

} // namespace os
