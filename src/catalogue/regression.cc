// SPDX-License-Identifier: GPL-2.0
#include "catalogue/regression.h"

#include <vector>

#include "os/registry.h"

namespace catalogue
{

RegressionRegistration::RegressionRegistration(const Regression &regression)
{
	os::registered<Regression>().push_back(&regression);
}

std::span<const Regression *const> regressions()
{
	return os::registered<Regression>();
}

} // namespace catalogue
