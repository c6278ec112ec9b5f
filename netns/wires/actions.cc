// SPDX-License-Identifier: GPL-2.0
/* Actions of traffic control, and tracked connections, between the socket and a veth device.
 * net/sched/act_mirred.c clones the packet or hands it on, net/sched/act_pedit.c and act_nat.c store to
 * headers, of which skb_ensure_writable() and skb_try_make_writable() make a copy. */
#include "netns/netfilter.h"
#include "netns/stack.h"

namespace netns
{

namespace
{

constexpr Stack rows[] = {
	{.name = "ifb",
	 .summary = "packets take a detour by an ifb device",
	 .parts = {"traffic redirected to an ifb device (CONFIG_IFB, CONFIG_NET_ACT_MIRRED, "
		   "CONFIG_NET_CLS_MATCHALL, CONFIG_NET_SCH_INGRESS, CONFIG_VETH)",
		   {"veth", "ifb", "sch_ingress", "cls_matchall", "act_mirred"}},
	 .device = nullptr,
	 .after = "link add name zc3 type ifb\nlink set dev zc3 up\n",
	 .traffic_control = "qdisc add dev zc0 clsact\n"
			    "filter add dev zc0 egress matchall action mirred egress redirect dev zc3\n"},
	{.name = "mirror",
	 .summary = "packets are mirrored to a second device",
	 .parts = {"mirrored traffic (CONFIG_BRIDGE, CONFIG_NET_ACT_MIRRED, CONFIG_NET_CLS_MATCHALL, "
		   "CONFIG_NET_SCH_INGRESS, CONFIG_VETH)",
		   {"veth", "bridge", "sch_ingress", "cls_matchall", "act_mirred"}},
	 .device = nullptr,
	 .after = "link add name zc3 type bridge\nlink set dev zc3 addrgenmode none up\n",
	 .traffic_control = "qdisc add dev zc0 clsact\n"
			    "filter add dev zc0 egress matchall action mirred egress mirror dev zc3\n"},
	{.name = "redirect",
	 .summary = "packets are redirected from an ifb device to a veth device",
	 .parts = {"redirected traffic (CONFIG_IFB, CONFIG_NET_ACT_MIRRED, CONFIG_NET_CLS_MATCHALL, "
		   "CONFIG_NET_SCH_INGRESS, CONFIG_VETH)",
		   {"veth", "ifb", "sch_ingress", "cls_matchall", "act_mirred"}},
	 .device = "link add name zc0 address $OWN_MAC type ifb\n"
		   "link set dev zc0 arp on multicast on\n",
	 .traffic_control = "qdisc add dev zc0 clsact\n"
			    "qdisc add dev zc1 clsact\n"
			    "filter add dev zc0 egress matchall action mirred egress redirect dev zc1\n"
			    "filter add dev zc1 ingress matchall action mirred ingress redirect dev zc0\n"},
	{.name = "pedit",
	 .summary = "packets have a byte of their header rewritten",
	 .parts = {"rewritten packets (CONFIG_NET_ACT_PEDIT, CONFIG_NET_ACT_CSUM, CONFIG_NET_CLS_MATCHALL, "
		   "CONFIG_NET_SCH_INGRESS, CONFIG_VETH)",
		   {"veth", "sch_ingress", "cls_matchall", "act_pedit", "act_csum"}},
	 .device = nullptr,
	 .traffic_control = "qdisc add dev zc0 clsact\n"
			    "filter add dev zc0 egress protocol ip matchall action pedit ex munge ip tos set "
			    "0x10 pipe action csum ip4h\n"
			    "filter add dev zc0 egress protocol ipv6 matchall action pedit ex munge ip6 "
			    "traffic_class set 0x10\n"},
	{.name = "conntrack",
	 .summary = "connections are tracked at both ends",
	 .parts = {"tracked connections (CONFIG_NF_TABLES_INET, CONFIG_NFT_CT, CONFIG_NF_CONNTRACK, "
		   "CONFIG_VETH)",
		   {"veth", "nf_tables", "nft_ct", "nf_conntrack", "nf_conntrack_netlink"}},
	 .device = nullptr,
	 .more = [](const Site &, bool) { track_connections(); },
	 .forget = forget_connections},
	/* net/core/skbuff.c:skb_vlan_push stores the tag beside the packet. */
	{.name = "vlan-push",
	 .summary = "packets get a vlan tag, and lose it",
	 .parts = {"vlan tags by traffic control (CONFIG_NET_ACT_VLAN, CONFIG_NET_CLS_MATCHALL, "
		   "CONFIG_NET_SCH_INGRESS, CONFIG_VETH)",
		   {"veth", "sch_ingress", "cls_matchall", "act_vlan"}},
	 .device = nullptr,
	 .traffic_control = "qdisc add dev zc0 clsact\n"
			    "filter add dev zc0 egress matchall action vlan push id 100\n"
			    "filter add dev zc0 ingress protocol 802.1q matchall action vlan pop\n"},
	{.name = "nat",
	 .summary = "packets get another source address",
	 .parts = {"stateless NAT (CONFIG_NET_ACT_NAT, CONFIG_NET_CLS_MATCHALL, CONFIG_NET_SCH_INGRESS, "
		   "CONFIG_VETH)",
		   {"veth", "sch_ingress", "cls_matchall", "act_nat"}},
	 .device = nullptr,
	 .after = "neighbour add 192.0.2.9 lladdr 02:00:00:00:00:01 dev zc0\n",
	 .traffic_control =
		 "qdisc add dev zc0 clsact\n"
		 "filter add dev zc0 egress protocol ip matchall action nat egress 192.0.2.1/32 192.0.2.9\n"
		 "filter add dev zc0 ingress protocol ip matchall action nat ingress 192.0.2.9/32 "
		 "192.0.2.1\n",
	 .address_family = AF_INET},
};

const StackRegistration registration(rows);

} // namespace

} // namespace netns
