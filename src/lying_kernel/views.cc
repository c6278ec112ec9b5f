// SPDX-License-Identifier: GPL-2.0
#include "lying_kernel/views.h"

#include "lying_kernel/lies.h"

namespace lying
{

namespace
{

void arrive(int fd, Socket &socket, Notice notice)
{
	socket.arrived++;
	if (lie()->keeps && !lie()->keeps(fd, socket, notice))
		return;
	if (lie()->arrive)
		lie()->arrive(fd, socket, std::move(notice));
	else
		socket.append(std::move(notice));
}

/* The kernel's range in the ids that the program sees: pieces, where those
 * have gaps. */
void arrive_renumbered(int fd, Socket &socket, Notice notice)
{
	const std::uint32_t lo = notice.err().ee_info;
	const std::uint32_t count = notice.err().ee_data - lo + 1;
	bool open = false;

	for (std::uint32_t i = 0; i < count; i++) {
		const std::optional<std::uint32_t> id = socket.shown_as(lo + i);

		if (open && id && *id == notice.err().ee_data + 1) {
			notice.err().ee_data = *id;
			continue;
		}
		if (open)
			arrive(fd, socket, notice);
		open = id.has_value();
		if (open)
			notice.err().ee_info = notice.err().ee_data = *id;
	}
	if (open)
		arrive(fd, socket, std::move(notice));
}

} // namespace

bool pull(int fd, Socket &socket)
{
	const KeepErrno keep;
	const auto lock = guard();
	std::optional<Notice> notice = take_notice(fd);

	if (!notice)
		return false;
	if (!notice->completion)
		socket.append(std::move(*notice)); /* not ours to lie about */
	else
		arrive_renumbered(fd, socket, std::move(*notice));
	return true;
}

} // namespace lying
