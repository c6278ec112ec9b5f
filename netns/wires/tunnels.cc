// SPDX-License-Identifier: GPL-2.0
/* Tunnels over IP. Their transmit functions (drivers/net/vxlan/vxlan_core.c:vxlan_xmit_one,
 * drivers/net/geneve.c:geneve_xmit_skb, net/ipv4/ip_gre.c:__gre_xmit, net/ipv4/ip_tunnel.c:
 * ip_tunnel_xmit, net/ipv6/ip6_tunnel.c:ip6_tnl_xmit) push headers before the packet's own
 * (skb_cow_head) and leave its pages alone. What copies is local delivery of the outer packet. */
#include <arpa/inet.h>
#include <linux/mpls.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include <cstdint>
#include <string>

#include "netns/netlink.h"
#include "netns/stack.h"
#include "netns/sysctl.h"
#include "netns/wire.h"

namespace netns
{

namespace
{

constexpr os::KernelParts vxlan = {"VXLAN (CONFIG_VXLAN, CONFIG_VETH)", {"veth", "vxlan"}};
constexpr os::KernelParts geneve = {"Geneve (CONFIG_GENEVE, CONFIG_VETH)", {"veth", "geneve"}};
constexpr os::KernelParts gre = {"GRE over IPv4 (CONFIG_NET_IPGRE, CONFIG_VETH)", {"veth", "ip_gre"}};
constexpr os::KernelParts gre6 = {"GRE over IPv6 (CONFIG_IPV6_GRE, CONFIG_VETH)", {"veth", "ip6_gre"}};
constexpr os::KernelParts fou = {
	"foo-over-UDP (CONFIG_NET_FOU, CONFIG_NET_FOU_IP_TUNNELS, CONFIG_NET_IPIP, CONFIG_VETH)",
	{"veth", "ipip", "fou"}};

/* What comes with the label is this host's own, without it. `ip -batch` knows no other family's routes. */
void take_label(const Site &, bool)
{
	constexpr std::uint32_t label = 100;
	const std::uint32_t last_label = htonl(label << MPLS_LS_LABEL_SHIFT | 1 << MPLS_LS_S_SHIFT);
	rtmsg route = {};
	NetlinkRequests request;

	write_sysctl("mpls/platform_labels", std::to_string(label + 1));
	write_sysctl(std::string("mpls/conf/") + device_name + "/input", "1");
	route.rtm_family = AF_MPLS;
	route.rtm_dst_len = 20;
	route.rtm_table = RT_TABLE_MAIN;
	route.rtm_protocol = RTPROT_STATIC;
	route.rtm_type = RTN_UNICAST;
	request.begin(RTM_NEWROUTE, NLM_F_ACK | NLM_F_CREATE, route);
	request.add(RTA_DST, last_label);
	request.add(RTA_OIF, ::if_nametoindex("lo"));
	request.must_make(open_netlink(NETLINK_ROUTE).get(), "RTM_NEWROUTE of a label");
}

constexpr Stack rows[] = {
	{.name = "vxlan",
	 .summary = "VXLAN over IPv4",
	 .parts = vxlan,
	 .device = "link add name zc0 type vxlan id 42 dstport 4789 local $OWN_LOWER_V4 remote "
		   "$PEER_LOWER_V4 dev zc1 noudpcsum\n"},
	{.name = "vxlan-csum",
	 .summary = "VXLAN over IPv4, with outer checksums",
	 .parts = vxlan,
	 .device = "link add name zc0 type vxlan id 42 dstport 4789 local $OWN_LOWER_V4 remote "
		   "$PEER_LOWER_V4 dev zc1 udpcsum\n"},
	{.name = "vxlan-v6",
	 .summary = "VXLAN over IPv6",
	 .parts = vxlan,
	 .device = "link add name zc0 type vxlan id 42 dstport 4789 local $OWN_LOWER_V6 remote "
		   "$PEER_LOWER_V6 dev zc1\n"},
	{.name = "vxlan-v6-nocsum",
	 .summary = "VXLAN over IPv6, without outer checksums",
	 .parts = vxlan,
	 .device = "link add name zc0 type vxlan id 42 dstport 4789 local $OWN_LOWER_V6 remote "
		   "$PEER_LOWER_V6 dev zc1 udp6zerocsumtx udp6zerocsumrx\n"},
	/* A bridge checksums packets in tunnels only where it takes hw_enc_features from its ports
	 * (net/bridge/br_if.c:br_add_if); else net/core/dev.c:skb_checksum_help copies. */
	{.name = "vxlan-bridge",
	 .summary = "VXLAN over IPv4, by a bridge",
	 .parts = {"VXLAN and bridges (CONFIG_VXLAN, CONFIG_BRIDGE, CONFIG_VETH)",
		   {"veth", "vxlan", "bridge"}},
	 .device = "link add name zc3 address $OWN_MAC type bridge mcast_snooping 0\n"
		   "link set dev zc3 addrgenmode none up\n"
		   "address del $OWN_LOWER_V4/24 dev zc1\n"
		   "link set dev zc1 master zc3\n"
		   "address add $OWN_LOWER_V4/24 dev zc3\n"
		   "link add name zc0 type vxlan id 42 dstport 4789 local $OWN_LOWER_V4 remote "
		   "$PEER_LOWER_V4 dev zc3\n",
	 .traits = may_copy_below},
	/* The route says where the tunnel leads, as a flow-based switch does. */
	{.name = "vxlan-external",
	 .summary = "VXLAN over IPv4, to where a route leads",
	 .parts = {"VXLAN and tunnels by routes (CONFIG_VXLAN, CONFIG_LWTUNNEL, CONFIG_VETH)",
		   {"veth", "vxlan", "ip_tunnel"}},
	 .device = "link add name zc0 address $OWN_MAC type vxlan external dstport 4789\n",
	 .after = "route add $PEER_V4 encap ip id 42 dst $PEER_LOWER_V4 dev zc0\n"
		  "neighbour add $PEER_V4 lladdr $PEER_MAC dev zc0\n",
	 .address_family = AF_INET},
	{.name = "geneve",
	 .summary = "Geneve over IPv4",
	 .parts = geneve,
	 .device = "link add name zc0 type geneve id 42 remote $PEER_LOWER_V4\n"},
	{.name = "geneve-v6",
	 .summary = "Geneve over IPv6",
	 .parts = geneve,
	 .device = "link add name zc0 type geneve id 42 remote $PEER_LOWER_V6\n"},
	{.name = "gre",
	 .summary = "GRE over IPv4",
	 .parts = gre,
	 .device = "link add name zc0 type gre local $OWN_LOWER_V4 remote $PEER_LOWER_V4\n"},
	{.name = "gre-csum",
	 .summary = "GRE over IPv4, with checksums",
	 .parts = gre,
	 .device = "link add name zc0 type gre local $OWN_LOWER_V4 remote $PEER_LOWER_V4 csum\n"},
	{.name = "gre-v6",
	 .summary = "GRE over IPv6",
	 .parts = gre6,
	 .device = "link add name zc0 type ip6gre local $OWN_LOWER_V6 remote $PEER_LOWER_V6\n"},
	{.name = "gretap",
	 .summary = "Ethernet in GRE over IPv4",
	 .parts = gre,
	 .device = "link add name zc0 type gretap local $OWN_LOWER_V4 remote $PEER_LOWER_V4\n"},
	{.name = "gretap-v6",
	 .summary = "Ethernet in GRE over IPv6",
	 .parts = gre6,
	 .device = "link add name zc0 type ip6gretap local $OWN_LOWER_V6 remote $PEER_LOWER_V6\n"},
	{.name = "ipip",
	 .summary = "IPv4 in IPv4",
	 .parts = {"IPv4 in IPv4 (CONFIG_NET_IPIP, CONFIG_VETH)", {"veth", "ipip"}},
	 .device = "link add name zc0 type ipip local $OWN_LOWER_V4 remote $PEER_LOWER_V4\n",
	 .address_family = AF_INET},
	{.name = "sit",
	 .summary = "IPv4 and IPv6 in IPv4",
	 .parts = {"IPv6 in IPv4 (CONFIG_IPV6_SIT, CONFIG_VETH)", {"veth", "sit"}},
	 .device = "link add name zc0 type sit mode any local $OWN_LOWER_V4 remote $PEER_LOWER_V4\n"},
	{.name = "ip6tnl",
	 .summary = "IPv4 and IPv6 in IPv6",
	 .parts = {"tunnels over IPv6 (CONFIG_IPV6_TUNNEL, CONFIG_VETH)", {"veth", "ip6_tunnel"}},
	 .device = "link add name zc0 type ip6tnl mode any local $OWN_LOWER_V6 remote $PEER_LOWER_V6\n"},
	{.name = "fou",
	 .summary = "IPv4 in UDP (foo-over-UDP)",
	 .parts = fou,
	 .device = "fou add port 5555 ipproto 4\n"
		   "link add name zc0 type ipip local $OWN_LOWER_V4 remote $PEER_LOWER_V4 encap fou "
		   "encap-sport auto encap-dport 5555\n",
	 .address_family = AF_INET},
	{.name = "gue",
	 .summary = "IPv4 in generic UDP encapsulation",
	 .parts = fou,
	 .device = "fou add port 5555 gue\n"
		   "link add name zc0 type ipip local $OWN_LOWER_V4 remote $PEER_LOWER_V4 encap gue "
		   "encap-sport auto encap-dport 5555\n",
	 .address_family = AF_INET},
	{.name = "erspan",
	 .summary = "mirrored Ethernet in GRE over IPv4 (ERSPAN)",
	 .parts = gre,
	 .device = "link add name zc0 type erspan seq key 30 local $OWN_LOWER_V4 remote $PEER_LOWER_V4 "
		   "erspan_ver 1 erspan 123\n",
	 .own_state = true},
	/* net/ipv6/seg6_iptunnel.c:seg6_do_srh_encap pushes the headers. */
	{.name = "seg6",
	 .summary = "IPv4 over IPv6 by segment routing",
	 .parts = {"segment routing (CONFIG_IPV6_SEG6_LWTUNNEL, CONFIG_VETH)", {"veth"}},
	 .device = nullptr,
	 .after = "address add $OWN_LOWER_V6/64 dev zc0 nodad\n"
		  "route add $PEER_SID via $PEER_LOWER_V6 dev zc0\n"
		  "route add $OWN_SID encap seg6local action End.DX4 nh4 $OWN_V4 dev zc0\n"
		  "route add $PEER_V4 encap seg6 mode encap segs $PEER_SID dev zc0\n",
	 .address_family = AF_INET},
	/* net/mpls/mpls_iptunnel.c:mpls_xmit pushes the label. Devices gather and checksum such packets as
	 * their mpls_features say, to which net/core/dev.c:register_netdevice adds scatter-gather. */
	{.name = "mpls",
	 .summary = "IPv4 with a label (MPLS)",
	 .parts = {"MPLS (CONFIG_MPLS_ROUTING, CONFIG_MPLS_IPTUNNEL, CONFIG_VETH)",
		   {"veth", "mpls_router", "mpls_iptunnel"}},
	 .device = nullptr,
	 .after = "route add $PEER_V4 encap mpls 100 via $PEER_V4 dev zc0\n",
	 .address_family = AF_INET,
	 .more = take_label},
	/* drivers/net/bareudp.c:bareudp_xmit_skb pushes headers of UDP and IP, and nothing between. */
	{.name = "bareudp",
	 .summary = "IPv4 in UDP (bareudp)",
	 .parts = {"bareudp devices (CONFIG_BAREUDP, CONFIG_LWTUNNEL, CONFIG_VETH)",
		   {"veth", "bareudp", "ip_tunnel"}},
	 .device = "link add name zc0 type bareudp dstport 6635 ethertype ipv4\n",
	 .after = "route add $PEER_V4 encap ip id 0 dst $PEER_LOWER_V4 dev zc0\n",
	 .address_family = AF_INET},
	/* net/l2tp/l2tp_eth.c:l2tp_eth_dev_setup offers no scatter-gather. */
	{.name = "l2tp",
	 .summary = "Ethernet in L2TPv3 over UDP",
	 .parts = {"L2TP (CONFIG_L2TP, CONFIG_L2TP_ETH, CONFIG_L2TP_V3, CONFIG_VETH)",
		   {"veth", "l2tp_core", "l2tp_netlink", "l2tp_eth", "l2tp_ip"}},
	 .device = "l2tp add tunnel local $OWN_LOWER_V4 remote $PEER_LOWER_V4 tunnel_id 1 peer_tunnel_id 1 "
		   "encap udp udp_sport 1701 udp_dport 1701\n"
		   "l2tp add session name zc0 tunnel_id 1 session_id 1 peer_session_id 1\n",
	 .traits = device_without_sg | copies_below,
	 .tcp = segments_copied},
};

const StackRegistration registration(rows);

} // namespace

} // namespace netns
