// SPDX-License-Identifier: GPL-2.0
/* Flagged datagrams that are put together of parts, and cut into fragments. */
#include "conformance/chapter.h"

namespace
{

/* Nobody leaves these datagrams' checksums to the device. The sum of a part that begins at an odd byte is
 * added with its bytes swapped (net/ipv4/ip_output.c:ip_generic_getfrag), and a receiver drops what it finds
 * to be wrong. */
CASE(datagram_of_odd_parts_arrives, .requirements = {"ZC-IN-08", "ZC-CP-06"}, .transports = transport::udp,
     .paths = netns::simplest)
{
	Link &link = test.connect();
	const Payload payload(3000);
	std::size_t at = 0;

	for (const std::size_t last : {1, 2, 999}) {
		for (const std::size_t length : {std::size_t{1}, std::size_t{100}, std::size_t{333}}) {
			sends(test, link, payload.from(at, length), MSG_MORE);
			at += length;
		}
		sends(test, link, payload.from(at, last));
		at += last;
		link.deliver();
		test.completions_settle(link);
	}
}

REQUIREMENT(
	"ZC-TS-80", observed,
	"A flagged datagram that is cut into fragments has one timestamp of each kind, as a plain one "
	"has, and one notification.",
	.code = "net/ipv4/ip_output.c:__ip_append_data, net/ipv6/ip6_output.c:__ip6_append_data: only the "
		"initial fragment is time stamped");
CASE(datagram_in_fragments_is_stamped_once, .requirements = {"ZC-TS-80"}, .transports = transport::udp,
     .paths = netns::fragments)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());

	timestamp(link, SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_OPT_ID | SOF_TIMESTAMPING_OPT_TSONLY |
				SOF_TIMESTAMPING_TX_SOFTWARE);
	plainly_sends(test, link, payload);
	link.deliver();
	entries_are(test, link, 1, "sent 0");
	sends(test, link, payload);
	link.deliver();
	entries_are(test, link, 2, "sent 1, [0,0]");
}

REQUIREMENT("ZC-TS-81", observed,
	    "A flagged TCP call that sends a part only has the timestamp of the last byte that it sent.",
	    .code = "net/ipv4/tcp.c:tcp_sendmsg_locked, tcp_tx_timestamp");
CASE(part_of_a_call_is_stamped, .requirements = {"ZC-TS-81", "ZC-CT-08"}, .transports = transport::tcp,
     .paths = netns::simplest)
{
	Link &link = test.connect(small_buffers());
	const Payload payload(more_than_small_buffers());

	timestamp(link, SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_OPT_ID | SOF_TIMESTAMPING_OPT_TSONLY |
				SOF_TIMESTAMPING_TX_ACK);
	const Sent sent = link.send_zerocopy(payload);
	test.that("return value of the send call",
		  sent.returned > 0 && sent.returned < static_cast<ssize_t>(payload.size()), "a part",
		  os::describe(sent));
	link.deliver();
	link.acknowledge();
	entries_are(test, link, 2, "acknowledged " + std::to_string(sent.returned - 1) + ", [0,0]");
}

} // namespace
