/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <sys/types.h>

namespace os
{

/* What a thread of this process does, as proc(5) has it: 'R' runs, 'S' sleeps
 * interruptibly, ...; '?' where there is none of that id. */
char thread_state(pid_t thread);

} // namespace os
