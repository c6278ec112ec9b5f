// SPDX-License-Identifier: GPL-2.0
#include "harness/worker.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <exception>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>

#include "agent/remote.h"
#include "catalogue/deviation.h"
#include "catalogue/requirement.h"
#include "catalogue/running_kernel.h"
#include "errqueue/receive.h"
#include "harness/accounts.h"
#include "harness/remote.h"
#include "harness/test.h"
#include "limits/limits.h"
#include "netns/lease.h"
#include "os/check.h"
#include "os/descriptors.h"
#include "os/mapping.h"
#include "os/text.h"
#include "os/told.h"
#include "trace/journal.h"
#include "trace/tracer.h"

namespace harness
{

/* A case waits for at most a few things in a row, each within event_timeout(); for an
 * agent's greeting, answers and, after a failure, sign of life beside. */
static std::chrono::milliseconds whole_case(const netns::Path &path)
{
	return (path.to_agent() ? 10 : 4) * os::event_timeout();
}

/* What is taken cannot be compared with what arrives. */
constexpr const char *unreadable_is_refused = "ZC-MEM-16";

/* In a report, between the outcome of the case and what the accounts say. */
constexpr char case_over = '\f';
/* The last byte of a report: another test can have the network, whose descriptors come with this where
 * the test has built it. */
constexpr char network_stands = '\v';

static std::string joined(const std::vector<std::string> &lines)
{
	return lines.empty() ? "" : os::joined(lines, "\n") + '\n';
}

/* A report as text: the verdict's letter and the reason, then the diagnostics. */
static std::string encode(const Outcome &outcome)
{
	return static_cast<char>(outcome.verdict) + outcome.requirement + ' ' + outcome.common + ' ' +
	       os::joined(outcome.relied_on, ",") + ' ' + outcome.reason + '\n' + joined(outcome.diagnostics);
}

/* The requirements that the case judges, with their sentences. */
static std::vector<std::string> requirements(const Case &definition, const std::string &broken = "")
{
	std::vector<std::string> lines;
	auto add = [&](const char *does, std::string_view id) {
		if (const catalogue::Requirement *requirement = catalogue::find(id))
			lines.push_back(does + std::string(id) + ", " + name(requirement->standing) + ": " +
					requirement->sentence + " (" + requirement->source() + ")");
	};

	for (const char *id : definition.requirements)
		if (id)
			add(lines.empty() ? "judges " : "and    ", id);
	if (!broken.empty()) {
		if (!definition.judges(broken))
			lines.emplace_back("not judged here, as something fails that every case ends by:");
		add("fails  ", broken);
	}
	return lines;
}

static void add_lines(Outcome &outcome, std::istream &&lines)
{
	for (std::string line; std::getline(lines, line);)
		outcome.diagnostics.push_back(line);
}

static void explain(Outcome &outcome, Test &test, const std::string &what)
{
	outcome.diagnostics = requirements(test.definition(), outcome.requirement);
	add_lines(outcome, std::istringstream(what));
	try {
		for (std::string &line : test.circumstances())
			outcome.diagnostics.push_back(std::move(line));
	} catch (const std::exception &trouble) {
		outcome.diagnostics.push_back(std::string("no more can be said: ") + trouble.what());
	}
}

/* The accounts are followed where the case came to its end: what one that failed
 * on its way left behind is no leak. */
static Outcome run_case(const Planned &planned, const Facts &facts, bool verbose, Accounts &accounts,
			netns::Lease &lease, agent::Remote *remote)
{
	Outcome outcome;
	const catalogue::Deviation *deviation =
		planned.definition->deviation ? catalogue::find_deviation(planned.definition->deviation)
					      : nullptr;
	const bool expected_to_deviate = deviation && deviation->expected_on(catalogue::running_kernel());

	Test test(*planned.definition, *planned.transport, *planned.path, facts.ipv6(), lease, remote);
	std::optional<Deviates> deviated;
	const auto fail = [&](const char *requirement, const std::string &what) {
		outcome.verdict = Verdict::fail;
		outcome.requirement = requirement;
		explain(outcome, test, what);
	};
	os::tell_tracer("case", test.has(netns::copies) || test.has(netns::shares) ? "" : "either ee_code");
	try {
		try {
			planned.definition->run(test);
		} catch (const Deviates &seen) {
			deviated = seen;
		}
		/* What must hold all the same, whatever the case is about. */
		test.finish();
		os::tell_tracer("over", "");
		/* RDS keeps its TCP connections for as long as the namespace is there:
		 * net/rds/tcp.c:rds_tcp_exit_net. */
		const bool kept = planned.definition->needs & needs_rds ||
				  (deviated && deviation->besides == catalogue::Besides::leak);
		if (lease.used() && !remote && !kept)
			accounts.follow(*lease.used());
		if (deviation && (deviated || expected_to_deviate))
			outcome.reason = std::string(deviation->requirement) + ' ' + deviation->id;
		if (deviated) {
			outcome.verdict = expected_to_deviate ? Verdict::xfail : Verdict::fail;
			outcome.requirement = deviation->requirement;
			if (expected_to_deviate && deviation->besides == catalogue::Besides::not_offered) {
				outcome.verdict = Verdict::skip;
				outcome.reason = "needs a kernel that offers it: " + outcome.reason;
			}
			explain(outcome, test,
				"known deviation: " + outcome.reason + "\n  seen:     " + deviated->what() +
					deviated->place() +
					(expected_to_deviate
						 ? ""
						 : "\n  but not known of this kernel: see --catalogue"));
		} else {
			outcome.verdict = expected_to_deviate ? Verdict::xpass : Verdict::pass;
			if (verbose)
				explain(outcome, test, "");
		}
	} catch (const Skip &missing) {
		outcome.verdict = Verdict::skip;
		outcome.reason = missing.what();
	} catch (const os::Missing &missing) {
		outcome.verdict = Verdict::skip;
		outcome.reason = std::string("needs ") + missing.what();
	} catch (const Failure &broken_promise) {
		outcome.common = broken_promise.common();
		fail(broken_promise.requirement(), broken_promise.what());
	} catch (const transport::TookNothing &length) {
		fail(unreadable_is_refused,
		     std::string("return value of a send call from memory that cannot be read\n"
				 "  expected: -1 (EFAULT, Bad address)\n  seen:     ") +
			     length.what() + test.place());
	} catch (const transport::Corruption &difference) {
		os::tell_tracer("failed", std::string("data at the receiver: ") + difference.what());
		fail(bytes_intact,
		     std::string("data at the receiver\n  expected: every byte as sent, once, in order\n"
				 "  seen:     ") +
			     difference.what() + test.place());
	} catch (const transport::Unshared &stale) {
		os::tell_tracer("failed", std::string("data at the receiver: ") + stale.what());
		fail("",
		     std::string(
			     "data at the receiver\n  expected: every byte as stored after the send call, "
			     "as the pages are shared\n  seen:     ") +
			     stale.what() + test.place());
	} catch (const os::Unexpected &segments) {
		os::tell_tracer("failed", segments.what());
		fail("", segments.what() + test.place());
	} catch (const errqueue::ReadError &refused) {
		os::tell_tracer("failed", std::string("error queue: ") + refused.what());
		fail(readable_queue, std::string("error queue\n  expected: a notification, or EAGAIN\n"
						 "  seen:     ") +
					     refused.what() + test.place());
	} catch (const std::exception &trouble) {
		outcome.verdict = Verdict::broken;
		outcome.reason = trouble.what();
		explain(outcome, test, std::string("could not be set up: ") + trouble.what() + test.place());
	}
	outcome.relied_on = test.relied_on();
	return outcome;
}

/* A session may last as long as its worker may: the case, and its accounts. */
static std::uint32_t session_ms()
{
	return static_cast<std::uint32_t>(
		std::min<long>(16 * os::event_timeout().count(), agent::longest_session_ms));
}

/* The same with an agent at the other end, and without privileges: the network is
 * not ours, and nothing may be set. What an agent did not do is not the kernel's. */
static Outcome run_remote_case(const Planned &planned, const Facts &facts, const Options &options,
			       Accounts &accounts, netns::Lease &lease)
{
	Outcome outcome;

	try {
		agent::Remote remote(remote_place(options.remote), session_ms());
		const limits::ScopedUser nobody;

		outcome = run_case(planned, facts, options.verbose, accounts, lease, &remote);
		if (outcome.verdict == Verdict::fail || outcome.verdict == Verdict::xfail)
			remote.ping();
	} catch (const std::exception &trouble) {
		outcome.verdict = Verdict::broken;
		outcome.reason = trouble.what();
		outcome.diagnostics.push_back(std::string("no verdict: ") + trouble.what());
	}
	return outcome;
}

/* The most a case may lock: up to the hard limit, as the case's own limit. */
static void raise_memlock()
{
	rlimit limit;

	if (::getrlimit(RLIMIT_MEMLOCK, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		::setrlimit(RLIMIT_MEMLOCK, &limit);
	}
}

/* The runner's own descriptors, one for each other worker, are not the case's. */
static void close_all_but(int report, const std::vector<os::Fd> &network)
{
	std::vector<int> kept = {STDERR_FILENO, report};

	for (const os::Fd &each : network)
		kept.push_back(each.get());
	std::ranges::sort(kept);
	for (std::size_t i = 0; i < kept.size(); i++)
		if (const unsigned next = i + 1 < kept.size() ? kept[i + 1] : ~0U; next > kept[i] + 1U)
			::close_range(kept[i] + 1, next - (i + 1 < kept.size()), 0);
}

static void tell(int report, const std::string &text)
{
	os::check(::write(report, text.data(), text.size()), "write(report)");
}

/* What a worker's process does. */
static int work(const Planned &planned, const Facts &facts, const Options &options, int report,
		std::vector<os::Fd> standing, bool hand_on)
{
	sigset_t none;

	close_all_but(report, standing);
	os::map_program();
	::sigemptyset(&none);
	::sigprocmask(SIG_SETMASK, &none, nullptr);
	raise_memlock();
	transport::Payload::set_seed(options.seed);
	if (options.remote.empty())
		netns::gain_network_admin();
	netns::Lease lease(std::move(standing), hand_on);
	Accounts accounts(facts.initial_root());
	const Outcome outcome = options.remote.empty()
					? run_case(planned, facts, options.verbose, accounts, lease, nullptr)
					: run_remote_case(planned, facts, options, accounts, lease);
	tell(report, encode(outcome));
	/* Before the next case of this user runs. */
	std::vector<std::string> leaks = accounts.locked_pages();
	tell(report, case_over + joined(leaks));
	lease.clear();
	std::ranges::move(accounts.sockets(), std::back_inserter(leaks));
	tell(report, joined(leaks));
	/* What is kept, such as the connections of RDS, would be the next test's. */
	const bool left = lease.used() && !accounts.all_gone();
	if (hand_on && outcome.verdict == Verdict::pass && leaks.empty() && !left && lease.restore())
		os::send_descriptors(report, {&network_stands, 1}, lease.descriptors());
	return 0;
}

static bool fixed_by_an_update(const Case &definition)
{
	const catalogue::Deviation *deviation =
		definition.deviation ? catalogue::find_deviation(definition.deviation) : nullptr;

	return deviation && deviation->fixed_in_series(catalogue::running_kernel());
}

static int file_in_memory(const char *name)
{
	return os::check(::memfd_create(name, MFD_CLOEXEC), "memfd_create()");
}

Worker::Worker(const Planned &planned, const Facts &facts, const Options &options, os::Patience &patience,
	       std::vector<os::Fd> network, bool hand_on)
	: planned_(&planned), fixed_(fixed_by_an_update(*planned.definition)),
	  started_(std::chrono::steady_clock::now()), deadline_(whole_case(*planned.path), os::Event::other),
	  trace_(options.trace.empty() && options.reproducer.empty() ? -1 : file_in_memory("trace")),
	  recording_(options.reproducer.empty() ? -1 : file_in_memory("recording")),
	  network_(std::move(network)), child_([&] {
		  const auto run = [&] {
			  os::wait_together(&patience, &*waiting_);
			  return work(planned, facts, options, report_.second.get(), std::move(network_),
				      hand_on);
		  };
		  return trace_ ? trace::traced(run, options.seed, trace_.get(), recording_.get()) : run();
	  })
{
	report_.second.close();
	outcome_.started = std::chrono::system_clock::now();
}

bool Worker::take()
{
	std::array<char, 4096> part;
	const ssize_t length = os::receive_descriptors(fd(), part, network_);

	if (length > 0) {
		text_.append(part.data(), length);
		if (!settling_ && text_.find(case_over) != std::string::npos)
			case_is_over();
		return false;
	}
	network_stands_ = text_.ends_with(network_stands);
	if (network_stands_)
		text_.pop_back();
	judge_report(child_.reap());
	take_trace();
	return true;
}

void Worker::take_trace()
{
	if (recording_) {
		os::check(::lseek(recording_.get(), 0, SEEK_SET), "lseek(recording)");
		outcome_.recording = os::read_to_end(recording_.get());
		return;
	}
	if (!trace_)
		return;
	outcome_.trace = trace::read_journal(trace_.get());
	outcome_.trace.insert(
		outcome_.trace.begin(),
		"trace of " + planned_->name() +
			": microseconds, [thread or child], call = result; seed+N: the bytes from "
			"the Nth on that follow from the seed, ~seed+N: their complement");
}

void Worker::case_is_over()
{
	settling_ = true;
	stop_the_clock();
	/* It waits for two accounts, one after the other. */
	deadline_ = os::Deadline(3 * os::event_timeout(), os::Event::other);
}

void Worker::judge_report(int status)
{
	const std::size_t end = text_.find(case_over);
	std::istringstream lines(text_.substr(0, end));
	std::string line;

	if (!settling_)
		stop_the_clock();
	if (end == std::string::npos || status != 0 || !std::getline(lines, line) || line.empty()) {
		outcome_.verdict = Verdict::broken;
		outcome_.reason = WIFSIGNALED(status) ? std::string("the case was ended by ") +
								::strsignal(WTERMSIG(status))
						      : "the case ended without a report";
		outcome_.diagnostics = {outcome_.reason};
		return;
	}
	outcome_.verdict = static_cast<Verdict>(line[0]);
	std::istringstream fields(line.substr(1));
	std::string relied_on;
	std::getline(fields, outcome_.requirement, ' ');
	std::getline(fields, outcome_.common, ' ');
	std::getline(fields, relied_on, ' ');
	std::getline(fields, outcome_.reason);
	std::istringstream ids(relied_on);
	for (std::string id; std::getline(ids, id, ',');)
		outcome_.relied_on.push_back(id);
	outcome_.fixed = fixed_;
	add_lines(outcome_, std::move(lines));
	if (end + 1 < text_.size())
		judge_accounts(text_.substr(end + 1));
}

void Worker::judge_accounts(const std::string &leaks)
{
	if (outcome_.verdict != Verdict::fail)
		outcome_.requirement = send_queue_back;
	if (outcome_.diagnostics.empty())
		outcome_.diagnostics = requirements(*planned_->definition, outcome_.requirement);
	add_lines(outcome_, std::istringstream(leaks));
	outcome_.diagnostics.push_back("  at:       " + describe(planned_->definition->where));
	outcome_.verdict = Verdict::fail;
}

std::chrono::milliseconds Worker::longest_silence()
{
	using std::chrono::milliseconds;
	/* A wait with a deadline ends before. With less patience than usual, too, a process may
	 * get no processor for a while. */
	const milliseconds idle(static_cast<long>(10000 * os::slowness()));
	const milliseconds usual =
		std::min(whole_case(*planned_->path), std::max(5 * os::event_timeout() / 4, idle));

	if (slower_ == 0 && waiting_->silent() >= usual)
		slower_ = os::slowdown();
	return milliseconds(static_cast<long>(std::max(slower_, 1.0) * usual.count()));
}

void Worker::give_up()
{
	const std::string proc = "/proc/" + std::to_string(child_.pid());

	outcome_.verdict = Verdict::fail;
	stop_the_clock();
	const std::string time = " within " + std::to_string(outcome_.milliseconds) + " ms";
	std::vector<std::string> sight = {"the case did not end" + time};
	if (waiting_->at_once > 0) {
		outcome_.requirement = readable_queue;
		sight = {"recvmsg(MSG_ERRQUEUE)", "  expected: returns at once",
			 "  seen:     does not return" + time};
	}
	outcome_.diagnostics = requirements(*planned_->definition, outcome_.requirement);
	std::ranges::move(sight, std::back_inserter(outcome_.diagnostics));
	outcome_.diagnostics.push_back("  at:       " + describe(planned_->definition->where));
	/* A trace ends with the call that it waits in; the process here traces it. */
	if (!trace_)
		outcome_.diagnostics.push_back("waiting in: " + os::first_line(proc + "/wchan") +
					       ", system call: " + os::first_line(proc + "/syscall"));
	outcome_.diagnostics.push_back(std::string("path: ") + planned_->path->name + ", " +
				       planned_->path->summary);
	if (!child_.kill())
		outcome_.diagnostics.emplace_back(
			"SIGKILL does not end it either: it is stuck in the kernel");
	take_trace();
}

void Worker::kill()
{
	child_.kill();
}

void Worker::stop_the_clock()
{
	using std::chrono::milliseconds;
	const auto now = std::chrono::steady_clock::now();

	outcome_.milliseconds = std::chrono::duration_cast<milliseconds>(now - started_).count();
}

} // namespace harness
