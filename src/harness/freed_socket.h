/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <cstdint>
#include <string_view>

#include "harness/test.h"
#include "os/deadline.h"
#include "transport/freed_sockets.h"
#include "transport/link.h"

namespace harness
{

/*
 * A link's sender, of which the kernel is to tell when it frees it: that says that no
 * notification structure, and no option memory, is left. Made in the sender's namespace
 * while the socket is open; the case closes it, see Link::take_sender().
 */
class FreedSocket {
public:
	FreedSocket(Test &test, const transport::Link &link)
		: freed_(test.transport()), cookie_(transport::FreedSockets::cookie(link.sender()))
	{
	}

	/* It is freed, within os::event_timeout(). */
	void is_freed(At at, std::string_view what = "closed socket whose data is gone") const
	{
		at->that(what, await(), "freed", "still there");
	}
	/* Wait until it is. False when the deadline passes first. */
	bool await(const os::Deadline &deadline = os::Event::sockets) const
	{
		return freed_.await(cookie_, deadline);
	}

private:
	transport::FreedSockets freed_;
	std::uint64_t cookie_;
};

} // namespace harness
