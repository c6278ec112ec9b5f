// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>

#include "lying_kernel/lies.h"

using namespace lying;

namespace
{

bool crosses_a_border(const msghdr &message)
{
	const std::uintptr_t page = ::sysconf(_SC_PAGESIZE);

	return std::ranges::any_of(std::span(message.msg_iov, message.msg_iovlen), [&](const iovec &piece) {
		const auto start = reinterpret_cast<std::uintptr_t>(piece.iov_base);
		return piece.iov_len && start / page != (start + piece.iov_len - 1) / page;
	});
}

constexpr std::array lies = {
	Lie("bad-memory-accepted", "A flagged send from memory that cannot be read claims to have sent it.",
	    "ZC-MEM-16 ZC-MEM-06 ZC-MEM-17", {.send = other_failure<EFAULT, 0>}),
	Lie("fault-is-invalid", "A flagged send from memory that cannot be read fails with EINVAL.",
	    "ZC-MEM-16 ZC-MEM-04 ZC-MEM-06 ZC-MEM-17 ZC-MEM-71 ZC-MEM-73",
	    {.send = other_failure<EFAULT, EINVAL>}),
	Lie("all-or-nothing", "A flagged send fails where a part of it cannot be referred to, on every path.",
	    "ZC-MEM-05 ZC-MEM-06",
	    {/* process_vm_readv() takes the pages as a flagged send does. */
	     .send = [](Sending &call) -> ssize_t {
		     const bool unpinnable = call.flagged() && call.length() > 0 && call.copy().empty();

		     return unpinnable ? fail(EFAULT) : call.make();
	     }}),
	Lie("page-border-faults", "A flagged send of what crosses the border of two pages fails with EFAULT.",
	    "ZC-MEM-02 ZC-MEM-01", {.send = [](Sending &call) -> ssize_t {
		    return call.flagged() && crosses_a_border(call.message) ? fail(EFAULT) : call.make();
	    }}),
	Lie("pages-kept", "A flagged send keeps its pages for good, also one that fails.", "ZC-MEM-18",
	    {.send = [](Sending &call) -> ssize_t {
		    static int kept[2] = {-1, -1};
		    const ssize_t result = call.make();
		    const KeepErrno keep;

		    if ((result > 0 || errno == EFAULT) && call.flagged() &&
			(kept[0] >= 0 || ::pipe2(kept, O_CLOEXEC) == 0))
			    ::vmsplice(kept[1], call.message.msg_iov, 1, SPLICE_F_NONBLOCK);
		    return result;
	    }}),
	Lie("few-pieces", "A flagged send of more than seven pieces fails with EMSGSIZE.",
	    "ZC-MEM-11 ZC-MEM-12 ZC-MEM-60", {.send = [](Sending &call) -> ssize_t {
		    return call.flagged() && call.message.msg_iovlen > 7 ? fail(EMSGSIZE) : call.make();
	    }}),
};

} // namespace

constinit const std::span<const Lie> lying::lies_about_memory = lies;
