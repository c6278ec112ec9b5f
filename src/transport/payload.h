/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <cstddef>
#include <cstdint>

#include "os/bytes.h"
#include "os/mapping.h"

namespace transport
{

/*
 * A page-aligned anonymous buffer to send from, filled with bytes that follow
 * from the run's seed and differ from payload to payload, so that no shifted,
 * repeated or stale byte can pass for the right one.
 */
class Payload {
public:
	explicit Payload(std::size_t length);

	std::uint8_t *data() { return memory_.data(); }
	std::size_t size() const { return size_; }
	os::Bytes bytes() const { return {memory_.data(), size_}; }
	operator os::Bytes() const { return bytes(); }
	os::Bytes first(std::size_t length) const { return bytes().first(length); }
	os::Bytes from(std::size_t offset, std::size_t length) const
	{
		return bytes().subspan(offset, length);
	}

	/* The bytes as they are now, which a later store does not change. */
	os::Data copy() const { return {bytes().begin(), bytes().end()}; }

	/* Store other bytes over all of it from there on, in place: none stays as it was. */
	void overwrite(std::size_t from = 0);

	/* Set once a process, before the first payload. */
	static void set_seed(std::uint64_t seed);

private:
	os::Mapping memory_;
	std::size_t size_;
};

} // namespace transport
