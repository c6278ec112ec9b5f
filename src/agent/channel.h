/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "agent/protocol.h"
#include "os/bytes.h"
#include "os/deadline.h"
#include "os/fd.h"

namespace agent
{

/* Of the kernel of this machine; "unknown" where it does not tell. */
std::string own_boot_id();

/*
 * The bytes between an agent and its controller, either way: a socket, or a pair of
 * pipes. Never waits but where a deadline is taken. Throws std::system_error where
 * the other end has gone while it is written to.
 */
class Channel {
public:
	/* A socket, which does not block. */
	explicit Channel(os::Fd socket);
	/* Descriptors that are others' too, and keep their flags. */
	Channel(int in, int out) : in_(in), out_(out) {}

	int in() const { return in_; }
	int out() const { return out_; }

	/* To be sent, behind all that was before. */
	void put(os::Bytes bytes) { outbox_.insert(outbox_.end(), bytes.begin(), bytes.end()); }
	void put_text(std::string_view text)
	{
		put({reinterpret_cast<const std::uint8_t *>(text.data()), text.size()});
	}
	/* Bytes that are not sent yet. */
	std::size_t unsent() const { return outbox_.size(); }
	/* Send what goes out without waiting. */
	void flush();
	/* All of it. Throws std::system_error (ETIMEDOUT) when the deadline passes first. */
	void flush(const os::Deadline &deadline);

	/* Take in what is there; false at the end, when nobody will send any more. */
	bool fill();
	/* Bytes that were taken in and are no frame or line yet. */
	std::size_t unread() const { return line_.size() + frames_.waiting(); }
	/* The greeting, without its newline, once it is here; or what is here instead,
	 * where that is longer than any greeting. */
	std::optional<std::string> line();
	/* The next frame that is here, behind the line. */
	std::optional<Frame> next() { return frames_.next(); }

private:
	os::Fd own_;
	int in_;
	int out_;
	std::string line_; /* of the greeting, while that is not complete */
	bool greeted_ = false;
	FrameReader frames_;
	os::Data outbox_;
};

} // namespace agent
