/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "harness/log_tail.h"
#include "harness/splat.h"
#include "os/fd.h"

namespace harness
{

/*
 * The kernel's reports of its own faults from here on. They come from /dev/kmsg, which
 * takes CAP_SYSLOG to read unless kernel.dmesg_restrict is 0. Where it cannot be read, the
 * first fault still shows as a taint (Documentation/admin-guide/tainted-kernels.rst).
 */
class KernelLog {
public:
	KernelLog();

	/* Readable when read() has something to do; -1 where the log cannot be read. */
	int fd() const { return log_.get(); }
	/* Why it cannot, "" where it can. */
	const std::string &unreadable() const { return unreadable_; }
	/* Splats that are new. Waits for the end of one that has begun. */
	std::vector<Splat> read();

	/* The current position, for since(). The next read() still reports earlier splats. */
	std::size_t mark();
	/* For diagnostics: the messages since, or a line that says why they cannot be read. */
	std::vector<std::string> since(std::size_t mark) const;

private:
	/* Without waiting. */
	void read_records();
	std::optional<Splat> new_taint();

	os::Fd log_;
	std::string unreadable_;
	os::Fd tainted_;
	unsigned long taint_;
	std::string rest_; /* the beginning of a line */
	SplatReader reader_;
	LogTail tail_;
};

/* The suspects: indices into `processes`, the suite's cases by their process. */
struct Blame {
	std::vector<std::size_t> cases;
	/* It was in this process of the case; 0: one of the cases, or none. */
	pid_t pid = 0;
};

/*
 * Where the splat's task is a process of one case, that case is to blame. Where the task was
 * idle, a kernel thread or in an interrupt, and the splat concerns code that the suite
 * exercises, every running case is a suspect. A splat in another program's system call
 * blames no case.
 */
Blame blame(const Splat &splat, const std::map<pid_t, std::size_t> &processes);

} // namespace harness
