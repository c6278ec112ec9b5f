// SPDX-License-Identifier: GPL-2.0
/* Open vSwitch: net/openvswitch/vport-internal_dev.c:internal_dev_xmit takes the packet, and
 * net/openvswitch/actions.c:do_output hands it to the port as it is. */
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/openvswitch.h>
#include <net/if.h>

#include <array>
#include <cstddef>
#include <cstdint>

#include "netns/netlink.h"
#include "netns/stack.h"
#include "netns/wire.h"

namespace netns
{

namespace
{

constexpr std::uint32_t own_port = OVSP_LOCAL, veth_port = 1;

/* In front of the attributes of a request. */
struct Header {
	genlmsghdr generic;
	ovs_header datapath;
};

/* What comes by one port leaves by the other, of whatever type and addresses. */
void add_flow(NetlinkRequests &requests, std::uint16_t family, const Header &header, std::uint32_t from,
	      std::uint32_t to)
{
	constexpr std::array<std::uint8_t, sizeof(ovs_key_ethernet)> any = {};

	requests.begin(family, NLM_F_ACK, header);
	for (const bool mask : {false, true}) {
		const std::size_t place =
			requests.open((mask ? OVS_FLOW_ATTR_MASK : OVS_FLOW_ATTR_KEY) | NLA_F_NESTED);

		requests.add(OVS_KEY_ATTR_IN_PORT, mask ? UINT32_MAX : from);
		requests.add(OVS_KEY_ATTR_ETHERNET, any.data(), any.size());
		requests.close(place);
	}
	const std::size_t actions = requests.open(OVS_FLOW_ATTR_ACTIONS | NLA_F_NESTED);
	requests.add(OVS_ACTION_ATTR_OUTPUT, to);
	requests.close(actions);
}

void make_switch(const Site &, bool)
{
	const auto ask = [](const char *what, auto add) {
		NetlinkRequests requests;

		add(requests);
		requests.must_make(open_netlink(NETLINK_GENERIC).get(), what);
	};
	const auto header = [](std::uint8_t command, std::uint8_t version) {
		return Header{{command, version, 0}, {static_cast<int>(::if_nametoindex(device_name))}};
	};

	ask("OVS_DP_CMD_NEW", [&](NetlinkRequests &requests) {
		requests.begin(generic_netlink_family(OVS_DATAPATH_FAMILY), NLM_F_ACK,
			       header(OVS_DP_CMD_NEW, OVS_DATAPATH_VERSION));
		requests.add(OVS_DP_ATTR_NAME, device_name);
		requests.add(OVS_DP_ATTR_UPCALL_PID, 0);
	});
	ask("OVS_VPORT_CMD_NEW", [&](NetlinkRequests &requests) {
		requests.begin(generic_netlink_family(OVS_VPORT_FAMILY), NLM_F_ACK,
			       header(OVS_VPORT_CMD_NEW, OVS_VPORT_VERSION));
		requests.add(OVS_VPORT_ATTR_NAME, "zc1");
		requests.add(OVS_VPORT_ATTR_TYPE, OVS_VPORT_TYPE_NETDEV);
		requests.add(OVS_VPORT_ATTR_PORT_NO, veth_port);
		requests.add(OVS_VPORT_ATTR_UPCALL_PID, 0);
	});
	for (const bool out : {true, false})
		ask("OVS_FLOW_CMD_NEW", [&](NetlinkRequests &requests) {
			add_flow(requests, generic_netlink_family(OVS_FLOW_FAMILY),
				 header(OVS_FLOW_CMD_NEW, OVS_FLOW_VERSION), out ? own_port : veth_port,
				 out ? veth_port : own_port);
		});
}

constexpr Stack rows[] = {
	{.name = "openvswitch",
	 .summary = "Open vSwitch",
	 .parts = {"Open vSwitch (CONFIG_OPENVSWITCH, CONFIG_VETH)", {"veth", "openvswitch"}},
	 .device = "",
	 .more = make_switch,
	 .own_state = true},
};

const StackRegistration registration(rows);

} // namespace

} // namespace netns
