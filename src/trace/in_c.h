/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "trace/memory.h"

/* What calls take and answer, in C. */
namespace trace
{

inline std::uint64_t number(const void *pointer)
{
	return reinterpret_cast<std::uintptr_t>(pointer);
}

/* "10000", "-EAGAIN" */
std::string answer(std::int64_t result);
/* "MSG_DONTWAIT|MSG_ZEROCOPY" */
std::string flags_text(int flags);
/* "memset(to, 0, 5)" */
std::string called(std::string_view function, std::initializer_list<std::string_view> arguments);
/* A string in the memory of a process. */
std::string text_at(const Memory &memory, std::uint64_t address);

} // namespace trace
