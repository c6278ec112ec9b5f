// SPDX-License-Identifier: GPL-2.0
#include "transport/outgoing.h"

#include <netinet/in.h>
#include <netinet/udp.h>

#include <cstring>

namespace transport
{

Outgoing::Outgoing(std::initializer_list<os::Bytes> pieces)
{
	for (const os::Bytes piece : pieces)
		add(piece);
}

Outgoing &Outgoing::add(os::Bytes piece)
{
	pieces_.push_back({const_cast<std::uint8_t *>(piece.data()), piece.size()});
	size_ += piece.size();
	return *this;
}

Outgoing &Outgoing::to(const os::Address &address)
{
	name_ = address;
	return *this;
}

Outgoing &Outgoing::with(int level, int type, const void *data, std::size_t length,
			 std::optional<std::size_t> claimed)
{
	const std::size_t start = control_.size();
	cmsghdr header = {};

	header.cmsg_level = level;
	header.cmsg_type = type;
	header.cmsg_len = CMSG_LEN(claimed.value_or(length));
	control_.resize(start + CMSG_SPACE(length));
	std::memcpy(&control_[start], &header, sizeof(header));
	if (length)
		std::memcpy(&control_[start + CMSG_LEN(0)], data, length);
	return *this;
}

Outgoing &Outgoing::in_segments_of(std::uint16_t size)
{
	return with(SOL_UDP, UDP_SEGMENT, size);
}

/* sendmsg() writes to nothing that its header points to. */
msghdr Outgoing::header() const
{
	msghdr header = {};

	if (name_.length) {
		header.msg_name = const_cast<sockaddr *>(name_.get());
		header.msg_namelen = name_.length;
	}
	header.msg_iov = const_cast<iovec *>(pieces_.data());
	header.msg_iovlen = pieces_.size();
	if (!control_.empty()) {
		header.msg_control = const_cast<std::uint8_t *>(control_.data());
		header.msg_controllen = control_.size();
	}
	return header;
}

Outgoing gapped(os::Bytes bytes, std::size_t count, std::size_t length, bool backwards)
{
	Outgoing message;

	for (std::size_t i = 0; i < count; i++)
		message.add(bytes.subspan((backwards ? count - 1 - i : i) * (length + 1), length));
	return message;
}

} // namespace transport
