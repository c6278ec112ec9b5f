// SPDX-License-Identifier: GPL-2.0
/* The data of one flagged TCP call often leaves in several pieces: packets are cut where the
 * window ends, where they are sent again, and where software segments them. Each piece has
 * the pages, and the last one completes the call. The case scripts the peer. */
#include "conformance/chapter.h"
#include "harness/packet_tap.h"
#include "harness/slow_device.h"
#include "netns/device.h"
#include "tcp_peer/peer.h"

namespace
{

using tcp_peer::Peer;
using tcp_peer::Range;

constexpr std::uint16_t mss = 1000;

/* The peer gets what was sent up to there, and loses it. */
void lose(Peer &peer, std::uint32_t end)
{
	while (peer.lose_next().to != end)
		;
}

/* Three duplicate acknowledgments make the sender repeat its first segment (RFC 5681, 3.2).
 * The first of four may open the window, and is no duplicate then. */
void ask_again(Peer &peer)
{
	for (int i = 0; i < 4; i++)
		peer.acknowledge(peer.received());
}

/* The peer gets all up to there, in whatever pieces it comes, and acknowledges each piece. As
 * long as any is missing, there is no notification; then there is one of these ids. */
void complete_at(At at, Link &link, std::uint32_t end, errqueue::IdRange ids)
{
	Peer &peer = link.peer();

	for (peer.take_next(); peer.received() < end; peer.take_next()) {
		peer.acknowledge();
		at->queue_empty(link);
	}
	at->queue_empty(link);
	peer.acknowledge();
	left_to_acknowledge(at, link, 0);
	while (!peer.nothing_waits()) /* what was sent again holds the pages, too */
		;
	at->one_notification(link, ids);
}

/* A lost packet of several segments is sent again segment by segment: net/ipv4/tcp_input.c:
 * tcp_newreno_mark_lost, tcp_output.c:__tcp_retransmit_skb cut it, by tcp_fragment(). */
CASE(packet_sent_again_in_pieces_completes_with_the_last, .requirements = {"ZC-IN-09", "ZC-IN-08"},
     .transports = transport::tcp, .paths = netns::scripted)
{
	Link &link = test.connect({.offer = {.mss = mss}});
	const Payload payload(5 * mss);

	sends(test, link, payload);
	lose(link.peer(), payload.size());
	ask_again(link.peer());
	complete_at(test, link, payload.size(), {0, 0});
}

/* A packet of which middle parts are acknowledged selectively is cut at the ends of these:
 * net/ipv4/tcp_input.c:tcp_match_skb_to_sack. */
CASE(packet_cut_by_selective_acknowledgments_completes_with_its_last_piece,
     .requirements = {"ZC-IN-09", "ZC-IN-08"}, .transports = transport::tcp, .paths = netns::scripted)
{
	Link &link = test.connect({.offer = {.mss = mss, .sack_permitted = true}});
	Peer &peer = link.peer();
	const Payload payload(5 * mss);

	sends(test, link, payload);
	peer.receive(payload.size());
	peer.acknowledge(0, {{mss, 2 * mss}, {3 * mss, 4 * mss}});
	/* A retransmission answers the blocks: the sender has taken them in. */
	test.equal("position of the retransmission", peer.lose_next().from, 0);
	harness::completes_with_its_last_byte(test, link, {mss, 2 * mss, 3 * mss, 4 * mss}, 5 * mss);
}

/* The kernel may not join packets of flagged calls: to send them again together
 * (net/ipv4/tcp_output.c:tcp_retrans_try_collapse), or because the peer has acknowledged both
 * selectively (net/ipv4/tcp_input.c:tcp_shift_skb_data). The pages would outlive the packet
 * whose end completes the call. */
CASE(small_packets_sent_again_complete_each_with_its_own, .requirements = {"ZC-IN-09", "ZC-BT-12"},
     .transports = transport::tcp, .paths = netns::scripted)
{
	constexpr std::uint32_t length = 100;
	constexpr std::uint32_t calls = 4;
	Link &link = test.connect({.offer = {.mss = mss}});
	const Payload payload(calls * length);

	set_option(link.sender(), IPPROTO_TCP, TCP_NODELAY, 1, "setsockopt(TCP_NODELAY)");
	for (std::uint32_t id = 0; id < calls; id++) {
		sends(test, link, payload.from(id * length, length));
		lose(link.peer(), (id + 1) * length);
	}
	ask_again(link.peer());
	for (std::uint32_t id = 0; id < calls; id++) {
		link.peer().receive((id + 1) * length);
		test.queue_empty(link);
		link.peer().acknowledge((id + 1) * length);
		test.one_notification(link, {id, id});
	}
}

/* Each packet but the first holds a flagged part and a plain one, as alone such packets may be
 * joined with plain ones: net/ipv4/tcp_output.c:tcp_skb_can_collapse, skb_pure_zcopy_same(). */
CASE(mixed_packets_acknowledged_selectively_are_not_complete, .requirements = {"ZC-IN-09", "ZC-BT-05"},
     .transports = transport::tcp, .paths = netns::scripted)
{
	constexpr std::uint32_t half = mss / 2;
	Link &link = test.connect({.offer = {.mss = mss, .sack_permitted = true}});
	Peer &peer = link.peer();
	const Payload payload(mss);

	for (std::uint32_t packet = 0; packet < 5; packet++) {
		if (packet % 2 == 0)
			plainly_sends(test, link, payload.first(half), MSG_MORE);
		else
			sends(test, link, payload.first(half), MSG_MORE);
		plainly_sends(test, link, payload.from(half, half));
		const Range bytes = packet > 0 ? peer.take_next() : peer.lose_next();
		test.equal("bytes of a packet", bytes.to - bytes.from, mss);
	}
	peer.acknowledge();
	/* A retransmission answers the blocks: the sender has taken them in. */
	test.equal("position of the retransmission", peer.take_next().from, 0);
	test.queue_empty(link);
	peer.acknowledge();
	left_to_acknowledge(test, link, 0);
	test.one_notification(link, {0, 1});
}

/* One packet holds three calls, and acknowledgments end within each of them. */
CASE(calls_of_one_packet_complete_with_its_last_byte, .requirements = {"ZC-BT-05", "ZC-IN-09"},
     .transports = transport::tcp, .paths = netns::scripted)
{
	constexpr std::uint32_t length = 300;
	Link &link = test.connect({.offer = {.mss = mss}});
	Peer &peer = link.peer();
	const Payload payload(3 * length);

	for (const int more : {int{MSG_MORE}, int{MSG_MORE}, 0})
		sends(test, link, payload.first(length), more);
	peer.take_next();
	test.equal("bytes of the packet", peer.received(), payload.size());
	for (const std::uint32_t end : {1U, length - 1, length, 2 * length, 3 * length - 1}) {
		peer.acknowledge(end);
		left_to_acknowledge(test, link, static_cast<int>(payload.size() - end));
		test.queue_empty(link);
	}
	peer.acknowledge();
	test.one_notification(link, {0, 2});
}

/* net/ipv4/tcp_output.c:tso_fragment cuts a packet where the window ends, again and again. */
CASE(packet_cut_to_fit_the_window_completes_with_its_last_piece, .requirements = {"ZC-LF-11", "ZC-IN-09"},
     .transports = transport::tcp, .paths = netns::scripted)
{
	constexpr std::uint32_t small_window = 2048; /* a multiple of the window's scale */
	Link &link = test.connect({.offer = {.mss = mss, .window = small_window}});
	Payload payload(9 * mss);

	sends(test, link, payload);
	for (std::uint32_t end = 2 * mss; end < 9 * mss; end += 2 * mss) {
		link.peer().receive(end);
		test.that("data beyond the window", link.peer().nothing_waits(), "none", "some");
		payload.overwrite();
		link.transcript().replace_last(payload.from(end, payload.size() - end));
		link.peer().acknowledge();
		left_to_acknowledge(test, link, static_cast<int>(payload.size() - end));
		test.queue_empty(link);
	}
	complete_at(test, link, payload.size(), {0, 0});
}

/* The probe of a window that is smaller than a segment takes the front off the first packet:
 * net/ipv4/tcp_output.c:tcp_write_wakeup. It comes 200 ms later, the least there is. */
CASE(window_probe_with_the_front_of_a_packet_does_not_complete_it, .requirements = {"ZC-LF-12", "ZC-IN-09"},
     .transports = transport::tcp, .paths = netns::scripted)
{
	constexpr std::uint32_t window = 65535;
	constexpr std::uint32_t least_window = 100;
	retransmit_soon(test);
	Link &link = test.connect({.offer = {.mss = mss, .window_scale = std::nullopt, .window = window}});
	Peer &peer = link.peer();
	Payload payload(mss);

	plainly_sends(test, link, payload.first(1));
	peer.receive(1);
	peer.set_window(least_window);
	peer.acknowledge();
	left_to_acknowledge(test, link, 0);
	sends(test, link, payload);
	peer.receive(1 + least_window);
	test.equal("bytes of the probe", peer.received() - 1, least_window);
	peer.set_window(0); /* or a second probe takes what the store below has not reached yet */
	peer.acknowledge();
	left_to_acknowledge(test, link, mss - least_window);
	test.queue_empty(link);
	payload.overwrite();
	link.transcript().replace_last(payload.from(least_window, mss - least_window));
	peer.set_window(window);
	peer.acknowledge();
	complete_at(test, link, 1 + mss, {0, 0});
}

/* Without segmentation offload the packet is cut above the device, net/core/skbuff.c:
 * skb_segment. The peer has acknowledged all before it reads the segments. */
CASE(segments_cut_by_software_complete_with_the_last, .requirements = {"ZC-IN-08", "ZC-IN-03"},
     .transports = transport::tcp, .paths = netns::scripted | netns::shares)
{
	Link &link = test.connect({.offer = {.mss = mss}});
	Peer &peer = link.peer();
	Payload payload(5 * mss);

	netns::set_offload(test.network().device(), netns::Offload::tso, false);
	sends(test, link, payload);
	peer.acknowledge(payload.size());
	left_to_acknowledge(test, link, 0);
	for (std::uint32_t end = mss; end <= payload.size(); end += mss) {
		test.queue_empty(link);
		payload.overwrite();
		link.transcript().replace_last(payload.from(end - mss, payload.size() - end + mss));
		peer.take_next();
		test.equal("bytes read", peer.received(), end);
	}
	test.one_notification(link, {0, 0});
}

/* A packet socket gets a copy of one packet of the call, whichever it is. */
CASE(call_of_which_one_packet_is_copied_completes_as_copied, .requirements = {"ZC-LO-05", "ZC-BT-08"},
     .transports = transport::tcp, .paths = netns::scripted | netns::shares, .needs = needs_packet)
{
	constexpr std::uint32_t small_window = 2048;
	const Payload payload(6 * mss);

	for (const unsigned sniffed : {0, 1, 2}) {
		Link &link = test.connect({.offer = {.mss = mss, .window = small_window}});
		std::optional<PacketTap> tap;

		for (unsigned packet = 0; packet < 3; packet++) {
			if (packet == sniffed)
				tap.emplace(test.network().device(), netns::Outgoing::seen);
			if (packet == 0)
				sends(test, link, payload);
			else
				link.peer().acknowledge();
			link.peer().receive((packet + 1) * 2 * mss);
			tap.reset();
			test.queue_empty(link);
		}
		link.peer().acknowledge();
		copied(test, test.one_completion(link, {0, 0}));
	}
}

} // namespace
