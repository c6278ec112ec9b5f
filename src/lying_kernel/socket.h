/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

#include "lying_kernel/notice.h"

namespace lying
{

/* Held over everything that is remembered, never over a call that may block. */
std::unique_lock<std::recursive_mutex> guard();

/*
 * What is remembered of one TCP, UDP or VSOCK socket, however many descriptors refer
 * to it: its notifications as the program shall see them, and which id each
 * flagged call shall seem to have got.
 */
struct Socket {
	int family = 0;
	int type = 0;

	/* Seen by the program next, in order. */
	std::deque<Notice> queue;

	/* The kernel's id -> the id that the program sees, or none at all. */
	std::vector<std::optional<std::uint32_t>> shown;
	std::uint32_t next_id = 0;
	bool renumbered = false;

	/* The last call had MSG_MORE. */
	bool unfinished = false;

	/* For lies to use as they like. */
	std::uint64_t sends = 0;    /* send calls, of any kind */
	std::uint64_t arrived = 0;  /* notifications taken off the kernel's queue */
	std::uint64_t received = 0; /* bytes of data read */
	std::uint64_t reads = 0;    /* reads of data */
	std::uint64_t peeks = 0;    /* looks at the readiness */
	std::uint64_t refusals = 0;
	bool mark = false;
	std::map<int, std::uint32_t> ids_by_fd;

	bool stream() const { return type == SOCK_STREAM; }
	bool datagram() const { return type == SOCK_DGRAM; }
	/* The id that a call takes, as the program sees it. */
	std::uint32_t take_id() { return next_id++; }
	/* The kernel gave its next id to a call; nothing: the program sees none. */
	void kernel_counted(std::optional<std::uint32_t> id)
	{
		renumbered |= id != shown.size();
		shown.push_back(id);
	}
	std::optional<std::uint32_t> shown_as(std::uint32_t kernel_id) const;

	/* Append as the kernel does: into the last one where that goes on. */
	void append(Notice notice);
	/* Append an entry of its own. */
	void append_apart(Notice notice) { queue.push_back(std::move(notice)); }
	/* Make one up. */
	void notify(std::uint32_t id, std::uint8_t code = SO_EE_CODE_ZEROCOPY_COPIED);
	/* There is one for the program to read. */
	bool readable() const { return !queue.empty() && queue.front().due <= Clock::now(); }
	bool waiting() const { return !queue.empty(); }
};

/* The TCP, UDP or VSOCK socket that a descriptor refers to, or null. errno stays. */
Socket *find_socket(int fd);

} // namespace lying
