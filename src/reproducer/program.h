/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <cstdint>
#include <string>
#include <vector>

/*
 * A program in C11 that makes calls again and compares what the kernel answers. What it
 * is made from, a trace or a model, is no matter here. Pure.
 */
namespace reproducer
{

/* One line of main(). */
struct Step {
	enum class Of : char {
		statement = 's', /* has no answer: "fill(m0, 100, 0, 0)" */
		memory = 'm',	 /* `variable` m0 is that many bytes of memory: "4096" */
		setup = 'u',	 /* has to succeed, or nothing can be shown here */
		act = 'a',	 /* a call whose answer is compared */
		look = 'l',	 /* the same of one that changes nothing: repeated until it answers so */
		begin = 'b',	 /* made by a thread of its own, as it blocks; `variable` names the call */
		end = 'e',	 /* that call returns; its answer is compared */
		apart = 'p',	 /* as act, by a process of its own; `variable` names the call */
	};
	Of of = Of::act;
	/* An expression in C. It may use the functions of functions.h, which the program then
	 * has; descriptors are fd0, fd1, ..., ports port0, ..., memory m0, m1, .... */
	std::string call;
	/*
	 * The answer that was seen, in C: "10000", "-EAGAIN", "POLLERR"; or, where the call's value
	 * is text, that in double quotes.
	 */
	std::string answer = {};
	/* This answer shows that the promise is broken, and any other that it is kept. */
	bool decides = false;
	/* Takes the value: "fd3"; of a call that blocks, its name. */
	std::string variable = {};
	std::string remark = {}; /* the comment above the line */
	/* What the process of its own does first, each of which has to succeed. */
	std::vector<std::string> before = {};
	bool operator==(const Step &) const = default;
};

struct Program {
	/* Lines of the comment on top. What the exit statuses say follows by itself. */
	std::vector<std::string> about;
	std::vector<Step> steps;
	/* The promise was kept: the program exits with 0 where all answers are those seen. Else it
	 * exits with 1 there, and with 0 where one that decides is another. */
	bool kept = true;
	std::uint64_t seed = 0; /* what the bytes of fill() follow from */
};

/* The text of the program, for cc -std=c11 -Wall -Wextra -Werror. */
std::string write(const Program &program);

/* "abc" as a string of C, a line of the source for each line of the text. */
std::string quoted(const std::string &text, const std::string &indent = "");

} // namespace reproducer
