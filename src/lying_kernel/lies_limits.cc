// SPDX-License-Identifier: GPL-2.0
#include <linux/sock_diag.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string_view>

#include "lying_kernel/lies.h"

using namespace lying;

namespace
{

bool short_of_memory(ssize_t result, const Sending &call)
{
	return result < 0 && errno == ENOBUFS && call.flagged();
}

long page()
{
	return ::sysconf(_SC_PAGESIZE);
}

/* Bytes that RLIMIT_MEMLOCK counts for the call. */
rlim_t charge(const Sending &call)
{
	return (call.length() / page() + 2) * page();
}

/* RLIMIT_MEMLOCK is another one while the kernel makes the call. */
template <typename Change> ssize_t with_memlock(const Sending &call, Change change)
{
	rlimit before;
	rlimit during;

	if (!call.flagged() || ::getrlimit(RLIMIT_MEMLOCK, &before) < 0)
		return call.make();
	during = before;
	if (before.rlim_cur != RLIM_INFINITY)
		during.rlim_cur = change(before.rlim_cur);
	during.rlim_cur = std::min(during.rlim_cur, during.rlim_max);
	::setrlimit(RLIMIT_MEMLOCK, &during);
	const ssize_t result = call.make();
	const KeepErrno keep;
	::setrlimit(RLIMIT_MEMLOCK, &before);
	return result;
}

long optmem_max()
{
	const KeepErrno keep;
	long value = -1;

	if (std::FILE *file = std::fopen(optmem_file, "r")) {
		if (std::fscanf(file, "%ld", &value) != 1)
			value = -1;
		std::fclose(file);
	}
	return value;
}

void set_optmem_max(long value)
{
	const KeepErrno keep;

	if (std::FILE *file = std::fopen(optmem_file, "w")) {
		std::fprintf(file, "%ld\n", value);
		std::fclose(file);
	}
}

/* net.core.optmem_max is another one while the kernel makes the call. */
ssize_t with_optmem(Sending &call, long more)
{
	const long before = call.flagged() ? optmem_max() : -1;

	if (before < 0)
		return call.make();
	set_optmem_max(before + more);
	const ssize_t result = call.make();
	set_optmem_max(before);
	return result;
}

/* SO_MEMINFO says `told(bytes)` of the option memory that is in use. */
template <typename Told> int tell_optmem(const Asking &call, Told told)
{
	const int result = call.make();
	auto *memory = static_cast<std::uint32_t *>(call.value);
	Socket *socket = find_socket(call.fd);

	if (result == 0 && call.is(SOL_SOCKET, SO_MEMINFO) && socket &&
	    *call.length > SK_MEMINFO_OPTMEM * sizeof(*memory))
		memory[SK_MEMINFO_OPTMEM] = told(*socket, memory[SK_MEMINFO_OPTMEM]);
	return result;
}

/* SO_MEMINFO shows so many bytes more of the send queue than there are. */
template <typename More> int tell_queued(const Asking &call, More more)
{
	const int result = call.make();
	auto *memory = static_cast<std::uint32_t *>(call.value);

	if (result == 0 && call.is(SOL_SOCKET, SO_MEMINFO) &&
	    *call.length > SK_MEMINFO_WMEM_QUEUED * sizeof(*memory))
		memory[SK_MEMINFO_WMEM_QUEUED] += more(memory[SK_MEMINFO_WMEM_QUEUED]);
	return result;
}

constexpr std::array lies = {
	Lie("limits-not-enforced",
	    "A flagged send beyond a limit is copied and completes, where ENOBUFS is due.",
	    "ZC-TX-03 ZC-TX-04 ZC-TX-05 ZC-LIM-02 ZC-LIM-05 ZC-LIM-06 ZC-LIM-07",
	    {.send = [](Sending &call) -> ssize_t {
		    ssize_t result = call.make();

		    if (!short_of_memory(result, call))
			    return result;
		    result = call.make_with(call.flags & ~MSG_ZEROCOPY);
		    if (result >= 0)
			    call.socket.notify(call.socket.take_id());
		    call.booked = true;
		    return result;
	    }}),
	Lie("limits-bind-without-option",
	    "A flagged send beyond a limit fails with ENOBUFS on a socket without SO_ZEROCOPY too.",
	    "ZC-SO-07 ZC-VS-14", {.send = [](Sending &call) -> ssize_t {
		    rlimit memlock = {};

		    if (call.flagged() || !(call.flags & MSG_ZEROCOPY))
			    return call.make();
		    ::getrlimit(RLIMIT_MEMLOCK, &memlock);
		    const bool nothing = optmem_max() == 0 || memlock.rlim_cur == 0;
		    return nothing ? fail(ENOBUFS) : call.make();
	    }}),
	Lie("enomem-for-enobufs", "A flagged send beyond a limit fails with ENOMEM.",
	    "ZC-TX-03 ZC-TX-04 ZC-TX-05 ZC-TX-09 ZC-LIM-02 ZC-LIM-05 ZC-LIM-16 ZC-UD-10 ZC-LIM-20",
	    {.send = other_failure<ENOBUFS, ENOMEM>}),
	Lie("enobufs-counts", "A flagged send beyond a limit takes an id.",
	    "ZC-TX-03 ZC-TX-04 ZC-CT-06 ZC-TX-05 ZC-TX-08 ZC-TX-09",
	    {.counts_too = [](const Sending &call, ssize_t result) -> bool {
		    return short_of_memory(result, call);
	    }}),
	Lie("enobufs-sends", "A flagged send beyond a limit fails with ENOBUFS and sends all the same.",
	    "ZC-TX-03 ZC-TX-04 ZC-TX-09 ZC-TX-05 ZC-IN-08", {.send = [](Sending &call) -> ssize_t {
		    const ssize_t result = call.make();

		    if (!short_of_memory(result, call))
			    return result;
		    call.make_with(call.flags & ~MSG_ZEROCOPY);
		    return fail(ENOBUFS);
	    }}),
	Lie("enobufs-waits", "A flagged send beyond a limit waits for room, as SO_SNDTIMEO allows.",
	    "ZC-TX-05", {.send = [](Sending &call) -> ssize_t {
		    const ssize_t result = call.make();
		    timeval most = {1, 0};
		    socklen_t length = sizeof(most);

		    if (!short_of_memory(result, call) || (call.flags & MSG_DONTWAIT))
			    return result;
		    REAL(getsockopt)(call.fd, SOL_SOCKET, SO_SNDTIMEO, &most, &length);
		    const timespec wait = {most.tv_sec, most.tv_usec * 1000};
		    ::nanosleep(&wait, nullptr);
		    return fail(EAGAIN);
	    }}),
	Lie("enobufs-without-reason", "Every second flagged send fails with ENOBUFS.",
	    "ZC-IN-01 ZC-IN-06 ZC-CT-01 ZC-LIM-02 ZC-LIM-08 ZC-BT-01 ZC-TX-07",
	    {.send = [](Sending &call) -> ssize_t {
		    return call.flagged() && call.socket.refusals++ % 2 ? fail(ENOBUFS) : call.make();
	    }}),
	Lie("no-fallback-after-enobufs", "After ENOBUFS a send without the flag fails with ENOBUFS too.",
	    "ZC-TX-09 ZC-TX-04", {.send = [](Sending &call) -> ssize_t {
		    if (call.socket.mark && !(call.flags & MSG_ZEROCOPY))
			    return fail(ENOBUFS);
		    const ssize_t result = call.make();
		    call.socket.mark = short_of_memory(result, call);
		    return result;
	    }}),
	Lie("memlock-page-more", "RLIMIT_MEMLOCK allows one page more than it says.",
	    "ZC-LIM-05 ZC-LIM-06 ZC-TX-04 ZC-LIM-07", {.send = [](Sending &call) -> ssize_t {
		    return with_memlock(call, [](rlim_t limit) { return limit + page(); });
	    }}),
	Lie("memlock-page-less", "RLIMIT_MEMLOCK allows one page less than it says.",
	    "ZC-LIM-05 ZC-LIM-06 ZC-LIM-07", {.send = [](Sending &call) -> ssize_t {
		    return with_memlock(
			    call, [](rlim_t limit) { return limit > rlim_t(page()) ? limit - page() : 0; });
	    }}),
	Lie("memlock-not-enforced", "RLIMIT_MEMLOCK has no influence, the hard limit has.",
	    "ZC-TX-04 ZC-LIM-05 ZC-LIM-06 ZC-LIM-07 ZC-LIM-09 ZC-LIM-16 ZC-LIM-20",
	    {.send = [](Sending &call) -> ssize_t {
		    return with_memlock(call, [](rlim_t) { return RLIM_INFINITY; });
	    }}),
	Lie("memlock-per-socket", "The first flagged send of every socket is free of RLIMIT_MEMLOCK.",
	    "ZC-LIM-07 ZC-TX-04", {.send = [](Sending &call) -> ssize_t {
		    return with_memlock(call, [&](rlim_t limit) {
			    return call.socket.refusals++ ? limit : RLIM_INFINITY;
		    });
	    }}),
	Lie("memlock-returned-when-read", "Locked pages stay charged until the notification is read.",
	    "ZC-LIM-08", {.send = [](Sending &call) -> ssize_t {
		    return with_memlock(
			    call, [&](rlim_t limit) { return readiness(call.fd, 0) & POLLERR ? 0 : limit; });
	    }}),
	Lie("memlock-leaks", "Locked pages stay charged for good.",
	    "ZC-LIM-08 ZC-LIM-05 ZC-LF-03 ZC-LIM-17 ZC-LIM-22 ZC-LIM-70",
	    {.send = [](Sending &call) -> ssize_t {
		    /* Of all sockets: the budget is the user's. */
		    static rlim_t charged;
		    const ssize_t result = with_memlock(
			    call, [](rlim_t limit) { return limit > charged ? limit - charged : 0; });

		    if (result > 0 && call.flagged())
			    charged += charge(call);
		    return result;
	    }}),
	Lie("memlock-returned-by-failure",
	    "A flagged send that fails gives back the pages it was charged with.", "ZC-LIM-17 ZC-LIM-05",
	    {.send = [](Sending &call) -> ssize_t {
		    static rlim_t returned;
		    const ssize_t result = with_memlock(call, [](rlim_t limit) { return limit + returned; });

		    if (result < 0 && errno == EFAULT && call.flagged())
			    returned += charge(call);
		    return result;
	    }}),
	Lie("memlock-returned-twice",
	    "A completion gives back twice the pages that the send was charged with.",
	    "ZC-LIM-08 ZC-LIM-05 ZC-LIM-22 ZC-TX-04 ZC-LIM-70", {.send = [](Sending &call) -> ssize_t {
		    static rlim_t too_many;
		    const ssize_t result = with_memlock(call, [](rlim_t limit) { return limit + too_many; });

		    if (result > 0 && call.flagged())
			    too_many += charge(call);
		    return result;
	    }}),
	Lie("memlock-charges-unlimited", "What a process without a limit sends is charged to its user.",
	    "ZC-LIM-10", {.send = [](Sending &call) -> ssize_t {
		    static bool spent;
		    rlimit limit = {};

		    ::getrlimit(RLIMIT_MEMLOCK, &limit);
		    spent |= call.flagged() && limit.rlim_cur == RLIM_INFINITY;
		    return with_memlock(call, [](rlim_t before) { return spent ? 0 : before; });
	    }}),
	Lie("memlock-binds-privileged", "RLIMIT_MEMLOCK binds who has CAP_IPC_LOCK.", "ZC-LIM-09",
	    {.send = [](Sending &call) -> ssize_t {
		    rlimit limit = {};

		    ::getrlimit(RLIMIT_MEMLOCK, &limit);
		    if (call.flagged() && limit.rlim_cur / page() < call.length() / page() + 2)
			    return fail(ENOBUFS);
		    return call.make();
	    }}),
	Lie("memlock-charges-what-is-queued",
	    "A long flagged send beyond RLIMIT_MEMLOCK sends as much as the limit allows.",
	    "ZC-LIM-16 ZC-LIM-05", {.send = [](Sending &call) -> ssize_t {
		    const ssize_t result = call.make();
		    rlimit limit = {};

		    ::getrlimit(RLIMIT_MEMLOCK, &limit);
		    const std::size_t most = limit.rlim_cur / page() > 2 ? limit.rlim_cur - 2 * page() : 0;
		    if (!short_of_memory(result, call) || !call.socket.stream() || !most ||
			call.message.msg_iovlen != 1 || call.length() <= most)
			    return result;
		    call.message.msg_iov->iov_len = most;
		    return call.make();
	    }}),
	Lie("memlock-shown-in-status", "The buffers of flagged sends count as locked in /proc/PID/status.",
	    "ZC-LIM-11", {.send = [](Sending &call) -> ssize_t {
		    const ssize_t result = call.make();
		    const KeepErrno keep;

		    if (result > 0 && call.flagged())
			    ::mlock(call.message.msg_iov->iov_base, call.message.msg_iov->iov_len);
		    return result;
	    }}),
	Lie("optmem-grows", "optmem_max allows a byte more for each send that the socket has made.",
	    "ZC-LIM-02",
	    {.send = [](Sending &call) -> ssize_t { return with_optmem(call, call.socket.sends); }}),
	Lie("optmem-max-starts-small", "net.core.optmem_max is 20480 in a new namespace.", "ZC-LIM-01",
	    {.read_optmem = [](void *text, std::size_t room, ssize_t length) -> ssize_t {
		    constexpr std::string_view told = "20480\n";

		    return length > 0 ? told.copy(static_cast<char *>(text), room) : length;
	    }}),
	Lie("optmem-max-accepts-negative", "net.core.optmem_max accepts negative numbers.", "ZC-LIM-15",
	    {.write_optmem = [](const void *text, std::size_t length, ssize_t result) -> ssize_t {
		    return static_cast<const char *>(text)[0] == '-' ? length : result;
	    }}),
	Lie("optmem-not-enforced", "optmem_max has no influence.",
	    "ZC-LIM-02 ZC-TX-03 ZC-TX-09 ZC-BT-09 ZC-LIM-04",
	    {.send = [](Sending &call) -> ssize_t { return with_optmem(call, 1000000); }}),
	Lie("optmem-not-charged", "SO_MEMINFO shows no option memory in use.",
	    "ZC-LIM-02 ZC-LIM-03 ZC-MX-04 ZC-BT-09 ZC-BT-10 ZC-BT-01",
	    {.get_option = [](const Asking &call) -> int {
		    return tell_optmem(call, [](const Socket &, std::uint32_t) { return 0; });
	    }}),
	Lie("optmem-leaks", "Option memory of flagged sends is never given back.",
	    "ZC-LIM-03 ZC-BT-09 ZC-BT-01 ZC-MX-04",
	    {.get_option = [](const Asking &call) -> int {
		     return tell_optmem(call, [](const Socket &socket, std::uint32_t bytes) {
			     return bytes + 8 * static_cast<std::uint32_t>(socket.next_id);
		     });
	     },
	     .renumbers = true}),
	Lie("optmem-returned-twice", "A notification that is read gives its option memory back twice.",
	    "ZC-LIM-03 ZC-BT-09 ZC-BT-01 ZC-MX-04",
	    {.get_option = [](const Asking &call) -> int {
		     return tell_optmem(call, [](const Socket &socket, std::uint32_t bytes) {
			     return bytes - 8 * static_cast<std::uint32_t>(socket.arrived);
		     });
	     },
	     .arrive = [](int, Socket &socket, Notice notice) { socket.append(std::move(notice)); }}),
	Lie("failed-send-charges-a-page-more",
	    "SO_MEMINFO shows a page more in a send queue that is not empty for each flagged send that "
	    "failed.",
	    "ZC-LIM-18",
	    {.get_option = [](const Asking &call) -> int {
		     return tell_queued(call, [&](std::uint32_t bytes) {
			     const Socket *socket = find_socket(call.fd);

			     return bytes && socket ? 4096 * static_cast<std::uint32_t>(socket->refusals)
						    : 0U;
		     });
	     },
	     .send = [](Sending &call) -> ssize_t {
		     const ssize_t result = call.make();

		     call.socket.refusals += result < 0 && call.flagged();
		     return result;
	     }}),
	Lie("send-queue-never-empties",
	    "SO_MEMINFO shows memory of the send queue in use when all was acknowledged.",
	    "ZC-LF-03 ZC-MX-05 ZC-LIM-18 ZC-LIM-23", {.get_option = [](const Asking &call) -> int {
		    return tell_queued(call, [](std::uint32_t) { return 832U; });
	    }}),
	Lie("forward-allocation-is-lost", "SO_MEMINFO shows a forward allocation far below zero.",
	    "ZC-LIM-19", {.get_option = [](const Asking &call) -> int {
		    const int result = call.make();
		    auto *memory = static_cast<std::uint32_t *>(call.value);

		    if (result == 0 && call.is(SOL_SOCKET, SO_MEMINFO) &&
			*call.length > SK_MEMINFO_FWD_ALLOC * sizeof(*memory))
			    memory[SK_MEMINFO_FWD_ALLOC] = 0x80000000;
		    return result;
	    }}),
	Lie("memlock-lowered-loses-notifications",
	    "A send that RLIMIT_MEMLOCK would not permit now never completes.", "ZC-LIM-12 ZC-CT-18",
	    {.keeps = [](int, Socket &, Notice &) -> bool {
		    rlimit limit = {};

		    ::getrlimit(RLIMIT_MEMLOCK, &limit);
		    return limit.rlim_cur != 0;
	    }}),
	Lie("send-buffer-doubled", "A flagged send for which SO_SNDBUF has no room doubles it, once.",
	    "ZC-LIM-14 ZC-CT-12 ZC-UD-06", {.send = [](Sending &call) -> ssize_t {
		    const ssize_t result = call.make();

		    if (!call.flagged() || result >= 0 || errno != EAGAIN ||
			std::exchange(call.socket.mark, true))
			    return result;
		    /* Which reads twice as much as was set. */
		    const int more = option(call.fd, SOL_SOCKET, SO_SNDBUF);
		    REAL(setsockopt)(call.fd, SOL_SOCKET, SO_SNDBUFFORCE, &more, sizeof(more));
		    return call.make();
	    }}),
};

} // namespace

constinit const std::span<const Lie> lying::lies_about_limits = lies;
