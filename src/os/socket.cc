// SPDX-License-Identifier: GPL-2.0
#include "os/socket.h"

#include <linux/sock_diag.h>
#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>

#include "os/check.h"
#include "os/option.h"

namespace os
{

bool await_events(int socket, short any_of, const Deadline &deadline)
{
	pollfd polls[] = {{socket, any_of, 0}};

	while (poll(polls, deadline) == 0 || !(polls[0].revents & any_of)) {
		if (deadline.passed())
			return false;
		/* An error that is queued ends poll(2) at once, whatever it waits for. */
		::poll(nullptr, 0, 1);
	}
	return true;
}

Fd open_socket(int family, int type, int protocol)
{
	return Fd(check(::socket(family, type | SOCK_CLOEXEC, protocol), "socket()"));
}

Fd bound_socket(int type, const Address &address)
{
	Fd socket = open_socket(address.family(), type);

	check(::bind(socket.get(), address.get(), address.length), "bind()");
	return socket;
}

void bind_receiver(int socket, const Address &address, bool connections, int buffer)
{
	/* Before listen(): the window that the handshake offers follows from it. */
	if (address.family() == AF_VSOCK)
		set_credit(socket, buffer);
	else
		set_receive_buffer(socket, buffer);
	check(::bind(socket, address.get(), address.length), "bind(receiver)");
	if (connections)
		check(::listen(socket, 1), "listen()");
}

void connect(int socket, const Address &address)
{
	check(::connect(socket, address.get(), address.length), "connect()");
}

void disconnect(int socket)
{
	const sockaddr nobody = {.sa_family = AF_UNSPEC, .sa_data = {}};

	check(::connect(socket, &nobody, sizeof(nobody)), "connect(AF_UNSPEC)");
}

Fd accept(int listener)
{
	return Fd(check(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC), "accept()"));
}

bool await_readable(int socket, const Deadline &deadline)
{
	return await_events(socket, POLLIN, deadline);
}

bool await_writable(int socket, const Deadline &deadline)
{
	return await_events(socket, POLLOUT, deadline);
}

unsigned socket_memory(int socket, int which)
{
	using Memory = std::array<std::uint32_t, SK_MEMINFO_VARS>;

	return get_option<Memory>(socket, SOL_SOCKET, SO_MEMINFO, "getsockopt(SO_MEMINFO)")[which];
}

SendQueue send_queue(int socket)
{
	SendQueue queue = {};

	check(::ioctl(socket, SIOCOUTQ, &queue.unacknowledged), "ioctl(SIOCOUTQ)");
	check(::ioctl(socket, SIOCOUTQNSD, &queue.unsent), "ioctl(SIOCOUTQNSD)");
	return queue;
}

SocketPair::SocketPair(int type)
{
	int ends[2];

	check(::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends), "socketpair()");
	first = Fd(ends[0]);
	second = Fd(ends[1]);
}

} // namespace os
