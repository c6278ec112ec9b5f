// SPDX-License-Identifier: GPL-2.0
#include "os/userfault.h"

#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

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

WriteProtection::WriteProtection(const Mapping &memory)
	: memory_(memory),
	  events_(check(
		  static_cast<int>(::syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK | UFFD_USER_MODE_ONLY)),
		  "userfaultfd()"))
{
	uffdio_api api = {UFFD_API, UFFD_FEATURE_PAGEFAULT_FLAG_WP, 0};
	uffdio_register stores = {range_of(memory), UFFDIO_REGISTER_MODE_WP, 0};

	check(::ioctl(events_.get(), UFFDIO_API, &api), "UFFDIO_API");
	check(::ioctl(events_.get(), UFFDIO_REGISTER, &stores), "UFFDIO_REGISTER");
	protect(true);
}

bool WriteProtection::await_store() const
{
	pollfd polls[] = {{events_.get(), POLLIN, 0}};
	uffd_msg message;

	return poll(polls, Deadline()) == 1 &&
	       ::read(events_.get(), &message, sizeof(message)) == sizeof(message) &&
	       message.event == UFFD_EVENT_PAGEFAULT;
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

} // namespace os
