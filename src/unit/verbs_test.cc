// SPDX-License-Identifier: GPL-2.0
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "harness/completions.h"
#include "harness/receiving.h"
#include "harness/sending.h"
#include "harness/sockets.h"
#include "harness/waiting.h"
#include "os/deadline.h"
#include "os/socket.h"

namespace
{

/* A test whose verbs look at sockets of no link: it needs no network. */
class Verbs : public testing::Test {
protected:
	Verbs() : test(definition, transport::transports()[0], netns::paths()[0], false, lease)
	{
		os::set_event_timeout(std::chrono::milliseconds(20));
	}
	~Verbs() override { os::set_event_timeout(std::chrono::seconds(10)); }

	/* The text of the failure, "" where there is none. */
	static std::string failure(const std::function<void()> &act)
	{
		try {
			act();
		} catch (const harness::Failure &failure) {
			return failure.what();
		}
		return "";
	}

	const harness::Case definition = {
		.name = "case", .run = [](harness::Test &) {}, .where = harness::Where::here()};
	netns::Lease lease;
	harness::Test test;
	const os::SocketPair pair = os::SocketPair(SOCK_STREAM);
	const int near = pair.first.get();
	const int far = pair.second.get();
};

errqueue::Message message_of(std::uint8_t origin, std::uint32_t error, std::uint32_t info, std::uint32_t data)
{
	errqueue::Message message;
	errqueue::Notification entry;

	entry.err.ee_origin = origin;
	entry.err.ee_errno = error;
	entry.err.ee_info = info;
	entry.err.ee_data = data;
	entry.err.ee_code = SO_EE_CODE_ZEROCOPY_COPIED;
	message.notifications.push_back(entry);
	return message;
}

} // namespace

TEST_F(Verbs, ResultsAreToldByName)
{
	const os::Returned refused = {-1, EAGAIN};

	EXPECT_EQ(failure([&] { harness::fails(test, "recv()", refused, EAGAIN); }), "");
	EXPECT_EQ(failure([&] { harness::returned(test, "recv()", {3, 0}, 3); }), "");
	EXPECT_NE(failure([&] { harness::fails(test, "recv()", refused, EPIPE); }).find("EPIPE"),
		  std::string::npos);
	EXPECT_NE(failure([&] { harness::fails(test, "recv()", {3, 0}, EPIPE); }), "");
	EXPECT_NE(failure([&] { harness::returned(test, "recv()", refused, 1); }).find("EAGAIN"),
		  std::string::npos);
	EXPECT_NE(failure([&] { harness::error_is(test, "it", EINVAL, 0); }).find("EINVAL"),
		  std::string::npos);
}

TEST_F(Verbs, FailureNamesTheLineThatCallsTheVerb)
{
	const std::string line = std::to_string(__LINE__ + 1);
	const std::string told = failure([&] { harness::error_is(test, "it", EINVAL, 0); });

	EXPECT_NE(told.find("at:       src/unit/verbs_test.cc:" + line), std::string::npos) << told;
	EXPECT_NE(told.find("in:       src/harness/sending.cc:"), std::string::npos) << told;
}

TEST_F(Verbs, ReadableWaitsForData)
{
	EXPECT_NE(failure([&] { harness::readable(test, near, "the receiver"); }), "");
	ASSERT_EQ(::write(far, "a", 1), 1);
	EXPECT_EQ(failure([&] { harness::readable(test, near, "the receiver"); }), "");
}

TEST_F(Verbs, EventsAreExact)
{
	EXPECT_EQ(failure([&] { harness::events_are(test, near, "now", POLLIN | POLLOUT, POLLOUT); }), "");
	EXPECT_NE(
		failure([&] { harness::events_are(test, near, "now", POLLIN | POLLOUT, 0); }).find("POLLOUT"),
		std::string::npos);
	EXPECT_NE(failure([&] { harness::await_events(test, near, POLLHUP, "the end"); }), "");
	::shutdown(far, SHUT_RDWR);
	EXPECT_EQ(failure([&] { harness::await_events(test, near, POLLHUP, "the end"); }), "");
	EXPECT_NE(failure([&] { harness::event_is(test, "event", EPOLLIN, EPOLLERR); }).find("EPOLLERR"),
		  std::string::npos);
}

TEST_F(Verbs, NoNotificationIsNoneInTime)
{
	const os::Fd socket = os::open_socket(AF_INET, SOCK_DGRAM);

	EXPECT_NE(failure([&] { harness::notified(test, socket.get()); }).find("none within"),
		  std::string::npos);
	EXPECT_EQ(failure([&] { test.queue_empty(socket.get()); }), "");
	EXPECT_NE(failure([&] { harness::one_notification(test, socket.get(), {0, 0}); }), "");
}

TEST_F(Verbs, CallOfAThreadBlocksAndReturns)
{
	char byte;
	os::ThreadInCall reader(near, [&] { return ::read(near, &byte, 1); });

	os::set_event_timeout(std::chrono::seconds(10));
	EXPECT_EQ(failure([&] { harness::blocks(test, reader, "read()"); }), "");
	os::set_event_timeout(std::chrono::milliseconds(20));
	EXPECT_NE(failure([&] { harness::returns(test, reader, "read()"); }), "");
	os::set_event_timeout(std::chrono::seconds(10));
	ASSERT_EQ(::write(far, "a", 1), 1);
	EXPECT_NE(failure([&] { harness::returns(test, reader, "read()", 2); }), "");
	EXPECT_EQ(failure([&] { harness::returns(test, reader, "read()", 1); }), "");
	EXPECT_NE(failure([&] { harness::blocks(test, reader, "read()"); }), "");
}

TEST_F(Verbs, CallOfAThreadIsInterrupted)
{
	char byte;
	os::ThreadInCall reader(near, [&] { return ::read(near, &byte, 1); });

	os::set_event_timeout(std::chrono::seconds(10));
	harness::blocks(test, reader, "read()");
	EXPECT_EQ(harness::interrupted(test, reader, "read()").error, EINTR);
}

TEST_F(Verbs, StreamIsReceivedInParts)
{
	const os::Data bytes = {1, 2, 3, 4};

	ASSERT_EQ(::write(far, bytes.data(), 2), 2);
	EXPECT_EQ(failure([&] { harness::receives(test, near, os::Bytes(bytes).first(1), MSG_PEEK); }), "");
	EXPECT_EQ(failure([&] { harness::receives(test, near, os::Bytes(bytes).first(1)); }), "");
	std::thread rest([&] { EXPECT_EQ(::write(far, &bytes[2], 2), 2); });
	os::set_event_timeout(std::chrono::seconds(10));
	EXPECT_EQ(failure([&] { harness::receives(test, near, os::Bytes(bytes).last(3)); }), "");
	rest.join();
	ASSERT_EQ(::write(far, bytes.data(), 1), 1);
	EXPECT_NE(failure([&] { harness::receives(test, near, os::Bytes(bytes).last(1)); }), "");
}

TEST_F(Verbs, DatagramIsReceivedWhole)
{
	const os::SocketPair datagrams(SOCK_DGRAM);
	const os::Data bytes = {1, 2, 3, 4};
	const auto receives = [&](os::Bytes expected) {
		EXPECT_EQ(::write(datagrams.first.get(), bytes.data(), bytes.size()), 4);
		return failure([&] { harness::receives(test, datagrams.second.get(), expected); });
	};

	EXPECT_EQ(receives(bytes), "");
	EXPECT_NE(receives(os::Bytes(bytes).first(3)), "");
	EXPECT_NE(receives(os::Data{1, 2, 3, 4, 5}), "");
}

TEST_F(Verbs, PendingErrorIsToldByName)
{
	EXPECT_EQ(failure([&] { harness::pending_error_is(test, near, 0); }), "");
	EXPECT_NE(failure([&] { harness::pending_error_is(test, near, EPIPE); }).find("EPIPE"),
		  std::string::npos);
}

TEST_F(Verbs, CopiedIsABitOfTheCode)
{
	errqueue::Notification notification;

	EXPECT_EQ(failure([&] { harness::not_copied(test, notification); }), "");
	EXPECT_NE(failure([&] { harness::copied(test, notification); }), "");
	notification.err.ee_code = SO_EE_CODE_ZEROCOPY_COPIED;
	EXPECT_NE(failure([&] { harness::not_copied(test, notification); }), "");
	EXPECT_EQ(failure([&] { harness::copied(test, notification); }), "");
}

TEST_F(Verbs, EntriesAreTextInOrder)
{
	const std::vector<errqueue::Message> messages = {
		message_of(SO_EE_ORIGIN_ZEROCOPY, 0, 0, 1),
		message_of(SO_EE_ORIGIN_TIMESTAMPING, ENOMSG, 1, 7),
		message_of(SO_EE_ORIGIN_ICMP, ECONNREFUSED, 0, 0),
		message_of(SO_EE_ORIGIN_ICMP6, EACCES, 0, 0),
		message_of(SO_EE_ORIGIN_LOCAL, EMSGSIZE, 0, 0),
	};

	EXPECT_EQ(harness::entries_text({}), "");
	EXPECT_EQ(harness::entries_text(messages),
		  "[0,1] copied, queued 7, icmp ECONNREFUSED, icmp6 EACCES, local EMSGSIZE");
	EXPECT_EQ(harness::entries_text({messages[0]}, harness::Copied::untold), "[0,1]");
}
