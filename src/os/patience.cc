// SPDX-License-Identifier: GPL-2.0
#include "os/patience.h"

#include <algorithm>

#include "os/deadline.h"

namespace os
{

using std::chrono::milliseconds;

/* What an event that comes takes at the most on a current machine, in milliseconds. Where it takes
 * longer, those that come tell. */
constexpr double usual_shorter = 500;
/* How many times as long as the event took elsewhere it may take. */
constexpr long margin = 4;

const char *name(Event event)
{
	static constexpr std::array<const char *, number_of_events> names = {
		"another event",
		"a notification",
		"data",
		"room in a send buffer",
		"the end of a blocked call",
		"memory to be given back",
		"sockets to be freed",
		"the case to go on",
	};

	const char *const event_name = names[static_cast<std::size_t>(event)];

	return event_name;
}

milliseconds Patience::shortest()
{
	return milliseconds(static_cast<long>(usual_shorter * slowness()));
}

milliseconds Patience::shorter(Event event) const
{
	return std::max(shortest(), milliseconds(margin * of(event).longest));
}

void Patience::came(Event event, milliseconds after)
{
	std::atomic<long> &longest = of(event).longest;
	long before = longest;

	while (after.count() > before && !longest.compare_exchange_weak(before, after.count()))
		;
}

bool Patience::take_witness(Event event)
{
	if (of(event).witnesses.fetch_add(1) < enough_)
		return true;
	release_witness(event);
	return false;
}

void Patience::release_witness(Event event)
{
	of(event).witnesses.fetch_sub(1);
}

static long now()
{
	using std::chrono::steady_clock;

	return std::chrono::duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
}

bool Waiting::sleeps() const
{
	const long limit = now() - 2 * quiet_period().count();

	return alive < limit || (depth > 0 && since < limit);
}

milliseconds Waiting::silent() const
{
	return milliseconds(alive ? std::max(0L, now() - std::max(alive.load(), until.load())) : 0);
}

} // namespace os
