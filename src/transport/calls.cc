// SPDX-License-Identifier: GPL-2.0
#include "transport/calls.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "os/option.h"

namespace transport
{

using os::Bytes;
using os::Returned;

Returned send_raw(int socket, Bytes bytes, int flags, const os::Address *to)
{
	return Returned::of(::sendto(socket, bytes.data(), bytes.size(), flags, to ? to->get() : nullptr,
				     to ? to->length : 0));
}

Returned send_raw(int socket, const Outgoing &message, int flags)
{
	const msghdr header = message.header();

	return Returned::of(::sendmsg(socket, &header, flags));
}

Returned send_blocking(Link &link, Bytes bytes, int flags, std::chrono::milliseconds most)
{
	os::set_option(link.sender(), SOL_SOCKET, SO_SNDTIMEO, os::as_timeval(most),
		       "setsockopt(SO_SNDTIMEO)");
	const Returned sent = send_raw(link.sender(), bytes, flags | MSG_NOSIGNAL);
	link.account(sent, bytes, flags);
	return sent;
}

os::ThreadInCall send_in_thread(const Link &link, Bytes bytes)
{
	const int socket = link.sender();

	return {socket,
		[socket, bytes] { return send_raw(socket, bytes, MSG_ZEROCOPY | MSG_NOSIGNAL).returned; }};
}

/* The kernel's structure. Only this file may ask for it: the C library's header has a shorter one
 * of the same name, and one of the two get_option<tcp_info>() would serve for both. */
static tcp_info information(int socket)
{
	return os::get_option<tcp_info>(socket, IPPROTO_TCP, TCP_INFO, "getsockopt(TCP_INFO)");
}

unsigned data_segments(int socket)
{
	const tcp_info info = information(socket);

	return info.tcpi_data_segs_out - info.tcpi_total_retrans;
}

unsigned retransmissions(int socket)
{
	return information(socket).tcpi_total_retrans;
}

std::chrono::milliseconds retransmission_timeout(int socket)
{
	return std::chrono::milliseconds(information(socket).tcpi_rto / 1000);
}

unsigned unacknowledged_segments(int socket)
{
	return information(socket).tcpi_unacked;
}

unsigned negotiated_options(int socket)
{
	return information(socket).tcpi_options;
}

} // namespace transport
