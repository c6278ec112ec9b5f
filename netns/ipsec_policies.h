/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

namespace netns
{

/* The number of IPsec policies for what is sent in the caller's namespace, as `ip xfrm policy` lists them; 0
 * also where there may be none, or the caller may not ask (CAP_NET_ADMIN). */
unsigned outgoing_ipsec_policies();

} // namespace netns
