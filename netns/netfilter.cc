// SPDX-License-Identifier: GPL-2.0
#include "netns/netfilter.h"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <linux/netlink.h>
#include <sys/socket.h>

#include <cerrno>
#include <functional>
#include <system_error>

#include "netns/netlink.h"
#include "os/check.h"

namespace netns
{

namespace
{

constexpr const char *name = "msg_zerocopy"; /* of the table, and of its chain */
constexpr std::uint16_t queue_number = 0;

nfgenmsg generic(std::uint8_t family, std::uint16_t resource)
{
	return {family, NFNETLINK_V0, htons(resource)};
}

void check_made(const NetlinkRequests &requests, int netlink, const char *what)
{
	if (const int error = requests.make(netlink))
		throw std::system_error(error, std::generic_category(), what);
}

/* A table with one chain at that hook, and one rule of one expression. */
void add_rule(std::uint32_t hook, const char *expression,
	      const std::function<void(NetlinkRequests &)> &attributes)
{
	const auto message = [](std::uint16_t type) {
		return static_cast<std::uint16_t>(NFNL_SUBSYS_NFTABLES << 8 | type);
	};
	const nfgenmsg batch = generic(AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
	const nfgenmsg inet = generic(NFPROTO_INET, 0);
	NetlinkRequests requests;

	requests.begin(NFNL_MSG_BATCH_BEGIN, 0, batch);
	requests.begin(message(NFT_MSG_NEWTABLE), NLM_F_CREATE, inet);
	requests.add(NFTA_TABLE_NAME, name);
	requests.begin(message(NFT_MSG_NEWCHAIN), NLM_F_CREATE, inet);
	requests.add(NFTA_CHAIN_TABLE, name);
	requests.add(NFTA_CHAIN_NAME, name);
	requests.add(NFTA_CHAIN_TYPE, "filter");
	const std::size_t place = requests.open(NFTA_CHAIN_HOOK | NLA_F_NESTED);
	requests.add(NFTA_HOOK_HOOKNUM, htonl(hook));
	requests.add(NFTA_HOOK_PRIORITY, htonl(0));
	requests.close(place);
	requests.begin(message(NFT_MSG_NEWRULE), NLM_F_CREATE | NLM_F_APPEND | NLM_F_ACK, inet);
	requests.add(NFTA_RULE_TABLE, name);
	requests.add(NFTA_RULE_CHAIN, name);
	const std::size_t list = requests.open(NFTA_RULE_EXPRESSIONS | NLA_F_NESTED);
	const std::size_t element = requests.open(NFTA_LIST_ELEM | NLA_F_NESTED);
	requests.add(NFTA_EXPR_NAME, expression);
	const std::size_t data = requests.open(NFTA_EXPR_DATA | NLA_F_NESTED);
	attributes(requests);
	requests.close(data);
	requests.close(element);
	requests.close(list);
	requests.begin(NFNL_MSG_BATCH_END, 0, batch);
	check_made(requests, open_netlink(NETLINK_NETFILTER).get(), expression);
}

constexpr std::uint16_t queue_message(std::uint16_t type)
{
	return NFNL_SUBSYS_QUEUE << 8 | type;
}

} // namespace

void track_connections()
{
	add_rule(NF_INET_PRE_ROUTING, "ct", [](NetlinkRequests &requests) {
		requests.add(NFTA_CT_DREG, htonl(NFT_REG_1));
		requests.add(NFTA_CT_KEY, htonl(NFT_CT_STATE));
	});
}

PacketQueue::PacketQueue() : socket_(open_netlink(NETLINK_NETFILTER))
{
	const nfqnl_msg_config_cmd bind = {NFQNL_CFG_CMD_BIND, 0, htons(AF_UNSPEC)};
	const nfqnl_msg_config_params whole = {htonl(0xffff), NFQNL_COPY_PACKET};
	NetlinkRequests requests;

	add_rule(NF_INET_LOCAL_OUT, "queue", [](NetlinkRequests &rule) {
		const std::uint16_t number = htons(queue_number);

		rule.add(NFTA_QUEUE_NUM, &number, sizeof(number));
	});
	requests.begin(queue_message(NFQNL_MSG_CONFIG), NLM_F_ACK, generic(AF_UNSPEC, queue_number));
	requests.add(NFQA_CFG_CMD, &bind, sizeof(bind));
	requests.add(NFQA_CFG_PARAMS, &whole, sizeof(whole));
	requests.add(NFQA_CFG_FLAGS, htonl(NFQA_CFG_F_GSO));
	requests.add(NFQA_CFG_MASK, htonl(NFQA_CFG_F_GSO));
	check_made(requests, socket_.get(), "NFQNL_MSG_CONFIG");
}

void PacketQueue::accept_first() const
{
	const nfqnl_msg_verdict_hdr verdict = {htonl(NF_ACCEPT), htonl(1)};
	NetlinkRequests requests;

	/* On another socket the kernel would not take it: net/netfilter/nfnetlink_queue.c:
	 * verdict_instance_lookup. */
	requests.begin(queue_message(NFQNL_MSG_VERDICT), 0, generic(AF_UNSPEC, queue_number));
	requests.add(NFQA_VERDICT_HDR, &verdict, sizeof(verdict));
	requests.send(socket_.get());
}

} // namespace netns
