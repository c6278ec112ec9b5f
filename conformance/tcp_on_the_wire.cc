// SPDX-License-Identifier: GPL-2.0
/* MSG_ZEROCOPY and the wire of TCP: acknowledgments, losses and retransmissions, data in a
 * SYN, and a tap that is not read. The case scripts the peer; docs/upstream.md names the
 * packetdrill scripts that these cases extend. */
#include "conformance/chapter.h"
#include "harness/fast_open.h"
#include "harness/slow_device.h"
#include "os/watch.h"
#include "tcp_peer/peer.h"
#include "tcp_peer/segment.h"

namespace
{

using os::Watch;
using tcp_peer::Peer;
using tcp_peer::Segment;

/* Three duplicate acknowledgments make the sender repeat its first segment (RFC 5681,
 * 3.2). The first of four may open the window, and is no duplicate then. */
void acknowledge_nothing_new(Peer &peer)
{
	for (int i = 0; i < 4; i++)
		peer.acknowledge(peer.received());
}

/* The next segment that begins at that position. */
Segment next_at(Peer &peer, std::uint32_t position)
{
	for (;;) {
		Segment segment = peer.next_data();

		if (peer.range(segment).from == position)
			return segment;
	}
}

/* A flagged send that the peer gets and acknowledges. */
void acknowledged_send(At at, Link &link, Bytes bytes)
{
	Peer &peer = link.peer();

	sends(at, link, bytes);
	peer.receive(peer.received() + static_cast<std::uint32_t>(bytes.size()));
	peer.acknowledge();
}

REQUIREMENT("ZC-IN-09", promised,
	    "Where the call itself does not copy, its TCP notification comes when the peer has acknowledged "
	    "every byte of the call. It is not enough to acknowledge a part of the call, or to acknowledge "
	    "selectively what lies behind a gap.",
	    .rests_on = "ZC-IN-08", .code = "net/ipv4/tcp_input.c:tcp_clean_rtx_queue, tcp_tso_acked",
	    .kernels = "that the acknowledgment of the last byte is the moment is the code's, not the "
		       "document's; data that is copied in the call is reported at once: ZC-CP-09");
/* The peer has received all of the data, and has not acknowledged it yet. */
CASE(no_notification_before_the_acknowledgment, .requirements = {"ZC-IN-09", "ZC-IN-01"},
     .transports = transport::tcp, .paths = netns::scripted)
{
	Link &link = test.connect();
	Peer &peer = link.peer();
	const Payload payload(4000);
	std::uint32_t id = 0;

	for (const std::uint32_t length : {1, 1, 4000, 4000}) {
		sends(test, link, payload.first(length));
		peer.receive(peer.received() + length);
		test.queue_empty(link);
		peer.acknowledge();
		test.one_notification(link, {id, id});
		id++;
	}
}

/* A packet that is acknowledged in part is shortened, not freed. */
CASE(data_acknowledged_in_part_is_not_complete, .requirements = {"ZC-IN-09"}, .transports = transport::tcp,
     .paths = netns::scripted)
{
	Link &link = test.connect({.offer = {.mss = 1000}});
	Peer &peer = link.peer();
	const Payload payload(4000);

	for (int i = 0; i < 2; i++)
		sends(test, link, payload);
	peer.receive(8000);
	for (const std::uint32_t end : {1000, 3999}) {
		peer.acknowledge(end);
		left_to_acknowledge(test, link, 8000 - end);
		test.queue_empty(link);
	}
	peer.acknowledge(5000);
	test.one_notification(link, {0, 0});
	peer.acknowledge(7999);
	left_to_acknowledge(test, link, 1);
	test.queue_empty(link);
	peer.acknowledge();
	test.one_notification(link, {1, 1});
}

/* The peer may still drop what it acknowledged selectively (RFC 2018, 8), so the sender
 * keeps that. */
CASE(data_acknowledged_selectively_is_not_complete, .requirements = {"ZC-IN-09", "ZC-BT-05"},
     .transports = transport::tcp, .paths = netns::scripted)
{
	Link &link = test.connect({.offer = {.mss = 1000, .sack_permitted = true}});
	Peer &peer = link.peer();
	const Payload payload(1000);

	for (int i = 0; i < 5; i++)
		sends(test, link, payload);
	peer.lose_next(); /* lost */
	for (std::uint32_t end = 0; end < 5000;) {
		const Segment later = peer.next_data();

		peer.take(later);
		end = peer.range(later).to;
	}
	peer.acknowledge();
	/* A retransmission answers the blocks: the sender has taken them in. */
	const Segment again = next_at(peer, 0);
	test.queue_empty(link);
	peer.take(again);
	peer.acknowledge();
	left_to_acknowledge(test, link, 0);
	test.one_notification(link, {0, 4});
}

/* What the wire had before the store is unchanged. */
CASE(retransmission_carries_the_buffer_as_it_is_then, .requirements = {"ZC-IN-04"},
     .transports = transport::tcp, .paths = netns::scripted)
{
	Link &link = test.connect({.offer = {.mss = 1000}});
	Peer &peer = link.peer();
	Payload lost(1000);
	const Payload later(4000);
	const Data original = lost.copy();

	sends(test, link, lost);
	test.equal("first transmission", peer.next_data().payload, original);
	store_seen(link, lost);
	plainly_sends(test, link, later);
	peer.take_next();
	acknowledge_nothing_new(peer);
	const Segment again = next_at(peer, 0);
	test.equal("retransmission", again.payload, lost);
	test.queue_empty(link);
	peer.take(again);
	peer.acknowledge();
	test.one_notification(link, {0, 0});
}

/* The retransmission still waits in the device when the peer has acknowledged all. */
CASE(retransmission_that_nobody_has_read_completes_last, .requirements = {"ZC-BT-12", "ZC-BT-03"},
     .transports = transport::tcp, .paths = netns::scripted | netns::shares)
{
	Link &link = test.connect({.offer = {.mss = 1000}});
	Peer &peer = link.peer();
	const Payload lost(1000);
	const Payload later(4000);

	sends(test, link, lost);
	peer.lose_next();
	sends(test, link, later);
	acknowledge_nothing_new(peer);
	const auto retransmissions = [&link] { return transport::retransmissions(link.sender()); };
	test.that("retransmissions", os::wait_until([&] { return retransmissions() == 1; }), "1",
		  std::to_string(retransmissions()));
	peer.acknowledge(5000); /* without having read the retransmission */
	left_to_acknowledge(test, link, 0);
	test.queue_empty(link);
	peer.take_next();
	test.one_notification(link, {1, 1});
	const Segment again = peer.next_data();
	test.equal("position of the retransmission", peer.range(again).from, 0);
	peer.take(again);
	test.one_notification(link, {0, 0});
}

/* The document's remark about 10 KB is about benefit. */
CASE(any_length_is_shared_until_the_acknowledgment, .requirements = {"ZC-IN-06", "ZC-IN-09"},
     .transports = transport::tcp, .paths = netns::scripted | netns::shares)
{
	constexpr std::uint32_t half_closed = 65536; /* from that length on: the peer has sent its FIN */
	Link &link = test.connect();
	Peer &peer = link.peer();
	std::uint32_t id = 0;

	for (const std::uint32_t length : {1U, 100U, 4097U, half_closed, 1U << 20}) {
		const std::uint32_t end = peer.received() + length;
		Payload payload(1 + length);
		const Bytes bytes = payload.from(1, length); /* within a page */

		if (length == half_closed) {
			peer.close();
			await_events(test, link.sender(), POLLRDHUP, "the end of the peer's stream");
		}
		sends(test, link, bytes);
		payload.overwrite();
		link.transcript().store_over_last(bytes);
		for (;;) {
			peer.take_next();
			if (peer.received() == end)
				break;
			peer.acknowledge();
		}
		test.queue_empty(link);
		peer.acknowledge();
		test.one_notification(link, {id, id});
		id++;
	}
}

/* A packet has at most as many fragments as the kernel was built for, fewer than this call
 * has pieces; tcp_mark_push() marks each packet that is full. Without the flag all the
 * pieces are copied into one packet. */
CASE(each_packet_of_many_pieces_is_pushed, .requirements = {"ZC-MEM-11", "ZC-IN-09"},
     .transports = transport::tcp, .paths = netns::scripted)
{
	constexpr std::uint32_t pieces = 64;
	Link &link = test.connect();
	Peer &peer = link.peer();
	const Payload payload(2 * pieces);
	/* Pieces that touched would be one fragment. */
	const Outgoing message = transport::gapped(payload, pieces);

	test.sent(link.send_message(message.header(), 0), message.size());
	const Segment copied = peer.next_data();
	test.equal("bytes of the packet without the flag", copied.payload.size(), pieces);
	peer.take(copied);
	peer.acknowledge();

	sends(test, link, message);
	std::vector<std::size_t> lengths;
	while (peer.received() < 2 * pieces) {
		const Segment segment = peer.next_data();

		test.that("packet of the flagged call", segment.has(tcp_peer::psh), "PSH", describe(segment));
		lengths.push_back(segment.payload.size());
		peer.take(segment);
	}
	test.that("packets of the flagged call",
		  lengths.size() > 1 && std::all_of(lengths.begin(), lengths.end() - 1,
						    [&](std::size_t length) { return length == lengths[0]; }),
		  "two or more, alike but for the last",
		  std::to_string(lengths.size()) + ", the first of " + std::to_string(lengths[0]) + " bytes");
	test.queue_empty(link);
	peer.acknowledge();
	test.one_notification(link, {0, 0});
}

/* The first call that succeeds has the first id. */
CASE(send_before_the_connection_is_not_counted, .requirements = {"ZC-TX-15", "ZC-CT-06", "ZC-TX-21"},
     .transports = transport::tcp, .paths = netns::scripted | netns::copies)
{
	Link &link = test.connect({.connected = false});
	const Payload payload(4000);

	test.charging("ZC-TX-21")->refused(link.send_zerocopy(payload), EPIPE);
	test.queue_empty(link);
	link.connect_to_peer();
	acknowledged_send(test, link, payload);
	test.one_notification(link, {0, 0});
}

/* The unconnected sender listens on its own address. Returns its port. */
std::uint16_t listen(At at, const Link &link)
{
	const transport::Transport &transport = at->transport();
	const Address address = transport::make_address(
		transport.family, at->network().addresses(transport.address_family).sender, 0);

	os::check(::bind(link.sender(), address.get(), address.length), "bind(listener)");
	os::check(::listen(link.sender(), 1), "listen()");
	return static_cast<std::uint16_t>(os::port_of(os::local_address(link.sender())));
}

/* The accepted sender has the listener's SO_ZEROCOPY. */
CASE(sends_acknowledged_in_order_are_one_range, .requirements = {"ZC-BT-05", "ZC-BT-01", "ZC-SO-09"},
     .transports = transport::tcp, .paths = netns::scripted | netns::copies)
{
	Link &link = test.connect({.connected = false});
	Peer &peer = link.peer();
	const Payload payload(4000);

	peer.call(listen(test, link));
	peer.acknowledge();
	link.accept_sender();
	sends(test, link, payload);
	peer.receive(4000);
	test.charging("ZC-SO-09")->queue_empty(link); /* or the call had copied */
	peer.acknowledge();
	for (int i = 0; i < 2; i++)
		acknowledged_send(test, link, payload);
	/* One acknowledgment for two sends. */
	for (int i = 0; i < 2; i++)
		sends(test, link, payload);
	peer.receive(5 * 4000);
	peer.acknowledge();
	left_to_acknowledge(test, link, 0);
	test.one_notification(link, {0, 4});
}

/* Each completion is an event of its own, though one notification reports them all. */
CASE(edge_triggered_epoll_reports_acknowledged_sends, .requirements = {"ZC-RX-06", "ZC-RX-07"},
     .transports = transport::tcp, .paths = netns::scripted | netns::copies)
{
	Link &link = test.connect();
	const Payload payload(4000);
	std::uint32_t id = 0;

	for (const std::uint32_t flags : {EPOLLET | 0U, EPOLLET | EPOLLEXCLUSIVE}) {
		Watch watch(link.sender(), flags);

		event_is(test, "event before the first send", watch.now(), 0);
		for (const int calls : {2, 1}) {
			for (int i = 0; i < calls; i++)
				acknowledged_send(test, link, payload);
			event_is(test, "event for acknowledged sends", watch.next(), EPOLLERR);
			event_is(test, "event after that", watch.now(), 0);
		}
		test.one_notification(link, {id, id + 2});
		id += 3;
	}
}

CASE(oneshot_epoll_reports_acknowledged_sends_once, .requirements = {"ZC-RX-07"},
     .transports = transport::tcp, .paths = netns::scripted | netns::copies)
{
	Link &link = test.connect();
	const Payload payload(4000);
	Watch watch(link.sender(), EPOLLET | EPOLLONESHOT);

	for (int i = 0; i < 2; i++)
		acknowledged_send(test, link, payload);
	event_is(test, "event for acknowledged sends", watch.next(), EPOLLERR);
	event_is(test, "event after that", watch.now(), 0);
	acknowledged_send(test, link, payload);
	left_to_acknowledge(test, link, 0);
	event_is(test, "event for one more, not armed again", watch.now(), 0);
	watch.rearm(EPOLLONESHOT);
	event_is(test, "event once armed again", watch.next(), EPOLLERR);
	event_is(test, "event after that", watch.now(), 0);
	test.one_notification(link, {0, 2});
}

/* Without a cookie for the peer the SYN asks for one and has no data. */
CASE(fast_open_call_sends_once_it_has_a_cookie, .requirements = {"ZC-LF-08", "ZC-LF-07"},
     .transports = transport::tcp, .paths = netns::scripted | netns::copies)
{
	const Payload payload(500);
	const Data cookie = {1, 2, 3, 4, 5, 6, 7, 8};
	Link &first = test.connect({.connected = false});

	test.refused(fast_open(first, payload, MSG_DONTWAIT), EINPROGRESS);
	const Segment asking = first.peer().await_syn();
	test.that("first SYN", asking.payload.empty() && asking.options.cookie == Data{},
		  "no data, and a request for a cookie", tcp_peer::describe(asking));
	first.peer().answer_syn({.cookie = cookie});
	test.queue_empty(first);

	Link &second = test.connect({.connected = false});
	test.sent(fast_open(second, payload, MSG_DONTWAIT), payload.size());
	const Segment opening = second.peer().await_syn();
	test.that("second SYN", opening.options.cookie == cookie, "the cookie", tcp_peer::describe(opening));
	test.equal("data of the second SYN", opening.payload, payload);
	test.queue_empty(second);
	second.peer().answer_syn({});
	test.one_notification(second, {0, 0});
}

REQUIREMENT("ZC-LF-13", observed,
	    "A connection that a Fast Open listener accepts before the handshake ends takes flagged sends at "
	    "once, and completes them when the peer acknowledges them.",
	    .code = "net/ipv4/tcp.c:tcp_sendmsg_locked, tcp_passive_fastopen; "
		    "net/ipv4/tcp_fastopen.c:tcp_fastopen_create_child");
/* No cookie is asked for: data of the peer's SYN is accepted at once. */
CASE(fast_open_listener_sends_before_the_handshake_ends, .requirements = {"ZC-LF-13", "ZC-IN-09"},
     .transports = transport::tcp, .paths = netns::scripted)
{
	Link &link = test.connect({.connected = false});
	Peer &peer = link.peer();
	const Payload question(1000);
	const Payload answer(1000);

	allow_fast_open(test, by_servers | by_servers_without_cookie);
	set_option(link.sender(), IPPROTO_TCP, TCP_FASTOPEN, 1, "setsockopt(TCP_FASTOPEN)");
	peer.call(listen(test, link), {}, question);
	link.accept_sender();
	receives(test, link.sender(), question);
	sends(test, link, answer);
	peer.receive(1000);
	test.queue_empty(link);
	peer.acknowledge();
	test.one_notification(link, {0, 0});
}

/* The SYN carries data though no cookie was asked for before. */
void fast_open_without_cookie(At at, const Link &link)
{
	const int on = 1;

	if (::setsockopt(link.sender(), IPPROTO_TCP, TCP_FASTOPEN_NO_COOKIE, &on, sizeof(on)) < 0)
		at->skip("TCP_FASTOPEN_NO_COOKIE");
}

/* The SYN and its data wait in the device: a store would show if they had not been copied. */
Notification completed_syn_data(At at, Link &link, Payload &payload)
{
	const Data original = payload.copy();

	payload.overwrite();
	at->equal("data of the SYN", link.peer().await_syn().payload, original);
	link.peer().answer_syn({});
	return at->one_completion(link, {0, 0});
}

REQUIREMENT(
	"ZC-CP-14", promised,
	"Data sent in a TCP Fast Open SYN, which is copied, is completed with SO_EE_CODE_ZEROCOPY_COPIED.",
	.rests_on = "ZC-IN-03", .code = "net/ipv4/tcp_output.c:tcp_send_syn_data",
	.kernels = "on loopback and tun the later copy sets the flag");
DEVIATION("fastopen-syn-copy-not-reported", "ZC-CP-14", "5.1 on",
	  "Data that a send on a socket with TCP_FASTOPEN_CONNECT put into the SYN is completed without "
	  "SO_EE_CODE_ZEROCOPY_COPIED though it was copied, unless it is copied once more on its way.",
	  catalogue::not_fixed_read);
/* The socket has no route yet: the call does not know what the device can do, and copies. */
CASE(fast_open_call_reports_that_its_syn_copied, .requirements = {"ZC-CP-14"}, .transports = transport::tcp,
     .paths = netns::scripted | netns::shares)
{
	Payload payload(500);
	Link &link = test.connect({.connected = false});

	fast_open_without_cookie(test, link);
	test.sent(fast_open(link, payload, MSG_DONTWAIT), payload.size());
	copied(test, completed_syn_data(test, link, payload), "ee_code of data of a SYN, which is copied");
}

/* The device is known when the call is made: TCP_FASTOPEN_CONNECT makes connect() find the
 * route and leave the SYN to the first send. */
CASE(send_that_connects_reports_that_its_syn_copied, .requirements = {"ZC-CP-14"},
     .transports = transport::tcp, .paths = netns::scripted | netns::shares,
     .deviation = "fastopen-syn-copy-not-reported")
{
	Payload payload(500);
	Link &link = test.connect({.connected = false});

	fast_open_without_cookie(test, link);
	set_option(link.sender(), IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1, "setsockopt(TCP_FASTOPEN_CONNECT)");
	os::connect(link.sender(), link.destination());
	sends(test, link, payload);
	const auto notification = completed_syn_data(test, link, payload);
	if (!notification.copied())
		test.deviates("the SYN has the bytes as they were before a later store, and ee_code is 0");
}

/* The SYN is dropped before it reaches a device, and the socket disconnected. */
CASE(dropped_syn_completes_as_copied, .requirements = {"ZC-CP-14"}, .transports = transport::tcp,
     .paths = netns::simplest, .deviation = "fastopen-syn-copy-not-reported")
{
	const Payload payload(500);
	Link &link = test.connect({.connected = false});

	fast_open_without_cookie(test, link);
	set_option(link.sender(), IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1, "setsockopt(TCP_FASTOPEN_CONNECT)");
	os::connect(link.sender(), link.destination());
	harness::drop_at_queue(test);
	sends(test, link, payload);
	link.waive_delivery();
	os::disconnect(link.sender());
	harness::stop_dropping(test);
	if (!test.one_completion(link, {0, 0}).copied())
		test.deviates("ee_code is 0 of data that only a copy was made of");
}

REQUIREMENT(
	"ZC-LO-08", observed,
	"A macvtap or ipvtap device with checksum offload on the tap (TUNSETOFFLOAD, TUN_F_CSUM) holds the "
	"pages until its reader has read them, and the completion is without SO_EE_CODE_ZEROCOPY_COPIED.",
	.code = "drivers/net/tap.c:tap_handle_frame calls no skb_orphan_frags",
	.kernels = "since 4.14, inferred; read in 6.1.192, 6.12.118 and 7.3.4. Without the offload the tap "
		   "holds only packets that have no checksum to fill in: skb_checksum_help copies the others "
		   "at once");
/* Once the tap has the packet to be read, the packet has been copied or it never will. */
void waits_in_the_tap(At at, Link &link, std::size_t length, std::size_t piece = 0)
{
	Payload payload(length);
	const Outgoing pieces{payload.first(piece), payload.from(piece, length - piece)};

	sends(at, link, piece ? pieces : Outgoing(payload));
	if (at->is(transport::stream)) {
		/* Without having read it. */
		link.peer().acknowledge(static_cast<std::uint32_t>(payload.size()));
		left_to_acknowledge(at, link, 0);
	}
	readable(at, at->network().tun(), "the tap");
	at->queue_empty(link);
	store_seen(link, payload);
	link.release();
	link.deliver();
	not_copied(at, at->one_completion(link, {0, 0}));
}

/* The same with the first datagram of a sendmmsg(). */
void first_of_two_waits_in_the_tap(At at, Link &link)
{
	Payload payload(link.usual_length());
	const Payload second(1);
	const std::array outgoing = {Outgoing(payload), Outgoing(second)};
	std::array<mmsghdr, 2> messages = {};

	for (std::size_t i = 0; i < messages.size(); i++)
		messages[i].msg_hdr = outgoing[i].header();
	returned(at, "sendmmsg()",
		 Returned::of(::sendmmsg(link.sender(), messages.data(), messages.size(),
					 MSG_ZEROCOPY | MSG_DONTWAIT)),
		 messages.size());
	link.account(transport::all_of(payload), payload, MSG_ZEROCOPY);
	readable(at, at->network().tun(), "the tap");
	store_seen(link, payload);
	link.account(transport::all_of(second), second, MSG_ZEROCOPY);
	link.release();
	link.deliver();
	not_copied(at, at->one_completion(link, {0, 1}));
}

/* Names of cases are stable: despite this one's, the tap shares the pages, few bytes or many. */
CASE(macvtap_gets_a_copy_at_once, .requirements = {"ZC-LO-08"}, .paths = netns::scripted | netns::shares)
{
	waits_in_the_tap(test, test.connect(), datagram_head + 1);
	Link &link = test.connect();
	waits_in_the_tap(test, link, link.usual_length());
	waits_in_the_tap(test, test.connect(), link.usual_length(), datagram_head + 1);
	if (test.is(transport::datagram))
		first_of_two_waits_in_the_tap(test, test.connect());
}

} // namespace
