// SPDX-License-Identifier: GPL-2.0
#include "transport/blocked_sender.h"

#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "os/check.h"
#include "os/thread.h"

namespace transport
{

BlockedSender::BlockedSender(const Link &link, os::Bytes bytes)
	: socket_(link.sender()), thread_([this, bytes] {
		  thread_id_ = ::gettid();
		  sent_.returned = ::send(socket_, bytes.data(), bytes.size(), MSG_ZEROCOPY | MSG_NOSIGNAL);
		  sent_.error = sent_.ok() ? 0 : errno;
	  })
{
}

BlockedSender::~BlockedSender()
{
	if (thread_.joinable()) {
		::shutdown(socket_, SHUT_WR);
		thread_.join();
	}
}

bool BlockedSender::await_sleep(os::Deadline deadline) const
{
	return os::wait_until([this] { return state() == 'S'; }, deadline);
}

Sent BlockedSender::interrupt()
{
	struct sigaction action = {};

	action.sa_handler = [](int) {}; /* and no SA_RESTART */
	os::check(::sigaction(SIGUSR1, &action, nullptr), "sigaction()");
	::pthread_kill(thread_.native_handle(), SIGUSR1);
	return result();
}

Sent BlockedSender::result()
{
	thread_.join();
	return sent_;
}

char BlockedSender::state() const
{
	return thread_id_ == 0 ? '?' : os::thread_state(thread_id_);
}

} // namespace transport
