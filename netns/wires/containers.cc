// SPDX-License-Identifier: GPL-2.0
/* Containers: on one node, and on two with VXLAN between them. */
#include <string>

#include "netns/batches.h"
#include "netns/device.h"
#include "netns/ip_command.h"
#include "netns/namespace.h"
#include "netns/site.h"
#include "netns/stack.h"
#include "netns/wire.h"

namespace netns
{

BATCH(container);
BATCH(between_nodes);
BATCH(node);
BATCH(node_ipv6);

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

void build_nodes(Site &site)
{
	/* The devices first: Site::lines() would put them behind the IPv6 addresses. */
	const std::string node_lines = std::string(batch_node) + (site.ipv6 ? batch_node_ipv6 : "");

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

constexpr Path on_one_node[] = {
	{.name = "container",
	 .summary = "two containers on the bridge of a node",
	 .tcp = to_local_socket | basic | stacked,
	 .udp = to_local_socket | basic | stacked,
	 .datagram = 1300},
};

/* The second node takes the outer packet as its own (net/ipv4/ip_input.c:
 * ip_local_deliver_finish), which copies and says so. */
constexpr Path on_two_nodes[] = {
	{.name = "container-vxlan",
	 .summary = "two containers, each on the bridge of a node, and VXLAN between the nodes",
	 .tcp = to_local_socket | basic | stacked | copies_below,
	 .udp = to_local_socket | basic | stacked | copies_below,
	 .datagram = 1300},
};

WIRE(.paths = on_one_node, .mtu = container_mtu, .two_ends = true, .build = build_container,
     .last_hop = Node::router, .last_hop_device = "zc1",
     .parts = {"veth and bridge devices (CONFIG_VETH, CONFIG_BRIDGE)", {"veth", "bridge"}});

WIRE(.paths = on_two_nodes, .mtu = container_mtu, .two_ends = true, .build = build_nodes,
     .last_hop = Node::far_router,
     .parts = {"VXLAN, bridges and forwarding (CONFIG_VXLAN, CONFIG_BRIDGE, CONFIG_VETH)",
	       {"veth", "bridge", "vxlan"}});

} // namespace

} // namespace netns
