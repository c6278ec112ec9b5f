// SPDX-License-Identifier: GPL-2.0
#include "harness/receiving.h"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

#include "errqueue/receive.h"
#include "harness/waiting.h"
#include "os/deadline.h"
#include "os/option.h"
#include "os/result.h"

namespace harness
{

using os::Bytes;
using os::Data;

Data received(At at, int socket, std::size_t most, int flags)
{
	Data bytes(most);
	os::Returned result;

	readable(at, socket, "the receiver");
	/* poll(2) calls a message of VSOCK readable when its first packet is there, and it
	 * can be read when its last is. */
	os::wait_until([&] {
		result = os::Returned::of(::recv(socket, bytes.data(), bytes.size(), flags | MSG_DONTWAIT));
		return result.error != EAGAIN;
	});
	at->that("return value of recv() at the receiver", result.ok(), "the bytes that were sent",
		 os::describe(result));
	bytes.resize(result.returned);
	return bytes;
}

void receives(At at, int socket, Bytes expected, int flags)
{
	const bool in_parts =
		os::get_option<int>(socket, SOL_SOCKET, SO_TYPE, "getsockopt(SO_TYPE)") == SOCK_STREAM;
	/* A longer datagram would be cut. */
	Data arrived = received(at, socket, in_parts ? expected.size() : expected.size() + 1, flags);

	while (in_parts && !(flags & MSG_PEEK) && arrived.size() < expected.size()) {
		const Data part = received(at, socket, expected.size() - arrived.size(), flags);

		if (part.empty())
			break;
		arrived.insert(arrived.end(), part.begin(), part.end());
	}
	at->equal("bytes at the receiver", arrived, expected);
}

Data await_bytes(int socket, std::size_t length)
{
	Data bytes(length);
	bool all = false;

	os::wait_until([&] {
		all = ::recv(socket, bytes.data(), length, MSG_PEEK | MSG_DONTWAIT) ==
		      static_cast<ssize_t>(length);
		return all || (errqueue::poll_now(socket) & (POLLERR | POLLHUP));
	});
	bytes.resize(all ? length : 0);
	return bytes;
}

void data_arrives(At at, transport::Link &link, os::Bytes bytes)
{
	link.answer(bytes);
	receives(at, link.sender(), bytes, MSG_PEEK);
}

} // namespace harness
