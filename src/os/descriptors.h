/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <sys/types.h>

#include <span>
#include <string_view>
#include <vector>

#include "os/fd.h"

/* Descriptors that go with bytes from process to process, by a socket of AF_UNIX (unix(7), SCM_RIGHTS). */
namespace os
{

/* The most that go with one call. */
inline constexpr std::size_t most_descriptors = 64;

/* All of the bytes, of which there is at least one. Throws std::system_error. */
void send_descriptors(int socket, std::string_view bytes, std::span<const int> descriptors);
/* What recvmsg(2) returns; the descriptors that came are closed by an exec. Where they do not
 * all fit into this process, none come. */
ssize_t receive_descriptors(int socket, std::span<char> bytes, std::vector<Fd> &descriptors);

} // namespace os
