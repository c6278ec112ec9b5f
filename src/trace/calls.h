/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "trace/memory.h"
#include "trace/seeded.h"

namespace trace
{

/* A system call of a thread, as the kernel is asked for it. */
struct Call {
	pid_t thread = 0;
	std::uint64_t number = 0;
	std::array<std::uint64_t, 6> arguments = {};
};

struct Kind;

/*
 * Puts into words the calls that matter to MSG_ZEROCOPY: those on sockets, those that
 * wait for them, those on the memory of payloads, and those on namespaces.
 */
class Calls {
public:
	explicit Calls(std::uint64_t seed) : seeded_(seed) {}

	/* "sendto(5, ..., MSG_ZEROCOPY)"; nothing where it does not matter. */
	std::optional<std::string> begun(Call call);
	/* Of the call that this thread began: "= 1000", and what the kernel wrote. */
	std::string ended(pid_t thread, std::int64_t result);
	/* "sendto" */
	std::string name(pid_t thread) const;

private:
	struct Begun {
		const Kind *kind;
		Call call;
	};

	bool matters(const Kind &kind, const Call &call);

	SeededBytes seeded_;
	std::map<pid_t, Begun> begun_;
};

} // namespace trace
