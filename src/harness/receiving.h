/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include "harness/test.h"
#include "os/bytes.h"
#include "transport/link.h"

/* Bytes that arrive at a socket that the case reads itself. */
namespace harness
{

/*
 * The next bytes at the socket are these, within os::event_timeout(): a datagram or a message
 * in one read, and of this length; of a stream as many bytes as these, more may follow.
 * `flags`: MSG_PEEK and the like.
 */
void receives(At at, int socket, os::Bytes expected, int flags = 0);
/* One datagram, message or piece of a stream, of at most so many bytes. */
os::Data received(At at, int socket, std::size_t most = 1 << 16, int flags = 0);
/* So many bytes of the socket's queue, which stay there; none where the connection ended before that many
 * had arrived, or the deadline passed. */
os::Data await_bytes(int socket, std::size_t length);
/* The receiver's end has sent these bytes to the sender, which has not read them. */
void data_arrives(At at, transport::Link &link, os::Bytes bytes);

} // namespace harness
