/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include "os/bytes.h"
#include "os/fd.h"
#include "os/mapping.h"

namespace os
{

/* Memory whose stores wait for a word of this process: userfaultfd(2). Faults of
 * user space only, which need no privilege. */
class WriteProtection {
public:
	/* Throws std::system_error where the kernel cannot. */
	explicit WriteProtection(const Mapping &memory);

	/* A store is waiting; false where none comes within the deadline. */
	bool await_store() const;
	/* Let it, and every later one, be made. */
	void lift() const;

private:
	void protect(bool on) const;

	const Mapping &memory_;
	Fd events_;
};

/* Whose faults are handled: those of the kernel, within a system call, take CAP_SYS_PTRACE, or the sysctl
 * vm.unprivileged_userfaultfd. */
enum class Faults { of_user_space, all };

/* Private memory that is empty as long as this object lives, until it is filled: faults wait for that. */
class MissingPages {
public:
	/* Throws os::Missing where the kernel does not let this user handle all faults, std::system_error
	 * where it cannot. */
	MissingPages(const Mapping &memory, Faults faults);

	/* A fault is waiting; false where none comes within the deadline. */
	bool await() const;
	/* The first page gets these bytes, and zeros behind them. */
	void fill(Bytes bytes) const;

private:
	const Mapping &memory_;
	Fd events_;
};

} // namespace os
