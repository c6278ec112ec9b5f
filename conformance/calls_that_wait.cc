// SPDX-License-Identifier: GPL-2.0
/* Flagged TCP calls that wait for room in the send buffer, each in a thread of its own: what
 * they send once there is room, and which ids they have. */
#include <chrono>

#include "conformance/chapter.h"
#include "tcp_peer/peer.h"

namespace
{

using transport::send_blocking;

REQUIREMENT("ZC-TX-25", observed,
	    "A flagged TCP call that waits for room shares what it sends after that as it shares what it "
	    "sent before: later stores reach the peer, and where nobody else copies the completion is "
	    "without SO_EE_CODE_ZEROCOPY_COPIED.",
	    .code = "net/ipv4/tcp.c:tcp_sendmsg_locked, wait_for_space leaves zc and uarg as they are");
/* The peer reads until the call returns. What it has not read by then is still the buffer's,
 * though most of that was not there to be sent when the call began. */
CASE(later_parts_of_a_call_that_waits_are_shared, .requirements = {"ZC-TX-25", "ZC-IN-09"},
     .transports = transport::tcp, .paths = netns::scripted | netns::shares)
{
	constexpr int buffer = 64 << 10;
	Link &link = test.connect({.send_buffer = buffer});
	tcp_peer::Peer &peer = link.peer();
	Payload payload(10 * buffer);
	ThreadInCall thread = transport::send_in_thread(link, payload);

	blocks(test, thread, "send() without room for all bytes");
	const bool returned = os::wait_until([&] {
		while (!thread.returned() && peer.serve())
			thread.sleeps();
		return thread.returned();
	});
	test.that("send()", returned, "returns", "still blocks");
	link.account(returns(test, thread, "send()"), payload, MSG_ZEROCOPY);
	const std::size_t read = peer.received();
	test.that("bytes read when the call returned", read >= payload.size() / 2 && read < payload.size(),
		  "more than half of them, and not all", std::to_string(read));
	test.queue_empty(link);
	payload.overwrite();
	link.transcript().replace_last(payload.from(read, payload.size() - read));
	link.release();
	link.deliver();
	test.one_notification(link, {0, 0});
}

/* The first call is in the last packet of the write queue. The second is too long to share
 * its structure (512 KiB: ZC-BT-10), takes the next id, and waits. The third would fit the
 * first one's structure, whose range must not go on with an id that is not next. */
CASE(call_behind_one_that_waits_does_not_join_the_one_before, .requirements = {"ZC-CT-20", "ZC-BT-10"},
     .transports = transport::tcp, .paths = netns::simplest)
{
	Link &link = connect_behind_closed_window(test);
	Payload payload(600 << 10);
	const Bytes first = payload.first(1000), third = payload.first(100);

	/* Which of two calls that wait sends first is not said, so that all bytes are alike. */
	std::memset(payload.data(), 'z', payload.size());
	sends(test, link, first);
	os::set_send_buffer(link.sender(), 1); /* the least there is: full */
	ThreadInCall long_call = transport::send_in_thread(link, payload);
	blocks(test, long_call, "send() without room");
	ThreadInCall short_call = transport::send_in_thread(link, third);
	short_call.sleeps();
	test.queue_empty(link);
	for (const Bytes bytes : {payload.bytes(), third})
		link.account(transport::all_of(bytes), bytes, MSG_ZEROCOPY);
	os::set_send_buffer(link.sender(), os::ample_buffer);
	link.deliver();
	returns(test, long_call, "send()", static_cast<ssize_t>(payload.size()));
	returns(test, short_call, "send()", static_cast<ssize_t>(third.size()));
	test.completions_settle(link);
}

/* A packet has no place for more pieces long before it is of full length, and the send buffer none for
 * another packet: only what the call has sent already can make room. */
CASE(call_that_waits_has_sent_what_it_could, .requirements = {"ZC-TX-25"}, .transports = transport::tcp,
     .paths = netns::scripted)
{
	constexpr std::uint32_t pieces = 64;
	Link &link = test.connect({.send_buffer = 1}); /* the least there is */
	const Payload payload(2 * pieces);
	const Outgoing message = transport::gapped(payload, pieces);
	Data bytes;

	for (const iovec &piece : message.pieces())
		bytes.push_back(*static_cast<const std::uint8_t *>(piece.iov_base));
	for (const int more : {0, int{MSG_MORE}}) {
		const std::uint32_t end = link.peer().received() + pieces;
		ThreadInCall call(link.sender(), [&] {
			const msghdr header = message.header();

			return ::sendmsg(link.sender(), &header, MSG_ZEROCOPY | MSG_NOSIGNAL | more);
		});

		blocks(test, call, "sendmsg() without room for all pieces");
		link.account(transport::all_of(bytes), bytes, MSG_ZEROCOPY);
		while (!call.returned()) {
			link.peer().take_next();
			link.peer().acknowledge();
			call.sleeps();
		}
		returns(test, call, "sendmsg()", pieces);
		if (more)
			plainly_sends(test, link, payload.first(1));
		link.peer().receive(end + (more ? 1 : 0));
		link.peer().acknowledge();
		left_to_acknowledge(test, link, 0);
		test.completions_settle(link);
	}
}

/* SO_SNDTIMEO */
CASE(stream_without_room_until_the_timeout_consumes_no_id, .requirements = {"ZC-CT-06"},
     .transports = transport::tcp, .paths = netns::simplest)
{
	Link &link = test.connect(small_buffers());
	const Payload payload(100);

	for (std::uint32_t id = 0; id < 2; id++) {
		fill(test, link, Payload(page_size()));
		test.refused(send_blocking(link, payload, MSG_ZEROCOPY, std::chrono::milliseconds(1)),
			     EAGAIN);
		link.deliver();
		next_id_is(test, link, payload, id);
	}
}

} // namespace
