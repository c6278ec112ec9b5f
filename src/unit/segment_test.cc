// SPDX-License-Identifier: GPL-2.0
#include "tcp_peer/segment.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace
{

using os::Bytes;
using os::Data;
using tcp_peer::Segment;

const Data ipv4_ends[] = {{192, 0, 2, 1}, {192, 0, 2, 2}};
const Data ipv6_ends[] = {{0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1},
			  {0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2}};

Segment some_segment(bool ipv6)
{
	const auto &ends = ipv6 ? ipv6_ends : ipv4_ends;
	Segment segment;

	segment.source = ends[0];
	segment.destination = ends[1];
	segment.source_port = 0x1234;
	segment.destination_port = 7;
	segment.seq = 0xfffffff0;
	segment.ack = 0x01020304;
	segment.flags = tcp_peer::ack | tcp_peer::psh;
	segment.window = 0xabcd;
	segment.payload = {1, 2, 3, 4, 5}; /* odd: the checksum pads it */
	return segment;
}

void same(const Segment &seen, const Segment &expected)
{
	EXPECT_EQ(seen.source, expected.source);
	EXPECT_EQ(seen.destination, expected.destination);
	EXPECT_EQ(seen.source_port, expected.source_port);
	EXPECT_EQ(seen.destination_port, expected.destination_port);
	EXPECT_EQ(seen.seq, expected.seq);
	EXPECT_EQ(seen.ack, expected.ack);
	EXPECT_EQ(seen.flags, expected.flags);
	EXPECT_EQ(seen.window, expected.window);
	EXPECT_EQ(seen.options, expected.options);
	EXPECT_EQ(seen.payload, expected.payload);
}

/* Built and parsed it is the same again. */
void survives(const Segment &segment)
{
	const Data packet = tcp_peer::build(segment);
	const auto parsed = tcp_peer::parse(packet);

	EXPECT_TRUE(tcp_peer::checksums_right(packet));
	ASSERT_TRUE(parsed);
	same(*parsed, segment);
}

TEST(Segment, SurvivesBuildingAndParsing)
{
	survives(some_segment(false));
	survives(some_segment(true));
}

TEST(Segment, EveryOptionSurvives)
{
	for (const bool ipv6 : {false, true}) {
		Segment segment = some_segment(ipv6);

		segment.options.mss = 1400;
		segment.options.window_scale = 10;
		segment.options.sack_permitted = true;
		segment.options.timestamps = tcp_peer::Timestamps{0x80000001, 7};
		segment.options.cookie = Data{1, 2, 3, 4, 5, 6, 7, 8};
		survives(segment);
		segment.options = {};
		segment.options.cookie = Data{};
		survives(segment);
		segment.options = {};
		segment.options.timestamps = tcp_peer::Timestamps{1, 2};
		segment.options.sack = {{1, 2}, {0xfffffff0, 5}, {7, 9}};
		survives(segment);
	}
}

TEST(Segment, MoreOptionsThanAHeaderHoldsAreRefused)
{
	Segment segment = some_segment(false);

	segment.options.sack.resize(5);
	EXPECT_THROW(tcp_peer::build(segment), std::length_error);
}

/* The sums are another program's. */
TEST(Segment, BytesAreThoseOfTheProtocols)
{
	Segment segment = some_segment(false);

	segment.payload = {};
	segment.options.mss = 1460;
	const Data packet = tcp_peer::build(segment);
	const Data expected = {/* IPv4 */
			       0x45, 0x00, 0x00, 0x2c, 0x00, 0x00, 0x40, 0x00, 0x40, 0x06, 0xb6, 0xc8, 0xc0,
			       0x00, 0x02, 0x01, 0xc0, 0x00, 0x02, 0x02,
			       /* TCP */
			       0x12, 0x34, 0x00, 0x07, 0xff, 0xff, 0xff, 0xf0, 0x01, 0x02, 0x03, 0x04, 0x60,
			       0x18, 0xab, 0xcd, 0x52, 0x0d, 0x00, 0x00,
			       /* the option */
			       0x02, 0x04, 0x05, 0xb4};

	EXPECT_EQ(packet, expected);
}

TEST(Segment, AnyChangedByteBreaksAChecksum)
{
	for (const bool ipv6 : {false, true}) {
		const Data packet = tcp_peer::build(some_segment(ipv6));

		/* The first twelve bytes of an IPv6 header are not summed but for lengths. */
		for (std::size_t at = ipv6 ? 8 : 12; at < packet.size(); at++) {
			Data changed = packet;

			changed[at] ^= 0x10;
			EXPECT_FALSE(tcp_peer::checksums_right(changed)) << at;
		}
	}
}

TEST(Segment, WhatIsCutShortIsNone)
{
	for (const bool ipv6 : {false, true}) {
		const Data packet = tcp_peer::build(some_segment(ipv6));

		for (std::size_t length = 0; length < packet.size(); length++) {
			EXPECT_FALSE(tcp_peer::parse(Bytes(packet).first(length))) << length;
			EXPECT_FALSE(tcp_peer::checksums_right(Bytes(packet).first(length))) << length;
		}
	}
}

TEST(Segment, BytesBehindThePacketAreNotPayload)
{
	for (const bool ipv6 : {false, true}) {
		Data padded = tcp_peer::build(some_segment(ipv6));

		padded.resize(padded.size() + 6);
		ASSERT_TRUE(tcp_peer::parse(padded));
		EXPECT_EQ(tcp_peer::parse(padded)->payload.size(), 5U);
	}
}

TEST(Segment, OtherProtocolsAndFragmentsAreNone)
{
	Data packet = tcp_peer::build(some_segment(false));

	packet[9] = 17;
	EXPECT_FALSE(tcp_peer::parse(packet));
	packet[9] = 6;
	packet[7] = 1;
	EXPECT_FALSE(tcp_peer::parse(packet));
	Data ipv6 = tcp_peer::build(some_segment(true));
	ipv6[6] = 58;
	EXPECT_FALSE(tcp_peer::parse(ipv6));
	ipv6[0] = 0x50;
	EXPECT_FALSE(tcp_peer::parse(ipv6));
}

TEST(Segment, OptionsThatAreCutShortEndTheList)
{
	Segment segment = some_segment(false);

	segment.options.mss = 1460;
	Data packet = tcp_peer::build(segment);
	packet[41] = 5; /* longer than the header */
	ASSERT_TRUE(tcp_peer::parse(packet));
	EXPECT_FALSE(tcp_peer::parse(packet)->options.mss);
	packet[41] = 0; /* would never end */
	ASSERT_TRUE(tcp_peer::parse(packet));
	EXPECT_FALSE(tcp_peer::parse(packet)->options.mss);
}

TEST(Segment, IsDescribedForPeople)
{
	EXPECT_EQ(tcp_peer::describe(some_segment(false)),
		  "seq 4294967280 ack 16909060 flags PA window 43981 length 5");
}

} // namespace
