// SPDX-License-Identifier: GPL-2.0
#include "vhost_guest/split_ring.h"

#include <gtest/gtest.h>

#include <array>
#include <stdexcept>

namespace
{

using vhost_guest::SplitRing;

/* The device, as Virtio 1.2, 2.7 has it: bytes, on any machine. */
class Device {
public:
	explicit Device(const SplitRing &ring) : ring_(ring) {}

	unsigned available() const { return half(ring_.available() + 2); }
	unsigned head(unsigned element) const { return half(ring_.available() + 4 + 2 * element); }
	unsigned length(unsigned descriptor) const
	{
		return half(ring_.descriptors() + 16 * descriptor + 8) |
		       half(ring_.descriptors() + 16 * descriptor + 10) << 16;
	}
	unsigned flags(unsigned descriptor) const { return half(ring_.descriptors() + 16 * descriptor + 12); }
	/* It is done with that buffer. */
	void use(unsigned number, unsigned length)
	{
		std::uint8_t *element = ring_.used() + 4 + 8 * (used_ % ring_.buffers());

		put(element, number);
		put(element + 2, 0);
		put(element + 4, length & 0xffff);
		put(element + 6, length >> 16);
		used_++;
		put(ring_.used() + 2, used_);
	}

private:
	static unsigned half(const std::uint8_t *at) { return at[0] | at[1] << 8; }
	static void put(std::uint8_t *at, unsigned value)
	{
		at[0] = static_cast<std::uint8_t>(value);
		at[1] = static_cast<std::uint8_t>(value >> 8);
	}

	const SplitRing &ring_;
	unsigned used_ = 0;
};

class SplitRingTest : public testing::Test {
protected:
	alignas(16) std::array<std::uint8_t, 256> memory_ = {};
	SplitRing ring_{memory_, 4};
	Device device_{ring_};
};

TEST_F(SplitRingTest, lies_where_the_standard_puts_it)
{
	/* 4 descriptors of 16 bytes; 4 + 2 * 4 + 2 bytes, to a multiple of 4; 4 + 8 * 4 + 2. */
	EXPECT_EQ(ring_.available() - ring_.descriptors(), 64);
	EXPECT_EQ(ring_.used() - ring_.available(), 16);
	EXPECT_EQ(SplitRing::footprint(4), 64U + 16 + 38);
}

TEST_F(SplitRingTest, offers_a_buffer)
{
	ring_.offer(3, 0x1122334455667788, 0x10001, SplitRing::Writer::device);
	EXPECT_EQ(device_.available(), 1U);
	EXPECT_EQ(device_.head(0), 3U);
	EXPECT_EQ(memory_[48], 0x88);
	EXPECT_EQ(memory_[55], 0x11);
	EXPECT_EQ(device_.length(3), 0x10001U);
	EXPECT_EQ(device_.flags(3), 2U);
	ring_.offer(0, 0, 1, SplitRing::Writer::driver);
	EXPECT_EQ(device_.available(), 2U);
	EXPECT_EQ(device_.head(1), 0U);
	EXPECT_EQ(device_.flags(0), 0U);
	EXPECT_EQ(ring_.offered(), 2);
}

TEST_F(SplitRingTest, takes_what_the_device_is_done_with_once)
{
	EXPECT_FALSE(ring_.take_used());
	ring_.offer(1, 0, 64, SplitRing::Writer::device);
	ring_.offer(2, 0, 64, SplitRing::Writer::device);
	EXPECT_FALSE(ring_.take_used());
	device_.use(2, 0x10002);
	const auto used = ring_.take_used();
	ASSERT_TRUE(used);
	EXPECT_EQ(used->number, 2);
	EXPECT_EQ(used->length, 0x10002U);
	EXPECT_FALSE(ring_.take_used());
	EXPECT_EQ(ring_.offered(), 1);
}

TEST_F(SplitRingTest, goes_round_and_counts_beyond_16_bits)
{
	for (unsigned i = 0; i < 70000; i++) {
		ring_.offer(i % 4, 0, i, SplitRing::Writer::device);
		ASSERT_EQ(device_.available(), (i + 1) & 0xffff);
		ASSERT_EQ(device_.head(i % 4), i % 4);
		device_.use(i % 4, i);
		const auto used = ring_.take_used();
		ASSERT_TRUE(used);
		ASSERT_EQ(used->length, i);
		ASSERT_EQ(ring_.offered(), 0);
	}
}

TEST_F(SplitRingTest, refuses_what_cannot_be_a_ring)
{
	EXPECT_THROW(SplitRing(memory_, 0), std::invalid_argument);
	EXPECT_THROW(SplitRing(memory_, 3), std::invalid_argument);
	EXPECT_THROW(SplitRing(memory_, 16), std::invalid_argument);
}

} // namespace
