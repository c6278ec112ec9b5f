// SPDX-License-Identifier: GPL-2.0
/* Packet sockets wherever a flagged packet passes: msg_zerocopy.rst, Implementation: Loopback. */
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>

#include <deque>

#include "conformance/chapter.h"
#include "harness/packet_tap.h"
#include "netns/device.h"

namespace
{

using netns::open_packet_tap;
using netns::Outgoing;

/* Nobody has read the packet sockets, nor the receiver the data, when the notification comes and
 * the buffer is stored to. Each socket has the bytes as they were sent. */
void get_copies(At at, Link &link, std::deque<PacketTap> &taps)
{
	Payload payload(1000); /* one packet */
	const Data original = payload.copy();

	sends(at, link, payload);
	notified(at, link.sender());
	payload.overwrite();
	harness::copied(at, at->one_completion(link, {0, 0}));
	if (at->has(netns::delivers))
		link.deliver(); /* the frame has passed everywhere then */
	for (std::size_t i = 0; i < taps.size(); i++)
		at->that("packet socket " + std::to_string(i + 1) + " of " + std::to_string(taps.size()),
			 taps[i].saw(original), "a frame with the bytes as sent", "no such frame");
}

/* The last of several is served in a way of its own: net/core/dev.c:dev_queue_xmit_nit. */
CASE(every_packet_socket_on_the_sending_device_gets_a_copy, .requirements = {"ZC-LO-05"},
     .transports = transport::udp, .paths = netns::shares | netns::in_call, .without = netns::holds,
     .needs = harness::needs_packet)
{
	for (const unsigned count : {1, 2, 3}) {
		Link &link = test.connect();
		std::deque<PacketTap> taps;

		for (unsigned i = 0; i < count; i++)
			taps.emplace_back(test.network().device(), netns::Outgoing::seen);
		get_copies(test, link, taps);
	}
}

/* A ring that the kernel fills (PACKET_RX_RING), and two sockets that share what comes (PACKET_FANOUT). */
CASE(packet_sockets_with_a_ring_and_in_a_fanout_get_a_copy, .requirements = {"ZC-LO-05"},
     .transports = transport::udp, .paths = netns::shares | netns::in_call, .without = netns::holds,
     .needs = harness::needs_packet)
{
	constexpr int fanout = PACKET_FANOUT_HASH << 16 | 1; /* and the number of the group */
	Link &link = test.connect();
	const char *const device = test.network().device();
	const os::Fd ring = open_packet_tap(device, Outgoing::seen);
	tpacket_req frames = {};

	frames.tp_block_size = static_cast<unsigned>(page_size());
	frames.tp_block_nr = 4;
	frames.tp_frame_size = 2048;
	frames.tp_frame_nr = frames.tp_block_size / frames.tp_frame_size * frames.tp_block_nr;
	set_option(ring.get(), SOL_PACKET, PACKET_RX_RING, frames, "setsockopt(PACKET_RX_RING)");
	const Mapping mapped(frames.tp_block_nr * page_size(), PROT_READ | PROT_WRITE, MAP_SHARED,
			     ring.get());
	const auto member = [&] {
		os::Fd socket = open_packet_tap(device, Outgoing::seen);

		set_option(socket.get(), SOL_PACKET, PACKET_FANOUT, fanout, "setsockopt(PACKET_FANOUT)");
		return PacketTap(std::move(socket));
	};
	PacketTap group[] = {member(), member()};
	Payload payload(1000);
	const Data original = payload.copy();
	sends(test, link, payload);
	payload.overwrite();
	harness::copied(test, test.one_completion(link, {0, 0}));
	const Bytes seen = mapped.bytes();
	test.that("ring of the packet socket",
		  std::search(seen.begin(), seen.end(), original.begin(), original.end()) != seen.end(),
		  "the bytes as sent", "other bytes");
	test.that("packet sockets of the group", group[0].saw(original) || group[1].saw(original),
		  "a frame with the bytes as sent", "no such frame");
}

/* The frame comes in, and a socket waits for the data behind: net/core/dev.c:deliver_skb. */
CASE(every_packet_socket_on_the_receiving_device_gets_a_copy, .requirements = {"ZC-LO-05", "ZC-LO-02"},
     .paths = netns::basic | netns::local, .without = netns::simplest, .needs = harness::needs_packet)
{
	for (const unsigned count : {1, 2}) {
		Link &link = test.connect();
		std::deque<PacketTap> taps;

		harness::at_receiver(test, [&] {
			for (unsigned i = 0; i < count; i++)
				taps.emplace_back(test.network().device(), netns::Outgoing::ignored);
		});
		get_copies(test, link, taps);
	}
}

/* Where the path itself says of nothing that it was copied: the first port gets the frame in,
 * the second sends it. */
CASE(packet_socket_on_a_bridge_port_gets_a_copy, .requirements = {"ZC-LO-05"}, .paths = netns::bridged,
     .needs = harness::needs_packet)
{
	for (const char *port : {"zc1", "zc2"}) {
		Link &link = test.connect();
		std::deque<PacketTap> taps;

		harness::at_receiver(test, [&] { taps.emplace_back(port, netns::Outgoing::seen); });
		get_copies(test, link, taps);
	}
}

Notification completion_of_one(At at, Link &link)
{
	const std::uint32_t id = link.ledger().next_id();

	sends(at, link, Payload(link.usual_length()));
	return at->one_completion(link, {id, id});
}

REQUIREMENT("ZC-LO-26", observed,
	    "Whether a packet socket on the sending device forces a copy is a matter of what it listens "
	    "to: of all protocols it does, though its filter takes nothing or its buffer is full; of one "
	    "protocol, or on another device, it does not.",
	    .code = "net/core/dev.c:dev_queue_xmit_nit goes through the handlers of all protocols of that "
		    "device, and copies before net/packet/af_packet.c:packet_rcv filters");
CASE(packet_socket_that_takes_nothing_forces_a_copy, .requirements = {"ZC-LO-26", "ZC-LO-05"},
     .transports = transport::udp, .paths = netns::shares | netns::in_call, .without = netns::holds,
     .needs = needs_packet)
{
	Link &link = test.connect();
	sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
	const sock_fprog filter = {1, &nothing};

	{
		const os::Fd filtering = open_packet_tap(test.network().device(), Outgoing::seen);

		set_option(filtering.get(), SOL_SOCKET, SO_ATTACH_FILTER, filter,
			   "setsockopt(SO_ATTACH_FILTER)");
		harness::copied(test, completion_of_one(test, link),
				"ee_code beside a filter that takes nothing");
	}
	const os::Fd full = open_packet_tap(test.network().device(), Outgoing::seen);
	os::set_receive_buffer(full.get(), 1);
	for (int i = 0; i < 5; i++)
		harness::copied(test, completion_of_one(test, link), "ee_code beside a buffer that fills");
}

CASE(packet_socket_of_other_packets_forces_no_copy, .requirements = {"ZC-LO-26"},
     .transports = transport::udp, .paths = netns::shares | netns::in_call, .without = netns::holds,
     .needs = needs_packet)
{
	Link &link = test.connect();
	const char *const device = test.network().device();

	for (const std::uint16_t ethertype :
	     {std::uint16_t{ETH_P_IP}, std::uint16_t{ETH_P_IPV6}, std::uint16_t{ETH_P_ARP}}) {
		const os::Fd other = open_packet_tap(device, Outgoing::seen, ethertype);

		harness::not_copied(test, completion_of_one(test, link), "ee_code beside one of a protocol");
	}
	const os::Fd elsewhere = open_packet_tap("lo", Outgoing::seen);
	harness::not_copied(test, completion_of_one(test, link), "ee_code beside one on another device");
}

} // namespace
