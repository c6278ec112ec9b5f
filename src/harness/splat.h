/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace harness
{

/* One record of /dev/kmsg: Documentation/ABI/testing/dev-kmsg. */
struct LogRecord {
	bool kernel; /* the kernel's own; what programs write there never is */
	std::string text;
};
/* Nothing where the line does not begin a record, as in a record's dictionary. */
std::optional<LogRecord> parse_record(std::string_view line);

/* The kernel reports a fault of its own, in one line or in many. */
struct Splat {
	std::vector<std::string> lines;

	/* The task that was running, not always the one at fault; 0: the idle task,
	 * or the report does not say. In the pid namespace of init. */
	pid_t pid() const;
	/* It was in an interrupt: the task has nothing to do with it. */
	bool interrupt() const;
	/* It reports a hung task, pid(), and names no code that is at fault. */
	bool hung() const;
	/* It concerns code that the suite exercises: the network, memory, io_uring, or
	 * devices with the suite's names. */
	bool concerns_network_or_memory() const;
};

/* Puts the lines of splats together, from the records of the log in order. */
class SplatReader {
public:
	void take(const LogRecord &record);
	/* A splat has begun, and its end was not seen. */
	bool unfinished() const { return open_.has_value(); }
	/* No more of it comes. */
	void finish();
	/* Those that are complete, each once. */
	std::vector<Splat> splats();

private:
	std::optional<Splat> open_;
	std::vector<Splat> complete_;
};

} // namespace harness
