// SPDX-License-Identifier: GPL-2.0
/* Flagged datagrams that the host itself refuses to send. */
#include <stdexcept>
#include <system_error>

#include "conformance/chapter.h"
#include "netns/ip_command.h"

namespace
{

/* IPsec's policy is asked when the route is looked up, before the call is counted:
 * net/xfrm/xfrm_policy.c:xfrm_lookup_with_ifid. */
CASE(datagram_that_ipsec_blocks_consumes_no_id, .requirements = {"ZC-CT-07", "ZC-CT-06"},
     .transports = transport::udp, .paths = netns::basic, .without = netns::simplest,
     .entry = Entry::families)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());
	const std::string policy = std::string("dst ") +
				   test.network().addresses(test.transport().address_family).receiver +
				   " dir out";

	for (std::uint32_t id = 0; id < 2; id++) {
		try {
			netns::ip_batch("xfrm policy add " + policy + " action block\n");
		} catch (const std::system_error &) {
			throw;
		} catch (const std::runtime_error &) {
			test.skip("IPsec policies (CONFIG_XFRM_USER)");
		}
		for (const int flags : {0, int{MSG_ZEROCOPY}})
			test.refused(link.send(payload, flags), EPERM);
		test.queue_empty(link);
		netns::ip_batch("xfrm policy delete " + policy + '\n');
		next_id_is(test, link, payload, id);
	}
}

} // namespace
