// SPDX-License-Identifier: GPL-2.0
#include "bench/drain.h"

#include <linux/if_ether.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>
#include <vector>

#include "os/check.h"
#include "tcp_peer/peer.h"
#include "tcp_peer/segment.h"

#ifndef UDP_GRO
#define UDP_GRO 104 /* include/uapi/linux/udp.h */
#endif

namespace bench
{

namespace
{

/* Behind a virtio_net_hdr, as tcp_peer/tap.cc has it; enough for all headers of TCP. */
constexpr std::size_t virtio_header = 10;
constexpr std::size_t headers = 160;
/* So many segments are acknowledged at once, at most. */
constexpr unsigned most_segments = 16;

/* VSOCK cannot discard (net/vmw_vsock/af_vsock.c): there the receiver copies. */
int discard(int socket, bool copies)
{
	std::vector<std::uint8_t> buffer(copies ? 1 << 18 : 0);
	const std::size_t length = copies ? buffer.size() : 1 << 20;

	while (::recv(socket, buffer.data(), length, copies ? 0 : MSG_TRUNC) >= 0 || errno == EINTR)
		;
	return 1;
}

/* The headers of the next frame that the device has; the rest of the frame is gone. */
os::Bytes next_frame(int device, std::array<std::uint8_t, headers> &buffer)
{
	const ssize_t length = ::read(device, buffer.data(), buffer.size());

	return {buffer.data(), length > 0 ? static_cast<std::size_t>(length) : 0};
}

void await_frame(int device)
{
	pollfd poll = {device, POLLIN, 0};

	os::check(::poll(&poll, 1, -1), "poll()");
}

std::uint32_t number(os::Bytes bytes, std::size_t at, std::size_t length)
{
	std::uint32_t value = 0;

	for (const std::uint8_t byte : bytes.subspan(at, length))
		value = value << 8 | byte;
	return value;
}

/* Where a TCP segment of a packet ends in the stream; nothing of another packet, or of one without data. */
std::optional<std::uint32_t> end_of(os::Bytes packet, const tcp_peer::Peer &peer)
{
	constexpr std::size_t ipv6_header = 40;
	constexpr std::size_t tcp_header = 20;
	const bool ipv4 = !packet.empty() && packet[0] >> 4 == 4;
	const std::size_t header = ipv4 ? (packet[0] & 0xf) * 4 : ipv6_header;

	if (packet.size() < header + tcp_header || packet[ipv4 ? 9 : 6] != IPPROTO_TCP)
		return {};
	const std::size_t whole = ipv4 ? number(packet, 2, 2) : number(packet, 4, 2) + ipv6_header;
	const std::size_t data = whole - header - (packet[header + 12] >> 4) * 4;
	tcp_peer::Segment segment;

	segment.seq = number(packet, header + 4, 4);
	if (data == 0)
		return {};
	return peer.range(segment).from + static_cast<std::uint32_t>(data);
}

int acknowledge(int device, std::size_t link_header, tcp_peer::Peer &peer)
{
	std::array<std::uint8_t, headers> buffer = {};

	for (std::uint32_t received = 0;;) {
		bool any = false;

		await_frame(device);
		for (unsigned i = 0; i < most_segments; i++) {
			const os::Bytes frame = next_frame(device, buffer);

			if (frame.size() <= virtio_header + link_header)
				break;
			const auto end = end_of(frame.subspan(virtio_header + link_header), peer);
			/* What is sent again ends before what came already. Gaps are nobody's concern. */
			if (end && static_cast<std::int32_t>(*end - received) > 0)
				received = *end;
			any = any || end;
		}
		if (any)
			peer.acknowledge(received);
	}
}

int read_away(int device)
{
	std::array<std::uint8_t, headers> buffer = {};

	for (;;) {
		await_frame(device);
		while (!next_frame(device, buffer).empty())
			;
	}
}

} // namespace

std::function<int()> receiver_of(transport::Link &link, const netns::Network &network,
				 const transport::Transport &transport)
{
	const int device = network.tun();
	const std::size_t link_header = network.tun_ethernet() ? ETH_HLEN : 0;

	if (device >= 0 && (transport.kind & transport::tcp))
		return [&link, device, link_header] { return acknowledge(device, link_header, link.peer()); };
	if (device >= 0)
		return [device] { return read_away(device); };
	const int socket = link.receiver();
	/* The device drops all. */
	if (socket < 0)
		return [] { return ::pause(); };
	if (transport.kind & transport::udp) {
		const int on = 1;

		/* As a device with GRO hands on what was sent in segments: in one piece. */
		::setsockopt(socket, IPPROTO_UDP, UDP_GRO, &on, sizeof(on));
	}
	return [socket, copies = (transport.kind & transport::vsock) != 0] {
		return discard(socket, copies);
	};
}

} // namespace bench
