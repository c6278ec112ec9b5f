// SPDX-License-Identifier: GPL-2.0
#include "harness/bail_out.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include "os/check.h"

namespace harness
{

namespace
{

constexpr int ending[] = {SIGINT, SIGTERM, SIGHUP};

/* Made beforehand: a handler may do little more than write(2). */
std::string last_words[NSIG];
pid_t speaker;

sigset_t ending_set()
{
	sigset_t set;

	::sigemptyset(&set);
	for (const int number : ending)
		::sigaddset(&set, number);
	return set;
}

/* The signal is blocked until this returns, and ends the process then. */
void on_signal(int number)
{
	const std::string &words = last_words[number];

	if (::getpid() == speaker) {
		/* Where the output is lost, the exit status still tells. */
		[[maybe_unused]] const ssize_t lost = ::write(STDOUT_FILENO, words.data(), words.size());
	}
	::signal(number, SIG_DFL);
	::raise(number);
}

} // namespace

void bail_out_on_signals()
{
	struct sigaction action = {};

	speaker = ::getpid();
	action.sa_handler = on_signal;
	action.sa_mask = ending_set();
	for (const int number : ending) {
		struct sigaction before = {};

		last_words[number] =
			std::string("TAP version 13\nBail out! ended by ") + ::strsignal(number) + '\n';
		/* nohup(1) has it ignored. */
		if (::sigaction(number, nullptr, &before) == 0 && before.sa_handler != SIG_IGN)
			::sigaction(number, &action, nullptr);
	}
}

os::Fd take_signals()
{
	const sigset_t set = ending_set();

	::sigprocmask(SIG_BLOCK, &set, nullptr);
	return os::Fd(os::check(::signalfd(-1, &set, SFD_CLOEXEC), "signalfd()"));
}

void end_by(int number)
{
	sigset_t mask;

	::signal(number, SIG_DFL);
	::sigemptyset(&mask);
	::sigaddset(&mask, number);
	::raise(number);
	::sigprocmask(SIG_UNBLOCK, &mask, nullptr);
	::_exit(1);
}

} // namespace harness
