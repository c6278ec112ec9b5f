/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MSG_ZEROCOPY_OS_NEW_FILE_H
#define MSG_ZEROCOPY_OS_NEW_FILE_H

#include <string>
#include <string_view>

#include "os/fd.h"

namespace os
{

/*
 * A file that gets its whole content at the end of a run. Until then nothing of its name is
 * made or changed, and nobody ever sees a part of it. What is no regular file, such as a pipe
 * or a device, is opened at once and written to as it is.
 */
class NewFile {
public:
	/* Throws std::system_error where it could not be written now. */
	explicit NewFile(const std::string &path);

	/* Throws std::system_error; a regular file is then what it was before. */
	void write(std::string_view text);
	/* Absolute and without links; "" of what is no regular file. */
	const std::string &path() const { return path_; }

private:
	std::string path_;
	Fd stream_;
};

} // namespace os

#endif
