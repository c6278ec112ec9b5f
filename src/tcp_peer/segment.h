/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "os/bytes.h"

namespace tcp_peer
{

/* Sequence numbers from..to of a selective acknowledgment, `to` the first that
 * is not in it. */
struct SackBlock {
	std::uint32_t from = 0;
	std::uint32_t to = 0;

	bool operator==(const SackBlock &) const = default;
};

struct Timestamps {
	std::uint32_t value = 0;
	std::uint32_t echo = 0;

	bool operator==(const Timestamps &) const = default;
};

/* TCP options: RFC 9293, 7323, 2018, 7413. What is not set is absent. */
struct Options {
	std::optional<std::uint16_t> mss;
	std::optional<std::uint8_t> window_scale;
	bool sack_permitted = false;
	std::vector<SackBlock> sack;
	std::optional<Timestamps> timestamps;
	std::optional<os::Data> cookie; /* Fast Open; empty: a cookie is asked for */

	bool operator==(const Options &) const = default;
};

enum Flag : std::uint8_t {
	fin = 1 << 0,
	syn = 1 << 1,
	rst = 1 << 2,
	psh = 1 << 3,
	ack = 1 << 4,
	urg = 1 << 5,
};

/* A TCP segment and the addresses of the IP packet that it is in. */
struct Segment {
	os::Data source; /* addresses as on the wire: 4 bytes or 16 */
	os::Data destination;
	std::uint16_t source_port = 0;
	std::uint16_t destination_port = 0;
	std::uint32_t seq = 0;
	std::uint32_t ack = 0;
	std::uint8_t flags = 0;
	std::uint16_t window = 0; /* as on the wire: not scaled */
	Options options = {};
	os::Data payload = {};

	bool has(std::uint8_t all_flags) const { return (flags & all_flags) == all_flags; }
};

/* The IP packet, IPv4 or IPv6 by the length of the addresses, checksums and all. */
os::Data build(const Segment &segment);

/* The segment in an IP packet; nothing where that is not TCP, is a fragment or
 * is cut short. Checksums are not looked at. Options of other kinds are passed
 * over. */
std::optional<Segment> parse(os::Bytes packet);

/* Are the checksums of a packet that parse() takes those of its bytes? */
bool checksums_right(os::Bytes packet);

/* "seq 1 ack 1 flags PA window 64 length 4000", for people. */
std::string describe(const Segment &segment);

} // namespace tcp_peer
