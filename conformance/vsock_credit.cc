// SPDX-License-Identifier: GPL-2.0
/* VSOCK: the credit that flagged sends take, which is what the receiver's buffer has room for. */

#include <linux/sockios.h>
#include <sys/ioctl.h>

#include "conformance/chapter.h"

namespace
{

/* The bytes of flagged sends that the credit is enough for. */
std::size_t bytes_within_credit(At at, Link &link)
{
	const Payload payload(4096);

	for (std::size_t bytes = 0;;) {
		const Sent sent = link.send_zerocopy(payload);

		if (!sent.ok()) {
			at->refused(sent, EAGAIN);
			return bytes;
		}
		bytes += sent.returned;
	}
}

void fails(At at, Link &link, Bytes bytes)
{
	const Sent sent = link.send_zerocopy(bytes);

	at->that("return value of the send call", !sent.ok(), "-1", transport::describe(sent));
}

REQUIREMENT("ZC-VS-34", observed,
	    "A flagged VSOCK send that fails, because its address cannot be read or a limit is met, gives "
	    "back the credit that it took: what the receiver has room for can be sent afterwards, and when "
	    "that is read SIOCOUTQ, where VSOCK has it, is 0.",
	    .code = "net/vmw_vsock/virtio_transport_common.c:virtio_transport_send_pkt_info, "
		    "virtio_transport_put_credit, virtio_transport_consume_skb_sent");
/* The failing sends ask for several times what the receiver has room for. */
CASE(vsock_send_that_fails_gives_its_credit_back, .requirements = {"ZC-VS-34"},
     .transports = transport::vsock, .paths = netns::simplest, .needs = needs_optmem)
{
	constexpr int rounds = 20;
	const transport::LinkOptions small = {.receive_buffer = 256 << 10};
	Link &fresh = test.connect(small);
	Link &link = test.connect(small);
	const Payload payload(60000);
	const Mapping unreadable(payload.size(), PROT_NONE);

	for (int i = 0; i < rounds; i++) {
		fails(test, link, unreadable.bytes());
		const ScopedOptmemMax none(0);
		fails(test, link, payload);
	}
	const std::size_t usual = bytes_within_credit(test, fresh);
	test.equal("bytes of flagged sends after those that failed",
		   static_cast<long>(bytes_within_credit(test, link)), static_cast<long>(usual));
	link.deliver();
	int unsent = 0;
	const bool none =
		os::wait_until([&] { return ::ioctl(link.sender(), SIOCOUTQ, &unsent) < 0 || unsent == 0; });
	test.that("SIOCOUTQ when all is read", none, "0", std::to_string(unsent));
}

} // namespace
