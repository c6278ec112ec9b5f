/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MSG_ZEROCOPY_HARNESS_BAIL_OUT_H
#define MSG_ZEROCOPY_HARNESS_BAIL_OUT_H

#include "os/fd.h"

namespace harness
{

/*
 * From here on SIGINT, SIGTERM and SIGHUP end this process only after it has printed a whole
 * TAP of its own: the version and "Bail out! ended by Interrupt". For the time before the run
 * begins, which finds out what the machine can do. Children end without a word.
 */
void bail_out_on_signals();

/* The same signals as a signalfd, for a run that ends its workers and prints its own last line.
 * Throws std::system_error. */
os::Fd take_signals();

/* End this process by a signal that take_signals() told of, as it would have without that. */
[[noreturn]] void end_by(int number);

} // namespace harness

#endif
