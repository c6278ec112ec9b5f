/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include "catalogue/kernels.h"

namespace catalogue
{

/* The kernel that runs this program: uname(2) and the size of its pages. */
const Kernel &running_kernel();

} // namespace catalogue
