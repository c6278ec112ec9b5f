// SPDX-License-Identifier: GPL-2.0
#include "transport/payload.h"

#include <algorithm>
#include <cstring>

#include "transport/generator.h"

namespace transport
{

static Generator &generator()
{
	static Generator random;

	return random;
}

void Payload::set_seed(std::uint64_t seed)
{
	generator().seed(seed);
}

/* Of no bytes it has an address too. */
Payload::Payload(std::size_t length) : memory_(std::max<std::size_t>(length, 1)), size_(length)
{
	for (std::size_t at = 0; at < size_; at += sizeof(std::uint64_t)) {
		const std::uint64_t word = generator()();

		std::memcpy(data() + at, &word, std::min(sizeof(word), size_ - at));
	}
}

void Payload::overwrite(std::size_t from)
{
	for (std::size_t at = from; at < size_; at++)
		data()[at] ^= 0xff;
}

} // namespace transport
