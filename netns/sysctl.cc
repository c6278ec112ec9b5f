// SPDX-License-Identifier: GPL-2.0
#include "netns/sysctl.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>
#include <vector>

#include "netns/watch.h"
#include "os/check.h"

namespace netns
{

namespace
{

/* The descriptor stays with the namespace that it was opened in. */
struct Remembered {
	os::Fd file;
	ino_t inode; /* which is another in each namespace */
	std::string value;
};
std::vector<Remembered> remembered;
pid_t remembering = 0; /* the process that does; 0: none */

std::string value_of(const os::Fd &file)
{
	std::array<char, 256> text;

	return {text.data(), static_cast<std::size_t>(
				     std::max<ssize_t>(::pread(file.get(), text.data(), text.size(), 0), 0))};
}

void remember(const std::string &file)
{
	os::Fd opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC));

	struct stat status;

	if (remembering != ::getpid() || !opened || ::fstat(opened.get(), &status) < 0) {
		Watch::touch();
		return;
	}
	/* The first time, before any write. */
	if (std::ranges::find(remembered, status.st_ino, &Remembered::inode) != remembered.end())
		return;
	std::string value = value_of(opened);
	remembered.push_back({std::move(opened), status.st_ino, std::move(value)});
}

} // namespace

os::Fd open_sysctl(const std::string &name)
{
	const std::string file = "/proc/sys/net/" + name;

	if (remembering)
		remember(file);
	return os::Fd(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
}

bool try_sysctl(const std::string &name, const std::string &value)
{
	const os::Fd file = open_sysctl(name);

	return file && ::write(file.get(), value.data(), value.size()) >= 0;
}

void write_sysctl(const std::string &name, const std::string &value)
{
	os::check(try_sysctl(name, value) ? 0 : -1, "net/" + name);
}

void remember_sysctls()
{
	remembered.clear();
	remembering = ::getpid();
}

bool sysctls_are_back()
{
	return std::ranges::all_of(remembered,
				   [](const Remembered &each) { return value_of(each.file) == each.value; });
}

} // namespace netns
