// SPDX-License-Identifier: GPL-2.0
#include "netns/device.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/ether.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iomanip>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <system_error>

#include "netns/netlink.h"
#include "os/check.h"
#include "os/deadline.h"
#include "os/socket.h"
#include "os/told.h"

namespace netns
{

namespace
{

ifreq request_for(const std::string &device)
{
	ifreq request = {};

	if (device.size() >= sizeof(request.ifr_name))
		throw std::runtime_error("device name too long: " + device);
	std::memcpy(request.ifr_name, device.data(), device.size());
	return request;
}

void control(ifreq &request, unsigned long command, const char *what)
{
	os::check(::ioctl(os::open_socket(AF_INET, SOCK_DGRAM).get(), command, &request),
		  std::string(what) + ' ' + request.ifr_name);
}

short flags_of(const std::string &device)
{
	ifreq request = request_for(device);

	control(request, SIOCGIFFLAGS, "SIOCGIFFLAGS");
	return request.ifr_flags;
}

/* A command of ethtool; the structure, with what follows it, is the command's. */
void ethtool(const std::string &device, void *command)
{
	ifreq request = request_for(device);

	request.ifr_data = static_cast<char *>(command);
	control(request, SIOCETHTOOL, "SIOCETHTOOL");
}

/* One of the legacy get or set commands of ethtool; returns the value. */
unsigned ethtool(const std::string &device, unsigned command, unsigned value = 0)
{
	ethtool_value argument = {command, value};

	ethtool(device, &argument);
	return argument.data;
}

/* As Offload counts them. */
constexpr struct {
	const char *name;
	unsigned get;
	unsigned set;
} offloads[] = {
	{"sg", ETHTOOL_GSG, ETHTOOL_SSG},    {"tx-checksum", ETHTOOL_GTXCSUM, ETHTOOL_STXCSUM},
	{"tso", ETHTOOL_GTSO, ETHTOOL_STSO}, {"gso", ETHTOOL_GGSO, ETHTOOL_SGSO},
	{"gro", ETHTOOL_GGRO, ETHTOOL_SGRO},
};

} // namespace

void set_up(const std::string &device)
{
	ifreq request = request_for(device);

	request.ifr_flags = static_cast<short>(flags_of(device) | IFF_UP);
	control(request, SIOCSIFFLAGS, "SIOCSIFFLAGS");
}

static void handle_carrier(int netlink, unsigned index)
{
	alignas(nlmsghdr) std::array<char, 16384> answer;
	NetlinkRequests request;
	ifinfomsg link = {};

	link.ifi_index = static_cast<int>(index);
	request.begin(RTM_GETLINK, 0, link);
	request.send(netlink);
	os::check(::recv(netlink, answer.data(), answer.size(), 0), "recv(netlink)");
}

void handle_carriers()
{
	const std::unique_ptr<struct if_nameindex, decltype(&::if_freenameindex)> all(::if_nameindex(),
										      ::if_freenameindex);
	const os::Fd netlink = open_netlink(NETLINK_ROUTE);

	for (const struct if_nameindex *each = all.get(); each && each->if_index; each++)
		handle_carrier(netlink.get(), each->if_index);
}

/* A bridge says that it is running before it has its queueing discipline, and drops what it is given. */
void wait_running(const std::string &device)
{
	os::Fd events(os::check(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE),
				"socket(NETLINK_ROUTE)"));
	sockaddr_nl address = {};
	const os::Deadline deadline;

	address.nl_family = AF_NETLINK;
	address.nl_groups = RTMGRP_LINK;
	os::check(::bind(events.get(), reinterpret_cast<sockaddr *>(&address), sizeof(address)),
		  "bind(RTMGRP_LINK)");
	handle_carrier(open_netlink(NETLINK_ROUTE).get(), ::if_nametoindex(device.c_str()));
	while (!(flags_of(device) & IFF_RUNNING)) {
		pollfd polls[] = {{events.get(), POLLIN, 0}};
		char event[4096];

		if (os::poll(polls, deadline) == 0)
			throw std::runtime_error("device " + device + " did not get a carrier");
		while (::recv(events.get(), event, sizeof(event), MSG_DONTWAIT) > 0)
			;
	}
	/* The flag is set before the queueing discipline is, but under the same
	 * lock: net/core/link_watch.c:linkwatch_do_dev. Taking that lock once
	 * more, by setting flags anew, waits for the whole of it. */
	set_up(device);
}

void wait_local(const std::string &ipv6_address)
{
	std::array<std::uint8_t, 16> address;
	std::ostringstream route;

	if (::inet_pton(AF_INET6, ipv6_address.c_str(), address.data()) != 1)
		throw std::invalid_argument("not an IPv6 address: " + ipv6_address);
	route << std::hex << std::setfill('0');
	for (const unsigned byte : address)
		route << std::setw(2) << byte;
	route << " 80 "; /* a prefix of 128 bits, in hexadecimal too */

	auto there = [&] {
		std::ifstream routes("/proc/thread-self/net/ipv6_route");
		std::string line;

		while (std::getline(routes, line))
			if (line.starts_with(route.str()))
				return true;
		return false;
	};

	os::tell_tracer("local", ipv6_address);
	/* The kernel's events tell of the address, not of this route. */
	if (!os::wait_until(there))
		throw std::runtime_error("address " + ipv6_address + " did not become local");
}

void know_neighbour(const std::string &device, const std::string &address,
		    const std::array<std::uint8_t, 6> &ethernet)
{
	const int family = address.find(':') == std::string::npos ? AF_INET : AF_INET6;
	std::array<std::uint8_t, 16> bytes;
	ndmsg neighbour = {};
	NetlinkRequests request;

	if (::inet_pton(family, address.c_str(), bytes.data()) != 1)
		throw std::invalid_argument("not an address: " + address);
	neighbour.ndm_family = static_cast<std::uint8_t>(family);
	neighbour.ndm_ifindex = static_cast<int>(::if_nametoindex(device.c_str()));
	neighbour.ndm_state = NUD_PERMANENT;
	ether_addr link;
	std::array<char, 18> link_text;
	std::memcpy(&link, ethernet.data(), sizeof(link));
	os::tell_tracer("ip", "-1\nneighbour replace " + address + " lladdr " +
				      ::ether_ntoa_r(&link, link_text.data()) + " nud permanent dev " +
				      device + '\n');
	request.begin(RTM_NEWNEIGH, NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE, neighbour);
	request.add(NDA_DST, bytes.data(), family == AF_INET ? 4 : 16);
	request.add(NDA_LLADDR, ethernet.data(), ethernet.size());
	if (const int error = request.make(open_netlink(NETLINK_ROUTE).get()))
		throw std::system_error(error, std::generic_category(), "RTM_NEWNEIGH " + address);
}

void set_offload(const std::string &device, Offload offload, bool on)
{
	ethtool(device, offloads[static_cast<int>(offload)].set, on);
}

bool has_offload(const std::string &device, Offload offload)
{
	return ethtool(device, offloads[static_cast<int>(offload)].get);
}

void set_feature(const std::string &device, std::string_view feature, bool on)
{
	/* Each ends in an array of as many elements as the kernel has features. */
	constexpr std::size_t most = 128;
	std::array<std::uint32_t, sizeof(ethtool_sset_info) / 4 + 1> count = {};
	std::array<std::uint32_t, (sizeof(ethtool_gstrings) + most * ETH_GSTRING_LEN) / 4> names = {};
	std::array<std::uint32_t, (sizeof(ethtool_sfeatures) + most / 8 * 2) / 4> change = {};
	auto *const info = reinterpret_cast<ethtool_sset_info *>(count.data());
	auto *const strings = reinterpret_cast<ethtool_gstrings *>(names.data());
	auto *const features = reinterpret_cast<ethtool_sfeatures *>(change.data());

	info->cmd = ETHTOOL_GSSET_INFO;
	info->sset_mask = 1ULL << ETH_SS_FEATURES;
	ethtool(device, info);
	os::require(info->data[0] <= most,
		    "this kernel has more network device features than there is room for");
	strings->cmd = ETHTOOL_GSTRINGS;
	strings->string_set = ETH_SS_FEATURES;
	ethtool(device, strings);
	for (std::uint32_t bit = 0; bit < info->data[0]; bit++) {
		const auto *const name =
			reinterpret_cast<const char *>(strings->data) + bit * ETH_GSTRING_LEN;

		if (feature != std::string_view(name, ::strnlen(name, ETH_GSTRING_LEN)))
			continue;
		features->cmd = ETHTOOL_SFEATURES;
		features->size = (info->data[0] + 31) / 32;
		features->features[bit / 32] = {1U << bit % 32, on ? 1U << bit % 32 : 0};
		return ethtool(device, features);
	}
	throw os::Missing("the feature " + std::string(feature) + " of network devices");
}

void set_largest_packet(const std::string &device, std::uint32_t bytes)
{
	/* IFLA_GSO_MAX_SIZE, IFLA_GRO_MAX_SIZE and their twins for IPv4: headers may be older. */
	constexpr std::uint16_t limits[] = {41, 58, 63, 64};
	ifinfomsg link = {};
	NetlinkRequests requests;

	link.ifi_index = static_cast<int>(::if_nametoindex(device.c_str()));
	requests.begin(RTM_NEWLINK, NLM_F_ACK, link);
	for (const std::uint16_t limit : limits)
		requests.add(limit, bytes);
	if (const int error = requests.make(open_netlink(NETLINK_ROUTE).get()))
		throw std::system_error(error, std::generic_category(), "RTM_NEWLINK of " + device);
}

std::string describe_device(const std::string &device)
{
	std::ostringstream out;
	ifreq request = request_for(device);

	control(request, SIOCGIFMTU, "SIOCGIFMTU");
	out << device << ": mtu " << request.ifr_mtu;
	for (const auto &[name, get, set] : offloads)
		out << ", " << name << ' ' << (ethtool(device, get) ? "on" : "off");
	return out.str();
}

static os::Fd open_tun_or_tap(const std::string &device, short flags)
{
	os::Fd tun(os::check(::open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK), "/dev/net/tun"));
	ifreq request = request_for(device);

	request.ifr_flags = static_cast<short>(flags | IFF_NO_PI);
	os::check(::ioctl(tun.get(), TUNSETIFF, &request), "TUNSETIFF");
	return tun;
}

os::Fd open_tap(const std::string &device, bool fragments)
{
	return open_tun_or_tap(device, IFF_TAP | (fragments ? IFF_NAPI | IFF_NAPI_FRAGS : 0));
}

os::Fd open_tun(const std::string &device)
{
	os::Fd tun = open_tun_or_tap(device, IFF_TUN | IFF_VNET_HDR);

	os::check(::ioctl(tun.get(), TUNSETPERSIST, 1UL), "TUNSETPERSIST");
	return tun;
}

os::Fd open_packet_tap(const std::string &device, Outgoing outgoing, std::uint16_t ethertype)
{
	os::Fd tap(os::check(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0),
			     "socket(AF_PACKET)"));
	sockaddr_ll address = {};
	const int ignore = outgoing == Outgoing::ignored;

	os::check(::setsockopt(tap.get(), SOL_PACKET, PACKET_IGNORE_OUTGOING, &ignore, sizeof(ignore)),
		  "PACKET_IGNORE_OUTGOING");
	address.sll_family = AF_PACKET;
	address.sll_protocol = htons(ethertype);
	address.sll_ifindex = static_cast<int>(::if_nametoindex(device.c_str()));
	/* bind() would take 0 for every device of the namespace. */
	os::require(address.sll_ifindex != 0, "no device " + device);
	os::check(::bind(tap.get(), reinterpret_cast<sockaddr *>(&address), sizeof(address)),
		  "bind(AF_PACKET)");
	return tap;
}

} // namespace netns
