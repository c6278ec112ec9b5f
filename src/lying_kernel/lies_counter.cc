// SPDX-License-Identifier: GPL-2.0
#include <netinet/udp.h>

#include "lying_kernel/lies.h"

using namespace lying;

namespace
{

bool tried(const Sending &call)
{
	return (call.flags & MSG_ZEROCOPY) && call.flagged();
}

/* Failures with that errno take an id; 0: any. */
template <int error> bool failures_count(const Sending &call, ssize_t result)
{
	return result < 0 && (error == 0 || errno == error) && tried(call);
}

bool sent_nothing_on_a_stream(const Sending &call, ssize_t result)
{
	return result == 0 && tried(call) && call.socket.stream();
}

bool sent_a_part(const Sending &call, ssize_t result)
{
	return static_cast<std::size_t>(result) < call.length();
}

/* What the call tells IPv4 or IPv6 about its datagram: its source address, its TOS, an option. */
long ip_control_messages(const Sending &call)
{
	long count = 0;

	for (cmsghdr *header = CMSG_FIRSTHDR(&call.message); header;
	     header = CMSG_NXTHDR(&call.message, header))
		if (header->cmsg_level == SOL_IP || header->cmsg_level == SOL_IPV6)
			count++;
	return count;
}

constexpr std::array lies = {
	Lie("counter-starts-at-one", "The first id of a socket is 1.",
	    "ZC-CT-01 ZC-IN-01 ZC-CT-18 ZC-TX-01 ZC-SO-07 ZC-UD-05 ZC-IN-06 ZC-LF-07 ZC-SO-50 ZC-LO-52 "
	    "ZC-UD-92 ZC-TS-80 ZC-TS-81",
	    {.count = [](const Sending &call, ssize_t, bool counts) -> void {
		    if (call.socket.next_id == 0)
			    call.socket.take_id();
		    if (counts)
			    call.socket.kernel_counted(call.socket.take_id());
	    }}),
	Lie("counter-skips-every-third", "Every third id is left out.",
	    "ZC-CT-01 ZC-CT-18 ZC-BT-01 ZC-CT-12 ZC-MX-01", {.ids = [](const Sending &call, ssize_t) -> long {
		    return call.socket.next_id % 3 == 2 ? 2 : 1;
	    }}),
	Lie("counter-stands-still", "Every call has id 0.", "ZC-CT-01 ZC-CT-18 ZC-CT-08 ZC-MX-01 ZC-MX-04",
	    {.number = [](const Sending &) -> std::uint32_t { return 0; }}),
	Lie("counter-wraps-at-two-bits", "Id 0 follows id 3.", "ZC-CT-21 ZC-CT-18 ZC-BT-01 ZC-CT-06 ZC-CT-01",
	    {.number = [](const Sending &call) -> std::uint32_t { return call.socket.take_id() % 4; }}),
	Lie("counter-wraps-at-sixteen-bits", "Id 0 follows id 65535.", "ZC-CT-21",
	    {.number = [](const Sending &call) -> std::uint32_t { return call.socket.take_id() & 0xffff; }}),
	Lie("last-id-is-zero", "The id 4294967295 is reported as 0.", "ZC-CT-17 ZC-CT-15",
	    {.change = [](Socket &, Notice &notice) -> void {
		    for (std::uint32_t *id : {&notice.err().ee_info, &notice.err().ee_data})
			    *id = *id == UINT32_MAX ? 0 : *id;
	    }}),
	Lie("range-ends-at-the-wrap", "A range across the wrap is reported up to the id 4294967295.",
	    "ZC-CT-15", {.change = [](Socket &, Notice &notice) -> void {
		    if (notice.err().ee_info > notice.err().ee_data)
			    notice.err().ee_data = UINT32_MAX;
	    }}),
	Lie("range-covers-all-ids", "A range of 2^32 - 1 ids is reported as one of 2^32.", "ZC-CT-16",
	    {.change = [](Socket &, Notice &notice) -> void {
		    if (notice.err().ee_info - notice.err().ee_data == 2)
			    notice.err().ee_info--;
	    }}),
	Lie("counter-counts-zero-length", "A flagged call of length zero takes an id on a stream.",
	    "ZC-CT-03 ZC-BP-04", {.counts_too = sent_nothing_on_a_stream}),
	Lie("zero-length-notifies", "A flagged call of length zero on a stream takes an id and notifies.",
	    "ZC-CT-03", {.notifies_too = sent_nothing_on_a_stream}),
	Lie("empty-datagram-counts-twice", "A flagged datagram without bytes takes two ids.", "ZC-CT-04",
	    {.ids = [](const Sending &, ssize_t result) -> long { return result == 0 ? 2 : 1; }}),
	Lie("zero-length-append-counts", "Appending nothing to a datagram takes another id.", "ZC-CT-05",
	    {.counts_too = [](const Sending &call, ssize_t result) -> bool {
		    return result == 0 && tried(call) && !call.socket.stream();
	    }}),
	Lie("counter-counts-failures", "A flagged call that fails takes an id.",
	    "ZC-CT-06 ZC-CT-12 ZC-TX-03 ZC-TX-04 ZC-UD-01 ZC-UD-06 ZC-MEM-03 ZC-CT-07 ZC-TX-20 ZC-UD-04 "
	    "ZC-LF-07 ZC-LF-08 ZC-UD-09 ZC-TS-03 ZC-CT-10 ZC-MEM-07 ZC-VS-06 ZC-TX-22 ZC-BP-04",
	    {.counts_too = failures_count<0>}),
	Lie("interrupted-send-counts", "A flagged call that a signal ends before it sent takes an id.",
	    "ZC-CT-06 ZC-CT-09 ZC-CT-11 ZC-UD-06 ZC-CT-01", {.counts_too = failures_count<EINTR>}),
	Lie("waiting-call-takes-two-ids",
	    "A flagged call that may wait, without MSG_DONTWAIT, takes two ids.", "ZC-CT-80",
	    {.ids = [](const Sending &call, ssize_t) -> long { return call.flags & MSG_DONTWAIT ? 1 : 2; }}),
	Lie("counter-counts-eagain", "A flagged call that would block takes an id.",
	    "ZC-CT-12 ZC-CT-06 ZC-UD-06 ZC-VS-31 ZC-TX-81", {.counts_too = failures_count<EAGAIN>}),
	Lie("counter-counts-bytes", "A call takes an id for each byte.",
	    "ZC-CT-01 ZC-IN-06 ZC-CT-02 ZC-MX-01 ZC-BT-01",
	    {.ids = [](const Sending &, ssize_t result) -> long { return result; }}),
	Lie("counter-counts-pages", "A call takes an id for every 4096 bytes that it begins.",
	    "ZC-CT-02 ZC-CT-01 ZC-CT-08",
	    {.ids = [](const Sending &, ssize_t result) -> long { return (result + 4095) / 4096; }}),
	Lie("counter-counts-vectors", "A call takes an id for every vector of its message.",
	    "ZC-CT-02 ZC-CT-01",
	    {.ids = [](const Sending &call, ssize_t) -> long { return call.message.msg_iovlen; }}),
	Lie("counter-counts-control-messages",
	    "A call takes another id for every IP or IPv6 control message.", "ZC-UD-11 ZC-UD-08",
	    {.ids = [](const Sending &call, ssize_t) -> long { return 1 + ip_control_messages(call); }}),
	Lie("counter-counts-segments", "A call takes an id for every UDP_SEGMENT of its datagram.",
	    "ZC-CT-02 ZC-UD-02 ZC-UD-03 ZC-CT-01", {.ids = [](const Sending &call, ssize_t result) -> long {
		    const int set = option(call.fd, SOL_UDP, UDP_SEGMENT);
		    const int size = set > 0 ? set : call.message.msg_controllen ? 1400 : 0;

		    return size && !call.socket.stream() ? (result + size - 1) / size : 1;
	    }}),
	Lie("segmented-sends-not-counted", "A flagged call with UDP_SEGMENT takes no id and never completes.",
	    "ZC-CT-02 ZC-CT-07 ZC-UD-02 ZC-UD-03 ZC-CT-18 ZC-IN-01",
	    {.ids = [](const Sending &call, ssize_t) -> long {
		     return option(call.fd, SOL_UDP, UDP_SEGMENT) > 0 ? Behaviour::no_id : 1;
	     },
	     .hides = true}),
	Lie("counter-counts-partial-sends-twice", "A call that sends only a part takes two ids.",
	    "ZC-CT-08 ZC-CT-19 ZC-MEM-06", {.ids = [](const Sending &call, ssize_t result) -> long {
		    return sent_a_part(call, result) ? 2 : 1;
	    }}),
	Lie("counter-leaves-partial-sends-out", "A call that sends only a part takes no id.",
	    "ZC-CT-08 ZC-CT-19 ZC-MEM-06",
	    {.ids = [](const Sending &call, ssize_t result) -> long {
		     return sent_a_part(call, result) ? Behaviour::no_id : 1;
	     },
	     .hides = true}),
	Lie("counter-counts-plain-sends", "A send without the flag takes an id.",
	    "ZC-MX-01 ZC-TX-09 ZC-TS-02 ZC-CT-01",
	    {.counts_too = [](const Sending &call, ssize_t result) -> bool {
		    return result > 0 && !(call.flags & MSG_ZEROCOPY);
	    }}),
	Lie("plain-sends-notify", "A send without the flag takes an id and notifies.",
	    "ZC-MX-01 ZC-MX-02 ZC-MX-03 ZC-TX-09 ZC-CT-18",
	    {.notifies_too = [](const Sending &call, ssize_t result) -> bool {
		    return result > 0 && !(call.flags & MSG_ZEROCOPY) &&
			   option(call.fd, SOL_SOCKET, SO_ZEROCOPY) == 1;
	    }}),
	Lie("counter-per-descriptor", "Every descriptor of a socket has a counter of its own.",
	    "ZC-CT-14 ZC-CT-18 ZC-CT-01", {.number = [](const Sending &call) -> std::uint32_t {
		    return call.socket.ids_by_fd[call.fd]++;
	    }}),
	Lie("counter-reset-by-connect", "connect() makes the ids start at 0 again.",
	    "ZC-CT-13 ZC-CT-18 ZC-CT-01",
	    {.connect = [](int fd, Socket &socket, const sockaddr *address, socklen_t length) -> int {
		     socket.next_id = 0;
		     return REAL(connect)(fd, address, length);
	     },
	     .renumbers = true}),
	Lie("appended-sends-share-an-id", "Flagged sends that are joined by MSG_MORE take one id together.",
	    "ZC-MX-03 ZC-CT-01 ZC-CT-18", {.count = [](const Sending &call, ssize_t, bool counts) -> void {
		    Socket &socket = call.socket;

		    if (counts)
			    socket.kernel_counted(socket.mark && socket.next_id ? socket.next_id - 1
										: socket.take_id());
		    socket.mark = call.flags & MSG_MORE;
	    }}),
};

} // namespace

constinit const std::span<const Lie> lying::lies_about_the_counter = lies;
