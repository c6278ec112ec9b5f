/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MSG_ZEROCOPY_HARNESS_DIAGNOSIS_H
#define MSG_ZEROCOPY_HARNESS_DIAGNOSIS_H

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "catalogue/requirement.h"
#include "harness/outcome.h"
#include "harness/plan.h"

/* From failed results to what is wrong with the kernel. Pure. */
namespace harness
{

/* What an expectation that failed looked at, as the diagnostics have it. */
struct Sight {
	std::string what; /* "range of the notification" */
	std::string expected;
	std::string seen;
};

/* The first of a result's. Without expected and seen where none failed: the case did not end, or
 * the kernel reported a fault. */
Sight sight_of(const std::vector<std::string> &diagnostics);

/* The same text for the same fault, whatever its lengths, ids, times and bytes. */
std::string signature(const Sight &sight);

/* Where the cases of a finding show it, and where the same cases passed. Names, in the plan's order. */
struct Reach {
	std::vector<std::string> fails;
	std::vector<std::string> passes;
};

/* Failed results that break one requirement. */
struct Finding {
	const catalogue::Requirement *broken = nullptr;
	std::vector<std::size_t> results; /* places in the plan; the smallest first */
	std::size_t cases = 0;		  /* how many cases they are of */
	Sight sight;			  /* what most of them show; as in the smallest that does */
	std::size_t kinds = 0;		  /* how many signatures they have */
	Reach transports;
	Reach paths;
	/* Other requirements that fail only where this one does, in far fewer results, so that they
	 * cannot be judged while it is broken. */
	std::vector<Finding> followers;
};

/*
 * Groups the results for which `failed` holds by what they showed, names for each group the
 * one requirement that it breaks, and puts the groups of a requirement together. The gravest
 * standing comes first; then the most results, as what fails everywhere is the cause of much
 * that fails here and there. Results that only the ledger of ids failed count a third. What did
 * not end comes last: it says least about what is wrong.
 *
 * The requirement is the one that a failure was charged to. Elsewhere it is the one among those
 * of the cases, and the one that every case relies on there (Outcome::common), whose results agree
 * best with the group: they are in it, and do not pass. Of the latter only those results count
 * where it was looked at, and held (Outcome::relied_on). It is the one where no other is that half
 * of the group are about, or some of them and few that pass.
 */
std::vector<Finding> diagnose(const std::vector<Planned> &plan,
			      const std::vector<std::optional<Outcome>> &outcomes,
			      const std::function<bool(const Outcome &)> &failed);

} // namespace harness

#endif
