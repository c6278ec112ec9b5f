// SPDX-License-Identifier: GPL-2.0
/* Bugs of past kernels that no case shows, each with the reason. */
#include "harness/case.h"

namespace
{

REGRESSION(
	"net: skbuff: don't skb_tx_error() the source skb in skb_zerocopy() (CVE-2026-90049)",
	"6.12.110 [Debian 6.12.111-1], 6.1.188 [Debian 6.1.190-1]",
	.not_judged = "needs the kernel to run out of memory while NFQUEUE or Open vSwitch takes a packet");
REGRESSION(
	"net: skbuff: fix missing zerocopy reference in pskb_carve helpers (CVE-2026-52943)",
	"7.0.12, 6.18.35, 6.12.93 [Debian 6.12.94-1], 6.1.176, 5.10.259",
	.not_judged = "RDS over TCP, which cuts packets so, does it behind local delivery, which has copied");
REGRESSION(
	"net: skbuff: fix pskb_carve leaking zcopy pages",
	"7.0.12, 6.18.35, 6.12.93 [Debian 6.12.94-1], 6.1.176",
	.not_judged = "RDS over TCP, which cuts packets so, does it behind local delivery, which has copied");
REGRESSION("net: skbuff: preserve shared-frag marker during coalescing (CVE-2026-46300)",
	   "7.1-rc5 [Debian 7.1~rc4-1~exp2], 7.0.10 [Debian 7.0.9-1], 6.18.33, 6.12.91 [Debian 6.12.90-1], "
	   "6.1.174, 5.15.208, 5.10.257",
	   .not_judged = "needs packets with shared pages to be coalesced on their way to IPsec; "
			 "ipsec_leaves_the_source_alone judges the marker itself");
REGRESSION("net: skbuff: propagate shared-frag marker through frag-transfer helpers (CVE-2026-43503)",
	   "7.1-rc5 [Debian 7.1~rc4-1~exp2], 7.0.10 [Debian 7.0.9-1], 6.18.33, 6.12.91 [Debian 6.12.90-1], "
	   "6.1.174, 5.15.208, 5.10.257",
	   .not_judged = "needs packets with shared pages to be coalesced on their way to IPsec; "
			 "ipsec_leaves_the_source_alone judges the marker itself");
REGRESSION("net: skbuff: propagate shared-frag marker in skb_zerocopy()",
	   "Debian 7.3.1-1~exp1, Debian 6.12.115-1",
	   .not_judged = "needs NFQUEUE or Open vSwitch between sender and IPsec");
REGRESSION("tcp: TX zerocopy should not sense pfmemalloc status", "6.0, 5.19.9 [Debian 5.19.11-1]",
	   .not_judged = "a data race that nothing triggers reliably");
REGRESSION("esp: downgrade zerocopy managed frags before mutating skb frags",
	   "7.2.8, 6.12.112 [Debian 6.12.113-1], 6.1.189 [Debian 6.1.190-1]",
	   .not_judged = "about fixed buffers of io_uring, which MSG_ZEROCOPY does not use");
REGRESSION("vhost/net: complete zerocopy ubufs only once",
	   "7.1.5, 6.12.97 [Debian 6.12.100-1], 6.1.178 [Debian 6.1.180-1]",
	   .not_judged = "about completions of vhost-net, which are another interface");
REGRESSION("net: do not delay zero-copy skbs in skb_attempt_defer_free()", "7.0-rc1, 6.19.4",
	   .not_judged =
		   "needs a device whose driver frees what it has sent by napi_consume_skb() on another "
		   "processor than the sender's, as virtio_net does with several queues: notifications come "
		   "late. Fixes: e20dfbad8aab ('net: fix napi_consume_skb() with alien skbs', posted "
		   "November 2025, so 6.19: inferred)");
REGRESSION("vsock/virtio: bind uarg before filling zerocopy skb (CVE-2026-63970)",
	   "7.0.12, 6.18.35, 6.12.97 [Debian 6.12.100-1]",
	   .not_judged = "about fixed buffers of io_uring, which MSG_ZEROCOPY does not use");
REGRESSION("skbuff: skb_segment, Call zero copy functions before using skbuff frags",
	   "6.1.53 [Debian 6.1.55-1], 5.10.195 [Debian 5.10.197-1]",
	   .not_judged =
		   "about vhost-net and other senders whose pages skb_orphan_frags() copies there; those of "
		   "MSG_ZEROCOPY it leaves alone (SKBFL_DONT_ORPHAN)");
REGRESSION("openvswitch: only skb_tx_error() a packet we are about to drop (CVE-2026-89487)",
	   "6.12.109 [Debian 6.12.111-1], 6.1.188 [Debian 6.1.190-1]",
	   .not_judged =
		   "not written yet: needs Open vSwitch (a datapath, ports and a flow, by generic netlink) "
		   "and a full upcall socket");
REGRESSION("net: core: check skb_frags_readable before uncloning in skb_copy_ubufs",
	   "6.12.110 [Debian 6.12.111-1]", .not_judged = "about device memory (net_iov): needs devmem TCP");
REGRESSION("vsock: read from socket's error queue", "6.7, 6.5.13, 6.1.64",
	   .not_judged = "kernels without it have no MSG_ZEROCOPY for VSOCK");
REGRESSION("virtio_net: copy zerocopy frags in start_xmit without NAPI",
	   "7.2.9, 6.12.112 [Debian 6.12.113-1]",
	   .not_judged = "needs a virtio device without transmit NAPI; ZC-LO-18 describes it");
REGRESSION("net: Fix zero-copy head len calculation", "5.10.57 [Debian 5.10.70-1]",
	   .not_judged = "needs skb_zerocopy() of a packet with a head (NFQUEUE, Open vSwitch)");

} // namespace
