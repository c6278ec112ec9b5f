// SPDX-License-Identifier: GPL-2.0
#include "tcp_peer/segment.h"

#include <netinet/in.h>

#include <sstream>
#include <stdexcept>

namespace tcp_peer
{

namespace
{

/* Sizes and offsets of the headers: RFC 791, 8200, 9293. */
constexpr std::size_t ipv4_header = 20;
constexpr std::size_t ipv6_header = 40;
constexpr std::size_t tcp_header = 20;
constexpr std::size_t largest_tcp_header = 60;
constexpr std::uint8_t hops = 64;

enum OptionKind : std::uint8_t {
	option_end = 0,
	option_nop = 1,
	option_mss = 2,
	option_window_scale = 3,
	option_sack_permitted = 4,
	option_sack = 5,
	option_timestamps = 8,
	option_fast_open = 34,
};

/* Network byte order, whatever the machine's. */
void put16(os::Data &to, std::uint16_t value)
{
	to.push_back(static_cast<std::uint8_t>(value >> 8));
	to.push_back(static_cast<std::uint8_t>(value));
}

void put32(os::Data &to, std::uint32_t value)
{
	put16(to, static_cast<std::uint16_t>(value >> 16));
	put16(to, static_cast<std::uint16_t>(value));
}

std::uint16_t get16(os::Bytes from)
{
	return static_cast<std::uint16_t>(from[0] << 8 | from[1]);
}

std::uint32_t get32(os::Bytes from)
{
	return static_cast<std::uint32_t>(get16(from)) << 16 | get16(from.subspan(2));
}

void store16(os::Data &to, std::size_t at, std::uint16_t value)
{
	to[at] = static_cast<std::uint8_t>(value >> 8);
	to[at + 1] = static_cast<std::uint8_t>(value);
}

void append(os::Data &to, os::Bytes bytes)
{
	to.insert(to.end(), bytes.begin(), bytes.end());
}

/* RFC 1071: the sum of 16-bit words, carries added; 0xffff where a checksum that
 * was summed too is right. */
std::uint16_t fold(std::uint64_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return static_cast<std::uint16_t>(sum);
}

std::uint64_t sum_words(os::Bytes bytes)
{
	std::uint64_t sum = 0;

	for (std::size_t at = 0; at + 1 < bytes.size(); at += 2)
		sum += get16(bytes.subspan(at));
	if (bytes.size() % 2)
		sum += static_cast<std::uint64_t>(bytes.back()) << 8;
	return sum;
}

/* With the pseudo header, the same for both families: RFC 8200, 8.1. */
std::uint16_t tcp_sum(os::Bytes source, os::Bytes destination, os::Bytes tcp)
{
	return fold(sum_words(source) + sum_words(destination) + IPPROTO_TCP + tcp.size() + sum_words(tcp));
}

/* An option of this kind with these bytes, behind as many fillers as keep the
 * next one aligned. */
void put_option(os::Data &to, OptionKind kind, const os::Data &value)
{
	const std::size_t length = value.size() + 2;

	to.insert(to.end(), (4 - length % 4) % 4, option_nop);
	to.push_back(kind);
	to.push_back(static_cast<std::uint8_t>(length));
	append(to, value);
}

os::Data build_options(const Options &options)
{
	os::Data out;
	os::Data value;

	if (options.mss) {
		put16(value, *options.mss);
		put_option(out, option_mss, value);
	}
	if (options.window_scale)
		put_option(out, option_window_scale, {*options.window_scale});
	if (options.sack_permitted)
		put_option(out, option_sack_permitted, {});
	if (options.timestamps) {
		value.clear();
		put32(value, options.timestamps->value);
		put32(value, options.timestamps->echo);
		put_option(out, option_timestamps, value);
	}
	if (options.cookie)
		put_option(out, option_fast_open, *options.cookie);
	if (!options.sack.empty()) {
		value.clear();
		for (const SackBlock &block : options.sack) {
			put32(value, block.from);
			put32(value, block.to);
		}
		put_option(out, option_sack, value);
	}
	return out;
}

os::Data build_tcp(const Segment &segment)
{
	const os::Data options = build_options(segment.options);
	const std::size_t header = tcp_header + options.size();
	os::Data out;

	if (header > largest_tcp_header)
		throw std::length_error("more TCP options than a header holds");
	put16(out, segment.source_port);
	put16(out, segment.destination_port);
	put32(out, segment.seq);
	put32(out, segment.ack);
	out.push_back(static_cast<std::uint8_t>(header / 4 << 4));
	out.push_back(segment.flags);
	put16(out, segment.window);
	put32(out, 0); /* the checksum and the urgent pointer */
	append(out, options);
	append(out, segment.payload);
	store16(out, 16, ~tcp_sum(segment.source, segment.destination, out));
	return out;
}

os::Data build_ipv4(const Segment &segment, std::size_t length)
{
	os::Data out = {0x45, 0};

	put16(out, static_cast<std::uint16_t>(ipv4_header + length));
	put32(out, 0x4000); /* identification 0, "don't fragment" */
	out.push_back(hops);
	out.push_back(IPPROTO_TCP);
	put16(out, 0);
	append(out, segment.source);
	append(out, segment.destination);
	store16(out, 10, ~fold(sum_words(out)));
	return out;
}

os::Data build_ipv6(const Segment &segment, std::size_t length)
{
	os::Data out;

	put32(out, 0x60000000);
	put16(out, static_cast<std::uint16_t>(length));
	out.push_back(IPPROTO_TCP);
	out.push_back(hops);
	append(out, segment.source);
	append(out, segment.destination);
	return out;
}

/* A packet's parts. */
struct Parts {
	os::Bytes ip;
	os::Bytes source;
	os::Bytes destination;
	os::Bytes tcp; /* the header and the payload */
};

std::optional<Parts> split_ipv4(os::Bytes packet)
{
	if (packet.size() < ipv4_header)
		return {};
	const std::size_t header = std::size_t{packet[0]} % 16 * 4;
	const std::size_t length = get16(packet.subspan(2));
	const bool fragment = get16(packet.subspan(6)) & 0x3fff;

	if (packet[9] != IPPROTO_TCP || fragment || header < ipv4_header || length > packet.size() ||
	    length < header + tcp_header)
		return {};
	return Parts{packet.first(header), packet.subspan(12, 4), packet.subspan(16, 4),
		     packet.first(length).subspan(header)};
}

std::optional<Parts> split_ipv6(os::Bytes packet)
{
	if (packet.size() < ipv6_header)
		return {};
	const std::size_t length = get16(packet.subspan(4));

	if (packet[6] != IPPROTO_TCP || length < tcp_header || ipv6_header + length > packet.size())
		return {};
	return Parts{packet.first(ipv6_header), packet.subspan(8, 16), packet.subspan(24, 16),
		     packet.subspan(ipv6_header, length)};
}

std::size_t tcp_header_length(os::Bytes tcp)
{
	return std::size_t{tcp[12]} / 16 * 4;
}

std::optional<Parts> split(os::Bytes packet)
{
	std::optional<Parts> parts;

	if (!packet.empty() && packet[0] >> 4 == 4)
		parts = split_ipv4(packet);
	else if (!packet.empty() && packet[0] >> 4 == 6)
		parts = split_ipv6(packet);
	if (!parts)
		return {};
	const std::size_t header = tcp_header_length(parts->tcp);
	if (header < tcp_header || header > parts->tcp.size())
		return {};
	return parts;
}

void parse_option(Options &options, std::uint8_t kind, os::Bytes value)
{
	switch (kind) {
	case option_mss:
		if (value.size() == 2)
			options.mss = get16(value);
		break;
	case option_window_scale:
		if (value.size() == 1)
			options.window_scale = value[0];
		break;
	case option_sack_permitted:
		options.sack_permitted = true;
		break;
	case option_sack:
		for (; value.size() >= 8; value = value.subspan(8))
			options.sack.push_back({get32(value), get32(value.subspan(4))});
		break;
	case option_timestamps:
		if (value.size() == 8)
			options.timestamps = Timestamps{get32(value), get32(value.subspan(4))};
		break;
	case option_fast_open:
		options.cookie.emplace(value.begin(), value.end());
		break;
	default:
		break;
	}
}

Options parse_options(os::Bytes bytes)
{
	Options options;

	while (!bytes.empty() && bytes[0] != option_end) {
		if (bytes[0] == option_nop) {
			bytes = bytes.subspan(1);
			continue;
		}
		if (bytes.size() < 2 || bytes[1] < 2 || bytes[1] > bytes.size())
			break;
		parse_option(options, bytes[0], bytes.subspan(2, bytes[1] - 2));
		bytes = bytes.subspan(bytes[1]);
	}
	return options;
}

os::Data copy_of(os::Bytes bytes)
{
	return {bytes.begin(), bytes.end()};
}

} // namespace

os::Data build(const Segment &segment)
{
	const os::Data tcp = build_tcp(segment);
	os::Data packet = segment.source.size() == 4 ? build_ipv4(segment, tcp.size())
						     : build_ipv6(segment, tcp.size());

	append(packet, tcp);
	return packet;
}

std::optional<Segment> parse(os::Bytes packet)
{
	const std::optional<Parts> parts = split(packet);
	Segment segment;

	if (!parts)
		return {};
	const os::Bytes tcp = parts->tcp;
	const std::size_t header = tcp_header_length(tcp);

	segment.source = copy_of(parts->source);
	segment.destination = copy_of(parts->destination);
	segment.source_port = get16(tcp);
	segment.destination_port = get16(tcp.subspan(2));
	segment.seq = get32(tcp.subspan(4));
	segment.ack = get32(tcp.subspan(8));
	segment.flags = tcp[13];
	segment.window = get16(tcp.subspan(14));
	segment.options = parse_options(tcp.first(header).subspan(tcp_header));
	segment.payload = copy_of(tcp.subspan(header));
	return segment;
}

bool checksums_right(os::Bytes packet)
{
	const std::optional<Parts> parts = split(packet);

	return parts && (parts->source.size() != 4 || fold(sum_words(parts->ip)) == 0xffff) &&
	       tcp_sum(parts->source, parts->destination, parts->tcp) == 0xffff;
}

std::string describe(const Segment &segment)
{
	constexpr std::string_view letters = "FSRPAU";
	std::ostringstream out;

	out << "seq " << segment.seq << " ack " << segment.ack << " flags ";
	for (std::size_t bit = 0; bit < letters.size(); bit++)
		if (segment.flags >> bit & 1)
			out << letters[bit];
	out << " window " << segment.window << " length " << segment.payload.size();
	return out.str();
}

} // namespace tcp_peer
