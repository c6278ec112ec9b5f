// SPDX-License-Identifier: GPL-2.0
#include "netns/watch.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/genetlink.h>
#include <linux/neighbour.h>
#include <linux/netlink.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/tcp_metrics.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <map>
#include <new>
#include <sstream>
#include <string>
#include <string_view>

#include "netns/device.h"
#include "netns/netlink.h"
#include "os/check.h"
#include "os/fd.h"

namespace netns
{

namespace
{

constexpr std::array tables = {"snmp", "snmp6", "sockstat", "sockstat6"};
constexpr std::size_t sockets_table = 2;
static_assert(tables.size() + 2 == Watch::size);

/* The number that the kernel gave it at its start; -1 where it has none. */
int tcp_metrics_family()
{
	static const int family = [] {
		const os::Fd netlink = open_netlink(NETLINK_GENERIC);
		const genlmsghdr get = {CTRL_CMD_GETFAMILY, 1, 0};
		NetlinkRequests request;
		alignas(nlmsghdr) std::array<char, 8192> answer = {};

		request.begin(GENL_ID_CTRL, 0, get);
		request.add(CTRL_ATTR_FAMILY_NAME, TCP_METRICS_GENL_NAME);
		request.send(netlink.get());
		auto length = static_cast<int>(
			os::check(::recv(netlink.get(), answer.data(), answer.size(), 0), "recv(netlink)") -
			NLMSG_LENGTH(GENL_HDRLEN));
		if (reinterpret_cast<const nlmsghdr *>(answer.data())->nlmsg_type != GENL_ID_CTRL)
			return -1;
		const auto *each =
			reinterpret_cast<const rtattr *>(answer.data() + NLMSG_LENGTH(GENL_HDRLEN));
		for (; RTA_OK(each, length); each = RTA_NEXT(each, length))
			if (each->rta_type == CTRL_ATTR_FAMILY_ID)
				return int{*static_cast<const std::uint16_t *>(RTA_DATA(each))};
		return -1;
	}();

	return family;
}

/* Shared with the children that a case has. */
std::atomic<unsigned> &touch_count()
{
	static auto *const count = [] {
		void *const page = ::mmap(nullptr, sizeof(std::atomic<unsigned>), PROT_READ | PROT_WRITE,
					  MAP_SHARED | MAP_ANONYMOUS, -1, 0);

		if (page == MAP_FAILED)
			throw std::bad_alloc();
		return new (page) std::atomic<unsigned>(0);
	}();

	return *count;
}

os::Fd open_metrics()
{
	os::check(tcp_metrics_family(), "genl family tcp_metrics");
	return open_netlink(NETLINK_GENERIC);
}

/* What TCP knows of these destinations, such as cookies of TCP Fast Open. To ask for all that it knows would
 * take long (net/ipv4/tcp_metrics.c:tcp_metrics_nl_dump). */
bool no_metrics(int metrics, std::span<const char *const> destinations)
{
	const genlmsghdr get = {TCP_METRICS_CMD_GET, TCP_METRICS_GENL_VERSION, 0};
	NetlinkRequests requests;

	for (const char *const text : destinations) {
		std::array<std::uint8_t, 16> address;

		requests.begin(static_cast<std::uint16_t>(tcp_metrics_family()), 0, get);
		if (::inet_pton(AF_INET, text, address.data()) == 1)
			requests.add(TCP_METRICS_ATTR_ADDR_IPV4, address.data(), 4);
		else if (::inet_pton(AF_INET6, text, address.data()) == 1)
			requests.add(TCP_METRICS_ATTR_ADDR_IPV6, address.data(), address.size());
	}
	requests.send(metrics);
	return std::ranges::all_of(destinations, [&](const char *) {
		struct {
			nlmsghdr header;
			nlmsgerr error;
			std::array<char, 4096> rest;
		} answer;

		return ::recv(metrics, &answer, sizeof(answer), 0) > 0 &&
		       answer.header.nlmsg_type == NLMSG_ERROR && answer.error.error == -ESRCH;
	});
}

os::Fd hear_all()
{
	os::Fd socket = open_netlink(NETLINK_ROUTE);
	sockaddr_nl address = {};

	address.nl_family = AF_NETLINK;
	address.nl_groups = ~0U;
	os::check(::bind(socket.get(), reinterpret_cast<sockaddr *>(&address), sizeof(address)),
		  "bind(NETLINK_ROUTE)");
	return socket;
}

std::string read_table(int table)
{
	std::array<char, 8192> part;
	std::string text;
	ssize_t length;

	while ((length = ::pread(table, part.data(), part.size(), static_cast<off_t>(text.size()))) > 0)
		text.append(part.data(), length);
	return text;
}

/* "Icmp: 0 0 0", below the names of its columns. "FRAG: inuse 0 memory 0". "Icmp6InPktTooBigs  0". */
bool leaves_nothing(const std::string &text)
{
	std::istringstream lines(text);
	std::string line;

	while (std::getline(lines, line)) {
		const std::string_view whole = line;
		const bool icmp = whole.starts_with("Icmp: ") && whole.find_first_of("IO", 1) == whole.npos;
		const bool fragments = whole.starts_with("FRAG");
		bool icmp6 = false;

		for (const char *name :
		     {"DestUnreachs", "PktTooBigs", "TimeExcds", "ParmProblems", "Redirects"})
			icmp6 |= whole.starts_with("Icmp6") && whole.find(name) != whole.npos;
		if ((icmp || fragments || icmp6) && whole.find_first_of("123456789", 6) != whole.npos)
			return false;
	}
	return true;
}

/* The messages that tell what has become of a namespace. */
class Heard {
public:
	/* All that have come by now: false where one is of anything that does not go again. */
	bool all(int events);
	/* Anything that is to be forgotten? */
	bool learned() const { return learned_; }
	void forget(int events) const { deletions_.send(events); }
	/* Every queueing discipline and filter that came has gone. */
	bool gone() const
	{
		const auto none = [](const auto &each) { return each.second == 0; };

		return std::ranges::all_of(disciplines_, none) && std::ranges::all_of(filters_, none);
	}

private:
	bool one(const nlmsghdr &message);
	bool neighbour(const nlmsghdr &message, const ndmsg &neighbour);
	bool traffic_control(const nlmsghdr &message, const tcmsg &place);

	NetlinkRequests deletions_;
	bool learned_ = false;
	/* How many there are more than before, by device; of filters and chains also by hook, and by
	 * precedence and protocol. */
	std::map<int, int> disciplines_;
	std::map<std::array<std::int64_t, 3>, int> filters_;
};

bool Heard::all(int events)
{
	alignas(nlmsghdr) std::array<char, 16384> part;
	ssize_t read;

	while ((read = ::recv(events, part.data(), part.size(), MSG_DONTWAIT)) > 0) {
		auto length = static_cast<unsigned>(read);

		for (const auto *each = reinterpret_cast<const nlmsghdr *>(part.data());
		     NLMSG_OK(each, length); each = NLMSG_NEXT(each, length))
			if (!one(*each))
				return false;
	}
	return read < 0 && errno == EAGAIN;
}

bool Heard::one(const nlmsghdr &message)
{
	const void *const data = NLMSG_DATA(&message);

	switch (message.nlmsg_type) {
	case NLMSG_ERROR:
		return true;
	case RTM_NEWNEIGH:
	case RTM_DELNEIGH:
		return neighbour(message, *static_cast<const ndmsg *>(data));
	case RTM_NEWQDISC:
	case RTM_DELQDISC:
	case RTM_NEWTFILTER:
	case RTM_DELTFILTER:
	case RTM_NEWCHAIN:
	case RTM_DELCHAIN:
		return traffic_control(message, *static_cast<const tcmsg *>(data));
	default:
		return false;
	}
}

/* Those of an address on the network, and those that a bridge or a tunnel learns from frames: by what port,
 * or over what tunnel, a device's address is reached. What is permanent there was configured. */
bool Heard::neighbour(const nlmsghdr &message, const ndmsg &neighbour)
{
	auto length = static_cast<int>(message.nlmsg_len - NLMSG_LENGTH(sizeof(ndmsg)));
	const auto *attribute = reinterpret_cast<const rtattr *>(&neighbour + 1);

	if (neighbour.ndm_family == AF_BRIDGE && (neighbour.ndm_state & (NUD_PERMANENT | NUD_NOARP)))
		return false;
	if (message.nlmsg_type == RTM_DELNEIGH)
		return true;
	learned_ = true;
	deletions_.begin(RTM_DELNEIGH, 0, neighbour);
	for (; RTA_OK(attribute, length); attribute = RTA_NEXT(attribute, length))
		if (attribute->rta_type == NDA_DST || attribute->rta_type == NDA_LLADDR)
			deletions_.add(attribute->rta_type, RTA_DATA(attribute), RTA_PAYLOAD(attribute));
	return true;
}

/* A discipline for programs alone (clsact) has no state but its filters, and queues nothing. */
bool Heard::traffic_control(const nlmsghdr &message, const tcmsg &place)
{
	/* Its filters, and the chains that they are in, go with it. */
	if (message.nlmsg_type != RTM_NEWQDISC && message.nlmsg_type != RTM_DELQDISC) {
		if (TC_H_MAJ(place.tcm_parent) != TC_H_MAJ(TC_H_CLSACT))
			return false;
		if (disciplines_.contains(place.tcm_ifindex))
			return true;
		const bool came = message.nlmsg_type == RTM_NEWTFILTER || message.nlmsg_type == RTM_NEWCHAIN;
		filters_[{place.tcm_ifindex, place.tcm_parent, place.tcm_info}] += came ? 1 : -1;
		return true;
	}
	if (place.tcm_parent != TC_H_CLSACT)
		return false;
	disciplines_[place.tcm_ifindex] += message.nlmsg_type == RTM_NEWQDISC ? 1 : -1;
	return true;
}

} // namespace

Watch::Watch() : metrics_(open_metrics())
{
	handle_carriers();
	events_ = hear_all();
	if (os::first_line("/proc/sys/net/ipv4/tcp_no_metrics_save") != "1")
		throw os::Broken("TCP keeps metrics of all namespaces");
	for (const std::string name : tables) {
		os::Fd table(::open(("/proc/thread-self/net/" + name).c_str(), O_RDONLY | O_CLOEXEC));

		/* Without IPv6 there is nothing to count. */
		counters_.push_back(
			table ? std::move(table)
			      : os::Fd(os::check(::open("/dev/null", O_RDONLY | O_CLOEXEC), name)));
	}
}

Watch::Watch(std::span<os::Fd> descriptors)
	: events_(std::move(descriptors[0])), metrics_(std::move(descriptors[1]))
{
	for (os::Fd &each : descriptors.subspan(2))
		counters_.push_back(std::move(each));
}

os::Fd Watch::socket_counts() const
{
	return os::Fd(::fcntl(counters_[sockets_table].get(), F_DUPFD_CLOEXEC, 0));
}

std::vector<int> Watch::descriptors() const
{
	std::vector<int> all = {events_.get(), metrics_.get()};

	for (const os::Fd &each : counters_)
		all.push_back(each.get());
	return all;
}

bool Watch::restore(std::span<const char *const> destinations)
{
	Heard heard;

	if (!heard.all(events_.get()) || !heard.gone())
		return false;
	if (heard.learned()) {
		heard.forget(events_.get());
		if (!Heard().all(events_.get()))
			return false;
	}
	return no_metrics(metrics_.get(), destinations) &&
	       std::ranges::all_of(counters_,
				   [](const os::Fd &each) { return leaves_nothing(read_table(each.get())); });
}

void Watch::touch()
{
	touch_count()++;
}

unsigned Watch::touches()
{
	return touch_count();
}

Watch::Told::Told() : before_(touches()) {}

Watch::Told::~Told()
{
	touch_count() = before_;
}

} // namespace netns
