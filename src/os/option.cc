// SPDX-License-Identifier: GPL-2.0
#include "os/option.h"

#include <linux/vm_sockets.h>

namespace os
{

static void set_buffer(int socket, int force, int option, int bytes)
{
	if (::setsockopt(socket, SOL_SOCKET, force, &bytes, sizeof(bytes)) < 0)
		set_option(socket, SOL_SOCKET, option, bytes, "setsockopt(SO_SNDBUF or SO_RCVBUF)");
}

void set_send_buffer(int socket, int bytes)
{
	set_buffer(socket, SO_SNDBUFFORCE, SO_SNDBUF, bytes);
}

void set_receive_buffer(int socket, int bytes)
{
	set_buffer(socket, SO_RCVBUFFORCE, SO_RCVBUF, bytes);
}

void set_credit(int socket, std::uint64_t bytes)
{
	for (const int option : {SO_VM_SOCKETS_BUFFER_MAX_SIZE, SO_VM_SOCKETS_BUFFER_SIZE})
		check(::setsockopt(socket, AF_VSOCK, option, &bytes, sizeof(bytes)),
		      "setsockopt(SO_VM_SOCKETS_BUFFER_SIZE)");
}

void set_connect_timeout(int socket, std::chrono::milliseconds timeout)
{
	set_option(socket, AF_VSOCK, SO_VM_SOCKETS_CONNECT_TIMEOUT, as_timeval(timeout),
		   "setsockopt(SO_VM_SOCKETS_CONNECT_TIMEOUT)");
}

} // namespace os
