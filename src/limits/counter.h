/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <cstdint>

/*
 * The end of the counter of MSG_ZEROCOPY, which a socket reaches in hours. Kernels that the
 * suite builds bring it near: guest/recipe/counter.patch. Both throw os::Missing elsewhere,
 * and std::logic_error in the initial network namespace, whose settings are not ours.
 */
namespace limits
{

/* Sockets that the caller's network namespace opens from now on count from this id. */
void count_from(std::uint32_t first_id);
/* A notification that is queued alone covers so many ids before its own, too, as if those of
 * as many calls had been merged into it. */
void merge_before(std::uint32_t ids);

} // namespace limits
