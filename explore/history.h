/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <cstdint>
#include <vector>

#include "errqueue/notification.h"

/* What several threads did to one socket at once, and whether the ids can be explained. Pure. */
namespace explore
{

/* A successful flagged call of one thread, between two moments of a clock that all threads share. */
struct Timed {
	std::uint64_t begin = 0;
	std::uint64_t end = 0;
};

/* These ids were read, at the latest at that moment. */
struct Report {
	errqueue::IdRange ids;
	std::uint64_t at = 0;
};

/*
 * Linearisability on ids: can the calls be put in an order in which each takes the next id, the first
 * one `first`, so that a call that had returned before another began is ahead of it, and no id was
 * reported before its call began? Ids of other calls that are reported are of no matter. The number
 * of calls is to be small: in the worst case every order is tried.
 */
bool explicable(std::uint32_t first, const std::vector<Timed> &calls, const std::vector<Report> &reports);

} // namespace explore
