// SPDX-License-Identifier: GPL-2.0
#include "transport/transcript.h"

#include <algorithm>
#include <sstream>

namespace transport
{

void Transcript::append(os::Bytes bytes, bool more)
{
	if (stream()) {
		sent_.insert(sent_.end(), bytes.begin(), bytes.end());
		return;
	}
	unfinished_.insert(unfinished_.end(), bytes.begin(), bytes.end());
	if (more)
		return;
	const std::size_t step = segment_size_ ? segment_size_ : std::max<std::size_t>(unfinished_.size(), 1);
	std::size_t from = 0;
	do {
		const std::size_t length = std::min(step, unfinished_.size() - from);

		datagrams_.emplace_back(unfinished_.begin() + from, unfinished_.begin() + from + length);
		from += length;
	} while (from < unfinished_.size());
	unfinished_.clear();
}

void Transcript::replace_last(os::Bytes bytes)
{
	os::Data &last = stream() ? sent_ : unfinished_.empty() ? datagrams_.back() : unfinished_;

	std::ranges::copy(bytes, last.end() - bytes.size());
}

void Transcript::store_over_last(os::Bytes bytes)
{
	if (stream())
		stale_.push_back({sent_.size() - bytes.size(), {sent_.end() - bytes.size(), sent_.end()}});
	else if (unfinished_.empty())
		stale_.push_back({0, datagrams_.back()});
	else
		stale_.push_back({0, unfinished_});
	replace_last(bytes);
}

bool Transcript::was_sent_so(std::size_t at, std::uint8_t byte) const
{
	return std::ranges::any_of(stale_, [&](const Stale &stale) {
		return at >= stale.at && at - stale.at < stale.bytes.size() &&
		       stale.bytes[at - stale.at] == byte;
	});
}

void Transcript::arrived(os::Bytes bytes)
{
	std::ostringstream what;

	if (!stream()) {
		const auto is_it = [&](const os::Data &sent) { return std::ranges::equal(sent, bytes); };
		auto match = what_ == Of::datagrams ? std::ranges::find_if(datagrams_, is_it)
			     : !datagrams_.empty() && is_it(datagrams_.front()) ? datagrams_.begin()
										: datagrams_.end();

		if (match == datagrams_.end()) {
			/* What was appended to the datagram later is not looked at. */
			if (std::ranges::any_of(stale_, [&](const Stale &stale) {
				    return bytes.size() >= stale.bytes.size() &&
					   std::ranges::equal(stale.bytes, bytes.first(stale.bytes.size()));
			    }))
				throw Unshared(
					"a datagram of " + std::to_string(bytes.size()) +
					" bytes as it was at the send call: its pages were not shared");
			what << "a datagram of " << bytes.size() << " bytes arrived that was not sent"
			     << (what_ == Of::messages ? " next" : "");
			if (!datagrams_.empty()) {
				const os::Data &next = datagrams_.front();
				auto [a, b] = std::ranges::mismatch(next, bytes);
				what << "; the next one expected has " << next.size()
				     << " bytes and differs from it at byte " << a - next.begin();
			}
			throw Corruption(what.str());
		}
		datagrams_.erase(match);
		return;
	}
	const os::Bytes expected = os::Bytes(sent_).subspan(arrived_);
	const os::Bytes comparable = bytes.first(std::min(bytes.size(), expected.size()));
	const auto [sent, got] = std::ranges::mismatch(expected, comparable);
	const std::size_t same = got - comparable.begin();

	arrived_ += same;
	if (same < comparable.size()) {
		what << "byte " << arrived_ << " of the stream is 0x" << std::hex << unsigned{*got};
		if (was_sent_so(arrived_, *got)) {
			what << " as it was at the send call, not 0x" << unsigned{*sent}
			     << " as stored since: its page was not shared";
			throw Unshared(what.str());
		}
		what << ", sent was 0x" << unsigned{*sent};
		throw Corruption(what.str());
	}
	if (same < bytes.size()) {
		what << "more than was sent arrived after byte " << arrived_;
		throw Corruption(what.str());
	}
}

std::string Transcript::describe() const
{
	std::ostringstream out;

	if (stream())
		out << sent_.size() - arrived_ << " of " << sent_.size() << " bytes have not arrived";
	else
		out << datagrams_.size() << " datagrams have not arrived";
	return out.str();
}

} // namespace transport
