/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "os/bytes.h"

namespace vhost_guest
{

/* struct virtio_vsock_hdr, on the wire. */
inline constexpr std::size_t vsock_header = 44;

/* A packet of the virtio socket device: Virtio 1.2, 5.10.6. Type, op and flags are
 * VIRTIO_VSOCK_TYPE_*, _OP_*, _SHUTDOWN_* and _SEQ_* of linux/virtio_vsock.h. */
struct VsockPacket {
	std::uint64_t source_cid = 0;
	std::uint64_t destination_cid = 0;
	std::uint32_t source_port = 0;
	std::uint32_t destination_port = 0;
	std::uint16_t type = 0;
	std::uint16_t op = 0;
	std::uint32_t flags = 0;
	/* The sender's credit: the size of its buffer in bytes, and how many it has
	 * taken out of it since the connection began. */
	std::uint32_t buf_alloc = 0;
	std::uint32_t fwd_cnt = 0;
	os::Data payload;

	bool operator==(const VsockPacket &) const = default;
};

/* As it is on the wire. */
os::Data build(const VsockPacket &packet);

/* Nothing where the header is cut short, or says another length than is there. */
std::optional<VsockPacket> parse_vsock(os::Bytes wire);

} // namespace vhost_guest
