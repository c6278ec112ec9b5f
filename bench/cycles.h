/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <cstdint>

#include "os/fd.h"

namespace bench
{

/* The cycles of the calling thread, in the kernel too, where perf_event_open(2) counts them. */
class Cycles {
public:
	Cycles();
	/* Whether they are counted: virtual machines and perf_event_paranoid may forbid it. */
	bool counted() const { return static_cast<bool>(counter_); }
	/* So far; 0 where they are not counted. */
	std::uint64_t now() const;

private:
	os::Fd counter_;
};

} // namespace bench
