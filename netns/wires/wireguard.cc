// SPDX-License-Identifier: GPL-2.0
/* WireGuard. iproute2 makes the device, and generic netlink gives it its keys, as wg(8) does. */
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/wireguard.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <system_error>
#include <vector>

#include "netns/stack.h"
#include "netns/wire.h"
#include "os/address.h"
#include "os/check.h"
#include "os/fd.h"

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

/* One request of generic netlink. */
class Request {
public:
	Request(std::uint16_t family, std::uint8_t command, std::uint8_t version)
	{
		const genlmsghdr generic = {.cmd = command, .version = version, .reserved = 0};

		put(nlmsghdr{.nlmsg_len = 0,
			     .nlmsg_type = family,
			     .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
			     .nlmsg_seq = 1,
			     .nlmsg_pid = 0});
		put(generic);
	}
	void add(std::uint16_t type, std::span<const std::uint8_t> value)
	{
		put(nlattr{.nla_len = static_cast<std::uint16_t>(NLA_HDRLEN + value.size()),
			   .nla_type = type});
		bytes_.insert(bytes_.end(), value.begin(), value.end());
		bytes_.resize(NLA_ALIGN(bytes_.size()));
	}
	template <typename Value> void add_value(std::uint16_t type, const Value &value)
	{
		add(type, {reinterpret_cast<const std::uint8_t *>(&value), sizeof(value)});
	}
	/* Attributes that `content` adds are within it. */
	template <typename Content> void nest(std::uint16_t type, Content content)
	{
		const std::size_t start = bytes_.size();

		add(type | NLA_F_NESTED, {});
		content();
		const auto length = static_cast<std::uint16_t>(bytes_.size() - start);
		std::memcpy(&bytes_[start + offsetof(nlattr, nla_len)], &length, sizeof(length));
	}
	/* The answer's bytes behind its headers. Throws std::system_error where the kernel refuses. */
	std::vector<std::uint8_t> ask()
	{
		const os::Fd netlink(os::check(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC),
					       "socket(NETLINK_GENERIC)"));
		std::vector<std::uint8_t> answer(8192);
		const auto length = static_cast<std::uint32_t>(bytes_.size());

		std::memcpy(&bytes_[offsetof(nlmsghdr, nlmsg_len)], &length, sizeof(length));
		os::check(::send(netlink.get(), bytes_.data(), bytes_.size(), 0), "send(NETLINK_GENERIC)");
		answer.resize(os::check(::recv(netlink.get(), answer.data(), answer.size(), 0),
					"recv(NETLINK_GENERIC)"));
		nlmsghdr header;
		std::memcpy(&header, answer.data(), sizeof(header));
		if (header.nlmsg_type == NLMSG_ERROR) {
			nlmsgerr error;

			std::memcpy(&error, &answer[NLMSG_HDRLEN], sizeof(error));
			if (error.error)
				throw std::system_error(-error.error, std::generic_category(),
							"generic netlink");
		}
		answer.erase(answer.begin(), answer.begin() + NLMSG_HDRLEN + GENL_HDRLEN);
		return answer;
	}

private:
	template <typename Part> void put(const Part &part)
	{
		const auto *start = reinterpret_cast<const std::uint8_t *>(&part);

		bytes_.insert(bytes_.end(), start, start + sizeof(part));
	}
	std::vector<std::uint8_t> bytes_;
};

std::uint16_t family_of_wireguard()
{
	Request request(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1);

	request.add(CTRL_ATTR_FAMILY_NAME,
		    {reinterpret_cast<const std::uint8_t *>(WG_GENL_NAME), sizeof(WG_GENL_NAME)});
	const std::vector<std::uint8_t> answer = request.ask();
	for (std::size_t at = 0; at + NLA_HDRLEN <= answer.size();) {
		nlattr attribute;

		std::memcpy(&attribute, &answer[at], sizeof(attribute));
		if (attribute.nla_type == CTRL_ATTR_FAMILY_ID) {
			std::uint16_t id;

			std::memcpy(&id, &answer[at + NLA_HDRLEN], sizeof(id));
			return id;
		}
		at += NLA_ALIGN(attribute.nla_len);
	}
	throw std::system_error(ENOENT, std::generic_category(), "generic netlink family " WG_GENL_NAME);
}

void give_keys(const Addresses &lower, bool sender)
{
	Request request(family_of_wireguard(), WG_CMD_SET_DEVICE, WG_GENL_VERSION);
	const os::Address endpoint = *os::ip_address(sender ? lower.receiver : lower.sender, listen_port);

	request.add(WGDEVICE_A_IFNAME,
		    {reinterpret_cast<const std::uint8_t *>(device_name), std::strlen(device_name) + 1});
	request.add(WGDEVICE_A_PRIVATE_KEY, private_keys[!sender]);
	request.add_value(WGDEVICE_A_LISTEN_PORT, listen_port);
	request.nest(WGDEVICE_A_PEERS, [&] {
		request.nest(0, [&] {
			request.add(WGPEER_A_PUBLIC_KEY, public_keys[sender]);
			request.add(
				WGPEER_A_ENDPOINT,
				{reinterpret_cast<const std::uint8_t *>(endpoint.get()), endpoint.length});
			request.nest(WGPEER_A_ALLOWEDIPS, [&] {
				for (const std::uint16_t family : {AF_INET, AF_INET6})
					request.nest(0, [&] {
						const std::array<std::uint8_t, 16> any = {};

						request.add_value(WGALLOWEDIP_A_FAMILY, family);
						request.add(WGALLOWEDIP_A_IPADDR,
							    std::span(any).first(family == AF_INET ? 4 : 16));
						request.add_value(WGALLOWEDIP_A_CIDR_MASK, std::uint8_t{0});
					});
			});
		});
	});
	request.ask();
}

/* drivers/net/wireguard/device.c:wg_xmit cuts TCP packets into segments without gathering, and
 * send.c:encrypt_packet encrypts a copy of others (skb_cow_data). */
constexpr Stack rows[] = {
	{.name = "wireguard",
	 .summary = "WireGuard over IPv4",
	 .parts = {"WireGuard (CONFIG_WIREGUARD, CONFIG_VETH)",
		   {"veth", "wireguard", "libchacha20poly1305", "udp_tunnel", "ip6_udp_tunnel"}},
	 .device = "link add name zc0 type wireguard\n",
	 .traits = copies_below,
	 .tcp = segments_copied,
	 .more = give_keys},
};

const StackRegistration registration(rows);

} // namespace

} // namespace netns
