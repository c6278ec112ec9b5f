// SPDX-License-Identifier: GPL-2.0
/* Receivers that are full, that are the sender itself, or that are behind a smaller MTU than the sender knows
 * of. */
#include "conformance/chapter.h"
#include "netns/ip_command.h"

namespace
{

REQUIREMENT("ZC-LO-51", observed,
	    "Datagrams to a local socket that has no room for them are completed with "
	    "SO_EE_CODE_ZEROCOPY_COPIED, and dropped.",
	    .code = "net/ipv4/udp.c:__udp_enqueue_schedule_skb drops behind local delivery",
	    .kernels = "that they are completed is promised: ZC-IN-01");
CASE(datagrams_to_a_full_receiver_complete_as_copied, .requirements = {"ZC-LO-51"},
     .transports = transport::udp, .paths = netns::basic | netns::local)
{
	Link &link = test.connect();
	const Payload payload(1000);

	os::set_receive_buffer(link.receiver(), 1); /* the least there is */
	link.waive_delivery();
	for (std::uint32_t id = 0; id < 20; id++) {
		sends(test, link, payload);
		copied(test, test.one_notification(link, {id, id}), "ee_code beside a buffer that fills");
	}
}

REQUIREMENT("ZC-LO-52", promised,
	    "A socket that sends to itself gets its data and its notifications, each once.",
	    .rests_on = "ZC-IN-01 ZC-LO-01",
	    .code = "net/ipv4/tcp_input.c:tcp_rcv_synsent_state_process, simultaneous open; net/ipv4/udp.c");
/* A stream connects to its own address by a simultaneous open (RFC 9293, 3.5). */
CASE(socket_that_sends_to_itself_is_notified, .requirements = {"ZC-LO-52", "ZC-LO-01"},
     .paths = netns::simplest)
{
	const transport::Transport &transport = test.transport();
	const char *const own = test.network().addresses(transport.address_family).sender;
	const os::Fd socket =
		os::bound_socket(transport.type, transport::make_address(transport.family, own, 0));

	os::connect(socket.get(), os::local_address(socket.get()));
	error_is(test, "setsockopt(SO_ZEROCOPY)", set_zerocopy(socket.get(), 1), 0);
	for (const std::uint32_t id : {0, 1, 2})
		completes(test, socket.get(), socket.get(), id);
}

/* The next bytes of a stream: whole pages by mapping them where the kernel lets them be mapped, the rest by
 * reading. `pages`: how many were mapped. */
Data received_by_mapping(At at, int socket, std::size_t length, std::size_t &pages)
try {
	const Mapping window(length / page_size() * page_size(), PROT_READ, MAP_SHARED, socket);
	const os::Deadline deadline(os::Event::data);
	Data all;

	while (all.size() < length && os::await_readable(socket, deadline)) {
		tcp_zerocopy_receive mapped = {};
		socklen_t size = sizeof(mapped);

		mapped.address = reinterpret_cast<std::uintptr_t>(window.data());
		mapped.length = static_cast<std::uint32_t>(window.size());
		os::check(::getsockopt(socket, IPPROTO_TCP, TCP_ZEROCOPY_RECEIVE, &mapped, &size),
			  "getsockopt(TCP_ZEROCOPY_RECEIVE)");
		pages += mapped.length / page_size();
		all.insert(all.end(), window.data(), window.data() + mapped.length);
		if (mapped.recv_skip_hint > 0) {
			const Data rest = received(at, socket, mapped.recv_skip_hint);

			all.insert(all.end(), rest.begin(), rest.end());
		}
	}
	return all;
} catch (const std::system_error &refused) {
	at->skip(std::string("TCP data that a receiver can map (TCP_ZEROCOPY_RECEIVE): ") + refused.what());
}

REQUIREMENT(
	"ZC-LO-85", promised,
	"A receiver that maps the pages of what it gets (TCP_ZEROCOPY_RECEIVE) gets none of the sender's: "
	"it sees the bytes as sent, whatever is stored after the notification.",
	.rests_on = "ZC-LO-01 ZC-IN-08",
	.code = "net/core/skbuff.c:skb_copy_ubufs, before net/ipv4/tcp.c:tcp_zerocopy_receive, whose "
		"can_map_frag refuses pages that have a mapping, too");
CASE(receiver_that_maps_pages_gets_a_copy, .requirements = {"ZC-LO-85"}, .transports = transport::tcp,
     .paths = netns::basic | netns::local)
{
	constexpr std::size_t length = 10 * 4096 + 100; /* which the receiver's buffer takes */
	if (page_size() > length)
		test.skip("pages that are smaller than a packet (at most 64 KiB)");
	Link &link = test.connect();
	Payload payload(length);
	const Data original = payload.copy();
	std::size_t pages = 0;

	link.waive_delivery();
	sends(test, link, payload);
	test.one_notification(link, {0, 0});
	payload.overwrite();
	const Data seen = received_by_mapping(test, link.receiver(), payload.size(), pages);
	test.equal("mapped data", seen, original);
	if (pages == 0)
		test.skip("a kernel that maps pages of what a local socket gets");
}

REQUIREMENT("ZC-LO-53", promised,
	    "A flagged TCP send that meets a smaller MTU on its way, of which ICMP tells, arrives intact and "
	    "has one id.",
	    .rests_on = "ZC-CT-02 ZC-IN-08",
	    .code = "net/ipv4/tcp_output.c:tcp_simple_retransmit, tcp_fragment; net/ipv4/tcp_ipv4.c:"
		    "tcp_v4_mtu_reduced, net/ipv6/tcp_ipv6.c:tcp_v6_mtu_reduced");
/* The connection is made before the MTU shrinks, so that packets are cut that are under way. */
CASE(data_above_a_path_mtu_that_shrinks_arrives_intact, .requirements = {"ZC-LO-53", "ZC-BT-12"},
     .transports = transport::tcp, .paths = netns::routed)
{
	Link &link = test.connect();
	Payload payload(100000);

	harness::within(test, test.network().router(),
			[] { netns::ip_batch("link set dev zc1 mtu 1280\n"); });
	for (const std::uint32_t id : {0, 1}) {
		sends(test, link, payload);
		link.deliver();
		test.one_notification(link, {id, id});
		payload.overwrite();
	}
	test.that("segments sent again", transport::retransmissions(link.sender()) > 0, "1 or more", "none");
}

REQUIREMENT("ZC-SO-50", observed,
	    "IPV6_ADDRFORM, which makes an IPv4 socket of a connected v4-mapped one, keeps SO_ZEROCOPY, the "
	    "counter and queued notifications. These are read as SOL_IP, IP_RECVERR then.",
	    .code = "net/ipv6/ipv6_sockglue.c:do_ipv6_setsockopt; net/ipv4/tcp.c:tcp_recvmsg and "
		    "net/ipv4/udp.c:udp_recvmsg call ip_recv_error()");
void keeps_its_notifications(At at)
{
	const bool stream = at->is(transport::stream);
	Bound bound = stream ? listener_at_receiver(*at) : bound_at_receiver(*at);
	const os::Fd sender = os::open_socket(AF_INET6, at->transport().type);
	const char *const text = at->network().addresses(AF_INET).receiver;

	error_is(at, "setsockopt(SO_ZEROCOPY)", set_zerocopy(sender.get(), 1), 0);
	reads_back(at, sender.get(), 1);
	os::connect(sender.get(), transport::make_address(AF_INET6, text, os::port_of(bound.address)));
	const os::Fd receiver = stream ? os::accept(bound.socket.get()) : std::move(bound.socket);
	const Payload payload(10000);
	at->sent(send_raw(sender.get(), payload, MSG_ZEROCOPY), payload.size());
	receives(at, receiver.get(), payload);
	notified(at, sender.get());
	set_option(sender.get(), IPPROTO_IPV6, IPV6_ADDRFORM, PF_INET, "setsockopt(IPV6_ADDRFORM)");
	one_notification(at, sender.get(), {0, 0});
	at->equal("SO_ZEROCOPY", zerocopy(sender.get()), 1);
	for (const std::uint32_t id : {1, 2})
		completes(at, sender.get(), receiver.get(), id);
}

CASE(stream_made_an_ipv4_socket_keeps_its_notifications, .requirements = {"ZC-SO-50"},
     .transports = transport::tcp, .paths = netns::simplest, .address_family = AF_INET, .once = true)
{
	keeps_its_notifications(test);
}

CASE(datagram_socket_made_an_ipv4_socket_keeps_its_notifications, .requirements = {"ZC-SO-50"},
     .transports = transport::udp, .paths = netns::simplest, .address_family = AF_INET, .once = true)
{
	keeps_its_notifications(test);
}

} // namespace
