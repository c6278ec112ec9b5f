// SPDX-License-Identifier: GPL-2.0
#include "netns/stack.h"

#include <algorithm>
#include <deque>
#include <string>
#include <string_view>

#include "netns/batches.h"
#include "netns/device.h"
#include "netns/ip_command.h"
#include "netns/site.h"
#include "netns/sysctl.h"
#include "netns/wire.h"

namespace netns
{

BATCH(underlay);
BATCH(underlay_ipv6);
BATCH(second_veth);

namespace
{

constexpr const char *lower_device = "zc1";
/* The headers of every tunnel fit beside this into 1500 bytes, and IPv6 is content with it. */
constexpr unsigned stack_mtu = 1400;
constexpr unsigned datagram = 1300;

struct Variable {
	std::string_view name;
	Addresses ends;
};
constexpr Addresses lower_v6 = {"2001:db8:1::1", "2001:db8:1::2"};
constexpr Variable constants[] = {{"LOWER_V4", lower_addresses},
				  {"LOWER_V6", lower_v6},
				  {"SID", {"2001:db8:2::1", "2001:db8:2::2"}},
				  {"MAC", {"02:00:00:00:00:01", "02:00:00:00:00:02"}},
				  {"GATEWAY_V4", {"192.0.2.3", "192.0.2.4"}},
				  {"GATEWAY_V6", {"fe80::3", "fe80::4"}},
				  {"NODE_V4", {"203.0.113.1", "203.0.113.2"}},
				  {"NODE_V6", {"fe80::13", "fe80::14"}}};

struct Made {
	const Stack *row;
	Path path = {};
	Wire wire = {};
};

/* Wires and paths are pointed to: a deque leaves its elements where they are. */
std::deque<Made> &made()
{
	static std::deque<Made> all;

	return all;
}

/* Does what is below zc0 have IPv6 addresses? */
bool ipv6_below(const Stack &row)
{
	const auto named = [](const char *lines) {
		return lines && std::string_view(lines).find("LOWER_V6") != std::string_view::npos;
	};

	return named(row.device) || named(row.after);
}

void build_end(const Site &site, const Stack &row, bool sender)
{
	std::string lines = sender ? batch_veth : "";

	if (sender && row.second_pair)
		lines += batch_second_veth;
	if (row.device)
		lines +=
			batch_underlay + std::string(ipv6_below(row) ? batch_underlay_ipv6 : "") + row.device;
	else
		lines += "link set dev zc0 address $OWN_MAC\n";
	if (row.more) {
		ip_batch(with_addresses(lines, sender), sender ? site.receiver->fd() : -1);
		row.more(site, sender);
		lines.clear();
	}
	lines += "link set dev zc0 mtu " + std::to_string(stack_mtu) + '\n';
	lines += sender ? site.lines(batch_sender, batch_sender_ipv6)
			: site.lines(batch_receiver, batch_receiver_ipv6);
	ip_batch(with_addresses(lines + row.after, sender), sender ? site.receiver->fd() : -1);
	if (*row.traffic_control)
		tc_batch(with_addresses(row.traffic_control, sender));
}

/* A slow machine loses a tunnel's first packets, and three probes are soon over: the connection would
 * fail with EHOSTUNREACH. Devices made later have what their namespace has then. */
void ask_neighbours_long()
{
	for (const char *family : {"ipv4", "ipv6"})
		for (const char *how : {"mcast_solicit", "ucast_solicit"})
			try_sysctl(std::string(family) + "/neigh/default/" + how, "100");
}

void build(Site &site)
{
	const Stack &row = *std::ranges::find(made(), std::string_view(site.path.name), [](const Made &each) {
				    return std::string_view(each.path.name);
			    })->row;

	for (const bool sender : {true, false}) {
		(sender ? site.sender : site.receiver)->enter();
		ask_neighbours_long();
		build_end(site, row, sender);
	}
	for (const bool sender : {true, false}) {
		(sender ? site.sender : site.receiver)->enter();
		if (row.device)
			wait_running(lower_device);
		if (ipv6_below(row))
			wait_local(sender ? lower_v6.sender : lower_v6.receiver);
	}
	site.wait_ends();
}

} // namespace

std::string with_addresses(std::string text, bool sender)
{
	const auto put = [&](const Variable &variable) {
		for (const bool own : {true, false}) {
			const std::string name = (own ? "$OWN_" : "$PEER_") + std::string(variable.name);

			for (std::size_t at; (at = text.find(name)) != std::string::npos;)
				text.replace(at, name.size(),
					     own == sender ? variable.ends.sender : variable.ends.receiver);
		}
	};

	std::ranges::for_each(constants, put);
	put({"V4", batch_addresses(AF_INET)});
	put({"V6", batch_addresses(AF_INET6)});
	return text;
}

StackRegistration::StackRegistration(std::span<const Stack> rows)
{
	for (const Stack &row : rows) {
		const unsigned traits = to_local_socket | basic | stacked | row.traits;
		Made &each = made().emplace_back(Made{.row = &row});

		each.path = {.name = row.name,
			     .summary = row.summary,
			     .tcp = (row.tcp & segments_copied ? traits & ~copies : traits) | row.tcp,
			     .udp = row.datagrams ? traits | row.udp : 0,
			     .datagram = datagram,
			     .address_family = row.address_family,
			     .transparent = row.transparent};
		each.wire = {.paths = {&each.path, 1},
			     .mtu = stack_mtu,
			     .two_ends = true,
			     .build = build,
			     .lasting = !row.own_state,
			     .forget = row.forget,
			     .sockets = row.sockets,
			     .last_device = row.device ? [] { return lower_device; } : batch_device,
			     .second_last_hop = row.second_pair ? "zc2" : nullptr,
			     .parts = row.parts};
		/* By its side effect. */
		os::Registration<Wire>{each.wire};
	}
}

} // namespace netns
