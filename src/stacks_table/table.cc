// SPDX-License-Identifier: GPL-2.0
#include "stacks_table/table.h"

#include <fnmatch.h>
#include <poll.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <list>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "harness/facts.h"
#include "harness/outputs/outputs.h"
#include "netns/namespace.h"
#include "netns/network.h"
#include "netns/wire.h"
#include "os/child.h"
#include "os/deadline.h"
#include "os/fd.h"
#include "os/new_file.h"
#include "os/program.h"
#include "os/version.h"
#include "stacks_table/measure.h"
#include "transport/payload.h"

namespace stacks_table
{

namespace
{

using Json = nlohmann::ordered_json;

/* Changes when a reader has to. */
constexpr int format = 1;
constexpr unsigned runs = 3;
/* The exit status, as that of a run in which everything is skipped. */
constexpr int nothing_measured = 4;

/* What the runs of one cell showed, and how many showed it. */
struct Sight {
	Seen seen;
	unsigned runs;
};

struct Row {
	const netns::Path *path;
	std::string missing = {}; /* the kernel's part, or the command; "" */
	std::string trouble = {}; /* of the measurement; "" */
	unsigned left = runs;	  /* that have not ended */
	std::array<std::vector<Sight>, sendings.size()> cells = {};

	bool empty() const { return std::ranges::all_of(cells, &std::vector<Sight>::empty); }
};

unsigned traits(const netns::Path &path, const Sending &sending)
{
	return sending.kind == transport::tcp ? path.tcp : path.udp;
}

/* Stacks, pairs of another kind, and as their control the veth pair that is below the stacks. */
bool belongs(const netns::Path &path)
{
	return path.two_ends() && path.tweak == netns::Tweak::none && path.hold == netns::Hold::none &&
	       ((path.tcp & (netns::stacked | netns::other_pair)) ||
		((path.tcp & netns::basic) && path.wire->place == 1));
}

bool wanted(const netns::Path &path, const std::vector<std::string> &globs)
{
	return globs.empty() || std::ranges::any_of(globs, [&](const std::string &glob) {
		       return ::fnmatch(glob.c_str(), path.name, 0) == 0;
	       });
}

std::string one_line(std::string text)
{
	std::ranges::replace(text, '\n', ' ');
	return text.substr(0, text.find_last_not_of(' ') + 1);
}

/* One run of all cells of a stack, in the process's own namespaces. Of what it says each line is one cell, or
 * the last one, which begins with '!', what is missing, and with '?' what went wrong. */
std::string run_of(const netns::Path &path, std::uint64_t seed)
{
	std::string said;
	bool built = false;

	try {
		transport::Payload::set_seed(seed);
		netns::gain_network_admin();
		const netns::Network network(path, path.address_family == AF_INET6);
		built = true;
		prepare(network);
		for (std::size_t i = 0; i < sendings.size(); i++)
			if (traits(path, sendings[i])) {
				const Seen seen = measure(network, sendings[i]);

				for (const std::string &word :
				     {std::to_string(i), seen.copied, seen.completed, seen.store, seen.said,
				      seen.delivered, seen.refused})
					said += word + ' ';
				said += '\n';
			}
	} catch (const std::exception &trouble) {
		said += (built ? "?" : "!") + one_line(trouble.what()) + '\n';
	}
	return said;
}

/* The process of one run. */
class Running {
public:
	Running(Row &row, std::uint64_t seed)
		: row_(row), child_([&] {
			  const std::string said = run_of(*row.path, seed);

			  return ::write(pipe_.write_end.get(), said.data(), said.size()) < 0;
		  })
	{
		pipe_.write_end.close();
	}
	int fd() const { return pipe_.read_end.get(); }
	bool late() const { return deadline_.passed(); }
	int left_ms() const { return deadline_.left_ms(); }

	/* It has ended, or is to. */
	void end()
	{
		const std::string said = late() ? "?a run did not end in time\n" : os::read_to_end(fd());
		std::istringstream lines(said);

		if (late())
			child_.kill();
		for (std::string line; std::getline(lines, line);)
			enter(line);
		if (said.empty())
			enter("?a run ended early");
		row_.left--;
	}

private:
	void enter(const std::string &line)
	{
		std::istringstream words(line);
		std::size_t cell;
		Seen seen;

		if (line[0] == '!' || line[0] == '?') {
			(line[0] == '!' ? row_.missing : row_.trouble) = line.substr(1);
			return;
		}
		words >> cell >> seen.copied >> seen.completed >> seen.store >> seen.said >> seen.delivered >>
			seen.refused;
		auto &sights = row_.cells.at(cell);
		const auto same =
			std::ranges::find_if(sights, [&](const Sight &each) { return each.seen == seen; });
		if (same == sights.end())
			sights.push_back({seen, 1});
		else
			same->runs++;
	}

	Row &row_;
	os::Pipe pipe_;
	os::Deadline deadline_ = os::Deadline(4 * os::event_timeout(), os::Event::other);
	os::Child child_;
};

Json object(const Seen &seen, unsigned count)
{
	Json json = {{"runs", count}};

	if (seen.refused != "-") {
		json["refused"] = seen.refused;
		return json;
	}
	json["copied"] = seen.copied;
	json["completed"] = seen.completed;
	json["later_store"] = seen.store;
	json["said_copied"] = seen.said;
	json["said_copied_if_delivered"] = seen.delivered;
	return json;
}

std::string json(const std::vector<Row> &rows)
{
	utsname kernel = {};

	::uname(&kernel);
	Json all = {{"format", format},
		    {"suite", {{"name", "msg_zerocopy"}, {"version", os::version}}},
		    {"kernel",
		     {{"release", kernel.release}, {"version", kernel.version}, {"machine", kernel.machine}}},
		    {"runs", runs},
		    {"stacks", Json::array()}};
	for (const Row &row : rows) {
		Json stack = {{"name", row.path->name},
			      {"summary", row.path->summary},
			      {"missing", row.missing},
			      {"trouble", row.trouble},
			      {"cells", Json::array()}};

		for (std::size_t i = 0; i < sendings.size(); i++) {
			Json seen = Json::array();

			for (const Sight &sight : row.cells.at(i))
				seen.push_back(object(sight.seen, sight.runs));
			if (!seen.empty())
				stack["cells"].push_back({{"transport", sendings.at(i).transport},
							  {"size", sendings.at(i).size},
							  {"bytes", sendings.at(i).length},
							  {"seen", seen}});
		}
		all["stacks"].push_back(stack);
	}
	return all.dump(1, ' ', false, Json::error_handler_t::replace) + '\n';
}

constexpr const char *line_format = "%-19s %-4s %-8s %-7s %-9s %-11s %-7s %s\n";

void print_cell(const Row &row, std::size_t cell)
{
	const std::vector<Sight> &sights = row.cells.at(cell);

	for (const Sight &sight : sights) {
		const Seen &seen = sight.seen;
		std::string remark = seen.refused == "-" ? "" : "the call fails: " + seen.refused;

		if (seen.copied == "yes" && seen.said == "no")
			remark = "copied, not said";
		if (sights.size() > 1 || sight.runs < runs)
			remark.insert(0, "in " + std::to_string(sight.runs) + " of " + std::to_string(runs) +
						 " runs" + (remark.empty() ? "" : ", "));
		std::printf(line_format, row.path->name, sendings.at(cell).transport, sendings.at(cell).size,
			    seen.copied.c_str(), seen.completed.c_str(), seen.store.c_str(),
			    seen.said.c_str(), remark.c_str());
	}
}

void print_head()
{
	utsname kernel = {};

	::uname(&kernel);
	std::printf(
		"# msg_zerocopy %s, kernel %s: stacks, each line from %u runs. Data of one segment is %zu "
		"bytes, "
		"large data %zu.\n"
		"# copied: before it leaves for the last device. completed: early, that is before then, at "
		"its "
		"delivery, when it is read, or never.\n"
		"# later store: who sees a store to the source that is made after the notification. COPIED: "
		"whether the notification of data that ends there says so.\n",
		os::version, kernel.release, runs, segment, sendings.back().length);
	std::printf(line_format, "stack", "", "", "copied", "completed", "later store", "COPIED", "");
}

void print(const Row &row)
{
	for (std::size_t i = 0; i < sendings.size(); i++)
		print_cell(row, i);
	if (!row.trouble.empty())
		std::printf("%-19s could not be measured: %s\n", row.path->name, row.trouble.c_str());
	if (!row.missing.empty())
		std::printf("# %s is left out, it needs %s: %s\n", row.path->name,
			    row.path->wire->parts.words, row.missing.c_str());
	std::fflush(stdout);
}

void measure_all(std::vector<Row> &rows, std::size_t jobs, std::uint64_t seed)
{
	std::list<Running> running;
	std::size_t next = 0, printed = 0;

	while (next < rows.size() * runs || !running.empty()) {
		for (; next < rows.size() * runs && running.size() < jobs; next++)
			running.emplace_back(rows[next / runs], seed + next);
		std::vector<pollfd> polls;
		int left = -1;
		for (const Running &each : running) {
			polls.push_back({each.fd(), POLLIN, 0});
			left = left < 0 ? each.left_ms() : std::min(left, each.left_ms());
		}
		::poll(polls.data(), polls.size(), left);
		auto poll = polls.begin();
		for (auto each = running.begin(); each != running.end(); ++poll) {
			if (!poll->revents && !each->late()) {
				++each;
				continue;
			}
			each->end();
			each = running.erase(each);
		}
		/* In their order, and as soon as they are there. */
		for (; printed < rows.size() && rows[printed].left == 0; printed++)
			print(rows[printed]);
	}
}

} // namespace

int run(const harness::Options &options)
{
	std::optional<os::NewFile> file;
	std::vector<Row> rows;

	for (const netns::Path &path : netns::paths())
		if (belongs(path) && wanted(path, options.selection.paths))
			rows.push_back({&path});
	if (rows.empty())
		throw os::UsageError("no stack matches --path; --stacks --list shows what there is");
	if (options.action == harness::Action::list) {
		for (const Row &row : rows)
			std::printf("%-19s %s\n", row.path->name, row.path->summary);
		return 0;
	}
	if (!options.json.empty())
		file.emplace(harness::new_file("--json", options.json));
	const harness::Facts facts;
	if (!facts.lacks_everything().empty()) {
		std::fprintf(stderr, "msg_zerocopy: --stacks %s\n", facts.lacks_everything().c_str());
		return nothing_measured;
	}
	if (options.patience)
		os::set_event_timeout(std::chrono::milliseconds(options.patience));
	print_head();
	measure_all(rows,
		    options.jobs
			    ? options.jobs
			    : 2 * static_cast<std::size_t>(std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN))),
		    options.seed ? options.seed : std::random_device()());
	if (file)
		file->write(json(rows));
	if (std::ranges::all_of(rows, [](const Row &row) { return row.empty(); }))
		return nothing_measured;
	return std::ranges::any_of(rows, [](const Row &row) { return !row.trouble.empty(); });
}

} // namespace stacks_table
