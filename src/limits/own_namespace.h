/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

namespace limits
{

/* Whether the caller is in the network namespace of init, whose settings are not ours. */
bool in_initial_network_namespace();

} // namespace limits
