/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MSG_ZEROCOPY_OS_UNEXPECTED_H
#define MSG_ZEROCOPY_OS_UNEXPECTED_H

#include <stdexcept>

namespace os
{

/* The kernel sent a scripted receiver something else than was waited for, or nothing. */
class Unexpected : public std::runtime_error {
public:
	using std::runtime_error::runtime_error;
};

} // namespace os

#endif
