// SPDX-License-Identifier: GPL-2.0
#include <linux/sock_diag.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/uio.h>

#include <algorithm>

#include "errqueue/notification.h"
#include "os/names.h"
#include "trace/in_c.h"
#include "trace/numbers.h"
#include "trace/recorder.h"

namespace trace
{

using reproducer::Step;

namespace
{

/* How long the program waits for what the case waited for, in milliseconds. */
constexpr const char *patience = "10000";

/* A read of the error queue, as a step. */
Step read_of_errors(const Memory &memory, const std::string &fd, std::size_t room, std::size_t control_room,
		    const msghdr &message, std::int64_t bytes, int flags)
{
	constexpr std::size_t ample = 100, room_of_program = 65536, control_of_program = 4096;
	auto control = memory.read(number(message.msg_control), message.msg_controllen);
	msghdr here = message;
	const auto to_text = [](auto value) { return std::to_string(value); };

	here.msg_control = control.data();
	here.msg_controllen = control.size();
	const errqueue::Message parsed = errqueue::parse(here, bytes);
	if (parsed.notifications.size() == 1 && parsed.control.size() == 1 && bytes == 0 && room > 0 &&
	    control_room >= ample && flags == MSG_ERRQUEUE && message.msg_flags == MSG_ERRQUEUE) {
		const errqueue::Notification &one = parsed.notifications[0];
		if (one.is_zerocopy() && one.err.ee_type == 0 && one.err.ee_code < 2)
			return {.call = "notification(" + fd + ')',
				.answer = "\"[" + to_text(one.err.ee_info) + ',' + to_text(one.err.ee_data) +
					  (one.copied() ? "] copied\"" : "]\"")};
	}
	std::string text =
		'"' + to_text(bytes) + " bytes, flags " +
		(message.msg_flags ? os::hexadecimal(static_cast<unsigned>(message.msg_flags)) : "0");
	std::size_t next = 0;
	for (const errqueue::ControlMessage &one : parsed.control) {
		text += "; " + to_text(one.level) + '/' + to_text(one.type);
		if (next == parsed.notifications.size() ||
		    parsed.notifications[next].header.level != one.level ||
		    parsed.notifications[next].header.type != one.type)
			continue;
		const sock_extended_err &e = parsed.notifications[next++].err;
		text += " origin " + to_text(e.ee_origin) + " [" + to_text(e.ee_info) + ',' +
			to_text(e.ee_data) + "] code " + to_text(e.ee_code) + " type " + to_text(e.ee_type) +
			" errno " + to_text(e.ee_errno);
	}
	return {.call = "message(" + fd + ", " + to_text(std::min(room, room_of_program)) + ", " +
			to_text(std::min(control_room, control_of_program)) + ", " + flags_text(flags) + ')',
		.answer = text + '"'};
}

} // namespace

void Recorder::polled(const Memory &memory, std::uint64_t at, std::uint64_t count, bool waits,
		      std::int64_t result)
{
	for (const pollfd &one : memory.array<pollfd>(at, std::min<std::uint64_t>(count, 64))) {
		if (!knows(one.fd))
			continue;
		const auto events = static_cast<unsigned short>(one.events);
		const auto revents = static_cast<unsigned short>(one.revents);
		Event event = {.of = Event::Of::look, .fd = one.fd};
		if (waits && result > 0) {
			if (!revents)
				continue;
			const unsigned wanted = revents & events    ? revents & events
						: revents & POLLERR ? POLLERR
								    : revents;
			event.of = Event::Of::wait;
			const std::string name = os::poll_events(wanted);
			event.step = {.call = "await(fd" + std::to_string(one.fd) + ", " + name + ')',
				      .answer = name};
		} else {
			event.step = {.of = Step::Of::look,
				      .call = called("polled", {fd_text(static_cast<unsigned>(one.fd)),
								os::poll_events(events), "0"}),
				      .answer = os::poll_events(revents)};
			event.quiet = waits;
		}
		add(event);
	}
}

void Recorder::epolled(const Call &call, std::int64_t result)
{
	const auto first = Memory(call.thread).object<epoll_event>(call.arguments[1]);
	const bool waits = static_cast<int>(call.arguments[3]) != 0 && result > 0;
	Event event = {.of = Event::Of::look, .fd = static_cast<int>(call.arguments[0])};

	if (result < 0)
		return;
	event.step = {.of = Step::Of::act,
		      .call = "epolled(" + fd_text(call.arguments[0]) + ", " + (waits ? patience : "0") + ')',
		      .answer = result ? os::epoll_events(first.events) : "0"};
	event.of = Event::Of::step;
	add(event);
}

void Recorder::received(const Call &call, const msghdr &message, const std::vector<iovec> &pieces,
			std::int64_t result, int flags)
{
	const Memory memory(call.thread);
	const int fd = static_cast<int>(call.arguments[0]);
	const std::string name = fd_text(call.arguments[0]);
	Event event = {.fd = fd, .nothing = result == -EAGAIN};
	std::size_t room = 0;

	for (const iovec &one : pieces)
		room += one.iov_len;
	if (control_ > 0 && message.msg_control && memory.read(number(message.msg_control), 1).empty())
		return cannot("it reads into memory that cannot be written to");
	if (flags & MSG_ERRQUEUE) {
		if (call.thread != process_ && readers_.insert(call.thread).second && readers_.size() > 1)
			return cannot("its threads race for the error queue");
		event.of = Event::Of::errors;
		const int asked = flags & ~(MSG_DONTWAIT | MSG_WAITFORONE);
		if (result < 0)
			event.step = {.call = "recvmsg(" + name + ", &(struct msghdr){0}, " +
					      flags_text(asked) + ')',
				      .answer = answer(result)};
		else if (call.number == SYS_recvfrom)
			event.step = {.call = "await(" + name + ", POLLERR) ? recv(" + name + ", in, " +
					      std::to_string(room) + ", " + flags_text(asked) + ") : -1",
				      .answer = answer(result)};
		else
			event.step = read_of_errors(memory, name, room, control_, message, result, asked);
		add(event);
		return;
	}
	event.of = Event::Of::data;
	event.stream = is_stream(fd) && !(flags & (MSG_PEEK | MSG_TRUNC));
	event.length = static_cast<std::size_t>(std::max<std::int64_t>(result, 0));
	if (result < 0 && !event.nothing) {
		event.of = Event::Of::step;
		event.step = {.call = "recv(" + name + ", in, 1, MSG_DONTWAIT)", .answer = answer(result)};
		add(event);
		return;
	}
	event.step = {.call = "datagram(" + name + ", " +
			      std::to_string(std::min<std::size_t>(room, 1 << 20)) + ", " +
			      flags_text(flags & ~MSG_DONTWAIT) + ')',
		      .answer = answer(result)};
	std::vector<std::uint8_t> bytes;
	for (const iovec &one : pieces) {
		const auto part =
			memory.read(number(one.iov_base),
				    std::min(one.iov_len, std::min(event.length, room) - bytes.size()));
		bytes.insert(bytes.end(), part.begin(), part.end());
	}
	add_parts(event, bytes);
	const Descriptor &of = descriptors_[fd];
	/* What is ahead of a payload there has numbers and addresses of the moment. */
	if (of.type != SOCK_STREAM && of.family != AF_VSOCK && of.raw)
		std::ranges::fill(event.literals, "");
	/* Neighbours are asked for there, too, at any time. */
	if (of.family == AF_PACKET) {
		event.nothing |= std::ranges::none_of(
			event.parts, [](const SeededBytes::Part &part) { return part.at.has_value(); });
		event.step.call = "frame_of(" + name + ", " + event.step.answer + ')';
	}
	add(event);
}

void Recorder::add_parts(Event &event, os::Bytes bytes) const
{
	constexpr std::size_t longest = 64;

	for (const SeededBytes::Part &part : seeded_.parts(bytes)) {
		event.parts.push_back(part);
		event.literals.push_back(
			part.at || part.length > longest ? "" : literal(bytes.first(part.length)));
		bytes = bytes.subspan(part.length);
	}
}

void Recorder::got_option(const Call &call, std::int64_t result)
{
	const Memory memory(call.thread);
	const auto &arguments = call.arguments;
	const int level = static_cast<int>(arguments[1]), option = static_cast<int>(arguments[2]);
	const auto length = memory.object<socklen_t>(arguments[4]);
	const std::string name = fd_text(arguments[0]);
	Event event = {.of = Event::Of::look, .fd = static_cast<int>(arguments[0])};

	if (result >= 0 && level == SOL_SOCKET && option == SO_MEMINFO) {
		for (const auto &[place, what] : {std::pair{SK_MEMINFO_OPTMEM, "SK_MEMINFO_OPTMEM"},
						  {SK_MEMINFO_WMEM_QUEUED, "SK_MEMINFO_WMEM_QUEUED"}}) {
			const auto memory_used = memory.array<std::uint32_t>(arguments[3], SK_MEMINFO_VARS);
			if (memory_used.empty() || (place == SK_MEMINFO_WMEM_QUEUED && memory_used[place]))
				continue;
			event.step = {.of = Step::Of::look,
				      .call = "memory_of(" + name + ", " + what + ") > 0",
				      .answer = memory_used[place] ? "1" : "0"};
			add(event);
		}
		return;
	}
	const bool changes = level == SOL_SOCKET && option == SO_ERROR;
	if (result >= 0 &&
	    (length != sizeof(int) || !(changes || (level == SOL_SOCKET && option == SO_ZEROCOPY))))
		return;
	if (!arguments[3] || !arguments[4])
		return cannot("it asks for an option without memory for the answer");
	event.step = {.of = Step::Of::act,
		      .call = "get(" + name + ", " + os::option_name(level, option) + ')',
		      .answer = answer(result < 0 ? result : memory.object<int>(arguments[3]))};
	event.of = Event::Of::step;
	add(event);
}

} // namespace trace
