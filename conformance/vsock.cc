// SPDX-License-Identifier: GPL-2.0
/* VSOCK: what its document and code promise beyond the other transports, whose cases
 * run on it too. Setup, ids, packets and messages. */
#include <fcntl.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <vector>

#include "errqueue/receive.h"
#include "harness/case.h"
#include "harness/test.h"
#include "harness/waiting.h"
#include "limits/limits.h"
#include "os/check.h"
#include "os/mapping.h"
#include "os/thread_in_call.h"
#include "transport/calls.h"
#include "transport/room.h"

namespace
{

using errqueue::Message;
using errqueue::Notification;
using harness::Test;
using os::Address;
using os::Bytes;
using os::Data;
using transport::Link;
using transport::Payload;
using transport::Sent;

/* The most that one packet carries: VIRTIO_VSOCK_MAX_PKT_BUF_SIZE. */
constexpr std::size_t packet = 64 << 10;

/* Both ends' buffers: what may be on its way. */
constexpr transport::LinkOptions small_credit = {.receive_buffer = static_cast<int>(packet)};

/* The errno of setsockopt(SO_ZEROCOPY, 1), 0 where it succeeds. */
int set_zerocopy(int socket)
{
	const int on = 1;

	return ::setsockopt(socket, SOL_SOCKET, SO_ZEROCOPY, &on, sizeof(on)) < 0 ? errno : 0;
}

int zerocopy(int socket)
{
	int value = -1;
	socklen_t length = sizeof(value);

	os::check(::getsockopt(socket, SOL_SOCKET, SO_ZEROCOPY, &value, &length), "getsockopt(SO_ZEROCOPY)");
	return value;
}

/* A message of these pieces. */
struct Pieces {
	explicit Pieces(const std::vector<Bytes> &pieces)
	{
		for (const Bytes piece : pieces) {
			vector.push_back({const_cast<std::uint8_t *>(piece.data()), piece.size()});
			size += piece.size();
		}
		message.msg_iov = vector.data();
		message.msg_iovlen = vector.size();
	}
	Pieces(const Pieces &) = delete;
	Pieces &operator=(const Pieces &) = delete;

	std::vector<iovec> vector;
	std::size_t size = 0;
	msghdr message = {};
};

/* More parts than any call here is sent in. */
constexpr unsigned most_surplus = 64;

/* Enter what is queued, and before it the ids that the kernel gave and no call should
 * have got. Returns how many. */
unsigned enter_with_surplus_ids(Link &link)
{
	const std::vector<Message> messages = errqueue::receive_queued(link.sender());
	unsigned surplus = 0;

	for (const Message &message : messages)
		for (const Notification &notification : message.notifications)
			for (; link.ledger().next_id() <= notification.ids().hi && surplus < most_surplus;
			     surplus++)
				link.ledger().sent();
	link.enter(messages);
	return surplus;
}

REQUIREMENT(
	"ZC-IN-02", promised,
	"AF_VSOCK stream and seqpacket sockets over a virtio family transport (virtio guest, vhost, "
	"loopback) accept SO_ZEROCOPY and complete flagged sends.",
	.rests_on = "ZC-IN-01",
	.code = "net/vmw_vsock/af_vsock.c:vsock_msgzerocopy_allow, virtio_transport.c and vsock_loopback.c: "
		"msgzerocopy_allow",
	.kernels =
		"since 6.7; in 6.1 neither document nor code know it: SO_ZEROCOPY gives EOPNOTSUPP and the "
		"flag is ignored");
DEVIATION("vsock-without-zerocopy", "ZC-IN-02", "4.14 to 6.7",
	  "SO_ZEROCOPY of a VSOCK socket fails with EOPNOTSUPP, and the flag changes nothing: the send "
	  "is a plain one without an id.",
	  "6.1's msg_zerocopy.rst: 'The feature is currently implemented for TCP and UDP sockets.'; "
	  "6.12's and 7.3's name VSOCK. 6.7 is by the subject 'vsock/virtio: MSG_ZEROCOPY flag "
	  "support' (581512a6dc93), its release is inferred.");
REQUIREMENT(
	"ZC-VS-13", past_bug, "Reading a VSOCK notification on a kernel with CONFIG_HARDENED_USERCOPY works.",
	.code = "net/core/sock.c:sock_recv_errqueue copies through the stack",
	.kernels =
		"panicked until \"net: sock: fix hardened usercopy panic in sock_recv_errqueue\" (6.1.161, "
		"6.12.66)");
/* ZC-IN-02. Intro: "VSOCK (with virtio transport) sockets". A kernel that does not know
 * it says so when the option is set, and takes the flag for none. */
CASE(vsock_completes_flagged_sends, .requirements = {"ZC-IN-02", "ZC-VS-13"}, .transports = transport::vsock,
     .paths = netns::simplest, .needs = harness::needs_vsock, .deviation = "vsock-without-zerocopy")
{
	Link &link = test.connect({.zerocopy = false});
	const Payload payload(link.usual_length());

	/* Before 6.1.64 it does not know MSG_ERRQUEUE either, and would wait for data. */
	os::check(::fcntl(link.sender(), F_SETFL, O_NONBLOCK), "F_SETFL");
	const int refused = set_zerocopy(link.sender());
	if (refused == EOPNOTSUPP) {
		test.sent(link.send_zerocopy(payload), payload.size());
		link.deliver();
		test.queue_empty(link);
		test.equal("option memory in use", transport::option_memory(link.sender()), 0);
		test.deviates("SO_ZEROCOPY is refused with EOPNOTSUPP, and the flag changes nothing");
	}
	test.equal("errno of setsockopt(SO_ZEROCOPY)", refused, 0);
	link.set_zerocopy(true);
	for (const std::uint32_t id : {0, 1, 2}) {
		test.sent(link.send_zerocopy(payload), payload.size());
		test.one_notification(link, {id, id});
	}
}

/* A socket of the transport that accepts connections on loopback. */
os::Fd listening(Test &test, Address &address)
{
	const transport::Transport &kind = test.transport();
	os::Fd listener(os::check(::socket(kind.family, kind.type | SOCK_CLOEXEC, 0), "socket(listener)"));

	address = transport::make_address(kind.family, test.network().addresses(kind.family).receiver, 0);
	os::check(::bind(listener.get(), address.get(), address.length), "bind(listener)");
	os::check(::listen(listener.get(), 1), "listen()");
	os::check(::getsockname(listener.get(), address.get(), &address.length), "getsockname()");
	return listener;
}

/* `from` sends with the flag, `to` gets the bytes, and `from` its notification. */
void completes(Test &test, const os::Fd &from, const os::Fd &to, std::uint32_t id)
{
	const Payload payload(10000);
	Data arrived(payload.size());

	test.equal("return value of the send call",
		   ::send(from.get(), payload.bytes().data(), payload.size(), MSG_ZEROCOPY), payload.size());
	os::check(::recv(to.get(), arrived.data(), arrived.size(), 0), "recv()");
	test.that("bytes at the peer", std::ranges::equal(arrived, payload.bytes()), "those sent", "others");
	test.that("poll() for the notification", errqueue::wait(from.get()), "POLLERR", "none");
	const auto message = errqueue::receive(from.get());
	test.equal("notifications read", message ? message->notifications.size() : 0, 1);
	test.well_formed(message->notifications.front());
	test.equal("range of the notification", message->notifications.front().ids(), {id, id});
}

REQUIREMENT(
	"ZC-SO-10", past_bug,
	"An accepted VSOCK socket does not inherit SO_ZEROCOPY, and the option can be set on it.",
	.code = "net/vmw_vsock/af_vsock.c:__vsock_create copies no socket flags; vsock_accept sets "
		"SOCK_CUSTOM_SOCKOPT",
	.kernels =
		"differs from TCP; until \"vsock: Make accept()ed sockets use custom setsockopt()\" (6.19, "
		"6.12.66) the accepted socket refused the option with EOPNOTSUPP");
DEVIATION("vsock-accepted-socket-refuses-option", "ZC-SO-10",
	  "6.7 to 6.12.66 [Debian 6.12.69-1], 6.13 to 6.18.6 [Debian 6.18.8-1]",
	  "setsockopt(SO_ZEROCOPY) on an accepted VSOCK socket fails with EOPNOTSUPP.",
	  "Debian 6.12.69-1, under ChangeLog-6.12.66: 'vsock: Make accept()ed sockets use custom "
	  "setsockopt()'; Debian 6.18.8-1, under ChangeLog-6.18.6: the same. Mainline 6.19 is inferred.");
REGRESSION("vsock: Make accept()ed sockets use custom setsockopt()",
	   "6.19, 6.18.6 [Debian 6.18.8-1], 6.12.66 [Debian 6.12.69-1]",
	   .cases = {"accepted_vsock_socket_has_the_option_of_its_own"});
/* ZC-SO-10. net/vmw_vsock/af_vsock.c:__vsock_create copies no flag of the listener, and
 * vsock_accept makes setsockopt() come to vsock_connectible_setsockopt. */
CASE(accepted_vsock_socket_has_the_option_of_its_own, .requirements = {"ZC-SO-10"},
     .transports = transport::vsock, .paths = netns::simplest,
     .deviation = "vsock-accepted-socket-refuses-option")
{
	Address address;
	const os::Fd listener = listening(test, address);
	const os::Fd client(os::check(
		::socket(test.transport().family, test.transport().type | SOCK_CLOEXEC, 0), "socket()"));

	test.equal("errno of setsockopt(SO_ZEROCOPY) at the listener", set_zerocopy(listener.get()), 0);
	transport::connect_patiently(client.get());
	os::check(::connect(client.get(), address.get(), address.length), "connect()");
	const os::Fd accepted(
		os::check(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC), "accept()"));
	test.equal("SO_ZEROCOPY of the accepted socket", zerocopy(accepted.get()), 0);
	test.equal("SO_ZEROCOPY of the connecting socket", zerocopy(client.get()), 0);
	if (const int refused = set_zerocopy(accepted.get())) {
		test.equal("errno of setsockopt(SO_ZEROCOPY) at the accepted socket", refused, EOPNOTSUPP);
		test.deviates("setsockopt(SO_ZEROCOPY) at the accepted socket fails with EOPNOTSUPP");
	}
	for (const std::uint32_t id : {0, 1})
		completes(test, accepted, client, id);
	/* And the other direction is another matter. */
	test.equal("SO_ZEROCOPY of the connecting socket", zerocopy(client.get()), 0);
}

REQUIREMENT("ZC-VS-02", observed,
	    "A VSOCK stream send of up to 64 KiB within the peer's credit has one id and completes "
	    "without SO_EE_CODE_ZEROCOPY_COPIED.",
	    .code = "net/vmw_vsock/virtio_transport_common.c:virtio_transport_send_pkt_info",
	    .kernels = "since 6.7");
REQUIREMENT(
	"ZC-VS-04", observed, "An iovec in the middle that is not page aligned is sent without a copy.",
	.code = "net/vmw_vsock/virtio_transport_common.c:virtio_transport_can_zcopy tests iov_offset at the "
		"start only",
	.kernels = "since 6.7");
/* ZC-VS-02, ZC-VS-04. Notifications: "The counter counts system call invocations, not
 * bytes". One packet, of pages and of parts of pages: virtio_transport_can_zcopy looks
 * at where the whole begins only. */
CASE(vsock_packet_has_one_id_and_is_not_copied, .requirements = {"ZC-VS-02", "ZC-VS-04", "ZC-CT-02"},
     .transports = transport::vsock, .paths = netns::shares)
{
	Link &link = test.connect();
	const std::size_t page = limits::page_size();
	const std::size_t part = std::min(page, packet / 4); /* three are one packet */
	const Payload payload(std::max(packet, 5 * page));
	const std::vector<std::vector<Bytes>> vectors = {
		{payload.first(1)},
		{payload.from(page - 1, 2)},
		{payload.first(packet)},
		{payload.from(0, part), payload.from(2 * page, part), payload.from(4 * page, 200)},
		{payload.from(0, part), payload.from(2 * page + 1, 100), payload.from(4 * page, part)},
	};
	std::uint32_t id = 0;

	for (const std::vector<Bytes> &each : vectors) {
		const Pieces pieces(each);

		test.sent(link.send_message(pieces.message, MSG_ZEROCOPY), pieces.size);
		link.release();
		test.one_notification(link, {id, id});
		id++;
	}
}

REQUIREMENT(
	"ZC-VS-03", past_bug,
	"A VSOCK send above 64 KiB within the peer's credit goes out in several packets, has one id, "
	"and completes after the last of them is freed.",
	.code = "net/vmw_vsock/virtio_transport_common.c:virtio_transport_send_pkt_info",
	.kernels =
		"since \"vsock/virtio: fix zerocopy completion for multi-skb sends\" (7.1, 7.0.11, 6.18.34, "
		"6.12.97; CVE-2026-53365) every packet holds the id; before, only the last one did");
DEVIATION("vsock-completion-before-last-use", "ZC-VS-03",
	  "6.7 to 6.12.97 [Debian 6.12.100-1], 6.13 to 6.18.34, 6.19 to 7.0.11 [Debian 7.0.12-1]",
	  "A VSOCK send of several packets has one id that only its last packet holds: where the "
	  "receiver frees that before the others, the notification comes while earlier packets still "
	  "use the pages.",
	  "Debian 6.12.100-1, under ChangeLog-6.12.97: 'vsock/virtio: fix zerocopy completion for "
	  "multi-skb sends (CVE-2026-53365)'; announcement of 6.18.34 (1 June 2026): the same subject; "
	  "Debian 7.0.12-1, under ChangeLog-7.0.11. Mainline 7.1 (ae38d9179190) is inferred.");
REGRESSION("vsock/virtio: fix zerocopy completion for multi-skb sends (CVE-2026-53365)",
	   "7.1, 7.0.11 [Debian 7.0.12-1], 6.18.34, 6.12.97 [Debian 6.12.100-1]",
	   .cases = {"vsock_send_of_several_packets_completes_with_its_last"});
/* ZC-VS-03. As above, of more than one packet: each holds the id since "vsock/virtio:
 * fix zerocopy completion for multi-skb sends", the last one before. Read in order they
 * are done with when the last one is. */
CASE(vsock_send_of_several_packets_completes_with_its_last, .requirements = {"ZC-VS-03", "ZC-CT-02"},
     .transports = transport::vsock_stream, .paths = netns::holds | netns::local)
{
	Link &link = test.connect();
	const std::size_t page = limits::page_size();
	const Payload payload(3 * packet + 3 * page);
	const Pieces three({payload.first(packet), payload.from(packet + page, packet),
			    payload.from(2 * packet + 2 * page + 1, packet - 1)});
	Data part(three.size - 1);

	test.sent(link.send_message(three.message, MSG_ZEROCOPY), three.size);
	test.equal("bytes read", ::recv(link.receiver(), part.data(), part.size(), MSG_WAITALL), part.size());
	link.transcript().arrived(part);
	test.queue_empty(link);
	link.release();
	test.one_notification(link, {0, 0});
}

/* ZC-VS-03, the same of a message, which is read in one piece. */
CASE(vsock_message_of_several_packets_has_one_id, .requirements = {"ZC-VS-03", "ZC-CT-02", "ZC-VS-17"},
     .transports = transport::seqpacket, .paths = netns::shares)
{
	Link &link = test.connect();
	const Payload payload(5 * packet);
	std::uint32_t id = 0;

	for (const std::size_t length : {packet + 1, 3 * packet, 5 * packet - 1}) {
		test.sent(link.send_zerocopy(payload.first(length)), length);
		link.release();
		test.one_notification(link, {id, id});
		id++;
	}
}

void all_copied(Test &test, const Link &link)
{
	for (const Message &message : link.history())
		for (const Notification &notification : message.notifications) {
			test.well_formed(notification);
			test.that("ee_code of what the credit cut", notification.copied(),
				  "SO_EE_CODE_ZEROCOPY_COPIED", errqueue::describe(notification));
		}
}

REQUIREMENT("ZC-VS-22", observed,
	    "What a VSOCK send cannot hand over as a whole, for want of credit, is copied and completes "
	    "with SO_EE_CODE_ZEROCOPY_COPIED.",
	    .code = "net/vmw_vsock/virtio_transport_common.c:virtio_transport_can_zcopy",
	    .kernels = "since 6.7");
/* ZC-CT-08, ZC-CP-16. virtio_transport_can_zcopy: what is not sent as a whole is copied,
 * and says so. */
CASE(vsock_short_count_counts_once_and_is_copied, .requirements = {"ZC-CT-08", "ZC-VS-22"},
     .transports = transport::vsock_stream, .paths = netns::simplest)
{
	Link &link = test.connect(small_credit);
	const Payload payload(3 * packet);

	test.sent(link.send_zerocopy(payload), packet);
	test.refused(link.send_zerocopy(payload), EAGAIN);
	link.deliver();
	test.one_completion(link, {0, 0});
	all_copied(test, link);
}

REQUIREMENT("ZC-VS-05", promised,
	    "A VSOCK send larger than the peer's credit is one system call and has one id.",
	    .rests_on = "ZC-CT-02",
	    .code = "net/vmw_vsock/af_vsock.c:vsock_connectible_sendmsg, "
		    "virtio_transport_common.c:virtio_transport_send_pkt_info",
	    .kernels = "since 6.7");
DEVIATION("vsock-send-split-into-several-ids", "ZC-VS-05", "6.7 on",
	  "A blocking VSOCK send larger than the peer's credit returns its full length and has one id "
	  "for each part the credit let through, all consecutive; parts that do not reach the end of "
	  "the iovecs are copied and have SO_EE_CODE_ZEROCOPY_COPIED.",
	  "Not fixed: read again in the sources of Debian's 6.1.192-3, 6.12.118-1 and 7.3.4-1~bpo13+1; "
	  "no subject of a fix in any changelog read, up to 7.3.4. The start is that of the feature "
	  "and is inferred.");
/* ZC-VS-05. As ZC-VS-02: one call, however often af_vsock.c:vsock_connectible_sendmsg
 * asks the transport to send the next part. */
CASE(vsock_send_beyond_the_credit_has_one_id, .requirements = {"ZC-VS-05", "ZC-VS-22"},
     .transports = transport::vsock_stream, .paths = netns::simplest,
     .deviation = "vsock-send-split-into-several-ids")
{
	Link &link = test.connect(small_credit);
	const Payload payload(4 * packet + 1000);
	os::ThreadInCall sender = transport::send_in_thread(link, payload);

	harness::blocks(test, sender, "send call beyond the credit");
	link.account({static_cast<ssize_t>(payload.size()), 0}, payload, MSG_ZEROCOPY); /* in advance */
	link.deliver();
	test.sent(harness::returns(test, sender, "send()"), payload.size());
	const unsigned surplus = enter_with_surplus_ids(link);
	test.completions_settle(link);
	all_copied(test, link);
	const std::uint32_t next = link.ledger().next_id();
	transport::await_room(link);
	test.sent(link.send_zerocopy(payload.first(1000)), 1000);
	test.one_notification(link, {next, next});
	if (surplus)
		test.deviates("ids of one call: " + std::to_string(surplus + 1));
}

REQUIREMENT(
	"ZC-VS-07", observed,
	"A VSOCK seqpacket message above the buffer limit fails with EMSGSIZE and has no id.",
	.code = "net/vmw_vsock/virtio_transport_common.c:virtio_transport_seqpacket_enqueue",
	.kernels = "the limit is the smaller of the peer's and the local buffer since \"vsock/virtio: cap TX "
		   "credit to local buffer size\" (6.12.68), the peer's alone before");
REGRESSION("vsock/virtio: cap TX credit to local buffer size (CVE-2026-23086)",
	   "6.18.8, 6.12.68 [Debian 6.12.69-1], 6.1.162",
	   .cases = {"vsock_message_above_the_buffer_is_refused"});
/* ZC-VS-07. virtio_transport_seqpacket_enqueue. */
CASE(vsock_message_above_the_buffer_is_refused, .requirements = {"ZC-VS-07"},
     .transports = transport::seqpacket, .paths = netns::simplest)
{
	Link &link = test.connect(small_credit);
	const Payload payload(2 * packet);

	for (const std::uint32_t id : {0, 1}) {
		/* Where there is none at all, that comes first. */
		transport::await_room(link);
		for (const std::size_t length : {packet + 1, payload.size()}) {
			test.refused(link.send(payload.first(length)), EMSGSIZE);
			test.refused(link.send_zerocopy(payload.first(length)), EMSGSIZE);
		}
		test.queue_empty(link);
		test.sent(link.send_zerocopy(payload.first(packet)), packet);
		test.one_notification(link, {id, id});
	}
}

REQUIREMENT(
	"ZC-VS-17", observed, "A flagged VSOCK message arrives as one message, with its MSG_EOR.",
	.code = "net/vmw_vsock/virtio_transport_common.c:virtio_transport_alloc_skb marks the last packet",
	.kernels = "since 6.7");
/* ZC-VS-17. recv(2), MSG_EOR: "the termination of a record", which a flagged message
 * keeps. */
CASE(vsock_message_keeps_its_end_of_record, .requirements = {"ZC-VS-17"}, .transports = transport::seqpacket,
     .paths = netns::simplest | netns::local)
{
	Link &link = test.connect();
	const Payload payload(2 * packet);
	std::uint32_t id = 0;

	for (const int flag : {static_cast<int>(MSG_EOR), 0, static_cast<int>(MSG_EOR)})
		for (const std::size_t length : {std::size_t{100}, payload.size()}) {
			Data arrived(payload.size());
			iovec vector = {arrived.data(), arrived.size()};
			msghdr message = {};

			message.msg_iov = &vector;
			message.msg_iovlen = 1;
			test.sent(link.send_zerocopy(payload.first(length), flag), length);
			test.equal("bytes of the message", ::recvmsg(link.receiver(), &message, 0), length);
			link.transcript().arrived(Bytes(arrived).first(length));
			test.equal("msg_flags", message.msg_flags, flag);
			test.one_notification(link, {id, id});
			id++;
		}
}

/* What the receiver gets in one read. */
Data read_message(Test &test, Link &link)
{
	Data message(4 * packet);
	pollfd poll = {link.receiver(), POLLIN, 0};

	test.equal("poll() for a message", ::poll(&poll, 1, os::Deadline().left_ms()), 1);
	message.resize(os::check(::recv(link.receiver(), message.data(), message.size(), 0), "recv()"));
	return message;
}

/*
 * A flagged message has failed. The next one is what the receiver gets, and what has the
 * first id that is left. The known deviation: some of the failed one is there before it,
 * in the same message, and may have an id.
 */
void judge_failed_message(Test &test, Link &link, Bytes failed)
{
	const Payload next(1000); /* not small enough to be appended to what precedes it */
	const std::uint32_t id = link.ledger().next_id();

	transport::await_room(link);
	test.sent(link.send_zerocopy(next), next.size());
	const Data arrived = read_message(test, link);
	if (std::ranges::equal(arrived, next.bytes())) {
		link.transcript().arrived(arrived);
		test.one_notification(link, {id, id});
		return;
	}
	const std::size_t surplus = arrived.size() - std::min(arrived.size(), next.size());
	test.that("message after one that failed",
		  surplus > 0 && surplus < failed.size() &&
			  std::ranges::equal(Bytes(arrived).first(surplus), failed.first(surplus)) &&
			  std::ranges::equal(Bytes(arrived).subspan(surplus), next.bytes()),
		  "that message", std::to_string(arrived.size()) + " bytes");
	link.waive_delivery();
	test.that("ids of the message that failed", enter_with_surplus_ids(link) <= 1, "none or one", "more");
	test.completions_settle(link);
	test.deviates(std::to_string(surplus) + " bytes of the message that failed precede the next one in " +
		      "it; ids: " + link.ledger().describe());
}

REQUIREMENT("ZC-VS-18", promised, "A flagged VSOCK message that fails has sent nothing, and has no id.",
	    .rests_on = "ZC-TX-02", .code = "net/vmw_vsock/af_vsock.c:vsock_connectible_sendmsg",
	    .kernels = "a plain message that fails is sent in part, too");
DEVIATION("vsock-failed-message-is-sent-in-part", "ZC-VS-18", "6.7 on",
	  "A VSOCK message that fails with EAGAIN as there is credit for some of it, or with ENOMEM as "
	  "it cannot be read beyond its first packet, has been sent up to there: the receiver gets "
	  "that at the start of the next message. Where the part took a notification structure it has "
	  "an id.",
	  "Not fixed: seen on 7.3.4 (docs/deviations.md), and no subject of a fix in any changelog "
	  "read, up to 7.3.4; the source was not read again. The start is that of the feature and is "
	  "inferred.");
/* ZC-VS-18. A message goes as a whole or not at all: here there is credit for some of it
 * (vsock_connectible_sendmsg: "whole buffer is sent"). */
CASE(vsock_message_beyond_the_credit_left_sends_nothing, .requirements = {"ZC-VS-18"},
     .transports = transport::seqpacket, .paths = netns::simplest | netns::local,
     .deviation = "vsock-failed-message-is-sent-in-part")
{
	Link &link = test.connect(small_credit);
	const Payload payload(packet);

	test.sent(link.send(payload.first(packet / 2)), packet / 2);
	test.refused(link.send_zerocopy(payload), EAGAIN);
	link.deliver();
	judge_failed_message(test, link, payload);
}

/* ZC-VS-18. As above, where the message cannot be read beyond its first packet. */
CASE(vsock_message_from_a_bad_address_sends_nothing, .requirements = {"ZC-VS-18"},
     .transports = transport::seqpacket, .paths = netns::simplest | netns::local,
     .deviation = "vsock-failed-message-is-sent-in-part")
{
	Link &link = test.connect();
	const Payload payload(packet + limits::page_size());
	const os::Mapping unreadable(limits::page_size(), PROT_NONE);
	const Pieces pieces({payload.first(packet), unreadable.bytes()});

	const Sent sent = link.send_message(pieces.message, MSG_ZEROCOPY);
	test.that("return value of the send call", !sent.ok(), "-1", transport::describe(sent));
	judge_failed_message(test, link, payload);
}

REQUIREMENT(
	"ZC-VS-09", observed,
	"Where a send has more pages than the transmit virtqueue has room, it is copied, and its "
	"completion has SO_EE_CODE_ZEROCOPY_COPIED.",
	.code = "net/vmw_vsock/virtio_transport.c:virtio_transport_can_msgzerocopy", .kernels = "since 6.7",
	.not_judged =
		"needs a virtio device whose ring has fewer than 18 buffers: QEMU's has 128, vhost is not "
		"asked");
REQUIREMENT("ZC-VS-15", observed, "A VSOCK datagram socket ignores the flag.",
	    .code = "net/vmw_vsock/af_vsock.c:vsock_dgram_sendmsg",
	    .not_judged = "needs a VSOCK transport with datagrams (VMCI)");

} // namespace
