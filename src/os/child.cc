// SPDX-License-Identifier: GPL-2.0
#include "os/child.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "os/check.h"

namespace os
{

constexpr int threw = 255;

[[noreturn]] static void be_child(const std::function<int()> &work, pid_t parent)
{
	int status = threw;

	::prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* The parent may have ended before that. */
	if (::getppid() != parent)
		::_exit(threw);
	try {
		status = work();
	} catch (...) {
	}
	/* The parent's objects are not this process's to destroy. */
	::_exit(status);
}

Child::Child(const std::function<int()> &work) : pid_(0)
{
	const pid_t parent = ::getpid();

	pid_ = check(::fork(), "fork()");
	if (pid_ == 0)
		be_child(work, parent);
}

Child::~Child()
{
	if (pid_ > 0)
		kill();
}

bool Child::kill(const Deadline &deadline)
{
	const pid_t pid = std::exchange(pid_, -1);

	::kill(pid, SIGKILL);
	return wait_until([pid] { return ::waitpid(pid, nullptr, WNOHANG) != 0; }, deadline);
}

int Child::reap()
{
	const pid_t pid = std::exchange(pid_, -1);
	int status = 0;

	while (::waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

int Child::wait()
{
	const int status = reap();

	if (WIFSIGNALED(status))
		throw Broken(std::string("a child process was ended by ") + ::strsignal(WTERMSIG(status)));
	require(WEXITSTATUS(status) != threw, "a child process could not do its part");
	return WEXITSTATUS(status);
}

} // namespace os
