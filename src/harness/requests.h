/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MSG_ZEROCOPY_HARNESS_REQUESTS_H
#define MSG_ZEROCOPY_HARNESS_REQUESTS_H

#include "harness/test.h"
#include "os/bytes.h"
#include "transport/link.h"
#include "transport/ring.h"

/* io_uring's SEND_ZC and SENDMSG_ZC, and what their entries must say. */
namespace harness
{

/* The next entry of the completion queue, within os::event_timeout(). */
transport::Completion next_completion(At at, transport::Ring &ring);
/* Entries that were due are read: what a request that does nothing says comes next. */
void no_completion(At at, transport::Ring &ring);
/* The request fails with that errno. A notification follows where its entry announces one. */
void request_fails(At at, transport::Ring &ring, const io_uring_sqe &request, int expected_errno);
/* That entry says that so many bytes were sent, and announces a notification. */
void has_sent(At at, const transport::Completion &completion, std::size_t length,
	      std::string_view what = "completion of the request");
/* The request sends all of the bytes at once, without an id, and announces a notification. */
void request_sends(At at, transport::Link &link, transport::Ring &ring, const io_uring_sqe &request,
		   os::Bytes bytes);
/* The notification of a request, which is its last entry. */
transport::Completion request_notifies(At at, transport::Ring &ring);

} // namespace harness

#endif
