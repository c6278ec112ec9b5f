// SPDX-License-Identifier: GPL-2.0
#include "netns/ipsec_policies.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/xfrm.h>
#include <sys/socket.h>

#include <cstdint>
#include <exception>

#include "netns/netlink.h"
#include "os/fd.h"

namespace netns
{

namespace
{

/* XFRM_MSG_NEWSPDINFO, whose first attribute is the counts (net/xfrm/xfrm_user.c:build_spdinfo). */
struct Counts {
	nlmsghdr header;
	std::uint32_t flags;
	rtattr attribute;
	xfrmu_spdinfo policies;
	char rest[256];
};

} // namespace

unsigned outgoing_ipsec_policies()
try {
	const os::Fd netlink = open_netlink(NETLINK_XFRM);
	const std::uint32_t flags = 0;
	Counts counts = {};
	NetlinkRequests question;

	question.begin(XFRM_MSG_GETSPDINFO, 0, flags);
	question.send(netlink.get());
	::recv(netlink.get(), &counts, sizeof(counts), 0);
	return counts.header.nlmsg_type == XFRM_MSG_NEWSPDINFO && counts.attribute.rta_type == XFRMA_SPD_INFO
		       ? counts.policies.outcnt
		       : 0;
} catch (const std::exception &) {
	return 0;
}

} // namespace netns
