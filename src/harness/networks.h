/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <cstddef>
#include <map>
#include <vector>

#include "harness/facts.h"
#include "harness/options.h"
#include "harness/plan.h"
#include "netns/path.h"
#include "os/fd.h"

namespace harness
{

/*
 * The networks that stand between two tests: each was built by a test, and left by all that had it
 * since as it was built (netns::Lease). The next test on the path has it, instead of building
 * its own.
 */
class Networks {
public:
	Networks(const std::vector<Planned> &plan, const Options &options, const Facts &facts);

	/* One for a test on that path, by its descriptors; none where none stands. */
	std::vector<os::Fd> take(const netns::Path &path);
	/* May a test on that path leave its network for others? Each test that starts asks once. */
	bool wanted(const netns::Path &path);
	/* Are networks handed on in this run? */
	bool handed_on() const { return most_descriptors_ > 0; }
	/* One that was built for no test. */
	void add(const netns::Path &path, std::vector<os::Fd> network);
	/* A test on that path has ended and leaves this one, or none. */
	void end(const netns::Path &path, std::vector<os::Fd> network);
	/* Does one stand that a test on that path can have, or is it worth building one? A few are enough,
	 * where other tests can run while these are in use. */
	bool ready(const netns::Path &path) const;
	/* All of them, for their descriptors. */
	void drop();
	bool empty() const { return descriptors_ == 0; }

private:
	/* Those of a path; all that have nothing to build share theirs. */
	struct Standing {
		std::vector<std::vector<os::Fd>> networks;
		std::size_t to_come = 0; /* tests, in this round */
		std::size_t in_use = 0;
	};
	Standing &of(const netns::Path &path);

	std::map<const netns::Path *, Standing> paths_;
	std::size_t descriptors_ = 0;
	std::size_t most_descriptors_;
	bool endless_;
};

} // namespace harness
