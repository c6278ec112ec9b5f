// SPDX-License-Identifier: GPL-2.0
#include "errqueue/notification.h"

#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <sstream>

namespace errqueue
{

namespace
{

bool carries_extended_error(const ControlMessage &message)
{
	return (message.level == SOL_IP && message.type == IP_RECVERR) ||
	       (message.level == SOL_IPV6 && message.type == IPV6_RECVERR) ||
	       (message.level == SOL_VSOCK && message.type == VSOCK_RECVERR);
}

std::string level_and_type(const ControlMessage &message)
{
	std::ostringstream out;

	if (message.level == SOL_IP && message.type == IP_RECVERR)
		return "SOL_IP/IP_RECVERR";
	if (message.level == SOL_IPV6 && message.type == IPV6_RECVERR)
		return "SOL_IPV6/IPV6_RECVERR";
	if (message.level == SOL_VSOCK && message.type == VSOCK_RECVERR)
		return "SOL_VSOCK/VSOCK_RECVERR";
	out << "level " << message.level << " type " << message.type;
	return out.str();
}

} // namespace

bool Notification::is_zerocopy() const
{
	return err.ee_origin == SO_EE_ORIGIN_ZEROCOPY && err.ee_errno == 0;
}

Message parse(const msghdr &header, ssize_t returned)
{
	Message message;
	/* CMSG_NXTHDR() wants a mutable header, but only reads it. */
	msghdr walk = header;

	message.returned = returned;
	message.flags = header.msg_flags;
	message.name_length = header.msg_namelen;
	message.control_length = header.msg_controllen;

	for (cmsghdr *cmsg = CMSG_FIRSTHDR(&walk); cmsg; cmsg = CMSG_NXTHDR(&walk, cmsg)) {
		/* A truncated last message may claim more than the buffer holds. */
		const auto *start = reinterpret_cast<const std::uint8_t *>(cmsg);
		const auto *end =
			static_cast<const std::uint8_t *>(header.msg_control) + header.msg_controllen;
		const std::size_t there = std::min<std::size_t>(cmsg->cmsg_len, end - start);
		const ControlMessage control{cmsg->cmsg_level, cmsg->cmsg_type, cmsg->cmsg_len};

		message.control.push_back(control);
		if (!carries_extended_error(control) || there < CMSG_LEN(sizeof(sock_extended_err)))
			continue;

		Notification notification;
		const std::uint8_t *data = CMSG_DATA(cmsg);
		notification.header = control;
		std::memcpy(&notification.err, data, sizeof(notification.err));
		notification.offender.assign(data + sizeof(sock_extended_err), start + there);
		message.notifications.push_back(std::move(notification));
	}
	return message;
}

std::string describe(IdRange range)
{
	std::ostringstream out;

	out << '[' << range.lo << ',' << range.hi << ']';
	return out.str();
}

std::string describe(const Notification &notification)
{
	static constexpr std::array<const char *, 8> origins = {"none",		"local",    "icmp",   "icmp6",
								"timestamping", "zerocopy", "txtime", "?"};
	const sock_extended_err &err = notification.err;
	std::ostringstream out;

	out << level_and_type(notification.header) << " cmsg_len=" << notification.header.length
	    << " ee_errno=" << err.ee_errno << " ee_origin=" << unsigned{err.ee_origin} << '('
	    << origins[std::min<std::size_t>(err.ee_origin, origins.size() - 1)] << ')'
	    << " ee_type=" << unsigned{err.ee_type} << " ee_code=" << unsigned{err.ee_code}
	    << " ee_pad=" << unsigned{err.ee_pad} << " ee_info=" << err.ee_info << " ee_data=" << err.ee_data
	    << " offender=" << notification.offender.size() << " bytes"
	    << (std::ranges::all_of(notification.offender, [](auto b) { return b == 0; }) ? ", zero"
											  : ", not zero");
	return out.str();
}

std::string describe(const Message &message)
{
	std::ostringstream out;

	out << "recvmsg=" << message.returned << " msg_flags=0x" << std::hex << message.flags << std::dec
	    << " msg_namelen=" << message.name_length << " msg_controllen=" << message.control_length;
	for (const ControlMessage &control : message.control)
		if (!carries_extended_error(control))
			out << "; " << level_and_type(control) << " cmsg_len=" << control.length;
	for (const Notification &notification : message.notifications)
		out << "; " << describe(notification);
	return out.str();
}

} // namespace errqueue
