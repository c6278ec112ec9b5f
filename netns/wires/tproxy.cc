// SPDX-License-Identifier: GPL-2.0
/* A transparent proxy (TPROXY): net/netfilter/nft_tproxy.c gives packets the socket that they are for, and a
 * rule of routes takes them in by their mark. To the copy that is a delivery like any other: it is made
 * before the hook (net/core/dev.c:__netif_receive_skb_core), or after it
 * (net/ipv4/ip_input.c:ip_local_deliver_finish, net/ipv6/ip6_input.c:ip6_input_finish). */
#include "netns/ip_command.h"
#include "netns/netfilter.h"
#include "netns/stack.h"

namespace netns
{

namespace
{

/* Nothing but the mark leads to the receiver's address, which is local to sockets alone: a packet that no
 * transparent socket was found for is lost. */
constexpr const char *rules = "route add local default dev lo table 100\n"
			      "rule add pref 10 fwmark 1 lookup 100\n"
			      "rule add pref 20 iif zc0 blackhole\n"
			      "rule add pref 30 lookup local\n"
			      "rule del pref 0\n";

void divert(const Site &site, bool sender)
{
	/* The blackhole takes questions and answers about neighbours, too. */
	ip_batch(
		with_addresses(std::string("neighbour add $PEER_V4 lladdr $PEER_MAC dev zc0\n") +
				       (site.ipv6 ? "neighbour add $PEER_V6 lladdr $PEER_MAC dev zc0\n" : ""),
			       sender));
	if (sender)
		return;
	divert_to_listeners(1);
	ip_batch(rules);
	if (site.ipv6)
		ip6_batch(rules);
}

constexpr Stack rows[] = {
	{.name = "tproxy",
	 .summary = "a transparent proxy takes what is sent to others",
	 .parts =
		 {"transparent proxies (CONFIG_NFT_TPROXY, CONFIG_NF_TABLES_INET, CONFIG_IP_MULTIPLE_TABLES, "
		  "CONFIG_IPV6_MULTIPLE_TABLES, CONFIG_VETH)",
		  {"veth", "nf_tables", "nft_tproxy"}},
	 .device = nullptr,
	 .transparent = true,
	 .more = divert},
};

const StackRegistration registration(rows);

} // namespace

} // namespace netns
