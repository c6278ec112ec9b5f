// SPDX-License-Identifier: GPL-2.0
#include "harness/attempt.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <exception>

#include "netns/namespace.h"
#include "os/check.h"
#include "os/descriptors.h"

namespace harness
{

/* For how long an attempt may go on, with little patience, too: to build a network takes a while. */
static std::chrono::milliseconds whole_attempt()
{
	const std::chrono::milliseconds building(static_cast<long>(10000 * os::slowness()));

	return std::max(2 * os::event_timeout(), building);
}

Attempt::Attempt(const std::function<void(int)> &act)
	: child_([&] {
		  std::string text;

		  try {
			  netns::gain_network_admin();
			  act(report_.second.get());
		  } catch (const std::exception &missing) {
			  text = missing.what();
		  }
		  return ::send(report_.second.get(), text.data(), text.size(), MSG_NOSIGNAL) < 0;
	  }),
	  deadline_(whole_attempt())
{
	report_.second.close();
}

/* Descriptors come with a byte, and its end after them. */
bool Attempt::over() const
{
	pollfd ended[] = {{fd(), POLLRDHUP, 0}};

	return deadline_.passed() || ::poll(ended, 1, 0) > 0;
}

std::string Attempt::complaint()
{
	std::array<char, 4096> part;
	std::string text;
	ssize_t length = 0;

	do {
		pollfd readable[] = {{fd(), POLLIN, 0}};

		if (os::poll(readable, deadline_) == 0) {
			child_.kill();
			return "the attempt did not end within " + std::to_string(os::waited().count()) +
			       " ms";
		}
		length = os::receive_descriptors(fd(), part, made_);
		if (length > 0 && made_.empty())
			text.append(part.data(), length);
	} while (length > 0);
	if (child_.reap() != 0 && text.empty())
		text = "the attempt ended early";
	/* One line: it stands behind a directive. */
	while (!text.empty() && text.back() == '\n')
		text.pop_back();
	std::ranges::replace(text, '\n', ' ');
	std::ranges::replace(text, '#', ' ');
	return text;
}

std::string complaint(const std::function<void()> &act)
{
	return Attempt([&](int) { act(); }).complaint();
}

} // namespace harness
