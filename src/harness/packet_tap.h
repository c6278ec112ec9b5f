/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "harness/test.h"
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

/* Whether the receiver's device merges (GRO) what a plain send of these bytes is cut into: one of several
 * times a frame is longer than that many bytes. */
bool merges(At at, transport::Link &link, os::Bytes bytes, std::size_t frame);
/* For skips: what one needs that does not. */
constexpr const char *no_merging = "a veth device that merges packets (GRO without XDP, Linux 5.13)";

} // namespace harness
