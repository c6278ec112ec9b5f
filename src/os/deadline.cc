// SPDX-License-Identifier: GPL-2.0
#include "os/deadline.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "os/check.h"

namespace os
{

using std::chrono::milliseconds;
using std::chrono::steady_clock;

static double slowness_factor = 1;
static milliseconds usual_timeout(10000);
static double usual_process = 0; /* in milliseconds; 0: not measured */
/* See wait_together(). */
static Patience *together = nullptr;
static Waiting *own = nullptr;
static thread_local milliseconds last_wait{0};

static milliseconds scaled(milliseconds usual)
{
	return milliseconds(static_cast<long>(usual.count() * slowness_factor));
}

void set_slowness(double factor)
{
	slowness_factor = std::max(factor, 1.0);
	usual_process = time_of_a_process();
}

double best_of_three(const std::function<void()> &something)
{
	double best = 1e9;

	for (int i = 0; i < 3; i++) {
		const auto start = steady_clock::now();
		something();
		best = std::min(
			best, std::chrono::duration<double, std::milli>(steady_clock::now() - start).count());
	}
	return best;
}

double time_of_a_process()
{
	bool ended = true;
	const double best = best_of_three([&] {
		const pid_t child = ::fork();

		if (child == 0)
			::_exit(0);
		ended = ended && child > 0 && ::waitpid(child, nullptr, 0) > 0;
	});

	return ended ? best : 0;
}

void set_usual_process(double ms)
{
	usual_process = ms;
}

double slowness()
{
	return slowness_factor;
}

milliseconds set_event_timeout(milliseconds usual)
{
	usual_process = 0;
	return std::exchange(usual_timeout, usual);
}

milliseconds event_timeout()
{
	return scaled(usual_timeout);
}

milliseconds quiet_period()
{
	return scaled(milliseconds(10));
}

milliseconds waited()
{
	return last_wait;
}

void wait_together(Patience *patience, Waiting *mine)
{
	together = patience;
	own = mine;
	sign_of_life();
}

static milliseconds since(steady_clock::time_point start)
{
	return std::chrono::duration_cast<milliseconds>(steady_clock::now() - start);
}

void sign_of_life()
{
	if (!own)
		return;
	together->came(Event::progress, own->silent());
	own->alive = since({}).count();
}

ReturnsAtOnce::ReturnsAtOnce()
{
	if (own)
		own->at_once++;
}

ReturnsAtOnce::~ReturnsAtOnce()
{
	if (own)
		own->at_once--;
}

void Deadline::begin() const
{
	if (!own)
		return;
	sign_of_life();
	if (own->depth.fetch_add(1) == 0)
		own->since = own->alive.load();
	go_on();
}

/* Until then this process needs to show no life. */
void Deadline::go_on() const
{
	if (own)
		own->until =
			std::max<long>(own->until.load(), static_cast<long>(since({}).count()) + left_ms());
}

Deadline::Deadline(milliseconds from_now) : start_(steady_clock::now()), whole_(from_now)
{
	begin();
}

Deadline::Deadline(milliseconds from_now, Event event)
	: start_(steady_clock::now()), whole_(from_now), event_(event)
{
	begin();
}

Deadline::Deadline(const Deadline &other)
	: start_(other.start_), whole_(other.whole_), event_(other.event_), put_off_(other.put_off_),
	  asked_(other.asked_), copy_(true)
{
	begin();
}

Deadline &Deadline::operator=(const Deadline &other) = default;

Deadline::~Deadline()
{
	const milliseconds after = since(start_);

	if (!own)
		return;
	sign_of_life();
	if (own->depth.fetch_sub(1) == 1)
		own->until = 0;
	/* It is over before the deadline, so the event came. */
	if (copy_ || !event_ || after >= limit())
		return;
	together->came(*event_, after);
	if (!(own->in_vain & bit(*event_)) && own->witnessed.fetch_and(~bit(*event_)) & bit(*event_))
		together->release_witness(*event_);
}

/* Whether this wait is no witness's. */
bool Deadline::shortened() const
{
	return own && event_ && *event_ != Event::other && !(own->witnessed & bit(*event_)) &&
	       together->shorter(*event_) < whole_;
}

milliseconds Deadline::limit() const
{
	return shortened() ? together->shorter(*event_) : whole_ + put_off_;
}

int Deadline::left_ms() const
{
	const auto left = std::chrono::ceil<milliseconds>(start_ + limit() - steady_clock::now());

	return static_cast<int>(std::max<long>(left.count(), 0));
}

double slowdown()
{
	constexpr double most = 3; /* so that one such wait fits into the time of a whole case */

	return usual_process > 0 ? std::clamp(time_of_a_process() / usual_process, 1.0, most) : 1;
}

bool Deadline::passed() const
{
	if (left_ms() > 0)
		return false;
	if (shortened()) {
		if (together->take_witness(*event_))
			own->witnessed |= bit(*event_);
		else {
			own->shortened |= bit(*event_);
			own->shorter = std::min(own->shorter ? own->shorter.load() : whole_.count(),
						since(start_).count());
		}
	} else if (event_ && !std::exchange(asked_, true)) {
		const double slower = slowdown() - 1;

		if (slower > 0.5)
			put_off_ = since(start_) - whole_ +
				   milliseconds(static_cast<long>(whole_.count() * slower));
	}
	if (left_ms() > 0) {
		go_on();
		return false;
	}
	if (own && event_ && !shortened())
		own->in_vain |= bit(*event_);
	last_wait = since(start_);
	return true;
}

int poll(std::span<pollfd> polls, const Deadline &deadline)
{
	for (;;) {
		const int ready = ::poll(polls.data(), polls.size(), deadline.left_ms());

		if (ready > 0)
			return ready;
		if (ready < 0 && errno != EINTR)
			check(ready, "poll()");
		if (deadline.passed())
			return 0;
	}
}

// NOLINTNEXTLINE(performance-unnecessary-value-param): the wait is over with its deadline
bool wait_until(const std::function<bool()> &condition, const Deadline &deadline)
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
