/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <string>

#include "os/fd.h"

namespace netns
{

/*
 * The character device of a macvtap of this namespace, not blocking. Its frames
 * are Ethernet's behind a virtio_net_hdr. Opened by a node on a file system that
 * is mounted nowhere, so that none is left anywhere; that takes root of the
 * machine. Throws std::system_error without it.
 */
os::Fd open_macvtap(const std::string &device);

/* Let a tun or macvtap device take packets as the stack makes them: not yet
 * checksummed, and of many segments. Both then leave the sender's pages alone. */
void accept_offloads(int device);

} // namespace netns
