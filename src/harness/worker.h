/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <sys/socket.h>

#include <chrono>
#include <string>
#include <vector>

#include "harness/facts.h"
#include "harness/options.h"
#include "harness/outcome.h"
#include "harness/plan.h"
#include "os/child.h"
#include "os/deadline.h"
#include "os/fd.h"
#include "os/socket.h"

namespace harness
{

/*
 * One planned result, being run in a process of its own, in namespaces of its
 * own. The process dies with this one, however this one ends, and takes its
 * namespaces, sockets and children with it: there is nothing to clean up.
 */
class Worker {
public:
	/* Starts it. */
	/* `network`: one that stands, in which to run it, by its descriptors; none: it builds its own.
	 * `hand_on`: see take_network(). */
	Worker(const Planned &planned, const Facts &facts, const Options &options, os::Patience &patience,
	       std::vector<os::Fd> network, bool hand_on);
	Worker(Worker &&) noexcept = default;

	/* Readable when there is something to take(). */
	int fd() const { return report_.first.get(); }
	pid_t pid() const { return child_.pid(); }
	/* Milliseconds until it times out. */
	int left_ms() const { return deadline_.left_ms(); }
	bool timed_out() const { return deadline_.passed(); }
	os::Waiting &waiting() const { return *waiting_; }
	/* For how long the case may show no life. Measures how slow the machine is now, once it has
	 * been silent for an event_timeout(). */
	std::chrono::milliseconds longest_silence();
	/* Read what it reported; true when it has ended and outcome() stands. */
	bool take();
	/* The case is over, and the process waits only until the kernel has released
	 * everything that it held for the case: see Accounts. */
	bool settling() const { return settling_; }
	/* Timed out: kill it and report where it was blocked. */
	void give_up();
	/* End it without a verdict. */
	void kill();

	const Outcome &outcome() const { return outcome_; }
	/* The network, where another test can have it: the test passed and has left it as it was. */
	std::vector<os::Fd> take_network()
	{
		return network_stands_ ? std::move(network_) : std::vector<os::Fd>();
	}

private:
	void case_is_over();
	void judge_report(int status);
	void judge_accounts(const std::string &leaks);
	void stop_the_clock();
	void take_trace();

	const Planned *planned_;
	bool fixed_; /* see Outcome::fixed */
	std::chrono::steady_clock::time_point started_;
	os::Deadline deadline_;
	os::Shared<os::Waiting> waiting_;
	double slower_ = 0; /* than when the run began; 0: not measured */
	os::SocketPair report_ = os::SocketPair(SOCK_STREAM);
	os::Fd trace_;	   /* the journal of the case, where one is wanted */
	os::Fd recording_; /* and the recording */
	std::vector<os::Fd> network_;
	os::Child child_; /* after these: it writes there */
	std::string text_;
	bool settling_ = false;
	bool network_stands_ = false;
	Outcome outcome_;
};

} // namespace harness
