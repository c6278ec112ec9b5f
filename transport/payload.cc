// SPDX-License-Identifier: GPL-2.0
#include "transport/payload.h"

#include <sys/mman.h>

#include <algorithm>
#include <random>
#include <utility>

#include "os/check.h"

namespace transport
{

namespace
{
std::mt19937_64 &generator()
{
	static std::mt19937_64 random;

	return random;
}
} // namespace

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
	std::generate_n(data_, size_, [word = std::uint64_t{0}, left = 0]() mutable {
		if (left == 0) {
			word = generator()();
			left = 8;
		}
		left--;
		return static_cast<std::uint8_t>(word >> (8 * left));
	});
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
