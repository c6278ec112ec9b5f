// SPDX-License-Identifier: GPL-2.0
/* Containers: on one node, and on two with a tunnel or a route between them. */
#include <string>

#include "netns/batches.h"
#include "netns/device.h"
#include "netns/ip_command.h"
#include "netns/namespace.h"
#include "netns/site.h"
#include "netns/stack.h"
#include "netns/wire.h"
#include "netns/wires/wireguard.h"

namespace netns
{

BATCH(container);
BATCH(between_nodes);
BATCH(node);
BATCH(node_ipv6);
BATCH(node_tunnel);
BATCH(node_tunnel_ipv6);

namespace
{

constexpr unsigned container_mtu = 1400;
constexpr const char *set_mtu = "link set dev zc0 mtu 1400\n";

/* Descriptor 9 is the next namespace on the way. */
void build_container(Site &site)
{
	site.router = Namespace::create();
	site.sender->enter();
	ip_batch(batch_veth + (set_mtu + site.lines(batch_sender, batch_sender_ipv6)), site.router->fd());
	site.router->enter();
	ip_batch(std::string(batch_veth_onward) + batch_container, site.receiver->fd());
	site.receiver->enter();
	ip_batch(set_mtu + site.lines(batch_receiver, batch_receiver_ipv6));
	site.router->enter();
	for (const char *port : {"zc0", "zc1"})
		wait_running(port);
	site.wait_ends();
}

/* `way`: lines that lead from one node to the other. */
void build_nodes(Site &site, const std::string &way)
{
	/* The devices first: Site::lines() would put them behind the IPv6 addresses. */
	const std::string node_lines = batch_node + std::string(site.ipv6 ? batch_node_ipv6 : "") + way;

	site.router = Namespace::create();
	site.far_router = Namespace::create();
	site.sender->enter();
	ip_batch(batch_veth + (set_mtu + site.lines(batch_sender, batch_sender_ipv6)) +
			 site.lines(batch_sender_routed, batch_sender_routed_ipv6),
		 site.router->fd());
	site.router->route(site.ipv6);
	ip_batch(with_addresses(batch_between_nodes + node_lines, true), site.far_router->fd());
	site.far_router->route(site.ipv6);
	ip_batch(with_addresses(batch_veth + node_lines, false), site.receiver->fd());
	site.receiver->enter();
	ip_batch(set_mtu + site.lines(batch_receiver, batch_receiver_ipv6) +
		 site.lines(batch_receiver_routed, batch_receiver_routed_ipv6));
	for (const bool sender : {true, false}) {
		(sender ? site.router : site.far_router)->enter();
		for (const char *device : {"zc0", "zc1", "zc2"})
			wait_running(device);
		if (site.ipv6)
			for (const char *address : {"$OWN_GATEWAY_V6", "$OWN_NODE_V6"})
				wait_local(with_addresses(address, sender));
	}
	site.wait_ends();
}

/* The line makes zc3. */
void build_tunnelling(Site &site, const char *tunnel)
{
	build_nodes(site,
		    std::string(tunnel) + batch_node_tunnel + (site.ipv6 ? batch_node_tunnel_ipv6 : ""));
}

void build_by_vxlan(Site &site)
{
	build_tunnelling(site, "link add name zc3 type vxlan id 42 dstport 4789 local $OWN_LOWER_V4 remote "
			       "$PEER_LOWER_V4 dev zc1\n");
}

void build_by_ipip(Site &site)
{
	build_tunnelling(site, "link add name zc3 type ipip local $OWN_LOWER_V4 remote $PEER_LOWER_V4\n");
}

void build_by_wireguard(Site &site)
{
	build_tunnelling(site, "link add name zc3 type wireguard\n");
	for (const bool sender : {true, false}) {
		(sender ? site.router : site.far_router)->enter();
		give_wireguard_keys("zc3", lower_addresses, sender);
	}
	site.sender->enter();
}

void build_by_route(Site &site)
{
	build_nodes(site, std::string("route add $PEER_V4 via $PEER_LOWER_V4\n") +
				  (site.ipv6 ? "address add $OWN_NODE_V6/64 dev zc1 nodad\n"
					       "route add $PEER_V6 via $PEER_NODE_V6 dev zc1\n"
					     : ""));
}

constexpr Path on_one_node[] = {
	{.name = "container",
	 .summary = "two containers on the bridge of a node",
	 .tcp = to_local_socket | basic | stacked,
	 .udp = to_local_socket | basic | stacked,
	 .datagram = 1300},
};

/* The second node takes the outer packet as its own (net/ipv4/ip_input.c:
 * ip_local_deliver_finish), which copies and says so. */
constexpr Path by_vxlan[] = {
	{.name = "container-vxlan",
	 .summary = "two containers, each on the bridge of a node, and VXLAN between the nodes",
	 .tcp = to_local_socket | basic | stacked | copies_below,
	 .udp = to_local_socket | basic | stacked | copies_below,
	 .datagram = 1300},
};

constexpr Path by_ipip[] = {
	{.name = "container-ipip",
	 .summary = "two containers, each on the bridge of a node, and IPv4 in IPv4 between the nodes",
	 .tcp = to_local_socket | basic | stacked | copies_below,
	 .udp = to_local_socket | basic | stacked | copies_below,
	 .datagram = 1300,
	 .address_family = AF_INET},
};

/* The first node cuts segments without gathering; where it has copied them before, as it forwards (ZC-LO-10),
 * they say so. */
constexpr unsigned by_keys = to_local_socket | basic | stacked | copies_below | may_copy_below;

constexpr Path by_wireguard[] = {
	{.name = "container-wireguard",
	 .summary = "two containers, each on the bridge of a node, and WireGuard between the nodes",
	 .tcp = by_keys | segments_copied,
	 .udp = by_keys | datagrams_cut_by_copying,
	 .datagram = 1300},
};

/* The second node forwards. */
constexpr Path by_route[] = {
	{.name = "container-routed",
	 .summary = "two containers, each on the bridge of a node, and a route between the nodes",
	 .tcp = to_local_socket | basic | stacked | may_copy_below,
	 .udp = to_local_socket | basic | stacked | may_copy_below,
	 .datagram = 1300},
};

WIRE(.paths = on_one_node, .mtu = container_mtu, .two_ends = true, .build = build_container, .lasting = true,
     .last_hop = Node::router, .last_hop_device = "zc1",
     .parts = {"veth and bridge devices (CONFIG_VETH, CONFIG_BRIDGE)", {"veth", "bridge"}});

WIRE(.paths = by_vxlan, .mtu = container_mtu, .two_ends = true, .build = build_by_vxlan, .lasting = true,
     .last_hop = Node::far_router,
     .parts = {"VXLAN, bridges and forwarding (CONFIG_VXLAN, CONFIG_BRIDGE, CONFIG_VETH)",
	       {"veth", "bridge", "vxlan"}});

WIRE(.paths = by_ipip, .mtu = container_mtu, .two_ends = true, .build = build_by_ipip, .lasting = true,
     .last_hop = Node::far_router,
     .parts = {"IPv4 in IPv4, bridges and forwarding (CONFIG_NET_IPIP, CONFIG_BRIDGE, CONFIG_VETH)",
	       {"veth", "bridge", "ipip"}});

WIRE(.paths = by_wireguard, .mtu = container_mtu, .two_ends = true, .build = build_by_wireguard,
     .last_hop = Node::far_router,
     .parts = {"WireGuard, bridges and forwarding (CONFIG_WIREGUARD, CONFIG_BRIDGE, CONFIG_VETH)",
	       {"veth", "bridge", "wireguard"}});

WIRE(.paths = by_route, .mtu = container_mtu, .two_ends = true, .build = build_by_route, .lasting = true,
     .last_hop = Node::far_router,
     .parts = {"veth and bridge devices (CONFIG_VETH, CONFIG_BRIDGE) and forwarding", {"veth", "bridge"}});

} // namespace

} // namespace netns
