// SPDX-License-Identifier: GPL-2.0
#include "errqueue/notification.h"

#include <gtest/gtest.h>
#include <netinet/in.h>

#include <cstring>

namespace
{

using errqueue::Message;
using errqueue::parse;

/* A control buffer put together by hand, as the kernel would fill it. */
class Control {
public:
	void add(int level, int type, const void *data, std::size_t length)
	{
		const std::size_t start = CMSG_ALIGN(used_);
		cmsghdr header = {};

		header.cmsg_level = level;
		header.cmsg_type = type;
		header.cmsg_len = CMSG_LEN(length);
		std::memcpy(bytes_ + start, &header, sizeof(header));
		std::memcpy(bytes_ + start + CMSG_LEN(0), data, length);
		used_ = start + CMSG_LEN(length);
	}

	void add_error(int level, int type, std::uint8_t origin, std::uint32_t lo, std::uint32_t hi,
		       std::size_t offender = 16)
	{
		std::uint8_t data[sizeof(sock_extended_err) + 64] = {};
		sock_extended_err err = {};

		err.ee_origin = origin;
		err.ee_info = lo;
		err.ee_data = hi;
		err.ee_code = SO_EE_CODE_ZEROCOPY_COPIED;
		std::memcpy(data, &err, sizeof(err));
		add(level, type, data, sizeof(err) + offender);
	}

	/* As recvmsg leaves it when the buffer had room for `room` bytes. */
	Message parsed(std::size_t room = sizeof(bytes_), int flags = MSG_ERRQUEUE)
	{
		msghdr header = {};

		header.msg_control = bytes_;
		header.msg_controllen = std::min(CMSG_ALIGN(used_), room);
		header.msg_flags = flags;
		return parse(header, 0);
	}

private:
	alignas(cmsghdr) std::uint8_t bytes_[512] = {};
	std::size_t used_ = 0;
};

TEST(Notification, ReadsEveryFieldOfAnIpv4Notification)
{
	Control control;

	control.add_error(SOL_IP, IP_RECVERR, SO_EE_ORIGIN_ZEROCOPY, 3, 7);
	const Message message = control.parsed();
	ASSERT_EQ(message.notifications.size(), 1U);
	const errqueue::Notification &notification = message.notifications[0];
	EXPECT_TRUE(notification.is_zerocopy());
	EXPECT_TRUE(notification.copied());
	EXPECT_EQ(notification.ids(), (errqueue::IdRange{3, 7}));
	EXPECT_EQ(notification.header.level, SOL_IP);
	EXPECT_EQ(notification.header.type, IP_RECVERR);
	EXPECT_EQ(notification.header.length, CMSG_LEN(32));
	EXPECT_EQ(notification.offender.size(), 16U);
}

TEST(Notification, KnowsTheControlMessagesOfIpv6AndVsock)
{
	Control control;

	control.add_error(SOL_IPV6, IPV6_RECVERR, SO_EE_ORIGIN_ZEROCOPY, 0, 0, 28);
	control.add_error(287, 1, SO_EE_ORIGIN_ZEROCOPY, 1, 1, 0);
	const Message message = control.parsed();
	ASSERT_EQ(message.notifications.size(), 2U);
	EXPECT_EQ(message.notifications[0].offender.size(), 28U);
	EXPECT_TRUE(message.notifications[1].offender.empty());
}

TEST(Notification, IsFoundBehindATimestamp)
{
	Control control;
	const std::uint8_t stamp[16] = {};

	control.add(SOL_SOCKET, SO_TIMESTAMP, stamp, sizeof(stamp));
	control.add_error(SOL_IP, IP_RECVERR, SO_EE_ORIGIN_ZEROCOPY, 9, 9);
	const Message message = control.parsed();
	EXPECT_EQ(message.control.size(), 2U);
	ASSERT_EQ(message.notifications.size(), 1U);
	EXPECT_EQ(message.notifications[0].ids().lo, 9U);
}

TEST(Notification, OtherOriginsAreNoCompletions)
{
	for (const std::uint8_t origin : {SO_EE_ORIGIN_LOCAL, SO_EE_ORIGIN_ICMP, SO_EE_ORIGIN_TIMESTAMPING}) {
		Control control;

		control.add_error(SOL_IP, IP_RECVERR, origin, 1, 1);
		const Message message = control.parsed();
		ASSERT_EQ(message.notifications.size(), 1U);
		EXPECT_FALSE(message.notifications[0].is_zerocopy());
	}
}

TEST(Notification, ForeignControlMessagesArePassedOver)
{
	Control control;
	const int value = 5;

	control.add(SOL_IP, IP_TTL, &value, sizeof(value));
	control.add(IPPROTO_UDP, 104, &value, sizeof(value));
	const Message message = control.parsed();
	EXPECT_EQ(message.control.size(), 2U);
	EXPECT_TRUE(message.notifications.empty());
}

TEST(Notification, ATruncatedOneIsListedButNotParsed)
{
	/* put_cmsg() leaves a header that claims what fitted, with MSG_CTRUNC. */
	for (std::size_t room = 0; room < CMSG_LEN(sizeof(sock_extended_err)); room++) {
		Control control;

		control.add_error(SOL_IP, IP_RECVERR, SO_EE_ORIGIN_ZEROCOPY, 1, 1);
		const Message message = control.parsed(room, MSG_ERRQUEUE | MSG_CTRUNC);
		EXPECT_TRUE(message.notifications.empty()) << room;
		EXPECT_EQ(message.flags, MSG_ERRQUEUE | MSG_CTRUNC);
	}
}

TEST(Notification, AnOffenderCutShortIsNotReadBeyondTheBuffer)
{
	Control control;
	const std::size_t room = CMSG_LEN(sizeof(sock_extended_err)) + 4;

	control.add_error(SOL_IP, IP_RECVERR, SO_EE_ORIGIN_ZEROCOPY, 1, 1);
	const Message message = control.parsed(room, MSG_ERRQUEUE | MSG_CTRUNC);
	ASSERT_EQ(message.notifications.size(), 1U);
	EXPECT_EQ(message.notifications[0].offender.size(), 4U);
}

TEST(Notification, DescribesEveryField)
{
	Control control;

	control.add_error(SOL_IP, IP_RECVERR, SO_EE_ORIGIN_ZEROCOPY, 3, 7);
	const std::string text = errqueue::describe(control.parsed());
	for (const char *field :
	     {"recvmsg=0", "msg_flags=MSG_ERRQUEUE", "SOL_IP, IP_RECVERR", "cmsg_len=48", "ee_errno=0",
	      "ee_origin=SO_EE_ORIGIN_ZEROCOPY", "ee_type=0", "ee_code=SO_EE_CODE_ZEROCOPY_COPIED",
	      "ee_pad=0", "ee_info=3", "ee_data=7", "offender=16 bytes, zero"})
		EXPECT_NE(text.find(field), std::string::npos) << field << " in " << text;
}

TEST(IdRange, IsInclusiveAndModulo2To32)
{
	const errqueue::IdRange one = {5, 5};
	const errqueue::IdRange wrapped = {4294967295U, 1};

	EXPECT_EQ(one.count(), 1U);
	EXPECT_TRUE(one.contains(5));
	EXPECT_FALSE(one.contains(6));
	EXPECT_EQ(wrapped.count(), 3U);
	EXPECT_TRUE(wrapped.contains(4294967295U));
	EXPECT_TRUE(wrapped.contains(0));
	EXPECT_TRUE(wrapped.contains(1));
	EXPECT_FALSE(wrapped.contains(2));
	EXPECT_FALSE(wrapped.contains(4294967294U));
}

} // namespace
