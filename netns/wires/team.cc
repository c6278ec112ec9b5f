// SPDX-License-Identifier: GPL-2.0
/* Teams. iproute2 makes the device, and generic netlink gives it its mode, as teamd does:
 * drivers/net/team/team_core.c:team_xmit hands the packet to a port as it is. */
#include <linux/genetlink.h>
#include <linux/if_team.h>
#include <linux/netlink.h>
#include <net/if.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <system_error>

#include "netns/ip_command.h"
#include "netns/netlink.h"
#include "netns/stack.h"
#include "netns/wire.h"

namespace netns
{

namespace
{

/* The type of an option is that of an attribute within the kernel (include/net/netlink.h). */
constexpr std::uint8_t string = 5;

/* A team with ports keeps its mode. */
void give_mode_and_port(const Site &, bool)
{
	const genlmsghdr set = {.cmd = TEAM_CMD_OPTIONS_SET, .version = TEAM_GENL_VERSION, .reserved = 0};
	NetlinkRequests request;

	request.begin(generic_netlink_family(TEAM_GENL_NAME), NLM_F_ACK, set);
	request.add(TEAM_ATTR_TEAM_IFINDEX, ::if_nametoindex(device_name));
	const std::size_t list = request.open(TEAM_ATTR_LIST_OPTION | NLA_F_NESTED);
	const std::size_t option = request.open(TEAM_ATTR_ITEM_OPTION | NLA_F_NESTED);
	request.add(TEAM_ATTR_OPTION_NAME, "mode");
	request.add(TEAM_ATTR_OPTION_TYPE, &string, sizeof(string));
	request.add(TEAM_ATTR_OPTION_DATA, "roundrobin");
	request.close(option);
	request.close(list);
	/* Where nobody listens to what it tells of the mode that it has now, it answers so
	 * (drivers/net/team/team_core.c:team_nl_send_event_options_get). */
	if (const int error = request.make(open_netlink(NETLINK_GENERIC).get()); error != 0 && error != ESRCH)
		throw std::system_error(error, std::generic_category(), "TEAM_CMD_OPTIONS_SET");
	ip_batch("link set dev zc1 down\nlink set dev zc1 master zc0\n");
}

constexpr Stack rows[] = {
	{.name = "team",
	 .summary = "teams in mode roundrobin",
	 .parts = {"teams (CONFIG_NET_TEAM, CONFIG_NET_TEAM_MODE_ROUNDROBIN, CONFIG_VETH)",
		   {"veth", "team", "team_mode_roundrobin"}},
	 .device = "link add name zc0 type team\n",
	 .more = give_mode_and_port},
};

const StackRegistration registration(rows);

} // namespace

} // namespace netns
