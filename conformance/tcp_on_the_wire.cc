// SPDX-License-Identifier: GPL-2.0
/* MSG_ZEROCOPY and the wire of TCP: what is acknowledged, lost and sent again, what
 * a SYN carries, and who reads the packets. The other end is a peer that the case
 * scripts; docs/upstream.md has the packetdrill scripts that these go beyond. */
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <string>
#include <vector>

#include "errqueue/receive.h"
#include "harness/case.h"
#include "harness/test.h"
#include "os/check.h"
#include "os/deadline.h"
#include "os/option.h"
#include "os/watch.h"
#include "tcp_peer/peer.h"
#include "tcp_peer/segment.h"

namespace
{

using harness::Test;
using os::Bytes;
using os::Data;
using os::set_option;
using os::Watch;
using tcp_peer::Peer;
using tcp_peer::Segment;
using transport::Link;
using transport::Payload;
using transport::Sent;

/* The kernel has taken in what the peer acknowledged: so much is left. */
void left_to_acknowledge(Test &test, const Link &link, int expected)
{
	int left = -1;
	const bool reached = os::wait_until([&] {
		os::check(::ioctl(link.sender(), SIOCOUTQ, &left), "SIOCOUTQ");
		return left == expected;
	});

	test.that("bytes that are not acknowledged (SIOCOUTQ)", reached, std::to_string(expected),
		  std::to_string(left));
}

void same_bytes(Test &test, const char *what, const Segment &segment, Bytes expected)
{
	test.that(what, std::ranges::equal(segment.payload, expected), "the bytes as they should be",
		  "other bytes in " + tcp_peer::describe(segment));
}

/* Three that say nothing new make the sender repeat its first segment (RFC 5681,
 * 3.2); the first of four may open the window, which is news. */
void acknowledge_nothing_new(Peer &peer)
{
	for (int i = 0; i < 4; i++)
		peer.acknowledge(peer.received());
}

/* The next segment from that position on. */
Segment next_at(Peer &peer, std::uint32_t position)
{
	for (;;) {
		Segment segment = peer.next_data();

		if (peer.range(segment).from == position)
			return segment;
	}
}

/* A flagged send that the peer gets and acknowledges. */
void acknowledged_send(Test &test, Link &link, Bytes bytes)
{
	Peer &peer = link.peer();

	test.sent(link.send_zerocopy(bytes), bytes.size());
	peer.receive(peer.received() + static_cast<std::uint32_t>(bytes.size()));
	peer.acknowledge();
}

REQUIREMENT("ZC-IN-09", promised,
	    "A TCP notification comes when the peer has acknowledged every byte of the call: not when it "
	    "acknowledged a part, nor selectively what lies behind a gap.",
	    .rests_on = "ZC-IN-08", .code = "net/ipv4/tcp_input.c:tcp_clean_rtx_queue, tcp_tso_acked",
	    .kernels = "on paths that do not copy in the call, which is reported at once: ZC-CP-09");
/* ZC-IN-09. net/ipv4/tcp_input.c:tcp_clean_rtx_queue lets go of the pages; however
 * much the peer has read by then. */
CASE(no_notification_before_the_acknowledgment, .requirements = {"ZC-IN-09", "ZC-IN-01"},
     .transports = transport::tcp, .paths = netns::scripted)
{
	Link &link = test.connect();
	Peer &peer = link.peer();
	const Payload payload(4000);
	std::uint32_t id = 0;

	for (const std::uint32_t length : {1, 1, 4000, 4000}) {
		test.sent(link.send_zerocopy(payload.first(length)), length);
		peer.receive(peer.received() + length);
		test.queue_empty(link);
		peer.acknowledge();
		test.one_notification(link, {id, id});
		id++;
	}
}

/* ZC-IN-09. net/ipv4/tcp_input.c:tcp_tso_acked shortens a packet that was
 * acknowledged in part; it is not freed. */
CASE(data_acknowledged_in_part_is_not_complete, .requirements = {"ZC-IN-09"}, .transports = transport::tcp,
     .paths = netns::scripted)
{
	Link &link = test.connect({.offer = {.mss = 1000}});
	Peer &peer = link.peer();
	const Payload payload(4000);

	for (int i = 0; i < 2; i++)
		test.sent(link.send_zerocopy(payload), payload.size());
	peer.receive(8000);
	for (const std::uint32_t end : {1000, 3999}) {
		peer.acknowledge(end);
		left_to_acknowledge(test, link, 8000 - end);
		test.queue_empty(link);
	}
	peer.acknowledge(5000);
	test.one_notification(link, {0, 0});
	peer.acknowledge(7999);
	left_to_acknowledge(test, link, 1);
	test.queue_empty(link);
	peer.acknowledge();
	test.one_notification(link, {1, 1});
}

/* ZC-IN-09. RFC 2018, 8: the peer may still drop what it acknowledged selectively,
 * so the sender keeps it. */
CASE(data_acknowledged_selectively_is_not_complete, .requirements = {"ZC-IN-09", "ZC-BT-05"},
     .transports = transport::tcp, .paths = netns::scripted)
{
	Link &link = test.connect({.offer = {.mss = 1000, .sack_permitted = true}});
	Peer &peer = link.peer();
	const Payload payload(1000);

	for (int i = 0; i < 5; i++)
		test.sent(link.send_zerocopy(payload), payload.size());
	peer.next_data(); /* lost */
	for (std::uint32_t end = 0; end < 5000;) {
		const Segment later = peer.next_data();

		peer.take(later);
		end = peer.range(later).to;
	}
	peer.acknowledge();
	/* The answer to the blocks: they were taken in. */
	const Segment again = next_at(peer, 0);
	test.queue_empty(link);
	peer.take(again);
	peer.acknowledge();
	left_to_acknowledge(test, link, 0);
	test.one_notification(link, {0, 4});
}

/* ZC-IN-04. Opportunity and Caveats: "possibly modifying the data in flight"; what
 * was on the wire before the store was as it was. */
CASE(retransmission_carries_the_buffer_as_it_is_then, .requirements = {"ZC-IN-04"},
     .transports = transport::tcp, .paths = netns::scripted)
{
	Link &link = test.connect({.offer = {.mss = 1000}});
	Peer &peer = link.peer();
	Payload lost(1000);
	const Payload later(4000);
	const Data original(lost.data(), lost.data() + lost.size());

	test.sent(link.send_zerocopy(lost), lost.size());
	same_bytes(test, "first transmission", peer.next_data(), original);
	lost.overwrite();
	link.transcript().replace_last(lost);
	test.sent(link.send(later), later.size());
	peer.take(peer.next_data());
	acknowledge_nothing_new(peer);
	const Segment again = next_at(peer, 0);
	same_bytes(test, "retransmission", again, lost);
	test.queue_empty(link);
	peer.take(again);
	peer.acknowledge();
	test.one_notification(link, {0, 0});
}

/* ZC-BT-12. Notification Batching: "Notifications may arrive out of order on
 * retransmission": what was sent again still waits in the device when all is
 * acknowledged. */
CASE(retransmission_that_nobody_has_read_completes_last, .requirements = {"ZC-BT-12", "ZC-BT-03"},
     .transports = transport::tcp, .paths = netns::scripted | netns::shares)
{
	Link &link = test.connect({.offer = {.mss = 1000}});
	Peer &peer = link.peer();
	const Payload lost(1000);
	const Payload later(4000);
	auto retransmissions = [&link] {
		tcp_info info = {};
		socklen_t length = sizeof(info);

		os::check(::getsockopt(link.sender(), IPPROTO_TCP, TCP_INFO, &info, &length), "TCP_INFO");
		return info.tcpi_total_retrans;
	};

	test.sent(link.send_zerocopy(lost), lost.size());
	peer.next_data();
	test.sent(link.send_zerocopy(later), later.size());
	acknowledge_nothing_new(peer);
	test.that("retransmissions", os::wait_until([&] { return retransmissions() == 1; }), "1",
		  std::to_string(retransmissions()));
	peer.acknowledge(5000); /* unseen */
	left_to_acknowledge(test, link, 0);
	test.queue_empty(link);
	peer.take(peer.next_data());
	test.one_notification(link, {1, 1});
	const Segment again = peer.next_data();
	test.equal("position of the retransmission", peer.range(again).from, 0);
	peer.take(again);
	test.one_notification(link, {0, 0});
}

/* ZC-IN-06. Opportunity and Caveats: the remark about 10 KB is about benefit: any
 * length is shared, for as long as it can be sent again. */
CASE(any_length_is_shared_until_the_acknowledgment, .requirements = {"ZC-IN-06", "ZC-IN-09"},
     .transports = transport::tcp, .paths = netns::scripted | netns::shares)
{
	Link &link = test.connect();
	Peer &peer = link.peer();
	const Payload payload(1 << 20);
	std::uint32_t id = 0;

	for (const std::uint32_t length : {1, 100, 4097, 65536, 1 << 20}) {
		const std::uint32_t end = peer.received() + length;

		test.sent(link.send_zerocopy(payload.first(length)), length);
		for (;;) {
			peer.take(peer.next_data());
			if (peer.received() == end)
				break;
			peer.acknowledge();
		}
		test.queue_empty(link);
		peer.acknowledge();
		test.one_notification(link, {id, id});
		id++;
	}
}

/* ZC-MEM-11. net/ipv4/tcp.c:tcp_sendmsg_locked, new_segment on EMSGSIZE: a packet
 * has as many fragments as the kernel was built for (CONFIG_MAX_SKB_FRAGS), at most
 * 45; tcp_mark_push() marks it. Copied, all is one packet. */
CASE(each_packet_of_many_pieces_is_pushed, .requirements = {"ZC-MEM-11", "ZC-IN-09"},
     .transports = transport::tcp, .paths = netns::scripted)
{
	constexpr std::uint32_t pieces = 64;
	Link &link = test.connect();
	Peer &peer = link.peer();
	const Payload payload(2 * pieces);
	std::vector<iovec> vector;
	msghdr message = {};

	/* Bytes that do not touch, or they would be one piece of memory. */
	for (std::size_t i = 0; i < pieces; i++)
		vector.push_back({const_cast<std::uint8_t *>(payload.from(2 * i, 1).data()), 1});
	message.msg_iov = vector.data();
	message.msg_iovlen = vector.size();

	test.sent(link.send_message(message, 0), pieces);
	const Segment copied = peer.next_data();
	test.equal("bytes of the packet without the flag", static_cast<long>(copied.payload.size()), pieces);
	peer.take(copied);
	peer.acknowledge();

	test.sent(link.send_message(message, MSG_ZEROCOPY), pieces);
	std::vector<std::size_t> lengths;
	while (peer.received() < 2 * pieces) {
		const Segment segment = peer.next_data();

		test.that("packet of the flagged call", segment.has(tcp_peer::psh), "PSH", describe(segment));
		lengths.push_back(segment.payload.size());
		peer.take(segment);
	}
	test.that("packets of the flagged call",
		  lengths.size() > 1 && std::all_of(lengths.begin(), lengths.end() - 1,
						    [&](std::size_t length) { return length == lengths[0]; }),
		  "two or more, alike but for the last",
		  std::to_string(lengths.size()) + ", the first of " + std::to_string(lengths[0]) + " bytes");
	test.queue_empty(link);
	peer.acknowledge();
	test.one_notification(link, {0, 0});
}

/* ZC-TX-15. Notifications: "The counter is not incremented on failure", so that the
 * first call that succeeds is the first. */
CASE(send_before_the_connection_is_not_counted, .requirements = {"ZC-TX-15", "ZC-CT-06"},
     .transports = transport::tcp, .paths = netns::scripted | netns::copies)
{
	Link &link = test.connect({.connected = false});
	const Payload payload(4000);

	test.refused(link.send_zerocopy(payload), EPIPE);
	test.queue_empty(link);
	link.connect_to_peer();
	acknowledged_send(test, link, payload);
	test.one_notification(link, {0, 0});
}

/* The unconnected sender listens instead, on its own address; returns its port. */
std::uint16_t listen(Test &test, const Link &link)
{
	const transport::Transport &transport = test.transport();
	os::Address address = transport::make_address(
		transport.family, test.network().addresses(transport.address_family).sender, 0);

	os::check(::bind(link.sender(), address.get(), address.length), "bind(listener)");
	os::check(::listen(link.sender(), 1), "listen()");
	os::check(::getsockname(link.sender(), address.get(), &address.length), "getsockname()");
	/* Both families have it in the same place. */
	return ntohs(reinterpret_cast<const sockaddr_in *>(address.get())->sin_port);
}

/* ZC-BT-01, ZC-BT-05. Notification Batching: "the range of notifications". The
 * option is the listener's, ZC-SO-09. */
CASE(sends_acknowledged_in_order_are_one_range, .requirements = {"ZC-BT-05", "ZC-BT-01", "ZC-SO-09"},
     .transports = transport::tcp, .paths = netns::scripted | netns::copies)
{
	Link &link = test.connect({.connected = false});
	Peer &peer = link.peer();
	const Payload payload(4000);

	peer.call(listen(test, link));
	peer.acknowledge();
	link.accept_sender();
	for (int i = 0; i < 3; i++)
		acknowledged_send(test, link, payload);
	/* Two more by one acknowledgment. */
	for (int i = 0; i < 2; i++)
		test.sent(link.send_zerocopy(payload), payload.size());
	peer.receive(5 * 4000);
	peer.acknowledge();
	left_to_acknowledge(test, link, 0);
	test.one_notification(link, {0, 4});
}

/* ZC-RX-06. net/core/skbuff.c:__msg_zerocopy_callback reports each completion. */
CASE(edge_triggered_epoll_reports_acknowledged_sends, .requirements = {"ZC-RX-06", "ZC-RX-07"},
     .transports = transport::tcp, .paths = netns::scripted | netns::copies)
{
	Link &link = test.connect();
	const Payload payload(4000);
	std::uint32_t id = 0;

	for (const std::uint32_t flags : {EPOLLET | 0U, EPOLLET | EPOLLEXCLUSIVE}) {
		Watch watch(link.sender(), flags);

		test.equal("event before the first send", watch.now(), 0);
		for (const int sends : {2, 1}) {
			for (int i = 0; i < sends; i++)
				acknowledged_send(test, link, payload);
			test.equal("event for what was acknowledged", watch.next(), EPOLLERR);
			test.equal("event after that", watch.now(), 0);
		}
		test.one_notification(link, {id, id + 2});
		id += 3;
	}
}

/* ZC-RX-07. fs/eventpoll.c:ep_send_events disarms the item. */
CASE(oneshot_epoll_reports_acknowledged_sends_once, .requirements = {"ZC-RX-07"},
     .transports = transport::tcp, .paths = netns::scripted | netns::copies)
{
	Link &link = test.connect();
	const Payload payload(4000);
	Watch watch(link.sender(), EPOLLET | EPOLLONESHOT);

	for (int i = 0; i < 2; i++)
		acknowledged_send(test, link, payload);
	test.equal("event for what was acknowledged", watch.next(), EPOLLERR);
	test.equal("event after that", watch.now(), 0);
	acknowledged_send(test, link, payload);
	left_to_acknowledge(test, link, 0);
	test.equal("event for one more, not armed again", watch.now(), 0);
	watch.rearm(EPOLLONESHOT);
	test.equal("event once armed again", watch.next(), EPOLLERR);
	test.equal("event after that", watch.now(), 0);
	test.one_notification(link, {0, 2});
}

/* A call that connects, and sends what fits the SYN; it does not wait. */
Sent fast_open(Link &link, const Payload &payload)
{
	os::Address to = link.destination();
	iovec piece = {const_cast<std::uint8_t *>(payload.bytes().data()), payload.size()};
	msghdr message = {};

	message.msg_name = to.get();
	message.msg_namelen = to.length;
	message.msg_iov = &piece;
	message.msg_iovlen = 1;
	return link.send_message(message, MSG_FASTOPEN | MSG_ZEROCOPY);
}

/* ZC-LF-08, ZC-LF-07. net/ipv4/tcp_fastopen.c:tcp_fastopen_cookie_check: without a
 * cookie for the peer the SYN asks for one and has no data. */
CASE(fast_open_call_sends_once_it_has_a_cookie, .requirements = {"ZC-LF-08", "ZC-LF-07"},
     .transports = transport::tcp, .paths = netns::scripted | netns::copies)
{
	const Payload payload(500);
	const Data cookie = {1, 2, 3, 4, 5, 6, 7, 8};
	Link &first = test.connect({.connected = false});

	test.refused(fast_open(first, payload), EINPROGRESS);
	const Segment asking = first.peer().await_syn();
	test.that("first SYN", asking.payload.empty() && asking.options.cookie == Data{},
		  "no data, and a request for a cookie", tcp_peer::describe(asking));
	first.peer().answer_syn({.cookie = cookie});
	test.queue_empty(first);

	Link &second = test.connect({.connected = false});
	test.sent(fast_open(second, payload), payload.size());
	const Segment opening = second.peer().await_syn();
	test.that("second SYN", opening.options.cookie == cookie, "the cookie", tcp_peer::describe(opening));
	same_bytes(test, "data of the second SYN", opening, payload);
	test.queue_empty(second);
	second.peer().answer_syn({});
	test.one_notification(second, {0, 0});
}

REQUIREMENT("ZC-LF-13", observed,
	    "A connection that a Fast Open listener accepts before the handshake ends takes flagged "
	    "sends at once, and completes them when the peer acknowledges them.",
	    .code = "net/ipv4/tcp.c:tcp_sendmsg_locked, tcp_passive_fastopen; "
		    "net/ipv4/tcp_fastopen.c:tcp_fastopen_create_child");
/* ZC-LF-13. net/ipv4/tcp.c:tcp_sendmsg_locked, tcp_passive_fastopen(): the listener
 * answers data of a SYN before the handshake ends, by Documentation/networking/
 * ip-sysctl.rst, tcp_fastopen, also without a cookie. */
CASE(fast_open_listener_sends_before_the_handshake_ends, .requirements = {"ZC-LF-13", "ZC-IN-09"},
     .transports = transport::tcp, .paths = netns::scripted)
{
	constexpr int by_servers_without_cookie = 0x2 | 0x200;
	Link &link = test.connect({.connected = false});
	Peer &peer = link.peer();
	const Payload question(1000);
	const Payload answer(1000);
	Data asked(question.size());

	std::ofstream file("/proc/sys/net/ipv4/tcp_fastopen");
	if (!(file << by_servers_without_cookie << std::flush))
		test.skip("TCP Fast Open: a net.ipv4.tcp_fastopen that can be written");
	set_option(link.sender(), IPPROTO_TCP, TCP_FASTOPEN, 1, "setsockopt(TCP_FASTOPEN)");
	peer.call(listen(test, link), {}, question);
	link.accept_sender();
	test.equal("bytes of the SYN", ::recv(link.sender(), asked.data(), asked.size(), MSG_DONTWAIT), 1000);
	test.that("data of the SYN", std::ranges::equal(asked, question.bytes()), "as sent", "other bytes");
	test.sent(link.send_zerocopy(answer), answer.size());
	peer.receive(1000);
	test.queue_empty(link);
	peer.acknowledge();
	test.one_notification(link, {0, 0});
}

/* Without having asked for a cookie before. */
void fast_open_without_cookie(Test &test, const Link &link)
{
	const int on = 1;

	if (::setsockopt(link.sender(), IPPROTO_TCP, TCP_FASTOPEN_NO_COOKIE, &on, sizeof(on)) < 0)
		test.skip("TCP_FASTOPEN_NO_COOKIE (Linux 4.15)");
}

/* The SYN and its data wait in the device: had they not been copied, the store would
 * show. */
errqueue::Notification completed_syn_data(Test &test, Link &link, Payload &payload)
{
	const Data original(payload.data(), payload.data() + payload.size());

	payload.overwrite();
	same_bytes(test, "data of the SYN", link.peer().await_syn(), original);
	link.peer().answer_syn({});
	return test.one_completion(link, {0, 0});
}

constexpr const char *copied_syn = "SO_EE_CODE_ZEROCOPY_COPIED: the data of a SYN is copied";

REQUIREMENT("ZC-CP-14", promised,
	    "Data sent in a TCP Fast Open SYN, which is copied, is completed with "
	    "SO_EE_CODE_ZEROCOPY_COPIED.",
	    .rests_on = "ZC-IN-03", .code = "net/ipv4/tcp_output.c:tcp_send_syn_data",
	    .kernels = "on loopback and tun the later copy sets the flag");
DEVIATION("fastopen-syn-copy-not-reported", "ZC-CP-14", "5.1 on",
	  "Data that a send on a socket with TCP_FASTOPEN_CONNECT put into the SYN is completed "
	  "without SO_EE_CODE_ZEROCOPY_COPIED though it was copied, unless it is copied once more on "
	  "its way.",
	  "Not fixed: read again in the sources of Debian's 6.1.192-3, 6.12.118-1 and 7.3.4-1~bpo13+1; "
	  "no subject of a fix in any changelog read, up to 7.3.4. The start is that of the feature "
	  "and is inferred.");
/* ZC-CP-14. Deferred copies: "the kernel signals if data was completed with a copy".
 * The device is not known yet: net/ipv4/tcp.c:tcp_sendmsg_locked, sk_route_caps. */
CASE(fast_open_call_reports_that_its_syn_copied, .requirements = {"ZC-CP-14"}, .transports = transport::tcp,
     .paths = netns::scripted | netns::shares)
{
	Payload payload(500);
	Link &link = test.connect({.connected = false});

	fast_open_without_cookie(test, link);
	test.sent(fast_open(link, payload), payload.size());
	const auto notification = completed_syn_data(test, link, payload);
	test.that("ee_code", notification.copied(), copied_syn, errqueue::describe(notification));
}

/* ZC-CP-14. As above, with the device known: TCP_FASTOPEN_CONNECT makes connect()
 * find the route and leave the SYN to the first send. */
CASE(send_that_connects_reports_that_its_syn_copied, .requirements = {"ZC-CP-14"},
     .transports = transport::tcp, .paths = netns::scripted | netns::shares,
     .deviation = "fastopen-syn-copy-not-reported")
{
	Payload payload(500);
	Link &link = test.connect({.connected = false});
	const os::Address &to = link.destination();

	fast_open_without_cookie(test, link);
	set_option(link.sender(), IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1, "setsockopt(TCP_FASTOPEN_CONNECT)");
	os::check(::connect(link.sender(), to.get(), to.length), "connect()");
	test.sent(link.send_zerocopy(payload), payload.size());
	const auto notification = completed_syn_data(test, link, payload);
	if (!notification.copied())
		test.deviates("the SYN has the bytes as they were before a later store, and ee_code is 0");
}

REQUIREMENT(
	"ZC-LO-08", observed,
	"macvtap and ipvtap character devices copy like tun ones: the notification does not wait for "
	"the reader of the tap.",
	.code = "drivers/net/tap.c:tap_handle_frame",
	.kernels =
		"only with checksum offload on the tap (TUNSETOFFLOAD, TUN_F_CSUM) or for packets that need "
		"no checksum; without it skb_checksum_help copies at once");
DEVIATION("macvtap-does-not-copy", "ZC-LO-08", "4.14 on",
	  "Over a macvtap or ipvtap device with checksum offload enabled (TUNSETOFFLOAD, TUN_F_CSUM), "
	  "or for packets without a checksum to fill in, there is no notification until the tap is "
	  "read, its reader sees later stores, and the completion is without "
	  "SO_EE_CODE_ZEROCOPY_COPIED.",
	  "Not fixed: read again in the sources of Debian's 6.1.192-3, 6.12.118-1 and 7.3.4-1~bpo13+1; "
	  "no subject of a fix in any changelog read, up to 7.3.4. The start is that of the feature "
	  "and is inferred.");
/* ZC-LO-08. Loopback: "Unbound notification latency is not acceptable. ... This
 * includes looping onto packet sockets (e.g., tcpdump) and tun devices": whoever
 * reads the tap may take for ever. What is there to read has been copied or not. */
CASE(macvtap_gets_a_copy_at_once, .requirements = {"ZC-LO-08"}, .paths = netns::scripted | netns::shares,
     .deviation = "macvtap-does-not-copy")
{
	Link &link = test.connect();
	Payload payload(link.usual_length());
	pollfd tap = {test.network().tun(), POLLIN, 0};

	test.sent(link.send_zerocopy(payload), payload.size());
	if (test.is(transport::stream)) {
		/* Unseen. */
		link.peer().acknowledge(static_cast<std::uint32_t>(payload.size()));
		left_to_acknowledge(test, link, 0);
	}
	test.equal("what there is to read at the tap", ::poll(&tap, 1, os::Deadline().left_ms()), 1);
	const bool complete = errqueue::poll_now(link.sender()) & POLLERR;
	payload.overwrite();
	if (!complete)
		link.transcript().replace_last(payload);
	link.release();
	link.deliver();
	const auto notification = test.one_completion(link, {0, 0});
	test.that("ee_code", notification.copied() == complete,
		  complete ? "SO_EE_CODE_ZEROCOPY_COPIED" : "0: its reader sees later stores",
		  errqueue::describe(notification));
	if (!complete)
		test.deviates("no notification before the tap was read, whose reader saw a later store");
}

} // namespace
