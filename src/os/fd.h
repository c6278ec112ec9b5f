/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <unistd.h>

#include <string>
#include <utility>

namespace os
{

/* A file descriptor that is closed with its owner. */
class Fd {
public:
	Fd() = default;
	explicit Fd(int fd) : fd_(fd) {}
	Fd(Fd &&other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
	Fd &operator=(Fd &&other) noexcept
	{
		std::swap(fd_, other.fd_);
		return *this;
	}
	Fd(const Fd &) = delete;
	Fd &operator=(const Fd &) = delete;
	~Fd() { close(); }

	int get() const { return fd_; }
	explicit operator bool() const { return fd_ >= 0; }
	void close()
	{
		if (fd_ >= 0)
			::close(fd_);
		fd_ = -1;
	}

private:
	int fd_ = -1;
};

/* The two ends of a pipe, closed by an exec. Throws std::system_error. */
struct Pipe {
	Pipe();
	Fd read_end;
	Fd write_end;
};

/* Read a descriptor up to its end. */
std::string read_to_end(int fd);
/* The first line of a file, such as those of /proc; `otherwise` where there is none. */
std::string first_line(const std::string &file, const char *otherwise = "");

} // namespace os
