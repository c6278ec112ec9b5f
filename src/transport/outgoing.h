/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <initializer_list>
#include <optional>
#include <type_traits>
#include <vector>

#include "os/address.h"
#include "os/bytes.h"

namespace transport
{

/*
 * A message for sendmsg(2): its pieces, its address and its control messages. It
 * refers to the bytes of the pieces, which the caller keeps, and owns the rest; a
 * copy is a message of its own.
 */
class Outgoing {
public:
	/* Without a piece, which is not the same as with one of no bytes. */
	Outgoing() = default;
	explicit Outgoing(os::Bytes piece) { add(piece); }
	explicit Outgoing(std::initializer_list<os::Bytes> pieces);

	Outgoing &add(os::Bytes piece);
	Outgoing &to(const os::Address &address);
	/* One more control message. `claimed`: cmsg_len tells of so many bytes of data,
	 * though `length` of them are there. */
	Outgoing &with(int level, int type, const void *data, std::size_t length,
		       std::optional<std::size_t> claimed = {});
	template <typename Value>
	requires std::is_trivially_copyable_v<Value> Outgoing &with(int level, int type, const Value &value)
	{
		return with(level, type, &value, sizeof(value));
	}
	/* UDP_SEGMENT, in bytes. */
	Outgoing &in_segments_of(std::uint16_t size);

	/* Of all pieces, and of the control messages, in bytes. */
	std::size_t size() const { return size_; }
	std::size_t control_length() const { return control_.size(); }
	const std::vector<iovec> &pieces() const { return pieces_; }
	/* It points into this object: valid until that changes, moves or ends. */
	msghdr header() const;

private:
	std::vector<iovec> pieces_;
	os::Address name_;
	std::vector<std::uint8_t> control_;
	std::size_t size_ = 0;
};

/*
 * `count` pieces of `length` bytes each, with a gap of one byte behind each, so that
 * the kernel can join no two; `backwards`: the last piece of the bytes comes first.
 */
Outgoing gapped(os::Bytes bytes, std::size_t count, std::size_t length = 1, bool backwards = false);

} // namespace transport
