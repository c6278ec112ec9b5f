/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <vector>

namespace os
{

/* What static objects of all files have registered of a kind: made on first use, as the order
 * in which files are initialised is the linker's. */
template <typename Thing> std::vector<const Thing *> &registered()
{
	static std::vector<const Thing *> all;

	return all;
}

/* A static object of this type, beside the thing that it registers. */
template <typename Thing> struct Registration {
	explicit Registration(const Thing &thing) { registered<Thing>().push_back(&thing); }
};

/* A constant of the file, of that type and with these members, which is registered and needs no name.
 * Not numbered by its line: files are linted several in one translation unit. */
#define REGISTERED(Thing, ...) REGISTERED_AT(__COUNTER__, Thing, __VA_ARGS__)
#define REGISTERED_AT(number, ...) REGISTERED_NAMED(number, __VA_ARGS__)
#define REGISTERED_NAMED(number, Thing, ...)                                                                 \
	static const Thing registered_##number = {__VA_ARGS__};                                              \
	static const os::Registration<Thing> registration_##number(registered_##number)

} // namespace os
