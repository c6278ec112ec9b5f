// SPDX-License-Identifier: GPL-2.0
/* Flagged TCP calls that are made while the connection is being made, and wait for it. */
#include <fcntl.h>

#include "conformance/chapter.h"
#include "tcp_peer/peer.h"
#include "tcp_peer/segment.h"

namespace
{

/* The sender's SYN is on its way when this returns. */
void begin_to_connect(const Link &link)
{
	const int flags = os::check(::fcntl(link.sender(), F_GETFL), "F_GETFL");

	os::check(::fcntl(link.sender(), F_SETFL, flags | O_NONBLOCK), "F_SETFL");
	if (::connect(link.sender(), link.destination().get(), link.destination().length) == 0 ||
	    errno != EINPROGRESS)
		os::check(-1, "connect()");
	os::check(::fcntl(link.sender(), F_SETFL, flags), "F_SETFL");
}

REQUIREMENT(
	"ZC-TX-81", observed,
	"A flagged call on a socket that is being connected waits for the connection, and shares its pages "
	"then; where it may not wait it fails with EAGAIN, where the connection is refused with "
	"ECONNREFUSED, and neither takes an id.",
	.code = "net/core/stream.c:sk_stream_wait_connect; net/ipv4/tcp.c:tcp_sendmsg_locked has taken the "
		"id by then, and gives it back",
	.kernels = "that a call that fails takes no id is promised (ZC-TX-02)");
CASE(call_that_waits_for_its_connection_is_shared, .requirements = {"ZC-TX-81", "ZC-IN-09", "ZC-CT-06"},
     .transports = transport::tcp, .paths = netns::scripted | netns::shares)
{
	constexpr std::uint32_t window = 1000, length = 4000;
	Link &link = test.connect({.connected = false});
	tcp_peer::Peer &peer = link.peer();
	Payload payload(length);

	begin_to_connect(link);
	refused_without_trace(test, link, link.send_zerocopy(payload), EAGAIN);
	ThreadInCall call = transport::send_in_thread(link, payload);
	blocks(test, call, "send() before the connection");
	peer.accept({.window = window});
	const Sent sent = returns(test, call, "send()");
	test.sent(sent, payload.size());
	link.account(sent, payload, MSG_ZEROCOPY);
	peer.receive(window); /* its front comes with the acknowledgment of the peer's SYN */
	test.queue_empty(link);
	payload.overwrite(window);
	link.transcript().store_over_last(payload.from(window, length - window));
	peer.set_window(1 << 20);
	while (peer.received() < length) {
		test.queue_empty(link);
		peer.acknowledge();
		peer.take_next();
	}
	test.queue_empty(link);
	peer.acknowledge();
	not_copied(test, test.one_completion(link, {0, 0}));
}

CASE(call_before_a_refusal_consumes_no_id, .requirements = {"ZC-TX-81", "ZC-CT-06"},
     .transports = transport::tcp, .paths = netns::scripted | netns::copies)
{
	Link &link = test.connect({.connected = false});
	const Payload payload(1000);

	begin_to_connect(link);
	ThreadInCall call = transport::send_in_thread(link, payload);
	blocks(test, call, "send() before the connection");
	link.peer().await_syn();
	link.peer().refuse();
	link.connection_reset();
	test.refused(returns(test, call, "send()"), ECONNREFUSED);
	test.queue_empty(link);
	option_memory_is(test, link, 0);
}

} // namespace
