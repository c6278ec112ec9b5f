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

/* ZC-LO-01. Loopback: "all packets generated with MSG_ZEROCOPY that are looped
 * to a local socket will incur a deferred copy"; whatever the length. */
CASE(data_to_a_local_socket_is_copied, .requirements = {"ZC-LO-01"}, .paths = netns::basic | netns::local)
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

/* ZC-LO-02, ZC-LO-03. Loopback: "Data sent to local sockets can be queued
 * indefinitely if the receive process does not read its socket. Unbound
 * notification latency is not acceptable." */
CASE(notification_does_not_wait_for_the_reader, .requirements = {"ZC-LO-02", "ZC-LO-03"},
     .paths = netns::basic | netns::local)
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
