// SPDX-License-Identifier: GPL-2.0
#include "trace/calls.h"

#include <linux/net.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>

#include "os/names.h"
#include "trace/decode.h"
#include "trace/numbers.h"

namespace trace
{

namespace
{

struct Context {
	const Call &call;
	const Memory memory;
	const SeededBytes &seeded;

	std::uint64_t operator[](std::size_t i) const { return call.arguments[i]; }
	int integer(std::size_t i) const { return static_cast<int>(call.arguments[i]); }
	msghdr message(std::size_t i) const { return memory.object<msghdr>(call.arguments[i]); }
};

/* Arguments as text: that at `at`, and the next ones where it takes more than one. */

std::string integer(const Context &call, std::size_t at)
{
	return std::to_string(call.integer(at));
}

std::string number(const Context &call, std::size_t at)
{
	return std::to_string(call[at]);
}

/* By a function of os/names.h. */
template <auto name> std::string named(const Context &call, std::size_t at)
{
	return name(call.integer(at));
}

std::string option(const Context &call, std::size_t at)
{
	return os::option_name(call.integer(at), call.integer(at + 1));
}

std::string bytes(const Context &call, std::size_t at)
{
	return bytes_text(call.memory, call.seeded, call[at], call[at + 1]);
}

std::string room(const Context &call, std::size_t at)
{
	return room_text(call[at], call[at + 1]);
}

std::string address(const Context &call, std::size_t at)
{
	return address_text(call.memory, call[at], call[at + 1]);
}

std::string address_if_any(const Context &call, std::size_t at)
{
	return call[at] ? address(call, at) : "";
}

std::string message(const Context &call, std::size_t at)
{
	return message_text(call.memory, call.seeded, call.message(at));
}

std::string message_room(const Context &call, std::size_t at)
{
	return message_room_text(call.memory, call.message(at));
}

std::string vector(const Context &call, std::size_t at)
{
	msghdr message = {};

	message.msg_iov = reinterpret_cast<iovec *>(static_cast<std::uintptr_t>(call[at]));
	message.msg_iovlen = static_cast<std::size_t>(call[at + 1]);
	return message_text(call.memory, call.seeded, message);
}

/* Of recvmmsg() and sendmmsg(), as many as it has taken. */
std::vector<mmsghdr> messages(const Context &call, std::uint64_t taken = 1024 /* UIO_MAXIOV */)
{
	return call.memory.array<mmsghdr>(call[1], std::min(call[2], taken));
}

/* What there is to say of each, one after the other; "" is nothing to say. */
template <typename All, typename Describe> std::string list(const All &all, Describe describe)
{
	std::string text;

	for (const auto &each : all) {
		const std::string one = describe(each);

		text += (text.empty() || one.empty() ? "" : ", ") + one;
	}
	return text;
}

std::string message_list(const Context &call, std::size_t /*at*/)
{
	return '[' +
	       list(messages(call),
		    [&](const mmsghdr &each) {
			    return message_text(call.memory, call.seeded, each.msg_hdr);
		    }) +
	       ']';
}

std::string option_value(const Context &call, std::size_t at)
{
	constexpr std::uint64_t most = 256;

	std::vector<std::uint8_t> value;

	if (call[at + 1] <= most)
		value = call.memory.read(call[at], call[at + 1]);
	/* Cases pass pointers that cannot be read on purpose: then the pointer is what matters. */
	return value.empty() ? room(call, at) : value_text(value);
}

std::vector<pollfd> polled(const Context &call)
{
	constexpr std::uint64_t most = 64;

	return call.memory.array<pollfd>(call[0], std::min(call[1], most));
}

std::string poll_text(const pollfd &poll, short events)
{
	return '{' + std::to_string(poll.fd) + ", " + os::poll_events(static_cast<unsigned short>(events)) +
	       '}';
}

std::string poll_list(const Context &call, std::size_t /*at*/)
{
	return '[' + list(polled(call), [](const pollfd &one) { return poll_text(one, one.events); }) + ']';
}

std::string epoll_events(const Context &call, std::size_t at)
{
	return os::epoll_events(call.memory.object<epoll_event>(call[at]).events);
}

/* One argument of a kind of call; without text: none. */
struct Argument {
	std::string (*text)(const Context &, std::size_t at) = nullptr;
	std::size_t at = 0;
	const char *unit = "";
};

constexpr Argument fd = {integer, 0};
constexpr Argument family = {named<os::family>, 0};
constexpr Argument type = {named<os::socket_type>, 1};
constexpr auto flags = named<os::message_flags>;

/* What the kernel wrote, where the call succeeded. */

std::string bytes_out(const Context &call, std::int64_t result)
{
	return result > 0 ? bytes_text(call.memory, call.seeded, call[1], result) : "";
}

std::string recvmsg_out(const Context &call, std::int64_t result)
{
	return received_text(call.memory, call.seeded, call.message(1), static_cast<ssize_t>(result),
			     call.integer(2));
}

std::string recvmmsg_out(const Context &call, std::int64_t result)
{
	return list(messages(call, result), [&](const mmsghdr &each) {
		return '{' +
		       received_text(call.memory, call.seeded, each.msg_hdr, each.msg_len, call.integer(3)) +
		       '}';
	});
}

std::string sendmmsg_out(const Context &call, std::int64_t result)
{
	return '[' +
	       list(messages(call, result),
		    [](const mmsghdr &each) { return std::to_string(each.msg_len); }) +
	       ']';
}

std::string address_out(const Context &call, std::int64_t /*result*/)
{
	return call[1] ? address_text(call.memory, call[1], call.memory.object<socklen_t>(call[2])) : "";
}

std::string getsockopt_out(const Context &call, std::int64_t /*result*/)
{
	constexpr socklen_t most = 1024;

	return value_text(call.memory.read(call[3], std::min(call.memory.object<socklen_t>(call[4]), most)));
}

std::string socketpair_out(const Context &call, std::int64_t /*result*/)
{
	return value_text(call.memory.read(call[3], 2 * sizeof(int)));
}

std::string poll_out(const Context &call, std::int64_t /*result*/)
{
	return list(polled(call),
		    [](const pollfd &one) { return one.revents ? poll_text(one, one.revents) : ""; });
}

std::string epoll_wait_out(const Context &call, std::int64_t result)
{
	return list(call.memory.array<epoll_event>(call[1], result),
		    [](const epoll_event &one) { return os::epoll_events(one.events); });
}

/* When a call is shown. */
enum class Of {
	all,
	waits,	  /* for any descriptors at all */
	sockets,  /* its first argument is a socket */
	payloads, /* its first two arguments are a payload's memory */
};

} // namespace

struct Kind {
	long number;
	int socketcall; /* its number there; 0: none */
	const char *name;
	Argument in[4];
	std::string (*out)(const Context &, std::int64_t) = nullptr;
	Of of = Of::all;
};

namespace
{

const Kind kinds[] = {
	{SYS_socket, SYS_SOCKET, "socket", {family, type, {integer, 2}}},
	{SYS_socketpair, SYS_SOCKETPAIR, "socketpair", {family, type, {integer, 2}}, socketpair_out},
	{SYS_bind, SYS_BIND, "bind", {fd, {address, 1}}},
	{SYS_listen, SYS_LISTEN, "listen", {fd, {integer, 1}}},
	{SYS_accept, SYS_ACCEPT, "accept", {fd}, address_out},
	{SYS_accept4, SYS_ACCEPT4, "accept4", {fd, {named<os::socket_flags>, 3}}, address_out},
	{SYS_connect, SYS_CONNECT, "connect", {fd, {address, 1}}},
	{SYS_shutdown, SYS_SHUTDOWN, "shutdown", {fd, {named<os::shutdown_how>, 1}}},
	{SYS_getsockname, SYS_GETSOCKNAME, "getsockname", {fd}, address_out},
	{SYS_getpeername, SYS_GETPEERNAME, "getpeername", {fd}, address_out},
	{SYS_setsockopt, SYS_SETSOCKOPT, "setsockopt", {fd, {option, 1}, {option_value, 3}}},
	{SYS_getsockopt, SYS_GETSOCKOPT, "getsockopt", {fd, {option, 1}}, getsockopt_out},
	{SYS_send, SYS_SEND, "send", {fd, {bytes, 1}, {flags, 3}}},
	{SYS_sendto, SYS_SENDTO, "sendto", {fd, {bytes, 1}, {flags, 3}, {address_if_any, 4}}},
	{SYS_sendmsg, SYS_SENDMSG, "sendmsg", {fd, {message, 1}, {flags, 2}}},
	{SYS_sendmmsg, SYS_SENDMMSG, "sendmmsg", {fd, {message_list, 1}, {flags, 3}}, sendmmsg_out},
	{SYS_recv, SYS_RECV, "recv", {fd, {room, 1}, {flags, 3}}, bytes_out},
	{SYS_recvfrom, SYS_RECVFROM, "recvfrom", {fd, {room, 1}, {flags, 3}}, bytes_out},
	{SYS_recvmsg, SYS_RECVMSG, "recvmsg", {fd, {message_room, 1}, {flags, 2}}, recvmsg_out},
	{SYS_recvmmsg, SYS_RECVMMSG, "recvmmsg", {fd, {number, 2, " messages"}, {flags, 3}}, recvmmsg_out},
	{SYS_recvmmsg_time64, 0, "recvmmsg", {fd, {number, 2, " messages"}, {flags, 3}}, recvmmsg_out},
	{SYS_write, 0, "write", {fd, {bytes, 1}}, nullptr, Of::sockets},
	{SYS_writev, 0, "writev", {fd, {vector, 1}}, nullptr, Of::sockets},
	{SYS_read, 0, "read", {fd, {room, 1}}, bytes_out, Of::sockets},
	{SYS_close, 0, "close", {fd}, nullptr, Of::sockets},
	{SYS_poll, 0, "poll", {{poll_list, 0}, {integer, 2}}, poll_out, Of::waits},
	{SYS_ppoll, 0, "ppoll", {{poll_list, 0}}, poll_out, Of::waits},
	{SYS_ppoll_time64, 0, "ppoll", {{poll_list, 0}}, poll_out, Of::waits},
	{SYS_epoll_create1, 0, "epoll_create1", {fd}},
	{SYS_epoll_ctl,
	 0,
	 "epoll_ctl",
	 {fd, {named<os::epoll_operation>, 1}, {integer, 2}, {epoll_events, 3}}},
	{SYS_epoll_wait, 0, "epoll_wait", {fd, {integer, 2}, {integer, 3}}, epoll_wait_out},
	{SYS_epoll_pwait, 0, "epoll_pwait", {fd, {integer, 2}, {integer, 3}}, epoll_wait_out},
	{SYS_splice, 0, "splice", {fd, {integer, 2}, {number, 4}}},
	{SYS_sendfile, 0, "sendfile", {fd, {integer, 1}, {number, 3}}},
	{SYS_unshare, 0, "unshare", {{named<os::clone_flags>, 0}}},
	{SYS_setns, 0, "setns", {fd, {named<os::clone_flags>, 1}}},
	{SYS_munmap, 0, "munmap", {{bytes, 0}}, nullptr, Of::payloads},
	{SYS_mprotect, 0, "mprotect", {{bytes, 0}}, nullptr, Of::payloads},
	{SYS_madvise, 0, "madvise", {{bytes, 0}}, nullptr, Of::payloads},
	{SYS_io_uring_setup, 0, "io_uring_setup", {fd}},
	{SYS_io_uring_enter,
	 0,
	 "io_uring_enter",
	 {fd, {integer, 1, " to submit"}, {integer, 2, " to complete"}, {flags, 3}}},
};

template <typename Matches> const Kind *find_kind(Matches matches)
{
	const auto *found = std::ranges::find_if(kinds, matches);

	return found == std::end(kinds) ? nullptr : found;
}

/* Also within socketcall(2), the one call of some architectures for many: `call` then
 * becomes that. Null where there is none. */
const Kind *kind_of(Call &call)
{
	const long number = static_cast<long>(call.number);
	const std::uint64_t which = call.arguments[0];

	if (number != SYS_socketcall)
		return find_kind([&](const Kind &kind) { return kind.number == number; });
	std::ranges::copy(Memory(call.thread).array<unsigned long>(call.arguments[1], call.arguments.size()),
			  call.arguments.begin());
	return find_kind([&](const Kind &kind) {
		return kind.socketcall && static_cast<std::uint64_t>(kind.socketcall) == which;
	});
}

std::string arguments(const Kind &kind, const Context &call)
{
	return list(kind.in, [&](const Argument &each) {
		return each.text ? each.text(call, each.at) + each.unit : "";
	});
}

bool is_socket(pid_t thread, int descriptor)
{
	const std::string link = "/proc/" + std::to_string(thread) + "/fd/" + std::to_string(descriptor);
	char target[8] = {};

	return ::readlink(link.c_str(), target, sizeof(target) - 1) > 0 && std::string(target) == "socket:";
}

} // namespace

bool Calls::matters(const Kind &kind, const Call &call)
{
	constexpr std::size_t enough = 16;

	switch (kind.of) {
	case Of::sockets:
		return is_socket(call.thread, static_cast<int>(call.arguments[0]));
	case Of::waits:
		return call.arguments[1] > 0;
	case Of::payloads:
		return seeded_.knows(Memory(call.thread).read(call.arguments[0], enough));
	default:
		return true;
	}
}

std::optional<std::string> Calls::begun(Call call)
{
	const Kind *kind = kind_of(call);

	if (!kind || !matters(*kind, call))
		return std::nullopt;
	begun_[call.thread] = {kind, call};
	return kind->name + ('(' + arguments(*kind, {call, Memory(call.thread), seeded_})) + ')';
}

std::string Calls::ended(pid_t thread, std::int64_t result)
{
	const auto [kind, call] = begun_.extract(thread).mapped();

	if (result < 0)
		return "= -1 " + os::error_name(static_cast<int>(-result));
	const std::string out = kind->out ? kind->out({call, Memory(thread), seeded_}, result) : "";
	return "= " + std::to_string(result) + (out.empty() ? "" : " " + out);
}

std::string Calls::name(pid_t thread) const
{
	return begun_.at(thread).kind->name;
}

} // namespace trace
