// SPDX-License-Identifier: GPL-2.0
/* WireGuard. iproute2 makes the device, and generic netlink gives it its keys, as wg(8) does. */
#include "netns/wires/wireguard.h"

#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/wireguard.h>
#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>

#include "netns/netlink.h"
#include "netns/stack.h"
#include "netns/wire.h"
#include "os/address.h"

namespace netns
{

namespace
{

using Key = std::array<std::uint8_t, WG_KEY_LEN>;

/* The pairs of RFC 7748, 6.1: the sender is Alice, the receiver Bob. */
constexpr Key private_keys[] = {
	{0x77, 0x07, 0x6d, 0x0a, 0x73, 0x18, 0xa5, 0x7d, 0x3c, 0x16, 0xc1, 0x72, 0x51, 0xb2, 0x66, 0x45,
	 0xdf, 0x4c, 0x2f, 0x87, 0xeb, 0xc0, 0x99, 0x2a, 0xb1, 0x77, 0xfb, 0xa5, 0x1d, 0xb9, 0x2c, 0x2a},
	{0x5d, 0xab, 0x08, 0x7e, 0x62, 0x4a, 0x8a, 0x4b, 0x79, 0xe1, 0x7f, 0x8b, 0x83, 0x80, 0x0e, 0xe6,
	 0x6f, 0x3b, 0xb1, 0x29, 0x26, 0x18, 0xb6, 0xfd, 0x1c, 0x2f, 0x8b, 0x27, 0xff, 0x88, 0xe0, 0xeb}};
constexpr Key public_keys[] = {
	{0x85, 0x20, 0xf0, 0x09, 0x89, 0x30, 0xa7, 0x54, 0x74, 0x8b, 0x7d, 0xdc, 0xb4, 0x3e, 0xf7, 0x5a,
	 0x0d, 0xbf, 0x3a, 0x0d, 0x26, 0x38, 0x1a, 0xf4, 0xeb, 0xa4, 0xa9, 0x8e, 0xaa, 0x9b, 0x4e, 0x6a},
	{0xde, 0x9e, 0xdb, 0x7d, 0x7b, 0x7d, 0xc1, 0xb4, 0xd3, 0x5b, 0x61, 0xc2, 0xec, 0xe4, 0x35, 0x37,
	 0x3f, 0x83, 0x43, 0xc8, 0x5b, 0x78, 0x67, 0x4d, 0xad, 0xfc, 0x7e, 0x14, 0x6f, 0x88, 0x2b, 0x4f}};
constexpr std::uint16_t listen_port = 51820;

/* drivers/net/wireguard/device.c:wg_xmit cuts packets into segments without gathering, and
 * send.c:encrypt_packet encrypts a copy of others (skb_cow_data). */
constexpr Stack rows[] = {
	{.name = "wireguard",
	 .summary = "WireGuard over IPv4",
	 .parts = {"WireGuard (CONFIG_WIREGUARD, CONFIG_VETH)",
		   {"veth", "wireguard", "libchacha20poly1305", "udp_tunnel", "ip6_udp_tunnel"}},
	 .device = "link add name zc0 type wireguard\n",
	 .traits = copies_below,
	 .tcp = segments_copied,
	 .udp = datagrams_cut_by_copying,
	 .more = [](const Site &, bool sender) { give_wireguard_keys(device_name, lower_addresses, sender); },
	 .own_state = true},
};

const StackRegistration registration(rows);

} // namespace

void give_wireguard_keys(const char *device, const Addresses &below, bool sender)
{
	const os::Address endpoint = *os::ip_address(sender ? below.receiver : below.sender, listen_port);
	const genlmsghdr set = {.cmd = WG_CMD_SET_DEVICE, .version = WG_GENL_VERSION, .reserved = 0};
	NetlinkRequests request;

	request.begin(generic_netlink_family(WG_GENL_NAME), NLM_F_ACK, set);
	request.add(WGDEVICE_A_IFNAME, device);
	request.add(WGDEVICE_A_PRIVATE_KEY, private_keys[!sender].data(), WG_KEY_LEN);
	request.add(WGDEVICE_A_LISTEN_PORT, &listen_port, sizeof(listen_port));
	const std::size_t peers = request.open(WGDEVICE_A_PEERS | NLA_F_NESTED);
	const std::size_t peer = request.open(NLA_F_NESTED);
	request.add(WGPEER_A_PUBLIC_KEY, public_keys[sender].data(), WG_KEY_LEN);
	request.add(WGPEER_A_ENDPOINT, endpoint.get(), endpoint.length);
	const std::size_t allowed = request.open(WGPEER_A_ALLOWEDIPS | NLA_F_NESTED);
	for (const std::uint16_t family : {AF_INET, AF_INET6}) {
		const std::array<std::uint8_t, 16> any = {};
		const std::uint8_t mask = 0;
		const std::size_t entry = request.open(NLA_F_NESTED);

		request.add(WGALLOWEDIP_A_FAMILY, &family, sizeof(family));
		request.add(WGALLOWEDIP_A_IPADDR, any.data(), family == AF_INET ? 4 : any.size());
		request.add(WGALLOWEDIP_A_CIDR_MASK, &mask, sizeof(mask));
		request.close(entry);
	}
	for (const std::size_t each : {allowed, peer, peers})
		request.close(each);
	request.must_make(open_netlink(NETLINK_GENERIC).get(), "WG_CMD_SET_DEVICE");
}

} // namespace netns
