// SPDX-License-Identifier: GPL-2.0
#include "harness/kernel_log.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <set>
#include <utility>

#include "os/deadline.h"

namespace harness
{

/* include/linux/panic.h: TAINT_BAD_PAGE, TAINT_DIE, TAINT_WARN. The others are of
 * modules, hardware and the machine's load. */
constexpr unsigned long faults = 1UL << 5 | 1UL << 7 | 1UL << 9;

static unsigned long read_taint(const os::Fd &file)
{
	std::array<char, 32> text = {};

	return ::pread(file.get(), text.data(), text.size() - 1, 0) > 0
		       ? std::strtoul(text.data(), nullptr, 10)
		       : 0;
}

/* Pids in the log are those of init's namespace: include/linux/proc_ns.h. */
static bool pids_are_the_logs()
{
	constexpr std::string_view initial = "pid:[4026531836]";
	std::array<char, 32> name = {};

	return ::readlink("/proc/self/ns/pid", name.data(), name.size() - 1) > 0 && name.data() == initial;
}

/* A field of /proc/PID/status; -1 where there is no such process. */
static pid_t status_of(pid_t pid, const std::string &field)
{
	std::ifstream status("/proc/" + std::to_string(pid) + "/status");
	std::string line;

	while (std::getline(status, line))
		if (line.starts_with(field))
			return static_cast<pid_t>(std::atol(line.c_str() + field.size()));
	return -1;
}

/* A task and those that it descends from, up to init or kthreadd; the last is -1
 * where it has ended already. */
static std::vector<pid_t> ancestry(pid_t task)
{
	std::vector<pid_t> pids = {task};

	/* A thread's process first. */
	pids.push_back(status_of(task, "Tgid:"));
	while (pids.back() > 0 && pids.size() < 100)
		pids.push_back(status_of(pids.back(), "PPid:"));
	return pids;
}

constexpr pid_t kthreadd = 2;

KernelLog::KernelLog()
	: log_(::open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC)),
	  unreadable_(log_ ? "" : std::strerror(errno)),
	  tainted_(::open("/proc/sys/kernel/tainted", O_RDONLY | O_CLOEXEC)), taint_(read_taint(tainted_))
{
	if (log_)
		::lseek(log_.get(), 0, SEEK_END);
}

void KernelLog::read_records()
{
	std::array<char, 8192> part; /* a record is never longer, nor read in parts */

	for (;;) {
		const ssize_t length = ::read(log_.get(), part.data(), part.size());

		if (length < 0 && errno == EPIPE)
			continue; /* overwritten, before it could be read; the next is there */
		if (length == 0)
			log_.close();
		if (length <= 0)
			return;
		rest_.append(part.data(), length);
		for (std::size_t end; (end = rest_.find('\n')) != std::string::npos; rest_.erase(0, end + 1))
			if (const auto record = parse_record(rest_.substr(0, end))) {
				reader_.take(*record);
				tail_.take(*record);
			}
	}
}

std::size_t KernelLog::mark()
{
	if (log_)
		read_records();
	return tail_.mark();
}

std::vector<std::string> KernelLog::since(std::size_t mark) const
{
	constexpr std::size_t most = 30;

	if (!log_)
		return {"the kernel's log cannot be read here (/dev/kmsg: " + unreadable_ +
			"): dmesg, run by root, shows what it said meanwhile"};
	return tail_.since(mark, most);
}

std::optional<Splat> KernelLog::new_taint()
{
	const unsigned long before = std::exchange(taint_, read_taint(tainted_));
	const unsigned long added = taint_ & ~before & faults;

	if (added == 0)
		return std::nullopt;
	return Splat{{"/proc/sys/kernel/tainted: " + std::to_string(before) + " before, " +
			      std::to_string(taint_) + " now; the kernel's log cannot be read here (" +
			      unreadable_ + "), dmesg run by root shows why",
		      "it may be about something else that this machine does"}};
}

std::vector<Splat> KernelLog::read()
{
	if (!log_) {
		const auto tainted = new_taint();
		return tainted ? std::vector{*tainted} : std::vector<Splat>();
	}
	read_records();
	while (reader_.unfinished()) {
		pollfd poll = {log_.get(), POLLIN, 0};

		/* Its lines come one upon the other, as fast as a serial console is. */
		if (!log_ || ::poll(&poll, 1, static_cast<int>(10 * os::quiet_period().count())) <= 0)
			reader_.finish();
		else
			read_records();
	}
	return reader_.splats();
}

Blame blame(const Splat &splat, const std::map<pid_t, std::size_t> &processes)
{
	std::set<std::size_t> all;
	const pid_t task = splat.pid();
	const bool known = task > 0 && pids_are_the_logs();
	const std::vector<pid_t> pids = known ? ancestry(task) : std::vector<pid_t>();

	for (const pid_t pid : pids)
		if (const auto found = processes.find(pid); found != processes.end() && !splat.interrupt())
			return {{found->second}, pid};
	const bool ended = std::ranges::find(pids, -1) != pids.end();
	const bool kernels = std::ranges::find(pids, kthreadd) != pids.end();
	const bool others = known && !ended && !kernels && !splat.interrupt();
	if (others || splat.hung() || !splat.concerns_network_or_memory())
		return {};
	for (const auto &[pid, index] : processes)
		all.insert(index);
	return {{all.begin(), all.end()}, 0};
}

} // namespace harness
