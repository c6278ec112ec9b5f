/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <sys/socket.h>
#include <sys/time.h>

#include <chrono>
#include <cstdint>
#include <type_traits>

#include "os/check.h"

/* Socket options, to prepare a case or to look at its socket. All of these throw
 * std::system_error, see check(). */
namespace os
{

/* An option that is an int. */
inline void set_option(int socket, int level, int name, int value, const char *what = "setsockopt()")
{
	check(::setsockopt(socket, level, name, &value, sizeof(value)), what);
}

/* One that is a structure, such as struct linger. */
template <typename Struct>
requires std::is_class_v<Struct>
void set_option(int socket, int level, int name, const Struct &value, const char *what = "setsockopt()")
{
	check(::setsockopt(socket, level, name, &value, sizeof(value)), what);
}

/* What the kernel does not fill in is zero. A structure that two headers define differently must be
 * asked for in one file only: see transport/calls.cc. */
template <typename Value> Value get_option(int socket, int level, int name, const char *what = "getsockopt()")
{
	Value value = {};
	socklen_t length = sizeof(value);

	check(::getsockopt(socket, level, name, &value, &length), what);
	return value;
}

/* SO_ERROR, which reading clears: an errno, 0 where none is pending. */
inline int pending_error(int socket)
{
	return get_option<int>(socket, SOL_SOCKET, SO_ERROR, "getsockopt(SO_ERROR)");
}

/* For SO_SNDTIMEO and the like. */
constexpr timeval as_timeval(std::chrono::milliseconds time)
{
	return {static_cast<time_t>(time.count() / 1000),
		static_cast<suseconds_t>(time.count() % 1000 * 1000)};
}

/* In bytes: no case has more under way at a time. */
inline constexpr int ample_buffer = 4 << 20;

/* SO_SNDBUF and SO_RCVBUF in bytes, as setsockopt takes them: beyond the
 * administrator's limit where allowed, up to it elsewhere. */
void set_send_buffer(int socket, int bytes);
void set_receive_buffer(int socket, int bytes);
/* VSOCK: the data under way to a socket is limited by its own buffer and, on kernels with
 * virtio_transport_common.c:virtio_transport_tx_buf_size, by the sender's. */
void set_credit(int socket, std::uint64_t bytes);
/* VSOCK: connect() gives up after 2 seconds otherwise. */
void set_connect_timeout(int socket, std::chrono::milliseconds timeout);

} // namespace os
