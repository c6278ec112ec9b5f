// SPDX-License-Identifier: GPL-2.0
/* What TCP promises about MSG_ZEROCOPY on the wire: the other end is a peer that
 * the case scripts, segment by segment. */
#include <cerrno>

#include "errqueue/receive.h"
#include "harness/case.h"
#include "harness/test.h"
#include "os/deadline.h"

namespace
{

using harness::Test;
using transport::Link;
using transport::Payload;

/* ZC-CP-09's other side. Notification Reception: a stream's data is shared until
 * it cannot be sent again: net/ipv4/tcp_input.c:tcp_clean_rtx_queue. Over a tun
 * device, packetdrill's tcp_zerocopy_basic.pkt and tcp_zerocopy_client.pkt. */
CASE(no_notification_before_the_acknowledgment, .requirements = {"ZC-IN-01", "ZC-CT-18"},
     .transports = transport::tcp, .paths = netns::scripted)
{
	Link &link = test.connect();
	peer::Peer &peer = link.peer();
	const Payload payload(4000);

	for (std::uint32_t id = 0; id < 2; id++) {
		test.sent(link.send_zerocopy(payload), payload.size());
		peer.receive((id + 1) * 4000);
		test.queue_empty(link);
		peer.acknowledge();
		test.one_notification(link, {id, id});
	}
}

} // namespace
