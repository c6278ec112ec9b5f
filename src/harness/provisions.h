/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MSG_ZEROCOPY_HARNESS_PROVISIONS_H
#define MSG_ZEROCOPY_HARNESS_PROVISIONS_H

#include <span>

#include "harness/case.h"

namespace harness
{

/* What Case::needs asks for, and how it is tried. */
struct Provision {
	Need need;
	const char *what;  /* behind "needs ", in words a user can act on */
	void (*attempt)(); /* throws where it is missing; run in a process of its own */
};

/* Those that are tried; root and locked memory are questions to the process. */
std::span<const Provision> provisions();

} // namespace harness

#endif
