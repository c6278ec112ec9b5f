// SPDX-License-Identifier: GPL-2.0
#include "catalogue/symptom.h"

#include <iterator>
#include <sstream>

namespace catalogue
{

namespace
{

constexpr Look locked_memory = {"ulimit -l", "/proc/self/limits", "Max locked memory"};
constexpr Look option_memory = {"sysctl net.core.optmem_max", "/proc/sys/net/core/optmem_max"};
constexpr Look sockets = {"ss -tuampni (skmem: o is option memory in use; unacked, notsent)"};
constexpr Look packet_sockets = {"ss -0pn", "/proc/net/packet"};
constexpr Look offloads = {"ethtool -k DEVICE (scatter-gather, tx-checksumming, generic-receive-offload)"};
constexpr Look devices = {"ip -details link (xdp, vxlan, wireguard, mtu)"};
constexpr Look programs = {"bpftool prog show (sk_msg, sock_ops, xdp)"};
constexpr Look calls = {"strace -f -e trace=network,poll,epoll_wait -p PID"};

constexpr Symptom all_symptoms[] = {
	{.seen = "A flagged send fails with ENOBUFS: the user cannot lock enough memory.",
	 .words = "memlock RLIMIT_MEMLOCK ulimit limit locked pages pinned container Docker Kubernetes pod "
		  "systemd LimitMEMLOCK unprivileged VmLck",
	 .why = "Each flagged send counts its pages towards RLIMIT_MEMLOCK until it completes. The count is "
		"that "
		"of the user, over all processes and containers that run as this user. Raise the limit "
		"(ulimit "
		"-l, LimitMEMLOCK=, docker run --ulimit memlock=), have less outstanding, or repeat the send "
		"without the flag.",
	 .rows = "ZC-TX-04 ZC-TX-09 ZC-LIM-05 ZC-LIM-06 ZC-LIM-07 ZC-LIM-09",
	 .looks = {locked_memory, sockets}},
	{.seen = "Flagged sends succeed at first, and then all fail with ENOBUFS: option memory is used up.",
	 .words = "optmem optmem_max sk_omem_alloc stops working after many sends notifications not read",
	 .why = "Each notification structure takes option memory of its socket until its notification is "
		"merged "
		"or read. Read the error queue, or raise net.core.optmem_max. Socket filters and multicast "
		"memberships take of the same memory.",
	 .rows = "ZC-TX-03 ZC-TX-07 ZC-TX-09 ZC-LIM-02 ZC-LIM-04 ZC-BT-09",
	 .looks = {option_memory, sockets}},
	{.seen = "poll() or epoll_wait() returns at once, again and again, with POLLERR or EPOLLERR: 100 % "
		 "CPU.",
	 .words = "spins spinning busy loop hot loop wakeup event loop usage level triggered libuv libevent",
	 .why = "POLLERR cannot be masked, and is set until the error queue is empty. Read that with "
		"recvmsg(MSG_ERRQUEUE) until EAGAIN; SO_ERROR is 0, and says nothing.",
	 .rows = "ZC-RX-02 ZC-RX-03 ZC-RX-06 ZC-RX-09 ZC-RX-01",
	 .looks = {calls}},
	{.seen = "A notification never comes: the program is stuck, waiting for its completion.",
	 .words = "missing lost notifications completions hang hangs forever timeout waits late delayed",
	 .why = "SO_ZEROCOPY may not be set, so that the flag is ignored; a range may have been taken for "
		"one id; a "
		"read with too small a control buffer may have consumed it. Or something holds the packet: a "
		"peer "
		"that does not acknowledge, a closed window, an unresolved neighbour, a queueing discipline, "
		"or a "
		"tap that nobody reads.",
	 .rows = "ZC-SO-07 ZC-CT-18 ZC-BT-01 ZC-RX-13 ZC-IN-09 ZC-LO-04 ZC-LO-16 ZC-LO-17 ZC-LO-20 ZC-LO-21 "
		 "ZC-VS-08",
	 .looks = {sockets, {"ip neigh; tc -s qdisc"}, offloads, calls}},
	{.seen = "recvmsg(MSG_ERRQUEUE) fails with EAGAIN though something was sent.",
	 .words = "error queue empty resource temporarily unavailable nothing to read no notification",
	 .why = "Nothing is queued: the send is not complete, was not flagged or had no SO_ZEROCOPY, or "
		"another reader "
		"took it. The read never waits; poll() does.",
	 .rows = "ZC-RX-01 ZC-SO-07 ZC-RX-19 ZC-RX-14 ZC-RX-16 ZC-TS-04",
	 .looks = {calls}},
	{.seen = "Reading a notification yields no control message, or MSG_CTRUNC.",
	 .words = "msg_controllen cmsg truncated lost IP_RECVERR IPV6_RECVERR wrong level type parse",
	 .why = "A read consumes the notification even if the control buffer is too small or missing. Level "
		"and type "
		"follow the family of the socket, v4-mapped peers included, and a time stamp may come first.",
	 .rows = "ZC-RX-13 ZC-RX-14 ZC-RX-15 ZC-PA-01 ZC-PA-02 ZC-PA-07 ZC-PA-09 ZC-PA-12",
	 .looks = {calls}},
	{.seen = "One send has several ids, an id is reported twice, or one is missing: the program's count "
		 "differs.",
	 .words = "counter wrong duplicate gap skipped off by one out of order ee_info ee_data mismatch",
	 .why = "Only successful flagged calls count, and merged ranges cover several. Known deviations "
		"count calls that "
		"failed or had no bytes, and VSOCK sends in parts.",
	 .rows = "ZC-CT-01 ZC-CT-04 ZC-CT-07 ZC-CT-09 ZC-CT-10 ZC-TX-08 ZC-VS-05 ZC-BT-03 ZC-BT-12 ZC-PA-06",
	 .looks = {calls}},
	{.seen = "The peer receives corrupt data.",
	 .words = "corrupted corruption garbled wrong bytes modified overwritten checksum mismatch "
		  "retransmission "
		  "use after free reuse buffer",
	 .why = "Until the completion, stores into the buffer reach the peer, also by a retransmission and "
		"after close(). "
		"SO_EE_CODE_ZEROCOPY_COPIED says nothing about the time before. If the program does not "
		"store before, "
		"the kernel is at fault.",
	 .rows = "ZC-IN-08 ZC-IN-03 ZC-IN-04 ZC-IN-05 ZC-CP-10 ZC-LF-04 ZC-LO-09 ZC-LO-20 ZC-VS-03 ZC-VS-12",
	 .looks = {packet_sockets, programs, sockets}},
	{.seen = "Every completion has SO_EE_CODE_ZEROCOPY_COPIED: MSG_ZEROCOPY is no faster, or slower.",
	 .words = "always copied copies copying slow performance benefit tcpdump dhclient sniffer packet "
		  "socket "
		  "AF_PACKET libpcap loopback localhost veth container bridge broadcast multicast XDP "
		  "scatter-gather checksum offload TSO",
	 .why = "Data for a socket of this host, broadcasts, data that a packet socket sees (tcpdump, "
		"dhclient) and data for "
		"a device without scatter-gather or checksum offload is copied. Stop passing the flag where "
		"completions "
		"say so.",
	 .rows = "ZC-LO-01 ZC-LO-05 ZC-LO-06 ZC-LO-07 ZC-LO-10 ZC-LO-13 ZC-CP-02 ZC-CP-03 ZC-CP-05 ZC-CP-12 "
		 "ZC-CP-15 "
		 "ZC-CP-16",
	 .looks = {packet_sockets, offloads, devices, programs}},
	{.seen = "Data through a tunnel or an overlay (VXLAN, Geneve, GRE, WireGuard, IPsec) is copied, or "
		 "its sends fail.",
	 .words = "encapsulation overlay network CNI flannel Calico VPN ESP MACsec ipip",
	 .why = "What encrypts (WireGuard, IPsec, MACsec) must copy. What adds a header only hands the pages "
		"on; the device "
		"below may have no checksum offload for encapsulated packets, and copies then. UDP_SEGMENT "
		"through "
		"IPsec fails with EIO.",
	 .rows = "ZC-CP-03 ZC-CP-02 ZC-CP-15 ZC-IN-05 ZC-CT-07",
	 .looks = {devices, offloads, {"ip xfrm policy"}}},
	{.seen = "Sockets in a BPF sockmap (sk_msg, sock_ops) have too many ids, or no notification.",
	 .words = "sockmap sockhash SK_MSG service mesh Cilium Istio redirect bpf_msg_redirect_map "
		  "tcp_bpf_sendmsg",
	 .why = "tcp_bpf_sendmsg sends the data of a socket that an sk_msg program watches in parts of its "
		"own. A program that "
		"passes all gives one call several ids; data that is redirected to a local socket has no "
		"notification. "
		"The suite judges sockets outside of sockmaps.",
	 .rows = "ZC-CT-02 ZC-CT-18 ZC-CP-01",
	 .looks = {programs, {"bpftool map show (sockmap, sockhash); bpftool cgroup tree"}}},
	{.seen = "A flagged send or setsockopt(SO_ZEROCOPY) fails with EOPNOTSUPP or with ENOTSUPP (524).",
	 .words = "operation not supported kTLS TLS nginx OpenSSL MPTCP SCTP UDP-Lite VSOCK raw UNIX "
		  "io_uring SEND_ZC",
	 .why = "The kind of socket has no zero copy: MPTCP, SCTP, UDP-Lite, raw and UNIX sockets refuse the "
		"option, kTLS refuses "
		"the flag, and VSOCK needs a transport of the virtio family.",
	 .rows = "ZC-OP-03 ZC-SO-05 ZC-OP-02 ZC-OP-07 ZC-OP-08 ZC-IN-02 ZC-SO-08 ZC-SO-10 ZC-IO-05 ZC-TX-10",
	 .looks = {{"ss -tiape (tcp-ulp-tls, mptcp)"}, {"lsmod", "/proc/modules", "vsock"}}},
	{.seen = "A flagged send fails with ENOMEM.",
	 .words = "cannot allocate memory out of memory VSOCK RDS virtual machine guest vhost",
	 .why = "VSOCK and RDS say ENOMEM where TCP and UDP say ENOBUFS: a limit on option memory or locked "
		"pages is reached, or "
		"the buffer cannot be read or has too many pieces.",
	 .rows = "ZC-TX-06 ZC-VS-33 ZC-VS-19 ZC-VS-18 ZC-OP-06",
	 .looks = {locked_memory, option_memory}},
	{.seen = "A UDP send fails with EPERM, and yet a notification comes.",
	 .words = "operation not permitted firewall netfilter iptables nftables nft dropped blocked",
	 .why = "Netfilter drops the packet after it was counted. Take ids from the notifications of calls "
		"that failed, too.",
	 .rows = "ZC-CT-07 ZC-TX-08",
	 .looks = {{"nft list ruleset; iptables-save"}}},
	{.seen = "A UDP send with UDP_SEGMENT (GSO) fails with EIO, EINVAL or EMSGSIZE.",
	 .words = "GSO USO segmentation QUIC HTTP/3 input output error invalid argument checksum offload",
	 .why = "Segments must fit the MTU, and the device must offload checksums. Known deviations count "
		"such a call.",
	 .rows = "ZC-CT-07 ZC-UD-02 ZC-UD-03",
	 .looks = {offloads, devices}},
	{.seen = "A datagram fails with EMSGSIZE with the flag, and not without.",
	 .words = "message too long iovec iovcnt sendmsg pieces fragments MAX_SKB_FRAGS",
	 .why = "Pages are not put together: each piece of memory takes one of the places of a packet "
		"buffer.",
	 .rows = "ZC-MEM-12 ZC-MEM-13 ZC-MEM-11 ZC-UD-01 ZC-VS-19",
	 .looks = {calls}},
	{.seen = "A flagged send fails with EFAULT from memory that a plain send takes.",
	 .words = "bad address mmap memfd_secret vvar GPU device memory pinned get_user_pages DAX",
	 .why = "The pages must be pinned, which memfd_secret and the kernel's own pages do not permit; "
		"where the call copies, it works.",
	 .rows = "ZC-MEM-04 ZC-MEM-05 ZC-MEM-16 ZC-MEM-01 ZC-MEM-06",
	 .looks = {{"cat /proc/PID/maps"}}},
	{.seen = "A flagged send fails with ENOBUFS on a socket that io_uring SEND_ZC is used on.",
	 .words = "liburing IORING_OP_SEND_ZC mixing",
	 .why = "A flagged send cannot join a packet buffer that holds pages of SEND_ZC.",
	 .rows = "ZC-IO-03 ZC-TX-07 ZC-IO-06",
	 .looks = {{"sysctl kernel.io_uring_disabled", "/proc/sys/kernel/io_uring_disabled"}}},
	{.seen = "A VSOCK connection ends, or its data is corrupt, with small flagged sends.",
	 .words = "virtual machine guest vhost reset ECONNRESET credit firecracker QEMU small messages",
	 .why = "Kernels had bugs in the queue of the receiver.",
	 .rows = "ZC-VS-20 ZC-VS-12 ZC-VS-03 ZC-VS-18 ZC-VS-21",
	 .looks = {{"uname -r", "/proc/sys/kernel/osrelease"}, {"lsmod", "/proc/modules", "vsock"}}},
	{.seen = "Sockets are not freed, or memory leaks, after flagged sends.",
	 .words = "leak leaks leaking sockets stay sockstat growing slab skbuff memory",
	 .why = "Data that is not acknowledged keeps its socket after close(). If nothing is under way, the "
		"kernel leaks.",
	 .rows = "ZC-LF-03 ZC-TS-06 ZC-LO-20 ZC-VS-11 ZC-LIM-03 ZC-LIM-08",
	 .looks = {{"ss -s", "/proc/net/sockstat"}, sockets}},
	{.seen = "The kernel reports a fault: WARNING, BUG, Oops or panic.",
	 .words = "crash crashed usercopy hardened bad page state KASAN use-after-free refcount dmesg splat",
	 .why = "A fault that the kernel reports during a case fails that case; --entry guest-only has cases "
		"that may crash a kernel.",
	 .rows = "ZC-VS-13 ZC-OP-11 ZC-TS-06 ZC-LO-20",
	 .looks = {{"dmesg", "/proc/sys/kernel/tainted"}}},
};

} // namespace

std::span<const Symptom> symptoms()
{
	return all_symptoms;
}

std::vector<std::string> Symptom::requirements() const
{
	std::istringstream ids(rows);

	return {std::istream_iterator<std::string>(ids), std::istream_iterator<std::string>()};
}

} // namespace catalogue
