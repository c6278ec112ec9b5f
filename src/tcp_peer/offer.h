/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <cstdint>
#include <optional>

#include "os/bytes.h"

namespace tcp_peer
{

/* The scripted peer's part of the handshake. */
struct Offer {
	std::uint16_t mss = 1400;
	std::optional<std::uint8_t> window_scale = 10;
	bool sack_permitted = false;
	bool timestamps = false;
	std::optional<os::Data> cookie = {}; /* Fast Open: granted, or shown to a listener */
	std::uint32_t window = 8 << 20;	     /* in bytes; without window_scale, 65535 at most */
	bool take_syn_data = true;	     /* acknowledge the data in the other end's SYN */
};

} // namespace tcp_peer
