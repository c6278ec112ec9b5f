/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <linux/io_uring.h>
#include <sys/socket.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "os/address.h"
#include "os/bytes.h"
#include "os/deadline.h"
#include "os/fd.h"
#include "os/mapping.h"
#include "os/result.h"

namespace transport
{

/* What one entry of the completion queue says: struct io_uring_cqe. */
struct Completion {
	int result = 0;	    /* as a system call returns it: -errno where it failed */
	unsigned flags = 0; /* IORING_CQE_F_* */
	std::uint64_t user_data = 0;

	/* Another entry of the same request will follow. */
	bool more() const { return flags & IORING_CQE_F_MORE; }
	/* The kernel is done with the buffer. */
	bool notification() const;
	/* Of a notification that was asked for it: the data was copied. */
	bool copied() const;
};

/* "10000 flags IORING_CQE_F_MORE", or "-95 (EOPNOTSUPP) flags 0". */
std::string describe(const Completion &completion);

/*
 * An io_uring instance: requests go in, and completions come out in
 * the order in which the kernel queued them. By the system calls themselves: the C
 * library has none of them, and liburing need not be there.
 */
class Ring {
public:
	/* Throws std::system_error where the kernel has none, or not for us. `setup`: IORING_SETUP_... */
	explicit Ring(unsigned setup = 0);

	/* Hand one request to the kernel, which tries it before this returns, but for a ring that the kernel
	 * polls (IORING_SETUP_SQPOLL). */
	void submit(const io_uring_sqe &request) { submit_together(std::span(&request, 1)); }
	/* The same of several at once, such as a chain of them. */
	void submit_together(std::span<const io_uring_sqe> requests);
	/* The next completion. Nothing where the deadline passes first. */
	std::optional<Completion> wait(const os::Deadline &deadline = os::Deadline());
	/* Wait until so many completions can be taken, or for that long: what io_uring_enter(2) returned,
	 * which is ETIME only where there are none. */
	os::Returned enter(unsigned completions, std::chrono::milliseconds most);

	/* Let the kernel keep these bytes' pages, as buffer 0, or in its place; and give them back. Throw
	 * std::system_error. */
	void register_buffer(os::Bytes bytes);
	void replace_buffer(os::Bytes bytes);
	void unregister_buffers();

	/* The kernel knows requests of this kind. */
	bool knows(std::uint8_t opcode) const;

private:
	unsigned &word(unsigned offset);
	std::optional<Completion> take();

	io_uring_params parameters_ = {};
	os::Fd ring_;
	std::optional<os::Mapping> queues_;
	std::optional<os::Mapping> requests_;
};

/* IORING_OP_SEND_ZC and IORING_OP_SENDMSG_ZC, under names of our own: headers may be
 * older than the kernel that this runs on, and enumerators cannot be tested for. */
inline constexpr std::uint8_t op_send_zc = 47;
inline constexpr std::uint8_t op_sendmsg_zc = 48;

/* Requests like send(2) and sendmsg(2) with a notification of io_uring's own.
 * What they point to must stay until they are done. */
io_uring_sqe send_zc(int socket, os::Bytes bytes, int flags = 0);
io_uring_sqe sendmsg_zc(int socket, const msghdr &message, int flags = 0);
/* Requests like send(2), sendmsg(2) and recvmsg(2). */
io_uring_sqe plain_send(int socket, os::Bytes bytes, int flags = 0);
io_uring_sqe plain_sendmsg(int socket, const msghdr &message, int flags = 0);
io_uring_sqe plain_recvmsg(int socket, msghdr &message, int flags = 0);
/* A request that completes when poll(2) would report one of these, or POLLERR and the like; with `again` once
 * more each time that it would. */
io_uring_sqe poll_for(int socket, short events, bool again = false);
/* The same request, its notification saying whether the data was copied. */
io_uring_sqe reporting_usage(io_uring_sqe request);
/* The same SEND_ZC from bytes of the registered buffer. */
io_uring_sqe from_registered_buffer(io_uring_sqe request);
/* Requests that send the same: SEND_ZC of the bytes, SENDMSG_ZC of the message, which has them too, and
 * SEND_ZC from the registered buffer, last. */
std::array<io_uring_sqe, 3> in_every_form(int socket, os::Bytes bytes, const msghdr &message);
/* The same SEND_ZC to an address, which stays until it is done. */
io_uring_sqe to(const os::Address &address, io_uring_sqe request);
/* The same request, made by a worker of the kernel (IOSQE_ASYNC): its result comes later. */
io_uring_sqe by_worker(io_uring_sqe request);
/* The same SEND_ZC or SENDMSG_ZC, whose notification has this user_data (addr3, Linux 7.3). */
io_uring_sqe notified_as(std::uint64_t user_data, io_uring_sqe request);
/* The same request, which waits for room before it tries to send (IORING_RECVSEND_POLL_FIRST). */
io_uring_sqe waiting_first(io_uring_sqe request);
/* The same request, before which the next one that is submitted with it does not begin, and does not at all
 * where this one fails (IOSQE_IO_LINK). */
io_uring_sqe linked(io_uring_sqe request);
/* The same request, whose entries have this user_data. */
io_uring_sqe named(std::uint64_t user_data, io_uring_sqe request);
/* A request that cancels that with this user_data. */
io_uring_sqe cancel(std::uint64_t user_data);

} // namespace transport
