// SPDX-License-Identifier: GPL-2.0
#include "limits/limits.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <stdexcept>
#include <string>

#include "limits/own_namespace.h"
#include "netns/namespace.h"
#include "netns/sysctl.h"
#include "os/check.h"

namespace limits
{

constexpr const char *optmem_file = "/proc/sys/net/core/optmem_max";
/* Far above any user that a machine has. */
constexpr uid_t first_uid = 1800000000;

/*
 * Ours alone, as the pid is. Pids come round again, though, while what an
 * earlier process left behind may still be charged (a namespace takes its time
 * to go): the clock sets them apart. PID_MAX_LIMIT is 2^22, which leaves space
 * for 2^9 of them.
 */
static uid_t fresh_uid()
{
	/* The same for every use in a process. */
	static const auto now = std::chrono::steady_clock::now().time_since_epoch();
	static const auto time = std::chrono::duration_cast<std::chrono::milliseconds>(now).count() % 512;

	return first_uid + static_cast<uid_t>(::getpid()) * 512 + static_cast<uid_t>(time);
}

static void write_optmem_max(unsigned bytes)
{
	netns::write_sysctl("core/optmem_max", std::to_string(bytes));
}

bool in_initial_network_namespace()
{
	/* init's namespace; unreadable without privilege, and then not ours. */
	struct stat ours;
	struct stat inits;

	return ::stat("/proc/thread-self/ns/net", &ours) == 0 && ::stat("/proc/1/ns/net", &inits) == 0 &&
	       ours.st_ino == inits.st_ino;
}

std::optional<unsigned> optmem_max()
{
	std::ifstream file(optmem_file);
	unsigned bytes;

	if (!(file >> bytes))
		return std::nullopt;
	return bytes;
}

ScopedOptmemMax::ScopedOptmemMax(unsigned bytes)
{
	if (in_initial_network_namespace())
		throw std::logic_error("optmem_max of the initial namespace is not ours to change");
	const std::optional<unsigned> before = optmem_max();

	if (!before)
		throw std::system_error(ENOENT, std::generic_category(), optmem_file);
	before_ = *before;
	write_optmem_max(bytes);
}

ScopedOptmemMax::~ScopedOptmemMax()
{
	try {
		write_optmem_max(before_);
	} catch (const std::system_error &) {
		/* The namespace goes with the process anyway. */
	}
}

ScopedUser::ScopedUser() : changed_(netns::initial_root())
{
	const uid_t uid = fresh_uid();

	if (!changed_)
		return;
	taken_ = true;
	/* The saved uid stays 0, to come back. Effective capabilities go. */
	os::check(::setresuid(uid, uid, 0), "setresuid()");
	/* Forgotten when the effective uid changes: kernel/cred.c:commit_creds. */
	::prctl(PR_SET_PDEATHSIG, SIGKILL);
	::prctl(PR_SET_DUMPABLE, 1);
}

ScopedUser::~ScopedUser()
{
	if (!changed_)
		return;
	if (::setresuid(0, 0, 0) == 0)
		::prctl(PR_SET_PDEATHSIG, SIGKILL);
}

ScopedMemlock::ScopedMemlock(rlim_t bytes)
{
	rlimit limit;

	os::check(::getrlimit(RLIMIT_MEMLOCK, &before_), "getrlimit(RLIMIT_MEMLOCK)");
	limit = {bytes, before_.rlim_max};
	os::check(::setrlimit(RLIMIT_MEMLOCK, &limit), "setrlimit(RLIMIT_MEMLOCK)");
}

ScopedMemlock::~ScopedMemlock()
{
	::setrlimit(RLIMIT_MEMLOCK, &before_);
}

rlim_t memlock_hard()
{
	rlimit limit;

	os::check(::getrlimit(RLIMIT_MEMLOCK, &limit), "getrlimit(RLIMIT_MEMLOCK)");
	return limit.rlim_max;
}

rlim_t descriptors()
{
	rlimit limit;

	os::check(::getrlimit(RLIMIT_NOFILE, &limit), "getrlimit(RLIMIT_NOFILE)");
	return limit.rlim_cur;
}

void raise_descriptors()
{
	rlimit limit;

	os::check(::getrlimit(RLIMIT_NOFILE, &limit), "getrlimit(RLIMIT_NOFILE)");
	limit.rlim_cur = limit.rlim_max;
	os::check(::setrlimit(RLIMIT_NOFILE, &limit), "setrlimit(RLIMIT_NOFILE)");
}

std::size_t page_size()
{
	return static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

rlim_t memlock_charge_pages(std::size_t length)
{
	return length / page_size() + 2;
}

} // namespace limits
