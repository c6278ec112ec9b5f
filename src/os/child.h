/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <sys/types.h>

#include <functional>
#include <utility>

#include "os/deadline.h"

namespace os
{

/*
 * A child process that runs `work` and exits with its result, 0 to 254. It is killed when
 * its parent ends, and killed and reaped when this object ends.
 */
class Child {
public:
	/* Throws std::system_error where no process can be had. */
	explicit Child(const std::function<int()> &work);
	~Child();
	Child(Child &&other) noexcept : pid_(std::exchange(other.pid_, -1)) {}
	Child &operator=(Child &&other) noexcept
	{
		std::swap(pid_, other.pid_);
		return *this;
	}
	Child(const Child &) = delete;
	Child &operator=(const Child &) = delete;

	pid_t pid() const { return pid_; }
	/* Kill it. False where it does not end within the deadline, because it is stuck in the
	 * kernel; this object then abandons it. */
	bool kill(const Deadline &deadline = Deadline());
	/* Wait for its end, as waitpid(2) tells it. Call it once, or wait(). */
	int reap();
	/* What `work` returned, once it has. Throws os::Broken where it
	 * threw or was ended by a signal. Call it once. */
	int wait();

private:
	pid_t pid_;
};

} // namespace os
