/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <span>
#include <vector>

#include "harness/case.h"
#include "os/kernel_parts.h"

namespace harness
{

/* One need of Case::needs, and how it is tried. A new need is a bit of Need and a row of
 * provisions(). */
struct Provision {
	Need need;
	os::KernelParts parts;
	void (*attempt)(); /* throws where it is missing; run in a process of its own */
};

/* The needs that are tried. Root and locked memory are properties of the process. */
std::span<const Provision> provisions();

/* Tried as a transport, not as a need. */
inline constexpr os::KernelParts ipv6_parts = {"IPv6 (CONFIG_IPV6, not disabled)", {"ipv6"}};

/* Every part of the kernel that the suite can use: of wires, of needs, and the few that are
 * not tried as either. */
std::vector<os::KernelParts> kernel_parts();

} // namespace harness
