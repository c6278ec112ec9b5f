// SPDX-License-Identifier: GPL-2.0
#include <time.h>

#include <algorithm>

#include "lying_kernel/lies.h"

using namespace lying;

namespace
{

std::uint32_t ids(Notice &notice)
{
	return notice.err().ee_data - notice.err().ee_info + 1;
}

/* Each id in a notification of its own. */
template <typename Take> void one_by_one(Notice &notice, Take take)
{
	const std::uint32_t lo = notice.err().ee_info;
	const std::uint32_t count = ids(notice);

	for (std::uint32_t i = 0; i < count; i++) {
		notice.err().ee_info = notice.err().ee_data = lo + i;
		take(notice);
	}
}

constexpr std::array lies = {
	Lie("lost", "No notification ever comes.",
	    "ZC-IN-01 ZC-IN-02 ZC-CT-18 ZC-CP-01 ZC-RX-02 ZC-RX-20 ZC-BT-01 ZC-LO-02 ZC-VS-30 ZC-VS-32 "
	    "ZC-PM-02 ZC-TX-23 ZC-LO-22 ZC-LO-23 ZC-LO-24 ZC-LF-50 ZC-LO-50 ZC-LO-54 ZC-VS-50 ZC-IO-50 "
	    "ZC-IO-51 ZC-TS-71",
	    {// NOLINTNEXTLINE(performance-unnecessary-value-param)
	     .arrive = [](int, Socket &, Notice) {},
	     .hides = true}),
	Lie("first-lost", "The first notification of a socket is lost.",
	    "ZC-IN-01 ZC-CT-01 ZC-CT-18 ZC-CP-01",
	    {.keeps = [](int, Socket &socket, Notice &) -> bool { return socket.arrived > 1; }}),
	Lie("last-lost", "A notification is lost unless another one follows it.",
	    "ZC-IN-01 ZC-CT-01 ZC-CT-18 ZC-CP-01",
	    {.arrive = [](int, Socket &socket, Notice notice) -> void {
		     if (!socket.queue.empty())
			     socket.queue.back().due = {};
		     notice.due = Clock::time_point::max();
		     socket.append_apart(std::move(notice));
	     },
	     .hides = true}),
	Lie("last-of-range-lost", "A range of several ids leaves its last out.",
	    "ZC-BT-01 ZC-CT-18 ZC-MX-03 ZC-MX-04 ZC-BT-05 ZC-BT-10",
	    {.arrive = [](int, Socket &socket, Notice notice) -> void {
		    if (ids(notice) > 1)
			    notice.err().ee_data--;
		    socket.append(std::move(notice));
	    }}),
	Lie("every-third-lost", "Every third id is never reported.",
	    "ZC-CT-18 ZC-BT-01 ZC-CT-01 ZC-BT-12 ZC-IN-08 ZC-CT-20 ZC-RX-70",
	    {.arrive = [](int, Socket &socket, Notice notice) -> void {
		     one_by_one(notice, [&](Notice &one) {
			     if (one.err().ee_data % 3 != 2)
				     socket.append(one);
		     });
	     },
	     .hides = true}),
	Lie("duplicated", "Every notification comes twice.",
	    "ZC-IN-01 ZC-CT-18 ZC-CP-01 ZC-CT-01 ZC-BT-12 ZC-RX-19 ZC-BP-01 ZC-BP-03 ZC-LO-53 ZC-RX-70",
	    {.arrive = [](int, Socket &socket, Notice notice) -> void {
		    socket.append_apart(notice);
		    socket.append_apart(std::move(notice));
	    }}),
	Lie("late", "A notification shows only 20 ms after its completion.",
	    "ZC-CP-02 ZC-CP-03 ZC-CP-05 ZC-LF-02 ZC-CP-09 ZC-RX-60",
	    {.arrive = [](int, Socket &socket, Notice notice) -> void {
		     notice.due = Clock::now() + std::chrono::milliseconds(20);
		     socket.append(std::move(notice));
	     },
	     .hides = true}),
	Lie("range-swapped", "ee_info is the end of the range and ee_data its start.",
	    "ZC-PA-06 ZC-BT-01 ZC-MX-04 ZC-BT-04 ZC-BT-05", {.change = [](Socket &, Notice &notice) -> void {
		    std::swap(notice.err().ee_info, notice.err().ee_data);
	    }}),
	Lie("range-exclusive", "ee_data is the id behind the range.",
	    "ZC-PA-06 ZC-PA-05 ZC-IN-01 ZC-CT-01 ZC-BT-01",
	    {.change = [](Socket &, Notice &notice) { notice.err().ee_data++; }}),
	Lie("range-is-a-count", "ee_data is how many ids the range has.", "ZC-PA-06 ZC-BT-01 ZC-PA-05",
	    {.change = [](Socket &, Notice &notice) { notice.err().ee_data = ids(notice); }}),
	Lie("wrong-origin", "ee_origin is SO_EE_ORIGIN_LOCAL.", "ZC-PA-05 ZC-PA-11 ZC-IN-01",
	    {.change = [](Socket &, Notice &notice) { notice.err().ee_origin = SO_EE_ORIGIN_LOCAL; }}),
	Lie("errno-set", "ee_errno is ENOMSG.", "ZC-PA-05 ZC-PA-11 ZC-IN-01",
	    {.change = [](Socket &, Notice &notice) { notice.err().ee_errno = ENOMSG; }}),
	Lie("type-set", "ee_type is 1.", "ZC-PA-05",
	    {.change = [](Socket &, Notice &notice) { notice.err().ee_type = 1; }}),
	Lie("code-has-other-bits", "ee_code has a bit that nobody knows.", "ZC-PA-05",
	    {.change = [](Socket &, Notice &notice) { notice.err().ee_code |= 0x80; }}),
	Lie("pad-set", "ee_pad is 1.", "ZC-PA-05",
	    {.change = [](Socket &, Notice &notice) { notice.err().ee_pad = 1; }}),
	Lie("wrong-level", "The control message has the level of the other address family.",
	    "ZC-PA-01 ZC-PA-02 ZC-PA-04 ZC-PA-03 ZC-PA-09 ZC-UD-07",
	    {.change = [](Socket &, Notice &notice) -> void {
		    errqueue::ControlMessage &header = notice.completion->header;

		    header.type = header.level == SOL_IP ? IPV6_RECVERR : IP_RECVERR;
		    header.level = header.level == SOL_IP ? SOL_IPV6 : SOL_IP;
	    }}),
	Lie("wrong-type", "The control message has the type of another option.",
	    "ZC-PA-01 ZC-PA-02 ZC-PA-03 ZC-PA-09 ZC-UD-07",
	    {.change = [](Socket &, Notice &notice) { notice.completion->header.type++; }}),
	Lie("no-offender", "The control message ends before the offender's address.", "ZC-PA-12",
	    {.change = [](Socket &, Notice &notice) { notice.completion->offender.clear(); }}),
	Lie("wrong-control-length", "cmsg_len counts the padding behind the control message's data.",
	    "ZC-PA-12", {.change = [](Socket &, Notice &notice) -> void {
		    Bytes &offender = notice.completion->offender;

		    offender.resize(offender.size() + 4);
	    }}),
	Lie("offender-set", "The offender is an address, 127.0.0.1.", "ZC-PA-05",
	    {.change = [](Socket &, Notice &notice) -> void {
		    Bytes &offender = notice.completion->offender;

		    /* VSOCK tells none. */
		    offender.resize(std::max(offender.size(), sizeof(sockaddr_in)));
		    offender[0] = AF_INET;
		    offender[4] = 127;
		    offender[7] = 1;
	    }}),
	Lie("another-control-message-first", "A time stamp that nobody asked for precedes the notification.",
	    "ZC-PA-07 ZC-PA-08 ZC-IN-01", {.change = [](Socket &, Notice &notice) -> void {
		    notice.controls.insert(notice.controls.begin(),
					   {SOL_SOCKET, SCM_TIMESTAMP, Bytes(sizeof(timeval))});
	    }}),
	Lie("notification-without-time-stamp",
	    "A notification is the only control message of its read, whatever else was asked for.",
	    "ZC-PA-07", {.change = [](Socket &, Notice &notice) { notice.controls.clear(); }}),
	Lie("flags-lack-errqueue", "msg_flags of a notification lacks MSG_ERRQUEUE.", "ZC-RX-11",
	    {.change = [](Socket &, Notice &notice) { notice.flags = 0; }}),
	Lie("flags-say-truncated", "msg_flags of a notification has MSG_TRUNC.", "ZC-RX-11",
	    {.change = [](Socket &, Notice &notice) { notice.flags |= MSG_TRUNC; }}),
	Lie("payload-returned", "A notification carries 64 bytes of payload.", "ZC-RX-11 ZC-RX-14 ZC-TS-05",
	    {.change = [](Socket &, Notice &notice) { notice.payload.resize(64); }}),
	Lie("name-filled", "A notification comes with an address.", "ZC-RX-12",
	    {.change = [](Socket &socket, Notice &notice) -> void {
		    notice.name.resize(socket.family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6));
		    notice.name[0] = static_cast<std::uint8_t>(socket.family);
	    }}),
	/* Only a few times: a reader who drains the queue must end. */
	Lie("empty-queue-gives-zero", "Reading an empty error queue returns 0.", "ZC-RX-01 ZC-SO-14",
	    {.empty = [](int, Socket &socket, msghdr &message) -> ssize_t {
		    message.msg_controllen = 0;
		    message.msg_flags = MSG_ERRQUEUE;
		    return socket.refusals++ < 3 ? 0 : fail(EAGAIN);
	    }}),
	Lie("empty-queue-gives-enoent", "Reading an empty error queue fails with ENOENT.",
	    "ZC-RX-01 ZC-SO-14", {.empty = [](int, Socket &, msghdr &) -> ssize_t { return fail(ENOENT); }}),
	/* Once for each socket, so that few cases wait for their end. */
	Lie("empty-queue-blocks", "Reading an empty error queue waits until the socket is shut down.",
	    "ZC-RX-01", {.empty = [](int fd, Socket &socket, msghdr &) -> ssize_t {
		    pollfd shut_down = {fd, 0, 0};

		    if (socket.refusals++ == 0)
			    REAL(poll)(&shut_down, 1, -1);
		    return fail(EAGAIN);
	    }}),
	Lie("truncation-hidden", "A control buffer that is too small is not told by MSG_CTRUNC.", "ZC-RX-13",
	    {.delivery = {.hide_truncation = true}}),
	Lie("truncation-for-lack-of-padding",
	    "A control buffer without room for padding is told to be too small.", "ZC-RX-13",
	    {.delivery = {.wants_padding = true}}),
	Lie("truncated-stays", "A notification that did not fit the control buffer stays in the queue.",
	    "ZC-RX-13 ZC-RX-14", {.keeps_when_truncated = true}),
	Lie("unwritable-control-refused", "Reading into an unwritable control buffer fails with EFAULT.",
	    "ZC-RX-15", {.delivery = {.fault_is_error = true}}),
	Lie("peek-honoured", "MSG_PEEK leaves the notification in the queue.", "ZC-RX-16",
	    {.keeps_when_peeked = true}),
	Lie("read-without-control-refused",
	    "Reading a notification without a control buffer fails with EINVAL.", "ZC-RX-14",
	    {.refuse_read = [](int fd, Socket &, const msghdr &message, int) -> int {
		    return !message.msg_control && (readiness(fd, 0) & POLLERR) ? EINVAL : 0;
	    }}),
	Lie("never-merged", "Every id has an entry of its own.",
	    "ZC-BT-01 ZC-BT-05 ZC-BT-04 ZC-MX-04 ZC-BT-08 ZC-MX-03",
	    {.arrive = [](int, Socket &socket, Notice notice) -> void {
		     one_by_one(notice, [&](const Notice &one) { socket.append_apart(one); });
	     },
	     .hides = true}),
	Lie("merged-tail-dropped", "An id that would extend an entry is dropped instead.",
	    "ZC-BT-01 ZC-CT-18 ZC-MX-04 ZC-BT-05",
	    {.arrive = [](int, Socket &socket, Notice notice) -> void {
		     const bool extends = !socket.queue.empty() && socket.queue.back().completion &&
					  socket.queue.back().err().ee_data + 1 == notice.err().ee_info;

		     notice.err().ee_data = notice.err().ee_info;
		     if (!extends)
			     socket.append_apart(std::move(notice));
	     },
	     .hides = true}),
	Lie("copied-spreads-by-merging", "A range of several ids always has SO_EE_CODE_ZEROCOPY_COPIED.",
	    "ZC-BT-07", {.change = [](Socket &, Notice &notice) -> void {
		    if (ids(notice) > 1)
			    notice.err().ee_code |= SO_EE_CODE_ZEROCOPY_COPIED;
	    }}),
	Lie("copied-lost-by-merging", "A range of several ids never has SO_EE_CODE_ZEROCOPY_COPIED.",
	    "ZC-BT-07 ZC-BT-08", {.change = [](Socket &, Notice &notice) -> void {
		    if (ids(notice) > 1)
			    notice.err().ee_code &= ~SO_EE_CODE_ZEROCOPY_COPIED;
	    }}),
	Lie("merged-across-gaps", "An entry is extended over ids that are not complete.", "ZC-BT-03 ZC-CT-18",
	    {.arrive = [](int, Socket &socket, Notice notice) -> void {
		     if (socket.queue.empty() || !socket.queue.back().completion) {
			     socket.append_apart(std::move(notice));
			     return;
		     }
		     sock_extended_err &last = socket.queue.back().err();
		     last.ee_info = std::min(last.ee_info, notice.err().ee_info);
		     last.ee_data = std::max(last.ee_data, notice.err().ee_data);
	     },
	     .hides = true}),
	Lie("merged-past-other-entries", "An entry is extended though another kind of entry follows it.",
	    "ZC-BT-02 ZC-TS-01 ZC-BT-06",
	    {.arrive = [](int, Socket &socket, Notice notice) -> void {
		     for (Notice &earlier : socket.queue)
			     if (earlier.completion && earlier.err().ee_data + 1 == notice.err().ee_info) {
				     earlier.err().ee_data = notice.err().ee_data;
				     return;
			     }
		     socket.append_apart(std::move(notice));
	     },
	     .hides = true}),
	Lie("sorted", "The queue is kept in the order of ids.", "ZC-BT-13 ZC-TS-01 ZC-BT-06",
	    {.arrive = [](int, Socket &socket, Notice notice) -> void {
		     auto place = std::ranges::find_if(socket.queue, [&](Notice &other) {
			     return !other.completion || other.err().ee_info > notice.err().ee_info;
		     });

		     if (place == socket.queue.end())
			     socket.append(std::move(notice));
		     else
			     socket.queue.insert(place, std::move(notice));
	     },
	     .hides = true}),
	Lie("newest-first", "The newest notification is read first.", "ZC-BT-13 ZC-BT-06 ZC-TS-01",
	    {.arrive = [](int, Socket &socket, Notice notice) { socket.queue.push_front(std::move(notice)); },
	     .hides = true}),
	Lie("recvmmsg-returns-one", "recvmmsg() returns one notification at a time.", "ZC-BT-06 ZC-RX-71",
	    {.reads_one_at_a_time = true}),
	Lie("error-queue-waits-for-data", "While data is to be read, the error queue seems empty.",
	    "ZC-RX-17 ZC-RX-03", {.refuse_read = [](int fd, Socket &, const msghdr &, int) -> int {
		    return (readiness(fd, POLLIN) & POLLIN) ? EAGAIN : 0;
	    }}),
};

} // namespace

constinit const std::span<const Lie> lying::lies_about_notifications = lies;
