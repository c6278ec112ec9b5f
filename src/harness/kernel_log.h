/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MSG_ZEROCOPY_HARNESS_KERNEL_LOG_H
#define MSG_ZEROCOPY_HARNESS_KERNEL_LOG_H

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
 * What the kernel says of its own faults from here on: /dev/kmsg, which anybody
 * may read where kernel.dmesg_restrict is 0, and who has CAP_SYSLOG elsewhere.
 * Where it cannot be read, that a fault of the kernel's code came about can still
 * be seen, once, by its taint (Documentation/admin-guide/tainted-kernels.rst).
 */
class KernelLog {
public:
	KernelLog();

	/* Readable when there is something to take; -1 where the log cannot be read. */
	int fd() const { return log_.get(); }
	/* Why it cannot, "" where it can. */
	const std::string &unreadable() const { return unreadable_; }
	/* Splats that are new. Waits for the end of one that has begun. */
	std::vector<Splat> read();

	/* Now, for since(). A splat that came before is told by the next read() all the same. */
	std::size_t mark();
	/* For diagnostics: what the kernel said since, or that it cannot be known here. */
	std::vector<std::string> since(std::size_t mark) const;

private:
	/* All that is there now. */
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

/* Who is to blame: indices into `processes`, the suite's cases by their process. */
struct Blame {
	std::vector<std::size_t> cases;
	/* It was in this process of the case; 0: one of the cases, or none. */
	pid_t pid = 0;
};

/*
 * The splat's task is a process of one of these, and so its doing; or an idle
 * task, a kernel thread or one of those in an interrupt that ran for anybody, and
 * the splat is about what the suite exercises: then one of these may have caused
 * it. Nobody, where it happened in what another program asked for.
 */
Blame blame(const Splat &splat, const std::map<pid_t, std::size_t> &processes);

} // namespace harness

#endif
