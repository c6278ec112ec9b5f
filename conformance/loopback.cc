// SPDX-License-Identifier: GPL-2.0
/* The chapter 'Loopback' of msg_zerocopy.rst: who gets the sender's pages, who
 * gets a copy, and how long the notification may take. */
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <string>

#include "errqueue/receive.h"
#include "harness/case.h"
#include "harness/test.h"
#include "netns/device.h"
#include "netns/ip_command.h"
#include "os/check.h"
#include "os/deadline.h"
#include "os/fd.h"

namespace
{

using errqueue::Notification;
using os::Address;
using os::Bytes;
using os::Data;
using transport::Link;
using transport::Payload;

void copied(harness::Test &test, const Notification &notification)
{
	test.that("ee_code of data to a local socket", notification.copied(), "SO_EE_CODE_ZEROCOPY_COPIED",
		  errqueue::describe(notification));
}

void not_copied(harness::Test &test, const Notification &notification)
{
	test.that("ee_code of data that no one took", !notification.copied(),
		  "0: no SO_EE_CODE_ZEROCOPY_COPIED", errqueue::describe(notification));
}

/* The notification comes when the data is copied, just before it is there. */
void await_data(int socket)
{
	pollfd poll = {socket, POLLIN, 0};

	::poll(&poll, 1, os::Deadline().left_ms());
}

/* Bytes of the stream, or of the next datagram, that a receiver has not read. */
int unread(int socket)
{
	int bytes = 0;

	os::check(::ioctl(socket, FIONREAD, &bytes), "FIONREAD");
	return bytes;
}

/* Has the packet socket seen a frame that ends with these bytes? */
bool saw(int packet_socket, Bytes bytes)
{
	Data frame(1 << 16);
	ssize_t length;

	while ((length = ::recv(packet_socket, frame.data(), frame.size(), MSG_DONTWAIT)) >= 0)
		if (static_cast<std::size_t>(length) > bytes.size() &&
		    std::equal(bytes.begin(), bytes.end(), frame.data() + length - bytes.size()))
			return true;
	return false;
}

os::Fd datagram_socket(const Address &address)
{
	os::Fd socket(os::check(::socket(address.storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0),
				"socket(SOCK_DGRAM)"));

	os::check(::bind(socket.get(), address.get(), address.length), "bind()");
	return socket;
}

std::uint16_t port_of(int socket)
{
	Address address;

	address.length = sizeof(address.storage);
	os::check(::getsockname(socket, address.get(), &address.length), "getsockname()");
	/* Both families have it in the same place. */
	return ntohs(reinterpret_cast<const sockaddr_in *>(address.get())->sin_port);
}

void send_to(Link &link, const Address &address)
{
	os::check(::connect(link.sender(), address.get(), address.length), "connect()");
}

REQUIREMENT("ZC-LO-01", promised,
	    "TCP and UDP data to a local socket, over lo or veth, is completed with "
	    "SO_EE_CODE_ZEROCOPY_COPIED.",
	    .document =
		    "Implementation: Loopback; Deferred copies: \"For this reason all packets generated with "
		    "MSG_ZEROCOPY that are looped to a local socket will incur a deferred copy.\"",
	    .rests_on = "ZC-IN-03",
	    .code = "net/ipv4/ip_input.c:ip_local_deliver_finish, net/ipv6/ip6_input.c:ip6_input_finish",
	    .kernels = "since 6.17 the copy is made at IP delivery; 6.1 and 6.12 make it in "
		       "net/core/dev.c:__netif_receive_skb_core");
/* ZC-LO-01. Loopback: "all packets generated with MSG_ZEROCOPY that are looped
 * to a local socket will incur a deferred copy"; whatever the length. */
CASE(data_to_a_local_socket_is_copied, .requirements = {"ZC-LO-01"}, .paths = netns::basic | netns::local,
     .also = netns::stacked)
{
	Link &link = test.connect();
	std::uint32_t id = 0;

	for (const std::size_t length : {std::size_t{1}, link.usual_length()}) {
		const Payload payload(length);

		test.sent(link.send_zerocopy(payload), length);
		copied(test, test.one_notification(link, {id, id}));
		id++;
	}
}

REQUIREMENT("ZC-LO-02", promised, "UDP to a local socket is completed though the receiver never reads.",
	    .document = "Implementation: Loopback: \"Unbound notification latency is not acceptable.\"",
	    .rests_on = "ZC-LO-01", .code = "as ZC-LO-01");
REQUIREMENT("ZC-LO-03", promised,
	    "TCP data that fits the peer's receive window is completed though the peer's process never "
	    "reads.",
	    .rests_on = "ZC-LO-02", .code = "as ZC-LO-01, net/ipv4/tcp_input.c:tcp_clean_rtx_queue");
/* ZC-LO-02, ZC-LO-03. Loopback: "Data sent to local sockets can be queued
 * indefinitely if the receive process does not read its socket. Unbound
 * notification latency is not acceptable." */
CASE(notification_does_not_wait_for_the_reader, .requirements = {"ZC-LO-02", "ZC-LO-03"},
     .paths = netns::basic | netns::local, .also = netns::stacked)
{
	Link &link = test.connect();
	Payload payload(link.usual_length());

	test.sent(link.send_zerocopy(payload), payload.size());
	/* Not Link::await_notification(), which reads at the other end. */
	test.that("poll() for the notification", errqueue::wait(link.sender()), "POLLERR", "nothing");
	copied(test, test.one_notification(link, {0, 0}));
	await_data(link.receiver());
	test.equal("bytes that the receiver has not read", unread(link.receiver()),
		   static_cast<long>(payload.size()));
	payload.overwrite();
}

void fragments_complete_unread(harness::Test &test)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());

	test.sent(link.send_zerocopy(payload), payload.size());
	await_data(link.receiver());
	if (errqueue::wait(link.sender(),
			   os::Deadline(test.definition().deviation ? os::moment() : os::patience()))) {
		test.one_notification(link, {0, 0});
		return;
	}
	test.that("poll() for the notification", test.definition().deviation, "POLLERR", "nothing");
	link.deliver();
	copied(test, test.one_notification(link, {0, 0}));
	test.deviates("nothing until the receiver has read the datagram, then the notification");
}

REQUIREMENT("ZC-LO-21", promised,
	    "A datagram that was fragmented on its way to a local socket is completed without waiting "
	    "for its reader.",
	    .rests_on = "ZC-LO-01",
	    .code = "net/ipv4/ip_input.c:ip_local_deliver, net/ipv6/ip6_input.c:ip6_input_finish",
	    .kernels = "IPv4 since 6.17");
DEVIATION("ipv4-fragments-complete-when-read", "ZC-LO-21", "6.17 on",
	  "A flagged IPv4 datagram (v4-mapped too) larger than the MTU, to a local socket, has no "
	  "notification until the receiver has read it and the kernel has freed its fragments. IPv6 "
	  "completes before the read.",
	  "Not fixed: read again in the sources of Debian's 6.1.192-3, 6.12.118-1 and 7.3.4-1~bpo13+1; "
	  "no subject of a fix in any changelog read, up to 7.3.4. The start is that of the feature "
	  "and is inferred.");
/* ZC-LO-21. The same sentence, for a datagram that was fragmented on its way. */
CASE(fragments_over_ipv4_complete_before_their_reader_reads, .requirements = {"ZC-LO-21"},
     .transports = transport::udp, .paths = netns::fragments, .address_family = AF_INET,
     .deviation = "ipv4-fragments-complete-when-read")
{
	fragments_complete_unread(test);
}

/* ZC-LO-21. net/ipv6/ip6_input.c:ip6_input_finish lets go of the pages of each
 * fragment before they are put together. */
CASE(fragments_over_ipv6_complete_before_their_reader_reads, .requirements = {"ZC-LO-21"},
     .transports = transport::udp, .paths = netns::fragments, .address_family = AF_INET6)
{
	fragments_complete_unread(test);
}

REQUIREMENT("ZC-LO-04", observed,
	    "TCP data to a local socket is completed within bounded time though the peer's process never "
	    "reads.",
	    .code = "net/ipv4/tcp_output.c:tcp_write_xmit", .kernels = "since 4.14");
DEVIATION("tcp-closed-window-holds-pages", "ZC-LO-04", "4.14 on",
	  "Flagged TCP data beyond the receive window of a local peer that does not read has no "
	  "notification for as long as the peer does not read, and stores into it reach the peer; the "
	  "notification, with SO_EE_CODE_ZEROCOPY_COPIED, comes after it has read.",
	  "Not fixed: seen on 7.3.4 (docs/deviations.md), and no subject of a fix in any changelog "
	  "read, up to 7.3.4; the source was not read again. The start is that of the feature and is "
	  "inferred.");
/* ZC-LO-04. The same sentence, for what does not fit the peer's window: it
 * stays in the write queue, net/ipv4/tcp_output.c:tcp_write_xmit. */
CASE(notification_does_not_wait_for_a_full_window, .requirements = {"ZC-LO-04"}, .transports = transport::tcp,
     .paths = netns::basic | netns::local, .deviation = "tcp-closed-window-holds-pages")
{
	Link &link = test.connect({.receive_buffer = 4096});
	const Payload filler(64 << 10);
	Payload payload(4096);

	test.sent(link.send(filler), filler.size());
	test.sent(link.send_zerocopy(payload), payload.size());
	if (!errqueue::wait(link.sender(), os::Deadline(os::moment()))) {
		payload.overwrite();
		link.transcript().replace_last(payload);
		link.deliver();
		copied(test, test.one_notification(link, {0, 0}));
		test.deviates("no notification before the reader reads, and it reads what was stored later");
	}
	test.one_notification(link, {0, 0});
}

REQUIREMENT("ZC-LO-05", promised,
	    "A packet socket that listens on the sending device (tcpdump) forces a copy, and the "
	    "completion says so.",
	    .document =
		    "Implementation: Loopback; Deferred copies: \"This includes looping onto packet sockets "
		    "(e.g., tcpdump) and tun devices.\"",
	    .rests_on = "ZC-IN-03", .code = "net/core/dev.c:dev_queue_xmit_nit");
/* ZC-LO-05. Loopback: "This includes looping onto packet sockets (e.g.,
 * tcpdump)"; net/core/dev.c:dev_queue_xmit_nit. */
CASE(packet_socket_gets_a_copy, .requirements = {"ZC-LO-05"}, .transports = transport::udp,
     .paths = netns::sniffed, .without = netns::local)
{
	Link &link = test.connect();
	/* The path has a packet socket of its own; this one is to be read. */
	const os::Fd tap = netns::open_packet_tap(test.network().device(), netns::Outgoing::seen);
	Payload payload(link.usual_length());
	const Data original(payload.data(), payload.data() + payload.size());

	test.sent(link.send_zerocopy(payload), payload.size());
	payload.overwrite();
	copied(test, test.one_notification(link, {0, 0}));
	test.that("packet socket", saw(tap.get(), original), "a frame with the bytes as sent",
		  "no such frame");
}

REQUIREMENT("ZC-LO-06", observed, "A packet socket with PACKET_IGNORE_OUTGOING forces no copy.",
	    .code = "net/core/dev.c:dev_queue_xmit_nit, ignore_outgoing");
/* ZC-LO-06. net/core/dev.c:dev_queue_xmit_nit passes over packet sockets with
 * PACKET_IGNORE_OUTGOING. */
CASE(packet_socket_that_ignores_outgoing_frames_forces_no_copy, .requirements = {"ZC-LO-06"},
     .transports = transport::udp, .paths = netns::shares | netns::in_call, .without = netns::holds)
{
	Link &link = test.connect();
	const os::Fd tap = netns::open_packet_tap(test.network().device(), netns::Outgoing::ignored);
	const Payload payload(link.usual_length());

	test.sent(link.send_zerocopy(payload), payload.size());
	not_copied(test, test.one_notification(link, {0, 0}));
	test.that("packet socket", !saw(tap.get(), payload), "no frame", "the frame");
}

REQUIREMENT("ZC-LO-07", promised,
	    "tun and tap character devices copy at transmission: the notification comes at once with "
	    "SO_EE_CODE_ZEROCOPY_COPIED, and the reader sees the original bytes.",
	    .rests_on = "ZC-LO-05", .code = "drivers/net/tun.c:tun_net_xmit");
/* ZC-LO-07. Loopback: "This includes looping onto packet sockets (e.g.,
 * tcpdump) and tun devices"; drivers/net/tun.c:tun_net_xmit. */
CASE(tun_device_gets_a_copy_at_once, .requirements = {"ZC-LO-07"}, .transports = transport::udp,
     .paths = netns::delivers | netns::in_call, .without = netns::local)
{
	Link &link = test.connect();
	Payload payload(link.usual_length());

	test.sent(link.send_zerocopy(payload), payload.size());
	payload.overwrite();
	/* Nobody has read the device yet: the case's end does, and compares. */
	copied(test, test.one_notification(link, {0, 0}));
}

REQUIREMENT("ZC-LO-13", observed,
	    "Multicast is copied where a local socket is a member, and is not where none is.",
	    .code = "net/ipv4/ip_output.c:ip_mc_output, net/core/dev.c:dev_loopback_xmit");
/* ZC-LO-13. net/ipv4/ip_output.c:ip_mc_output and net/ipv6/ip6_output.c:
 * ip6_finish_output2 loop a datagram back where a local socket is a member. */
CASE(multicast_is_copied_for_a_local_member_only, .requirements = {"ZC-LO-13"}, .transports = transport::udp,
     .paths = netns::shares | netns::in_call, .without = netns::holds)
{
	const bool ipv4 = test.transport().address_family == AF_INET;
	Link &link = test.connect();
	const char *device = test.network().device();
	const os::Fd member = datagram_socket(
		transport::make_address(test.transport().address_family, ipv4 ? "0.0.0.0" : "::", 0));
	const char *group = ipv4 ? "239.1.1.1" : "ff1e::1";
	Payload payload(link.usual_length());
	const Data original(payload.data(), payload.data() + payload.size());
	group_req join = {};

	os::check(::setsockopt(link.sender(), SOL_SOCKET, SO_BINDTODEVICE, device, std::strlen(device)),
		  "SO_BINDTODEVICE");
	send_to(link, transport::make_address(test.transport().family, group, port_of(member.get())));
	test.sent(link.send_zerocopy(payload), payload.size());
	not_copied(test, test.one_completion(link, {0, 0}));

	join.gr_interface = ::if_nametoindex(device);
	join.gr_group = transport::make_address(test.transport().address_family, group, 0).storage;
	os::check(::setsockopt(member.get(), ipv4 ? IPPROTO_IP : IPPROTO_IPV6, MCAST_JOIN_GROUP, &join,
			       sizeof(join)),
		  "MCAST_JOIN_GROUP");
	test.sent(link.send_zerocopy(payload), payload.size());
	copied(test, test.one_completion(link, {1, 1}));
	await_data(member.get());
	payload.overwrite();
	Data arrived(payload.size());
	test.equal("bytes that the member gets",
		   ::recv(member.get(), arrived.data(), arrived.size(), MSG_DONTWAIT),
		   static_cast<long>(original.size()));
	test.that("datagram at the member", arrived == original, "the bytes as sent", "other bytes");
}

REQUIREMENT("ZC-LO-14", observed,
	    "UDP to a local port without a socket is completed with SO_EE_CODE_ZEROCOPY_COPIED, and the "
	    "ICMP error is reported apart from it.",
	    .code = "net/ipv4/udp.c:udp_rcv (6.1, 6.12: __udp4_lib_rcv) sends the ICMP error after local "
		    "delivery");
/* ZC-LO-14. net/ipv4/udp.c:udp_rcv answers with an ICMP error after local
 * delivery has copied; that error is no part of the notification. */
CASE(datagram_to_a_closed_port_completes_apart_from_its_error, .requirements = {"ZC-LO-14"},
     .transports = transport::udp, .paths = netns::basic | netns::local)
{
	Link &link = test.connect();
	const netns::Addresses addresses = test.network().addresses(test.transport().address_family);
	const Payload payload(link.usual_length());

	test.network().receiver().enter();
	const std::uint16_t closed =
		port_of(datagram_socket(transport::make_address(test.transport().address_family,
								addresses.receiver, 0))
				.get());
	send_to(link, transport::make_address(test.transport().family, addresses.receiver, closed));
	link.waive_delivery();
	test.sent(link.send_zerocopy(payload), payload.size());
	copied(test, test.one_notification(link, {0, 0}));

	int error = 0;
	socklen_t length = sizeof(error);
	test.that("poll() for the ICMP error", errqueue::wait(link.sender()), "POLLERR", "nothing");
	os::check(::getsockopt(link.sender(), SOL_SOCKET, SO_ERROR, &error, &length), "SO_ERROR");
	test.equal("SO_ERROR", error, ECONNREFUSED);
	test.queue_empty(link);
}

REQUIREMENT("ZC-LO-16", observed,
	    "An unresolved neighbour holds the datagram, and with it the notification, until resolution "
	    "fails; the completion then comes without SO_EE_CODE_ZEROCOPY_COPIED unless the call itself "
	    "had copied.",
	    .code = "net/core/neighbour.c:__neigh_event_send, neigh_timer_handler");
/* ZC-LO-16. net/core/neighbour.c:__neigh_event_send queues the datagram,
 * neigh_invalidate() drops it. What a resolved neighbour gets shows that the
 * first is held, not late. */
CASE(unresolved_neighbour_holds_until_resolution_fails, .requirements = {"ZC-LO-16", "ZC-CP-08"},
     .transports = transport::udp, .paths = netns::holds)
{
	const bool ipv4 = test.transport().address_family == AF_INET;
	Link &link = test.connect();
	const std::string unresolved = test.network().addresses(test.transport().address_family).receiver;
	const std::string resolved = ipv4 ? "192.0.2.3" : "2001:db8::3";
	const std::string device = test.network().device();
	const Payload payload(link.usual_length());

	netns::ip_batch("neighbour replace " + resolved + " lladdr 02:00:00:00:00:03 nud permanent dev " +
			device + "\n");
	test.sent(link.send_zerocopy(payload), payload.size());
	send_to(link, transport::make_address(test.transport().family, resolved.c_str(), 9));
	test.sent(link.send_zerocopy(payload), payload.size());
	not_copied(test, test.one_completion(link, {1, 1}));
	netns::ip_batch("neighbour replace " + unresolved + " nud failed dev " + device + "\n");
	not_copied(test, test.one_completion(link, {0, 0}));
}

/* ZC-LO-17. net/core/dev.c:__dev_xmit_skb: the queueing discipline holds the
 * pages for as long as it holds the packet. The bucket is empty after the first
 * packet; the last one makes the device look at its queue again. */
Notification delayed(harness::Test &test, Link &link)
{
	const std::string bucket = std::string(" dev ") + test.network().device() + " root tbf limit 100000 ";

	try {
		netns::tc_batch("qdisc add" + bucket + "rate 200bit burst 2000\n");
	} catch (const std::runtime_error &) {
		test.skip("the tc command or its token bucket (CONFIG_NET_SCH_TBF)");
	}
	/* Only now: stores to pages that a fork made copy-on-write are not shared. */
	Payload payload(link.usual_length());
	test.sent(link.send(payload), payload.size());
	test.sent(link.send_zerocopy(payload), payload.size());
	payload.overwrite();
	link.transcript().replace_last(payload);
	test.queue_empty(link);
	netns::tc_batch("qdisc change" + bucket + "rate 10gbit burst 100000\n");
	test.sent(link.send(payload), payload.size());
	return test.one_completion(link, {0, 0});
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

REQUIREMENT(
	"ZC-LO-18", observed,
	"TCP and UDP to another machine over a device with scatter-gather and checksum offload "
	"complete without SO_EE_CODE_ZEROCOPY_COPIED.",
	.code = "drivers/net/virtio_net.c:start_xmit for a virtual machine",
	.kernels =
		"a virtio device without transmit NAPI copies only managed pages, not those of MSG_ZEROCOPY "
		"(skb_orphan_frags honours SKBFL_DONT_ORPHAN)");
/* ZC-LO-18. msg_zerocopy.rst, Testing: "The test can be run between a pair of hosts".
 * Nobody on the way has a local socket for it: the device takes the pages as they
 * are, whatever the first send to the agent met with. */
CASE(data_to_another_machine_is_not_copied, .requirements = {"ZC-LO-18"},
     .paths = netns::away | netns::device_offloads, .without = netns::holds)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());

	for (std::uint32_t id = 0; id < 3; id++) {
		test.sent(link.send_zerocopy(payload), payload.size());
		const Notification completion = test.one_completion(link, {id, id});
		test.that("ee_code of data to another machine", !completion.copied(),
			  "0: no SO_EE_CODE_ZEROCOPY_COPIED", errqueue::describe(completion));
	}
}

} // namespace
