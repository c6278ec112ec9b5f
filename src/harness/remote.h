/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <string>

#include "agent/place.h"

namespace harness
{

/*
 * The place that --remote names: as agent::parse_place() has it, or "env": by the
 * variables that kselftest has for a remote end, REMOTE_TYPE (netns or ssh) and
 * REMOTE_ARGS. Throws std::invalid_argument, one line.
 */
agent::Place remote_place(const std::string &words);

/*
 * From here on the plan is of paths to that agent. Their addresses are kselftest's
 * REMOTE_V4, REMOTE_V6, LOCAL_V4 and LOCAL_V6, its device NETIF; without them, the
 * agent's own address and what the routes say. Asks the agent, sends a little over
 * each transport, and says what it found, one line. Throws std::runtime_error, one
 * line, where there is no such way.
 */
std::string plan_for_remote(const agent::Place &place);

} // namespace harness
