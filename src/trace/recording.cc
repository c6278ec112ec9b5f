// SPDX-License-Identifier: GPL-2.0
#include <algorithm>
#include <cctype>
#include <iterator>
#include <set>
#include <string_view>

#include "trace/recorder.h"

namespace trace
{

using reproducer::Step;

/* The lines that give devices addresses of IPv6. */
static void drop_ipv6(std::vector<Step> &steps)
{
	std::erase_if(steps, [](const Step &step) { return step.call.starts_with("SH(\"until ip -6 "); });
	for (Step &step : steps)
		for (std::size_t at = 0, end;
		     step.call.starts_with("SH(") && (end = step.call.find('\n', at)) != std::string::npos;) {
			const std::string line = step.call.substr(at, end - at);

			if (line.find("2001:db8") != std::string::npos ||
			    line.find("fe80::") != std::string::npos ||
			    line.find("addrgenmode none\\n") != std::string::npos)
				step.call.erase(at, end + 1 - at);
			else
				at = end + 1;
		}
}

/* Files and mappings that no call takes bytes from. */
void Recorder::drop_unneeded_mappings()
{
	for (std::size_t i = 0; i < events_.size(); i++) {
		Event &event = events_[i];
		bool needed = true;

		if (event.file >= 0)
			needed = layout_.needs_file(event.file, i);
		else if (event.mapping >= 0)
			needed = layout_.needed(static_cast<unsigned>(event.mapping));
		if (needed && event.mapping >= 0 && event.step.call.empty())
			cannot_ = "it sends from huge pages, or from a file that is no file in memory";
		event.tidies |= !needed;
		if (!needed)
			event.step.call.clear();
	}
}

/* The first descriptor or port that no step before has made; "": none. */
static std::string unknown_variable(const std::vector<Step> &steps)
{
	std::set<std::string> made;

	for (const Step &step : steps) {
		for (std::size_t at = 0; at < step.call.size(); at++) {
			const std::string_view rest = std::string_view(step.call).substr(at);
			const std::size_t letters = rest.starts_with("fd")     ? 2
						    : rest.starts_with("port") ? 4
									       : 0;
			std::size_t end = letters;

			if (!letters || (at > 0 && (std::isalnum(step.call[at - 1]) ||
						    step.call[at - 1] == '/' || step.call[at - 1] == '_')))
				continue;
			while (end < rest.size() && std::isdigit(rest[end]))
				end++;
			if (end > letters && !made.contains(std::string(rest.substr(0, end))))
				return std::string(rest.substr(0, end));
		}
		made.insert(step.variable);
	}
	return "";
}

Recording Recorder::take()
{
	using Of = Step::Of;
	for (std::size_t i = 0; i < events_.size(); i++)
		if (events_[i].tidies && layout_.is_last(events_[i].step, i))
			events_[i].step.call.clear();
	drop_unneeded_mappings();
	for (Event &event : events_)
		if (const std::string read = "notification(";
		    !codes_told_ && !event.step.decides && event.step.call.starts_with(read)) {
			event.step.call = "ids(" + event.step.call + ')';
			event.step.answer =
				event.step.answer.substr(0, event.step.answer.find_first_of(']') + 1) + '"';
		}
	std::erase_if(events_, [](const Event &event) { return event.step.call.empty() && event.tidies; });
	Recording recording = {{}, cannot_, root_};
	std::vector<Step> steps = steps_of(std::move(events_));
	std::vector<Step> memory = layout_.resolve(steps);

	if (recording.cannot.empty())
		recording.cannot = layout_.cannot();
	if (recording.cannot.empty() &&
	    std::ranges::all_of(steps, [](const Step &step) { return step.answer.empty(); }))
		recording.cannot = "no call of it answers what an expectation could look at";
	if (recording.cannot.empty() && !unknown_variable(steps).empty())
		recording.cannot = "it uses a descriptor that none of its calls made";
	if (failed_) {
		/* Nobody says which answer is the one: any since the first flagged call. */
		auto step = std::ranges::find_if(steps, [](const Step &one) {
			return one.call.find("MSG_ZEROCOPY") != std::string::npos;
		});
		for (step = step == steps.end() ? steps.begin() : step; step != steps.end(); ++step)
			/* Other bytes may be as wrong, and how much is queued is a matter of the moment. */
			step->decides = !step->answer.empty() && step->of != Of::look &&
					!step->call.starts_with("alike(");
		if (std::ranges::none_of(steps, &Step::decides))
			recording.cannot = "no call of it answers what the expectation looked at";
	}
	if (std::ranges::none_of(
		    steps, [](const Step &step) { return step.call.find("to6(") != std::string::npos; }))
		drop_ipv6(steps);
	recording.steps.push_back({.of = Of::setup, .call = "own_namespaces()"});
	std::ranges::move(memory, std::back_inserter(recording.steps));
	std::ranges::move(steps, std::back_inserter(recording.steps));
	return recording;
}

constexpr char field_end = '\x1f', step_end = '\x1e';

std::string encoded(const Recording &recording)
{
	std::string text = recording.cannot + field_end + (recording.root ? "1" : "0") + step_end;

	for (const Step &step : recording.steps) {
		text += static_cast<char>(step.of);
		for (const std::string &field : {step.call, step.answer, std::string(step.decides ? "1" : ""),
						 step.variable, step.remark})
			text += field_end + field;
		for (const std::string &call : step.before)
			text += field_end + call;
		text += step_end;
	}
	return text;
}

Recording decoded(const std::string &text)
{
	Recording recording;
	bool first = true;

	for (std::size_t from = 0; from < text.size();) {
		const std::size_t end = std::min(text.find(step_end, from), text.size());
		std::vector<std::string> fields(1);

		for (const char c : text.substr(from, end - from))
			if (c == field_end)
				fields.emplace_back();
			else
				fields.back() += c;
		from = end + 1;
		if (first) {
			recording.cannot = fields[0];
			recording.root = fields.size() > 1 && fields[1] == "1";
			first = false;
			continue;
		}
		fields.resize(std::max<std::size_t>(fields.size(), 6));
		recording.steps.push_back({static_cast<Step::Of>(fields[0][0]),
					   fields[1],
					   fields[2],
					   fields[3] == "1",
					   fields[4],
					   fields[5],
					   {fields.begin() + 6, fields.end()}});
	}
	return recording;
}

} // namespace trace
