/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "os/child.h"
#include "os/deadline.h"
#include "os/fd.h"
#include "os/socket.h"

namespace harness
{

/* Something that is tried, to find out what this machine lacks: in a process of its own, which gains what a
 * worker has. A call that should not block, and does, must not hold up everything. */
class Attempt {
public:
	/* Begins it. What `act` throws is the complaint. By the descriptor it may send descriptors of what it
	 * has made (os::send_descriptors). Throws std::system_error where no process can be had. */
	explicit Attempt(const std::function<void(int)> &act);

	/* Readable when it has ended. */
	int fd() const { return report_.first.get(); }
	/* It has ended, or is given up. */
	bool over() const;
	/* Waits for its end. "" where it succeeded, else in one line what went wrong. Call it once. */
	std::string complaint();
	/* After that: the descriptors that it sent. */
	std::vector<os::Fd> take() { return std::move(made_); }

private:
	os::SocketPair report_ = os::SocketPair(SOCK_STREAM);
	os::Child child_; /* after that: it writes there */
	os::Deadline deadline_;
	std::vector<os::Fd> made_;
};

/* The complaint of one attempt, which is waited for. */
std::string complaint(const std::function<void()> &act);

} // namespace harness
