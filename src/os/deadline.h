/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <poll.h>

#include <chrono>
#include <functional>
#include <optional>
#include <span>

#include "os/patience.h"

namespace os
{

/*
 * How long events may take on this machine; both grow with its slowness.
 * event_timeout(): upper bound for an expected event.
 * quiet_period(): how long to wait before concluding that an event did not happen,
 * where no fence can show its absence.
 */
std::chrono::milliseconds event_timeout();
std::chrono::milliseconds quiet_period();

/* A factor of 1 is a current machine; set once, before the first case. Also measures how long a
 * process takes now, which Deadline compares with later. */
void set_slowness(double factor);
/* That time in milliseconds; 0 where no process can be had. */
double time_of_a_process();
/* How long something takes, in milliseconds: the best of three, as load varies. */
double best_of_three(const std::function<void()> &something);
/* As if it had been that long when the slowness was set. */
void set_usual_process(double ms);
/* How many times longer it is now, from 1 to 3; 1 where nothing was measured. */
double slowdown();
/* The event_timeout() of a current machine: shorter where many failures are expected. No deadline is
 * put off then. Returns what it was. */
std::chrono::milliseconds set_event_timeout(std::chrono::milliseconds usual);
double slowness();

/*
 * A point in time until which something may still happen. One of an event is put off once where
 * it passes on a machine that has become slower since set_slowness(), by other load: as many times
 * as the machine is slower, and three at the most. A kernel that keeps its promises is never waited
 * for so long. It comes earlier where enough others wait, or have waited, for that event in vain:
 * see Patience.
 */
class Deadline {
public:
	/* Of an event, event_timeout() from now. */
	Deadline(Event event = Event::other)
		: Deadline(event_timeout(), event)
	{} // NOLINT(google-explicit-constructor): the default of parameters
	explicit Deadline(std::chrono::milliseconds from_now);
	Deadline(std::chrono::milliseconds from_now, Event event);
	/* A copy tells Patience of no success: what it ends with need not be all that is waited for. */
	Deadline(const Deadline &other);
	Deadline &operator=(const Deadline &other);
	~Deadline();

	/* Milliseconds until it is worth asking whether it has passed, 0 when none: poll(2) takes them. */
	int left_ms() const;
	bool passed() const;

private:
	void begin() const;
	void go_on() const;
	std::chrono::milliseconds limit() const;
	bool shortened() const;

	std::chrono::steady_clock::time_point start_;
	std::chrono::milliseconds whole_;
	std::optional<Event> event_;
	mutable std::chrono::milliseconds put_off_{0};
	mutable bool asked_ = false; /* whether it is to be put off */
	bool copy_ = false;
};

/* How long this thread waited when a deadline last passed. */
std::chrono::milliseconds waited();

/* poll(2) until something is ready, or the deadline has passed: 0. Throws std::system_error. */
int poll(std::span<pollfd> polls, const Deadline &deadline);

/*
 * Wait for a condition for which the kernel raises no event, by looking at it
 * every millisecond. False when the deadline passed first.
 */
bool wait_until(const std::function<bool()> &condition, const Deadline &deadline = Deadline());

} // namespace os
