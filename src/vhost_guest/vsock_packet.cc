// SPDX-License-Identifier: GPL-2.0
#include "vhost_guest/vsock_packet.h"

#include <linux/virtio_vsock.h>

#include <concepts>
#include <cstddef>

namespace vhost_guest
{

static_assert(vsock_header == sizeof(virtio_vsock_hdr));

/* Little-endian, on every machine. */
template <std::unsigned_integral Field> static void put(os::Data &wire, Field field)
{
	for (std::size_t i = 0; i < sizeof(field); i++)
		wire.push_back(static_cast<std::uint8_t>(field >> 8 * i));
}

template <std::unsigned_integral Field> static void get(os::Bytes &wire, Field &field)
{
	field = 0;
	for (std::size_t i = 0; i < sizeof(field); i++)
		field |= static_cast<Field>(static_cast<Field>(wire[i]) << 8 * i);
	wire = wire.subspan(sizeof(field));
}

os::Data build(const VsockPacket &packet)
{
	os::Data wire;

	wire.reserve(vsock_header + packet.payload.size());
	put(wire, packet.source_cid);
	put(wire, packet.destination_cid);
	put(wire, packet.source_port);
	put(wire, packet.destination_port);
	put(wire, static_cast<std::uint32_t>(packet.payload.size()));
	put(wire, packet.type);
	put(wire, packet.op);
	put(wire, packet.flags);
	put(wire, packet.buf_alloc);
	put(wire, packet.fwd_cnt);
	wire.insert(wire.end(), packet.payload.begin(), packet.payload.end());
	return wire;
}

std::optional<VsockPacket> parse_vsock(os::Bytes wire)
{
	VsockPacket packet;
	std::uint32_t length;

	if (wire.size() < vsock_header)
		return {};
	get(wire, packet.source_cid);
	get(wire, packet.destination_cid);
	get(wire, packet.source_port);
	get(wire, packet.destination_port);
	get(wire, length);
	get(wire, packet.type);
	get(wire, packet.op);
	get(wire, packet.flags);
	get(wire, packet.buf_alloc);
	get(wire, packet.fwd_cnt);
	if (length != wire.size())
		return {};
	packet.payload.assign(wire.begin(), wire.end());
	return packet;
}

} // namespace vhost_guest
