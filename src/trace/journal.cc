// SPDX-License-Identifier: GPL-2.0
#include "trace/journal.h"

#include <unistd.h>

#include <array>
#include <cstdio>
#include <sstream>

#include "os/check.h"
#include "os/fd.h"

namespace trace
{

/* A case that sends thousands of times says the same thousands of times. */
constexpr std::size_t most_first = 600;
constexpr std::size_t most_last = 400;
constexpr char unfinished[] = " <unfinished>";

Journal::Journal(int file, pid_t main_thread)
	: file_(file), main_thread_(main_thread), started_(std::chrono::steady_clock::now())
{
}

void Journal::call_begun(pid_t thread, const std::string &call)
{
	interrupt();
	write(start_of_line(thread) + call);
	open_ = thread;
}

void Journal::call_ended(pid_t thread, const std::string &name, const std::string &result)
{
	if (open_ == thread) {
		write(' ' + result + '\n');
		open_ = 0;
		return;
	}
	event(thread, "<" + name + " resumed> " + result);
}

void Journal::event(pid_t thread, const std::string &text)
{
	interrupt();
	write(start_of_line(thread) + text + '\n');
}

void Journal::note(const std::string &text)
{
	interrupt();
	write(text + '\n');
}

std::string Journal::start_of_line(pid_t thread) const
{
	using std::chrono::microseconds;
	const auto since = std::chrono::steady_clock::now() - started_;
	std::array<char, 32> time;

	std::snprintf(time.data(), time.size(), "%8lld ",
		      static_cast<long long>(std::chrono::duration_cast<microseconds>(since).count()));
	return time.data() + (thread == main_thread_ ? "" : '[' + std::to_string(thread) + "] ");
}

void Journal::interrupt()
{
	if (open_)
		write(std::string(unfinished) + '\n');
	open_ = 0;
}

void Journal::write(const std::string &text) const
{
	os::check(::write(file_, text.data(), text.size()), "write(trace)");
}

std::vector<std::string> read_journal(int file)
{
	std::vector<std::string> lines;

	os::check(::lseek(file, 0, SEEK_SET), "lseek(trace)");
	const std::string all = os::read_to_end(file);
	std::istringstream text(all);
	for (std::string line; std::getline(text, line);)
		lines.push_back(line);
	if (!all.empty() && all.back() != '\n')
		lines.back() += unfinished;
	if (lines.size() > most_first + most_last) {
		const auto from = lines.begin() + most_first;
		const auto to = lines.end() - most_last;
		const std::string left_out = std::to_string(to - from) + " lines left out";

		lines.insert(lines.erase(from, to), left_out);
	}
	return lines;
}

} // namespace trace
