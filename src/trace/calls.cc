// SPDX-License-Identifier: GPL-2.0
#include "trace/calls.h"

#include <linux/net.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>

#include "os/names.h"
#include "trace/decode.h"

/* Each architecture lacks some: then there is no such call. */
#ifndef SYS_accept
#define SYS_accept (-1)
#endif
#ifndef SYS_send
#define SYS_send (-1)
#endif
#ifndef SYS_recv
#define SYS_recv (-1)
#endif
#ifndef SYS_poll
#define SYS_poll (-1)
#endif
#ifndef SYS_ppoll_time64
#define SYS_ppoll_time64 (-1)
#endif
#ifndef SYS_epoll_wait
#define SYS_epoll_wait (-1)
#endif
#ifndef SYS_recvmmsg_time64
#define SYS_recvmmsg_time64 (-1)
#endif
#ifndef SYS_socketcall
#define SYS_socketcall (-1)
#endif

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

std::string joined(std::initializer_list<std::string> words)
{
	std::string text;

	for (const std::string &word : words)
		text += (text.empty() ? "" : ", ") + word;
	return text;
}

std::string descriptor(const Context &call)
{
	return std::to_string(call.integer(0));
}

/* What goes in. */

std::string integers(const Context &call, std::size_t count)
{
	std::string text;

	for (std::size_t i = 0; i < count; i++)
		text += (i ? ", " : "") + std::to_string(call.integer(i));
	return text;
}

std::string one_integer(const Context &call)
{
	return integers(call, 1);
}

std::string two_integers(const Context &call)
{
	return integers(call, 2);
}

std::string socket_in(const Context &call)
{
	return joined({os::family(call.integer(0)), os::socket_type(call.integer(1)),
		       std::to_string(call.integer(2))});
}

std::string address_in(const Context &call)
{
	return joined({descriptor(call), address_text(call.memory, call[1], call[2])});
}

std::string accept4_in(const Context &call)
{
	return joined({descriptor(call), os::socket_flags(call.integer(3))});
}

std::string shutdown_in(const Context &call)
{
	return joined({descriptor(call), os::shutdown_how(call.integer(1))});
}

std::string send_in(const Context &call)
{
	return joined({descriptor(call), bytes_text(call.memory, call.seeded, call[1], call[2]),
		       os::message_flags(call.integer(3))});
}

std::string sendto_in(const Context &call)
{
	return send_in(call) + (call[4] ? ", " + address_text(call.memory, call[4], call[5]) : "");
}

std::string write_in(const Context &call)
{
	return joined({descriptor(call), bytes_text(call.memory, call.seeded, call[1], call[2])});
}

std::string sendmsg_in(const Context &call)
{
	return joined({descriptor(call), message_text(call.memory, call.seeded, call.message(1)),
		       os::message_flags(call.integer(2))});
}

std::string writev_in(const Context &call)
{
	msghdr message = {};

	message.msg_iov = reinterpret_cast<iovec *>(static_cast<std::uintptr_t>(call[1]));
	message.msg_iovlen = static_cast<std::size_t>(call[2]);
	return joined({descriptor(call), message_text(call.memory, call.seeded, message)});
}

std::vector<mmsghdr> messages(const Context &call)
{
	constexpr std::uint64_t most = 1024; /* UIO_MAXIOV, the kernel's limit */

	return call.memory.array<mmsghdr>(call[1], std::min(call[2], most));
}

std::string sendmmsg_in(const Context &call)
{
	std::string text;

	for (const mmsghdr &message : messages(call))
		text += (text.empty() ? "" : ", ") + message_text(call.memory, call.seeded, message.msg_hdr);
	return joined({descriptor(call), '[' + text + ']', os::message_flags(call.integer(3))});
}

std::string recv_in(const Context &call)
{
	return joined({descriptor(call), room_text(call[1], call[2]), os::message_flags(call.integer(3))});
}

std::string read_in(const Context &call)
{
	return joined({descriptor(call), room_text(call[1], call[2])});
}

std::string recvmsg_in(const Context &call)
{
	return joined({descriptor(call), message_room_text(call.memory, call.message(1)),
		       os::message_flags(call.integer(2))});
}

std::string recvmmsg_in(const Context &call)
{
	return joined({descriptor(call), std::to_string(call[2]) + " messages",
		       os::message_flags(call.integer(3))});
}

std::string setsockopt_in(const Context &call)
{
	constexpr std::uint64_t most = 256;

	return joined({descriptor(call), os::option_name(call.integer(1), call.integer(2)),
		       call[4] <= most ? value_text(call.memory.read(call[3], call[4]))
				       : room_text(call[3], call[4])});
}

std::string getsockopt_in(const Context &call)
{
	return joined({descriptor(call), os::option_name(call.integer(1), call.integer(2))});
}

std::vector<pollfd> polled(const Context &call)
{
	constexpr std::uint64_t most = 64;

	return call.memory.array<pollfd>(call[0], std::min(call[1], most));
}

std::string poll_list(const Context &call)
{
	std::string text;

	for (const pollfd &one : polled(call))
		text += (text.empty() ? "" : ", ") + ('{' + std::to_string(one.fd)) + ", " +
			os::poll_events(static_cast<unsigned short>(one.events)) + '}';
	return '[' + text + ']';
}

std::string poll_in(const Context &call)
{
	return joined({poll_list(call), std::to_string(call.integer(2))});
}

std::string epoll_ctl_in(const Context &call)
{
	return joined({descriptor(call), os::epoll_operation(call.integer(1)),
		       std::to_string(call.integer(2)),
		       os::epoll_events(call.memory.object<epoll_event>(call[3]).events)});
}

std::string epoll_wait_in(const Context &call)
{
	return joined({descriptor(call), std::to_string(call.integer(2)), std::to_string(call.integer(3))});
}

std::string splice_in(const Context &call)
{
	return joined({descriptor(call), std::to_string(call.integer(2)), std::to_string(call[4])});
}

std::string sendfile_in(const Context &call)
{
	return joined({descriptor(call), std::to_string(call.integer(1)), std::to_string(call[3])});
}

std::string unshare_in(const Context &call)
{
	return os::clone_flags(call.integer(0));
}

std::string setns_in(const Context &call)
{
	return joined({descriptor(call), os::clone_flags(call.integer(1))});
}

std::string memory_in(const Context &call)
{
	return bytes_text(call.memory, call.seeded, call[0], call[1]);
}

std::string io_uring_enter_in(const Context &call)
{
	return joined({descriptor(call), std::to_string(call.integer(1)) + " to submit",
		       std::to_string(call.integer(2)) + " to complete", os::message_flags(call.integer(3))});
}

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
	std::string text;
	auto received = messages(call);

	received.resize(std::min<std::size_t>(received.size(), result));
	for (const mmsghdr &message : received)
		text += (text.empty() ? "{" : "}, {") + received_text(call.memory, call.seeded,
								      message.msg_hdr, message.msg_len,
								      call.integer(3));
	return text.empty() ? "" : text + '}';
}

std::string sendmmsg_out(const Context &call, std::int64_t result)
{
	std::string text;
	auto sent = messages(call);

	sent.resize(std::min<std::size_t>(sent.size(), result));
	for (const mmsghdr &message : sent)
		text += (text.empty() ? "" : ", ") + std::to_string(message.msg_len);
	return '[' + text + ']';
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
	std::string text;

	for (const pollfd &one : polled(call))
		if (one.revents)
			text += (text.empty() ? "" : ", ") + ('{' + std::to_string(one.fd)) + ", " +
				os::poll_events(static_cast<unsigned short>(one.revents)) + '}';
	return text;
}

std::string epoll_wait_out(const Context &call, std::int64_t result)
{
	std::string text;

	for (const epoll_event &one : call.memory.array<epoll_event>(call[1], result))
		text += (text.empty() ? "" : ", ") + os::epoll_events(one.events);
	return text;
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
	std::string (*in)(const Context &);
	std::string (*out)(const Context &, std::int64_t) = nullptr;
	Of of = Of::all;
};

namespace
{

const Kind kinds[] = {
	{SYS_socket, SYS_SOCKET, "socket", socket_in},
	{SYS_socketpair, SYS_SOCKETPAIR, "socketpair", socket_in, socketpair_out},
	{SYS_bind, SYS_BIND, "bind", address_in},
	{SYS_listen, SYS_LISTEN, "listen", two_integers},
	{SYS_accept, SYS_ACCEPT, "accept", one_integer, address_out},
	{SYS_accept4, SYS_ACCEPT4, "accept4", accept4_in, address_out},
	{SYS_connect, SYS_CONNECT, "connect", address_in},
	{SYS_shutdown, SYS_SHUTDOWN, "shutdown", shutdown_in},
	{SYS_getsockname, SYS_GETSOCKNAME, "getsockname", one_integer, address_out},
	{SYS_getpeername, SYS_GETPEERNAME, "getpeername", one_integer, address_out},
	{SYS_setsockopt, SYS_SETSOCKOPT, "setsockopt", setsockopt_in},
	{SYS_getsockopt, SYS_GETSOCKOPT, "getsockopt", getsockopt_in, getsockopt_out},
	{SYS_send, SYS_SEND, "send", send_in},
	{SYS_sendto, SYS_SENDTO, "sendto", sendto_in},
	{SYS_sendmsg, SYS_SENDMSG, "sendmsg", sendmsg_in},
	{SYS_sendmmsg, SYS_SENDMMSG, "sendmmsg", sendmmsg_in, sendmmsg_out},
	{SYS_recv, SYS_RECV, "recv", recv_in, bytes_out},
	{SYS_recvfrom, SYS_RECVFROM, "recvfrom", recv_in, bytes_out},
	{SYS_recvmsg, SYS_RECVMSG, "recvmsg", recvmsg_in, recvmsg_out},
	{SYS_recvmmsg, SYS_RECVMMSG, "recvmmsg", recvmmsg_in, recvmmsg_out},
	{SYS_recvmmsg_time64, 0, "recvmmsg", recvmmsg_in, recvmmsg_out},
	{SYS_write, 0, "write", write_in, nullptr, Of::sockets},
	{SYS_writev, 0, "writev", writev_in, nullptr, Of::sockets},
	{SYS_read, 0, "read", read_in, bytes_out, Of::sockets},
	{SYS_close, 0, "close", one_integer, nullptr, Of::sockets},
	{SYS_poll, 0, "poll", poll_in, poll_out, Of::waits},
	{SYS_ppoll, 0, "ppoll", poll_list, poll_out, Of::waits},
	{SYS_ppoll_time64, 0, "ppoll", poll_list, poll_out, Of::waits},
	{SYS_epoll_create1, 0, "epoll_create1", one_integer},
	{SYS_epoll_ctl, 0, "epoll_ctl", epoll_ctl_in},
	{SYS_epoll_wait, 0, "epoll_wait", epoll_wait_in, epoll_wait_out},
	{SYS_epoll_pwait, 0, "epoll_pwait", epoll_wait_in, epoll_wait_out},
	{SYS_splice, 0, "splice", splice_in},
	{SYS_sendfile, 0, "sendfile", sendfile_in},
	{SYS_unshare, 0, "unshare", unshare_in},
	{SYS_setns, 0, "setns", setns_in},
	{SYS_munmap, 0, "munmap", memory_in, nullptr, Of::payloads},
	{SYS_mprotect, 0, "mprotect", memory_in, nullptr, Of::payloads},
	{SYS_madvise, 0, "madvise", memory_in, nullptr, Of::payloads},
	{SYS_io_uring_setup, 0, "io_uring_setup", one_integer},
	{SYS_io_uring_enter, 0, "io_uring_enter", io_uring_enter_in},
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

	if (number < 0)
		return nullptr;
	if (number != SYS_socketcall)
		return find_kind([&](const Kind &kind) { return kind.number == number; });
	std::ranges::copy(Memory(call.thread).array<unsigned long>(call.arguments[1], call.arguments.size()),
			  call.arguments.begin());
	return find_kind([&](const Kind &kind) {
		return kind.socketcall && static_cast<std::uint64_t>(kind.socketcall) == which;
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
	return kind->name + ('(' + kind->in({call, Memory(call.thread), seeded_})) + ')';
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
