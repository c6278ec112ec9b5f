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
#include <cstring>
#include <list>
#include <set>
#include <string>

#include "bench/flow.h"
#include "bench/report.h"
#include "harness/bail_out.h"
#include "harness/facts.h"
#include "harness/terminal.h"
#include "netns/wire.h"
#include "os/check.h"
#include "os/mapping.h"

namespace bench
{

namespace
{

using std::chrono::steady_clock;

constexpr std::chrono::milliseconds slice(10);

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

/* What is to be measured, and how far that is. */
class Run {
public:
	explicit Run(const Options &options)
		: options_(options), signals_(harness::take_signals()),
		  memory_(std::ranges::max(options.sizes))
	{
		std::memset(memory_.data(), 'z', memory_.size());
	}

	int run()
	{
		if (!set_up())
			throw UsageError(
				"no path that --path names is for a transport that --transport names");
		if (flows_.empty())
			return 4;
		until_ = steady_clock::now() + std::chrono::seconds(options_.seconds);
		try {
			while (steady_clock::now() < until_ && stuck_.size() < flows_.size())
				round();
		} catch (const Interrupted &by) {
			conclude("ended by " + std::string(::strsignal(by.number)) + "; ");
			harness::end_by(by.number);
		}
		conclude("");
		return status_;
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

	void set_up(const transport::Transport &transport, const netns::Path &path)
	try {
		flows_.emplace_back(transport, path, options_, memory_);
	} catch (const std::exception &missing) {
		const char *const parts = path.wire->parts.words;

		std::fprintf(stderr, "zerocopy_bench: %s over %s is not measured: needs %s: %s\n",
			     transport.name, path.name, parts ? parts : "sockets", missing.what());
	}

	/* One pair of slices of every size of every flow: what disturbs the machine for a while
	 * disturbs all of them. */
	void round()
	{
		for (Flow &flow : flows_)
			for (const std::size_t size : flow.sizes()) {
				look_for_signals();
				show_progress();
				if (steady_clock::now() >= until_ && rounds_ > 0)
					return;
				measure(flow, size);
			}
		rounds_++;
	}

	/* A flow whose receiver is stuck is measured no more. */
	void measure(Flow &flow, std::size_t size)
	try {
		if (!stuck_.contains(&flow))
			flow.measure(size, rounds_ % 2, slice);
	} catch (const os::Broken &trouble) {
		clear();
		std::fprintf(stderr, "zerocopy_bench: %s is measured no more: %s\n", flow.name().c_str(),
			     trouble.what());
		stuck_.insert(&flow);
		status_ = 1;
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

		if (terminal_ < 0 || now < next_)
			return;
		next_ = now + std::chrono::milliseconds(200);
		write("\rround " + std::to_string(rounds_ + 1) + ", " +
		      std::to_string(std::max<long>(
			      0, std::chrono::ceil<std::chrono::seconds>(until_ - now).count())) +
		      " s left\033[K");
		shown_ = true;
	}

	void clear()
	{
		if (shown_)
			write("\r\033[K");
		shown_ = false;
	}

	void write(const std::string &text) const
	{
		/* A terminal that has gone shows nothing, and that is all. */
		[[maybe_unused]] const ssize_t lost = ::write(terminal_, text.data(), text.size());
	}

	/* What was measured, the answer first. */
	void conclude(const std::string &how)
	{
		std::vector<Finding> findings;

		clear();
		for (const Flow &flow : flows_)
			if (Finding finding = find(flow); !finding.rows.empty())
				findings.push_back(std::move(finding));
		if (findings.empty()) {
			std::printf("zerocopy_bench: %snothing was measured\n", how.c_str());
		} else {
			std::fputs(answer(findings).c_str(), stdout);
			for (const Finding &finding : findings)
				std::printf("\n%s", table(finding).c_str());
			std::printf(
				"\n%s%u rounds of slices of %ld ms, sender on CPU %d, receiver on CPU %d, "
				"error queue read every %u calls\n",
				how.c_str(), rounds_, static_cast<long>(slice.count()), options_.sender_cpu,
				options_.receiver_cpu, options_.drain_every);
		}
		std::fflush(stdout);
	}

	const Options &options_;
	os::Fd signals_;
	os::Mapping memory_;
	std::list<Flow> flows_; /* their processes refer to them */
	std::set<const Flow *> stuck_;
	unsigned rounds_ = 0; /* that are complete */
	int status_ = 0;
	int terminal_ = harness::watched_terminal();
	bool shown_ = false;
	steady_clock::time_point until_;
	steady_clock::time_point next_ = {};
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
