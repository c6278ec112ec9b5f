// SPDX-License-Identifier: GPL-2.0
#include <gtest/gtest.h>

#include "trace/events.h"

namespace
{

using reproducer::Step;
using trace::Event;

Event data(std::size_t length, std::size_t at)
{
	Event event = {.of = Event::Of::data, .fd = 4, .stream = true, .length = length};

	event.step = {.call = "datagram(fd4, 99999, 0)", .answer = std::to_string(length)};
	event.parts = {{length, at, false}};
	event.literals = {""};
	return event;
}

TEST(TraceEvents, DoNotDependOnTheirTiming)
{
	const Event waits = {.of = Event::Of::wait, .step = {.call = "await(fd3, POLLERR)"}, .fd = 3};
	const Event nothing = {
		.of = Event::Of::errors, .step = {.call = "recvmsg(fd3)"}, .fd = 3, .nothing = true};
	const Event read = {.of = Event::Of::errors, .step = {.call = "notification(fd3)"}, .fd = 3};
	std::vector<std::string> calls;

	for (const Step &step :
	     trace::steps_of({nothing, waits, data(1000, 0), data(500, 1000), nothing, waits, read, nothing}))
		calls.push_back(step.call);
	EXPECT_EQ(calls, (std::vector<std::string>{"take(fd4, 1500)", "alike(in, 0, 1500, 0)",
						   "notification(fd3)", "recvmsg(fd3)"}));
}

TEST(TraceEvents, KeepDatagramsApart)
{
	Event first = data(1000, 0), second = data(500, 1000);

	first.stream = second.stream = false;
	EXPECT_EQ(trace::steps_of({first, second}).size(), 4);
}

} // namespace
