// SPDX-License-Identifier: GPL-2.0
#include "bench/bench.h"

#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <list>
#include <optional>
#include <set>
#include <sstream>
#include <string>

#include "bench/account.h"
#include "bench/flow.h"
#include "bench/memory.h"
#include "bench/report.h"
#include "harness/bail_out.h"
#include "harness/facts.h"
#include "harness/outputs/outputs.h"
#include "harness/terminal.h"
#include "netns/wire.h"
#include "os/check.h"
#include "os/fd.h"
#include "os/new_file.h"
#include "os/program.h"

namespace bench
{

namespace
{

using std::chrono::steady_clock;

/* All the memory that may be locked, and the right to make networks. */
void prepare(int cpu)
{
	rlimit limit;
	cpu_set_t set;

	if (::getrlimit(RLIMIT_MEMLOCK, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		::setrlimit(RLIMIT_MEMLOCK, &limit);
	}
	netns::gain_network_admin();
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	os::check(::sched_setaffinity(0, sizeof(set), &set), "sched_setaffinity()");
}

/* How long this thread has waited for its processor so far, in seconds; 0 where the kernel does not tell. */
double waited()
{
	double cpu = 0;
	double waiting = 0;

	std::istringstream(os::first_line("/proc/thread-self/schedstat")) >> cpu >> waiting;
	return waiting / 1e9;
}

/* What is to be measured, and how far that is. */
class Run {
public:
	explicit Run(const Options &options) : options_(options), signals_(harness::take_signals())
	{
		if (!options.json.empty())
			json_.emplace(harness::new_file("--json", options.json));
		for (const std::string &name : options.memories)
			memories_.emplace_back(name, std::ranges::max(options.sizes));
		account_.started = std::chrono::system_clock::now();
		account_.slice = std::chrono::milliseconds(options.slice);
		account_.cycles = Cycles().counted();
	}

	int run()
	{
		int signal = 0;

		if (!set_up())
			throw os::UsageError(
				"no path that --path names is for a transport that --transport names");
		const auto began = steady_clock::now();
		const double waited_before = waited();
		until_ = began + std::chrono::seconds(options_.seconds);
		try {
			while (steady_clock::now() < until_ && stuck_.size() < flows_.size())
				round();
		} catch (const Interrupted &by) {
			signal = by.number;
			account_.cut_short = std::string("ended by ") + ::strsignal(signal);
		}
		account_.waited = (waited() - waited_before) /
				  std::chrono::duration<double>(steady_clock::now() - began).count();
		conclude();
		if (signal)
			harness::end_by(signal);
		return !stuck_.empty() ? 1 : flows_.empty() ? 4 : 0;
	}

private:
	struct Interrupted {
		int number;
	};

	/* False where nothing is asked for. */
	bool set_up()
	{
		bool any = false;
		const auto named = [](const std::vector<std::string> &names, const char *name) {
			return std::ranges::find(names, name) != names.end();
		};

		for (const transport::Transport &transport : transport::transports())
			for (const netns::Path &path : netns::paths())
				if (named(options_.transports, transport.name) &&
				    named(options_.paths, path.name) && transport::traits(path, transport)) {
					set_up(transport, path);
					any = true;
				}
		return any;
	}

	/* A flow for each kind of memory and each number of calls between drains. */
	void set_up(const transport::Transport &transport, const netns::Path &path)
	{
		for (const Memory &memory : memories_)
			for (const unsigned drain : options_.drains) {
				std::string name = std::string(transport.name) + " over " + path.name;

				if (memories_.size() > 1)
					name += ", " + memory.name();
				if (options_.drains.size() > 1)
					name += ", read every " + std::to_string(drain);
				set_up({transport, path, memory, drain, name});
			}
	}

	void set_up(const Variant &variant)
	try {
		flows_.emplace_back(variant, options_);
	} catch (const std::exception &missing) {
		const char *const parts = variant.path.wire->parts.words;

		tell(variant.name + " is not measured: needs " + (parts ? parts : "sockets") + ": " +
		     missing.what());
	}

	/* One line of what is missing. */
	void tell(std::string line)
	{
		line_.clear();
		std::ranges::replace(line, '\n', ' ');
		std::fprintf(stderr, "zerocopy_bench: %s\n", line.c_str());
		account_.missing.push_back(std::move(line));
	}

	/* One pair of slices of every size of every flow: what disturbs the machine for a while
	 * disturbs all of them. */
	void round()
	{
		for (Flow &flow : flows_)
			for (const std::size_t size : flow.sizes()) {
				look_for_signals();
				show_progress();
				if (steady_clock::now() >= until_ && account_.rounds > 0)
					return;
				measure(flow, size);
			}
		account_.rounds++;
	}

	/* A flow whose receiver is stuck is measured no more. */
	void measure(Flow &flow, std::size_t size)
	try {
		if (!stuck_.contains(&flow))
			flow.measure(size, account_.rounds % 2, account_.slice);
	} catch (const os::Broken &trouble) {
		tell(flow.variant().name + " is measured no more: " + trouble.what());
		stuck_.insert(&flow);
	}

	void look_for_signals() const
	{
		pollfd poll = {signals_.get(), POLLIN, 0};
		signalfd_siginfo info = {};

		if (os::check(::poll(&poll, 1, 0), "poll()") == 0)
			return;
		os::check(::read(signals_.get(), &info, sizeof(info)), "read(signalfd)");
		throw Interrupted{static_cast<int>(info.ssi_signo)};
	}

	void show_progress()
	{
		const auto now = steady_clock::now();

		if (!line_.due())
			return;
		line_.show("round " + std::to_string(account_.rounds + 1) + ", " +
			   std::to_string(std::max<long>(
				   0, std::chrono::ceil<std::chrono::seconds>(until_ - now).count())) +
			   " s left");
	}

	/* Tell what was measured. */
	void conclude()
	{
		line_.clear();
		for (const Flow &flow : flows_)
			if (Finding finding = find(flow); !finding.rows.empty())
				account_.findings.push_back(std::move(finding));
		account_.answer = answer(account_.findings);
		account_.ended = std::chrono::system_clock::now();
		::getloadavg(&account_.load, 1);
		std::fputs(text(account_).c_str(), stdout);
		os::check(std::fflush(stdout), "standard output");
		if (json_)
			json_->write(json(account_));
	}

	const Options &options_;
	os::Fd signals_;
	std::optional<os::NewFile> json_;
	std::list<Memory> memories_; /* flows refer to them, and flows' processes to these */
	std::list<Flow> flows_;
	std::set<const Flow *> stuck_;
	Account account_{options_};
	harness::StatusLine line_{std::chrono::milliseconds(200)};
	steady_clock::time_point until_;
};

} // namespace

int measure(const Options &options)
{
	const harness::Facts facts;

	if (!facts.lacks_everything().empty()) {
		std::printf("zerocopy_bench: %s\n", facts.lacks_everything().c_str());
		return 4;
	}
	prepare(options.sender_cpu);
	return Run(options).run();
}

} // namespace bench
