// SPDX-License-Identifier: GPL-2.0
/* BIG TCP: packets of more than 64 KiB, over IPv6 and over IPv4, which hold more pages than a copy of 17
 * does. */

#include "conformance/chapter.h"
#include "harness/packet_tap.h"
#include "netns/device.h"

namespace
{

constexpr std::size_t huge = 2 << 20;
constexpr std::size_t largest = 400000; /* bytes of a packet */
constexpr std::size_t legacy = 65536;	/* of one that is not big: GSO_LEGACY_MAX_SIZE */
constexpr std::size_t copy = 17;	/* pages of a copy that knows no more */
constexpr std::size_t headers = 200;	/* of a frame, at the most */

void permit_big_packets(Test &test)
{
	if (copy * page_size() >= largest)
		test.skip("pages of at most 16 KiB: no packet holds more than 17 larger ones");
	/* A connection takes the device's limit when it is made. */
	netns::set_largest_packet(test.network().device(), largest);
	at_receiver(test, [&] { netns::set_largest_packet(test.network().device(), largest); });
}

/* Contiguous memory makes fragments that are larger than a page. */
void big_packets_are_copied(At at, std::size_t offset, std::size_t length)
{
	Link &link = at->connect();
	const Payload pattern(huge);
	const Mapping memory(2 * huge);
	std::uint8_t *const start =
		memory.data() + huge - reinterpret_cast<std::uintptr_t>(memory.data()) % huge;
	PacketTap tap =
		at_receiver(*at, [&] { return PacketTap(at->network().device(), netns::Outgoing::ignored); });

	/* Packets are bound to half of the largest window that the receiver has had (net/ipv4/tcp.c:
	 * tcp_bound_to_half_wnd), which grows as it reads. */
	link.send_everything(pattern, 0);
	link.deliver();
	const std::size_t plain = tap.longest_frame();
	::madvise(start, huge, MADV_HUGEPAGE);
	std::ranges::copy(pattern.bytes(), start);
	link.send_everything({start + offset, length}, MSG_ZEROCOPY);
	at->completions_settle(link);
	std::fill_n(start, huge, 0);
	link.deliver();
	const std::size_t flagged = tap.longest_frame();
	/* A long round trip makes small packets, too: net/ipv4/tcp_output.c:tcp_tso_autosize. */
	if (std::max(plain, flagged) <= legacy + headers)
		at->skip("packets of more than 64 KiB (BIG TCP, over IPv4 by gso_ipv4_max_size; a quick "
			 "machine)");
	if (flagged <= copy * page_size() + headers)
		at->skip("contiguous memory (transparent huge pages), for packets of more than 17 pages");
	all_copied(at, link);
}

REGRESSION("tcp: fix skb_copy_ubufs() vs BIG TCP", "6.4, 6.1.29 [Debian 6.1.37-1]",
	   .cases = {"big_tcp_data_to_a_local_socket_is_copied",
		     "big_tcp_data_from_any_offset_is_copied_whole"});
/* A kernel without the fix writes beyond the copy. */
CASE(big_tcp_data_to_a_local_socket_is_copied, .requirements = {"ZC-LO-01"}, .transports = transport::tcp,
     .paths = netns::simplest, .needs = harness::needs_big_tcp, .entry = Entry::guest_only)
{
	permit_big_packets(test);
	big_packets_are_copied(test, 0, huge);
}

/* Where its source begins within a page, a packet has a page more. */
CASE(big_tcp_data_from_any_offset_is_copied_whole, .requirements = {"ZC-LO-01", "ZC-IN-08"},
     .transports = transport::tcp, .paths = netns::basic | netns::local, .without = netns::simplest,
     .needs = harness::needs_big_tcp, .entry = Entry::guest_only)
{
	permit_big_packets(test);
	for (const std::size_t offset : {std::size_t{0}, std::size_t{1}, page_size() - 1})
		big_packets_are_copied(test, offset, huge / 2);
}

} // namespace
