/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <span>
#include <string>
#include <vector>

#include "harness/case.h"

namespace harness
{

/*
 * The policy of planning. Every case is combined with every transport and
 * path, and a combination is planned where no rule excludes it. The rules ignore
 * the machine, as a missing part is a skip, and the command line, which selects
 * among planned tests (plan.h).
 */

/* One case on one transport and path. */
struct Combination {
	const Case *definition;
	const transport::Transport *transport;
	const netns::Path *path;

	unsigned traits() const { return transport::traits(*path, *transport); }
	/* A case over VSOCK belongs to the entry `vsock`, so that no other entry has
	 * skips where VSOCK is missing. So does one that Case::also brings to the core, which
	 * belongs to `stacks`. */
	Entry entry() const;
	std::string variant() const; /* transport.path */
	std::string name() const;    /* case.transport.path */
};

struct Rule {
	const char *name;   /* stable */
	const char *reason; /* one sentence */
	bool (*excludes)(const Combination &);
	/* The traits of the path that the reason speaks of; null where it speaks of none. */
	unsigned (*traits)(const Combination &) = nullptr;
	/* Path-independent: the rule excludes the case on the whole transport. */
	bool any_path = false;
};

/* The first one that excludes a combination tells why. */
std::span<const Rule> rules();

/* The rule that excludes a combination, or null where it is planned. */
const Rule *excluded_by(const Combination &combination);

/* A case on every transport and path, planned or not, in the order of the plan. */
std::vector<Combination> combinations(const Case &definition);

/* Every case in the order of the plan: as cases(), but those that run beside
 * no other come behind the rest, and those that harm the kernel that they run on come last, as they
 * harm the results after them, too. */
std::vector<const Case *> planned_order();

/* The run without options that an entry is part of: the default run, a script, or none. */
std::string default_run(Entry entry);

} // namespace harness
