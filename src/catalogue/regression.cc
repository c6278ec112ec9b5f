// SPDX-License-Identifier: GPL-2.0
#include "catalogue/regression.h"

#include <vector>

namespace catalogue
{

namespace
{

std::vector<const Regression *> &registered()
{
	static std::vector<const Regression *> all;

	return all;
}

} // namespace

RegressionRegistration::RegressionRegistration(const Regression &regression)
{
	registered().push_back(&regression);
}

std::span<const Regression *const> regressions()
{
	return registered();
}

} // namespace catalogue
