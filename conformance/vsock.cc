// SPDX-License-Identifier: GPL-2.0
/* VSOCK: promises beyond those of the other transports, whose cases run on it too. Setup,
 * ids, packets and messages. */
#include <fcntl.h>

#include "conformance/chapter.h"
#include "transport/vsock.h"

namespace
{

constexpr std::size_t packet = transport::vsock_packet;

/* Buffers of both ends: one packet may be on its way. */
constexpr transport::LinkOptions small_credit = {.receive_buffer = static_cast<int>(packet)};

REQUIREMENT("ZC-IN-02", promised,
	    "AF_VSOCK stream and seqpacket sockets over a virtio family transport (virtio guest, vhost, "
	    "loopback) accept SO_ZEROCOPY and complete flagged sends.",
	    .rests_on = "ZC-IN-01",
	    .code = "net/vmw_vsock/af_vsock.c:vsock_msgzerocopy_allow, virtio_transport.c and "
		    "vsock_loopback.c: msgzerocopy_allow",
	    .kernels = "since 6.7; in 6.1 neither document nor code know it: SO_ZEROCOPY gives EOPNOTSUPP "
		       "and the flag is ignored");
DEVIATION("vsock-without-zerocopy", "ZC-IN-02", "4.14 to 6.7",
	  "SO_ZEROCOPY of a VSOCK socket fails with EOPNOTSUPP or ENOTSUPP, and the flag changes nothing: "
	  "the send is a "
	  "plain one without an id.",
	  "6.1's msg_zerocopy.rst: 'The feature is currently implemented for TCP and UDP sockets.'; 6.12's "
	  "and 7.3's name VSOCK. 6.7 is by the subject 'vsock/virtio: MSG_ZEROCOPY flag support' "
	  "(581512a6dc93), its release is inferred.",
	  .besides = catalogue::Besides::not_offered, .fix = "vsock/virtio: MSG_ZEROCOPY flag support");
REQUIREMENT("ZC-VS-13", past_bug,
	    "Reading a VSOCK notification on a kernel with CONFIG_HARDENED_USERCOPY works.",
	    .code = "net/core/sock.c:sock_recv_errqueue copies through the stack",
	    .kernels = "panicked until \"net: sock: fix hardened usercopy panic in sock_recv_errqueue\" "
		       "(6.18.6, 6.12.66, 6.1.161, 5.10.248)");
/* A kernel without the feature refuses the option, and ignores the flag. */
CASE(vsock_completes_flagged_sends, .requirements = {"ZC-IN-02", "ZC-VS-13"}, .transports = transport::vsock,
     .paths = netns::simplest, .needs = needs_vsock, .deviation = "vsock-without-zerocopy")
{
	Link &link = test.connect({.zerocopy = false});

	/* Such a kernel may not know MSG_ERRQUEUE either, and would wait for data. */
	os::check(::fcntl(link.sender(), F_SETFL, O_NONBLOCK), "F_SETFL");
	const int refused = set_zerocopy(link.sender(), 1);
	if (refused == EOPNOTSUPP || refused == os::enotsupp) {
		sends(test, link);
		link.deliver();
		test.queue_empty(link);
		option_memory_is(test, link, 0);
		test.deviates("SO_ZEROCOPY is refused with " + os::error_name(refused) +
			      ", and the flag changes nothing");
	}
	error_is(test, "setsockopt(SO_ZEROCOPY)", refused, 0);
	link.set_zerocopy(true);
	for (const std::uint32_t id : {0, 1, 2}) {
		sends(test, link);
		test.one_notification(link, {id, id});
	}
}

REQUIREMENT("ZC-SO-15", observed, "An accepted VSOCK socket does not inherit SO_ZEROCOPY.",
	    .code = "net/vmw_vsock/af_vsock.c:__vsock_create copies no socket flags",
	    .kernels = "since 6.7; TCP does otherwise: ZC-SO-09");
REQUIREMENT("ZC-SO-10", past_bug, "SO_ZEROCOPY can be set on an accepted VSOCK socket.",
	    .code = "net/vmw_vsock/af_vsock.c:vsock_accept sets SOCK_CUSTOM_SOCKOPT",
	    .kernels = "until \"vsock: Make accept()ed sockets use custom setsockopt()\" (6.19, 6.18.6, "
		       "6.12.66) the accepted socket refused the option with EOPNOTSUPP");
DEVIATION("vsock-accepted-socket-refuses-option", "ZC-SO-10",
	  "6.7 to 6.12.66 [Debian 6.12.69-1], 6.13 to 6.18.6 [Debian 6.18.8-1]",
	  "setsockopt(SO_ZEROCOPY) on an accepted VSOCK socket fails with EOPNOTSUPP.",
	  "Debian 6.12.69-1, under ChangeLog-6.12.66: 'vsock: Make accept()ed sockets use custom "
	  "setsockopt()'; Debian 6.18.8-1, under ChangeLog-6.18.6: the same. Mainline 6.19 is inferred.",
	  .fix = "vsock: Make accept()ed sockets use custom setsockopt()");
REGRESSION("vsock: Make accept()ed sockets use custom setsockopt()",
	   "6.19, 6.18.6 [Debian 6.18.8-1], 6.12.66 [Debian 6.12.69-1]",
	   .cases = {"accepted_vsock_socket_has_the_option_of_its_own"});
CASE(accepted_vsock_socket_has_the_option_of_its_own, .requirements = {"ZC-SO-10", "ZC-SO-15"},
     .transports = transport::vsock, .paths = netns::simplest,
     .deviation = "vsock-accepted-socket-refuses-option")
{
	const Bound listener = listener_at_receiver(test);
	const os::Fd client = new_socket(test);

	error_is(test, "setsockopt(SO_ZEROCOPY) at the listener", set_zerocopy(listener.socket.get(), 1), 0);
	transport::connect_patiently(client.get());
	os::connect(client.get(), listener.address);
	const os::Fd accepted = os::accept(listener.socket.get());
	const int inherited = zerocopy(accepted.get());
	test.keeps("ZC-SO-15", "SO_ZEROCOPY of the accepted socket", inherited == 0, "0",
		   std::to_string(inherited));
	test.equal("SO_ZEROCOPY of the connecting socket", zerocopy(client.get()), 0);
	if (const int refused = set_zerocopy(accepted.get(), 1)) {
		error_is(test, "setsockopt(SO_ZEROCOPY) at the accepted socket", refused, EOPNOTSUPP);
		test.deviates("setsockopt(SO_ZEROCOPY) at the accepted socket fails with EOPNOTSUPP");
	}
	for (const std::uint32_t id : {0, 1})
		completes(test, accepted.get(), client.get(), id);
	/* The other direction is not affected. */
	test.equal("SO_ZEROCOPY of the connecting socket", zerocopy(client.get()), 0);
}

REQUIREMENT("ZC-VS-02", observed,
	    "A VSOCK stream send of up to 64 KiB within the peer's credit has one id and completes without "
	    "SO_EE_CODE_ZEROCOPY_COPIED.",
	    .code = "net/vmw_vsock/virtio_transport_common.c:virtio_transport_send_pkt_info",
	    .kernels = "since 6.7; that there is one id is promised: ZC-CT-02");
REQUIREMENT("ZC-VS-04", observed, "An iovec in the middle that is not page aligned is sent without a copy.",
	    .code = "net/vmw_vsock/virtio_transport_common.c:virtio_transport_can_zcopy tests iov_offset at "
		    "the start only",
	    .kernels = "since 6.7");
/* One packet, of pages and of parts of pages: only where the whole begins matters. */
CASE(vsock_packet_has_one_id_and_is_not_copied, .requirements = {"ZC-VS-02", "ZC-VS-04", "ZC-CT-02"},
     .transports = transport::vsock, .paths = netns::shares)
{
	Link &link = test.connect();
	const std::size_t page = page_size();
	const std::size_t part = std::min(page, packet / 4); /* three are one packet */
	const Payload payload(std::max(packet, 5 * page));
	const std::vector<Outgoing> messages = {
		Outgoing{payload.first(1)},
		Outgoing{payload.from(page - 1, 2)},
		Outgoing{payload.first(packet)},
		Outgoing{payload.from(0, part), payload.from(2 * page, part), payload.from(4 * page, 200)},
		Outgoing{payload.from(0, part), payload.from(2 * page + 1, 100),
			 payload.from(4 * page, part)},
	};
	std::uint32_t id = 0;

	for (const Outgoing &message : messages)
		next_id_is(test, link, message, id++);
}

REQUIREMENT(
	"ZC-VS-03", past_bug,
	"A VSOCK send above 64 KiB within the peer's credit goes out in several packets, has one id, and "
	"completes after the last of them is freed.",
	.code = "net/vmw_vsock/virtio_transport_common.c:virtio_transport_send_pkt_info",
	.kernels =
		"since \"vsock/virtio: fix zerocopy completion for multi-skb sends\" (7.1, 7.0.11, 6.18.34, "
		"6.12.97; CVE-2026-53365) every packet holds the id; before, only the last one did");
DEVIATION("vsock-completion-before-last-use", "ZC-VS-03",
	  "6.7 to 6.12.97 [Debian 6.12.100-1], 6.13 to 6.18.34, 6.19 to 7.0.11 [Debian 7.0.12-1]",
	  "A VSOCK send of several packets has one id that only its last packet holds: where the receiver "
	  "frees that before the others, the notification comes while earlier packets still use the pages.",
	  "Debian 6.12.100-1, under ChangeLog-6.12.97: 'vsock/virtio: fix zerocopy completion for multi-skb "
	  "sends (CVE-2026-53365)'; announcement of 6.18.34 (1 June 2026): the same subject; Debian "
	  "7.0.12-1, under ChangeLog-7.0.11. Mainline 7.1 (ae38d9179190) is inferred.",
	  .fix = "vsock/virtio: fix zerocopy completion for multi-skb sends (CVE-2026-53365)");
REGRESSION("vsock/virtio: fix zerocopy completion for multi-skb sends (CVE-2026-53365)",
	   "7.1, 7.0.11 [Debian 7.0.12-1], 6.18.34, 6.12.97 [Debian 6.12.100-1]",
	   .cases = {"vsock_send_of_several_packets_completes_with_its_last"});
/* Packets that are read in order are done with when the last one is. */
CASE(vsock_send_of_several_packets_completes_with_its_last, .requirements = {"ZC-VS-03", "ZC-CT-02"},
     .transports = transport::vsock_stream, .paths = netns::holds | netns::local)
{
	Link &link = test.connect();
	const std::size_t page = page_size();
	const Payload payload(3 * packet + 3 * page);
	const std::array<Bytes, 3> pieces = {payload.first(packet), payload.from(packet + page, packet),
					     payload.from(2 * packet + 2 * page + 1, packet - 1)};

	sends(test, link, Outgoing{pieces[0], pieces[1], pieces[2]});
	/* All but the last byte. */
	for (const Bytes piece : {pieces[0], pieces[1], pieces[2].first(packet - 2)}) {
		receives(test, link.receiver(), piece);
		link.transcript().arrived(piece);
	}
	test.queue_empty(link);
	link.release();
	test.one_notification(link, {0, 0});
}

/* A message is read in one piece. */
CASE(vsock_message_of_several_packets_has_one_id, .requirements = {"ZC-VS-03", "ZC-CT-02", "ZC-VS-17"},
     .transports = transport::seqpacket, .paths = netns::shares)
{
	Link &link = test.connect();
	const Payload payload(5 * packet);
	std::uint32_t id = 0;

	for (const std::size_t length : {packet + 1, 3 * packet, 5 * packet - 1})
		next_id_is(test, link, payload.first(length), id++);
}

constexpr const char *cut_by_credit = "ee_code of a send that the credit cut";

REQUIREMENT("ZC-VS-22", observed,
	    "A VSOCK send that cannot be handed over as a whole for want of credit is copied and completes "
	    "with SO_EE_CODE_ZEROCOPY_COPIED.",
	    .code = "net/vmw_vsock/virtio_transport_common.c:virtio_transport_can_zcopy",
	    .kernels = "since 6.7");
CASE(vsock_short_count_counts_once_and_is_copied, .requirements = {"ZC-CT-08", "ZC-VS-22"},
     .transports = transport::vsock_stream, .paths = netns::simplest)
{
	Link &link = test.connect(small_credit);
	const Payload payload(3 * packet);

	test.sent(link.send_zerocopy(payload), packet);
	test.refused(link.send_zerocopy(payload), EAGAIN);
	link.deliver();
	test.one_completion(link, {0, 0});
	all_copied(test, link, cut_by_credit);
}

REQUIREMENT("ZC-VS-05", promised,
	    "A VSOCK send larger than the peer's credit is one system call and has one id.",
	    .rests_on = "ZC-CT-02",
	    .code = "net/vmw_vsock/af_vsock.c:vsock_connectible_sendmsg, "
		    "virtio_transport_common.c:virtio_transport_send_pkt_info",
	    .kernels = "since 6.7");
DEVIATION("vsock-send-split-into-several-ids", "ZC-VS-05", "6.7 on",
	  "A blocking VSOCK send larger than the peer's credit returns its full length and has one id for "
	  "each part the credit let through, all consecutive; parts that do not reach the end of the iovecs "
	  "are copied and have SO_EE_CODE_ZEROCOPY_COPIED.",
	  catalogue::not_fixed_read);
/* The call is one, however often it asks the transport to send the next part. */
CASE(vsock_send_beyond_the_credit_has_one_id, .requirements = {"ZC-VS-05", "ZC-VS-22"},
     .transports = transport::vsock_stream, .paths = netns::simplest,
     .deviation = "vsock-send-split-into-several-ids")
{
	Link &link = test.connect(small_credit);
	const Payload payload(4 * packet + 1000);
	ThreadInCall sender = transport::send_in_thread(link, payload);

	blocks(test, sender, "send call beyond the credit");
	/* The books need the bytes before the receiver reads them. */
	link.account(transport::all_of(payload), payload, MSG_ZEROCOPY);
	link.deliver();
	returns(test, sender, "send()", static_cast<ssize_t>(payload.size()));
	const unsigned surplus = enter_with_surplus_ids(link);
	test.completions_settle(link);
	all_copied(test, link, cut_by_credit);
	const std::uint32_t next = link.ledger().next_id();
	has_room(test, link);
	next_id_is(test, link, payload.first(1000), next);
	if (surplus)
		test.deviates("ids of one call: " + std::to_string(surplus + 1));
}

REQUIREMENT("ZC-VS-07", observed,
	    "A VSOCK seqpacket message above the buffer limit fails with EMSGSIZE and has no id.",
	    .code = "net/vmw_vsock/virtio_transport_common.c:virtio_transport_seqpacket_enqueue",
	    .kernels = "that there is no id is promised: ZC-TX-02; the limit is the smaller of the peer's "
		       "and the local buffer since \"vsock/virtio: cap TX credit to local buffer size\" "
		       "(6.18.8, 6.12.68, 6.1.162), the peer's alone before");
REGRESSION("vsock/virtio: cap TX credit to local buffer size (CVE-2026-23086)",
	   "6.18.8, 6.12.68 [Debian 6.12.69-1], 6.1.162",
	   .cases = {"vsock_message_above_the_buffer_is_refused"});
CASE(vsock_message_above_the_buffer_is_refused, .requirements = {"ZC-VS-07"},
     .transports = transport::seqpacket, .paths = netns::simplest)
{
	Link &link = test.connect(small_credit);
	const Payload payload(2 * packet);

	for (const std::uint32_t id : {0, 1}) {
		/* Without any credit the send would fail for that. */
		has_room(test, link);
		for (const std::size_t length : {packet + 1, payload.size()}) {
			test.refused(link.send(payload.first(length)), EMSGSIZE);
			test.refused(link.send_zerocopy(payload.first(length)), EMSGSIZE);
		}
		test.queue_empty(link);
		next_id_is(test, link, payload.first(packet), id);
	}
}

REQUIREMENT(
	"ZC-VS-17", observed, "A flagged VSOCK message arrives as one message, with its MSG_EOR.",
	.code = "net/vmw_vsock/virtio_transport_common.c:virtio_transport_alloc_skb marks the last packet",
	.kernels = "since 6.7");
/* A message may be one packet, or several. */
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
			sends(test, link, payload.first(length), flag);
			returned(test, "recvmsg()", Returned::of(::recvmsg(link.receiver(), &message, 0)),
				 static_cast<ssize_t>(length));
			link.transcript().arrived(Bytes(arrived).first(length));
			test.equal("msg_flags", message.msg_flags, flag, os::message_flags);
			test.one_notification(link, {id, id});
			id++;
		}
}

/*
 * A flagged message has failed. The receiver gets the next one, which has the first id that
 * is left. The known deviation: a part of the failed message precedes it, in the same
 * message, and may have an id.
 */
void judge_failed_message(At at, Link &link, Bytes failed)
{
	const Payload next(1000); /* not small enough to be appended to what precedes it */
	const std::uint32_t id = link.ledger().next_id();

	has_room(at, link);
	sends(at, link, next);
	const Data arrived = received(at, link.receiver(), 4 * packet);
	if (std::ranges::equal(arrived, next.bytes())) {
		link.transcript().arrived(arrived);
		at->one_notification(link, {id, id});
		return;
	}
	const std::size_t surplus = arrived.size() - std::min(arrived.size(), next.size());
	at->that("message after one that failed",
		 surplus > 0 && surplus < failed.size() &&
			 std::ranges::equal(Bytes(arrived).first(surplus), failed.first(surplus)) &&
			 std::ranges::equal(Bytes(arrived).subspan(surplus), next.bytes()),
		 "that message", std::to_string(arrived.size()) + " bytes");
	link.waive_delivery();
	at->that("ids of the message that failed", enter_with_surplus_ids(link) <= 1, "none or one", "more");
	at->completions_settle(link);
	at->deviates(std::to_string(surplus) + " bytes of the message that failed precede the next one in " +
		     "it; ids: " + link.ledger().describe());
}

REQUIREMENT("ZC-VS-18", promised, "A flagged VSOCK message that fails has sent nothing, and has no id.",
	    .rests_on = "ZC-TX-02", .code = "net/vmw_vsock/af_vsock.c:vsock_connectible_sendmsg",
	    .kernels = "that nothing was sent is observed, not promised: a plain message that fails is sent "
		       "in part, too");
DEVIATION("vsock-failed-message-is-sent-in-part", "ZC-VS-18", "6.7 on",
	  "A VSOCK message that fails with EAGAIN as there is credit for some of it, or with ENOMEM as it "
	  "cannot be read beyond its first packet, has been sent up to there: the receiver gets that at the "
	  "start of the next message. Where the part took a notification structure it has an id.",
	  catalogue::not_fixed_seen);
/* There is credit for a part of the message only. */
CASE(vsock_message_beyond_the_credit_left_sends_nothing, .requirements = {"ZC-VS-18"},
     .transports = transport::seqpacket, .paths = netns::simplest | netns::local,
     .deviation = "vsock-failed-message-is-sent-in-part")
{
	Link &link = test.connect(small_credit);
	const Payload payload(packet);

	plainly_sends(test, link, payload.first(packet / 2));
	test.refused(link.send_zerocopy(payload), EAGAIN);
	link.deliver();
	judge_failed_message(test, link, payload);
}

/* The message cannot be read beyond its first packet. */
CASE(vsock_message_from_a_bad_address_sends_nothing, .requirements = {"ZC-VS-18"},
     .transports = transport::seqpacket, .paths = netns::simplest | netns::local,
     .deviation = "vsock-failed-message-is-sent-in-part")
{
	Link &link = test.connect();
	const Payload payload(packet + page_size());
	const Mapping unreadable(page_size(), PROT_NONE);

	const Sent sent =
		link.send_message(Outgoing{payload.first(packet), unreadable.bytes()}.header(), MSG_ZEROCOPY);
	test.that("return value of the send call", !sent.ok(), "-1", transport::describe(sent));
	judge_failed_message(test, link, payload);
}

REQUIREMENT("ZC-VS-09", observed,
	    "Where a send has more pages than the transmit virtqueue has room, it is copied, and its "
	    "completion has SO_EE_CODE_ZEROCOPY_COPIED.",
	    .code = "net/vmw_vsock/virtio_transport.c:virtio_transport_can_msgzerocopy",
	    .kernels = "since 6.7",
	    .not_judged = "needs a virtio device whose ring has fewer than 18 buffers: QEMU's has 128, and "
			  "vhost does not check");
REQUIREMENT("ZC-VS-15", observed, "A VSOCK datagram socket ignores the flag.",
	    .code = "net/vmw_vsock/af_vsock.c:vsock_dgram_sendmsg",
	    .not_judged = "needs a VSOCK transport with datagrams (VMCI)");

} // namespace
