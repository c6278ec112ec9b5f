// SPDX-License-Identifier: GPL-2.0
#include "os/descriptors.h"

#include <sys/socket.h>

#include <cstring>

#include "os/check.h"

namespace os
{

namespace
{

struct Control {
	alignas(cmsghdr) char bytes[CMSG_SPACE(most_descriptors * sizeof(int))];
};

} // namespace

void send_descriptors(int socket, std::string_view bytes, std::span<const int> descriptors)
{
	iovec vector = {const_cast<char *>(bytes.data()), bytes.size()};
	Control control = {};
	msghdr message = {};

	require(descriptors.size() <= most_descriptors, "too many descriptors for one call");
	message.msg_iov = &vector;
	message.msg_iovlen = 1;
	if (!descriptors.empty()) {
		message.msg_control = control.bytes;
		message.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
		cmsghdr *const header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(descriptors.size_bytes());
		std::memcpy(CMSG_DATA(header), descriptors.data(), descriptors.size_bytes());
	}
	check(::sendmsg(socket, &message, MSG_NOSIGNAL), "sendmsg(SCM_RIGHTS)");
}

ssize_t receive_descriptors(int socket, std::span<char> bytes, std::vector<Fd> &descriptors)
{
	iovec vector = {bytes.data(), bytes.size()};
	Control control = {};
	msghdr message = {};

	message.msg_iov = &vector;
	message.msg_iovlen = 1;
	message.msg_control = control.bytes;
	message.msg_controllen = sizeof(control.bytes);
	const ssize_t length = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	if (length < 0)
		return length;
	std::vector<Fd> came;
	for (cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header))
		for (std::size_t at = 0; CMSG_LEN(at) < header->cmsg_len; at += sizeof(int)) {
			int fd;

			std::memcpy(&fd, CMSG_DATA(header) + at, sizeof(fd));
			came.emplace_back(fd);
		}
	if (!(message.msg_flags & MSG_CTRUNC))
		for (Fd &each : came)
			descriptors.push_back(std::move(each));
	return length;
}

} // namespace os
