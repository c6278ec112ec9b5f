/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <sys/socket.h>

#include <span>
#include <string>

namespace netns
{

/* Properties of paths. Cases select by these, never by a path's name. */
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
	other_pair = 1 << 15,		   /* a pair of devices joins the ends, and not of veth */
	stacked = 1 << 23,		   /* the sender's device sends by another */
	copies_below = 1 << 24,		   /* the data is copied on its way to the last device */
	segments_copied = 1 << 25,	   /* segmentation in software does not gather, but copies */
	may_copy_below = 1 << 26,	   /* copied so by some kernels only, which say it */
	datagrams_cut_by_copying = 1 << 27, /* as segments_copied, for the datagrams that UDP_SEGMENT makes */
	refuses_udp_segment = 1 << 28,	    /* with EIO */
	xdp = 1 << 17,			    /* native XDP is all that has the packet before the receiver */
	unread = 1 << 22, /* the receiver does not read, and completions do not wait for it */
	guest = 1 << 21,  /* the case plays the guest that receives: Link::guest() */
	remote = 1 << 18, /* the receiver is an agent's: no socket of ours, and no setting may change */
	away = 1 << 19,	  /* the receiver's kernel is another */
	device_offloads = 1 << 20, /* the device gathers and checksums */
	layered = 1 << 29, /* the device to the agent sends by another, which queues the packet anew */
};

/* The names of all traits of a set: "delivers, holds". */
std::string trait_names(unsigned traits);

/* Planned only for cases that ask for one of these, by a rule of harness/planning.cc. */
inline constexpr unsigned on_request = routed | bridged | other_pair | stacked | xdp | unread;

/* Loopback section of msg_zerocopy.rst: "any skb ... that is queued onto a
 * local socket ... will incur a deferred copy". */
inline constexpr unsigned to_local_socket = delivers | local | copies;

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

/* A change to the device of the sender or the receiver. */
enum class Tweak {
	none,
	sg_off,
	tx_checksum_off,
	packet_tap,
	packet_tap_ignoring_outgoing,
	receiver_xdp, /* a native XDP program passes on what the receiver's takes in */
};

struct Wire;

/*
 * A path describes, as data, what happens to the pages between the sender's buffer and
 * the receiver. Its wire, in whose file it stands, builds it.
 */
struct Path {
	const char *name;
	const char *summary;
	unsigned tcp = 0; /* traits; 0: not a path for TCP */
	unsigned udp = 0; /* traits; 0: not a path for UDP */
	Hold hold = Hold::none;
	Tweak tweak = Tweak::none;
	unsigned datagram = 1400;	/* the usual length of a datagram here, in bytes */
	unsigned vsock = 0;		/* traits; 0: not a path for VSOCK */
	int address_family = AF_UNSPEC; /* the only one that the ends have addresses of; AF_UNSPEC: any */
	/* The sockets that receive have IP_TRANSPARENT: a proxy has the packets. */
	bool transparent = false;
	const Wire *wire = nullptr; /* what joins the ends; never null in paths() */

	/* The receiver is in a namespace of its own. */
	bool two_ends() const;
	/* There are devices of ours, and a batch of iproute2 to make them. */
	bool built() const;
	unsigned mtu() const;
	/* Is the receiver of a stream a tcp_peer::Peer? */
	bool scripted() const { return (tcp & netns::scripted) != 0; }
	/* Is the receiver a guest of this kernel, played by the test: vhost_guest::VsockGuest? */
	bool to_guest() const { return (vsock & guest) != 0; }
	/* Is the receiver an agent's? */
	bool to_agent() const { return ((tcp | udp | vsock) & remote) != 0; }
};

/*
 * Those of every wire, or those to an agent where use_remote_paths() was called. The order
 * is that of lists and plans, and a case that runs once takes the first path that it
 * applies to. First come the paths that complete by themselves, then those that hold, those
 * on request, and VSOCK's; among themselves they stand as their wires do, see Wire::place.
 */
std::span<const Path> paths();

} // namespace netns
