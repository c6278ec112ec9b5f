/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include "netns/wire.h"

namespace netns
{

/* Give a WireGuard device of the caller's namespace the keys of one of two ends, and the other end, whose
 * address is that of `below`, as a peer for any address. Throws std::system_error. */
void give_wireguard_keys(const char *device, const Addresses &below, bool sender);

} // namespace netns
