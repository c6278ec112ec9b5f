// SPDX-License-Identifier: GPL-2.0
#include <gtest/gtest.h>

#include <cerrno>

#include "errqueue/notification.h"
#include "os/names.h"

namespace
{

TEST(Names, AreSymbolicAndKeepWhatHasNone)
{
	EXPECT_EQ(os::message_flags(MSG_ZEROCOPY | MSG_DONTWAIT), "MSG_DONTWAIT|MSG_ZEROCOPY");
	EXPECT_EQ(os::message_flags(0), "0");
	EXPECT_EQ(os::message_flags(MSG_OOB | 1 << 24), "MSG_OOB|0x1000000");
	EXPECT_EQ(os::option_name(SOL_SOCKET, SO_ZEROCOPY), "SOL_SOCKET, SO_ZEROCOPY");
	EXPECT_EQ(os::option_name(SOL_VSOCK, VSOCK_RECVERR), "SOL_VSOCK, VSOCK_RECVERR");
	EXPECT_EQ(os::option_name(SOL_SOCKET, 9999), "SOL_SOCKET, 9999");
	EXPECT_EQ(os::socket_type(SOCK_STREAM | SOCK_CLOEXEC), "SOCK_STREAM|SOCK_CLOEXEC");
}

TEST(Names, OfErrorsKnowWhatTheLibraryDoesNot)
{
	EXPECT_EQ(os::error_name(ENOBUFS), "ENOBUFS");
	EXPECT_EQ(os::error_name(0), "success");
	EXPECT_EQ(os::error_name(524), "ENOTSUPP");
	EXPECT_EQ(os::error_name(100000), "100000");
	EXPECT_EQ(os::error_text(ENOBUFS), "ENOBUFS, No buffer space available");
}

TEST(Names, OfExtendedErrorsDependOnTheirOrigin)
{
	EXPECT_EQ(os::error_origin(SO_EE_ORIGIN_ZEROCOPY), "SO_EE_ORIGIN_ZEROCOPY");
	EXPECT_EQ(os::error_origin(77), "77");
	EXPECT_EQ(os::error_code(SO_EE_CODE_ZEROCOPY_COPIED), "SO_EE_CODE_ZEROCOPY_COPIED");
	EXPECT_EQ(os::error_code(0), "0");
	EXPECT_EQ(os::error_type(SO_EE_ORIGIN_ICMP, 3), "ICMP_DEST_UNREACH");
	EXPECT_EQ(os::error_type(SO_EE_ORIGIN_ZEROCOPY, 3), "3");
	EXPECT_EQ(os::error_info(SO_EE_ORIGIN_TIMESTAMPING, SCM_TSTAMP_ACK), "SCM_TSTAMP_ACK");
	EXPECT_EQ(os::error_info(SO_EE_ORIGIN_ZEROCOPY, SCM_TSTAMP_ACK), "2");
}

} // namespace
