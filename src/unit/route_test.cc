// SPDX-License-Identifier: GPL-2.0
#include "netns/route.h"

#include <gtest/gtest.h>

#include <chrono>

#include "netns/ip_command.h"
#include "netns/namespace.h"

namespace
{

/* A route is deleted only by what it has. */
constexpr const char *delete_it =
	"route delete 192.0.2.2 encap ip id 42 dst 198.51.100.2 rto_min 5s dev zc0\n";

TEST(Route, KeepsItsEncapsulationWithALeastTimeout)
{
	using namespace std::chrono_literals;

	if (!netns::initial_root())
		GTEST_SKIP() << "needs root";
	const netns::Namespace before = netns::Namespace::current();
	const netns::Namespace space = netns::Namespace::create();
	netns::ip_batch("link add name zc0 type veth peer name zc1\naddress add 192.0.2.1/24 dev zc0\n"
			"link set dev zc0 up\nroute add 192.0.2.2 encap ip id 42 dst 198.51.100.2 dev zc0\n");
	EXPECT_ANY_THROW(netns::ip_batch(delete_it));
	EXPECT_TRUE(netns::set_least_retransmission_timeout("192.0.2.2", 5s));
	EXPECT_NO_THROW(netns::ip_batch(delete_it));
	before.enter();
}

} // namespace
