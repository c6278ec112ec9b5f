// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <netinet/tcp.h>
#include <time.h>

#include <algorithm>

#include "lying_kernel/lies.h"

using namespace lying;

namespace
{

/* A call on a socket without the option, as one with it. */
ssize_t make_with_option(Sending &call, std::optional<std::uint32_t> id)
{
	set_zerocopy(call.fd, 1);
	const ssize_t result = call.make_with(call.flags | MSG_ZEROCOPY);
	set_zerocopy(call.fd, 0);
	if (result > 0)
		call.socket.kernel_counted(id ? id : std::nullopt);
	call.booked = true;
	return result;
}

bool flag_alone(const Sending &call)
{
	return (call.flags & MSG_ZEROCOPY) && option(call.fd, SOL_SOCKET, SO_ZEROCOPY) == 0;
}

/* The flag does not reach the kernel in this kind of call. */
template <Sending::Kind kind> ssize_t without_flag(Sending &call)
{
	return call.make_with(call.kind == kind ? call.flags & ~MSG_ZEROCOPY : call.flags);
}

/* A flagged call that has all of these flags too fails so. */
template <int flags, int error> ssize_t refuse_combination(Sending &call)
{
	if (call.flagged() && (call.flags & flags) == flags && call.message.msg_control == nullptr)
		return fail(error);
	return call.make();
}

/* A flagged call that has all of these flags too sends without it. */
template <int flags> ssize_t combination_without_flag(Sending &call)
{
	const bool both = (call.flags & flags) == flags;

	return call.make_with(both ? call.flags & ~MSG_ZEROCOPY : call.flags);
}

/* Besides this thread another one sends, or has sent. */
bool other_thread_sends(Socket &socket)
{
	static thread_local const char own = 0;
	const auto me = reinterpret_cast<std::uint64_t>(&own);
	const auto lock = guard();
	const std::uint64_t last = std::exchange(socket.peeks, me);

	socket.mark |= last && last != me;
	return socket.mark;
}

constexpr std::array lies = {
	Lie("flag-without-option-counts", "MSG_ZEROCOPY takes effect without SO_ZEROCOPY.",
	    "ZC-SO-07 ZC-VS-14", {.send = [](Sending &call) -> ssize_t {
		    return flag_alone(call) ? make_with_option(call, call.socket.take_id()) : call.make();
	    }}),
	Lie("flag-without-option-refused", "MSG_ZEROCOPY without SO_ZEROCOPY fails with ENOBUFS.", "ZC-SO-07",
	    {.send = [](Sending &call) -> ssize_t {
		    return flag_alone(call) ? fail(ENOBUFS) : call.make();
	    }}),
	Lie("flag-without-option-shares",
	    "MSG_ZEROCOPY without SO_ZEROCOPY shares the buffer, and says nothing of it.", "ZC-SO-07",
	    {.send = [](Sending &call) -> ssize_t {
		     return flag_alone(call) ? make_with_option(call, std::nullopt) : call.make();
	     },
	     .hides = true}),
	Lie("send-ignores-flag", "send() copies, and gives no id.",
	    "ZC-TX-01 ZC-IN-01 ZC-CT-01 ZC-IN-06 ZC-RX-50 ZC-RX-51 ZC-CT-18",
	    {.send = without_flag<Sending::send>}),
	Lie("sendto-ignores-flag", "sendto() with an address copies, and gives no id.",
	    "ZC-TX-01 ZC-UD-05 ZC-LF-07 ZC-CT-18", {.send = without_flag<Sending::sendto>}),
	Lie("sendmsg-ignores-flag", "sendmsg() copies, and gives no id.", "ZC-TX-01 ZC-CT-02",
	    {.send = without_flag<Sending::sendmsg>}),
	Lie("sendmmsg-ignores-flag", "sendmmsg() copies, and gives no ids.", "ZC-TX-01 ZC-TX-02 ZC-CT-18",
	    {.send = without_flag<Sending::sendmmsg>}),
	Lie("sendmmsg-counts-once", "All messages of a sendmmsg() share one id.",
	    "ZC-TX-01 ZC-TX-02 ZC-CT-18", {.number = [](const Sending &call) -> std::uint32_t {
		    return call.kind == Sending::sendmmsg && call.index > 0 ? call.socket.next_id - 1
									    : call.socket.take_id();
	    }}),
	Lie("sendmmsg-failure-counts", "The message at which sendmmsg() stops takes an id.", "ZC-TX-02",
	    {.counts_too = [](const Sending &call, ssize_t result) -> bool {
		    return call.kind == Sending::sendmmsg && result < 0;
	    }}),
	Lie("write-completes", "write(), splice() and sendfile() give ids and notifications.",
	    "ZC-TX-13 ZC-TX-14 ZC-MEM-80",
	    {.wrote = [](int fd, Socket &socket, std::size_t) -> void {
		     const auto lock = guard();

		     if (option(fd, SOL_SOCKET, SO_ZEROCOPY) == 1)
			     socket.notify(socket.take_id());
	     },
	     .renumbers = true}),
	Lie("urgent-refused", "MSG_OOB with MSG_ZEROCOPY is refused on streams.", "ZC-TX-10",
	    {.send = refuse_combination<MSG_OOB, EINVAL>}),
	Lie("urgent-not-counted", "MSG_OOB with MSG_ZEROCOPY copies, and gives no id.",
	    "ZC-TX-10 ZC-CT-18 ZC-IN-01", {.send = combination_without_flag<MSG_OOB>}),
	Lie("end-of-record-refused", "MSG_EOR with MSG_ZEROCOPY is refused.", "ZC-TX-11",
	    {.send = refuse_combination<MSG_EOR, EINVAL>}),
	Lie("end-of-record-not-counted", "MSG_EOR with MSG_ZEROCOPY copies, and gives no id.",
	    "ZC-TX-11 ZC-CT-18 ZC-IN-01", {.send = combination_without_flag<MSG_EOR>}),
	Lie("more-refused", "MSG_MORE with MSG_ZEROCOPY is refused.",
	    "ZC-TX-12 ZC-IN-03 ZC-MX-03 ZC-CP-06 ZC-TX-60", {.send = refuse_combination<MSG_MORE, EINVAL>}),
	Lie("small-data-does-not-wait", "A flagged call sets TCP_NODELAY.", "ZC-TX-60",
	    {.send = [](Sending &call) -> ssize_t {
		    const int on = 1;

		    if (call.flagged())
			    REAL(setsockopt)(call.fd, SOL_TCP, TCP_NODELAY, &on, sizeof(on));
		    return call.make();
	    }}),
	Lie("confirm-refused", "MSG_CONFIRM with MSG_ZEROCOPY is refused.", "ZC-TX-12",
	    {.send = refuse_combination<MSG_CONFIRM, EINVAL>}),
	Lie("bad-control-message-accepted",
	    "A flagged call with a control message that makes no sense sends.", "ZC-TX-18 ZC-TX-19",
	    {.send = [](Sending &call) -> ssize_t {
		    const ssize_t result = call.make();

		    if (result >= 0 || errno != EINVAL || !call.message.msg_control || !call.flagged())
			    return result;
		    call.message.msg_control = nullptr;
		    call.message.msg_controllen = 0;
		    return call.make();
	    }}),
	Lie("control-messages-ignored", "A flagged call ignores its control messages.",
	    "ZC-TS-70 ZC-UD-03 ZC-UD-80", {.send = [](Sending &call) -> ssize_t {
		    if (call.flagged()) {
			    call.message.msg_control = nullptr;
			    call.message.msg_controllen = 0;
		    }
		    return call.make();
	    }}),
	Lie("unconnected-says-enotconn",
	    "A flagged send without a connection fails with ENOTCONN instead of EPIPE.", "ZC-TX-21 ZC-TX-16",
	    {.send = other_failure<EPIPE, ENOTCONN>}),
	Lie("broken-pipe-counts", "A flagged send that fails with EPIPE takes an id and notifies.",
	    "ZC-TX-15 ZC-TX-16 ZC-CT-06", {.notifies_too = [](const Sending &call, ssize_t result) -> bool {
		    return result < 0 && errno == EPIPE && (call.flags & MSG_ZEROCOPY);
	    }}),
	Lie("reset-hidden-from-send",
	    "A flagged send on a stream that is reset, shut down or not connected claims to have sent.",
	    "ZC-TX-17 ZC-CT-18 ZC-TX-16 ZC-TX-21", {.send = [](Sending &call) -> ssize_t {
		    const ssize_t result = call.make();

		    if (result < 0 && (errno == ECONNRESET || errno == EPIPE) && call.flagged())
			    return call.length();
		    return result;
	    }}),
	Lie("reset-counts", "A flagged send that fails because of a reset takes an id and notifies.",
	    "ZC-TX-17 ZC-TX-15 ZC-CT-06 ZC-CT-18 ZC-TX-81",
	    {.notifies_too = [](const Sending &call, ssize_t result) -> bool {
		    return result < 0 && (errno == ECONNRESET || errno == EPIPE || errno == ECONNREFUSED) &&
			   (call.flags & MSG_ZEROCOPY);
	    }}),
	Lie("unsent-limit-ignored", "TCP_NOTSENT_LOWAT does not bind flagged data.", "ZC-TX-80",
	    {.send = [](Sending &call) -> ssize_t {
		    constexpr int none = -1;
		    const ssize_t result = call.make();

		    if (!call.flagged() || result >= 0 || errno != EAGAIN || !call.socket.stream() ||
			option(call.fd, SOL_TCP, TCP_NOTSENT_LOWAT) <= 0)
			    return result;
		    REAL(setsockopt)(call.fd, SOL_TCP, TCP_NOTSENT_LOWAT, &none, sizeof(none));
		    return call.make();
	    }}),
	Lie("sends-come-between-each-other",
	    "While one thread sends on a stream, another's data gets between.", "ZC-CT-22",
	    {.send = [](Sending &call) -> ssize_t {
		    constexpr timespec pause = {0, 1000000};
		    const std::size_t half = call.length() / 2;
		    const std::size_t rest = call.length() - half;

		    if (!call.flagged() || !call.socket.stream() || !half || call.message.msg_iovlen != 1 ||
			!other_thread_sends(call.socket))
			    return call.make();
		    iovec &vector = *call.message.msg_iov;
		    vector.iov_len = half;
		    const ssize_t first = call.make();
		    if (first != static_cast<ssize_t>(half))
			    return first;
		    ::nanosleep(&pause, nullptr);
		    vector = {static_cast<char *>(vector.iov_base) + half, rest};
		    const ssize_t second = call.make_with(call.flags & ~MSG_ZEROCOPY);
		    return first + std::max<ssize_t>(second, 0);
	    }}),
	Lie("failure-beside-a-thread-counts",
	    "A flagged call that fails on a socket that another thread sends on takes an id.",
	    "ZC-CT-20 ZC-CT-01", {.count = [](const Sending &call, ssize_t result, bool counts) -> void {
		    const bool beside = other_thread_sends(call.socket);

		    if (counts)
			    call.socket.kernel_counted(call.socket.take_id());
		    else if (beside && result < 0 && call.flagged())
			    call.socket.take_id();
	    }}),
	Lie("range-covers-the-next-call",
	    "Where several threads send, a notification covers the id of the next call, too.",
	    "ZC-CT-20 ZC-CT-18",
	    {.send = [](Sending &call) -> ssize_t {
		     other_thread_sends(call.socket);
		     return call.make();
	     },
	     .change = [](Socket &socket, Notice &notice) { notice.err().ee_data += socket.mark; }}),
	Lie("send-fails-while-notification-queued",
	    "A queued notification makes the next send fail with EIO.", "ZC-RX-09 ZC-BT-01",
	    {.send = [](Sending &call) -> ssize_t {
		    return (readiness(call.fd, 0) & POLLERR) ? fail(EIO) : call.make();
	    }}),
};

} // namespace

constinit const std::span<const Lie> lying::lies_about_sending = lies;
