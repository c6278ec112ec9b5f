// SPDX-License-Identifier: GPL-2.0
#include "netns/netfilter.h"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include <cstddef>
#include <cstring>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "netns/netlink.h"
#include "os/check.h"
#include "os/told.h"

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

/* An expression of a rule: its name, and what writes its attributes. */
struct Expression {
	const char *name;
	std::function<void(NetlinkRequests &)> attributes;
};

/* As nft has it. */
std::string name_of(std::uint32_t hook)
{
	switch (hook) {
	case NF_INET_PRE_ROUTING:
		return "prerouting";
	case NF_INET_FORWARD:
		return "forward";
	case NF_INET_LOCAL_OUT:
		return "output";
	default:
		return "postrouting";
	}
}

/* A table with one chain of that type at that hook, and one rule of these expressions, which `text` is to
 * nft. Between the devices, if any, is a table of flows, which has the name of the others. */
void add_rule(std::uint32_t hook, const std::string &text, const std::vector<Expression> &expressions,
	      const std::string &type = "filter", std::span<const char *const> devices = {})
{
	std::string flows;

	for (const char *device : devices)
		flows += (flows.empty() ? "" : ", ") + std::string(device);
	if (!flows.empty())
		flows = std::string("flowtable ") + name + " { hook ingress priority 0; devices = { " +
			flows + " }; }; ";
	const auto message = [](std::uint16_t kind) {
		return static_cast<std::uint16_t>(NFNL_SUBSYS_NFTABLES << 8 | kind);
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
	requests.add(NFTA_CHAIN_TYPE, type);
	const std::size_t place = requests.open(NFTA_CHAIN_HOOK | NLA_F_NESTED);
	requests.add(NFTA_HOOK_HOOKNUM, htonl(hook));
	requests.add(NFTA_HOOK_PRIORITY, htonl(0));
	requests.close(place);
	if (!devices.empty()) {
		requests.begin(message(NFT_MSG_NEWFLOWTABLE), NLM_F_CREATE, inet);
		requests.add(NFTA_FLOWTABLE_TABLE, name);
		requests.add(NFTA_FLOWTABLE_NAME, name);
		const std::size_t start = requests.open(NFTA_FLOWTABLE_HOOK | NLA_F_NESTED);
		requests.add(NFTA_FLOWTABLE_HOOK_NUM, htonl(NF_NETDEV_INGRESS));
		requests.add(NFTA_FLOWTABLE_HOOK_PRIORITY, htonl(0));
		const std::size_t names = requests.open(NFTA_FLOWTABLE_HOOK_DEVS | NLA_F_NESTED);
		for (const char *device : devices)
			requests.add(NFTA_DEVICE_NAME, device);
		requests.close(names);
		requests.close(start);
	}
	requests.begin(message(NFT_MSG_NEWRULE), NLM_F_CREATE | NLM_F_APPEND | NLM_F_ACK, inet);
	requests.add(NFTA_RULE_TABLE, name);
	requests.add(NFTA_RULE_CHAIN, name);
	const std::size_t list = requests.open(NFTA_RULE_EXPRESSIONS | NLA_F_NESTED);
	for (const Expression &each : expressions) {
		const std::size_t element = requests.open(NFTA_LIST_ELEM | NLA_F_NESTED);
		requests.add(NFTA_EXPR_NAME, each.name);
		const std::size_t data = requests.open(NFTA_EXPR_DATA | NLA_F_NESTED);
		each.attributes(requests);
		requests.close(data);
		requests.close(element);
	}
	requests.close(list);
	requests.begin(NFNL_MSG_BATCH_END, 0, batch);
	os::tell_tracer("nft", std::string("table inet ") + name + " { " + flows + "chain " + name +
				       " { type " + type + " hook " + name_of(hook) + " priority 0; " + text +
				       "; }; }\n" + std::string(requests.bytes()));
	requests.must_make(open_netlink(NETLINK_NETFILTER).get(), text.c_str());
}

/* The value in register 1 compares so with this one. */
Expression compared(nft_cmp_ops how, const void *value, std::size_t length)
{
	return {"cmp",
		[how, text = std::string(static_cast<const char *>(value), length)](NetlinkRequests &rule) {
			rule.add(NFTA_CMP_SREG, htonl(NFT_REG_1));
			rule.add(NFTA_CMP_OP, htonl(how));
			const std::size_t data = rule.open(NFTA_CMP_DATA | NLA_F_NESTED);
			rule.add(NFTA_DATA_VALUE, text.data(), text.size());
			rule.close(data);
		}};
}

/* These bytes of the transport's header, into register 1. */
Expression of_header(std::size_t offset, std::size_t length)
{
	return {"payload", [offset, length](NetlinkRequests &rule) {
			rule.add(NFTA_PAYLOAD_DREG, htonl(NFT_REG_1));
			rule.add(NFTA_PAYLOAD_BASE, htonl(NFT_PAYLOAD_TRANSPORT_HEADER));
			rule.add(NFTA_PAYLOAD_OFFSET, htonl(offset));
			rule.add(NFTA_PAYLOAD_LEN, htonl(length));
		}};
}

constexpr std::uint16_t queue_message(std::uint16_t type)
{
	return NFNL_SUBSYS_QUEUE << 8 | type;
}

} // namespace

void track_connections()
{
	add_rule(NF_INET_PRE_ROUTING, "ct state new", {{"ct", [](NetlinkRequests &rule) {
								rule.add(NFTA_CT_DREG, htonl(NFT_REG_1));
								rule.add(NFTA_CT_KEY, htonl(NFT_CT_STATE));
							}}});
}

void forget_connections()
{
	NetlinkRequests flush;

	flush.begin(NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE, NLM_F_ACK, generic(AF_UNSPEC, 0));
	flush.must_make(open_netlink(NETLINK_NETFILTER).get(), "IPCTNL_MSG_CT_DELETE");
	os::require(os::first_line("/proc/sys/net/netfilter/nf_conntrack_count") == "0",
		    "connections are tracked still");
}

void masquerade()
{
	add_rule(NF_INET_POST_ROUTING, "masquerade", {{"masq", [](NetlinkRequests &) {}}}, "nat");
}

void offload_flows(std::span<const char *const> devices)
{
	add_rule(NF_INET_FORWARD, std::string("flow add @") + name,
		 {{"flow_offload",
		   [](NetlinkRequests &rule) { rule.add(NFTA_FLOW_TABLE_NAME, std::string(name)); }}},
		 "filter", devices);
}

void divert_to_listeners(std::uint32_t mark)
{
	add_rule(NF_INET_PRE_ROUTING,
		 "meta l4proto { tcp, udp } tproxy to :th dport meta mark set " + std::to_string(mark),
		 {of_header(offsetof(udphdr, dest), sizeof(udphdr::dest)),
		  {"tproxy",
		   [](NetlinkRequests &rule) {
			   rule.add(NFTA_TPROXY_FAMILY, htonl(NFPROTO_UNSPEC));
			   rule.add(NFTA_TPROXY_REG_PORT, htonl(NFT_REG_1));
		   }},
		  {"immediate",
		   [mark](NetlinkRequests &rule) {
			   rule.add(NFTA_IMMEDIATE_DREG, htonl(NFT_REG_1));
			   const std::size_t data = rule.open(NFTA_IMMEDIATE_DATA | NLA_F_NESTED);
			   rule.add(NFTA_DATA_VALUE, mark);
			   rule.close(data);
		   }},
		  {"meta", [](NetlinkRequests &rule) {
			   rule.add(NFTA_META_SREG, htonl(NFT_REG_1));
			   rule.add(NFTA_META_KEY, htonl(NFT_META_MARK));
		   }}});
}

void drop_datagrams(Hook hook, std::uint16_t least)
{
	const std::uint8_t protocol = IPPROTO_UDP;
	const std::uint16_t length = htons(least);

	add_rule(hook == Hook::output ? NF_INET_LOCAL_OUT : NF_INET_POST_ROUTING,
		 "meta l4proto udp udp length >= " + std::to_string(least) + " drop",
		 {{"meta",
		   [](NetlinkRequests &rule) {
			   rule.add(NFTA_META_DREG, htonl(NFT_REG_1));
			   rule.add(NFTA_META_KEY, htonl(NFT_META_L4PROTO));
		   }},
		  compared(NFT_CMP_EQ, &protocol, sizeof(protocol)),
		  of_header(offsetof(udphdr, len), sizeof(udphdr::len)),
		  compared(NFT_CMP_GTE, &length, sizeof(length)),
		  {"immediate", [](NetlinkRequests &rule) {
			   rule.add(NFTA_IMMEDIATE_DREG, htonl(NFT_REG_VERDICT));
			   const std::size_t data = rule.open(NFTA_IMMEDIATE_DATA | NLA_F_NESTED);
			   const std::size_t verdict = rule.open(NFTA_DATA_VERDICT | NLA_F_NESTED);
			   rule.add(NFTA_VERDICT_CODE, htonl(NF_DROP));
			   rule.close(verdict);
			   rule.close(data);
		   }}});
}

PacketQueue::PacketQueue(Packets packets) : socket_(open_netlink(NETLINK_NETFILTER))
{
	const nfqnl_msg_config_cmd bind = {NFQNL_CFG_CMD_BIND, 0, htons(AF_UNSPEC)};
	const nfqnl_msg_config_params whole = {htonl(0xffff), NFQNL_COPY_PACKET};
	NetlinkRequests requests;

	os::tell_tracer("beyond", "NFQUEUE");
	add_rule(NF_INET_LOCAL_OUT, "queue", {{"queue", [](NetlinkRequests &rule) {
						       const std::uint16_t number = htons(queue_number);

						       rule.add(NFTA_QUEUE_NUM, &number, sizeof(number));
					       }}});
	requests.begin(queue_message(NFQNL_MSG_CONFIG), NLM_F_ACK, generic(AF_UNSPEC, queue_number));
	requests.add(NFQA_CFG_CMD, &bind, sizeof(bind));
	requests.add(NFQA_CFG_PARAMS, &whole, sizeof(whole));
	requests.add(NFQA_CFG_FLAGS, htonl(packets == Packets::whole ? NFQA_CFG_F_GSO : 0));
	requests.add(NFQA_CFG_MASK, htonl(NFQA_CFG_F_GSO));
	requests.must_make(socket_.get(), "NFQNL_MSG_CONFIG");
}

void PacketQueue::accept(std::uint32_t packet) const
{
	const nfqnl_msg_verdict_hdr verdict = {htonl(NF_ACCEPT), htonl(packet)};
	NetlinkRequests requests;

	/* On another socket the kernel would not take it: net/netfilter/nfnetlink_queue.c:
	 * verdict_instance_lookup. */
	requests.begin(queue_message(NFQNL_MSG_VERDICT), 0, generic(AF_UNSPEC, queue_number));
	requests.add(NFQA_VERDICT_HDR, &verdict, sizeof(verdict));
	requests.send(socket_.get());
}

void PacketQueue::accept_first() const
{
	accept(1);
}

void PacketQueue::accept_all() const
{
	/* Longer than a packet and its attributes, of which the header is the first. */
	std::vector<char> message(128 << 10);

	while (true) {
		os::check(::recv(socket_.get(), message.data(), message.size(), 0), "recv(NFQUEUE)");
		nfqnl_msg_packet_hdr header;
		std::memcpy(&header,
			    message.data() + NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(nfgenmsg)) + NLA_HDRLEN,
			    sizeof(header));
		accept(ntohl(header.packet_id));
	}
}

} // namespace netns
