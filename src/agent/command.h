/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <string>

#include "os/child.h"
#include "os/fd.h"
#include "os/socket.h"

namespace agent
{

/*
 * A command for /bin/sh whose standard input and output are a socket of ours. It and
 * all that it started ends with this object, or with this process, however that ends
 * and whoever's it is by then.
 */
class Command {
public:
	/* Throws std::system_error where it cannot be started. */
	explicit Command(const std::string &words);
	~Command();
	Command(const Command &) = delete;
	Command &operator=(const Command &) = delete;

	/* Our end of its standard streams, once. */
	os::Fd take_streams() { return std::move(streams_.first); }

private:
	int keep(const std::string &words);

	os::SocketPair streams_{SOCK_STREAM}; /* ours first */
	os::Pipe lifeline_;
	os::Child keeper_; /* waits until nobody holds the lifeline any more; after all the others */
};

} // namespace agent
