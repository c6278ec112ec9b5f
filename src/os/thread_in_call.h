/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <sys/types.h>

#include <atomic>
#include <functional>
#include <optional>
#include <thread>

#include "os/deadline.h"
#include "os/result.h"

namespace os
{

/*
 * A thread in one system call that may block. The call is the only thing that the
 * thread can sleep in.
 */
class ThreadInCall {
public:
	/* `socket` is shut down to end a call that still blocks when this object ends; -1
	 * where the call ends by itself. `call` returns what its system call does. */
	ThreadInCall(int socket, std::function<ssize_t()> call);
	~ThreadInCall();
	ThreadInCall(const ThreadInCall &) = delete;
	ThreadInCall &operator=(const ThreadInCall &) = delete;

	/* Wait until it sleeps. False as soon as it has returned, and when the deadline
	 * passes first. */
	bool sleeps(const Deadline &deadline = Deadline()) const;
	bool returned() const { return returned_; }
	/* Wait for the call to return. Nothing when the deadline passes first. */
	std::optional<Returned> result(const Deadline &deadline = Event::call_end);
	/* The same after a signal, which interrupts the call: no SA_RESTART. */
	std::optional<Returned> interrupt();
	/* Have the handler of a signal run in it, behind which the kernel makes the call again:
	 * SA_RESTART. False where it has not run when the deadline passes. */
	bool restart();

private:
	int socket_;
	std::function<ssize_t()> call_;
	Returned result_;
	std::atomic<pid_t> id_ = 0;
	std::atomic<bool> returned_ = false;
	std::thread thread_; /* the last member: it uses the others */
};

} // namespace os
