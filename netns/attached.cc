// SPDX-License-Identifier: GPL-2.0
#include "netns/attached.h"

#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <sstream>
#include <utility>

#include "os/fd.h"

namespace netns
{

namespace
{

bpf_attr no_attributes()
{
	bpf_attr attributes;

	std::memset(&attributes, 0, sizeof(attributes));
	return attributes;
}

int bpf(bpf_cmd command, bpf_attr &attributes)
{
	return static_cast<int>(::syscall(SYS_bpf, command, &attributes, sizeof(attributes)));
}

/* Of a program or a map: false where it has gone, or may not be looked at. */
template <typename Info> bool get_info(bpf_cmd by_id, std::uint32_t id, os::Fd &fd, Info &info)
{
	bpf_attr open = no_attributes();
	bpf_attr ask = no_attributes();

	open.prog_id = id; /* of a map too: they share a union */
	fd = os::Fd(bpf(by_id, open));
	ask.info.bpf_fd = static_cast<std::uint32_t>(fd.get());
	ask.info.info_len = sizeof(info);
	ask.info.info = reinterpret_cast<std::uintptr_t>(&info);
	return fd && bpf(BPF_OBJ_GET_INFO_BY_FD, ask) == 0;
}

/* "'tcp_tune'", or "12", its id, where it has no name or that may not be seen. */
std::string name_of(std::uint32_t id)
{
	bpf_prog_info info = {};
	os::Fd fd;

	return get_info(BPF_PROG_GET_FD_BY_ID, id, fd, info) && *info.name
		       ? std::string("'") + info.name + '\''
		       : std::to_string(id);
}

/* The ids of what is attached to a cgroup or a map. */
std::vector<std::uint32_t> attached(int target, bpf_attach_type type, std::uint32_t flags = 0)
{
	std::array<std::uint32_t, 64> ids;
	bpf_attr query = no_attributes();

	query.query.target_fd = static_cast<std::uint32_t>(target);
	query.query.attach_type = type;
	query.query.query_flags = flags;
	query.query.prog_ids = reinterpret_cast<std::uintptr_t>(ids.data());
	query.query.prog_cnt = ids.size();
	if (bpf(BPF_PROG_QUERY, query) < 0 && errno != ENOSPC)
		return {};
	return {ids.begin(), ids.begin() + std::min<std::size_t>(query.query.prog_cnt, ids.size())};
}

/* The folder of this process's cgroup in the hierarchy of version 2; "" where there is none. */
std::string own_cgroup()
{
	std::ifstream mounts("/proc/self/mounts");
	std::ifstream cgroups("/proc/self/cgroup");
	std::string line;
	std::string mounted;

	while (mounted.empty() && std::getline(mounts, line)) {
		std::istringstream words(line);
		std::string source;
		std::string folder;
		std::string type;

		if (words >> source >> folder >> type && type == "cgroup2")
			mounted = folder;
	}
	while (!mounted.empty() && std::getline(cgroups, line))
		if (line.starts_with("0::"))
			return mounted + line.substr(3);
	return "";
}

} // namespace

std::vector<std::string> programs_on_cgroup()
{
	const os::Fd cgroup(::open(own_cgroup().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	std::vector<std::string> found;

	for (const auto &[type, name] : {std::pair{BPF_CGROUP_SOCK_OPS, "sock_ops"},
					 {BPF_CGROUP_INET_EGRESS, "egress"},
					 {BPF_CGROUP_SETSOCKOPT, "setsockopt"},
					 {BPF_CGROUP_GETSOCKOPT, "getsockopt"}})
		for (const std::uint32_t id : attached(cgroup.get(), type, BPF_F_QUERY_EFFECTIVE))
			found.push_back(std::string(name) + " program " + name_of(id));
	return found;
}

std::vector<std::string> programs_on_sockmaps()
{
	std::vector<std::string> found;
	bpf_attr next = no_attributes();

	for (; bpf(BPF_MAP_GET_NEXT_ID, next) == 0; next.start_id = next.next_id) {
		bpf_map_info info = {};
		os::Fd map;

		if (get_info(BPF_MAP_GET_FD_BY_ID, next.next_id, map, info) &&
		    (info.type == BPF_MAP_TYPE_SOCKMAP || info.type == BPF_MAP_TYPE_SOCKHASH))
			for (const std::uint32_t id : attached(map.get(), BPF_SK_MSG_VERDICT))
				found.push_back("sk_msg program " + name_of(id));
	}
	return found;
}

bool has_xdp(const std::string &device)
{
	const os::Fd netlink(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
	struct {
		nlmsghdr header;
		ifinfomsg link;
	} request = {};
	struct {
		nlmsghdr header;
		ifinfomsg link;
		std::array<char, 32 << 10> attributes;
	} answer = {};

	request.header.nlmsg_type = RTM_GETLINK;
	request.header.nlmsg_flags = NLM_F_REQUEST;
	request.header.nlmsg_len = sizeof(request);
	request.link.ifi_index = static_cast<int>(::if_nametoindex(device.c_str()));
	if (::send(netlink.get(), &request, sizeof(request), 0) < 0 ||
	    ::recv(netlink.get(), &answer, sizeof(answer), 0) < 0 || answer.header.nlmsg_type != RTM_NEWLINK)
		return false;
	auto length = static_cast<unsigned>(IFLA_PAYLOAD(&answer.header));
	for (const rtattr *each = IFLA_RTA(&answer.link); RTA_OK(each, length);
	     each = RTA_NEXT(each, length)) {
		if ((each->rta_type & NLA_TYPE_MASK) != IFLA_XDP)
			continue;
		auto inner = static_cast<unsigned>(RTA_PAYLOAD(each));
		for (auto *part = static_cast<const rtattr *>(RTA_DATA(each)); RTA_OK(part, inner);
		     part = RTA_NEXT(part, inner))
			if (part->rta_type == IFLA_XDP_ATTACHED)
				return *static_cast<const std::uint8_t *>(RTA_DATA(part)) !=
				       XDP_ATTACHED_NONE;
	}
	return false;
}

} // namespace netns
