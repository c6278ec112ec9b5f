/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MSG_ZEROCOPY_NETNS_ATTACHED_H
#define MSG_ZEROCOPY_NETNS_ATTACHED_H

#include <string>
#include <vector>

/* BPF programs that others attached where this process sends. What this process may not ask
 * for is left out. */
namespace netns
{

/* On the cgroup of this process or one above it: "sock_ops program 'tcp_tune'". */
std::vector<std::string> programs_on_cgroup();

/* On sockmaps of the machine, which take over the send calls of the sockets in them: "sk_msg
 * program 'redirect'". */
std::vector<std::string> programs_on_sockmaps();

/* On a device of the caller's namespace, in whichever mode. */
bool has_xdp(const std::string &device);

} // namespace netns

#endif
