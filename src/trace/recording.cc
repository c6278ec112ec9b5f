// SPDX-License-Identifier: GPL-2.0
#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <iterator>
#include <set>
#include <string_view>
#include <utility>

#include "trace/in_c.h"
#include "trace/recorder.h"

namespace trace
{

using reproducer::Step;

/* The lines about the addresses of IPv6 between which other cases send, and not those of tunnels below. */
static void drop_ipv6(std::vector<Step> &steps)
{
	const std::string between = "\n\t   ", newline = "\\n\"";

	for (Step &step : steps) {
		if (!step.call.starts_with("SH("))
			continue;
		std::string kept;
		for (std::size_t at = 3, end; at < step.call.size() - 1; at = end + between.size()) {
			end = std::min(step.call.find(between, at), step.call.size() - 1);
			std::string line = step.call.substr(at, end - at);
			if (line.ends_with("addrgenmode none\""))
				line.replace(line.size() - 1, 1, newline); /* the last one */

			if (std::ranges::none_of(
				    std::array{"2001:db8::", "fe80::", "addrgenmode none\\n", "ndisc_cache"},
				    [&](const char *one) { return line.find(one) != line.npos; }))
				kept += (kept.empty() ? "" : between) + line;
		}
		if (kept.ends_with(newline))
			kept.replace(kept.size() - newline.size(), newline.size(), "\"");
		step.call = kept.empty() ? "" : "SH(" + kept + ')';
	}
	std::erase_if(steps,
		      [](const Step &step) { return step.of == Step::Of::statement && step.call.empty(); });
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

static bool has(const std::vector<Step> &steps, const std::string &function)
{
	return std::ranges::any_of(steps, [&](const Step &step) { return step.call.starts_with(function); });
}

static bool is_store_over(const Step &step)
{
	return step.call.starts_with("fill(") && step.call.ends_with(", 0xff)");
}

static bool is_compared_to_store(const Step &step)
{
	return step.call.starts_with("alike(") && step.call.ends_with(", 0xff)");
}

/* What one connection has measured matters to the next one only. */
static void drop_metrics(std::vector<Step> &steps)
{
	if (std::ranges::count_if(steps,
				  [](const Step &step) { return step.call.starts_with("connect("); }) <= 1)
		std::erase_if(steps, [](const Step &step) {
			return step.call.find("tcp_no_metrics_save") != std::string::npos;
		});
}

/* Which of the bytes that were read are those of a later store is a matter of the moment, and that
 * there are any is what shows it. */
static void count_what_changed(std::vector<Step> &steps)
{
	for (auto step = steps.begin(); step != steps.end(); ++step) {
		const auto end = std::find_if(
			step, steps.end(), [](const Step &one) { return !one.call.starts_with("alike("); });
		std::set<long> first; /* which of the bytes of fill() in[0] is, by each line */
		long from = 0, at = 0, length = 0;

		if (std::find_if(step, end, is_compared_to_store) == end)
			continue;
		for (auto one = step; one != end; ++one) {
			at = 0;
			if (std::sscanf(one->call.c_str(), "alike(in, %ld, %ld", &from, &length) != 2)
				std::sscanf(one->call.c_str(), "alike(in + %ld, %ld, %ld", &at, &from,
					    &length);
			first.insert(from - at);
		}
		if (first.size() > 1)
			continue;
		/* Headers may be ahead of them. */
		const long ahead = std::max(0L, -*first.begin());
		*step = {.call = called("changed", {ahead ? "in + " + std::to_string(ahead) : "in",
						    std::to_string(std::max(0L, *first.begin())),
						    std::to_string(at + length - ahead)}) +
				 " > 0",
			 .answer = "1"};
		steps.erase(step + 1, end);
	}
}

/* A read of the error queue more than these is one of many. */
constexpr long few_reads = 8;

static long reads_of_errors(const std::vector<Step> &steps)
{
	return std::ranges::count_if(steps,
				     [](const Step &step) { return step.call.starts_with("notification("); });
}

/* Where threads or many calls are under way, it is a matter of the moment which notifications are
 * merged, or are there already, as the queue is read. */
static void take_as_they_come(std::vector<Step> &steps)
{
	constexpr unsigned most = 512, most_descriptors = 64; /* of the program's completed() */
	const auto is_empty = [](const Step &step) {
		return step.answer == "-EAGAIN" && step.call.find("MSG_ERRQUEUE") != std::string::npos;
	};
	bool last = true;

	for (std::size_t i = steps.size(); i-- > 0;) {
		Step &step = steps[i];
		unsigned fd = 0, first = 0, end = 0;

		if (is_empty(step) && !std::exchange(last, false))
			step.call.clear();
		if (std::sscanf(step.call.c_str(), "notification(fd%u)", &fd) == 1 &&
		    std::sscanf(step.answer.c_str(), "\"[%u,%u]", &first, &end) == 2 && end < most &&
		    fd < most_descriptors)
			step.call = called("completed", {"fd" + std::to_string(fd), std::to_string(first),
							 std::to_string(end)});
	}
	std::erase_if(steps, [](const Step &step) { return step.call.empty() && step.of == Step::Of::act; });
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
	for (const auto &[process, at] : forks_)
		for (std::size_t i = at; i < events_.size() && !executes_.contains(process); i++)
			if (calls_apart_ == 0 && is_store_over(events_[i].step))
				cannot_ = "it stores over what it has sent after a fork()";
	const bool answers = std::ranges::any_of(
		events_, [](const Event &event) { return !event.setting && !event.step.answer.empty(); });
	std::erase_if(events_, [&](const Event &event) {
		return (event.step.call.empty() && event.tidies) || (event.setting && answers);
	});
	Recording recording = {{}, cannot_, root_};
	std::vector<Step> steps = steps_of(std::move(events_));
	drop_metrics(steps);
	if (failed_)
		count_what_changed(steps);
	else if (calls_in_threads_ > 1 || reads_of_errors(steps) > few_reads)
		take_as_they_come(steps);
	if (calls_in_threads_ > 0 && has(steps, "stream(") &&
	    std::ranges::any_of(steps, is_compared_to_store))
		recording.cannot = "what was sent when it stored is a matter of the moment";
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
		for (step = step == steps.end() ? steps.begin() : step; step != steps.end(); ++step) {
			/* What did not come is to come where the promise is kept. */
			if (waits_long(*step))
				step->of = Of::act;
			/* Other bytes may be as wrong, and how much is queued is a matter of the moment. */
			step->decides = !step->answer.empty() && step->of != Of::look &&
					!step->call.starts_with("alike(");
		}
		if (std::ranges::none_of(steps, &Step::decides))
			recording.cannot = "no call of it answers what the expectation looked at";
	}
	for (Step &step : steps)
		if (!step.decides)
			wait_no_longer(step);
	if (std::ranges::none_of(
		    steps, [](const Step &step) { return step.call.find("to6(") != std::string::npos; }))
		drop_ipv6(steps);
	recording.steps.push_back(
		{.of = Of::setup, .call = root_ ? "unshare(CLONE_NEWNET|CLONE_NEWNS)" : "own_namespaces()"});
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
