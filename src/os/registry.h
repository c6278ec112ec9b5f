/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MSG_ZEROCOPY_OS_REGISTRY_H
#define MSG_ZEROCOPY_OS_REGISTRY_H

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

#endif
