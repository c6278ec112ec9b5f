// SPDX-License-Identifier: GPL-2.0
/* How soon a notification is there. Cases wait for as long as a slow machine may take, so that one which a
 * timer or another processor brings later would pass for one that comes at once. */
#include "conformance/chapter.h"
#include "tcp_peer/peer.h"

namespace
{

void is_there(At at, Link &link, std::uint32_t id, const std::string &when)
{
	at->that("POLLERR " + when, errqueue::poll_now(link.sender()) & POLLERR, "set", "not set");
	at->one_completion(link, {id, id});
}

REQUIREMENT("ZC-RX-60", observed,
	    "A notification is queued as soon as the last packet with the data is freed: with TCP while the "
	    "acknowledgment is processed, and before the call returns where a datagram is dropped or copied "
	    "in it.",
	    .code = "net/core/skbuff.c:skb_release_data, __msg_zerocopy_callback");
/* TCP_INFO waits for the socket's lock, which is held while an acknowledgment is processed. */
CASE(notification_comes_with_the_acknowledgment, .requirements = {"ZC-RX-60"}, .transports = transport::tcp,
     .paths = netns::scripted)
{
	Link &link = test.connect();
	const Payload payload(10000);

	for (std::uint32_t id = 0; id < 10; id++) {
		sends(test, link, payload);
		link.peer().receive((id + 1) * 10000);
		test.queue_empty(link);
		link.peer().acknowledge();
		left_to_acknowledge(test, link, 0);
		transport::retransmissions(link.sender());
		is_there(test, link, id, "when the acknowledgment is processed");
	}
}

CASE(notification_comes_with_the_call, .requirements = {"ZC-RX-60"}, .transports = transport::udp,
     .paths = netns::in_call)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());

	for (std::uint32_t id = 0; id < 10; id++) {
		sends(test, link, payload);
		is_there(test, link, id, "when the call has returned");
	}
}

} // namespace
