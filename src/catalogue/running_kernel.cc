// SPDX-License-Identifier: GPL-2.0
#include "catalogue/running_kernel.h"

#include <sys/utsname.h>
#include <unistd.h>

namespace catalogue
{

const Kernel &running_kernel()
{
	static const Kernel running = [] {
		utsname name = {};

		::uname(&name);
		Kernel kernel = parse_kernel(name.release, name.version);
		kernel.machine = name.machine;
		kernel.page_size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
		return kernel;
	}();

	return running;
}

} // namespace catalogue
