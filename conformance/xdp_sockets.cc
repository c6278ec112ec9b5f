// SPDX-License-Identifier: GPL-2.0
/* AF_XDP sockets at the receiver's end, in copy mode: a program has the packet before the network stack, and
 * the socket's memory gets its bytes. */
#include "conformance/chapter.h"
#include "netns/xdp_socket.h"

namespace
{

netns::XdpSocket xdp_socket(At at, netns::Xdp mode)
try {
	return at_receiver(*at, [&] { return netns::XdpSocket(at->network().device(), mode); });
} catch (const std::system_error &refused) {
	at->skip(std::string("AF_XDP sockets (CONFIG_XDP_SOCKETS): ") + refused.what());
}

/* Nobody looks at the ring before the notification has come and the buffer is stored to. */
Notification completion_of_redirected(At at, netns::Xdp mode)
{
	Link &link = at->connect();
	const netns::XdpSocket socket = xdp_socket(at, mode);
	Payload payload(1000);
	const Data original = payload.copy();

	link.waive_delivery();
	sends(at, link, payload);
	notified(at, link.sender());
	payload.overwrite();
	const Notification notification = at->one_completion(link, {0, 0});
	const Bytes seen = socket.first_packet();
	at->that("packet in the ring",
		 std::search(seen.begin(), seen.end(), original.begin(), original.end()) != seen.end(),
		 "the bytes as sent", seen.empty() ? "no packet" : "other bytes");
	return notification;
}

REQUIREMENT(
	"ZC-LO-86", promised,
	"A datagram that is redirected into an AF_XDP socket in copy mode is completed though nobody reads "
	"the ring, which has the bytes as sent, whatever is stored after the notification; that says "
	"SO_EE_CODE_ZEROCOPY_COPIED.",
	.rests_on = "ZC-IN-03 ZC-IN-08",
	.code = "net/core/dev.c:netif_receive_generic_xdp makes the packet linear, then net/xdp/xsk.c:"
		"xsk_generic_rcv copies it");
CASE(datagram_to_an_xdp_socket_completes_as_copied, .requirements = {"ZC-LO-86"},
     .transports = transport::udp, .paths = netns::basic | netns::local, .without = netns::simplest,
     .needs = needs_bpf, .once = true)
{
	copied(test, completion_of_redirected(test, netns::Xdp::generic));
}

/* drivers/net/veth.c:veth_convert_skb_to_xdp_buff copies before the program runs. */
CASE(datagram_to_an_xdp_socket_by_native_xdp_completes_as_copied, .requirements = {"ZC-LO-86", "ZC-CP-12"},
     .transports = transport::udp, .paths = netns::basic | netns::local, .without = netns::simplest,
     .needs = needs_bpf, .once = true, .deviation = "veth-xdp-copy-not-reported")
{
	const Notification notification = completion_of_redirected(test, netns::Xdp::native);

	if (!notification.copied())
		test.deviates(errqueue::describe(notification));
}

} // namespace
