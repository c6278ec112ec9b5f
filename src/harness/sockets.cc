// SPDX-License-Identifier: GPL-2.0
#include "harness/sockets.h"

#include <sys/socket.h>

#include "os/check.h"
#include "os/names.h"
#include "os/option.h"
#include "os/result.h"
#include "os/socket.h"

namespace harness
{

using transport::Transport;

os::Fd new_socket(Test &test)
{
	test.network();
	return os::open_socket(test.transport().family, test.transport().type);
}

Bound bound_at_receiver(Test &test, int address_family)
{
	const Transport &transport = test.transport();
	const int family = address_family == AF_UNSPEC ? transport.address_family : address_family;
	const char *const text = test.network().addresses(family).receiver;
	os::Fd socket = at_receiver(test, [&] {
		return os::bound_socket(transport.type, transport::make_address(family, text, 0));
	});
	const std::uint32_t port = os::port_of(os::local_address(socket.get()));

	return {std::move(socket), transport::make_address(transport.family, text, port)};
}

Bound listener_at_receiver(Test &test)
{
	Bound bound = bound_at_receiver(test);

	os::check(::listen(bound.socket.get(), 1), "listen()");
	return bound;
}

Bound closed_port(Test &test)
{
	Bound bound = bound_at_receiver(test);

	if (test.is(transport::datagram))
		bound.socket.close();
	return bound;
}

int set_zerocopy(int socket, int value)
{
	return os::Returned::of(::setsockopt(socket, SOL_SOCKET, SO_ZEROCOPY, &value, sizeof(value))).error;
}

int zerocopy(int socket)
{
	return os::get_option<int>(socket, SOL_SOCKET, SO_ZEROCOPY, "getsockopt(SO_ZEROCOPY)");
}

void reads_back(At at, int socket, int value, const std::string &of_what)
{
	const int read = zerocopy(socket);

	at->keeps("ZC-SO-03", "SO_ZEROCOPY as it was just set" + of_what, read == value,
		  std::to_string(value), std::to_string(read));
}

void pending_error_is(At at, int socket, int expected)
{
	at->socket_error(os::pending_error(socket), expected);
}

} // namespace harness
