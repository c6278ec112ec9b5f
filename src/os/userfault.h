/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

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

} // namespace os
