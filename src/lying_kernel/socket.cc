// SPDX-License-Identifier: GPL-2.0
#include "lying_kernel/socket.h"

#include <pthread.h>

#include <new>

#include "lying_kernel/real.h"

namespace lying
{

namespace
{

std::recursive_mutex &mutex()
{
	static std::recursive_mutex mutex;

	return mutex;
}

std::map<std::uint64_t, Socket> &sockets()
{
	static std::map<std::uint64_t, Socket> sockets;

	return sockets;
}

/* The child is another thread than the one that locked: it starts afresh. */
[[gnu::constructor]] void be_fork_safe()
{
	::pthread_atfork([] { mutex().lock(); }, [] { mutex().unlock(); },
			 [] { new (&mutex()) std::recursive_mutex; });
}

} // namespace

std::unique_lock<std::recursive_mutex> guard()
{
	return std::unique_lock(mutex());
}

std::optional<std::uint32_t> Socket::shown_as(std::uint32_t kernel_id) const
{
	if (kernel_id < shown.size())
		return shown[kernel_id];
	/* A call that was not seen here: another process made it. */
	return next_id + (kernel_id - static_cast<std::uint32_t>(shown.size()));
}

/* net/core/skbuff.c:skb_zerocopy_notify_extend. */
void Socket::append(Notice notice)
{
	if (!queue.empty() && queue.back().completion && notice.completion) {
		sock_extended_err &last = queue.back().err();

		if (last.ee_data + 1 == notice.err().ee_info) {
			last.ee_data = notice.err().ee_data;
			return;
		}
	}
	queue.push_back(std::move(notice));
}

void Socket::notify(std::uint32_t id, std::uint8_t code)
{
	append(make_notice(family, id, id, code));
}

Socket *find_socket(int fd)
{
	const KeepErrno keep;
	std::uint64_t cookie = 0;
	socklen_t length = sizeof(cookie);

	/* The kernel's own name for a socket: descriptors come and go. */
	if (REAL(getsockopt)(fd, SOL_SOCKET, SO_COOKIE, &cookie, &length) < 0)
		return nullptr;
	const auto lock = guard();
	auto [found, is_new] = sockets().try_emplace(cookie);
	Socket &socket = found->second;
	if (is_new) {
		socket.family = option(fd, SOL_SOCKET, SO_DOMAIN);
		socket.type = option(fd, SOL_SOCKET, SO_TYPE);
	}
	switch (socket.family) {
	case AF_INET:
	case AF_INET6:
		return socket.stream() || socket.datagram() ? &socket : nullptr;
	case AF_VSOCK:
		return socket.stream() || socket.type == SOCK_SEQPACKET ? &socket : nullptr;
	default:
		return nullptr;
	}
}

} // namespace lying
