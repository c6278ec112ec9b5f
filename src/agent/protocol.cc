// SPDX-License-Identifier: GPL-2.0
#include "agent/protocol.h"

#include <algorithm>
#include <optional>

#include "os/text.h"

namespace agent
{

constexpr std::string_view agent_word = "msg_zerocopy agent ";
constexpr std::string_view controller_word = "msg_zerocopy controller ";
/* The length of the payload, the socket, the verb, and a byte that is zero. */
constexpr std::size_t header_size = 8;
constexpr std::size_t longest_address = 64;

/* What came instead, for people: it may be anything. */
static std::string quoted(std::string_view text)
{
	std::string out = "'";

	for (const char letter : text.substr(0, 60))
		out += letter >= ' ' && letter <= '~' ? letter : '?';
	return out + (text.size() > 60 ? "...'" : "'");
}

/* Up to the next space; `line` is what is behind that. */
static std::string_view take_word(std::string_view &line)
{
	const std::size_t end = std::min(line.find(' '), line.size());
	const std::string_view word = line.substr(0, end);

	line.remove_prefix(std::min(end + 1, line.size()));
	return word;
}

/* The version at the front of a greeting, which may have anything behind that. */
static void check_version(std::string_view &line, const char *who)
{
	const std::string_view word = take_word(line);
	const std::optional<unsigned> version = os::number<unsigned>(word);

	if (!version)
		throw ProtocolError(std::string("the ") + who +
				    " names no version of the protocol: " + quoted(word));
	if (*version != protocol_version)
		throw ProtocolError(std::string("the ") + who + " is " +
				    (*version < protocol_version ? "older" : "newer") +
				    ": it speaks version " + std::to_string(*version) +
				    " of the protocol, this program version " +
				    std::to_string(protocol_version) + "; use the same release at both ends");
}

static void put(os::Data &data, std::uint32_t value, unsigned bytes)
{
	for (unsigned i = bytes; i-- > 0;)
		data.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

static std::uint32_t get(os::Bytes bytes)
{
	std::uint32_t value = 0;

	for (const std::uint8_t byte : bytes)
		value = value << 8 | byte;
	return value;
}

std::string encode(const AgentGreeting &greeting)
{
	return std::string(agent_word) + std::to_string(protocol_version) + ' ' +
	       (greeting.busy ? "busy " : "ready ") + greeting.boot_id +
	       (greeting.version.empty() ? "" : ' ' + greeting.version) + '\n';
}

std::string encode(const ControllerGreeting &greeting)
{
	return std::string(controller_word) + std::to_string(protocol_version) + ' ' +
	       std::to_string(greeting.session_ms) + '\n';
}

AgentGreeting parse_agent_greeting(std::string_view line)
{
	if (!line.starts_with(agent_word))
		throw ProtocolError("no msg_zerocopy agent answers, but something that says " + quoted(line));
	line.remove_prefix(agent_word.size());
	check_version(line, "agent");
	const std::string_view state = take_word(line);
	if (state != "ready" && state != "busy")
		throw ProtocolError("the agent is neither ready nor busy, but " + quoted(state));
	const std::string boot_id(take_word(line));
	return {boot_id, state == "busy", std::string(take_word(line))};
}

ControllerGreeting parse_controller_greeting(std::string_view line)
{
	if (!line.starts_with(controller_word))
		throw ProtocolError("no msg_zerocopy controller calls, but something that says " +
				    quoted(line));
	line.remove_prefix(controller_word.size());
	check_version(line, "controller");
	const std::optional<std::uint32_t> session = os::number<std::uint32_t>(line);
	if (!session || *session == 0 || *session > longest_session_ms)
		throw ProtocolError("the controller wants a session of " + quoted(line) + " milliseconds");
	return {*session};
}

os::Data encode(const Frame &frame)
{
	os::Data data;

	put(data, static_cast<std::uint32_t>(frame.payload.size()), 4);
	put(data, frame.socket, 2);
	put(data, static_cast<std::uint8_t>(frame.verb), 1);
	put(data, 0, 1);
	data.insert(data.end(), frame.payload.begin(), frame.payload.end());
	return data;
}

std::optional<Frame> FrameReader::next()
{
	Frame frame;

	if (bytes_.size() < header_size)
		return std::nullopt;
	const os::Bytes bytes = bytes_;
	const std::size_t length = get(bytes.first(4));
	const std::uint8_t verb = bytes[6];
	frame.socket = static_cast<std::uint16_t>(get(bytes.subspan(4, 2)));
	if (length > longest_payload || frame.socket >= most_sockets || verb == 0 ||
	    verb > static_cast<std::uint8_t>(Verb::end) || bytes[7] != 0)
		throw ProtocolError("the other end talks garbage: length " + std::to_string(length) +
				    ", socket " + std::to_string(frame.socket) + ", verb " +
				    std::to_string(verb));
	if (bytes.size() < header_size + length)
		return std::nullopt;
	frame.verb = Verb{verb};
	frame.payload.assign(bytes_.begin() + header_size, bytes_.begin() + header_size + length);
	bytes_.erase(bytes_.begin(), bytes_.begin() + header_size + length);
	return frame;
}

os::Data encode(const Open &open)
{
	os::Data data;

	put(data, static_cast<std::uint8_t>(open.family), 1);
	put(data, static_cast<std::uint8_t>(open.type), 1);
	put(data, open.receive_buffer, 4);
	data.insert(data.end(), open.address.begin(), open.address.end());
	return data;
}

os::Data encode(std::uint32_t number)
{
	os::Data data;

	put(data, number, 4);
	return data;
}

Open parse_open(os::Bytes payload)
{
	Open open;

	if (payload.size() < 6 || payload.size() > 6 + longest_address)
		throw ProtocolError("a socket to open is described in " + std::to_string(payload.size()) +
				    " bytes");
	open.family = Open::Family{payload[0]};
	open.type = Open::Type{payload[1]};
	open.receive_buffer = get(payload.subspan(2, 4));
	open.address.assign(payload.begin() + 6, payload.end());
	const bool family_known = open.family == Open::Family::ipv4 || open.family == Open::Family::ipv6 ||
				  open.family == Open::Family::vsock;
	const bool type_known = open.type == Open::Type::stream || open.type == Open::Type::datagram ||
				open.type == Open::Type::seqpacket;
	if (!family_known || !type_known || open.receive_buffer > (1U << 30))
		throw ProtocolError("a socket to open has family " + std::to_string(payload[0]) + ", type " +
				    std::to_string(payload[1]) + ", buffer " +
				    std::to_string(open.receive_buffer));
	return open;
}

std::uint32_t parse_number(os::Bytes payload)
{
	if (payload.size() != 4)
		throw ProtocolError("a number has " + std::to_string(payload.size()) + " bytes");
	return get(payload);
}

} // namespace agent
