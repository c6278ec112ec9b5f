// SPDX-License-Identifier: GPL-2.0
#include "catalogue/words.h"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "os/names.h"

namespace catalogue
{

namespace
{

bool in_word(char letter)
{
	return std::isalnum(static_cast<unsigned char>(letter)) || letter == '_' || letter == '-';
}

std::string lower(std::string_view text)
{
	std::string out(text);

	std::ranges::transform(out, out.begin(),
			       [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
	return out;
}

std::vector<std::string> split(std::string_view text)
{
	std::vector<std::string> found;

	while (!text.empty()) {
		const auto end = std::ranges::find_if_not(text, in_word) - text.begin();
		std::string_view word = text.substr(0, end);

		text.remove_prefix(std::min<std::size_t>(end + 1, text.size()));
		/* "--entry", and a dash between words. */
		while (word.starts_with('-'))
			word.remove_prefix(1);
		while (word.ends_with('-'))
			word.remove_suffix(1);
		if (!word.empty())
			found.emplace_back(word);
	}
	return found;
}

/* "enotsupp": 524, of all that this machine's errno has, and what only kernels know. */
const std::map<std::string, int> &errors()
{
	static const std::map<std::string, int> all = [] {
		constexpr int last = 530;
		std::map<std::string, int> numbers;

		for (int error = 1; error <= last; error++)
			if (const std::string name = os::error_name(error); name.starts_with('E'))
				numbers.emplace(lower(name), error);
		return numbers;
	}();

	return all;
}

void add(std::vector<std::string> &words, std::string_view text)
{
	for (const std::string &each : split(text)) {
		words.push_back(lower(each));
		if (each.find_first_of("_-") == std::string::npos)
			continue;
		std::string parts = words.back();
		std::ranges::replace_if(
			parts, [](char letter) { return letter == '_' || letter == '-'; }, ' ');
		std::ranges::move(split(parts), std::back_inserter(words));
	}
}

} // namespace

std::vector<std::string> words_of(std::string_view text)
{
	std::vector<std::string> words;

	add(words, text);
	for (std::size_t i = 0, before = words.size(); i < before; i++)
		if (const auto error = errors().find(words[i]); error != errors().end()) {
			words.push_back(std::to_string(error->second));
			add(words, ::strerror(error->second));
		}
	return words;
}

std::vector<std::string> query_of(std::string_view text)
{
	static const std::set<std::string, std::less<>> idle = {
		"a",  "an", "and", "are", "as", "at",  "be",   "but",  "by",  "do",   "does",
		"i",  "in", "is",  "it",  "my", "of",  "on",   "or",   "so",  "the",  "then",
		"to", "we", "why", "me",  "if", "has", "have", "with", "for", "from", "that"};
	std::vector<std::string> query;

	for (const std::string &each : split(text)) {
		std::string word = lower(each);

		if (idle.contains(word))
			continue;
		/* No ending is cut off a name in capitals: "ENOENT" is none of "entering". */
		for (const std::string_view ending : {"ing", "ed", "es", "s"})
			if (word.size() >= ending.size() + 3 && word.ends_with(ending) &&
			    std::islower(static_cast<unsigned char>(each.back()))) {
				word.resize(word.size() - ending.size());
				break;
			}
		query.push_back(word);
	}
	return query;
}

bool has_word(const std::vector<std::string> &words, std::string_view wanted)
{
	const bool whole = wanted.size() < 3 ||
			   std::ranges::all_of(wanted, [](unsigned char each) { return std::isdigit(each); });

	return std::ranges::any_of(words, [&](const std::string &word) {
		return whole ? word == wanted : word.starts_with(wanted);
	});
}

} // namespace catalogue
