// SPDX-License-Identifier: GPL-2.0
/* What a socket tells of data that it has not sent, and the limit for that. */
#include "conformance/chapter.h"

namespace
{

/* Calls of 100 bytes, each in a packet of its own, that are taken before one fails with EAGAIN. */
int calls_taken(At at, Link &link, const Payload &payload, int flags)
{
	constexpr int most = 20;
	int calls = 0;

	for (; calls < most; calls++) {
		const int before = os::send_queue(link.sender()).unsent;
		const Sent sent = link.send(payload, flags | MSG_EOR);

		if (!sent.ok()) {
			at->refused(sent, EAGAIN);
			break;
		}
		at->sent(sent, payload.size());
		at->equal("bytes unsent (SIOCOUTQNSD)", os::send_queue(link.sender()).unsent,
			  before + static_cast<int>(payload.size()));
	}
	return calls;
}

REQUIREMENT("ZC-TX-80", observed,
	    "TCP_NOTSENT_LOWAT limits flagged data that is not sent yet as it limits plain data, and "
	    "SIOCOUTQNSD counts it.",
	    .code = "net/ipv4/tcp.c:tcp_sendmsg_locked, sk_stream_memory_free; "
		    "include/net/tcp.h:tcp_stream_memory_free");
CASE(unsent_limit_binds_flagged_data, .requirements = {"ZC-TX-80"}, .transports = transport::tcp,
     .paths = netns::simplest)
{
	constexpr int packets = 3;
	int taken[2] = {};
	const Payload payload(100);

	for (const int flags : {0, int{MSG_ZEROCOPY}}) {
		Link &link = connect_behind_closed_window(test);

		harness::nothing_in_flight(link);
		const int unsent = os::send_queue(link.sender()).unsent;
		set_option(link.sender(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, unsent + packets * 100 - 50,
			   "setsockopt(TCP_NOTSENT_LOWAT)");
		taken[flags != 0] = calls_taken(test, link, payload, flags);
		events_are(test, link.sender(), "with as much unsent as the limit permits", POLLOUT, 0);
		link.deliver();
		test.completions_settle(link);
	}
	test.equal("flagged calls taken before EAGAIN", taken[1], taken[0]);
}

} // namespace
