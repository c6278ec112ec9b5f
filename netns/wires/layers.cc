// SPDX-License-Identifier: GPL-2.0
/* Devices that send by another, or by several, and put no IP header before the packet.
 * net/8021q/vlan_dev.c:vlan_dev_hard_start_xmit, drivers/net/macvlan.c:macvlan_queue_xmit,
 * drivers/net/ipvlan/ipvlan_core.c:ipvlan_queue_xmit and drivers/net/bonding/bond_main.c:
 * bond_dev_queue_xmit hand the packet to the lower device as it is, and get its features
 * (vlan_features). What copies is local delivery at the other end. */
#include "netns/stack.h"

namespace netns
{

namespace
{

/* In L3 mode the lower device's routes decide (drivers/net/ipvlan/ipvlan_core.c:
 * ipvlan_process_v4_outbound), and nobody answers for its neighbours. IPv6 would prefer the
 * route by the ipvlan itself, in one namespace with it, whatever device is asked for. */
#define ROUTE_BELOW                                                                                          \
	"route add 192.0.2.0/24 dev zc1 metric 100\n"                                                        \
	"neighbour add $PEER_V4 lladdr $PEER_MAC dev zc1\n"

constexpr Stack rows[] = {
	{.name = "vlan",
	 .summary = "vlan devices on a veth pair to a second namespace",
	 .parts = {"vlan devices (CONFIG_VLAN_8021Q, CONFIG_VETH)", {"veth", "8021q"}},
	 .device = "link add link zc1 name zc0 type vlan id 100\n"},
	{.name = "qinq",
	 .summary = "vlan devices on service vlan devices (802.1ad)",
	 .parts = {"vlan devices (CONFIG_VLAN_8021Q, CONFIG_VETH)", {"veth", "8021q"}},
	 .device = "link add link zc1 name zc3 type vlan proto 802.1ad id 200\n"
		   "link set dev zc3 addrgenmode none up\n"
		   "link add link zc3 name zc0 type vlan id 100\n"},
	/* net/bridge/br_device.c:br_dev_xmit sends by the port. */
	{.name = "bridge",
	 .summary = "bridges whose port is a veth device",
	 .parts = {"bridge devices (CONFIG_BRIDGE, CONFIG_VETH)", {"veth", "bridge"}},
	 .device = "link add name zc0 address $OWN_MAC type bridge mcast_snooping 0\n"
		   "link set dev zc1 master zc0\n"},
	{.name = "macvlan-bridge",
	 .summary = "macvlans in bridge mode",
	 .parts = {"macvlan devices (CONFIG_MACVLAN, CONFIG_VETH)", {"veth", "macvlan"}},
	 .device = "link add link zc1 name zc0 type macvlan mode bridge\n"},
	{.name = "macvlan-private",
	 .summary = "macvlans in private mode",
	 .parts = {"macvlan devices (CONFIG_MACVLAN, CONFIG_VETH)", {"veth", "macvlan"}},
	 .device = "link add link zc1 name zc0 type macvlan mode private\n"},
	{.name = "ipvlan",
	 .summary = "ipvlans in L2 mode",
	 .parts = {"ipvlan devices (CONFIG_IPVLAN, CONFIG_VETH)", {"veth", "ipvlan"}},
	 .device = "link add link zc1 name zc0 type ipvlan mode l2\n"},
	{.name = "ipvlan-l3",
	 .summary = "ipvlans in L3 mode",
	 .parts = {"ipvlan devices (CONFIG_IPVLAN, CONFIG_VETH)", {"veth", "ipvlan"}},
	 .device = "link add link zc1 name zc0 type ipvlan mode l3\n",
	 .after = ROUTE_BELOW,
	 .address_family = AF_INET},
	{.name = "ipvlan-l3s",
	 .summary = "ipvlans in L3S mode",
	 .parts = {"ipvlan devices (CONFIG_IPVLAN_L3S, CONFIG_VETH)", {"veth", "ipvlan"}},
	 .device = "link add link zc1 name zc0 type ipvlan mode l3s\n",
	 .after = ROUTE_BELOW,
	 .address_family = AF_INET},
	{.name = "bond-backup",
	 .summary = "bonds in mode active-backup",
	 .parts = {"bonds (CONFIG_BONDING, CONFIG_VETH)", {"veth", "bonding"}},
	 .device = "link add name zc0 type bond mode active-backup\n"
		   "link set dev zc1 down\n"
		   "link set dev zc1 master zc0\n"},
	{.name = "bond-xor",
	 .summary = "bonds in mode balance-xor",
	 .parts = {"bonds (CONFIG_BONDING, CONFIG_VETH)", {"veth", "bonding"}},
	 .device = "link add name zc0 type bond mode balance-xor xmit_hash_policy layer3+4\n"
		   "link set dev zc1 down\n"
		   "link set dev zc1 master zc0\n"},
	{.name = "vlan-bond",
	 .summary = "vlan devices on bonds",
	 .parts = {"bonds and vlan devices (CONFIG_BONDING, CONFIG_VLAN_8021Q, CONFIG_VETH)",
		   {"veth", "bonding", "8021q"}},
	 .device = "link add name zc3 type bond mode active-backup\n"
		   "link set dev zc1 down\n"
		   "link set dev zc1 master zc3\n"
		   "link set dev zc3 addrgenmode none up\n"
		   "link add link zc3 name zc0 type vlan id 100\n"},
	/* drivers/net/macsec.c:macsec_encrypt encrypts a copy (skb_cow_data). */
	{.name = "macsec",
	 .summary = "MACsec with encryption",
	 .parts = {"MACsec (CONFIG_MACSEC, CONFIG_CRYPTO_GCM, CONFIG_VETH)",
		   {"veth", "macsec", "gcm", "ctr", "ghash_generic", "aes_generic", "aesni_intel"}},
	 .device = "link add link zc1 name zc0 type macsec port 1 encrypt on\n"
		   "macsec add zc0 tx sa 0 pn 1 on key 01 000102030405060708090a0b0c0d0e0f\n"
		   "macsec add zc0 rx port 1 address $PEER_MAC\n"
		   "macsec add zc0 rx port 1 address $PEER_MAC sa 0 pn 1 on key 01 "
		   "000102030405060708090a0b0c0d0e0f\n",
	 .traits = copies_below,
	 .own_state = true},
	/* Both copies of a datagram may arrive while the receiver does not know the sender as one
	 * node yet (net/hsr/hsr_framereg.c:hsr_register_frame_out): TCP drops the second. */
	{.name = "hsr",
	 .summary = "HSR over two veth pairs",
	 .parts = {"HSR (CONFIG_HSR, CONFIG_VETH)", {"veth", "hsr"}},
	 .device = "link set dev zc2 addrgenmode none up\n"
		   "link add name zc0 type hsr slave1 zc1 slave2 zc2 version 1\n",
	 .traits = device_without_sg | copies_below,
	 .tcp = segments_copied,
	 .datagrams = false,
	 .second_pair = true,
	 .own_state = true},
	{.name = "prp",
	 .summary = "PRP over two veth pairs",
	 .parts = {"PRP (CONFIG_HSR, CONFIG_VETH)", {"veth", "hsr"}},
	 .device = "link set dev zc2 addrgenmode none up\n"
		   "link add name zc0 type hsr slave1 zc1 slave2 zc2 proto 1\n",
	 .traits = device_without_sg | copies_below,
	 .tcp = segments_copied,
	 .datagrams = false,
	 .second_pair = true,
	 .own_state = true},
};

const StackRegistration registration(rows);

} // namespace

} // namespace netns
