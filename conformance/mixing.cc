// SPDX-License-Identifier: GPL-2.0
/* The chapter 'Mixing copy avoidance and copying' of msg_zerocopy.rst. */
#include "conformance/chapter.h"

namespace
{

REQUIREMENT("ZC-MX-01", promised,
	    "Calls with and without the flag may alternate on one socket: only the flagged ones have ids, "
	    "and the order of the stream or datagrams is kept.",
	    .rests_on = "ZC-TX-09",
	    .code = "net/ipv4/tcp.c:tcp_sendmsg_locked, net/ipv4/ip_output.c:__ip_append_data");
CASE(plain_and_flagged_sends_alternate, .requirements = {"ZC-MX-01"}, .transports = transport::all)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());
	std::uint32_t id = 0;

	for (const bool flagged : {false, true, false, true, true, false}) {
		test.sent(link.send(payload, flagged ? MSG_ZEROCOPY : 0), payload.size());
		link.deliver();
		if (flagged) {
			test.one_notification(link, {id, id});
			id++;
		} else {
			test.queue_empty(link);
		}
	}
}

REQUIREMENT("ZC-MX-02", promised,
	    "Plain data appended to a packet buffer that holds flagged data is copied: a store into its "
	    "buffer after the call is never seen, and it takes no part in the notification.",
	    .rests_on = "ZC-TX-09",
	    .code = "net/ipv4/tcp.c:tcp_sendmsg_locked, zc == 0, and tcp_downgrade_zcopy_pure");
/* One packet buffer holds both. A store into a flagged buffer is seen, one into a plain
 * buffer is not. */
CASE(plain_data_beside_flagged_data_is_not_shared, .requirements = {"ZC-MX-02"}, .transports = transport::tcp,
     .paths = netns::holds)
{
	Link &link = test.connect();
	std::array payloads = {Payload(100), Payload(100), Payload(100), Payload(100)};
	Data expected;
	const auto expect = [&](Bytes bytes) { expected.insert(expected.end(), bytes.begin(), bytes.end()); };

	for (std::size_t i = 0; i < payloads.size(); i++)
		test.sent(link.send(payloads[i], i % 2 ? 0 : MSG_ZEROCOPY), payloads[i].size());
	test.queue_empty(link);
	for (std::size_t i = 0; i < payloads.size(); i++) {
		if (i % 2)
			expect(payloads[i]);
		payloads[i].overwrite();
		if (i % 2 == 0)
			expect(payloads[i]);
	}
	link.transcript().store_over_last(expected);
	link.release();
	test.completions_settle(link);
}

CASE(plain_data_beside_flagged_data_has_no_id, .requirements = {"ZC-MX-02"}, .transports = transport::tcp,
     .paths = netns::holds)
{
	Link &link = test.connect();
	const Payload payload(100);

	plainly_sends(test, link, payload);
	sends(test, link, payload);
	plainly_sends(test, link, payload);
	link.release();
	test.one_notification(link, {0, 0});
}

/* A datagram of a plain, a flagged, a plain and a flagged part. All of it is copied: the
 * stores into the buffers before it leaves must not be seen. */
void send_mixed_datagram(At at, Link &link)
{
	constexpr int more[] = {MSG_MORE, MSG_MORE | MSG_ZEROCOPY, MSG_MORE, MSG_ZEROCOPY};
	Payload parts[] = {Payload(100), Payload(100), Payload(100), Payload(100)};

	for (int i = 0; i < 4; i++) {
		at->queue_empty(link);
		at->sent(link.send(parts[i], more[i]), parts[i].size());
		parts[i].overwrite();
	}
}

REQUIREMENT("ZC-MX-03", observed,
	    "In a corked UDP datagram that mixes plain and flagged appends, one notification covers the "
	    "flagged appends only, with SO_EE_CODE_ZEROCOPY_COPIED set where UDP_SEGMENT is not used.",
	    .code = "net/ipv4/ip_output.c:__ip_append_data, extra_uref and skb_zcopy_set");
/* Appends to a datagram that MSG_MORE keeps open are copied. */
CASE(datagram_of_plain_and_flagged_parts_has_one_notification, .requirements = {"ZC-MX-03"},
     .transports = transport::udp)
{
	Link &link = test.connect();

	send_mixed_datagram(test, link);
	link.deliver();
	copied(test, test.one_completion(link, {0, 1}));
}

/* The path shares the pages of datagrams of a single part. */
CASE(datagram_of_plain_and_flagged_parts_is_copied_everywhere, .requirements = {"ZC-MX-03"},
     .transports = transport::udp, .paths = netns::shares | netns::in_call)
{
	Link &link = test.connect();

	send_mixed_datagram(test, link);
	copied(test, test.one_completion(link, {0, 1}));
}

REQUIREMENT("ZC-MX-04", observed,
	    "Flagged TCP sends that share a packet buffer share one notification structure: one optmem "
	    "charge, one id each.",
	    .code = "net/core/skbuff.c:msg_zerocopy_realloc");
CASE(flagged_sends_in_one_packet_share_a_structure, .requirements = {"ZC-MX-04"},
     .transports = transport::tcp, .paths = netns::holds)
{
	Link &link = test.connect();
	const Payload payload(100);

	sends(test, link, payload);
	const unsigned one = option_memory(link.sender());
	test.that("option memory of one send", one > 0, "more than 0", "0");
	for (int i = 0; i < 3; i++)
		sends(test, link, payload);
	option_memory_is(test, link, one, "option memory of four sends");
	link.release();
	test.one_notification(link, {0, 3});
	option_memory_is(test, link, 0, "option memory after the read");
}

REQUIREMENT("ZC-MX-05", past_bug,
	    "Under a small SO_SNDBUF mixed sends make progress and all send memory is returned when "
	    "everything is acknowledged.",
	    .code = "net/ipv4/tcp.c:tcp_wmem_schedule, tcp_downgrade_zcopy_pure",
	    .kernels = "5.16 charged too little memory, until 5.16.6 and 5.17 (\"tcp: fix mem under-charging "
		       "with zerocopy sendmsg()\")");
REGRESSION("tcp: fix mem under-charging with zerocopy sendmsg()", "5.17, 5.16.6 [Debian 5.16.7-1]",
	   .cases = {"mixed_sends_progress_with_a_small_send_buffer"});
/* Where the path holds data long enough, the sends fill the buffer. */
CASE(mixed_sends_progress_with_a_small_send_buffer, .requirements = {"ZC-MX-05"},
     .transports = transport::tcp, .paths = netns::holds)
{
	constexpr int most_calls = 400;
	Link &link = test.connect({.send_buffer = 64 << 10});
	const Payload payload(500);
	Returned sent;

	for (int i = 0; i < most_calls && sent.ok(); i++)
		sent = link.send(payload, i % 2 ? MSG_ZEROCOPY : 0);
	if (!sent.ok())
		test.refused(sent, EAGAIN);
	link.release();
	for (int i = 0; i < 40; i++)
		link.send_everything(payload, i % 2 ? MSG_ZEROCOPY : 0);
	link.deliver();
	test.completions_settle(link);
	option_memory_is(test, link, 0);
	queue_memory_returned(test, link);
}

/* The plain parts that were accepted before are dropped as well, so that it is not enough
 * to repeat the append. */
CASE(enobufs_drops_the_datagram_in_the_making, .requirements = {"ZC-UD-04", "ZC-TX-09"},
     .transports = transport::udp, .paths = netns::simplest, .needs = needs_optmem)
{
	Link &link = test.connect();
	const Payload plain(100), appended(200);

	plainly_sends(test, link, plain, MSG_MORE);
	refused_under(test, ScopedOptmemMax(0), link, appended);
	link.transcript().drop_unfinished();
	plainly_sends(test, link, appended);
	link.deliver();
	test.queue_empty(link);
	option_memory_is(test, link, 0);
	next_id_is(test, link, appended, 0);
}

} // namespace
