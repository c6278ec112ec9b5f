/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <charconv>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

namespace os
{

/* The whole text as one decimal number; none where it is anything else, or more than the type holds. */
template <typename Number> std::optional<Number> number(std::string_view text)
{
	Number value = 0;
	const char *const end = text.data() + text.size();
	const auto [stopped, error] = std::from_chars(text.data(), end, value);

	return error == std::errc() && stopped == end ? std::optional(value) : std::nullopt;
}

/* "tcp4, udp4" */
inline std::string joined(std::span<const std::string> words, std::string_view between = ", ")
{
	std::string text;

	for (const std::string &word : words)
		text.append(&word == words.data() ? "" : between).append(word);
	return text;
}

} // namespace os
