// SPDX-License-Identifier: GPL-2.0
/* VSOCK: limits, and memory that cannot be sent. */
#include <algorithm>
#include <cerrno>
#include <string>
#include <vector>

#include "harness/case.h"
#include "harness/test.h"
#include "limits/limits.h"
#include "os/mapping.h"

namespace
{

using harness::Test;
using os::Bytes;
using transport::Link;
using transport::Payload;
using transport::Sent;

/* The most that one packet carries: VIRTIO_VSOCK_MAX_PKT_BUF_SIZE. */
constexpr std::size_t packet = 64 << 10;

/* Which of the two it is, one case asks. */
void refused_by_a_limit(Test &test, const Sent &sent)
{
	test.that("return value of the send call",
		  !sent.ok() && (sent.error == ENOBUFS || sent.error == ENOMEM),
		  "-1 (ENOBUFS, or the known ENOMEM)", transport::describe(sent));
}

void next_id_is(Test &test, Link &link, std::uint32_t id)
{
	const Payload payload(1000);

	test.sent(link.send_zerocopy(payload), payload.size());
	link.release();
	test.one_notification(link, {id, id});
}

REQUIREMENT("ZC-TX-06", promised, "A VSOCK send that exceeds optmem or RLIMIT_MEMLOCK fails with ENOBUFS.",
	    .rests_on = "ZC-TX-03",
	    .code = "net/vmw_vsock/virtio_transport_common.c:virtio_transport_send_pkt_info",
	    .kernels = "VSOCK since 6.7");
DEVIATION("vsock-limits-give-enomem", "ZC-TX-06", "6.7 on",
	  "A VSOCK send for which no notification structure is to be had, because of optmem or "
	  "RLIMIT_MEMLOCK, fails with ENOMEM, without an id.",
	  "Not fixed: read again in the sources of Debian's 6.1.192-3, 6.12.118-1 and 7.3.4-1~bpo13+1; "
	  "no subject of a fix in any changelog read, up to 7.3.4. The start is that of the feature "
	  "and is inferred.");
/* ZC-TX-06. Transmission: "A zerocopy failure will return -1 with errno ENOBUFS. This
 * happens if the socket exceeds its optmem limit". */
CASE(vsock_send_beyond_the_optmem_limit_gives_enobufs, .requirements = {"ZC-TX-06"},
     .transports = transport::vsock, .paths = netns::simplest, .needs = harness::needs_optmem,
     .deviation = "vsock-limits-give-enomem")
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());
	Sent refused;

	{
		const limits::ScopedOptmemMax limit(0);

		for (int i = 0; i < 3; i++) {
			refused = link.send_zerocopy(payload);
			refused_by_a_limit(test, refused);
		}
		test.sent(link.send(payload), payload.size());
	}
	link.deliver();
	test.queue_empty(link);
	test.equal("optmem charged", transport::option_memory(link.sender()), 0);
	next_id_is(test, link, 0);
	if (refused.error == ENOMEM)
		test.deviates(transport::describe(refused));
}

REQUIREMENT(
	"ZC-LIM-13", promised,
	"A VSOCK send is charged to RLIMIT_MEMLOCK with the bytes it takes, and fails beyond the "
	"limit.",
	.rests_on = "ZC-TX-03",
	.code = "net/vmw_vsock/virtio_transport_common.c:virtio_transport_send_pkt_info",
	.kernels =
		"since \"vsock/virtio: fix MSG_ZEROCOPY pinned-pages accounting\" (7.1, 7.0.10, 6.12.97) the "
		"length the credit permits is charged");
DEVIATION("vsock-memlock-not-enforced", "ZC-LIM-13",
	  "6.7 to 6.12.97 [Debian 6.12.100-1], 6.13 to 6.18.33, 6.19 to 7.0.10 [Debian 7.0.10-1]",
	  "A VSOCK send is charged with the bytes left after its packet was filled, as a rule none, so "
	  "that it succeeds with any RLIMIT_MEMLOCK, 0 included.",
	  "7.0: Debian 7.0.10-1, under ChangeLog-7.0.10: 'vsock/virtio: fix MSG_ZEROCOPY pinned-pages "
	  "accounting'. 6.18: announcement of 6.18.33: 'Stefano Garzarella (1): vsock/virtio: fix "
	  "MSG_ZEROCOPY pinned-pages accounting'. 6.12: Debian's changelog does not list that subject; "
	  "the source of 6.12.95-1~bpo12+1 passes iter->count (virtio_transport_common.c:90), that of "
	  "6.12.118-1 pkt_len (360); lists of pushes to stable queues have it right before 'fix "
	  "zerocopy completion for multi-skb sends' and 'bind uarg before filling zerocopy skb', which "
	  "Debian 6.12.100-1 has under ChangeLog-6.12.97: 6.12.97 follows from that (and 6.12.97 is "
	  "inferred for this one subject).");
REGRESSION("vsock/virtio: fix MSG_ZEROCOPY pinned-pages accounting",
	   "7.1, 7.0.10, 6.18.33, 6.12.97 [Debian 6.12.100-1]",
	   .cases = {"vsock_send_is_charged_to_the_locked_pages"});
/* ZC-LIM-13. Transmission: "or the user exceeds their ulimit on locked pages". */
CASE(vsock_send_is_charged_to_the_locked_pages, .requirements = {"ZC-LIM-13"}, .transports = transport::vsock,
     .paths = netns::holds, .needs = harness::needs_memlock, .deviation = "vsock-memlock-not-enforced")
{
	Link &link = test.connect();
	const Payload payload(4 * limits::page_size());
	const rlim_t exact = limits::memlock_charge_pages(payload.size()) * limits::page_size();
	bool enforced;

	{
		const limits::ScopedUser user;
		{
			const limits::ScopedMemlock none(0);
			const Sent sent = link.send_zerocopy(payload);

			enforced = !sent.ok();
			if (enforced)
				refused_by_a_limit(test, sent);
		}
		{
			const limits::ScopedMemlock less(exact - limits::page_size());
			const Sent sent = link.send_zerocopy(payload);

			if (enforced)
				refused_by_a_limit(test, sent);
			else
				test.sent(sent, payload.size());
		}
		/* Room for one that is not complete, and for no other. */
		const limits::ScopedMemlock limit(exact);
		test.sent(link.send_zerocopy(payload), payload.size());
		const Sent sent = link.send_zerocopy(payload);
		if (enforced)
			refused_by_a_limit(test, sent);
		else
			test.sent(sent, payload.size());
		link.release();
		test.completions_settle(link);
		if (enforced)
			test.sent(link.send_zerocopy(payload), payload.size());
	}
	link.deliver();
	test.completions_settle(link);
	if (!enforced)
		test.deviates("it succeeds with an RLIMIT_MEMLOCK of 0");
}

/*
 * A flagged call that may have taken no structure for its notification returned this.
 * What was sent has an id; the known deviation is that it has none.
 */
void judge_count(Test &test, Link &link, const Sent &sent, Bytes bytes)
{
	const std::string seen = transport::describe(sent);

	test.sent(sent, packet);
	link.account(sent, bytes, 0);
	link.deliver();
	/* All that was sent is read, so that nothing of it can complete later. */
	if (!link.await_notification(os::Deadline(std::chrono::milliseconds(0)))) {
		next_id_is(test, link, 0);
		test.deviates("a flagged send returned " + seen + ", without an id");
	}
	link.ledger().sent();
	test.one_notification(link, {0, 0});
	next_id_is(test, link, 1);
}

Sent send_flagged(const Link &link, const msghdr &message)
{
	Sent sent;

	sent.returned = ::sendmsg(link.sender(), &message, MSG_ZEROCOPY | MSG_DONTWAIT | MSG_NOSIGNAL);
	sent.error = sent.ok() ? 0 : errno;
	return sent;
}

msghdr message_of(std::vector<iovec> &pieces)
{
	msghdr message = {};

	message.msg_iov = pieces.data();
	message.msg_iovlen = pieces.size();
	return message;
}

iovec piece_of(Bytes bytes)
{
	return {const_cast<std::uint8_t *>(bytes.data()), bytes.size()};
}

REQUIREMENT(
	"ZC-VS-08", promised,
	"A VSOCK send that returns a positive count with the flag has an id and a notification, "
	"whatever runs out of memory meanwhile.",
	.rests_on = "ZC-TX-02",
	.code = "net/vmw_vsock/virtio_transport_common.c:virtio_transport_send_pkt_info",
	.kernels =
		"since \"vsock/virtio: fix zerocopy completion for multi-skb sends\" (7.1, 7.0.11, 6.18.34, "
		"6.12.97) the structure is taken before anything is sent");
DEVIATION("vsock-short-count-without-notification", "ZC-VS-08",
	  "6.7 to 6.12.97 [Debian 6.12.100-1], 6.13 to 6.18.34, 6.19 to 7.0.11 [Debian 7.0.12-1]",
	  "A VSOCK send of several packets that finds no optmem for its notification at the last one, "
	  "or an address that cannot be read, returns the bytes of the packets before as a short "
	  "count, without an id and a notification.",
	  "as vsock-completion-before-last-use");
/* ZC-VS-08. Deferred copies: "a contract that the kernel will queue a completion
 * notification". Two packets, and no structure to be had: nothing is sent, or all that
 * is has a notification. */
CASE(vsock_send_without_optmem_sends_nothing_unnotified, .requirements = {"ZC-VS-08"},
     .transports = transport::vsock_stream, .paths = netns::simplest, .needs = harness::needs_optmem,
     .deviation = "vsock-short-count-without-notification")
{
	Link &link = test.connect();
	const Payload payload(packet + 1000);
	std::vector<iovec> pieces = {piece_of(payload)};
	Sent sent;

	{
		const limits::ScopedOptmemMax limit(0);

		sent = send_flagged(link, message_of(pieces));
	}
	if (sent.ok())
		return judge_count(test, link, sent, payload);
	refused_by_a_limit(test, sent);
	next_id_is(test, link, 0);
}

/* ZC-VS-08. As above, where the second packet meets an address that cannot be read. */
CASE(vsock_count_short_of_a_bad_address_has_an_id, .requirements = {"ZC-VS-08", "ZC-VS-06"},
     .transports = transport::vsock_stream, .paths = netns::simplest,
     .deviation = "vsock-short-count-without-notification")
{
	Link &link = test.connect();
	const Payload payload(packet);
	const os::Mapping unreadable(limits::page_size(), PROT_NONE);
	std::vector<iovec> pieces = {piece_of(payload), piece_of(unreadable.bytes())};

	judge_count(test, link, send_flagged(link, message_of(pieces)), payload);
}

REQUIREMENT("ZC-VS-06", promised,
	    "A VSOCK send from an address that cannot be read fails with EFAULT, and has no id.",
	    .rests_on = "ZC-MEM-03",
	    .code = "send(2), EFAULT: \"An invalid user space address was specified for an argument\"; "
		    "net/vmw_vsock/virtio_transport_common.c:virtio_transport_alloc_skb, "
		    "virtio_transport_send_pkt_info",
	    .kernels = "7.3 also puts the iterator back where the packet began; 6.12 does not");
DEVIATION("vsock-bad-address-enomem", "ZC-VS-06", "6.7 on",
	  "A flagged VSOCK send from an address that cannot be read fails with ENOMEM, without an id.",
	  "Not fixed: read again in the sources of Debian's 6.1.192-3, 6.12.118-1 and 7.3.4-1~bpo13+1; "
	  "no subject of a fix in any changelog read, up to 7.3.4. The start is that of the feature "
	  "and is inferred.");
/* ZC-VS-06. send(2): EFAULT, "An invalid user space address was specified for an
 * argument". Nothing is counted, nothing sent, and the next send finds all in order. */
CASE(vsock_send_from_a_bad_address_gives_efault, .requirements = {"ZC-VS-06"}, .transports = transport::vsock,
     .paths = netns::simplest, .deviation = "vsock-bad-address-enomem")
{
	Link &link = test.connect();
	const std::size_t page = limits::page_size();
	const Payload payload(3 * page);
	const os::Mapping unreadable(page, PROT_NONE);
	const std::vector<std::vector<iovec>> vectors = {
		{piece_of(unreadable.bytes())},
		{piece_of(payload.first(1000)), piece_of(unreadable.bytes()),
		 piece_of(payload.from(2 * page, 1000))},
	};
	Sent sent;

	for (const std::uint32_t id : {0, 1}) {
		for (std::vector<iovec> pieces : vectors) {
			/* Without the flag the errno is not ours to judge. */
			sent = link.send_message(message_of(pieces), 0);
			test.that("return value of a plain send", !sent.ok(), "-1",
				  transport::describe(sent));
			sent = link.send_message(message_of(pieces), MSG_ZEROCOPY);
			test.that("return value of the send call",
				  !sent.ok() && (sent.error == EFAULT || sent.error == ENOMEM),
				  "-1 (EFAULT, or the known ENOMEM)", transport::describe(sent));
		}
		test.queue_empty(link);
		test.equal("optmem charged", transport::option_memory(link.sender()), 0);
		next_id_is(test, link, id);
	}
	if (sent.error == ENOMEM)
		test.deviates(transport::describe(sent));
}

REQUIREMENT("ZC-VS-19", promised,
	    "A VSOCK send of any number of pieces that a plain send accepts is accepted with the flag "
	    "too.",
	    .rests_on = "ZC-IN-01",
	    .code = "net/core/datagram.c:zerocopy_fill_skb_from_iter, "
		    "net/vmw_vsock/virtio_transport_common.c:virtio_transport_can_zcopy",
	    .kernels = "since 6.7; MAX_SKB_FRAGS is set by CONFIG_MAX_SKB_FRAGS (17 to 45)");
DEVIATION("vsock-fragment-limit-refused", "ZC-VS-19", "6.7 on",
	  "A flagged VSOCK send whose first packet has more pieces of memory than a packet buffer has "
	  "places (MAX_SKB_FRAGS) fails with ENOMEM and without an id, where a plain one succeeds. "
	  "With 17 places and pages of 4 KiB two pieces are enough: one byte, and 64 KiB that start "
	  "within a page.",
	  "Not fixed: read again in the sources of Debian's 6.1.192-3, 6.12.118-1 and 7.3.4-1~bpo13+1; "
	  "no subject of a fix in any changelog read, up to 7.3.4. The start is that of the feature "
	  "and is inferred.");
/* ZC-VS-19. Deferred copies: "a hint to the kernel to apply copy avoidance". More pieces
 * than a packet buffer has places for, which a plain send takes. */
CASE(vsock_send_may_have_more_pieces_than_fragments, .requirements = {"ZC-VS-19"},
     .transports = transport::vsock, .paths = netns::simplest, .deviation = "vsock-fragment-limit-refused")
{
	constexpr std::size_t count = 64;
	Link &link = test.connect();
	const Payload payload(count * 100);
	std::vector<iovec> pieces;

	/* Backwards, or they would be one piece of memory. */
	for (std::size_t i = count; i > 0; i--)
		pieces.push_back(piece_of(payload.from(i * 100 - 100, 80)));
	test.sent(link.send_message(message_of(pieces), 0), count * 80);
	link.deliver();
	const Sent sent = link.send_message(message_of(pieces), MSG_ZEROCOPY);
	if (!sent.ok()) {
		test.refused(sent, ENOMEM);
		test.queue_empty(link);
		next_id_is(test, link, 0);
		test.deviates(transport::describe(sent));
	}
	test.sent(sent, count * 80);
	test.one_completion(link, {0, 0});
}

} // namespace
