// SPDX-License-Identifier: GPL-2.0
#include "errqueue/receive.h"

#include <poll.h>

#include <cerrno>

#include "os/check.h"

namespace errqueue
{

std::optional<Message> receive(int socket, std::size_t control_bytes)
{
	const os::ReturnsAtOnce reads;
	/* An entry of another origin may carry its packet: leave it room. */
	std::vector<std::uint8_t> payload(256);
	std::vector<std::uint8_t> control(control_bytes);
	iovec vector = {payload.data(), payload.size()};
	msghdr header = {};

	header.msg_iov = &vector;
	header.msg_iovlen = 1;
	header.msg_control = control.data();
	header.msg_controllen = control.size();

	const ssize_t returned = ::recvmsg(socket, &header, MSG_ERRQUEUE);
	if (returned < 0 && errno == EAGAIN)
		return std::nullopt;
	if (returned < 0)
		throw ReadError(errno, std::generic_category(), "recvmsg(MSG_ERRQUEUE)");
	return parse(header, returned);
}

std::vector<Message> receive_queued(int socket)
{
	std::vector<Message> messages;

	while (auto message = receive(socket))
		messages.push_back(std::move(*message));
	return messages;
}

std::vector<Message> receive_many(int socket, unsigned most)
{
	const os::ReturnsAtOnce reads;
	std::vector<std::vector<std::uint8_t>> control(most, std::vector<std::uint8_t>(ample_control));
	std::vector<mmsghdr> headers(most);
	std::vector<Message> messages;

	for (unsigned i = 0; i < most; i++) {
		headers[i].msg_hdr.msg_control = control[i].data();
		headers[i].msg_hdr.msg_controllen = control[i].size();
	}
	const int count = ::recvmmsg(socket, headers.data(), most, MSG_ERRQUEUE, nullptr);
	if (count < 0 && errno == EAGAIN)
		return messages;
	if (count < 0)
		throw ReadError(errno, std::generic_category(), "recvmmsg(MSG_ERRQUEUE)");
	for (int i = 0; i < count; i++)
		messages.push_back(parse(headers[i].msg_hdr, headers[i].msg_len));
	return messages;
}

bool wait(int socket, const os::Deadline &deadline)
{
	pollfd polls[] = {{socket, 0, 0}};

	for (;;) {
		if (os::poll(polls, deadline) > 0 && (polls[0].revents & POLLERR))
			return true;
		if (deadline.passed())
			return false;
		/* POLLHUP comes unasked too and would make this spin. */
		::poll(nullptr, 0, 1);
	}
}

short poll_now(int socket, short events)
{
	pollfd poll = {socket, events, 0};

	os::check(::poll(&poll, 1, 0), "poll()");
	return poll.revents;
}

std::optional<Message> receive_unreported(int socket)
{
	return poll_now(socket) & POLLERR ? std::nullopt : receive(socket);
}

} // namespace errqueue
