// SPDX-License-Identifier: GPL-2.0
/* TCP that probes for the path MTU (RFC 4821; net.ipv4.tcp_mtu_probing) puts the data of
 * several packets into one larger packet, the probe. */
#include <fstream>
#include <sstream>

#include "conformance/chapter.h"
#include "harness/shown.h"
#include "netns/ip_command.h"
#include "netns/namespace.h"
#include "os/pages.h"
#include "tcp_peer/peer.h"
#include "tcp_peer/segment.h"

namespace
{

using tcp_peer::Peer;
using tcp_peer::Segment;

/* Probes of this network namespace that their peers have acknowledged: TCPMTUPSuccess, a column
 * of two lines, names and numbers. */
unsigned long successful_probes()
{
	std::ifstream file("/proc/thread-self/net/netstat");
	std::string names_line;
	std::string numbers_line;

	while (std::getline(file, names_line) && std::getline(file, numbers_line)) {
		std::istringstream names(names_line);
		std::istringstream numbers(numbers_line);
		std::string name;
		std::string number;

		while (names >> name && numbers >> number)
			if (name == "TCPMTUPSuccess")
				return std::stoul(number);
	}
	return 0;
}

/* What a kernel lacks that sends none though it is told to. */
constexpr const char *probes = "path MTU probes (net.ipv4.tcp_mtu_probing 2), of which this kernel sent none";

/* The stream that the receiver has taken in. */
Data arrived(At at, const Link &link, std::size_t length)
{
	Data bytes;

	while (bytes.size() < length) {
		const Data part = harness::received(at, link.receiver(), length - bytes.size());

		os::require(!part.empty(), "the stream ended early");
		bytes.insert(bytes.end(), part.begin(), part.end());
	}
	return bytes;
}

REQUIREMENT("ZC-PM-01", promised,
	    "What the peer receives in a path MTU probe does not change with a store into the buffer that "
	    "follows the notification.",
	    .rests_on = "ZC-IN-08", .code = "net/ipv4/tcp_output.c:tcp_mtu_probe, tcp_clone_payload");
DEVIATION("probe-shares-completed-data", "ZC-PM-01", "6.5 on",
	  "A path MTU probe refers to the pages of the packets that it replaces and not to their "
	  "notification structures. Ids whose packets it replaces whole are notified, stores that "
	  "follow change the probe's data in the peer's receive queue and in retransmissions, and the "
	  "rest of the data is right.",
	  "net/ipv4/tcp_output.c:tcp_clone_payload copies frags by skb_frag_ref() alone and "
	  "tcp_eat_one_skb frees the packets, in 6.12.118 and 7.3.4; 6.1.192 copies by skb_copy_bits. "
	  "Subject: 'tcp: let tcp_mtu_probe() build headless packets', 6.5 by the changelogs. Not "
	  "fixed in 7.3.4.");
/* The peer has taken the data in and has not read it. */
CASE(probed_data_arrives_as_it_was_at_its_notification, .requirements = {"ZC-PM-01"},
     .transports = transport::tcp, .paths = netns::basic | netns::local,
     .deviation = "probe-shares-completed-data")
{
	test.network();
	netns::Namespace::probe_path_mtu();
	Link &link = test.connect();
	Payload payload(256 << 10);
	const Data original = payload.copy();

	sends(test, link, payload);
	notified(test, link.sender());
	test.one_notification(link, {0, 0});
	payload.overwrite();
	if (successful_probes() == 0)
		test.skip(probes);
	const Data seen = arrived(test, link, payload.size());
	std::size_t changed = 0;
	for (std::size_t i = 0; i < seen.size(); i++) {
		if (seen[i] == original[i])
			continue;
		test.equal("byte " + std::to_string(i) + " of the stream", seen[i], payload.data()[i]);
		changed++;
	}
	link.transcript().replace_last(seen);
	link.transcript().arrived(seen);
	if (changed)
		test.deviates("the peer reads bytes that were stored after the notification");
}

/* The lengths in bytes of two flagged calls. One probe takes in the first whole, and the second
 * is so long that it does not share the first one's notification structure. */
constexpr std::size_t first_length = 600;
constexpr std::size_t second_length = 600 << 10;

/* A connection that has sent a probe with all bytes of the first call, which nobody has read
 * from the device. The data waited behind a closed window until it was enough for a probe. */
Link &connect_and_probe(At at, Bytes first, Bytes second)
{
	constexpr int packets = 10; /* make a congestion window that is large enough for a probe */
	constexpr std::uint32_t ample_window = 8 << 20;

	at->network();
	netns::Namespace::probe_path_mtu();
	Link &link = at->connect();
	Peer &peer = link.peer();
	for (int i = 0; i < packets; i++)
		plainly_sends(at, link, first.first(1), MSG_EOR);
	peer.receive(packets);
	peer.set_window(0);
	peer.acknowledge();
	left_to_acknowledge(at, link, 0);
	sends(at, link, first);
	sends(at, link, second);
	at->queue_empty(link);
	peer.set_window(ample_window);
	peer.acknowledge();
	os::require(os::wait_until([&] { return transport::unacknowledged_segments(link.sender()) > 0; }),
		    "nothing is sent though the window is open");
	return link;
}

/* More than any packet has but a probe: the MSS of a connection that probes begins with
 * net.ipv4.tcp_base_mss. */
constexpr std::size_t unprobed = 1024;

/* Take in the packet that was sent first. */
Segment take_probe(At at, Peer &peer)
{
	Segment probe = peer.next_data();

	at->equal("position of the first packet", peer.range(probe).from, peer.received());
	if (probe.payload.size() <= unprobed)
		at->skip(probes);
	peer.take(probe);
	return probe;
}

/* Nobody has read the device when the buffer is stored to. */
CASE(waiting_probe_is_as_it_was_at_its_notification, .requirements = {"ZC-PM-01", "ZC-PM-02"},
     .transports = transport::tcp, .paths = netns::scripted, .deviation = "probe-shares-completed-data")
{
	test.network(); /* forks, which would part the payload's pages */
	Payload first(first_length);
	const Payload second(second_length);
	const Data original = first.copy();
	Link &link = connect_and_probe(test, first, second);
	Data now = original;

	if (!link.read_notifications().empty()) {
		first.overwrite();
		now = first.copy();
	}
	const Segment probe = take_probe(test, link.peer());
	const Bytes seen = Bytes(probe.payload).first(first_length);
	if (std::ranges::equal(seen, original)) {
		/* net/core/dev.c:illegal_highdma has pages that are not mapped copied for a tun device. */
		if (test.has(netns::copies) && os::has_high_memory())
			test.skip("a kernel without high memory (CONFIG_HIGHMEM), or a device that takes it "
				  "(highdma)");
		return;
	}
	test.equal("first bytes of the probe", seen, now);
	const Bytes rest = second;
	now.insert(now.end(), rest.begin(), rest.end());
	link.transcript().replace_last(now);
	test.deviates("the probe has the bytes that were stored after the notification");
}

REQUIREMENT("ZC-PM-02", promised,
	    "A flagged send that leaves in a path MTU probe is completed when the peer has acknowledged "
	    "it, or with SO_EE_CODE_ZEROCOPY_COPIED where the probe copies it.",
	    .rests_on = "ZC-IN-08 ZC-IN-03", .code = "net/ipv4/tcp_output.c:tcp_mtu_probe");
DEVIATION("probe-completes-what-it-replaces", "ZC-PM-02", "4.14 on",
	  "Flagged calls whose packets a path MTU probe replaces are notified without "
	  "SO_EE_CODE_ZEROCOPY_COPIED as the probe is made, and none of their bytes is acknowledged.",
	  "net/ipv4/tcp_output.c:tcp_mtu_probe frees the packets (tcp_wmem_free_skb), which completes "
	  "them, in 6.1.192, 6.12.118 and 7.3.4; before 6.5 it has copied them. Not fixed in 7.3.4. "
	  "The start is that of the feature and is inferred.");
CASE(probed_data_completes_as_it_is_acknowledged, .requirements = {"ZC-PM-02"}, .transports = transport::tcp,
     .paths = netns::scripted, .deviation = "probe-completes-what-it-replaces")
{
	const Payload first(first_length);
	const Payload second(second_length);
	Link &link = connect_and_probe(test, first, second);

	take_probe(test, link.peer());
	const std::string seen = harness::entries_text(link.read_notifications());
	if (seen == "[0,0]")
		test.deviates("[0,0] without SO_EE_CODE_ZEROCOPY_COPIED, and nothing is acknowledged");
	test.that("notifications before an acknowledgment", seen.empty() || seen == "[0,0] copied",
		  "none, or [0,0] copied", seen);
}

/* A probe to a local socket is copied on its way, as all data is. */
CASE(probed_data_to_a_local_socket_completes_as_copied, .requirements = {"ZC-PM-02"},
     .transports = transport::tcp, .paths = netns::basic | netns::local, .without = netns::simplest,
     .deviation = "probe-completes-what-it-replaces")
{
	const Payload first(first_length);
	const Payload second(second_length);
	const netns::Network &network = test.network();

	netns::Namespace::probe_path_mtu();
	/* A probe takes a congestion window of more than the usual ten packets. */
	netns::ip_batch(std::string("route add ") +
			network.addresses(test.transport().address_family).receiver + " dev " +
			network.device() + " initcwnd 30\n");
	Link &link = test.connect({.receive_buffer = 64 << 10});
	sends(test, link, first, MSG_MORE);
	sends(test, link, second);
	const errqueue::Notification notification = test.one_completion(link, {0, 0});
	if (!notification.copied())
		harness::deviation_shows();
	link.deliver();
	if (successful_probes() == 0)
		test.skip(probes);
	if (!notification.copied())
		test.deviates("[0,0] without SO_EE_CODE_ZEROCOPY_COPIED, though the peer is a local socket");
	test.completions_settle(link);
}

} // namespace
