// SPDX-License-Identifier: GPL-2.0
/* The forms in which programs make flagged calls. Most cases make them by send(2) or sendmsg(2) on a
 * connected socket, with MSG_DONTWAIT. */
#include <fcntl.h>

#include "conformance/chapter.h"
#include "harness/packet_tap.h"
#include "tcp_peer/peer.h"

namespace
{

constexpr std::uint32_t length = 1000;	    /* of a call */
constexpr std::uint32_t long_length = 9000; /* of one over TCP, of several pages */
constexpr unsigned internet = transport::tcp | transport::udp;

struct Form {
	unsigned kinds; /* of the transports that have it */
	Returned (*call)(const Link &link, Bytes bytes);
};

template <int flags> Returned send_with(const Link &link, Bytes bytes)
{
	return send_raw(link.sender(), bytes, MSG_ZEROCOPY | MSG_NOSIGNAL | flags);
}

Returned send_message(const Link &link, const Outgoing &message)
{
	return send_raw(link.sender(), message, MSG_ZEROCOPY | MSG_NOSIGNAL);
}

constexpr Form forms[] = {
	{transport::all, send_with<0>},
	{transport::all, send_with<MSG_DONTWAIT>},
	{transport::all, send_with<MSG_CONFIRM>},
	{transport::tcp, send_with<MSG_EOR>},
	{transport::all,
	 [](const Link &link, Bytes bytes) {
		 os::check(::fcntl(link.sender(), F_SETFL, O_NONBLOCK), "fcntl(O_NONBLOCK)");
		 const Returned sent = send_with<0>(link, bytes);
		 os::check(::fcntl(link.sender(), F_SETFL, 0), "fcntl(0)");
		 return sent;
	 }},
	{internet,
	 [](const Link &link, Bytes bytes) {
		 return send_raw(link.sender(), bytes, MSG_ZEROCOPY, &link.destination());
	 }},
	{transport::all,
	 [](const Link &link, Bytes bytes) {
		 const std::size_t part = bytes.size() / 3;

		 return send_message(link, Outgoing{bytes.first(part), bytes.subspan(part, part),
						    bytes.subspan(2 * part)});
	 }},
	/* It asks for no timestamp. */
	{internet,
	 [](const Link &link, Bytes bytes) {
		 return send_message(link,
				     Outgoing(bytes).with(SOL_SOCKET, SO_TIMESTAMPING, std::uint32_t{0}));
	 }},
	{internet,
	 [](const Link &link, Bytes bytes) {
		 timestamp(link, SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE |
					 SOF_TIMESTAMPING_OPT_TSONLY);
		 const Returned sent = send_with<0>(link, bytes);
		 timestamp(link, 0);
		 return sent;
	 }},
	{transport::all,
	 [](const Link &link, Bytes bytes) {
		 const Outgoing outgoing(bytes);
		 mmsghdr message = {outgoing.header(), 0};
		 const Returned sent = Returned::of(::sendmmsg(link.sender(), &message, 1, MSG_ZEROCOPY));

		 return sent.ok() ? Returned{static_cast<ssize_t>(message.msg_len), 0} : sent;
	 }},
};

/* What a program may have set on its socket. */
struct Option {
	unsigned kinds;
	int family; /* of the addresses on the wire; AF_UNSPEC: any */
	int level, name, value;
};

constexpr Option options[] = {
	{internet, AF_UNSPEC, SOL_SOCKET, SO_KEEPALIVE, 1},
	{internet, AF_UNSPEC, SOL_SOCKET, SO_PRIORITY, 6},
	{internet, AF_UNSPEC, SOL_SOCKET, SO_MAX_PACING_RATE, 1 << 30},
	{internet, AF_UNSPEC, SOL_SOCKET, SO_MARK, 7},
	{internet, AF_UNSPEC, SOL_SOCKET, SO_REUSEADDR, 1},
	{internet, AF_UNSPEC, SOL_SOCKET, SO_RCVLOWAT, 100},
	{internet, AF_INET, SOL_IP, IP_MTU_DISCOVER, IP_PMTUDISC_WANT},
	{internet, AF_INET, SOL_IP, IP_FREEBIND, 1},
	{internet, AF_INET, SOL_IP, IP_PKTINFO, 1},
	{internet, AF_INET6, SOL_IPV6, IPV6_AUTOFLOWLABEL, 0},
	{internet, AF_INET6, SOL_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DO},
	{internet, AF_INET6, SOL_IPV6, IPV6_RECVPKTINFO, 1},
	{internet, AF_INET, SOL_IP, IP_TOS, 8},
	{internet, AF_INET, SOL_IP, IP_TTL, 60},
	{internet, AF_INET, SOL_IP, IP_RECVERR, 1},
	{internet, AF_INET6, SOL_IPV6, IPV6_TCLASS, 8},
	{internet, AF_INET6, SOL_IPV6, IPV6_UNICAST_HOPS, 60},
	{internet, AF_INET6, SOL_IPV6, IPV6_RECVERR, 1},
	{transport::tcp, AF_UNSPEC, SOL_TCP, TCP_NODELAY, 1},
	{transport::tcp, AF_UNSPEC, SOL_TCP, TCP_QUICKACK, 1},
	{transport::tcp, AF_UNSPEC, SOL_TCP, TCP_NOTSENT_LOWAT, 1 << 20},
	{transport::tcp, AF_UNSPEC, SOL_TCP, TCP_USER_TIMEOUT, 1 << 20},
	{transport::tcp, AF_UNSPEC, SOL_TCP, TCP_THIN_LINEAR_TIMEOUTS, 1},
	{transport::tcp, AF_UNSPEC, SOL_SOCKET, SO_OOBINLINE, 1},
	{transport::udp, AF_UNSPEC, SOL_SOCKET, SO_BROADCAST, 1},
	{transport::udp, AF_INET, SOL_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO},
	{transport::udp, AF_INET6, SOL_IPV6, IPV6_DONTFRAG, 1},
};

/* A store follows the call. arrive(id) has the peer read the bytes, and the call completed. */
template <std::invocable<std::uint32_t> Arrive>
void share(At at, Link &link, Returned (*call)(const Link &, Bytes), std::size_t bytes, Arrive arrive)
{
	const std::uint32_t id = link.ledger().next_id();
	Payload payload(bytes);
	const Returned sent = call(link, payload);

	at->sent(sent, payload.size());
	link.account(sent, payload, MSG_ZEROCOPY);
	link.read_notifications(); /* a timestamp may be there */
	at->equal("calls without a notification", link.ledger().outstanding(), 1);
	store_seen(link, payload);
	arrive(id);
}

template <std::invocable<std::uint32_t> Arrive> void share_in_every_form(At at, Link &link, Arrive arrive)
{
	for (const std::uint32_t bytes : {length, at->is(transport::tcp) ? long_length : length})
		for (const Form &form : forms)
			if (at->is(form.kinds))
				share(at, link, form.call, bytes, arrive);
	for (const Option &option : options) {
		if (!at->is(option.kinds) ||
		    (option.family != AF_UNSPEC && option.family != at->transport().address_family))
			continue;
		set_option(link.sender(), option.level, option.name, option.value, "setsockopt()");
		share(at, link, send_with<0>, length, arrive);
	}
}

REQUIREMENT(
	"ZC-IN-71", observed,
	"Whether the pages of a flagged call are shared is no matter of how it is made, by send(2), "
	"sendto(2), sendmsg(2) or sendmmsg(2), in one piece or in several, on a blocking socket or not, with "
	"a control message or a timestamp, early or late, nor of what options its socket has.",
	.code = "net/ipv4/tcp.c:tcp_sendmsg_locked, net/ipv4/ip_output.c:__ip_append_data, "
		"net/ipv6/ip6_output.c:__ip6_append_data, "
		"net/vmw_vsock/virtio_transport_common.c:virtio_transport_can_zcopy look at the device and "
		"at the memory");
/* The peer, which has read nothing since the call, has the bytes of the call with this id. */
void peer_reads(At at, Link &link, std::uint32_t id)
{
	if (at->is(transport::stream)) {
		tcp_peer::Peer &peer = link.peer();

		const std::uint32_t before = peer.received(); /* all of that is acknowledged */

		while (static_cast<int>(peer.received() - before) <
		       os::send_queue(link.sender()).unacknowledged)
			peer.take_next();
		at->queue_empty(link);
		peer.acknowledge();
	} else {
		readable(at, at->network().tun(), "the tap");
		at->queue_empty(link);
		link.deliver();
	}
	not_copied(at, at->one_completion(link, {id, id}));
}

CASE(pages_are_shared_in_every_form_of_a_call, .requirements = {"ZC-IN-71", "ZC-IN-03"},
     .paths = netns::scripted | netns::shares)
{
	Link &link = test.connect();

	share_in_every_form(test, link, [&](std::uint32_t id) { peer_reads(test, link, id); });
}

CASE(vsock_pages_are_shared_in_every_form_of_a_call, .requirements = {"ZC-IN-71", "ZC-IN-03"},
     .transports = transport::vsock, .paths = netns::holds | netns::local)
{
	Link &link = test.connect();

	share_in_every_form(test, link, [&](std::uint32_t id) {
		readable(test, link.receiver(), "the receiver");
		test.queue_empty(link);
		link.deliver();
		test.one_notification(link, {id, id});
	});
}

/* So many fragments are not beside one another in the sender's memory. */
CASE(datagram_of_many_pieces_is_shared, .requirements = {"ZC-IN-71", "ZC-IN-03"},
     .paths = netns::scripted | netns::shares)
{
	constexpr std::size_t pieces = 14, each = 50;
	Link &link = test.connect();
	Payload payload(pieces * (each + 1));
	Data stored;

	sends(test, link, transport::gapped(payload, pieces, each));
	payload.overwrite(test.is(transport::datagram) ? datagram_head / each * (each + 1) : 0);
	for (std::size_t i = 0; i < pieces; i++)
		std::ranges::copy(payload.from(i * (each + 1), each), std::back_inserter(stored));
	link.transcript().store_over_last(stored);
	peer_reads(test, link, 0);
}

/* Of the sockets that are bound to a device some have another route. */
CASE(data_of_a_socket_bound_to_its_device_is_shared, .requirements = {"ZC-IN-71", "ZC-IN-03"},
     .paths = netns::scripted | netns::shares)
{
	const std::string device = test.network().device();
	Link &link = test.connect();
	Payload payload(length);

	os::check(::setsockopt(link.sender(), SOL_SOCKET, SO_BINDTODEVICE, device.c_str(), device.size()),
		  "setsockopt(SO_BINDTODEVICE)");
	sends(test, link, payload);
	store_seen(link, payload);
	peer_reads(test, link, 0);
}

/* Each form fails before it sends, as its memory cannot be read. */
CASE(every_form_of_a_call_counts_where_it_sends, .requirements = {"ZC-CT-06", "ZC-CP-01"})
{
	Link &link = test.connect();
	const Payload payload(length);

	for (const Form &form : forms) {
		if (!test.is(form.kinds))
			continue;
		test.refused(form.call(link, unreadable()), EFAULT);
		const Returned sent = form.call(link, payload);
		test.sent(sent, payload.size());
		link.account(sent, payload, MSG_ZEROCOPY);
		link.deliver();
		test.completions_settle(link);
	}
	for (const Message &message : link.history())
		for (const Notification &each : message.notifications)
			if (each.err.ee_origin == SO_EE_ORIGIN_ZEROCOPY)
				test.copied_as_path_says(each);
}

/* A packet socket that was there, and a route over another device, leave no trace. */
REQUIREMENT("ZC-CP-70", observed,
	    "Calls behind one whose data was copied below the socket are shared where nothing copies any "
	    "more: the packet socket that forced the copy is closed, or the socket is connected by another "
	    "device.",
	    .code = "net/core/skbuff.c:msg_zerocopy_complete remembers a copy for its notification alone; "
		    "net/core/sock.c:sk_setup_caps at each connection");
CASE(calls_behind_a_copied_one_are_shared, .requirements = {"ZC-CP-70"},
     .paths = netns::scripted | netns::shares, .needs = needs_packet)
{
	Link &link = test.connect();

	for (const std::uint32_t id : {0, 2}) {
		std::optional<PacketTap> tap;
		Payload payload(length);

		tap.emplace(test.network().device(), netns::Outgoing::seen);
		sends(test, link, payload);
		if (test.is(transport::stream)) {
			link.peer().take_next();
			link.peer().acknowledge();
		}
		link.deliver();
		copied(test, test.one_completion(link, {id, id}));
		tap.reset();
		sends(test, link, payload);
		store_seen(link, payload);
		peer_reads(test, link, id + 1);
	}
}

CASE(connection_behind_one_that_copied_shares, .requirements = {"ZC-CP-70", "ZC-CT-13"},
     .transports = transport::tcp, .paths = netns::scripted | netns::shares)
{
	Link &link = test.connect({.connected = false});
	const int family = test.transport().address_family;
	const char *const own = test.network().addresses(family).sender;
	const os::Fd listener = os::bound_socket(SOCK_STREAM, transport::make_address(family, own, 0));
	Payload payload(length);

	os::check(::listen(listener.get(), 1), "listen()");
	os::connect(link.sender(), transport::make_address(test.transport().family, own,
							   os::port_of(os::local_address(listener.get()))));
	completes(test, link.sender(), os::accept(listener.get()).get(), 0);
	link.ledger().sent();
	link.ledger().completed({0, 0});
	os::disconnect(link.sender());
	link.connect_to_peer();
	sends(test, link, payload);
	test.queue_empty(link);
	store_seen(link, payload);
	link.peer().receive(length);
	test.queue_empty(link);
	link.peer().acknowledge();
	not_copied(test, test.one_completion(link, {1, 1}));
}

} // namespace
