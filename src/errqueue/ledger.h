/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "errqueue/notification.h"

namespace errqueue
{

/*
 * Exactly-once accounting of notification ids, the judge of all completions.
 * msg_zerocopy.rst, Notifications: "This counter is incremented for each
 * successful call with flag MSG_ZEROCOPY"; every id so given must be reported
 * once, in any order, alone or within a range, modulo 2^32. Pure.
 *
 * At most 2^32 ids may be outstanding at a time, as in the kernel.
 */
class Ledger {
public:
	explicit Ledger(std::uint32_t first_id = 0) : first_(first_id) {}

	/* A flagged call succeeded: returns the id that it must get. */
	std::uint32_t sent();
	/* A notification reported these ids. */
	void completed(IdRange ids);

	/* The id that the next successful flagged call must get. */
	std::uint32_t next_id() const { return first_ + static_cast<std::uint32_t>(sent_); }
	/* Ids sent and not yet reported. */
	std::uint64_t outstanding() const { return sent_ - completed_; }
	/* Everything sent was reported once and nothing else was reported. */
	bool settled() const { return outstanding() == 0 && faultless(); }
	bool faultless() const { return duplicates_.empty() && unknown_.empty(); }

	std::vector<IdRange> missing() const;
	const std::vector<IdRange> &duplicates() const { return duplicates_; }
	/* Reported, but never given to a call. */
	const std::vector<IdRange> &unknown() const { return unknown_; }

	/* As many ids were reported that no call has as are missing, and none twice: each call was
	 * reported, under other ids than it should have. */
	bool renumbered() const;

	/* "3 sent, 1 completed; missing [1,2]; duplicate [0,0]", for people. */
	std::string describe() const;

private:
	/* Calls are numbered 0, 1, ... in 64 bits; ids are their low 32 bits,
	 * shifted by first_. */
	using Call = std::uint64_t;
	IdRange ids(Call from, Call to) const;
	void complete_calls(Call from, Call to);

	std::uint32_t first_;
	std::uint64_t sent_ = 0;
	std::uint64_t completed_ = 0;
	std::map<Call, Call> done_; /* disjoint, not adjacent: first call -> last call */
	std::vector<IdRange> duplicates_;
	std::vector<IdRange> unknown_;
};

} // namespace errqueue
