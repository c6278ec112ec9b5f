// SPDX-License-Identifier: GPL-2.0
/* TCP repair mode, by which a connection moves to another machine: what is sent to the send queue there
 * counts as sent, and is not. */
#include "conformance/chapter.h"
#include "tcp_peer/peer.h"

namespace
{

REQUIREMENT("ZC-TX-82", observed,
	    "In TCP repair mode with the send queue selected a flagged send leaves nothing to the wire, and "
	    "its pages shared and pending: its id is reported when the peer acknowledges it.",
	    .code = "net/ipv4/tcp_output.c:tcp_write_xmit, TCP_SEND_QUEUE");
CASE(data_for_the_send_queue_is_pending_until_it_is_acknowledged, .requirements = {"ZC-TX-82"},
     .transports = transport::tcp, .paths = netns::scripted)
{
	constexpr int send_queue = 2;	      /* TCP_SEND_QUEUE */
	constexpr int off_without_probe = -1; /* TCP_REPAIR_OFF_NO_WP */
	Link &link = test.connect();
	const Payload payload(1000);

	set_option(link.sender(), IPPROTO_TCP, TCP_REPAIR, 1, "setsockopt(TCP_REPAIR)");
	set_option(link.sender(), IPPROTO_TCP, TCP_REPAIR_QUEUE, send_queue, "setsockopt(TCP_REPAIR_QUEUE)");
	test.sent(send_raw(link.sender(), payload, MSG_ZEROCOPY), payload.size());
	link.ledger().sent();
	test.queue_empty(link);
	set_option(link.sender(), IPPROTO_TCP, TCP_REPAIR, off_without_probe, "setsockopt(TCP_REPAIR)");
	left_to_acknowledge(test, link, static_cast<int>(payload.size()));
	test.queue_empty(link);
	test.that("segments of data that is restored", link.peer().nothing_waits(), "none", "some");
	link.peer().acknowledge(static_cast<std::uint32_t>(payload.size())); /* it had it before */
	left_to_acknowledge(test, link, 0);
	not_copied(test, test.one_completion(link, {0, 0}));
	link.peer().reset();
	link.connection_reset();
}

} // namespace
