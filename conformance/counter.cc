// SPDX-License-Identifier: GPL-2.0
/* The chapter 'Notifications' of msg_zerocopy.rst: the counter. */
#include <unistd.h>

#include "conformance/chapter.h"
#include "limits/counter.h"
#include "netns/ip_command.h"
#include "os/child.h"
#include "os/pages.h"

namespace
{

/* End the sender's association, and the connection of a stream. */
void disconnect(At at, const Link &link)
{
	os::disconnect(link.sender());
	if (at->is(transport::datagram))
		return;
	/* Both ends of the stream learn of the reset, and forget it. */
	readable(at, link.receiver(), "the receiver, for the reset");
	os::pending_error(link.receiver());
	os::pending_error(link.sender());
}

/* Connect it again: a stream to a new receiver, which is returned. */
os::Fd reconnect(Test &test, const Link &link)
{
	if (test.is(transport::datagram)) {
		os::connect(link.sender(), link.destination());
		return {};
	}
	const Bound listener = listener_at_receiver(test);
	os::connect(link.sender(), listener.address);
	return os::accept(listener.socket.get());
}

/* The first call on the socket sent a part of its bytes, and has one id. */
void counts_once(At at, Link &link, const Payload &payload, const Returned &sent)
{
	const auto all = static_cast<ssize_t>(payload.size());

	at->that("return value of a send call without room for all bytes",
		 sent.returned > 0 && sent.returned < all, "more than 0, less than " + std::to_string(all),
		 os::describe(sent));
	link.deliver();
	at->one_notification(link, {0, 0});
	next_id_is(at, link, payload.first(100), 1);
}

REQUIREMENT("ZC-CT-01", promised,
	    "The first id of a socket is 0, and each successful flagged call adds one, whatever its length.",
	    .rests_on = "ZC-TX-02", .code = "net/core/skbuff.c:msg_zerocopy_alloc",
	    .kernels = "the document does not say that the first id is 0: all kernels do so");
CASE(counter_starts_at_zero_and_counts_calls, .requirements = {"ZC-CT-01"}, .transports = transport::all,
     .paths = netns::delivers)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());
	std::uint32_t id = 0;

	for (const std::size_t length : {std::size_t{1}, std::size_t{100}, payload.size()})
		next_id_is(test, link, payload.first(length), id++);
}

REQUIREMENT("ZC-CT-02", promised,
	    "One call has one id however many packet buffers, segments and iovecs it needs.",
	    .document = "Notifications: \"The counter counts system call invocations, not bytes.\"",
	    .code = "net/ipv4/tcp.c:tcp_sendmsg_locked, net/core/skbuff.c:skb_zerocopy_clone",
	    .kernels = "VSOCK differs, see ZC-VS-05");
/* A packet buffer holds less than 64 KiB, in 17 pages or as many as CONFIG_MAX_SKB_FRAGS
 * says: the call needs several. */
CASE(large_call_gets_one_id, .requirements = {"ZC-CT-02"}, .transports = transport::connected)
{
	Link &link = test.connect();
	/* Still within the smallest send buffer. */
	const Payload payload(150000);

	for (const std::uint32_t id : {0, 1})
		next_id_is(test, link, payload, id);
}

/* TCP takes more pieces than fit one packet buffer. Elsewhere all pieces must fit one. */
CASE(vector_gets_one_id, .requirements = {"ZC-CT-02"}, .transports = transport::all)
{
	Link &link = test.connect();
	const std::size_t pieces = test.is(transport::tcp) ? 64 : 16;
	const Payload payload(pieces * 81);
	const Outgoing message = transport::gapped(payload, pieces, 80, true);

	for (const std::uint32_t id : {0, 1})
		next_id_is(test, link, message, id);
}

/* net/core/skbuff.c:skb_segment gives all datagrams the notification structure of the
 * call. */
CASE(segmented_datagram_gets_one_id, .requirements = {"ZC-CT-02"}, .transports = transport::udp)
{
	Link &link = test.connect();
	const std::size_t size = link.usual_length();
	const Payload payload(10 * size);

	segment(link, static_cast<int>(size));
	for (const std::uint32_t id : {0, 1})
		next_id_is(test, link, payload, id);
}

REQUIREMENT("ZC-CT-03", promised,
	    "A TCP or VSOCK call of length zero (no bytes, empty iovecs, no iovecs) does not count.",
	    .rests_on = "ZC-TX-02",
	    .code = "net/ipv4/tcp.c:tcp_sendmsg_locked tests size; "
		    "net/vmw_vsock/af_vsock.c:vsock_connectible_sendmsg does not enter its loop");
CASE(empty_call_on_stream_does_not_count, .requirements = {"ZC-CT-03"}, .transports = transport::connected,
     .paths = netns::simplest)
{
	Link &link = test.connect();
	const Payload payload(100);
	const Bytes nothing = payload.first(0);

	sends(test, link, nothing);
	sends(test, link, Outgoing());
	sends(test, link, Outgoing{nothing, nothing, nothing});
	/* Had those calls completed, their notifications would precede this one. */
	next_id_is(test, link, payload, 0);
}

/* Does the call that makes a datagram copy it? IPv4's does for a route with an IPsec policy, too
 * (net/ipv4/ip_output.c:__ip_append_data). */
bool copied_in_call(const Test &test)
{
	return test.has(netns::device_without_sg) || test.has(netns::device_without_checksum) ||
	       (test.has(netns::refuses_udp_segment) && test.transport().address_family == AF_INET);
}

REQUIREMENT("ZC-CT-04", promised,
	    "A flagged UDP datagram of length zero does not count and has no notification.",
	    .rests_on = "ZC-TX-02",
	    .code = "net/ipv4/ip_output.c:__ip_append_data, net/ipv6/ip6_output.c:__ip6_append_data test a "
		    "length that includes the UDP header",
	    .kernels = "UDP since 5.0");
DEVIATION("zero-length-datagram-counts", "ZC-CT-04", "5.0 on",
	  "A flagged UDP datagram of length zero returns 0, consumes one id and queues one notification of "
	  "that id.",
	  catalogue::not_fixed_read);
CASE(empty_datagram_does_not_count, .requirements = {"ZC-CT-04"}, .transports = transport::udp,
     .deviation = "zero-length-datagram-counts")
{
	Link &link = test.connect();
	const Payload payload(100);

	sends(test, link, payload.first(0));
	/* Data is delivered after its completion: net/core/skbuff.c:skb_orphan_frags_rx. */
	link.deliver();
	/* Without pages there is nothing to copy below the device, only when a local socket takes it in. */
	judge_uncounted(test, link, payload,
			(test.has(netns::copies) && !test.has(netns::away)) || copied_in_call(test));
}

REQUIREMENT("ZC-CT-05", promised, "A flagged append of length zero to a pending UDP datagram does not count.",
	    .rests_on = "ZC-TX-02",
	    .code = "net/ipv4/udp.c:udp_sendmsg, do_append_data passes a length without the UDP header; "
		    "net/ipv4/ip_output.c:__ip_append_data");
CASE(empty_append_does_not_count, .requirements = {"ZC-CT-05"}, .transports = transport::udp)
{
	Link &link = test.connect();
	const Payload payload(100);

	sends(test, link, payload, MSG_MORE);
	sends(test, link, payload.first(0), MSG_MORE);
	sends(test, link, payload.first(0));
	copied(test, test.one_completion(link, {0, 0}));
	next_id_is(test, link, payload, 1);
}

REQUIREMENT("ZC-CT-06", promised,
	    "A failed call consumes no id (EFAULT, EAGAIN, EMSGSIZE, EPIPE, EDESTADDRREQ, ENETUNREACH, "
	    "EACCES, EINTR, ENOBUFS).",
	    .rests_on = "ZC-TX-02", .code = "net/core/skbuff.c:msg_zerocopy_put_abort",
	    .kernels = "ZC-CT-07, ZC-CT-09, ZC-CT-10 and ZC-TX-08 are the exceptions");
/* The kernel meets the fault when it has counted the call, and takes the id back. */
CASE(fault_consumes_no_id, .requirements = {"ZC-CT-06"})
{
	Link &link = test.connect();
	const Payload payload(100);
	Payload unreadable(1000);

	os::deny_access(unreadable.data(), unreadable.size());
	for (const std::uint32_t id : {0, 1}) {
		for (const std::size_t length : {std::size_t{1}, unreadable.size()})
			test.refused(link.send_zerocopy(unreadable.first(length)), EFAULT);
		test.queue_empty(link);
		next_id_is(test, link, payload, id);
	}
}

/* __ip_append_data refuses the first length; udp_sendmsg refuses more than 65535 bytes. */
CASE(oversized_datagram_consumes_no_id, .requirements = {"ZC-CT-06"}, .transports = transport::udp,
     .paths = netns::simplest)
{
	Link &link = test.connect();
	const Payload payload(70000);

	for (const std::uint32_t id : {0, 1}) {
		for (const std::size_t length : {test.transport().largest_datagram + 1, payload.size()})
			test.refused(link.send_zerocopy(payload.first(length)), EMSGSIZE);
		test.queue_empty(link);
		next_id_is(test, link, payload.first(100), id);
	}
}

/* Nor does one above the MTU that may not be cut. IPv6 looks at that by a test of its own
 * (net/ipv6/ip6_output.c:__ip6_append_data, dontfrag). */
CASE(datagram_that_may_not_be_cut_consumes_no_id, .requirements = {"ZC-CT-06"}, .transports = transport::udp,
     .paths = netns::fragments)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());
	std::vector<std::array<int, 3>> options = {{SOL_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO}};
	std::uint32_t id = 0;

	if (test.transport().address_family == AF_INET6)
		options = {{SOL_IPV6, IPV6_DONTFRAG, 1}, {SOL_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DO}};
	for (const auto &[level, option, value] : options) {
		set_option(link.sender(), level, option, value,
			   "setsockopt(IP_MTU_DISCOVER or IPV6_DONTFRAG)");
		for (int i = 0; i < 3; i++)
			refused_without_trace(test, link, link.send_zerocopy(payload), EMSGSIZE);
		test.queue_empty(link);
		next_id_is(test, link, payload.first(100), id++);
	}
}

/* tcp_sendmsg_locked counts the call before it finds the stream unconnected. */
CASE(unconnected_stream_consumes_no_id, .requirements = {"ZC-CT-06"}, .transports = transport::tcp,
     .paths = netns::simplest)
{
	Link &link = test.connect();
	const Payload payload(100);

	next_id_is(test, link, payload, 0);
	link.deliver();
	disconnect(test, link);
	for (int i = 0; i < 2; i++)
		test.refused(link.send_zerocopy(payload), EPIPE);
	test.queue_empty(link);
	const os::Fd receiver = reconnect(test, link);
	link.waive_delivery(); /* to the first receiver */
	next_id_is(test, link, payload, 1);
	receives(test, receiver.get(), payload);
	/* Nor does a stream that was shut down count. */
	os::check(::shutdown(link.sender(), SHUT_WR), "shutdown()");
	test.refused(link.send_zerocopy(payload), EPIPE);
	test.nothing_comes(link);
}

/* udp_sendmsg misses the address before it counts anything. */
CASE(missing_destination_consumes_no_id, .requirements = {"ZC-CT-06"}, .transports = transport::udp,
     .paths = netns::simplest)
{
	Link &link = test.connect({.connected = false});
	const Payload payload(100);

	for (const std::uint32_t id : {0, 1}) {
		test.refused(link.send_zerocopy(payload), EDESTADDRREQ);
		test.queue_empty(link);
		next_id_is(test, link, Outgoing(payload).to(link.destination()), id);
	}
}

/* Both errors come from the lookup of the route. */
CASE(unroutable_destination_consumes_no_id, .requirements = {"ZC-CT-06"}, .transports = transport::udp,
     .paths = netns::simplest)
{
	Link &link = test.connect({.connected = false});
	const Payload payload(100);
	const int family = test.transport().address_family;
	const char *const unreachable = family == AF_INET ? "198.51.100.1" : "2001:db8:1::1";
	const char *const prohibited = family == AF_INET ? "203.0.113.1" : "2001:db8:2::1";
	auto send_to = [&](const char *text) {
		const Address address = transport::make_address(test.transport().family, text, 9);

		return link.send_message(Outgoing(payload).to(address).header(), MSG_ZEROCOPY);
	};

	netns::ip_batch(std::string("route add prohibit ") + prohibited + '\n');
	for (const std::uint32_t id : {0, 1}) {
		test.refused(send_to(unreachable), ENETUNREACH);
		test.refused(send_to(prohibited), EACCES);
		test.queue_empty(link);
		next_id_is(test, link, Outgoing(payload).to(link.destination()), id);
	}
}

CASE(interrupted_call_consumes_no_id, .requirements = {"ZC-CT-06"}, .transports = transport::connected,
     .paths = netns::simplest)
{
	Link &link = test.connect(small_buffers());
	const Payload payload(100);

	fill(test, link, Payload(page_size()));
	for (int i = 0; i < 2; i++) {
		ThreadInCall sender = transport::send_in_thread(link, payload);

		blocks(test, sender, "send() without room");
		test.refused(interrupted(test, sender, "send()"), EINTR);
	}
	test.queue_empty(link);
	link.deliver();
	has_room(test, link);
	next_id_is(test, link, payload, 0);
}

CASE(call_without_option_memory_consumes_no_id, .requirements = {"ZC-CT-06"}, .paths = netns::simplest,
     .needs = needs_optmem)
{
	Link &link = test.connect();
	const Payload payload(100);

	for (const std::uint32_t id : {0, 1}) {
		refused_under(test, ScopedOptmemMax(1), link, payload);
		test.queue_empty(link);
		next_id_is(test, link, payload, id);
	}
}

REQUIREMENT("ZC-CT-07", promised,
	    "A flagged UDP send that fails after its packet was built (too many segments, segment over the "
	    "MTU, checksum disabled or not offloaded) consumes no id and queues no notification.",
	    .rests_on = "ZC-TX-02", .code = "net/ipv4/udp.c:udp_send_skb, net/ipv6/udp.c:udp_v6_send_skb",
	    .kernels = "a segment over the MTU fails with EINVAL before \"udp: gso: do not drop small "
		       "packets when PMTU reduces\", and with EMSGSIZE since; UDP_SEGMENT on a device "
		       "without checksum offload fails with EIO before 6.11 (\"udp: Allow GSO transmit from "
		       "devices with no checksum offload\"), and the checksum is computed in software since");
DEVIATION("udp-late-failure-counts", "ZC-CT-07", "5.0 on",
	  "A flagged UDP_SEGMENT send that fails with EINVAL (more than UDP_MAX_SEGMENTS, checksum "
	  "disabled), EMSGSIZE or EINVAL (segment over the MTU) or EIO (IPsec), and a flagged send that "
	  "netfilter drops (EPERM), consumes one id and queues one notification of that id, without "
	  "SO_EE_CODE_ZEROCOPY_COPIED where the call itself does not copy.",
	  catalogue::not_fixed_seen);
/* 600 segments, where UDP_MAX_SEGMENTS is 128 at most. */
CASE(too_many_segments_consume_no_id, .requirements = {"ZC-CT-07"}, .transports = transport::udp,
     .deviation = "udp-late-failure-counts")
{
	Link &link = test.connect();
	const Payload payload(60000);

	segment(link, 100);
	test.refused(link.send_zerocopy(payload), EINVAL);
	segment(link, 0);
	judge_uncounted(test, link, payload.first(100), copied_in_call(test));
}

CASE(segments_without_checksum_consume_no_id, .requirements = {"ZC-CT-07"}, .transports = transport::udp,
     .paths = netns::simplest, .deviation = "udp-late-failure-counts")
{
	Link &link = test.connect();
	const Payload payload(3000);
	const auto omit_checksum = [&](bool on) {
		/* Both: a v4-mapped socket heeds that of IPv4. */
		set_option(link.sender(), SOL_SOCKET, SO_NO_CHECK, on, "setsockopt(SO_NO_CHECK)");
		set_option(link.sender(), SOL_UDP, UDP_NO_CHECK6_TX, on, "setsockopt(UDP_NO_CHECK6_TX)");
		segment(link, on ? 1000 : 0);
	};

	omit_checksum(true);
	test.refused(link.send_zerocopy(payload), EINVAL);
	omit_checksum(false);
	judge_uncounted(test, link, payload.first(100), false);
}

CASE(segments_over_mtu_consume_no_id, .requirements = {"ZC-CT-07"}, .transports = transport::udp,
     .paths = netns::local | netns::sniffed, .deviation = "udp-late-failure-counts")
{
	Link &link = test.connect();
	const Payload payload(3 * test.path().mtu());

	segment(link, test.path().mtu());
	const Returned sent = link.send_zerocopy(payload);
	test.refused(sent, sent.error == EINVAL ? EINVAL : EMSGSIZE);
	segment(link, 0);
	judge_uncounted(test, link, payload.first(100), false);
}

DEVIATION(
	"udp-gso-without-checksum-offload-counts", "ZC-CT-07", "5.0 to 6.11",
	"A flagged UDP_SEGMENT send over a device without transmit checksum offload fails with EIO, consumes "
	"one id and queues one notification of that id, with SO_EE_CODE_ZEROCOPY_COPIED because the call has "
	"copied.",
	"net/ipv4/udp.c:udp_send_skb tests ip_summed != CHECKSUM_PARTIAL for UDP_SEGMENT in 6.1.192 (line "
	"1019), and not in 6.12.118. That it went in 6.11 (10154dbded6d) is inferred: between 6.1 and 6.12.");
/* The send succeeds and counts, or it fails with EIO and must not count. */
CASE(segments_without_checksum_offload_count_as_they_succeed, .requirements = {"ZC-CT-07"},
     .transports = transport::udp, .paths = netns::device_without_checksum,
     .deviation = "udp-gso-without-checksum-offload-counts")
{
	Link &link = test.connect();
	const Payload payload(3000);

	segment(link, 1000);
	const Returned sent = link.send_zerocopy(payload);
	segment(link, 0);
	if (!sent.ok()) {
		test.refused(sent, EIO);
		judge_uncounted(test, link, payload.first(100), true);
		return;
	}
	test.sent(sent, payload.size());
	test.one_notification(link, {0, 0});
	next_id_is(test, link, payload.first(100), 1);
}

REQUIREMENT("ZC-CT-08", promised, "A TCP send that returns a short count counts once.",
	    .rests_on = "ZC-TX-02", .code = "net/ipv4/tcp.c:tcp_sendmsg_locked, do_error with copied > 0");
CASE(short_count_counts_once, .requirements = {"ZC-CT-08"}, .transports = transport::tcp,
     .paths = netns::simplest)
{
	Link &link = test.connect(small_buffers());
	const Payload payload(more_than_small_buffers());

	counts_once(test, link, payload, link.send_zerocopy(payload));
}

REQUIREMENT(
	"ZC-CT-12", promised,
	"Any number of flagged calls that fail with EAGAIN leave the counter where it is.",
	.rests_on = "ZC-TX-02",
	.code = "net/ipv4/tcp.c:tcp_sendmsg_locked, out_err; net/ipv4/ip_output.c:__ip_append_data, error");
CASE(refusals_of_full_stream_consume_no_id, .requirements = {"ZC-CT-12", "ZC-CT-06"},
     .transports = transport::stream, .paths = netns::simplest)
{
	Link &link = test.connect(small_buffers());
	const Payload payload(page_size());

	next_id_is(test, link, payload.first(100), 0);
	fill(test, link, payload);
	for (int refused = 0; refused < 100;) {
		const Returned sent = link.send_zerocopy(payload);

		/* A probe of the window may have made room. */
		if (sent.ok())
			continue;
		test.refused(sent, EAGAIN);
		refused++;
	}
	link.deliver();
	test.completions_settle(link);
	has_room(test, link);
	next_id_is(test, link, payload.first(100), link.ledger().next_id());
}

/* Datagrams that wait for the neighbour's address fill the send buffer. */
CASE(refusals_of_full_datagram_socket_consume_no_id, .requirements = {"ZC-CT-12", "ZC-CT-06", "ZC-LIM-03"},
     .transports = transport::udp, .paths = netns::holds)
{
	Link &link = test.connect({.send_buffer = 8192});
	const Payload payload(1000);

	fill(test, link, payload, MSG_ZEROCOPY);
	const std::uint32_t sent = link.ledger().next_id();
	const unsigned charged = option_memory(link.sender());
	for (int i = 0; i < 100; i++)
		refused_without_trace(test, link, link.send_zerocopy(payload), EAGAIN, charged);
	test.queue_empty(link);
	link.release();
	test.one_notification(link, {0, sent - 1});
	next_id_is(test, link, payload, sent);
}

REQUIREMENT("ZC-CT-13", observed,
	    "connect(AF_UNSPEC) and a new connect neither reset the counter nor drop queued notifications.",
	    .code = "net/ipv4/tcp.c:tcp_disconnect and net/ipv4/udp.c:__udp_disconnect touch neither "
		    "sk_zckey nor sk_error_queue");
CASE(disconnection_keeps_counter_and_notifications, .requirements = {"ZC-CT-13"},
     .paths = netns::basic | netns::local)
{
	Link &link = test.connect();
	const Payload payload(100);

	sends(test, link, payload);
	link.deliver();
	notified(test, link);
	disconnect(test, link);
	test.one_notification(link, {0, 0});
	const os::Fd receiver = reconnect(test, link);
	if (receiver)
		link.waive_delivery(); /* to the first receiver */
	next_id_is(test, link, payload, 1);
	if (receiver)
		receives(test, receiver.get(), payload);
}

REQUIREMENT("ZC-CT-14", promised,
	    "Counter and error queue belong to the socket: descriptors made by dup, fork and SCM_RIGHTS "
	    "share both.",
	    .document = "Notifications: \"Each socket maintains an internal unsigned 32-bit counter.\"",
	    .code = "include/net/sock.h: sk_zckey and sk_error_queue are members of struct sock");
CASE(duplicate_descriptors_share_the_counter, .requirements = {"ZC-CT-14"}, .transports = transport::all,
     .paths = netns::simplest)
{
	Link &link = test.connect();
	const Payload payload(100);
	os::Fd duplicate(os::check(::dup(link.sender()), "dup()"));

	sends(test, link, payload);
	link.deliver();
	notified(test, duplicate.get(), "the notification at the duplicate");
	const std::vector<Message> messages = errqueue::receive_queued(duplicate.get());
	link.enter(messages);
	test.that("notifications read from the duplicate", messages.size() == 1 && link.ledger().settled(),
		  "one, of id 0", link.ledger().describe());
	test.queue_empty(link);
	link.account(send_raw(duplicate.get(), payload, MSG_ZEROCOPY | MSG_NOSIGNAL), payload, MSG_ZEROCOPY);
	notified(test, link);
	duplicate.close();
	test.one_notification(link, {1, 1});
	next_id_is(test, link, payload, 2);
}

CASE(processes_share_the_counter, .requirements = {"ZC-CT-14"}, .paths = netns::simplest, .once = true)
{
	Link &link = test.connect();
	const Payload payload(100);

	next_id_is(test, link, payload, 0);
	os::Child child([&] {
		return send_raw(link.sender(), payload, MSG_ZEROCOPY | MSG_NOSIGNAL).returned != 100;
	});
	test.equal("exit status of the process that sent", child.wait(), 0);
	link.account(transport::all_of(payload), payload, MSG_ZEROCOPY);
	test.one_notification(link, {1, 1});
	next_id_is(test, link, payload, 2);
}

/* Another descriptor of the same socket, by SCM_RIGHTS. */
os::Fd passed_on(int descriptor)
{
	alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control = {};
	const os::SocketPair pair(SOCK_DGRAM);
	msghdr header = {};

	const Returned sent =
		send_raw(pair.first.get(), Outgoing().with(SOL_SOCKET, SCM_RIGHTS, descriptor), 0);
	os::require(sent.ok(), "sendmsg(SCM_RIGHTS): " + os::describe(sent));
	header.msg_control = control.data();
	header.msg_controllen = control.size();
	os::check(::recvmsg(pair.second.get(), &header, MSG_CMSG_CLOEXEC), "recvmsg(SCM_RIGHTS)");
	os::require(CMSG_FIRSTHDR(&header), "recvmsg() brings a descriptor");
	std::memcpy(&descriptor, CMSG_DATA(CMSG_FIRSTHDR(&header)), sizeof(descriptor));
	return os::Fd(descriptor);
}

CASE(passed_descriptor_shares_the_counter, .requirements = {"ZC-CT-14"}, .paths = netns::simplest,
     .once = true)
{
	Link &link = test.connect();
	const Payload payload(100);
	const os::Fd other = passed_on(link.sender());

	next_id_is(test, link, payload, 0);
	link.account(send_raw(other.get(), payload, MSG_ZEROCOPY | MSG_NOSIGNAL), payload, MSG_ZEROCOPY);
	test.one_notification(link, {1, 1});
	next_id_is(test, link, payload, 2);
}

REQUIREMENT("ZC-CT-21", promised,
	    "The counter has more than 16 bits: id 65536 follows id 65535, and one range holds both.",
	    .rests_on = "ZC-CT-14", .code = "include/net/sock.h: sk_zckey is an atomic_t");
CASE(counter_does_not_wrap_at_sixteen_bits, .requirements = {"ZC-CT-21"}, .transports = transport::udp,
     .paths = netns::shares | netns::in_call, .once = true)
{
	Link &link = test.connect();
	const Payload payload(1);

	for (std::uint32_t id = 0; id < (1U << 16) + 2; id++)
		sends(test, link, payload);
	test.one_notification(link, {0, (1U << 16) + 1});
}

REQUIREMENT("ZC-CT-18", promised,
	    "Over the life of a socket with one sending thread each successful flagged call is reported "
	    "exactly once, and nothing else is.",
	    .rests_on = "ZC-IN-01", .code = "net/core/skbuff.c:__msg_zerocopy_callback",
	    .kernels = "ZC-CT-04, ZC-CT-07 and ZC-TX-08 are the exceptions");
/* Calls of all lengths, flagged and not, appended and not, with the error queue read now
 * and then. The choices follow from the run's seed. */
CASE(every_call_is_reported_exactly_once, .requirements = {"ZC-CT-18", "ZC-MX-01"},
     .transports = transport::all)
{
	Link &link = test.connect();
	const std::size_t most = link.usual_length();
	/* Other cases look at what the receiver of VSOCK appends to another packet. */
	const std::size_t least = test.is(transport::vsock) ? 129 : 1;
	const Payload payload(most);
	const Payload choices(3 * 200);
	bool more = false;

	for (std::size_t i = 0; i < choices.size(); i += 3) {
		const Bytes choice = choices.from(i, 3);
		const std::size_t length = least + (choice[0] * 256 + choice[1]) % most / 4;
		/* At most two calls make a datagram, which then fits the MTU. */
		more = !more && (choice[2] & 0x1c) == 0;
		const int flags = (choice[2] & 3 ? MSG_ZEROCOPY : 0) | (more ? MSG_MORE : 0);

		/* From anywhere in the pages. */
		test.sent(link.send(payload.from((most - length) * choice[2] / 256, length), flags), length);
		if ((choice[2] & 0xe0) == 0)
			link.read_notifications();
		link.read_arrived();
		/* A machine's optmem_max may leave room for a few only. */
		if (!more && link.ledger().outstanding() > 8)
			test.completions_settle(link);
	}
	sends(test, link, payload.first(least));
	link.deliver();
	test.completions_settle(link);
}

REQUIREMENT("ZC-CT-19", promised,
	    "A blocking flagged TCP send that is interrupted after partial progress returns the partial "
	    "count and counts once.",
	    .rests_on = "ZC-TX-02", .code = "net/ipv4/tcp.c:tcp_sendmsg_locked, do_error with copied > 0");
CASE(interrupted_call_counts_once_for_what_it_sent, .requirements = {"ZC-CT-19"},
     .transports = transport::tcp, .paths = netns::simplest)
{
	Link &link = test.connect(small_buffers());
	const Payload payload(more_than_small_buffers());
	ThreadInCall sender = transport::send_in_thread(link, payload);

	blocks(test, sender, "send() without room for all bytes");
	const Returned sent = interrupted(test, sender, "send()");
	link.account(sent, payload, MSG_ZEROCOPY);
	counts_once(test, link, payload, sent);
}

/* What takes 2^31 calls and more, and hours, elsewhere: the counter starts there. */
Link &connect_near_the_end(Test &test, std::uint32_t first_id)
{
	test.network();
	limits::count_from(first_id);
	Link &link = test.connect();

	link.ledger() = errqueue::Ledger(first_id);
	return link;
}

REQUIREMENT("ZC-CT-15", promised,
	    "The counter wraps from 4294967295 to 0, and ranges across the wrap are to be read modulo 2^32.",
	    .document = "Notifications: \"It wraps after UINT_MAX calls.\"",
	    .code = "net/core/skbuff.c:skb_zerocopy_notify_extend, u32 arithmetic");
REQUIREMENT("ZC-CT-17", observed,
	    "The id UINT_MAX itself is used: the period of the counter is UINT_MAX + 1 calls.",
	    .code = "net/core/skbuff.c:msg_zerocopy_alloc, atomic_inc_return");
CASE(id_zero_follows_the_last_id, .requirements = {"ZC-CT-15", "ZC-CT-17"}, .transports = transport::all,
     .paths = netns::simplest, .entry = Entry::guest_only)
{
	Link &link = connect_near_the_end(test, UINT32_MAX - 2);
	const Payload payload(link.usual_length());

	for (const std::uint32_t id : {UINT32_MAX - 2, UINT32_MAX - 1, UINT32_MAX, 0U, 1U})
		next_id_is(test, link, payload, id);
}

/* Where the counter wraps, and where the ids as signed numbers would. */
constexpr std::uint32_t before_borders[] = {UINT32_MAX - 1, INT32_MAX - 1U};

/* The calls share one notification structure, whose last id is below its first where the counter wraps. */
CASE(calls_of_one_packet_count_across_the_wrap, .requirements = {"ZC-CT-15", "ZC-CT-17"},
     .transports = transport::tcp, .paths = netns::simplest, .entry = Entry::guest_only)
{
	const Payload payload(100);

	for (const std::uint32_t first : before_borders) {
		Link &link = connect_near_the_end(test, first);

		for (const int more : {int{MSG_MORE}, int{MSG_MORE}, int{MSG_MORE}, 0})
			sends(test, link, payload, more);
		test.one_notification(link, {first, first + 3});
	}
}

/* The calls are completed one by one, and their notifications are not read. */
CASE(completions_merge_across_the_wrap, .requirements = {"ZC-CT-15", "ZC-BT-01"},
     .transports = transport::all, .paths = netns::simplest, .entry = Entry::guest_only)
{
	for (const std::uint32_t first : before_borders) {
		Link &link = connect_near_the_end(test, first);
		const Payload payload(link.usual_length());

		for (int calls = 0; calls < 4; calls++) {
			sends(test, link, payload);
			link.deliver();
			if (test.is(transport::tcp))
				left_to_acknowledge(test, link, 0);
		}
		test.one_notification(link, {first, first + 3});
	}
}

REQUIREMENT(
	"ZC-CT-16", observed,
	"A merged range never covers 2^32 ids: the extension that would do so becomes an entry of its own.",
	.code = "net/core/skbuff.c:skb_zerocopy_notify_extend refuses sum_len >= 1 << 32");
/* The first call's range has 2^32 - 2 ids, and takes one more. */
CASE(merged_range_leaves_an_id_out, .requirements = {"ZC-CT-16"}, .paths = netns::simplest,
     .entry = Entry::guest_only)
{
	test.network();
	limits::merge_before(UINT32_MAX - 2);
	Link &link = test.connect();
	const Payload payload(link.usual_length());

	link.waive_completions(); /* of the ids that no call had */
	for (int calls = 0; calls < 4; calls++) {
		sends(test, link, payload);
		link.deliver();
		if (test.is(transport::tcp))
			left_to_acknowledge(test, link, 0);
	}
	const std::string seen = entries_text(errqueue::receive_queued(link.sender()), Copied::untold);
	test.that("error queue", seen == "[3,1], [2,3]", "[3,1], [2,3]", seen);
}

} // namespace
