// SPDX-License-Identifier: GPL-2.0
/* Two veth pairs, and a router between them. */
#include <array>

#include "netns/batches.h"
#include "netns/device.h"
#include "netns/ip_command.h"
#include "netns/namespace.h"
#include "netns/netfilter.h"
#include "netns/site.h"
#include "netns/wire.h"

namespace netns::routed_wire
{

BATCH(router);
BATCH(router_ipv6);

/* Descriptor 9 is the next namespace on the way: first the router's, then the receiver's. */
void build(Site &site)
{
	site.router = Namespace::create();
	site.sender->enter();
	ip_batch(batch_veth + site.lines(batch_sender, batch_sender_ipv6) +
			 site.lines(batch_sender_routed, batch_sender_routed_ipv6),
		 site.router->fd());
	site.router->route(site.ipv6);
	ip_batch(batch_veth_onward + site.lines(batch_router, batch_router_ipv6), site.receiver->fd());
	site.receiver->enter();
	ip_batch(site.lines(batch_receiver, batch_receiver_ipv6) +
		 site.lines(batch_receiver_routed, batch_receiver_routed_ipv6));
	site.router->enter();
	for (const char *device : {"zc0", "zc1"})
		wait_running(device);
	if (site.ipv6)
		for (const char *address : {"fe80::3", "fe80::4"})
			wait_local(address);
	site.wait_ends();
}

void build_masquerading(Site &site)
{
	build(site);
	site.router->enter();
	masquerade();
	site.sender->enter();
}

void build_offloading(Site &site)
{
	build(site);
	site.router->enter();
	offload_flows(std::array{"zc0", "zc1"});
	site.sender->enter();
}

constexpr Path paths[] = {
	/* As at the end of veth-xdp no one says that it copied, whoever does is on the way. */
	{.name = "routed-xdp",
	 .summary = "two veth pairs and a router, a native XDP program at the receiver's end",
	 .tcp = delivers | local | routed,
	 .udp = delivers | local | routed,
	 .tweak = Tweak::receiver_xdp},
};

WIRE(.paths = paths, .two_ends = true, .build = build,
     .parts = {"veth devices (CONFIG_VETH) and forwarding", {"veth"}});

/* Kernels before 6.17 copy what they forward: see ZC-LO-10. */
constexpr unsigned by_router = to_local_socket | basic | stacked | may_copy_below;

constexpr Path plain[] = {
	{.name = "router", .summary = "two veth pairs and a router", .tcp = by_router, .udp = by_router},
};

constexpr Path masqueraded[] = {
	{.name = "masquerade",
	 .summary = "a router that gives packets its address",
	 .tcp = by_router,
	 .udp = by_router,
	 .address_family = AF_INET},
};

constexpr Path offloaded[] = {
	{.name = "flowtable",
	 .summary = "a router that forwards by a table of flows",
	 .tcp = by_router,
	 .udp = by_router},
};

WIRE(.paths = plain, .two_ends = true, .build = build, .lasting = true, .last_hop = Node::router,
     .last_hop_device = "zc1", .parts = {"veth devices (CONFIG_VETH) and forwarding", {"veth"}});

WIRE(.paths = masqueraded, .two_ends = true, .build = build_masquerading, .lasting = true,
     .forget = forget_connections, .last_hop = Node::router, .last_hop_device = "zc1",
     .parts = {"masquerading (CONFIG_NFT_MASQ, CONFIG_NF_TABLES_INET, CONFIG_VETH)",
	       {"veth", "nf_tables", "nft_masq", "nft_chain_nat", "nf_conntrack_netlink"}});

WIRE(.paths = offloaded, .two_ends = true, .build = build_offloading, .last_hop = Node::router,
     .last_hop_device = "zc1",
     .parts = {"tables of flows (CONFIG_NFT_FLOW_OFFLOAD, CONFIG_NF_FLOW_TABLE_INET, CONFIG_NF_TABLES_INET, "
	       "CONFIG_VETH)",
	       {"veth", "nf_tables", "nft_flow_offload", "nf_flow_table_inet"}});

} // namespace netns::routed_wire
