/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include "agent/place.h"

namespace agent
{

/*
 * The other end of a link, on another machine: opens the sockets that its controller
 * asks for, reads them, and passes on what arrives. Listens at `place` until it is
 * ended by a signal, or serves one controller on the standard streams and returns
 * when these end. Answers one controller at a time; what goes wrong with one is a
 * line on standard error. Returns the program's exit status.
 */
int serve(Place place);

} // namespace agent
