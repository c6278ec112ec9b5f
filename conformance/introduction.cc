// SPDX-License-Identifier: GPL-2.0
/* The chapters 'Intro' and 'Opportunity and Caveats' of msg_zerocopy.rst. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <vector>

#include "harness/case.h"
#include "harness/test.h"
#include "limits/limits.h"
#include "netns/ip_command.h"
#include "os/check.h"
#include "os/fd.h"

namespace
{

using os::Bytes;
using os::Data;
using transport::Link;
using transport::Payload;

bool outstanding(Link &link, std::uint32_t id)
{
	return std::ranges::any_of(link.ledger().missing(),
				   [&](errqueue::IdRange ids) { return ids.contains(id); });
}

/*
 * A link on which the pages of a flagged send wait in the kernel uncopied: a
 * stream by its path; a datagram by MSG_MORE and, as ip_output.c:__ip_append_data
 * copies what is put together otherwise, UDP_SEGMENT, here with segments that
 * no datagram is longer than.
 */
Link &connect_to_wait(harness::Test &test, const transport::LinkOptions &options = {})
{
	Link &link = test.connect(options);
	const int segment = static_cast<int>(link.usual_length());

	if (test.is(transport::datagram))
		os::check(::setsockopt(link.sender(), SOL_UDP, UDP_SEGMENT, &segment, sizeof(segment)),
			  "setsockopt(UDP_SEGMENT)");
	return link;
}

/* What fits one datagram together with its last byte. */
std::size_t waiting_length(const Link &link)
{
	return link.usual_length() - 1;
}

void send_to_wait(harness::Test &test, Link &link, Bytes bytes)
{
	const std::uint32_t id = link.ledger().next_id();

	test.sent(link.send_zerocopy(bytes, test.is(transport::datagram) ? MSG_MORE : 0), bytes.size());
	link.read_notifications();
	test.that("notification of the send that waits", outstanding(link, id), "none",
		  link.ledger().describe());
}

/* The last byte of a datagram that waits. */
void finish_datagram(harness::Test &test, Link &link)
{
	const Payload last(1);

	if (test.is(transport::datagram))
		test.sent(link.send(last), last.size());
}

REQUIREMENT(
	"ZC-IN-01", promised,
	"TCP and UDP sockets over IPv4 and IPv6 accept SO_ZEROCOPY, and every successful flagged "
	"send on them is completed by one notification.",
	.document =
		"Intro; Deferred copies: \"The feature is currently implemented for TCP, UDP and VSOCK (with "
		"virtio transport) sockets.\" ... \"Passing flag MSG_ZEROCOPY is a hint to the kernel to "
		"apply copy avoidance, and a contract that the kernel will queue a completion "
		"notification.\"",
	.code = "net/ipv4/tcp.c:tcp_sendmsg_locked, net/ipv4/ip_output.c:__ip_append_data, "
		"net/ipv6/ip6_output.c:__ip6_append_data",
	.kernels = "TCP since 4.14, UDP since 5.0");
/* ZC-IN-01. Intro: "Copy avoidance ... is currently implemented for TCP, UDP and
 * VSOCK"; a completion for each flagged send and for no other. */
CASE(each_flagged_send_is_completed_by_one_notification, .requirements = {"ZC-IN-01", "ZC-IN-02"},
     .transports = transport::all)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());

	for (const std::uint32_t id : {0, 1, 2}) {
		test.sent(link.send(payload), payload.size());
		test.sent(link.send_zerocopy(payload), payload.size());
		test.one_notification(link, {id, id});
	}
}

void stores_reach_the_peer(harness::Test &test)
{
	Link &link = connect_to_wait(test);
	Payload payload(waiting_length(link));

	send_to_wait(test, link, payload);
	payload.overwrite();
	link.transcript().replace_last(payload);
	test.queue_empty(link);
	finish_datagram(test, link);
	link.release();
	test.one_notification(link, {0, 0});
}

REQUIREMENT(
	"ZC-IN-03", promised,
	"While the completion of a flagged send is outstanding on a path that does not copy, the "
	"pages are truly shared: a store into the buffer before transmission changes what the peer "
	"receives.",
	.document = "Opportunity and Caveats; Deferred copies: \"It temporarily shares the buffer between "
		    "process and network stack.\" ... \"For this reason, the kernel signals if data was "
		    "completed with a copy, by setting flag SO_EE_CODE_ZEROCOPY_COPIED in field ee_code on "
		    "return.\"",
	.code = "net/core/datagram.c:zerocopy_fill_skb_from_iter (6.1: __zerocopy_sg_from_iter)",
	.kernels = "a datagram put together by MSG_MORE shares its pages only with UDP_SEGMENT set: else "
		   "ip_output.c:__ip_append_data does without checksum offload, and copies within the call");
/* ZC-IN-03. Opportunity and Caveats: "It temporarily shares the buffer between
 * process and network stack": what is stored before the transmission is what
 * the peer reads. */
CASE(stores_reach_the_peer_while_a_stream_waits, .requirements = {"ZC-IN-03"},
     .transports = transport::connected, .paths = netns::delivers | netns::holds)
{
	stores_reach_the_peer(test);
}

/* ZC-IN-03, of a datagram that is still put together: ip_output.c:
 * __ip_append_data attaches the pages to it, as for a stream. */
CASE(stores_reach_the_peer_while_a_datagram_waits, .requirements = {"ZC-IN-03"}, .transports = transport::udp)
{
	stores_reach_the_peer(test);
}

tcp_info tcp_information(int socket)
{
	tcp_info information = {};
	socklen_t length = sizeof(information);

	os::check(::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &information, &length), "getsockopt(TCP_INFO)");
	return information;
}

REQUIREMENT("ZC-IN-04", promised,
	    "TCP keeps the pages of a flagged send shared until they are acknowledged: a retransmission "
	    "carries the bytes the buffer holds at that time.",
	    .rests_on = "ZC-IN-03",
	    .code = "net/ipv4/tcp_output.c:__tcp_transmit_skb clones the frags of the retransmit queue");
/* ZC-IN-04. Opportunity and Caveats: "possibly modifying the data in flight":
 * the retransmit queue keeps the pages themselves (tcp_output.c:
 * __tcp_retransmit_skb), so a lost segment is sent again as the buffer is then.
 * The segment is lost by a wrong neighbour; what is sent after it arrives, and
 * its duplicate acknowledgements bring the retransmission, without a timer. */
CASE(stores_reach_the_peer_by_retransmission, .requirements = {"ZC-IN-04"}, .transports = transport::tcp,
     .paths = netns::basic | netns::local, .without = netns::simplest)
{
	Link &link = test.connect();
	const netns::Network &network = test.network();
	const std::string neighbour =
		std::string(network.addresses(test.transport().address_family).receiver) + " dev " +
		network.device();

	netns::ip_batch("neighbour replace " + neighbour + " lladdr 02:00:00:00:00:02 nud permanent\n");
	/* After the fork() of that: what a child had too, a store moves elsewhere. */
	Payload lost(1000);
	const Payload later(100);

	test.sent(link.send_zerocopy(lost), lost.size());
	test.equal("segments in flight, all lost", tcp_information(link.sender()).tcpi_unacked, 1);
	lost.overwrite();
	link.transcript().replace_last(lost);
	test.queue_empty(link);
	netns::ip_batch("neighbour del " + neighbour + '\n');
	for (int i = 0; i < 4; i++)
		test.sent(link.send(later), later.size());
	test.one_notification(link, {0, 0});
	test.that("retransmissions", tcp_information(link.sender()).tcpi_total_retrans > 0, "one or more",
		  "none");
}

/* A file in memory with these bytes, mapped so that nobody writes through it. */
class ReadOnlyFile {
public:
	explicit ReadOnlyFile(Bytes bytes)
		: file_(os::check(::memfd_create("source", MFD_CLOEXEC), "memfd_create()")),
		  size_(bytes.size())
	{
		os::check(::pwrite(file_.get(), bytes.data(), size_, 0), "pwrite(memfd)");
		void *mapped = ::mmap(nullptr, size_, PROT_READ, MAP_SHARED, file_.get(), 0);
		if (mapped == MAP_FAILED)
			os::check(-1, "mmap(memfd)");
		data_ = static_cast<const std::uint8_t *>(mapped);
	}
	ReadOnlyFile(const ReadOnlyFile &) = delete;
	ReadOnlyFile &operator=(const ReadOnlyFile &) = delete;
	~ReadOnlyFile() { ::munmap(const_cast<std::uint8_t *>(data_), size_); }

	Bytes bytes() const { return {data_, size_}; }

private:
	os::Fd file_;
	std::size_t size_;
	const std::uint8_t *data_;
};

void unchanged(harness::Test &test, const char *what, Bytes seen, Bytes expected)
{
	const auto [a, b] = std::ranges::mismatch(seen, expected);

	test.that(what, a == seen.end(), "as before the send",
		  "different from byte " + std::to_string(a - seen.begin()) + " on");
}

REQUIREMENT(
	"ZC-IN-05", past_bug,
	"The kernel never writes into the user pages of a flagged send: whatever rewrites payload "
	"(checksum, encapsulation, NAT, IPsec, TC, XDP) copies it first.",
	.code = "net/core/skbuff.c:msg_zerocopy_alloc sets SKBFL_ZEROCOPY_FRAG, which contains "
		"SKBFL_SHARED_FRAG",
	.kernels =
		"markers were lost on some paths until 6.1.174, 6.12.90 and 7.1-rc4 (CVE-2026-46300, \"net: "
		"skbuff: preserve shared-frag marker during coalescing\"), on skb_zerocopy() until 6.12.115 "
		"and 7.3.1 (\"net: skbuff: propagate shared-frag marker in skb_zerocopy()\")");
/* ZC-IN-05. Opportunity and Caveats: "Kernel integrity is not affected"; nor is
 * the process's: whoever has to change the packet (a checksum, a header) copies
 * it first, as skbuff.c:msg_zerocopy_alloc marks the frags as shared. */
CASE(source_is_never_written_to, .requirements = {"ZC-IN-05"}, .transports = transport::all,
     .paths = netns::delivers, .without = netns::holds)
{
	Link &link = test.connect();
	const Payload writable(link.usual_length());
	const Data before(writable.bytes().begin(), writable.bytes().end());
	const ReadOnlyFile read_only(before);

	test.sent(link.send_zerocopy(writable), before.size());
	test.sent(link.send_zerocopy(read_only.bytes()), before.size());
	test.completions_settle(link);
	link.deliver();
	unchanged(test, "writable memory", writable, before);
	unchanged(test, "read-only mapping and file", read_only.bytes(), before);
}

REQUIREMENT(
	"ZC-IN-06", promised,
	"A flagged send is legal for every length of one byte and more: the remark about 10 KB is "
	"about benefit only.",
	.document =
		"Opportunity and Caveats: \"As a result, MSG_ZEROCOPY is generally only effective at writes "
		"over around 10 KB.\"",
	.code = "net/ipv4/tcp.c:tcp_sendmsg_locked and ip_output.c:__ip_append_data test only for a length "
		"that is not zero");
/* ZC-IN-06. Opportunity and Caveats: "generally only effective at writes over
 * around 10 KB" is advice, not a limit: tcp.c:tcp_sendmsg_locked and
 * ip_output.c:__ip_append_data ask only that the length is not zero. */
CASE(any_length_is_accepted, .requirements = {"ZC-IN-06"}, .transports = transport::all)
{
	Link &link = test.connect();
	const std::size_t page = limits::page_size();
	const std::size_t most = test.is(transport::datagram) ? test.transport().largest_datagram : 100000;
	const Payload payload(most);

	for (const std::size_t length : {std::size_t{1}, std::size_t{2}, std::size_t{3}, page - 1, page,
					 page + 1, 3 * page, std::size_t{10 << 10}, most}) {
		if (length > most)
			continue;
		test.sent(link.send_zerocopy(payload.first(length)), length);
		link.deliver();
	}
	test.completions_settle(link);
}

std::uint8_t *map(void *where, int flags, Bytes bytes)
{
	void *mapped = ::mmap(where, bytes.size(), PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);

	if (mapped == MAP_FAILED)
		os::check(-1, "mmap()");
	std::memcpy(mapped, bytes.data(), bytes.size());
	return static_cast<std::uint8_t *>(mapped);
}

/* Ways to take a buffer away from its address; `other` is what may be there next. */
constexpr std::array<void (*)(std::uint8_t *, Bytes), 4> take_away = {
	[](std::uint8_t *buffer, Bytes other) { os::check(::munmap(buffer, other.size()), "munmap()"); },
	[](std::uint8_t *buffer, Bytes other) { map(buffer, MAP_FIXED, other); },
	[](std::uint8_t *buffer, Bytes other) {
		os::check(::mprotect(buffer, other.size(), PROT_NONE), "mprotect()");
	},
	[](std::uint8_t *buffer, Bytes other) {
		os::check(::madvise(buffer, other.size(), MADV_DONTNEED), "madvise()");
		std::memcpy(buffer, other.data(), other.size());
	},
};

void buffer_can_be_taken_away(harness::Test &test)
{
	Link &link = connect_to_wait(test);
	const Payload other(waiting_length(link));

	for (const auto &act : take_away) {
		const Payload payload(other.size());
		std::uint8_t *buffer = map(nullptr, 0, payload);

		send_to_wait(test, link, {buffer, payload.size()});
		act(buffer, other);
		finish_datagram(test, link);
	}
	link.release();
	test.completions_settle(link);
}

REQUIREMENT("ZC-IN-07", promised,
	    "Unmapping, remapping, protecting or discarding the buffer's address range after the send "
	    "neither faults nor changes the data that is transmitted.",
	    .document =
		    "Opportunity and Caveats: \"As implemented, with page pinning, it replaces per byte copy "
		    "cost with page accounting and completion notification overhead.\"",
	    .code = "net/core/datagram.c:zerocopy_fill_skb_from_iter holds a reference on each page");
/* ZC-IN-07. Opportunity and Caveats: "As implemented, with page pinning":
 * datagram.c:zerocopy_fill_skb_from_iter (6.1: __zerocopy_sg_from_iter) refers
 * to pages, not to addresses. */
CASE(buffer_can_be_unmapped_while_a_stream_waits, .requirements = {"ZC-IN-07"},
     .transports = transport::connected, .paths = netns::delivers | netns::holds)
{
	buffer_can_be_taken_away(test);
}

/* ZC-IN-07, of a datagram that is still put together. */
CASE(buffer_can_be_unmapped_while_a_datagram_waits, .requirements = {"ZC-IN-07"},
     .transports = transport::udp)
{
	buffer_can_be_taken_away(test);
}

REQUIREMENT("ZC-IN-08", promised,
	    "When the sender reuses a buffer only after its completion, the receiver sees every byte "
	    "exactly once, in order and unmodified.",
	    .document =
		    "Opportunity and Caveats: \"The kernel returns a notification when it is safe to modify "
		    "data.\"",
	    .code = "net/core/skbuff.c:__msg_zerocopy_callback");
/* ZC-IN-08. Opportunity and Caveats: "The kernel returns a notification when it
 * is safe to modify data". A ring of buffers, each stored to anew as soon as its
 * own notification has come. The ring is more than the receiver's window, and
 * each datagram is made of two sends, so that most of them wait for a while. */
CASE(buffers_reused_after_completion_arrive_intact, .requirements = {"ZC-IN-08"},
     .transports = transport::all)
{
	const bool datagram = test.is(transport::datagram);
	/* On VSOCK the sender has no buffer where they would wait for credit. */
	Link &link = connect_to_wait(test, {.receive_buffer = test.is(transport::tcp) ? 128 << 10 : 0});
	const std::size_t most = datagram ? link.usual_length() / 2 : 48 << 10;
	std::vector<Payload> ring;

	while (ring.size() < 8)
		ring.emplace_back(most);
	for (std::uint32_t id = 0; id < 64; id++) {
		Payload &buffer = ring[id % ring.size()];
		const std::size_t length = most - id * 613 % most;

		while (id >= ring.size() && outstanding(link, id - ring.size())) {
			test.that("poll() for a buffer's notification", link.await_notification(), "POLLERR",
				  "none: " + link.ledger().describe());
			link.read_notifications();
		}
		/* An odd step: no content comes back within 256 uses. */
		std::for_each_n(buffer.data(), length, [](std::uint8_t &byte) { byte += 101; });
		test.sent(link.send_zerocopy(buffer.first(length), datagram && id % 2 == 0 ? MSG_MORE : 0),
			  length);
		if (datagram)
			link.read_arrived();
	}
}

} // namespace
