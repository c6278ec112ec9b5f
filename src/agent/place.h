/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "os/deadline.h"
#include "os/fd.h"

namespace agent
{

/* Where an agent is: "tcp:ADDRESS:PORT", "vsock:CID:PORT", "-" (the standard
 * streams), "exec:COMMAND" (those of a command for /bin/sh). */
struct Place {
	enum class Kind { tcp, vsock, stdio, exec };

	Kind kind = Kind::stdio;
	std::string text; /* as it was written */
	std::string address;
	std::uint32_t cid = 0;
	std::uint32_t port = 0;
	std::string command;
};

/* Throws std::invalid_argument: one line that names the text and what it can be. */
Place parse_place(std::string_view text);

/* A stream socket that listens there, and is called; the place with the port that
 * it got. Both throw std::runtime_error, one line with the place and the reason. */
os::Fd listen_at(Place &place);
os::Fd call(const Place &place, const os::Deadline &deadline);

/*
 * Why a program here must not call that VSOCK address, "" where it may. In a guest
 * all but loopback leads to the host, which is somebody's: calling it takes the word
 * of whoever boots the guest, `msg_zerocopy.host` on the kernel's command line.
 */
std::string vsock_refusal(std::uint32_t cid);

} // namespace agent
