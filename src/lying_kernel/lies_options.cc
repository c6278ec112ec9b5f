// SPDX-License-Identifier: GPL-2.0
#include <unistd.h>

#include <cstring>

#include "lying_kernel/lies.h"

using namespace lying;

namespace
{

/* Setting anything at all that fails with this errno succeeds. */
template <int error, bool number_only> int accept_anyway(const Setting &call)
{
	const int result = call.make();
	const bool number = call.value && call.length >= sizeof(int);

	if (result < 0 && errno == error && call.is_zerocopy() && number == number_only)
		return 0;
	return result;
}

/* Setting SO_ZEROCOPY fails with the second errno in place of the first; 0: it succeeds. */
template <int from, int to> int other_error(const Setting &call)
{
	const int result = call.make();

	if (result == 0 || errno != from || !call.is_zerocopy())
		return result;
	return to ? fail(to) : 0;
}

bool listening(int fd)
{
	return option(fd, SOL_SOCKET, SO_ACCEPTCONN) == 1;
}

constexpr std::array lies = {
	Lie("option-accepts-any-number", "SO_ZEROCOPY accepts numbers other than 0 and 1.", "ZC-SO-01",
	    {.set_option = accept_anyway<EINVAL, true>}),
	Lie("option-refuses-one-with-erange",
	    "SO_ZEROCOPY refuses other numbers with ERANGE instead of EINVAL.", "ZC-SO-01",
	    {.set_option = other_error<EINVAL, ERANGE>}),
	Lie("option-accepts-short-length", "SO_ZEROCOPY accepts a value shorter than an int.", "ZC-SO-02",
	    {.set_option = accept_anyway<EINVAL, false>}),
	Lie("option-accepts-null", "SO_ZEROCOPY accepts a null pointer.", "ZC-SO-02",
	    {.set_option = other_error<EFAULT, 0>}),
	Lie("option-refuses-long-length", "SO_ZEROCOPY refuses a value longer than an int.", "ZC-SO-02",
	    {.set_option = [](const Setting &call) -> int {
		    const bool too_long = call.is_zerocopy() && call.value && call.length > sizeof(int);

		    return too_long ? fail(EINVAL) : call.make();
	    }}),
	Lie("option-reads-zero", "getsockopt(SO_ZEROCOPY) always says 0.", "ZC-SO-03",
	    {.get_option = [](const Asking &call) -> int {
		    const int result = call.make();

		    if (result == 0 && call.is_zerocopy())
			    std::memset(call.value, 0, *call.length);
		    return result;
	    }}),
	Lie("option-not-readable", "getsockopt(SO_ZEROCOPY) fails with ENOPROTOOPT.", "ZC-SO-03",
	    {.get_option = [](const Asking &call) -> int {
		    const int result = call.make();

		    return result == 0 && call.is_zerocopy() ? fail(ENOPROTOOPT) : result;
	    }}),
	Lie("option-read-tells-wrong-length", "getsockopt(SO_ZEROCOPY) says that the value has one byte.",
	    "ZC-SO-03", {.get_option = [](const Asking &call) -> int {
		    const int result = call.make();

		    if (result == 0 && call.is_zerocopy())
			    *call.length = 1;
		    return result;
	    }}),
	Lie("option-on-by-default", "SO_ZEROCOPY reads 1 on a new socket.", "ZC-SO-04 ZC-SO-05",
	    {.set_option = [](const Setting &call) -> int {
		     const int result = call.make();

		     if (result == 0 && call.is_zerocopy())
			     if (Socket *socket = find_socket(call.fd))
				     socket->mark = true;
		     return result;
	     },
	     .get_option = [](const Asking &call) -> int {
		     const int result = call.make();
		     Socket *socket = find_socket(call.fd);

		     if (result == 0 && call.is_zerocopy() && *call.length == sizeof(int) &&
			 !(socket && socket->mark)) {
			     const int on = 1;

			     std::memcpy(call.value, &on, sizeof(on));
		     }
		     return result;
	     }}),
	Lie("option-accepted-by-all-sockets",
	    "Raw, Unix and other sockets without the feature accept SO_ZEROCOPY.",
	    "ZC-SO-05 ZC-OP-02 ZC-OP-07 ZC-OP-08", {.set_option = accept_anyway<EOPNOTSUPP, true>}),
	Lie("option-value-checked-before-family",
	    "Sockets without the feature refuse a wrong number with EINVAL.", "ZC-SO-05",
	    {.set_option = [](const Setting &call) -> int {
		    const int number = call.number();
		    const int result = call.make();

		    if (result < 0 && errno == EOPNOTSUPP && call.is_zerocopy() && number != 0 && number != 1)
			    errno = EINVAL;
		    return result;
	    }}),
	Lie("option-needs-privilege", "Only root may set SO_ZEROCOPY.", "ZC-SO-06",
	    {.set_option = [](const Setting &call) -> int {
		    return call.is_zerocopy() && ::geteuid() != 0 ? fail(EPERM) : call.make();
	    }}),
	Lie("option-not-inherited", "An accepted socket does not inherit SO_ZEROCOPY from its listener.",
	    "ZC-SO-09", {.accepted = [](int, int fd) { set_zerocopy(fd, 0); }}),
	Lie("accepted-socket-goes-on-counting", "An accepted socket's first id is 1.", "ZC-SO-09",
	    {.accepted = [](int, int fd) -> void {
		     if (Socket *socket = find_socket(fd))
			     socket->next_id = 1;
	     },
	     .renumbers = true}),
	Lie("option-refused-when-listening", "A listening socket refuses SO_ZEROCOPY with EINVAL.",
	    "ZC-SO-12 ZC-SO-09", {.set_option = [](const Setting &call) -> int {
		    return call.is_zerocopy() && listening(call.fd) ? fail(EINVAL) : call.make();
	    }}),
	Lie("connect-clears-option", "connect() clears SO_ZEROCOPY.", "ZC-SO-16 ZC-CT-18 ZC-IN-01",
	    {.connect = [](int fd, Socket &, const sockaddr *address, socklen_t length) -> int {
		    const int result = REAL(connect)(fd, address, length);

		    set_zerocopy(fd, 0);
		    return result;
	    }}),
	Lie("option-set-for-good", "Clearing SO_ZEROCOPY succeeds and changes nothing.",
	    "ZC-SO-12 ZC-SO-13 ZC-SO-03 ZC-SO-07 ZC-IO-50", {.set_option = [](const Setting &call) -> int {
		    if (call.is_zerocopy() && call.number() == 0 &&
			option(call.fd, call.level, call.name) == 1)
			    return 0;
		    return call.make();
	    }}),
	Lie("clearing-option-drops-notifications",
	    "Clearing SO_ZEROCOPY drops the notifications of earlier sends.", "ZC-SO-13 ZC-CT-18",
	    {.set_option = [](const Setting &call) -> int {
		     Socket *socket = find_socket(call.fd);

		     if (socket && call.is_zerocopy())
			     socket->mark = call.number() == 0;
		     return call.make();
	     },
	     .keeps = [](int, Socket &socket, Notice &) -> bool { return !socket.mark; }}),
	Lie("clearing-option-resets-counter", "Clearing SO_ZEROCOPY makes the ids start at 0 again.",
	    "ZC-SO-13",
	    {.set_option = [](const Setting &call) -> int {
		     Socket *socket = find_socket(call.fd);

		     if (socket && call.is_zerocopy() && call.number() == 0)
			     socket->next_id = 0;
		     return call.make();
	     },
	     .renumbers = true}),
	Lie("error-queue-needs-option",
	    "Reading the error queue of a socket without SO_ZEROCOPY fails with EINVAL.", "ZC-SO-14 ZC-RX-01",
	    {.refuse_read = [](int fd, Socket &, const msghdr &, int) -> int {
		    return option(fd, SOL_SOCKET, SO_ZEROCOPY) == 1 ? 0 : EINVAL;
	    }}),
	Lie("error-queue-needs-recverr", "Notifications of a socket without IP_RECVERR are dropped.",
	    "ZC-SO-14 ZC-CT-18 ZC-IN-01", {.keeps = [](int fd, Socket &socket, Notice &) -> bool {
		    const int wanted = socket.family == AF_INET ? option(fd, SOL_IP, IP_RECVERR)
								: option(fd, SOL_IPV6, IPV6_RECVERR);
		    return wanted == 1;
	    }}),
};

} // namespace

constinit const std::span<const Lie> lying::lies_about_options = lies;
