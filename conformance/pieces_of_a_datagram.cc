// SPDX-License-Identifier: GPL-2.0
/* The fragments of one flagged datagram, of which each holds the notification structure. */
#include "conformance/chapter.h"
#include "harness/slow_device.h"

namespace
{

/* The first datagram uses up what the queue lets pass at once. */
CASE(datagram_in_fragments_completes_with_the_one_that_leaves_last, .requirements = {"ZC-CP-05", "ZC-CT-02"},
     .transports = transport::udp, .paths = netns::shares | netns::in_call, .without = netns::holds)
{
	Link &link = test.connect();
	std::uint32_t id = 0;

	for (const unsigned held : {0, 1, 3}) {
		const Payload payload(5000); /* four fragments */

		harness::hold_fragment(test, held);
		plainly_sends(test, link, payload);
		sends(test, link, payload);
		test.queue_empty(link);
		harness::stop_dropping(test);
		harness::copied(test, test.one_completion(link, {id, id}));
		id++;
	}
}

} // namespace
