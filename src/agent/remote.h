/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>

#include "agent/channel.h"
#include "agent/command.h"
#include "agent/place.h"
#include "agent/protocol.h"
#include "os/bytes.h"
#include "os/deadline.h"

namespace agent
{

/* The agent cannot be had, has gone, or does not do what was asked: one line with
 * its place. It says nothing about the kernel that is judged. */
class RemoteError : public std::runtime_error {
public:
	using std::runtime_error::runtime_error;
};

/*
 * The controller's end of an agent: opens sockets on another machine, and gets what
 * arrives at them. Everything at the agent goes with this object. All that waits,
 * waits for os::event_timeout() at most; what fails throws RemoteError.
 */
class Remote {
public:
	/* Calls the agent, and greets. It may end the session after `session_ms`. */
	explicit Remote(const Place &place, std::uint32_t session_ms = longest_session_ms);

	const Place &place() const { return place_; }
	/* Of the agent's kernel: the same as this one's where it is the same kernel. */
	const std::string &boot_id() const { return boot_id_; }
	/* Of the agent's program. */
	const std::string &version() const { return version_; }

	/* A socket at the agent, bound, and listening where that applies. */
	struct Opened {
		std::uint16_t socket;
		std::uint32_t port;
	};
	Opened open(const Open &what);
	/* Take the one who has connected. */
	void accept(std::uint16_t socket);
	/* From here on it reads what arrives, and passes that on. May be said again. */
	void resume(std::uint16_t socket);
	void send(std::uint16_t socket, os::Bytes bytes);
	void acknowledge(std::uint16_t socket);
	void reset(std::uint16_t socket);
	/* It is there, and listens to us. */
	void ping();

	/* Readable when something may have arrived. */
	int fd() const { return channel_->in(); }
	/* What has arrived at a socket, without waiting: the next bytes of a stream, or
	 * one message. */
	std::optional<os::Data> read(std::uint16_t socket);
	/* Nothing will arrive any more behind what read() has. */
	bool ended(std::uint16_t socket) const { return inboxes_.at(socket).ended; }

private:
	struct Inbox {
		std::deque<os::Data> arrived;
		bool reading = false; /* the agent does */
		bool ended = false;
	};

	void greet(std::uint32_t session_ms);
	std::uint32_t ask(Verb verb, std::uint16_t socket, const os::Data &payload, const char *what);
	std::optional<Frame> take_in();
	void wait(const os::Deadline &deadline);
	[[noreturn]] void fail(const std::string &why) const;

	Place place_;
	std::optional<Command> command_; /* exec: places */
	std::optional<Channel> channel_;
	std::string boot_id_;
	std::string version_;
	std::map<std::uint16_t, Inbox> inboxes_;
};

} // namespace agent
