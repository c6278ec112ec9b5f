/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <chrono>
#include <functional>

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
/* That time in milliseconds: the best of three, as load varies. */
double time_of_a_process();
/* As if it had been that long when the slowness was set. */
void set_usual_process(double ms);
/* The event_timeout() of a current machine: shorter where many failures are expected. No deadline is
 * put off then. */
void set_event_timeout(std::chrono::milliseconds usual);
double slowness();

/*
 * A point in time until which something may still happen. One of an event is put off once where
 * it passes on a machine that has become slower since set_slowness(), by other load: as many times
 * as the machine is slower, and three at the most. A kernel that keeps its promises is never waited
 * for so long.
 */
class Deadline {
public:
	enum class Of { event, time };

	Deadline() : Deadline(event_timeout(), Of::event) {}
	explicit Deadline(std::chrono::milliseconds from_now, Of of = Of::time);
	/* What poll(2) takes: milliseconds left, 0 when none. */
	int left_ms() const;
	bool passed() const { return left_ms() == 0; }

private:
	std::chrono::milliseconds left() const;
	mutable std::chrono::steady_clock::time_point when_;
	mutable std::chrono::milliseconds to_put_off_; /* for each time that the machine is slower */
};

/*
 * Wait for a condition for which the kernel raises no event, by looking at it
 * every millisecond. False when the deadline passed first.
 */
bool wait_until(const std::function<bool()> &condition, Deadline deadline = Deadline());

} // namespace os
