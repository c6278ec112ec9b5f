/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <stdexcept>

namespace os
{

/* The kernel did not do what a link or a scripted receiver waited for; the text says what was
 * expected and what was seen. */
class Unexpected : public std::runtime_error {
public:
	using std::runtime_error::runtime_error;
};

} // namespace os
