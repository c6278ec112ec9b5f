// SPDX-License-Identifier: GPL-2.0
#include <gtest/gtest.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <system_error>

#include "os/check.h"
#include "os/deadline.h"
#include "os/option.h"
#include "os/result.h"
#include "os/socket.h"
#include "os/thread_in_call.h"
#include "transport/calls.h"

namespace
{

const os::Deadline at_once(std::chrono::milliseconds(0));
const os::Address loopback = *os::ip_address("127.0.0.1", 0);

struct TcpPair {
	os::Fd listener = os::bound_socket(SOCK_STREAM, loopback);
	os::Fd client = os::open_socket(AF_INET, SOCK_STREAM);
	os::Fd server;

	TcpPair()
	{
		::listen(listener.get(), 1);
		os::connect(client.get(), os::local_address(listener.get()));
		server = os::accept(listener.get());
	}
};

} // namespace

TEST(Returned, HasAnErrnoOfFailuresOnly)
{
	errno = EBADF;
	EXPECT_EQ(os::Returned::of(3).error, 0);
	EXPECT_EQ(os::describe(os::Returned::of(3)), "3");

	const os::Returned failed = os::Returned::of(::read(-1, nullptr, 0));
	EXPECT_FALSE(failed.ok());
	EXPECT_EQ(os::describe(failed), "-1 (EBADF, Bad file descriptor)");
}

TEST(Check, RequireTellsOfNoErrno)
{
	EXPECT_NO_THROW(os::require(true, "it"));
	EXPECT_THROW(os::require(false, "it"), os::Broken);
	errno = EPERM;
	EXPECT_THROW(os::check(-1, "it"), std::system_error);
}

TEST(Option, IsSetAndReadAsAnIntOrAStructure)
{
	const os::Fd socket = os::open_socket(AF_INET, SOCK_STREAM);
	const linger wanted = {1, 7};

	os::set_option(socket.get(), SOL_SOCKET, SO_KEEPALIVE, 1);
	EXPECT_EQ(os::get_option<int>(socket.get(), SOL_SOCKET, SO_KEEPALIVE), 1);
	os::set_option(socket.get(), SOL_SOCKET, SO_LINGER, wanted);
	EXPECT_EQ(os::get_option<linger>(socket.get(), SOL_SOCKET, SO_LINGER).l_linger, 7);
	EXPECT_THROW(os::get_option<int>(socket.get(), SOL_SOCKET, -1), std::system_error);
}

TEST(Option, TimeIsSecondsAndMicroseconds)
{
	const timeval time = os::as_timeval(std::chrono::milliseconds(2345));

	EXPECT_EQ(time.tv_sec, 2);
	EXPECT_EQ(time.tv_usec, 345000);
}

TEST(Socket, PendingErrorIsReadOnce)
{
	const os::Fd closed = os::bound_socket(SOCK_STREAM, loopback);
	const os::Fd socket = os::open_socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK);
	const os::Address address = os::local_address(closed.get());

	ASSERT_EQ(::connect(socket.get(), address.get(), address.length), -1); /* EINPROGRESS */
	EXPECT_TRUE(os::await_writable(socket.get()));
	EXPECT_EQ(os::pending_error(socket.get()), ECONNREFUSED);
	EXPECT_EQ(os::pending_error(socket.get()), 0);
	EXPECT_THROW(os::connect(os::open_socket(AF_INET, SOCK_STREAM).get(), address), std::system_error);
}

TEST(Socket, IsReadableWhenThereIsSomethingToRead)
{
	const os::SocketPair pair(SOCK_STREAM);

	EXPECT_TRUE(os::await_writable(pair.first.get(), at_once));
	EXPECT_FALSE(os::await_readable(pair.first.get(), at_once));
	EXPECT_EQ(::write(pair.second.get(), "a", 1), 1);
	EXPECT_TRUE(os::await_readable(pair.first.get()));
}

TEST(Socket, DisconnectedTcpIsReset)
{
	const TcpPair tcp;
	char byte;

	os::disconnect(tcp.client.get());
	EXPECT_TRUE(os::await_readable(tcp.server.get()));
	EXPECT_EQ(os::Returned::of(::recv(tcp.server.get(), &byte, 1, 0)).error, ECONNRESET);
}

TEST(Socket, QueuesAreCounted)
{
	const TcpPair tcp;

	EXPECT_EQ(::send(tcp.client.get(), "abc", 3, 0), 3);
	EXPECT_TRUE(os::wait_until([&] { return os::send_queue(tcp.client.get()).unacknowledged == 0; }));
	EXPECT_GE(os::socket_memory(tcp.server.get(), SK_MEMINFO_RMEM_ALLOC), 3u);
	EXPECT_EQ(transport::data_segments(tcp.client.get()), 1u);
	EXPECT_EQ(transport::retransmissions(tcp.client.get()), 0u);
}

TEST(ThreadInCall, SleepsUntilItsCallReturns)
{
	const os::SocketPair pair(SOCK_STREAM);
	char byte = 0;
	os::ThreadInCall reader(pair.first.get(), [&] { return ::read(pair.first.get(), &byte, 1); });

	EXPECT_TRUE(reader.sleeps());
	EXPECT_FALSE(reader.returned());
	EXPECT_FALSE(reader.result(at_once));
	EXPECT_EQ(::write(pair.second.get(), "x", 1), 1);
	const auto result = reader.result();
	ASSERT_TRUE(result);
	EXPECT_EQ(result->returned, 1);
	EXPECT_EQ(byte, 'x');
	EXPECT_FALSE(reader.sleeps());
}

TEST(ThreadInCall, IsInterrupted)
{
	const os::SocketPair pair(SOCK_STREAM);
	char byte = 0;
	os::ThreadInCall reader(pair.first.get(), [&] { return ::read(pair.first.get(), &byte, 1); });

	EXPECT_TRUE(reader.sleeps());
	const auto result = reader.interrupt();
	ASSERT_TRUE(result);
	EXPECT_EQ(result->error, EINTR);
}

TEST(ThreadInCall, ThatStillBlocksEndsWithItsOwner)
{
	const os::SocketPair pair(SOCK_STREAM);
	pollfd poll = {pair.first.get(), POLLIN, 0};
	const os::ThreadInCall poller(pair.first.get(), [&] { return ::poll(&poll, 1, -1); });

	EXPECT_TRUE(poller.sleeps());
}

TEST(SendRaw, SendsToAnAddress)
{
	const os::Fd receiver = os::bound_socket(SOCK_DGRAM, loopback);
	const os::Fd sender = os::open_socket(AF_INET, SOCK_DGRAM);
	const os::Address address = os::local_address(receiver.get());
	const os::Data bytes(10, 1);

	EXPECT_EQ(transport::send_raw(sender.get(), bytes, 0, &address).returned, 10);
	EXPECT_EQ(transport::send_raw(sender.get(), transport::Outgoing(bytes).to(address), 0).returned, 10);
	EXPECT_EQ(transport::send_raw(sender.get(), bytes, 0).error, EDESTADDRREQ);
	EXPECT_EQ(transport::all_of(bytes).returned, 10);
}
