/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace trace
{

/* The memory of a process that this one traces, and which is built as this one. */
class Memory {
public:
	explicit Memory(pid_t pid) : pid_(pid) {}

	/* Nothing where it cannot be read, all of it. */
	std::vector<std::uint8_t> read(std::uint64_t address, std::size_t length) const;

	pid_t process() const { return pid_; }

	/* At most `count` objects; none where they cannot be read. */
	template <typename Object> std::vector<Object> array(std::uint64_t address, std::size_t count) const
	{
		const auto bytes = read(address, count * sizeof(Object));
		std::vector<Object> objects(bytes.size() / sizeof(Object));

		std::memcpy(objects.data(), bytes.data(), objects.size() * sizeof(Object));
		return objects;
	}
	/* As array(), with zeros where it cannot be read. */
	template <typename Object> Object object(std::uint64_t address) const
	{
		const auto objects = array<Object>(address, 1);
		return objects.empty() ? Object{} : objects[0];
	}

private:
	pid_t pid_;
};

} // namespace trace
