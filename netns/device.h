/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <linux/if_ether.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "netns/namespace.h"
#include "os/fd.h"

/* Network devices of the namespace that the caller is in. */
namespace netns
{

void set_up(const std::string &device);

/*
 * Wait until a device that was set up can transmit: its carrier event has been
 * handled and its queueing discipline is in place. Throws std::runtime_error
 * when the deadline passes first.
 */
void wait_running(const std::string &device);

/* The kernel may handle the carrier of a device up to a second late, and tells of it then (net/core/
 * link_watch.c:linkwatch_urgent_event). Whoever asks for a device has that done before (net/core/rtnetlink.c:
 * rtnl_getlink, Linux 6.7). */
void handle_carriers();

/*
 * Wait until packets for an IPv6 address of this namespace are taken in. The
 * kernel joins the group that neighbours ask by, and then adds the route that
 * makes the address local, from a work queue (net/ipv6/addrconf.c:
 * addrconf_dad_work), without duplicate address detection too. A question or an
 * answer that comes before that is dropped, and asked again a second later.
 * Throws std::runtime_error when the deadline passes first.
 */
void wait_local(const std::string &ipv6_address);

/* A neighbour that is known from here on (NUD_PERMANENT), by its Ethernet address. Throws std::system_error.
 */
void know_neighbour(const std::string &device, const std::string &address,
		    const std::array<std::uint8_t, 6> &ethernet);

/* tso and gso: what a sender leaves to be cut into segments later; gro: what a
 * receiver puts together. */
enum class Offload { scatter_gather, tx_checksum, tso, gso, gro };
/* What `ethtool -K` does, by ioctl: an initramfs has no ethtool. */
void set_offload(const std::string &device, Offload offload, bool on);
/* Is it on? Of tx_checksum: for some protocol. */
bool has_offload(const std::string &device, Offload offload);

/* A feature by the name that `ethtool -k` shows. Throws os::Missing where the kernel has none of
 * that name. */
void set_feature(const std::string &device, std::string_view feature, bool on);

/* The largest packet, in bytes, that TCP gives the device or takes from it, over IPv6 and, where the kernel
 * knows of that, IPv4: an ip command may be older than that. */
void set_largest_packet(const std::string &device, std::uint32_t bytes);

/* "mtu 1500, sg on, tx-checksum on, tso on, gso on", for people. */
std::string describe_device(const std::string &device);

/*
 * A tun device of that name, up once addresses are; its frames are read from the
 * descriptor: IP packets, each behind a virtio_net_hdr. It goes with its namespace, not with the descriptor:
 * whoever closed that would wait tens of milliseconds for a grace period (drivers/net/tun.c:
 * __tun_detach, net/core/dev.c:netdev_run_todo).
 */
os::Fd open_tun(const std::string &device);

/* A tap device of that name, whose frames are read from the descriptor, as Ethernet frames; it goes with
 * that. `fragments`: what is written to it may come in pieces (IFF_NAPI_FRAGS). Throws std::system_error. */
os::Fd open_tap(const std::string &device, bool fragments);

enum class Outgoing { seen, ignored };
/* A packet socket that listens to a protocol on a device, or to all, as tcpdump does. It has no protocol
 * before it is bound: one of all protocols and of no device has what others send in their namespaces copied,
 * up to Linux 6.14 (net/core/dev.c:ptype_all). Throws std::system_error. */
os::Fd open_packet_tap(const std::string &device, Outgoing outgoing, std::uint16_t ethertype = ETH_P_ALL);

} // namespace netns
