// SPDX-License-Identifier: GPL-2.0
#include "os/result.h"

#include "os/names.h"

namespace os
{

std::string describe(const Returned &result)
{
	const std::string number = std::to_string(result.returned);

	return result.ok() ? number : number + " (" + error_text(result.error) + ')';
}

} // namespace os
