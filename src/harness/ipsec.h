/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include "harness/test.h"

namespace harness
{

/* ESP in transport mode, for what either end of the path sends to the other; and no more of it. These fork,
 * for ip. The case has needs_esp. */
void encrypt_between(Test &test);
void stop_encrypting(Test &test);

} // namespace harness
