/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <functional>

#include "netns/network.h"
#include "transport/link.h"
#include "transport/transport.h"

namespace bench
{

/*
 * What the receiving process of a flow does until it is killed: it takes what arrives and copies
 * none of it, so that it is not what limits the sender. A socket discards (MSG_TRUNC). At a tun or
 * macvtap device only the headers are read, and TCP is acknowledged.
 */
std::function<int()> receiver_of(transport::Link &link, const netns::Network &network,
				 const transport::Transport &transport);

} // namespace bench
