// SPDX-License-Identifier: GPL-2.0
#include "harness/remote.h"

#include <ifaddrs.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string_view>

#include "agent/remote.h"
#include "netns/device.h"
#include "netns/ipsec_policies.h"
#include "netns/network.h"
#include "netns/path.h"
#include "netns/wires/remote.h"
#include "os/address.h"
#include "os/check.h"
#include "os/fd.h"
#include "os/option.h"
#include "os/socket.h"
#include "transport/link.h"
#include "transport/payload.h"

namespace harness
{

static std::string variable(const char *name)
{
	const char *value = std::getenv(name);

	return value ? value : "";
}

/* For /bin/sh, whatever is in it. */
static std::string quoted(const std::string &word)
{
	std::string out = "'";

	for (const char letter : word)
		out += letter == '\'' ? std::string("'\\''") : std::string(1, letter);
	return out + '\'';
}

/* As ssh and kselftest have it, REMOTE_ARGS is one word: a host, or a namespace. */
static std::string command_by_variables()
{
	const std::string type = variable("REMOTE_TYPE");
	const std::string arguments = variable("REMOTE_ARGS");

	if (type != "ssh" && type != "netns")
		throw std::invalid_argument("--remote env takes REMOTE_TYPE=netns or ssh, not '" + type +
					    "'");
	if (arguments.empty())
		throw std::invalid_argument("--remote env takes REMOTE_ARGS: " +
					    std::string(type == "ssh" ? "the host" : "the namespace's name"));
	if (type == "ssh")
		return "exec ssh -o BatchMode=yes " + quoted(arguments) + " msg_zerocopy --serve -";
	return "exec ip netns exec " + quoted(arguments) + " /proc/" + std::to_string(::getpid()) +
	       "/exe --serve -";
}

/* The devices of this namespace and their addresses. */
using Interfaces = std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)>;

static Interfaces interfaces()
{
	ifaddrs *first = nullptr;

	os::check(::getifaddrs(&first), "getifaddrs()");
	return {first, ::freeifaddrs};
}

/* The device that has an address, "" where none has. */
static std::string device_with(const std::string &address)
{
	const Interfaces all = interfaces();

	for (const ifaddrs *each = all.get(); each; each = each->ifa_next) {
		os::Address has;
		const int family = each->ifa_addr ? each->ifa_addr->sa_family : AF_UNSPEC;

		if (family != AF_INET && family != AF_INET6)
			continue;
		has.length = family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
		std::copy_n(reinterpret_cast<const char *>(each->ifa_addr), has.length,
			    reinterpret_cast<char *>(&has.storage));
		if (os::text_of(has) == address)
			return each->ifa_name;
	}
	return "";
}

/* A socket whose route leads there: nothing is sent. */
static os::Fd routed_to(const std::string &there)
{
	const std::optional<os::Address> to = os::ip_address(there, 9);

	if (!to)
		throw std::runtime_error("'" + there + "' is no address: REMOTE_V4 and REMOTE_V6 are");
	os::Fd socket = os::open_socket(to->family(), SOCK_DGRAM);
	os::check(::connect(socket.get(), to->get(), to->length), "no route to " + there);
	return socket;
}

/* Bytes that a packet may have on the whole path, as far as the kernel has learned of it. */
static unsigned mtu_to(const std::string &there)
{
	constexpr int least = 1280;
	const os::Fd socket = routed_to(there);
	const bool ipv4 = os::local_address(socket.get()).family() == AF_INET;
	const int mtu =
		os::get_option<int>(socket.get(), ipv4 ? IPPROTO_IP : IPPROTO_IPV6, ipv4 ? IP_MTU : IPV6_MTU);

	if (mtu < least)
		throw std::runtime_error("the path to " + there + " has an MTU of " + std::to_string(mtu) +
					 ": set one of " + std::to_string(least) + ", IPv6's least, or more");
	return mtu;
}

static void check_variable(const char *name, const std::string &seen)
{
	const std::string wanted = variable(name);

	if (!wanted.empty() && wanted != seen)
		throw std::runtime_error(std::string(name) + " is " + wanted +
					 ", but the route to the agent goes by " + seen);
}

/* The address of one family at the agent: the variable's, or where it is called. */
static std::string address_there(const agent::Place &place, const char *name, int family)
{
	const std::optional<os::Address> called = os::ip_address(place.address, 0);
	std::string there = variable(name);

	if (there.empty() && called && called->family() == family)
		there = place.address;
	return there;
}

static void find_way(const std::string &there, std::string &here, const char *local, std::string &device)
{
	if (there.empty())
		return;
	here = os::text_of(os::local_address(routed_to(there).get()));
	check_variable(local, here);
	device = device_with(there).empty() ? device_with(here) : "lo";
	check_variable("NETIF", device);
}

static netns::RemoteEnd find_end(const agent::Place &place)
{
	netns::RemoteEnd end;

	end.ipv4_there = address_there(place, "REMOTE_V4", AF_INET);
	end.ipv6_there = address_there(place, "REMOTE_V6", AF_INET6);
	end.cid_there = place.kind == agent::Place::Kind::vsock ? place.cid : 0;
	if (end.ipv4_there.empty() && end.ipv6_there.empty() && !end.cid_there)
		throw std::runtime_error("an agent at " + place.text +
					 " says nothing of where to send to: set REMOTE_V4 or REMOTE_V6");
	find_way(end.ipv6_there, end.ipv6_here, "LOCAL_V6", end.device);
	find_way(end.ipv4_there, end.ipv4_here, "LOCAL_V4", end.device);
	return end;
}

/* Does what is sent there now come back as copied? */
static bool measure(agent::Remote &remote, const netns::Path &path, const transport::Transport &transport)
{
	const netns::Network network(path, false);
	transport::Link link(network, transport, {}, &remote);
	const transport::Payload payload(link.usual_length());

	if (!link.send_zerocopy(payload).ok() || !link.await_completions())
		throw std::runtime_error(std::string("what is sent over ") + transport.name + " to " +
					 remote.place().text + " is not completed");
	link.deliver();
	return link.any_copied();
}

/* The kind of a device that sends by others, such as "vxlan" or "bridge": its features say nothing of what
 * these can. "" of one that has hardware or the like, and of one end of a veth pair. */
static std::string kind_of_virtual(const std::string &device)
{
	ethtool_drvinfo driver = {};
	ifreq request = {};

	driver.cmd = ETHTOOL_GDRVINFO;
	device.copy(request.ifr_name, sizeof(request.ifr_name) - 1);
	request.ifr_data = reinterpret_cast<char *>(&driver);
	if (::ioctl(os::open_socket(AF_INET, SOCK_DGRAM).get(), SIOCETHTOOL, &request) < 0 ||
	    *driver.bus_info || driver.driver == std::string_view("veth"))
		return "";
	return driver.driver;
}

/* Is what is sent there encrypted by IPsec? A route with a policy refuses UDP_SEGMENT for a datagram of any
 * length, which everybody can see (net/ipv4/udp.c:udp_send_skb). */
static bool encrypted(const std::string &there)
{
	if (there.empty())
		return false;
	const os::Fd socket = routed_to(there);
	const int segment = 1;
	/* A kernel that does not know it refuses nothing. */
	::setsockopt(socket.get(), SOL_UDP, UDP_SEGMENT, &segment, sizeof(segment));
	return ::send(socket.get(), "", 1, 0) < 0 && errno == EIO;
}

agent::Place remote_place(const std::string &words)
{
	return agent::parse_place(words == "env" ? "exec:" + command_by_variables() : words);
}

std::string plan_for_remote(const agent::Place &place)
{
	netns::RemoteEnd end = find_end(place);
	const bool by_ip = !end.ipv4_there.empty() || !end.ipv6_there.empty();
	int family = AF_UNSPEC;
	if (end.ipv4_there.empty() != end.ipv6_there.empty())
		family = end.ipv4_there.empty() ? AF_INET6 : AF_INET;
	agent::Remote remote(place);
	const bool away = remote.boot_id() != agent::own_boot_id();
	const unsigned kernel = away ? unsigned{netns::away} : 0;
	std::string found = "remote: " + place.text +
			    (by_ip ? " by " + netns::describe_device(end.device) : "") +
			    (away ? ", another kernel" : ", the same kernel");
	unsigned tcp = 0;
	unsigned udp = 0;
	unsigned vsock = 0;

	netns::use_remote_end(end);
	/* What is sent of a kind now shows whether it copies. */
	auto traits = [&](unsigned kind, unsigned known) {
		netns::use_remote_paths(known, known, known, family);
		const bool copied =
			measure(remote, netns::paths().front(), transport::first_transport(kind, family));
		found += copied ? "copied" : "not copied";
		return known | (copied ? netns::copies : netns::shares);
	};
	if (by_ip) {
		const bool gathers = netns::has_offload(end.device, netns::Offload::scatter_gather);
		const bool checksums = netns::has_offload(end.device, netns::Offload::tx_checksum);
		const bool refuses_segments =
			checksums && (encrypted(end.ipv4_there) || encrypted(end.ipv6_there));
		const bool ipsec = refuses_segments || netns::outgoing_ipsec_policies() != 0;
		unsigned device = kernel | netns::remote;

		if (!gathers)
			device |= netns::device_without_sg;
		if (!checksums)
			device |= netns::device_without_checksum;
		/* What encrypts, or lies below, may well have to copy: it is told, and not judged. */
		if (ipsec) {
			device |= netns::layered;
			found += ", there are IPsec policies: what they encrypt is copied";
		}
		if (const std::string kind = kind_of_virtual(end.device); !kind.empty()) {
			device |= netns::layered;
			found += ", " + end.device + " is a " + kind +
				 " device, below which data may be copied";
		} else if (gathers && checksums && !ipsec) {
			device |= netns::device_offloads;
		}
		found += ", TCP is ";
		tcp = traits(transport::tcp, device);
		/* Without scatter-gather, and where IPsec cuts the segments, it may say either (ZC-CP-15). */
		if (!gathers || ipsec)
			tcp = device | netns::segments_copied;
		/* By now TCP has met what is narrower on the way. */
		for (const std::string &there : {end.ipv4_there, end.ipv6_there})
			if (!there.empty())
				end.mtu = std::min(end.mtu, mtu_to(there));
		netns::use_remote_end(end);
		found += ", UDP is ";
		udp = traits(transport::udp,
			     device | (refuses_segments ? unsigned{netns::refuses_udp_segment} : 0));
	}
	if (end.cid_there) {
		found += ", VSOCK is ";
		try {
			vsock = traits(transport::vsock, kernel | netns::remote);
		} catch (const std::system_error &why) {
			/* Before Linux 6.7 nothing can be sent: the results say so. */
			if (why.code() != std::errc::operation_not_supported)
				throw;
			found += "without SO_ZEROCOPY";
			vsock = kernel | netns::remote;
		}
	}
	netns::use_remote_paths(tcp, udp, vsock, family);
	return found + ", agent " + (remote.version().empty() ? "of no known version" : remote.version());
}

} // namespace harness
