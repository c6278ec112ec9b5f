// SPDX-License-Identifier: GPL-2.0
#include "transport/ring.h"

#include <linux/time_types.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "os/check.h"
#include "os/names.h"

namespace transport
{

/* Under names of our own too: the cross compilers of Debian 12 have the headers of
 * Linux 6.1.4, which lack the latter two. */
constexpr unsigned cqe_is_notification = 1U << 3;    /* IORING_CQE_F_NOTIF */
constexpr std::uint16_t ask_for_usage = 1U << 3;     /* IORING_SEND_ZC_REPORT_USAGE */
constexpr std::uint16_t registered_buffer = 1U << 2; /* IORING_RECVSEND_FIXED_BUF */
constexpr unsigned usage_copied = 1U << 31;	     /* IORING_NOTIF_USAGE_ZC_COPIED */

/* Room for the requests of a case; completions have twice as much. */
constexpr unsigned entries = 16;

static std::uint64_t address_of(const void *start)
{
	return reinterpret_cast<std::uintptr_t>(start);
}

static int set_up(io_uring_params &parameters, unsigned how)
{
	parameters.flags = how;
	parameters.sq_thread_idle = 1; /* ms */
	return static_cast<int>(
		os::check(::syscall(SYS_io_uring_setup, entries, &parameters), "io_uring_setup()"));
}

bool Completion::notification() const
{
	return flags & cqe_is_notification;
}

bool Completion::copied() const
{
	return static_cast<unsigned>(result) & usage_copied;
}

std::string describe(const Completion &completion)
{
	const unsigned others = completion.flags & ~(IORING_CQE_F_MORE | cqe_is_notification);
	std::string text = std::to_string(completion.result);
	std::string flags;

	if (completion.notification() && completion.copied())
		text = "IORING_NOTIF_USAGE_ZC_COPIED";
	else if (completion.result < 0)
		text += " (" + os::error_name(-completion.result) + ')';
	if (completion.more())
		flags += "|IORING_CQE_F_MORE";
	if (completion.notification())
		flags += "|IORING_CQE_F_NOTIF";
	if (others)
		flags += '|' + os::hexadecimal(others);
	return text + " flags " + (flags.empty() ? "0" : flags.substr(1));
}

Ring::Ring(unsigned setup) : ring_(set_up(parameters_, setup))
{
	/* Both queues lie in one mapping: IORING_FEAT_SINGLE_MMAP, which is older
	 * than the requests that this is for. */
	auto map = [&](std::optional<os::Mapping> &mapping, std::size_t length, std::uint64_t part) {
		mapping.emplace(length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring_.get(),
				static_cast<off_t>(part));
	};
	const std::size_t submissions =
		parameters_.sq_off.array + parameters_.sq_entries * sizeof(std::uint32_t);
	const std::size_t completions =
		parameters_.cq_off.cqes + parameters_.cq_entries * sizeof(io_uring_cqe);

	map(queues_, std::max(submissions, completions), IORING_OFF_SQ_RING);
	map(requests_, parameters_.sq_entries * sizeof(io_uring_sqe), IORING_OFF_SQES);
}

unsigned &Ring::word(unsigned offset)
{
	return *reinterpret_cast<unsigned *>(queues_->data() + offset);
}

void Ring::submit_together(std::span<const io_uring_sqe> requests)
{
	/* Only we store the tail; the kernel has taken all requests before. */
	const std::atomic_ref<unsigned> tail(word(parameters_.sq_off.tail));
	const bool polled = parameters_.flags & IORING_SETUP_SQPOLL;
	unsigned number = tail.load(std::memory_order_relaxed);

	/* Until its thread sleeps it might take requests that are no more than there. */
	const std::atomic_ref<unsigned> flags(word(parameters_.sq_off.flags));
	if (polled && !os::wait_until([&] { return flags.load() & IORING_SQ_NEED_WAKEUP; }))
		throw std::system_error(ETIME, std::generic_category(), "the thread of an io_uring to sleep");

	for (const io_uring_sqe &request : requests) {
		const unsigned place = number++ & (parameters_.sq_entries - 1);

		std::memcpy(requests_->data() + place * sizeof(request), &request, sizeof(request));
		word(parameters_.sq_off.array + place * sizeof(std::uint32_t)) = place;
	}
	/* The kernel loads it with acquire: it sees the requests behind it. */
	tail.store(number, std::memory_order_release);
	os::check(::syscall(SYS_io_uring_enter, ring_.get(), requests.size(), 0,
			    polled ? IORING_ENTER_SQ_WAKEUP : 0, nullptr, 0),
		  "io_uring_enter()");
}

std::optional<Completion> Ring::take()
{
	const std::atomic_ref<unsigned> head(word(parameters_.cq_off.head));
	const std::atomic_ref<unsigned> tail(word(parameters_.cq_off.tail));
	const unsigned number = head.load(std::memory_order_relaxed);
	io_uring_cqe entry;

	if (number == tail.load(std::memory_order_acquire))
		return std::nullopt;
	const unsigned place = number & (parameters_.cq_entries - 1);
	std::memcpy(&entry, queues_->data() + parameters_.cq_off.cqes + place * sizeof(entry), sizeof(entry));
	/* Read before the kernel may use the place again. */
	head.store(number + 1, std::memory_order_release);
	return Completion{entry.res, entry.flags, entry.user_data};
}

std::optional<Completion> Ring::wait(const os::Deadline &deadline)
{
	for (;;) {
		if (auto completion = take())
			return completion;

		const os::Returned entered = enter(1, std::chrono::milliseconds(deadline.left_ms()));
		if (!entered.ok() && entered.error != EINTR && entered.error != ETIME)
			throw std::system_error(entered.error, std::generic_category(), "io_uring_enter()");
		if (deadline.passed())
			return take();
	}
}

os::Returned Ring::enter(unsigned completions, std::chrono::milliseconds most)
{
	__kernel_timespec timeout = {most.count() / 1000, most.count() % 1000 * 1000000};
	io_uring_getevents_arg argument = {};

	argument.ts = address_of(&timeout);
	return os::Returned::of(::syscall(SYS_io_uring_enter, ring_.get(), 0, completions,
					  IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG, &argument,
					  sizeof(argument)));
}

void Ring::register_buffer(os::Bytes bytes)
{
	const iovec buffer = {const_cast<std::uint8_t *>(bytes.data()), bytes.size()};

	os::check(::syscall(SYS_io_uring_register, ring_.get(), IORING_REGISTER_BUFFERS, &buffer, 1),
		  "io_uring_register(IORING_REGISTER_BUFFERS)");
}

void Ring::replace_buffer(os::Bytes bytes)
{
	const iovec buffer = {const_cast<std::uint8_t *>(bytes.data()), bytes.size()};
	io_uring_rsrc_update2 update = {};

	update.data = address_of(&buffer);
	update.nr = 1;
	os::check(::syscall(SYS_io_uring_register, ring_.get(), IORING_REGISTER_BUFFERS_UPDATE, &update,
			    sizeof(update)),
		  "io_uring_register(IORING_REGISTER_BUFFERS_UPDATE)");
}

void Ring::unregister_buffers()
{
	os::check(::syscall(SYS_io_uring_register, ring_.get(), IORING_UNREGISTER_BUFFERS, nullptr, 0),
		  "io_uring_register(IORING_UNREGISTER_BUFFERS)");
}

bool Ring::knows(std::uint8_t opcode) const
{
	constexpr unsigned most = 256;
	std::vector<std::uint64_t> memory((sizeof(io_uring_probe) + most * sizeof(io_uring_probe_op)) /
					  sizeof(std::uint64_t));
	auto *probe = reinterpret_cast<io_uring_probe *>(memory.data());

	os::check(::syscall(SYS_io_uring_register, ring_.get(), IORING_REGISTER_PROBE, probe, most),
		  "io_uring_register()");
	return opcode <= probe->last_op && (probe->ops[opcode].flags & IO_URING_OP_SUPPORTED);
}

static io_uring_sqe send_request(std::uint8_t opcode, int socket, const void *what, std::size_t length,
				 int flags)
{
	io_uring_sqe request = {};

	request.opcode = opcode;
	request.fd = socket;
	request.addr = address_of(what);
	request.len = static_cast<std::uint32_t>(length);
	request.msg_flags = flags;
	return request;
}

io_uring_sqe send_zc(int socket, os::Bytes bytes, int flags)
{
	return send_request(op_send_zc, socket, bytes.data(), bytes.size(), flags);
}

io_uring_sqe sendmsg_zc(int socket, const msghdr &message, int flags)
{
	return send_request(op_sendmsg_zc, socket, &message, 1, flags);
}

io_uring_sqe plain_send(int socket, os::Bytes bytes, int flags)
{
	return send_request(IORING_OP_SEND, socket, bytes.data(), bytes.size(), flags);
}

io_uring_sqe plain_sendmsg(int socket, const msghdr &message, int flags)
{
	return send_request(IORING_OP_SENDMSG, socket, &message, 1, flags);
}

io_uring_sqe plain_recvmsg(int socket, msghdr &message, int flags)
{
	return send_request(IORING_OP_RECVMSG, socket, &message, 1, flags);
}

io_uring_sqe poll_for(int socket, short events, bool again)
{
	io_uring_sqe request = {};

	request.opcode = IORING_OP_POLL_ADD;
	request.fd = socket;
	request.len = again ? IORING_POLL_ADD_MULTI : 0;
	request.poll32_events = static_cast<std::uint16_t>(events);
	if constexpr (std::endian::native == std::endian::big) /* "word-reversed for BE" */
		request.poll32_events = std::rotl(request.poll32_events, 16);
	return request;
}

io_uring_sqe reporting_usage(io_uring_sqe request)
{
	request.ioprio |= ask_for_usage;
	return request;
}

io_uring_sqe from_registered_buffer(io_uring_sqe request)
{
	request.ioprio |= registered_buffer;
	return request;
}

std::array<io_uring_sqe, 3> in_every_form(int socket, os::Bytes bytes, const msghdr &message)
{
	const io_uring_sqe plain = send_zc(socket, bytes);

	return {plain, sendmsg_zc(socket, message), from_registered_buffer(plain)};
}

io_uring_sqe to(const os::Address &address, io_uring_sqe request)
{
	request.addr2 = address_of(address.get());
	request.addr_len = static_cast<std::uint16_t>(address.length);
	return request;
}

io_uring_sqe by_worker(io_uring_sqe request)
{
	request.flags |= IOSQE_ASYNC;
	return request;
}

/* addr3 is the last field but one, which old headers do not have. */
io_uring_sqe notified_as(std::uint64_t user_data, io_uring_sqe request)
{
	std::memcpy(reinterpret_cast<std::uint8_t *>(&request) + 48, &user_data, sizeof(user_data));
	return request;
}

io_uring_sqe waiting_first(io_uring_sqe request)
{
	request.ioprio |= IORING_RECVSEND_POLL_FIRST;
	return request;
}

io_uring_sqe linked(io_uring_sqe request)
{
	request.flags |= IOSQE_IO_LINK;
	return request;
}

io_uring_sqe named(std::uint64_t user_data, io_uring_sqe request)
{
	request.user_data = user_data;
	return request;
}

io_uring_sqe cancel(std::uint64_t user_data)
{
	io_uring_sqe request = {};

	request.opcode = IORING_OP_ASYNC_CANCEL;
	request.fd = -1;
	request.addr = user_data;
	return request;
}

} // namespace transport
