// SPDX-License-Identifier: GPL-2.0
#include "netns/ip_command.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <stdexcept>

#include "os/check.h"
#include "os/fd.h"

namespace netns
{

namespace
{

/* An empty string where there is none. */
std::string find(const char *program)
{
	const char *path = std::getenv("PATH");
	std::string places = path ? path : "";

	/* A user's PATH may lack what root's has. */
	places += ":/usr/sbin:/sbin:/usr/bin:/bin";
	for (std::size_t from = 0; from < places.size();) {
		const std::size_t end = std::min(places.find(':', from), places.size());
		const std::string candidate = places.substr(from, end - from) + '/' + program;

		if (end > from && ::access(candidate.c_str(), X_OK) == 0)
			return candidate;
		from = end + 1;
	}
	return "";
}

/* Feed `lines` to `ip -batch` or `tc -batch`. */
void run_batch(const char *name, const std::string &lines, int receiver)
{
	const std::string program = find(name);
	int input[2];
	int output[2];

	if (program.empty())
		throw std::runtime_error(std::string("no ") + name + " command");
	os::check(::pipe2(input, O_CLOEXEC), "pipe()");
	os::Fd input_read(input[0]);
	os::Fd input_write(input[1]);
	os::check(::pipe2(output, O_CLOEXEC), "pipe()");
	os::Fd output_read(output[0]);
	os::Fd output_write(output[1]);

	const pid_t parent = ::getpid();
	const pid_t child = os::check(::fork(), "fork()");
	if (child == 0) {
		::prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (::getppid() != parent)
			::_exit(127);
		::dup2(input[0], STDIN_FILENO);
		::dup2(output[1], STDOUT_FILENO);
		::dup2(output[1], STDERR_FILENO);
		/* dup2() of a descriptor onto itself would leave it close-on-exec. */
		if (receiver == receiver_namespace_fd)
			::fcntl(receiver, F_SETFD, 0);
		else if (receiver >= 0)
			::dup2(receiver, receiver_namespace_fd);
		::execl(program.c_str(), name, "-batch", "-", static_cast<char *>(nullptr));
		::_exit(127);
	}
	input_read.close();
	output_write.close();
	/* A batch is far smaller than a pipe holds: this cannot block. */
	os::check(::write(input_write.get(), lines.data(), lines.size()), "write(batch)");
	input_write.close();

	std::string printed;
	std::array<char, 1024> part;
	ssize_t length;
	while ((length = ::read(output_read.get(), part.data(), part.size())) > 0)
		printed.append(part.data(), length);

	int status;
	os::check(::waitpid(child, &status, 0), "waitpid(batch)");
	if (status != 0)
		throw std::runtime_error(std::string(name) + " -batch failed: " + printed);
}

} // namespace

bool have_ip_command()
{
	return !find("ip").empty();
}

void ip_batch(const std::string &lines, int receiver)
{
	run_batch("ip", lines, receiver);
}

void tc_batch(const std::string &lines)
{
	run_batch("tc", lines, -1);
}

} // namespace netns
