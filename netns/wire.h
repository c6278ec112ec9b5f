/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <cstddef>
#include <span>

#include "netns/path.h"
#include "os/kernel_parts.h"
#include "os/registry.h"

namespace netns
{

struct Site;

/* A namespace of a network in which data is sent. */
enum class Node { sender, router, far_router };

/* The sender's device and the receiver's, each in its namespace, as the batch files name them. */
inline constexpr const char *device_name = "zc0";

/* The addresses of a path's two ends, as text; of VSOCK the CIDs. */
struct Addresses {
	const char *sender;
	const char *receiver;
};

/* Sockets of the wire's own, in the namespaces of the sender and the receiver. */
struct OwnSockets {
	unsigned sender = 0;
	unsigned receiver = 0;
};

/* Those of sender.batch, receiver.batch and their IPv6 siblings. */
Addresses batch_addresses(int family);
/* device_name. */
const char *batch_device();

/*
 * What joins the ends of paths. All of a wire is in one file, netns/wires/NAME.cc: how it is
 * built, its paths with their traits, the parts of the kernel that it needs. The file
 * registers the wire by WIRE(), and embeds the batches of iproute2 that are the wire's own by
 * BATCH(name).
 */
struct Wire {
	/* In the order of their plan. */
	std::span<const Path> paths;
	/* Wires stand in this order, and those of the same place in that of their files' names.
	 * A wire whose paths are all planned on request needs no place of its own. */
	unsigned place = 100;
	unsigned mtu = 1500;
	/* The receiver is in a namespace of its own. */
	bool two_ends = false;
	/* Called in the sender's namespace, and to be left there. Null: there is nothing to
	 * build. Throws where the kernel lacks a part. */
	void (*build)(Site &) = nullptr;
	/* Packets that are read at the tun or macvtap device begin with an Ethernet header. */
	bool tun_ethernet = false;
	/* One test can have the network after another: its devices have no state of their own that a Watch
	 * would not see, such as keys or addresses that they learn. */
	bool lasting = false;
	/* What a Watch does not see is forgotten, in the namespace that the caller is in, before another test
	 * has the network. Throws std::exception where that fails. */
	void (*forget)() = nullptr;
	OwnSockets sockets = {};
	/* The device that the sender's packets leave by; null where there is none. */
	const char *(*device)() = batch_device;
	/* The device by which packets come to the receiver's namespace. */
	const char *(*last_device)() = batch_device;
	/* The device that sends to the last one, and where it is; null: it has the same name. */
	Node last_hop = Node::sender;
	const char *last_hop_device = nullptr;
	/* Beside it, where packets go by two devices; null elsewhere. */
	const char *second_last_hop = nullptr;
	/* For AF_INET and AF_INET6. */
	Addresses (*addresses)(int family) = batch_addresses;
	/* What the machine may lack: tried by building a path, or by a connection where there is
	 * nothing to build. Without words nothing can be missing. */
	os::KernelParts parts = {};
	/* Where there is more than one way to build it: the number of ways, and how to choose
	 * one, counted from 0. The first that this kernel can is chosen. */
	std::size_t ways = 1;
	void (*choose)(std::size_t way) = nullptr;
};

/* The file's wire: WIRE(.paths = paths, .build = ...); */
#define WIRE(...) REGISTERED(netns::Wire, __VA_ARGS__)

/* Every wire of the program, in the order of its place. The way to an agent is none of them. */
std::span<const Wire *const> wires();

} // namespace netns
