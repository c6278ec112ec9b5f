/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <cstddef>

namespace transport
{

/* The most that one VSOCK packet carries, in bytes: VIRTIO_VSOCK_MAX_PKT_BUF_SIZE. */
inline constexpr std::size_t vsock_packet = 64 << 10;

} // namespace transport
