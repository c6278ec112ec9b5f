// SPDX-License-Identifier: GPL-2.0
#include "harness/fast_open.h"

#include <sys/socket.h>

#include <string>

#include "harness/sockets.h"
#include "netns/sysctl.h"
#include "transport/calls.h"

namespace harness
{

static void write_sysctl(Test &test, unsigned bits)
{
	if (!netns::try_sysctl("ipv4/tcp_fastopen", std::to_string(bits)))
		test.skip("TCP Fast Open: a net.ipv4.tcp_fastopen that can be written");
}

void allow_fast_open(Test &test, unsigned bits)
{
	at_receiver(test, [&] { write_sysctl(test, bits); });
	write_sysctl(test, bits);
}

transport::Sent fast_open(transport::Link &link, os::Bytes bytes, int flags, const os::Address *to)
{
	const transport::Sent sent =
		transport::send_raw(link.sender(), bytes, flags | MSG_ZEROCOPY | MSG_FASTOPEN | MSG_NOSIGNAL,
				    to ? to : &link.destination());

	link.account(sent, bytes, MSG_ZEROCOPY);
	return sent;
}

} // namespace harness
