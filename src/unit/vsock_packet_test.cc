// SPDX-License-Identifier: GPL-2.0
#include "vhost_guest/vsock_packet.h"

#include <gtest/gtest.h>
#include <linux/virtio_vsock.h>

namespace
{

using os::Bytes;
using os::Data;
using vhost_guest::VsockPacket;

VsockPacket some_packet()
{
	VsockPacket packet;

	packet.source_cid = 0x0102030405060708;
	packet.destination_cid = 2;
	packet.source_port = 0x11121314;
	packet.destination_port = 0x21222324;
	packet.type = VIRTIO_VSOCK_TYPE_SEQPACKET;
	packet.op = VIRTIO_VSOCK_OP_RW;
	packet.flags = VIRTIO_VSOCK_SEQ_EOM;
	packet.buf_alloc = 0x31323334;
	packet.fwd_cnt = 0x41424344;
	packet.payload = {9, 8, 7};
	return packet;
}

TEST(VsockPacketTest, is_on_the_wire_as_the_standard_has_it)
{
	const Data expected = {8,    7,	   6,	 5,    4,    3,	   2,	 1,    2,    0,	   0,	 0,
			       0,    0,	   0,	 0,    0x14, 0x13, 0x12, 0x11, 0x24, 0x23, 0x22, 0x21,
			       3,    0,	   0,	 0,    2,    0,	   5,	 0,    1,    0,	   0,	 0,
			       0x34, 0x33, 0x32, 0x31, 0x44, 0x43, 0x42, 0x41, 9,    8,	   7};

	EXPECT_EQ(vhost_guest::build(some_packet()), expected);
}

TEST(VsockPacketTest, survives_the_wire)
{
	VsockPacket packet = some_packet();
	auto parsed = vhost_guest::parse_vsock(vhost_guest::build(packet));

	ASSERT_TRUE(parsed);
	EXPECT_EQ(*parsed, packet);
	packet.payload.clear();
	parsed = vhost_guest::parse_vsock(vhost_guest::build(packet));
	ASSERT_TRUE(parsed);
	EXPECT_EQ(*parsed, packet);
}

TEST(VsockPacketTest, is_nothing_where_its_length_is_not_that_of_the_bytes)
{
	Data wire = vhost_guest::build(some_packet());

	for (std::size_t length = 0; length < wire.size(); length++)
		EXPECT_FALSE(vhost_guest::parse_vsock(Bytes(wire).first(length))) << length;
	wire.push_back(0);
	EXPECT_FALSE(vhost_guest::parse_vsock(wire));
}

} // namespace
