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
	Estimate cycles_per_byte; /* of the sending thread; 0 where they are not counted */
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
	std::uint64_t refused = 0;	     /* calls that failed with ENOBUFS at first */
	std::uint64_t most_outstanding = 0;  /* calls without a completion */
	std::uint64_t most_locked_pages = 0; /* what these charge a user without CAP_IPC_LOCK */
	unsigned most_option_memory = 0;     /* in bytes */
	double spread = 0; /* interquartile range of the copies' CPU time per byte, in parts of its median */

	/* Something disturbed the slices: they differ more than on a machine at rest. */
	bool noisy() const;

	double copied_share() const
	{
		return static_cast<double>(copied) / static_cast<double>(reported ? reported : 1);
	}
};

struct Finding {
	std::string name; /* see Variant */
	std::string transport;
	std::string path;
	std::string summary; /* of the path */
	std::string memory;
	unsigned drain_every = 0;
	std::size_t segment = 0; /* see Flow::segment() */
	bool local = false;	 /* the receiver is a socket of this machine */
	std::vector<Row> rows;	 /* those that were measured, in ascending order of their sizes */
	std::optional<Crossover> crossover = {};

	/*
	 * The ratio that counts. A deferred copy for a local receiver is made by whichever end queues the
	 * packet (net/core/dev.c:__netif_receive_skb_core), and goes from one to the other with the load:
	 * both ends count there. Elsewhere the receiver is another machine, or plays one.
	 */
	const Estimate &judged(const Row &row) const { return local ? row.both_ratio : row.ratio; }
	/* Nearly every flagged call was copied: no zerocopy at all. */
	bool copied() const;
};

Finding find(const Flow &flow);

} // namespace bench
