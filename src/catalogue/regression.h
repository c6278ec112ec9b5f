/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <span>

#include "os/registry.h"

namespace catalogue
{

/* A bug that kernels had, by the commit that mended it. */
struct Regression {
	const char *commit;	     /* its subject; several, or "... rest", between semicolons */
	const char *fixed_in;	     /* "6.6, 6.1.161 [Debian 6.1.162-1]": mainline first */
	const char *cases[3] = {};   /* that fail where it is not; unused places are null */
	const char *not_judged = ""; /* where no case shows it: why */
};

/* Every one of the program, in the order of their files. */
inline std::span<const Regression *const> regressions()
{
	return os::registered<Regression>();
}

/* Stands above the first of its cases: REGRESSION("net: gro: don't merge zcopy skbs", "6.1.176",
 *						    .cases = {"gro_leaves_..."}); */
#define REGRESSION(commit_, fixed_in_, ...)                                                                  \
	REGISTERED(catalogue::Regression, .commit = commit_, .fixed_in = fixed_in_, __VA_ARGS__)

} // namespace catalogue
