// SPDX-License-Identifier: GPL-2.0
#include "os/thread_in_call.h"

#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "os/check.h"
#include "os/fd.h"

namespace os
{

/* The state of a thread of this process, as /proc/PID/task/TID/stat has it; '?' where it has ended. */
static char thread_state(pid_t thread)
{
	const std::string line = first_line("/proc/self/task/" + std::to_string(thread) + "/stat");
	/* The letter behind the command's name, which is in parentheses. */
	const std::size_t name_end = line.rfind(") ");

	return name_end == std::string::npos ? '?' : line[name_end + 2];
}

/* A traced process (--trace, --reproducer) takes note of the end of each child, by any thread that takes
 * the signal, and the kernel makes the call of that thread again. */
static void leave_children_to_others()
{
	sigset_t end_of_child;

	::sigemptyset(&end_of_child);
	::sigaddset(&end_of_child, SIGCHLD);
	::pthread_sigmask(SIG_BLOCK, &end_of_child, nullptr);
}

ThreadInCall::ThreadInCall(int socket, std::function<ssize_t()> call)
	: socket_(socket), call_(std::move(call)), thread_([this] {
		  leave_children_to_others();
		  id_ = ::gettid();
		  result_ = Returned::of(call_());
		  returned_ = true;
	  })
{
}

ThreadInCall::~ThreadInCall()
{
	if (!returned_ && socket_ >= 0)
		::shutdown(socket_, SHUT_RDWR);
	thread_.join();
}

bool ThreadInCall::sleeps(const Deadline &deadline) const
{
	const auto asleep = [this] { return id_ != 0 && thread_state(id_) == 'S'; };

	return wait_until([&] { return returned_ || asleep(); }, deadline) && !returned_;
}

std::optional<Returned> ThreadInCall::result(const Deadline &deadline)
{
	if (!wait_until([this] { return returned(); }, deadline))
		return {};
	return result_;
}

std::optional<Returned> ThreadInCall::interrupt()
{
	struct sigaction action = {};

	action.sa_handler = [](int) {}; /* and no SA_RESTART */
	check(::sigaction(SIGUSR1, &action, nullptr), "sigaction()");
	::pthread_kill(thread_.native_handle(), SIGUSR1);
	return result();
}

bool ThreadInCall::restart()
{
	static std::atomic<bool> handled;
	struct sigaction action = {};

	action.sa_handler = [](int) { handled = true; };
	action.sa_flags = SA_RESTART;
	handled = false;
	check(::sigaction(SIGUSR2, &action, nullptr), "sigaction()");
	::pthread_kill(thread_.native_handle(), SIGUSR2);
	return wait_until([] { return handled.load(); });
}

} // namespace os
