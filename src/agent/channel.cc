// SPDX-License-Identifier: GPL-2.0
#include "agent/channel.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include "os/check.h"

namespace agent
{

/* What a pipe or socket that poll(2) calls writable takes without waiting: PIPE_BUF,
 * and less than any socket's buffer. */
constexpr std::size_t surely_fits = 4096;

static bool ready(int fd, short events, int wait_ms)
{
	pollfd poll = {fd, events, 0};

	return os::check(::poll(&poll, 1, wait_ms), "poll()") > 0;
}

/* Keep-alive probes every few seconds detect a machine that is gone. */
static void notice_absence(int socket)
{
	const int on = 1;
	const int idle_s = 5;
	const int probes = 4;

	::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	::setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	::setsockopt(socket, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof(idle_s));
	::setsockopt(socket, IPPROTO_TCP, TCP_KEEPINTVL, &idle_s, sizeof(idle_s));
	::setsockopt(socket, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof(probes));
}

std::string own_boot_id()
{
	return os::first_line("/proc/sys/kernel/random/boot_id", "unknown");
}

Channel::Channel(os::Fd socket) : own_(std::move(socket)), in_(own_.get()), out_(own_.get())
{
	/* These are TCP options. Other sockets refuse them, and do not need them. */
	notice_absence(in_);
}

void Channel::flush()
{
	std::size_t sent = 0;

	while (sent < outbox_.size() && ready(out_, POLLOUT, 0)) {
		const std::size_t length = std::min(outbox_.size() - sent, surely_fits);
		const ssize_t written = own_ ? ::send(out_, outbox_.data() + sent, length, MSG_NOSIGNAL)
					     : ::write(out_, outbox_.data() + sent, length);

		if (written < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		sent += os::check(written, "write()");
	}
	outbox_.erase(outbox_.begin(), outbox_.begin() + sent);
}

void Channel::flush(const os::Deadline &deadline)
{
	for (;;) {
		flush();
		if (outbox_.empty())
			return;
		if (!ready(out_, POLLOUT, deadline.left_ms()))
			throw std::system_error(ETIMEDOUT, std::generic_category(), "write()");
	}
}

bool Channel::fill()
{
	std::array<std::uint8_t, 1 << 16> buffer;

	if (!ready(in_, POLLIN, 0))
		return true;
	const ssize_t length = ::read(in_, buffer.data(), buffer.size());
	if (length < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	/* A reset is an end too. */
	if (length <= 0)
		return false;
	const os::Bytes bytes(buffer.data(), length);
	if (greeted_)
		frames_.feed(bytes);
	else
		line_.append(bytes.begin(), bytes.end());
	return true;
}

std::optional<std::string> Channel::line()
{
	const std::size_t end = line_.find('\n');

	if (end == std::string::npos && line_.size() < longest_greeting)
		return std::nullopt;
	std::string first = line_.substr(0, end);
	if (end != std::string::npos) {
		greeted_ = true;
		frames_.feed(os::Bytes(reinterpret_cast<const std::uint8_t *>(line_.data()), line_.size())
				     .subspan(end + 1));
		line_.clear();
	}
	return first;
}

} // namespace agent
