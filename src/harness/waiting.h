/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>

#include "harness/test.h"
#include "os/result.h"
#include "os/thread_in_call.h"
#include "transport/link.h"

/* What must come, within os::event_timeout(), or must be so now. */
namespace harness
{

/* poll(2) reports POLLERR for `what`, which is not read. With a link, its receiver reads
 * meanwhile, unless the path holds. */
void notified(At at, transport::Link &link, std::string_view what = "the notification");
void notified(At at, int socket, std::string_view what = "the notification");

/* poll(2) comes to report POLLIN; `whose`: "the receiver". */
void readable(At at, int socket, std::string_view whose);
/* It comes to report POLLOUT: what the receiver's reads make room for comes a moment
 * after them, as VSOCK's credit does. */
void has_room(At at, const transport::Link &link);
/* A poll(2) that has returned reported exactly this. */
void returned_events(At at, short seen, short expected, std::string_view what = "revents of poll()");
/* What poll(2) reports now, asked for `events`, is exactly this; `when`: "after a send". */
void events_are(At at, int socket, std::string_view when, short events, short expected);
/* Nothing shows that the socket, of which the data has arrived, took the flag. */
void no_notification(At at, int socket);
/* It comes to report any of these. */
void await_events(At at, int socket, short any_of, std::string_view what);
/* An event of epoll_wait(2), 0 where there was none. */
void event_is(At at, std::string_view what, unsigned seen, unsigned expected);

/* The thread sleeps in its call, such as "recv() without data". */
void blocks(At at, const os::ThreadInCall &thread, std::string_view call);
/* The call ends, and with that value. */
os::Returned returns(At at, os::ThreadInCall &thread, std::string_view call);
void returns(At at, os::ThreadInCall &thread, std::string_view call, ssize_t expected);
/* A signal ends the call; gives what it returned. */
os::Returned interrupted(At at, os::ThreadInCall &thread, std::string_view call);
/* A signal's handler runs in the thread, and the kernel makes the call again, which blocks as before. */
void restarted(At at, os::ThreadInCall &thread, std::string_view call);

/* The kernel has taken in what the peer of a stream acknowledged: that many bytes of
 * what was sent are left (SIOCOUTQ). */
void left_to_acknowledge(At at, const transport::Link &link, int expected);
/* The peer of a stream has acknowledged all that was sent to it, which a byte the other way makes it do at
 * once rather than after a delay. */
void nothing_in_flight(transport::Link &link);
/* Of a scripted peer's link, on which one flagged call sent `whole` bytes that the peer has received: it
 * acknowledges up to each of these positions, which completes nothing, and then all of it, which does. */
void completes_with_its_last_byte(At at, transport::Link &link, std::initializer_list<std::uint32_t> ends,
				  std::uint32_t whole);
/* Once all data of a stream is acknowledged, its send queue takes no memory. */
void queue_memory_returned(At at, const transport::Link &link);
/* Options of a stream that takes little data before its receiver reads, and only a part of a call of
 * more_than_small_buffers() bytes. The buffers follow the page size, as flagged data is charged in whole
 * pages at both ends: a receiver without room for a page drops it, and it is sent again and again. */
transport::LinkOptions small_buffers();
std::size_t more_than_small_buffers(); /* in bytes */
/*
 * Fill the send buffer with calls of these flags. With nothing in flight no
 * acknowledgment can come that would make room: sends fail until the receiver reads, or
 * a probe of its window, 200 ms later at the earliest, takes some bytes.
 */
void fill(At at, transport::Link &link, os::Bytes bytes, int flags = 0);
/* A stream whose receiver's window is closed, by plain data: what is sent next waits for
 * the receiver to read. The receive buffer is the least that there is. */
transport::Link &connect_behind_closed_window(At at, transport::LinkOptions options = {});

} // namespace harness
