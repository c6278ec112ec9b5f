// SPDX-License-Identifier: GPL-2.0
/*
 * VSOCK from the host to a guest of its, which the test plays: what the kernel has for it
 * waits, pages and all, until the guest gives its device a buffer. CIDs, rings and buffers:
 * drivers/vhost/vsock.c; all else net/vmw_vsock/virtio_transport_common.c.
 */
#include <poll.h>
#include <sys/uio.h>

#include <cerrno>
#include <vector>

#include "harness/test.h"
#include "limits/limits.h"
#include "os/check.h"
#include "os/deadline.h"

namespace
{

using harness::Test;
using netns::guest;
using netns::holds;
using transport::Link;
using transport::Payload;
using transport::Sent;
using transport::vsock;

/* VIRTIO_VSOCK_MAX_PKT_BUF_SIZE: what one packet carries at most. */
constexpr std::size_t packet_length = 64 << 10;

/* What the socket says of itself without being read. */
short state(const Link &link)
{
	pollfd poll = {link.sender(), POLLIN, 0};

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

void await_hangup(Test &test, const Link &link)
{
	test.that("poll() of the sender", os::wait_until([&] { return state(link) & POLLHUP; }), "POLLHUP",
		  "revents " + std::to_string(state(link)));
}

/* One send of pieces of one byte, each on a page of its own. */
Sent send_pieces(Link &link, const Payload &payload, std::size_t pieces, int flags)
{
	std::vector<iovec> vector;
	msghdr message = {};

	for (std::size_t i = 0; i < pieces; i++)
		vector.push_back(
			{const_cast<std::uint8_t *>(payload.from(i * limits::page_size(), 1).data()), 1});
	message.msg_iov = vector.data();
	message.msg_iovlen = vector.size();
	return link.send_message(message, flags);
}

} // namespace

/* ZC-VS-20. vhost_transport_do_send_pkt: virtio_transport_consume_skb_sent() behind
 * vhost_add_used(). */
CASE(vsock_packet_completes_in_the_guests_buffer, .requirements = {"ZC-VS-20"}, .transports = vsock,
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

/* ZC-VS-20. The same: "If the packet is greater than the space available in the buffer,
 * we split it using multiple buffers." */
CASE(vsock_packet_completes_in_the_last_of_its_buffers, .requirements = {"ZC-VS-20"}, .transports = vsock,
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

/* ZC-VS-20. virtio_transport_send_pkt_info makes packets of all that there is credit for. */
CASE(vsock_packets_of_a_call_complete_with_the_last, .requirements = {"ZC-VS-20"}, .transports = vsock,
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

/* ZC-VS-21. vsock_connectible_sendmsg: no room, no call of the transport's. */
CASE(vsock_send_without_credit_does_not_count, .requirements = {"ZC-VS-21"}, .transports = vsock,
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

/* ZC-VS-21. virtio_transport_can_zcopy: "We can't send whole iov." */
CASE(vsock_send_cut_short_by_the_credit_has_one_id, .requirements = {"ZC-VS-21"},
     .transports = vsock & transport::stream, .paths = guest | holds)
{
	Link &link = test.connect({.receive_buffer = packet_length});
	const Payload payload(packet_length + 100);

	test.sent(link.send_zerocopy(payload), packet_length);
	link.guest().take(1);
	const auto notification = test.one_completion(link, {0, 0});
	test.that("ee_code of a send cut short", notification.copied(), "SO_EE_CODE_ZEROCOPY_COPIED",
		  errqueue::describe(notification));
}

/* ZC-VS-22. virtio_transport_do_close: what waits for the guest waits on. */
CASE(vsock_reset_by_the_guest_leaves_what_is_pending, .requirements = {"ZC-VS-22"}, .transports = vsock,
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

/* ZC-VS-22. vhost_vsock_dev_release: vhost_vsock_reset_orphans(), and then
 * virtio_vsock_skb_queue_purge(). */
CASE(vsock_guest_that_goes_completes_what_is_pending, .requirements = {"ZC-VS-22"}, .transports = vsock,
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

/* ZC-VS-22. The packets keep the socket; that it is freed is what Accounts sees. */
CASE(vsock_socket_closed_with_pending_is_freed, .requirements = {"ZC-VS-22"}, .transports = vsock,
     .paths = guest | holds)
{
	Link &link = test.connect();
	const Payload payload(2 * packet_length);

	test.sent(link.send_zerocopy(payload), payload.size());
	link.take_sender().close();
}

/* ZC-VS-23. __zerocopy_sg_from_iter, for one packet: MAX_SKB_FRAGS. */
CASE(vsock_takes_more_pieces_than_a_packet_has_room_for, .requirements = {"ZC-VS-23"}, .transports = vsock,
     .paths = netns::shares, .deviation = "vsock-fragment-limit-refused")
{
	constexpr std::size_t pieces = 64; /* more than any CONFIG_MAX_SKB_FRAGS */
	Link &link = test.connect();
	const Payload payload(pieces * limits::page_size());

	test.sent(send_pieces(link, payload, pieces, 0), pieces);
	const Sent sent = send_pieces(link, payload, pieces, MSG_ZEROCOPY);
	if (!sent.ok() && sent.error == ENOMEM) {
		test.sent(link.send_zerocopy(payload.first(1)), 1);
		link.release();
		test.one_notification(link, {0, 0});
		test.deviates("a flagged send of " + std::to_string(pieces) +
			      " pieces, as many as a plain one sent: " + transport::describe(sent));
	}
	test.sent(sent, pieces);
	link.release();
	test.one_completion(link, {0, 0});
}
