// SPDX-License-Identifier: GPL-2.0
#include "trace/seeded.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>

#include "transport/generator.h"

namespace trace
{

using Word = std::uint64_t;

/* No case has more payload than this. */
constexpr std::size_t made = std::size_t{4} << 20;
/* Half of them stay free. */
constexpr std::size_t entries = 2 * made / sizeof(Word);

static Word word_at(const std::uint8_t *bytes)
{
	Word word;

	std::memcpy(&word, bytes, sizeof(word));
	return word;
}
constexpr std::size_t most_shown = 8;
constexpr unsigned most_parts = 8;
constexpr unsigned most_unknown = 3;

static std::string hexadecimal(os::Bytes bytes)
{
	std::string text;

	for (const std::uint8_t byte : bytes.first(std::min(bytes.size(), most_shown))) {
		std::array<char, 4> digits;

		std::snprintf(digits.data(), digits.size(), "%02x", byte);
		text += (text.empty() ? "" : " ") + std::string(digits.data());
	}
	return text + (bytes.size() > most_shown ? " ..." : "");
}

static os::Data inverted(os::Data bytes)
{
	for (std::uint8_t &byte : bytes)
		byte ^= 0xff;
	return bytes;
}

SeededBytes::SeededBytes(std::uint64_t seed) : made_(made), places_(entries)
{
	transport::Generator generator(seed);

	for (std::size_t at = 0; at < made; at += sizeof(Word)) {
		const Word word = generator();

		std::memcpy(made_.data() + at, &word, sizeof(word));
		places_[entry(word)] = static_cast<std::uint32_t>(at + 1);
	}
}

std::size_t SeededBytes::entry(Word word) const
{
	std::size_t at = word % entries;

	while (places_[at] && word_at(made_.data() + places_[at] - 1) != word)
		at = (at + 1) % entries;
	return at;
}

/* One of eight places in a row is where a word begins. */
std::optional<std::size_t> SeededBytes::find(os::Bytes bytes) const
{
	for (std::size_t before = 0; before + sizeof(Word) <= bytes.size() && before < sizeof(Word);
	     before++) {
		const std::size_t place = places_[entry(word_at(bytes.data() + before))];

		if (place > before &&
		    std::memcmp(bytes.data(), made_.data() + place - 1 - before, before) == 0)
			return place - 1 - before;
	}
	return std::nullopt;
}

std::optional<SeededBytes::Part> SeededBytes::first_part(os::Bytes bytes, os::Bytes beyond) const
{
	os::Data all(bytes.begin(), bytes.end());
	bool turned = false;

	all.insert(all.end(), beyond.begin(), beyond.end());
	std::optional<std::size_t> at = find(all);
	if (!at) {
		all = inverted(std::move(all));
		at = find(all);
		turned = true;
	}
	if (!at)
		return std::nullopt;
	const std::size_t length = std::min(bytes.size(), made_.size() - *at);
	const auto end = all.begin() + static_cast<std::ptrdiff_t>(length);
	const auto same = made_.begin() + static_cast<std::ptrdiff_t>(*at);
	const auto differs = std::mismatch(all.begin(), end, same).first;
	return Part{static_cast<std::size_t>(differs - all.begin()), at, turned};
}

std::string SeededBytes::describe(os::Bytes bytes, os::Bytes beyond) const
{
	std::string text;
	unsigned parts = 0, unknown = 0;

	if (bytes.empty())
		return "none";
	while (!bytes.empty()) {
		const auto part = parts < most_parts ? first_part(bytes, beyond) : std::nullopt;
		if (!part && (bytes.size() < sizeof(Word) || parts == most_parts || ++unknown > most_unknown))
			return text + (text.empty() ? "" : ", ") + hexadecimal(bytes);
		/* Where a byte is none, what follows may be one again. */
		const std::size_t length = part ? part->length : 1;

		text += (text.empty() ? "" : ", ") +
			(part ? (part->inverted ? "~seed+" : "seed+") + std::to_string(*part->at)
			      : hexadecimal(bytes.first(1)));
		if (part && (parts > 0 || length < bytes.size()))
			text += " for " + std::to_string(length);
		bytes = bytes.subspan(length);
		parts++;
	}
	return text;
}

std::vector<SeededBytes::Part> SeededBytes::parts(os::Bytes bytes, os::Bytes beyond) const
{
	constexpr std::size_t enough = 2 * sizeof(Word);
	std::vector<Part> all;
	bool joins = false; /* a byte that is none: the part before */

	while (!bytes.empty()) {
		const os::Bytes head = bytes.first(std::min(bytes.size(), enough));
		/* Many of one kind are a part of their own. */
		const auto other = std::ranges::find_if(bytes, [&](auto byte) { return byte != bytes[0]; });
		const auto alike = static_cast<std::size_t>(other - bytes.begin());
		std::optional<Part> part;

		if (alike > enough)
			part = Part{alike, std::nullopt, false};
		else if (head.size() < enough || knows(head))
			part = first_part(bytes, beyond);
		if (!part && joins)
			all.back().length++;
		else
			all.push_back(part.value_or(Part{1, std::nullopt, false}));
		joins = !part;
		bytes = bytes.subspan(part ? part->length : 1);
	}
	return all;
}

bool SeededBytes::knows(os::Bytes bytes) const
{
	return find(bytes) || find(inverted({bytes.begin(), bytes.end()}));
}

} // namespace trace
