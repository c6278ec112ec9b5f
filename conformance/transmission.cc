// SPDX-License-Identifier: GPL-2.0
/* The chapter 'Transmission' of msg_zerocopy.rst. */
#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

#include <csignal>
#include <span>

#include "conformance/chapter.h"
#include "harness/slow_device.h"

/* Older headers lack it (asm/socket.h). */
#ifndef SCM_DEVMEM_DMABUF
#define SCM_DEVMEM_DMABUF 79
#endif

namespace
{

using transport::send_blocking;

/* Flagged messages in one sendmmsg(), which returns how many it sent. */
Returned send_many(int socket, std::span<mmsghdr> messages)
{
	return Returned::of(
		::sendmmsg(socket, messages.data(), messages.size(), MSG_ZEROCOPY | MSG_NOSIGNAL));
}

REQUIREMENT(
	"ZC-TX-01", promised,
	"send, sendto, sendmsg and sendmmsg honour the flag alike: one id for each message.",
	.document = "Transmission: \"The change to send (or sendto, sendmsg, sendmmsg) itself is trivial.\"",
	.code = "net/socket.c:____sys_sendmsg, __sys_sendto");
CASE(send_sendto_sendmsg_and_sendmmsg_count_alike, .requirements = {"ZC-TX-01"}, .transports = transport::all)
{
	Link &link = test.connect();
	const Payload payload(1000);
	const Outgoing message(payload);
	std::array<mmsghdr, 4> messages = {};

	next_id_is(test, link, payload, 0);

	/* A VSOCK socket that is connected takes no address. */
	const Address *const address = test.is(transport::vsock) ? nullptr : &link.destination();
	const Returned to = send_raw(link.sender(), payload, MSG_ZEROCOPY | MSG_NOSIGNAL, address);
	test.sent(to, payload.size());
	link.account(to, payload, MSG_ZEROCOPY);
	test.one_notification(link, {1, 1});

	next_id_is(test, link, message, 2);

	for (mmsghdr &each : messages)
		each.msg_hdr = message.header();
	returned(test, "sendmmsg()", send_many(link.sender(), messages), messages.size());
	for (const mmsghdr &each : messages) {
		test.equal("msg_len", each.msg_len, payload.size());
		link.account(transport::all_of(payload), payload, MSG_ZEROCOPY);
	}
	test.completions_settle(link);
}

REQUIREMENT(
	"ZC-TX-02", promised,
	"When a later message of a sendmmsg fails, the earlier ones are counted and the failing one is not.",
	.document =
		"Notifications: \"Each send call with MSG_ZEROCOPY that successfully sends data increments "
		"the counter. The counter is not incremented on failure or if called with length zero.\"",
	.code = "net/socket.c:__sys_sendmmsg");
CASE(sendmmsg_counts_the_messages_before_the_failing_one, .requirements = {"ZC-TX-02"},
     .paths = netns::simplest)
{
	Link &link = test.connect();
	const Payload payload(1000);
	const Outgoing good(payload);
	const Outgoing bad(Bytes(reinterpret_cast<const std::uint8_t *>(8), payload.size()));
	std::array<mmsghdr, 4> messages = {};

	for (mmsghdr &message : messages)
		message.msg_hdr = good.header();
	messages[2].msg_hdr = bad.header();
	returned(test, "sendmmsg()", send_many(link.sender(), messages), 2);
	for (const mmsghdr &message : std::span(messages).first(2))
		link.account({static_cast<ssize_t>(message.msg_len), 0}, payload, MSG_ZEROCOPY);
	test.completions_settle(link);

	fails(test, "sendmmsg()", send_many(link.sender(), std::span(messages).last(2)), EFAULT);
	next_id_is(test, link, 2);
}

REQUIREMENT(
	"ZC-TX-03", promised,
	"A flagged send that would exceed the socket's optmem limit fails with ENOBUFS and changes nothing.",
	.document = "Transmission: \"A zerocopy failure will return -1 with errno ENOBUFS. This happens if "
		    "the socket exceeds its optmem limit or the user exceeds their ulimit on locked pages.\"",
	.code = "net/core/sock.c:sock_omalloc, net/core/skbuff.c:msg_zerocopy_alloc",
	.kernels = "net.core.optmem_max belongs to the network namespace since 6.8, to the host before; that "
		   "more than the counter stays unchanged is observed, not promised");
/* A notification keeps its charge until it is read. */
CASE(exceeding_the_optmem_limit_gives_enobufs, .requirements = {"ZC-TX-03"}, .needs = needs_optmem)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());

	queue_notification(test, link, payload);
	const unsigned charged = charged_while_unread(test, link);
	const ScopedOptmemMax limit(charged);

	for (int i = 0; i < 3; i++)
		refused_without_trace(test, link, link.send_zerocopy(payload), ENOBUFS, charged);
	plainly_sends(test, link, payload);
	test.one_notification(link, {0, 0});
	option_memory_is(test, link, 0, "option memory in use once the notification is read");
	next_id_is(test, link, 1);
}

REQUIREMENT(
	"ZC-TX-04", promised,
	"A flagged send that would exceed the user's RLIMIT_MEMLOCK fails with ENOBUFS and changes nothing.",
	.rests_on = "ZC-TX-03", .code = "net/core/skbuff.c:mm_account_pinned_pages",
	.kernels = "that more than the counter stays unchanged is observed, not promised");
/* A send keeps its charge until it is complete. */
CASE(exceeding_the_locked_pages_gives_enobufs, .requirements = {"ZC-TX-04"}, .paths = netns::holds,
     .needs = needs_memlock)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());

	{
		const ScopedUser user;

		sends(test, link, payload);
		const unsigned charged = option_memory(link.sender());
		const Pages limit(charge_of(test, payload.size()));
		for (int i = 0; i < 3; i++)
			refused_without_trace(test, link, link.send_zerocopy(payload), ENOBUFS, charged);
		test.queue_empty(link);
		plainly_sends(test, link, payload);
	}
	link.release();
	test.one_notification(link, {0, 0});
	next_id_is(test, link, 1);
}

/* Where the limit leaves nothing a blocking send fails at once. Without it, it succeeds. */
template <typename Limit> void does_not_wait(At at, Link &link)
{
	const Payload payload(link.usual_length());

	{
		const Limit nothing(0);

		refused_without_trace(at, link, send_blocking(link, payload, MSG_ZEROCOPY), ENOBUFS);
	}
	at->sent(send_blocking(link, payload, MSG_ZEROCOPY), payload.size());
	at->one_notification(link, {0, 0});
}

REQUIREMENT("ZC-TX-05", observed,
	    "ENOBUFS is returned at once, on a blocking socket too: a flagged send never waits for optmem or "
	    "for locked pages.",
	    .code = "net/core/skbuff.c:msg_zerocopy_alloc returns NULL, its callers return -ENOBUFS without "
		    "waiting");
CASE(optmem_enobufs_does_not_wait_on_a_blocking_socket, .requirements = {"ZC-TX-05"},
     .paths = netns::simplest, .needs = needs_optmem)
{
	Link &link = test.connect();

	does_not_wait<ScopedOptmemMax>(test, link);
}

CASE(memlock_enobufs_does_not_wait_on_a_blocking_socket, .requirements = {"ZC-TX-05"},
     .paths = netns::simplest, .needs = needs_memlock)
{
	Link &link = test.connect();
	const ScopedUser user;

	does_not_wait<Pages>(test, link);
}

REQUIREMENT("ZC-TX-08", promised,
	    "A UDP send that returns ENOBUFS was not counted: it consumes no id and queues no notification.",
	    .rests_on = "ZC-TX-02", .code = "net/ipv4/udp.c:udp_send_skb, net/ipv6/udp.c:udp_v6_send_skb",
	    .kernels = "UDP since 5.0");
DEVIATION("udp-enobufs-counts", "ZC-TX-08", "5.0 on",
	  "A flagged UDP send whose packet the queueing discipline or a TC program drops returns ENOBUFS "
	  "when IP_RECVERR (IPV6_RECVERR) is set, has consumed an id, and queues one notification of that id "
	  "without SO_EE_CODE_ZEROCOPY_COPIED; without IP_RECVERR the same send returns its length.",
	  catalogue::not_fixed_seen);
/* The queueing discipline drops the datagram. With IP_RECVERR, udp_send_skb reports that
 * as ENOBUFS. */
CASE(enobufs_from_a_full_queue_does_not_count, .requirements = {"ZC-TX-08"}, .transports = transport::udp,
     .paths = netns::basic | netns::local, .deviation = "udp-enobufs-counts")
{
	Link &link = test.connect();
	const Payload payload(1000);

	queue_errors(test, link, true);
	/* Datagrams reach the queue once the neighbour's address is known. */
	plainly_sends(test, link, payload);
	link.deliver();
	drop_at_queue(test);
	test.refused(link.send(payload), ENOBUFS);
	test.refused(link.send_zerocopy(payload), ENOBUFS);
	stop_dropping(test);
	judge_uncounted(test, link, payload, false);
}

/* The refused call has sent nothing: the receiver gets the bytes once. */
template <typename Limit> void can_be_repeated(At at, Link &link)
{
	const Payload payload(link.usual_length());

	{
		const Limit nothing(0);

		refused_without_trace(at, link, link.send_zerocopy(payload), ENOBUFS);
		plainly_sends(at, link, payload);
	}
	next_id_is(at, link, 0);
}

REQUIREMENT("ZC-TX-09", promised,
	    "After ENOBUFS the same bytes can be sent without the flag, and that send has no id.",
	    .document = "Mixing copy avoidance and copying: \"It is safe to mix calls with the flag with "
			"those without.\"",
	    .code = "net/ipv4/tcp.c:tcp_sendmsg_locked, out_err");
CASE(after_optmem_enobufs_the_send_can_be_repeated_without_the_flag, .requirements = {"ZC-TX-09", "ZC-TX-03"},
     .paths = netns::simplest, .needs = needs_optmem)
{
	Link &link = test.connect();

	can_be_repeated<ScopedOptmemMax>(test, link);
}

CASE(after_memlock_enobufs_the_send_can_be_repeated_without_the_flag,
     .requirements = {"ZC-TX-09", "ZC-TX-04"}, .paths = netns::simplest, .needs = needs_memlock)
{
	Link &link = test.connect();
	const ScopedUser user;

	can_be_repeated<Pages>(test, link);
}

REQUIREMENT("ZC-TX-10", observed,
	    "MSG_OOB with the flag does what it does without: TCP sends urgent data and counts one id, UDP "
	    "over IPv4 and VSOCK fail with EOPNOTSUPP and count nothing, UDP over IPv6 ignores MSG_OOB, "
	    "sends and counts one id.",
	    .code = "net/ipv4/tcp.c:tcp_sendmsg_locked, net/ipv4/udp.c:udp_sendmsg, "
		    "net/vmw_vsock/af_vsock.c:vsock_connectible_sendmsg test MSG_OOB; "
		    "net/ipv6/udp.c:udpv6_sendmsg does not",
	    .kernels = "an IPv6 socket that sends to a mapped IPv4 address takes udp_sendmsg and fails");
CASE(urgent_data_is_sent_or_refused_as_without_the_flag, .requirements = {"ZC-TX-10"},
     .transports = transport::all, .paths = netns::simplest)
{
	Link &link = test.connect();
	const Payload payload(100);

	/* With SO_OOBINLINE the urgent byte is read with the others, and is reported until it is. */
	const auto urgent = [&](const std::string &which) {
		if (!test.is(transport::tcp))
			return;
		await_events(test, link.receiver(), POLLPRI, "urgent data of the " + which);
		link.deliver();
		events_are(test, link.receiver(), "once it is read", POLLPRI, 0);
	};
	if (test.is(transport::tcp))
		set_option(link.receiver(), SOL_SOCKET, SO_OOBINLINE, 1, "setsockopt(SO_OOBINLINE)");
	const Returned plain = link.send(payload, MSG_OOB);
	urgent("plain send");
	const Returned flagged = link.send_zerocopy(payload, MSG_OOB);
	urgent("flagged send");
	test.that("flagged send of urgent data", flagged == plain,
		  "as without the flag: " + os::describe(plain), os::describe(flagged));
	if (test.is(transport::tcp))
		test.sent(flagged, payload.size());
	if (flagged.ok())
		test.one_notification(link, {0, 0});
	else
		test.refused(flagged, EOPNOTSUPP);
	next_id_is(test, link, flagged.ok() ? 1 : 0);
}

REQUIREMENT("ZC-TX-11", observed,
	    "MSG_EOR with the flag counts one id, and data that follows goes into a new packet buffer.",
	    .code = "net/ipv4/tcp.c:tcp_sendmsg_locked sets TCP_SKB_CB(skb)->eor; tcp_skb_can_collapse_to");
CASE(end_of_record_counts_and_starts_a_new_packet, .requirements = {"ZC-TX-11"}, .transports = transport::tcp,
     .paths = netns::simplest)
{
	Link &link = test.connect();
	const Payload payload(100);

	sends(test, link, payload, MSG_EOR | MSG_MORE);
	sends(test, link, payload);
	test.completions_settle(link);
	test.equal("ids given", link.ledger().next_id(), 2);
	test.equal("data segments", transport::data_segments(link.sender()), 2);
}

REQUIREMENT("ZC-TX-12", observed,
	    "MSG_NOSIGNAL, MSG_DONTWAIT, MSG_MORE and MSG_CONFIRM combine freely with the flag and do not "
	    "change the returned value.",
	    .code = "net/ipv4/tcp.c:tcp_sendmsg_locked, net/ipv4/udp.c:udp_sendmsg");
CASE(other_flags_combine_with_zerocopy, .requirements = {"ZC-TX-12"}, .transports = transport::all,
     .paths = netns::simplest)
{
	constexpr std::array flags = {MSG_MORE, MSG_DONTWAIT, MSG_NOSIGNAL, MSG_CONFIRM};
	Link &link = test.connect();
	const Payload payload(50);
	std::uint32_t calls = 0;

	/* The last combination is without MSG_MORE, so that the data leaves. */
	for (int mask = (1 << flags.size()) - 1; mask >= 0; mask--) {
		int all = MSG_ZEROCOPY;

		for (std::size_t i = 0; i < flags.size(); i++)
			all |= mask & 1 << i ? flags[i] : 0;
		const Returned sent = send_raw(link.sender(), payload, all);
		test.sent(sent, payload.size());
		link.account(sent, payload, all);
		calls++;
	}
	test.equal("ids given", link.ledger().next_id(), calls);
	test.completions_settle(link);
}

/* One splice from a file into the socket, by way of a pipe. */
Returned splice_into(int socket, int file, std::size_t length, unsigned flags)
{
	const os::Pipe pipe;

	os::check(::splice(file, nullptr, pipe.write_end.get(), nullptr, length, 0), "splice(file, pipe)");
	return Returned::of(::splice(pipe.read_end.get(), nullptr, socket, nullptr, length, flags));
}

REQUIREMENT("ZC-TX-13", observed,
	    "write, writev, splice and sendfile cannot carry the flag: they produce no completion and do not "
	    "move the counter though SO_ZEROCOPY is set.",
	    .code = "net/ipv4/tcp.c:tcp_sendmsg_locked: MSG_SPLICE_PAGES is an alternative to MSG_ZEROCOPY "
		    "(6.1: do_tcp_sendpages)");
CASE(write_writev_splice_and_sendfile_never_complete, .requirements = {"ZC-TX-13"},
     .transports = transport::all, .paths = netns::simplest)
{
	Link &link = test.connect();
	const Payload payload(1000);
	const iovec piece = Outgoing(payload).pieces().front();
	const os::Fd to_splice = os::file_of(payload);
	const os::Fd to_send = os::file_of(payload);
	const Returned calls[] = {
		Returned::of(::write(link.sender(), payload.bytes().data(), payload.size())),
		Returned::of(::writev(link.sender(), &piece, 1)),
		splice_into(link.sender(), to_splice.get(), payload.size(), 0),
		Returned::of(::sendfile(link.sender(), to_send.get(), nullptr, payload.size())),
	};

	for (const Returned &sent : calls) {
		test.sent(sent, payload.size());
		link.account(sent, payload, 0);
	}
	link.deliver();
	test.queue_empty(link);
	option_memory_is(test, link, 0);
	queue_notification(test, link, payload);
	const Returned behind = Returned::of(::write(link.sender(), payload.bytes().data(), payload.size()));
	test.sent(behind, payload.size());
	link.account(behind, payload, 0);
	test.one_notification(link, {0, 0});
}

REQUIREMENT("ZC-TX-14", past_bug,
	    "Spliced and flagged sends alternating on one TCP socket leave the stream intact and the ids "
	    "consecutive.",
	    .code = "net/ipv4/tcp.c:tcp_downgrade_zcopy_pure",
	    .kernels = "memory was accounted wrongly until 5.17 and 5.16.10 (\"tcp: take care of mixed "
		       "splice()/sendmsg(MSG_ZEROCOPY) case\")");
REGRESSION("tcp: take care of mixed splice()/sendmsg(MSG_ZEROCOPY) case", "5.17, 5.16.10",
	   .cases = {"splice_and_zerocopy_alternate_on_one_stream"});
/* A packet buffer that holds only flagged data takes spliced pages as well. */
CASE(splice_and_zerocopy_alternate_on_one_stream, .requirements = {"ZC-TX-14"}, .transports = transport::tcp)
{
	constexpr std::size_t part = 3000;
	constexpr std::size_t rounds = 16;
	Link &link = test.connect();
	const Payload flagged(part * rounds);
	const Payload spliced(part * rounds);
	const os::Fd file = os::file_of(spliced);

	for (std::size_t i = 0; i < rounds; i++) {
		sends(test, link, flagged.from(i * part, part), MSG_MORE);
		const Returned sent = splice_into(link.sender(), file.get(), part, SPLICE_F_MORE);
		test.sent(sent, part);
		link.account(sent, spliced.from(i * part, part), 0);
	}
	sends(test, link, flagged.first(part));
	test.equal("ids given", link.ledger().next_id(), rounds + 1);
	link.deliver();
	link.await_completions();
	test.keeps("ZC-TX-14", "ids reported", link.ledger().faultless(), "those of the flagged sends alone",
		   link.ledger().describe());
	test.completions_settle(link);
	queue_memory_returned(test, link);
}

REQUIREMENT("ZC-TX-15", promised,
	    "A flagged send that fails because its TCP socket is not connected consumes no id.",
	    .rests_on = "ZC-TX-02",
	    .code = "net/ipv4/tcp.c:tcp_sendmsg_locked, sk_stream_wait_connect, out_err");
REQUIREMENT("ZC-TX-21", observed, "A flagged send on an unconnected TCP socket fails with EPIPE.",
	    .code = "net/core/stream.c:sk_stream_wait_connect");
CASE(unconnected_stream_refuses_and_does_not_count, .requirements = {"ZC-TX-15", "ZC-TX-21"},
     .transports = transport::tcp, .paths = netns::simplest)
{
	const Payload payload(1000);
	const Bound listener = bound_at_receiver(test);
	const os::Fd sender = new_socket(test);

	for (const int zerocopy : {0, 1}) {
		error_is(test, "setsockopt(SO_ZEROCOPY)", set_zerocopy(sender.get(), zerocopy), 0);
		test.charging("ZC-TX-21")
			->refused(send_raw(sender.get(), payload, MSG_ZEROCOPY | MSG_NOSIGNAL), EPIPE);
		test.queue_empty(sender.get());
	}
	os::check(::listen(listener.socket.get(), 1), "listen()");
	os::connect(sender.get(), listener.address);
	test.sent(send_raw(sender.get(), payload, MSG_ZEROCOPY), payload.size());
	one_notification(test, sender.get(), {0, 0});
}

REQUIREMENT("ZC-TX-16", observed,
	    "After shutdown(SHUT_WR) a flagged send fails with EPIPE, raises SIGPIPE unless MSG_NOSIGNAL "
	    "is set, and consumes no id, and completions of earlier sends still come.",
	    .code = "net/ipv4/tcp.c:tcp_sendmsg_locked tests SEND_SHUTDOWN; "
		    "net/core/stream.c:sk_stream_error",
	    .kernels = "that the call consumes no id is promised (ZC-TX-02)");
CASE(after_shutdown_sends_are_refused_and_earlier_ones_complete, .requirements = {"ZC-TX-16"},
     .transports = transport::tcp, .paths = netns::holds)
{
	Link &link = test.connect();
	const Payload payload(1000);

	sends(test, link, payload);
	os::check(::shutdown(link.sender(), SHUT_WR), "shutdown()");
	const unsigned charged = option_memory(link.sender());
	for (int i = 0; i < 3; i++)
		refused_without_trace(test, link, link.send_zerocopy(payload), EPIPE, charged);
	link.release();
	link.deliver();
	/* After the end of the stream reading no longer sends acknowledgements. */
	link.acknowledge();
	test.one_notification(link, {0, 0});
}

volatile std::sig_atomic_t broken_pipes;

CASE(after_shutdown_sends_raise_sigpipe_as_without_the_flag, .requirements = {"ZC-TX-16"},
     .transports = transport::tcp, .paths = netns::simplest)
{
	Link &link = test.connect();
	const Payload payload(100);
	int expected = 0;

	broken_pipes = 0;
	::signal(SIGPIPE, [](int) { broken_pipes = broken_pipes + 1; });
	os::check(::shutdown(link.sender(), SHUT_WR), "shutdown()");
	for (const int flags : {0, int{MSG_ZEROCOPY}})
		for (const int quiet : {0, int{MSG_NOSIGNAL}}) {
			test.refused(send_raw(link.sender(), payload, flags | quiet), EPIPE);
			expected += quiet ? 0 : 1;
			test.equal("times that SIGPIPE was raised", int{broken_pipes}, expected);
		}
	::signal(SIGPIPE, SIG_DFL);
	test.queue_empty(link);
}

REQUIREMENT("ZC-TX-17", observed,
	    "A pending socket error, as after a reset, makes a flagged send fail with that error (EPIPE once "
	    "it was reported) and without an id.",
	    .code = "net/ipv4/tcp.c:tcp_sendmsg_locked, do_error and out_err",
	    .kernels = "that the call consumes no id is promised (ZC-TX-02)");
CASE(after_a_reset_sends_fail_with_its_error_and_do_not_count, .requirements = {"ZC-TX-17"},
     .transports = transport::tcp, .paths = netns::simplest)
{
	Link &link = test.connect();
	const Payload payload(1000);

	next_id_is(test, link, 0);
	link.deliver();
	link.reset();
	notified(test, link.sender(), "the reset");
	refused_without_trace(test, link, link.send_zerocopy(payload), ECONNRESET);
	refused_without_trace(test, link, link.send_zerocopy(payload), EPIPE);
	test.queue_empty(link);
}

REQUIREMENT("ZC-TX-18", observed, "An invalid control message makes a flagged send fail without an id.",
	    .code = "net/ipv4/tcp.c:tcp_sendmsg_locked, net/core/sock.c:sock_cmsg_send, "
		    "net/ipv4/ip_sockglue.c:ip_cmsg_send",
	    .kernels =
		    "that the call consumes no id is promised (ZC-TX-02); TCP of 6.1 and 6.12 takes the id "
		    "first and turns every control message error into EINVAL; 7.3 parses before it takes the "
		    "id and returns the error of sock_cmsg_send (EPERM for SO_MARK without capability)");
/* net/core/sock.c:__sock_cmsg_send does not know the type. The call may have taken its id
 * by then. */
CASE(invalid_control_message_fails_and_does_not_count, .requirements = {"ZC-TX-18"}, .paths = netns::simplest)
{
	constexpr int no_such_type = 9999;
	Link &link = test.connect();
	const Payload payload(1000);
	Outgoing message(payload);

	message.with(SOL_SOCKET, no_such_type, std::uint32_t{1});
	for (int i = 0; i < 3; i++)
		refused_without_trace(test, link, link.send_message(message.header(), MSG_ZEROCOPY), EINVAL);
	test.queue_empty(link);
	next_id_is(test, link, 0);
}

REQUIREMENT("ZC-TX-19", observed,
	    "SCM_DEVMEM_DMABUF with an id that names no binding makes a TCP send fail without an id, with "
	    "and without the flag.",
	    .code = "net/ipv4/tcp.c:tcp_sendmsg_locked, net/core/devmem.c:net_devmem_get_binding; "
		    "Documentation/networking/devmem.rst",
	    .kernels = "that the call consumes no id is promised (ZC-TX-02); 7.3 gives EINVAL (EOPNOTSUPP "
		       "for a flagged send where CONFIG_NET_DEVMEM is off); 6.1 and 6.12 do not know the "
		       "control message and give EINVAL");
/* No binding has this id. */
CASE(device_memory_without_a_binding_fails_and_does_not_count, .requirements = {"ZC-TX-19"},
     .transports = transport::tcp, .paths = netns::simplest)
{
	Link &link = test.connect();
	const Payload payload(1000);
	Outgoing message(payload);

	message.with(SOL_SOCKET, SCM_DEVMEM_DMABUF, std::uint32_t{0x7ffffff0});
	const Returned plain = link.send_message(message.header(), 0);
	test.refused(plain, EINVAL);
	const Returned flagged = link.send_message(message.header(), MSG_ZEROCOPY);
	refused_without_trace(test, link, flagged, flagged.error == EOPNOTSUPP ? EOPNOTSUPP : EINVAL);
	test.queue_empty(link);
	next_id_is(test, link, 0);
}

void leave_repair_mode(const Link &link)
{
	constexpr int off_without_probe = -1; /* TCP_REPAIR_OFF_NO_WP */

	set_option(link.sender(), IPPROTO_TCP, TCP_REPAIR, off_without_probe, "setsockopt(TCP_REPAIR)");
}

REQUIREMENT("ZC-TX-20", observed,
	    "In TCP repair mode with no queue selected a flagged send fails with EINVAL and without an id.",
	    .code = "net/ipv4/tcp.c:tcp_sendmsg_locked, tp->repair with TCP_NO_QUEUE",
	    .kernels = "that the call consumes no id is promised (ZC-TX-02)");
/* The kernel refuses the call when it has taken the id. */
CASE(repair_mode_without_a_queue_fails_and_does_not_count, .requirements = {"ZC-TX-20"},
     .transports = transport::tcp, .paths = netns::simplest)
{
	Link &link = test.connect();
	const Payload payload(1000);

	set_option(link.sender(), IPPROTO_TCP, TCP_REPAIR, 1, "setsockopt(TCP_REPAIR)");
	for (int i = 0; i < 3; i++)
		refused_without_trace(test, link, link.send_zerocopy(payload), EINVAL);
	test.queue_empty(link);
	leave_repair_mode(link);
	next_id_is(test, link, 0);
}

/* What the sender sends goes to its own receive queue, until the mode is left. */
void select_receive_queue(const Link &link)
{
	constexpr int receive_queue = 1; /* TCP_RECV_QUEUE */

	set_option(link.sender(), IPPROTO_TCP, TCP_REPAIR, 1, "setsockopt(TCP_REPAIR)");
	set_option(link.sender(), IPPROTO_TCP, TCP_REPAIR_QUEUE, receive_queue,
		   "setsockopt(TCP_REPAIR_QUEUE)");
}

REQUIREMENT("ZC-TX-22", promised,
	    "In TCP repair mode with the receive queue selected a flagged send that fails has no id.",
	    .rests_on = "ZC-TX-02", .code = "net/ipv4/tcp.c:tcp_sendmsg_locked, tcp_send_rcvq");
DEVIATION("repair-queue-failure-counts", "ZC-TX-22", "4.14 on",
	  "A flagged send of unreadable memory in TCP repair mode, with the receive queue selected, fails "
	  "with EFAULT, consumes an id and queues its notification without SO_EE_CODE_ZEROCOPY_COPIED.",
	  "net/ipv4/tcp.c:tcp_sendmsg_locked goes to out_nopush, net_zcopy_put() without an abort, "
	  "whatever tcp_send_rcvq() returned, in 6.1.192, 6.12.118 and 7.3.4. Not fixed in 7.3.4. The "
	  "start is that of the feature and is inferred.");
CASE(failed_send_to_the_repair_queue_does_not_count, .requirements = {"ZC-TX-22"},
     .transports = transport::tcp, .paths = netns::basic | netns::local,
     .deviation = "repair-queue-failure-counts")
{
	Link &link = test.connect();

	select_receive_queue(link);
	test.refused(link.send_zerocopy(harness::unreadable()), EFAULT);
	leave_repair_mode(link);
	harness::judge_uncounted(test, link, Payload(1000), false);
}

REQUIREMENT("ZC-TX-23", promised,
	    "In TCP repair mode with the receive queue selected a flagged send copies its data, and is "
	    "completed with SO_EE_CODE_ZEROCOPY_COPIED.",
	    .rests_on = "ZC-IN-03", .code = "net/ipv4/tcp_input.c:tcp_send_rcvq");
DEVIATION("repair-queue-copy-not-reported", "ZC-TX-23", "4.14 on",
	  "The notification of a flagged send in TCP repair mode, with the receive queue selected, comes "
	  "in the call without SO_EE_CODE_ZEROCOPY_COPIED, though its data was copied.",
	  "net/ipv4/tcp.c:tcp_sendmsg_locked leaves uarg->zerocopy as it was made, in 6.1.192, 6.12.118 "
	  "and 7.3.4. Not fixed in 7.3.4. The start is that of the feature and is inferred.");
/* The peer has not sent the data, so that nothing can be sent to it any more. */
CASE(send_to_the_repair_queue_completes_as_copied, .requirements = {"ZC-TX-23"}, .transports = transport::tcp,
     .paths = netns::basic | netns::local, .deviation = "repair-queue-copy-not-reported")
{
	Link &link = test.connect();
	Payload payload(10000);
	const os::Data original = payload.copy();

	select_receive_queue(link);
	test.sent(transport::send_raw(link.sender(), payload, MSG_ZEROCOPY), payload.size());
	link.ledger().sent();
	const errqueue::Notification notification = test.one_completion(link, {0, 0});
	payload.overwrite();
	leave_repair_mode(link);
	harness::receives(test, link.sender(), original);
	if (!notification.copied())
		test.deviates(errqueue::describe(notification));
}

} // namespace
