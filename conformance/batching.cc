// SPDX-License-Identifier: GPL-2.0
/* The chapter 'Notification Batching' of msg_zerocopy.rst. */
#include <linux/sock_diag.h>

#include "conformance/chapter.h"
#include "harness/slow_device.h"

namespace
{

/* Each send leaves an entry on the error queue when its packet is handed to the device:
 * before its completion, and without any packet data. */
void timestamp_sends(const Link &link, int key = 0)
{
	timestamp(link,
		  SOF_TIMESTAMPING_TX_SCHED | SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_OPT_TSONLY | key);
}

/* So many flagged sends, all of which complete. Their notifications are not read. */
void send_and_complete(At at, Link &link, Bytes bytes, unsigned times)
{
	for (unsigned i = 0; i < times; i++)
		sends(at, link, bytes);
	/* A local socket gets a datagram after its completion
	 * (net/core/skbuff.c:skb_orphan_frags_rx), except for IPv4 fragments. On VSOCK the
	 * read itself completes what it takes. Elsewhere the call completes the datagram. */
	if (at->has(netns::delivers))
		link.deliver();
	if (!at->is(transport::tcp))
		return;
	/* A stream completes acknowledged data under the socket's lock, which setsockopt()
	 * waits for. */
	left_to_acknowledge(at, link, 0);
	link.set_zerocopy(true);
}

/* The entries on the error queue now; those of the case's known deviation are others. */
void entries_now_are(At at, Link &link, const std::string &expected,
		     const std::string &deviation = "none known")
{
	const std::string seen = entries_text(link.read_notifications());

	if (seen == deviation)
		at->deviates("error queue: " + seen + " in place of " + expected);
	if (at->has(netns::in_call))
		at->keeps("ZC-RX-60", "error queue after the calls",
			  seen == expected || !expected.starts_with(seen), expected, seen);
	at->that("error queue", seen == expected, expected, seen);
}

/* The next entries, read by one call of recvmmsg(). Of zerocopy notifications their ranges. */
std::vector<Message> read_many(At at, Link &link, unsigned most, const std::string &expected)
{
	const std::vector<Message> messages = errqueue::receive_many(link.sender(), most);
	const std::string seen = entries_text(messages, Copied::untold);

	link.enter(messages);
	at->that("recvmmsg() of " + std::to_string(most), seen == expected, expected, seen);
	return messages;
}

/* More room at the receiver opens a closed window; then all that was sent completes. */
void drain(At at, Link &link)
{
	set_option(link.receiver(), SOL_SOCKET, SO_RCVBUF, 4 << 20, "setsockopt(SO_RCVBUF)");
	link.deliver();
	at->completions_settle(link);
}

REQUIREMENT("ZC-BT-01", promised,
	    "Consecutive completions merge while one is not read: one read returns the range [lo, hi].",
	    .document = "Notification Batching: \"It coalesces consecutive notifications while one is "
			"outstanding for reception on the error queue.\"",
	    .code = "net/core/skbuff.c:skb_zerocopy_notify_extend",
	    .kernels = "since 6.17 the fragments of an IPv4 datagram behind the first complete some time "
		       "after the read, in any order (net/ipv4/ip_input.c:ip_local_deliver_finish)");
/* The entry that they share has one notification structure. */
CASE(consecutive_completions_merge, .requirements = {"ZC-BT-01"}, .transports = transport::all,
     .paths = netns::delivers, .without = netns::holds | netns::fragments)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());

	send_and_complete(test, link, payload, 1);
	const unsigned one = option_memory(link.sender());
	send_and_complete(test, link, payload, 19);
	option_memory_is(test, link, one, "option memory of one entry");
	test.one_notification(link, {0, 19});
	option_memory_is(test, link, 0, "option memory after the read");
}

/* Many calls of one byte share the structure that extends the entry of the first call. */
CASE(range_takes_in_all_calls_of_a_structure, .requirements = {"ZC-BT-01", "ZC-CT-18"},
     .transports = transport::tcp, .paths = netns::holds_many, .needs = needs_root)
{
	constexpr int calls = 300; /* each is charged with a page */
	Link &link = test.connect({.send_buffer = (calls + 100) * static_cast<int>(page_size())});
	const Payload payload(calls);

	/* Plain data in a packet of its own keeps the others from joining the first. */
	sends(test, link, payload.first(1), MSG_EOR);
	const unsigned one = option_memory(link.sender());
	plainly_sends(test, link, payload.first(1), MSG_EOR);
	for (std::size_t i = 0; i < calls; i++)
		sends(test, link, payload.from(i, 1));
	option_memory_is(test, link, 2 * one, "option memory of two structures");
	link.release();
	link.deliver();
	link.acknowledge();
	left_to_acknowledge(test, link, 0);
	link.set_zerocopy(true); /* waits for the lock under which they complete */
	test.one_notification(link, {0, calls});
}

REQUIREMENT(
	"ZC-BT-02", promised,
	"Only the entry at the tail of the error queue is extended: a timestamp or ICMP error behind it ends "
	"the merging.",
	.document = "Notification Batching: \"When a new notification is about to be queued, it checks "
		    "whether the new value extends the range of the notification at the tail of the queue.\"",
	.code = "net/core/skbuff.c:__msg_zerocopy_callback");
CASE(timestamp_ends_the_range, .requirements = {"ZC-BT-02"})
{
	Link &link = test.connect();
	const Payload payload(100);

	timestamp_sends(link, SOF_TIMESTAMPING_OPT_ID);
	for (int i = 0; i < 3; i++)
		send_and_complete(test, link, payload, 1);
	entries_are(test, link, 6,
		    test.is(transport::stream) ? "queued 99, [0,0], queued 199, [1,1], queued 299, [2,2]"
					       : "queued 0, [0,0], queued 1, [1,1], queued 2, [2,2]");
}

CASE(icmp_error_ends_the_range, .requirements = {"ZC-BT-02"}, .transports = transport::udp,
     .paths = netns::simplest)
{
	Link &link = test.connect({.connected = false});
	const Payload payload(100);
	const Address closed = closed_port(test).address;
	const auto send = [&](At at) { sends(at, link, Outgoing(payload).to(link.destination())); };
	int error = 0;

	queue_errors(test, link, true);
	send(test);
	link.deliver();
	test.sent(send_raw(link.sender(), payload, MSG_NOSIGNAL, &closed), payload.size());
	/* Reading SO_ERROR clears the error, which would fail the next send. */
	os::wait_until([&] { return (error = os::pending_error(link.sender())) != 0; });
	test.socket_error(error, ECONNREFUSED, " after a datagram to a closed port");
	for (int i = 0; i < 2; i++)
		send(test);
	link.deliver();
	entries_are(test, link, 3, "[0,0], " + icmp_error(test, ECONNREFUSED) + ", [1,2]");
}

REQUIREMENT("ZC-BT-03", promised,
	    "A completion that does not continue the range at the tail becomes an entry of its own, so that "
	    "ids may be read out of order.",
	    .document = "Notification Batching: \"Ordered delivery is the common case, but not guaranteed. "
			"Notifications may arrive out of order on retransmission and socket teardown.\"",
	    .rests_on = "ZC-BT-02", .code = "net/core/skbuff.c:skb_zerocopy_notify_extend");
REQUIREMENT("ZC-BT-13", observed,
	    "Entries are read in the order in which their first completions came, and are not sorted by "
	    "their ids.",
	    .code = "net/core/skbuff.c:__msg_zerocopy_callback, __skb_queue_tail");
/* Id 0 waits for its neighbour's address; the others go to a neighbour whose address is
 * known. */
CASE(ids_out_of_order_stay_apart, .requirements = {"ZC-BT-03", "ZC-BT-13"}, .transports = transport::udp,
     .paths = netns::holds)
{
	Link &link = test.connect({.connected = false});
	const Address known = known_neighbour(test);
	const Payload payload(100);
	const auto send_to = [&](At at, const Address &to) { sends(at, link, Outgoing(payload).to(to)); };

	send_to(test, link.destination());
	for (int i = 0; i < 3; i++)
		send_to(test, known);
	link.release();
	send_to(test, known);
	entries_now_are(test, link, "[1,3], [0,0], [4,4]");
}

REQUIREMENT("ZC-BT-04", promised,
	    "Merging raises the upper bound of a queued entry and leaves its lower bound alone.",
	    .document = "Notification Batching: \"If so, it drops the new notification packet and instead "
			"increases the range upper value of the outstanding notification.\"",
	    .code = "net/core/skbuff.c:skb_zerocopy_notify_extend");
CASE(range_starts_where_the_last_read_ended, .requirements = {"ZC-BT-04"}, .transports = transport::all)
{
	Link &link = test.connect();
	const Payload payload(100);
	std::uint32_t next = 0;

	for (const std::uint32_t count : {1, 2, 3, 7, 1, 12}) {
		send_and_complete(test, link, payload, count);
		test.one_notification(link, {next, next + count - 1});
		next += count;
	}
}

REQUIREMENT("ZC-BT-05", promised,
	    "With TCP, acknowledged in order and without timestamps, no more than one notification is "
	    "outstanding.",
	    .document = "Notification Batching: \"For protocols that acknowledge data in-order, like TCP, "
			"each notification can be squashed into the previous one, so that no more than one "
			"notification is outstanding at any one point.\"",
	    .code = "net/core/skbuff.c:skb_zerocopy_notify_extend");
CASE(stream_has_one_notification_outstanding, .requirements = {"ZC-BT-05"},
     .transports = transport::connected)
{
	Link &link = test.connect();
	const Payload payload(100);
	constexpr std::uint32_t rounds = 100;

	/* A few at a time, because data in flight takes option memory. */
	for (std::uint32_t i = 0; i < rounds; i++)
		send_and_complete(test, link, payload, 10);
	test.one_notification(link, {0, rounds * 10 - 1});
}

REQUIREMENT("ZC-BT-06", promised,
	    "recvmmsg(MSG_ERRQUEUE) returns several entries in the order of the queue, and fails with EAGAIN "
	    "on an empty one.",
	    .document = "Notification Batching: \"Multiple outstanding packets can be read at once using the "
			"recvmmsg call.\"",
	    .code = "net/socket.c:do_recvmmsg");
CASE(recvmmsg_reads_several_in_order, .requirements = {"ZC-BT-06"}, .paths = netns::simplest)
{
	Link &link = test.connect();
	const Payload payload(100);
	mmsghdr header = {};

	timestamp_sends(link);
	for (int i = 0; i < 3; i++)
		send_and_complete(test, link, payload, 1);
	const auto four = read_many(test, link, 4, "queued 0, [0,0], queued 0, [1,1]");
	const auto rest = read_many(test, link, 8, "queued 0, [2,2]");
	for (const Message &message : {four[1], four[3], rest[1]})
		test.well_formed(message.notifications.front());
	fails(test, "recvmmsg()", Returned::of(::recvmmsg(link.sender(), &header, 1, MSG_ERRQUEUE, nullptr)),
	      EAGAIN);
}

REQUIREMENT(
	"ZC-RX-71", promised,
	"As many notifications can be left unread as option memory has room for, and then all are read in "
	"their order, by recvmsg(2) and by recvmmsg(2).",
	.rests_on = "ZC-IN-01 ZC-BT-01", .code = "net/core/skbuff.c:__msg_zerocopy_callback bounds nothing");
CASE(many_unread_entries_are_all_read, .requirements = {"ZC-RX-71", "ZC-BT-06"}, .paths = netns::simplest)
{
	constexpr std::uint32_t most = 150; /* of the default optmem_max */
	Link &link = test.connect();
	const Payload payload(100);
	std::uint32_t ids = 0;

	os::set_receive_buffer(link.sender(), os::ample_buffer); /* timestamps take room there */
	timestamp_sends(link);
	for (; ids < most; ids++) {
		const Sent sent = link.send_zerocopy(payload);

		if (sent.error == ENOBUFS)
			break;
		test.sent(sent, payload.size());
		link.deliver();
		if (test.is(transport::tcp))
			left_to_acknowledge(test, link, 0);
	}
	if (ids < 10)
		test.skip("a larger net.core.optmem_max");
	std::vector<Message> messages = errqueue::receive_many(link.sender(), ids);
	test.equal("entries that one recvmmsg() read", messages.size(), ids);
	for (const Message &message : errqueue::receive_queued(link.sender()))
		messages.push_back(message);
	link.enter(messages);
	test.equal("entries", messages.size(), 2 * ids);
	for (std::uint32_t id = 0; id < ids; id++) {
		const std::string expected = "queued 0, " + errqueue::describe(errqueue::IdRange{id, id});
		const std::string seen =
			entries_text({messages[2 * id], messages[2 * id + 1]}, Copied::untold);

		test.that("entries of call " + std::to_string(id), seen == expected, expected, seen);
	}
}

REQUIREMENT("ZC-BT-07", promised,
	    "SO_EE_CODE_ZEROCOPY_COPIED of a notification is true of every id in its range: completions of "
	    "different kinds are not merged.",
	    .rests_on = "ZC-IN-03", .code = "net/core/skbuff.c:skb_zerocopy_notify_extend",
	    .kernels = "since 4.14");
DEVIATION("merged-range-keeps-first-code", "ZC-BT-07", "4.14 on",
	  "Completions merge whatever their ee_code, and the entry keeps the ee_code of the first: an id "
	  "that was copied disappears behind one that was not, or an id that was not copied is marked by one "
	  "that was. Ids of one notification structure share one ee_code besides (ZC-BT-08).",
	  catalogue::not_fixed_read);
/* A datagram larger than the MTU is copied on a path that copies no smaller one. */
CASE(copied_id_is_not_hidden_by_merging, .requirements = {"ZC-BT-07"}, .transports = transport::udp,
     .paths = netns::shares | netns::in_call, .deviation = "merged-range-keeps-first-code")
{
	Link &link = test.connect();
	const Payload payload(5000);

	sends(test, link, payload.first(1000));
	sends(test, link, payload);
	entries_now_are(test, link, "[0,0], [1,1] copied", "[0,1]");
}

CASE(shared_id_is_not_marked_by_merging, .requirements = {"ZC-BT-07"}, .transports = transport::udp,
     .paths = netns::shares | netns::in_call, .deviation = "merged-range-keeps-first-code")
{
	Link &link = test.connect();
	const Payload payload(5000);

	sends(test, link, payload);
	sends(test, link, payload.first(1000));
	entries_now_are(test, link, "[0,0] copied, [1,1]", "[0,1] copied");
}

CASE(ids_read_one_by_one_say_whether_they_were_copied, .requirements = {"ZC-BT-07"},
     .transports = transport::udp, .paths = netns::shares | netns::in_call)
{
	Link &link = test.connect();
	const Payload payload(5000);

	sends(test, link, payload.first(1000));
	entries_now_are(test, link, "[0,0]");
	sends(test, link, payload);
	entries_now_are(test, link, "[1,1] copied");
}

REQUIREMENT("ZC-BT-08", observed,
	    "Ids that share a notification structure share one SO_EE_CODE_ZEROCOPY_COPIED: one part that was "
	    "copied sets it for all of them.",
	    .code = "net/ipv4/ip_output.c:__ip_append_data, uarg_to_msgzc(uarg)->zerocopy = 0; "
		    "net/core/skbuff.c:msg_zerocopy_complete (6.1: msg_zerocopy_callback)",
	    .kernels = "the deviation of ZC-BT-07 tells how that breaks the promise of the document");
/* The second part is copied because it is an append; alone, the first is not. */
CASE(copied_part_marks_all_ids_of_its_structure, .requirements = {"ZC-BT-08"}, .transports = transport::udp,
     .paths = netns::shares | netns::in_call)
{
	Link &link = test.connect();
	const Payload payload(1000);

	segment(link, 1000);
	sends(test, link, payload, MSG_MORE);
	plainly_sends(test, link, payload.first(0));
	entries_now_are(test, link, "[0,0]");
	sends(test, link, payload, MSG_MORE);
	sends(test, link, payload);
	entries_now_are(test, link, "[1,2] copied");
}

/* Whatever the notification says, the first part is shared until the datagram leaves, and
 * the second is not. */
CASE(part_beside_a_copied_one_is_shared, .requirements = {"ZC-BT-08"}, .transports = transport::udp,
     .without = netns::device_without_sg | netns::device_without_checksum)
{
	Link &link = test.connect();
	Payload shared(1000);
	Payload copied(1000);

	segment(link, 1000);
	sends(test, link, shared, MSG_MORE);
	store_seen(link, shared);
	sends(test, link, copied, MSG_MORE);
	copied.overwrite();
	plainly_sends(test, link, copied.first(0));
	link.deliver();
	harness::copied(test, test.one_completion(link, {0, 1}));
}

REQUIREMENT("ZC-BT-09", observed,
	    "Each entry that is neither merged nor read keeps its optmem charge until it is read.",
	    .code = "net/core/sock.c:sock_omalloc, sock_ofree");
/* Entries take option memory until there is none left. */
CASE(unread_entries_keep_their_charge, .requirements = {"ZC-BT-09"}, .paths = netns::simplest,
     .needs = needs_optmem)
{
	Link &link = test.connect();
	const Payload payload(100);

	timestamp_sends(link);
	send_and_complete(test, link, payload, 1);
	const unsigned one = charged_while_unread(test, link);
	const ScopedOptmemMax six(6 * one);

	for (unsigned entries = 2; entries <= 6; entries++) {
		send_and_complete(test, link, payload, 1);
		option_memory_is(test, link, entries * one);
	}
	test.refused(link.send_zerocopy(payload), ENOBUFS);
	read_many(test, link, 2, "queued 0, [0,0]");
	option_memory_is(test, link, 5 * one, "option memory after the read");
	send_and_complete(test, link, payload, 1);
	test.refused(link.send_zerocopy(payload), ENOBUFS);
}

REQUIREMENT("ZC-BT-10", observed,
	    "TCP reuses the notification structure of the last packet buffer not sent yet up to 512 KiB and "
	    "65534 calls, and starts a new one, with an optmem charge of its own, beyond either.",
	    .code = "net/core/skbuff.c:msg_zerocopy_realloc, byte_limit 1 << 19 and USHRT_MAX - 1");
/* Calls behind one another in the write queue share a structure. */
CASE(structure_is_shared_up_to_its_byte_limit, .requirements = {"ZC-BT-10"}, .transports = transport::tcp,
     .paths = netns::simplest)
{
	/* What fills the window is charged in pages. */
	const int room = static_cast<int>(std::max<std::size_t>(2 << 20, 256 * page_size()));
	Link &link = connect_behind_closed_window(test, {.send_buffer = 2 * room});
	const Payload payload(1 << 18);

	if (os::get_option<int>(link.sender(), SOL_SOCKET, SO_SNDBUF) < room)
		test.skip("a larger net.core.wmem_max");
	sends(test, link, payload);
	const unsigned one = option_memory(link.sender());
	sends(test, link, payload);
	option_memory_is(test, link, one, "option memory at 512 KiB");
	sends(test, link, payload.first(1));
	option_memory_is(test, link, 2 * one, "option memory beyond 512 KiB");
	sends(test, link, payload.first(1));
	option_memory_is(test, link, 2 * one, "option memory when the new structure is shared");
	test.queue_empty(link);
	drain(test, link);
}

CASE(structure_is_shared_up_to_its_limit_of_calls, .requirements = {"ZC-BT-10"}, .transports = transport::tcp,
     .paths = netns::simplest, .needs = needs_root, .once = true)
{
	constexpr int most = 65534;
	const std::size_t page = page_size();

	/* Each call is charged with a page, however few its bytes. */
	if (page > 8192)
		test.skip("pages of at most 8 KiB, or the send buffer cannot hold 65534");
	Link &link =
		connect_behind_closed_window(test, {.send_buffer = (most + 100) * static_cast<int>(page)});
	const Payload payload(most + 1);

	/* The entry of this call is there when that of the others would follow: they extend it. */
	sends(test, link, payload.first(1), MSG_EOR);
	const unsigned one = option_memory(link.sender());
	plainly_sends(test, link, payload.first(1), MSG_EOR);
	for (std::size_t i = 0; i < most; i++) {
		const Sent sent = link.send_zerocopy(payload.from(i, 1));

		/* Before "net: avoid double accounting for pure zerocopy skbs" each page counts for the
		 * memory of all TCP sockets, too. */
		if (sent.error == EAGAIN && os::socket_memory(link.sender(), SK_MEMINFO_WMEM_QUEUED) <
						    os::socket_memory(link.sender(), SK_MEMINFO_SNDBUF) / 2)
			test.skip("a larger net.ipv4.tcp_mem, for " + std::to_string(most) + " pages");
		test.sent(sent, 1);
	}
	option_memory_is(test, link, 2 * one, "option memory of one call, and 65534");
	sends(test, link, payload.from(most, 1));
	option_memory_is(test, link, 3 * one, "option memory of one call more");
	test.queue_empty(link);
	drain(test, link);
}

REQUIREMENT("ZC-BT-12", promised,
	    "Notifications of TCP may be out of order and split after retransmission, and still cover each "
	    "id exactly once.",
	    .rests_on = "ZC-BT-03", .code = "net/ipv4/tcp_output.c:__tcp_transmit_skb clones");
/* The first packets go to a wrong link-layer address. Those behind them make the sender
 * retransmit. */
CASE(retransmitted_ids_are_reported_once, .requirements = {"ZC-BT-12", "ZC-CT-18"},
     .transports = transport::tcp, .paths = netns::sniffed)
{
	Link &link = test.connect();
	const Payload payload(1000);

	lose_packets(test);
	for (int i = 0; i < 3; i++)
		sends_to_wait(test, link, payload);
	stop_losing(test);
	for (int i = 0; i < 5; i++)
		sends(test, link, payload);
	link.deliver();
	test.completions_settle(link);
	const unsigned again = transport::retransmissions(link.sender());
	test.that("packets sent again", again >= 3, "3 or more", std::to_string(again));
}

REQUIREMENT("ZC-BT-11", observed,
	    "A corked UDP datagram cannot reach the limits of a notification structure (512 KiB, 65534 "
	    "calls), so that they never fail an append.",
	    .code = "net/core/skbuff.c:msg_zerocopy_realloc returns NULL for datagrams; a datagram holds at "
		    "most 65527 bytes, one byte a call",
	    .not_judged = "no case can reach it: read from the source");

} // namespace
