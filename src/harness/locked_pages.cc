// SPDX-License-Identifier: GPL-2.0
#include "harness/locked_pages.h"

#include <netinet/udp.h>

#include <cerrno>

#include "netns/namespace.h"
#include "os/deadline.h"

namespace harness
{

using os::Bytes;
using transport::Link;
using transport::Sent;

Bytes unreadable()
{
	return {reinterpret_cast<const std::uint8_t *>(1), 1};
}

bool permitted(At at, Link &link)
{
	const Sent sent = link.send_zerocopy(unreadable());

	if (!sent.ok() && sent.error == EFAULT)
		return true;
	at->refused(sent, ENOBUFS);
	return false;
}

rlim_t charge_of(const Test &test, std::size_t length)
{
	return limits::memlock_charge_pages(length + (test.is(transport::datagram) ? sizeof(udphdr) : 0));
}

/* To an agent root has become a user of the test's own before. */
Charged::Charged(At at, Link &link) : own_(netns::initial_root() || limits::ScopedUser::taken())
{
	/* One byte takes two pages, where no other page is taken. */
	const Pages two(2);
	bool free = false;

	user_.emplace();
	os::wait_until([&] { return (free = permitted(at, link)) || own_; },
		       os::Deadline(os::event_timeout() / 10));
	if (free)
		return;
	at->that("two pages for a user who has nothing outstanding", !own_, "permitted", "ENOBUFS");
	at->skip("locked memory of this user alone: other processes of the user hold some (run as root)");
}

Sent Charged::send(Link &link, Bytes bytes, int flags) const
{
	Sent sent;

	os::wait_until(
		[&] {
			sent = link.send_zerocopy(bytes, flags);
			return own_ || sent.error != ENOBUFS;
		},
		os::Deadline(os::event_timeout() / 10));
	return sent;
}

} // namespace harness
