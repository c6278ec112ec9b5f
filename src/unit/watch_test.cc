// SPDX-License-Identifier: GPL-2.0
#include "netns/watch.h"

#include <gtest/gtest.h>
#include <linux/neighbour.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <string>

#include "netns/bpf.h"
#include "netns/device.h"
#include "netns/ip_command.h"
#include "netns/namespace.h"
#include "netns/netfilter.h"
#include "netns/netlink.h"
#include "netns/network.h"
#include "netns/sysctl.h"
#include "os/address.h"
#include "os/check.h"
#include "os/child.h"
#include "os/socket.h"

namespace
{

constexpr const char *destinations[] = {"127.0.0.1", "::1"};

os::Address loopback(std::uint16_t port)
{
	return os::ip_address("127.0.0.1", port).value();
}

/* A namespace of its own for each test. */
class Watches : public testing::Test {
protected:
	void SetUp() override
	{
		if (!netns::initial_root())
			GTEST_SKIP() << "needs root";
		before_.emplace(netns::Namespace::current());
		space_.emplace(netns::Namespace::create());
		netns::ip_batch(
			"link add name zc0 type veth peer name zc1\naddress add 192.0.2.1/24 dev zc0\n"
			"link set dev zc0 up\nlink set dev zc1 up\n");
		netns::wait_running("zc0");
		netns::wait_running("zc1");
		watch_.emplace();
	}
	void TearDown() override
	{
		if (before_)
			before_->enter();
	}
	bool restored() { return watch_->restore(destinations); }
	bool restored_after(const std::string &commands)
	{
		netns::ip_batch(commands);
		return restored();
	}

	std::optional<netns::Namespace> before_;
	std::optional<netns::Namespace> space_;
	std::optional<netns::Watch> watch_;
};

void send_frame(const char *to)
{
	const os::Address address = os::ip_address(to, 9).value();
	const os::Fd socket = os::open_socket(AF_INET, SOCK_DGRAM);
	const int on = 1;

	os::check(::setsockopt(socket.get(), SOL_SOCKET, SO_BROADCAST, &on, sizeof(on)), "SO_BROADCAST");
	os::check(::sendto(socket.get(), "x", 1, 0, address.get(), address.length), "sendto()");
}

/* Do bridges of this namespace know of anything that nobody configured? */
bool bridges_learned()
{
	const os::Fd netlink = netns::open_netlink(NETLINK_ROUTE);
	netns::NetlinkRequests request;
	alignas(nlmsghdr) std::array<char, 16384> answer;
	ndmsg any = {};

	any.ndm_family = AF_BRIDGE;
	request.begin(RTM_GETNEIGH, NLM_F_DUMP, any);
	request.send(netlink.get());
	auto length = static_cast<unsigned>(
		os::check(::recv(netlink.get(), answer.data(), answer.size(), 0), "recv(netlink)"));
	for (const auto *each = reinterpret_cast<const nlmsghdr *>(answer.data()); NLMSG_OK(each, length);
	     each = NLMSG_NEXT(each, length))
		if (each->nlmsg_type == RTM_NEWNEIGH &&
		    !(static_cast<const ndmsg *>(NLMSG_DATA(each))->ndm_state & NUD_PERMANENT))
			return true;
	return false;
}

/* The answer to a request for the TCP Fast Open cookie that a listener gives. */
void get_fast_open_cookie()
{
	const int most = 1;

	netns::write_sysctl("ipv4/tcp_fastopen", "3");
	const os::Fd listener = os::bound_socket(SOCK_STREAM, loopback(0));
	os::check(::setsockopt(listener.get(), IPPROTO_TCP, TCP_FASTOPEN, &most, sizeof(most)),
		  "TCP_FASTOPEN");
	os::check(::listen(listener.get(), 1), "listen()");
	const os::Address to = os::local_address(listener.get());
	const os::Fd sender = os::open_socket(AF_INET, SOCK_STREAM);
	os::check(::sendto(sender.get(), "x", 1, MSG_FASTOPEN, to.get(), to.length), "sendto(MSG_FASTOPEN)");
}

} // namespace

TEST_F(Watches, NothingIsNothing)
{
	EXPECT_TRUE(restored());
	EXPECT_TRUE(restored());
}

TEST_F(Watches, DataLeavesNothing)
{
	const os::Fd receiver = os::bound_socket(SOCK_DGRAM, loopback(0));
	const os::Address to = os::local_address(receiver.get());

	os::check(::sendto(receiver.get(), "x", 1, 0, to.get(), to.length), "sendto()");
	EXPECT_TRUE(restored());
}

TEST_F(Watches, ANeighbourIsForgotten)
{
	EXPECT_TRUE(restored_after(
		"neighbour replace 192.0.2.2 lladdr 02:00:00:00:00:02 nud reachable dev zc0\n"));
	/* It fails where the neighbour is there. */
	EXPECT_NO_THROW(
		netns::ip_batch("neighbour add 192.0.2.2 lladdr 02:00:00:00:00:02 nud reachable dev zc0\n"));
}

TEST_F(Watches, ALinkIsSeen)
{
	EXPECT_FALSE(restored_after("link set dev zc0 mtu 1400\n"));
}

/* It was changed, though it is as it was. */
TEST_F(Watches, AChangeAndBackIsSeen)
{
	EXPECT_FALSE(restored_after("link set dev zc0 down\nlink set dev zc0 up\n"));
}

TEST_F(Watches, AnAddressIsSeen)
{
	EXPECT_FALSE(restored_after("address add 192.0.2.9/24 dev zc0\n"));
}

TEST_F(Watches, ARouteIsSeen)
{
	EXPECT_FALSE(restored_after("route add 198.51.100.0/24 dev zc0\n"));
}

TEST_F(Watches, ARuleIsSeen)
{
	EXPECT_FALSE(restored_after("rule add from 192.0.2.1 table 7\n"));
}

TEST_F(Watches, AQueueingDisciplineIsSeen)
{
	netns::tc_batch("qdisc add dev zc0 root pfifo limit 5\n");
	EXPECT_FALSE(restored());
}

TEST_F(Watches, WhatABridgeLearnsIsForgotten)
{
	netns::ip_batch("link add name zc2 type bridge mcast_snooping 0\nlink set dev zc2 up\n"
			"link set dev zc1 master zc2\n");
	watch_.emplace();
	send_frame("192.0.2.255");
	EXPECT_TRUE(bridges_learned());
	EXPECT_TRUE(restored());
	EXPECT_FALSE(bridges_learned());
}

/* The discipline that it came with has gone, too. */
TEST_F(Watches, AProgramIsSeenUnlessItIsDetached)
{
	const unsigned before = netns::Watch::touches();

	netns::drop_packets("zc0", netns::Direction::ingress);
	netns::drop_packets("zc0", netns::Direction::egress);
	netns::detach_programs();
	EXPECT_TRUE(restored());
	netns::drop_packets("zc0", netns::Direction::ingress);
	EXPECT_EQ(netns::Watch::touches(), before);
	EXPECT_FALSE(restored());
	netns::detach_programs();
}

TEST_F(Watches, AProgramBesideOthersIsSeenUnlessItIsDetached)
{
	netns::tc_batch("qdisc add dev zc0 clsact\n");
	watch_.emplace();
	netns::drop_packets("zc0", netns::Direction::ingress);
	netns::detach_programs();
	EXPECT_TRUE(restored());
	netns::drop_packets("zc0", netns::Direction::ingress);
	EXPECT_FALSE(restored());
	netns::detach_programs();
}

TEST_F(Watches, AnOffloadIsSeen)
{
	netns::set_offload("zc0", netns::Offload::tso, false);
	EXPECT_FALSE(restored());
}

TEST_F(Watches, AnIcmpErrorIsSeen)
{
	const os::Fd socket = os::open_socket(AF_INET, SOCK_DGRAM);
	const os::Address nobody = loopback(9);

	os::check(::sendto(socket.get(), "x", 1, 0, nobody.get(), nobody.length), "sendto()");
	EXPECT_FALSE(restored());
}

TEST_F(Watches, AFastOpenCookieIsSeen)
{
	get_fast_open_cookie();
	EXPECT_FALSE(restored());
}

TEST_F(Watches, ConnectionsAreForgotten)
{
	const auto tracked = [] { return os::first_line("/proc/sys/net/netfilter/nf_conntrack_count"); };
	try {
		netns::track_connections();
		netns::forget_connections();
	} catch (const std::exception &missing) {
		GTEST_SKIP() << missing.what();
	}
	const os::Fd receiver = os::bound_socket(SOCK_DGRAM, loopback(0));
	const os::Address to = os::local_address(receiver.get());
	os::check(::sendto(receiver.get(), "x", 1, 0, to.get(), to.length), "sendto()");
	EXPECT_EQ(tracked(), "1");
	netns::forget_connections();
	EXPECT_EQ(tracked(), "0");
}

/* What has nothing to build is watched as other paths are. */
TEST_F(Watches, SysctlsAndCommandsAreSeen)
{
	const netns::Path &path = *std::ranges::find_if(
		netns::paths(), [](const netns::Path &each) { return (each.tcp & netns::simplest) != 0; });
	const auto left_by = [&](const std::function<void()> &act) {
		netns::Network network(path, true);

		network.watch();
		act();
		return network.restore();
	};

	EXPECT_TRUE(left_by([] {}));
	EXPECT_FALSE(left_by([] { netns::write_sysctl("ipv4/tcp_sack", "0"); }));
	EXPECT_TRUE(left_by([] {
		netns::write_sysctl("ipv4/tcp_sack", "0");
		netns::write_sysctl("ipv4/tcp_sack", "1");
	}));
	EXPECT_FALSE(left_by([] {
		os::Child child([] {
			netns::write_sysctl("ipv4/tcp_sack", "0");
			return 0;
		});

		child.wait();
	}));
	EXPECT_FALSE(left_by([] { netns::ip_batch("link show\n"); }));
}
