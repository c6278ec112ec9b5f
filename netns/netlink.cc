// SPDX-License-Identifier: GPL-2.0
#include "netns/netlink.h"

#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "netns/watch.h"
#include "os/check.h"
#include "os/socket.h"

namespace netns
{

os::Fd open_netlink(int protocol)
{
	return os::open_socket(AF_NETLINK, SOCK_RAW, protocol);
}

void NetlinkRequests::append(const void *data, std::size_t length)
{
	const std::size_t end = bytes_.size();

	bytes_.resize(end + NLMSG_ALIGN(length));
	if (length)
		std::memcpy(bytes_.data() + end, data, length);
	const auto whole = static_cast<std::uint32_t>(bytes_.size() - message_);
	std::memcpy(bytes_.data() + message_ + offsetof(nlmsghdr, nlmsg_len), &whole, sizeof(whole));
}

void NetlinkRequests::begin(std::uint16_t type, std::uint16_t flags, const void *data, std::size_t length)
{
	nlmsghdr header = {};

	header.nlmsg_type = type;
	header.nlmsg_flags = flags | NLM_F_REQUEST;
	message_ = bytes_.size();
	append(&header, sizeof(header));
	append(data, length);
}

std::size_t NetlinkRequests::add(std::uint16_t type, const void *data, std::size_t length)
{
	const std::size_t at = bytes_.size();
	const rtattr attribute = {static_cast<std::uint16_t>(RTA_LENGTH(length)), type};

	append(&attribute, sizeof(attribute));
	append(data, length);
	return at;
}

void NetlinkRequests::close(std::size_t opened)
{
	const auto length = static_cast<std::uint16_t>(bytes_.size() - opened);

	std::memcpy(bytes_.data() + opened, &length, sizeof(length));
}

void NetlinkRequests::send(int netlink) const
{
	os::check(::send(netlink, bytes_.data(), bytes_.size(), 0), "send(netlink)");
}

int NetlinkRequests::make(int netlink) const
{
	struct {
		nlmsghdr header;
		nlmsgerr error;
		char request[1024];
	} answer = {};

	Watch::touch();
	send(netlink);
	os::check(::recv(netlink, &answer, sizeof(answer), 0), "recv(netlink)");
	return -answer.error.error;
}

void NetlinkRequests::must_make(int netlink, const char *what) const
{
	if (const int error = make(netlink))
		throw std::system_error(error, std::generic_category(), what);
}

std::uint16_t generic_netlink_family(const std::string &name)
{
	const os::Fd netlink = open_netlink(NETLINK_GENERIC);
	const genlmsghdr get = {.cmd = CTRL_CMD_GETFAMILY, .version = 1, .reserved = 0};
	std::array<char, 8192> answer = {};
	NetlinkRequests request;

	request.begin(GENL_ID_CTRL, 0, get);
	request.add(CTRL_ATTR_FAMILY_NAME, name);
	request.send(netlink.get());
	const std::size_t length =
		os::check(::recv(netlink.get(), answer.data(), answer.size(), 0), "recv(netlink)");
	const auto copied = [&](std::size_t at, auto value) {
		if (at + sizeof(value) <= length)
			std::memcpy(&value, answer.data() + at, sizeof(value));
		return value;
	};
	if (copied(0, nlmsghdr{}).nlmsg_type != NLMSG_ERROR)
		for (std::size_t at = NLMSG_HDRLEN + GENL_HDRLEN; at < length;) {
			const auto attribute = copied(at, nlattr{});

			if (attribute.nla_type == CTRL_ATTR_FAMILY_ID)
				return copied(at + NLA_HDRLEN, std::uint16_t{});
			at += NLA_ALIGN(std::max<std::size_t>(attribute.nla_len, NLA_HDRLEN));
		}
	throw std::system_error(ENOENT, std::generic_category(), "generic netlink family " + name);
}

} // namespace netns
