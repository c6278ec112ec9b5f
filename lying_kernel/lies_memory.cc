// SPDX-License-Identifier: GPL-2.0

#include <array>
#include <cerrno>

#include "lying_kernel/lies.h"
#include "lying_kernel/real.h"

namespace lying
{

namespace
{

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
