/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

namespace trace
{

/*
 * The lines of a trace, written to a file as things happen, so that the last ones
 * are there too where all ends by SIGKILL. A call that waits while another thread
 * makes one is two lines, as strace(1) has it.
 */
class Journal {
public:
	/* The lines of `main_thread` bear no thread's id. */
	Journal(int file, pid_t main_thread);

	void call_begun(pid_t thread, const std::string &call);
	void call_ended(pid_t thread, const std::string &name, const std::string &result);
	/* A line of its own: a signal, say. */
	void event(pid_t thread, const std::string &text);
	/* A line about the trace. */
	void note(const std::string &text);

private:
	std::string start_of_line(pid_t thread) const;
	/* Another line follows. */
	void interrupt();
	void write(const std::string &text) const;

	int file_;
	pid_t main_thread_;
	std::chrono::steady_clock::time_point started_;
	pid_t open_ = 0; /* whose call's line is not complete */
};

/* The lines of such a file; the middle ones left out where there are too many. */
std::vector<std::string> read_journal(int file);

} // namespace trace
