// SPDX-License-Identifier: GPL-2.0
/* The chapter 'Notifications' of msg_zerocopy.rst: the counter. */
#include "harness/case.h"
#include "harness/test.h"

namespace
{

/* ZC-CT-01. Notifications: "Each call that successfully sends data with
 * MSG_ZEROCOPY increments the counter"; whatever its length. */
CASE(counter_starts_at_zero_and_counts_calls, .requirements = {"ZC-CT-01"}, .paths = netns::delivers)
{
	transport::Link &link = test.connect();
	const transport::Payload payload(link.usual_length());
	std::uint32_t id = 0;

	for (const std::size_t length : {std::size_t{1}, std::size_t{100}, payload.size()}) {
		test.sent(link.send_zerocopy(payload.first(length)), length);
		link.release();
		test.one_notification(link, {id, id});
		id++;
	}
}

} // namespace
