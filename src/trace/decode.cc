// SPDX-License-Identifier: GPL-2.0
#include "trace/decode.h"

#include <algorithm>
#include <cctype>
#include <sstream>

#include "errqueue/notification.h"
#include "os/address.h"
#include "os/names.h"

namespace trace
{

/* Of a vector, or of the messages of one call. */
constexpr std::size_t most_elements = 6;
/* No call of a case carries more, so a larger length is garbage. */
constexpr std::size_t most_bytes = std::size_t{16} << 20;
constexpr std::size_t most_vector = 1024;
constexpr std::size_t lookahead = 16;

static std::uint64_t number(const void *pointer)
{
	return reinterpret_cast<std::uintptr_t>(pointer);
}

static std::vector<iovec> vector_of(const Memory &memory, const msghdr &message)
{
	return memory.array<iovec>(number(message.msg_iov),
				   std::min<std::size_t>(message.msg_iovlen, most_vector));
}

template <typename Describe> static std::string list_of(const std::vector<iovec> &vector, Describe describe)
{
	std::string text;

	for (std::size_t i = 0; i < std::min(vector.size(), most_elements); i++)
		text += (i ? ", " : "") + describe(number(vector[i].iov_base), vector[i].iov_len);
	if (vector.size() > most_elements)
		text += ", " + std::to_string(vector.size() - most_elements) + " more";
	return '[' + text + ']';
}

/* Control messages as they were given: level, type and value. */
static std::string control_text(const Memory &memory, const msghdr &message)
{
	auto control = memory.read(number(message.msg_control), message.msg_controllen);
	msghdr here = {};
	std::string text;

	here.msg_control = control.data();
	here.msg_controllen = control.size();
	for (cmsghdr *cmsg = CMSG_FIRSTHDR(&here); cmsg; cmsg = CMSG_NXTHDR(&here, cmsg)) {
		const std::uint8_t *data = CMSG_DATA(cmsg);
		const std::uint8_t *end = control.data() + control.size();
		const std::size_t claimed =
			cmsg->cmsg_len - std::min<std::size_t>(cmsg->cmsg_len, CMSG_LEN(0));
		const std::size_t length = std::min<std::size_t>(claimed, end - std::min(data, end));

		text += "{cmsg_len=" + std::to_string(cmsg->cmsg_len) + ", " +
			os::option_name(cmsg->cmsg_level, cmsg->cmsg_type) + ", " +
			value_text({data, data + length}) + '}';
	}
	return control.empty() ? room_text(number(message.msg_control), message.msg_controllen) : text;
}

std::string room_text(std::uint64_t address, std::uint64_t length)
{
	std::ostringstream out;

	if (address == 0)
		return length ? "NULL+" + std::to_string(length) : "NULL";
	out << "0x" << std::hex << address << '+' << std::dec << length;
	return out.str();
}

std::string bytes_text(const Memory &memory, const SeededBytes &seeded, std::uint64_t address,
		       std::uint64_t length)
{
	const std::string place = room_text(address, length);

	if (length == 0 || length > most_bytes)
		return place;
	const auto bytes = memory.read(address, length);
	if (bytes.empty())
		return place + " (unreadable)";
	return place + ' ' + seeded.describe(bytes, memory.read(address + length, lookahead));
}

os::Address address_at(const Memory &memory, std::uint64_t address, std::size_t length)
{
	os::Address where;
	const auto bytes = memory.read(address, std::min(length, sizeof(where.storage)));

	if (!bytes.empty())
		std::memcpy(&where.storage, bytes.data(), bytes.size());
	where.length = static_cast<socklen_t>(bytes.size());
	return where;
}

std::string address_text(const Memory &memory, std::uint64_t address, std::size_t length)
{
	const os::Address where = address_at(memory, address, length);

	if (where.length < sizeof(where.storage.ss_family))
		return address ? room_text(address, length) : "NULL";
	switch (where.family()) {
	case AF_INET:
		return os::text_of(where) + ':' + std::to_string(os::port_of(where));
	case AF_INET6:
		return '[' + os::text_of(where) + "]:" + std::to_string(os::port_of(where));
	case AF_VSOCK:
		return "cid " + os::text_of(where) + " port " + std::to_string(os::port_of(where));
	default:
		return '{' + os::family(where.family()) + ", " + std::to_string(length) + " bytes}";
	}
}

std::string value_text(const std::vector<std::uint8_t> &value)
{
	constexpr std::size_t most_numbers = 10;
	const std::string word(value.begin(), std::find(value.begin(), value.end(), 0));
	std::string text;

	/* A name, of an algorithm or a device; a number does not look like one. */
	if (word.size() > 1 && (value.size() != sizeof(int) || word.size() == sizeof(int)) &&
	    std::ranges::all_of(word, [](unsigned char c) { return std::islower(c) || std::isdigit(c); }))
		return '"' + word + '"';
	if (value.size() == sizeof(std::uint16_t)) {
		std::uint16_t one;
		std::memcpy(&one, value.data(), sizeof(one));
		return std::to_string(one);
	}
	if (value.empty() || value.size() % sizeof(int) || value.size() > most_numbers * sizeof(int))
		return std::to_string(value.size()) + " bytes";
	for (std::size_t at = 0; at < value.size(); at += sizeof(int)) {
		int one;
		std::memcpy(&one, value.data() + at, sizeof(one));
		text += (at ? ", " : "") + std::to_string(one);
	}
	return value.size() == sizeof(int) ? text : '{' + text + '}';
}

std::string message_text(const Memory &memory, const SeededBytes &seeded, const msghdr &message)
{
	std::string text;

	if (message.msg_name)
		text += "name=" + address_text(memory, number(message.msg_name), message.msg_namelen) + ", ";
	text += "iov=" +
		list_of(vector_of(memory, message), [&](std::uint64_t address, std::uint64_t length) {
			return bytes_text(memory, seeded, address, length);
		});
	if (message.msg_control)
		text += ", control=" + control_text(memory, message);
	return '{' + text + '}';
}

std::string message_room_text(const Memory &memory, const msghdr &message)
{
	std::string text = "iov=" + list_of(vector_of(memory, message), room_text);

	if (message.msg_name)
		text += ", namelen=" + std::to_string(message.msg_namelen);
	if (message.msg_control)
		text += ", controllen=" + std::to_string(message.msg_controllen);
	return '{' + text + '}';
}

std::string received_text(const Memory &memory, const SeededBytes &seeded, const msghdr &message,
			  ssize_t returned, unsigned flags)
{
	auto control = memory.read(number(message.msg_control), message.msg_controllen);
	msghdr here = message;
	std::string text;

	here.msg_control = control.data();
	here.msg_controllen = control.size();
	const errqueue::Message parsed = errqueue::parse(here, returned);
	for (const errqueue::Notification &notification : parsed.notifications)
		if (notification.is_zerocopy())
			text += "ids " + errqueue::describe(notification.ids()) + ": ";
	if ((flags & MSG_ERRQUEUE) || !parsed.control.empty())
		text += errqueue::describe(parsed);
	else if (message.msg_flags)
		text += "msg_flags=" + os::message_flags(message.msg_flags);
	auto left = static_cast<std::uint64_t>(std::max<ssize_t>(returned, 0));
	if (left == 0)
		return text;
	return text + (text.empty() ? "" : "; ") +
	       list_of(vector_of(memory, message), [&](std::uint64_t address, std::uint64_t length) {
		       const std::uint64_t filled = std::min(left, length);
		       left -= filled;
		       return bytes_text(memory, seeded, address, filled);
	       });
}

} // namespace trace
