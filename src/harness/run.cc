// SPDX-License-Identifier: GPL-2.0
#include "harness/run.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <deque>
#include <initializer_list>
#include <iterator>
#include <map>
#include <optional>
#include <random>
#include <utility>

#include "harness/bail_out.h"
#include "harness/facts.h"
#include "harness/kernel_log.h"
#include "harness/known.h"
#include "harness/log_tail.h"
#include "harness/networks.h"
#include "harness/outputs/outputs.h"
#include "harness/report.h"
#include "harness/reproducer.h"
#include "harness/summary.h"
#include "harness/terminal.h"
#include "harness/worker.h"
#include "limits/limits.h"
#include "os/check.h"
#include "os/deadline.h"
#include "os/text.h"

namespace harness
{

namespace
{

/* Workers mostly wait for the lock around devices (rtnl), so more of them than processors
 * are faster. */
unsigned usual_jobs()
{
	return 4 * static_cast<unsigned>(std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN)));
}

/* On a kernel that leaks, the workers that wait for a release must not fill the machine. */
constexpr std::size_t most_settling = 64;

/* So many results that waited in vain tell what is broken. Each of them takes a network of its own, where
 * tests that pass hand theirs on. */
constexpr std::size_t enough_in_vain = 400;

/* Lines of a splat: the first ones are the useful ones. */
constexpr std::size_t most_shown = 60;

class Run {
public:
	Run(const std::vector<Planned> &plan, Facts &facts, const Options &options,
	    const std::string &program, std::vector<std::optional<Outcome>> &outcomes, Outputs &outputs,
	    os::Fd signals)
		: plan_(plan), facts_(facts), options_(options), program_(program), outcomes_(outcomes),
		  outputs_(outputs), repetitions_(plan.size()), jobs_(options.jobs),
		  networks_(plan, options, facts),
		  settling_(options.until_fail && options.jobs == 1 ? 0 : most_settling),
		  signals_(std::move(signals))
	{
		/* More of them take no more time where they wait together. */
		patience_->set_witnesses(jobs_ > 1 ? 8 : 2);
		if (networks_.handed_on())
			facts_.keep_networks();
	}

	int to_the_end()
	{
		if (!log_.unreadable().empty())
			report_note("the kernel's log cannot be read (/dev/kmsg: " + log_.unreadable() +
				    "): kernel faults are detected from /proc/sys/kernel/tainted only");
		if (options_.until_fail)
			run_until_fail();
		else
			run_all();
		progress_line_.clear();
		if (progress_line_.terminal() >= 0)
			for (const std::string &line : summary_by_chapter(plan_, outcomes_))
				::dprintf(progress_line_.terminal(), "# %s\n", line.c_str());
		const int status = report_end(plan_, outcomes_, options_, program_);
		for (const std::string &line : facts_.machine())
			report_note("machine: " + line);
		return status;
	}

private:
	/* One round; ends early where it must stop. */
	void run_all()
	{
		next_ = 0;
		begun_.assign(plan_.size(), false);
		done_ = 0;
		while (!failed_ && (next_ < plan_.size() || !again_.empty() || !workers_.empty())) {
			start_workers();
			progress_line_.show(done_, failures_, options_.until_fail ? rounds_ + 1 : 0);
			wait();
			if (!options_.until_fail)
				report();
		}
	}

	/* TAP has one line a result, so earlier rounds can only print comments. After the last
	 * round each result is reported as it was when it last ran. */
	void run_until_fail()
	{
		do {
			run_all();
			rounds_ += failed_ ? 0 : 1;
		} while (!failed_ && rounds_ != options_.repeat && anything_judged());
		for (auto &[index, worker] : workers_)
			worker.kill();
		workers_.clear();
		progress_line_.clear();
		report_note(rounds());
		for (auto &outcome : outcomes_)
			if (!outcome)
				outcome = Outcome{.verdict = Verdict::skip,
						  .reason = "not run before another failed",
						  .missed = true};
		report();
	}

	/* A round in which everything is skipped would repeat without end. */
	bool anything_judged() const
	{
		return std::ranges::any_of(
			outcomes_, [](const auto &outcome) { return outcome->verdict != Verdict::skip; });
	}

	std::string rounds() const
	{
		return "until-fail: " + std::to_string(rounds_) + (rounds_ == 1 ? " round" : " rounds") +
		       " without a failure" + (failed_ ? ", then one" : "");
	}

	/* Ever less often, so that a run of a night stays readable. */
	void show_progress()
	{
		constexpr std::chrono::seconds longest(64);
		const auto now = std::chrono::steady_clock::now();

		if (now < next_progress_)
			return;
		progress_line_.clear();
		report_note(rounds() + ", in round " + std::to_string(rounds_ + 1));
		next_progress_ = now + progress_;
		progress_ = std::min(2 * progress_, longest);
	}

	/* Repetitions first. They wait for their turn like all others: an agent answers one worker. */
	void start_workers()
	{
		if (lost_ > most_lost() || in_vain_ >= enough_in_vain)
			leave_out_the_rest();
		try_paths();
		while ((!again_.empty() || next_ < plan_.size()) && running() < jobs_ &&
		       workers_.size() < std::min(jobs_ + settling_, most_workers_)) {
			const bool repeated = !again_.empty();
			const std::optional<std::size_t> chosen = repeated ? again_.front() : choose();
			if (!chosen)
				return;
			const std::size_t index = *chosen;
			const Planned &planned = plan_[index];
			if (planned.definition->apart() && !(workers_.empty() && facts_.trials().empty()))
				return;
			const std::string missing =
				facts_.lacks(*planned.definition, *planned.transport, *planned.path);
			for (auto &[path, network] : facts_.take_built())
				networks_.add(*path, std::move(network));

			if (!missing.empty()) {
				outcomes_[index] = Outcome{.verdict = Verdict::skip, .reason = missing};
				done_++;
			} else if (!start(index)) {
				jobs_ = std::max<std::size_t>(running(), 1);
				return;
			}
			try_paths();
			if (repeated)
				again_.pop_front();
			else
				begun_[index] = true;
			while (next_ < plan_.size() && begun_[next_])
				next_++;
		}
	}

	/* Whether paths can be built is found out for many at once: such an attempt mostly waits for the lock
	 * around devices, and for grace periods, as workers do. */
	void try_paths()
	{
		for (std::size_t trials = facts_.trials().size();
		     tried_ < plan_.size() && trials < most_trials_; tried_++)
			trials += facts_.begin_to_try(*plan_[tried_].path) ? 1 : 0;
	}

	/* Where tests run one by one, or an event may take long, shorter waits add up, too. A verdict
	 * is wanted before the time that the runner of kselftest gives (settings). */
	static std::chrono::milliseconds most_lost()
	{
		return std::min<std::chrono::milliseconds>(os::event_timeout(), std::chrono::seconds(100));
	}

	/* What a wait for a shorter time took from the others. */
	std::chrono::microseconds loss(std::chrono::milliseconds waited) const
	{
		return jobs_ > 1 ? std::chrono::microseconds(waited - os::Patience::shortest()) /
					   (jobs_ + settling_)
				 : waited;
	}

	void leave_out_the_rest()
	{
		const Outcome left_out = {.verdict = Verdict::skip,
					  .reason =
						  "not run: so many tests waited in vain that the rest would "
						  "take too long (run it alone: -t)",
					  .missed = true};

		for (const std::size_t index : std::exchange(again_, {}))
			outcomes_[index] = left_out;
		for (; next_ < plan_.size(); next_++)
			if (!begun_[next_])
				outcomes_[next_] = left_out;
	}

	/* The next test, or one of those soon after it for which a network stands already. Nothing where
	 * there is enough to do until one stands. */
	std::optional<std::size_t> choose() const
	{
		constexpr std::size_t ahead = 64;

		for (std::size_t i = next_; jobs_ > 1 && i < std::min(next_ + ahead, plan_.size()); i++) {
			if (plan_[i].definition->apart())
				break;
			if (!begun_[i] && known(i) && networks_.ready(*plan_[i].path))
				return i;
		}
		if (facts_.tries(*plan_[next_].path) ||
		    (jobs_ > 1 && running() >= std::max<std::size_t>(jobs_ / 4, 1) &&
		     !plan_[next_].definition->apart()))
			return std::nullopt;
		return next_;
	}

	/* Whether its path can be built, or nobody tries that before its turn. */
	bool known(std::size_t index) const
	{
		return (index < tried_ || most_trials_ == 0) && !facts_.tries(*plan_[index].path);
	}

	/* Workers whose case is not over, and does not sleep. */
	std::size_t running() const
	{
		return std::ranges::count_if(workers_, [this](const auto &entry) {
			return !entry.second.settling() &&
			       !(waits_in_vain() && entry.second.waiting().sleeps());
		});
	}

	/* Whether some wait for an event that may never come, while others can run. */
	bool waits_in_vain() const
	{
		return jobs_ > 1 && std::ranges::any_of(os::all_events, [this](os::Event event) {
			       return patience_->witnesses(event) > 0;
		       });
	}

	/* False where the machine is out of descriptors or processes for one more worker.
	 * Throws std::system_error where no worker runs. */
	bool start(std::size_t index)
	{
		const netns::Path &path = *plan_[index].path;
		std::vector<os::Fd> network = networks_.take(path);

		marks_[index] = log_.mark();
		try {
			workers_.emplace(index, Worker(plan_[index], facts_, options_, *patience_,
						       std::move(network), networks_.wanted(path)));
		} catch (const std::system_error &) {
			networks_.end(path, {});
			if (workers_.empty() && networks_.empty())
				throw;
			networks_.drop();
			return false;
		}
		return true;
	}

	/* Until a worker says something, one runs out of time, or a signal comes. */
	void wait()
	{
		std::vector<pollfd> polls = {{signals_.get(), POLLIN, 0}, {log_.fd(), POLLIN, 0}};
		const std::vector<int> trials = facts_.trials();
		std::vector<std::size_t> indices;
		int patience = -1;

		if (workers_.empty() && trials.empty())
			return;
		for (const int trial : trials)
			polls.push_back({trial, POLLRDHUP, 0});
		const std::size_t others = polls.size();
		for (auto &[index, worker] : workers_) {
			const int left =
				std::clamp<int>(left_to_be_silent(worker).count(), 0, worker.left_ms());

			polls.push_back({worker.fd(), POLLIN, 0});
			indices.push_back(index);
			patience = patience < 0 ? left : std::min(patience, left);
		}
		/* None tells that it sleeps, nor an attempt that it takes too long. */
		if ((!trials.empty() || waits_in_vain()) && (next_ < plan_.size() || !again_.empty())) {
			const int moment = static_cast<int>(os::quiet_period().count());

			patience = patience < 0 ? moment : std::min(patience, moment);
		}
		::poll(polls.data(), polls.size(), patience);
		if (polls[0].revents)
			interrupted();
		/* First, as a case's messages are in the log before the case ends. */
		look_at_the_log();
		for (std::size_t i = 0; i < indices.size(); i++) {
			Worker &worker = workers_.at(indices[i]);

			if (polls[i + others].revents && worker.take())
				ended(indices[i]);
			else if (worker.timed_out() || hangs(worker)) {
				worker.give_up();
				ended(indices[i]);
			}
		}
	}

	/* Like a wait with a deadline, a case that does not go on has its witnesses. */
	std::chrono::milliseconds left_to_be_silent(Worker &worker) const
	{
		const os::Waiting &waiting = worker.waiting();
		const std::chrono::milliseconds whole = worker.longest_silence();
		const bool witness = waiting.witnessed & bit(os::Event::progress);

		if (worker.settling())
			return whole;
		return (witness ? whole : std::min(whole, patience_->shorter(os::Event::progress))) -
		       waiting.silent();
	}

	bool hangs(Worker &worker)
	{
		os::Waiting &waiting = worker.waiting();

		if (waiting.silent() < patience_->shorter(os::Event::progress) &&
		    (waiting.witnessed.fetch_and(~bit(os::Event::progress)) & bit(os::Event::progress)))
			patience_->release_witness(os::Event::progress);
		if (left_to_be_silent(worker).count() > 0)
			return false;
		if (waiting.silent() >= worker.longest_silence()) {
			waiting.in_vain |= bit(os::Event::progress);
			return true;
		}
		if (patience_->take_witness(os::Event::progress)) {
			waiting.witnessed |= bit(os::Event::progress);
			return false;
		}
		waiting.shortened |= bit(os::Event::progress);
		waiting.shorter = waiting.silent().count();
		return true;
	}

	/* A case during which the kernel reported a fault of its own fails. */
	void look_at_the_log()
	{
		std::map<pid_t, std::size_t> processes;

		for (const Splat &splat : log_.read()) {
			for (const auto &[index, worker] : workers_)
				processes.emplace(worker.pid(), index);
			const Blame blamed = blame(splat, processes);
			for (const std::size_t index : blamed.cases) {
				auto &lines = splats_[index];

				lines.push_back(during(blamed));
				for (std::size_t i = 0; i < splat.lines.size() && i < most_shown; i++)
					lines.push_back(quote_kernel(splat.lines[i]));
			}
		}
	}

	std::string during(const Blame &blamed) const
	{
		std::vector<std::string> names;

		if (blamed.pid)
			return "the kernel reported a fault in process " + std::to_string(blamed.pid) +
			       " of this case";
		for (const std::size_t index : blamed.cases)
			names.push_back(plan_[index].name());
		return "the kernel reported a fault while these ran, one of which may have caused it: " +
		       os::joined(names);
	}

	void ended(std::size_t index)
	{
		/* Read the log first, so that this case's messages are not attributed to the next one. */
		look_at_the_log();
		Worker &worker = workers_.at(index);
		const os::Waiting &waiting = worker.waiting();
		const bool failed = worker.outcome().verdict == Verdict::fail ||
				    worker.outcome().verdict == Verdict::broken;

		for (const os::Event event : os::all_events)
			if (waiting.witnessed & bit(event)) {
				if (failed && (waiting.in_vain & bit(event)))
					testimony_[event]++;
				else
					patience_->release_witness(event);
			}
		networks_.end(*plan_[index].path,
			      worker.outcome().verdict == Verdict::pass && !splats_.contains(index)
				      ? worker.take_network()
				      : std::vector<os::Fd>());
		if (waiting.shortened && worker.outcome().verdict != Verdict::pass &&
		    !splats_.contains(index)) {
			unconfirmed_.insert_or_assign(index, Unconfirmed{worker.outcome(),
									 log_.since(marks_.at(index)),
									 waiting.shortened, waiting.shorter});
			workers_.erase(index);
		} else {
			const Outcome outcome = worker.outcome();

			workers_.erase(index);
			over(index, outcome, log_.since(marks_.at(index)));
		}
		confirm();
	}

	/* What failed because it waited for a shorter time stands once enough others have waited the
	 * whole time in vain, and nowhere has the event taken longer than it may. Otherwise it is to
	 * run again. */
	void confirm()
	{
		for (auto each = unconfirmed_.begin(); each != unconfirmed_.end();) {
			const auto &[index, result] = *each;
			bool stands = true, again = false;
			std::string why;

			for (const os::Event event : os::all_events) {
				if (!(result.events & bit(event)))
					continue;
				again |= patience_->shorter(event).count() > result.waited ||
					 patience_->witnesses(event) < patience_->enough();
				stands &= testimony_[event] >= patience_->enough();
				why = "waited only " + std::to_string(result.waited) + " ms for " +
				      name(event) + ", after " + std::to_string(testimony_[event]) +
				      " results waited the whole time in vain";
			}
			if (again) {
				again_.push_back(index);
			} else if (stands) {
				Outcome outcome = result.outcome;

				in_vain_++;
				lost_ += loss(std::chrono::milliseconds(result.waited));
				outcome.diagnostics.push_back(why);
				over(index, std::move(outcome), result.log);
			}
			each = again || stands ? unconfirmed_.erase(each) : std::next(each);
		}
	}

	/* Once more where repetitions are left and this one was as it should be. `log`: what the
	 * kernel logged during it. */
	void over(std::size_t index, Outcome outcome, const std::vector<std::string> &log)
	{
		if (const auto splats = splats_.extract(index)) {
			outcome.splat = true;
			if (outcome.verdict != Verdict::xfail || !plan_[index].definition->harms())
				outcome.verdict = Verdict::fail;
			std::ranges::move(splats.mapped(), std::back_inserter(outcome.diagnostics));
		}
		expect_known(options_, plan_[index], outcome);
		const bool failed = bad(outcome, options_);
		const bool good =
			!failed && (outcome.verdict == Verdict::pass || outcome.verdict == Verdict::xfail);
		const unsigned repetition = ++repetitions_[index];

		if (failed) {
			for (const std::string &line : facts_.machine())
				outcome.diagnostics.push_back("machine: " + line);
			add_the_log(outcome, log);
		}
		if (options_.until_fail) {
			show_progress();
			failed_ |= failed;
			if (failed)
				outcome.diagnostics.push_back("in round " + std::to_string(repetition));
		} else if (good && repetition < options_.repeat) {
			again_.push_back(index);
			return;
		} else if (!good && options_.repeat > 1) {
			outcome.diagnostics.push_back("in repetition " + std::to_string(repetition) + " of " +
						      std::to_string(options_.repeat));
		}
		done_++;
		failures_ += failed;
		outcomes_[index] = std::move(outcome);
	}

	/* All that is not said already. */
	static void add_the_log(Outcome &outcome, const std::vector<std::string> &log)
	{
		for (const std::string &line : log)
			if (std::ranges::find(outcome.diagnostics, line) == outcome.diagnostics.end())
				outcome.diagnostics.push_back(line);
	}

	void report()
	{
		for (; reported_ < plan_.size() && outcomes_[reported_]; reported_++) {
			progress_line_.clear();
			report_result(plan_[reported_], *outcomes_[reported_], options_, program_);
		}
	}

	[[noreturn]] void interrupted()
	{
		signalfd_siginfo info = {};

		os::check(::read(signals_.get(), &info, sizeof(info)), "read(signalfd)");
		for (auto &[index, worker] : workers_)
			worker.kill();
		progress_line_.clear();
		if (options_.until_fail)
			report_note(rounds());
		const int number = static_cast<int>(info.ssi_signo);
		const std::string reason = std::string("ended by ") + ::strsignal(number);
		report_interrupted(reason);
		outputs_.write(plan_, outcomes_, options_, &facts_, 128 + number, reason);
		end_by(number);
	}

	const std::vector<Planned> &plan_;
	Facts &facts_;
	const Options &options_;
	const std::string &program_;
	std::vector<std::optional<Outcome>> &outcomes_;
	Outputs &outputs_;
	std::vector<unsigned> repetitions_; /* made so far */
	unsigned rounds_ = 0;		    /* in which none failed */
	bool failed_ = false;		    /* one did, and no more is to be run */
	std::chrono::seconds progress_{1};
	std::chrono::steady_clock::time_point next_progress_ = std::chrono::steady_clock::now() + progress_;
	std::size_t jobs_;
	/* A worker takes a descriptor of this process, or a few. What a test needs may be tried while others
	 * run, which takes some more. */
	const std::size_t most_workers_ = std::max<std::size_t>(limits::descriptors() / 4, 1);
	/* A trial of a path takes some, too. */
	const std::size_t most_trials_ = jobs_ > 1 ? std::min(jobs_, most_workers_ / 8) : 0;
	Networks networks_;
	/* How many workers may wait for a release beside those. None where a run stops at the first
	 * failure and one follows the other: the one that waits may still fail. */
	std::size_t settling_;
	std::deque<std::size_t> again_; /* to be repeated */
	os::Shared<os::Patience> patience_;
	/* How many results waited for an event the whole time in vain, and failed. */
	std::map<os::Event, int> testimony_;
	struct Unconfirmed {
		Outcome outcome;
		std::vector<std::string> log;
		unsigned events; /* for which it waited for a shorter time, as bits */
		long waited;	 /* that time in milliseconds */
	};
	std::map<std::size_t, Unconfirmed> unconfirmed_;
	std::chrono::microseconds lost_{0}; /* by waits in vain, as far as nothing ran meanwhile */
	std::size_t in_vain_ = 0;	    /* results of such waits that stand */
	os::Fd signals_;
	KernelLog log_;
	std::map<std::size_t, std::vector<std::string>> splats_; /* of cases that run */
	std::map<std::size_t, std::size_t> marks_;		 /* in the log, when they began */
	std::map<std::size_t, Worker> workers_;
	std::size_t next_ = 0;	  /* the first that has not begun */
	std::size_t tried_ = 0;	  /* the first whose path may not have been tried */
	std::vector<bool> begun_; /* in this round */
	std::size_t reported_ = 0;
	std::size_t done_ = 0; /* in this round */
	std::size_t failures_ = 0;
	Progress progress_line_{plan_.size()};
};

} // namespace

int run(std::vector<Planned> plan, Options options, const std::string &program)
{
	Outputs outputs(options, program);
	std::optional<Reproducer> reproducer;
	if (!options.reproducer.empty())
		reproducer.emplace(options, plan);
	Facts facts;

	if (!facts.lacks_everything().empty()) {
		const std::vector<std::optional<Outcome>> skipped(
			plan.size(), Outcome{.verdict = Verdict::skip, .reason = facts.lacks_everything()});
		return outputs.write(plan, skipped, options, nullptr,
				     report_nothing(facts.lacks_everything(), options));
	}
	if (options.patience)
		os::set_event_timeout(std::chrono::milliseconds(options.patience));
	if (options.seed == 0)
		options.seed = std::random_device()() | 1;
	/* Without users of their own, cases would spend each other's budget of
	 * locked memory. */
	/* An agent answers one at a time. */
	if (!facts.initial_root() || !options.remote.empty())
		options.jobs = 1;
	else if (options.jobs == 0)
		options.jobs = usual_jobs();
	const std::size_t selected = plan.size();
	if (!options.trace.empty())
		plan.resize(1);
	/* The networks of all paths together have many, and the soft limit is often 1024. */
	limits::raise_descriptors();
	/* A signal before this line has its own last words; one after it is told by the run. */
	os::Fd signals = take_signals();
	report_start(plan.size(), facts, options);
	if (plan.size() < selected)
		report_note("trace: '" + options.trace + "' is " + std::to_string(selected) +
			    " results; of the first only");
	if (!options.about_remote.empty())
		report_note(options.about_remote);
	std::vector<std::optional<Outcome>> outcomes(plan.size());
	std::string cut_short;
	int status;
	try {
		status = Run(plan, facts, options, program, outcomes, outputs, std::move(signals))
				 .to_the_end();
		if (reproducer && outcomes[0])
			status = reproducer->write(plan[0], *outcomes[0], options, status);
	} catch (const std::exception &trouble) {
		cut_short = trouble.what();
		report_interrupted(cut_short);
		status = options.bisect ? bisect_untestable : 1;
	}
	return outputs.write(plan, outcomes, options, &facts, status, cut_short);
}

} // namespace harness
