/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "explore/kernel.h"
#include "explore/model.h"
#include "explore/program.h"

/* A program, run and judged. */
namespace explore
{

struct Trial {
	std::optional<Disagreement> disagreement;
	std::size_t at = 0;		/* the operation, from 0; their number: the end */
	std::vector<std::string> calls; /* with their results */
};

/* How often which operation had which result. */
using Coverage = std::map<std::string, unsigned long>;

/* Throws std::system_error where it cannot be set up. */
Trial try_program(const Program &program, Workshop &workshop, const std::set<std::string> &deviations,
		  Coverage *coverage = nullptr);

} // namespace explore
