/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <chrono>

#include "os/address.h"
#include "os/bytes.h"
#include "os/deadline.h"
#include "os/result.h"
#include "os/thread_in_call.h"
#include "transport/link.h"
#include "transport/outgoing.h"

/* Send calls that Link::send() does not make: which block, on a socket of the case's
 * own, or of bytes that nobody may read. */
namespace transport
{

/* send(2) or sendto(2), with these flags and no others. Not in a link's books. */
os::Returned send_raw(int socket, os::Bytes bytes, int flags, const os::Address *to = nullptr);
/* sendmsg(2), likewise. */
os::Returned send_raw(int socket, const Outgoing &message, int flags);
/* A call that may block, in the books, but gives up: it fails with EAGAIN where it
 * has waited for that long. SO_SNDTIMEO stays so. */
os::Returned send_blocking(Link &link, os::Bytes bytes, int flags,
			   std::chrono::milliseconds most = os::quiet_period());
/* A thread in a flagged send call. The link outlives it. Not in the books. */
os::ThreadInCall send_in_thread(const Link &link, os::Bytes bytes);
/* What a call returns that has sent all of the bytes. */
inline os::Returned all_of(os::Bytes bytes)
{
	return {static_cast<ssize_t>(bytes.size()), 0};
}

/* TCP_INFO: data segments that were sent so far, without retransmissions. */
unsigned data_segments(int socket);
/* TCP_INFO: segments that were sent again. */
unsigned retransmissions(int socket);
/* TCP_INFO: after how long without an acknowledgment segments are sent again. */
std::chrono::milliseconds retransmission_timeout(int socket);
/* TCP_INFO: segments that are sent and not acknowledged. */
unsigned unacknowledged_segments(int socket);
/* TCP_INFO: tcpi_options, TCPI_OPT_... */
unsigned negotiated_options(int socket);

} // namespace transport
