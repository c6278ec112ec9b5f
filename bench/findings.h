/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bench/flow.h"
#include "bench/statistics.h"

/* What the slices of a flow say together. */
namespace bench
{

/* Of all slices of a size, with the flag or without: medians and their intervals. */
struct Summary {
	Estimate gb_per_second;
	Estimate cpu_per_gb;	  /* of the sending thread */
	Estimate both_cpu_per_gb; /* with the receiving process */
};

/* One size of a flow. */
struct Row {
	std::size_t size = 0;
	Summary copy;
	Summary flag;
	Estimate ratio;	     /* of the sending thread's CPU time per byte, pair by pair */
	Estimate both_ratio; /* of both ends' */
	std::size_t pairs = 0;
	std::uint64_t reported = 0; /* flagged calls */
	std::uint64_t copied = 0;   /* those that were copied after all */
	double calls_per_message = 0;
	std::uint64_t refused = 0; /* calls that failed with ENOBUFS at first */

	double copied_share() const
	{
		return static_cast<double>(copied) / static_cast<double>(reported ? reported : 1);
	}
};

struct Finding {
	std::string transport;
	std::string path;
	std::string summary;	 /* of the path */
	std::size_t segment = 0; /* see Flow::segment() */
	std::vector<Row> rows;	 /* those that were measured, in ascending order of their sizes */
	std::optional<Crossover> crossover = {};

	/* "tcp4 over veth" */
	std::string name() const { return transport + " over " + path; }
	/* Nearly every flagged call was copied: no zerocopy at all. */
	bool copied() const;
};

Finding find(const Flow &flow);

} // namespace bench
