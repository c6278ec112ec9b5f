// SPDX-License-Identifier: GPL-2.0
#include "agent/command.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "os/check.h"

namespace agent
{

namespace
{

std::array<os::Fd, 2> socket_pair()
{
	int ends[2];

	os::check(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), "socketpair()");
	return {os::Fd(ends[0]), os::Fd(ends[1])};
}

} // namespace

Command::Command(const std::string &words) : Command(words, socket_pair()) {}

Command::Command(const std::string &words, std::array<os::Fd, 2> ends)
	: streams_(std::move(ends[0])), its_streams_(std::move(ends[1])), keeper_([&] { return keep(words); })
{
	its_streams_.close();
	lifeline_.read_end.close();
}

Command::~Command()
{
	streams_.close();
	lifeline_.write_end.close();
	keeper_.reap();
}

/* What the keeper does. It needs no signal at the end of its parent, who may be
 * another user by then, and be let signal nobody. */
int Command::keep(const std::string &words)
{
	::prctl(PR_SET_PDEATHSIG, 0);
	streams_.close();
	lifeline_.write_end.close();
	const os::Child shell([&] {
		::setsid();
		::dup2(its_streams_.get(), STDIN_FILENO);
		::dup2(its_streams_.get(), STDOUT_FILENO);
		::execl("/bin/sh", "sh", "-c", words.c_str(), static_cast<char *>(nullptr));
		return 127;
	});
	char nothing;

	its_streams_.close();
	while (::read(lifeline_.read_end.get(), &nothing, 1) < 0 && errno == EINTR)
		;
	::kill(-shell.pid(), SIGKILL);
	return 0;
}

} // namespace agent
