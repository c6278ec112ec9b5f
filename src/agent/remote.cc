// SPDX-License-Identifier: GPL-2.0
#include "agent/remote.h"

#include <poll.h>

#include <cstring>
#include <system_error>

#include "os/check.h"

namespace agent
{

Remote::Remote(const Place &place, std::uint32_t session_ms) : place_(place)
{
	if (place.kind == Place::Kind::exec)
		channel_.emplace(command_.emplace(place.command).take_streams());
	else
		channel_.emplace(call(place, os::Deadline()));
	greet(session_ms);
}

void Remote::fail(const std::string &why) const
{
	throw RemoteError(place_.text + ": " + why);
}

void Remote::wait(const os::Deadline &deadline)
{
	pollfd poll = {channel_->in(), POLLIN, 0};

	if (os::check(::poll(&poll, 1, deadline.left_ms()), "poll()") == 0)
		fail(boot_id_.empty() ? "nobody greets" : "the agent does not answer any more");
	if (!channel_->fill())
		fail(boot_id_.empty() ? "it hung up without a greeting" : "the agent has gone");
}

void Remote::greet(std::uint32_t session_ms)
{
	/* It may take a connection of ssh's first. */
	const os::Deadline deadline(3 * os::event_timeout());
	std::optional<std::string> line;

	while (!(line = channel_->line()))
		wait(deadline);
	try {
		const AgentGreeting greeting = parse_agent_greeting(*line);

		if (greeting.busy)
			fail("the agent answers another controller; it takes one at a time");
		boot_id_ = greeting.boot_id;
		version_ = greeting.version;
		channel_->put_text(encode(ControllerGreeting{session_ms}));
		channel_->flush(deadline);
	} catch (const ProtocolError &why) {
		fail(why.what());
	} catch (const std::system_error &why) {
		fail(std::string("the agent has gone: ") + why.what());
	}
}

/* The next answer that is here; what arrived at sockets goes to their inboxes. */
std::optional<Frame> Remote::take_in()
{
	try {
		while (std::optional<Frame> frame = channel_->next()) {
			if (frame->verb == Verb::done || frame->verb == Verb::failed)
				return frame;
			if (frame->verb != Verb::data && frame->verb != Verb::end)
				fail("the agent sends what only controllers send");
			const auto inbox = inboxes_.find(frame->socket);
			if (inbox == inboxes_.end())
				fail("the agent sends what arrived at no socket of ours");
			if (frame->verb == Verb::end)
				inbox->second.ended = true;
			else
				inbox->second.arrived.push_back(std::move(frame->payload));
		}
	} catch (const ProtocolError &why) {
		fail(why.what());
	}
	return std::nullopt;
}

std::uint32_t Remote::ask(Verb verb, std::uint16_t socket, const os::Data &payload, const char *what)
{
	/* The agent may wait for as long itself before it says that it failed. */
	const os::Deadline deadline(2 * os::event_timeout());
	std::optional<Frame> answer;
	std::uint32_t value = 0;

	channel_->put(encode(Frame{verb, socket, payload}));
	try {
		channel_->flush(deadline);
	} catch (const std::system_error &why) {
		fail(std::string("the agent has gone: ") + why.what());
	}
	while (!(answer = take_in()))
		wait(deadline);
	try {
		value = parse_number(answer->payload);
	} catch (const ProtocolError &why) {
		fail(why.what());
	}
	if (answer->socket != socket)
		fail("the agent answers what was not asked");
	if (answer->verb == Verb::failed)
		fail(std::string("the agent cannot ") + what + ": " + std::strerror(static_cast<int>(value)));
	return value;
}

Remote::Opened Remote::open(const Open &what)
{
	const auto socket = static_cast<std::uint16_t>(inboxes_.size());

	inboxes_.emplace(socket, Inbox());
	return {socket, ask(Verb::open, socket, encode(what), "open a socket")};
}

void Remote::accept(std::uint16_t socket)
{
	ask(Verb::accept, socket, encode(static_cast<std::uint32_t>(os::event_timeout().count())),
	    "accept a connection");
}

void Remote::resume(std::uint16_t socket)
{
	Inbox &inbox = inboxes_.at(socket);

	if (!inbox.reading)
		ask(Verb::resume, socket, {}, "read a socket");
	inbox.reading = true;
}

void Remote::send(std::uint16_t socket, os::Bytes bytes)
{
	ask(Verb::send, socket, os::Data(bytes.begin(), bytes.end()), "send");
}

void Remote::acknowledge(std::uint16_t socket)
{
	ask(Verb::acknowledge, socket, {}, "acknowledge");
}

void Remote::reset(std::uint16_t socket)
{
	ask(Verb::reset, socket, {}, "reset a connection");
}

void Remote::ping()
{
	ask(Verb::ping, 0, {}, "answer");
}

std::optional<os::Data> Remote::read(std::uint16_t socket)
{
	Inbox &inbox = inboxes_.at(socket);

	if (inbox.arrived.empty() && !inbox.ended) {
		if (!channel_->fill())
			fail("the agent has gone");
		if (take_in())
			fail("the agent answers what was not asked");
	}
	if (inbox.arrived.empty())
		return std::nullopt;
	os::Data bytes = std::move(inbox.arrived.front());
	inbox.arrived.pop_front();
	return bytes;
}

} // namespace agent
