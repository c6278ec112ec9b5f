// SPDX-License-Identifier: GPL-2.0
/* Interposed: what sends. */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>

#include "lying_kernel/lies.h"

using namespace lying;

namespace
{

/* net/ipv4/ip_output.c counts a datagram without bytes too: its header has some. */
bool kernel_counted(const Sending &call, ssize_t result)
{
	const bool starts_datagram = call.socket.datagram() && !call.socket.unfinished;

	return call.flagged() && (result > 0 || (result == 0 && starts_datagram));
}

void count(const Sending &call, ssize_t result)
{
	Socket &socket = call.socket;

	if (call.booked || !kernel_counted(call, result)) {
		if (lie()->counts_too && lie()->counts_too(call, result))
			socket.take_id();
		else if (lie()->notifies_too && lie()->notifies_too(call, result))
			/* A call that failed has copied nothing. */
			socket.notify(socket.take_id(), result < 0 ? 0 : SO_EE_CODE_ZEROCOPY_COPIED);
		return;
	}
	const long ids = lie()->ids ? lie()->ids(call, result) : 1;
	if (ids == Behaviour::no_id) {
		socket.kernel_counted(std::nullopt);
		return;
	}
	for (long i = 1; i < ids; i++)
		socket.take_id();
	socket.kernel_counted(lie()->number ? lie()->number(call) : socket.take_id());
}

ssize_t lie_about(Sending call)
{
	const ssize_t result = lie()->send ? lie()->send(call) : call.make();
	const KeepErrno keep;
	const auto lock = guard();

	call.socket.sends++;
	call.socket.unfinished = result >= 0 && (call.flags & MSG_MORE);
	if (lie()->count)
		lie()->count(call, result, kernel_counted(call, result));
	else
		count(call, result);
	return result;
}

bool elsewhere(int fd)
{
	const int family = option(fd, SOL_SOCKET, SO_DOMAIN);
	const int protocol = option(fd, SOL_SOCKET, SO_PROTOCOL);

	return (family != AF_INET && family != AF_INET6) ||
	       (protocol != IPPROTO_TCP && protocol != IPPROTO_UDP);
}

ssize_t send_message(int fd, const msghdr &message, int flags, Sending::Kind kind, unsigned index = 0)
{
	if (lie() && lie()->send_elsewhere && elsewhere(fd))
		return lie()->send_elsewhere(fd, message, flags);
	Socket *socket = lie() && (lie()->send || lie()->changes_ids()) ? find_socket(fd) : nullptr;
	msghdr copy = message;

	if (!socket)
		return REAL(sendmsg)(fd, &message, flags);
	return lie_about({fd, *socket, copy, flags, kind, index, false});
}

ssize_t wrote(int fd, ssize_t result)
{
	if (result > 0 && lie() && lie()->wrote)
		if (Socket *socket = find_socket(fd))
			lie()->wrote(fd, *socket, result);
	return result;
}

} // namespace

extern "C" ssize_t sendto(int fd, const void *data, size_t length, int flags, const sockaddr *address,
			  socklen_t address_length)
{
	iovec vector = {const_cast<void *>(data), length};
	msghdr message = {};

	if (!lie())
		return REAL(sendto)(fd, data, length, flags, address, address_length);
	message.msg_name = const_cast<sockaddr *>(address);
	message.msg_namelen = address ? address_length : 0;
	message.msg_iov = &vector;
	message.msg_iovlen = 1;
	return send_message(fd, message, flags, address ? Sending::sendto : Sending::send);
}

extern "C" ssize_t send(int fd, const void *data, size_t length, int flags)
{
	if (!lie())
		return REAL(send)(fd, data, length, flags);
	return ::sendto(fd, data, length, flags, nullptr, 0);
}

extern "C" ssize_t sendmsg(int fd, const msghdr *message, int flags)
{
	if (!lie() || !message)
		return REAL(sendmsg)(fd, message, flags);
	return send_message(fd, *message, flags, Sending::sendmsg);
}

extern "C" int sendmmsg(int fd, mmsghdr *messages, unsigned count, int flags)
{
	if (!lie() || !(lie()->send || lie()->changes_ids()) || !find_socket(fd))
		return REAL(sendmmsg)(fd, messages, count, flags);
	for (unsigned i = 0; i < count; i++) {
		const ssize_t length = send_message(fd, messages[i].msg_hdr, flags, Sending::sendmmsg, i);

		if (length < 0)
			return i ? static_cast<int>(i) : -1;
		messages[i].msg_len = length;
	}
	return static_cast<int>(count);
}

extern "C" ssize_t write(int fd, const void *data, size_t length)
{
	if (lie() && lie()->write_optmem && is_optmem_file(fd))
		return lie()->write_optmem(data, length, REAL(write)(fd, data, length));
	return wrote(fd, REAL(write)(fd, data, length));
}

extern "C" ssize_t writev(int fd, const iovec *vectors, int count)
{
	return wrote(fd, REAL(writev)(fd, vectors, count));
}

extern "C" ssize_t splice(int in, off64_t *in_offset, int out, off64_t *out_offset, size_t length,
			  unsigned flags)
{
	return wrote(out, REAL(splice)(in, in_offset, out, out_offset, length, flags));
}

extern "C" ssize_t sendfile(int out, int in, off_t *offset, size_t length) noexcept
{
	return wrote(out, REAL(sendfile)(out, in, offset, length));
}

extern "C" ssize_t sendfile64(int out, int in, off64_t *offset, size_t length) noexcept
{
	return wrote(out, REAL(sendfile64)(out, in, offset, length));
}

namespace lying
{

std::size_t Sending::length() const
{
	std::size_t length = 0;

	for (std::size_t i = 0; i < message.msg_iovlen; i++)
		length += message.msg_iov[i].iov_len;
	return length;
}

bool Sending::flagged() const
{
	return (flags & MSG_ZEROCOPY) && option(fd, SOL_SOCKET, SO_ZEROCOPY) == 1;
}

ssize_t Sending::make() const
{
	return make_with(flags);
}

ssize_t Sending::make_with(int other_flags) const
{
	return REAL(sendmsg)(fd, &message, other_flags);
}

/* From a copy of these bytes, and from a vector of the program's, which may be empty. */
static ssize_t send_copy(const Sending &call, const Bytes &bytes, iovec rest, int other_flags)
{
	void *pages =
		::mmap(nullptr, bytes.size() + 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	iovec vectors[] = {{pages, bytes.size()}, rest};
	msghdr other = call.message;

	if (pages == MAP_FAILED)
		return -1;
	std::copy(bytes.begin(), bytes.end(), static_cast<std::uint8_t *>(pages));
	other.msg_iov = vectors;
	other.msg_iovlen = rest.iov_len ? 2 : 1;
	const ssize_t result = REAL(sendmsg)(call.fd, &other, other_flags);
	const KeepErrno keep;
	::munmap(pages, bytes.size() + 1);
	return result;
}

ssize_t Sending::make_from(const Bytes &bytes, int other_flags) const
{
	return send_copy(*this, bytes, {}, other_flags);
}

ssize_t Sending::make_with_head(const Bytes &head, int other_flags) const
{
	const iovec &all = message.msg_iov[0];

	return send_copy(*this, head,
			 {static_cast<std::uint8_t *>(all.iov_base) + head.size(), all.iov_len - head.size()},
			 other_flags);
}

Bytes Sending::copy() const
{
	const KeepErrno keep;
	Bytes bytes(length());
	const iovec to = {bytes.data(), bytes.size()};

	if (::process_vm_readv(::getpid(), &to, 1, message.msg_iov, message.msg_iovlen, 0) !=
	    static_cast<ssize_t>(bytes.size()))
		bytes.clear();
	return bytes;
}

} // namespace lying
