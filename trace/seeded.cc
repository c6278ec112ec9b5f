// SPDX-License-Identifier: GPL-2.0
#include "trace/seeded.h"

#include <string.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>

namespace trace
{

namespace
{

/* So many bytes are nowhere else by chance. */
constexpr std::size_t telling = 6;
/* No case has more payload than this. */
constexpr std::size_t most_made = std::size_t{4} << 20;
constexpr std::size_t most_shown = 8;
constexpr unsigned most_parts = 8;
/* To look for what is nowhere takes the longest. */
constexpr unsigned most_unknown = 3;

std::string hexadecimal(transport::Bytes bytes)
{
	std::string text;

	for (const std::uint8_t byte : bytes.first(std::min(bytes.size(), most_shown))) {
		std::array<char, 4> digits;

		std::snprintf(digits.data(), digits.size(), "%02x", byte);
		text += (text.empty() ? "" : " ") + std::string(digits.data());
	}
	return text + (bytes.size() > most_shown ? " ..." : "");
}

transport::Data inverted(transport::Data bytes)
{
	for (std::uint8_t &byte : bytes)
		byte ^= 0xff;
	return bytes;
}

} // namespace

void SeededBytes::grow()
{
	const std::size_t target = std::max<std::size_t>(2 * made_.size(), 64 << 10);

	std::size_t at = made_.size();

	made_.resize(target);
	for (; at < target; at += sizeof(std::uint64_t)) {
		const std::uint64_t word = generator_();

		std::memcpy(made_.data() + at, &word, sizeof(word));
	}
}

std::optional<std::size_t> SeededBytes::find(transport::Bytes bytes)
{
	const transport::Bytes sample = bytes.first(std::min(bytes.size(), telling));
	std::size_t searched = 0;

	if (sample.size() < telling)
		return std::nullopt;
	for (;;) {
		const std::uint8_t *from = made_.data() + searched;
		const void *found = ::memmem(from, made_.size() - searched, sample.data(), sample.size());

		if (found)
			return static_cast<const std::uint8_t *>(found) - made_.data();
		if (made_.size() >= most_made)
			return std::nullopt;
		searched = made_.size() - std::min(made_.size(), sample.size());
		grow();
	}
}

std::optional<SeededBytes::Part> SeededBytes::first_part(transport::Bytes bytes, transport::Bytes beyond)
{
	transport::Data all(bytes.begin(), bytes.end());
	const char *sign = "";

	all.insert(all.end(), beyond.begin(), beyond.end());
	std::optional<std::size_t> at = find(all);
	if (!at) {
		all = inverted(std::move(all));
		at = find(all);
		sign = "~";
	}
	if (!at)
		return std::nullopt;
	while (made_.size() < *at + bytes.size())
		grow();
	const auto end = all.begin() + static_cast<std::ptrdiff_t>(bytes.size());
	const auto same = made_.begin() + static_cast<std::ptrdiff_t>(*at);
	const auto differs = std::mismatch(all.begin(), end, same).first;
	return Part{sign + ("seed+" + std::to_string(*at)), static_cast<std::size_t>(differs - all.begin())};
}

std::string SeededBytes::describe(transport::Bytes bytes, transport::Bytes beyond)
{
	std::string text;
	unsigned parts = 0, unknown = 0;

	if (bytes.empty())
		return "none";
	while (!bytes.empty()) {
		const auto part = parts < most_parts ? first_part(bytes, beyond) : std::nullopt;
		if (!part && (bytes.size() < telling || parts == most_parts || ++unknown > most_unknown))
			return text + (text.empty() ? "" : ", ") + hexadecimal(bytes);
		/* Where a byte is none, what follows may be one again. */
		const std::size_t length = part ? part->length : 1;

		text += (text.empty() ? "" : ", ") + (part ? part->text : hexadecimal(bytes.first(1)));
		if (part && (parts > 0 || length < bytes.size()))
			text += " for " + std::to_string(length);
		bytes = bytes.subspan(length);
		parts++;
	}
	return text;
}

bool SeededBytes::knows(transport::Bytes bytes)
{
	return find(bytes) || find(inverted({bytes.begin(), bytes.end()}));
}

} // namespace trace
