/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace trace
{

/*
 * Run `work` in a process of its own, as os::Child does, and write to `file` what
 * it, its threads and its children ask of the kernel: read_journal(). A program that
 * these execute (ip, tc) is not followed. Returns what `work` returned, or ends this
 * process by the signal that ended that one.
 *
 * `recording`: another file, that gets the Recording of it at the end; -1: none.
 *
 * As the parent it needs no privilege. Where tracing is refused, or the kernel is
 * older than Linux 5.3, one line of the file says so, and `work` runs all the same.
 */
int traced(const std::function<int()> &work, std::uint64_t seed, int file, int recording = -1);

} // namespace trace
