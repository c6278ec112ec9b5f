/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <optional>

/*
 * The limits of MSG_ZEROCOPY, changed for a scope and put back at its end. All
 * of them belong to the calling process or to its private network namespace.
 */
namespace limits
{

/*
 * net.core.optmem_max in bytes, of the namespace that the caller is in. Nothing
 * where this namespace has none: before Linux 6.8 it was global, and shown in the
 * initial namespace only.
 */
std::optional<unsigned> optmem_max();

class ScopedOptmemMax {
public:
	/* Throws std::system_error where it cannot be written, and
	 * std::logic_error in the initial namespace, which is not ours. */
	explicit ScopedOptmemMax(unsigned bytes);
	~ScopedOptmemMax();
	ScopedOptmemMax(const ScopedOptmemMax &) = delete;
	ScopedOptmemMax &operator=(const ScopedOptmemMax &) = delete;

private:
	unsigned before_;
};

/*
 * Become a user whom RLIMIT_MEMLOCK binds and to whom nothing is charged yet:
 * one that no other process here has, without capabilities. The budget is per
 * user, and what earlier sends charged comes back only when they complete.
 *
 * Root of the machine takes a fresh uid. Any other user stays what it is: in a
 * user namespace CAP_IPC_LOCK exempts from nothing.
 */
class ScopedUser {
public:
	ScopedUser();
	~ScopedUser();
	ScopedUser(const ScopedUser &) = delete;
	ScopedUser &operator=(const ScopedUser &) = delete;

	/* Whether this process has ever become one. */
	static bool taken() { return taken_; }

private:
	static inline bool taken_ = false;
	bool changed_;
};

/* RLIMIT_MEMLOCK, soft limit, in bytes. */
class ScopedMemlock {
public:
	/* Throws std::system_error where the hard limit is below. */
	explicit ScopedMemlock(rlim_t bytes);
	~ScopedMemlock();
	ScopedMemlock(const ScopedMemlock &) = delete;
	ScopedMemlock &operator=(const ScopedMemlock &) = delete;

private:
	rlimit before_;
};

/* RLIMIT_MEMLOCK, hard limit, in bytes. */
rlim_t memlock_hard();

/* RLIMIT_NOFILE, soft limit: how many descriptors this process may have. */
rlim_t descriptors();
/* As many as its hard limit allows. */
void raise_descriptors();

/* Pages that one flagged send of `length` bytes is charged with:
 * net/core/skbuff.c:mm_account_pinned_pages, (length >> PAGE_SHIFT) + 2. */
rlim_t memlock_charge_pages(std::size_t length);

std::size_t page_size();

} // namespace limits
