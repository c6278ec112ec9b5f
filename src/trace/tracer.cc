// SPDX-License-Identifier: GPL-2.0
#include "trace/tracer.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <system_error>

#include "os/check.h"
#include "os/child.h"
#include "os/fd.h"
#include "os/names.h"
#include "os/told.h"
#include "trace/calls.h"
#include "trace/journal.h"
#include "trace/recorder.h"

namespace trace
{

namespace
{

constexpr long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK |
			 PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
constexpr int system_call_stop = SIGTRAP | 0x80;

long request(__ptrace_request what, pid_t thread, long address = 0, const void *data = nullptr)
{
	return ::ptrace(what, thread, address, data);
}

class Tracer {
public:
	/* Throws std::system_error where it is refused. */
	Tracer(pid_t process, std::uint64_t seed, Journal &journal)
		: process_(process), calls_(seed), recorder_(seed, process), journal_(journal)
	{
		os::check(request(PTRACE_SEIZE, process, 0, reinterpret_cast<const void *>(options)),
			  "ptrace(PTRACE_SEIZE)");
		os::check(request(PTRACE_INTERRUPT, process), "ptrace(PTRACE_INTERRUPT)");
	}

	/* Until the process has ended, and waits to be reaped. */
	void follow()
	{
		for (;;) {
			siginfo_t what = {};
			int status = 0;

			if (::waitid(P_ALL, 0, &what, WEXITED | WSTOPPED | __WALL | WNOWAIT) < 0) {
				if (errno == EINTR)
					continue;
				return;
			}
			const bool ended = what.si_code == CLD_EXITED || what.si_code == CLD_KILLED ||
					   what.si_code == CLD_DUMPED;
			if (ended && what.si_pid == process_)
				return;
			if (ended)
				shown_.erase(what.si_pid);
			if (::waitpid(what.si_pid, &status, WNOHANG | __WALL) == what.si_pid &&
			    WIFSTOPPED(status))
				stopped(what.si_pid, WSTOPSIG(status), status >> 16);
		}
	}

	Recording recording() { return recorder_.take(); }

private:
	/* Whatever a request answers: a thread can be killed at any moment. */
	void stopped(pid_t thread, int signal, int event)
	{
		const int deliver = event == 0 && signal != system_call_stop ? signal : 0;
		const void *const with = reinterpret_cast<const void *>(static_cast<long>(deliver));

		if (event == PTRACE_EVENT_EXEC || blind_) {
			request(PTRACE_DETACH, thread, 0, with);
			return;
		}
		if (event == PTRACE_EVENT_STOP && signal != SIGTRAP) {
			request(PTRACE_LISTEN, thread); /* stopped as by job control */
			return;
		}
		if (signal == system_call_stop)
			system_call(thread);
		else if (deliver && deliver != SIGCHLD) {
			journal_.event(thread, "--- " + os::signal_name(signal) + " ---");
			recorder_.signalled();
		}
		request(PTRACE_SYSCALL, thread, 0, with);
	}

	void system_call(pid_t thread)
	{
		__ptrace_syscall_info info = {};

		if (request(PTRACE_GET_SYSCALL_INFO, thread, sizeof(info), &info) < 0) {
			if (errno == ESRCH)
				return;
			journal_.note(std::string("no trace: ptrace(PTRACE_GET_SYSCALL_INFO): ") +
				      ::strerror(errno) + ": it needs Linux 5.3");
			blind_ = true;
		} else if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
			entered(thread, info);
		} else if (info.op == PTRACE_SYSCALL_INFO_EXIT) {
			recorder_.ended(thread, info.exit.rval);
			if (!shown_.erase(thread))
				return;
			const std::string name = calls_.name(thread);

			journal_.call_ended(thread, name, calls_.ended(thread, info.exit.rval));
		}
	}

	void entered(pid_t thread, const __ptrace_syscall_info &info)
	{
		Call call = {thread, info.entry.nr, {}};

		std::copy(std::begin(info.entry.args), std::end(info.entry.args), call.arguments.begin());
		if (call.number == SYS_write && static_cast<int>(call.arguments[0]) == os::to_tracer) {
			told(call);
			return;
		}
		recorder_.begun(call);
		if (recorder_.is_of_the_suite(call))
			return;
		if (const auto text = calls_.begun(call)) {
			journal_.call_begun(thread, *text);
			shown_.insert(thread);
		}
	}

	/* What the case says of itself: a kind, and behind it the text. */
	void told(const Call &call)
	{
		const auto bytes = Memory(call.thread).read(call.arguments[1], call.arguments[2]);
		const std::string all(bytes.begin(), bytes.end());
		const std::size_t end = std::min(all.find('\n'), all.size());

		const std::string kind = all.substr(0, end);
		std::string text = all.substr(std::min(end + 1, all.size()));

		recorder_.told(kind, text);
		if (kind.starts_with("ip") || kind == "tc")
			text.erase(0, text.find('\n') + 1);
		else if (kind != "failed" && kind != "deviates")
			return;
		std::istringstream lines(text);
		const std::string before = kind == "failed"	? "<-- expectation failed: "
					   : kind == "deviates" ? "<-- deviates: "
								: kind + ": ";
		for (std::string line; std::getline(lines, line);)
			if (!line.empty() && line[0] != '#')
				journal_.event(call.thread, before + line);
	}

	pid_t process_;
	Calls calls_;
	Recorder recorder_;
	Journal &journal_;
	std::set<pid_t> shown_; /* threads in a call that is shown */
	bool blind_ = false;
};

/* As if this process were that one. */
int end_as(int status)
{
	if (WIFSIGNALED(status)) {
		::prctl(PR_SET_DUMPABLE, 0); /* one core file is enough */
		::signal(WTERMSIG(status), SIG_DFL);
		::raise(WTERMSIG(status));
	}
	return WEXITSTATUS(status);
}

} // namespace

int traced(const std::function<int()> &work, std::uint64_t seed, int file, int recording)
{
	os::Pipe ready;
	os::Child process([&] {
		ready.write_end.close();
		os::read_to_end(ready.read_end.get());
		ready.read_end.close();
		os::expect_tracer();
		return work();
	});
	Journal journal(file, process.pid());

	std::optional<Tracer> tracer;

	try {
		tracer.emplace(process.pid(), seed, journal);
	} catch (const std::system_error &refused) {
		journal.note(std::string("no trace: ") + refused.what() +
			     ": a seccomp filter or kernel.yama.ptrace_scope refuses it here");
	}
	ready.write_end.close();
	if (tracer)
		tracer->follow();
	if (tracer && recording >= 0) {
		const std::string text = encoded(tracer->recording());

		os::check(::write(recording, text.data(), text.size()), "write(recording)");
	}
	return end_as(process.reap());
}

} // namespace trace
