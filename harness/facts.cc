// SPDX-License-Identifier: GPL-2.0
#include "harness/facts.h"

#include <fcntl.h>
#include <linux/net_tstamp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <stdexcept>

#include "limits/limits.h"
#include "netns/bpf.h"
#include "netns/device.h"
#include "netns/ip_command.h"
#include "netns/namespace.h"
#include "netns/network.h"
#include "os/check.h"
#include "os/child.h"
#include "os/deadline.h"
#include "os/fd.h"
#include "os/mapping.h"
#include "os/option.h"
#include "os/userfault.h"
#include "transport/families.h"
#include "transport/freed_sockets.h"
#include "transport/link.h"
#include "transport/ring.h"

namespace harness
{

namespace
{

/* The most that one case has outstanding at a time, with room to spare: bytes of
 * large sends, and two pages for each of many small ones. */
rlim_t memlock_needed()
{
	return std::max<rlim_t>(4 << 20, 256 * limits::page_size());
}

/* What the least of kernels set themselves where there is one for all namespaces:
 * before 6.8, on 32 bits (net/core/sock.c:sysctl_optmem_max). */
constexpr unsigned optmem_needed = 10240;

/* Run in a child of its own; what it throws is what is missing. */
std::string complaint(const std::function<void()> &attempt)
{
	os::Pipe report;
	os::Child child([&] {
		std::string text;

		try {
			netns::gain_network_admin();
			attempt();
		} catch (const std::exception &missing) {
			text = missing.what();
		}
		return ::write(report.write_end.get(), text.data(), text.size()) < 0;
	});

	report.write_end.close();
	std::string text = os::read_to_end(report.read_end.get());
	if (child.reap() != 0 && text.empty())
		text = "the attempt ended early";
	/* One line: it stands behind a directive. */
	while (!text.empty() && text.back() == '\n')
		text.pop_back();
	std::ranges::replace(text, '\n', ' ');
	std::ranges::replace(text, '#', ' ');
	return text;
}

std::string needs(const char *what, const std::string &why)
{
	return why.empty() ? "" : std::string("needs ") + what + ": " + why;
}

/* Builds the path and takes it down; what is different about a device is a
 * question of its own. */
void try_path(netns::Path path)
{
	path.tweak = netns::Tweak::none;
	netns::Network(path, false);
}

/* The first kind of sink that this kernel has becomes what paths are made of. */
std::string find_sink(const netns::Path &path)
{
	std::string why;

	for (const netns::Sink &sink : netns::sinks()) {
		netns::use_sink(sink);
		why = complaint([&] { try_path(path); });
		if (why.empty())
			return "";
	}
	return needs("dummy, ifb or bridge devices (CONFIG_DUMMY)", why);
}

std::string try_wire(const netns::Path &path)
{
	auto attempt = [&](const char *what) { return needs(what, complaint([&] { try_path(path); })); };

	if (path.wire != netns::Wire::loopback && !netns::have_ip_command())
		return "needs the ip command (package iproute2)";
	switch (path.wire) {
	case netns::Wire::loopback:
		break;
	case netns::Wire::veth:
	case netns::Wire::veth_large:
		return attempt("veth devices (CONFIG_VETH)");
	case netns::Wire::sink:
		return find_sink(path);
	case netns::Wire::tun:
	case netns::Wire::tun_offload:
		return attempt("tun devices (CONFIG_TUN and /dev/net/tun)");
	case netns::Wire::macvtap:
		return attempt("macvtap devices (CONFIG_MACVTAP, CONFIG_VETH) and root of the machine");
	case netns::Wire::routed:
		return attempt("veth devices (CONFIG_VETH) and forwarding");
	case netns::Wire::bridged:
		return attempt("veth and bridge devices (CONFIG_VETH, CONFIG_BRIDGE)");
	case netns::Wire::netkit:
		return attempt("netkit devices (CONFIG_NETKIT, Linux 6.7)");
	}
	return "";
}

void try_packet_tap()
{
	const netns::Namespace space = netns::Namespace::create();

	netns::open_packet_tap("lo", netns::Outgoing::seen);
}

/* The device must take the pages as a machine on the wire does: whether it says
 * of its copy that it is one is what one case asks, and others build upon. */
void try_receiver_xdp()
{
	constexpr netns::Path path = {"",
				      "",
				      0,
				      netns::delivers | netns::local,
				      netns::Wire::veth,
				      netns::Hold::none,
				      netns::Tweak::receiver_xdp};
	const netns::Network network(path, false);
	const transport::Transport &udp = *std::ranges::find_if(
		transport::transports(), [](const auto &each) { return each.kind & transport::udp; });
	transport::Link link(network, udp);
	const transport::Payload payload(link.usual_length());

	if (!link.send_zerocopy(payload).ok() || !link.await_completions())
		throw std::runtime_error("a datagram is not completed");
	for (const errqueue::Message &message : link.history())
		for (const errqueue::Notification &notification : message.notifications)
			if (notification.copied())
				throw std::runtime_error("it says that it copies");
}

std::string try_tweak(netns::Tweak tweak)
{
	switch (tweak) {
	case netns::Tweak::none:
	case netns::Tweak::sg_off:
	case netns::Tweak::tx_checksum_off:
		break;
	case netns::Tweak::packet_tap:
	case netns::Tweak::packet_tap_ignoring_outgoing:
		return needs("packet sockets (CONFIG_PACKET)", complaint(try_packet_tap));
	case netns::Tweak::receiver_xdp:
		return needs("native XDP on veth devices (root of the machine, CONFIG_BPF_SYSCALL)",
			     complaint(try_receiver_xdp));
	}
	return "";
}

void try_optmem()
{
	const netns::Namespace space = netns::Namespace::create();

	limits::ScopedOptmemMax lower(limits::optmem_max().value_or(0) / 2);
}

void try_vvar()
{
	os::named_mapping("[vvar]");
}

void try_secret_memory()
{
	const os::Fd file = os::secret_file(limits::page_size());

	/* The mapping counts as locked memory. */
	os::Mapping(limits::page_size(), PROT_READ | PROT_WRITE, MAP_SHARED, file.get());
}

void try_huge_pages()
{
	os::huge_pages(1);
}

void try_write_faults()
{
	const os::Mapping memory(limits::page_size());

	os::WriteProtection protection(memory);
}

void try_merging()
{
	const os::Mapping memory(limits::page_size());
	std::ifstream file("/sys/kernel/mm/ksm/run");
	int running = 0;

	os::check(::madvise(memory.data(), memory.size(), MADV_MERGEABLE), "madvise(MADV_MERGEABLE)");
	if (!(file >> running) || running != 1)
		throw std::runtime_error("/sys/kernel/mm/ksm/run is not 1");
}

void try_nodes()
{
	const os::Mapping memory(limits::page_size());

	*memory.data() = 1;
	os::move_to_other_node(memory.data());
}

void try_freed_sockets()
{
	const netns::Namespace space = netns::Namespace::create();

	for (const transport::Transport &transport : transport::transports()) {
		if (transport.family != AF_INET)
			continue;
		transport::FreedSockets freed(transport);
		os::Fd socket(os::check(::socket(AF_INET, transport.type | SOCK_CLOEXEC, 0), "socket()"));
		const std::uint64_t cookie = transport::FreedSockets::cookie(socket.get());

		socket.close();
		if (!freed.await(cookie))
			throw std::runtime_error(std::string("nothing is heard of a closed socket, ") +
						 transport.name);
	}
}

template <typename Row> const Row &first(std::span<const Row> rows, const auto &wanted)
{
	return *std::ranges::find_if(rows, wanted);
}

/* A sender and a receiver over loopback. */
class LoopbackPair {
public:
	explicit LoopbackPair(unsigned kind, const transport::LinkOptions &options = {})
		: network_(first(netns::paths(), [](const auto &path) { return path.tcp & netns::simplest; }),
			   false),
		  link_(network_,
			first(transport::transports(), [&](const auto &each) { return each.kind & kind; }),
			options)
	{
	}
	transport::Link &link() { return link_; }

private:
	netns::Network network_;
	transport::Link link_;
};

void try_ping()
{
	transport::open_ping_socket(netns::Namespace::create(), AF_INET);
}

void try_mptcp()
{
	LoopbackPair(transport::tcp, {.zerocopy = false, .protocol = transport::protocol_mptcp});
}

void try_ktls()
{
	LoopbackPair pair(transport::tcp);

	transport::encrypt_sending(pair.link().sender());
	transport::decrypt_receiving(pair.link().receiver());
}

void try_rds()
{
	const netns::Namespace space = netns::Namespace::create();

	transport::open_rds_socket();
}

void try_sctp()
{
	LoopbackPair(transport::tcp, {.zerocopy = false, .protocol = IPPROTO_SCTP});
}

void try_smc()
{
	LoopbackPair(transport::tcp, {.zerocopy = false, .family = transport::family_smc});
}

void try_udplite()
{
	LoopbackPair(transport::udp, {.zerocopy = false, .protocol = transport::protocol_udplite});
}

void try_vsock()
{
	transport::open_socket(AF_VSOCK, SOCK_STREAM, 0);
}

/* A value that is none: refused with EINVAL where the option is known. */
void try_vsock_zerocopy()
{
	const os::Fd socket = transport::open_socket(AF_VSOCK, SOCK_STREAM, 0);
	const int no_value = 2;

	if (::setsockopt(socket.get(), SOL_SOCKET, SO_ZEROCOPY, &no_value, sizeof(no_value)) < 0 &&
	    errno == EOPNOTSUPP)
		os::check(-1, "setsockopt(SO_ZEROCOPY)");
}

void try_send_zc()
{
	if (!transport::Ring().knows(transport::op_sendmsg_zc))
		throw std::runtime_error("io_uring does not know SENDMSG_ZC");
}

/* An unknown flag is refused before the descriptor is looked at: io_uring/net.c:io_send_zc_prep. */
void try_send_zc_usage()
{
	transport::Ring ring;

	ring.submit(transport::reporting_usage(transport::send_zc(-1, {})));
	const auto completion = ring.wait();
	if (!completion || completion->result != -EBADF)
		throw std::runtime_error("IORING_SEND_ZC_REPORT_USAGE is refused");
}

void try_bpf()
{
	const netns::Namespace space = netns::Namespace::create();

	netns::attach_xdp_pass("lo", netns::Xdp::generic);
	netns::drop_packets("lo", netns::Direction::egress);
}

/* net/core/skbuff.c:skb_may_tx_timestamp */
void try_stamped_packets()
{
	const netns::Namespace space = netns::Namespace::create();
	const transport::Address nobody = transport::make_address(AF_INET, "127.0.0.1", 9);
	const os::Fd socket(os::check(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket()"));
	pollfd poll = {socket.get(), 0, 0};

	os::set_option(socket.get(), SOL_SOCKET, SO_TIMESTAMPING,
		       SOF_TIMESTAMPING_TX_SCHED | SOF_TIMESTAMPING_SOFTWARE, "setsockopt(SO_TIMESTAMPING)");
	os::check(::sendto(socket.get(), "", 1, 0, nobody.get(), nobody.length), "sendto()");
	/* It is there before sendto() returns. */
	if (::poll(&poll, 1, 0) != 1)
		throw std::runtime_error("there was none");
}

/* What Case::needs asks for, and how it is tried. */
struct Provision {
	Need need;
	const char *what;  /* behind "needs " */
	void (*attempt)(); /* throws where it is missing */
};

constexpr std::array provisions = {
	Provision{needs_optmem, "net.core.optmem_max of a network namespace (Linux 6.8)", try_optmem},
	Provision{needs_vvar, "a [vvar] page (a vDSO with a clock)", try_vvar},
	Provision{
		needs_secret_memory,
		"memfd_secret (CONFIG_SECRETMEM; before Linux 6.5 secretmem.enable=1 on the kernel's command "
		"line)",
		try_secret_memory},
	Provision{needs_huge_pages, "a free huge page (reserve some with sysctl vm.nr_hugepages)",
		  try_huge_pages},
	Provision{needs_write_faults, "userfaultfd with write protection (CONFIG_USERFAULTFD, Linux 5.11)",
		  try_write_faults},
	Provision{needs_merging, "KSM at work (CONFIG_KSM, and 1 in /sys/kernel/mm/ksm/run)", try_merging},
	Provision{needs_nodes, "two memory nodes (a NUMA machine, CONFIG_MIGRATION)", try_nodes},
	Provision{needs_freed_sockets, "socket monitoring (CONFIG_INET_DIAG, CONFIG_INET_UDP_DIAG)",
		  try_freed_sockets},
	Provision{needs_packet, "packet sockets (CONFIG_PACKET)", try_packet_tap},
	Provision{needs_ping, "ping sockets (net.ipv4.ping_group_range)", try_ping},
	Provision{needs_mptcp, "MPTCP (CONFIG_MPTCP)", try_mptcp},
	Provision{needs_ktls, "kTLS (CONFIG_TLS)", try_ktls},
	Provision{needs_rds, "RDS over TCP (CONFIG_RDS_TCP)", try_rds},
	Provision{needs_sctp, "SCTP (CONFIG_IP_SCTP)", try_sctp},
	Provision{needs_smc, "SMC (CONFIG_SMC)", try_smc},
	Provision{needs_udplite, "UDP-Lite (gone from Linux 7.3)", try_udplite},
	Provision{needs_vsock, "VSOCK (CONFIG_VSOCKETS)", try_vsock},
	Provision{needs_vsock_zerocopy, "SO_ZEROCOPY of VSOCK (Linux 6.7, CONFIG_VSOCKETS)",
		  try_vsock_zerocopy},
	Provision{needs_send_zc, "io_uring with SENDMSG_ZC (Linux 6.1, CONFIG_IO_URING)", try_send_zc},
	Provision{needs_send_zc_usage, "io_uring with IORING_SEND_ZC_REPORT_USAGE (Linux 6.2)",
		  try_send_zc_usage},
	Provision{needs_bpf,
		  "BPF programs on devices (root of the machine, CONFIG_NET_CLS_BPF, CONFIG_NET_SCH_INGRESS)",
		  try_bpf},
	Provision{needs_stamped_packets,
		  "transmit timestamps with their packets (sysctl net.core.tstamp_allow_data, or root of the "
		  "machine)",
		  try_stamped_packets},
};

void try_zerocopy()
{
	os::Fd socket(
		os::check(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket(AF_INET, SOCK_STREAM)"));
	const int on = 1;

	os::check(::setsockopt(socket.get(), SOL_SOCKET, SO_ZEROCOPY, &on, sizeof(on)),
		  "setsockopt(SO_ZEROCOPY)");
}

void try_ipv6()
{
	const netns::Namespace space = netns::Namespace::create();
	const transport::Address address = transport::make_address(AF_INET6, "::1", 0);
	os::Fd socket(os::check(::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket(AF_INET6)"));

	os::check(::bind(socket.get(), address.get(), address.length), "bind(::1)");
}

double measure_slowness()
{
	using std::chrono::steady_clock;
	/* What a case costs at least: a process and a namespace. Some 2 ms here
	 * and now, on a current machine with room; a tenth of a second under
	 * emulation. The best of three: load comes and goes. */
	constexpr double usual_ms = 5;
	double best = 1e9;

	for (int i = 0; i < 3; i++) {
		const auto start = steady_clock::now();
		complaint([] { netns::Namespace::create(); });
		best = std::min(
			best, std::chrono::duration<double, std::milli>(steady_clock::now() - start).count());
	}
	return std::max(1.0, best / usual_ms);
}

double slowness_asked_for()
{
	const char *factor = std::getenv("MSG_ZEROCOPY_SLOWNESS");
	const char *slow = std::getenv("KSFT_MACHINE_SLOW");

	if (factor) {
		char *end;
		const double asked = std::strtod(factor, &end);

		if (end == factor || *end || !(asked >= 1 && asked <= 1000))
			throw std::invalid_argument(
				std::string("MSG_ZEROCOPY_SLOWNESS must be a number from 1 to "
					    "1000, not '") +
				factor + "'");
		return asked;
	}
	return slow && *slow && std::strcmp(slow, "no") != 0 ? 10 : 1;
}

} // namespace

Facts::Facts()
{
	utsname kernel = {};

	::uname(&kernel);
	release_ = catalogue::parse_release(kernel.release);

	everything_ = needs("network namespaces (root, or CONFIG_USER_NS and user namespaces allowed)",
			    complaint([] { netns::Namespace::create(); }));
	if (everything_.empty())
		everything_ = needs("MSG_ZEROCOPY in the kernel (Linux 4.14)", complaint(try_zerocopy));
	if (!everything_.empty())
		return;

	initial_root_ = netns::initial_root();
	slowness_ = std::max(measure_slowness(), slowness_asked_for());
	os::set_slowness(slowness_);
	ipv6_ = complaint(try_ipv6).empty();

	if (limits::memlock_hard() < memlock_needed())
		memlock_ = "needs RLIMIT_MEMLOCK of " + std::to_string(memlock_needed()) +
			   " bytes, this user may have " + std::to_string(limits::memlock_hard()) +
			   " (raise it with ulimit -H -l)";
	/* Where the suite's namespaces have none of their own, the machine's binds. */
	if (limits::optmem_max().value_or(optmem_needed) < optmem_needed && !lacks_need(needs_optmem).empty())
		optmem_for_all_ = "needs net.core.optmem_max of " + std::to_string(optmem_needed) +
				  " bytes, it is " + std::to_string(limits::optmem_max().value()) +
				  " (raise it with sysctl)";
}

const std::string &Facts::lacks_wire(const netns::Path &path)
{
	const auto [found, first] = wires_.try_emplace(path.wire);

	if (first)
		found->second = try_wire(path);
	return found->second;
}

const std::string &Facts::lacks_tweak(const netns::Path &path)
{
	const auto [found, first] = tweaks_.try_emplace(path.tweak);

	if (first)
		found->second = try_tweak(path.tweak);
	return found->second;
}

const std::string &Facts::lacks_need(Need need)
{
	const auto [found, first] = needs_.try_emplace(need);

	if (first)
		for (const Provision &provision : provisions)
			if (provision.need == need)
				found->second = needs(provision.what, complaint(provision.attempt));
	return found->second;
}

std::string Facts::lacks(const Case &definition, const transport::Transport &transport,
			 const netns::Path &path)
{
	if (transport.family == AF_INET6 && !ipv6_)
		return "needs IPv6 (CONFIG_IPV6, not disabled)";
	/* Root of the machine is exempt from the limit, but where it is the case. */
	if (!memlock_.empty() && (!initial_root_ || (definition.needs & needs_memlock)))
		return memlock_;
	if (!optmem_for_all_.empty())
		return optmem_for_all_;
	if ((definition.needs & needs_root) && !initial_root_)
		return "needs root of the machine";
	for (const Provision &provision : provisions)
		if (definition.needs & provision.need)
			if (const std::string &missing = lacks_need(provision.need); !missing.empty())
				return missing;
	if (const std::string &missing = lacks_wire(path); !missing.empty())
		return missing;
	return lacks_tweak(path);
}

} // namespace harness
