/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MSG_ZEROCOPY_HARNESS_MACHINE_H
#define MSG_ZEROCOPY_HARNESS_MACHINE_H

#include <string>
#include <vector>

namespace harness
{

/*
 * What this machine does, at this moment, to data that is sent with MSG_ZEROCOPY, a line each:
 * programs and sockets of others that the cases' own namespaces do not keep away. With a
 * `device`, by which an agent is reached, also what the caller's namespace does, as the cases
 * then run in it. What this process may not see is left out.
 */
std::vector<std::string> machine_circumstances(const std::string &device);

/* A packet socket of all protocols on all devices, of any network namespace that this process
 * may see: "tcpdump, pid 4711". "" where there is none. */
std::string tap_on_all_devices();

} // namespace harness

#endif
