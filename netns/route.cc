// SPDX-License-Identifier: GPL-2.0
#include "netns/route.h"

#include <arpa/inet.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <utility>

#include "netns/netlink.h"
#include "os/fd.h"

namespace netns
{

namespace
{

/* An answer to RTM_GETROUTE. */
struct Route {
	nlmsghdr header;
	rtmsg route;
	std::array<char, 1024> attributes;

	const rtattr *first() const { return reinterpret_cast<const rtattr *>(attributes.data()); }
	int length() const { return static_cast<int>(header.nlmsg_len - NLMSG_LENGTH(sizeof(rtmsg))); }
};

/* What identifies a route and where it leads. The rest of an answer is for people. */
bool belongs(const rtattr &attribute)
{
	switch (attribute.rta_type & NLA_TYPE_MASK) {
	case RTA_DST:
	case RTA_OIF:
	case RTA_GATEWAY:
	case RTA_PREFSRC:
	case RTA_PRIORITY:
	case RTA_ENCAP:
	case RTA_ENCAP_TYPE:
		return true;
	default:
		return false;
	}
}

} // namespace

bool set_least_retransmission_timeout(const std::string &address, std::chrono::milliseconds least)
{
	const bool ipv4 = address.find(':') == std::string::npos;
	const os::Fd netlink = open_netlink(NETLINK_ROUTE);
	std::array<std::uint8_t, 16> bytes;
	alignas(nlmsghdr) Route found = {};
	rtmsg wanted = {};
	NetlinkRequests question;

	wanted.rtm_family = ipv4 ? AF_INET : AF_INET6;
	wanted.rtm_dst_len = ipv4 ? 32 : 128;
	wanted.rtm_flags = RTM_F_FIB_MATCH;
	if (::inet_pton(wanted.rtm_family, address.c_str(), bytes.data()) != 1)
		return false;
	question.begin(RTM_GETROUTE, 0, wanted);
	question.add(RTA_DST, bytes.data(), wanted.rtm_dst_len / 8);
	question.send(netlink.get());
	if (::recv(netlink.get(), &found, sizeof(found), 0) < 0 || found.header.nlmsg_type != RTM_NEWROUTE)
		return false;
	found.route.rtm_flags &= RTNH_F_ONLINK;
	/* IPv4 keeps both tables in one until there are rules, and answers that all is in the main one
	 * (net/ipv4/fib_trie.c:fib_trie_table). */
	if (found.route.rtm_type == RTN_LOCAL)
		found.route.rtm_table = RT_TABLE_LOCAL;

	/* Deleted first: IPv6 puts a route of a user's behind the kernel's own to a local address, and does
	 * not replace that (net/ipv6/route.c:ip6_route_info_create). */
	NetlinkRequests change;
	for (const auto &[type, flags] :
	     {std::pair{RTM_DELROUTE, 0}, {RTM_NEWROUTE, NLM_F_ACK | NLM_F_CREATE}}) {
		int length = found.length();

		change.begin(type, flags, found.route);
		for (const auto *each = found.first(); RTA_OK(each, length); each = RTA_NEXT(each, length)) {
			if (each->rta_type == RTA_METRICS)
				return true;
			if (belongs(*each))
				change.add(each->rta_type, RTA_DATA(each), RTA_PAYLOAD(each));
		}
	}
	const std::size_t metrics = change.open(RTA_METRICS);
	change.add(RTAX_LOCK, std::uint32_t{1} << RTAX_RTO_MIN);
	change.add(RTAX_RTO_MIN, static_cast<std::uint32_t>(least.count()));
	change.close(metrics);
	return change.make(netlink.get()) == 0;
}

} // namespace netns
