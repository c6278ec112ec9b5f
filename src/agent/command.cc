// SPDX-License-Identifier: GPL-2.0
#include "agent/command.h"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>

namespace agent
{

Command::Command(const std::string &words) : keeper_([&] { return keep(words); })
{
	streams_.second.close();
	lifeline_.read_end.close();
}

Command::~Command()
{
	streams_.first.close();
	lifeline_.write_end.close();
	keeper_.reap();
}

/* Runs in the keeper. It cannot rely on PR_SET_PDEATHSIG: its parent may be another user by
 * the time it ends, and then may not signal it. */
int Command::keep(const std::string &words)
{
	::prctl(PR_SET_PDEATHSIG, 0);
	streams_.first.close();
	lifeline_.write_end.close();
	const os::Child shell([&] {
		::setsid();
		::dup2(streams_.second.get(), STDIN_FILENO);
		::dup2(streams_.second.get(), STDOUT_FILENO);
		::execl("/bin/sh", "sh", "-c", words.c_str(), static_cast<char *>(nullptr));
		return 127;
	});
	char nothing;

	streams_.second.close();
	while (::read(lifeline_.read_end.get(), &nothing, 1) < 0 && errno == EINTR)
		;
	::kill(-shell.pid(), SIGKILL);
	return 0;
}

} // namespace agent
