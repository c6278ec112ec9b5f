// SPDX-License-Identifier: GPL-2.0
/* A flagged call that fails behind others, with which it would have shared a packet. */
#include "conformance/chapter.h"
#include "tcp_peer/peer.h"

namespace
{

REQUIREMENT(
	"ZC-TX-70", observed,
	"A flagged TCP call that fails leaves the calls alone that wait before it, with which it would have "
	"shared a packet: their data stays shared and pending, and is completed as if it had not been made.",
	.code = "net/core/skbuff.c:skb_zerocopy_iter_stream cuts the packet back without copying what it "
		"has left (skb_condense), msg_zerocopy_put_abort completes as not copied");
/* The packet is so short that it would fit its head. The call fails at its first piece, and behind pieces
 * that the packet has taken. */
CASE(failed_call_leaves_the_calls_before_it_alone, .requirements = {"ZC-TX-70", "ZC-IN-09"},
     .transports = transport::tcp, .paths = netns::scripted | netns::shares)
{
	Link &link = test.connect();
	tcp_peer::Peer &peer = link.peer();
	Payload payload(10);
	const Payload lost(6);
	Outgoing pieces = transport::gapped(lost, 3);

	pieces.add(harness::unreadable());
	for (int i = 0; i < 2; i++)
		sends(test, link, payload.from(5 * i, 5), MSG_MORE);
	for (const Outgoing &failing : {Outgoing(harness::unreadable()), pieces}) {
		test.refused(link.send_message(failing.header(), MSG_ZEROCOPY | MSG_MORE), EFAULT);
		test.queue_empty(link);
	}
	store_seen(link, payload);
	plainly_sends(test, link, lost.first(1));
	peer.receive(11);
	test.queue_empty(link);
	peer.acknowledge();
	test.one_notification(link, {0, 1});
}

} // namespace
