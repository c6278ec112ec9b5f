/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <cstdint>
#include <string>

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
/* A string in the memory of a process. */
std::string text_at(const Memory &memory, std::uint64_t address);

} // namespace trace
