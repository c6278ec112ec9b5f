// SPDX-License-Identifier: GPL-2.0
/* The pages of a flagged send, and when the kernel lets go of them. A file in memory tells: it
 * can be sealed against writes as soon as nobody but itself has a page of it (mm/memfd.c:
 * memfd_wait_for_pins), which takes up to 150 ms to find that somebody has. */
#include <fcntl.h>
#include <linux/memfd.h>
#include <unistd.h>

#include <system_error>

#include "conformance/chapter.h"
#include "harness/requests.h"
#include "netns/device.h"
#include "os/pages.h"
#include "tcp_peer/peer.h"
#include "transport/ring.h"

namespace
{

using transport::from_registered_buffer;
using transport::send_zc;

/* A file in memory with other bytes everywhere, mapped to send from. */
class Source {
public:
	/* Throws std::system_error, with ENOMEM where huge pages are wanted and none is free. */
	explicit Source(std::size_t length, unsigned flags = 0)
		: file_(os::check(::memfd_create("source", MFD_CLOEXEC | MFD_ALLOW_SEALING | flags),
				  "memfd_create()"))
	{
		const Payload bytes(length);

		os::check(::ftruncate(file_.get(), static_cast<off_t>(length)), "ftruncate()");
		memory_.emplace(length, PROT_READ | PROT_WRITE, MAP_SHARED, file_.get());
		std::ranges::copy(bytes.bytes(), memory_->data());
	}

	Bytes bytes() const { return memory_->bytes(); }
	int file() const { return file_.get(); }
	/* Nobody has a page of it but the file: unmap it, and seal it. */
	void is_let_go(At at, const std::string &when)
	{
		memory_.reset();
		error_is(at, "fcntl(F_SEAL_WRITE) of the source " + when, seal(), 0);
	}
	/* Somebody has. */
	void is_held(At at, const std::string &when)
	{
		memory_.reset();
		error_is(at, "fcntl(F_SEAL_WRITE) of the source " + when, seal(), EBUSY);
	}

private:
	int seal() const { return Returned::of(::fcntl(file_.get(), F_ADD_SEALS, F_SEAL_WRITE)).error; }

	os::Fd file_;
	std::optional<Mapping> memory_;
};

/* Send it in pieces that touch, which become one fragment; in pieces with gaps; and from every
 * offset in a page that matters. */
void send_in_every_way(At at, Link &link, const Source &source)
{
	const std::size_t page = page_size();
	const Bytes bytes = source.bytes();
	const std::size_t most = std::min(link.usual_length(), bytes.size() / 2);

	for (const std::size_t offset : {std::size_t{0}, std::size_t{1}, page - 1, bytes.size() - most})
		sends(at, link, bytes.subspan(offset, most));
	sends(at, link, transport::gapped(bytes, 8, most / 20));
	Outgoing touching;
	for (std::size_t i = 0; i < 8; i++)
		touching.add(bytes.subspan(page - 400 + i * 100, 100));
	sends(at, link, touching);
	/* Of two calls, too, where they share a packet. */
	sends(at, link, bytes.first(100), MSG_MORE);
	sends(at, link, bytes.subspan(100, 100));
}

/* The kernel has taken the first piece when it finds that it cannot take the second. */
void fail_in_the_middle(At at, Link &link, const Source &source)
{
	const Mapping unreadable(100, PROT_NONE);
	const Outgoing pieces{source.bytes().first(100), unreadable.bytes()};

	at->refused(link.send_message(pieces.header(), MSG_ZEROCOPY), EFAULT);
}

REQUIREMENT("ZC-MEM-18", observed,
	    "Once a flagged send is complete the kernel has no reference to its pages any more, and until "
	    "then it has: the file that they belong to can be sealed against writes afterwards only.",
	    .code = "net/core/datagram.c:zerocopy_fill_skb_from_iter takes a reference for each fragment; "
		    "net/core/skbuff.c:skb_release_data, skb_copy_ubufs and ___pskb_trim give them back");
CASE(completed_sends_hold_no_page, .requirements = {"ZC-MEM-18"}, .paths = netns::basic)
{
	Link &link = test.connect();
	Source source(4 * page_size());

	fail_in_the_middle(test, link, source);
	send_in_every_way(test, link, source);
	link.deliver();
	test.completions_settle(link);
	source.is_let_go(test, "whose sends are complete");
}

CASE(completed_sends_that_nobody_copied_hold_no_page, .requirements = {"ZC-MEM-18"},
     .transports = transport::udp, .paths = netns::shares | netns::in_call, .without = netns::holds)
{
	Link &link = test.connect();
	Source source(4 * page_size());

	fail_in_the_middle(test, link, source);
	send_in_every_way(test, link, source);
	test.completions_settle(link);
	source.is_let_go(test, "whose sends are complete");
}

/* The control of the cases above. The sends of a stream join one another meanwhile. */
CASE(pending_sends_hold_their_pages_until_they_complete, .requirements = {"ZC-MEM-18"}, .paths = netns::holds)
{
	Link &link = connect_with_room(test, 90);
	Source pending(2 * page_size());
	Source later(2 * page_size());

	send_in_every_way(test, link, pending);
	pending.is_held(test, "whose sends are pending");
	send_in_every_way(test, link, later);
	link.release();
	if (test.has(netns::delivers))
		link.deliver();
	test.completions_settle(link);
	later.is_let_go(test, "whose sends are complete");
}

/* Packets that are purged hold pages, too. */
CASE(sends_that_a_disconnection_ends_hold_no_page, .requirements = {"ZC-MEM-18", "ZC-LF-02"},
     .transports = transport::tcp, .paths = netns::holds_many)
{
	Link &link = connect_with_room(test, 90);
	Source source(48 << 10); /* many packets */

	sends(test, link, source.bytes());
	os::disconnect(link.sender());
	link.connection_reset();
	test.completions_settle(link);
	source.is_let_go(test, "whose sends ended with the connection");
}

/* A packet that is cut within a page makes a fragment of each half, one of which takes a reference
 * (net/core/skbuff.c:skb_split_no_header), and one that is acknowledged in part gives back what lies before
 * (__pskb_trim_head). The window cuts here, then segments that are sent again, blocks that are acknowledged
 * selectively, and acknowledgments inside a segment. */
CASE(cut_packets_hold_no_page, .requirements = {"ZC-MEM-18", "ZC-IN-08"}, .transports = transport::tcp,
     .paths = netns::scripted)
{
	constexpr std::uint32_t mss = 1000, window = 4 * mss, whole = 16 * mss;
	Link &link = test.connect({.offer = {.mss = mss, .sack_permitted = true, .window = window}});
	tcp_peer::Peer &peer = link.peer();
	Source source(whole);

	sends(test, link, source.bytes());
	while (peer.lose_next().to != window)
		;
	peer.acknowledge(0, {{mss, 2 * mss}, {3 * mss, 4 * mss}});
	test.equal("position of the retransmission", peer.take_next().from, 0);
	peer.set_window(whole);
	while (peer.received() < whole) {
		peer.acknowledge(peer.received() - mss / 2);
		peer.acknowledge();
		peer.take_next();
	}
	test.queue_empty(link);
	peer.acknowledge();
	left_to_acknowledge(test, link, 0);
	while (!peer.nothing_waits()) /* what was sent again has the pages, too */
		;
	test.one_completion(link, {0, 0});
	source.is_let_go(test, "of a call whose packets were cut");
}

/* A call that fails behind others takes its pieces out of their packet again. Towards another machine the
 * packet may be full before it. */
CASE(failed_calls_behind_others_hold_no_page, .requirements = {"ZC-MEM-18"}, .transports = transport::tcp,
     .paths = netns::holds, .without = netns::remote)
{
	Link &link = test.connect();
	Source source(page_size());

	sends(test, link, Payload(100));
	fail_in_the_middle(test, link, source);
	test.queue_empty(link);
	source.is_let_go(test, "of a call that failed, while others wait");
}

REQUIREMENT("ZC-MEM-80", observed,
	    "Pages of a file that sendfile(2) puts beside flagged data, into a packet or a datagram, arrive, "
	    "and are let go when they have.",
	    .code = "net/core/skbuff.c:skb_splice_from_iter, skb_append_pagefrags");
CASE(pages_of_a_file_beside_flagged_data_are_let_go, .requirements = {"ZC-MEM-80", "ZC-TX-14"},
     .paths = netns::basic | netns::local)
{
	Link &link = test.connect();
	const Payload payload(100);
	Source source(page_size());

	for (unsigned i = 0; i < 4; i++) {
		const std::size_t offset = 100UL * i;

		sends(test, link, payload, MSG_MORE);
		if (i % 2)
			sends(test, link, payload, MSG_MORE);
		sends_file(test, link, source.file(), static_cast<off_t>(offset),
			   source.bytes().subspan(offset, 200 + i));
		link.deliver();
	}
	test.completions_settle(link);
	source.is_let_go(test, "whose bytes have been read");
}

/* Software segmentation gives each segment the fragments that it has a part of (net/core/skbuff.c:
 * skb_segment). */
CASE(segments_cut_by_software_hold_no_page, .requirements = {"ZC-MEM-18"},
     .paths = netns::basic | netns::local)
{
	constexpr int size = 1000;
	Link &link = test.connect();
	Source source(16 * size);

	netns::set_feature(test.network().device(), "tx-udp-segmentation", false);
	netns::set_offload(test.network().device(), netns::Offload::tso, false);
	if (test.is(transport::datagram))
		segment(link, size);
	for (const std::size_t offset : {0, 1, size / 2})
		sends(test, link, source.bytes().subspan(offset, 15UL * size));
	link.deliver();
	test.completions_settle(link);
	source.is_let_go(test, "whose segments are complete");
}

/* Huge pages of the usual size. Waits, because other cases use some at the same time, and the
 * machine has few. */
void await_huge_pages(At at, std::optional<Source> &source, std::size_t count)
{
	const std::size_t size = os::huge_page_size();
	const bool there = os::wait_until([&] {
		try {
			source.emplace(count * size, MFD_HUGETLB);
			return true;
		} catch (const std::system_error &) {
			return false;
		}
	});

	if (!there)
		at->skip("free huge pages of " + std::to_string(size >> 20) + " MiB, " +
			 std::to_string(count) + " (sysctl vm.nr_hugepages)");
}

/* The offset of a fragment goes from the start of the huge page. What touches is one fragment,
 * for which all references but one are given back (refs of zerocopy_fill_skb_from_iter). */
CASE(every_part_of_a_huge_page_arrives_and_is_let_go, .requirements = {"ZC-MEM-02", "ZC-MEM-18", "ZC-IN-08"},
     .paths = netns::basic, .needs = needs_huge_pages, .entry = Entry::memory)
{
	constexpr std::size_t parts = 16;
	Link &link = test.connect();
	std::optional<Source> source;
	await_huge_pages(test, source, 1);
	const std::size_t part = source->bytes().size() / parts;

	for (std::size_t i = 0; i < parts; i++) {
		const Bytes bytes = source->bytes().subspan(i * part, part);
		const std::size_t length = std::min(link.usual_length(), part);

		sends(test, link, bytes.first(length));
		sends(test, link, bytes.last(length));
		Outgoing touching;
		for (std::size_t piece = 0; piece < 8; piece++)
			touching.add(bytes.subspan(page_size() - 400 + piece * 100, 100));
		sends(test, link, touching);
		link.deliver();
		test.completions_settle(link);
	}
	source->is_let_go(test, "whose sends are complete");
}

/* One call takes pages of both, which make a fragment of each. */
CASE(data_across_the_border_of_huge_pages_is_let_go, .requirements = {"ZC-MEM-02", "ZC-MEM-18", "ZC-IN-08"},
     .paths = netns::basic, .needs = needs_huge_pages, .entry = Entry::memory)
{
	Link &link = test.connect();
	std::optional<Source> source;
	await_huge_pages(test, source, 2);
	const std::size_t border = os::huge_page_size();
	const std::size_t most = std::min(link.usual_length(), border);

	for (const std::size_t before : {std::size_t{1}, page_size() + 1, most / 2}) {
		const std::size_t length = std::min(2 * before, most);

		sends(test, link, source->bytes().subspan(border - length / 2, length));
		link.deliver();
		test.completions_settle(link);
	}
	source->is_let_go(test, "whose sends are complete");
}

/* The entry with the timestamp has the packet, or a copy of it: net/core/skbuff.c:
 * __skb_tstamp_tx copies flagged data. Nobody has read it when the pages are asked for. */
CASE(timestamps_with_their_packets_hold_no_page, .requirements = {"ZC-MEM-18", "ZC-TS-05"},
     .paths = netns::basic, .needs = needs_stamped_packets)
{
	for (const int when :
	     {SOF_TIMESTAMPING_TX_SCHED, SOF_TIMESTAMPING_TX_SOFTWARE, SOF_TIMESTAMPING_TX_ACK}) {
		Link &link = test.connect();
		Source source(4 * page_size());

		if (when == SOF_TIMESTAMPING_TX_ACK && !test.is(transport::stream))
			continue;
		timestamp(link, SOF_TIMESTAMPING_SOFTWARE | when);
		sends(test, link, source.bytes().first(std::min(link.usual_length(), source.bytes().size())));
		link.deliver();
		if (test.is(transport::stream)) {
			link.acknowledge();
			left_to_acknowledge(test, link, 0);
		}
		notified(test, link.sender(), "the timestamp");
		source.is_let_go(test, "of which a timestamp is unread");
		test.completions_settle(link);
	}
}

/* A packet's fragments hold no page where all are of registered buffers, and they all do as soon as others
 * join it (io_uring/net.c:io_sg_from_iter_iovec). */
CASE(pages_beside_those_of_a_registered_buffer_are_let_go, .requirements = {"ZC-MEM-18", "ZC-IO-11"},
     .transports = transport::tcp, .paths = netns::delivers | netns::holds, .needs = needs_send_zc,
     .entry = Entry::io_uring)
{
	Link &link = test.connect({.zerocopy = false});
	transport::Ring ring;
	const Payload registered(100);
	Source source(page_size());

	ring.register_buffer(registered);
	request_sends(test, link, ring, from_registered_buffer(send_zc(link.sender(), registered)),
		      registered);
	request_sends(test, link, ring, send_zc(link.sender(), source.bytes()), source.bytes());
	link.release();
	link.deliver();
	for (int i = 0; i < 2; i++)
		request_notifies(test, ring);
	source.is_let_go(test, "whose request is notified of");
}

} // namespace
