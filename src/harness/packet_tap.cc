// SPDX-License-Identifier: GPL-2.0
#include "harness/packet_tap.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "harness/sending.h"
#include "harness/sockets.h"

namespace harness
{

static std::uint16_t ethertype_of(const os::Data &frame)
{
	std::uint16_t type;

	std::memcpy(&type, frame.data() + offsetof(ethhdr, h_proto), sizeof(type));
	return ntohs(type);
}

PacketTap::PacketTap(const char *device, netns::Outgoing outgoing)
	: socket_(netns::open_packet_tap(device, outgoing))
{
}

bool PacketTap::saw(os::Bytes end, std::optional<std::uint16_t> ethertype)
{
	os::Data frame(1 << 16);
	bool seen = false;
	ssize_t length;

	while ((length = ::recv(socket_.get(), frame.data(), frame.size(), MSG_DONTWAIT)) >= 0) {
		const os::Bytes bytes = os::Bytes(frame).first(length);

		if (bytes.size() > end.size() && (!ethertype || ethertype_of(frame) == *ethertype) &&
		    std::ranges::equal(bytes.last(end.size()), end))
			seen = true;
	}
	return seen;
}

std::size_t PacketTap::longest_frame()
{
	std::uint8_t byte;
	ssize_t longest = 0;
	ssize_t length;

	while ((length = ::recv(socket_.get(), &byte, sizeof(byte), MSG_DONTWAIT | MSG_TRUNC)) >= 0)
		longest = std::max(longest, length);
	return longest;
}

bool merges(At at, transport::Link &link, os::Bytes bytes, std::size_t frame)
{
	PacketTap tap =
		at_receiver(*at, [&] { return PacketTap(at->network().device(), netns::Outgoing::ignored); });
	constexpr int rounds = 10;

	for (int i = 0; i < rounds; i++) {
		plainly_sends(at, link, bytes);
		link.deliver();
		if (tap.longest_frame() > frame)
			return true;
	}
	return false;
}

} // namespace harness
