// SPDX-License-Identifier: GPL-2.0
/*
 * VSOCK from the host to a guest of its, which the test plays: what the kernel has for it
 * waits, pages and all, until the guest gives its device a buffer. CIDs, rings and buffers:
 * drivers/vhost/vsock.c; all else net/vmw_vsock/virtio_transport_common.c.
 */
#include <poll.h>

#include <cerrno>

#include "harness/test.h"
#include "os/check.h"
#include "os/deadline.h"
#include "vhost_guest/vsock_peer.h"

namespace
{

using harness::Test;
using netns::guest;
using netns::holds;
using transport::Link;
using transport::Payload;
using transport::vsock;

/* VIRTIO_VSOCK_MAX_PKT_BUF_SIZE: what one packet carries at most. */
constexpr std::size_t packet_length = 64 << 10;

/* What the socket says of itself without being read. */
short state(const Link &link)
{
	pollfd poll = {link.sender(), POLLRDHUP, 0};

	::poll(&poll, 1, 0);
	return poll.revents;
}

int pending_error(const Link &link)
{
	int error = 0;
	socklen_t length = sizeof(error);

	os::check(::getsockopt(link.sender(), SOL_SOCKET, SO_ERROR, &error, &length), "getsockopt(SO_ERROR)");
	return error;
}

/* vsock_poll: POLLHUP is for who has shut down himself. */
void await_hangup(Test &test, const Link &link)
{
	test.that("poll() of the sender", os::wait_until([&] { return state(link) & POLLRDHUP; }),
		  "POLLRDHUP", "revents " + std::to_string(state(link)));
}

} // namespace

REQUIREMENT("ZC-VS-30", observed,
	    "A VSOCK packet from the host to its guest completes when all of it is in buffers of the "
	    "guest's device, not before, whether the guest looks at them or not; a call, when all its "
	    "packets are.",
	    .code = "drivers/vhost/vsock.c:vhost_transport_do_send_pkt", .kernels = "since 6.7");
/* ZC-VS-30. vhost_transport_do_send_pkt: virtio_transport_consume_skb_sent() behind
 * vhost_add_used(). */
CASE(vsock_packet_completes_in_the_guests_buffer, .requirements = {"ZC-VS-30"}, .transports = vsock,
     .paths = guest | holds)
{
	Link &link = test.connect();
	const Payload payload(packet_length);
	std::uint32_t id = 0;

	for (const std::size_t length : {std::size_t{1}, std::size_t{10000}, packet_length}) {
		test.sent(link.send_zerocopy(payload.first(length)), length);
		test.nothing_comes(link);
		link.guest().take(1);
		test.one_notification(link, {id, id});
		id++;
	}
}

/* ZC-VS-30. The same: "If the packet is greater than the space available in the buffer,
 * we split it using multiple buffers." */
CASE(vsock_packet_completes_in_the_last_of_its_buffers, .requirements = {"ZC-VS-30"}, .transports = vsock,
     .paths = guest | holds)
{
	Link &link = test.connect();
	const Payload payload(10000);

	test.sent(link.send_zerocopy(payload), payload.size());
	for (int part = 0; part < 2; part++) {
		link.guest().take(1, 4096);
		test.nothing_comes(link);
	}
	link.guest().take(1, 4096);
	test.one_notification(link, {0, 0});
}

/* ZC-VS-30. virtio_transport_send_pkt_info makes packets of all that there is credit for. */
CASE(vsock_packets_of_a_call_complete_with_the_last, .requirements = {"ZC-VS-30"}, .transports = vsock,
     .paths = guest | holds)
{
	Link &link = test.connect();
	const Payload payload(3 * packet_length - 1000);

	test.sent(link.send_zerocopy(payload), payload.size());
	for (int packet = 0; packet < 2; packet++) {
		link.guest().take(1);
		test.nothing_comes(link);
	}
	link.guest().take(1);
	test.one_notification(link, {0, 0});
}

REQUIREMENT(
	"ZC-LO-15", promised,
	"VSOCK data to a local socket takes the path of remote data: the receiver reads the sender's "
	"pages, and the completion, without SO_EE_CODE_ZEROCOPY_COPIED, comes when it has read them; "
	"from another machine it comes when that one's device has them.",
	.document =
		"Implementation: Loopback: \"Data path sent to local sockets is the same as for non-local "
		"sockets.\"",
	.code = "net/vmw_vsock/vsock_loopback.c:vsock_loopback_send_pkt", .kernels = "since 6.7");
/* ZC-LO-15. "For VSOCK: Data path sent to local sockets is the same as for non-local
 * sockets", but for its end: there the packets themselves lie in the receiver's queue, here
 * the device has copied them into that machine's. */
CASE(vsock_to_another_machine_completes_unread, .requirements = {"ZC-LO-15"}, .transports = vsock,
     .paths = netns::away | netns::unread)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());

	for (const std::uint32_t id : {0, 1}) {
		test.sent(link.send_zerocopy(payload), payload.size());
		test.one_notification(link, {id, id});
	}
}

REQUIREMENT("ZC-VS-31", observed,
	    "A flagged VSOCK send for which the guest has no credit fails with EAGAIN and has no id.",
	    .code = "net/vmw_vsock/af_vsock.c:vsock_connectible_sendmsg", .kernels = "since 6.7");
/* ZC-VS-31. vsock_connectible_sendmsg: no room, no call of the transport's. */
CASE(vsock_send_without_credit_does_not_count, .requirements = {"ZC-VS-31"}, .transports = vsock,
     .paths = guest | holds)
{
	Link &link = test.connect({.receive_buffer = packet_length});
	const Payload payload(packet_length + 100);

	test.sent(link.send_zerocopy(payload.first(packet_length)), packet_length);
	test.refused(link.send_zerocopy(payload.from(packet_length, 100)), EAGAIN);
	link.guest().take(1);
	test.one_notification(link, {0, 0});
	test.sent(link.send_zerocopy(payload.from(packet_length, 100)), 100);
	link.guest().take(1);
	test.one_notification(link, {1, 1});
}

REQUIREMENT("ZC-VS-32", promised,
	    "What a guest was sent and has not taken completes also where it resets the connection, "
	    "where its device goes, and where the sender is closed: once, and nothing is leaked.",
	    .rests_on = "ZC-IN-01",
	    .code = "drivers/vhost/vsock.c:vhost_vsock_dev_release, "
		    "net/vmw_vsock/virtio_transport_common.c:virtio_transport_do_close",
	    .kernels = "since 6.7");
/* ZC-VS-32. virtio_transport_do_close: what waits for the guest waits on. */
CASE(vsock_reset_by_the_guest_leaves_what_is_pending, .requirements = {"ZC-VS-32"}, .transports = vsock,
     .paths = guest | holds)
{
	Link &link = test.connect();
	const Payload payload(10000);

	test.sent(link.send_zerocopy(payload), payload.size());
	link.guest().reset();
	await_hangup(test, link);
	test.refused(link.send_zerocopy(payload), EPIPE);
	test.nothing_comes(link);
	link.guest().take(1);
	test.one_notification(link, {0, 0});
}

/* ZC-VS-32. vhost_vsock_dev_release: vhost_vsock_reset_orphans(), and then
 * virtio_vsock_skb_queue_purge(). */
CASE(vsock_guest_that_goes_completes_what_is_pending, .requirements = {"ZC-VS-32"}, .transports = vsock,
     .paths = guest | holds)
{
	Link &link = test.connect();
	const Payload payload(3 * packet_length);

	test.sent(link.send_zerocopy(payload), payload.size());
	test.sent(link.send_zerocopy(payload.first(1)), 1);
	link.end_guest();
	await_hangup(test, link);
	test.equal("SO_ERROR", pending_error(link), ECONNRESET);
	test.refused(link.send_zerocopy(payload), EPIPE);
	test.completions_settle(link);
}

/* ZC-VS-32. The packets keep the socket; that it is freed is what Accounts sees. */
CASE(vsock_socket_closed_with_pending_is_freed, .requirements = {"ZC-VS-32"}, .transports = vsock,
     .paths = guest | holds)
{
	Link &link = test.connect();
	const Payload payload(2 * packet_length);

	test.sent(link.send_zerocopy(payload), payload.size());
	link.take_sender().close();
}
