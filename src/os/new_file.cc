// SPDX-License-Identifier: GPL-2.0
#include "os/new_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "os/check.h"

namespace os
{

namespace
{

/* A file beside the one of that path, so that rename() can put it in its place. */
struct Temporary {
	explicit Temporary(const std::string &path)
		: name(path + ".XXXXXX"), fd(check(::mkostemp(name.data(), O_CLOEXEC), "cannot be written"))
	{
	}
	Temporary(const Temporary &) = delete;
	Temporary &operator=(const Temporary &) = delete;
	~Temporary()
	{
		if (!name.empty())
			::unlink(name.c_str());
	}

	std::string name;
	Fd fd;
};

void write_all(int fd, std::string_view text)
{
	while (!text.empty()) {
		const ssize_t written = ::write(fd, text.data(), text.size());

		if (written < 0 && errno == EINTR)
			continue;
		text.remove_prefix(check(written, "cannot be written"));
	}
}

/* As open(O_CREAT) would have it, or as it was. */
mode_t mode_for(const std::string &path)
{
	struct stat before = {};
	const mode_t mask = ::umask(0);

	::umask(mask);
	return ::stat(path.c_str(), &before) == 0 ? before.st_mode & 07777 : 0666 & ~mask;
}

} // namespace

NewFile::NewFile(const std::string &path)
{
	struct stat there = {};
	const bool exists = ::stat(path.c_str(), &there) == 0;

	if (exists && !S_ISREG(there.st_mode)) {
		/* Not to wait for the reader of a named pipe. */
		stream_ = Fd(check(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK),
				   "cannot be written"));
		check(::fcntl(stream_.get(), F_SETFL, 0), "cannot be written");
		return;
	}
	if (exists)
		check(::access(path.c_str(), W_OK), "cannot be written");
	path_ = std::filesystem::weakly_canonical(std::filesystem::absolute(path));
	const Temporary attempt(path_);
}

void NewFile::write(std::string_view text)
{
	if (stream_) {
		write_all(stream_.get(), text);
		return;
	}
	Temporary file(path_);

	check(::fchmod(file.fd.get(), mode_for(path_)), "cannot be written");
	write_all(file.fd.get(), text);
	/* The kernel that is judged may not live much longer. */
	check(::fsync(file.fd.get()), "cannot be written");
	check(std::rename(file.name.c_str(), path_.c_str()), "cannot be written");
	file.name.clear();
}

} // namespace os
