/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MSG_ZEROCOPY_OS_UNEXPECTED_H
#define MSG_ZEROCOPY_OS_UNEXPECTED_H

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

#endif
