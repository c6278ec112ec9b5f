// SPDX-License-Identifier: GPL-2.0
#include "errqueue/notification.h"

#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <sstream>

#include "os/names.h"

namespace errqueue
{

static bool carries_extended_error(const ControlMessage &message)
{
	return (message.level == SOL_IP && message.type == IP_RECVERR) ||
	       (message.level == SOL_IPV6 && message.type == IPV6_RECVERR) ||
	       (message.level == SOL_VSOCK && message.type == VSOCK_RECVERR);
}

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

std::string describe(const ControlMessage &message)
{
	return os::option_name(message.level, message.type);
}

std::string describe(const Notification &notification)
{
	const sock_extended_err &err = notification.err;
	std::ostringstream out;

	out << describe(notification.header) << " cmsg_len=" << notification.header.length
	    << " ee_errno=" << (err.ee_errno ? os::error_name(static_cast<int>(err.ee_errno)) : "0")
	    << " ee_origin=" << os::error_origin(err.ee_origin)
	    << " ee_type=" << os::error_type(err.ee_origin, err.ee_type)
	    << " ee_code=" << os::error_code(err.ee_code) << " ee_pad=" << unsigned{err.ee_pad}
	    << " ee_info=" << os::error_info(err.ee_origin, err.ee_info) << " ee_data=" << err.ee_data
	    << " offender=" << notification.offender.size() << " bytes"
	    << (std::ranges::all_of(notification.offender, [](auto b) { return b == 0; }) ? ", zero"
											  : ", not zero");
	return out.str();
}

std::string describe(const Message &message)
{
	std::ostringstream out;

	out << "recvmsg=" << message.returned << " msg_flags=" << os::message_flags(message.flags)
	    << " msg_namelen=" << message.name_length << " msg_controllen=" << message.control_length;
	for (const ControlMessage &control : message.control)
		if (!carries_extended_error(control))
			out << "; " << describe(control) << " cmsg_len=" << control.length;
	for (const Notification &notification : message.notifications)
		out << "; " << describe(notification);
	return out.str();
}

} // namespace errqueue
