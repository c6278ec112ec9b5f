/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "explore/generate.h"

namespace explore
{

struct Options {
	enum class Action { explore, replay, help, version };

	Action action = Action::explore;
	std::uint64_t seed = 0;	    /* of the first program; the next one has the next */
	std::uint64_t programs = 0; /* 0: no limit */
	unsigned seconds = 0;	    /* 0: no limit; 10 where neither is given */
	unsigned workers = 0;	    /* 0: as many as are useful */
	bool keep_going = false;    /* beyond the first disagreement */
	bool verbose = false;
	std::string corpus; /* a folder that gets what is found; "": none */
	Range range;
	std::set<std::string> without;	/* deviations that the model is not to know; "all" */
	std::vector<std::string> files; /* to be replayed */
};

extern const char *const help_text;

/* Throws os::UsageError. */
Options parse_options(int argc, char **argv);

} // namespace explore
