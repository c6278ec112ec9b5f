// SPDX-License-Identifier: GPL-2.0
#include <netinet/udp.h>

#include <array>
#include <cerrno>

#include "lying_kernel/lies.h"
#include "lying_kernel/real.h"

namespace lying
{

namespace
{

/* A call takes that many ids and is notified of by the last. */
void take(const Sending &call, std::size_t ids)
{
	for (std::size_t i = 1; i < ids; i++)
		call.socket.take_id();
	call.socket.kernel_counted(call.socket.take_id());
}

bool tried(const Sending &call)
{
	return (call.flags & MSG_ZEROCOPY) && call.flagged();
}

/* Failures with that errno take an id; 0: any. */
template <int error> void failures_count(const Sending &call, ssize_t result, bool counts)
{
	if (counts)
		take(call, 1);
	else if (result < 0 && (error == 0 || errno == error) && tried(call))
		call.socket.take_id();
}

constexpr std::array lies = {
	Lie{.name = "counter-starts-at-one",
	    .description = "The first id of a socket is 1.",
	    .breaks = {"ZC-CT-01", "ZC-IN-01", "ZC-CT-18", "ZC-TX-01", "ZC-SO-07", "ZC-UD-05", "ZC-IN-06",
		       "ZC-LF-07"},
	    .count =
		    [](const Sending &call, ssize_t, bool counts) {
			    if (call.socket.next_id == 0)
				    call.socket.take_id();
			    if (counts)
				    take(call, 1);
		    }},
	Lie{.name = "counter-skips-every-third",
	    .description = "Every third id is left out.",
	    .breaks = {"ZC-CT-01", "ZC-CT-18", "ZC-BT-01", "ZC-CT-12", "ZC-MX-01"},
	    .count =
		    [](const Sending &call, ssize_t, bool counts) {
			    if (counts)
				    take(call, call.socket.next_id % 3 == 2 ? 2 : 1);
		    }},
	Lie{.name = "counter-stands-still",
	    .description = "Every call has id 0.",
	    .breaks = {"ZC-CT-01", "ZC-CT-18", "ZC-CT-08", "ZC-MX-01", "ZC-MX-04"},
	    .count =
		    [](const Sending &call, ssize_t, bool counts) {
			    if (counts)
				    call.socket.kernel_counted(0);
		    }},
	Lie{.name = "counter-wraps-at-two-bits",
	    .description = "Id 0 follows id 3.",
	    .breaks = {"ZC-CT-15", "ZC-CT-18", "ZC-BT-01", "ZC-CT-06"},
	    .count =
		    [](const Sending &call, ssize_t, bool counts) {
			    if (counts)
				    call.socket.kernel_counted(call.socket.take_id() % 4);
		    }},
	Lie{.name = "counter-wraps-at-sixteen-bits",
	    .description = "Id 0 follows id 65535.",
	    .breaks = {"ZC-CT-15"},
	    .count =
		    [](const Sending &call, ssize_t, bool counts) {
			    if (counts)
				    call.socket.kernel_counted(
					    static_cast<std::uint16_t>(call.socket.take_id()));
		    }},
	Lie{.name = "counter-counts-zero-length",
	    .description = "A flagged call of length zero takes an id on a stream.",
	    .breaks = {"ZC-CT-03"},
	    .count =
		    [](const Sending &call, ssize_t result, bool counts) {
			    if (counts)
				    take(call, 1);
			    else if (result == 0 && tried(call))
				    call.socket.take_id();
		    }},
	Lie{.name = "zero-length-notifies",
	    .description = "A flagged call of length zero on a stream takes an id and notifies.",
	    .breaks = {"ZC-CT-03"},
	    .count =
		    [](const Sending &call, ssize_t result, bool counts) {
			    if (counts)
				    take(call, 1);
			    else if (result == 0 && tried(call))
				    call.socket.notify(call.socket.take_id());
		    }},
	Lie{.name = "empty-datagram-counts-twice",
	    .description = "A flagged datagram without bytes takes two ids.",
	    .breaks = {"ZC-CT-04"},
	    .count =
		    [](const Sending &call, ssize_t result, bool counts) {
			    if (counts)
				    take(call, result == 0 ? 2 : 1);
		    }},
	Lie{.name = "zero-length-append-counts",
	    .description = "Appending nothing to a datagram takes another id.",
	    .breaks = {"ZC-CT-05"},
	    .count =
		    [](const Sending &call, ssize_t result, bool counts) {
			    if (counts)
				    take(call, 1);
			    else if (result == 0 && tried(call) && !call.socket.stream())
				    call.socket.take_id();
		    }},
	Lie{.name = "counter-counts-failures",
	    .description = "A flagged call that fails takes an id.",
	    .breaks = {"ZC-CT-06", "ZC-CT-12", "ZC-TX-03", "ZC-TX-04", "ZC-UD-01", "ZC-UD-06", "ZC-MEM-03",
		       "ZC-CT-07", "ZC-TX-20", "ZC-UD-04", "ZC-LF-07", "ZC-LF-08", "ZC-UD-09", "ZC-TS-03",
		       "ZC-CT-10"},
	    .count = failures_count<0>},
	Lie{.name = "interrupted-send-counts",
	    .description = "A flagged call that a signal ends before it sent takes an id.",
	    .breaks = {"ZC-CT-06", "ZC-CT-09", "ZC-CT-11"},
	    .count = failures_count<EINTR>},
	Lie{.name = "counter-counts-eagain",
	    .description = "A flagged call that would block takes an id.",
	    .breaks = {"ZC-CT-12", "ZC-CT-06", "ZC-UD-06", "ZC-VS-31"},
	    .count = failures_count<EAGAIN>},
	Lie{.name = "counter-counts-bytes",
	    .description = "A call takes an id for each byte.",
	    .breaks = {"ZC-CT-01", "ZC-IN-06", "ZC-CT-02", "ZC-MX-01", "ZC-BT-01"},
	    .count =
		    [](const Sending &call, ssize_t result, bool counts) {
			    if (counts)
				    take(call, result);
		    }},
	Lie{.name = "counter-counts-pages",
	    .description = "A call takes an id for every 4096 bytes that it begins.",
	    .breaks = {"ZC-CT-02", "ZC-CT-01", "ZC-CT-08"},
	    .count =
		    [](const Sending &call, ssize_t result, bool counts) {
			    if (counts)
				    take(call, (result + 4095) / 4096);
		    }},
	Lie{.name = "counter-counts-vectors",
	    .description = "A call takes an id for every vector of its message.",
	    .breaks = {"ZC-CT-02"},
	    .count =
		    [](const Sending &call, ssize_t, bool counts) {
			    if (counts)
				    take(call, call.message.msg_iovlen);
		    }},
	Lie{.name = "counter-counts-segments",
	    .description = "A call takes an id for every UDP_SEGMENT of its datagram.",
	    .breaks = {"ZC-CT-02", "ZC-UD-02", "ZC-UD-03"},
	    .count =
		    [](const Sending &call, ssize_t result, bool counts) {
			    const int set = option(call.fd, SOL_UDP, UDP_SEGMENT);
			    const int size = set > 0 ? set : call.message.msg_controllen ? 1400 : 0;

			    if (counts)
				    take(call,
					 size && !call.socket.stream() ? (result + size - 1) / size : 1);
		    }},
	Lie{.name = "segmented-sends-not-counted",
	    .description = "A flagged call with UDP_SEGMENT takes no id and never completes.",
	    .breaks = {"ZC-CT-02", "ZC-CT-07", "ZC-UD-02", "ZC-UD-03"},
	    .count =
		    [](const Sending &call, ssize_t, bool counts) {
			    if (counts && option(call.fd, SOL_UDP, UDP_SEGMENT) > 0)
				    call.socket.kernel_counted(std::nullopt);
			    else if (counts)
				    take(call, 1);
		    },
	    .hides = true},
	Lie{.name = "counter-counts-partial-sends-twice",
	    .description = "A call that sends only a part takes two ids.",
	    .breaks = {"ZC-CT-08", "ZC-CT-19", "ZC-MEM-06"},
	    .count =
		    [](const Sending &call, ssize_t result, bool counts) {
			    if (counts)
				    take(call, static_cast<std::size_t>(result) < call.length() ? 2 : 1);
		    }},
	Lie{.name = "counter-leaves-partial-sends-out",
	    .description = "A call that sends only a part takes no id.",
	    .breaks = {"ZC-CT-08", "ZC-CT-19", "ZC-MEM-06"},
	    .count =
		    [](const Sending &call, ssize_t result, bool counts) {
			    if (!counts)
				    return;
			    if (static_cast<std::size_t>(result) < call.length())
				    call.socket.kernel_counted(std::nullopt);
			    else
				    take(call, 1);
		    },
	    .hides = true},
	Lie{.name = "counter-counts-plain-sends",
	    .description = "A send without the flag takes an id.",
	    .breaks = {"ZC-MX-01", "ZC-TX-09", "ZC-TS-02"},
	    .count =
		    [](const Sending &call, ssize_t result, bool counts) {
			    if (counts)
				    take(call, 1);
			    else if (result > 0 && !(call.flags & MSG_ZEROCOPY))
				    call.socket.take_id();
		    }},
	Lie{.name = "plain-sends-notify",
	    .description = "A send without the flag takes an id and notifies.",
	    .breaks = {"ZC-MX-01", "ZC-MX-02", "ZC-MX-03", "ZC-TX-09"},
	    .count =
		    [](const Sending &call, ssize_t result, bool counts) {
			    if (counts)
				    take(call, 1);
			    else if (result > 0 && !(call.flags & MSG_ZEROCOPY) &&
				     option(call.fd, SOL_SOCKET, SO_ZEROCOPY) == 1)
				    call.socket.notify(call.socket.take_id());
		    }},
	Lie{.name = "counter-per-descriptor",
	    .description = "Every descriptor of a socket has a counter of its own.",
	    .breaks = {"ZC-CT-14"},
	    .count =
		    [](const Sending &call, ssize_t, bool counts) {
			    if (counts)
				    call.socket.kernel_counted(call.socket.ids_by_fd[call.fd]++);
		    }},
	Lie{.name = "counter-reset-by-connect",
	    .description = "connect() makes the ids start at 0 again.",
	    .breaks = {"ZC-CT-13"},
	    .connect =
		    [](int fd, Socket &socket, const sockaddr *address, socklen_t length) {
			    socket.next_id = 0;
			    return REAL(connect)(fd, address, length);
		    },
	    .count =
		    [](const Sending &call, ssize_t, bool counts) {
			    if (counts)
				    take(call, 1);
		    }},
	Lie{.name = "appended-sends-share-an-id",
	    .description = "Flagged sends that are joined by MSG_MORE take one id together.",
	    .breaks = {"ZC-MX-03"},
	    .count =
		    [](const Sending &call, ssize_t, bool counts) {
			    Socket &socket = call.socket;

			    if (counts)
				    socket.kernel_counted(socket.mark && socket.next_id ? socket.next_id - 1
											: socket.take_id());
			    socket.mark = call.flags & MSG_MORE;
		    }},
};

} // namespace

std::span<const Lie> lies_about_the_counter()
{
	return lies;
}

} // namespace lying
