// SPDX-License-Identifier: GPL-2.0
/* A transparent proxy (TPROXY): net/netfilter/nft_tproxy.c gives packets the socket that they are for, and a
 * rule of routes takes them in by their mark. To the copy that is a delivery like any other: it is made
 * before the hook (net/core/dev.c:__netif_receive_skb_core), or after it
 * (net/ipv4/ip_input.c:ip_local_deliver_finish). */
#include "netns/ip_command.h"
#include "netns/netfilter.h"
#include "netns/stack.h"

namespace netns
{

namespace
{

/* Nothing but the mark leads to the receiver's address, which is local to sockets alone: a packet that no
 * transparent socket was found for is lost. */
void divert(const Addresses &, bool sender)
{
	if (sender)
		return;
	divert_to_listeners(1);
	ip_batch(with_addresses("rule add pref 10 fwmark 1 lookup 100\n"
				"rule add pref 20 iif zc0 to $OWN_V4 blackhole\n"
				"rule add pref 30 lookup local\n"
				"rule del pref 0\n",
				sender));
}

constexpr Stack rows[] = {
	{.name = "tproxy",
	 .summary = "a transparent proxy takes what is sent to others",
	 .parts =
		 {"transparent proxies (CONFIG_NFT_TPROXY, CONFIG_NF_TABLES_INET, CONFIG_IP_MULTIPLE_TABLES, "
		  "CONFIG_VETH)",
		  {"veth", "nf_tables", "nft_tproxy"}},
	 .device = nullptr,
	 /* Who has a blackhole for an address does not answer for it. */
	 .after = "neighbour add $PEER_V4 lladdr $PEER_MAC dev zc0\n"
		  "route add local $OWN_V4 dev zc0 table 100\n",
	 .address_family = AF_INET,
	 .transparent = true,
	 .more = divert},
};

const StackRegistration registration(rows);

} // namespace

} // namespace netns
