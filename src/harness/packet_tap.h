/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "netns/device.h"
#include "os/bytes.h"
#include "os/fd.h"

namespace harness
{

/* A packet socket, as tcpdump has one, of a device in the current namespace. Throws
 * std::system_error. */
class PacketTap {
public:
	PacketTap(const char *device, netns::Outgoing outgoing);
	/* One that the case has made. */
	explicit PacketTap(os::Fd socket) : socket_(std::move(socket)) {}

	/* One of the frames that it has got by now, and that were not yet looked at, ends with
	 * these bytes; where an ethertype is given, a frame of that. */
	bool saw(os::Bytes end, std::optional<std::uint16_t> ethertype = {});
	/* The length in bytes of the longest of them; 0: there is none. */
	std::size_t longest_frame();

private:
	os::Fd socket_;
};

} // namespace harness
