/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "os/fd.h"

/*
 * BPF programs on sockets and on devices of the caller's namespace, loaded by bpf(2) itself. All
 * functions throw std::system_error where the kernel refuses, with the verifier's log
 * where there is one.
 */
namespace netns
{

enum class Xdp {
	native,		   /* run by the device's driver */
	generic,	   /* run by the network stack, on any device */
	generic_fragments, /* likewise; the program takes packets in fragments */
};
/* An XDP program that passes all packets; it goes with the descriptor. */
os::Fd attach_xdp_pass(const std::string &device, Xdp mode);
/* One that gives the first queue's packets to this AF_XDP socket, but short ones, see least_handled_packet.
 */
os::Fd attach_xdp_redirect(const std::string &device, Xdp mode, int socket);

/*
 * Programs of traffic control; they go with the device, or by detach_programs(). They leave packets
 * alone that are shorter than this, headers included: neighbours are found and
 * connections made as ever.
 */
inline constexpr std::uint32_t least_handled_packet = 500;

enum class Direction { ingress, egress };
/* Drop packets. */
void drop_packets(const std::string &device, Direction direction);
/* Packets that leave get another EtherType. */
void rewrite_ethertype(const std::string &device, std::uint16_t ethertype);
/* Packets that leave get these bytes, so far before their end. */
void rewrite_payload(const std::string &device, std::uint32_t before_end,
		     const std::array<std::uint8_t, 4> &bytes);

/* All that this process has attached; the caller is left in any of their
 * namespaces. Throws std::system_error. */
void detach_programs();

/* A tun device drops every packet that it is given (TUNSETFILTEREBPF), or none any more; by its user end. */
void drop_in_tun(int tun, bool all);

/* What a program does with the messages that a TCP socket sends. */
enum class Messages {
	pass,
	to_receiver, /* they go to the map's receiver itself, by no network */
	collect,     /* they are sent when they are SocketMap::collected bytes */
};

/* A map of sockets (BPF_MAP_TYPE_SOCKMAP) with such a program. Its sockets leave it with this
 * object. */
class SocketMap {
public:
	/* So short that the kernel's copy is in one piece: a new task's first page holds several. */
	static constexpr std::int32_t collected = 512;

	explicit SocketMap(Messages what);
	/* Both ends of a connection; the program sees what the sender sends from here on, */
	void add(int sender, int receiver) const;
	/* and from here on no more. */
	void remove_sender() const;

private:
	os::Fd map_;
	os::Fd program_;
};

/* What a connected socket receives from here on is sent on by another, by a program
 * (BPF_PROG_TYPE_SK_SKB) on such a map. Both sockets leave the map with this object. */
class Redirection {
public:
	Redirection(int receiver, int sender);

private:
	os::Fd map_;
	os::Fd program_;
};

} // namespace netns
