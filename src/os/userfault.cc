// SPDX-License-Identifier: GPL-2.0
#include "os/userfault.h"

#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>

#include "os/check.h"
#include "os/deadline.h"

/* linux/userfaultfd.h of Linux 5.11 and later. */
#ifndef UFFD_USER_MODE_ONLY
#define UFFD_USER_MODE_ONLY 1
#endif

namespace os
{

static uffdio_range range_of(const Mapping &memory)
{
	return {reinterpret_cast<std::uintptr_t>(memory.data()), memory.size()};
}

/* Faults of that mode (UFFDIO_REGISTER_MODE_...) in the memory become events. */
static Fd open_events(const Mapping &memory, Faults faults, std::uint64_t mode, std::uint64_t features)
{
	const int flags = faults == Faults::all ? 0 : UFFD_USER_MODE_ONLY;
	Fd events(static_cast<int>(::syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK | flags)));
	uffdio_api api = {UFFD_API, features, 0};
	uffdio_register range = {range_of(memory), mode, 0};

	if (!events && errno == EPERM && faults == Faults::all)
		throw Missing("userfaultfd(2) for faults of the kernel (CAP_SYS_PTRACE)");
	check(events.get(), "userfaultfd()");
	check(::ioctl(events.get(), UFFDIO_API, &api), "UFFDIO_API");
	check(::ioctl(events.get(), UFFDIO_REGISTER, &range), "UFFDIO_REGISTER");
	return events;
}

static bool await_fault(const Fd &events)
{
	pollfd polls[] = {{events.get(), POLLIN, 0}};
	uffd_msg message;

	return poll(polls, Deadline()) == 1 &&
	       ::read(events.get(), &message, sizeof(message)) == sizeof(message) &&
	       message.event == UFFD_EVENT_PAGEFAULT;
}

WriteProtection::WriteProtection(const Mapping &memory)
	: memory_(memory), events_(open_events(memory, Faults::of_user_space, UFFDIO_REGISTER_MODE_WP,
					       UFFD_FEATURE_PAGEFAULT_FLAG_WP))
{
	protect(true);
}

bool WriteProtection::await_store() const
{
	return await_fault(events_);
}

void WriteProtection::lift() const
{
	protect(false);
}

void WriteProtection::protect(bool on) const
{
	uffdio_writeprotect change = {range_of(memory_), on ? UFFDIO_WRITEPROTECT_MODE_WP : 0};

	check(::ioctl(events_.get(), UFFDIO_WRITEPROTECT, &change), "UFFDIO_WRITEPROTECT");
}

MissingPages::MissingPages(const Mapping &memory, Faults faults)
	: memory_(memory), events_(open_events(memory, faults, UFFDIO_REGISTER_MODE_MISSING, 0))
{
}

bool MissingPages::await() const
{
	return await_fault(events_);
}

void MissingPages::fill(Bytes bytes) const
{
	Data page(static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)));

	std::ranges::copy(bytes, page.begin());
	uffdio_copy copy = {.dst = range_of(memory_).start,
			    .src = reinterpret_cast<std::uintptr_t>(page.data()),
			    .len = page.size(),
			    .mode = 0,
			    .copy = 0};
	check(::ioctl(events_.get(), UFFDIO_COPY, &copy), "UFFDIO_COPY");
}

} // namespace os
