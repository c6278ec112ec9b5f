/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <string_view>

/*
 * What a process says to the one that traces it, of things that its system calls alone do not
 * show. It is a write() to no descriptor, which the kernel refuses and the tracer reads.
 */
namespace os
{

/* The descriptor of such a write. */
inline constexpr int to_tracer = -1;

/* This process is traced from here on. */
void expect_tracer();

/* "ip", "link set ..."; nothing where nobody traces. */
void tell_tracer(std::string_view kind, std::string_view text);

} // namespace os
