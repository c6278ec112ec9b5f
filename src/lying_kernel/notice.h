/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <sys/socket.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "errqueue/notification.h"

namespace lying
{

using Bytes = std::vector<std::uint8_t>;
using Clock = std::chrono::steady_clock;

/* One control message, to be given to the program. */
struct Control {
	int level = 0;
	int type = 0;
	Bytes data;
};

/* What one recvmsg(MSG_ERRQUEUE) gives: taken from the kernel's queue, or made
 * up. A lie changes it on its way to the program. */
struct Notice {
	std::vector<Control> controls; /* those before the completion */
	/* The kernel writes it behind all others: net/ipv4/ip_sockglue.c:ip_recv_error.
	 * Nothing: the entry is a time stamp's or an ICMP error's. */
	std::optional<errqueue::Notification> completion;
	Bytes payload;
	Bytes name;
	int flags = MSG_ERRQUEUE;
	Clock::time_point due = {}; /* not there before */

	/* Only where there is a completion. */
	sock_extended_err &err() { return completion->err; }
};

/* A completion as the kernel makes it, for a socket of that family. */
Notice make_notice(int family, std::uint32_t lo, std::uint32_t hi, std::uint8_t code);

/* Takes the next one off the kernel's queue; nothing, with errno, when it cannot. */
std::optional<Notice> take_notice(int fd);

/* What the kernel leaves out of an answer to a reader with little room. */
struct Delivery {
	bool hide_truncation = false; /* no MSG_CTRUNC */
	bool wants_padding = false;   /* MSG_CTRUNC without room for the padding */
	bool fault_is_error = false;  /* EFAULT for an unwritable control buffer */
};

/* Gives it to the program as recvmsg() would: with errno set where it fails. */
ssize_t give_notice(const Notice &notice, msghdr &message, const Delivery &delivery);

} // namespace lying
