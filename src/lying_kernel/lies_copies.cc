// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <unistd.h>

#include "lying_kernel/lies.h"
#include "lying_kernel/real.h"

using namespace lying;

namespace
{

/* A send that has been promised and not been made. */
struct Owed {
	int fd;
	Socket *socket;
	std::vector<iovec> vectors;
	int flags;
};

std::vector<Owed> &owed()
{
	static std::vector<Owed> owed;

	return owed;
}

/* Now the program's buffers are looked at: gone, they count as zeros. */
void make_owed_sends()
{
	const KeepErrno keep;
	const auto lock = guard();
	const std::vector<Owed> now = std::exchange(owed(), {});

	for (const Owed &each : now) {
		msghdr message = {};

		message.msg_iov = const_cast<iovec *>(each.vectors.data());
		message.msg_iovlen = each.vectors.size();
		Sending call = {each.fd, *each.socket, message, each.flags, Sending::send};
		Bytes bytes = call.copy();
		if (bytes.empty())
			bytes.resize(call.length());
		call.make_from(bytes, each.flags & ~MSG_ZEROCOPY);
	}
}

ssize_t owe(Sending &call)
{
	make_owed_sends();
	const bool plain = !call.message.msg_control && !call.message.msg_name;
	if (!call.flagged() || !plain || call.length() == 0 || call.length() > 20000 || call.copy().empty())
		return call.make();
	if (!(readiness(call.fd, POLLOUT) & POLLOUT) || (readiness(call.fd, 0) & POLLHUP))
		return call.make();
	const auto lock = guard();
	owed().push_back(
		{call.fd, &call.socket,
		 std::vector<iovec>(call.message.msg_iov, call.message.msg_iov + call.message.msg_iovlen),
		 call.flags | MSG_DONTWAIT | MSG_NOSIGNAL});
	call.socket.notify(call.socket.take_id());
	call.booked = true;
	return call.length();
}

/* In the kernel's memory: in pipes that nobody reads. */
void keep(const Bytes &bytes)
{
	constexpr int most = 1 << 20; /* bytes, of a pipe */
	static int ends[2] = {-1, -1};
	const auto write = [&] {
		return REAL(write)(ends[1], bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size());
	};
	const KeepErrno keep_errno;
	const auto lock = guard();

	if (write() || ::pipe2(ends, O_NONBLOCK | O_CLOEXEC) < 0)
		return;
	::fcntl(ends[1], F_SETPIPE_SZ, most);
	write();
}

constexpr std::array lies = {
	Lie("never-shares", "A flagged send copies, and tells as if it had not.",
	    "ZC-IN-03 ZC-IN-04 ZC-MX-02 ZC-LO-04 ZC-CP-06 ZC-CP-10 ZC-LF-04 ZC-LO-17 ZC-LF-11 ZC-LF-12 "
	    "ZC-MEM-08 ZC-MEM-10 ZC-UD-02 ZC-UD-03 ZC-LO-08 ZC-TX-25 ZC-IN-71",
	    {.send = [](Sending &call) -> ssize_t {
		    const Bytes bytes = call.flagged() ? call.copy() : Bytes();

		    return bytes.empty() ? call.make() : call.make_from(bytes, call.flags);
	    }}),
	Lie("copies-stay", "The kernel keeps a copy of what a flagged call sends.", "ZC-LIM-71",
	    {.send = [](Sending &call) -> ssize_t {
		    if (call.flagged())
			    keep(call.copy());
		    return call.make();
	    }}),
	Lie("head-of-datagram-copied",
	    "The first 100 bytes of a flagged datagram are copied, and the rest is shared.", "ZC-IN-25",
	    {.send = [](Sending &call) -> ssize_t {
		    constexpr std::size_t length = 100;
		    const bool applies =
			    call.flagged() && call.socket.datagram() && call.message.msg_iovlen == 1;
		    Bytes head = applies ? call.copy() : Bytes();

		    if (head.size() <= length)
			    return call.make();
		    head.resize(length);
		    return call.make_with_head(head, call.flags);
	    }}),
	Lie("plain-sends-share", "A send without the flag shares the buffer, and says nothing of it.",
	    "ZC-MX-02",
	    {.send = [](Sending &call) -> ssize_t {
		     if ((call.flags & MSG_ZEROCOPY) || option(call.fd, SOL_SOCKET, SO_ZEROCOPY) != 1)
			     return call.make();
		     const ssize_t result = call.make_with(call.flags | MSG_ZEROCOPY);
		     /* No limit of flagged sends binds it. */
		     if (result < 0 && errno != EAGAIN)
			     return call.make();
		     if (result > 0)
			     call.socket.kernel_counted(std::nullopt);
		     call.booked = true;
		     return result;
	     },
	     .hides = true}),
	Lie("notified-before-last-use",
	    "A flagged send notifies at once, but takes the bytes from the buffer later.",
	    "ZC-CP-02 ZC-IN-07 ZC-LO-07 ZC-CP-06 ZC-MEM-08 ZC-MEM-09 ZC-MEM-10 ZC-MEM-15 ZC-IN-08",
	    {.set_option = [](const Setting &call) -> int {
		     make_owed_sends();
		     return call.make();
	     },
	     .shut_down = [](int, Socket &, int) { make_owed_sends(); },
	     .send = owe,
	     .poll = [](const Readiness &readiness) -> short {
		     if (readiness.asked & POLLIN)
			     make_owed_sends();
		     return readiness.seen;
	     },
	     .receive = [](const Receiving &call) -> ssize_t {
		     make_owed_sends();
		     return call.make();
	     }}),
	Lie("early", "A notification comes when the send returns, the buffer still in use.",
	    "ZC-LO-16 ZC-CP-10 ZC-IN-03 ZC-RX-03 ZC-LF-01 ZC-LO-09 ZC-IN-09 ZC-LF-13 ZC-BT-12 ZC-VS-30 "
	    "ZC-VS-32 ZC-LO-04 ZC-LO-08 ZC-TX-70 ZC-IN-70 ZC-TX-82",
	    {.count = [](const Sending &call, ssize_t, bool counts) -> void {
		     if (!counts)
			     return;
		     call.socket.notify(call.socket.take_id());
		     call.socket.kernel_counted(std::nullopt);
	     },
	     .hides = true}),
	Lie("always-copied", "Every notification has SO_EE_CODE_ZEROCOPY_COPIED.",
	    "ZC-LO-18 ZC-CP-07 ZC-CP-08 ZC-LO-06 ZC-LO-16 ZC-LO-13 ZC-BT-07 ZC-CP-13 ZC-LO-12 ZC-LO-19 "
	    "ZC-UD-08 ZC-CP-17 ZC-LO-26 ZC-UD-11 ZC-LO-50 ZC-LO-54 ZC-LF-51 ZC-CP-70",
	    {.change = [](Socket &, Notice &notice) { notice.err().ee_code |= SO_EE_CODE_ZEROCOPY_COPIED; }}),
	/* Of streams alone: what datagrams say is how paths are found out about. */
	Lie("streams-always-copied", "Every notification of a stream has SO_EE_CODE_ZEROCOPY_COPIED.",
	    "ZC-CP-16 ZC-LO-10 ZC-LO-11 ZC-LO-18 ZC-LF-01 ZC-BT-07 ZC-TX-70 ZC-IN-70",
	    {.change = [](Socket &socket, Notice &notice) -> void {
		    if (socket.stream())
			    notice.err().ee_code |= SO_EE_CODE_ZEROCOPY_COPIED;
	    }}),
	Lie("never-copied", "No notification has SO_EE_CODE_ZEROCOPY_COPIED.",
	    "ZC-CP-02 ZC-CP-03 ZC-CP-05 ZC-LO-01 ZC-LO-05 ZC-LO-07 ZC-CP-06 ZC-LO-21 ZC-LO-27 ZC-CP-12 "
	    "ZC-LO-20 "
	    "ZC-LO-19 ZC-UD-08 ZC-CP-14 ZC-LO-25 ZC-LO-26 ZC-CP-18 ZC-LO-51 ZC-LO-70 ZC-LO-86",
	    {.change = [](Socket &, Notice &notice) -> void {
		    notice.err().ee_code &= ~SO_EE_CODE_ZEROCOPY_COPIED;
	    }}),
	Lie("copied-inverted", "SO_EE_CODE_ZEROCOPY_COPIED says the contrary.",
	    "ZC-CP-04 ZC-LO-01 ZC-LO-06 ZC-LO-14 ZC-CP-08 ZC-BT-08 ZC-BT-07",
	    {.change = [](Socket &, Notice &notice) { notice.err().ee_code ^= SO_EE_CODE_ZEROCOPY_COPIED; }}),
	Lie("shared-sends-not-reported", "A flagged send that was not copied never completes.",
	    "ZC-CP-07 ZC-CP-08 ZC-CP-15 ZC-LO-06 ZC-LO-16 ZC-CP-12 ZC-CP-14 ZC-LO-08 ZC-LF-13 ZC-IN-09 "
	    "ZC-CT-18",
	    {.keeps = [](int, Socket &, Notice &notice) -> bool {
		    return notice.err().ee_code & SO_EE_CODE_ZEROCOPY_COPIED;
	    }}),
	Lie("copied-sends-not-reported", "A flagged send that was copied never completes.",
	    "ZC-CP-01 ZC-CP-02 ZC-LO-01 ZC-LO-02 ZC-LO-03 ZC-CP-11 ZC-MX-03 ZC-LO-21 ZC-CT-18",
	    {.keeps = [](int, Socket &, Notice &notice) -> bool {
		    return !(notice.err().ee_code & SO_EE_CODE_ZEROCOPY_COPIED);
	    }}),
};

} // namespace

constinit const std::span<const Lie> lying::lies_about_copies = lies;
