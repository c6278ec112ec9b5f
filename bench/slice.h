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

	double gb() const { return static_cast<double>(bytes) / 1e9; }
	double gb_per_second() const { return gb() / seconds; }
	double cpu_per_gb() const { return cpu / gb(); }
	double both_cpu_per_gb() const { return (cpu + receiver_cpu) / gb(); }
};

} // namespace bench
