// SPDX-License-Identifier: GPL-2.0
/* What a program says of a datagram besides its data, as QUIC servers and traffic control do: the flag
 * changes nothing of it. */
#include <cstdint>
#include <map>

#include "conformance/chapter.h"

/* Older headers lack them (asm-generic/socket.h). */
#ifndef SO_RCVMARK
#define SO_RCVMARK 75
#endif
#ifndef SO_RCVPRIORITY
#define SO_RCVPRIORITY 82
#endif

namespace
{

/* Control messages by level and type, each with its first bytes as a number. */
using Fields = std::map<std::pair<int, int>, std::uint32_t>;

struct Field {
	int family; /* of the addresses on the wire; AF_UNSPEC: any */
	int level;
	int option;  /* of the receiver: asks for the field */
	int message; /* the control message that gives it, to the receiver and by the sender */
	std::uint32_t value;
};

/* The sender's socket has the mark and the priority. */
constexpr std::uint32_t mark = 0x1234, priority = 5;
constexpr Field by_control_message[] = {
	{AF_INET, SOL_IP, IP_RECVTTL, IP_TTL, 33},
	{AF_INET, SOL_IP, IP_RECVTOS, IP_TOS, 0x12},
	{AF_INET6, SOL_IPV6, IPV6_RECVHOPLIMIT, IPV6_HOPLIMIT, 33},
	{AF_INET6, SOL_IPV6, IPV6_RECVTCLASS, IPV6_TCLASS, 0x12},
};
/* Where the kernel tells no receiver of one, that is left out. */
constexpr Field of_the_socket[] = {
	{AF_UNSPEC, SOL_SOCKET, SO_RCVMARK, SO_MARK, mark},
	{AF_UNSPEC, SOL_SOCKET, SO_RCVPRIORITY, SO_PRIORITY, priority},
};

bool asks_for(int receiver, const Field &field)
{
	const int on = 1;

	return ::setsockopt(receiver, field.level, field.option, &on, sizeof(on)) == 0;
}

/* The next datagram's fields. */
Fields read_fields(At at, int receiver)
{
	alignas(cmsghdr) std::array<std::uint8_t, 512> control = {};
	std::array<std::uint8_t, 2048> data = {};
	iovec piece = {data.data(), data.size()};
	msghdr header = {};
	Fields fields;

	readable(at, receiver, "the receiver");
	header.msg_iov = &piece;
	header.msg_iovlen = 1;
	header.msg_control = control.data();
	header.msg_controllen = control.size();
	os::check(::recvmsg(receiver, &header, 0), "recvmsg()");
	for (cmsghdr *each = CMSG_FIRSTHDR(&header); each; each = CMSG_NXTHDR(&header, each)) {
		std::uint32_t value = 0;

		/* IP_TOS comes as a byte, the others as an int. */
		std::memcpy(&value, CMSG_DATA(each), std::min(sizeof(value), each->cmsg_len - CMSG_LEN(0)));
		fields[{each->cmsg_level, each->cmsg_type}] = value;
	}
	return fields;
}

REQUIREMENT("ZC-UD-80", observed,
	    "A flagged datagram arrives with the TTL (hop limit), the TOS (traffic class), the mark and the "
	    "priority that its control messages and its socket give it, as a plain one does.",
	    .code = "net/ipv4/ip_output.c:__ip_make_skb, net/ipv6/ip6_output.c:__ip6_make_skb",
	    .kernels = "the receiver is told of the mark since 5.19, and of the priority since 6.14");
CASE(datagram_has_the_fields_that_it_was_given, .requirements = {"ZC-UD-80"}, .transports = transport::udp,
     .paths = netns::simplest)
{
	Link &link = test.connect();
	const Bound other = bound_at_receiver(test, test.transport().address_family);
	const Payload payload(1000);
	Outgoing message(payload);
	std::vector<Field> expected;

	message.to(other.address);
	set_option(link.sender(), SOL_SOCKET, SO_MARK, static_cast<int>(mark), "setsockopt(SO_MARK)");
	set_option(link.sender(), SOL_SOCKET, SO_PRIORITY, static_cast<int>(priority),
		   "setsockopt(SO_PRIORITY)");
	for (const Field &field : of_the_socket)
		if (asks_for(other.socket.get(), field))
			expected.push_back(field);
	for (const bool messages : {false, true}) {
		/* A TOS changes the priority. */
		if (messages)
			std::erase_if(expected,
				      [](const Field &field) { return field.message == SO_PRIORITY; });
		for (const Field &field : by_control_message)
			if (messages && field.family == test.transport().address_family &&
			    asks_for(other.socket.get(), field)) {
				message.with(field.level, field.message, field.value);
				expected.push_back(field);
			}
		for (const int flags : {0, int{MSG_ZEROCOPY}}) {
			test.sent(send_raw(link.sender(), message, flags), payload.size());
			if (flags)
				link.ledger().sent();
			Fields seen = read_fields(test, other.socket.get());
			for (const Field &field : expected)
				test.equal(std::string(flags ? "flagged" : "plain") +
						   " datagram's control message of level " +
						   std::to_string(field.level) + ", type " +
						   std::to_string(field.message),
					   seen[{field.level, field.message}], field.value);
		}
	}
	test.completions_settle(link);
}

} // namespace
