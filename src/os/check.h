/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MSG_ZEROCOPY_OS_CHECK_H
#define MSG_ZEROCOPY_OS_CHECK_H

#include <cerrno>
#include <string>
#include <system_error>

namespace os
{

/*
 * For system calls that only prepare a case: a failure there says nothing
 * about the kernel's promises, it means that the case could not be set up.
 * Throws std::system_error with errno and `what`; the harness calls that broken.
 */
template <typename Result> Result check(Result result, const std::string &what)
{
	if (result < 0)
		throw std::system_error(errno, std::generic_category(), what);
	return result;
}

} // namespace os

#endif
