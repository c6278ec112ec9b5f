// SPDX-License-Identifier: GPL-2.0
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "lying_kernel/lies.h"
#include "lying_kernel/real.h"

namespace lying
{

namespace
{

bool is_zerocopy(int level, int name)
{
	return level == SOL_SOCKET && name == SO_ZEROCOPY;
}

int set(int fd, int level, int name, const void *value, socklen_t length)
{
	return REAL(setsockopt)(fd, level, name, value, length);
}

/* The value that is being set, or -1 where there is no int of a value to read. */
int value_set(const void *value, socklen_t length)
{
	int number = -1;

	if (value && length >= sizeof(number))
		std::memcpy(&number, value, sizeof(number));
	return number;
}

/* Setting anything at all that fails with this errno succeeds. */
template <int error, bool number_only>
int accept_anyway(int fd, int level, int name, const void *value, socklen_t length)
{
	const int result = set(fd, level, name, value, length);
	const bool number = value && length >= sizeof(int);

	if (result < 0 && errno == error && is_zerocopy(level, name) && number == number_only)
		return 0;
	return result;
}

bool listening(int fd)
{
	return option(fd, SOL_SOCKET, SO_ACCEPTCONN) == 1;
}

constexpr std::array lies = {
	Lie{.name = "option-accepts-any-number",
	    .description = "SO_ZEROCOPY accepts numbers other than 0 and 1.",
	    .breaks = {"ZC-SO-01"},
	    .set_option = accept_anyway<EINVAL, true>},
	Lie{.name = "option-refuses-one-with-erange",
	    .description = "SO_ZEROCOPY refuses other numbers with ERANGE instead of EINVAL.",
	    .breaks = {"ZC-SO-01"},
	    .set_option =
		    [](int fd, int level, int name, const void *value, socklen_t length) {
			    const int result = set(fd, level, name, value, length);

			    if (result < 0 && errno == EINVAL && is_zerocopy(level, name))
				    errno = ERANGE;
			    return result;
		    }},
	Lie{.name = "option-accepts-short-length",
	    .description = "SO_ZEROCOPY accepts a value shorter than an int.",
	    .breaks = {"ZC-SO-02"},
	    .set_option = accept_anyway<EINVAL, false>},
	Lie{.name = "option-accepts-null",
	    .description = "SO_ZEROCOPY accepts a null pointer.",
	    .breaks = {"ZC-SO-02"},
	    .set_option =
		    [](int fd, int level, int name, const void *value, socklen_t length) {
			    const int result = set(fd, level, name, value, length);

			    return result < 0 && errno == EFAULT && is_zerocopy(level, name) ? 0 : result;
		    }},
	Lie{.name = "option-refuses-long-length",
	    .description = "SO_ZEROCOPY refuses a value longer than an int.",
	    .breaks = {"ZC-SO-02"},
	    .set_option =
		    [](int fd, int level, int name, const void *value, socklen_t length) {
			    if (is_zerocopy(level, name) && value && length > sizeof(int))
				    return fail(EINVAL);
			    return set(fd, level, name, value, length);
		    }},
	Lie{.name = "option-reads-zero",
	    .description = "getsockopt(SO_ZEROCOPY) always says 0.",
	    .breaks = {"ZC-SO-03", "ZC-SO-09"},
	    .get_option =
		    [](int fd, int level, int name, void *value, socklen_t *length) {
			    const int result = REAL(getsockopt)(fd, level, name, value, length);

			    if (result == 0 && is_zerocopy(level, name))
				    std::memset(value, 0, *length);
			    return result;
		    }},
	Lie{.name = "option-not-readable",
	    .description = "getsockopt(SO_ZEROCOPY) fails with ENOPROTOOPT.",
	    .breaks = {"ZC-SO-03"},
	    .get_option =
		    [](int fd, int level, int name, void *value, socklen_t *length) {
			    const int result = REAL(getsockopt)(fd, level, name, value, length);

			    return result == 0 && is_zerocopy(level, name) ? fail(ENOPROTOOPT) : result;
		    }},
	Lie{.name = "option-read-tells-wrong-length",
	    .description = "getsockopt(SO_ZEROCOPY) says that the value has one byte.",
	    .breaks = {"ZC-SO-03"},
	    .get_option =
		    [](int fd, int level, int name, void *value, socklen_t *length) {
			    const int result = REAL(getsockopt)(fd, level, name, value, length);

			    if (result == 0 && is_zerocopy(level, name))
				    *length = 1;
			    return result;
		    }},
	Lie{.name = "option-on-by-default",
	    .description = "SO_ZEROCOPY reads 1 on a new socket.",
	    .breaks = {"ZC-SO-04", "ZC-SO-05"},
	    .set_option =
		    [](int fd, int level, int name, const void *value, socklen_t length) {
			    const int result = set(fd, level, name, value, length);

			    if (result == 0 && is_zerocopy(level, name))
				    if (Socket *socket = find_socket(fd))
					    socket->mark = true;
			    return result;
		    },
	    .get_option =
		    [](int fd, int level, int name, void *value, socklen_t *length) {
			    const int result = REAL(getsockopt)(fd, level, name, value, length);
			    Socket *socket = find_socket(fd);

			    if (result == 0 && is_zerocopy(level, name) && *length == sizeof(int) &&
				!(socket && socket->mark)) {
				    const int on = 1;

				    std::memcpy(value, &on, sizeof(on));
			    }
			    return result;
		    }},
	Lie{.name = "option-accepted-by-all-sockets",
	    .description = "Raw, Unix and other sockets without the feature accept SO_ZEROCOPY.",
	    .breaks = {"ZC-SO-05"},
	    .set_option = accept_anyway<EOPNOTSUPP, true>},
	Lie{.name = "option-value-checked-before-family",
	    .description = "Sockets without the feature refuse a wrong number with EINVAL.",
	    .breaks = {"ZC-SO-05"},
	    .set_option =
		    [](int fd, int level, int name, const void *value, socklen_t length) {
			    const int number = value_set(value, length);
			    const int result = set(fd, level, name, value, length);

			    if (result < 0 && errno == EOPNOTSUPP && is_zerocopy(level, name) &&
				number != 0 && number != 1)
				    errno = EINVAL;
			    return result;
		    }},
	Lie{.name = "option-needs-privilege",
	    .description = "Only root may set SO_ZEROCOPY.",
	    .breaks = {"ZC-SO-06"},
	    .set_option =
		    [](int fd, int level, int name, const void *value, socklen_t length) {
			    if (is_zerocopy(level, name) && ::geteuid() != 0)
				    return fail(EPERM);
			    return set(fd, level, name, value, length);
		    }},
	Lie{.name = "option-not-inherited",
	    .description = "An accepted socket does not inherit SO_ZEROCOPY from its listener.",
	    .breaks = {"ZC-SO-09"},
	    .accepted = [](int, int fd) { set_zerocopy(fd, 0); }},
	Lie{.name = "accepted-socket-goes-on-counting",
	    .description = "An accepted socket's first id is 1.",
	    .breaks = {"ZC-SO-09"},
	    .accepted =
		    [](int, int fd) {
			    if (Socket *socket = find_socket(fd))
				    socket->next_id = 1;
		    },
	    .count =
		    [](const Sending &call, ssize_t, bool counts) {
			    if (counts)
				    call.socket.kernel_counted(call.socket.take_id());
		    }},
	Lie{.name = "option-refused-when-listening",
	    .description = "A listening socket refuses SO_ZEROCOPY with EINVAL.",
	    .breaks = {"ZC-SO-12", "ZC-SO-09"},
	    .set_option =
		    [](int fd, int level, int name, const void *value, socklen_t length) {
			    if (is_zerocopy(level, name) && listening(fd))
				    return fail(EINVAL);
			    return set(fd, level, name, value, length);
		    }},
	Lie{.name = "option-set-for-good",
	    .description = "Clearing SO_ZEROCOPY succeeds and changes nothing.",
	    .breaks = {"ZC-SO-12", "ZC-SO-13", "ZC-SO-03"},
	    .set_option =
		    [](int fd, int level, int name, const void *value, socklen_t length) {
			    if (is_zerocopy(level, name) && value_set(value, length) == 0 &&
				option(fd, level, name) == 1)
				    return 0;
			    return set(fd, level, name, value, length);
		    }},
	Lie{.name = "clearing-option-drops-notifications",
	    .description = "Clearing SO_ZEROCOPY drops the notifications of earlier sends.",
	    .breaks = {"ZC-SO-13"},
	    .set_option =
		    [](int fd, int level, int name, const void *value, socklen_t length) {
			    Socket *socket = find_socket(fd);

			    if (socket && is_zerocopy(level, name))
				    socket->mark = value_set(value, length) == 0;
			    return set(fd, level, name, value, length);
		    },
	    .arrive =
		    [](int, Socket &socket, Notice notice) {
			    if (!socket.mark)
				    socket.append(std::move(notice));
		    },
	    .hides = true},
	Lie{.name = "clearing-option-resets-counter",
	    .description = "Clearing SO_ZEROCOPY makes the ids start at 0 again.",
	    .breaks = {"ZC-SO-13"},
	    .set_option =
		    [](int fd, int level, int name, const void *value, socklen_t length) {
			    Socket *socket = find_socket(fd);

			    if (socket && is_zerocopy(level, name) && value_set(value, length) == 0)
				    socket->next_id = 0;
			    return set(fd, level, name, value, length);
		    },
	    .count =
		    [](const Sending &call, ssize_t, bool counts) {
			    if (counts)
				    call.socket.kernel_counted(call.socket.take_id());
		    }},
	Lie{.name = "error-queue-needs-option",
	    .description = "Reading the error queue of a socket without SO_ZEROCOPY fails with EINVAL.",
	    .breaks = {"ZC-SO-14"},
	    .refuse_read = [](int fd, Socket &, const msghdr &,
			      int) { return option(fd, SOL_SOCKET, SO_ZEROCOPY) == 1 ? 0 : EINVAL; }},
	Lie{.name = "error-queue-needs-recverr",
	    .description = "Notifications of a socket without IP_RECVERR are dropped.",
	    .breaks = {"ZC-SO-14"},
	    .arrive =
		    [](int fd, Socket &socket, Notice notice) {
			    const int wanted = socket.family == AF_INET ? option(fd, SOL_IP, IP_RECVERR)
									: option(fd, SOL_IPV6, IPV6_RECVERR);

			    if (wanted == 1)
				    socket.append(std::move(notice));
		    },
	    .hides = true},
};

} // namespace

std::span<const Lie> lies_about_options()
{
	return lies;
}

} // namespace lying
