/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace vhost_guest
{

/*
 * A split virtqueue, from the driver's side: Virtio 1.2, 2.7. Each of its buffers is
 * one descriptor, always the same, so that a buffer's number is its descriptor's.
 * The memory is its owner's.
 */
class SplitRing {
public:
	/* How much memory it takes, in bytes, for a power of two of buffers. */
	static std::size_t footprint(std::uint16_t buffers);

	/* In zeroed memory, aligned to 16 bytes, of footprint(buffers). */
	SplitRing(std::span<std::uint8_t> memory, std::uint16_t buffers);

	/* Its parts, where the device has to be told of them. */
	std::uint8_t *descriptors() const { return memory_; }
	std::uint8_t *available() const;
	std::uint8_t *used() const;
	std::uint16_t buffers() const { return buffers_; }

	/* Who writes into a buffer. */
	enum class Writer { driver, device };
	/* Let the device have buffer `number`, at that address of the device's view. */
	void offer(std::uint16_t number, std::uint64_t address, std::uint32_t length, Writer writer);

	struct Used {
		std::uint16_t number;
		std::uint32_t length; /* bytes that the device wrote into it */
	};
	/* The next buffer that the device is done with; nothing where there is none. */
	std::optional<Used> take_used();
	/* How many the device has now. */
	std::uint16_t offered() const { return static_cast<std::uint16_t>(next_available_ - next_used_); }

private:
	std::uint8_t *memory_;
	std::uint16_t buffers_;
	/* Both count on and wrap at 2^16, as the ring's own do. */
	std::uint16_t next_available_ = 0;
	std::uint16_t next_used_ = 0;
};

} // namespace vhost_guest
