/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <sys/resource.h>

#include <cstddef>
#include <optional>

#include "harness/test.h"
#include "limits/limits.h"
#include "os/bytes.h"
#include "transport/link.h"

/* Who is charged for flagged sends with locked pages, and with how many. */
namespace harness
{

/* No process maps the lowest page: a send of this byte fails with EFAULT. */
os::Bytes unreadable();
/*
 * Whether the limits permit a flagged send of one byte now. They are looked at
 * before the data: a send of what cannot be read fails with EFAULT where they
 * permit it and with ENOBUFS where they do not, and leaves nothing behind, as
 * long as it joins no send that is outstanding.
 */
bool permitted(At at, transport::Link &link);

/* Pages that a flagged send is charged with; a datagram's header counts
 * (net/ipv4/ip_output.c:__ip_append_data). */
rlim_t charge_of(const Test &test, std::size_t length);

/* RLIMIT_MEMLOCK in pages. */
class Pages : public limits::ScopedMemlock {
public:
	explicit Pages(rlim_t pages, rlim_t and_bytes = 0)
		: ScopedMemlock(pages * limits::page_size() + and_bytes)
	{
	}
};

/*
 * A user for the case's sends to be charged to: one whom RLIMIT_MEMLOCK binds,
 * and to whom nothing is charged when this begins. Only root of the machine
 * gets one of the case's own. Anybody else's other processes may lock pages at
 * any time too, which makes a send fail that should not, and never the reverse.
 */
class Charged {
public:
	Charged(At at, transport::Link &link);

	/* A flagged send for which the user has room; tried again where others
	 * may have taken it for the moment. */
	transport::Sent send(transport::Link &link, os::Bytes bytes, int flags = 0) const;

private:
	bool own_;
	std::optional<limits::ScopedUser> user_;
};

} // namespace harness
