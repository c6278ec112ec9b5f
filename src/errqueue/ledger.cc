// SPDX-License-Identifier: GPL-2.0
#include "errqueue/ledger.h"

#include <algorithm>
#include <iterator>
#include <sstream>

namespace errqueue
{

std::uint32_t Ledger::sent()
{
	const std::uint32_t id = next_id();

	sent_++;
	return id;
}

IdRange Ledger::ids(Call from, Call to) const
{
	return {first_ + static_cast<std::uint32_t>(from), first_ + static_cast<std::uint32_t>(to)};
}

void Ledger::completed(IdRange range)
{
	/* The id names the latest call that got it: look back from the newest. */
	const std::uint64_t back_hi = static_cast<std::uint32_t>(next_id() - 1 - range.hi);
	const std::uint64_t back_lo = back_hi + range.count() - 1;

	if (back_lo < sent_) {
		complete_calls(sent_ - 1 - back_lo, sent_ - 1 - back_hi);
		return;
	}
	/* Some or all of it was never sent. Ids are few then: take them one by
	 * one, but never walk billions for a wild range. */
	if (range.count() > (1U << 20)) {
		unknown_.push_back(range);
		return;
	}
	for (std::uint64_t i = 0; i < range.count(); i++) {
		const std::uint32_t id = range.lo + static_cast<std::uint32_t>(i);
		const std::uint64_t back = static_cast<std::uint32_t>(next_id() - 1 - id);

		if (back < sent_)
			complete_calls(sent_ - 1 - back, sent_ - 1 - back);
		else if (!unknown_.empty() && unknown_.back().hi + 1 == id)
			unknown_.back().hi = id;
		else
			unknown_.push_back({id, id});
	}
}

void Ledger::complete_calls(Call from, Call to)
{
	/* The first done range that may touch or overlap [from, to]. */
	auto it = done_.upper_bound(from);
	if (it != done_.begin() && std::prev(it)->second + 1 >= from)
		--it;

	Call merged_from = from;
	Call merged_to = to;
	completed_ += to - from + 1;
	while (it != done_.end() && it->first <= to + 1) {
		const Call overlap_from = std::max(from, it->first);
		const Call overlap_to = std::min(to, it->second);

		if (overlap_from <= overlap_to) {
			duplicates_.push_back(ids(overlap_from, overlap_to));
			completed_ -= overlap_to - overlap_from + 1;
		}
		merged_from = std::min(merged_from, it->first);
		merged_to = std::max(merged_to, it->second);
		it = done_.erase(it);
	}
	done_[merged_from] = merged_to;
}

std::vector<IdRange> Ledger::missing() const
{
	std::vector<IdRange> gaps;
	Call next = 0;

	for (const auto &[from, to] : done_) {
		if (from > next)
			gaps.push_back(ids(next, from - 1));
		next = to + 1;
	}
	if (next < sent_)
		gaps.push_back(ids(next, sent_ - 1));
	return gaps;
}

bool Ledger::renumbered() const
{
	std::uint64_t other_ids = 0;

	for (const IdRange &range : unknown_)
		other_ids += range.count();
	return other_ids > 0 && other_ids == outstanding() && duplicates_.empty();
}

std::string Ledger::describe() const
{
	std::ostringstream out;
	auto list = [&out](const char *what, const std::vector<IdRange> &ranges) {
		if (ranges.empty())
			return;
		out << "; " << what;
		for (const IdRange &range : ranges)
			out << ' ' << errqueue::describe(range);
	};

	out << sent_ << " sent, " << completed_ << " completed";
	list("missing", missing());
	list("duplicate", duplicates_);
	list("never sent", unknown_);
	return out.str();
}

} // namespace errqueue
