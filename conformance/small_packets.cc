// SPDX-License-Identifier: GPL-2.0
/* Small flagged TCP data, which leaves at once, waits for the acknowledgment of what went before (Nagle's
 * algorithm), or for more (MSG_MORE), as plain data does. The case scripts the peer. */
#include "conformance/chapter.h"
#include "tcp_peer/peer.h"

namespace
{

constexpr std::uint32_t part = 100;

/* The segment that comes holds that many bytes, and no other follows it. */
void leaves_in_one_segment(At at, Link &link, std::uint32_t length)
{
	const tcp_peer::Range range = link.peer().take_next();

	at->equal("bytes of the segment", range.to - range.from, length);
	at->that("segments behind it", link.peer().nothing_waits(), "none", "some");
}

void nothing_leaves(At at, Link &link, const std::string &when)
{
	at->that("segments " + when, link.peer().nothing_waits(), "none", "some");
	at->queue_empty(link);
}

REQUIREMENT("ZC-TX-60", observed,
	    "MSG_MORE, Nagle's algorithm and TCP_NODELAY do to flagged TCP data what they do to plain data: "
	    "small data waits, and leaves with what follows in one segment, or at once.",
	    .code = "net/ipv4/tcp.c:tcp_push, net/ipv4/tcp_output.c:tcp_nagle_check");
/* Two calls, each flagged or plain, of which the second lets the first go. */
CASE(flagged_data_waits_for_more, .requirements = {"ZC-TX-60"}, .transports = transport::tcp,
     .paths = netns::scripted)
{
	Link &link = test.connect();

	for (const int first : {0, int{MSG_ZEROCOPY}})
		for (const int second : {0, int{MSG_ZEROCOPY}}) {
			Payload payload(part);

			test.sent(link.send(payload, first | MSG_MORE), part);
			nothing_leaves(test, link, "behind a call with MSG_MORE");
			if (first)
				store_seen(link, payload);
			test.sent(link.send(Payload(part), second), part);
			leaves_in_one_segment(test, link, 2 * part);
			link.peer().acknowledge();
			left_to_acknowledge(test, link, 0);
			test.completions_settle(link);
		}
}

CASE(flagged_data_waits_for_the_acknowledgment, .requirements = {"ZC-TX-60"}, .transports = transport::tcp,
     .paths = netns::scripted)
{
	for (const int flags : {0, int{MSG_ZEROCOPY}}) {
		Link &link = test.connect();
		const Payload payload(part);
		const auto sends_part = [&] { test.sent(link.send(payload, flags), part); };
		const auto without_delay = [&](int on) {
			set_option(link.sender(), IPPROTO_TCP, TCP_NODELAY, on, "setsockopt(TCP_NODELAY)");
		};

		without_delay(0);
		sends_part();
		leaves_in_one_segment(test, link, part);
		for (int i = 0; i < 2; i++)
			sends_part();
		nothing_leaves(test, link, "behind data that is not acknowledged");
		link.peer().acknowledge();
		leaves_in_one_segment(test, link, 2 * part);
		without_delay(1);
		for (int i = 0; i < 2; i++) {
			sends_part();
			leaves_in_one_segment(test, link, part);
		}
		link.peer().acknowledge();
		left_to_acknowledge(test, link, 0);
		test.completions_settle(link);
	}
}

} // namespace
