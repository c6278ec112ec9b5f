// SPDX-License-Identifier: GPL-2.0
/* The chapter 'Mixing copy avoidance and copying' of msg_zerocopy.rst. */
#include <cerrno>

#include "harness/case.h"
#include "harness/test.h"
#include "limits/limits.h"
#include "os/deadline.h"

namespace
{

using harness::Test;
using os::Bytes;
using os::Data;
using transport::Link;
using transport::Payload;

Data copy_of(Bytes bytes)
{
	return {bytes.begin(), bytes.end()};
}

void append(Data &data, Bytes bytes)
{
	data.insert(data.end(), bytes.begin(), bytes.end());
}

REQUIREMENT("ZC-MX-01", promised,
	    "Calls with and without the flag may alternate on one socket: only the flagged ones have "
	    "ids, and the order of the stream or datagrams is kept.",
	    .rests_on = "ZC-TX-09",
	    .code = "net/ipv4/tcp.c:tcp_sendmsg_locked, net/ipv4/ip_output.c:__ip_append_data");
/* ZC-MX-01. Mixing: "It is safe to mix calls with the flag with those without."
 * The bytes keep their order, and only the flagged calls have ids. */
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
/* ZC-MX-02. Mixing: "It is safe to mix calls". net/ipv4/tcp.c:tcp_sendmsg_locked
 * copies plain data also into a packet buffer that shares the pages of flagged
 * data: a store into the plain buffer is not seen, one into the flagged is. */
CASE(plain_data_beside_flagged_data_is_not_shared, .requirements = {"ZC-MX-02"}, .transports = transport::tcp,
     .paths = netns::holds)
{
	Link &link = test.connect();
	Payload first(100), plain(100), second(100), last(100);
	Data expected;

	test.sent(link.send_zerocopy(first), first.size());
	test.sent(link.send(plain), plain.size());
	test.sent(link.send_zerocopy(second), second.size());
	test.sent(link.send(last), last.size());
	test.queue_empty(link);

	const Data plain_before = copy_of(plain);
	const Data last_before = copy_of(last);
	for (Payload *payload : {&first, &plain, &second, &last})
		payload->overwrite();
	append(expected, first);
	append(expected, plain_before);
	append(expected, second);
	append(expected, last_before);
	link.transcript().replace_last(expected);
	link.release();
	test.completions_settle(link);
}

/* ZC-MX-02. Plain data in the same packet buffer takes no part in the
 * notification: net/core/skbuff.c:msg_zerocopy_realloc is for flagged calls. */
CASE(plain_data_beside_flagged_data_has_no_id, .requirements = {"ZC-MX-02"}, .transports = transport::tcp,
     .paths = netns::holds)
{
	Link &link = test.connect();
	const Payload payload(100);

	test.sent(link.send(payload), payload.size());
	test.sent(link.send_zerocopy(payload), payload.size());
	test.sent(link.send(payload), payload.size());
	link.release();
	test.one_notification(link, {0, 0});
}

/* A datagram put together of plain, flagged, plain, flagged. What is stored into
 * the buffers before it goes must not be seen: all of it was copied. */
void send_mixed_datagram(Test &test, Link &link)
{
	constexpr int more[] = {MSG_MORE, MSG_MORE | MSG_ZEROCOPY, MSG_MORE, MSG_ZEROCOPY};
	Payload parts[4] = {Payload(100), Payload(100), Payload(100), Payload(100)};

	for (int i = 0; i < 4; i++) {
		test.queue_empty(link);
		test.sent(link.send(parts[i], more[i]), parts[i].size());
		parts[i].overwrite();
	}
}

/* One notification covers both, and says that they were copied. */
void both_copied(Test &test, Link &link)
{
	test.that("poll() for the notification", link.await_notification(), "POLLERR", "nothing");
	const auto messages = link.read_notifications();
	test.equal("messages on the error queue", messages.size(), 1);
	test.equal("notifications in it", messages[0].notifications.size(), 1);
	const errqueue::Notification &notification = messages[0].notifications[0];
	test.well_formed(notification);
	test.equal("range of the notification", notification.ids(), {0, 1});
	test.that("ee_code", notification.copied(), "SO_EE_CODE_ZEROCOPY_COPIED",
		  errqueue::describe(notification));
}

REQUIREMENT("ZC-MX-03", observed,
	    "In a corked UDP datagram that mixes plain and flagged appends, one notification covers the "
	    "flagged appends only, with SO_EE_CODE_ZEROCOPY_COPIED set where UDP_SEGMENT is not used.",
	    .code = "net/ipv4/ip_output.c:__ip_append_data, extra_uref and skb_zcopy_set");
/* ZC-MX-03. net/ipv4/ip_output.c:__ip_append_data: appends to a datagram that
 * MSG_MORE keeps open are copied, and share one notification structure. */
CASE(datagram_of_plain_and_flagged_parts_has_one_notification, .requirements = {"ZC-MX-03"},
     .transports = transport::udp)
{
	Link &link = test.connect();

	send_mixed_datagram(test, link);
	link.deliver();
	both_copied(test, link);
}

/* ZC-MX-03. So it is also where a whole datagram would not be copied. */
CASE(datagram_of_plain_and_flagged_parts_is_copied_everywhere, .requirements = {"ZC-MX-03"},
     .transports = transport::udp, .paths = netns::shares | netns::in_call)
{
	Link &link = test.connect();

	send_mixed_datagram(test, link);
	both_copied(test, link);
}

REQUIREMENT("ZC-MX-04", observed,
	    "Flagged TCP sends that share a packet buffer share one notification structure: one optmem "
	    "charge, one id each.",
	    .code = "net/core/skbuff.c:msg_zerocopy_realloc");
/* ZC-MX-04. net/core/skbuff.c:msg_zerocopy_realloc adds a call to the structure
 * of the packet buffer at the end of the write queue, where there is one. */
CASE(flagged_sends_in_one_packet_share_a_structure, .requirements = {"ZC-MX-04"},
     .transports = transport::tcp, .paths = netns::holds)
{
	Link &link = test.connect();
	const Payload payload(100);

	test.sent(link.send_zerocopy(payload), payload.size());
	const unsigned one = transport::option_memory(link.sender());
	test.that("optmem charged for one send", one > 0, "more than 0", "0");
	for (int i = 0; i < 3; i++)
		test.sent(link.send_zerocopy(payload), payload.size());
	test.equal("optmem charged for four sends", transport::option_memory(link.sender()), one);
	link.release();
	test.one_notification(link, {0, 3});
	test.equal("optmem charged once that is read", transport::option_memory(link.sender()), 0);
}

REQUIREMENT("ZC-MX-05", past_bug,
	    "Under a small SO_SNDBUF mixed sends make progress and all send memory is returned when "
	    "everything is acknowledged.",
	    .code = "net/ipv4/tcp.c:tcp_wmem_schedule, tcp_downgrade_zcopy_pure",
	    .kernels = "under-charged in 5.16, fixed in 5.16.7 and 5.17 (\"tcp: fix mem under-charging with "
		       "zerocopy sendmsg()\")");
REGRESSION("tcp: fix mem under-charging with zerocopy sendmsg()", "5.17, 5.16.6 [Debian 5.16.7-1]",
	   .cases = {"mixed_sends_progress_with_a_small_send_buffer"});
/* ZC-MX-05. net/ipv4/tcp.c:tcp_wmem_schedule and tcp_downgrade_zcopy_pure charge
 * a packet buffer that mixes both; "tcp: fix mem under-charging with zerocopy
 * sendmsg()" (5.17). Sends fill the buffer where the path holds them long enough. */
CASE(mixed_sends_progress_with_a_small_send_buffer, .requirements = {"ZC-MX-05"},
     .transports = transport::tcp, .paths = netns::holds)
{
	constexpr int most_calls = 400;
	Link &link = test.connect({.send_buffer = 64 << 10});
	const Payload payload(500);
	transport::Sent sent;

	for (int i = 0; i < most_calls && sent.ok(); i++)
		sent = link.send(payload, i % 2 ? MSG_ZEROCOPY : 0);
	if (!sent.ok())
		test.refused(sent, EAGAIN);
	link.release();
	for (int i = 0; i < 40; i++)
		link.send_everything(payload, i % 2 ? MSG_ZEROCOPY : 0);
	link.deliver();
	test.completions_settle(link);
	test.equal("optmem charged", transport::option_memory(link.sender()), 0);
	test.that("memory of the send queue",
		  os::wait_until([&] { return transport::queued_memory(link.sender()) == 0; }),
		  "0 once all is acknowledged", std::to_string(transport::queued_memory(link.sender())));
}

/* ZC-UD-04, ZC-TX-09. ENOBUFS for a flagged append drops the datagram that was
 * being put together, the plain parts accepted before with it: net/ipv4/udp.c:
 * udp_flush_pending_frames. Repeating the append alone is not enough. */
CASE(enobufs_drops_the_datagram_in_the_making, .requirements = {"ZC-UD-04", "ZC-TX-09"},
     .transports = transport::udp, .paths = netns::simplest, .needs = harness::needs_optmem)
{
	Link &link = test.connect();
	const Payload plain(100), appended(200);

	test.sent(link.send(plain, MSG_MORE), plain.size());
	{
		const limits::ScopedOptmemMax limit(0);

		test.refused(link.send_zerocopy(appended), ENOBUFS);
	}
	link.transcript().drop_unfinished();
	test.sent(link.send(appended), appended.size());
	link.deliver();
	test.queue_empty(link);
	test.equal("optmem charged", transport::option_memory(link.sender()), 0);
	test.sent(link.send_zerocopy(appended), appended.size());
	test.one_notification(link, {0, 0});
}

} // namespace
