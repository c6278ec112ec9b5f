// SPDX-License-Identifier: GPL-2.0
/* The chapter 'Deferred copies' of msg_zerocopy.rst: when the kernel copies
 * after all, and how it says so. */
#include <linux/net_tstamp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "errqueue/receive.h"
#include "harness/case.h"
#include "harness/test.h"
#include "netns/device.h"
#include "os/check.h"
#include "os/deadline.h"
#include "os/option.h"

namespace
{

using errqueue::Message;
using errqueue::Notification;
using os::Address;
using os::set_option;
using transport::Link;
using transport::Payload;

void copied(harness::Test &test, const Notification &notification)
{
	test.that("ee_code of data that was copied", notification.copied(), "SO_EE_CODE_ZEROCOPY_COPIED",
		  errqueue::describe(notification));
}

void not_copied(harness::Test &test, const Notification &notification)
{
	test.that("ee_code of data that was not copied", !notification.copied(),
		  "0: no SO_EE_CODE_ZEROCOPY_COPIED", errqueue::describe(notification));
}

void queued(harness::Test &test, const Link &link)
{
	test.that("poll() right after the send call", errqueue::poll_now(link.sender()) & POLLERR,
		  "POLLERR: the notification is queued", "nothing");
}

/* Bytes of the next datagram are in no segment larger than this, so that a
 * corked datagram may share pages: net/ipv4/ip_output.c:__ip_append_data. */
void set_segment_size(const Link &link)
{
	set_option(link.sender(), IPPROTO_UDP, UDP_SEGMENT, static_cast<int>(link.usual_length()),
		   "UDP_SEGMENT");
}

/* What the connection puts into one segment. */
std::size_t segment_length(const Link &link)
{
	int length = 0;
	socklen_t size = sizeof(length);

	os::check(::getsockopt(link.sender(), IPPROTO_TCP, TCP_MAXSEG, &length, &size), "TCP_MAXSEG");
	return length;
}

REQUIREMENT("ZC-CP-01", promised,
	    "A successful flagged send is completed exactly once also when its data was copied.",
	    .rests_on = "ZC-IN-01", .code = "net/core/skbuff.c:skb_copy_ubufs, msg_zerocopy_complete");
/* ZC-CP-01. Deferred copies: "a contract that the kernel will queue a completion
 * notification. It is not a guarantee that the copy is elided". The basic paths
 * have data_to_a_local_socket_is_copied. */
CASE(copied_sends_complete_once_each, .requirements = {"ZC-CP-01"}, .paths = netns::copies,
     .without = netns::holds | netns::basic)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());

	for (std::size_t length : {payload.size(), payload.size() / 2, std::size_t{1}, payload.size() - 1})
		test.sent(link.send_zerocopy(payload.first(length)), length);
	link.release();
	test.completions_settle(link);
	for (const Message &message : link.history())
		for (const Notification &notification : message.notifications)
			copied(test, notification);
}

REQUIREMENT(
	"ZC-CP-02", promised,
	"On a device without scatter-gather the data is copied, and the notification has "
	"SO_EE_CODE_ZEROCOPY_COPIED: UDP in the call, notified when the datagram is freed; TCP in "
	"the call, notified before it returns, where the socket may not use segmentation offload "
	"(TCP signatures), else when a packet of one segment reaches the device.",
	.document =
		"Deferred copies: \"Devices that do not support scatter-gather I/O cannot send packets made "
		"up of kernel generated protocol headers plus zerocopy user data.\"",
	.rests_on = "ZC-IN-03",
	.code = "net/core/sock.c:sk_setup_caps; net/core/dev.c:validate_xmit_skb; "
		"net/ipv4/ip_output.c:__ip_append_data, skb_zcopy_set on the copying path too");
/* ZC-CP-02. Deferred copies: "Devices that do not support scatter-gather I/O
 * cannot send packets made up of kernel generated protocol headers plus zerocopy
 * user data". With UDP_SEGMENT a corked datagram would share its pages on any
 * other device, see segmented_cork_shares_its_first_part. */
CASE(datagram_without_scatter_gather_is_copied_in_the_call, .requirements = {"ZC-CP-02"},
     .transports = transport::udp, .paths = netns::device_without_sg)
{
	Link &link = test.connect();
	Payload payload(1000);

	set_segment_size(link);
	test.sent(link.send_zerocopy(payload, MSG_MORE), payload.size());
	payload.overwrite();
	test.sent(link.send(payload.first(100)), 100);
	test.one_notification(link, {0, 0});
}

/* ZC-CP-02, ZC-CP-03. The same, and "say, to compute a checksum", where nothing
 * behind the device could have made the copy. */
void completes_as_copied_without(harness::Test &test, netns::Offload offload)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());

	netns::set_offload(test.network().device(), offload, false);
	test.sent(link.send_zerocopy(payload), payload.size());
	queued(test, link);
	copied(test, test.one_completion(link, {0, 0}));
}

CASE(datagram_without_scatter_gather_completes_as_copied, .requirements = {"ZC-CP-02"},
     .transports = transport::udp, .paths = netns::shares | netns::in_call, .without = netns::holds)
{
	completes_as_copied_without(test, netns::Offload::scatter_gather);
}

REQUIREMENT("ZC-CP-03", observed,
	    "A device without transmit checksum offload makes flagged sends complete with "
	    "SO_EE_CODE_ZEROCOPY_COPIED.",
	    .code = "net/core/dev.c:skb_checksum_help and net/core/skbuff.c:skb_segment linearize; "
		    "net/ipv4/ip_output.c:__ip_append_data, csummode");
CASE(datagram_without_checksum_offload_completes_as_copied, .requirements = {"ZC-CP-03"},
     .transports = transport::udp, .paths = netns::shares | netns::in_call, .without = netns::holds)
{
	completes_as_copied_without(test, netns::Offload::tx_checksum);
}

/* ZC-CP-03. For TCP the copy is made by net/core/dev.c:skb_checksum_help, or by
 * net/core/skbuff.c:skb_segment where there are several segments. */
CASE(stream_without_checksum_offload_completes_as_copied, .requirements = {"ZC-CP-03"},
     .transports = transport::tcp, .paths = netns::basic | netns::local, .without = netns::simplest)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());
	const std::size_t segment = segment_length(link);
	std::uint32_t id = 0;

	netns::set_offload(test.network().device(), netns::Offload::tx_checksum, false);
	for (const std::size_t length : {segment, segment + 1, payload.size()}) {
		test.sent(link.send_zerocopy(payload.first(length)), length);
		copied(test, test.one_completion(link, {id, id}));
		id++;
	}
}

/* ZC-CP-02. A TCP packet of one segment is copied when the device gets it:
 * net/core/dev.c:validate_xmit_skb. What is stored later stays here. */
CASE(segment_without_scatter_gather_is_copied, .requirements = {"ZC-CP-02"}, .transports = transport::tcp,
     .paths = netns::device_without_sg)
{
	Link &link = test.connect();
	Payload payload(segment_length(link));

	test.sent(link.send_zerocopy(payload), payload.size());
	payload.overwrite();
	copied(test, test.one_notification(link, {0, 0}));
}

REQUIREMENT("ZC-CP-15", promised,
	    "TCP data that software segmentation copies, because the device has no scatter-gather, is "
	    "completed with SO_EE_CODE_ZEROCOPY_COPIED.",
	    .rests_on = "ZC-IN-03", .code = "net/core/skbuff.c:skb_segment",
	    .kernels = "since 4.17; before, TCP copied in the call on such devices");
DEVIATION("tcp-segmentation-copy-not-reported", "ZC-CP-15", "4.17 on",
	  "On a device without scatter-gather, flagged TCP data that leaves in packets of more than "
	  "one segment (one byte more than the MSS is enough) is copied when it is cut into segments, "
	  "and completed without SO_EE_CODE_ZEROCOPY_COPIED. A packet of a single segment is reported "
	  "as copied, and so is an id of which any packet was one.",
	  "Not fixed: seen on 7.3.4 (docs/deviations.md), and no subject of a fix in any changelog "
	  "read, up to 7.3.4; the source was not read again. The start is that of the feature and is "
	  "inferred.");
/* ZC-CP-15. One of several segments is copied by net/core/skbuff.c:skb_segment:
 * "the kernel signals if data was completed with a copy". */
CASE(segments_without_scatter_gather_complete_as_copied, .requirements = {"ZC-CP-15"},
     .transports = transport::tcp, .paths = netns::device_without_sg,
     .deviation = "tcp-segmentation-copy-not-reported")
{
	Link &link = test.connect();
	Payload payload(segment_length(link) + 1);

	test.sent(link.send_zerocopy(payload), payload.size());
	payload.overwrite();
	const Notification notification = test.one_notification(link, {0, 0});
	/* The bytes as sent arrive: there is a copy. */
	link.deliver();
	if (!notification.copied())
		test.deviates(errqueue::describe(notification));
}

/* Segments with a signature are not left to be cut later: the socket gives up
 * segmentation offload (sk_gso_disable) and asks the device what it can. */
void sign(harness::Test &test, int socket, const Address &peer)
{
	tcp_md5sig signature = {};

	std::memcpy(&signature.tcpm_addr, peer.get(), peer.length);
	signature.tcpm_keylen = 1;
	signature.tcpm_key[0] = 'k';
	if (::setsockopt(socket, IPPROTO_TCP, TCP_MD5SIG, &signature, sizeof(signature)) < 0)
		test.skip("TCP signatures (CONFIG_TCP_MD5SIG)");
}

REQUIREMENT("ZC-CP-09", observed,
	    "A completion is not a transmit completion: that of copied data may come while the data "
	    "still waits in the write queue.",
	    .code = "net/ipv4/tcp.c:tcp_sendmsg_locked, net_zcopy_put after a copy, where "
		    "net/core/sock.c:sk_setup_caps has not granted scatter-gather");
/* ZC-CP-02, ZC-CP-09. Deferred copies: "That notification may arrive before the
 * (copied) data is fully transmitted"; net/ipv4/tcp.c:tcp_sendmsg_locked. */
CASE(stream_without_segmentation_is_copied_in_the_call, .requirements = {"ZC-CP-09", "ZC-CP-02"},
     .transports = transport::tcp, .paths = netns::device_without_sg)
{
	Link &link = test.connect({.receive_buffer = 4096});
	const netns::Addresses addresses = test.network().addresses(test.transport().address_family);
	const Payload filler(64 << 10);
	Payload payload(link.usual_length());

	/* The key lies there, too. */
	link.waive_option_memory();
	sign(test, link.sender(), link.destination());
	sign(test, link.receiver(),
	     transport::make_address(test.transport().address_family, addresses.sender, 0));
	/* A new mark has the route looked up anew, and with it the device asked. */
	set_option(link.sender(), SOL_SOCKET, SO_MARK, 1, "SO_MARK");
	/* The window is full: what follows cannot leave. */
	test.sent(link.send(filler), filler.size());
	test.sent(link.send_zerocopy(payload), payload.size());
	queued(test, link);
	payload.overwrite();
	copied(test, test.one_completion(link, {0, 0}));
}

REQUIREMENT("ZC-CP-04", observed,
	    "After scatter-gather is switched off on the device of an established TCP connection, "
	    "flagged sends of one segment complete with SO_EE_CODE_ZEROCOPY_COPIED and the data stays "
	    "intact (several segments: ZC-CP-15).",
	    .code = "net/core/sock.c:sk_setup_caps sets sk_route_caps; net/core/dev.c:validate_xmit_skb "
		    "linearizes what was queued before");
/* ZC-CP-04. net/core/dev.c:validate_xmit_skb looks at the device as it is. */
CASE(connection_outlives_scatter_gather, .requirements = {"ZC-CP-04"}, .transports = transport::tcp,
     .paths = netns::basic | netns::local, .without = netns::simplest)
{
	Link &link = test.connect();
	Payload payload(segment_length(link));

	test.sent(link.send_zerocopy(payload), payload.size());
	test.one_notification(link, {0, 0});
	netns::set_offload(test.network().device(), netns::Offload::scatter_gather, false);
	test.sent(link.send_zerocopy(payload), payload.size());
	payload.overwrite();
	copied(test, test.one_completion(link, {1, 1}));
}

REQUIREMENT(
	"ZC-CP-05", observed,
	"A UDP datagram above the MTU, which is fragmented, is copied in the call and completed with "
	"SO_EE_CODE_ZEROCOPY_COPIED when its last fragment is freed.",
	.code = "net/ipv4/ip_output.c:__ip_append_data, net/ipv6/ip6_output.c:__ip6_append_data: csummode is "
		"not CHECKSUM_PARTIAL");
/* ZC-CP-05. net/ipv4/ip_output.c:__ip_append_data and
 * net/ipv6/ip6_output.c:__ip6_append_data copy what will be fragmented. */
CASE(datagram_above_the_mtu_is_copied, .requirements = {"ZC-CP-05"}, .transports = transport::udp,
     .paths = netns::shares | netns::in_call, .without = netns::holds)
{
	Link &link = test.connect();
	const Payload payload(5000);

	test.sent(link.send_zerocopy(payload), payload.size());
	queued(test, link);
	copied(test, test.one_completion(link, {0, 0}));
}

REQUIREMENT("ZC-CP-06", observed,
	    "UDP with MSG_MORE or UDP_CORK is copied in the call without UDP_SEGMENT; with it the first "
	    "append is zerocopy and later ones are copied.",
	    .code = "net/ipv4/ip_output.c:__ip_append_data, conditions on transhdrlen, MSG_MORE and "
		    "cork->gso_size");
/* ZC-CP-06. The same functions: a datagram that goes on is copied, MSG_MORE and
 * UDP_CORK alike. */
CASE(cork_is_copied_in_the_call, .requirements = {"ZC-CP-06"}, .transports = transport::udp)
{
	Link &link = test.connect();
	Payload payload(400);

	test.sent(link.send_zerocopy(payload, MSG_MORE), payload.size());
	payload.overwrite();
	test.sent(link.send(payload), payload.size());
	test.one_notification(link, {0, 0});

	set_option(link.sender(), IPPROTO_UDP, UDP_CORK, 1, "UDP_CORK");
	const transport::Sent sent = {::send(link.sender(), payload.data(), payload.size(), MSG_ZEROCOPY),
				      errno};
	test.sent(sent, payload.size());
	link.account(sent, payload, MSG_ZEROCOPY | MSG_MORE);
	payload.overwrite();
	set_option(link.sender(), IPPROTO_UDP, UDP_CORK, 0, "UDP_CORK");
	link.transcript().append({}, false);
	test.one_notification(link, {1, 1});
}

/* ZC-CP-06, ZC-CP-10. With UDP_SEGMENT the first part of a corked datagram
 * shares its pages until it leaves, and a notification with
 * SO_EE_CODE_ZEROCOPY_COPIED does not deny it; later parts are copied. */
CASE(segmented_cork_shares_its_first_part, .requirements = {"ZC-CP-06", "ZC-CP-10"},
     .transports = transport::udp)
{
	Link &link = test.connect();
	Payload first(400);
	Payload second(400);

	set_segment_size(link);
	test.sent(link.send_zerocopy(first, MSG_MORE), first.size());
	first.overwrite();
	link.transcript().replace_last(first);
	test.sent(link.send_zerocopy(second, MSG_MORE), second.size());
	second.overwrite();
	test.sent(link.send(second), second.size());
	test.one_notification(link, {0, 1});
}

REQUIREMENT("ZC-CP-07", observed,
	    "UDP with the checksum disabled (SO_NO_CHECK, UDP_NO_CHECK6_TX) is still zerocopy.",
	    .code = "net/ipv4/ip_output.c:__ip_append_data sets csummode before net/ipv4/udp.c:udp_send_skb "
		    "looks at sk_no_check_tx");
/* ZC-CP-07. net/ipv4/udp.c:udp_send_skb looks at the option when the pages are
 * attached. */
CASE(datagram_without_checksum_is_not_copied, .requirements = {"ZC-CP-07"}, .transports = transport::udp,
     .paths = netns::shares | netns::in_call, .without = netns::holds)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());

	if (test.transport().address_family == AF_INET)
		set_option(link.sender(), SOL_SOCKET, SO_NO_CHECK, 1, "SO_NO_CHECK");
	else
		set_option(link.sender(), IPPROTO_UDP, UDP_NO_CHECK6_TX, 1, "UDP_NO_CHECK6_TX");
	test.sent(link.send_zerocopy(payload), payload.size());
	not_copied(test, test.one_completion(link, {0, 0}));
}

REQUIREMENT("ZC-CP-08", observed,
	    "A packet that is dropped (queueing discipline, no neighbour, bridge without ports, reset "
	    "connection) is completed without SO_EE_CODE_ZEROCOPY_COPIED where the call itself did not "
	    "copy: a completion is no delivery report.",
	    .code = "net/core/skbuff.c:skb_release_data, skb_zcopy_clear(skb, true)");
/* ZC-CP-08. net/core/skbuff.c:skb_release_data: what is dropped was not copied.
 * A completion is no delivery report. */
CASE(dropped_datagram_completes_as_not_copied, .requirements = {"ZC-CP-08"}, .transports = transport::udp,
     .paths = netns::shares | netns::in_call, .without = netns::holds)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());

	test.sent(link.send_zerocopy(payload), payload.size());
	not_copied(test, test.one_completion(link, {0, 0}));
}

/* The window is full: the data is still in the write queue, and goes with it. */
CASE(dropped_stream_completes_as_not_copied, .requirements = {"ZC-CP-08"}, .transports = transport::tcp)
{
	Link &link = test.connect({.receive_buffer = 4096});
	const Payload filler(64 << 10);
	const Payload payload(link.usual_length());
	const sockaddr nobody = {.sa_family = AF_UNSPEC, .sa_data = {}};

	test.sent(link.send(filler), filler.size());
	test.sent(link.send_zerocopy(payload), payload.size());
	test.queue_empty(link);
	link.waive_delivery();
	os::check(::connect(link.sender(), &nobody, sizeof(nobody)), "connect(AF_UNSPEC)");
	queued(test, link);
	not_copied(test, test.one_completion(link, {0, 0}));
}

REQUIREMENT("ZC-CP-10", observed,
	    "SO_EE_CODE_ZEROCOPY_COPIED says nothing about the time before the notification: until then "
	    "stores may reach the peer.",
	    .code = "net/core/skbuff.c:skb_copy_ubufs at delivery");
/* ZC-CP-10. Deferred copies: "a private copy of data deep in the stack": until
 * the notification, stores may still reach the peer. */
CASE(copied_data_was_shared_before_its_notification, .requirements = {"ZC-CP-10"},
     .transports = transport::tcp, .paths = netns::holds | netns::copies)
{
	Link &link = test.connect();
	Payload payload(link.usual_length());

	test.sent(link.send_zerocopy(payload), payload.size());
	payload.overwrite();
	link.transcript().replace_last(payload);
	link.release();
	copied(test, test.one_notification(link, {0, 0}));
}

REQUIREMENT("ZC-CP-11", promised,
	    "A process may stop passing the flag at any time, and what follows is sent by copying "
	    "without ids.",
	    .document =
		    "Deferred copies: \"A process may use this signal to stop passing flag MSG_ZEROCOPY on "
		    "subsequent requests on the same socket.\"",
	    .code = "net/ipv4/tcp.c:tcp_sendmsg_locked");
/* ZC-CP-11. Deferred copies: "A process may use this signal to stop passing flag
 * MSG_ZEROCOPY on subsequent requests on the same socket." */
CASE(flag_can_be_left_out_after_a_copy, .requirements = {"ZC-CP-11"})
{
	Link &link = test.connect();
	Payload payload(link.usual_length());

	test.sent(link.send_zerocopy(payload), payload.size());
	copied(test, test.one_notification(link, {0, 0}));
	for (int i = 0; i < 3; i++) {
		payload.overwrite();
		test.sent(link.send(payload), payload.size());
	}
	link.deliver();
	test.queue_empty(link);
	test.sent(link.send_zerocopy(payload), payload.size());
	test.one_notification(link, {1, 1});
}

/* Ask for a timestamp when a packet enters the queueing discipline, which every
 * device has. */
void ask_for_timestamps(const Link &link, int how)
{
	set_option(link.sender(), SOL_SOCKET, SO_TIMESTAMPING,
		   SOF_TIMESTAMPING_TX_SCHED | SOF_TIMESTAMPING_SOFTWARE | how, "SO_TIMESTAMPING");
}

/* The zerocopy notification and the timestamp's message, which come together. */
Notification beside_a_timestamp(harness::Test &test, Link &link)
{
	Notification zerocopy;
	bool timestamp = false;

	test.that("poll() for the notification", link.await_notification(), "POLLERR", "nothing");
	for (const Message &message : link.read_notifications())
		for (const Notification &notification : message.notifications) {
			if (notification.is_zerocopy())
				zerocopy = notification;
			timestamp |= notification.err.ee_origin == SO_EE_ORIGIN_TIMESTAMPING;
		}
	test.that("error queue", timestamp, "a timestamp too", "no timestamp");
	test.well_formed(zerocopy);
	return zerocopy;
}

REQUIREMENT(
	"ZC-CP-13", observed,
	"A transmit timestamp with the packet (no SOF_TIMESTAMPING_OPT_TSONLY) forces a copy, and "
	"one without the packet does not.",
	.code = "net/core/skbuff.c:__skb_tstamp_tx, skb_orphan_frags_rx",
	.kernels =
		"since \"tcp/udp: Fix memleaks of sk and zerocopy skbs with TX timestamp.\" (6.1.28, 6.4)");
/* ZC-CP-13. net/core/skbuff.c:__skb_tstamp_tx returns the packet with its
 * timestamp, and so must not share it, unless the timestamp alone is wanted. */
CASE(timestamp_with_the_packet_forces_a_copy, .requirements = {"ZC-CP-13"}, .transports = transport::udp,
     .paths = netns::shares | netns::in_call, .without = netns::holds,
     .needs = harness::needs_stamped_packets)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());

	ask_for_timestamps(link, 0);
	test.sent(link.send_zerocopy(payload), payload.size());
	copied(test, beside_a_timestamp(test, link));
	ask_for_timestamps(link, SOF_TIMESTAMPING_OPT_TSONLY);
	test.sent(link.send_zerocopy(payload), payload.size());
	not_copied(test, beside_a_timestamp(test, link));
}

} // namespace
