/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <cstdint>
#include <span>

#include "os/fd.h"

/* Rules of nf_tables in the caller's namespace, made by netlink itself: an initramfs has no nft.
 * They go with the namespace. All functions throw std::system_error where the kernel refuses. */
namespace netns
{

/* Connections are tracked, of IPv4 and IPv6; fragments are put together before. */
void track_connections();
/* All that were tracked. Throws std::exception where some may be left, too. */
void forget_connections();

/* What a router sends gets its address. Of IPv4 and IPv6. */
void masquerade();
/* Packets of a connection that a router knows are handed from one of these devices to the other by a table of
 * flows, past the rest of the stack. */
void offload_flows(std::span<const char *const> devices);

/* TCP and UDP packets that come in are given to the socket that listens on the address and port that they are
 * sent to, whoever's these are, and get this mark, for a rule of routes that delivers them. The socket has
 * IP_TRANSPARENT, or it is not found. */
void divert_to_listeners(std::uint32_t mark);

/* Where a packet of this host's own meets rules on its way out: before it is given a device, and after. */
enum class Hook { output, postrouting };
/* UDP datagrams of so many bytes or more, with their header of 8, are dropped there. */
void drop_datagrams(Hook hook, std::uint16_t least);

/* Packets that leave wait for a verdict of a program (NFQUEUE), which gets all of their bytes. */
class PacketQueue {
public:
	/* How they are queued: as the stack made them (NFQA_CFG_F_GSO), or cut into segments. */
	enum class Packets { whole, cut };

	explicit PacketQueue(Packets packets = Packets::whole);
	/* The first packet goes on; the queue's message about it is not read. */
	void accept_first() const;
	/* Read messages, and let each packet go on. Does not return, but throws std::system_error. */
	[[noreturn]] void accept_all() const;
	/* Readable when there is a message: a packet waits, or waited. */
	int socket() const { return socket_.get(); }

private:
	void accept(std::uint32_t packet) const;

	os::Fd socket_;
};

} // namespace netns
