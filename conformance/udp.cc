// SPDX-License-Identifier: GPL-2.0
/* What is special about UDP: segmentation offload, corking, destinations, IP
 * options. msg_zerocopy.rst says little of it; the promise is what udp(7), ip(7)
 * and the kernel's code make of it. */
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>

#include "errqueue/receive.h"
#include "harness/case.h"
#include "harness/test.h"
#include "harness/waiting.h"
#include "limits/limits.h"
#include "netns/ip_command.h"
#include "os/check.h"
#include "os/deadline.h"
#include "os/fd.h"
#include "os/option.h"
#include "os/thread_in_call.h"
#include "transport/calls.h"

namespace
{

using harness::Test;
using os::Address;
using os::Bytes;
using os::Data;
using os::set_option;
using transport::Link;
using transport::Payload;
using transport::Sent;

/* A datagram for sendmsg(2): its bytes, and what is said about them. */
class Outgoing {
public:
	explicit Outgoing(Bytes bytes) : vector_{const_cast<std::uint8_t *>(bytes.data()), bytes.size()} {}

	Outgoing &to(const Address &address)
	{
		name_ = address;
		return *this;
	}
	/* With one more control message. */
	Outgoing &with(int level, int type, const void *data, std::size_t length)
	{
		cmsghdr header = {};

		header.cmsg_level = level;
		header.cmsg_type = type;
		header.cmsg_len = CMSG_LEN(length);
		std::memcpy(&control_[used_], &header, sizeof(header));
		std::memcpy(&control_[used_ + CMSG_LEN(0)], data, length);
		used_ += CMSG_SPACE(length);
		return *this;
	}
	Outgoing &in_segments_of(std::uint16_t size)
	{
		return with(SOL_UDP, UDP_SEGMENT, &size, sizeof(size));
	}

	/* It points into this object. */
	msghdr message()
	{
		msghdr message = {};

		message.msg_name = name_.length ? name_.get() : nullptr;
		message.msg_namelen = name_.length;
		message.msg_iov = &vector_;
		message.msg_iovlen = 1;
		message.msg_control = used_ ? control_.data() : nullptr;
		message.msg_controllen = used_;
		return message;
	}

private:
	iovec vector_;
	Address name_;
	std::size_t used_ = 0;
	alignas(cmsghdr) std::array<std::uint8_t, 256> control_ = {};
};

/* Datagrams are segmented from here on, by the option. */
void segment(Link &link, int size)
{
	set_option(link.sender(), SOL_UDP, UDP_SEGMENT, size, "setsockopt(UDP_SEGMENT)");
	link.transcript().set_segment_size(size);
}

/* Wait for a datagram. */
void await_data(Test &test, int socket)
{
	pollfd poll = {socket, POLLIN, 0};

	test.equal("poll() for data", ::poll(&poll, 1, os::Deadline().left_ms()), 1);
}

/* A socket that gets datagrams beside the link's receiver. */
class OtherReceiver {
public:
	OtherReceiver(Test &test, int family)
	{
		const char *text = test.network().addresses(family).receiver;

		test.network().receiver().enter();
		socket_ = os::Fd(os::check(::socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket()"));
		test.network().sender().enter();
		Address any = transport::make_address(family, text, 0);
		os::check(::bind(socket_.get(), any.get(), any.length), "bind()");
		os::check(::getsockname(socket_.get(), any.get(), &any.length), "getsockname()");
		/* The port is at the same place in both families' addresses. */
		const auto port = ntohs(reinterpret_cast<const sockaddr_in *>(any.get())->sin_port);
		address_ = transport::make_address(test.transport().family, text, port);
	}

	/* As the sender has it. */
	const Address &address() const { return address_; }
	/* A flagged send to it, counted; then it arrives. */
	void gets(Test &test, Link &link, Bytes bytes)
	{
		Sent sent;

		sent.returned = ::sendto(link.sender(), bytes.data(), bytes.size(), MSG_ZEROCOPY,
					 address_.get(), address_.length);
		sent.error = sent.ok() ? 0 : errno;
		test.sent(sent, bytes.size());
		link.ledger().sent();
		await_data(test, socket_.get());
		Data arrived(bytes.size() + 1);
		const ssize_t length = ::recv(socket_.get(), arrived.data(), arrived.size(), MSG_DONTWAIT);
		test.that("datagram at the other receiver",
			  std::ranges::equal(Bytes(arrived).first(std::max<ssize_t>(length, 0)), bytes),
			  "the bytes as sent", "others, or " + std::to_string(length) + " bytes");
	}

private:
	os::Fd socket_;
	Address address_;
};

REQUIREMENT("ZC-UD-01", observed,
	    "The largest datagram is that of a plain send, 65507 bytes over IPv4 and 65527 over IPv6; "
	    "one byte more fails with EMSGSIZE and without an id.",
	    .code = "net/ipv4/udp.c:udp_sendmsg, net/ipv4/ip_output.c:__ip_append_data, "
		    "net/ipv6/ip6_output.c:__ip6_append_data");
/* ZC-UD-01. net/ipv4/udp.c:udp_sendmsg, net/ipv4/ip_output.c:__ip_append_data,
 * net/ipv6/ip6_output.c:__ip6_append_data: the limit is that of the length field.
 * Wherever it begins, it has no more pieces of pages than a packet buffer may. */
CASE(largest_datagram_is_that_of_a_plain_send, .requirements = {"ZC-UD-01"}, .transports = transport::udp)
{
	Link &link = test.connect();
	const std::size_t most = test.transport().largest_datagram;
	const Payload payload(limits::page_size() + most);
	std::uint32_t id = 0;

	for (const std::size_t offset : {std::size_t{0}, limits::page_size() - 1}) {
		for (const int flags : {0, static_cast<int>(MSG_ZEROCOPY)})
			test.refused(link.send(payload.from(offset, most + 1), flags), EMSGSIZE);
		test.queue_empty(link);
		test.sent(link.send(payload.from(offset, most)), most);
		link.deliver();
		test.sent(link.send_zerocopy(payload.from(offset, most)), most);
		test.one_notification(link, {id, id});
		id++;
	}
}

/* A token bucket that one segment of 1400 bytes fits, and the next in half a
 * minute; net/sched/sch_tbf.c:tbf_segment cuts what is too large as a whole. */
void limit_rate(Test &test)
{
	try {
		netns::tc_batch(std::string("qdisc add dev ") + test.network().device() +
				" root tbf limit 100000 rate 200bit burst 2000\n");
	} catch (const std::runtime_error &) {
		test.skip("the tc command and its token bucket (CONFIG_NET_SCH_TBF)");
	}
}

void lift_rate(Test &test)
{
	netns::tc_batch(std::string("qdisc change dev ") + test.network().device() +
			" root tbf limit 100000 rate 10gbit burst 100000\n");
}

REQUIREMENT("ZC-UD-02", promised,
	    "A send with UDP_SEGMENT has one id, completed when the last segment is freed.",
	    .rests_on = "ZC-CT-02", .code = "net/core/skbuff.c:skb_segment, skb_zerocopy_clone");
/* ZC-UD-02. net/core/skbuff.c:skb_segment, skb_zerocopy_clone: each segment holds
 * the notification structure, and shares the pages until it is freed itself. */
CASE(segmented_send_completes_with_its_last_segment, .requirements = {"ZC-UD-02"},
     .transports = transport::udp, .paths = netns::simplest)
{
	constexpr std::size_t segment_size = 1400;
	Link &link = test.connect();

	limit_rate(test);
	/* Only now: stores to pages that a fork made copy-on-write are not shared. */
	Payload payload(2 * segment_size);
	segment(link, segment_size);
	test.sent(link.send_zerocopy(payload), payload.size());
	await_data(test, link.receiver());
	link.read_arrived();
	test.queue_empty(link);
	payload.overwrite();
	link.transcript().replace_last(payload.from(segment_size, segment_size));
	lift_rate(test);
	/* It makes the device look at its queue again. */
	test.sent(link.send(payload.first(1)), 1);
	link.deliver();
	test.one_notification(link, {0, 0});
}

/* ZC-UD-02, as ./udpgso_bench_tx -S 0 -z -a of the kernel's own tests has it: as
 * many completions as sends, whether the last segment is a full one or not. */
CASE(every_segmented_send_completes, .requirements = {"ZC-UD-02", "ZC-UD-03"}, .transports = transport::udp)
{
	Link &link = test.connect();
	const int header = test.transport().address_family == AF_INET ? sizeof(iphdr) : sizeof(ip6_hdr);
	const std::uint16_t size = 1500 - header - sizeof(udphdr);
	const Payload payload(42 * size + 100);

	set_option(link.sender(), SOL_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO, "setsockopt(IP_MTU_DISCOVER)");
	if (test.transport().family == AF_INET6)
		set_option(link.sender(), SOL_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DO,
			   "setsockopt(IPV6_MTU_DISCOVER)");
	link.transcript().set_segment_size(size);
	for (int i = 0; i < 8; i++) {
		/* Exactly full segments, one segment, and one not full at the end. */
		const Bytes bytes = payload.first(i % 4 == 0   ? 42 * size
						  : i % 4 == 1 ? size
						  : i % 4 == 2 ? 1
							       : payload.size());
		Outgoing outgoing = Outgoing(bytes).in_segments_of(size).to(link.destination());

		test.sent(link.send_message(outgoing.message(), MSG_ZEROCOPY), bytes.size());
		link.deliver();
	}
	for (os::Deadline deadline; link.ledger().outstanding() && !deadline.passed();) {
		link.await_notification(deadline);
		for (const errqueue::Message &message : link.read_notifications())
			test.equal("msg_flags of a notification", message.flags, MSG_ERRQUEUE);
	}
	test.completions_settle(link);
}

REQUIREMENT("ZC-UD-03", observed, "UDP_SEGMENT as control message behaves like UDP_SEGMENT as socket option.",
	    .code = "net/ipv4/udp.c:udp_cmsg_send");
/* ZC-UD-03. net/ipv4/udp.c:udp_cmsg_send: the control message stands for the
 * option, and goes before it; a size of 0 is none. */
CASE(segment_size_of_a_control_message_is_that_of_the_option, .requirements = {"ZC-UD-03", "ZC-UD-02"},
     .transports = transport::udp, .paths = netns::simplest)
{
	Link &link = test.connect();
	const Payload payload(4500);
	std::uint32_t id = 0;
	auto notified = [&](const Sent &sent, std::size_t length) {
		test.sent(sent, length);
		test.one_notification(link, {id, id});
		id++;
	};
	auto by_control_message = [&](Bytes bytes, std::uint16_t size) {
		Outgoing outgoing = Outgoing(bytes).in_segments_of(size);

		link.transcript().set_segment_size(size);
		notified(link.send_message(outgoing.message(), MSG_ZEROCOPY), bytes.size());
	};

	segment(link, 1000);
	notified(link.send_zerocopy(payload), payload.size());
	set_option(link.sender(), SOL_UDP, UDP_SEGMENT, 0);
	by_control_message(payload, 1000);
	set_option(link.sender(), SOL_UDP, UDP_SEGMENT, 700);
	by_control_message(payload, 1000);
	by_control_message(payload.first(1400), 0);
	segment(link, 0);
	notified(link.send_zerocopy(payload.first(1400)), 1400);
}

/* ZC-UD-03. As above, and the pages are shared alike: a store into the first part
 * of a segmented datagram that goes on is seen. */
CASE(segments_by_control_message_share_the_pages, .requirements = {"ZC-UD-03"}, .transports = transport::udp,
     .paths = netns::simplest)
{
	Link &link = test.connect();
	Payload payload(2500);
	Outgoing outgoing = Outgoing(payload).in_segments_of(1000);

	link.transcript().set_segment_size(1000);
	test.sent(link.send_message(outgoing.message(), MSG_ZEROCOPY | MSG_MORE), payload.size());
	payload.overwrite();
	link.transcript().replace_last(payload);
	test.sent(link.send(payload.first(100)), 100);
	test.one_notification(link, {0, 0});
}

/* ZC-UD-03, ZC-UD-02. net/socket.c:__sys_sendmmsg: each message has segments and
 * an id of its own. */
CASE(each_message_of_sendmmsg_is_segmented_and_counted, .requirements = {"ZC-UD-03", "ZC-UD-02"},
     .transports = transport::udp, .paths = netns::simplest)
{
	Link &link = test.connect();
	const Payload payload(3 * 2500);
	std::array<Outgoing, 3> outgoing = {Outgoing(payload.from(0, 2500)),
					    Outgoing(payload.from(2500, 2500)),
					    Outgoing(payload.from(5000, 2500))};
	std::array<mmsghdr, 3> messages = {};

	for (unsigned i = 0; i < messages.size(); i++)
		messages[i].msg_hdr = outgoing[i].in_segments_of(1000).message();
	link.transcript().set_segment_size(1000);
	test.equal("messages that sendmmsg sent",
		   ::sendmmsg(link.sender(), messages.data(), messages.size(), MSG_ZEROCOPY | MSG_DONTWAIT),
		   messages.size());
	for (unsigned i = 0; i < messages.size(); i++)
		link.account({static_cast<ssize_t>(messages[i].msg_len), 0}, payload.from(2500 * i, 2500),
			     MSG_ZEROCOPY);
	test.equal("next id", link.ledger().next_id(), 3);
	test.completions_settle(link);
}

/* An append fails, flagged or not: the datagram's earlier append completes, and
 * what comes next begins another. */
void failing_append_drops_the_datagram(Test &test, Link &link, Bytes append, int error, int flags,
				       std::uint32_t id)
{
	const Payload payload(100);
	Sent failed;

	test.sent(link.send_zerocopy(payload, MSG_MORE), payload.size());
	failed.returned = ::send(link.sender(), append.data(), append.size(), flags | MSG_DONTWAIT);
	failed.error = failed.ok() ? 0 : errno;
	test.refused(failed, error);
	link.transcript().drop_unfinished();
	test.one_notification(link, {id, id});
	test.sent(link.send_zerocopy(payload), payload.size());
	test.one_notification(link, {id + 1, id + 1});
	link.deliver();
}

REQUIREMENT(
	"ZC-UD-04", observed,
	"An error in a corked append drops the pending datagram, the ids of its earlier appends "
	"complete, and the failed append has none.",
	.code = "net/ipv4/udp.c:udp_sendmsg, udp_flush_pending_frames; "
		"net/core/skbuff.c:msg_zerocopy_put_abort; so also for ENOBUFS: the whole datagram must be "
		"repeated");
/* ZC-UD-04. net/ipv4/udp.c:udp_sendmsg, udp_flush_pending_frames; net/core/skbuff.c:
 * msg_zerocopy_put_abort takes back the id of the failed append only. */
CASE(failing_append_drops_the_datagram_and_has_no_id, .requirements = {"ZC-UD-04"},
     .transports = transport::udp, .paths = netns::simplest)
{
	Link &link = test.connect();
	Payload unreadable(100);
	const Payload too_long(65500);
	std::uint32_t id = 0;

	os::check(::mprotect(unreadable.data(), unreadable.size(), PROT_NONE), "mprotect(PROT_NONE)");
	for (const int flags : {0, static_cast<int>(MSG_ZEROCOPY)}) {
		failing_append_drops_the_datagram(test, link, unreadable, EFAULT, flags, id);
		failing_append_drops_the_datagram(test, link, too_long, EMSGSIZE, flags, id + 2);
		id += 4;
	}
}

REQUIREMENT("ZC-UD-05", promised,
	    "Sends of one socket to different destinations, connected or not, share one sequence of ids.",
	    .rests_on = "ZC-CT-14", .code = "include/net/sock.h: sk_zckey");
/* ZC-UD-05. include/net/sock.h: sk_zckey belongs to the socket, whatever the
 * destination. */
CASE(destinations_share_one_sequence_of_ids, .requirements = {"ZC-UD-05"}, .transports = transport::udp,
     .paths = netns::simplest)
{
	Link &link = test.connect({.connected = false});
	OtherReceiver other(test, test.transport().address_family);
	const Payload payload(link.usual_length());
	Outgoing outgoing = Outgoing(payload).to(link.destination());

	test.sent(link.send_message(outgoing.message(), MSG_ZEROCOPY), payload.size());
	test.one_notification(link, {0, 0});
	other.gets(test, link, payload);
	test.one_notification(link, {1, 1});
	os::check(::connect(link.sender(), link.destination().get(), link.destination().length), "connect()");
	test.sent(link.send_zerocopy(payload), payload.size());
	test.one_notification(link, {2, 2});
	other.gets(test, link, payload);
	test.one_notification(link, {3, 3});
	os::check(::connect(link.sender(), other.address().get(), other.address().length), "connect()");
	test.sent(link.send_message(outgoing.message(), MSG_ZEROCOPY), payload.size());
	test.one_notification(link, {4, 4});
}

REQUIREMENT("ZC-UD-06", promised,
	    "With SO_SNDBUF exhausted a flagged send fails with EAGAIN or blocks, and has no id until it "
	    "succeeds.",
	    .rests_on = "ZC-TX-02",
	    .code = "net/core/sock.c:sock_alloc_send_pskb, net/ipv4/ip_output.c:__ip_append_data, error",
	    .kernels = "a blocked call holds its id while it waits, and gives it back if it fails");
/* ZC-UD-06. Notifications: "The counter is not incremented on failure"; net/core/
 * sock.c:sock_alloc_send_pskb, after the call was counted. Datagrams that wait for
 * the neighbour fill the send buffer. */
CASE(full_send_buffer_refuses_or_blocks_and_counts_what_it_sends, .requirements = {"ZC-UD-06"},
     .transports = transport::udp, .paths = netns::holds)
{
	const timeval soon = {0, 1000};
	const timeval never = {};
	Link &link = test.connect({.send_buffer = 8192});
	const Payload payload(link.usual_length());
	auto set_timeout = [&](const timeval &timeout) {
		os::check(::setsockopt(link.sender(), SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout)),
			  "setsockopt(SO_SNDTIMEO)");
	};

	while (link.send(payload).ok())
		;
	test.refused(link.send_zerocopy(payload), EAGAIN);
	set_timeout(soon);
	os::ThreadInCall impatient = transport::send_in_thread(link, payload);
	test.refused(harness::returns(test, impatient, "send()"), EAGAIN);
	set_timeout(never);
	os::ThreadInCall interrupted = transport::send_in_thread(link, payload);
	harness::blocks(test, interrupted, "send call without room");
	test.refused(harness::interrupted(test, interrupted, "send()"), EINTR);
	os::ThreadInCall patient = transport::send_in_thread(link, payload);
	harness::blocks(test, patient, "send call without room");
	test.refused(link.send_zerocopy(payload), EAGAIN);
	test.queue_empty(link);
	link.release();
	const Sent sent = harness::returns(test, patient, "send()");
	link.account(sent, payload, MSG_ZEROCOPY);
	test.sent(sent, payload.size());
	test.one_notification(link, {0, 0});
	test.sent(link.send_zerocopy(payload), payload.size());
	test.one_notification(link, {1, 1});
}

REQUIREMENT(
	"ZC-UD-09", promised,
	"A datagram whose fragments need more than twice SO_SNDBUF fails with ENOBUFS, with the flag "
	"as without it, and has no id.",
	.rests_on = "ZC-TX-02",
	.code = "net/ipv4/ip_output.c:__ip_append_data and net/ipv6/ip6_output.c:__ip6_append_data: -ENOBUFS "
		"for a further fragment beyond 2 * sk_sndbuf. ENOBUFS here is no sign of the limits of "
		"MSG_ZEROCOPY");
/* ZC-UD-09. net/ipv4/ip_output.c:__ip_append_data, net/ipv6/ip6_output.c:
 * __ip6_append_data: fragments behind the first may take twice the send buffer;
 * they neither wait nor fail with EAGAIN. */
CASE(fragments_beyond_the_send_buffer_are_refused_as_without_the_flag, .requirements = {"ZC-UD-09"},
     .transports = transport::udp, .paths = netns::fragments)
{
	Link &link = test.connect({.send_buffer = 8192});
	const Payload payload(60000);

	for (const int flags : {0, static_cast<int>(MSG_ZEROCOPY)}) {
		test.refused(link.send(payload, flags), ENOBUFS);
		test.equal("optmem charged", transport::option_memory(link.sender()), 0);
	}
	test.queue_empty(link);
	test.sent(link.send_zerocopy(payload.first(2000)), 2000);
	test.one_notification(link, {0, 0});
}

REQUIREMENT("ZC-UD-07", observed,
	    "An IPv6 socket that sends to a mapped IPv4 address takes the IPv4 path and has its "
	    "notifications as SOL_IPV6/IPV6_RECVERR.",
	    .code = "net/ipv6/udp.c:udpv6_sendmsg calls udp_sendmsg; net/ipv4/af_inet.c:inet_recv_error");
/* ZC-UD-07. net/ipv6/udp.c:udpv6_sendmsg calls udp_sendmsg, which has IPv4's limit;
 * net/ipv4/af_inet.c:inet_recv_error goes by the socket. */
CASE(socket_sends_to_ipv6_and_to_mapped_addresses, .requirements = {"ZC-UD-07", "ZC-UD-05"},
     .transports = transport::udp, .paths = netns::simplest, .address_family = AF_INET6)
{
	Link &link = test.connect({.connected = false});
	OtherReceiver ipv4(test, AF_INET);
	const Payload payload(65508);
	Outgoing to_ipv6 = Outgoing(payload).to(link.destination());
	Outgoing to_ipv4 = Outgoing(payload).to(ipv4.address());

	for (const std::uint32_t id : {0, 2}) {
		test.sent(link.send_message(to_ipv6.message(), MSG_ZEROCOPY), payload.size());
		test.one_notification(link, {id, id});
		test.refused(link.send_message(to_ipv4.message(), MSG_ZEROCOPY), EMSGSIZE);
		ipv4.gets(test, link, payload.first(65507));
		test.one_notification(link, {id + 1, id + 1});
		link.deliver();
	}
}

/* Four bytes of IP options that do nothing; for IPv6, an extension header of eight
 * bytes with one option of padding (RFC 8200, 4.2). */
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

/* ZC-UD-08. net/ipv4/ip_output.c:__ip_append_data, net/ipv6/ip6_output.c:
 * __ip6_append_data: what is between the headers is no part of the data. By
 * option and by control message; on paths that copy nothing else, IPv6 does. */
void options_leave_ids_alone(Test &test)
{
	const bool copied = test.has(netns::copies) || test.transport().address_family == AF_INET6;
	Link &link = test.connect();
	const Payload payload(1000);
	std::uint32_t id = 0;
	auto notified = [&](const Sent &sent, bool as_copied) {
		test.sent(sent, payload.size());
		const errqueue::Notification notification = test.one_completion(link, {id, id});
		test.that("ee_code", notification.copied() == as_copied,
			  as_copied ? "SO_EE_CODE_ZEROCOPY_COPIED" : "0", errqueue::describe(notification));
		id++;
	};

	for (const HeaderOption &header : header_options(test)) {
		Outgoing outgoing = Outgoing(payload).with(header.level, header.control_message,
							   header.bytes.data(), header.bytes.size());

		notified(link.send_message(outgoing.message(), MSG_ZEROCOPY), copied);
		set_header_option(link, header, header.bytes);
		notified(link.send_zerocopy(payload), copied);
		set_header_option(link, header, {});
		notified(link.send_zerocopy(payload), test.has(netns::copies));
	}
}

REQUIREMENT("ZC-UD-08", observed,
	    "IP options and IPv6 extension headers do not change ids and completions; with IPv6 "
	    "extension headers the data is copied.",
	    .code = "net/ipv6/ip6_output.c:__ip6_append_data, headersize == sizeof(struct ipv6hdr)");
CASE(datagrams_with_ip_options_arrive_and_complete, .requirements = {"ZC-UD-08"},
     .transports = transport::udp, .paths = netns::simplest)
{
	options_leave_ids_alone(test);
}

CASE(ipv6_extension_headers_alone_force_a_copy, .requirements = {"ZC-UD-08"}, .transports = transport::udp,
     .paths = netns::shares | netns::in_call, .without = netns::holds)
{
	options_leave_ids_alone(test);
}

} // namespace
