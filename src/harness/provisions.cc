// SPDX-License-Identifier: GPL-2.0
#include "harness/provisions.h"

#include <linux/net_tstamp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <stdexcept>
#include <string>

#include "limits/limits.h"
#include "netns/bpf.h"
#include "netns/device.h"
#include "netns/ip_command.h"
#include "netns/namespace.h"
#include "netns/netfilter.h"
#include "netns/network.h"
#include "netns/wire.h"
#include "os/check.h"
#include "os/fd.h"
#include "os/mapping.h"
#include "os/names.h"
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

void try_packet_tap()
{
	const netns::Namespace space = netns::Namespace::create();

	netns::open_packet_tap("lo", netns::Outgoing::seen);
}

void try_optmem()
{
	const netns::Namespace space = netns::Namespace::create();

	limits::ScopedOptmemMax lower(limits::optmem_max().value_or(0) / 2);
}

void try_secret_memory()
{
	const os::Fd file = os::secret_file(limits::page_size());

	/* The mapping counts as locked memory. */
	os::Mapping(limits::page_size(), PROT_READ | PROT_WRITE, MAP_SHARED, file.get());
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
	if (!std::ifstream("/proc/self/ksm_merging_pages"))
		throw std::runtime_error("/proc/self/ksm_merging_pages is not there");
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

/* A sender and a receiver over loopback. */
class LoopbackPair {
public:
	explicit LoopbackPair(unsigned kind, const transport::LinkOptions &options = {})
		: network_(*std::ranges::find_if(
				   netns::paths(),
				   [](const netns::Path &path) { return path.tcp & netns::simplest; }),
			   false),
		  link_(network_, transport::first_transport(kind), options)
	{
	}
	transport::Link &link() { return link_; }

private:
	netns::Network network_;
	transport::Link link_;
};

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

/* A value that is none: refused with EINVAL where the option is known. */
void try_vsock_zerocopy()
{
	const os::Fd socket = transport::open_socket(AF_VSOCK, SOCK_STREAM, 0);
	const int no_value = 2;

	if (::setsockopt(socket.get(), SOL_SOCKET, SO_ZEROCOPY, &no_value, sizeof(no_value)) < 0 &&
	    errno != EINVAL)
		throw std::runtime_error("setsockopt(SO_ZEROCOPY): " + os::error_name(errno));
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

void try_socket_maps()
{
	netns::SocketMap{netns::Messages::to_receiver};
}

void try_xdp_fragments()
{
	const netns::Namespace space = netns::Namespace::create();

	netns::attach_xdp_pass("lo", netns::Xdp::generic_fragments);
}

void try_big_tcp()
{
	const netns::Namespace space = netns::Namespace::create();

	netns::ip_batch("link set dev lo gso_max_size 400000 gro_max_size 400000\n");
}

void try_connection_tracking()
{
	const netns::Namespace space = netns::Namespace::create();

	netns::track_connections();
}

void try_packet_filter()
{
	const netns::Namespace space = netns::Namespace::create();

	netns::drop_datagrams(netns::Hook::output, 1);
}

void try_packet_queue()
{
	const netns::Namespace space = netns::Namespace::create();

	netns::PacketQueue();
}

/* net/core/skbuff.c:skb_may_tx_timestamp */
void try_stamped_packets()
{
	const netns::Namespace space = netns::Namespace::create();
	const os::Address nobody = transport::make_address(AF_INET, "127.0.0.1", 9);
	const os::Fd socket(os::check(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket()"));
	pollfd poll = {socket.get(), 0, 0};

	os::set_option(socket.get(), SOL_SOCKET, SO_TIMESTAMPING,
		       SOF_TIMESTAMPING_TX_SCHED | SOF_TIMESTAMPING_SOFTWARE, "setsockopt(SO_TIMESTAMPING)");
	os::check(::sendto(socket.get(), "", 1, 0, nobody.get(), nobody.length), "sendto()");
	/* It is there before sendto() returns. */
	if (::poll(&poll, 1, 0) != 1)
		throw std::runtime_error("there was none");
}

void try_esp()
{
	const netns::Namespace space = netns::Namespace::create();

	for (const char *address : {"127.0.0.1", "::1"})
		netns::ip_batch(std::string("xfrm state add src ") + address + " dst " + address +
				" proto esp spi 0x100 mode transport aead rfc4106(gcm(aes)) "
				"0x000102030405060708090a0b0c0d0e0f10111213 128\n");
}

constexpr std::array all = {
	Provision{needs_optmem, {"net.core.optmem_max of a network namespace (Linux 6.8)"}, try_optmem},
	Provision{needs_vvar, {"a [vvar] page (a vDSO with a clock)"}, [] { os::named_mapping("[vvar]"); }},
	Provision{needs_secret_memory,
		  {"memfd_secret (CONFIG_SECRETMEM; before Linux 6.5 secretmem.enable=1 on the kernel's "
		   "command "
		   "line)"},
		  try_secret_memory},
	Provision{needs_huge_pages,
		  {"a free huge page (reserve some with sysctl vm.nr_hugepages)"},
		  [] { os::huge_pages(1); }},
	Provision{needs_write_faults,
		  {"userfaultfd with write protection (CONFIG_USERFAULTFD, Linux 5.11)"},
		  try_write_faults},
	Provision{needs_merging,
		  {"KSM at work (CONFIG_KSM, Linux 5.19, and 1 in /sys/kernel/mm/ksm/run)"},
		  try_merging},
	Provision{needs_nodes, {"two memory nodes (a NUMA machine, CONFIG_MIGRATION)"}, try_nodes},
	Provision{needs_freed_sockets,
		  {"socket monitoring (CONFIG_INET_DIAG, CONFIG_INET_UDP_DIAG)",
		   {"inet_diag", "tcp_diag", "udp_diag"}},
		  try_freed_sockets},
	Provision{needs_packet, {"packet sockets (CONFIG_PACKET)", {"af_packet"}}, try_packet_tap},
	Provision{needs_ping,
		  {"ping sockets (net.ipv4.ping_group_range)"},
		  [] { transport::open_ping_socket(netns::Namespace::create(), AF_INET); }},
	Provision{needs_mptcp,
		  {"MPTCP (CONFIG_MPTCP)"},
		  [] {
			  LoopbackPair(transport::tcp,
				       {.zerocopy = false, .protocol = transport::protocol_mptcp});
		  }},
	Provision{needs_ktls, {"kTLS (CONFIG_TLS)", {"tls"}}, try_ktls},
	Provision{needs_rds, {"RDS over TCP (CONFIG_RDS_TCP)", {"rds", "rds_tcp"}}, try_rds},
	Provision{needs_sctp,
		  {"SCTP (CONFIG_IP_SCTP)", {"sctp"}},
		  [] { LoopbackPair(transport::tcp, {.zerocopy = false, .protocol = IPPROTO_SCTP}); }},
	Provision{needs_smc,
		  {"SMC (CONFIG_SMC)", {"smc"}},
		  [] { LoopbackPair(transport::tcp, {.zerocopy = false, .family = transport::family_smc}); }},
	Provision{needs_udplite,
		  {"UDP-Lite (gone from Linux 7.3)"},
		  [] {
			  LoopbackPair(transport::udp,
				       {.zerocopy = false, .protocol = transport::protocol_udplite});
		  }},
	Provision{needs_vsock,
		  {"VSOCK (CONFIG_VSOCKETS)", {"vsock", "vmw_vsock_virtio_transport"}},
		  [] { transport::open_socket(AF_VSOCK, SOCK_STREAM, 0); }},
	Provision{needs_vsock_zerocopy,
		  {"SO_ZEROCOPY of VSOCK (Linux 6.7, CONFIG_VSOCKETS)"},
		  try_vsock_zerocopy},
	Provision{needs_send_zc, {"io_uring with SENDMSG_ZC (Linux 6.1, CONFIG_IO_URING)"}, try_send_zc},
	Provision{needs_send_zc_usage,
		  {"io_uring with IORING_SEND_ZC_REPORT_USAGE (Linux 6.2)"},
		  try_send_zc_usage},
	Provision{
		needs_bpf,
		{"BPF programs on devices (root of the machine, CONFIG_NET_CLS_BPF, CONFIG_NET_SCH_INGRESS)",
		 {"sch_ingress", "cls_bpf"}},
		try_bpf},
	Provision{needs_xdp_fragments,
		  {"XDP programs that take packets in fragments (Linux 5.18, root of the machine, "
		   "CONFIG_BPF_SYSCALL)"},
		  try_xdp_fragments},
	Provision{needs_big_tcp, {"BIG TCP (Linux 5.19)"}, try_big_tcp},
	Provision{needs_socket_maps,
		  {"BPF programs on messages of sockets (root of the machine, CONFIG_BPF_SYSCALL)"},
		  try_socket_maps},
	Provision{needs_connection_tracking,
		  {"connection tracking by nf_tables (CONFIG_NF_TABLES_INET, CONFIG_NFT_CT)",
		   {"nf_tables", "nf_conntrack", "nft_ct"}},
		  try_connection_tracking},
	Provision{needs_packet_filter,
		  {"packet filters (CONFIG_NF_TABLES_INET)", {"nf_tables"}},
		  try_packet_filter},
	Provision{needs_packet_queue,
		  {"packet queues (CONFIG_NF_TABLES_INET, CONFIG_NFT_QUEUE, CONFIG_NETFILTER_NETLINK_QUEUE)",
		   {"nf_tables", "nfnetlink_queue", "nft_queue"}},
		  try_packet_queue},
	Provision{
		needs_stamped_packets,
		{"transmit timestamps with their packets (sysctl net.core.tstamp_allow_data, or root of the "
		 "machine)"},
		try_stamped_packets},
	Provision{needs_esp,
		  {"IPsec (CONFIG_INET_ESP, CONFIG_INET6_ESP, CONFIG_CRYPTO_GCM, CONFIG_CRYPTO_SEQIV)",
		   {"esp4", "esp6", "xfrm_user", "gcm", "ctr", "ghash_generic", "aes_generic", "seqiv",
		    "aesni_intel", "hmac", "sha512_generic", "jitterentropy_rng", "drbg"}},
		  try_esp},
};

/* The cases that shape traffic try for themselves, as their skip names the tc command too. */
constexpr os::KernelParts traffic_shaping = {
	"token buckets and a classifier (CONFIG_NET_SCH_TBF, CONFIG_NET_SCH_HTB, CONFIG_NET_CLS_U32)",
	{"sch_tbf", "sch_htb", "cls_u32"}};

/* Its cases try for it themselves. */
constexpr os::KernelParts vsock_monitor = {"VSOCK monitors (CONFIG_VSOCKMON)", {"vsockmon"}};

} // namespace

std::span<const Provision> provisions()
{
	return all;
}

std::vector<os::KernelParts> kernel_parts()
{
	std::vector<os::KernelParts> parts = {ipv6_parts, traffic_shaping, vsock_monitor};

	for (const netns::Wire *wire : netns::wires())
		if (wire->parts.words)
			parts.push_back(wire->parts);
	for (const Provision &provision : all)
		parts.push_back(provision.parts);
	return parts;
}

} // namespace harness
