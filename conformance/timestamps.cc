// SPDX-License-Identifier: GPL-2.0
/* Timestamps and other users of the error queue, beside completions:
 * Documentation/networking/timestamping.rst, ip(7) and ipv6(7). */
#include <linux/sock_diag.h>

#include <fstream>

#include "conformance/chapter.h"

namespace
{

using errqueue::IdRange;

/* Software timestamps with keys and without their packets. */
constexpr int keyed = SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_OPT_ID | SOF_TIMESTAMPING_OPT_TSONLY;

REQUIREMENT("ZC-TS-01", observed,
	    "Timestamps and completions share the error queue in the order they were queued: a reader tells "
	    "them apart by ee_origin.",
	    .code = "net/core/skbuff.c:__skb_complete_tx_timestamp, __msg_zerocopy_callback");
/* The packet is stamped when it enters the queueing discipline and when it leaves it. A
 * stream is also stamped when it is acknowledged, and its packet buffer is freed after
 * that (net/ipv4/tcp_input.c:tcp_ack_tstamp). */
CASE(timestamps_and_completions_are_read_in_order, .requirements = {"ZC-TS-01", "ZC-TS-02"})
{
	const bool stream = test.is(transport::stream);
	Link &link = test.connect();
	const Payload payload(1000);
	const char *const acknowledged = "acknowledged";

	timestamp(link,
		  keyed | SOF_TIMESTAMPING_TX_SCHED | SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_TX_ACK);
	for (unsigned id = 0; id < 3; id++) {
		/* The key of a stream is the offset of the last byte: timestamping.rst, 1.3.3. */
		const std::string key = ' ' + std::to_string(stream ? (id + 1) * 1000 - 1 : id);
		std::string expected;

		for (const char *stamp : {"queued", "sent", acknowledged})
			if (stream || stamp != acknowledged)
				expected.append(stamp).append(key).append(", ");
		sends(test, link, payload);
		entries_are(test, link, stream ? 4 : 3, expected + errqueue::describe(IdRange{id, id}));
	}
}

/* With a timestamp between any two completions, these do not merge though nobody
 * reads. */
CASE(unread_timestamps_keep_completions_apart, .requirements = {"ZC-TS-01"}, .transports = transport::udp,
     .paths = netns::simplest)
{
	Link &link = test.connect();
	const Payload payload(1000);

	timestamp(link, keyed | SOF_TIMESTAMPING_TX_SOFTWARE);
	for (int i = 0; i < 3; i++)
		sends(test, link, payload);
	/* All entries are queued before the data arrives. */
	link.deliver();
	entries_are(test, link, 6, "sent 0, [0,0], sent 1, [1,1], sent 2, [2,2]");
}

/* Those of a stream's acknowledgments stand in front of the completions of their data. Without timestamps the
 * completions merge. */
CASE(unread_acknowledgments_keep_completions_apart, .requirements = {"ZC-TS-01"},
     .transports = transport::tcp, .paths = netns::simplest)
{
	Link &link = test.connect();
	const Payload payload(1000);
	const auto send_three = [&] {
		for (int i = 0; i < 3; i++) {
			sends(test, link, payload);
			link.deliver();
			test.that("data", os::wait_until([&] {
					  return os::send_queue(link.sender()).unacknowledged == 0;
				  }),
				  "acknowledged", "not acknowledged");
		}
	};

	timestamp(link, keyed | SOF_TIMESTAMPING_TX_ACK);
	send_three();
	entries_are(test, link, 6,
		    "acknowledged 999, [0,0], acknowledged 1999, [1,1], acknowledged 2999, [2,2]");
	timestamp(link, 0);
	send_three();
	entries_are(test, link, 1, "[3,5]");
}

/* As ./udpgso_bench_tx -S 0 -T -z -a in the selftests of the kernel:
 * net/ipv4/udp_offload.c:__udp_gso_segment keeps one of the timestamps that a control
 * message asks for, and one completion follows. */
CASE(segmented_send_has_one_timestamp_and_one_completion, .requirements = {"ZC-TS-01", "ZC-UD-02"},
     .transports = transport::udp)
{
	Link &link = test.connect();
	const std::size_t size = link.usual_length();
	const Payload payload(14 * size + 400);
	const std::uint32_t how = SOF_TIMESTAMPING_TX_SOFTWARE;
	Outgoing message(payload);

	message.with(SOL_SOCKET, SO_TIMESTAMPING, how);
	timestamp(link, keyed | SOF_TIMESTAMPING_OPT_CMSG);
	segment(link, static_cast<int>(size));
	for (const char *expected : {"sent 0, [0,0]", "sent 1, [1,1]", "sent 2, [2,2]"}) {
		sends(test, link, message);
		entries_are(test, link, 2, expected);
		link.deliver();
	}
}

REQUIREMENT(
	"ZC-TS-02", observed,
	"The keys of SOF_TIMESTAMPING_OPT_ID and the ids of zerocopy are independent counters, and a call "
	"that fails takes from neither.",
	.code = "include/net/sock.h: sk_tskey, sk_zckey; net/ipv4/ip_output.c:__ip_append_data steps "
		"sk_tskey back");
/* Sends without the flag have keys too, and setting SOF_TIMESTAMPING_OPT_ID again
 * restarts the keys. */
CASE(keys_and_ids_count_apart, .requirements = {"ZC-TS-02"}, .paths = netns::simplest)
{
	const bool stream = test.is(transport::stream);
	Link &link = test.connect();
	const Payload payload(100);
	auto next = [&, key = 0](bool flagged, const std::string &range, bool restart = false) mutable {
		key = restart ? 0 : key;
		test.sent(link.send(payload, flagged ? MSG_ZEROCOPY : 0), payload.size());
		entries_are(test, link, flagged ? 2 : 1,
			    "sent " + std::to_string(stream ? 100 * key + 99 : key) + range);
		key++;
	};

	timestamp(link, keyed | SOF_TIMESTAMPING_TX_SOFTWARE);
	next(false, "");
	next(false, "");
	next(true, ", [0,0]");
	next(false, "");
	if (stream) /* datagrams: below */
		for (const int flags : {0, int{MSG_ZEROCOPY}})
			test.refused(link.send(unreadable(), flags), EFAULT);
	next(true, ", [1,1]");
	link.deliver();
	timestamp(link, 0);
	sends(test, link, payload);
	entries_are(test, link, 1, "[2,2]");
	timestamp(link, keyed | SOF_TIMESTAMPING_TX_SOFTWARE);
	next(true, ", [3,3]", true);
}

DEVIATION(
	"failed-datagram-takes-a-key", "ZC-TS-02", "5.0 to 6.1.120, 6.2 to 6.9",
	"A UDP send that fails with EFAULT, flagged or not, takes a key: that of the next datagram is higher "
	"by one for each.",
	"net/ipv4/ip_output.c:__ip_append_data counts in 5.10.262 before it reads the data, and nothing "
	"steps back where that fails. The fix is in the changelog of 6.1.120; that it is of 6.9 is by "
	"memory, and "
	"other series may have it, too. The start is that of the flag over UDP.",
	.fix = "net-timestamp: make sk_tskey more predictable in error path");
CASE(failed_datagram_takes_neither_key_nor_id, .requirements = {"ZC-TS-02", "ZC-CT-06"},
     .transports = transport::udp, .paths = netns::simplest, .deviation = "failed-datagram-takes-a-key")
{
	Link &link = test.connect();

	timestamp(link, keyed | SOF_TIMESTAMPING_TX_SOFTWARE);
	for (const int flags : {0, int{MSG_ZEROCOPY}})
		test.refused(link.send(unreadable(), flags), EFAULT);
	sends(test, link, Payload(100));
	while (link.history().size() < 2 && link.await_notification())
		link.read_notifications();
	const std::string seen = entries_text(link.history(), Copied::untold);
	const bool counted = seen == "sent 2, [0,0]";
	test.that("error queue", counted || seen == "sent 0, [0,0]", "sent 0, [0,0]", seen);
	test.finish();
	if (counted)
		test.deviates("error queue: " + seen);
}

REQUIREMENT("ZC-TS-03", observed,
	    "An ICMP error read through IP_RECVERR interleaves with completions: the next call fails with "
	    "it, and that call consumes no id. An error of the host's own (EMSGSIZE) is queued between "
	    "completions likewise.",
	    .code = "net/core/skbuff.c:sock_dequeue_err_skb, net/ipv4/ip_sockglue.c:ip_icmp_error");
/* The error is queued behind the completion of the send that it answers.
 * net/core/sock.c:sock_alloc_send_pskb fails with it after the kernel has taken an id,
 * which it gives back. */
CASE(icmp_error_fails_the_next_call_and_has_no_id, .requirements = {"ZC-TS-03", "ZC-TS-01"},
     .transports = transport::udp, .paths = netns::simplest)
{
	Link &link = test.connect({.connected = false});
	const Address closed = closed_port(test).address;
	const Payload payload(100);

	queue_errors(test, link, true);
	os::connect(link.sender(), closed);
	/* The link must not wait for this one: it arrives nowhere. */
	test.sent(send_raw(link.sender(), payload, MSG_ZEROCOPY), payload.size());
	link.ledger().sent();
	/* An ICMP error is charged as received memory, and a completion is not:
	 * net/core/skbuff.c:sock_queue_err_skb. */
	test.that("ICMP error",
		  os::wait_until([&] { return os::socket_memory(link.sender(), SK_MEMINFO_RMEM_ALLOC) > 0; }),
		  "queued", "not queued");
	test.refused(link.send_zerocopy(payload), ECONNREFUSED);
	os::connect(link.sender(), link.destination());
	sends(test, link, payload);
	link.deliver();
	entries_are(test, link, 3, "[0,0], " + icmp_error(test, ECONNREFUSED) + ", [1,1]");
	test.equal("payload of the ICMP error's entry", link.history()[1].returned, payload.size());
	next_id_is(test, link, payload, 2);
}

/* The host itself finds the datagram too long:
 * net/ipv4/ip_sockglue.c:ip_local_error. */
CASE(local_error_stands_between_completions, .requirements = {"ZC-TS-01", "ZC-TS-03"},
     .transports = transport::udp, .paths = netns::simplest)
{
	Link &link = test.connect();
	const std::size_t most = test.transport().largest_datagram;
	const Payload payload(most + 1);

	queue_errors(test, link, true);
	sends(test, link, payload.first(100));
	link.deliver();
	test.refused(link.send_zerocopy(payload), EMSGSIZE);
	sends(test, link, payload.first(100));
	link.deliver();
	entries_are(test, link, 3, "[0,0], local EMSGSIZE, [1,1]");
}

REQUIREMENT(
	"ZC-TS-70", observed,
	"A flagged call with a control message that asks for its timestamp (SO_TIMESTAMPING), with a key of "
	"its own (SCM_TS_OPT_ID, datagrams), has it so, and the calls beside it have none.",
	.code = "net/core/sock.c:__sock_cmsg_send; net/ipv4/tcp.c:tcp_tx_timestamp; "
		"net/ipv4/ip_output.c:__ip_append_data, ts_opt_id",
	.kernels = "keys of calls since 6.13");
CASE(flagged_call_is_stamped_as_its_control_message_says, .requirements = {"ZC-TS-70"},
     .paths = netns::simplest)
{
	constexpr std::uint32_t stamp = SOF_TIMESTAMPING_TX_SOFTWARE, key = 777;
	constexpr int scm_ts_opt_id =
		81; /* asm-generic/socket.h: SCM_TS_OPT_ID; hppa and sparc have others */
	Link &link = test.connect();
	const Payload payload(100);
	const Outgoing stamped = Outgoing(payload).with(SOL_SOCKET, SO_TIMESTAMPING, stamp);
	const Outgoing with_key = Outgoing(stamped).with(SOL_SOCKET, scm_ts_opt_id, key);
	const auto sends_alone = [&](std::uint32_t id) {
		sends(test, link, payload);
		entries_are(test, link, 1, errqueue::describe(IdRange{id, id}));
	};

	timestamp(link, keyed);
	sends_alone(0);
	sends(test, link, stamped);
	entries_are(test, link, 2, test.is(transport::stream) ? "sent 199, [1,1]" : "sent 0, [1,1]");
	sends_alone(2);
	if (test.is(transport::stream))
		return;
	const Sent sent = link.send_message(with_key.header(), MSG_ZEROCOPY);
	if (sent.error == EINVAL) /* the kernel has no such control message */
		return;
	test.sent(sent, payload.size());
	entries_are(test, link, 2, "sent 777, [3,3]");
}

REQUIREMENT("ZC-TS-71", promised,
	    "A socket with IP_RECVERR or IPV6_RECVERR gets its notifications, merged, as one without.",
	    .rests_on = "ZC-IN-01",
	    .code = "net/core/skbuff.c:__msg_zerocopy_callback asks for no such option");
CASE(queued_errors_leave_notifications_alone, .requirements = {"ZC-TS-71"}, .paths = netns::simplest)
{
	Link &link = test.connect();

	queue_errors(test, link, true);
	for (const std::uint32_t id : {0, 1})
		next_id_is(test, link, id);
	sends(test, link);
	sends(test, link);
	test.completions_settle(link);
}

REQUIREMENT("ZC-TS-04", past_bug,
	    "Clearing IP_RECVERR or IPV6_RECVERR keeps the notifications that are queued.",
	    .code = "net/ipv4/ip_sockglue.c:do_ip_setsockopt, net/ipv6/ipv6_sockglue.c:do_ipv6_setsockopt",
	    .kernels = "kept since \"net: selectively purge error queue in IP_RECVERR / IPV6_RECVERR\" "
		       "(6.6); 6.1 drops them");
DEVIATION("recverr-off-purges-notifications", "ZC-TS-04", "4.14 to 6.6",
	  "setsockopt(IP_RECVERR, 0) and setsockopt(IPV6_RECVERR, 0) remove the notifications that are "
	  "queued: the next read fails with EAGAIN.",
	  "net/ipv4/ip_sockglue.c: skb_queue_purge in 6.1.192 (1089), skb_errqueue_purge in 6.12.118 (981) "
	  "and 7.3.4 (981). 6.6 (0f158b32a9b1) is inferred; in no stable changelog read.");
REGRESSION("net: selectively purge error queue in IP_RECVERR / IPV6_RECVERR", "6.6",
	   .cases = {"clearing_recverr_keeps_notifications"});
/* A reader finds the notifications later, too. */
CASE(clearing_recverr_keeps_notifications, .requirements = {"ZC-TS-04"}, .paths = netns::simplest,
     .deviation = "recverr-off-purges-notifications")
{
	Link &link = test.connect();
	const Payload payload(1000);
	std::string lost;

	for (std::uint32_t id = 0; id < 2; id++) {
		sends(test, link, payload);
		notified(test, link);
		queue_errors(test, link, true);
		queue_errors(test, link, false);
		if (errqueue::poll_now(link.sender()) & POLLERR) {
			test.one_notification(link, {id, id});
			continue;
		}
		link.ledger().completed({id, id});
		lost += errqueue::describe(IdRange{id, id}) + " was removed; ";
	}
	test.finish();
	if (!lost.empty())
		test.deviates(lost + "the error queue is empty");
}

/* Of errors and notifications in one queue, the errors alone are removed. */
CASE(clearing_recverr_removes_errors_only, .requirements = {"ZC-TS-04"}, .transports = transport::udp,
     .paths = netns::simplest, .deviation = "recverr-off-purges-notifications")
{
	Link &link = test.connect();
	const Payload payload(test.transport().largest_datagram + 1);

	queue_errors(test, link, true);
	for (int i = 0; i < 2; i++) {
		sends(test, link, payload.first(100));
		link.deliver();
		test.refused(link.send_zerocopy(payload), EMSGSIZE);
	}
	queue_errors(test, link, false);
	if (errqueue::poll_now(link.sender()) & POLLERR) {
		entries_are(test, link, 2, "[0,0], [1,1]");
		return;
	}
	link.ledger().completed({0, 1});
	test.finish();
	test.deviates("[0,0] and [1,1] were removed; the error queue is empty");
}

/* An entry, and the packet that it returns. */
struct Entry {
	Message message;
	Data packet;
};

/* Read the next entry with a buffer of `room` bytes for its packet. */
Entry read_with_room(At at, Link &link, std::size_t room)
{
	std::array<std::uint8_t, errqueue::ample_control> control = {};
	Entry entry = {{}, Data(room)};
	iovec vector = {entry.packet.data(), entry.packet.size()};
	msghdr header = {};

	notified(at, link, "an entry");
	header.msg_iov = &vector;
	header.msg_iovlen = 1;
	header.msg_control = control.data();
	header.msg_controllen = control.size();
	const auto read = Returned::of(::recvmsg(link.sender(), &header, MSG_ERRQUEUE));
	at->that("recvmsg(MSG_ERRQUEUE)", read.ok(), "an entry", os::describe(read));
	entry.message = errqueue::parse(header, read.returned);
	entry.packet.resize(std::min<std::size_t>(read.returned, room));
	link.enter({entry.message});
	well_formed_entry(at, entry.message);
	return entry;
}

REQUIREMENT("ZC-TS-05", observed,
	    "A timestamp without SOF_TIMESTAMPING_OPT_TSONLY returns the packet, with MSG_TRUNC when the "
	    "buffer is short; a completion never has payload.",
	    .code = "net/ipv4/ip_sockglue.c:ip_recv_error, skb_copy_datagram_msg");
CASE(timestamp_returns_its_packet_and_a_completion_nothing, .requirements = {"ZC-TS-05"},
     .paths = netns::simplest, .needs = needs_stamped_packets)
{
	constexpr std::size_t ample = 4096;
	constexpr std::size_t short_of_it = 100;
	Link &link = test.connect();
	const Payload payload(1000);
	std::string ids = "[0,0]";

	timestamp(link, SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_OPT_ID | SOF_TIMESTAMPING_TX_SCHED);
	for (const std::size_t room : {ample, short_of_it}) {
		sends(test, link, payload);
		const Entry stamp = read_with_room(test, link, room);

		test.equal("origin of the first entry", stamp.message.notifications[0].err.ee_origin,
			   SO_EE_ORIGIN_TIMESTAMPING, os::error_origin);
		test.equal("msg_flags of the timestamp", stamp.message.flags,
			   room == ample ? MSG_ERRQUEUE : MSG_ERRQUEUE | MSG_TRUNC, os::message_flags);
		if (room == ample) {
			test.that("packet of the timestamp", stamp.packet.size() > payload.size(),
				  "headers and the bytes sent", errqueue::describe(stamp.message));
			test.equal("bytes behind the headers", Bytes(stamp.packet).last(payload.size()),
				   payload);
		} else {
			test.equal("bytes of the packet", stamp.packet.size(), short_of_it);
		}

		const Entry completion = read_with_room(test, link, room);
		test.equal("payload of the completion", completion.message.returned, 0);
		test.equal("msg_flags of the completion", completion.message.flags, MSG_ERRQUEUE,
			   os::message_flags);
		const std::string seen = entries_text({completion.message}, Copied::untold);
		test.that("ids of the completion", seen == ids, ids, seen);
		ids = "[1,1]";
	}
}

/* Sockets of this network namespace that are not freed yet: net/core/sock.c:__sk_free. */
long sockets_in_use()
{
	std::ifstream file("/proc/net/sockstat");
	std::string sockets;
	std::string used;
	long count = -1;

	file >> sockets >> used >> count;
	os::require(sockets == "sockets:" && used == "used", "a line of sockets used in /proc/net/sockstat");
	return count;
}

REQUIREMENT("ZC-TS-06", past_bug,
	    "Closing sockets with unread transmit timestamps of flagged sends leaks neither sockets nor "
	    "packet buffers.",
	    .code = "net/core/skbuff.c:__skb_tstamp_tx; net/core/sock.c:__sk_free",
	    .kernels = "leaked until \"tcp/udp: Fix memleaks of sk and zerocopy skbs with TX timestamp.\" "
		       "(6.1.28, 6.4)");
REGRESSION("tcp/udp: Fix memleaks of sk and zerocopy skbs with TX timestamp",
	   "6.4, 6.1.28 [Debian 6.1.37-1], 5.10.180 [Debian 5.10.191-1]",
	   .cases = {"sockets_closed_with_unread_timestamps_are_freed"});
/* A packet on the error queue that holds the notification structure, which holds the
 * socket, would keep all three for ever. */
CASE(sockets_closed_with_unread_timestamps_are_freed, .requirements = {"ZC-TS-06"}, .paths = netns::simplest,
     .needs = needs_stamped_packets)
{
	constexpr int rounds = 8; /* more than the other sockets that may be freed meanwhile */
	const Payload payload(1000);
	const netns::Network &network = test.network();
	const long before = sockets_in_use();

	for (int i = 0; i < rounds; i++) {
		Link link(network, test.transport());

		timestamp(link, SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_TX_SCHED |
					SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_TX_ACK);
		sends(test, link, payload);
		link.deliver();
		notified(test, link.sender(), "the timestamps");
	}
	test.that("sockets in use once all are closed",
		  os::wait_until([&] { return sockets_in_use() <= before; }), std::to_string(before),
		  std::to_string(sockets_in_use()));
}

} // namespace
