// SPDX-License-Identifier: GPL-2.0
/* Vectors with pieces of no bytes, as writers that fill a fixed number of pieces make them. */
#include "conformance/chapter.h"

namespace
{

REQUIREMENT("ZC-MEM-60", observed,
	    "Pieces of no bytes add nothing to a flagged message, wherever they stand and point to.",
	    .code = "net/core/datagram.c:zerocopy_fill_skb_from_iter; lib/iov_iter.c:iov_iter_get_pages2",
	    .kernels = "messages of such pieces alone: ZC-CT-03, ZC-CT-04");
CASE(empty_pieces_add_nothing, .requirements = {"ZC-MEM-60", "ZC-CT-02"}, .transports = transport::all)
{
	Link &link = test.connect();
	const std::size_t length = link.usual_length() / 4;
	const Payload payload(4 * length + 4);
	const Bytes nothing;
	Outgoing message{nothing, harness::unreadable().first(0)};

	for (std::size_t i = 0; i < 4; i++)
		message.add(payload.from(i * (length + 1), length))
			.add(harness::unreadable().first(0))
			.add(nothing);
	for (const std::uint32_t id : {0, 1})
		next_id_is(test, link, message, id);
}

} // namespace
