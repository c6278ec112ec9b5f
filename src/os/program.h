/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>

#include "os/text.h"

/* What the programs of the suite share: how they begin, end and read their command lines. */
namespace os
{

/* The command line is wrong: one line that names the word and what there is instead. */
class UsageError : public std::runtime_error {
public:
	using std::runtime_error::runtime_error;
};

/* The option's value. Throws UsageError. */
template <typename Number>
Number whole_number(const char *option, const char *text, Number least = 1,
		    Number most = std::numeric_limits<Number>::max())
{
	const std::optional<Number> value = number<Number>(text);

	if (!value || *value < least || *value > most)
		throw UsageError(std::string(option) + " takes a whole number from " + std::to_string(least) +
				 " to " + std::to_string(most) + ", not '" + text + "'");
	return *value;
}

/* `text`, which must be one of the names. Throws UsageError. */
std::string one_of(const char *what, const char *text, std::span<const std::string> names);

/*
 * Returns the exit status: that of `act`, or `trouble` where it throws, or where standard output
 * is closed or full. Output that is lost must not pass for a verdict. The reason is one line of
 * standard error behind the program's name.
 */
int run_program(const char *program, const std::function<int()> &act, int trouble = 1);

} // namespace os
