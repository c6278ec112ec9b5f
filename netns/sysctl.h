/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <string>

#include "os/fd.h"

/*
 * The sysctls of the network namespace that the caller is in. `name` is a path below
 * /proc/sys/net: "ipv4/tcp_fastopen". All that the suite writes there it writes by these,
 * which is how a Watch knows of it.
 */
namespace netns
{

/* For a write of the caller's own. An empty descriptor, and errno, where it cannot be opened. */
os::Fd open_sysctl(const std::string &name);
/* False, and errno, where it cannot be written. */
bool try_sysctl(const std::string &name, const std::string &value);
/* Throws std::system_error where it cannot be written. */
void write_sysctl(const std::string &name, const std::string &value);

/* From here on the values that sysctls have before they are written are remembered. */
void remember_sysctls();
/* Do all that were opened since have these values again? False where a child of this process opened one. */
bool sysctls_are_back();

} // namespace netns
