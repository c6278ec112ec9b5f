// SPDX-License-Identifier: GPL-2.0
#include "harness/worker.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <exception>
#include <fstream>
#include <iterator>
#include <sstream>
#include <system_error>

#include "catalogue/deviation.h"
#include "catalogue/requirement.h"
#include "errqueue/receive.h"
#include "harness/test.h"
#include "os/check.h"

namespace harness
{

namespace
{

/* A case waits for at most a few things in a row, each within patience(). */
std::chrono::milliseconds whole_case()
{
	return 4 * os::patience();
}

/* Send flags by which one case gives its report: verdict, reason, diagnostics. */
std::string encode(const Outcome &outcome)
{
	std::string text(1, static_cast<char>(outcome.verdict));

	text += outcome.reason + '\n';
	for (const std::string &line : outcome.diagnostics)
		text += line + '\n';
	return text;
}

void explain(Outcome &outcome, Test &test, const std::string &what)
{
	std::istringstream lines(what);

	for (const char *id : test.definition().requirements)
		if (const catalogue::Requirement *requirement = id ? catalogue::find(id) : nullptr)
			outcome.diagnostics.push_back(std::string(id) + ": " + requirement->promise + " (" +
						      requirement->source + ")");
	for (std::string line; std::getline(lines, line);)
		outcome.diagnostics.push_back(line);
	try {
		for (std::string &line : test.circumstances())
			outcome.diagnostics.push_back(std::move(line));
	} catch (const std::exception &trouble) {
		outcome.diagnostics.push_back(std::string("no more can be said: ") + trouble.what());
	}
}

Outcome run_case(const Planned &planned, const Facts &facts)
{
	Outcome outcome;
	const catalogue::Deviation *deviation =
		planned.definition->deviation ? catalogue::find_deviation(planned.definition->deviation)
					      : nullptr;
	const bool expected_to_deviate = deviation && deviation->expected_on(facts.release());

	netns::gain_network_admin();
	Test test(*planned.definition, *planned.transport, *planned.path, facts.ipv6());
	try {
		planned.definition->run(test);
		test.finish();
		outcome.verdict = expected_to_deviate ? Verdict::xpass : Verdict::pass;
		if (expected_to_deviate)
			outcome.reason = deviation->id;
	} catch (const Skip &missing) {
		outcome.verdict = Verdict::skip;
		outcome.reason = missing.what();
	} catch (const Deviates &seen) {
		outcome.verdict = expected_to_deviate ? Verdict::xfail : Verdict::fail;
		if (deviation)
			outcome.reason = std::string(deviation->id) + ": " + deviation->how;
		explain(outcome, test,
			std::string(seen.what()) + (expected_to_deviate ? ""
									: "\n  a known deviation, but not of "
									  "this kernel: see the catalogue"));
	} catch (const Failure &broken_promise) {
		outcome.verdict = Verdict::fail;
		explain(outcome, test, broken_promise.what());
	} catch (const transport::Corruption &difference) {
		outcome.verdict = Verdict::fail;
		explain(outcome, test,
			std::string("data at the receiver\n  expected: every byte as sent, once, in order "
				    "(ZC-IN-08)\n"
				    "  seen:     ") +
				difference.what());
	} catch (const errqueue::ReadError &refused) {
		outcome.verdict = Verdict::fail;
		explain(outcome, test,
			std::string("error queue\n  expected: a notification, or EAGAIN (ZC-RX-01)\n"
				    "  seen:     ") +
				refused.what());
	} catch (const std::exception &trouble) {
		outcome.verdict = Verdict::broken;
		outcome.reason = trouble.what();
		explain(outcome, test, std::string("could not be set up: ") + trouble.what());
	}
	return outcome;
}

/* The most a case may lock: up to the hard limit, as the case's own limit. */
void raise_memlock()
{
	rlimit limit;

	if (::getrlimit(RLIMIT_MEMLOCK, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		::setrlimit(RLIMIT_MEMLOCK, &limit);
	}
}

[[noreturn]] void be_worker(const Planned &planned, const Facts &facts, const Options &options, int report)
{
	Outcome outcome;
	sigset_t none;

	::sigemptyset(&none);
	::sigprocmask(SIG_SETMASK, &none, nullptr);
	raise_memlock();
	transport::Payload::set_seed(options.seed);
	for (unsigned i = 0; i < options.repeat; i++) {
		/* Its namespaces and limits are its own: a repetition needs a process
		 * too, but the first has that already. */
		outcome = run_case(planned, facts);
		if (outcome.verdict != Verdict::pass && outcome.verdict != Verdict::xfail) {
			if (options.repeat > 1)
				outcome.diagnostics.push_back("in repetition " + std::to_string(i + 1) +
							      " of " + std::to_string(options.repeat));
			break;
		}
	}
	const std::string text = encode(outcome);
	[[maybe_unused]] const ssize_t written = ::write(report, text.data(), text.size());
	::_exit(0);
}

std::string first_line(const std::string &file)
{
	std::ifstream stream(file);
	std::string line;

	std::getline(stream, line);
	return line;
}

} // namespace

Worker::Worker(const Planned &planned, const Facts &facts, const Options &options)
	: deadline_(whole_case() * options.repeat), started_(std::chrono::steady_clock::now())
{
	int ends[2];
	const pid_t parent = ::getpid();

	os::check(::pipe2(ends, O_CLOEXEC), "pipe()");
	report_ = os::Fd(ends[0]);
	os::Fd write_end(ends[1]);
	pid_ = os::check(::fork(), "fork()");
	if (pid_ == 0) {
		::prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (::getppid() != parent)
			::_exit(1);
		be_worker(planned, facts, options, write_end.get());
	}
}

bool Worker::take()
{
	std::array<char, 4096> part;
	const ssize_t length = ::read(report_.get(), part.data(), part.size());

	if (length > 0) {
		text_.append(part.data(), length);
		return false;
	}
	reap();
	return true;
}

void Worker::reap()
{
	int status = 0;

	while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR)
		;
	outcome_.milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(
					std::chrono::steady_clock::now() - started_)
					.count();
	if (outcome_.diagnostics.empty())
		judge_report(status);
}

void Worker::judge_report(int status)
{
	std::istringstream lines(text_);
	std::string line;

	if (!std::getline(lines, line) || line.empty()) {
		outcome_.verdict = Verdict::broken;
		outcome_.reason = WIFSIGNALED(status) ? std::string("the case was ended by ") +
								::strsignal(WTERMSIG(status))
						      : "the case ended without a report";
		outcome_.diagnostics = {outcome_.reason};
		return;
	}
	outcome_.verdict = static_cast<Verdict>(line[0]);
	outcome_.reason = line.substr(1);
	while (std::getline(lines, line))
		outcome_.diagnostics.push_back(line);
}

void Worker::give_up()
{
	const std::string proc = "/proc/" + std::to_string(pid_);

	outcome_.verdict = Verdict::fail;
	outcome_.diagnostics = {
		"the case did not end within " + std::to_string(whole_case().count()) + " ms",
		"waiting in: " + first_line(proc + "/wchan") +
			", system call: " + first_line(proc + "/syscall"),
	};
	kill();
}

void Worker::kill()
{
	::kill(pid_, SIGKILL);
	reap();
}

} // namespace harness
