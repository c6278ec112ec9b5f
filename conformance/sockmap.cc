// SPDX-License-Identifier: GPL-2.0
/* Sockets in a BPF map (BPF_MAP_TYPE_SOCKMAP), as Cilium's socket acceleration and proxies use
 * them: with a program that sees the messages which TCP sends (BPF_PROG_TYPE_SK_MSG), which the
 * kernel has copied before, or the packets that arrive (BPF_PROG_TYPE_SK_SKB), which it has not
 * where they come from a VSOCK socket of the same machine. */

#include "conformance/chapter.h"
#include "netns/bpf.h"

namespace
{

using netns::Messages;

/* A flagged call that the books enter as one without an id, until ids_given(). */
void sends_unbooked(At at, Link &link, Bytes bytes)
{
	const Returned sent = send_raw(link.sender(), bytes, MSG_ZEROCOPY | MSG_DONTWAIT);

	at->sent(sent, bytes.size());
	link.account(sent, bytes, 0);
}

/* The ids that calls have got so far. All data is acknowledged then, and the books know them. */
std::uint32_t ids_given(At at, Link &link)
{
	link.deliver();
	left_to_acknowledge(at, link, 0);
	const std::vector<Message> messages = errqueue::receive_queued(link.sender());
	for (const Message &message : messages)
		for (const Notification &notification : message.notifications) {
			at->well_formed(notification);
			for (std::uint64_t i = 0; i < notification.ids().count(); i++)
				link.ledger().sent();
		}
	link.enter(messages);
	return link.ledger().next_id();
}

REQUIREMENT("ZC-BP-01", promised,
	    "On a socket whose messages a BPF program passes on, each successful flagged call has one id.",
	    .rests_on = "ZC-TX-02", .code = "net/ipv4/tcp_bpf.c:tcp_bpf_push");
DEVIATION("message-has-an-id-for-each-piece", "ZC-BP-01", "4.18 on",
	  "Where a BPF program passes on the messages of a socket, a flagged call has an id for each "
	  "piece that the kernel has copied it to, of 32 KiB or a page at most, or none (before 6.5 and "
	  "6.1.184).",
	  "net/ipv4/tcp_bpf.c:tcp_bpf_push calls tcp_sendmsg_locked() for each piece with the flags of "
	  "the call, in 6.1.192, 6.12.118 and 7.3.4. Subject: 'tcp_bpf: Inline do_tcp_sendpages as it's now "
	  "a wrapper around tcp_sendmsg', in ChangeLog-6.1.184; do_tcp_sendpages() knew no notifications, "
	  "which is inferred, as is the start, that of message programs. Not fixed in 7.3.4.");
CASE(passed_message_has_one_id, .requirements = {"ZC-BP-01"}, .transports = transport::tcp,
     .paths = netns::basic | netns::local, .needs = needs_socket_maps,
     .deviation = "message-has-an-id-for-each-piece")
{
	constexpr std::size_t longest_piece = 32 << 10;
	Link &link = test.connect();
	const netns::SocketMap map(Messages::pass);
	const Payload payload(200000);
	const std::size_t fewest = payload.size() / std::max(longest_piece, page_size()) + 1;

	map.add(link.sender(), link.receiver());
	sends_unbooked(test, link, payload);
	const std::uint32_t ids = ids_given(test, link);
	if (ids == 0 || ids >= fewest)
		test.deviates("ids of one call: " + std::to_string(ids));
	test.equal("ids of one call", ids, 1);
	sends_unbooked(test, link, payload.first(1000));
	test.equal("ids of two calls", ids_given(test, link), 2);
}

REQUIREMENT("ZC-BP-02", promised,
	    "A flagged send whose message a BPF program redirects to a socket of this host arrives there and "
	    "is completed.",
	    .rests_on = "ZC-IN-01", .code = "net/ipv4/tcp_bpf.c:bpf_tcp_ingress");
DEVIATION("redirected-message-has-no-id", "ZC-BP-02", "4.18 on",
	  "Where a BPF program redirects the messages of a socket to the receive queue of another, "
	  "flagged calls succeed, the bytes arrive, and there is no id and no notification.",
	  "net/ipv4/tcp_bpf.c:bpf_tcp_ingress knows no flags, in 6.1.192, 6.12.118 and 7.3.4. Not fixed "
	  "in 7.3.4. The start is that of message programs and is inferred.");
/* Whether the call has an id is told by that of the next call, which the program does not see. */
CASE(redirected_message_is_completed, .requirements = {"ZC-BP-02"}, .transports = transport::tcp,
     .paths = netns::basic | netns::local, .needs = needs_socket_maps,
     .deviation = "redirected-message-has-no-id")
{
	Link &link = test.connect();
	const netns::SocketMap map(Messages::to_receiver);
	const Payload payload(10000);

	map.add(link.sender(), link.receiver());
	sends_unbooked(test, link, payload);
	link.deliver();
	map.remove_sender();
	sends_unbooked(test, link, payload); /* by the network */
	const std::uint32_t ids = ids_given(test, link);
	if (ids == 1)
		test.deviates("the data has arrived, and its call has no id: the next one has the first");
	test.equal("ids of two calls", ids, 2);
}

REQUIREMENT("ZC-BP-03", promised,
	    "Each flagged call has an id whose message a BPF program collects with others.",
	    .rests_on = "ZC-TX-02", .code = "net/ipv4/tcp_bpf.c:tcp_bpf_send_verdict, cork_bytes");
DEVIATION("collected-messages-have-ids-of-the-last", "ZC-BP-03", "4.18 on",
	  "Where a BPF program collects messages (bpf_msg_cork_bytes), only the call that completes the "
	  "bytes has ids, if it is flagged, and flagged calls before it have none; before 6.5 and 6.1.184 no "
	  "call has.",
	  "net/ipv4/tcp_bpf.c:tcp_bpf_sendmsg returns for calls that are not the last, without a look "
	  "at the flag, in 6.1.192, 6.12.118 and 7.3.4. Not fixed in 7.3.4. The start is that of message "
	  "programs and is inferred.");
CASE(each_collected_message_has_an_id, .requirements = {"ZC-BP-03"}, .transports = transport::tcp,
     .paths = netns::basic | netns::local, .needs = needs_socket_maps,
     .deviation = "collected-messages-have-ids-of-the-last")
{
	Link &link = test.connect();
	const netns::SocketMap map(Messages::collect);
	const Payload half(netns::SocketMap::collected / 2);

	map.add(link.sender(), link.receiver());
	sends_unbooked(test, link, half);
	plainly_sends(test, link, half);
	const std::uint32_t with_plain = ids_given(test, link);
	for (int i = 0; i < 2; i++)
		sends_unbooked(test, link, half);
	const std::uint32_t all = ids_given(test, link);
	if (with_plain == 0 && all <= 1)
		test.deviates("no id for a flagged call before a plain one, and for two flagged calls " +
			      std::to_string(all));
	test.equal("ids of a flagged call and a plain one", with_plain, 1);
	test.equal("ids of three flagged calls", all, 3);
}

REQUIREMENT("ZC-BP-04", observed,
	    "On a socket whose messages a BPF program passes on, a flagged send of memory that cannot be "
	    "read fails with EFAULT and has no id.",
	    .code = "net/ipv4/tcp_bpf.c:tcp_bpf_sendmsg, sk_msg_memcopy_from_iter",
	    .kernels = "that the call has no id is promised (ZC-TX-02)");
DEVIATION("unreadable-message-returns-zero", "ZC-BP-04", "6.14 on",
	  "Where a BPF program sees the messages of a socket, a send of memory that cannot be read "
	  "returns 0, with the flag and without.",
	  "net/ipv4/tcp_bpf.c:tcp_bpf_sendmsg keeps the error in a variable that it does not return, in "
	  "7.3.4; 6.1.192 and 6.12.118 return it. Subject: 'tcp_bpf: fix copied value in tcp_bpf_sendmsg', "
	  "posted on 30 November 2024: 6.14 is inferred. Not fixed in 7.3.4.");
CASE(unreadable_message_gives_efault_and_no_id, .requirements = {"ZC-BP-04"}, .transports = transport::tcp,
     .paths = netns::basic | netns::local, .needs = needs_socket_maps,
     .deviation = "unreadable-message-returns-zero")
{
	Link &link = test.connect();
	const netns::SocketMap map(Messages::pass);

	map.add(link.sender(), link.receiver());
	const Sent plain = link.send(unreadable());
	const Sent flagged = link.send_zerocopy(unreadable());
	test.queue_empty(link);
	/* A call behind, too short for two pieces. Its id is 0, if it has one: ZC-BP-01. */
	sends_unbooked(test, link, Payload(1));
	link.deliver();
	left_to_acknowledge(test, link, 0);
	const std::vector<Message> behind = errqueue::receive_queued(link.sender());
	const std::string seen = entries_text(behind, Copied::untold);
	test.that("notifications of a call behind", behind.empty() || seen == "[0,0]", "none, or [0,0]",
		  seen);
	if (!behind.empty())
		link.ledger().sent();
	link.enter(behind);
	if (plain.returned == 0 && flagged.returned == 0)
		test.deviates("the calls return 0");
	test.refused(flagged, EFAULT);
}

REQUIREMENT("ZC-BP-05", promised,
	    "Data that a BPF program has another socket send on does not change with a store into the buffer "
	    "that follows the notification.",
	    .rests_on = "ZC-IN-08",
	    .code = "net/core/skbuff.c:__skb_send_sock, net/core/skmsg.c:sk_psock_backlog");
DEVIATION("data-sent-on-is-shared-when-complete", "ZC-BP-05", "6.7 on",
	  "Where a BPF program redirects what a VSOCK socket receives from its own machine to another "
	  "socket, whose peer has not read it, its ids are notified, and the peer reads the bytes that "
	  "were stored afterwards.",
	  "net/core/skbuff.c:__skb_send_sock hands on the frags of the packet by MSG_SPLICE_PAGES, which "
	  "takes references on the pages and not on the structure, and net/core/skmsg.c:sk_psock_backlog "
	  "frees the packet, in 6.12.118 and 7.3.4. Packets of IP sockets are copied at local delivery. The "
	  "start is that of SO_ZEROCOPY of VSOCK. Not fixed in 7.3.4.");
/* The peer of the socket that sends on has everything in its queue, and reads at the end. */
CASE(data_that_is_sent_on_is_as_it_was_at_its_notification, .requirements = {"ZC-BP-05"},
     .transports = transport::vsock, .paths = netns::holds | netns::local, .needs = needs_socket_maps,
     .deviation = "data-sent-on-is-shared-when-complete")
{
	Link &link = test.connect();
	const os::SocketPair onward(SOCK_STREAM);
	const netns::Redirection redirection(link.receiver(), onward.first.get());
	/* Less than a local socket's buffer takes: it counts pages, which may be large. */
	Payload payload(12 * 1024);
	const Payload behind(1);
	const Data original = payload.copy();

	sends(test, link, payload);
	plainly_sends(test, link, behind);
	/* The kernel has let go of the packets before this one. */
	const std::size_t whole = payload.size() + behind.size();
	os::require(await_bytes(onward.second.get(), whole).size() == whole, "the data is not redirected");
	link.transcript().arrived(payload);
	link.transcript().arrived(behind);
	const bool complete = !link.read_notifications().empty();
	if (complete)
		payload.overwrite();
	const Data arrived = harness::received(test, onward.second.get(), whole);
	const Bytes seen = Bytes(arrived).first(payload.size());
	if (complete && std::ranges::equal(seen, payload.bytes()))
		test.deviates("the peer reads the bytes that were stored after the notification");
	test.equal("data that was sent on", seen, original);
}

} // namespace
