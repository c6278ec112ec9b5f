// SPDX-License-Identifier: GPL-2.0
#include "vhost_guest/split_ring.h"

/* The functions of linux/virtio_ring.h are not for C++. */
#define VIRTIO_RING_NO_LEGACY

#include <endian.h>
#include <linux/virtio_ring.h>

#include <atomic>
#include <cstring>
#include <stdexcept>
#include <string>

namespace vhost_guest
{

/* Each of the two rings begins with its flags and its index. Flags stay 0: the
 * driver wants to be told of every buffer used. */
constexpr std::size_t index_at = 2;
constexpr std::size_t elements_at = 4;
constexpr std::size_t used_alignment = 4;

static std::size_t available_offset(std::uint16_t buffers)
{
	return sizeof(vring_desc) * buffers;
}

static std::size_t used_offset(std::uint16_t buffers)
{
	/* The element after the last is used_event. */
	const std::size_t end =
		available_offset(buffers) + elements_at + sizeof(std::uint16_t) * (buffers + 1);

	return (end + used_alignment - 1) / used_alignment * used_alignment;
}

static std::atomic_ref<std::uint16_t> index_of(std::uint8_t *ring)
{
	return std::atomic_ref(*reinterpret_cast<std::uint16_t *>(ring + index_at));
}

std::size_t SplitRing::footprint(std::uint16_t buffers)
{
	/* The same of avail_event. */
	return used_offset(buffers) + elements_at + sizeof(vring_used_elem) * buffers + sizeof(std::uint16_t);
}

SplitRing::SplitRing(std::span<std::uint8_t> memory, std::uint16_t buffers)
	: memory_(memory.data()), buffers_(buffers)
{
	if (buffers == 0 || (buffers & (buffers - 1)) || memory.size() < footprint(buffers))
		throw std::invalid_argument("a ring of " + std::to_string(buffers) + " buffers in " +
					    std::to_string(memory.size()) + " bytes");
}

std::uint8_t *SplitRing::available() const
{
	return memory_ + available_offset(buffers_);
}

std::uint8_t *SplitRing::used() const
{
	return memory_ + used_offset(buffers_);
}

void SplitRing::offer(std::uint16_t number, std::uint64_t address, std::uint32_t length, Writer writer)
{
	const vring_desc descriptor = {htole64(address), htole32(length),
				       htole16(writer == Writer::device ? VRING_DESC_F_WRITE : 0), 0};
	const std::uint16_t element = htole16(number);

	std::memcpy(descriptors() + sizeof(descriptor) * number, &descriptor, sizeof(descriptor));
	std::memcpy(available() + elements_at + sizeof(element) * (next_available_ % buffers_), &element,
		    sizeof(element));
	next_available_++;
	/* The device sees the index last. */
	index_of(available()).store(htole16(next_available_), std::memory_order_release);
}

std::optional<SplitRing::Used> SplitRing::take_used()
{
	vring_used_elem element;

	if (le16toh(index_of(used()).load(std::memory_order_acquire)) == next_used_)
		return {};
	std::memcpy(&element, used() + elements_at + sizeof(element) * (next_used_ % buffers_),
		    sizeof(element));
	next_used_++;
	return Used{static_cast<std::uint16_t>(le32toh(element.id)), le32toh(element.len)};
}

} // namespace vhost_guest
