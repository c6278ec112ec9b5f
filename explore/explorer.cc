// SPDX-License-Identifier: GPL-2.0
#include "explore/explorer.h"

#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <random>
#include <sstream>

#include "catalogue/deviation.h"
#include "catalogue/requirement.h"
#include "catalogue/running_kernel.h"
#include "explore/trial.h"
#include "harness/bail_out.h"
#include "harness/facts.h"
#include "harness/terminal.h"
#include "os/check.h"
#include "os/child.h"
#include "os/deadline.h"
#include "os/mapping.h"
#include "os/new_file.h"
#include "os/program.h"

namespace explore
{

namespace
{

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/* Programs that wait for what never comes are tried by the hundred while one is shrunk. */
constexpr milliseconds very_hasty(150);
constexpr milliseconds hasty(400);
constexpr milliseconds patient(5000);
constexpr unsigned most_candidates = 1500;
constexpr std::chrono::seconds longest_shrinking(15);

/* Kernels that have it have VSOCK's others, too. */
constexpr const char *unknown_to_model = "vsock-completion-before-last-use";
/* It shows where threads meet in time, so the same programs have other answers each time. */
constexpr std::string_view of_threads = "udp-concurrent-failure-corrupts-ids";

std::set<std::string> known_deviations(const catalogue::Kernel &kernel, const std::set<std::string> &without)
{
	std::set<std::string> known;

	for (const catalogue::Deviation *deviation : catalogue::deviations())
		if (deviation->expected_on(kernel) && !without.contains(deviation->id) &&
		    (!without.contains("all") || deviation->id == of_threads))
			known.insert(deviation->id);
	return known;
}

/* Numbers differ from one find to the next of the same kind. */
std::string without_numbers(std::string text)
{
	std::erase_if(text, [](char c) { return c >= '0' && c <= '9'; });
	return text;
}

std::string kind_of(const Disagreement &disagreement)
{
	return disagreement.requirement + ' ' + without_numbers(disagreement.what);
}

std::string told(const Program &program, const Trial &trial)
{
	const Disagreement &wrong = *trial.disagreement;
	const catalogue::Requirement *requirement = catalogue::find(wrong.requirement);
	std::ostringstream out;

	out << "  " << program.transport << (program.vsock() ? "" : " over " + program.path)
	    << ", SO_ZEROCOPY " << program.option << (program.connected ? ", connected" : ", not connected")
	    << (program.bound ? ", bound by RLIMIT_MEMLOCK\n" : "\n");
	for (const std::string &call : trial.calls)
		out << "  " << call << '\n';
	out << "  " << wrong.what << "\n    expected: " << wrong.expected << "\n    seen:     " << wrong.seen
	    << "\n  judges " << wrong.requirement;
	if (requirement)
		out << ", " << name(requirement->standing) << ": " << requirement->sentence;
	out << '\n';
	return out.str();
}

/* What one disagreement was brought down to. */
struct Find {
	std::string kind;
	std::string text;
	Program program;
};

/* A process that runs programs, and reports in lines: "n OPERATIONS" for a program, "f KIND" and its
 * text and program for a find, "c NUMBER STATE" of what it covered. */
class Worker {
public:
	Worker(const Options &options, const catalogue::Kernel &kernel, int report, std::uint64_t *current)
		: options_(options), report_(report), current_(current),
		  known_(known_deviations(kernel, options.without))
	{
		for (const std::string &each : known_deviations(kernel, {}))
			if (!known_.contains(each))
				removed_.insert(each);
	}

	/* Programs first, first + step, ... below `end`, until the time is over. */
	int run(std::uint64_t first, std::uint64_t step, std::uint64_t end, steady_clock::time_point until)
	{
		for (std::uint64_t i = first; i < end && steady_clock::now() < until; i += step) {
			const std::uint64_t seed = options_.seed + i;

			*current_ = seed;
			const Program program = generate(seed, options_.range);
			const Trial trial = try_program(program, workshop_, known_, &coverage_);
			tell("n " + std::to_string(trial.at));
			if (trial.disagreement)
				look_into(seed, program, trial);
		}
		for (const auto &[state, count] : coverage_)
			tell("c " + std::to_string(count) + ' ' + state);
		return 0;
	}

	void replay(const std::string &name, const Program &program)
	{
		os::set_event_timeout(patient);
		const Trial trial = try_program(program, workshop_, known_, &coverage_);

		tell("n " + std::to_string(trial.at));
		if (trial.disagreement)
			tell_find({kind_of(*trial.disagreement),
				   name + ": disagreement\n" + told(program, trial), program});
	}

private:
	void tell(std::string line) const
	{
		std::ranges::replace(line, '\n', '\1');
		line += '\n';
		os::check(::write(report_, line.data(), line.size()), "write(report)");
	}

	void tell_find(const Find &find) const
	{
		tell("f " + find.kind + '\2' + find.text + '\2' + text_of(find.program));
	}

	bool fails_so(const Program &program, const std::string &kind, const std::set<std::string> &known)
	{
		const Trial trial = try_program(program, workshop_, known);

		return trial.disagreement && kind_of(*trial.disagreement) == kind;
	}

	/* The deviation that makes the model agree once it knows it; "" where none does. */
	std::string explanation(const Program &program)
	{
		for (const std::string &each : removed_) {
			std::set<std::string> known = known_;

			known.insert(each);
			if (!try_program(program, workshop_, known).disagreement)
				return each;
		}
		return "";
	}

	void look_into(std::uint64_t seed, const Program &program, const Trial &trial)
	{
		const std::string kind = kind_of(*trial.disagreement);
		const auto until = steady_clock::now() + longest_shrinking;
		const auto fails = [&](const Program &smaller) {
			return steady_clock::now() < until && fails_so(smaller, kind, known_);
		};
		std::ostringstream text;

		if (seen_[kind]++ > 2)
			return;
		bool again = false;
		for (int i = 0; i < 5 && !again; i++)
			again = fails_so(program, kind, known_);
		os::set_event_timeout(very_hasty);
		const Program smallest =
			again ? shrink(seed, options_.range, fails, most_candidates) : program;
		os::set_event_timeout(patient);
		Trial last = try_program(smallest, workshop_, known_);
		os::set_event_timeout(hasty);
		const bool stands = last.disagreement && kind_of(*last.disagreement) == kind;
		/* It came late, that is all. */
		if (!stands && trial.disagreement->timed)
			return;
		if (!stands)
			last = trial;
		const std::string deviation = stands ? explanation(smallest) : "";
		text << "seed " << seed << ": " << program.operations.size() << " operations, "
		     << smallest.operations.size() << " when shrunk"
		     << (stands ? "" : ", seen once and not again") << '\n'
		     << told(stands ? smallest : program, last);
		if (!deviation.empty()) {
			text << "  explained by the deviation " << deviation << '\n';
			known_.insert(deviation);
			removed_.erase(deviation);
		}
		tell_find({deviation.empty() ? kind : deviation, text.str(), stands ? smallest : program});
	}

	const Options &options_;
	int report_;
	std::uint64_t *current_;
	std::set<std::string> known_;
	std::set<std::string> removed_;
	std::map<std::string, unsigned> seen_;
	Coverage coverage_;
	Workshop workshop_;
};

/* The process that workers belong to: what they told, and the last line. */
class Explorer {
public:
	Explorer(const Options &options, const char *program)
		: options_(options), program_(program), signals_(harness::take_signals()),
		  current_(sizeof(std::uint64_t) * most_workers, PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS)
	{
	}

	int run(const std::function<int(unsigned worker, unsigned workers, int report,
					std::uint64_t *current)> &work,
		unsigned workers)
	{
		for (unsigned i = 0; i < workers; i++) {
			Member member;
			const int report = member.report.write_end.get();
			auto *current = reinterpret_cast<std::uint64_t *>(current_.data()) + i;

			member.child.emplace_back([&, i, report, current] {
				sigset_t none;

				::sigemptyset(&none);
				::sigprocmask(SIG_SETMASK, &none, nullptr);
				try {
					return work(i, workers, report, current);
				} catch (const std::exception &trouble) {
					const std::string line = std::string("e ") + trouble.what() + '\n';

					return ::write(report, line.data(), line.size()) < 0 ? 2 : 1;
				}
			});
			member.report.write_end.close();
			members_.push_back(std::move(member));
		}
		while (!over_ && std::ranges::any_of(members_, [](const Member &each) { return each.open; }))
			wait();
		for (Member &member : members_)
			for (os::Child &child : member.child)
				child.kill();
		return last_words();
	}

	static constexpr unsigned most_workers = 64;

private:
	struct Member {
		os::Pipe report;
		std::vector<os::Child> child;
		std::string text;
		bool open = true;
	};

	void wait()
	{
		std::vector<pollfd> polls = {{signals_.get(), POLLIN, 0}};

		for (const Member &member : members_)
			polls.push_back({member.open ? member.report.read_end.get() : -1, POLLIN, 0});
		os::check(::poll(polls.data(), polls.size(), -1), "poll()");
		if (polls[0].revents)
			interrupted();
		for (std::size_t i = 0; i < members_.size() && !over_; i++)
			if (polls[i + 1].revents)
				read(i);
		show_progress();
	}

	void read(std::size_t index)
	{
		Member &member = members_[index];
		std::array<char, 1 << 16> part;
		const ssize_t length = ::read(member.report.read_end.get(), part.data(), part.size());

		if (length <= 0) {
			member.open = false;
			const int status = member.child.front().reap();
			member.child.clear();
			if (WIFSIGNALED(status))
				trouble_ = std::string("a worker was ended by ") +
					   ::strsignal(WTERMSIG(status)) + " in the program of seed " +
					   std::to_string(
						   reinterpret_cast<std::uint64_t *>(current_.data())[index]);
			return;
		}
		member.text.append(part.data(), static_cast<std::size_t>(length));
		for (std::size_t end; (end = member.text.find('\n')) != std::string::npos && !over_;) {
			take(member.text.substr(0, end));
			member.text.erase(0, end + 1);
		}
	}

	void take(std::string line)
	{
		std::ranges::replace(line, '\1', '\n');
		const std::string rest = line.substr(2);

		if (line[0] == 'n') {
			done_++;
			operations_ += std::stoul(rest);
		} else if (line[0] == 'c') {
			std::size_t space = 0;
			const unsigned long count = std::stoul(rest, &space);

			coverage_[rest.substr(space + 1)] += count;
		} else if (line[0] == 'e') {
			trouble_ = rest;
		} else {
			take_find(rest);
		}
	}

	void take_find(const std::string &rest)
	{
		const std::size_t text = rest.find('\2');
		const std::size_t program = rest.find('\2', text + 1);
		const std::string kind = rest.substr(0, text);

		if (finds_[kind]++)
			return;
		line_.clear();
		std::printf("%safter %.1f s, %s%s", finds_.size() > 1 ? "\n" : "", seconds(),
			    rest.substr(text + 1, program - text - 1).c_str(),
			    options_.action == Options::Action::explore ? again(rest, text).c_str() : "");
		std::fflush(stdout);
		if (!options_.corpus.empty())
			keep(kind, rest.substr(text + 1, rest.find('\n', text) - text - 1),
			     rest.substr(program + 1));
		over_ = !options_.keep_going;
	}

	/* The command that shows it again: the range is part of what a seed means. */
	std::string again(const std::string &rest, std::size_t text) const
	{
		const std::size_t seed = rest.find("seed ", text) + 5;
		std::string command = "  run again: " + std::string(program_) + " --programs 1 --seed " +
				      rest.substr(seed, rest.find(':', seed) - seed);

		if (options_.range.transports.size() < 6)
			for (const std::string &each : options_.range.transports)
				command += " --transport " + each;
		if (options_.range.paths.size() < path_names().size())
			for (const std::string &each : options_.range.paths)
				command += " --path " + each;
		for (const std::string &each : options_.without)
			command += " --without-deviation " + each;
		return command + '\n';
	}

	void keep(const std::string &kind, const std::string &headline, const std::string &text) const
	{
		std::string name = kind.substr(0, 60);

		std::ranges::replace_if(
			name, [](char c) { return !std::isalnum(static_cast<unsigned char>(c)) && c != '-'; },
			'_');
		os::NewFile file(options_.corpus + '/' + name + ".program");
		const std::size_t first = text.find('\n') + 1;
		file.write(text.substr(0, first) + "# " + headline + '\n' + text.substr(first));
	}

	double seconds() const
	{
		return std::chrono::duration<double>(steady_clock::now() - started_).count();
	}

	void show_progress()
	{
		if (!line_.due())
			return;
		std::ostringstream out;
		out << done_ << " programs, " << operations_ << " operations, "
		    << static_cast<unsigned long>(static_cast<double>(operations_) / seconds())
		    << " a second, " << finds_.size() << " disagreements";
		line_.show(out.str());
	}

	[[noreturn]] void interrupted()
	{
		signalfd_siginfo info = {};

		os::check(::read(signals_.get(), &info, sizeof(info)), "read(signalfd)");
		for (Member &member : members_)
			for (os::Child &child : member.child)
				child.kill();
		line_.clear();
		std::printf("zerocopy_explore: ended by %s after %lu programs, seed %lu\n",
			    ::strsignal(static_cast<int>(info.ssi_signo)), done_,
			    static_cast<unsigned long>(options_.seed));
		std::fflush(stdout);
		harness::end_by(static_cast<int>(info.ssi_signo));
	}

	int last_words()
	{
		line_.clear();
		if (options_.verbose)
			for (const auto &[state, count] : coverage_)
				std::printf("# %9lu %s\n", count, state.c_str());
		std::printf("%s%lu programs, %lu operations in %.1f s, %.0f a second, %zu states of "
			    "operations: %s\n",
			    finds_.empty() ? "" : "\n", done_, operations_, seconds(),
			    static_cast<double>(operations_) / seconds(), coverage_.size(),
			    finds_.empty() ? "the kernel agrees with the model"
					   : (std::to_string(finds_.size()) + " disagreements").c_str());
		if (!trouble_.empty())
			std::fprintf(stderr, "zerocopy_explore: %s\n", trouble_.c_str());
		return !finds_.empty() || !trouble_.empty();
	}

	const Options &options_;
	const char *program_;
	os::Fd signals_;
	os::Mapping current_;
	std::vector<Member> members_;
	std::map<std::string, unsigned> finds_;
	Coverage coverage_;
	unsigned long done_ = 0;
	unsigned long operations_ = 0;
	std::string trouble_;
	bool over_ = false;
	harness::StatusLine line_{std::chrono::milliseconds(200)};
	steady_clock::time_point started_ = steady_clock::now();
};

/* As the suite's workers: all the memory that may be locked, and a network of its own. */
void prepare()
{
	rlimit limit;

	if (::getrlimit(RLIMIT_MEMLOCK, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		::setrlimit(RLIMIT_MEMLOCK, &limit);
	}
	/* sendfile() has no MSG_NOSIGNAL. */
	::signal(SIGPIPE, SIG_IGN);
	netns::gain_network_admin();
}

Program read_program(const std::string &file)
{
	std::ifstream stream(file);
	std::ostringstream text;

	if (!(stream && text << stream.rdbuf()))
		throw os::UsageError(file + ": " + (errno ? std::strerror(errno) : "it is empty"));
	try {
		Program program = parse_program(text.str());

		os::one_of("path", program.path.c_str(), path_names());
		os::one_of("transport", program.transport.c_str(), transport_names());
		return program;
	} catch (const std::exception &wrong) {
		throw os::UsageError(file + ": " + wrong.what());
	}
}

/* Nothing where it can be run here; else what is missing. */
int cannot(const std::string &missing)
{
	std::printf("zerocopy_explore: %s\n", missing.c_str());
	return 4;
}

/* What the sockets of that transport need and have not; "" where nothing. */
std::string lacks(harness::Facts &facts, const std::string &name)
{
	const transport::Transport &transport = find_transport(name);

	if (!(transport.kind & transport::vsock))
		return transport.family == AF_INET6 && !facts.ipv6() ? "needs IPv6" : "";
	if (catalogue::find_deviation(unknown_to_model)->expected_on(catalogue::running_kernel()))
		return std::string("needs a kernel without the deviation ") + unknown_to_model +
		       ", which the model does not know";
	return facts.lacks({}, transport, vsock_path());
}

} // namespace

int explore(const Options &given, const char *program)
{
	Options options = given;

	if (!options.corpus.empty())
		os::check(::access(options.corpus.c_str(), W_OK | X_OK), options.corpus);
	harness::Facts facts;
	std::string missing = facts.lacks_everything();
	if (!missing.empty())
		return cannot(missing);
	std::erase_if(options.range.transports, [&](const std::string &name) {
		const std::string its = lacks(facts, name);

		missing = its.empty() ? missing : its;
		return !its.empty();
	});
	if (options.range.transports.empty())
		return cannot(missing);
	if (given.range.paths == path_names() && ::access("/dev/net/tun", R_OK | W_OK) < 0)
		std::erase(options.range.paths, scripted_path);
	if (options.seed == 0)
		options.seed = std::random_device()() | 1;
	if (!options.workers)
		options.workers = static_cast<unsigned>(2 * std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN)));
	options.workers = std::min(options.workers, Explorer::most_workers);
	if (options.programs && options.programs < options.workers)
		options.workers = static_cast<unsigned>(options.programs);
	/* A signal has a line of its own from here on. */
	Explorer explorer(options, program);
	std::printf("zerocopy_explore: kernel %s, seed %lu\n",
		    catalogue::describe(catalogue::running_kernel().release).c_str(),
		    static_cast<unsigned long>(options.seed));
	std::fflush(stdout);
	os::set_event_timeout(hasty);
	const auto until = options.seconds ? steady_clock::now() + std::chrono::seconds(options.seconds)
					   : steady_clock::time_point::max();
	return explorer.run(
		[&](unsigned worker, unsigned workers, int report, std::uint64_t *current) {
			prepare();
			return Worker(options, catalogue::running_kernel(), report, current)
				.run(worker, workers, options.programs ? options.programs : ~std::uint64_t{0},
				     until);
		},
		options.workers);
}

int replay(const Options &given)
{
	Options options = given;
	harness::Facts facts;
	std::vector<Program> programs;

	options.keep_going = true;
	for (const std::string &file : options.files)
		programs.push_back(read_program(file));
	std::string missing = facts.lacks_everything();
	for (const Program &each : programs)
		if (missing.empty())
			missing = lacks(facts, each.transport);
	if (!missing.empty())
		return cannot(missing);
	return Explorer(options, "")
		.run(
			[&](unsigned, unsigned, int report, std::uint64_t *current) {
				prepare();
				Worker worker(options, catalogue::running_kernel(), report, current);
				for (std::size_t i = 0; i < programs.size(); i++)
					worker.replay(options.files[i], programs[i]);
				return 0;
			},
			1);
}

} // namespace explore
