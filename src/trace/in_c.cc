// SPDX-License-Identifier: GPL-2.0
#include "trace/in_c.h"

#include "os/names.h"

namespace trace
{

std::string answer(std::int64_t result)
{
	/* include/linux/errno.h: a signal has come, and the caller gets this. */
	constexpr std::int64_t restart_from = -512, restart_to = -516;

	if (result <= restart_from && result >= restart_to)
		return "-EINTR";
	return result < 0 ? "-" + os::error_name(static_cast<int>(-result)) : std::to_string(result);
}

std::string flags_text(int flags)
{
	return os::message_flags(static_cast<unsigned>(flags));
}

std::string called(std::string_view function, std::initializer_list<std::string_view> arguments)
{
	std::string text(function);
	const char *before = "(";

	for (const std::string_view argument : arguments) {
		text.append(before).append(argument);
		before = ", ";
	}
	return text += ')';
}

std::string text_at(const Memory &memory, std::uint64_t address)
{
	std::string text;

	for (std::uint64_t at = address;; at++) {
		const auto byte = memory.read(at, 1);
		if (byte.empty() || byte[0] == 0 || text.size() > 4096)
			return text;
		text += static_cast<char>(byte[0]);
	}
}

} // namespace trace
