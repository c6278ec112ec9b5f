// SPDX-License-Identifier: GPL-2.0
#include "lying_kernel/lies.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace lying
{

namespace
{

/* Not a lie: everything passes through the machinery and comes out as it was. */
constexpr std::array honest = {
	Lie("none", "Nothing is lied about: shows that the interposing itself changes nothing.", "",
	    {.arrive = [](int, Socket &socket, Notice notice) { socket.append(std::move(notice)); }}),
	Lie("none-hiding",
	    "Nothing is lied about, and each look at a socket empties the kernel's queue: shows what lies "
	    "that hide notifications cannot leave as it is, such as option memory, select() and epoll.",
	    "",
	    {.arrive = [](int, Socket &socket, Notice notice) { socket.append(std::move(notice)); },
	     .hides = true}),
};

const Behaviour *chosen = nullptr;

std::array<std::span<const Lie>, 13> all()
{
	return {honest,
		lies_about_options,
		lies_about_sending,
		lies_about_the_counter,
		lies_about_notifications,
		lies_about_readiness,
		lies_about_data,
		lies_about_copies,
		lies_about_limits,
		lies_about_lifecycle,
		lies_about_families,
		lies_about_memory,
		lies_about_vsock};
}

/* One line a lie: name, ids, description, whether it hides notifications, between tabs. */
[[noreturn]] void list()
{
	for (const std::span<const Lie> subject : all())
		for (const Lie &each : subject)
			std::printf("%s\t%s\t%s\t%s\n", each.name, each.breaks, each.description,
				    each.behaviour.may_hide() ? "hides" : "");
	std::fflush(stdout);
	::_exit(0);
}

/* Before main(). */
[[gnu::constructor]] void choose()
{
	const char *name = std::getenv("LYING_KERNEL");

	if (!name || !*name)
		return;
	if (std::strcmp(name, "list") == 0)
		list();
	for (const std::span<const Lie> subject : all())
		for (const Lie &each : subject)
			if (std::strcmp(name, each.name) == 0)
				chosen = &each.behaviour;
	if (!chosen) {
		std::fprintf(stderr, "lying_kernel: no lie is named '%s'; LYING_KERNEL=list lists them\n",
			     name);
		::_exit(2);
	}
}

} // namespace

const Behaviour *lie()
{
	return chosen;
}

} // namespace lying
