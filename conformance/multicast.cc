// SPDX-License-Identifier: GPL-2.0
/* Multicast and broadcast, of which the sending host itself may get a copy: msg_zerocopy.rst,
 * Implementation: Loopback. */
#include <net/if.h>

#include "conformance/chapter.h"

namespace
{

/* A flagged datagram from the path's device to that address. */
Notification completed_datagram(At at, Link &link, const Address &to, Bytes bytes)
{
	const char *const device = at->network().device();
	const std::uint32_t id = link.ledger().next_id();

	os::check(::setsockopt(link.sender(), SOL_SOCKET, SO_BINDTODEVICE, device, std::strlen(device)),
		  "setsockopt(SO_BINDTODEVICE)");
	os::connect(link.sender(), to);
	sends(at, link, bytes);
	return at->one_completion(link, {id, id});
}

/* A socket of this host, at a port that the kernel chooses, on all addresses. */
os::Fd open_listener(const harness::Test &test)
{
	const int family = test.transport().address_family;

	return os::bound_socket(SOCK_DGRAM,
				transport::make_address(family, family == AF_INET ? "0.0.0.0" : "::", 0));
}

/* The member has joined at another device, or the sender does not want copies to be looped. */
CASE(multicast_that_is_not_looped_is_not_copied, .requirements = {"ZC-LO-13", "ZC-CP-08"},
     .transports = transport::udp, .paths = netns::shares | netns::in_call, .without = netns::holds)
{
	const bool ipv4 = test.transport().address_family == AF_INET;
	const char *const group = ipv4 ? "239.1.1.1" : "ff1e::1";
	const int level = ipv4 ? IPPROTO_IP : IPPROTO_IPV6;
	Link &link = test.connect();
	const os::Fd member = open_listener(test);
	const Address to = transport::make_address(test.transport().family, group,
						   os::port_of(os::local_address(member.get())));
	const Payload payload(link.usual_length());
	const auto join = [&](const char *device) {
		group_req request = {};

		request.gr_interface = ::if_nametoindex(device);
		request.gr_group = transport::make_address(test.transport().address_family, group, 0).storage;
		set_option(member.get(), level, MCAST_JOIN_GROUP, request, "setsockopt(MCAST_JOIN_GROUP)");
	};

	join("lo");
	harness::not_copied(test, completed_datagram(test, link, to, payload),
			    "ee_code, the member being on another device");
	join(test.network().device());
	harness::copied(test, completed_datagram(test, link, to, payload), "ee_code with a local member");
	receives(test, member.get(), payload);
	set_option(link.sender(), level, ipv4 ? int{IP_MULTICAST_LOOP} : int{IPV6_MULTICAST_LOOP}, 0,
		   "setsockopt(IP_MULTICAST_LOOP)");
	harness::not_copied(test, completed_datagram(test, link, to, payload),
			    "ee_code, the sender wanting no copies");
}

REQUIREMENT("ZC-LO-25", observed, "A broadcast is copied, be there a local socket that gets it or not.",
	    .code = "net/ipv4/ip_output.c:ip_mc_output clones each packet of a broadcast route, "
		    "net/core/dev.c:dev_loopback_xmit; net/ipv4/ip_input.c:ip_local_deliver copies");
CASE(broadcast_is_copied, .requirements = {"ZC-LO-25", "ZC-LO-01"}, .transports = transport::udp,
     .paths = netns::shares | netns::in_call, .without = netns::holds, .address_family = AF_INET)
{
	Link &link = test.connect();
	const os::Fd listener = open_listener(test);
	const std::uint32_t port = os::port_of(os::local_address(listener.get()));
	Payload payload(link.usual_length());

	set_option(link.sender(), SOL_SOCKET, SO_BROADCAST, 1, "setsockopt(SO_BROADCAST)");
	for (const char *to : {"192.0.2.255", "255.255.255.255"}) {
		const Data before = payload.copy();
		const auto address = [&](std::uint32_t at_port) {
			return transport::make_address(test.transport().family, to, at_port);
		};

		harness::copied(test, completed_datagram(test, link, address(9), payload),
				"ee_code of a broadcast that no socket gets");
		harness::copied(test, completed_datagram(test, link, address(port), payload),
				"ee_code of a broadcast that a socket gets");
		payload.overwrite();
		receives(test, listener.get(), before);
	}
}

} // namespace
