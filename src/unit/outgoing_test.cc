// SPDX-License-Identifier: GPL-2.0
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include <cstdint>
#include <cstring>

#include "transport/outgoing.h"

using transport::Outgoing;

namespace
{

const os::Data bytes = {0, 1, 2, 3, 4, 5, 6, 7, 8};

} // namespace

TEST(Outgoing, OfNothingHasNoPiece)
{
	const Outgoing message;
	const msghdr header = message.header();

	EXPECT_EQ(header.msg_iovlen, 0u);
	EXPECT_EQ(header.msg_name, nullptr);
	EXPECT_EQ(header.msg_control, nullptr);
	EXPECT_EQ(Outgoing(os::Bytes()).header().msg_iovlen, 1u);
}

TEST(Outgoing, HasItsPiecesInOrder)
{
	Outgoing message{os::Bytes(bytes).first(3), os::Bytes(bytes).last(2)};

	message.add(os::Bytes(bytes).first(1));
	const msghdr header = message.header();
	EXPECT_EQ(message.size(), 6u);
	ASSERT_EQ(header.msg_iovlen, 3u);
	EXPECT_EQ(header.msg_iov[1].iov_base, &bytes[7]);
	EXPECT_EQ(header.msg_iov[1].iov_len, 2u);
}

TEST(Outgoing, CopyPointsIntoItself)
{
	const Outgoing first = Outgoing(bytes).to(*os::ip_address("192.0.2.1", 9)).in_segments_of(3);
	const Outgoing copy = first; // NOLINT(performance-unnecessary-copy-initialization): it is the subject

	EXPECT_NE(first.header().msg_name, copy.header().msg_name);
	EXPECT_NE(first.header().msg_control, copy.header().msg_control);
	EXPECT_NE(first.header().msg_iov, copy.header().msg_iov);
	EXPECT_EQ(copy.header().msg_namelen, sizeof(sockaddr_in));
}

TEST(Outgoing, ControlMessagesAreWalkedAsTheKernelDoes)
{
	Outgoing message(bytes);
	std::uint16_t size = 0;

	for (std::uint32_t value : {1, 2, 3})
		message.with(SOL_SOCKET, SO_TIMESTAMPING, value);
	message.in_segments_of(1400);
	msghdr header = message.header();
	unsigned walked = 0;
	for (cmsghdr *each = CMSG_FIRSTHDR(&header); each; each = CMSG_NXTHDR(&header, each)) {
		walked++;
		if (walked == 4) {
			EXPECT_EQ(each->cmsg_level, SOL_UDP);
			EXPECT_EQ(each->cmsg_type, UDP_SEGMENT);
			EXPECT_EQ(each->cmsg_len, CMSG_LEN(sizeof(size)));
			std::memcpy(&size, CMSG_DATA(each), sizeof(size));
		}
	}
	EXPECT_EQ(walked, 4u);
	EXPECT_EQ(size, 1400);
	EXPECT_EQ(message.control_length(), 3 * CMSG_SPACE(4) + CMSG_SPACE(2));
}

TEST(Outgoing, ControlMessageMayClaimAnotherLength)
{
	const std::uint64_t value = 1;
	Outgoing message(bytes);

	message.with(SOL_SOCKET, 1, &value, sizeof(value), 4);
	const msghdr header = message.header();
	EXPECT_EQ(CMSG_FIRSTHDR(&header)->cmsg_len, CMSG_LEN(4));
	EXPECT_EQ(header.msg_controllen, CMSG_SPACE(sizeof(value)));
}

TEST(Outgoing, GappedPiecesDoNotTouch)
{
	const Outgoing forwards = transport::gapped(bytes, 3, 2);
	const Outgoing backwards = transport::gapped(bytes, 3, 2, true);

	ASSERT_EQ(forwards.pieces().size(), 3u);
	EXPECT_EQ(forwards.pieces()[1].iov_base, &bytes[3]);
	EXPECT_EQ(forwards.pieces()[2].iov_base, &bytes[6]);
	EXPECT_EQ(backwards.pieces()[0].iov_base, &bytes[6]);
	EXPECT_EQ(backwards.pieces()[2].iov_base, &bytes[0]);
	EXPECT_EQ(backwards.size(), 6u);
}
