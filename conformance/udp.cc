// SPDX-License-Identifier: GPL-2.0
/* UDP's own: segmentation offload, corking, destinations, IP options. msg_zerocopy.rst says
 * little about these; udp(7), ip(7) and the kernel's code tell how they combine with it. */
#include <netinet/ip.h>
#include <netinet/ip6.h>

#include <chrono>

#include "conformance/chapter.h"
#include "harness/slow_device.h"

namespace
{

/* A flagged datagram, counted by the link's books, that goes to another receiver than the
 * link's, and arrives there. */
void sends_to(At at, Link &link, const Bound &other, Bytes bytes)
{
	at->sent(send_raw(link.sender(), bytes, MSG_ZEROCOPY, &other.address), bytes.size());
	link.ledger().sent();
	receives(at, other.socket.get(), bytes);
}

REQUIREMENT("ZC-UD-01", observed,
	    "The largest datagram is that of a plain send, 65507 bytes over IPv4 and 65527 over IPv6; one "
	    "byte more fails with EMSGSIZE and without an id.",
	    .code = "net/ipv4/udp.c:udp_sendmsg, net/ipv4/ip_output.c:__ip_append_data, "
		    "net/ipv6/ip6_output.c:__ip6_append_data");
/* The limit is that of the length field. It holds wherever in a page the data begins:
 * the datagram must not need more fragments than a packet buffer has. With the headers of IPsec it would be
 * too long. */
CASE(largest_datagram_is_that_of_a_plain_send, .requirements = {"ZC-UD-01"}, .transports = transport::udp,
     .without = netns::refuses_udp_segment)
{
	Link &link = test.connect();
	const std::size_t most = test.transport().largest_datagram;
	const Payload payload(page_size() + most);
	std::uint32_t id = 0;

	for (const std::size_t offset : {std::size_t{0}, page_size() - 1}) {
		for (const int flags : {0, static_cast<int>(MSG_ZEROCOPY)})
			test.refused(link.send(payload.from(offset, most + 1), flags), EMSGSIZE);
		test.queue_empty(link);
		plainly_sends(test, link, payload.from(offset, most));
		link.deliver();
		/* One that is longer than the MTU is copied in the call. */
		sends(test, link, payload.from(offset, most));
		copied(test, test.one_completion(link, {id, id}));
		id++;
	}
}

REQUIREMENT("ZC-UD-02", promised,
	    "A send with UDP_SEGMENT has one id, completed when the last segment is freed.",
	    .rests_on = "ZC-CT-02 ZC-IN-08", .code = "net/core/skbuff.c:skb_segment, skb_zerocopy_clone");
/* The first segment has arrived while the second one waits, and shares the pages: a
 * store into these reaches the receiver, and no notification comes before. */
CASE(segmented_send_completes_with_its_last_segment, .requirements = {"ZC-UD-02"},
     .transports = transport::udp, .paths = netns::simplest)
{
	constexpr std::size_t segment_size = 1400;
	Link &link = test.connect();

	limit_rate(test);
	/* Not before: limit_rate() forks, which makes pages copy-on-write, and stores to those
	 * are not shared. */
	Payload payload(2 * segment_size);
	segment(link, segment_size);
	sends(test, link, payload);
	readable(test, link.receiver(), "the receiver");
	link.read_arrived();
	test.queue_empty(link);
	payload.overwrite();
	link.transcript().store_over_last(payload.from(segment_size, segment_size));
	lift_rate(test);
	/* This packet makes the device look at its queue again. */
	plainly_sends(test, link, payload.first(1));
	link.deliver();
	test.one_notification(link, {0, 0});
}

/* As ./udpgso_bench_tx -S 0 -z -a in the selftests of the kernel: as many completions
 * as sends, whether the last segment is full or not. */
CASE(every_segmented_send_completes, .requirements = {"ZC-UD-02", "ZC-UD-03"}, .transports = transport::udp,
     .without = netns::refuses_udp_segment)
{
	Link &link = test.connect();
	const int header = test.transport().address_family == AF_INET ? sizeof(iphdr) : sizeof(ip6_hdr);
	const std::uint16_t size = std::min(1500U, test.path().mtu()) - header - sizeof(udphdr);
	const Payload payload(42 * size + 100);
	/* Full segments only, one segment, one that is not full, and such a one at the end. */
	const std::size_t lengths[] = {42U * size, size, 1, payload.size()};

	set_option(link.sender(), SOL_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO, "setsockopt(IP_MTU_DISCOVER)");
	if (test.transport().family == AF_INET6)
		set_option(link.sender(), SOL_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DO,
			   "setsockopt(IPV6_MTU_DISCOVER)");
	link.transcript().set_segment_size(size);
	for (int i = 0; i < 8; i++) {
		sends(test, link,
		      Outgoing(payload.first(lengths[i % 4])).in_segments_of(size).to(link.destination()));
		link.deliver();
	}
	for (const os::Deadline deadline = os::Event::notification;
	     link.ledger().outstanding() && !deadline.passed();) {
		link.await_notification(deadline);
		for (const Message &message : link.read_notifications())
			test.equal("msg_flags of a notification", message.flags, MSG_ERRQUEUE,
				   os::message_flags);
	}
	test.completions_settle(link);
}

REQUIREMENT("ZC-UD-03", observed, "UDP_SEGMENT as control message behaves like UDP_SEGMENT as socket option.",
	    .code = "net/ipv4/udp.c:udp_cmsg_send");
/* The control message replaces the option for its message, and overrides it. A size of
 * 0 means no segmentation. */
CASE(segment_size_of_a_control_message_is_that_of_the_option, .requirements = {"ZC-UD-03", "ZC-UD-02"},
     .transports = transport::udp, .paths = netns::simplest)
{
	Link &link = test.connect();
	const Payload payload(4500);
	std::uint32_t id = 0;
	auto by_control_message = [&](Bytes bytes, std::uint16_t size) {
		link.transcript().set_segment_size(size);
		next_id_is(test, link, Outgoing(bytes).in_segments_of(size), id++);
	};

	segment(link, 1000);
	next_id_is(test, link, payload, id++);
	set_option(link.sender(), SOL_UDP, UDP_SEGMENT, 0, "setsockopt(UDP_SEGMENT)");
	by_control_message(payload, 1000);
	set_option(link.sender(), SOL_UDP, UDP_SEGMENT, 700, "setsockopt(UDP_SEGMENT)");
	by_control_message(payload, 1000);
	by_control_message(payload.first(1400), 0);
	segment(link, 0);
	next_id_is(test, link, payload.first(1400), id++);
}

/* A store into the first part of a segmented datagram that goes on reaches the
 * receiver. */
CASE(segments_by_control_message_share_the_pages, .requirements = {"ZC-UD-03"}, .transports = transport::udp,
     .paths = netns::simplest)
{
	Link &link = test.connect();
	std::uint32_t id = 0;

	link.transcript().set_segment_size(1000);
	for (const std::size_t length : {2500, 30500}) {
		Payload payload(length);

		sends(test, link, Outgoing(payload).in_segments_of(1000), MSG_MORE);
		store_seen(link, payload);
		plainly_sends(test, link, payload.first(100));
		test.one_notification(link, {id, id});
		id++;
	}
}

CASE(each_message_of_sendmmsg_is_segmented_and_counted, .requirements = {"ZC-UD-03", "ZC-UD-02"},
     .transports = transport::udp, .paths = netns::simplest)
{
	Link &link = test.connect();
	const Payload payload(3 * 2500);
	std::array<Outgoing, 3> outgoing;
	std::array<mmsghdr, 3> messages = {};
	auto part = [&](unsigned number) { return payload.from(2500UL * number, 2500); };

	for (unsigned i = 0; i < messages.size(); i++)
		messages[i].msg_hdr = outgoing[i].add(part(i)).in_segments_of(1000).header();
	link.transcript().set_segment_size(1000);
	returned(test, "sendmmsg()",
		 Returned::of(::sendmmsg(link.sender(), messages.data(), messages.size(),
					 MSG_ZEROCOPY | MSG_DONTWAIT)),
		 messages.size());
	for (unsigned i = 0; i < messages.size(); i++)
		link.account({static_cast<ssize_t>(messages[i].msg_len), 0}, part(i), MSG_ZEROCOPY);
	test.equal("next id", link.ledger().next_id(), 3);
	test.completions_settle(link);
}

REQUIREMENT("ZC-UD-92", observed,
	    "A flagged UDP call with MSG_PROBE returns its length, sends nothing, and has no id.",
	    .code = "net/ipv4/ip_output.c:ip_make_skb, net/ipv6/ip6_output.c:ip6_make_skb",
	    .kernels = "by the document each successful flagged call with data has an id");
CASE(probe_sends_nothing_and_has_no_id, .requirements = {"ZC-UD-92"}, .transports = transport::udp,
     .paths = netns::simplest)
{
	constexpr int probe = 0x10; /* include/linux/socket.h:MSG_PROBE, which libc has not */
	Link &link = test.connect();
	const Payload payload(100);

	test.sent(send_raw(link.sender(), payload, MSG_ZEROCOPY | MSG_DONTWAIT | probe), payload.size());
	test.queue_empty(link);
	next_id_is(test, link, payload, 0);
}

/* This append fails, flagged or not. The earlier append of the datagram completes, and the
 * next send begins another datagram. */
void failing_append_drops_the_datagram(At at, Link &link, Bytes append, int error, int flags,
				       std::uint32_t id)
{
	const Payload payload(100);

	sends(at, link, payload, MSG_MORE);
	at->refused(send_raw(link.sender(), append, flags | MSG_DONTWAIT), error);
	link.transcript().drop_unfinished();
	at->one_notification(link, {id, id});
	next_id_is(at, link, payload, id + 1);
	link.deliver();
}

REQUIREMENT("ZC-UD-04", observed,
	    "An error in a corked append drops the pending datagram, the ids of its earlier appends "
	    "complete, and the failed append has none.",
	    .code = "net/ipv4/udp.c:udp_sendmsg, udp_flush_pending_frames; "
		    "net/core/skbuff.c:msg_zerocopy_put_abort takes back the id of the failed append only. "
		    "The same holds for ENOBUFS: the whole datagram must be sent again");
CASE(failing_append_drops_the_datagram_and_has_no_id, .requirements = {"ZC-UD-04"},
     .transports = transport::udp, .paths = netns::simplest)
{
	Link &link = test.connect();
	const Mapping unreadable(100, PROT_NONE);
	const Payload too_long(65500);
	std::uint32_t id = 0;

	for (const int flags : {0, static_cast<int>(MSG_ZEROCOPY)}) {
		failing_append_drops_the_datagram(test, link, unreadable.bytes(), EFAULT, flags, id);
		failing_append_drops_the_datagram(test, link, too_long, EMSGSIZE, flags, id + 2);
		id += 4;
	}
}

REQUIREMENT("ZC-UD-05", promised,
	    "Sends of one socket to different destinations, connected or not, share one sequence of ids.",
	    .rests_on = "ZC-CT-14", .code = "include/net/sock.h: sk_zckey");
CASE(destinations_share_one_sequence_of_ids, .requirements = {"ZC-UD-05"}, .transports = transport::udp,
     .paths = netns::simplest)
{
	Link &link = test.connect({.connected = false});
	const Bound other = bound_at_receiver(test);
	const Payload payload(link.usual_length());
	Outgoing to_link(payload);

	to_link.to(link.destination());
	next_id_is(test, link, to_link, 0);
	sends_to(test, link, other, payload);
	test.one_notification(link, {1, 1});
	os::connect(link.sender(), link.destination());
	next_id_is(test, link, payload, 2);
	sends_to(test, link, other, payload);
	test.one_notification(link, {3, 3});
	os::connect(link.sender(), other.address);
	next_id_is(test, link, to_link, 4);
}

REQUIREMENT("ZC-UD-06", promised,
	    "With SO_SNDBUF exhausted a flagged send fails with EAGAIN or blocks, and has no id until it "
	    "succeeds.",
	    .rests_on = "ZC-TX-02",
	    .code = "net/core/sock.c:sock_alloc_send_pskb, net/ipv4/ip_output.c:__ip_append_data, error",
	    .kernels = "a blocked call holds its id while it waits, and gives it back if it fails");
/* Datagrams that wait for the neighbour fill the send buffer. */
CASE(full_send_buffer_refuses_or_blocks_and_counts_what_it_sends, .requirements = {"ZC-UD-06"},
     .transports = transport::udp, .paths = netns::holds)
{
	Link &link = test.connect({.send_buffer = 8192});
	const Payload payload(link.usual_length());
	auto set_timeout = [&](std::chrono::milliseconds timeout) {
		set_option(link.sender(), SOL_SOCKET, SO_SNDTIMEO, os::as_timeval(timeout),
			   "setsockopt(SO_SNDTIMEO)");
	};

	fill(test, link, payload);
	test.refused(link.send_zerocopy(payload), EAGAIN);
	set_timeout(std::chrono::milliseconds(1));
	ThreadInCall impatient = transport::send_in_thread(link, payload);
	test.refused(returns(test, impatient, "send()"), EAGAIN);
	set_timeout(std::chrono::milliseconds(0)); /* none */
	ThreadInCall interrupted = transport::send_in_thread(link, payload);
	blocks(test, interrupted, "send call without room");
	test.refused(harness::interrupted(test, interrupted, "send()"), EINTR);
	ThreadInCall patient = transport::send_in_thread(link, payload);
	blocks(test, patient, "send call without room");
	test.refused(link.send_zerocopy(payload), EAGAIN);
	test.queue_empty(link);
	link.release();
	const Returned sent = returns(test, patient, "send()");
	link.account(sent, payload, MSG_ZEROCOPY);
	test.sent(sent, payload.size());
	test.one_notification(link, {0, 0});
	next_id_is(test, link, payload, 1);
}

REQUIREMENT("ZC-UD-09", promised,
	    "A flagged send that fails because the fragments of its datagram need more than twice SO_SNDBUF "
	    "has no id.",
	    .rests_on = "ZC-TX-02",
	    .code = "net/ipv4/ip_output.c:__ip_append_data and net/ipv6/ip6_output.c:__ip6_append_data: "
		    "-ENOBUFS for a further fragment beyond 2 * sk_sndbuf");
REQUIREMENT("ZC-UD-10", observed,
	    "A datagram whose fragments need more than twice SO_SNDBUF fails with ENOBUFS, with the flag as "
	    "without it.",
	    .code = "net/ipv4/ip_output.c:__ip_append_data, net/ipv6/ip6_output.c:__ip6_append_data",
	    .kernels = "this ENOBUFS says nothing about the limits of MSG_ZEROCOPY, which the document has "
		       "for that errno");
/* The fragments behind the first may take twice the send buffer. They neither wait for
 * room nor fail with EAGAIN. */
CASE(fragments_beyond_the_send_buffer_are_refused_as_without_the_flag,
     .requirements = {"ZC-UD-10", "ZC-UD-09"}, .transports = transport::udp, .paths = netns::fragments)
{
	Link &link = test.connect({.send_buffer = 8192});
	const Payload payload(60000);

	for (const int flags : {0, static_cast<int>(MSG_ZEROCOPY)}) {
		const Charging refusal = test.charging("ZC-UD-10");

		refused_without_trace(test, link, link.send(payload, flags), ENOBUFS);
	}
	test.queue_empty(link);
	next_id_is(test, link, payload.first(2000), 0);
}

REQUIREMENT("ZC-UD-07", observed,
	    "An IPv6 socket that sends to a mapped IPv4 address takes the IPv4 path and has its "
	    "notifications as SOL_IPV6/IPV6_RECVERR.",
	    .code = "net/ipv6/udp.c:udpv6_sendmsg calls udp_sendmsg; net/ipv4/af_inet.c:inet_recv_error");
/* The limit of IPv4 shows which path the datagram takes, and the form of the
 * notification goes by the socket. */
CASE(socket_sends_to_ipv6_and_to_mapped_addresses, .requirements = {"ZC-UD-07", "ZC-UD-05"},
     .transports = transport::udp, .paths = netns::simplest, .address_family = AF_INET6)
{
	Link &link = test.connect({.connected = false});
	const Bound ipv4 = bound_at_receiver(test, AF_INET);
	const Payload payload(65508);
	Outgoing to_ipv6(payload);
	Outgoing to_ipv4(payload);

	to_ipv6.to(link.destination());
	to_ipv4.to(ipv4.address);
	for (const std::uint32_t id : {0, 2}) {
		next_id_is(test, link, to_ipv6, id);
		test.refused(link.send_message(to_ipv4.header(), MSG_ZEROCOPY), EMSGSIZE);
		sends_to(test, link, ipv4, payload.first(65507));
		test.one_notification(link, {id + 1, id + 1});
		link.deliver();
	}
}

/* Four bytes of IP options without effect; for IPv6 an extension header of eight bytes with
 * one option of padding (RFC 8200, 4.2). */
constexpr std::array<std::uint8_t, 4> no_operations = {IPOPT_NOOP, IPOPT_NOOP, IPOPT_NOOP, IPOPT_END};
constexpr std::array<std::uint8_t, 8> padding_only = {0, 0, IP6OPT_PADN, 4, 0, 0, 0, 0};

struct HeaderOption {
	int level;
	int option;
	int control_message;
	Bytes bytes;
};

std::vector<HeaderOption> header_options(const Test &test)
{
	if (test.transport().address_family == AF_INET)
		return {{SOL_IP, IP_OPTIONS, IP_RETOPTS, no_operations}};
	return {{SOL_IPV6, IPV6_HOPOPTS, IPV6_HOPOPTS, padding_only},
		{SOL_IPV6, IPV6_DSTOPTS, IPV6_DSTOPTS, padding_only}};
}

void set_header_option(const Link &link, const HeaderOption &header, Bytes bytes)
{
	os::check(::setsockopt(link.sender(), header.level, header.option, bytes.data(), bytes.size()),
		  "setsockopt(IP_OPTIONS, IPV6_HOPOPTS or IPV6_DSTOPTS)");
}

/* Flagged data, in segments or not. */
enum class Cut { no, in_segments };

/* Kernels that leave the checksum of such a datagram to no device refuse to cut it, flagged or not. */
bool is_cut(Link &link, const HeaderOption &header, Bytes bytes)
{
	set_header_option(link, header, header.bytes);
	const Sent plain = link.send(bytes);
	set_header_option(link, header, {});
	return plain.error != EIO;
}

/* The flagged datagram has this id. Its notification says that it was copied, or that it was not. */
void completes_as(At at, Link &link, const Outgoing &message, std::uint32_t id, bool as_copied)
{
	sends(at, link, message);
	const Notification notification = at->one_completion(link, {id, id});
	(as_copied ? copied : not_copied)(at, notification, "ee_code");
}

/* Datagrams with options, set on the socket and given by control message, complete one after
 * the other. On paths that copy nothing else, those of IPv6 are copied. */
void options_leave_ids_alone(At at, Cut cut = Cut::no)
{
	const bool path_copies = at->has(netns::copies);
	const bool copied = path_copies || at->transport().address_family == AF_INET6;
	Link &link = at->connect();
	const Payload payload(cut == Cut::no ? 1000 : 2500);
	std::uint32_t id = 0;

	if (cut == Cut::in_segments)
		segment(link, 1000);
	auto completes = [&](const Outgoing &message, bool as_copied) {
		completes_as(at, link, message, id++, as_copied);
	};

	for (const HeaderOption &header : header_options(*at)) {
		if (cut == Cut::in_segments && !is_cut(link, header, payload))
			continue;
		const Outgoing plain(payload);
		Outgoing with_option(payload);

		with_option.with(header.level, header.control_message, header.bytes.data(),
				 header.bytes.size());
		completes(with_option, copied);
		set_header_option(link, header, header.bytes);
		completes(plain, copied);
		set_header_option(link, header, {});
		completes(plain, path_copies);
	}
}

REQUIREMENT("ZC-UD-08", observed,
	    "IP options and IPv6 extension headers do not change ids and completions; with IPv6 extension "
	    "headers the data is copied.",
	    .code = "net/ipv6/ip6_output.c:__ip6_append_data, headersize == sizeof(struct ipv6hdr)");
CASE(datagrams_with_ip_options_arrive_and_complete, .requirements = {"ZC-UD-08"},
     .transports = transport::udp, .paths = netns::simplest)
{
	options_leave_ids_alone(test);
}

/* The datagrams that are cut of one call have the options, too. */
CASE(segments_with_ip_options_arrive_and_complete, .requirements = {"ZC-UD-08", "ZC-UD-02"},
     .transports = transport::udp, .paths = netns::simplest)
{
	options_leave_ids_alone(test, Cut::in_segments);
}

CASE(ipv6_extension_headers_alone_force_a_copy_of_segments, .requirements = {"ZC-UD-08", "ZC-CP-01"},
     .transports = transport::udp, .paths = netns::shares | netns::in_call, .without = netns::holds)
{
	options_leave_ids_alone(test, Cut::in_segments);
}

/* Only a datagram that will be fragmented is copied in the call, and its options count. */
CASE(datagram_with_ip_options_is_shared_up_to_the_mtu, .requirements = {"ZC-CP-05", "ZC-UD-08"},
     .transports = transport::udp, .paths = netns::shares | netns::in_call, .without = netns::holds,
     .address_family = AF_INET)
{
	Link &link = test.connect();
	const HeaderOption options = header_options(test).front();
	const Payload payload(longest_unfragmented(test) - options.bytes.size() + 1);

	set_header_option(link, options, options.bytes);
	for (const std::size_t shorter : {2, 1, 0})
		completes_as(test, link, Outgoing(payload.first(payload.size() - shorter)),
			     static_cast<std::uint32_t>(2 - shorter),
			     test.has(netns::copies) || shorter == 0);
}

CASE(ipv6_extension_headers_alone_force_a_copy, .requirements = {"ZC-UD-08"}, .transports = transport::udp,
     .paths = netns::shares | netns::in_call, .without = netns::holds)
{
	options_leave_ids_alone(test);
}

/* The source address that the kernel has chosen already. A v4-mapped socket gives it as an IPv6
 * address. */
void add_packet_info(Outgoing &message, const Link &link)
{
	const Address address = os::local_address(link.sender());

	if (address.family() == AF_INET) {
		in_pktinfo info = {};

		info.ipi_spec_dst = reinterpret_cast<const sockaddr_in *>(address.get())->sin_addr;
		message.with(SOL_IP, IP_PKTINFO, info);
	} else {
		in6_pktinfo info = {};

		info.ipi6_addr = reinterpret_cast<const sockaddr_in6 *>(address.get())->sin6_addr;
		message.with(SOL_IPV6, IPV6_PKTINFO, info);
	}
}

/* What a QUIC server tells sendmsg() of each datagram, one message by one and all at once. */
void header_fields_leave_ids_alone(At at)
{
	constexpr int ect_0 = 2; /* RFC 3168, 5 */
	constexpr int hops = 64;
	const bool ipv4 = at->transport().address_family == AF_INET;
	const int level = ipv4 ? SOL_IP : SOL_IPV6;
	const int traffic_class = ipv4 ? IP_TOS : IPV6_TCLASS;
	const int hop_limit = ipv4 ? IP_TTL : IPV6_HOPLIMIT;
	Link &link = at->connect();
	const Payload payload(1000);
	std::array<Outgoing, 4> messages;
	std::uint32_t id = 0;

	for (Outgoing &message : messages)
		message.add(payload);
	for (Outgoing *message : {&messages[0], &messages[3]})
		add_packet_info(*message, link);
	for (Outgoing *message : {&messages[1], &messages[3]})
		message->with(level, traffic_class, ect_0);
	for (Outgoing *message : {&messages[2], &messages[3]})
		message->with(level, hop_limit, hops);
	for (const Outgoing &message : messages)
		completes_as(at, link, message, id++, at->has(netns::copies));
}

REQUIREMENT(
	"ZC-UD-11", observed,
	"Control messages that give a datagram its source address, TOS or TTL (IP_PKTINFO, IP_TOS, IP_TTL "
	"and their IPv6 counterparts) change neither its id nor its completion, and cause no copy.",
	.code = "net/ipv4/ip_sockglue.c:ip_cmsg_send, net/ipv6/datagram.c:ip6_datagram_send_ctl; none of "
		"the fields that they fill in is looked at where net/ipv4/ip_output.c:__ip_append_data and "
		"net/ipv6/ip6_output.c:__ip6_append_data decide to copy");
CASE(datagrams_with_header_fields_arrive_and_complete, .requirements = {"ZC-UD-11"},
     .transports = transport::udp, .paths = netns::simplest)
{
	header_fields_leave_ids_alone(test);
}

CASE(header_fields_cause_no_copy, .requirements = {"ZC-UD-11"}, .transports = transport::udp,
     .paths = netns::shares | netns::in_call, .without = netns::holds)
{
	header_fields_leave_ids_alone(test);
}

} // namespace
