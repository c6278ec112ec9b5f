// SPDX-License-Identifier: GPL-2.0
#include "netns/token_bucket.h"

#include <linux/gen_stats.h>
#include <linux/netlink.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include <array>
#include <cstring>

#include "netns/ip_command.h"
#include "netns/netlink.h"
#include "os/check.h"

namespace netns
{

static void discipline(const char *verb, const std::string &device, const char *what)
{
	tc_batch(std::string("qdisc ") + verb + " dev " + device + " root" + what + '\n');
}

void limit_rate(const std::string &device)
{
	discipline("replace", device, " tbf limit 100000 rate 200bit burst 2000");
}

void lift_rate(const std::string &device)
{
	discipline("change", device, " tbf limit 100000 rate 10gbit burst 100000");
}

void drop_queued(const std::string &device)
{
	discipline("del", device, "");
}

std::uint32_t queued_bytes(const std::string &device)
{
	const os::Fd netlink = open_netlink(NETLINK_ROUTE);
	NetlinkRequests request;
	tcmsg root = {};
	alignas(nlmsghdr) std::array<char, 1 << 16> answer;
	std::uint32_t backlog = 0;

	root.tcm_ifindex = static_cast<int>(::if_nametoindex(device.c_str()));
	request.begin(RTM_GETQDISC, NLM_F_DUMP, root);
	request.send(netlink.get());
	for (;;) {
		auto left = static_cast<unsigned>(os::check(
			::recv(netlink.get(), answer.data(), answer.size(), 0), "recv(RTM_GETQDISC)"));

		for (auto *message = reinterpret_cast<nlmsghdr *>(answer.data()); NLMSG_OK(message, left);
		     message = NLMSG_NEXT(message, left)) {
			const auto *about = static_cast<const tcmsg *>(NLMSG_DATA(message));
			auto *attribute = reinterpret_cast<rtattr *>(
				static_cast<char *>(NLMSG_DATA(message)) + NLMSG_ALIGN(sizeof(tcmsg)));

			if (message->nlmsg_type == NLMSG_DONE || message->nlmsg_type == NLMSG_ERROR)
				return backlog;
			/* Older kernels tell of every device. */
			if (about->tcm_ifindex != root.tcm_ifindex || about->tcm_parent != TC_H_ROOT)
				continue;
			for (auto rest = static_cast<int>(NLMSG_PAYLOAD(message, sizeof(tcmsg)));
			     RTA_OK(attribute, rest); attribute = RTA_NEXT(attribute, rest))
				if (attribute->rta_type == TCA_STATS) {
					tc_stats stats;

					std::memcpy(&stats, RTA_DATA(attribute), sizeof(stats));
					backlog = stats.backlog;
				}
		}
	}
}

} // namespace netns
