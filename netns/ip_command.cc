// SPDX-License-Identifier: GPL-2.0
#include "netns/ip_command.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "netns/watch.h"
#include "os/check.h"
#include "os/child.h"
#include "os/fd.h"
#include "os/told.h"

namespace netns
{

/* An empty string where there is none. */
static std::string find(const char *program)
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

/* Feed `lines` to `ip -batch` or `tc -batch`, which also get the option, if any. */
static void run_batch(const char *name, const std::string &lines, int receiver, const char *option = nullptr)
{
	const std::string program = find(name);

	if (program.empty())
		throw os::Missing(std::string("the command ") + name);
	os::tell_tracer(option ? std::string(name) + ' ' + option : name,
			std::to_string(receiver) + '\n' + lines);
	Watch::touch();
	os::Pipe input;
	os::Pipe output;
	os::Child child([&] {
		::dup2(input.read_end.get(), STDIN_FILENO);
		::dup2(output.write_end.get(), STDOUT_FILENO);
		::dup2(output.write_end.get(), STDERR_FILENO);
		/* dup2() of a descriptor onto itself would leave it close-on-exec. */
		if (receiver == receiver_namespace_fd)
			::fcntl(receiver, F_SETFD, 0);
		else if (receiver >= 0)
			::dup2(receiver, receiver_namespace_fd);
		::execl(program.c_str(), name, "-batch", "-", option, static_cast<char *>(nullptr));
		return 127;
	});
	/* A batch is far smaller than the pipe, so this cannot block. There is no SIGPIPE
	 * either, as the read end is still open here. */
	os::check(::write(input.write_end.get(), lines.data(), lines.size()), "write(batch)");
	input.write_end.close();
	output.write_end.close();

	const std::string printed = os::read_to_end(output.read_end.get());
	if (child.reap() != 0)
		throw os::Broken(std::string(name) + " -batch failed: " + printed);
}

bool have_ip_command()
{
	return !find("ip").empty();
}

void ip_batch(const std::string &lines, int receiver)
{
	run_batch("ip", lines, receiver);
}

void ip6_batch(const std::string &lines)
{
	run_batch("ip", lines, -1, "-6");
}

void tc_batch(const std::string &lines)
{
	run_batch("tc", lines, -1);
}

} // namespace netns
