// SPDX-License-Identifier: GPL-2.0
/* Interposed: what reads data, and the error queue. */
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>

#include "lying_kernel/lies.h"
#include "lying_kernel/views.h"

using namespace lying;

namespace
{

ssize_t read_queue(int fd, Socket &socket, msghdr &message, int flags)
{
	if (lie()->refuse_read)
		if (const int error = lie()->refuse_read(fd, socket, message, flags))
			return fail(error);
	if (!lie()->owns_queue() && !socket.waiting() && !socket.renumbered)
		return REAL(recvmsg)(fd, &message, flags);

	const auto lock = guard();
	while ((lie()->may_hide() || !socket.readable()) && pull(fd, socket))
		;
	if (!socket.readable())
		return lie()->empty ? lie()->empty(fd, socket, message) : fail(EAGAIN);
	Notice notice = socket.queue.front();
	if (lie()->change && notice.completion)
		lie()->change(socket, notice);
	const ssize_t result = give_notice(notice, message, lie()->delivery);
	const bool stays = (lie()->keeps_when_truncated && (message.msg_flags & MSG_CTRUNC)) ||
			   (lie()->keeps_when_peeked && (flags & MSG_PEEK));
	if (!stays && !socket.queue.empty())
		socket.queue.pop_front();
	return result;
}

ssize_t receive_message(int fd, msghdr &message, int flags)
{
	Socket *socket = lie() ? find_socket(fd) : nullptr;

	if (lie()->receive_elsewhere && !socket)
		return lie()->receive_elsewhere(fd, message, flags);
	if (socket && (flags & MSG_ERRQUEUE))
		return read_queue(fd, *socket, message, flags);
	if (!socket || !lie()->receive)
		return REAL(recvmsg)(fd, &message, flags);
	const ssize_t result = lie()->receive({fd, *socket, message, flags});
	const KeepErrno keep;
	const auto lock = guard();
	if (result > 0) {
		socket->received += result;
		socket->reads++;
	}
	return result;
}

} // namespace

extern "C" ssize_t recvmsg(int fd, msghdr *message, int flags)
{
	if (!lie() || !message)
		return REAL(recvmsg)(fd, message, flags);
	return receive_message(fd, *message, flags);
}

extern "C" ssize_t recvfrom(int fd, void *data, size_t length, int flags, sockaddr *address,
			    socklen_t *address_length)
{
	iovec vector = {data, length};
	msghdr message = {};

	if (!lie())
		return REAL(recvfrom)(fd, data, length, flags, address, address_length);
	message.msg_name = address;
	message.msg_namelen = address && address_length ? *address_length : 0;
	message.msg_iov = &vector;
	message.msg_iovlen = 1;
	const ssize_t result = receive_message(fd, message, flags);
	if (result >= 0 && address && address_length)
		*address_length = message.msg_namelen;
	return result;
}

extern "C" ssize_t recv(int fd, void *data, size_t length, int flags)
{
	if (!lie())
		return REAL(recv)(fd, data, length, flags);
	return ::recvfrom(fd, data, length, flags, nullptr, nullptr);
}

extern "C" int recvmmsg(int fd, mmsghdr *messages, unsigned count, int flags, timespec *timeout)
{
	if (!lie() || !(flags & MSG_ERRQUEUE) || !find_socket(fd) ||
	    !(lie()->owns_queue() || lie()->reads_one_at_a_time))
		return REAL(recvmmsg)(fd, messages, count, flags, timeout);
	for (unsigned i = 0; i < count; i++) {
		const ssize_t length = receive_message(fd, messages[i].msg_hdr, flags);

		if (length < 0)
			return i ? static_cast<int>(i) : -1;
		messages[i].msg_len = length;
		if (lie()->reads_one_at_a_time)
			return 1;
	}
	return static_cast<int>(count);
}

extern "C" ssize_t read(int fd, void *data, size_t length)
{
	if (lie() && lie()->read_optmem && is_optmem_file(fd))
		return lie()->read_optmem(data, length, REAL(read)(fd, data, length));
	if (!lie() || !lie()->receive || !find_socket(fd))
		return REAL(read)(fd, data, length);
	return ::recvfrom(fd, data, length, 0, nullptr, nullptr);
}

extern "C" ssize_t readv(int fd, const iovec *vectors, int count)
{
	msghdr message = {};

	if (!lie() || !lie()->receive || !find_socket(fd))
		return REAL(readv)(fd, vectors, count);
	message.msg_iov = const_cast<iovec *>(vectors);
	message.msg_iovlen = count;
	return receive_message(fd, message, 0);
}

/* What programs call that were built with _FORTIFY_SOURCE. */
// NOLINTBEGIN(bugprone-reserved-identifier)
extern "C" ssize_t __recv_chk(int fd, void *data, size_t length, size_t, int flags)
{
	return ::recv(fd, data, length, flags);
}

extern "C" ssize_t __recvfrom_chk(int fd, void *data, size_t length, size_t, int flags, sockaddr *address,
				  socklen_t *address_length)
{
	return ::recvfrom(fd, data, length, flags, address, address_length);
}

extern "C" ssize_t __read_chk(int fd, void *data, size_t length, size_t)
{
	return ::read(fd, data, length);
}
// NOLINTEND(bugprone-reserved-identifier)

namespace lying
{

ssize_t Receiving::make() const
{
	return make_with(flags);
}

ssize_t Receiving::make_with(int other_flags) const
{
	return REAL(recvmsg)(fd, &message, other_flags);
}

std::uint8_t *Receiving::at(std::size_t i) const
{
	for (std::size_t v = 0; v < message.msg_iovlen; v++) {
		const iovec &vector = message.msg_iov[v];

		if (i < vector.iov_len)
			return vector.iov_base ? static_cast<std::uint8_t *>(vector.iov_base) + i : nullptr;
		i -= vector.iov_len;
	}
	return nullptr;
}

} // namespace lying
