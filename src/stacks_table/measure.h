/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <array>
#include <cstddef>
#include <string>

#include "netns/network.h"
#include "transport/transport.h"

/* The table of stacks: what happens to data that is sent with MSG_ZEROCOPY through them. */
namespace stacks_table
{

/* What is sent in one flagged call. */
struct Sending {
	unsigned kind; /* transport::tcp or udp */
	const char *transport;
	const char *size;   /* "segment", or "large" */
	std::size_t length; /* in bytes; of large UDP data in datagrams of one segment (UDP_SEGMENT) */
};
inline constexpr std::size_t segment = 1250;
/* Two segments, whatever device and round trip time: of more, TCP without segmentation offload would keep a
 * part back (net/ipv4/tcp_output.c:tcp_small_queue_check). */
inline constexpr std::size_t large = 2 * segment;
inline constexpr std::array<Sending, 4> sendings = {{{transport::tcp, "tcp", "segment", segment},
						     {transport::tcp, "tcp", "large", large},
						     {transport::udp, "udp", "segment", segment},
						     {transport::udp, "udp", "large", large}}};

/*
 * What was seen of one such call, as the words of the JSON output (docs/schemas/stacks.schema.json).
 * Data is held back where it would enter the receiver's namespace, which shows whether anything before
 * has copied it: then a store to the source that is made there does not reach the receiver.
 */
struct Seen {
	std::string copied;    /* before the last device: "no", "yes", or "partly" */
	std::string completed; /* "early": before the last device sent it; "delivery"; "read"; "never" */
	std::string store;     /* who sees one that is made after the notification: "nobody" or "peer" */
	std::string said;      /* "yes": SO_EE_CODE_ZEROCOPY_COPIED, where data ends at the last device */
	std::string delivered; /* the same where the data is delivered */
	std::string refused;   /* "-", or the errno of the call, and then "-" is all else */

	bool operator==(const Seen &) const = default;
};

/* Let no timer of TCP's send a copy of what is held back, nor TCP wait until a first part of it has gone. The
 * caller is in the sender's namespace. */
void prepare(const netns::Network &network);
/* Of a network whose sender's namespace the caller is in. Throws std::runtime_error where the data does not
 * arrive, or a command of the machine's is missing. */
Seen measure(const netns::Network &network, const Sending &sending);

} // namespace stacks_table
