// SPDX-License-Identifier: GPL-2.0
#include "trace/recorder.h"

#include <linux/if_packet.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "errqueue/notification.h" /* before vm_sockets.h */
#include <linux/vm_sockets.h>

#include <algorithm>
#include <fstream>

#include "os/address.h"
#include "os/names.h"
#include "trace/decode.h"
#include "trace/in_c.h"
#include "trace/numbers.h"

namespace trace
{

using reproducer::Step;

namespace
{

std::vector<iovec> pieces_of(const Memory &memory, const msghdr &message)
{
	constexpr std::size_t most = 1024; /* UIO_MAXIOV */

	return memory.array<iovec>(number(message.msg_iov), std::min<std::size_t>(message.msg_iovlen, most));
}

constexpr std::size_t most_events = 4000;
/* Calls that block are few. */
constexpr unsigned most_in_threads = 12;

/* Calls that change nothing that a program has to have changed as well. */
const std::set<std::uint64_t> beyond = {
	SYS_userfaultfd, SYS_io_uring_setup,	SYS_splice, SYS_tee, SYS_vmsplice,
	SYS_sendfile,	 SYS_process_vm_writev,
};

/* What is in memory as these begin may be what they are about. */
const std::set<std::uint64_t> calls_that_look = {
	SYS_read,    SYS_recvfrom, SYS_recvmsg, SYS_recvmmsg, SYS_poll,	 SYS_setsockopt,
	SYS_connect, SYS_shutdown, SYS_close,	SYS_munmap,   SYS_setns, SYS_ppoll,
};

std::string name_of_beyond(std::uint64_t call)
{
	switch (call) {
	case SYS_userfaultfd:
		return "userfaultfd";
	case SYS_io_uring_setup:
		return "io_uring, whose requests are in memory";
	default:
		return "splice, vmsplice or sendfile";
	}
}

} // namespace

void Recorder::cannot(const std::string &why)
{
	if (recording_ && cannot_.empty())
		cannot_ = why;
}

void Recorder::add_setup(std::string call, std::string variable)
{
	add({.step = {.of = Step::Of::setup, .call = std::move(call), .variable = std::move(variable)}});
}

bool Recorder::is_stream(int fd) const
{
	const auto found = descriptors_.find(fd);

	return found != descriptors_.end() && found->second.type == SOCK_STREAM;
}

/* Is it a thread of the case's process, and not one of another process that it made? */
bool Recorder::followed(pid_t thread)
{
	const auto [entry, fresh] = threads_.try_emplace(thread, thread == process_);

	if (fresh && !entry->second) {
		std::ifstream status("/proc/" + std::to_string(thread) + "/status");
		for (std::string word; status >> word && !entry->second;)
			if (word == "Tgid:" && status >> word)
				entry->second = word == std::to_string(process_);
	}
	return entry->second;
}

void Recorder::store_changes(pid_t thread)
{
	constexpr std::size_t most_looks = 100000; /* at pages: each is read from the case's memory */

	looks_ += layout_.pages();
	if (looks_ > most_looks)
		cannot("it sends from much memory, often");
	if (!cannot_.empty())
		return;
	for (Step &step : layout_.stores(Memory(thread)))
		add({.step = std::move(step)});
}

std::string Recorder::address(const Memory &memory, std::uint64_t at, std::uint64_t length)
{
	const os::Address where = address_at(memory, at, length);
	const auto port = [&] {
		const int one = static_cast<int>(os::port_of(where));
		return ports_.contains(one) && one ? ports_.at(one) : std::to_string(one);
	};
	const std::string size = ", " + std::to_string(length);

	if (at == 0)
		return "NULL" + size;
	switch (where.family()) {
	case AF_INET:
		return "to4(\"" + os::text_of(where) + "\", " + port() + ')' + size;
	case AF_INET6:
		return "to6(\"" + os::text_of(where) + "\", " + port() + ')' + size;
	case AF_VSOCK: {
		const auto vm = memory.object<sockaddr_vm>(at);
		const int one = static_cast<int>(vm.svm_port);
		return "to_vsock(" + std::to_string(vm.svm_cid) + "U, " +
		       (ports_.contains(one) ? ports_.at(one) : std::to_string(vm.svm_port) + 'U') + ')' +
		       size;
	}
	case AF_UNSPEC:
		return "(&(struct sockaddr){.sa_family = AF_UNSPEC})" + size;
	case AF_PACKET: {
		const auto ll = memory.object<sockaddr_ll>(at);
		if (ll.sll_ifindex && !devices_.contains(ll.sll_ifindex))
			cannot("it binds to a device by its index");
		return "to_device(\"" + (ll.sll_ifindex ? devices_[ll.sll_ifindex] : "") + "\", " +
		       std::to_string(be16toh(ll.sll_protocol)) + ')' + size;
	}
	default:
		cannot("it uses addresses of " + os::family(where.family()));
		return "NULL, 0";
	}
}

bool Recorder::is_of_the_suite(const Call &call) const
{
	const auto found = descriptors_.find(static_cast<int>(call.arguments[0]));

	if (call.number == SYS_socket)
		return recording_ && call.arguments[0] == AF_NETLINK;
	return call.number != SYS_poll && found != descriptors_.end() && found->second.ignored;
}

/* By the program's peer, and what it does in answer may be to send. */
bool Recorder::is_reply(const Call &call) const
{
	return (call.number == SYS_write || call.number == SYS_writev) &&
	       is_tap(static_cast<int>(call.arguments[0]));
}

void Recorder::begun(const Call &call)
{
	if (!recording_ || !cannot_.empty())
		return;
	Pending pending;

	/* Behind the handler's rt_sigreturn() the same call begins. */
	if (restarting_.contains(call.thread)) {
		if (call.number == pending_[call.thread].call.number)
			restarting_.erase(call.thread);
		return;
	}
	pending.call = call;
	if (events_.size() > most_events)
		cannot("it makes more calls than a program should have lines");
	if (beyond.contains(call.number))
		cannot("it uses " + name_of_beyond(call.number));
	if (passes_descriptors(call))
		cannot("descriptors pass through a socket");
	if (!followed(call.thread))
		return begun_apart(call);
	if (call.number == SYS_recvmsg || call.number == SYS_recvmmsg)
		pending.control = Memory(call.thread).object<msghdr>(call.arguments[1]).msg_controllen;
	pending.place = events_.size();
	layout_.at(pending.place);
	if (call.number == SYS_tgkill)
		interrupts_++;
	if (call.number == SYS_tgkill && call.arguments[2] == SIGUSR2)
		restarting_.insert(static_cast<pid_t>(call.arguments[1]));
	if (act(call, pending.event)) {
		store_changes(call.thread);
		pending.at = events_.size();
		pending.recorded = true;
		add(pending.event);
	} else if (calls_that_look.contains(call.number) || is_reply(call))
		store_changes(call.thread);
	pending_[call.thread] = std::move(pending);
}

/* Like calls have one function. */
std::string Recorder::name_of_call_apart(const Step &step)
{
	const auto same = std::ranges::find_if(events_, [&](const Event &event) {
		return event.step.of == Step::Of::apart && event.step.call == step.call &&
		       event.step.before == step.before;
	});

	return same != events_.end() ? same->step.variable : "apart" + std::to_string(++calls_apart_);
}

/* Sends are made by a process of the program's, too, after it has become who made them here. */
void Recorder::begun_apart(const Call &call)
{
	Pending pending;

	pending.call = call;
	switch (call.number) {
	case SYS_sendto:
	case SYS_sendmsg:
		if (!knows(static_cast<int>(call.arguments[0])))
			return;
		layout_.at(events_.size());
		pending.recorded = act(call, pending.event);
		store_changes(call.thread);
		pending.at = events_.size();
		pending.event.step.of = Step::Of::apart;
		pending.event.step.before = identities_[call.thread];
		/* Its parent was root as it forked. */
		if (is_another_user_ &&
		    std::ranges::any_of(identities_[call.thread],
					[](const std::string &one) { return one.starts_with("setresuid"); }))
			pending.event.step.before.insert(pending.event.step.before.begin(), "seteuid(0)");
		pending.event.step.variable = name_of_call_apart(pending.event.step);
		add(pending.event);
		break;
	case SYS_recvfrom:
	case SYS_recvmsg:
		if (knows(static_cast<int>(call.arguments[0])))
			cannot("another process of the case reads its sockets");
		return;
	case SYS_execve:
		executes_.insert(call.thread);
		return;
	case SYS_pwrite64:
		if (layout_.is_mapped(static_cast<int>(call.arguments[0])))
			cannot("another process of the case writes to what is sent");
		return;
	case SYS_setresuid:
	case SYS_prlimit64:
	case SYS_unshare:
		break;
	default:
		return;
	}
	pending_[call.thread] = std::move(pending);
}

void Recorder::ended_apart(const Pending &pending, std::int64_t result)
{
	if (pending.recorded) {
		events_[pending.at].step.answer = answer(result);
		if (events_.size() != pending.at + 1)
			cannot("its processes race");
		return;
	}
	const std::string call = result < 0 ? "" : identity(pending.call);
	if (call.empty())
		return;
	std::vector<std::string> &all = identities_[pending.call.thread];
	std::erase_if(all, [kind = call.substr(0, call.find('('))](const std::string &earlier) {
		return earlier.starts_with(kind);
	});
	all.push_back(call);
}

void Recorder::ended(pid_t thread, std::int64_t result)
{
	/* include/linux/errno.h: ERESTARTNOINTR. The kernel makes the call again whatever handles a signal,
	 * as restart_syscall() of a setting that waits for others' devices has it: the next end counts. */
	constexpr std::int64_t made_again = -513;

	if (restarting_.contains(thread))
		return;
	const auto entry = pending_.extract(thread);
	if (!recording_ || !cannot_.empty() || entry.empty() || result == made_again)
		return;
	const Pending &pending = entry.mapped();
	if (!threads_[thread])
		return ended_apart(pending, result);
	control_ = pending.control;
	if (!pending.recorded) {
		observe(pending.call, result);
		return;
	}
	Step &step = events_[pending.at].step;
	step.answer = answer(result);
	if (events_.size() == pending.at + 1)
		return;
	/* Others were made meanwhile: it blocked. */
	if (step.variable.empty())
		step.variable = "call" + std::to_string(++calls_in_threads_);
	if (calls_in_threads_ > most_in_threads)
		cannot("its threads race");
	layout_.returned(pending.place, events_.size());
	Step end = step;
	step.of = Step::Of::begin;
	end.of = Step::Of::end;
	end.call.clear();
	add({.step = end});
}

void Recorder::observe(const Call &call, std::int64_t result)
{
	const Memory memory(call.thread);
	const auto &arguments = call.arguments;
	const int fd = static_cast<int>(arguments[0]);

	switch (call.number) {
	case SYS_bpf:
		return observe_program(call, result);
	case SYS_tgkill: {
		const auto other = pending_.find(static_cast<pid_t>(arguments[1]));
		if (other == pending_.end() || !other->second.recorded)
			return;
		Step &step = events_[other->second.at].step;
		if (step.variable.empty())
			step.variable = "call" + std::to_string(++calls_in_threads_);
		return add_setup((arguments[2] == SIGUSR2 ? "restart(" : "interrupt(") + step.variable + ')');
	}
	case SYS_poll:
		return polled(memory, arguments[0], arguments[1], static_cast<int>(arguments[2]) != 0,
			      result);
	case SYS_ppoll: {
		const auto time = memory.object<timespec>(arguments[2]);
		return polled(memory, arguments[0], arguments[1],
			      !arguments[2] || time.tv_sec || time.tv_nsec, result);
	}
	case SYS_recvfrom:
	case SYS_read: {
		if (call.number == SYS_read && result > 0)
			read_setting(fd, memory.read(arguments[1], static_cast<std::size_t>(result)));
		if (is_tap(fd) && result > 0)
			return read_packet(fd, memory.read(arguments[1], static_cast<std::size_t>(result)));
		if (!knows(fd) || !descriptors_[fd].file.empty())
			return;
		const iovec piece = {reinterpret_cast<void *>(static_cast<std::uintptr_t>(arguments[1])),
				     static_cast<std::size_t>(arguments[2])};
		return received(call, {}, {piece}, result,
				call.number == SYS_read ? 0 : static_cast<int>(arguments[3]));
	}
	case SYS_recvmsg:
		if (knows(fd)) {
			const auto of = memory.object<msghdr>(arguments[1]);
			received(call, of, pieces_of(memory, of), result, static_cast<int>(arguments[2]));
		}
		return;
	case SYS_recvmmsg:
		if (!knows(fd))
			return;
		for (const mmsghdr &one :
		     memory.array<mmsghdr>(arguments[1], std::max<std::int64_t>(result, 1)))
			received(call, one.msg_hdr, pieces_of(memory, one.msg_hdr),
				 result < 0 ? result : one.msg_len, static_cast<int>(arguments[3]));
		return;
	default:
		observe_socket(call, result);
	}
}

void Recorder::told(const std::string &kind, const std::string &text)
{
	if (kind == "case") {
		recording_ = true;
		codes_told_ = text.empty();
	}
	if (!recording_)
		return;
	if (kind == "over")
		recording_ = false;
	if (kind == "shown" && shown_ == 0)
		shown_ = events_.size();
	if (kind.starts_with("ip") || kind == "tc") {
		const std::size_t end = text.find('\n');
		const std::string peer = text.substr(0, end), at_peer = "/proc/self/fd/9";
		std::string lines;
		for (std::size_t from = end + 1; from < text.size();) {
			const std::size_t to = std::min(text.find('\n', from), text.size() - 1) + 1;
			if (text[from] != '#')
				lines += text.substr(from, to - from);
			from = to;
		}
		if (const std::size_t place = lines.find(at_peer); place != std::string::npos)
			lines.replace(place, at_peer.size(), "/proc/self/fd/10" + peer);
		add_commands(kind, lines);
	}
	if (kind == "destroyed")
		add_setup("destroy(fd" + text + ')');
	if (kind == "beyond")
		cannot("it uses " + text);
	if (kind == "nft")
		add_rules(text);
	if (kind == "attached")
		attached_program(text);
	if (kind == "local")
		add_lines("until ip -6 route show table local | grep -q '" + text + " '; do :; done");
	if (kind == "deviates" && shown_ > 0)
		events_.resize(shown_);
	if (kind == "failed" || kind == "deviates") {
		/* Where it is about them, it is they that show it. */
		codes_told_ |= text.find("copied") != text.npos || text.find("ee_code") != text.npos;
		recording_ = false;
		failed_ = true;
	}
}

void Recorder::signalled()
{
	if (interrupts_ == 0)
		cannot("a signal comes at no moment that its calls tell");
	else
		interrupts_--;
}

} // namespace trace
