// SPDX-License-Identifier: GPL-2.0
#include "bench/cycles.h"

#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace bench
{

Cycles::Cycles()
{
	perf_event_attr attributes = {};

	attributes.type = PERF_TYPE_HARDWARE;
	attributes.size = sizeof(attributes);
	attributes.config = PERF_COUNT_HW_CPU_CYCLES;
	counter_ = os::Fd(static_cast<int>(
		::syscall(SYS_perf_event_open, &attributes, 0, -1, -1, PERF_FLAG_FD_CLOEXEC)));
}

std::uint64_t Cycles::now() const
{
	std::uint64_t count = 0;

	return counter_ && ::read(counter_.get(), &count, sizeof(count)) == sizeof(count) ? count : 0;
}

} // namespace bench
