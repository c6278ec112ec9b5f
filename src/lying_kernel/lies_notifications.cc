// SPDX-License-Identifier: GPL-2.0
#include <time.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "lying_kernel/lies.h"
#include "lying_kernel/real.h"

namespace lying
{

namespace
{

std::uint32_t ids(Notice &notice)
{
	return notice.err().ee_data - notice.err().ee_info + 1;
}

/* Each id by itself to `each`, which says whether the program sees it. */
template <typename Each> void one_by_one(Socket &socket, Notice &notice, Each each)
{
	const std::uint32_t lo = notice.err().ee_info;
	const std::uint32_t count = ids(notice);

	for (std::uint32_t i = 0; i < count; i++) {
		notice.err().ee_info = notice.err().ee_data = lo + i;
		if (each(lo + i))
			socket.append(notice);
	}
}

void split(int, Socket &socket, Notice notice)
{
	const std::uint32_t lo = notice.err().ee_info;
	const std::uint32_t count = ids(notice);

	for (std::uint32_t i = 0; i < count; i++) {
		notice.err().ee_info = notice.err().ee_data = lo + i;
		socket.append_apart(notice);
	}
}

constexpr std::array lies = {
	Lie{.name = "lost",
	    .description = "No notification ever comes.",
	    .breaks = {"ZC-IN-01", "ZC-IN-02", "ZC-CT-18", "ZC-CP-01", "ZC-RX-02", "ZC-RX-20", "ZC-BT-01",
		       "ZC-LO-02", "ZC-VS-30", "ZC-VS-32"},
	    // NOLINTNEXTLINE(performance-unnecessary-value-param)
	    .arrive = [](int, Socket &, Notice) {},
	    .hides = true},
	Lie{.name = "first-lost",
	    .description = "The first notification of a socket is lost.",
	    .breaks = {"ZC-IN-01", "ZC-CT-01", "ZC-CT-18", "ZC-CP-01"},
	    .arrive =
		    [](int, Socket &socket, Notice notice) {
			    if (socket.arrived > 1)
				    socket.append(std::move(notice));
		    },
	    .hides = true},
	Lie{.name = "last-lost",
	    .description = "A notification is lost unless another one follows it.",
	    .breaks = {"ZC-IN-01", "ZC-CT-01", "ZC-CT-18", "ZC-CP-01"},
	    .arrive =
		    [](int, Socket &socket, Notice notice) {
			    if (!socket.queue.empty())
				    socket.queue.back().due = {};
			    notice.due = Clock::time_point::max();
			    socket.append_apart(std::move(notice));
		    },
	    .hides = true},
	Lie{.name = "last-of-range-lost",
	    .description = "A range of several ids leaves its last out.",
	    .breaks = {"ZC-BT-01", "ZC-CT-18", "ZC-MX-03", "ZC-MX-04", "ZC-BT-05", "ZC-BT-10"},
	    .arrive =
		    [](int, Socket &socket, Notice notice) {
			    if (ids(notice) > 1)
				    notice.err().ee_data--;
			    socket.append(std::move(notice));
		    }},
	Lie{.name = "every-third-lost",
	    .description = "Every third id is never reported.",
	    .breaks = {"ZC-CT-18", "ZC-BT-01", "ZC-CT-01", "ZC-BT-12", "ZC-IN-08", "ZC-CT-20"},
	    .arrive =
		    [](int, Socket &socket, Notice notice) {
			    one_by_one(socket, notice, [](std::uint32_t id) { return id % 3 != 2; });
		    },
	    .hides = true},
	Lie{.name = "duplicated",
	    .description = "Every notification comes twice.",
	    .breaks = {"ZC-IN-01", "ZC-CT-18", "ZC-CP-01", "ZC-CT-01", "ZC-BT-12", "ZC-RX-19"},
	    .arrive =
		    [](int, Socket &socket, Notice notice) {
			    socket.append_apart(notice);
			    socket.append_apart(std::move(notice));
		    }},
	Lie{.name = "late",
	    .description = "A notification shows only 20 ms after its completion.",
	    .breaks = {"ZC-CP-02", "ZC-CP-03", "ZC-CP-05", "ZC-LF-02", "ZC-CP-09"},
	    .arrive =
		    [](int, Socket &socket, Notice notice) {
			    notice.due = Clock::now() + std::chrono::milliseconds(20);
			    socket.append(std::move(notice));
		    },
	    .hides = true},
	Lie{.name = "range-swapped",
	    .description = "ee_info is the end of the range and ee_data its start.",
	    .breaks = {"ZC-PA-06", "ZC-BT-01", "ZC-MX-04", "ZC-BT-04", "ZC-BT-05"},
	    .change = [](Socket &,
			 Notice &notice) { std::swap(notice.err().ee_info, notice.err().ee_data); }},
	Lie{.name = "range-exclusive",
	    .description = "ee_data is the id behind the range.",
	    .breaks = {"ZC-PA-06", "ZC-PA-05", "ZC-IN-01", "ZC-CT-01", "ZC-BT-01"},
	    .change = [](Socket &, Notice &notice) { notice.err().ee_data++; }},
	Lie{.name = "range-is-a-count",
	    .description = "ee_data is how many ids the range has.",
	    .breaks = {"ZC-PA-06", "ZC-BT-01", "ZC-PA-05"},
	    .change = [](Socket &, Notice &notice) { notice.err().ee_data = ids(notice); }},
	Lie{.name = "wrong-origin",
	    .description = "ee_origin is SO_EE_ORIGIN_LOCAL.",
	    .breaks = {"ZC-PA-05", "ZC-PA-11", "ZC-IN-01"},
	    .change = [](Socket &, Notice &notice) { notice.err().ee_origin = SO_EE_ORIGIN_LOCAL; }},
	Lie{.name = "errno-set",
	    .description = "ee_errno is ENOMSG.",
	    .breaks = {"ZC-PA-05", "ZC-PA-11", "ZC-IN-01"},
	    .change = [](Socket &, Notice &notice) { notice.err().ee_errno = ENOMSG; }},
	Lie{.name = "type-set",
	    .description = "ee_type is 1.",
	    .breaks = {"ZC-PA-05"},
	    .change = [](Socket &, Notice &notice) { notice.err().ee_type = 1; }},
	Lie{.name = "code-has-other-bits",
	    .description = "ee_code has a bit that nobody knows.",
	    .breaks = {"ZC-PA-05"},
	    .change = [](Socket &, Notice &notice) { notice.err().ee_code |= 0x80; }},
	Lie{.name = "pad-set",
	    .description = "ee_pad is 1.",
	    .breaks = {"ZC-PA-05"},
	    .change = [](Socket &, Notice &notice) { notice.err().ee_pad = 1; }},
	Lie{.name = "wrong-level",
	    .description = "The control message has the level of the other address family.",
	    .breaks = {"ZC-PA-01", "ZC-PA-02", "ZC-PA-04", "ZC-PA-03", "ZC-PA-09", "ZC-UD-07"},
	    .change =
		    [](Socket &, Notice &notice) {
			    errqueue::ControlMessage &header = notice.completion->header;

			    header.type = header.level == SOL_IP ? IPV6_RECVERR : IP_RECVERR;
			    header.level = header.level == SOL_IP ? SOL_IPV6 : SOL_IP;
		    }},
	Lie{.name = "wrong-type",
	    .description = "The control message has the type of another option.",
	    .breaks = {"ZC-PA-01", "ZC-PA-02", "ZC-PA-03", "ZC-PA-09", "ZC-UD-07"},
	    .change = [](Socket &, Notice &notice) { notice.completion->header.type++; }},
	Lie{.name = "no-offender",
	    .description = "The control message ends before the offender's address.",
	    .breaks = {"ZC-PA-01", "ZC-PA-02"},
	    .change = [](Socket &, Notice &notice) { notice.completion->offender.clear(); }},
	Lie{.name = "wrong-control-length",
	    .description = "cmsg_len counts the padding behind the control message's data.",
	    .breaks = {"ZC-PA-01", "ZC-PA-02"},
	    .change =
		    [](Socket &, Notice &notice) {
			    Bytes &offender = notice.completion->offender;

			    offender.resize(offender.size() + 4);
		    }},
	Lie{.name = "offender-set",
	    .description = "The offender is an address, 127.0.0.1.",
	    .breaks = {"ZC-PA-05"},
	    .change =
		    [](Socket &, Notice &notice) {
			    Bytes &offender = notice.completion->offender;

			    /* VSOCK tells none. */
			    offender.resize(std::max(offender.size(), sizeof(sockaddr_in)));
			    offender[0] = AF_INET;
			    offender[4] = 127;
			    offender[7] = 1;
		    }},
	Lie{.name = "another-control-message-first",
	    .description = "A time stamp that nobody asked for precedes the notification.",
	    .breaks = {"ZC-PA-07", "ZC-PA-08", "ZC-IN-01"},
	    .change =
		    [](Socket &, Notice &notice) {
			    notice.controls.insert(notice.controls.begin(),
						   {SOL_SOCKET, SCM_TIMESTAMP, Bytes(sizeof(timeval))});
		    }},
	Lie{.name = "flags-lack-errqueue",
	    .description = "msg_flags of a notification lacks MSG_ERRQUEUE.",
	    .breaks = {"ZC-RX-11"},
	    .change = [](Socket &, Notice &notice) { notice.flags = 0; }},
	Lie{.name = "flags-say-truncated",
	    .description = "msg_flags of a notification has MSG_TRUNC.",
	    .breaks = {"ZC-RX-11"},
	    .change = [](Socket &, Notice &notice) { notice.flags |= MSG_TRUNC; }},
	Lie{.name = "payload-returned",
	    .description = "A notification carries 64 bytes of payload.",
	    .breaks = {"ZC-RX-11", "ZC-RX-14", "ZC-TS-05"},
	    .change = [](Socket &, Notice &notice) { notice.payload.resize(64); }},
	Lie{.name = "name-filled",
	    .description = "A notification comes with an address.",
	    .breaks = {"ZC-RX-12"},
	    .change =
		    [](Socket &socket, Notice &notice) {
			    notice.name.resize(socket.family == AF_INET ? sizeof(sockaddr_in)
									: sizeof(sockaddr_in6));
			    notice.name[0] = static_cast<std::uint8_t>(socket.family);
		    }},
	/* Only a few times: a reader who drains the queue must end. */
	Lie{.name = "empty-queue-gives-zero",
	    .description = "Reading an empty error queue returns 0.",
	    .breaks = {"ZC-RX-01", "ZC-SO-14"},
	    .empty = [](int, Socket &socket, msghdr &message) -> ssize_t {
		    message.msg_controllen = 0;
		    message.msg_flags = MSG_ERRQUEUE;
		    return socket.refusals++ < 3 ? 0 : fail(EAGAIN);
	    }},
	Lie{.name = "empty-queue-gives-enoent",
	    .description = "Reading an empty error queue fails with ENOENT.",
	    .breaks = {"ZC-RX-01", "ZC-SO-14"},
	    .empty = [](int, Socket &, msghdr &) -> ssize_t { return fail(ENOENT); }},
	/* Longer than is patient, shorter than the harness waits for the case: once. */
	Lie{.name = "empty-queue-blocks",
	    .description = "Reading an empty error queue waits, for three seconds and a half.",
	    .breaks = {"ZC-RX-01"},
	    .empty = [](int, Socket &socket, msghdr &) -> ssize_t {
		    constexpr timespec wait = {3, 500000000};

		    if (socket.refusals++ == 0)
			    ::nanosleep(&wait, nullptr);
		    return fail(EAGAIN);
	    }},
	Lie{.name = "truncation-hidden",
	    .description = "A control buffer that is too small is not told by MSG_CTRUNC.",
	    .breaks = {"ZC-RX-13"},
	    .delivery = {.hide_truncation = true}},
	Lie{.name = "truncation-for-lack-of-padding",
	    .description = "A control buffer without room for padding is told to be too small.",
	    .breaks = {"ZC-RX-13"},
	    .delivery = {.wants_padding = true}},
	Lie{.name = "truncated-stays",
	    .description = "A notification that did not fit the control buffer stays in the queue.",
	    .breaks = {"ZC-RX-13", "ZC-RX-14"},
	    .keeps_when_truncated = true},
	Lie{.name = "unwritable-control-refused",
	    .description = "Reading into an unwritable control buffer fails with EFAULT.",
	    .breaks = {"ZC-RX-15"},
	    .delivery = {.fault_is_error = true}},
	Lie{.name = "peek-honoured",
	    .description = "MSG_PEEK leaves the notification in the queue.",
	    .breaks = {"ZC-RX-16"},
	    .keeps_when_peeked = true},
	Lie{.name = "read-without-control-refused",
	    .description = "Reading a notification without a control buffer fails with EINVAL.",
	    .breaks = {"ZC-RX-14"},
	    .refuse_read =
		    [](int fd, Socket &, const msghdr &message, int) {
			    return !message.msg_control && (readiness(fd, 0) & POLLERR) ? EINVAL : 0;
		    }},
	Lie{.name = "never-merged",
	    .description = "Every id has an entry of its own.",
	    .breaks = {"ZC-BT-01", "ZC-BT-05", "ZC-BT-04", "ZC-MX-04", "ZC-BT-08", "ZC-MX-03"},
	    .arrive = split,
	    .hides = true},
	Lie{.name = "merged-tail-dropped",
	    .description = "An id that would extend an entry is dropped instead.",
	    .breaks = {"ZC-BT-01", "ZC-CT-18", "ZC-MX-04", "ZC-BT-05"},
	    .arrive =
		    [](int, Socket &socket, Notice notice) {
			    const bool extends =
				    !socket.queue.empty() && socket.queue.back().completion &&
				    socket.queue.back().err().ee_data + 1 == notice.err().ee_info;

			    notice.err().ee_data = notice.err().ee_info;
			    if (!extends)
				    socket.append_apart(std::move(notice));
		    },
	    .hides = true},
	Lie{.name = "copied-spreads-by-merging",
	    .description = "A range of several ids always has SO_EE_CODE_ZEROCOPY_COPIED.",
	    .breaks = {"ZC-BT-07"},
	    .change =
		    [](Socket &, Notice &notice) {
			    if (ids(notice) > 1)
				    notice.err().ee_code |= SO_EE_CODE_ZEROCOPY_COPIED;
		    }},
	Lie{.name = "copied-lost-by-merging",
	    .description = "A range of several ids never has SO_EE_CODE_ZEROCOPY_COPIED.",
	    .breaks = {"ZC-BT-07", "ZC-BT-08"},
	    .change =
		    [](Socket &, Notice &notice) {
			    if (ids(notice) > 1)
				    notice.err().ee_code &= ~SO_EE_CODE_ZEROCOPY_COPIED;
		    }},
	Lie{.name = "merged-across-gaps",
	    .description = "An entry is extended over ids that are not complete.",
	    .breaks = {"ZC-BT-03"},
	    .arrive =
		    [](int, Socket &socket, Notice notice) {
			    if (socket.queue.empty() || !socket.queue.back().completion) {
				    socket.append_apart(std::move(notice));
				    return;
			    }
			    sock_extended_err &last = socket.queue.back().err();
			    last.ee_info = std::min(last.ee_info, notice.err().ee_info);
			    last.ee_data = std::max(last.ee_data, notice.err().ee_data);
		    },
	    .hides = true},
	Lie{.name = "merged-past-other-entries",
	    .description = "An entry is extended though another kind of entry follows it.",
	    .breaks = {"ZC-BT-02", "ZC-TS-01", "ZC-BT-06"},
	    .arrive =
		    [](int, Socket &socket, Notice notice) {
			    for (Notice &earlier : socket.queue)
				    if (earlier.completion &&
					earlier.err().ee_data + 1 == notice.err().ee_info) {
					    earlier.err().ee_data = notice.err().ee_data;
					    return;
				    }
			    socket.append_apart(std::move(notice));
		    },
	    .hides = true},
	Lie{.name = "sorted",
	    .description = "The queue is kept in the order of ids.",
	    .breaks = {"ZC-BT-03", "ZC-TS-01"},
	    .arrive =
		    [](int, Socket &socket, Notice notice) {
			    auto place = std::ranges::find_if(socket.queue, [&](Notice &other) {
				    return !other.completion || other.err().ee_info > notice.err().ee_info;
			    });

			    if (place == socket.queue.end())
				    socket.append(std::move(notice));
			    else
				    socket.queue.insert(place, std::move(notice));
		    },
	    .hides = true},
	Lie{.name = "newest-first",
	    .description = "The newest notification is read first.",
	    .breaks = {"ZC-BT-03", "ZC-BT-06", "ZC-TS-01"},
	    .arrive = [](int, Socket &socket, Notice notice) { socket.queue.push_front(std::move(notice)); },
	    .hides = true},
	Lie{.name = "recvmmsg-returns-one",
	    .description = "recvmmsg() returns one notification at a time.",
	    .breaks = {"ZC-BT-06"},
	    .reads_one_at_a_time = true},
	Lie{.name = "error-queue-waits-for-data",
	    .description = "While data is to be read, the error queue seems empty.",
	    .breaks = {"ZC-RX-17"},
	    .refuse_read = [](int fd, Socket &, const msghdr &,
			      int) { return (readiness(fd, POLLIN) & POLLIN) ? EAGAIN : 0; }},
};

} // namespace

std::span<const Lie> lies_about_notifications()
{
	return lies;
}

} // namespace lying
