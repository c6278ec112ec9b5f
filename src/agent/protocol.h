/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "os/bytes.h"

/*
 * What an agent and its controller say to each other. Pure.
 *
 * Each greets the other with a line of text, the agent first. From then on both
 * send frames: a length, a socket, a verb, and that many bytes; numbers in
 * network order. Each request of the controller's is answered by `done` or
 * `failed`, in order; between the answers come `data` and `end`, unasked.
 */
namespace agent
{

inline constexpr unsigned protocol_version = 1;

/* The other end does not speak the protocol, or not this version of it: one line. */
class ProtocolError : public std::runtime_error {
public:
	using std::runtime_error::runtime_error;
};

/* How an agent greets. Busy: it answers another controller, and hangs up. */
struct AgentGreeting {
	std::string boot_id; /* of its kernel */
	bool busy = false;
	std::string version; /* of its program; "" where it does not say */
};

struct ControllerGreeting {
	std::uint32_t session_ms = 0; /* the agent may end the session after that */
};

inline constexpr std::size_t longest_greeting = 128; /* in bytes, with its newline */
inline constexpr std::uint32_t longest_session_ms = 3600 * 1000;

std::string encode(const AgentGreeting &greeting);
std::string encode(const ControllerGreeting &greeting);
/* Each takes the line without its newline. Throws ProtocolError. */
AgentGreeting parse_agent_greeting(std::string_view line);
ControllerGreeting parse_controller_greeting(std::string_view line);

enum class Verb : std::uint8_t {
	/* The controller's. */
	open = 1,    /* Open: bind, and listen where that applies; done: the port */
	accept,	     /* u32 milliseconds: take the one who has connected */
	resume,	     /* until then it reads nothing; from then on it passes on what comes */
	send,	     /* bytes to whoever is connected, or was the last to send a datagram */
	acknowledge, /* TCP: what has arrived, now */
	reset,	     /* end the connection by RST */
	ping,
	/* The agent's. */
	done,	/* u32 */
	failed, /* u32 errno */
	data,	/* of a stream the next bytes, else one message */
	end,	/* of a stream; u32 errno, 0 where the other end closed it */
};

struct Frame {
	Verb verb = Verb::ping;
	std::uint16_t socket = 0; /* the controller chooses it, below most_sockets */
	os::Data payload;

	bool operator==(const Frame &) const = default;
};

inline constexpr std::size_t longest_payload = 1 << 20; /* more than any message */
inline constexpr std::uint16_t most_sockets = 64;

os::Data encode(const Frame &frame);

/* Frames out of bytes as they come. */
class FrameReader {
public:
	void feed(os::Bytes bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
	/* The next one that is complete. Throws ProtocolError where the bytes are no
	 * frame's, before the rest of it has come. */
	std::optional<Frame> next();
	/* Bytes that no frame was made of yet. */
	std::size_t waiting() const { return bytes_.size(); }

private:
	os::Data bytes_;
};

/* A socket for the agent to open. */
struct Open {
	enum class Family : std::uint8_t { ipv4 = 4, ipv6 = 6, vsock = 40 };
	enum class Type : std::uint8_t { stream = 1, datagram, seqpacket };

	Family family = Family::ipv4;
	Type type = Type::stream;
	std::uint32_t receive_buffer = 0; /* SO_RCVBUF in bytes, VSOCK: its credit; 0: ample */
	std::string address;		  /* to bind to, as text; VSOCK: empty */

	bool operator==(const Open &) const = default;
};

os::Data encode(const Open &open);
os::Data encode(std::uint32_t number);
/* Throw ProtocolError where the payload is something else. */
Open parse_open(os::Bytes payload);
std::uint32_t parse_number(os::Bytes payload);

} // namespace agent
