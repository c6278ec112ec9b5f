// SPDX-License-Identifier: GPL-2.0
#include "tcp_peer/tap.h"

#include <linux/if_ether.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <string>

#include "os/check.h"

namespace tcp_peer
{

/* Of struct virtio_net_hdr, whose own header is not for C++: its size here unless
 * TUNSETVNETHDRSZ says another, and what its first byte, the flags, says. */
constexpr std::size_t virtio_header = 10;
constexpr std::uint8_t needs_checksum = 1;
constexpr std::size_t largest_packet = 1 << 16;
/* As in netns/macvtap.batch and netns/neighbour.batch. */
constexpr std::array<std::uint8_t, ETH_ALEN> sender_address = {2, 0, 0, 0, 0, 1};
constexpr std::array<std::uint8_t, ETH_ALEN> peer_address = {2, 0, 0, 0, 0, 2};

static std::uint16_t ether_type(os::Bytes frame)
{
	return static_cast<std::uint16_t>(frame[2 * ETH_ALEN] << 8 | frame[2 * ETH_ALEN + 1]);
}

std::optional<Packet> Tap::read()
{
	constexpr std::size_t whole = virtio_header + ETH_HLEN + largest_packet;
	static thread_local const auto buffer = std::make_unique_for_overwrite<std::uint8_t[]>(whole);
	const ssize_t length = ::read(device_, buffer.get(), whole);

	if (length < 0 && errno == EAGAIN)
		return {};
	os::check(length, "read(device)");
	os::Bytes frame = os::Bytes(buffer.get(), length);
	if (frame.size() < virtio_header + (framing_ == Framing::ethernet ? ETH_HLEN : 0))
		return Packet();
	const bool checksum_left = frame[0] & needs_checksum;
	frame = frame.subspan(virtio_header);
	if (framing_ == Framing::ethernet) {
		const std::uint16_t type = ether_type(frame);

		if (type != ETH_P_IP && type != ETH_P_IPV6)
			return Packet();
		frame = frame.subspan(ETH_HLEN);
	}
	return Packet{{frame.begin(), frame.end()}, checksum_left};
}

void Tap::write(os::Bytes packet)
{
	/* All zero: nothing is left to do for the checksum. */
	os::Data frame(virtio_header);

	if (framing_ == Framing::ethernet) {
		const std::uint16_t type = packet[0] >> 4 == 4 ? ETH_P_IP : ETH_P_IPV6;

		frame.insert(frame.end(), sender_address.begin(), sender_address.end());
		frame.insert(frame.end(), peer_address.begin(), peer_address.end());
		frame.push_back(static_cast<std::uint8_t>(type >> 8));
		frame.push_back(static_cast<std::uint8_t>(type));
	}
	frame.insert(frame.end(), packet.begin(), packet.end());
	const ssize_t written = os::check(::write(device_, frame.data(), frame.size()), "write(device)");
	os::require(written == static_cast<ssize_t>(frame.size()),
		    "write(device) took " + std::to_string(written) + " of a frame's " +
			    std::to_string(frame.size()) + " bytes");
}

} // namespace tcp_peer
