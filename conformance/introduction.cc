// SPDX-License-Identifier: GPL-2.0
/* The chapters 'Intro' and 'Opportunity and Caveats' of msg_zerocopy.rst. */
#include "conformance/chapter.h"
#include "harness/slow_device.h"

namespace
{

bool outstanding(Link &link, std::uint32_t id)
{
	return std::ranges::any_of(link.ledger().missing(),
				   [&](errqueue::IdRange ids) { return ids.contains(id); });
}

/*
 * A link on which the pages of a flagged send wait in the kernel uncopied. The path
 * makes a stream wait, and MSG_MORE a datagram. Without UDP_SEGMENT the kernel would copy
 * such a datagram. A segment here is as long as the longest datagram that is sent. What copies below
 * may refuse UDP_SEGMENT (EIO on a route with an IPsec policy, net/ipv4/udp.c:udp_send_skb).
 */
Link &connect_to_wait(At at)
{
	Link &link = at->connect();

	if (at->is(transport::datagram) && !at->has(netns::copies_below) &&
	    !at->has(netns::refuses_udp_segment))
		segment(link, static_cast<int>(link.usual_length()));
	return link;
}

/* Leaves one byte to finish a datagram with. */
std::size_t waiting_length(const Link &link)
{
	return link.usual_length() - 1;
}

void send_to_wait(At at, Link &link, Bytes bytes)
{
	const std::uint32_t id = link.ledger().next_id();

	sends(at, link, bytes, at->is(transport::datagram) ? MSG_MORE : 0);
	link.read_notifications();
	at->that("notification of the send that waits", outstanding(link, id), "none",
		 link.ledger().describe());
}

void finish_datagram(At at, Link &link)
{
	if (at->is(transport::datagram))
		plainly_sends(at, link, Payload(1));
}

REQUIREMENT("ZC-IN-01", promised,
	    "TCP and UDP sockets over IPv4 and IPv6 accept SO_ZEROCOPY, and every successful flagged send on "
	    "them is completed by one notification.",
	    .document = "Intro; Deferred copies: \"The feature is currently implemented for TCP, UDP and "
			"VSOCK (with virtio transport) sockets.\" ... \"Passing flag MSG_ZEROCOPY is a hint "
			"to the kernel to apply copy avoidance, and a contract that the kernel will queue a "
			"completion notification.\"",
	    .code = "net/ipv4/tcp.c:tcp_sendmsg_locked, net/ipv4/ip_output.c:__ip_append_data, "
		    "net/ipv6/ip6_output.c:__ip6_append_data",
	    .kernels = "TCP since 4.14, UDP since 5.0");
CASE(each_flagged_send_is_completed_by_one_notification, .requirements = {"ZC-IN-01", "ZC-IN-02"},
     .transports = transport::all)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());

	for (const std::uint32_t id : {0, 1, 2}) {
		plainly_sends(test, link, payload);
		next_id_is(test, link, payload, id);
	}
}

void stores_reach_the_peer(At at)
{
	Link &link = connect_to_wait(at);
	Payload payload(waiting_length(link));

	send_to_wait(at, link, payload);
	store_seen(link, payload);
	at->queue_empty(link);
	finish_datagram(at, link);
	link.release();
	at->one_notification(link, {0, 0});
}

REQUIREMENT("ZC-IN-03", promised,
	    "While the completion of a flagged send is outstanding on a path that does not copy, the pages "
	    "are truly shared: a store into the buffer before transmission changes what the peer receives.",
	    .document = "Opportunity and Caveats; Deferred copies: \"It temporarily shares the buffer "
			"between process and network stack.\" ... \"For this reason, the kernel signals if "
			"data was completed with a copy, by setting flag SO_EE_CODE_ZEROCOPY_COPIED in field "
			"ee_code on return.\"",
	    .code = "net/core/datagram.c:zerocopy_fill_skb_from_iter (6.1: __zerocopy_sg_from_iter)",
	    .kernels = "a kernel that copies and says so by SO_EE_CODE_ZEROCOPY_COPIED keeps the document's "
		       "promise; a datagram put together by MSG_MORE shares its pages only where UDP_SEGMENT "
		       "is set, as net/ipv4/ip_output.c:__ip_append_data otherwise does without checksum "
		       "offload and copies within the call");
CASE(stores_reach_the_peer_while_a_stream_waits, .requirements = {"ZC-IN-03"},
     .transports = transport::connected, .paths = netns::delivers | netns::holds)
{
	stores_reach_the_peer(test);
}

CASE(stores_reach_the_peer_while_a_datagram_waits, .requirements = {"ZC-IN-03"}, .transports = transport::udp,
     .without = netns::refuses_udp_segment | netns::device_without_sg | netns::device_without_checksum)
{
	stores_reach_the_peer(test);
}

REQUIREMENT(
	"ZC-IN-25", observed,
	"Of a UDP datagram that shares its pages no byte is copied, not even the first ones.",
	.code = "net/ipv4/ip_output.c:__ip_append_data, net/ipv6/ip6_output.c:__ip6_append_data: alloclen "
		"and pagedlen");
DEVIATION("head-of-datagram-is-copied", "ZC-IN-25", "5.0 to 6.0",
	  "The first bytes of a UDP datagram, up to 256, are copied in the call, the rest is shared, and the "
	  "notification comes as for shared pages.",
	  "Seen on 5.10.262. 6.1's source leaves pages to all of a datagram but its headers (pagedlen). The "
	  "start is that of the feature, and the end is by the fix's subject: both are inferred.",
	  .fix = "ipv4: avoid partial copy for zc");
CASE(head_of_a_datagram_is_shared, .requirements = {"ZC-IN-25", "ZC-IN-03"}, .transports = transport::udp,
     .without = netns::remote, .deviation = "head-of-datagram-is-copied")
{
	Link &link = connect_to_wait(test);

	for (const std::size_t length : {std::size_t{1}, std::size_t{200}, waiting_length(link)}) {
		const std::uint32_t id = link.ledger().next_id();
		Payload payload(length);
		const Data before = payload.copy();

		send_to_wait(test, link, payload);
		payload.overwrite();
		link.transcript().store_over_last(payload);
		finish_datagram(test, link);
		const Data arrived = received(test, link.receiver(), before.size() + 1, MSG_PEEK);
		const std::size_t head = std::ranges::mismatch(before, arrived).in1 - before.begin();
		const Bytes rest = payload.from(head, payload.size() - head);
		if (head && head <= datagram_head &&
		    std::ranges::equal(rest, Bytes(arrived).subspan(head, rest.size())))
			link.transcript().replace_last(arrived);
		test.one_notification(link, {id, id});
		if (head)
			test.deviates("the first " + std::to_string(head) + " bytes were copied in the call");
		link.deliver();
	}
}

REQUIREMENT("ZC-IN-04", promised,
	    "TCP keeps the pages of a flagged send shared until they are acknowledged: a retransmission "
	    "carries the bytes the buffer holds at that time.",
	    .rests_on = "ZC-IN-03",
	    .code = "net/ipv4/tcp_output.c:__tcp_transmit_skb clones the frags of the retransmit queue",
	    .kernels = "a kernel that copies and says so by SO_EE_CODE_ZEROCOPY_COPIED keeps the document's "
		       "promise: that a retransmission reads the buffer anew is the code's way");
/* The segment is lost. The data sent after it arrives, and its duplicate acknowledgments
 * bring the retransmission without waiting for a timer. */
CASE(stores_reach_the_peer_by_retransmission, .requirements = {"ZC-IN-04"}, .transports = transport::tcp,
     .paths = netns::basic | netns::local, .without = netns::simplest)
{
	Link &link = test.connect();

	lose_packets(test);
	Payload lost(1000);
	const Payload later(100);

	sends(test, link, lost);
	test.equal("segments in flight, all lost", transport::unacknowledged_segments(link.sender()), 1);
	store_seen(link, lost);
	test.queue_empty(link);
	stop_losing(test);
	for (int i = 0; i < 4; i++)
		plainly_sends(test, link, later);
	test.one_notification(link, {0, 0});
	test.that("retransmissions", transport::retransmissions(link.sender()) > 0, "one or more", "none");
}

REQUIREMENT(
	"ZC-IN-05", past_bug,
	"The kernel never writes into the user pages of a flagged send: whatever rewrites payload "
	"(checksum, IPsec, TC, XDP) copies it first.",
	.code = "net/core/skbuff.c:msg_zerocopy_alloc sets SKBFL_ZEROCOPY_FRAG, which contains "
		"SKBFL_SHARED_FRAG",
	.kernels =
		"markers were lost where packet buffers are joined and where their fragments move to others, "
		"until 7.1-rc5, 7.0.10, 6.18.33, 6.12.91, 6.1.174, 5.15.208 and 5.10.257 (CVE-2026-46300, "
		"CVE-2026-43503; Debian's 7.1~rc4-1~exp2, 7.0.9-1 and 6.12.90-1 by patches of its own), and "
		"in "
		"skb_zerocopy(), which only Debian's 7.3.1-1~exp1 and 6.12.115-1 were seen to mend (\"net: "
		"skbuff: propagate shared-frag marker in skb_zerocopy()\")");
/* A store of the kernel into a read-only mapping would change the file behind it. */
CASE(source_is_never_written_to, .requirements = {"ZC-IN-05"}, .transports = transport::all,
     .paths = netns::delivers, .without = netns::holds, .also = netns::stacked)
{
	Link &link = test.connect();
	const Payload writable(link.usual_length());
	const Data before(writable.bytes().begin(), writable.bytes().end());
	const os::Fd file = os::file_of(before);
	const Mapping read_only(before.size(), PROT_READ, MAP_SHARED, file.get());

	sends(test, link, writable);
	sends(test, link, read_only.bytes());
	test.completions_settle(link);
	link.deliver();
	test.equal("writable memory after the send", writable, before);
	test.equal("read-only mapping and file after the send", read_only.bytes(), before);
}

REQUIREMENT("ZC-IN-06", promised,
	    "A flagged send is legal for every length of one byte and more: the remark about 10 KB is about "
	    "benefit only.",
	    .document = "Opportunity and Caveats: \"As a result, MSG_ZEROCOPY is generally only effective at "
			"writes over around 10 KB.\"",
	    .code = "net/ipv4/tcp.c:tcp_sendmsg_locked and ip_output.c:__ip_append_data test only for a "
		    "length that is not zero");
CASE(any_length_is_accepted, .requirements = {"ZC-IN-06"}, .transports = transport::all)
{
	Link &link = test.connect();
	const std::size_t page = page_size();
	/* IPsec adds headers to the whole datagram. */
	const std::size_t most = !test.is(transport::datagram) ? 100000
				 : test.has(netns::refuses_udp_segment)
					 ? test.transport().largest_datagram - 100
					 : test.transport().largest_datagram;
	const Payload payload(most);

	for (const std::size_t length : {std::size_t{1}, std::size_t{2}, std::size_t{3}, page - 1, page,
					 page + 1, 3 * page, std::size_t{10 << 10}, most}) {
		if (length > most)
			continue;
		sends(test, link, payload.first(length));
		link.deliver();
	}
	test.completions_settle(link);
}

/* Unmap, remap, protect and discard a buffer. `other`: contents of what takes its place. */
constexpr std::array<void (*)(std::optional<Mapping> &, Bytes), 4> take_away = {
	[](std::optional<Mapping> &buffer, Bytes) { buffer.reset(); },
	[](std::optional<Mapping> &buffer, Bytes other) {
		if (::mmap(buffer->data(), buffer->size(), PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
			os::check(-1, "mmap(MAP_FIXED)");
		std::ranges::copy(other, buffer->data());
	},
	[](std::optional<Mapping> &buffer, Bytes) {
		os::check(::mprotect(buffer->data(), buffer->size(), PROT_NONE), "mprotect()");
	},
	[](std::optional<Mapping> &buffer, Bytes other) {
		os::check(::madvise(buffer->data(), buffer->size(), MADV_DONTNEED), "madvise()");
		std::ranges::copy(other, buffer->data());
	},
};

void buffer_can_be_taken_away(At at)
{
	Link &link = connect_to_wait(at);
	const Payload other(waiting_length(link));
	std::array<std::optional<Mapping>, take_away.size()> buffers;

	for (std::size_t i = 0; i < take_away.size(); i++) {
		buffers[i].emplace(os::memory_of(Payload(other.size())));
		send_to_wait(at, link, buffers[i]->bytes());
		take_away[i](buffers[i], other);
		finish_datagram(at, link);
	}
	link.release();
	at->completions_settle(link);
}

REQUIREMENT("ZC-IN-07", promised,
	    "Unmapping, remapping, protecting or discarding the buffer's address range after the send "
	    "neither faults nor changes the data that is transmitted.",
	    .document = "Opportunity and Caveats: \"As implemented, with page pinning, it replaces per byte "
			"copy cost with page accounting and completion notification overhead.\"",
	    .code = "net/core/datagram.c:zerocopy_fill_skb_from_iter holds a reference on each page");
CASE(buffer_can_be_unmapped_while_a_stream_waits, .requirements = {"ZC-IN-07"},
     .transports = transport::connected, .paths = netns::delivers | netns::holds)
{
	buffer_can_be_taken_away(test);
}

CASE(buffer_can_be_unmapped_while_a_datagram_waits, .requirements = {"ZC-IN-07"},
     .transports = transport::udp)
{
	buffer_can_be_taken_away(test);
}

REQUIREMENT("ZC-IN-08", promised,
	    "When the sender reuses a buffer only after its completion, the receiver sees every byte exactly "
	    "once, in order and unmodified.",
	    .document = "Opportunity and Caveats: \"The kernel returns a notification when it is safe to "
			"modify data.\"",
	    .code = "net/core/skbuff.c:__msg_zerocopy_callback");
/* Each buffer of a ring is stored to anew as soon as its own notification has come. The
 * ring exceeds the receiver's window, and two sends make up each datagram, so that most
 * sends wait for a while. */
CASE(buffers_reused_after_completion_arrive_intact, .requirements = {"ZC-IN-08"},
     .transports = transport::all, .also = netns::stacked)
{
	constexpr std::size_t buffers = 8;
	constexpr std::size_t part = 32 << 10; /* of a stream */
	const bool datagram = test.is(transport::datagram);
	/* VSOCK has no send buffer in which data would wait for credit. */
	Link &link = test.is(transport::tcp) ? connect_with_room(test, buffers * (part / page_size() + 2),
								 {.receive_buffer = 2 * part})
					     : connect_to_wait(test);
	const std::size_t most = datagram ? link.usual_length() / 2 : part;
	std::vector<Payload> ring;

	while (ring.size() < buffers)
		ring.emplace_back(most);
	for (std::uint32_t id = 0; id < 64; id++) {
		Payload &buffer = ring[id % ring.size()];
		const std::size_t length = most - id * 613 % most;

		while (id >= ring.size() && outstanding(link, id - ring.size())) {
			notified(test, link, "a buffer's notification");
			link.read_notifications();
		}
		std::ranges::copy(Payload(length).bytes(), buffer.data()); /* no content returns */
		sends(test, link, buffer.first(length), datagram && id % 2 == 0 ? MSG_MORE : 0);
		if (datagram)
			link.read_arrived();
	}
}

} // namespace
