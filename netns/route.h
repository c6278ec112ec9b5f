/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <chrono>
#include <string>

/* Routes of the namespace that the caller is in. */
namespace netns
{

/*
 * TCP connections to that address have a retransmission timeout of at least so long from here on, where their
 * route does not set one already. The route that packets to it take is replaced by the same with the metric
 * (RTAX_RTO_MIN). Returns whether the kernel took it.
 */
bool set_least_retransmission_timeout(const std::string &address, std::chrono::milliseconds least);

} // namespace netns
