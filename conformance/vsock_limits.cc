// SPDX-License-Identifier: GPL-2.0
/* VSOCK: limits, and memory that cannot be sent. */
#include <chrono>

#include "conformance/chapter.h"
#include "transport/vsock.h"

namespace
{

constexpr std::size_t packet = transport::vsock_packet;

/* Either errno will do here: one case asks which of the two it is. */
void refused_by_a_limit(At at, const Sent &sent)
{
	at->that("return value of the send call",
		 !sent.ok() && (sent.error == ENOBUFS || sent.error == ENOMEM),
		 "-1 (ENOBUFS, or the known ENOMEM)", transport::describe(sent));
}

/* A send beyond the limit, which the kernel enforces or not. */
void refused_where(At at, bool enforced, const Sent &sent, std::size_t length)
{
	if (enforced)
		refused_by_a_limit(at, sent);
	else
		at->sent(sent, length);
}

REQUIREMENT("ZC-TX-06", promised, "A VSOCK send that exceeds optmem or RLIMIT_MEMLOCK fails with ENOBUFS.",
	    .rests_on = "ZC-TX-03",
	    .code = "net/vmw_vsock/virtio_transport_common.c:virtio_transport_send_pkt_info",
	    .kernels = "VSOCK since 6.7: the documents before do not name it");
DEVIATION("vsock-limits-give-enomem", "ZC-TX-06", "6.7 on",
	  "A VSOCK send for which no notification structure is to be had, because of optmem or "
	  "RLIMIT_MEMLOCK, fails with ENOMEM, without an id.",
	  catalogue::not_fixed_read);
CASE(vsock_send_beyond_the_optmem_limit_gives_enobufs, .requirements = {"ZC-TX-06"},
     .transports = transport::vsock, .paths = netns::simplest, .needs = needs_optmem,
     .deviation = "vsock-limits-give-enomem")
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());
	Sent refused;

	{
		const ScopedOptmemMax limit(0);

		for (int i = 0; i < 3; i++) {
			refused = link.send_zerocopy(payload);
			refused_by_a_limit(test, refused);
		}
		plainly_sends(test, link, payload);
	}
	link.deliver();
	test.queue_empty(link);
	option_memory_is(test, link, 0);
	next_id_is(test, link, 0);
	if (refused.error == ENOMEM)
		test.deviates(transport::describe(refused));
}

REQUIREMENT("ZC-LIM-13", promised,
	    "A VSOCK send is charged to RLIMIT_MEMLOCK with the bytes it takes, and fails beyond the limit.",
	    .rests_on = "ZC-TX-03",
	    .code = "net/vmw_vsock/virtio_transport_common.c:virtio_transport_send_pkt_info",
	    .kernels = "VSOCK since 6.7: the documents before do not name it; which bytes are charged is "
		       "observed: since \"vsock/virtio: fix MSG_ZEROCOPY pinned-pages accounting\" (7.1, "
		       "7.0.10, 6.18.33, 6.12.97) the length that the credit permits");
DEVIATION("vsock-memlock-not-enforced", "ZC-LIM-13",
	  "6.7 to 6.12.97 [Debian 6.12.100-1], 6.13 to 6.18.33, 6.19 to 7.0.10 [Debian 7.0.10-1]",
	  "A VSOCK send is charged with the bytes left after its packet was filled, as a rule none, so that "
	  "it succeeds with any RLIMIT_MEMLOCK, 0 included.",
	  "7.0: Debian 7.0.10-1, under ChangeLog-7.0.10: 'vsock/virtio: fix MSG_ZEROCOPY pinned-pages "
	  "accounting'. 6.18: announcement of 6.18.33: 'Stefano Garzarella (1): vsock/virtio: fix "
	  "MSG_ZEROCOPY pinned-pages accounting'. 6.12: Debian's changelog does not list that subject; the "
	  "source of 6.12.95-1~bpo12+1 passes iter->count (virtio_transport_common.c:90), that of 6.12.118-1 "
	  "pkt_len (360); lists of pushes to stable queues have it right before 'fix zerocopy completion for "
	  "multi-skb sends' and 'bind uarg before filling zerocopy skb', which Debian 6.12.100-1 has under "
	  "ChangeLog-6.12.97: 6.12.97 follows from that (and 6.12.97 is inferred for this one subject).",
	  .fix = "vsock/virtio: fix MSG_ZEROCOPY pinned-pages accounting");
REGRESSION("vsock/virtio: fix MSG_ZEROCOPY pinned-pages accounting",
	   "7.1, 7.0.10, 6.18.33, 6.12.97 [Debian 6.12.100-1]",
	   .cases = {"vsock_send_is_charged_to_the_locked_pages"});
/* The limit is below the charge of a send, then allows one that is not complete. */
CASE(vsock_send_is_charged_to_the_locked_pages, .requirements = {"ZC-LIM-13"}, .transports = transport::vsock,
     .paths = netns::holds, .needs = needs_memlock, .deviation = "vsock-memlock-not-enforced")
{
	Link &link = test.connect();
	const Payload payload(4 * page_size());
	const rlim_t exact = charge_of(test, payload.size());
	bool enforced;

	{
		const ScopedUser user;
		{
			const Pages none(0);
			const Sent sent = link.send_zerocopy(payload);

			enforced = !sent.ok();
			if (enforced)
				refused_by_a_limit(test, sent);
		}
		{
			const Pages less(exact - 1);

			refused_where(test, enforced, link.send_zerocopy(payload), payload.size());
		}
		const Pages limit(exact);
		sends(test, link, payload);
		refused_where(test, enforced, link.send_zerocopy(payload), payload.size());
		link.release();
		test.completions_settle(link);
		if (enforced)
			sends(test, link, payload);
	}
	link.deliver();
	test.completions_settle(link);
	if (!enforced)
		test.deviates("it succeeds with an RLIMIT_MEMLOCK of 0");
}

/*
 * A flagged call that may have taken no structure for its notification returned this.
 * Data that was sent has an id; the known deviation is that it has none.
 */
void judge_count(At at, Link &link, const Sent &sent, Bytes bytes)
{
	at->sent(sent, packet);
	link.account(sent, bytes, 0);
	link.deliver();
	/* All that was sent is read, so that nothing of it can complete later. */
	if (!link.await_notification(os::Deadline(std::chrono::milliseconds(0)))) {
		next_id_is(at, link, 0);
		at->deviates("a flagged send returned " + transport::describe(sent) + ", without an id");
	}
	link.ledger().sent();
	at->one_notification(link, {0, 0});
	next_id_is(at, link, 1);
}

/* A flagged call that the books do not know. */
Sent send_flagged(const Link &link, const Outgoing &message)
{
	return send_raw(link.sender(), message, MSG_ZEROCOPY | MSG_DONTWAIT | MSG_NOSIGNAL);
}

REQUIREMENT("ZC-VS-08", promised,
	    "A VSOCK send that returns a positive count with the flag has an id and a notification, even if "
	    "memory runs out meanwhile.",
	    .rests_on = "ZC-TX-02 ZC-IN-01",
	    .code = "net/vmw_vsock/virtio_transport_common.c:virtio_transport_send_pkt_info",
	    .kernels = "since \"vsock/virtio: fix zerocopy completion for multi-skb sends\" (7.1, 7.0.11, "
		       "6.18.34, 6.12.97) the structure is taken before anything is sent");
DEVIATION("vsock-short-count-without-notification", "ZC-VS-08",
	  "6.7 to 6.12.97 [Debian 6.12.100-1], 6.13 to 6.18.34, 6.19 to 7.0.11 [Debian 7.0.12-1]",
	  "A VSOCK send of several packets that finds no optmem for its notification at the last one, or an "
	  "address that cannot be read, returns the bytes of the packets before as a short count, without an "
	  "id and a notification.",
	  "as vsock-completion-before-last-use",
	  .fix = "vsock/virtio: fix zerocopy completion for multi-skb sends (CVE-2026-53365)");
/* Two packets, and no structure to be had: either nothing is sent, or all that is sent has a
 * notification. */
CASE(vsock_send_without_optmem_sends_nothing_unnotified, .requirements = {"ZC-VS-08"},
     .transports = transport::vsock_stream, .paths = netns::simplest, .needs = needs_optmem,
     .deviation = "vsock-short-count-without-notification")
{
	Link &link = test.connect();
	const Payload payload(packet + 1000);
	Sent sent;

	{
		const ScopedOptmemMax limit(0);

		sent = send_flagged(link, Outgoing(payload));
	}
	if (sent.ok())
		return judge_count(test, link, sent, payload);
	refused_by_a_limit(test, sent);
	next_id_is(test, link, 0);
}

/* The second packet meets an address that cannot be read. */
CASE(vsock_count_short_of_a_bad_address_has_an_id, .requirements = {"ZC-VS-08", "ZC-VS-06"},
     .transports = transport::vsock_stream, .paths = netns::simplest,
     .deviation = "vsock-short-count-without-notification")
{
	Link &link = test.connect();
	const Payload payload(packet);
	const Mapping unreadable(page_size(), PROT_NONE);

	judge_count(test, link, send_flagged(link, Outgoing{payload, unreadable.bytes()}), payload);
}

REQUIREMENT("ZC-VS-06", promised, "A VSOCK send that fails because its address cannot be read has no id.",
	    .rests_on = "ZC-TX-02",
	    .code = "net/vmw_vsock/virtio_transport_common.c:virtio_transport_alloc_skb, "
		    "virtio_transport_send_pkt_info",
	    .kernels = "7.3 also puts the iterator back where the packet began; 6.12 does not");
REQUIREMENT("ZC-VS-33", observed, "A VSOCK send from an address that cannot be read fails with EFAULT.",
	    .code = "send(2), ERRORS, EFAULT; "
		    "net/vmw_vsock/virtio_transport_common.c:virtio_transport_alloc_skb");
DEVIATION("vsock-bad-address-enomem", "ZC-VS-33", "6.7 on",
	  "A flagged VSOCK send from an address that cannot be read fails with ENOMEM, without an id.",
	  catalogue::not_fixed_read);
/* Nothing is sent, and the next send finds all in order. */
CASE(vsock_send_from_a_bad_address_gives_efault, .requirements = {"ZC-VS-33", "ZC-VS-06"},
     .transports = transport::vsock, .paths = netns::simplest, .deviation = "vsock-bad-address-enomem")
{
	Link &link = test.connect();
	const std::size_t page = page_size();
	const Payload payload(3 * page);
	const Mapping unreadable(page, PROT_NONE);
	const std::array messages = {
		Outgoing(unreadable.bytes()),
		Outgoing{payload.first(1000), unreadable.bytes(), payload.from(2 * page, 1000)},
	};
	Sent sent;

	for (const std::uint32_t id : {0, 1}) {
		for (const Outgoing &message : messages) {
			/* The errno of a plain send is not judged. */
			sent = link.send_message(message.header(), 0);
			test.that("return value of a plain send", !sent.ok(), "-1",
				  transport::describe(sent));
			sent = link.send_message(message.header(), MSG_ZEROCOPY);
			test.charging("ZC-VS-33")
				->that("return value of the send call",
				       !sent.ok() && (sent.error == EFAULT || sent.error == ENOMEM),
				       "-1 (EFAULT, or the known ENOMEM)", transport::describe(sent));
		}
		test.queue_empty(link);
		option_memory_is(test, link, 0);
		next_id_is(test, link, id);
	}
	if (sent.error == ENOMEM)
		test.deviates(transport::describe(sent));
}

REQUIREMENT("ZC-VS-19", promised,
	    "A VSOCK send of any number of pieces that a plain send accepts is accepted with the flag too.",
	    .rests_on = "ZC-IN-01",
	    .code = "net/core/datagram.c:zerocopy_fill_skb_from_iter, "
		    "net/vmw_vsock/virtio_transport_common.c:virtio_transport_can_zcopy",
	    .kernels = "since 6.7; MAX_SKB_FRAGS is set by CONFIG_MAX_SKB_FRAGS (17 to 45)");
DEVIATION("vsock-fragment-limit-refused", "ZC-VS-19", "6.7 on",
	  "A flagged VSOCK send whose first packet has more pieces of memory than a packet buffer has places "
	  "(MAX_SKB_FRAGS) fails with ENOMEM and without an id, where a plain one succeeds. With 17 places "
	  "and pages of 4 KiB two pieces are enough: one byte, and 64 KiB that start within a page.",
	  catalogue::not_fixed_read);
/* These are more pieces than a packet buffer has places for. */
CASE(vsock_send_may_have_more_pieces_than_fragments, .requirements = {"ZC-VS-19"},
     .transports = transport::vsock, .paths = netns::simplest, .deviation = "vsock-fragment-limit-refused")
{
	constexpr std::size_t count = 64, length = 80;
	Link &link = test.connect();
	const Payload payload(count * (length + 1));
	/* Backwards, or they would be one piece of memory. */
	const Outgoing message = transport::gapped(payload, count, length, true);

	test.sent(link.send_message(message.header(), 0), message.size());
	link.deliver();
	const Sent sent = link.send_message(message.header(), MSG_ZEROCOPY);
	if (!sent.ok()) {
		test.refused(sent, ENOMEM);
		test.queue_empty(link);
		next_id_is(test, link, 0);
		test.deviates(transport::describe(sent));
	}
	test.sent(sent, message.size());
	test.one_completion(link, {0, 0});
}

} // namespace
