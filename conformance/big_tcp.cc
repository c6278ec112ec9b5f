// SPDX-License-Identifier: GPL-2.0
/* BIG TCP: packets of more than 64 KiB, which hold more pages than a copy of 17 does. */

#include "conformance/chapter.h"
#include "harness/packet_tap.h"
#include "netns/ip_command.h"

namespace
{

/* Where its source begins within a page, a packet has a page more. A kernel before "tcp: fix skb_copy_ubufs()
 * vs BIG TCP" writes beyond the copy. */
CASE(big_tcp_data_from_any_offset_is_copied_whole, .requirements = {"ZC-LO-01", "ZC-IN-08"},
     .transports = transport::tcp, .paths = netns::basic | netns::local, .address_family = AF_INET6,
     .entry = Entry::guest_only)
{
	constexpr std::size_t huge = 2 << 20, length = 1 << 20, fragments = 17;
	const std::string larger = std::string("link set dev ") + test.network().device() +
				   " gso_max_size 400000 gro_max_size 400000\n";
	const Mapping memory(2 * huge);
	std::uint8_t *const start =
		memory.data() + huge - reinterpret_cast<std::uintptr_t>(memory.data()) % huge;
	const Payload pattern(huge);

	/* A connection takes the device's limit when it is made. */
	netns::ip_batch(larger);
	harness::at_receiver(test, [&] { netns::ip_batch(larger); });
	::madvise(start, huge, MADV_HUGEPAGE);
	for (const std::size_t offset : {std::size_t{0}, std::size_t{1}, page_size() - 1}) {
		Link &link = test.connect();
		/* Packets are bound to half of the largest window that the receiver has had
		 * (net/ipv4/tcp.c:tcp_bound_to_half_wnd), which grows as it reads. */
		link.send_everything(pattern, 0);
		link.deliver();
		harness::PacketTap tap = harness::at_receiver(test, [&] {
			return harness::PacketTap(test.network().device(), netns::Outgoing::ignored);
		});
		std::ranges::copy(pattern.bytes(), start);
		sends(test, link, {start + offset, length});
		test.completions_settle(link);
		std::fill_n(start, huge, 0);
		link.deliver();
		if (tap.longest_frame() <= fragments * page_size() + 200)
			test.skip("contiguous memory (transparent huge pages), for packets of more than 17 "
				  "pages");
		harness::all_copied(test, link);
	}
}

} // namespace
