/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <endian.h>

#include <cstdint>

namespace transport
{

/*
 * Its words, as they lie in memory, fill one payload of a case after the other, each from the
 * next whole word on. SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number
 * Generators), as a program that makes the same bytes again has it in few lines.
 */
class Generator {
public:
	explicit Generator(std::uint64_t seed = 0) : state_(seed) {}
	void seed(std::uint64_t seed) { state_ = seed; }

	/* Little-endian, so that the bytes are the same everywhere. */
	std::uint64_t operator()()
	{
		std::uint64_t word = state_ += 0x9e3779b97f4a7c15;

		word = (word ^ word >> 30) * 0xbf58476d1ce4e5b9;
		word = (word ^ word >> 27) * 0x94d049bb133111eb;
		return ::htole64(word ^ word >> 31);
	}

private:
	std::uint64_t state_;
};

} // namespace transport
