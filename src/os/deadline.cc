// SPDX-License-Identifier: GPL-2.0
#include "os/deadline.h"

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

namespace os
{

using std::chrono::milliseconds;

static double slowness_factor = 1;
static milliseconds usual_timeout(10000);
static double usual_process = 0; /* in milliseconds; 0: not measured */

static milliseconds scaled(milliseconds usual)
{
	return milliseconds(static_cast<long>(usual.count() * slowness_factor));
}

void set_slowness(double factor)
{
	slowness_factor = std::max(factor, 1.0);
	usual_process = time_of_a_process();
}

double time_of_a_process()
{
	double best = 1e9;

	for (int i = 0; i < 3; i++) {
		const auto start = std::chrono::steady_clock::now();
		const pid_t child = ::fork();

		if (child == 0)
			::_exit(0);
		if (child < 0 || ::waitpid(child, nullptr, 0) < 0)
			return 0;
		best = std::min(best, std::chrono::duration<double, std::milli>(
					      std::chrono::steady_clock::now() - start)
					      .count());
	}
	return best;
}

void set_usual_process(double ms)
{
	usual_process = ms;
}

double slowness()
{
	return slowness_factor;
}

void set_event_timeout(milliseconds usual)
{
	usual_timeout = usual;
	usual_process = 0;
}

milliseconds event_timeout()
{
	return scaled(usual_timeout);
}

milliseconds quiet_period()
{
	return scaled(milliseconds(10));
}

Deadline::Deadline(milliseconds from_now, Of of)
	: when_(std::chrono::steady_clock::now() + from_now),
	  to_put_off_(of == Of::event ? from_now : milliseconds(0))
{
}

milliseconds Deadline::left() const
{
	return std::chrono::ceil<milliseconds>(when_ - std::chrono::steady_clock::now());
}

int Deadline::left_ms() const
{
	constexpr double most = 3; /* so that one such wait fits into the time of a whole case */
	milliseconds rest = left();

	if (rest.count() <= 0 && to_put_off_.count() > 0 && usual_process > 0) {
		const double slower = std::min(time_of_a_process() / usual_process, most) - 1;

		if (slower > 0.5)
			when_ = std::chrono::steady_clock::now() +
				milliseconds(static_cast<long>(to_put_off_.count() * slower));
		to_put_off_ = milliseconds(0);
		rest = left();
	}
	return static_cast<int>(std::max<long>(rest.count(), 0));
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
