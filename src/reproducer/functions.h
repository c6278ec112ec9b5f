/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <span>
#include <string_view>

/* What programs are put together from, in C. Pure. */
namespace reproducer
{

struct Function {
	/* A program has it where this word stands in its lines, or in another function that it has. */
	std::string_view name;
	/* With spaces between: "poll.h sys/socket.h". */
	std::string_view headers;
	std::string_view text;
};

/* In an order in which each stands behind those that it calls. */
std::span<const Function> functions();

/* Headers that declare what only lines of main() use: the word, and the header. */
struct Declared {
	std::string_view prefix; /* of a word: "EPOLL" */
	std::string_view header;
};
std::span<const Declared> declared();

} // namespace reproducer
