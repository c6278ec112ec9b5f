/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "bench/findings.h"
#include "bench/options.h"

namespace bench
{

using Time = std::chrono::system_clock::time_point;

/* A whole run. */
struct Account {
	const Options &options;
	std::string answer = {};
	std::vector<Finding> findings = {};
	std::vector<std::string> missing = {}; /* what could not be measured, and why */
	unsigned rounds = 0;		       /* that are complete */
	std::chrono::milliseconds slice = {};
	std::string cut_short = {}; /* the signal that ended it; "" of none */
	bool cycles = false;	    /* they were counted */
	double waited = 0; /* the share of the time for which the sender had to wait for its processor */
	double load = 0;   /* average of the last minute, at the end */
	Time started = {};
	Time ended = {};
};

/* docs/schemas/bench.schema.json */
std::string json(const Account &account);

} // namespace bench
