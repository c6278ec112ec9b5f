// SPDX-License-Identifier: GPL-2.0
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <span>

#include "lying_kernel/lies.h"
#include "lying_kernel/real.h"

namespace lying
{

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
	Lie{.name = "bad-memory-accepted",
	    .description = "A flagged send from memory that cannot be read claims to have sent it.",
	    .breaks = {"ZC-MEM-03", "ZC-MEM-06", "ZC-MEM-07"},
	    .send = [](Sending &call) -> ssize_t {
		    const ssize_t result = call.make();

		    return result < 0 && errno == EFAULT && call.flagged() ? call.length() : result;
	    }},
	Lie{.name = "fault-is-invalid",
	    .description = "A flagged send from memory that cannot be read fails with EINVAL.",
	    .breaks = {"ZC-MEM-03", "ZC-MEM-04", "ZC-MEM-06", "ZC-MEM-07"},
	    .send =
		    [](Sending &call) {
			    const ssize_t result = call.make();

			    return result < 0 && errno == EFAULT && call.flagged() ? fail(EINVAL) : result;
		    }},
	Lie{.name = "all-or-nothing",
	    .description = "A flagged send fails where a part of it cannot be referred to, on every path.",
	    .breaks = {"ZC-MEM-05", "ZC-MEM-06"},
	    /* process_vm_readv() takes the pages as a flagged send does. */
	    .send =
		    [](Sending &call) {
			    const bool unpinnable =
				    call.flagged() && call.length() > 0 && call.copy().empty();

			    return unpinnable ? fail(EFAULT) : call.make();
		    }},
	Lie{.name = "page-border-faults",
	    .description = "A flagged send of what crosses the border of two pages fails with EFAULT.",
	    .breaks = {"ZC-MEM-02"},
	    .send =
		    [](Sending &call) {
			    return call.flagged() && crosses_a_border(call.message) ? fail(EFAULT)
										    : call.make();
		    }},
	Lie{.name = "few-pieces",
	    .description = "A flagged send of more than seven pieces fails with EMSGSIZE.",
	    .breaks = {"ZC-MEM-11", "ZC-MEM-12"},
	    .send =
		    [](Sending &call) {
			    return call.flagged() && call.message.msg_iovlen > 7 ? fail(EMSGSIZE)
										 : call.make();
		    }},
};

} // namespace

std::span<const Lie> lies_about_memory()
{
	return lies;
}

} // namespace lying
