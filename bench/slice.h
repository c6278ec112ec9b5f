/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <cstdint>

namespace bench
{

/* What was sent within a short time, and what it cost. */
struct Slice {
	std::uint64_t calls = 0;
	std::uint64_t bytes = 0;
	double seconds = 0;	    /* on the wall clock */
	double cpu = 0;		    /* seconds of the sending thread, softirqs that run in it included */
	double receiver_cpu = 0;    /* seconds of the receiving process */
	std::uint64_t reported = 0; /* calls whose completion was read */
	std::uint64_t copied = 0;   /* those of them with SO_EE_CODE_ZEROCOPY_COPIED */
	std::uint64_t messages = 0; /* that were read from the error queue */
	std::uint64_t refused = 0;  /* calls that failed with ENOBUFS, and were made again */

	std::uint64_t cycles = 0; /* of the sending thread; 0 where they are not counted */
	/* Before the slice, where a look does not cost it anything: calls without a completion, and bytes of
	 * option memory, at their most. */
	std::uint64_t outstanding = 0;
	unsigned option_memory = 0;

	double gb() const { return static_cast<double>(bytes) / 1e9; }
	double gb_per_second() const { return gb() / seconds; }
	double cpu_per_gb() const { return cpu / gb(); }
	double cycles_per_byte() const { return static_cast<double>(cycles) / static_cast<double>(bytes); }
	double both_cpu_per_gb() const { return (cpu + receiver_cpu) / gb(); }
};

} // namespace bench
