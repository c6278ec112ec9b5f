// SPDX-License-Identifier: GPL-2.0
#include "limits/counter.h"

#include <stdexcept>
#include <string>

#include "limits/own_namespace.h"
#include "netns/sysctl.h"
#include "os/check.h"

namespace limits
{

static void set(const char *setting, std::uint32_t value)
{
	const std::string name = std::string("core/") + setting;

	if (in_initial_network_namespace())
		throw std::logic_error(name + " of the initial namespace is not ours to change");
	if (!netns::try_sysctl(name, std::to_string(value)))
		throw os::Missing("net." + name +
				  " (a kernel that the suite builds: run_tests.sh --kernel 7.3+broken)");
}

void count_from(std::uint32_t first_id)
{
	set("zerocopy_first_id", first_id);
}

void merge_before(std::uint32_t ids)
{
	set("zerocopy_merged_ids", ids);
}

} // namespace limits
