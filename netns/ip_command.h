/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <string>

namespace netns
{

/* In a batch file, /proc/self/fd/9 is the receiver's namespace. */
inline constexpr int receiver_namespace_fd = 9;

/*
 * Run lines for `ip -batch` in the namespace that the caller is in, with
 * `receiver` open as receiver_namespace_fd (-1: not open). Throws
 * std::runtime_error with what ip printed when it fails.
 */
void ip_batch(const std::string &lines, int receiver = -1);

/* The same for `ip -6 -batch`: where a line has no address, IPv6 is meant. */
void ip6_batch(const std::string &lines);

/* The same for `tc -batch`: queueing disciplines. Throws too where there is no tc. */
void tc_batch(const std::string &lines);

/* Is there an ip command on PATH, or in the places root has it? */
bool have_ip_command();

} // namespace netns
