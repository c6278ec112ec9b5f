/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <cstdint>
#include <string>

/* The queue of a device of the caller's namespace as a token bucket, by tc. */
namespace netns
{

/* One packet of 1400 bytes fits it, and the next in half a minute. Throws std::runtime_error where there is
 * no tc command or no token bucket. */
void limit_rate(const std::string &device);
/* An ample rate again. The next packet makes the device look at its queue. */
void lift_rate(const std::string &device);
/* Drop what waits. */
void drop_queued(const std::string &device);
/* The bytes that wait. Throws std::system_error. */
std::uint32_t queued_bytes(const std::string &device);

} // namespace netns
