/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MSG_ZEROCOPY_TRANSPORT_BLOCKED_SENDER_H
#define MSG_ZEROCOPY_TRANSPORT_BLOCKED_SENDER_H

#include <atomic>
#include <thread>

#include "os/bytes.h"
#include "transport/link.h"

namespace transport
{

/*
 * A thread in a flagged send call for which there is no room. What the call sent
 * is not in the link's books.
 */
class BlockedSender {
public:
	BlockedSender(const Link &link, os::Bytes bytes);
	/* Where nobody asked for the result, the socket is shut down to end it. */
	~BlockedSender();
	BlockedSender(const BlockedSender &) = delete;
	BlockedSender &operator=(const BlockedSender &) = delete;

	/* Wait until it sleeps; the send call is all that it can sleep in. False
	 * when the deadline passes first. */
	bool await_sleep(os::Deadline deadline = os::Deadline()) const;
	/* A signal, and the call's result, which is EINTR where it sent nothing. */
	Sent interrupt();
	/* Wait for the call to return. Call it once, or interrupt(). */
	Sent result();

private:
	char state() const;

	int socket_;
	Sent sent_;
	std::atomic<pid_t> thread_id_ = 0;
	std::thread thread_; /* the last member: it uses the others */
};

} // namespace transport

#endif
