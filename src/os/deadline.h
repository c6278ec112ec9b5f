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

/* A factor of 1 is a current machine; set once, before the first case. */
void set_slowness(double factor);
/* The event_timeout() of a current machine: shorter where many failures are expected. */
void set_event_timeout(std::chrono::milliseconds usual);
double slowness();

/* A point in time until which something may still happen. */
class Deadline {
public:
	explicit Deadline(std::chrono::milliseconds from_now = event_timeout());
	/* What poll(2) takes: milliseconds left, 0 when none. */
	int left_ms() const;
	bool passed() const { return left_ms() == 0; }

private:
	std::chrono::steady_clock::time_point when_;
};

/*
 * Wait for a condition for which the kernel raises no event, by looking at it
 * every millisecond. False when the deadline passed first.
 */
bool wait_until(const std::function<bool()> &condition, Deadline deadline = Deadline());

} // namespace os
