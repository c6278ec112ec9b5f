// SPDX-License-Identifier: GPL-2.0
#include "trace/events.h"
#include "trace/in_c.h"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <string_view>

namespace trace
{

using reproducer::Step;
using Events = std::vector<Event>;

/* As much as in[] takes. */
constexpr std::size_t most_taken = std::size_t{1} << 20;

/* What was read, as the next parts of in[]. */
static void compare_contents(std::vector<Step> &steps, const Event &data)
{
	std::size_t at = 0;

	for (std::size_t i = 0; i < data.parts.size(); i++) {
		const auto &part = data.parts[i];
		const std::string from = at ? "in + " + std::to_string(at) : "in";
		const std::string length = std::to_string(part.length);

		at += part.length;
		if (part.at)
			steps.push_back({.call = called("alike", {from, std::to_string(*part.at), length,
								  part.inverted ? "0xff" : "0"}),
					 .answer = length});
		else if (!data.literals[i].empty())
			steps.push_back({.call = called("memcmp", {from, data.literals[i], length}) + " == 0",
					 .answer = "1"});
	}
}

static bool continues(const SeededBytes::Part &part, const SeededBytes::Part &next)
{
	return part.at && next.at && part.inverted == next.inverted && *part.at + part.length == *next.at;
}

static void append(Event &data, const Event &more)
{
	data.length += more.length;
	for (std::size_t i = 0; i < more.parts.size(); i++)
		if (!data.parts.empty() && continues(data.parts.back(), more.parts[i])) {
			data.parts.back().length += more.parts[i].length;
		} else {
			data.parts.push_back(more.parts[i]);
			data.literals.push_back(more.literals[i]);
		}
}

constexpr std::string_view at_once = ", 0)", long_wait = ", 1000)";

static void wait_long(Step &look)
{
	look.call.replace(look.call.size() - at_once.size(), at_once.size(), long_wait);
}

bool waits_long(const Step &step)
{
	return step.call.starts_with("polled(") && step.call.ends_with(long_wait);
}

void wait_no_longer(Step &step)
{
	if (waits_long(step))
		step.call.replace(step.call.size() - long_wait.size(), long_wait.size(), at_once);
}

/* The reads wait by themselves, so that what the case waited for is no matter; nor is how often
 * it looked, or in how many pieces a stream came. */
static void add_group(std::vector<Step> &steps, const Events &group, const std::string &next_call)
{
	const std::string next = next_call.substr(0, next_call.find(','));
	const auto later = [&](std::size_t from, auto matches) {
		return std::any_of(group.begin() + static_cast<long>(from) + 1, group.end(), matches);
	};

	for (std::size_t i = 0; i < group.size(); i++) {
		const Event &event = group[i];
		const auto same = [&](Event::Of of) {
			return [&event, of](const Event &other) {
				return other.of == of && other.fd == event.fd;
			};
		};
		switch (event.of) {
		case Event::Of::wait:
			if (!later(i, [&](const Event &other) { return other.of != Event::Of::look; }) &&
			    next != "accept(fd" + std::to_string(event.fd))
				steps.push_back(event.step);
			break;
		case Event::Of::errors:
			if (!event.nothing || !later(i, same(Event::Of::errors)))
				steps.push_back(event.step);
			break;
		case Event::Of::look:
			/* It came later, and by itself. */
			if (event.quiet && later(i, [&](const Event &other) {
				    return other.fd == event.fd && !other.nothing &&
					   other.of != Event::Of::look;
			    }))
				break;
			if (!later(i, [&](const Event &other) {
				    return other.of == event.of && other.step.call == event.step.call;
			    })) {
				steps.push_back(event.step);
				const bool repeated =
					std::any_of(group.begin(), group.begin() + static_cast<long>(i),
						    [&](const Event &other) {
							    return other.step.call == event.step.call;
						    });
				if (!repeated && event.step.of == Step::Of::look)
					steps.back().of = Step::Of::look;
				if (std::ranges::any_of(group, [&](const Event &other) {
					    return other.quiet && other.step.call == event.step.call;
				    }))
					wait_long(steps.back());
			}
			break;
		case Event::Of::data: {
			if (event.nothing)
				break;
			Event all = event;
			while (event.stream && i + 1 < group.size() && all.length > 0 &&
			       (group[i + 1].of == Event::Of::wait || group[i + 1].nothing ||
				(same(Event::Of::data)(group[i + 1]) && group[i + 1].length > 0 &&
				 all.length + group[i + 1].length <= most_taken))) {
				i++;
				if (group[i].of == Event::Of::data && !group[i].nothing)
					append(all, group[i]);
			}
			if (event.stream)
				all.step = {.call = "take(fd" + std::to_string(event.fd) + ", " +
						    std::to_string(std::max<std::size_t>(all.length, 1)) +
						    ')',
					    .answer = std::to_string(all.length)};
			steps.push_back(all.step);
			compare_contents(steps, all);
			break;
		}
		default:
			steps.push_back(event.step);
		}
	}
}

/* Does the call take that variable? */
static bool takes(const std::string &call, const std::string &variable)
{
	for (std::size_t at = 0; (at = call.find(variable, at)) != std::string::npos; at += variable.size()) {
		const std::size_t end = at + variable.size();

		if ((at == 0 || !std::isalnum(call[at - 1])) &&
		    (end == call.size() || !std::isalnum(call[end])))
			return true;
	}
	return false;
}

/* Descriptors that served only to ask for something else. */
static void drop_unused(Events &events)
{
	for (std::size_t i = 0; i < events.size(); i++) {
		const std::string &name = events[i].step.variable;

		if (!name.starts_with("fd") || events[i].of != Event::Of::step)
			continue;
		if (events[i].step.call.starts_with("dup2(open(") &&
		    std::none_of(events.begin(), events.end(), [&](const Event &other) {
			    return other.step.call.find('(' + name + ',') != std::string::npos ||
				   other.step.call.find("/fd/10" + name.substr(2)) != std::string::npos;
		    })) {
			const auto closed = std::find_if(events.begin() + static_cast<long>(i) + 1,
							 events.end(), [&](const Event &other) {
								 return other.step.variable == name ||
									takes(other.step.call, name);
							 });
			if (closed != events.end() && closed->step.call == "close(" + name + ')')
				events.erase(closed);
			events.erase(events.begin() + static_cast<long>(i--));
			continue;
		}
		for (std::size_t j = i + 1; j < events.size(); j++) {
			const std::string &call = events[j].step.call;

			if (call == "close(" + name + ')') {
				events.erase(events.begin() + static_cast<long>(j));
				events.erase(events.begin() + static_cast<long>(i--));
				break;
			}
			if (events[j].step.variable == name || takes(call, name) || events[j].fd >= 0)
				break;
		}
	}
}

std::vector<Step> steps_of(Events events)
{
	std::vector<Step> steps;
	Events group;

	while (!events.empty() && events.back().tidies)
		events.pop_back();
	drop_unused(events);
	/* The program is in a new one already. */
	if (!events.empty() && events[0].step.call == "unshare(CLONE_NEWNET)")
		events.erase(events.begin());
	for (Event &event : events) {
		if (event.of != Event::Of::step) {
			group.push_back(std::move(event));
			continue;
		}
		add_group(steps, group, event.step.call);
		group.clear();
		steps.push_back(std::move(event.step));
	}
	add_group(steps, group, "");
	return steps;
}

} // namespace trace
