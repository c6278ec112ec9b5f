/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "harness/test.h"
#include "os/result.h"
#include "transport/link.h"
#include "transport/outgoing.h"
#include "transport/payload.h"

/* Send calls with their expectations. What a link sends is in its books. */
namespace harness
{

/* A link whose send buffer takes that many pages (ZC-LIM-14): flagged data is charged with those that it
 * touches, anew for each packet, which behind a closed window is one segment; each packet with 1.5 KiB
 * besides; and what fills the window with 120 KiB. A user without CAP_NET_ADMIN, as everyone is to an agent,
 * has up to net.core.wmem_max, which counts twice. By default that has long been 208 KiB, or 160 with 32
 * bits. */
transport::Link &connect_with_room(At at, std::size_t pages, transport::LinkOptions options = {});

/* One call with MSG_ZEROCOPY and these flags; it sends all of the bytes. */
void sends(At at, transport::Link &link, os::Bytes bytes, int flags = 0);
void sends(At at, transport::Link &link, const transport::Outgoing &message, int flags = 0);
void sends(At at, transport::Link &link); /* Link::usual_length() */
/* One call without MSG_ZEROCOPY. */
void plainly_sends(At at, transport::Link &link, os::Bytes bytes, int flags = 0);
/* One sendfile(2) of these bytes, which are in the file from `offset` on. */
void sends_file(At at, transport::Link &link, int file, off_t offset, os::Bytes bytes);
/* A flagged send that stays at the sender: no notification is queued. */
void sends_to_wait(At at, transport::Link &link, os::Bytes bytes, int flags = 0);
/* A flagged send whose notification comes, and stays on the error queue. */
void queue_notification(At at, transport::Link &link, os::Bytes bytes);
void queue_notification(At at, transport::Link &link); /* Link::usual_length() */

/* The next flagged send succeeds and gets this id. What a path holds is released. */
void next_id_is(At at, transport::Link &link, os::Bytes bytes, std::uint32_t id);
void next_id_is(At at, transport::Link &link, const transport::Outgoing &message, std::uint32_t id);
/* The same with bytes that fit any datagram, and that no small packet absorbs. */
void next_id_is(At at, transport::Link &link, std::uint32_t id);

/* A call that is no send returned that, or failed with that errno. */
void returned(At at, std::string_view call, const os::Returned &seen, ssize_t expected);
void fails(At at, std::string_view call, const os::Returned &seen, int expected_errno);
/* A setsockopt() or the like gave that errno, 0 for success. */
void error_is(At at, std::string_view what, int seen, int expected);

/* SO_MEMINFO: the bytes of option memory that the sender is charged with. */
void option_memory_is(At at, const transport::Link &link, unsigned expected,
		      std::string_view what = "option memory in use");
/* The option memory that one unread notification is charged with, in bytes; it must be some. */
unsigned charged_while_unread(At at, const transport::Link &link);
/*
 * A flagged send failed and leaves no trace: no more option memory is charged than what
 * others still hold. Only the next send can show that it moved no counter.
 */
void refused_without_trace(At at, const transport::Link &link, const os::Returned &sent, int expected_errno,
			   unsigned charged = 0);
/* A flagged send fails with ENOBUFS because of a limit, which is there no longer than this call:
 * refused_under(test, Pages(0), link, payload). `exact`: such as memlock_is_exact, where one page
 * or byte more would permit it. */
template <typename Limit>
void refused_under(At at, const Limit &, transport::Link &link, os::Bytes bytes, const char *exact = "")
{
	at->refused(exact, link.send_zerocopy(bytes), ENOBUFS);
}
/*
 * The first flagged call on the socket must not have counted, and has completed
 * whatever it may have. The promise is an empty queue, and id 0 for the next call. The
 * case's known deviation is one notification of id 0, and id 1 for the next.
 */
void judge_uncounted(At at, transport::Link &link, os::Bytes next, bool deviation_is_copied);

/* What a plain send takes from memory a flagged one takes, too. The case's known deviation is EFAULT, without
 * an id and without a trace. */
void is_sent_as_without_the_flag(At at, os::Bytes bytes);

/* The bytes of a datagram that is as long as the path's MTU: longer ones are fragmented, and copied. */
std::size_t longest_unfragmented(const Test &test);

/* A kernel may copy so many bytes of a datagram and share the rest (ZC-IN-25): include/linux/netdevice.h:
 * MAX_HEADER, rounded up. */
constexpr std::size_t datagram_head = 256;
/* Store other bytes over those that were sent last, in datagrams behind their head: the peer will read
 * these. */
void store_seen(transport::Link &link, transport::Payload &payload);
/* Datagrams are cut into segments of that many bytes from here on; 0: not any more. */
void segment(transport::Link &link, int size);

} // namespace harness
