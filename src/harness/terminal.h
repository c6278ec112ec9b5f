/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MSG_ZEROCOPY_HARNESS_TERMINAL_H
#define MSG_ZEROCOPY_HARNESS_TERMINAL_H

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "harness/outcome.h"

/* What people see who watch a run. Nothing of it goes anywhere but to a terminal, except
 * colours where they are asked for. */
namespace harness
{

/* Whether results on standard output have colours: "always", "never", or "auto": on a
 * terminal, unless NO_COLOR is set (no-color.org). Throws os::UsageError. */
bool wants_color(std::string_view when);

/* A word of a result in the colour of its verdict. */
std::string in_color(const char *word, Verdict verdict);

/* Standard error, else standard output, where it is a terminal that can erase a line; -1. */
int watched_terminal();

/* The line at the bottom of the terminal that is watched, if one is. */
class StatusLine {
public:
	/* `between`: how long a text stays at least. */
	explicit StatusLine(std::chrono::milliseconds between) : between_(between) {}

	/* Where the line is shown; -1: nowhere. */
	int terminal() const { return terminal_; }
	/* Is it time for a text? */
	bool due() const;
	void show(const std::string &text);
	/* Erase it, before anything else is printed. */
	void clear();

private:
	void write(const std::string &text) const;

	std::chrono::milliseconds between_;
	int terminal_ = watched_terminal();
	bool shown_ = false;
	std::chrono::steady_clock::time_point next_ = {};
};

/* One line at the bottom of the terminal that says how far a run is. */
class Progress {
public:
	explicit Progress(std::size_t planned) : planned_(planned) {}

	/* Where the line is shown; -1: nowhere. */
	int terminal() const { return line_.terminal(); }
	/* `round`: of a run until something fails, 0 in any other. */
	void show(std::size_t done, std::size_t failed, unsigned round);
	void clear() { line_.clear(); }

private:
	std::size_t planned_;
	StatusLine line_{std::chrono::milliseconds(100)};
	std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
};

} // namespace harness

#endif
