// SPDX-License-Identifier: GPL-2.0
/* The chapter 'Loopback' of msg_zerocopy.rst: who gets the sender's pages, who
 * gets a copy, and how long the notification may take. */
#include <net/if.h>
#include <netinet/udp.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <system_error>

#include "conformance/chapter.h"
#include "harness/packet_tap.h"
#include "harness/shown.h"
#include "harness/slow_device.h"
#include "netns/device.h"
#include "netns/ip_command.h"
#include "netns/netfilter.h"

namespace
{

/* Bytes of the stream, or of the next datagram, that a receiver has not read. */
int unread(int socket)
{
	int bytes = 0;

	os::check(::ioctl(socket, FIONREAD, &bytes), "FIONREAD");
	return bytes;
}

REQUIREMENT(
	"ZC-LO-01", promised,
	"TCP and UDP data to a local socket, over lo or veth, is completed with SO_EE_CODE_ZEROCOPY_COPIED.",
	.document = "Implementation: Loopback; Deferred copies: \"For this reason all packets generated with "
		    "MSG_ZEROCOPY that are looped to a local socket will incur a deferred copy.\"",
	.rests_on = "ZC-IN-03",
	.code = "net/ipv4/ip_input.c:ip_local_deliver_finish, net/ipv6/ip6_input.c:ip6_input_finish",
	.kernels = "since 6.17 the copy is made at IP delivery; 6.1 and 6.12 make it in "
		   "net/core/dev.c:__netif_receive_skb_core");
CASE(data_to_a_local_socket_is_copied, .requirements = {"ZC-LO-01"}, .paths = netns::basic | netns::local,
     .without = netns::segments_copied, .also = netns::stacked)
{
	Link &link = test.connect();
	std::uint32_t id = 0;

	for (const std::size_t length : {std::size_t{1}, link.usual_length()}) {
		const Payload payload(length);

		sends(test, link, payload);
		copied(test, test.one_notification(link, {id, id}));
		id++;
	}
}

REQUIREMENT("ZC-LO-02", promised, "UDP to a local socket is completed though the receiver never reads.",
	    .document = "Implementation: Loopback: \"Unbound notification latency is not acceptable.\"",
	    .rests_on = "ZC-LO-01", .code = "as ZC-LO-01");
REQUIREMENT(
	"ZC-LO-03", promised,
	"TCP data that fits the peer's receive window is completed though the peer's process never reads.",
	.rests_on = "ZC-LO-02", .code = "as ZC-LO-01, net/ipv4/tcp_input.c:tcp_clean_rtx_queue");
/* The receiver has the data, and has not read it. */
CASE(notification_does_not_wait_for_the_reader, .requirements = {"ZC-LO-02", "ZC-LO-03"},
     .paths = netns::basic | netns::local, .without = netns::segments_copied, .also = netns::stacked)
{
	Link &link = test.connect();
	Payload payload(link.usual_length());

	sends(test, link, payload);
	/* Link::await_notification() would read at the other end. */
	notified(test, link.sender());
	copied(test, test.one_notification(link, {0, 0}));
	/* The notification comes when the data is copied, just before it is there. */
	os::await_readable(link.receiver());
	test.equal("bytes that the receiver has not read", unread(link.receiver()), payload.size());
	payload.overwrite();
}

/* Of a datagram that is on its way. */
void completes_unread(At at, Link &link)
{
	const bool deviation = at->definition().deviation;

	os::await_readable(link.receiver());
	if (errqueue::wait(link.sender(),
			   os::Deadline(deviation ? os::quiet_period() : os::event_timeout()))) {
		at->one_notification(link, {0, 0});
		return;
	}
	at->that("poll() for the notification", deviation, "POLLERR", "nothing");
	harness::deviation_shows();
	link.deliver();
	copied(at, at->one_notification(link, {0, 0}));
	at->deviates("nothing until the receiver has read the datagram, then the notification");
}

void fragments_complete_unread(At at)
{
	Link &link = at->connect();

	sends(at, link);
	completes_unread(at, link);
}

REQUIREMENT("ZC-LO-21", promised,
	    "A datagram that was fragmented on its way to a local socket is completed without waiting for "
	    "its reader.",
	    .rests_on = "ZC-LO-01 ZC-LO-02",
	    .code = "net/ipv4/ip_input.c:ip_local_deliver, net/ipv6/ip6_input.c:ip6_input_finish",
	    .kernels = "IPv4 since 6.17");
DEVIATION("ipv4-fragments-complete-when-read", "ZC-LO-21", "6.17 on",
	  "A flagged IPv4 datagram (v4-mapped too) larger than the MTU, to a local socket, has no "
	  "notification until the receiver has read it and the kernel has freed its fragments. IPv6 "
	  "completes before the read.",
	  catalogue::not_fixed_read);
CASE(fragments_over_ipv4_complete_before_their_reader_reads, .requirements = {"ZC-LO-21"},
     .transports = transport::udp, .paths = netns::fragments, .address_family = AF_INET,
     .deviation = "ipv4-fragments-complete-when-read")
{
	fragments_complete_unread(test);
}

/* IPv6 lets go of the pages of each fragment before it puts the datagram together. */
CASE(fragments_over_ipv6_complete_before_their_reader_reads, .requirements = {"ZC-LO-21"},
     .transports = transport::udp, .paths = netns::fragments, .address_family = AF_INET6)
{
	fragments_complete_unread(test);
}

DEVIATION("tracked-ipv6-fragments-complete-when-read", "ZC-LO-21", "6.17 on",
	  "Where the receiver's kernel tracks connections, a flagged IPv6 datagram larger than the MTU "
	  "has no notification until the receiver has read it, as one over IPv4 has none.",
	  "net/ipv6/netfilter/nf_conntrack_reasm.c puts the fragments together before "
	  "net/ipv6/ip6_input.c:ip6_input_finish lets go of the pages of the first, in 7.3.4; 6.1.192 and "
	  "6.12.118 copy each fragment in __netif_receive_skb_core. Not fixed in 7.3.4.");
CASE(tracked_fragments_over_ipv6_complete_before_their_reader_reads, .requirements = {"ZC-LO-21"},
     .transports = transport::udp, .paths = netns::fragments, .address_family = AF_INET6,
     .needs = needs_connection_tracking, .entry = Entry::families,
     .deviation = "tracked-ipv6-fragments-complete-when-read")
{
	at_receiver(test, netns::track_connections);
	fragments_complete_unread(test);
}

REQUIREMENT("ZC-LO-27", promised,
	    "A datagram that takes several packet buffers, and leaves as one packet, is completed without "
	    "waiting for its reader.",
	    .rests_on = "ZC-LO-01 ZC-LO-02", .code = "as ZC-LO-21; net/core/skbuff.c:skb_copy_ubufs");
DEVIATION("buffer-list-completes-when-read", "ZC-LO-27", "5.0 on",
	  "A flagged datagram that was put together for an MTU that has grown when it leaves for a local "
	  "socket has no notification until the receiver has read it.",
	  "Each packet buffer of the list that net/ipv4/ip_output.c:__ip_make_skb and net/ipv6/ip6_output.c:"
	  "__ip6_make_skb make refers to the structure, and net/core/skbuff.c:skb_copy_ubufs lets go of that "
	  "of the first one only, in 6.1.192, 6.12.118 and 7.3.4. The start is that of MSG_ZEROCOPY for UDP. "
	  "Not fixed in 7.3.4.");
/* The cork takes the datagram in pieces that fit the MTU; nothing cuts it into fragments later. */
CASE(datagram_that_its_mtu_outgrew_completes_before_its_reader_reads, .requirements = {"ZC-LO-27"},
     .transports = transport::udp, .paths = netns::simplest, .deviation = "buffer-list-completes-when-read")
{
	Link &link = test.connect();
	const Payload payload(1400);
	const std::string mtu = std::string("link set dev ") + test.network().device() + " mtu ";

	set_option(link.sender(), IPPROTO_UDP, UDP_CORK, 1, "UDP_CORK");
	netns::ip_batch(mtu + "1400\n");
	sends(test, link, payload);
	netns::ip_batch(mtu + "65536\n");
	set_option(link.sender(), IPPROTO_UDP, UDP_CORK, 0, "UDP_CORK");
	completes_unread(test, link);
}

REQUIREMENT("ZC-LO-04", observed,
	    "Flagged TCP data beyond the receive window of a local peer that does not read stays shared and "
	    "has no notification until the window opens.",
	    .code = "net/ipv4/tcp_output.c:tcp_write_xmit leaves it in the write queue: it is not looped, "
		    "and so not copied",
	    .kernels = "since 4.14, inferred; seen up to 7.3.4");
/* Names of cases are stable: despite this one's, the notification waits. */
CASE(notification_does_not_wait_for_a_full_window, .requirements = {"ZC-LO-04"}, .transports = transport::tcp,
     .paths = netns::basic | netns::local)
{
	Link &link = connect_behind_closed_window(test);
	Payload payload(4096);

	sends(test, link, payload);
	test.nothing_comes(link);
	store_seen(link, payload);
	link.deliver();
	copied(test, test.one_notification(link, {0, 0}));
}

REQUIREMENT("ZC-LO-05", promised,
	    "A packet socket that listens on the sending device (tcpdump) forces a copy, and the completion "
	    "says so.",
	    .document = "Implementation: Loopback; Deferred copies: \"This includes looping onto packet "
			"sockets (e.g., tcpdump) and tun devices.\"",
	    .rests_on = "ZC-IN-03", .code = "net/core/dev.c:dev_queue_xmit_nit");
/* The packet socket of the path itself is not read. */
CASE(packet_socket_gets_a_copy, .requirements = {"ZC-LO-05"}, .transports = transport::udp,
     .paths = netns::sniffed, .without = netns::local)
{
	Link &link = test.connect();
	PacketTap tap(test.network().device(), netns::Outgoing::seen);
	Payload payload(link.usual_length());
	const Data original = payload.copy();

	sends(test, link, payload);
	payload.overwrite();
	copied(test, test.one_notification(link, {0, 0}));
	test.that("packet socket", tap.saw(original), "a frame with the bytes as sent", "no such frame");
}

REQUIREMENT("ZC-LO-06", observed, "A packet socket with PACKET_IGNORE_OUTGOING forces no copy.",
	    .code = "net/core/dev.c:dev_queue_xmit_nit, ignore_outgoing");
CASE(packet_socket_that_ignores_outgoing_frames_forces_no_copy, .requirements = {"ZC-LO-06"},
     .transports = transport::udp, .paths = netns::shares | netns::in_call, .without = netns::holds,
     .needs = needs_packet)
{
	Link &link = test.connect();
	PacketTap tap(test.network().device(), netns::Outgoing::ignored);
	const Payload payload(link.usual_length());

	sends(test, link, payload);
	not_copied(test, test.one_notification(link, {0, 0}));
	test.that("packet socket", !tap.saw(payload), "no frame", "the frame");
}

REQUIREMENT("ZC-LO-07", promised,
	    "tun and tap character devices copy at transmission: the notification comes at once with "
	    "SO_EE_CODE_ZEROCOPY_COPIED, and the reader sees the original bytes.",
	    .rests_on = "ZC-LO-05 ZC-IN-03", .code = "drivers/net/tun.c:tun_net_xmit");
/* Nobody has read the device when the buffer is stored to. The end of the case reads it,
 * and compares. */
CASE(tun_device_gets_a_copy_at_once, .requirements = {"ZC-LO-07"}, .transports = transport::udp,
     .paths = netns::delivers | netns::in_call, .without = netns::local)
{
	Link &link = test.connect();
	Payload payload(link.usual_length());

	sends(test, link, payload);
	payload.overwrite();
	copied(test, test.one_notification(link, {0, 0}));
}

/* One of the frames that wait in the tap ends with these bytes. */
bool has_frame(const os::Fd &tap, Bytes end)
{
	Data frame(1 << 16);
	bool found = false;

	for (ssize_t length; (length = ::read(tap.get(), frame.data(), frame.size())) > 0;) {
		const Bytes bytes = Bytes(frame).first(length);

		found |= bytes.size() > end.size() && std::ranges::equal(bytes.last(end.size()), end);
	}
	return found;
}

/* A device of Ethernet frames beside the path's own, and one that takes fragments from its user. */
CASE(tap_device_gets_a_copy_at_once, .requirements = {"ZC-LO-07"}, .transports = transport::udp,
     .paths = netns::delivers | netns::in_call, .without = netns::local)
{
	const bool ipv4 = test.transport().address_family == AF_INET;
	const std::string own = ipv4 ? "198.51.100.1/24" : "2001:db8:5::1/64 nodad";
	const std::string peer = ipv4 ? "198.51.100.2" : "2001:db8:5::2";
	Link &link = test.connect();

	link.waive_delivery();
	for (const bool fragments : {false, true}) {
		const std::string device = fragments ? "zctap1" : "zctap0";
		const std::uint32_t id = link.ledger().next_id();
		os::Fd tap;

		try {
			tap = netns::open_tap(device, fragments);
		} catch (const std::system_error &) {
			if (!fragments)
				throw;
			return; /* these take root of the machine */
		}
		const std::string on_device = " dev " + device + '\n';
		std::string lines = "address add ";
		lines.append(own).append(on_device).append("link set up").append(on_device);
		lines.append("neighbour replace ")
			.append(peer)
			.append(" lladdr 02:00:00:00:00:02 nud permanent");
		netns::ip_batch(lines.append(on_device));
		netns::wait_running(device);
		Payload payload(1000);
		const Data original = payload.copy();
		os::connect(link.sender(), transport::make_address(test.transport().family, peer.c_str(), 9));
		sends(test, link, payload);
		payload.overwrite();
		copied(test, test.one_notification(link, {id, id}));
		test.that("reader of the tap device", has_frame(tap, original),
			  "a frame with the bytes as sent", "no such frame");
	}
}

REQUIREMENT("ZC-LO-13", observed,
	    "Multicast is copied where a local socket is a member, and is not where none is.",
	    .code = "net/ipv4/ip_output.c:ip_mc_output, net/ipv6/ip6_output.c:ip6_finish_output2, "
		    "net/core/dev.c:dev_loopback_xmit");
CASE(multicast_is_copied_for_a_local_member_only, .requirements = {"ZC-LO-13"}, .transports = transport::udp,
     .paths = netns::shares | netns::in_call, .without = netns::holds)
{
	const bool ipv4 = test.transport().address_family == AF_INET;
	Link &link = test.connect();
	const char *device = test.network().device();
	const os::Fd member =
		os::bound_socket(SOCK_DGRAM, transport::make_address(test.transport().address_family,
								     ipv4 ? "0.0.0.0" : "::", 0));
	const std::uint32_t port = os::port_of(os::local_address(member.get()));
	const char *group = ipv4 ? "239.1.1.1" : "ff1e::1";
	Payload payload(link.usual_length());
	const Data original = payload.copy();
	group_req join = {};

	os::check(::setsockopt(link.sender(), SOL_SOCKET, SO_BINDTODEVICE, device, std::strlen(device)),
		  "setsockopt(SO_BINDTODEVICE)");
	os::connect(link.sender(), transport::make_address(test.transport().family, group, port));
	sends(test, link, payload);
	not_copied(test, test.one_completion(link, {0, 0}), "ee_code without a member");

	join.gr_interface = ::if_nametoindex(device);
	join.gr_group = transport::make_address(test.transport().address_family, group, 0).storage;
	set_option(member.get(), ipv4 ? IPPROTO_IP : IPPROTO_IPV6, MCAST_JOIN_GROUP, join,
		   "setsockopt(MCAST_JOIN_GROUP)");
	sends(test, link, payload);
	copied(test, test.one_completion(link, {1, 1}), "ee_code with a local member");
	payload.overwrite();
	receives(test, member.get(), original);
}

REQUIREMENT("ZC-LO-14", observed,
	    "UDP to a local port without a socket is completed with SO_EE_CODE_ZEROCOPY_COPIED, and the ICMP "
	    "error is reported apart from it.",
	    .code = "net/ipv4/udp.c:udp_rcv (6.1, 6.12: __udp4_lib_rcv) sends the ICMP error after local "
		    "delivery");
/* Local delivery has copied before the port is looked up. The error that answers the
 * datagram is no part of the notification. */
CASE(datagram_to_a_closed_port_completes_apart_from_its_error, .requirements = {"ZC-LO-14"},
     .transports = transport::udp, .paths = netns::basic | netns::local)
{
	Link &link = test.connect();

	os::connect(link.sender(), closed_port(test).address);
	link.waive_delivery();
	sends(test, link);
	copied(test, test.one_notification(link, {0, 0}));

	notified(test, link.sender(), "the ICMP error");
	pending_error_is(test, link.sender(), ECONNREFUSED);
	test.queue_empty(link);
}

REQUIREMENT(
	"ZC-LO-16", observed,
	"An unresolved neighbour holds the datagram, and with it the notification, until resolution fails; "
	"the completion then comes without SO_EE_CODE_ZEROCOPY_COPIED unless the call itself had copied.",
	.code = "net/core/neighbour.c:__neigh_event_send, neigh_timer_handler");
/* A datagram to a neighbour that is resolved completes meanwhile: the first is held, not
 * late. */
CASE(unresolved_neighbour_holds_until_resolution_fails, .requirements = {"ZC-LO-16", "ZC-CP-08"},
     .transports = transport::udp, .paths = netns::holds)
{
	const std::string unresolved = test.network().addresses(test.transport().address_family).receiver;
	Link &link = test.connect();
	const Address resolved = known_neighbour(test);

	sends(test, link);
	os::connect(link.sender(), resolved);
	sends(test, link);
	not_copied(test, test.one_completion(link, {1, 1}), "ee_code of the datagram that left");
	netns::ip_batch("neighbour replace " + unresolved + " nud failed dev " + test.network().device() +
			'\n');
	not_copied(test, test.one_completion(link, {0, 0}), "ee_code of the datagram that is dropped");
}

/* The bucket is empty after the first datagram, so that the second waits in the queue. The
 * last makes the device look at its queue again. */
Notification delayed(At at, Link &link)
{
	limit_rate(*at);
	/* Only now: limit_rate() forks, and a fork makes pages copy-on-write. */
	Payload payload(link.usual_length());
	plainly_sends(at, link, payload);
	sends(at, link, payload);
	store_seen(link, payload);
	at->queue_empty(link);
	lift_rate(*at);
	plainly_sends(at, link, payload);
	return at->one_completion(link, {0, 0});
}

REQUIREMENT("ZC-LO-17", observed,
	    "A queueing discipline holds the pages for as long as it holds the packet; whether the "
	    "completion says copied depends on the receiver.",
	    .code = "net/core/dev.c:__dev_xmit_skb");
CASE(delayed_datagram_is_shared_until_it_is_delivered, .requirements = {"ZC-LO-17", "ZC-CP-10"},
     .transports = transport::udp, .paths = netns::basic | netns::local, .without = netns::simplest)
{
	copied(test, delayed(test, test.connect()));
}

CASE(delayed_datagram_is_shared_until_it_is_dropped, .requirements = {"ZC-LO-17", "ZC-CP-08"},
     .transports = transport::udp, .paths = netns::shares | netns::in_call, .without = netns::holds)
{
	not_copied(test, delayed(test, test.connect()));
}

REQUIREMENT("ZC-LO-18", observed,
	    "TCP and UDP to another machine over a device with scatter-gather and checksum offload complete "
	    "without SO_EE_CODE_ZEROCOPY_COPIED.",
	    .code = "drivers/net/virtio_net.c:start_xmit for a virtual machine",
	    .kernels = "a virtio device without transmit NAPI copies only managed pages, not those of "
		       "MSG_ZEROCOPY (skb_orphan_frags honours SKBFL_DONT_ORPHAN)");
/* No local socket takes the data: the device gets the sender's pages, whatever the first
 * send to the agent met with. */
CASE(data_to_another_machine_is_not_copied, .requirements = {"ZC-LO-18"},
     .paths = netns::away | netns::device_offloads, .without = netns::holds)
{
	Link &link = test.connect();

	for (std::uint32_t id = 0; id < 3; id++) {
		sends(test, link);
		not_copied(test, test.one_completion(link, {id, id}), "ee_code of data to another machine");
	}
}

} // namespace
