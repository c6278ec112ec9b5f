// SPDX-License-Identifier: GPL-2.0
/* VSOCK: a receiver on the same machine, which reads the sender's pages, and the end of
 * either socket. */
#include <chrono>

#include "conformance/chapter.h"

namespace
{

/* A worker of the kernel brings the packets to the receiver's queue. */
void arrives(At at, const Link &link)
{
	readable(at, link.receiver(), "the receiver");
}

/* A store before the receiver reads is seen by it: nothing is copied. */
CASE(vsock_receiver_reads_the_pages_of_its_sender, .requirements = {"ZC-LO-15", "ZC-IN-03"},
     .transports = transport::vsock, .paths = netns::holds | netns::local)
{
	Link &link = test.connect();
	std::uint32_t id = 0;

	/* Of one packet, of one page, and of two packets; and each in two pieces. */
	for (const std::size_t length : {3 * page_size(), std::size_t{100}, std::size_t{100000}})
		for (const std::size_t piece : {std::size_t{0}, length / 3}) {
			Payload payload(1 + length);
			const Bytes bytes = payload.from(1, length); /* within a page */
			const Outgoing pieces{bytes.first(piece), bytes.subspan(piece)};

			sends(test, link, piece ? pieces : Outgoing(bytes));
			arrives(test, link);
			test.queue_empty(link);
			payload.overwrite();
			link.transcript().store_over_last(bytes);
			test.queue_empty(link);
			link.deliver();
			test.one_notification(link, {id, id});
			id++;
		}
}

/* The last byte counts, not the first, and each read goes on where the one before ended. */
CASE(vsock_packet_is_shared_until_its_last_byte_is_read, .requirements = {"ZC-LO-15"},
     .transports = transport::vsock_stream, .paths = netns::holds | netns::local)
{
	Link &link = test.connect();
	const Payload payload(2 * page_size());
	std::size_t read = 0;

	sends(test, link, payload);
	for (const std::size_t end :
	     {std::size_t{100}, std::size_t{300}, page_size() + 1, payload.size() - 1}) {
		const Bytes part = payload.from(read, end - read);

		receives(test, link.receiver(), part);
		link.transcript().arrived(part);
		receives(test, link.receiver(), payload.from(end, 1), MSG_PEEK);
		test.queue_empty(link);
		read = end;
	}
	link.release();
	test.one_notification(link, {0, 0});
}

/* MSG_PEEK does not end the use of the pages. */
CASE(vsock_packet_is_shared_while_it_is_peeked_at, .requirements = {"ZC-LO-15"},
     .transports = transport::vsock, .paths = netns::holds | netns::local)
{
	/* A peek at a stream goes on behind a packet's end. */
	const std::uint32_t calls = test.is(transport::stream) ? 2 : 1;
	Link &link = test.connect();
	/* A peek at a message sees all of its packets. */
	const Payload payload(test.is(transport::stream) ? 2 * page_size() : 100000);
	const std::size_t part = payload.size() / calls;

	for (std::uint32_t call = 0; call < calls; call++)
		sends(test, link, payload.from(call * part, part));
	test.equal("bytes at the receiver", await_bytes(link.receiver(), payload.size()), payload);
	test.queue_empty(link);
	link.release();
	test.one_completion(link, {0, calls - 1});
}

REQUIREMENT(
	"ZC-VS-12", past_bug,
	"Small copied packets are not appended to packet buffers of flagged sends: the data stays intact.",
	.code = "net/vmw_vsock/virtio_transport_common.c:virtio_transport_recv_enqueue",
	.kernels = "since \"vsock/virtio: Coalesce only linear skb\" (6.18.8, 6.12.68)");
DEVIATION("vsock-small-flagged-send-is-corrupted", "ZC-VS-12",
	  "6.7 to 6.12.68 [Debian 6.12.69-1], 6.13 to 6.18.8 [Debian 6.18.8-1]",
	  "A flagged VSOCK send of at most 128 bytes whose packet finds a copied one at the end of the "
	  "receiver's queue, with room behind it, arrives as other bytes, and is completed at once.",
	  "Debian 6.12.69-1, under ChangeLog-6.12.68: 'vsock/virtio: Coalesce only linear skb'; Debian "
	  "6.18.8-1, under ChangeLog-6.18.8: the same.",
	  .fix = "vsock/virtio: Coalesce only linear skb");
REGRESSION("vsock/virtio: Coalesce only linear skb", "6.18.8, 6.12.68 [Debian 6.12.69-1]",
	   .cases = {"vsock_small_flagged_send_behind_a_plain_one_arrives_intact"});
/* A small packet is appended to the last one in the queue by a copy from its linear part,
 * where a flagged packet does not have its data. */
CASE(vsock_small_flagged_send_behind_a_plain_one_arrives_intact, .requirements = {"ZC-VS-12"},
     .transports = transport::vsock_stream, .paths = netns::holds | netns::local,
     .deviation = "vsock-small-flagged-send-is-corrupted")
{
	Link &link = test.connect();
	const Payload plain(page_size() + 1);
	const Payload flagged(128);
	const std::size_t whole = plain.size() + flagged.size();

	plainly_sends(test, link, plain);
	sends(test, link, flagged);
	const Data arrived = await_bytes(link.receiver(), whole);
	test.equal("bytes that arrive", arrived.size(), whole);
	test.equal("bytes of the plain send", Bytes(arrived).first(plain.size()), plain);
	if (!std::ranges::equal(Bytes(arrived).last(flagged.size()), flagged.bytes())) {
		test.that("completion of what was corrupted",
			  link.await_notification(os::Deadline(std::chrono::milliseconds(0))), "at once",
			  "none");
		link.connection_reset(); /* what is left to read is no use */
		test.completions_settle(link);
		test.deviates("the bytes of the flagged send are others than were sent");
	}
	test.queue_empty(link);
	link.release();
	test.one_notification(link, {0, 0});
}

/* Small plain sends are appended to each other, and a flagged one keeps its own bytes. */
CASE(vsock_small_sends_are_appended_to_no_flagged_one, .requirements = {"ZC-VS-12"},
     .transports = transport::vsock, .paths = netns::holds | netns::local)
{
	Link &link = test.connect();
	const std::size_t page = page_size();
	const Payload payload(4 * page);

	/* The case above has the flagged sends of 128 bytes or less. */
	for (const std::size_t length : {std::size_t{129}, page - 1, page, 4 * page})
		for (const std::size_t small : {1, 50, 128}) {
			sends(test, link, payload.from(payload.size() - length, length));
			for (int i = 0; i < 3; i++)
				plainly_sends(test, link, payload.from(i * 200, small));
		}
	test.queue_empty(link);
	link.release();
	test.completions_settle(link);
}

/* The bytes did not arrive because the connection ended, and for no other reason. */
void connection_ended(At at, const Link &link)
{
	const short seen = errqueue::poll_now(link.sender(), POLLRDHUP);

	at->that("connection whose bytes do not arrive", seen & (POLLHUP | POLLRDHUP | POLLERR), "ended",
		 "revents " + os::poll_events(seen));
}

/* Sends of one byte each while the receiver does not read: more of them than its queue has
 * places for. Returns how many bytes the receiver has in the end: none where the connection
 * ended. */
std::size_t send_many_bytes(At at, Link &link, const Payload &payload, int flags)
{
	for (std::size_t i = 0; i < payload.size(); i++) {
		const Sent sent = link.send(payload.from(i, 1), flags);

		/* The connection may end before the last send. */
		if (!sent.ok() && (sent.error == EPIPE || sent.error == ECONNRESET || sent.error == ENOTCONN))
			return 0;
		at->sent(sent, 1);
	}
	return await_bytes(link.receiver(), payload.size()).size();
}

/* A receiver's buffer with places for fewer packets than these. */
constexpr transport::LinkOptions few_places = {.receive_buffer = 4096};
constexpr std::size_t many = 20;

REQUIREMENT("ZC-VS-20", past_bug,
	    "Flagged VSOCK sends within the credit arrive as plain ones do, however small and however many "
	    "they are.",
	    .code = "net/vmw_vsock/virtio_transport_common.c:virtio_transport_recv_enqueue appends plain "
		    "packets to each other, virtio_transport_inc_rx_pkt counts those that are not",
	    .kernels = "counted since \"vsock/virtio: fix potential unbounded skb queue\" (7.0.13, 6.18.36, "
		       "6.12.94); joined since \"vsock/virtio: collapse receive queue under memory "
		       "pressure\" (7.1.6, 6.18.43, 6.12.101)");
DEVIATION("vsock-small-flagged-sends-end-the-connection", "ZC-VS-20",
	  "6.12.94 [Debian 6.12.94-1] to 6.12.101 [Debian 6.12.101-1], 6.18.36 to 6.18.43, 7.0.13 [Debian "
	  "7.0.13-1] to 7.1.6 [Debian 7.1.6-1]",
	  "Flagged VSOCK sends that the receiver does not read, few bytes but more packets than its buffer "
	  "is large divided by what an empty packet takes, end the connection, within the credit. Plain ones "
	  "of that size arrive.",
	  "'vsock/virtio: fix potential unbounded skb queue': Debian 6.12.94-1 under ChangeLog-6.12.94; "
	  "announcement of 6.18.36; Debian 7.0.13-1 under ChangeLog-7.0.13. 'vsock/virtio: collapse receive "
	  "queue under memory pressure': Debian 6.12.101-1 under ChangeLog-6.12.101; Debian 7.1.6-1 under "
	  "ChangeLog-7.1.6. The end in 6.18.y (6.18.43) could not be read and stays inferred.",
	  .fix = "vsock/virtio: collapse receive queue under memory pressure");
REGRESSION("vsock/virtio: collapse receive queue under memory pressure", "7.1.6, 6.18.43, 6.12.101",
	   .cases = {"vsock_flagged_sends_within_the_credit_arrive"});
/* Each send is a packet. Plain ones are appended to each other. */
CASE(vsock_flagged_sends_within_the_credit_arrive, .requirements = {"ZC-VS-20"},
     .transports = transport::vsock_stream, .paths = netns::holds | netns::local,
     .deviation = "vsock-small-flagged-sends-end-the-connection")
{
	const Payload payload(many);
	Link &plain = test.connect(few_places);
	Link &link = test.connect(few_places);

	test.equal("bytes of plain sends that arrive", send_many_bytes(test, plain, payload, 0),
		   payload.size());
	const std::size_t arrived = send_many_bytes(test, link, payload, MSG_ZEROCOPY);
	if (arrived < payload.size()) {
		connection_ended(test, link);
		link.take_receiver().close();
		test.completions_settle(link);
		test.deviates("the connection ended; of " + std::to_string(payload.size()) +
			      " sends of one byte were taken " + std::to_string(link.ledger().next_id()));
	}
	link.release();
	test.completions_settle(link);
}

REQUIREMENT(
	"ZC-VS-21", promised,
	"Data that a VSOCK receiver copies within its queue is completed with SO_EE_CODE_ZEROCOPY_COPIED.",
	.rests_on = "ZC-IN-03",
	.code = "net/vmw_vsock/virtio_transport_common.c:virtio_transport_collapse_rx_queue",
	.kernels = "it copies since \"vsock/virtio: collapse receive queue under memory pressure\" (7.1.6, "
		   "6.18.43, 6.12.101)");
DEVIATION("vsock-receivers-copy-not-reported", "ZC-VS-21",
	  "6.12.101 [Debian 6.12.101-1] to 6.13, 6.18.43 to 6.19, 7.1.6 [Debian 7.1.6-1] on",
	  "Flagged VSOCK sends whose packets the receiver's queue joins, as it has more of them than its "
	  "buffer has places, are copied and complete before they are read, without "
	  "SO_EE_CODE_ZEROCOPY_COPIED.",
	  "as above: Debian 6.12.101-1 and 7.1.6-1. 6.18.43 is inferred. Not fixed in 7.3.4.");
/* A receiver that joins packets of its queue has copied those that complete before it is
 * read. */
CASE(vsock_data_that_the_receiver_copies_completes_as_copied, .requirements = {"ZC-VS-21"},
     .transports = transport::vsock_stream, .paths = netns::holds | netns::local,
     .deviation = "vsock-receivers-copy-not-reported")
{
	Link &link = test.connect(few_places);
	const Payload payload(many);

	if (send_many_bytes(test, link, payload, MSG_ZEROCOPY) < payload.size()) {
		connection_ended(test, link);
		test.skip("a connection that outlives many small sends (ZC-VS-20)");
	}
	std::uint64_t copied = 0, early = 0;
	for (const Message &message : link.read_notifications())
		for (const Notification &notification : message.notifications) {
			test.well_formed(notification);
			early += notification.ids().count();
			copied += notification.copied() ? notification.ids().count() : 0;
		}
	link.release();
	test.completions_settle(link);
	if (early > 0 && copied == 0)
		test.deviates(std::to_string(early) + " of " + std::to_string(many) +
			      " ids completed before the receiver had read anything, and without "
			      "SO_EE_CODE_ZEROCOPY_COPIED");
	test.equal("ids that completed early, less those marked as copied", early - copied, 0);
}

REQUIREMENT("ZC-VS-35", observed,
	    "The bytes of flagged VSOCK sends that are read give their credit back, also where the "
	    "receiver's queue joins packets behind one that was read in part.",
	    .code = "net/vmw_vsock/virtio_transport_common.c:virtio_transport_can_collapse leaves that one "
		    "as it is");
/* Each round leaves no byte unread. What a round did not give back, the next ones would lack. */
CASE(vsock_credit_comes_back_behind_joined_packets, .requirements = {"ZC-VS-35", "ZC-VS-20"},
     .transports = transport::vsock_stream, .paths = netns::holds | netns::local)
{
	Link &link = test.connect(few_places);
	const Payload payload(1000);
	const Payload behind(many);

	for (int round = 0; round < 10; round++) {
		Sent sent;

		/* The credit comes a moment after the reading. */
		const bool room = os::wait_until([&] {
			sent = link.send_zerocopy(payload);
			return sent.ok();
		});
		test.that("send when all is read", room, "bytes", transport::describe(sent));
		const Bytes front = payload.first(std::max<std::size_t>(sent.returned, 2) - 1);
		receives(test, link.receiver(), front);
		link.transcript().arrived(front);
		for (std::size_t i = 0; i < behind.size(); i++) {
			const Sent one = link.send_zerocopy(behind.from(i, 1));

			if (!one.ok() && one.error != EAGAIN)
				test.skip("a connection that outlives many small sends (ZC-VS-20)");
		}
		link.deliver();
	}
	const Payload most(3000);
	Sent sent;
	os::wait_until([&] {
		sent = link.send_zerocopy(most);
		if (sent.ok())
			link.deliver();
		return sent.returned == static_cast<ssize_t>(most.size());
	});
	test.sent(sent, most.size());
	link.release();
	test.completions_settle(link);
}

REQUIREMENT("ZC-VS-23", observed,
	    "Flagged VSOCK sends that the receiver has not read when it closes complete without "
	    "SO_EE_CODE_ZEROCOPY_COPIED.",
	    .code = "net/vmw_vsock/virtio_transport_common.c:virtio_transport_remove_sock",
	    .kernels = "since 6.7");
/* Its queue is freed with the receiver. The sender learns of the end by its next call. */
CASE(vsock_receiver_that_closes_completes_what_it_has_not_read, .requirements = {"ZC-VS-23"},
     .transports = transport::vsock, .paths = netns::holds | netns::local)
{
	Link &link = test.connect();
	const Payload payload(3 * page_size());

	for (int i = 0; i < 3; i++) {
		sends(test, link, payload);
		plainly_sends(test, link, payload.first(100));
	}
	arrives(test, link);
	test.queue_empty(link);
	link.take_receiver().close();
	/* The kernel frees one after the other: a reader may find the first alone. */
	test.completions_settle(link);
	for (const Message &message : link.history())
		for (const Notification &notification : message.notifications) {
			test.well_formed(notification);
			test.copied_as_path_says(notification);
		}
	await_events(test, link.sender(), POLLIN, "the end of the connection");
	test.refused(link.send_zerocopy(payload), EPIPE);
	test.nothing_comes(link);
}

REQUIREMENT("ZC-VS-60", observed,
	    "A flagged VSOCK message is completed when the receiver takes it, also where its buffer is too "
	    "short for all of it.",
	    .code = "net/vmw_vsock/virtio_transport_common.c:virtio_transport_seqpacket_do_dequeue",
	    .kernels = "since 6.7");
CASE(vsock_message_that_is_cut_short_completes, .requirements = {"ZC-VS-60"},
     .transports = transport::seqpacket, .paths = netns::holds | netns::local)
{
	Link &link = test.connect();
	const Payload payload(160 << 10); /* in packets of 64 KiB at most */
	std::uint32_t id = 0;

	for (const std::size_t most :
	     {std::size_t{1}, std::size_t{70000}, payload.size() - 1, payload.size()}) {
		sends(test, link, payload);
		arrives(test, link);
		test.queue_empty(link);
		test.equal("front of the message", harness::received(test, link.receiver(), most),
			   payload.first(most));
		link.transcript().arrived(payload); /* the rest of it is gone */
		test.one_notification(link, {id, id});
		id++;
	}
}

REQUIREMENT("ZC-VS-61", observed,
	    "A reader without memory for flagged VSOCK data gets EFAULT: of a stream the data stays, and "
	    "completes when it is read; a message is gone, and complete.",
	    .code = "net/vmw_vsock/virtio_transport_common.c:virtio_transport_stream_do_dequeue, "
		    "virtio_transport_seqpacket_do_dequeue",
	    .kernels = "since 6.7");
CASE(vsock_data_that_cannot_be_stored_completes, .requirements = {"ZC-VS-61", "ZC-LO-15"},
     .transports = transport::vsock, .paths = netns::holds | netns::local)
{
	Link &link = test.connect();
	const Payload payload(100000); /* two packets */
	const Mapping denied(payload.size(), PROT_NONE);

	for (const std::uint32_t id : {0, 1}) {
		sends(test, link, payload);
		arrives(test, link);
		test.refused(Returned::of(::recv(link.receiver(), denied.data(), denied.bytes().size(), 0)),
			     EFAULT);
		if (test.is(transport::stream)) {
			test.queue_empty(link);
			link.deliver();
		} else {
			link.transcript().arrived(payload);
		}
		test.one_notification(link, {id, id});
	}
}

REQUIREMENT("ZC-VS-24", observed,
	    "Data that a VSOCK sender has sent with the flag when it closes arrives, from its pages as they "
	    "are when they are read.",
	    .code = "net/vmw_vsock/virtio_transport_common.c:virtio_transport_recv_connected, "
		    "VIRTIO_VSOCK_OP_SHUTDOWN",
	    .kernels = "since 6.7");
/* The receiver still has the packets, and the socket goes with the last of them. */
CASE(vsock_data_outlives_its_sender, .requirements = {"ZC-VS-24", "ZC-VS-11"}, .transports = transport::vsock,
     .paths = netns::holds | netns::local)
{
	Link &link = test.connect();
	Payload payload(3 * page_size());

	sends(test, link, payload);
	arrives(test, link);
	link.take_sender().close();
	store_seen(link, payload);
	link.deliver();
}

REQUIREMENT("ZC-VS-11", observed, "Closing a VSOCK socket with unread notifications leaks nothing.",
	    .code = "net/vmw_vsock/af_vsock.c:vsock_sk_destruct purges sk_error_queue",
	    .kernels = "in 6.12 and 7.3");
/* The accounts at the end of every case show that the socket is gone. */
CASE(vsock_socket_is_freed_with_unread_notifications, .requirements = {"ZC-VS-11", "ZC-LF-03"},
     .transports = transport::vsock, .paths = netns::simplest)
{
	Link &link = test.connect();

	for (int i = 0; i < 3; i++)
		sends(test, link);
	link.deliver();
	notified(test, link);
	link.take_sender().close();
}

/* Completions are outstanding when the sockets close, in either order: no notification is
 * queued for a socket that is gone. */
CASE(vsock_sockets_are_freed_with_pending_completions, .requirements = {"ZC-VS-11", "ZC-LF-03"},
     .transports = transport::vsock, .paths = netns::holds | netns::local)
{
	for (const bool sender_first : {true, false}) {
		Link &link = test.connect();
		const Payload payload(link.usual_length());

		for (int i = 0; i < 3; i++)
			sends(test, link, payload);
		arrives(test, link);
		if (sender_first)
			link.take_sender().close();
		link.take_receiver().close();
		if (!sender_first)
			link.take_sender().close();
	}
}

} // namespace
