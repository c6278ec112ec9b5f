// SPDX-License-Identifier: GPL-2.0
#include "harness/machine.h"

#include <linux/if_ether.h>
#include <net/if.h>
#include <unistd.h>

#include <cctype>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <system_error>

#include "netns/attached.h"
#include "netns/ipsec_policies.h"

namespace harness
{

namespace
{

std::string first_line(const std::string &name)
{
	std::ifstream file(name);
	std::string line;

	std::getline(file, line);
	return line;
}

/* The process that has a socket open: "tcpdump, pid 4711", or else its user. */
std::string owner(unsigned long inode, unsigned uid)
{
	const std::string wanted = "socket:[" + std::to_string(inode) + ']';
	std::error_code ignored;

	for (const auto &process : std::filesystem::directory_iterator("/proc", ignored)) {
		const std::string pid = process.path().filename();

		if (!std::isdigit(static_cast<unsigned char>(pid.front())))
			continue;
		std::filesystem::directory_iterator open(process.path() / "fd", ignored);
		for (; !ignored && open != std::filesystem::directory_iterator(); open.increment(ignored))
			if (std::filesystem::read_symlink(open->path(), ignored) == wanted)
				return first_line(process.path() / "comm") + ", pid " + pid;
	}
	return "uid " + std::to_string(uid);
}

struct PacketSocket {
	unsigned index; /* of its device; 0: all devices */
	std::string owner;
};

/* Those of all protocols, by a file as net/packet/af_packet.c:packet_seq_show has it. */
std::vector<PacketSocket> packet_sockets(const std::string &name)
{
	std::vector<PacketSocket> found;
	std::ifstream file(name);
	std::string line;

	for (std::getline(file, line); std::getline(file, line);) {
		std::istringstream words(line);
		std::string skipped;
		unsigned protocol = 0;
		unsigned index = 0;
		unsigned running = 0;
		unsigned uid = 0;
		unsigned long inode = 0;

		words >> skipped >> skipped >> skipped >> std::hex >> protocol >> std::dec >> index >>
			running >> skipped >> uid >> inode;
		if (words && protocol == ETH_P_ALL && running)
			found.push_back({index, owner(inode, uid)});
	}
	return found;
}

void add_packet_sockets(std::vector<std::string> &lines, const std::string &device)
{
	for (const auto &[index, owner] : packet_sockets("/proc/net/packet"))
		if (index == 0 || (!device.empty() && index == ::if_nametoindex(device.c_str())))
			lines.push_back("a packet socket takes all protocols on " +
					(index ? device : std::string("all devices")) + " (" + owner +
					"): data that is sent there may be copied for it");
}

/* What is special in the caller's namespace. */
void add_namespace(std::vector<std::string> &lines, const std::string &device)
{
	const std::string probing = first_line("/proc/sys/net/ipv4/tcp_mtu_probing");
	const std::string tracked = first_line("/proc/sys/net/netfilter/nf_conntrack_count");
	std::ifstream queues("/proc/net/netfilter/nfnetlink_queue");

	if (!probing.empty() && probing != "0")
		lines.push_back("net.ipv4.tcp_mtu_probing is " + probing +
				": TCP may join queued data into probes of the path MTU");
	if (!tracked.empty() && tracked != "0")
		lines.push_back("nf_conntrack tracks connections, now " + tracked);
	for (std::string line; std::getline(queues, line);) {
		std::istringstream words(line);
		unsigned number = 0;
		unsigned port = 0;

		if (words >> number >> port)
			lines.push_back("NFQUEUE " + std::to_string(number) + " has a reader, port id " +
					std::to_string(port) + ": packets may pass through it");
	}
	if (const unsigned policies = netns::outgoing_ipsec_policies())
		lines.push_back(
			"IPsec has policies for what is sent, now " + std::to_string(policies) +
			" (ip xfrm policy): what they encrypt is copied, and UDP_SEGMENT refused with EIO");
	if (netns::has_xdp(device))
		lines.push_back("an XDP program is attached to " + device);
}

} // namespace

std::vector<std::string> machine_circumstances(const std::string &device)
{
	std::vector<std::string> lines;

	for (const std::string &program : netns::programs_on_cgroup())
		lines.push_back(program +
				" is attached to this cgroup or one above it: it sees, and may change, "
				"what sockets do");
	for (const std::string &program : netns::programs_on_sockmaps())
		lines.push_back(program + " is attached to a sockmap: it takes over the send calls of the "
					  "sockets in it");
	add_packet_sockets(lines, device);
	if (!device.empty())
		add_namespace(lines, device);
	return lines;
}

std::string tap_on_all_devices()
{
	std::set<std::string> seen; /* namespaces */
	std::error_code ignored;

	for (const auto &process : std::filesystem::directory_iterator("/proc", ignored)) {
		const std::string space = std::filesystem::read_symlink(process.path() / "ns/net", ignored);

		if (space.empty() || !seen.insert(space).second)
			continue;
		for (const auto &[index, owner] : packet_sockets(process.path() / "net/packet"))
			if (index == 0)
				return owner;
	}
	return "";
}

} // namespace harness
