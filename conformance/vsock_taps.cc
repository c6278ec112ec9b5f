// SPDX-License-Identifier: GPL-2.0
/* VSOCK packets at a monitor (vsockmon), which is what tcpdump is for other transports. */
#include <stdexcept>
#include <system_error>

#include "conformance/chapter.h"
#include "harness/packet_tap.h"
#include "netns/ip_command.h"
#include "vhost_guest/vsock_peer.h"

namespace
{

constexpr const char *device = "zcmon";

/* A monitor shows what all VSOCK sockets of the machine send and get. */
void make_monitor(Test &test)
{
	const std::string name = device;

	test.network();
	try {
		netns::ip_batch("link add name " + name + " type vsockmon\nlink set dev " + name + " up\n");
	} catch (const std::system_error &) {
		throw;
	} catch (const std::runtime_error &) {
		test.skip("VSOCK monitors (CONFIG_VSOCKMON)");
	}
}

/* What packet sockets on the monitor have got by now, one of them for each question. */
class Monitor {
public:
	Monitor() : bytes_(device, netns::Outgoing::seen), lengths_(device, netns::Outgoing::seen) {}

	/* The known deviation: a packet that is long enough, of other bytes. */
	void showed(At at, Bytes end, const std::string &what)
	{
		const bool seen = bytes_.saw(end);

		if (!seen && lengths_.longest_frame() > end.size())
			at->deviates("a packet that is long enough for " + what + ", and has other bytes");
		at->that("VSOCK monitor", seen, "a packet that ends with " + what, "none");
	}

private:
	PacketTap bytes_;
	PacketTap lengths_;
};

REQUIREMENT(
	"ZC-VS-50", past_bug,
	"A VSOCK monitor gets a copy of each flagged packet as it was when it left, also of a packet that "
	"leaves in parts.",
	.code = "net/vmw_vsock/virtio_transport_common.c:virtio_transport_build_skb",
	.kernels = "since \"vsock/virtio: fix empty payload in tap skb for non-linear buffers\" and "
		   "\"vsock/virtio: fix length and offset in tap skb for split packets\" (7.0.9, 6.18.32, "
		   "6.12.90)");
DEVIATION(
	"vsock-monitor-shows-other-bytes", "ZC-VS-50", "6.7 to 6.12.90, 6.13 to 6.18.32, 6.19 to 7.0.9",
	"A VSOCK monitor gets packets for flagged ones that are long enough, and whose bytes are not those "
	"that were sent, but what the memory had before.",
	"Debian 6.12.90-1, under ChangeLog-6.12.90: both subjects; 7.0.9 and 6.18.32 are of the same batch. "
	"6.12.118 and 7.3.4 have the fixed "
	"net/vmw_vsock/virtio_transport_common.c:virtio_transport_build_skb. Seen on 6.18.15. The start is "
	"that of MSG_ZEROCOPY for VSOCK.",
	.fix = "vsock/virtio: fix empty payload in tap skb for non-linear buffers");
REGRESSION("vsock/virtio: fix empty payload in tap skb for non-linear buffers", "7.0.9, 6.18.32, 6.12.90",
	   .cases = {"vsock_monitor_gets_a_copy_of_a_flagged_packet"});
REGRESSION("vsock/virtio: fix length and offset in tap skb for split packets", "7.0.9, 6.18.32, 6.12.90",
	   .cases = {"vsock_monitor_gets_a_copy_of_each_part"});
CASE(vsock_monitor_gets_a_copy_of_a_flagged_packet, .requirements = {"ZC-VS-50"},
     .transports = transport::vsock, .paths = netns::holds | netns::local, .needs = needs_packet,
     .deviation = "vsock-monitor-shows-other-bytes")
{
	make_monitor(test);
	Link &link = test.connect();
	Payload payload(12 * 1024); /* one packet, whatever the page size */
	const Data original = payload.copy();
	Monitor monitor;

	sends(test, link, payload);
	readable(test, link.receiver(), "the receiver"); /* the packet has passed the monitor */
	store_seen(link, payload);
	test.queue_empty(link);
	monitor.showed(test, original, "the bytes as sent");
}

/* The guest's buffers are smaller than the packet. */
CASE(vsock_monitor_gets_a_copy_of_each_part, .requirements = {"ZC-VS-50"}, .transports = transport::vsock,
     .paths = netns::guest | netns::holds, .needs = needs_packet,
     .deviation = "vsock-monitor-shows-other-bytes")
{
	constexpr std::size_t part = 4096, parts = 3;
	make_monitor(test);
	Link &link = test.connect();
	const Payload payload(part * parts - 1000);
	std::array<Monitor, parts> monitors;

	sends(test, link, payload);
	for (std::size_t i = 0; i < parts; i++)
		link.guest().take(1, part);
	test.one_notification(link, {0, 0}); /* all parts have passed the monitor */
	for (std::size_t i = 0; i < parts; i++)
		monitors[i].showed(test, payload.from(i * part, std::min(part, payload.size() - i * part)),
				   "part " + std::to_string(i));
}

} // namespace
