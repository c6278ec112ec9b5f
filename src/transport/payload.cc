// SPDX-License-Identifier: GPL-2.0
#include "transport/payload.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "os/check.h"
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

Payload::Payload(std::size_t length) : data_(nullptr), size_(length)
{
	void *mapped = ::mmap(nullptr, std::max<std::size_t>(length, 1), PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (mapped == MAP_FAILED)
		os::check(-1, "mmap(payload)");
	data_ = static_cast<std::uint8_t *>(mapped);
	for (std::size_t at = 0; at < size_; at += sizeof(std::uint64_t)) {
		const std::uint64_t word = generator()();

		std::memcpy(data_ + at, &word, std::min(sizeof(word), size_ - at));
	}
}

Payload::Payload(Payload &&other) noexcept
	: data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0))
{
}

Payload::~Payload()
{
	if (data_)
		::munmap(data_, std::max<std::size_t>(size_, 1));
}

void Payload::overwrite()
{
	std::transform(data_, data_ + size_, data_, [](std::uint8_t byte) { return byte ^ 0xff; });
}

} // namespace transport
