/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MSG_ZEROCOPY_NETNS_PATH_H
#define MSG_ZEROCOPY_NETNS_PATH_H

#include <sys/socket.h>

#include <span>

namespace netns
{

/* What a path can be asked for. Cases select by these, never by a path's name. */
enum Trait : unsigned {
	simplest = 1 << 0,		   /* the one path for cases in which the path plays no part */
	basic = 1 << 1,			   /* within a namespace, and between two */
	delivers = 1 << 2,		   /* a receiver gets every byte */
	holds = 1 << 3,			   /* completions wait until Link::release() */
	copies = 1 << 4,		   /* notifications say SO_EE_CODE_ZEROCOPY_COPIED */
	shares = 1 << 5,		   /* they do not: the pages are never copied */
	in_call = 1 << 6,		   /* the completion is queued before send returns */
	local = 1 << 7,			   /* the receiver is a local socket, of this namespace or the next */
	fragments = 1 << 8,		   /* datagrams here are larger than the MTU */
	sniffed = 1 << 9,		   /* a packet socket sees what leaves */
	device_without_sg = 1 << 10,	   /* the device cannot gather */
	device_without_checksum = 1 << 12, /* the device cannot checksum */
	scripted = 1 << 16,		   /* the case plays the receiver: Link::peer() */
	holds_many = 1 << 11,		   /* what holds keeps any number of packets, not the last one only */
	routed = 1 << 13,		   /* a router forwards from one device to another */
	bridged = 1 << 14,		   /* a bridge passes frames from port to port */
	netkit = 1 << 15,		   /* the ends are a pair of netkit devices */
	xdp = 1 << 17,			   /* native XDP is all that has the packet before the receiver */
	unread = 1 << 22,		   /* the receiver does not read, nor do completions wait for it */
	guest = 1 << 21,		   /* the case plays the guest that receives: Link::guest() */
	remote = 1 << 18, /* the receiver is an agent's: no socket of ours, and no setting may change */
	away = 1 << 19,	  /* the receiver's kernel is another */
	device_offloads = 1 << 20, /* the device gathers and checksums */
};

/* Planned only for cases that ask for one of these, by a rule of harness/planning.cc. */
inline constexpr unsigned on_request = routed | bridged | netkit | xdp | unread;

/* How a path holds completions back. */
enum class Hold {
	none,
	window,	   /* the receiver's window is full: data stays in the sender's write queue */
	cork,	   /* TCP_CORK, and nothing that would push it out */
	peer,	   /* nobody reads at the device, and nobody acknowledges */
	neighbour, /* the neighbour does not answer: the datagram waits in its queue */
	reader,	   /* the receiver is not read: the packets themselves lie in its queue */
	guest,	   /* the guest gives its device no buffers: they lie in that of the host */
};

/* What joins the ends. */
enum class Wire {
	loopback,
	veth,	    /* a pair with the usual MTU of 1500 */
	veth_large, /* a pair with an MTU of 65535 */
	sink,	    /* a device that drops what it is given, at once: dummy, ifb, a bridge without ports */
	tun,
	tun_offload, /* a tun device that takes packets as the stack makes them */
	macvtap,     /* a macvtap on a veth pair of the same namespace, likewise */
	routed,	     /* two veth pairs, and a router between them */
	bridged,     /* two veth pairs, and a bridge between them */
	netkit,
	vsock_loopback, /* CID 1: no device */
	vhost,		/* a guest of this kernel, played by the test: vhost_guest::VsockGuest */
	remote,		/* whatever lies between this machine and an agent */
};

/* What is different about a device: the sender's, or the receiver's. */
enum class Tweak {
	none,
	sg_off,
	tx_checksum_off,
	packet_tap,
	packet_tap_ignoring_outgoing,
	receiver_xdp, /* a native XDP program passes on what the receiver's takes in */
};

/*
 * Path = what happens to the pages between the sender's buffer and whoever
 * takes them. Data: the building is Network's.
 */
struct Path {
	const char *name;
	const char *summary;
	unsigned tcp; /* traits; 0: not a path for TCP */
	unsigned udp; /* traits; 0: not a path for UDP */
	Wire wire;
	Hold hold = Hold::none;
	Tweak tweak = Tweak::none;
	unsigned datagram = 1400;	/* the usual length of a datagram here, in bytes */
	unsigned vsock = 0;		/* traits; 0: not a path for VSOCK */
	int address_family = AF_UNSPEC; /* the only one that the ends have addresses of; AF_UNSPEC: any */

	/* The receiver is in a namespace of its own. */
	bool two_ends() const;
	/* Is the receiver of a stream a tcp_peer::Peer? */
	bool scripted() const { return wire == Wire::tun_offload || wire == Wire::macvtap; }
	unsigned mtu() const;
};

std::span<const Path> paths();

/* From here on paths() are those to an agent, of which this is known. */
void use_remote_paths(unsigned tcp, unsigned udp, unsigned vsock, int address_family);

} // namespace netns

#endif
