// SPDX-License-Identifier: GPL-2.0
#include "os/deadline.h"

#include <poll.h>

#include <algorithm>

namespace os
{

using std::chrono::milliseconds;

static double slowness_factor = 1;
static milliseconds usual_timeout(10000);

static milliseconds scaled(milliseconds usual)
{
	return milliseconds(static_cast<long>(usual.count() * slowness_factor));
}

void set_slowness(double factor)
{
	slowness_factor = std::max(factor, 1.0);
}

double slowness()
{
	return slowness_factor;
}

void set_event_timeout(milliseconds usual)
{
	usual_timeout = usual;
}

milliseconds event_timeout()
{
	return scaled(usual_timeout);
}

milliseconds quiet_period()
{
	return scaled(milliseconds(10));
}

Deadline::Deadline(milliseconds from_now) : when_(std::chrono::steady_clock::now() + from_now) {}

int Deadline::left_ms() const
{
	auto left = std::chrono::ceil<milliseconds>(when_ - std::chrono::steady_clock::now());
	return static_cast<int>(std::max<long>(left.count(), 0));
}

bool wait_until(const std::function<bool()> &condition, Deadline deadline)
{
	while (!condition()) {
		/* Once more: the time may have passed while nobody let this run. */
		if (deadline.passed())
			return condition();
		::poll(nullptr, 0, 1);
	}
	return true;
}

} // namespace os
