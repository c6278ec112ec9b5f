// SPDX-License-Identifier: GPL-2.0
#include "netns/path.h"

#include <array>
#include <vector>

namespace netns
{

namespace
{

/* Loopback section of msg_zerocopy.rst: "any skb ... that is queued onto a
 * local socket ... will incur a deferred copy". */
constexpr unsigned to_local_socket = delivers | local | copies;
/* On a device that cannot gather or checksum, and above the MTU, UDP copies in the
 * call (net/ipv4/ip_output.c:__ip_append_data), and completes as any datagram:
 * when it is freed. TCP leaves the copy to the device's queue (net/core/sock.c:
 * sk_setup_caps grants it scatter-gather whatever the device can), which reports
 * it or, without scatter-gather, does not (ZC-CP-15). */
constexpr std::array all = {
	Path{"loopback", "the loopback device", to_local_socket | simplest | basic,
	     to_local_socket | simplest | basic, Wire::loopback},
	Path{"veth", "a veth pair to a second namespace", to_local_socket | basic, to_local_socket | basic,
	     Wire::veth},
	Path{"sniffed", "a veth pair, a packet socket listening at the sender's end",
	     to_local_socket | sniffed, to_local_socket | sniffed, Wire::veth, Hold::none, Tweak::packet_tap},
	Path{"sg-off", "a veth pair without scatter-gather", delivers | local | device_without_sg,
	     to_local_socket | device_without_sg, Wire::veth, Hold::none, Tweak::sg_off},
	Path{"tx-off", "a veth pair without checksum offload", to_local_socket | device_without_checksum,
	     to_local_socket | device_without_checksum, Wire::veth, Hold::none, Tweak::tx_checksum_off},
	Path{"fragments", "a veth pair, datagrams larger than its MTU", 0, to_local_socket | fragments,
	     Wire::veth, Hold::none, Tweak::none, 5000},
	/* Native XDP on a veth device copies what it takes in and says nothing of it
	 * (ZC-CP-12): to the sender, a machine on the wire. Not there on a kernel
	 * that says so. */
	Path{"veth-xdp", "a veth pair, a native XDP program at the receiver's end",
	     delivers | local | shares | xdp, delivers | local | shares | xdp, Wire::veth, Hold::none,
	     Tweak::receiver_xdp},
	Path{"tun", "a tun device, its packets read by the test", 0, delivers | copies | in_call, Wire::tun},
	Path{"sink", "a device that drops what it is given", 0, shares | in_call, Wire::sink},
	Path{"sink-sniffed", "a device that drops what it is given, a packet socket listening on it", 0,
	     copies | in_call | sniffed, Wire::sink, Hold::none, Tweak::packet_tap},
	Path{"sink-unsniffed", "the same, the packet socket ignoring outgoing packets", 0, shares | in_call,
	     Wire::sink, Hold::none, Tweak::packet_tap_ignoring_outgoing},
	Path{"window", "loopback, the receiver's window full", to_local_socket | holds | holds_many, 0,
	     Wire::loopback, Hold::window},
	Path{"cork", "a veth pair, the sender corked", to_local_socket | holds, 0, Wire::veth_large,
	     Hold::cork},
	Path{"peer-tun", "a scripted peer behind a tun device", scripted | copies, 0, Wire::tun_offload,
	     Hold::peer},
	Path{"peer-macvtap", "a scripted peer behind a macvtap, which holds the pages until it is read",
	     scripted | shares, scripted | shares, Wire::macvtap, Hold::peer},
	Path{"unresolved", "a device that drops what it is given, the neighbour not answering", 0,
	     shares | holds | holds_many, Wire::sink, Hold::neighbour},
	/* As at the end of veth-xdp no one says that it copied, whoever does is on the way. */
	Path{"routed-xdp", "two veth pairs and a router, a native XDP program at the receiver's end",
	     delivers | local | routed, delivers | local | routed, Wire::routed, Hold::none,
	     Tweak::receiver_xdp},
	Path{"bridged-xdp", "two veth pairs and a bridge, a native XDP program at the receiver's end",
	     delivers | local | bridged | shares, delivers | local | bridged | shares, Wire::bridged,
	     Hold::none, Tweak::receiver_xdp},
	Path{"netkit", "a netkit pair to a second namespace", to_local_socket | netkit,
	     to_local_socket | netkit, Wire::netkit},
	/* Loopback section: "For VSOCK: Data path sent to local sockets is the same as for
	 * non-local sockets": the receiver reads the sender's pages. */
	Path{.name = "vsock-loopback",
	     .summary = "VSOCK loopback",
	     .tcp = 0,
	     .udp = 0,
	     .wire = Wire::vsock_loopback,
	     .vsock = delivers | local | shares | simplest | basic},
	Path{.name = "vsock-unread",
	     .summary = "VSOCK loopback, the receiver not reading",
	     .tcp = 0,
	     .udp = 0,
	     .wire = Wire::vsock_loopback,
	     .hold = Hold::reader,
	     .vsock = delivers | local | shares | holds | holds_many},
	/* The pages are freed when they are in the guest's buffers
	 * (drivers/vhost/vsock.c:vhost_transport_do_send_pkt), whether it reads them or not. */
	Path{.name = "vhost",
	     .summary = "VSOCK to a guest, played by the test",
	     .tcp = 0,
	     .udp = 0,
	     .wire = Wire::vhost,
	     .vsock = delivers | shares | basic | guest},
	Path{.name = "vhost-held",
	     .summary = "VSOCK to a guest, played by the test, which gives its device no buffers",
	     .tcp = 0,
	     .udp = 0,
	     .wire = Wire::vhost,
	     .hold = Hold::guest,
	     .vsock = delivers | shares | holds | holds_many | guest},
};

/* Empty but with an agent. */
std::vector<Path> remote_paths;

} // namespace

bool Path::two_ends() const
{
	switch (wire) {
	case Wire::veth:
	case Wire::veth_large:
	case Wire::routed:
	case Wire::bridged:
	case Wire::netkit:
		return true;
	default:
		return false;
	}
}

unsigned Path::mtu() const
{
	switch (wire) {
	case Wire::loopback:
		return 65536;
	case Wire::veth_large:
		return 65535;
	default:
		return 1500;
	}
}

std::span<const Path> paths()
{
	if (!remote_paths.empty())
		return remote_paths;
	return all;
}

void use_remote_paths(unsigned tcp, unsigned udp, unsigned vsock, int address_family)
{
	constexpr unsigned all = remote | delivers;
	auto traits = [](unsigned of_kind, unsigned more) { return of_kind ? of_kind | all | more : 0; };

	remote_paths = {
		{.name = "remote",
		 .summary = "an agent at the other end",
		 .tcp = traits(tcp, basic),
		 .udp = traits(udp, basic),
		 .wire = Wire::remote,
		 .vsock = traits(vsock, basic | simplest),
		 .address_family = address_family},
		{.name = "remote-window",
		 .summary = "an agent at the other end, its window full",
		 .tcp = traits(tcp, holds | holds_many),
		 .udp = 0,
		 .wire = Wire::remote,
		 .hold = Hold::window,
		 .address_family = address_family},
		{.name = "remote-unread",
		 .summary = "an agent at the other end, which does not read",
		 .tcp = 0,
		 .udp = 0,
		 .wire = Wire::remote,
		 .hold = Hold::reader,
		 .vsock = traits(vsock, unread),
		 .address_family = address_family},
	};
}

} // namespace netns
