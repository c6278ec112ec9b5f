// SPDX-License-Identifier: GPL-2.0
/* A program that gives a verdict on each packet, as intrusion prevention does. The queue's message refers to
 * the pages (net/core/skbuff.c:skb_zerocopy). For a program that does not ask for packets as the stack made
 * them, net/netfilter/nfnetlink_queue.c:nfqnl_enqueue_packet cuts them into segments without gathering, and
 * nf_queue_checksum_help has the checksums computed, for which skb_checksum_help() copies shared data. */
#include <sys/socket.h>

#include <vector>

#include "netns/netfilter.h"
#include "netns/stack.h"
#include "os/child.h"

namespace netns
{

namespace
{

constexpr os::KernelParts parts = {"packet queues (CONFIG_NF_TABLES_INET, CONFIG_NFT_QUEUE, "
				   "CONFIG_NETFILTER_NETLINK_QUEUE, CONFIG_VETH)",
				   {"veth", "nf_tables", "nfnetlink_queue", "nft_queue"}};

/* At the sender's end, for as long as this process lives. */
template <PacketQueue::Packets packets> void accept_packets(const Site &, bool sender)
{
	static std::vector<os::Child> programs;

	if (!sender)
		return;
	const PacketQueue queue(packets);
	/* A message that finds no room is a packet that is dropped. Unprivileged, the usual room has to do.
	 */
	const int length = 8 << 20;
	::setsockopt(queue.socket(), SOL_SOCKET, SO_RCVBUFFORCE, &length, sizeof(length));
	programs.emplace_back([&queue]() -> int { queue.accept_all(); });
}

constexpr Stack rows[] = {
	{.name = "nfqueue",
	 .summary = "a program that gives verdicts on packets (NFQUEUE)",
	 .parts = parts,
	 .device = nullptr,
	 .sockets = {.sender = 1},
	 .more = accept_packets<PacketQueue::Packets::whole>,
	 .own_state = true},
	{.name = "nfqueue-cut",
	 .summary =
		 "a program that gives verdicts on packets of one segment (NFQUEUE without NFQA_CFG_F_GSO)",
	 .parts = parts,
	 .device = nullptr,
	 .traits = copies_below,
	 .tcp = segments_copied,
	 .udp = datagrams_cut_by_copying,
	 .sockets = {.sender = 1},
	 .more = accept_packets<PacketQueue::Packets::cut>,
	 .own_state = true},
};

const StackRegistration registration(rows);

} // namespace

} // namespace netns
