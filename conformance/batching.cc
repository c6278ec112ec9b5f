// SPDX-License-Identifier: GPL-2.0
/* The chapter 'Notification Batching' of msg_zerocopy.rst. */
#include <time.h> /* before errqueue.h, which uses struct timespec */

#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <sys/ioctl.h>

#include "errqueue/receive.h"
#include "harness/case.h"
#include "harness/test.h"
#include "limits/limits.h"
#include "netns/ip_command.h"
#include "os/check.h"
#include "os/deadline.h"
#include "os/option.h"

namespace
{

using errqueue::Message;
using harness::Test;
using os::Address;
using os::Bytes;
using os::set_option;
using transport::Link;
using transport::Payload;
using transport::Sent;

/* Each send leaves an entry on the error queue when its packet is handed to the
 * device: before its completion, and without any packet data. */
void timestamp_sends(const Link &link)
{
	set_option(link.sender(), SOL_SOCKET, SO_TIMESTAMPING,
		   SOF_TIMESTAMPING_TX_SCHED | SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_OPT_TSONLY);
}

int send_buffer(const Link &link)
{
	int bytes = 0;
	socklen_t length = sizeof(bytes);

	os::check(::getsockopt(link.sender(), SOL_SOCKET, SO_SNDBUF, &bytes, &length),
		  "getsockopt(SO_SNDBUF)");
	return bytes;
}

/* Wait until all that was sent has completed, and read no notification. */
void complete(Test &test, Link &link)
{
	int not_acknowledged = 0;

	/* Delivery to a local socket comes after the completion of a datagram
	 * (net/core/skbuff.c:skb_orphan_frags_rx); elsewhere the call completes it.
	 * Not so with IPv4 fragments: since 6.17 only the first is let go of then
	 * (net/ipv4/ip_input.c:ip_local_deliver_finish, after reassembly), and the
	 * others some time after the read, in any order. */
	if (test.has(netns::delivers))
		link.deliver();
	/* On VSOCK the read itself completes what it takes. */
	if (!test.is(transport::tcp))
		return;
	/* A stream completes what is acknowledged, under the socket's lock, which
	 * setsockopt() waits for. */
	test.that("bytes not acknowledged", os::wait_until([&] {
			  os::check(::ioctl(link.sender(), SIOCOUTQ, &not_acknowledged), "ioctl(SIOCOUTQ)");
			  return not_acknowledged == 0;
		  }),
		  "none", std::to_string(not_acknowledged));
	link.set_zerocopy(true);
}

void send_and_complete(Test &test, Link &link, Bytes bytes, unsigned times)
{
	for (unsigned i = 0; i < times; i++)
		test.sent(link.send_zerocopy(bytes), bytes.size());
	complete(test, link);
}

Sent send_to(Link &link, const Address &to, Bytes bytes)
{
	iovec vector = {const_cast<std::uint8_t *>(bytes.data()), bytes.size()};
	Address name = to;
	msghdr message = {};

	message.msg_name = name.get();
	message.msg_namelen = name.length;
	message.msg_iov = &vector;
	message.msg_iovlen = 1;
	return link.send_message(message, MSG_ZEROCOPY);
}

/* "[0,1] copied, timestamp, [2,2]": the entries in the order of the queue. */
std::string summary(const std::vector<Message> &messages)
{
	std::string text;

	for (const Message &message : messages) {
		for (const errqueue::Notification &entry : message.notifications) {
			text += text.empty() ? "" : ", ";
			if (entry.is_zerocopy())
				text += errqueue::describe(entry.ids()) + (entry.copied() ? " copied" : "");
			else if (entry.err.ee_origin == SO_EE_ORIGIN_TIMESTAMPING)
				text += "timestamp";
			else
				text += "error of origin " + std::to_string(entry.err.ee_origin);
		}
	}
	return text;
}

/* The same without "copied", for cases on paths that copy everything. */
std::string ranges(const std::vector<Message> &messages)
{
	std::string text = summary(messages);

	for (std::size_t at; (at = text.find(" copied")) != std::string::npos;)
		text.erase(at, 7);
	return text;
}

void same(Test &test, const char *what, const std::string &seen, const std::string &expected)
{
	test.that(what, seen == expected, expected, seen);
}

/* A stream whose write queue stays: the filler is more than the receiver's
 * window, so that what is sent behind it waits for the receiver to read. */
Link &connect_behind_closed_window(Test &test, int send_buffer)
{
	Link &link = test.connect({.send_buffer = send_buffer, .receive_buffer = 4096});
	const Payload filler(32 << 10);

	test.sent(link.send(filler), filler.size());
	return link;
}

/* What else than data stops a closed window: more room at the receiver. */
void open_window(const Link &link)
{
	set_option(link.receiver(), SOL_SOCKET, SO_RCVBUF, 4 << 20);
}

REQUIREMENT(
	"ZC-BT-01", promised,
	"Consecutive completions merge while one is not read: one read returns the range [lo, hi].",
	.document =
		"Notification Batching: \"It coalesces consecutive notifications while one is outstanding "
		"for reception on the error queue.\"",
	.code = "net/core/skbuff.c:skb_zerocopy_notify_extend");
/* ZC-BT-01. Notification Batching: "It coalesces consecutive notifications while
 * one is outstanding for reception on the error queue", which then holds one
 * structure: net/core/skbuff.c:skb_zerocopy_notify_extend. */
CASE(consecutive_completions_merge, .requirements = {"ZC-BT-01"}, .transports = transport::all,
     .paths = netns::delivers, .without = netns::holds | netns::fragments)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());

	send_and_complete(test, link, payload, 1);
	const unsigned one = transport::option_memory(link.sender());
	send_and_complete(test, link, payload, 19);
	test.equal("option memory of one entry", transport::option_memory(link.sender()), one);
	test.one_notification(link, {0, 19});
	test.equal("option memory after the read", transport::option_memory(link.sender()), 0);
}

REQUIREMENT(
	"ZC-BT-02", promised,
	"Only the entry at the tail of the error queue is extended: a timestamp or ICMP error behind "
	"it ends the merging.",
	.document =
		"Notification Batching: \"When a new notification is about to be queued, it checks whether "
		"the new value extends the range of the notification at the tail of the queue.\"",
	.code = "net/core/skbuff.c:__msg_zerocopy_callback");
/* ZC-BT-02. Notification Batching: "it checks whether the new value extends the
 * range of the notification at the tail of the queue", not of one before. */
CASE(timestamp_ends_the_range, .requirements = {"ZC-BT-02"})
{
	Link &link = test.connect();
	const Payload payload(100);

	timestamp_sends(link);
	for (int i = 0; i < 3; i++)
		send_and_complete(test, link, payload, 1);
	same(test, "error queue", ranges(link.read_notifications()),
	     "timestamp, [0,0], timestamp, [1,1], timestamp, [2,2]");
}

/* ZC-BT-02. As above, with the error that a closed port gives. */
CASE(icmp_error_ends_the_range, .requirements = {"ZC-BT-02"}, .transports = transport::udp,
     .paths = netns::simplest)
{
	Link &link = test.connect({.connected = false});
	const Payload payload(100);
	const int family = test.transport().address_family;
	const std::string origin = std::to_string(family == AF_INET ? SO_EE_ORIGIN_ICMP : SO_EE_ORIGIN_ICMP6);
	const char *const text = test.network().addresses(family).receiver;
	const Address closed = transport::make_address(test.transport().family, text, 9);
	int error = 0;
	socklen_t length = sizeof(error);

	/* IPv4's for v4-mapped destinations, and the socket's own. */
	set_option(link.sender(), SOL_IP, IP_RECVERR, 1);
	set_option(link.sender(), test.transport().error_level, test.transport().error_type, 1);
	test.sent(send_to(link, link.destination(), payload), payload.size());
	link.deliver();
	os::check(::sendto(link.sender(), "", 1, 0, closed.get(), closed.length), "sendto(closed port)");
	/* Reading SO_ERROR clears it, or the next send would fail by it. */
	const bool refused = os::wait_until([&] {
		return ::getsockopt(link.sender(), SOL_SOCKET, SO_ERROR, &error, &length) == 0 && error;
	});
	test.that("SO_ERROR after a datagram to a closed port", refused, "an error", "none");
	for (int i = 0; i < 2; i++)
		test.sent(send_to(link, link.destination(), payload), payload.size());
	link.deliver();
	same(test, "error queue", ranges(link.read_notifications()),
	     "[0,0], error of origin " + origin + ", [1,2]");
}

REQUIREMENT("ZC-BT-03", promised,
	    "A completion that does not continue the range at the tail becomes an entry of its own, and "
	    "entries are never sorted again.",
	    .document = "Notification Batching: \"Ordered delivery is the common case, but not guaranteed. "
			"Notifications may arrive out of order on retransmission and socket teardown.\"",
	    .rests_on = "ZC-BT-02", .code = "net/core/skbuff.c:skb_zerocopy_notify_extend");
/* ZC-BT-03. Notification Batching: "Ordered delivery is the common case, but not
 * guaranteed"; skb_zerocopy_notify_extend, lo != old_hi + 1. Id 0 waits for its
 * neighbour, the others go to one that is known. */
CASE(ids_out_of_order_stay_apart, .requirements = {"ZC-BT-03"}, .transports = transport::udp,
     .paths = netns::holds)
{
	Link &link = test.connect({.connected = false});
	const Payload payload(100);
	const char *const text = test.transport().address_family == AF_INET ? "192.0.2.3" : "2001:db8::3";
	const Address known = transport::make_address(test.transport().family, text, 9);

	netns::ip_batch(std::string("neighbour replace ") + text +
			" lladdr 02:00:00:00:00:03 nud permanent dev " + test.network().device() + '\n');
	test.sent(send_to(link, link.destination(), payload), payload.size());
	for (int i = 0; i < 2; i++)
		test.sent(send_to(link, known, payload), payload.size());
	test.one_notification(link, {1, 2});
	test.sent(send_to(link, known, payload), payload.size());
	link.release();
	test.sent(send_to(link, known, payload), payload.size());
	same(test, "error queue", summary(link.read_notifications()), "[3,3], [0,0], [4,4]");
}

REQUIREMENT(
	"ZC-BT-04", promised,
	"Merging raises the upper bound of a queued entry and leaves its lower bound alone.",
	.document =
		"Notification Batching: \"If so, it drops the new notification packet and instead increases "
		"the range upper value of the outstanding notification.\"",
	.code = "net/core/skbuff.c:skb_zerocopy_notify_extend");
/* ZC-BT-04. Notification Batching: "increases the range upper value of the
 * outstanding notification"; its lower value is where the last read ended. */
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

REQUIREMENT(
	"ZC-BT-05", promised,
	"With TCP, acknowledged in order and without timestamps, no more than one notification is "
	"outstanding.",
	.document =
		"Notification Batching: \"For protocols that acknowledge data in-order, like TCP, each "
		"notification can be squashed into the previous one, so that no more than one notification "
		"is outstanding at any one point.\"",
	.code = "net/core/skbuff.c:skb_zerocopy_notify_extend");
/* ZC-BT-05. Notification Batching: "For TCP... no more than one notification is
 * outstanding at any one point"; over many sends, none read. */
CASE(stream_has_one_notification_outstanding, .requirements = {"ZC-BT-05"},
     .transports = transport::connected)
{
	Link &link = test.connect();
	const Payload payload(100);
	constexpr std::uint32_t rounds = 100;

	/* A few at a time: what is in flight takes option memory. */
	for (std::uint32_t i = 0; i < rounds; i++)
		send_and_complete(test, link, payload, 10);
	test.one_notification(link, {0, rounds * 10 - 1});
}

REQUIREMENT("ZC-BT-06", promised,
	    "recvmmsg(MSG_ERRQUEUE) returns several entries in the order of the queue, and fails with "
	    "EAGAIN on an empty one.",
	    .document = "Notification Batching: \"Multiple outstanding packets can be read at once using the "
			"recvmmsg call.\"",
	    .code = "net/socket.c:do_recvmmsg");
/* ZC-BT-06. Notification Batching: "Multiple outstanding packets can be read at
 * once using the recvmmsg call". */
CASE(recvmmsg_reads_several_in_order, .requirements = {"ZC-BT-06"}, .paths = netns::simplest)
{
	Link &link = test.connect();
	const Payload payload(100);
	mmsghdr header = {};

	timestamp_sends(link);
	for (int i = 0; i < 3; i++)
		send_and_complete(test, link, payload, 1);
	const std::vector<Message> four = errqueue::receive_many(link.sender(), 4);
	link.enter(four);
	same(test, "recvmmsg() of 4", ranges(four), "timestamp, [0,0], timestamp, [1,1]");
	const std::vector<Message> rest = errqueue::receive_many(link.sender(), 8);
	link.enter(rest);
	same(test, "recvmmsg() of 8, where 2 are left", ranges(rest), "timestamp, [2,2]");
	for (const Message &message : {four[1], four[3], rest[1]})
		test.well_formed(message.notifications.front());
	const int returned = ::recvmmsg(link.sender(), &header, 1, MSG_ERRQUEUE, nullptr);
	test.refused({returned, errno}, EAGAIN);
}

REQUIREMENT("ZC-BT-07", promised,
	    "SO_EE_CODE_ZEROCOPY_COPIED of a notification is true of every id in its range: completions "
	    "of different kinds are not merged.",
	    .rests_on = "ZC-IN-03", .code = "net/core/skbuff.c:skb_zerocopy_notify_extend",
	    .kernels = "since 4.14");
DEVIATION("merged-range-keeps-first-code", "ZC-BT-07", "4.14 on",
	  "Completions merge whatever their ee_code, and the entry keeps the ee_code of the first: an "
	  "id that was copied disappears behind one that was not, or an id that was not copied is "
	  "marked by one that was. Ids of one notification structure share one ee_code besides "
	  "(ZC-BT-08).",
	  "Not fixed: read again in the sources of Debian's 6.1.192-3, 6.12.118-1 and 7.3.4-1~bpo13+1; "
	  "no subject of a fix in any changelog read, up to 7.3.4. The start is that of the feature "
	  "and is inferred.");
/* ZC-BT-07. Deferred Copies: "the kernel signals if data was completed with a
 * copy"; skb_zerocopy_notify_extend does not compare ee_code. A datagram larger
 * than the MTU is copied on a path that copies no other. */
CASE(copied_id_is_not_hidden_by_merging, .requirements = {"ZC-BT-07"}, .transports = transport::udp,
     .paths = netns::shares | netns::in_call, .deviation = "merged-range-keeps-first-code")
{
	Link &link = test.connect();
	const Payload payload(5000);

	test.sent(link.send_zerocopy(payload.first(1000)), 1000);
	test.sent(link.send_zerocopy(payload), payload.size());
	const std::string seen = summary(link.read_notifications());
	if (seen == "[0,1]")
		test.deviates("error queue: " + seen + ", though id 1 was copied");
	same(test, "error queue", seen, "[0,0], [1,1] copied");
}

/* ZC-BT-07. As above, the other way round. */
CASE(shared_id_is_not_marked_by_merging, .requirements = {"ZC-BT-07"}, .transports = transport::udp,
     .paths = netns::shares | netns::in_call, .deviation = "merged-range-keeps-first-code")
{
	Link &link = test.connect();
	const Payload payload(5000);

	test.sent(link.send_zerocopy(payload), payload.size());
	test.sent(link.send_zerocopy(payload.first(1000)), 1000);
	const std::string seen = summary(link.read_notifications());
	if (seen == "[0,1] copied")
		test.deviates("error queue: " + seen + ", though id 1 was not copied");
	same(test, "error queue", seen, "[0,0] copied, [1,1]");
}

/* ZC-BT-07. As above: read one by one, the two say what they are. */
CASE(ids_read_one_by_one_say_whether_they_were_copied, .requirements = {"ZC-BT-07"},
     .transports = transport::udp, .paths = netns::shares | netns::in_call)
{
	Link &link = test.connect();
	const Payload payload(5000);

	test.sent(link.send_zerocopy(payload.first(1000)), 1000);
	same(test, "error queue", summary(link.read_notifications()), "[0,0]");
	test.sent(link.send_zerocopy(payload), payload.size());
	same(test, "error queue", summary(link.read_notifications()), "[1,1] copied");
}

REQUIREMENT("ZC-BT-08", observed,
	    "Ids that share a notification structure share one SO_EE_CODE_ZEROCOPY_COPIED: one part that "
	    "was copied sets it for all of them.",
	    .code = "net/ipv4/ip_output.c:__ip_append_data, uarg_to_msgzc(uarg)->zerocopy = 0; "
		    "net/core/skbuff.c:msg_zerocopy_complete (6.1: msg_zerocopy_callback)",
	    .kernels = "what it does to the promise of the document is the deviation of ZC-BT-07");
/* ZC-BT-08. net/ipv4/ip_output.c:__ip_append_data clears zerocopy in the
 * structure that the parts of a datagram share: here the second part is copied,
 * because it is an append, and alone the first would not be. */
CASE(copied_part_marks_all_ids_of_its_structure, .requirements = {"ZC-BT-08"}, .transports = transport::udp,
     .paths = netns::shares | netns::in_call)
{
	Link &link = test.connect();
	const Payload payload(1000);

	set_option(link.sender(), SOL_UDP, UDP_SEGMENT, static_cast<int>(payload.size()));
	test.sent(link.send_zerocopy(payload, MSG_MORE), payload.size());
	test.sent(link.send(payload.first(0)), 0);
	same(test, "error queue", summary(link.read_notifications()), "[0,0]");
	test.sent(link.send_zerocopy(payload, MSG_MORE), payload.size());
	test.sent(link.send_zerocopy(payload), payload.size());
	same(test, "error queue", summary(link.read_notifications()), "[1,2] copied");
}

/* ZC-BT-08. As above: whatever the notification says, the first part was shared
 * until the datagram left, and the second was not. */
CASE(part_beside_a_copied_one_is_shared, .requirements = {"ZC-BT-08"}, .transports = transport::udp)
{
	Link &link = test.connect();
	Payload shared(1000);
	Payload copied(1000);

	set_option(link.sender(), SOL_UDP, UDP_SEGMENT, static_cast<int>(shared.size()));
	link.transcript().set_segment_size(shared.size());
	test.sent(link.send_zerocopy(shared, MSG_MORE), shared.size());
	shared.overwrite();
	link.transcript().replace_last(shared);
	test.sent(link.send_zerocopy(copied, MSG_MORE), copied.size());
	copied.overwrite();
	test.sent(link.send(copied.first(0)), 0);
	link.deliver();
	test.one_notification(link, {0, 1});
}

REQUIREMENT("ZC-BT-09", observed,
	    "Each entry that is neither merged nor read keeps its optmem charge until it is read.",
	    .code = "net/core/sock.c:sock_omalloc, sock_ofree");
/* ZC-BT-09. net/core/sock.c:sock_omalloc, sock_ofree: an entry that is neither
 * merged nor read keeps its charge, until there is no option memory left. */
CASE(unread_entries_keep_their_charge, .requirements = {"ZC-BT-09"}, .paths = netns::simplest,
     .needs = harness::needs_optmem)
{
	Link &link = test.connect();
	const Payload payload(100);

	timestamp_sends(link);
	send_and_complete(test, link, payload, 1);
	const unsigned one = transport::option_memory(link.sender());
	const limits::ScopedOptmemMax six(6 * one);

	for (unsigned entries = 2; entries <= 6; entries++) {
		send_and_complete(test, link, payload, 1);
		test.equal("option memory", transport::option_memory(link.sender()), entries * one);
	}
	test.refused(link.send_zerocopy(payload), ENOBUFS);
	const std::vector<Message> pair = errqueue::receive_many(link.sender(), 2);
	link.enter(pair);
	same(test, "the first two entries", ranges(pair), "timestamp, [0,0]");
	test.equal("option memory after the read", transport::option_memory(link.sender()), 5 * one);
	send_and_complete(test, link, payload, 1);
	test.refused(link.send_zerocopy(payload), ENOBUFS);
}

REQUIREMENT("ZC-BT-10", observed,
	    "TCP reuses the notification structure of the last packet buffer not sent yet up to 512 KiB "
	    "and 65534 calls, and starts a new one, with an optmem charge of its own, beyond either.",
	    .code = "net/core/skbuff.c:msg_zerocopy_realloc, byte_limit 1 << 19 and USHRT_MAX - 1");
/* ZC-BT-10. net/core/skbuff.c:msg_zerocopy_realloc, byte_limit: calls behind one
 * another in the write queue share a structure up to 512 KiB. */
CASE(structure_is_shared_up_to_its_byte_limit, .requirements = {"ZC-BT-10"}, .transports = transport::tcp,
     .paths = netns::simplest)
{
	Link &link = connect_behind_closed_window(test, 4 << 20);
	const Payload payload(1 << 18);

	if (send_buffer(link) < 2 << 20)
		test.skip("a larger net.core.wmem_max");
	test.sent(link.send_zerocopy(payload), payload.size());
	const unsigned one = transport::option_memory(link.sender());
	test.sent(link.send_zerocopy(payload), payload.size());
	test.equal("option memory at 512 KiB", transport::option_memory(link.sender()), one);
	test.sent(link.send_zerocopy(payload.first(1)), 1);
	test.equal("option memory beyond", transport::option_memory(link.sender()), 2 * one);
	test.sent(link.send_zerocopy(payload.first(1)), 1);
	test.equal("option memory, the new one shared", transport::option_memory(link.sender()), 2 * one);
	open_window(link);
	link.deliver();
	test.completions_settle(link);
}

/* ZC-BT-10. As above, USHRT_MAX - 1: up to 65534 calls. */
CASE(structure_is_shared_up_to_its_limit_of_calls, .requirements = {"ZC-BT-10"}, .transports = transport::tcp,
     .paths = netns::simplest, .needs = harness::needs_root, .once = true)
{
	constexpr int most = 65534;

	/* Each call is charged with a page, however few its bytes. */
	if (limits::page_size() > 8192)
		test.skip("pages of at most 8 KiB, or the send buffer cannot hold 65534");
	Link &link = connect_behind_closed_window(test, (most + 100) * static_cast<int>(limits::page_size()));
	const Payload payload(most + 1);

	test.sent(link.send_zerocopy(payload.first(1)), 1);
	const unsigned one = transport::option_memory(link.sender());
	for (std::size_t i = 1; i < most; i++)
		test.sent(link.send_zerocopy(payload.from(i, 1)), 1);
	test.equal("option memory of 65534 calls", transport::option_memory(link.sender()), one);
	test.sent(link.send_zerocopy(payload.from(most, 1)), 1);
	test.equal("option memory of one more", transport::option_memory(link.sender()), 2 * one);
	open_window(link);
	link.deliver();
	test.completions_settle(link);
}

REQUIREMENT("ZC-BT-12", promised,
	    "Notifications of TCP may be out of order and split after retransmission, and still cover "
	    "each id exactly once.",
	    .rests_on = "ZC-BT-03", .code = "net/ipv4/tcp_output.c:__tcp_transmit_skb clones");
/* ZC-BT-12. Notification Batching: "Notifications may arrive out of order on
 * retransmission"; still each id comes once. The first packets go to a wrong
 * address of the link, those behind them make the sender retransmit. */
CASE(retransmitted_ids_are_reported_once, .requirements = {"ZC-BT-12", "ZC-CT-18"},
     .transports = transport::tcp, .paths = netns::sniffed)
{
	Link &link = test.connect();
	const Payload payload(1000);
	const std::string neighbour = test.network().addresses(test.transport().address_family).receiver +
				      std::string(" dev ") + test.network().device();
	tcp_info info = {};
	socklen_t length = sizeof(info);

	netns::ip_batch("neighbour replace " + neighbour + " lladdr 02:00:00:00:00:99 nud permanent\n");
	for (int i = 0; i < 3; i++)
		test.sent(link.send_zerocopy(payload), payload.size());
	test.queue_empty(link);
	netns::ip_batch("neighbour delete " + neighbour + '\n');
	for (int i = 0; i < 5; i++)
		test.sent(link.send_zerocopy(payload), payload.size());
	link.deliver();
	test.completions_settle(link);
	os::check(::getsockopt(link.sender(), IPPROTO_TCP, TCP_INFO, &info, &length), "getsockopt(TCP_INFO)");
	test.that("packets sent again", info.tcpi_total_retrans >= 3, "3 or more",
		  std::to_string(info.tcpi_total_retrans));
}

REQUIREMENT(
	"ZC-BT-11", observed,
	"A corked UDP datagram cannot reach the limits of a notification structure (512 KiB, 65534 "
	"calls), so that they never fail an append.",
	.code = "net/core/skbuff.c:msg_zerocopy_realloc returns NULL for datagrams; a datagram holds at most "
		"65527 bytes, one byte a call",
	.not_judged = "no case can reach it: read from the source");

} // namespace
