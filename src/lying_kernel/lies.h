/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <linux/io_uring.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <span>
#include <utility>

#include "lying_kernel/notice.h"
#include "lying_kernel/real.h"
#include "lying_kernel/socket.h"

namespace lying
{

/* A system call that sends, before and after it. */
struct Sending {
	enum Kind { send, sendto, sendmsg, sendmmsg };

	int fd;
	Socket &socket;
	msghdr &message;
	int flags;
	Kind kind;
	unsigned index = 0;  /* within a sendmmsg */
	bool booked = false; /* the lie has booked its ids, if any */

	std::size_t length() const;
	/* MSG_ZEROCOPY, on a socket with the option. */
	bool flagged() const;
	/* The kernel's doing. */
	ssize_t make() const;
	ssize_t make_with(int other_flags) const;
	/* The same with other bytes in place of the program's, in pages that
	 * nobody stores to later. */
	ssize_t make_from(const Bytes &bytes, int other_flags) const;
	/* The same with a copy of the first bytes in place of the program's, the rest being the
	 * program's own; of one vector. */
	ssize_t make_with_head(const Bytes &head, int other_flags) const;
	/* A copy of the program's bytes; empty where they cannot be read. */
	Bytes copy() const;
};

/* A system call that reads data. */
struct Receiving {
	int fd;
	Socket &socket;
	msghdr &message;
	int flags;

	ssize_t make() const;
	ssize_t make_with(int other_flags) const;
	/* The i-th byte read; null where the program has no room for it and asked
	 * for the length only (MSG_TRUNC). */
	std::uint8_t *at(std::size_t i) const;
};

/* An answer of poll(2) about one socket. */
struct Readiness {
	int fd;
	Socket &socket;
	short asked;
	short seen;  /* what the kernel says */
	bool waited; /* this poll had to wait for it */
};

/* A system call about an option of a socket of any kind. */
struct OptionCall {
	int fd;
	int level;
	int name;

	bool is(int of_level, int of_name) const { return level == of_level && name == of_name; }
	bool is_zerocopy() const { return is(SOL_SOCKET, SO_ZEROCOPY); }
};

/* setsockopt(2). */
struct Setting : OptionCall {
	const void *value;
	socklen_t length;

	int make() const;
	/* The value; -1 where there is no int to read. */
	int number() const;
};

/* getsockopt(2). */
struct Asking : OptionCall {
	void *value;
	socklen_t *length;

	int make() const;
};

/*
 * What a lie does, as data. What is null or false is as the kernel has it.
 */
struct Behaviour {
	int (*set_option)(const Setting &call) = nullptr;
	int (*get_option)(const Asking &call) = nullptr;
	/* A connection was accepted. */
	void (*accepted)(int listener, int fd) = nullptr;
	int (*connect)(int fd, Socket &socket, const sockaddr *address, socklen_t length) = nullptr;
	void (*shut_down)(int fd, Socket &socket, int how) = nullptr;
	int (*close)(int fd, Socket &socket) = nullptr;

	/* write(), writev(), splice() and sendfile() sent something. */
	void (*wrote)(int fd, Socket &socket, std::size_t length) = nullptr;
	/* Makes a send call. */
	ssize_t (*send)(Sending &call) = nullptr;
	/* Makes one on a socket that is neither TCP's nor UDP's. */
	ssize_t (*send_elsewhere)(int fd, const msghdr &message, int flags) = nullptr;
	/* Makes one that reads there. */
	ssize_t (*receive_elsewhere)(int fd, msghdr &message, int flags) = nullptr;
	/* io_uring is handed a request. */
	void (*request)(io_uring_sqe &request) = nullptr;
	/* How many ids a send call takes to which the kernel gave one; it is notified of by
	 * the last. 0 is as 1; no_id: none, and no notification. */
	long (*ids)(const Sending &call, ssize_t result) = nullptr;
	static constexpr long no_id = -1;
	/* The id of a call to which the kernel gave one, instead of the next. */
	std::uint32_t (*number)(const Sending &call) = nullptr;
	/* The kernel gave the call no id: it takes one all the same, or takes one and completes. */
	bool (*counts_too)(const Sending &call, ssize_t result) = nullptr;
	bool (*notifies_too)(const Sending &call, ssize_t result) = nullptr;
	/* Instead of these four. `counts`: the kernel gave it an id. */
	void (*count)(const Sending &call, ssize_t result, bool counts) = nullptr;
	/* Another member changes Socket::next_id. */
	bool renumbers = false;
	/* A notification came: false where it is lost. */
	bool (*keeps)(int fd, Socket &socket, Notice &notice) = nullptr;
	/* A notification came: append what the program shall see. */
	void (*arrive)(int fd, Socket &socket, Notice notice) = nullptr;
	/* It is being read: change it. */
	void (*change)(Socket &socket, Notice &notice) = nullptr;
	/* The error queue is read though empty: what to answer, the kernel's is EAGAIN. */
	ssize_t (*empty)(int fd, Socket &socket, msghdr &message) = nullptr;
	/* The error queue is read: refuse with this errno, or 0. */
	int (*refuse_read)(int fd, Socket &socket, const msghdr &message, int flags) = nullptr;
	Delivery delivery = {};
	bool keeps_when_truncated = false;
	bool keeps_when_peeked = false;
	bool reads_one_at_a_time = false; /* recvmmsg() */
	/* Notifications may vanish or come late: poll() must not show the kernel's. */
	bool hides = false;

	short (*poll)(const Readiness &readiness) = nullptr;
	/* How many of these events there shall be, the first ones. */
	int (*epoll)(int epoll, epoll_event *events, int count) = nullptr;
	/* epoll_ctl(): not done, though it says so. */
	bool (*epoll_ignores)(int operation, const epoll_event *event) = nullptr;
	int (*select)(int result, fd_set *read, fd_set *write, fd_set *except, int fds) = nullptr;
	/* fcntl(F_SETFL): other status flags. */
	int (*set_status)(int flags) = nullptr;

	/* What a file of net.core.optmem_max says, and what may be written to it. */
	ssize_t (*read_optmem)(void *text, std::size_t room, ssize_t length) = nullptr;
	ssize_t (*write_optmem)(const void *text, std::size_t length, ssize_t result) = nullptr;

	/* Makes a call that reads data. */
	ssize_t (*receive)(const Receiving &call) = nullptr;

	bool changes_ids() const { return ids || number || counts_too || notifies_too || count || renumbers; }
	bool may_hide() const { return hides || keeps; }
	/* The error queue that the program sees is not the kernel's. */
	bool owns_queue() const
	{
		return arrive || change || empty || changes_ids() || may_hide() || keeps_when_truncated ||
		       keeps_when_peeked || delivery.hide_truncation || delivery.fault_is_error ||
		       delivery.wants_padding;
	}
};

/* One way in which a kernel could break its promises. */
struct Lie {
	constexpr Lie(const char *name, const char *description, const char *breaks,
		      const Behaviour &behaviour)
		: name(name), description(description), breaks(breaks), behaviour(behaviour)
	{
	}

	const char *name;
	const char *description;
	/* The requirements that it breaks: ids of the catalogue, with spaces between. */
	const char *breaks;
	Behaviour behaviour;
};

/* For Behaviour::send: a flagged call that fails with the first errno fails with the second; 0: it says
 * that it has sent all. */
template <int from, int to> ssize_t other_failure(Sending &call)
{
	const ssize_t result = call.make();

	if (result >= 0 || errno != from || !call.flagged())
		return result;
	return to ? fail(to) : static_cast<ssize_t>(call.length());
}

/* What the lie does that LYING_KERNEL names, or null. */
const Behaviour *lie();

/* By subject: lying_kernel/lies_NAME.cc. */
extern const std::span<const Lie> lies_about_options, lies_about_sending, lies_about_the_counter,
	lies_about_notifications, lies_about_readiness, lies_about_data, lies_about_copies, lies_about_limits,
	lies_about_lifecycle, lies_about_families, lies_about_memory, lies_about_vsock;

} // namespace lying
