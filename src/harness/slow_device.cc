// SPDX-License-Identifier: GPL-2.0
#include "harness/slow_device.h"

#include <sys/socket.h>

#include <functional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include "netns/ip_command.h"
#include "netns/token_bucket.h"
#include "transport/transport.h"

namespace harness
{

static std::string device_of(Test &test)
{
	return std::string(" dev ") + test.network().device();
}

/* What cannot be run at all is the suite's trouble, not a command or a module that the
 * machine lacks. */
static void need(Test &test, const char *needed, const std::function<void()> &commands)
{
	try {
		commands();
	} catch (const std::system_error &) {
		throw;
	} catch (const std::runtime_error &) {
		test.skip(needed);
	}
}

static void run(Test &test, const std::string &lines, const char *needed)
{
	need(test, needed, [&] { netns::tc_batch(lines); });
}

static void add_discipline(Test &test, const std::string &line, const char *needed)
{
	run(test, "qdisc add" + device_of(test) + " root " + line + '\n', needed);
}

static std::string receiver_of(Test &test)
{
	return test.network().addresses(test.transport().address_family).receiver + device_of(test);
}

static void limit_rate(Test &test, const std::string &device)
{
	need(test, "the tc command and its token bucket (CONFIG_NET_SCH_TBF)",
	     [&] { netns::limit_rate(device); });
}

void limit_rate(Test &test)
{
	limit_rate(test, test.network().device());
}

void lift_rate(Test &test)
{
	netns::lift_rate(test.network().device());
}

void drop_at_queue(Test &test)
{
	add_discipline(test, "pfifo limit 0", "the tc command and queueing disciplines (CONFIG_NET_SCHED)");
}

void stop_dropping(Test &test)
{
	netns::drop_queued(test.network().device());
}

/* Packets that a filter sends to one of the `held` classes, 1:1 and onwards, have a rate of next to nothing:
 * one of each class passes, and the next waits. All others go as ever. */
static void hold_classes(Test &test, const std::string &device, unsigned held,
			 const std::vector<std::string> &filters)
{
	const auto add = [&device](const char *what) { return std::string(what) + " add" + device; };
	std::string lines =
		add("qdisc") + " root handle 1: htb default 9\n" + add("class") +
		" parent 1: classid 1:9 htb rate 10gbit burst 100000 cburst 100000 quantum 1500\n";

	for (unsigned i = 1; i <= held; i++)
		lines += add("class") + " parent 1: classid 1:" + std::to_string(i) +
			 " htb rate 200bit burst 10 cburst 10 quantum 1500\n";
	for (const std::string &filter : filters)
		lines += add("filter") + " parent 1: " + filter + '\n';
	run(test, lines,
	    "the tc command, its hierarchical token bucket and its classifier (CONFIG_NET_SCH_HTB, "
	    "CONFIG_NET_CLS_U32)");
}

/* Fragments are told apart by their offsets, in units of 8 bytes: RFC 791, 3.1; RFC 8200, 4.5. */
void hold_fragment(Test &test, unsigned number)
{
	const bool ipv4 = test.transport().address_family == AF_INET;
	const unsigned headers = ipv4 ? 20 : 48;
	const unsigned offset = number * ((test.path().mtu() - headers) / 8 * 8);

	hold_classes(test, device_of(test), 1,
		     {(ipv4 ? "protocol ip u32 match u16 " + std::to_string(offset / 8) + " 0x1fff at 6"
			    : "protocol ipv6 u32 match u8 44 0xff at 6 match u16 " + std::to_string(offset) +
				       " 0xfff8 at 42") +
		      " flowid 1:1"});
}

/* A bit of the length (without the header in IPv6), and the traffic class: RFC 791, 3.1; RFC 8200, 3. */
void hold_by_class(Test &test, const std::string &device)
{
	std::vector<std::string> filters;

	for (const int traffic_class : {0, second_class}) {
		const std::string to = " flowid 1:" + std::to_string(traffic_class == 0 ? 1 : 2);

		filters.push_back("protocol ip u32 match u16 0x0400 0x0400 at 2 match u8 " +
				  std::to_string(traffic_class) + " 0xff at 1" + to);
		filters.push_back("protocol ipv6 u32 match u16 0x0400 0x0400 at 4 match u16 " +
				  std::to_string(traffic_class << 4) + " 0x0ff0 at 0" + to);
	}
	hold_classes(test, " dev " + device, 2, filters);
}

/* What a class held goes with the queue that it is replaced by. */
void drop_held(const std::string &device, int traffic_class)
{
	netns::tc_batch("qdisc replace dev " + device + " parent 1:" + (traffic_class == 0 ? "1" : "2") +
			" pfifo limit 100\n");
}

void mirror_to_slow_device(Test &test)
{
	netns::ip_batch("link add name zc3 type bridge\nlink set dev zc3 addrgenmode none up\n");
	limit_rate(test, "zc3");
	run(test,
	    "qdisc add" + device_of(test) + " clsact\nfilter add" + device_of(test) +
		    " egress matchall action mirred egress mirror dev zc3\n",
	    "the tc command and mirrored traffic (CONFIG_NET_ACT_MIRRED, CONFIG_NET_CLS_MATCHALL, "
	    "CONFIG_NET_SCH_INGRESS)");
}

void drop_mirrored()
{
	netns::drop_queued("zc3");
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
