/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <chrono>
#include <cstddef>
#include <ctime>

#include "bench/cycles.h"
#include "bench/memory.h"
#include "bench/slice.h"

namespace bench
{

/* A connected socket with SO_ZEROCOPY, and the memory that it sends from. */
class Sender {
public:
	/* `receiver_clock`: the CPU time of the receiving process. `drain_every`: after so many
	 * flagged calls the error queue is read until it is empty. */
	Sender(int socket, clockid_t receiver_clock, const Memory &memory, unsigned drain_every)
		: socket_(socket), receiver_clock_(receiver_clock), memory_(memory), drain_every_(drain_every)
	{
	}

	/*
	 * Sends for so long, `size` bytes at a time, with MSG_ZEROCOPY or without. It sends for a
	 * fifth of that time first, so that buffers are as full at the start of the slice as at its
	 * end, and afterwards waits until everything has left. Neither counts. A flagged slice ends with a
	 * drain. Throws os::Broken where nothing is received any more.
	 */
	Slice send(std::size_t size, bool flagged, std::chrono::microseconds duration);

private:
	using Clock = std::chrono::steady_clock;

	void send_until(std::size_t size, bool flagged, Clock::time_point until);
	void send_once(std::size_t size, int flags);
	const void *next(std::size_t size);
	void read_clocks(int sign);
	void drain();
	void await_notification() const;
	void settle();

	int socket_;
	clockid_t receiver_clock_;
	const Memory &memory_;
	unsigned drain_every_;
	std::size_t position_ = 0;	/* in the memory */
	std::uint64_t outstanding_ = 0; /* flagged calls without a completion */
	bool looking_ = false;		/* at what is outstanding, before each drain */
	Cycles cycles_;
	Slice slice_;
};

} // namespace bench
