// SPDX-License-Identifier: GPL-2.0
/* Timestamps and other users of the error queue, beside completions.
 * Documentation/networking/timestamping.rst, ip(7) and ipv6(7) tell of them. */
#include <time.h> /* before errqueue.h, which uses struct timespec */

#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include "errqueue/receive.h"
#include "harness/case.h"
#include "harness/test.h"
#include "os/check.h"
#include "os/deadline.h"
#include "os/fd.h"
#include "os/option.h"

namespace
{

using errqueue::Message;
using errqueue::Notification;
using harness::Test;
using os::Address;
using os::Bytes;
using os::Data;
using os::set_option;
using transport::Link;
using transport::Payload;

void timestamp(const Link &link, int how)
{
	set_option(link.sender(), SOL_SOCKET, SO_TIMESTAMPING, how, "setsockopt(SO_TIMESTAMPING)");
}

/* Software timestamps alone, with keys. */
constexpr int keyed = SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_OPT_ID | SOF_TIMESTAMPING_OPT_TSONLY;

/* "sent 0", "[0,0]", "icmp ECONNREFUSED": what an entry is, by its ee_origin. */
std::string kind(const Notification &entry)
{
	static const char *const stamps[] = {"sent", "queued", "acknowledged"};
	const sock_extended_err &err = entry.err;

	switch (err.ee_origin) {
	case SO_EE_ORIGIN_ZEROCOPY:
		return errqueue::describe(entry.ids());
	case SO_EE_ORIGIN_TIMESTAMPING:
		return std::string(err.ee_info < std::size(stamps) ? stamps[err.ee_info] : "stamped") + ' ' +
		       std::to_string(err.ee_data);
	case SO_EE_ORIGIN_ICMP:
	case SO_EE_ORIGIN_ICMP6:
		return "icmp " + os::error_name(static_cast<int>(err.ee_errno));
	case SO_EE_ORIGIN_LOCAL:
		return "local " + os::error_name(static_cast<int>(err.ee_errno));
	default:
		return errqueue::describe(entry);
	}
}

bool carries_a_timestamp(const Message &message)
{
	return std::ranges::any_of(message.control, [](const errqueue::ControlMessage &control) {
		return control.level == SOL_SOCKET && control.type == SO_TIMESTAMPING;
	});
}

/* A message holds one entry, and a time where that is a timestamp only. */
void well_formed(Test &test, const Message &message)
{
	const std::string seen = errqueue::describe(message);

	test.that("entries of a message", message.notifications.size() == 1, "one", seen);
	const Notification &entry = message.notifications[0];
	if (entry.is_zerocopy())
		test.well_formed(entry);
	const bool stamp = entry.err.ee_origin == SO_EE_ORIGIN_TIMESTAMPING;
	test.that("SCM_TIMESTAMPING", carries_a_timestamp(message) == stamp,
		  stamp ? "beside the timestamp's entry" : "none", seen);
	if (stamp)
		test.equal("ee_errno of a timestamp", entry.err.ee_errno, ENOMSG, os::error_name);
}

/* That many entries are queued, within os::patience(), and no more: these. */
void entries(Test &test, Link &link, std::size_t count, std::string_view expected,
	     harness::Where where = harness::Where::here())
{
	const os::Deadline deadline;
	std::string seen;

	for (std::size_t read = 0; read < count && link.await_notification(deadline);)
		for (const Message &message : link.read_notifications()) {
			well_formed(test, message);
			seen += (seen.empty() ? "" : ", ") + kind(message.notifications[0]);
			read++;
		}
	test.that("entries of the error queue", seen == expected, expected, seen, where);
	test.queue_empty(link);
}

void send_zerocopy(Test &test, Link &link, Bytes bytes)
{
	test.sent(link.send_zerocopy(bytes), bytes.size());
}

/* ICMP and local errors are to be queued. A mapped address has IPv4's. */
void queue_errors(Test &test, const Link &link, int on)
{
	set_option(link.sender(), SOL_IP, IP_RECVERR, on, "setsockopt(IP_RECVERR)");
	if (test.transport().family == AF_INET6)
		set_option(link.sender(), SOL_IPV6, IPV6_RECVERR, on, "setsockopt(IPV6_RECVERR)");
}

REQUIREMENT("ZC-TS-01", observed,
	    "Timestamps and completions share the error queue in the order they were queued: a reader "
	    "tells them apart by ee_origin.",
	    .code = "net/core/skbuff.c:__skb_complete_tx_timestamp, __msg_zerocopy_callback");
/* ZC-TS-01, ZC-TS-02. net/core/skbuff.c:__skb_complete_tx_timestamp and
 * __msg_zerocopy_callback add to the end of one queue. The packet is stamped when
 * it enters the queueing discipline and when it leaves; a stream's are stamped when
 * they are acknowledged and freed after that (net/ipv4/tcp_input.c:tcp_ack_tstamp). */
CASE(timestamps_and_completions_are_read_in_order, .requirements = {"ZC-TS-01", "ZC-TS-02"})
{
	const bool stream = test.is(transport::stream);
	Link &link = test.connect();
	const Payload payload(1000);
	const char *const acknowledged = "acknowledged";

	timestamp(link,
		  keyed | SOF_TIMESTAMPING_TX_SCHED | SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_TX_ACK);
	for (unsigned id = 0; id < 3; id++) {
		/* A stream's key is the place of the last byte: timestamping.rst, 1.3.3. */
		const std::string key = ' ' + std::to_string(stream ? (id + 1) * 1000 - 1 : id);
		std::string expected;

		for (const char *stamp : {"queued", "sent", acknowledged})
			if (stream || stamp != acknowledged)
				expected.append(stamp).append(key).append(", ");
		send_zerocopy(test, link, payload);
		entries(test, link, stream ? 4 : 3, expected + errqueue::describe(errqueue::IdRange{id, id}));
	}
}

/* ZC-TS-01. Neither is lost nor merged when nobody reads between: a timestamp
 * stands between any two completions. */
CASE(unread_timestamps_keep_completions_apart, .requirements = {"ZC-TS-01"}, .transports = transport::udp,
     .paths = netns::simplest)
{
	Link &link = test.connect();
	const Payload payload(1000);

	timestamp(link, keyed | SOF_TIMESTAMPING_TX_SOFTWARE);
	for (int i = 0; i < 3; i++)
		send_zerocopy(test, link, payload);
	/* They come before the data does. */
	link.deliver();
	entries(test, link, 6, "sent 0, [0,0], sent 1, [1,1], sent 2, [2,2]");
}

/* ZC-TS-01, ZC-UD-02, as ./udpgso_bench_tx -S 0 -T -z -a of the kernel's own tests
 * has it: net/ipv4/udp_offload.c:__udp_gso_segment leaves one timestamp of a
 * segmented send, asked for by control message, and there is one completion. */
CASE(segmented_send_has_one_timestamp_and_one_completion, .requirements = {"ZC-TS-01", "ZC-UD-02"},
     .transports = transport::udp)
{
	Link &link = test.connect();
	const Payload payload(20000);
	const std::uint32_t how = SOF_TIMESTAMPING_TX_SOFTWARE;
	alignas(cmsghdr) std::array<std::uint8_t, CMSG_SPACE(sizeof(how))> control = {};
	iovec vector = {const_cast<std::uint8_t *>(payload.bytes().data()), payload.size()};
	msghdr message = {};

	message.msg_iov = &vector;
	message.msg_iovlen = 1;
	message.msg_control = control.data();
	message.msg_controllen = control.size();
	*CMSG_FIRSTHDR(&message) = {
		.cmsg_len = CMSG_LEN(sizeof(how)), .cmsg_level = SOL_SOCKET, .cmsg_type = SO_TIMESTAMPING};
	std::memcpy(CMSG_DATA(CMSG_FIRSTHDR(&message)), &how, sizeof(how));
	timestamp(link, keyed | SOF_TIMESTAMPING_OPT_CMSG);
	set_option(link.sender(), SOL_UDP, UDP_SEGMENT, 1400, "setsockopt(UDP_SEGMENT)");
	link.transcript().set_segment_size(1400);
	for (const char *expected : {"sent 0, [0,0]", "sent 1, [1,1]", "sent 2, [2,2]"}) {
		test.sent(link.send_message(message, MSG_ZEROCOPY), payload.size());
		entries(test, link, 2, expected);
		link.deliver();
	}
}

REQUIREMENT("ZC-TS-02", observed,
	    "The keys of SOF_TIMESTAMPING_OPT_ID and the ids of zerocopy are independent counters.",
	    .code = "include/net/sock.h: sk_tskey, sk_zckey");
/* ZC-TS-02. include/net/sock.h: sk_tskey and sk_zckey. Plain sends have keys too,
 * and SOF_TIMESTAMPING_OPT_ID set anew starts the keys anew. */
CASE(keys_and_ids_count_apart, .requirements = {"ZC-TS-02"}, .paths = netns::simplest)
{
	const bool stream = test.is(transport::stream);
	Link &link = test.connect();
	const Payload payload(100);
	auto next = [&, key = 0](bool flagged, const std::string &range, bool anew = false) mutable {
		key = anew ? 0 : key;
		test.sent(link.send(payload, flagged ? MSG_ZEROCOPY : 0), payload.size());
		entries(test, link, flagged ? 2 : 1,
			"sent " + std::to_string(stream ? 100 * key + 99 : key) + range);
		key++;
	};

	timestamp(link, keyed | SOF_TIMESTAMPING_TX_SOFTWARE);
	next(false, "");
	next(false, "");
	next(true, ", [0,0]");
	next(false, "");
	next(true, ", [1,1]");
	link.deliver();
	timestamp(link, 0);
	send_zerocopy(test, link, payload);
	entries(test, link, 1, "[2,2]");
	timestamp(link, keyed | SOF_TIMESTAMPING_TX_SOFTWARE);
	next(true, ", [3,3]", true);
}

/* Bytes of what the socket has received, ICMP errors too but completions not:
 * net/core/skbuff.c:sock_queue_err_skb. */
unsigned received_memory(int socket)
{
	std::array<std::uint32_t, SK_MEMINFO_VARS> memory = {};
	socklen_t length = sizeof(memory);

	os::check(::getsockopt(socket, SOL_SOCKET, SO_MEMINFO, memory.data(), &length),
		  "getsockopt(SO_MEMINFO)");
	return memory[SK_MEMINFO_RMEM_ALLOC];
}

/* An address of the receiver's at which nobody listens. */
Address closed_port(Test &test)
{
	const int family = test.transport().address_family;
	const char *text = test.network().addresses(family).receiver;
	Address address = transport::make_address(family, text, 0);
	const os::Fd socket(os::check(::socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket()"));

	os::check(::bind(socket.get(), address.get(), address.length), "bind()");
	os::check(::getsockname(socket.get(), address.get(), &address.length), "getsockname()");
	/* The port is at the same place in both families' addresses. */
	return transport::make_address(test.transport().family, text,
				       ntohs(reinterpret_cast<const sockaddr_in *>(address.get())->sin_port));
}

REQUIREMENT("ZC-TS-03", observed,
	    "An ICMP error read through IP_RECVERR interleaves with completions: the next call fails "
	    "with it, and that call consumes no id. An error of the host's own (EMSGSIZE) is queued "
	    "between completions likewise.",
	    .code = "net/core/skbuff.c:sock_dequeue_err_skb, net/ipv4/ip_sockglue.c:ip_icmp_error");
/* ZC-TS-03. net/ipv4/ip_sockglue.c:ip_icmp_error queues it behind the completion
 * of the send that it answers; net/core/sock.c:sock_alloc_send_pskb fails with it,
 * after the call was counted. */
CASE(icmp_error_fails_the_next_call_and_has_no_id, .requirements = {"ZC-TS-03", "ZC-TS-01"},
     .transports = transport::udp, .paths = netns::simplest)
{
	Link &link = test.connect({.connected = false});
	const Address closed = closed_port(test);
	const Payload payload(100);
	auto connect = [&](const Address &address) {
		os::check(::connect(link.sender(), address.get(), address.length), "connect()");
	};

	queue_errors(test, link, 1);
	connect(closed);
	/* Not by the link: it arrives nowhere. */
	const transport::Sent lost = {
		::send(link.sender(), payload.bytes().data(), payload.size(), MSG_ZEROCOPY), errno};
	test.sent(lost, payload.size());
	link.ledger().sent();
	test.that("ICMP error", os::wait_until([&] { return received_memory(link.sender()) > 0; }), "queued",
		  "not queued");
	test.refused(link.send_zerocopy(payload), ECONNREFUSED);
	connect(link.destination());
	send_zerocopy(test, link, payload);
	link.deliver();
	entries(test, link, 3, "[0,0], icmp ECONNREFUSED, [1,1]");
	test.equal("payload of the ICMP error's entry", link.history()[1].returned, payload.size());
	send_zerocopy(test, link, payload);
	test.one_notification(link, {2, 2});
}

/* ZC-TS-01, ZC-TS-03. net/ipv4/ip_sockglue.c:ip_local_error: what the host itself
 * finds wrong is queued as well. */
CASE(local_error_stands_between_completions, .requirements = {"ZC-TS-01", "ZC-TS-03"},
     .transports = transport::udp, .paths = netns::simplest)
{
	Link &link = test.connect();
	const std::size_t most = test.transport().largest_datagram;
	const Payload payload(most + 1);

	queue_errors(test, link, 1);
	send_zerocopy(test, link, payload.first(100));
	link.deliver();
	test.refused(link.send_zerocopy(payload), EMSGSIZE);
	send_zerocopy(test, link, payload.first(100));
	link.deliver();
	entries(test, link, 3, "[0,0], local EMSGSIZE, [1,1]");
}

REQUIREMENT(
	"ZC-TS-04", past_bug, "Clearing IP_RECVERR or IPV6_RECVERR keeps the notifications that are queued.",
	.code = "net/ipv4/ip_sockglue.c:do_ip_setsockopt, net/ipv6/ipv6_sockglue.c:do_ipv6_setsockopt",
	.kernels =
		"kept since \"net: selectively purge error queue in IP_RECVERR / IPV6_RECVERR\" (6.6); 6.1 "
		"drops them");
DEVIATION("recverr-off-purges-notifications", "ZC-TS-04", "4.14 to 6.6",
	  "setsockopt(IP_RECVERR, 0) and setsockopt(IPV6_RECVERR, 0) remove the notifications that are "
	  "queued: the next read fails with EAGAIN.",
	  "net/ipv4/ip_sockglue.c: skb_queue_purge in 6.1.192 (1089), skb_errqueue_purge in 6.12.118 "
	  "(981) and 7.3.4 (981). 6.6 (0f158b32a9b1) is inferred; in no stable changelog read.");
REGRESSION("net: selectively purge error queue in IP_RECVERR / IPV6_RECVERR", "6.6",
	   .cases = {"clearing_recverr_keeps_notifications"});
/* ZC-TS-04. Deferred Copies: "a contract that the kernel will queue a completion
 * notification on the error queue", which a reader finds there later, too. */
CASE(clearing_recverr_keeps_notifications, .requirements = {"ZC-TS-04"}, .paths = netns::simplest,
     .deviation = "recverr-off-purges-notifications")
{
	Link &link = test.connect();
	const Payload payload(1000);
	std::string lost;

	for (std::uint32_t id = 0; id < 2; id++) {
		send_zerocopy(test, link, payload);
		test.that("poll() for the notification", link.await_notification(), "POLLERR", "nothing");
		queue_errors(test, link, 1);
		queue_errors(test, link, 0);
		if (errqueue::poll_now(link.sender()) & POLLERR) {
			test.one_notification(link, {id, id});
			continue;
		}
		link.ledger().completed({id, id});
		lost += errqueue::describe(errqueue::IdRange{id, id}) + " was removed; ";
	}
	test.finish();
	if (!lost.empty())
		test.deviates(lost + "the error queue is empty");
}

/* ZC-TS-04. net/core/skbuff.c:skb_errqueue_purge removes the errors alone. */
CASE(clearing_recverr_removes_errors_only, .requirements = {"ZC-TS-04"}, .transports = transport::udp,
     .paths = netns::simplest, .deviation = "recverr-off-purges-notifications")
{
	Link &link = test.connect();
	const Payload payload(test.transport().largest_datagram + 1);

	queue_errors(test, link, 1);
	for (int i = 0; i < 2; i++) {
		send_zerocopy(test, link, payload.first(100));
		link.deliver();
		test.refused(link.send_zerocopy(payload), EMSGSIZE);
	}
	queue_errors(test, link, 0);
	if (errqueue::poll_now(link.sender()) & POLLERR) {
		entries(test, link, 2, "[0,0], [1,1]");
		return;
	}
	link.ledger().completed({0, 1});
	test.finish();
	test.deviates("[0,0] and [1,1] were removed; the error queue is empty");
}

/* An entry with what packet it carries, as read with room for so many bytes. */
struct Returned {
	Message message;
	Data packet;
};

Returned read_with_room(Test &test, Link &link, std::size_t room)
{
	std::array<std::uint8_t, errqueue::ample_control> control = {};
	Returned entry = {{}, Data(room)};
	iovec vector = {entry.packet.data(), entry.packet.size()};
	msghdr header = {};

	test.that("poll() for an entry", link.await_notification(), "POLLERR", "nothing");
	header.msg_iov = &vector;
	header.msg_iovlen = 1;
	header.msg_control = control.data();
	header.msg_controllen = control.size();
	const ssize_t returned = os::check(::recvmsg(link.sender(), &header, MSG_ERRQUEUE), "recvmsg()");
	entry.message = errqueue::parse(header, returned);
	entry.packet.resize(std::min<std::size_t>(returned, room));
	link.enter({entry.message});
	well_formed(test, entry.message);
	return entry;
}

REQUIREMENT("ZC-TS-05", observed,
	    "A timestamp without SOF_TIMESTAMPING_OPT_TSONLY returns the packet, with MSG_TRUNC when the "
	    "buffer is short; a completion never has payload.",
	    .code = "net/ipv4/ip_sockglue.c:ip_recv_error, skb_copy_datagram_msg");
/* ZC-TS-05. net/ipv4/ip_sockglue.c:ip_recv_error and net/ipv6/datagram.c:
 * ipv6_recv_error copy what the entry carries: of a timestamp the packet, headers
 * and all, unless SOF_TIMESTAMPING_OPT_TSONLY is set. */
CASE(timestamp_returns_its_packet_and_a_completion_nothing, .requirements = {"ZC-TS-05"},
     .paths = netns::simplest, .needs = harness::needs_stamped_packets)
{
	constexpr std::size_t ample = 4096;
	constexpr std::size_t short_of_it = 100;
	Link &link = test.connect();
	const Payload payload(1000);
	std::string id = "[0,0]";

	timestamp(link, SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_OPT_ID | SOF_TIMESTAMPING_TX_SCHED);
	for (const std::size_t room : {ample, short_of_it}) {
		send_zerocopy(test, link, payload);
		const Returned stamp = read_with_room(test, link, room);
		const std::string seen = errqueue::describe(stamp.message);

		test.equal("origin of the first entry", stamp.message.notifications[0].err.ee_origin,
			   SO_EE_ORIGIN_TIMESTAMPING);
		test.equal("msg_flags of the timestamp", stamp.message.flags,
			   room == ample ? MSG_ERRQUEUE : MSG_ERRQUEUE | MSG_TRUNC);
		if (room == ample)
			test.that("packet of the timestamp",
				  stamp.packet.size() > payload.size() &&
					  std::equal(payload.bytes().rbegin(), payload.bytes().rend(),
						     stamp.packet.rbegin()),
				  "headers and the bytes sent", seen);
		else
			test.equal("bytes of the packet", stamp.packet.size(), short_of_it);

		const Returned completion = read_with_room(test, link, room);
		test.equal("payload of the completion", completion.message.returned, 0);
		test.equal("msg_flags of the completion", completion.message.flags, MSG_ERRQUEUE);
		test.that("ids of the completion", kind(completion.message.notifications[0]) == id, id,
			  errqueue::describe(completion.message));
		id = "[1,1]";
	}
}

/* Sockets of this network namespace that are not freed: net/core/sock.c:__sk_free. */
long sockets_in_use()
{
	std::ifstream file("/proc/net/sockstat");
	std::string sockets;
	std::string used;
	long count = -1;

	file >> sockets >> used >> count;
	os::check(sockets == "sockets:" && used == "used" ? 0 : -1, "read /proc/net/sockstat");
	return count;
}

REQUIREMENT(
	"ZC-TS-06", past_bug,
	"Closing sockets with unread transmit timestamps of flagged sends leaks neither sockets nor "
	"packet buffers.",
	.code = "net/core/skbuff.c:__skb_tstamp_tx; net/core/sock.c:__sk_free",
	.kernels =
		"leaked until \"tcp/udp: Fix memleaks of sk and zerocopy skbs with TX timestamp.\" (6.1.28, "
		"6.4)");
REGRESSION("tcp/udp: Fix memleaks of sk and zerocopy skbs with TX timestamp",
	   "6.4, 6.1.28 [Debian 6.1.37-1], 5.10.180 [Debian 5.10.191-1]",
	   .cases = {"sockets_closed_with_unread_timestamps_are_freed"});
/* ZC-TS-06. net/core/skbuff.c:__skb_tstamp_tx: a timestamp's packet on the error
 * queue that held the notification structure, and this the socket, kept all three
 * for ever; fixed by "tcp/udp: Fix memleaks of sk and zerocopy skbs with TX
 * timestamp." (50749f2dd685). */
CASE(sockets_closed_with_unread_timestamps_are_freed, .requirements = {"ZC-TS-06"}, .paths = netns::simplest,
     .needs = harness::needs_stamped_packets)
{
	constexpr int rounds = 8; /* more than the sockets of others that may yet go */
	const Payload payload(1000);
	const netns::Network &network = test.network();
	const long before = sockets_in_use();

	for (int i = 0; i < rounds; i++) {
		Link link(network, test.transport());

		timestamp(link, SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_TX_SCHED |
					SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_TX_ACK);
		send_zerocopy(test, link, payload);
		link.deliver();
		test.that("poll() for the timestamps", errqueue::wait(link.sender()), "POLLERR", "nothing");
	}
	test.that("sockets in use once all are closed",
		  os::wait_until([&] { return sockets_in_use() <= before; }), std::to_string(before),
		  std::to_string(sockets_in_use()));
}

} // namespace
