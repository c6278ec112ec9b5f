// SPDX-License-Identifier: GPL-2.0
#include "harness/slow_device.h"

#include <sys/socket.h>

#include <stdexcept>
#include <string>
#include <system_error>

#include "netns/ip_command.h"
#include "transport/transport.h"

namespace harness
{

static std::string device_of(Test &test)
{
	return std::string(" dev ") + test.network().device();
}

/* What cannot be run at all is the suite's trouble, not a command or a module that the
 * machine lacks. */
static void add_discipline(Test &test, const std::string &line, const char *needed)
{
	try {
		netns::tc_batch("qdisc add" + device_of(test) + " root " + line + '\n');
	} catch (const std::system_error &) {
		throw;
	} catch (const std::runtime_error &) {
		test.skip(needed);
	}
}

static std::string receiver_of(Test &test)
{
	return test.network().addresses(test.transport().address_family).receiver + device_of(test);
}

void limit_rate(Test &test)
{
	add_discipline(test, "tbf limit 100000 rate 200bit burst 2000",
		       "the tc command and its token bucket (CONFIG_NET_SCH_TBF)");
}

void lift_rate(Test &test)
{
	netns::tc_batch("qdisc change" + device_of(test) +
			" root tbf limit 100000 rate 10gbit burst 100000\n");
}

void drop_at_queue(Test &test)
{
	add_discipline(test, "pfifo limit 0", "the tc command and queueing disciplines (CONFIG_NET_SCHED)");
}

void stop_dropping(Test &test)
{
	netns::tc_batch("qdisc del" + device_of(test) + " root\n");
}

void lose_packets(Test &test)
{
	netns::ip_batch("neighbour replace " + receiver_of(test) +
			" lladdr 02:00:00:00:00:99 nud permanent\n");
}

void stop_losing(Test &test)
{
	netns::ip_batch("neighbour delete " + receiver_of(test) + '\n');
}

void retransmit_soon(Test &test)
{
	netns::ip_batch("route add " + receiver_of(test) + " rto_min 5ms\n");
}

os::Address known_neighbour(Test &test)
{
	const char *const text = test.transport().address_family == AF_INET ? "192.0.2.3" : "2001:db8::3";

	netns::ip_batch("neighbour replace " + (text + device_of(test)) +
			" lladdr 02:00:00:00:00:03 nud permanent\n");
	return transport::make_address(test.transport().family, text, 9);
}

} // namespace harness
