/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MSG_ZEROCOPY_HARNESS_PLAN_H
#define MSG_ZEROCOPY_HARNESS_PLAN_H

#include <string>
#include <vector>

#include "harness/case.h"
#include "harness/options.h"

namespace harness
{

/* One result to be: a case on a transport over a path. */
struct Planned {
	const Case *definition;
	const transport::Transport *transport;
	const netns::Path *path;

	Entry entry() const;
	std::string variant() const; /* transport.path */
	std::string name() const;    /* case.transport.path */
};

/* Every combination that applies and that the options select. */
std::vector<Planned> make_plan(const Selection &selection);

/* A word of the selection that selects nothing there is, and where to look, ""
 * where all do: "no path matches 'loopbck'; --list shows what there is". */
std::string unknown_word(const Selection &selection);

} // namespace harness

#endif
