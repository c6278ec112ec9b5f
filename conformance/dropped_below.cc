// SPDX-License-Identifier: GPL-2.0
/* Packets of a stream that a device drops, and the sender sends again. */
#include "conformance/chapter.h"
#include "harness/shown.h"
#include "netns/bpf.h"
#include "netns/device.h"
#include "netns/ip_command.h"
#include "netns/macvtap.h"
#include "tcp_peer/peer.h"

namespace
{

using tcp_peer::Peer;

REQUIREMENT("ZC-IN-70", past_bug,
	    "A flagged TCP packet that a device drops is not complete: it is sent again, and completed when "
	    "that is acknowledged.",
	    .code = "drivers/net/tun.c:tun_net_xmit; net/core/skbuff.c:skb_tx_error",
	    .kernels = "ZC-IN-09 promises it; completed at once until 6.1.188 and 6.12.109");
DEVIATION("packet-dropped-by-tun-completes", "ZC-IN-70",
	  "4.14 to 6.1.188 [Debian 6.1.190-1], 6.2 to 6.12.109 [Debian 6.12.111-1], 6.13 to 7.2",
	  "A flagged TCP packet that a tun or tap device drops, for its filter or because no queue is "
	  "attached, is completed at once and without SO_EE_CODE_ZEROCOPY_COPIED. It is sent again from the "
	  "user's pages as they are then. What NFQUEUE and Open vSwitch drop for lack of memory fares alike.",
	  "Seen on 6.18.44. skb_tx_error() gives up the notification structure of a clone, which is the "
	  "socket's packet's, too. 6.1.192, 6.12.118, 7.2.13 and 7.3.4 ask skb_cloned() before; Debian "
	  "6.1.190-1 and 6.12.111-1 under ChangeLog-6.1.188 and ChangeLog-6.12.109. That 7.2 is the first "
	  "release of the later ones is inferred, as is the start, which is that of the feature.",
	  .fix = "net: skbuff: don't touch shared zerocopy state in skb_tx_error() (CVE-2026-80977)");
REGRESSION("net: skbuff: don't touch shared zerocopy state in skb_tx_error() (CVE-2026-80977)",
	   "6.12.109 [Debian 6.12.111-1], 6.1.188 [Debian 6.1.190-1]",
	   .cases = {"packet_that_its_device_drops_is_not_complete",
		     "packet_that_a_detour_drops_is_not_complete"});
/* What the device drops is a clone of the packet that the socket keeps, and shares its notification
 * structure. */
CASE(packet_that_its_device_drops_is_not_complete, .requirements = {"ZC-IN-70", "ZC-IN-09"},
     .transports = transport::tcp, .paths = netns::scripted | netns::copies, .needs = needs_bpf,
     .deviation = "packet-dropped-by-tun-completes")
{
	Link &link = test.connect({.offer = {.mss = 1000}});
	Peer &peer = link.peer();
	Payload payload(1000);
	const Payload later(4000);

	netns::drop_in_tun(test.network().tun(), true);
	sends(test, link, payload, MSG_EOR);
	netns::drop_in_tun(test.network().tun(), false);
	const bool early = errqueue::poll_now(link.sender()) != 0;
	if (early) {
		not_copied(test, test.one_completion(link, {0, 0}));
		harness::deviation_shows();
	}
	store_seen(link, payload);
	plainly_sends(test, link, later);
	while (peer.take_next().from != 0)
		for (int i = 0; i < 4; i++) /* three duplicates ask for the first segment: RFC 5681, 3.2 */
			peer.acknowledge();
	test.queue_empty(link);
	peer.receive(5000);
	peer.acknowledge();
	if (early)
		test.deviates(
			"[0,0] comes in the call, and what is sent again has the bytes of a later store");
	test.one_notification(link, {0, 0});
}

/* A new route has a packet of the stream leave by a tun device, and it is sent again by the old one. */
CASE(packet_that_a_detour_drops_is_not_complete, .requirements = {"ZC-IN-70"}, .transports = transport::tcp,
     .paths = netns::basic | netns::local, .without = netns::simplest, .needs = needs_bpf,
     .deviation = "packet-dropped-by-tun-completes")
{
	Link &link = test.connect();
	const std::string detour =
		std::string(test.network().addresses(test.transport().address_family).receiver) +
		" dev zc3\n";
	const os::Fd tun = netns::open_tun("zc3");
	const Payload payload(1000);

	netns::accept_offloads(tun.get());
	netns::drop_in_tun(tun.get(), true);
	netns::ip_batch("link set dev zc3 up\nroute add " + detour);
	sends(test, link, payload);
	const bool early = errqueue::poll_now(link.sender()) != 0;
	if (early) {
		not_copied(test, test.one_completion(link, {0, 0}));
		harness::deviation_shows();
	}
	netns::ip_batch("route delete " + detour);
	link.deliver();
	if (early)
		test.deviates("[0,0] comes in the call, though the packet was dropped and is sent again");
	test.one_notification(link, {0, 0});
}

} // namespace
