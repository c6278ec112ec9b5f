// SPDX-License-Identifier: GPL-2.0
/* About VSOCK alone; most other lies are about its sockets too. */
#include "lying_kernel/lies.h"

using namespace lying;

namespace
{

constexpr std::size_t packet = 64 << 10;

bool is_vsock(const Socket &socket)
{
	return socket.family == AF_VSOCK;
}

/* As other_failure(), without the flag too. */
template <int from, int to> ssize_t vsock_failure(Sending &call)
{
	const ssize_t result = call.make();

	if (result >= 0 || errno != from || !is_vsock(call.socket))
		return result;
	return to ? fail(to) : static_cast<ssize_t>(call.length());
}

template <int code> void change_code(Socket &socket, Notice &notice)
{
	if (is_vsock(socket))
		notice.err().ee_code = code;
}

constexpr std::array lies = {
	Lie("vsock-ignores-flag", "A VSOCK send copies, and gives no id.",
	    "ZC-VS-13 ZC-SO-10 ZC-LO-15 ZC-VS-02 ZC-VS-03 ZC-VS-05 ZC-VS-07 ZC-VS-08 ZC-VS-17 ZC-VS-18 "
	    "ZC-VS-19 ZC-VS-20 ZC-VS-21 ZC-VS-22 ZC-VS-23 ZC-VS-35 ZC-VS-60 ZC-VS-61",
	    {.send = [](Sending &call) -> ssize_t {
		    return call.make_with(is_vsock(call.socket) ? call.flags & ~MSG_ZEROCOPY : call.flags);
	    }}),
	Lie("vsock-copies-at-once",
	    "A VSOCK send copies into pages of the kernel's, and says that it shares.", "ZC-LO-15 ZC-VS-24",
	    {.send = [](Sending &call) -> ssize_t {
		    const Bytes bytes = call.flagged() && is_vsock(call.socket) ? call.copy() : Bytes();

		    return bytes.empty() ? call.make() : call.make_from(bytes, call.flags);
	    }}),
	Lie("vsock-counts-packets", "A VSOCK send takes one id for each of its packets.", "ZC-VS-03",
	    {.count = [](const Sending &call, ssize_t result, bool counts) -> void {
		    if (!counts)
			    return;
		    call.socket.kernel_counted(call.socket.take_id());
		    if (is_vsock(call.socket) && result > static_cast<ssize_t>(packet))
			    call.socket.take_id();
	    }}),
	Lie("vsock-says-copied", "Completions of VSOCK say SO_EE_CODE_ZEROCOPY_COPIED.",
	    "ZC-VS-02 ZC-VS-04 ZC-LO-15 ZC-VS-23", {.change = change_code<SO_EE_CODE_ZEROCOPY_COPIED>}),
	Lie("vsock-never-says-copied", "Completions of VSOCK never say SO_EE_CODE_ZEROCOPY_COPIED.",
	    "ZC-VS-22", {.change = change_code<0>}),
	Lie("vsock-accepted-socket-has-the-option", "An accepted VSOCK socket has SO_ZEROCOPY set.",
	    "ZC-SO-15", {.accepted = [](int, int fd) -> void {
		    const KeepErrno keep;

		    if (option(fd, SOL_SOCKET, SO_DOMAIN) == AF_VSOCK)
			    set_zerocopy(fd, 1);
	    }}),
	Lie("vsock-accepted-socket-refuses-the-option",
	    "SO_ZEROCOPY cannot be set on an accepted VSOCK socket.", "ZC-SO-10",
	    {.set_option = [](const Setting &call) -> int {
		     const Socket *socket = call.is_zerocopy() ? find_socket(call.fd) : nullptr;

		     return socket && is_vsock(*socket) && socket->mark ? fail(EOPNOTSUPP) : call.make();
	     },
	     .accepted = [](int, int fd) -> void {
		     if (Socket *socket = find_socket(fd))
			     socket->mark = true;
	     }}),
	Lie("vsock-failure-is-success", "A VSOCK send that fails with ENOMEM says that it has sent all.",
	    "ZC-TX-06 ZC-LIM-13 ZC-VS-33 ZC-VS-08", {.send = vsock_failure<ENOMEM, 0>}),
	Lie("vsock-failures-take-credit", "VSOCK sends that fail leave credit for a few bytes only.",
	    "ZC-VS-34", {.send = [](Sending &call) -> ssize_t {
		    const ssize_t result = call.socket.refusals < 4 ? call.make() : fail(EAGAIN);

		    if (result < 0 && errno != EAGAIN && is_vsock(call.socket))
			    call.socket.refusals++;
		    return result;
	    }}),
	Lie("vsock-large-message-is-invalid", "A VSOCK message above the buffer fails with EINVAL.",
	    "ZC-VS-07", {.send = vsock_failure<EMSGSIZE, EINVAL>}),
	Lie("vsock-loses-end-of-record", "VSOCK messages lose their MSG_EOR.", "ZC-VS-17",
	    {.send = [](Sending &call) -> ssize_t {
		    return call.make_with(is_vsock(call.socket) ? call.flags & ~MSG_EOR : call.flags);
	    }}),
};

} // namespace

constinit const std::span<const Lie> lying::lies_about_vsock = lies;
