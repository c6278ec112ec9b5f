// SPDX-License-Identifier: GPL-2.0
/* The chapter 'Deferred copies' of msg_zerocopy.rst: when the kernel copies the data
 * although it was sent with the flag, and how it says so. */
#include "conformance/chapter.h"
#include "netns/device.h"

namespace
{

void notified_in_the_call(At at, const Link &link)
{
	events_are(at, link.sender(), "right after the send call", 0, POLLERR);
}

/* The most payload that the connection puts into one segment. */
std::size_t segment_length(const Link &link)
{
	return os::get_option<int>(link.sender(), IPPROTO_TCP, TCP_MAXSEG, "getsockopt(TCP_MAXSEG)");
}

REQUIREMENT("ZC-CP-01", promised,
	    "A successful flagged send is completed exactly once also when its data was copied.",
	    .rests_on = "ZC-IN-01", .code = "net/core/skbuff.c:skb_copy_ubufs, msg_zerocopy_complete");
/* data_to_a_local_socket_is_copied shows the same on the basic paths. */
CASE(copied_sends_complete_once_each, .requirements = {"ZC-CP-01"}, .paths = netns::copies,
     .without = netns::holds | netns::basic)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());

	for (std::size_t length : {payload.size(), payload.size() / 2, std::size_t{1}, payload.size() - 1})
		sends(test, link, payload.first(length));
	link.release();
	test.completions_settle(link);
	all_copied(test, link);
}

REQUIREMENT("ZC-CP-02", promised,
	    "On a device without scatter-gather the data is copied, and the notification has "
	    "SO_EE_CODE_ZEROCOPY_COPIED: UDP in the call, notified when the datagram is freed; TCP in the "
	    "call, notified before it returns, where the socket may not use segmentation offload (TCP "
	    "signatures), else when a packet of one segment reaches the device.",
	    .document = "Deferred copies: \"Devices that do not support scatter-gather I/O cannot send "
			"packets made up of kernel generated protocol headers plus zerocopy user data.\"",
	    .rests_on = "ZC-IN-03",
	    .code = "net/core/sock.c:sk_setup_caps; net/core/dev.c:validate_xmit_skb; "
		    "net/ipv4/ip_output.c:__ip_append_data, skb_zcopy_set on the copying path too",
	    .kernels = "promised is that the data is copied and that the notification says so; in which call "
		       "the copy is made, and when the notification comes, is observed");
/* With UDP_SEGMENT a corked datagram would share its pages on any other device, see
 * segmented_cork_shares_its_first_part. */
CASE(datagram_without_scatter_gather_is_copied_in_the_call, .requirements = {"ZC-CP-02"},
     .transports = transport::udp, .paths = netns::device_without_sg)
{
	Link &link = test.connect();
	Payload payload(1000);

	segment(link, static_cast<int>(link.usual_length()));
	sends(test, link, payload, MSG_MORE);
	payload.overwrite();
	plainly_sends(test, link, payload.first(100));
	test.one_notification(link, {0, 0});
}

/* On the paths of its cases nothing behind the device copies. */
void completes_as_copied_without(At at, netns::Offload offload)
{
	Link &link = at->connect();

	netns::set_offload(at->network().device(), offload, false);
	sends(at, link);
	notified_in_the_call(at, link);
	copied(at, at->one_completion(link, {0, 0}));
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

CASE(stream_without_checksum_offload_completes_as_copied, .requirements = {"ZC-CP-03"},
     .transports = transport::tcp, .paths = netns::basic | netns::local, .without = netns::simplest)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());
	const std::size_t segment = segment_length(link);
	std::uint32_t id = 0;

	netns::set_offload(test.network().device(), netns::Offload::tx_checksum, false);
	for (const std::size_t length : {segment, segment + 1, payload.size()}) {
		sends(test, link, payload.first(length));
		copied(test, test.one_completion(link, {id, id}));
		id++;
	}
}

/* The device copies a packet of one segment as it gets it, so that a store after the call
 * must not arrive. */
CASE(segment_without_scatter_gather_is_copied, .requirements = {"ZC-CP-02"}, .transports = transport::tcp,
     .paths = netns::device_without_sg, .without = netns::holds)
{
	Link &link = test.connect();
	Payload payload(segment_length(link));

	sends(test, link, payload);
	payload.overwrite();
	copied(test, test.one_notification(link, {0, 0}));
}

REQUIREMENT("ZC-CP-15", promised,
	    "TCP data that software segmentation copies, because the device has no scatter-gather or the "
	    "stack does without, is completed with SO_EE_CODE_ZEROCOPY_COPIED.",
	    .rests_on = "ZC-IN-03", .code = "net/core/skbuff.c:skb_segment",
	    .kernels = "since 4.17; before, TCP copied in the call on such devices");
DEVIATION(
	"tcp-segmentation-copy-not-reported", "ZC-CP-15", "4.17 on",
	"On a device without scatter-gather (HSR, PRP, Ethernet over L2TPv3), over WireGuard, xfrm and vti "
	"interfaces, over ESP once the module esp4_offload or esp6_offload is loaded, and where NFQUEUE "
	"hands packets to a program that does not ask for them as they are "
	"(NFQA_CFG_F_GSO), flagged TCP data that leaves in packets of more than one segment (one byte more "
	"than the MSS is enough) is copied when it is cut into segments, and completed without "
	"SO_EE_CODE_ZEROCOPY_COPIED. A packet of a single segment is reported as copied, and so is an id "
	"of which any packet was one. Datagrams: datagram-segmentation-copy-not-reported.",
	"Not fixed: net/core/skbuff.c:skb_segment, drivers/net/wireguard/device.c:wg_xmit, "
	"net/xfrm/xfrm_output.c:xfrm_output_gso, net/ipv4/esp4_offload.c:esp4_gso_segment, its twin for "
	"IPv6, and net/netfilter/nfnetlink_queue.c:nfqnl_enqueue_packet, which offer it no features, read in "
	"the sources of Debian's 6.1.192-3, 6.12.118-1 and 7.3.4-1~bpo13+1; no subject of a fix in any "
	"changelog read, up to 7.3.4. The start is that of the feature and is inferred.");
CASE(segments_without_scatter_gather_complete_as_copied, .requirements = {"ZC-CP-15"},
     .transports = transport::tcp, .paths = netns::segments_copied,
     .without = netns::may_copy_below | netns::remote, .also = netns::stacked,
     .deviation = "tcp-segmentation-copy-not-reported")
{
	Link &link = test.connect();
	Payload payload(segment_length(link) + 1);

	sends(test, link, payload);
	payload.overwrite();
	const Notification notification = test.one_notification(link, {0, 0});
	/* That the bytes arrive as they were sent shows that there is a copy. */
	link.deliver();
	if (!notification.copied())
		test.deviates(errqueue::describe(notification));
}

/* A socket with a key gives up segmentation offload (sk_gso_disable), and asks the device
 * what it can do. */
void sign(At at, int socket, const Address &peer)
{
	tcp_md5sig signature = {};

	std::memcpy(&signature.tcpm_addr, peer.get(), peer.length);
	signature.tcpm_keylen = 1;
	signature.tcpm_key[0] = 'k';
	if (::setsockopt(socket, IPPROTO_TCP, TCP_MD5SIG, &signature, sizeof(signature)) < 0)
		at->skip("TCP signatures (CONFIG_TCP_MD5SIG)");
}

REQUIREMENT("ZC-CP-09", observed,
	    "A completion is not a transmit completion: that of copied data may come while the data still "
	    "waits in the write queue.",
	    .code = "net/ipv4/tcp.c:tcp_sendmsg_locked, net_zcopy_put after a copy, where "
		    "net/core/sock.c:sk_setup_caps has not granted scatter-gather");
CASE(stream_without_segmentation_is_copied_in_the_call, .requirements = {"ZC-CP-09", "ZC-CP-02"},
     .transports = transport::tcp, .paths = netns::device_without_sg, .without = netns::remote)
{
	Link &link = test.connect({.receive_buffer = 4096});
	const netns::Addresses addresses = test.network().addresses(test.transport().address_family);
	const Payload filler(64 << 10);
	Payload payload(link.usual_length());

	/* The key is charged to it, too. */
	link.waive_option_memory();
	sign(test, link.sender(), link.destination());
	sign(test, link.receiver(),
	     transport::make_address(test.transport().address_family, addresses.sender, 0));
	/* A new mark makes the kernel look up the route again, and ask the device. */
	set_option(link.sender(), SOL_SOCKET, SO_MARK, 1, "SO_MARK");
	/* The window is full then, and data that follows cannot leave. */
	plainly_sends(test, link, filler);
	sends(test, link, payload);
	notified_in_the_call(test, link);
	payload.overwrite();
	copied(test, test.one_completion(link, {0, 0}));
}

REQUIREMENT("ZC-CP-04", observed,
	    "After scatter-gather is switched off on the device of an established TCP connection, flagged "
	    "sends of one segment complete with SO_EE_CODE_ZEROCOPY_COPIED and the data stays intact "
	    "(several segments: ZC-CP-15).",
	    .code = "net/core/sock.c:sk_setup_caps sets sk_route_caps; net/core/dev.c:validate_xmit_skb "
		    "linearizes what was queued before");
CASE(connection_outlives_scatter_gather, .requirements = {"ZC-CP-04"}, .transports = transport::tcp,
     .paths = netns::basic | netns::local, .without = netns::simplest)
{
	Link &link = test.connect();
	Payload payload(segment_length(link));

	next_id_is(test, link, payload, 0);
	netns::set_offload(test.network().device(), netns::Offload::scatter_gather, false);
	sends(test, link, payload);
	payload.overwrite();
	copied(test, test.one_completion(link, {1, 1}));
}

REQUIREMENT("ZC-CP-05", observed,
	    "A UDP datagram above the MTU, which is fragmented, is copied in the call and completed with "
	    "SO_EE_CODE_ZEROCOPY_COPIED when its last fragment is freed; one that is as long as the MTU is "
	    "not.",
	    .code = "net/ipv4/ip_output.c:__ip_append_data, net/ipv6/ip6_output.c:__ip6_append_data: "
		    "csummode is not CHECKSUM_PARTIAL");
CASE(datagram_above_the_mtu_is_copied, .requirements = {"ZC-CP-05"}, .transports = transport::udp,
     .paths = netns::shares | netns::in_call, .without = netns::holds)
{
	Link &link = test.connect();
	const std::size_t longest = longest_unfragmented(test);
	const Payload payload(longest + 5000);
	std::uint32_t id = 0;

	for (const std::size_t length : {longest, longest + 1, payload.size()}) {
		sends(test, link, payload.first(length));
		notified_in_the_call(test, link);
		(length > longest ? copied : not_copied)(test, test.one_completion(link, {id, id}),
							 "ee_code of " + std::to_string(length) + " bytes");
		id++;
	}
}

REQUIREMENT("ZC-CP-06", observed,
	    "Without UDP_SEGMENT, the parts of a UDP datagram that MSG_MORE or UDP_CORK puts together are "
	    "copied in their calls; with it, the first part is not copied, and later ones are.",
	    .code = "net/ipv4/ip_output.c:__ip_append_data, conditions on transhdrlen, MSG_MORE and "
		    "cork->gso_size");
CASE(cork_is_copied_in_the_call, .requirements = {"ZC-CP-06"}, .transports = transport::udp)
{
	Link &link = test.connect();
	Payload payload(400);

	sends(test, link, payload, MSG_MORE);
	payload.overwrite();
	plainly_sends(test, link, payload);
	copied(test, test.one_completion(link, {0, 0}));

	set_option(link.sender(), IPPROTO_UDP, UDP_CORK, 1, "UDP_CORK");
	const Sent sent = send_raw(link.sender(), payload, MSG_ZEROCOPY);
	test.sent(sent, payload.size());
	link.account(sent, payload, MSG_ZEROCOPY | MSG_MORE);
	payload.overwrite();
	set_option(link.sender(), IPPROTO_UDP, UDP_CORK, 0, "UDP_CORK");
	link.transcript().append({}, false);
	copied(test, test.one_completion(link, {1, 1}));
}

/* The notification has SO_EE_CODE_ZEROCOPY_COPIED because of the later parts, though the
 * first one shared its pages until it left. */
CASE(segmented_cork_shares_its_first_part, .requirements = {"ZC-CP-06", "ZC-CP-10"},
     .transports = transport::udp, .without = netns::device_without_sg | netns::device_without_checksum)
{
	Link &link = test.connect();
	Payload first(400);
	Payload second(400);

	segment(link, static_cast<int>(link.usual_length()));
	sends(test, link, first, MSG_MORE);
	store_seen(link, first);
	sends(test, link, second, MSG_MORE);
	second.overwrite();
	plainly_sends(test, link, second);
	copied(test, test.one_completion(link, {0, 1}));
}

REQUIREMENT("ZC-CP-07", observed,
	    "UDP with the checksum disabled (SO_NO_CHECK, UDP_NO_CHECK6_TX) is still zerocopy.",
	    .code = "net/ipv4/ip_output.c:__ip_append_data sets csummode before net/ipv4/udp.c:udp_send_skb "
		    "looks at sk_no_check_tx");
void disable_checksum(const Test &test, const Link &link)
{
	if (test.transport().address_family == AF_INET)
		set_option(link.sender(), SOL_SOCKET, SO_NO_CHECK, 1, "SO_NO_CHECK");
	else
		set_option(link.sender(), IPPROTO_UDP, UDP_NO_CHECK6_TX, 1, "UDP_NO_CHECK6_TX");
}

CASE(datagram_without_checksum_is_not_copied, .requirements = {"ZC-CP-07"}, .transports = transport::udp,
     .paths = netns::shares | netns::in_call, .without = netns::holds)
{
	Link &link = test.connect();

	disable_checksum(test, link);
	sends(test, link);
	not_copied(test, test.one_completion(link, {0, 0}));
}

/* While it waits in the tap its pages are the sender's. */
CASE(datagram_without_checksum_is_shared, .requirements = {"ZC-CP-07", "ZC-IN-03"},
     .transports = transport::udp, .paths = netns::scripted | netns::shares)
{
	Link &link = test.connect();
	Payload payload(link.usual_length());

	disable_checksum(test, link);
	sends(test, link, payload);
	readable(test, test.network().tun(), "the tap");
	test.queue_empty(link);
	store_seen(link, payload);
	link.deliver();
	not_copied(test, test.one_completion(link, {0, 0}));
}

REQUIREMENT("ZC-CP-08", observed,
	    "A packet that is dropped (queueing discipline, no neighbour, bridge without ports, reset "
	    "connection) is completed without SO_EE_CODE_ZEROCOPY_COPIED unless the call itself copied: a "
	    "completion is no delivery report.",
	    .code = "net/core/skbuff.c:skb_release_data, skb_zcopy_clear(skb, true)");
CASE(dropped_datagram_completes_as_not_copied, .requirements = {"ZC-CP-08"}, .transports = transport::udp,
     .paths = netns::shares | netns::in_call, .without = netns::holds)
{
	Link &link = test.connect();

	sends(test, link);
	not_copied(test, test.one_completion(link, {0, 0}));
}

/* As the window is full, the data is still in the write queue, which the reset purges. */
CASE(dropped_stream_completes_as_not_copied, .requirements = {"ZC-CP-08"}, .transports = transport::tcp)
{
	Link &link = connect_behind_closed_window(test);

	sends_to_wait(test, link, Payload(link.usual_length()));
	link.waive_delivery();
	os::disconnect(link.sender());
	events_are(test, link.sender(), "after the connection is reset", 0, POLLERR | POLLHUP);
	not_copied(test, test.one_completion(link, {0, 0}));
}

REQUIREMENT("ZC-CP-10", observed,
	    "SO_EE_CODE_ZEROCOPY_COPIED says nothing about the time before the notification: until then "
	    "stores may reach the peer.",
	    .code = "net/core/skbuff.c:skb_copy_ubufs at delivery");
CASE(copied_data_was_shared_before_its_notification, .requirements = {"ZC-CP-10"},
     .transports = transport::tcp, .paths = netns::holds | netns::copies)
{
	Link &link = test.connect();
	Payload payload(link.usual_length());

	sends(test, link, payload);
	store_seen(link, payload);
	link.release();
	copied(test, test.one_notification(link, {0, 0}));
}

REQUIREMENT(
	"ZC-CP-11", promised,
	"A process may stop passing the flag at any time, and what follows is sent by copying without ids.",
	.document = "Deferred copies: \"A process may use this signal to stop passing flag MSG_ZEROCOPY on "
		    "subsequent requests on the same socket.\"",
	.code = "net/ipv4/tcp.c:tcp_sendmsg_locked");
CASE(flag_can_be_left_out_after_a_copy, .requirements = {"ZC-CP-11"},
     .without = netns::shares | netns::segments_copied)
{
	Link &link = test.connect();
	Payload payload(link.usual_length());

	sends(test, link, payload);
	copied(test, test.one_notification(link, {0, 0}));
	for (int i = 0; i < 3; i++) {
		payload.overwrite();
		plainly_sends(test, link, payload);
	}
	link.deliver();
	test.queue_empty(link);
	next_id_is(test, link, payload, 1);
}

/* A flagged send with a timestamp of its packet's entry into the queueing discipline,
 * which every device has. Gives the notification, which comes together with it. */
Notification sends_with_timestamp(At at, Link &link, int how)
{
	Notification zerocopy;
	bool stamped = false;

	timestamp(link, SOF_TIMESTAMPING_TX_SCHED | SOF_TIMESTAMPING_SOFTWARE | how);
	queue_notification(at, link);
	const std::vector<Message> messages = link.read_notifications();
	for (const Message &message : messages)
		for (const Notification &notification : message.notifications) {
			if (notification.is_zerocopy())
				zerocopy = notification;
			stamped |= notification.err.ee_origin == SO_EE_ORIGIN_TIMESTAMPING;
		}
	at->that("entries of the error queue", stamped, "a timestamp among them", entries_text(messages));
	at->well_formed(zerocopy);
	return zerocopy;
}

REQUIREMENT(
	"ZC-CP-13", observed,
	"A transmit timestamp with the packet (no SOF_TIMESTAMPING_OPT_TSONLY) forces a copy, and one "
	"without the packet does not.",
	.code = "net/core/skbuff.c:__skb_tstamp_tx, skb_orphan_frags_rx",
	.kernels =
		"since \"tcp/udp: Fix memleaks of sk and zerocopy skbs with TX timestamp.\" (6.1.28, 6.4)");
CASE(timestamp_with_the_packet_forces_a_copy, .requirements = {"ZC-CP-13"}, .transports = transport::udp,
     .paths = netns::shares | netns::in_call, .without = netns::holds, .needs = needs_stamped_packets)
{
	Link &link = test.connect();

	copied(test, sends_with_timestamp(test, link, 0));
	not_copied(test, sends_with_timestamp(test, link, SOF_TIMESTAMPING_OPT_TSONLY));
}

} // namespace
