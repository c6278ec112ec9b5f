// SPDX-License-Identifier: GPL-2.0
#include "harness/sending.h"

#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/udp.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

#include <algorithm>
#include <string>
#include <vector>

#include "errqueue/receive.h"
#include "harness/completions.h"
#include "harness/waiting.h"
#include "limits/limits.h"
#include "os/names.h"
#include "os/option.h"
#include "transport/calls.h"

namespace harness
{

using os::Bytes;
using os::Returned;
using transport::Link;
using transport::Outgoing;
using transport::Payload;

Link &connect_with_room(At at, std::size_t pages, transport::LinkOptions options)
{
	const int room = static_cast<int>(pages * limits::page_size());
	options.send_buffer = std::max(room, os::ample_buffer);
	Link &link = at->connect(options);

	if (os::get_option<int>(link.sender(), SOL_SOCKET, SO_SNDBUF) < room)
		at->skip("a larger net.core.wmem_max, for " + std::to_string(pages) + " pages");
	return link;
}

/* That a flag is accepted beside MSG_ZEROCOPY is a promise of its own. */
static void sent_with(At at, int flags, const Returned &sent, std::size_t expected)
{
	const auto combines = [&](const char *requirement, const char *flag) {
		at->relies(requirement, std::string("return value of the send call with ") + flag,
			   sent.ok() || sent.error != EINVAL, std::to_string(expected),
			   transport::describe(sent));
	};

	if (flags & MSG_EOR)
		combines("ZC-TX-11", "MSG_EOR");
	if (flags & MSG_MORE)
		combines("ZC-TX-12", "MSG_MORE");
	at->sent(sent, expected);
}

void sends(At at, Link &link, Bytes bytes, int flags)
{
	sent_with(at, flags, link.send_zerocopy(bytes, flags), bytes.size());
}

void sends(At at, Link &link, const Outgoing &message, int flags)
{
	sent_with(at, flags, link.send_message(message.header(), flags | MSG_ZEROCOPY), message.size());
}

void sends(At at, Link &link)
{
	sends(at, link, Payload(link.usual_length()));
}

void plainly_sends(At at, Link &link, Bytes bytes, int flags)
{
	at->sent(link.send(bytes, flags), bytes.size());
}

void sends_file(At at, transport::Link &link, int file, off_t offset, os::Bytes bytes)
{
	const Returned sent = Returned::of(::sendfile(link.sender(), file, &offset, bytes.size()));

	at->sent(sent, bytes.size());
	link.account(sent, bytes, 0);
}

void sends_to_wait(At at, Link &link, Bytes bytes, int flags)
{
	sends(at, link, bytes, flags);
	at->queue_empty(link);
}

void queue_notification(At at, Link &link, Bytes bytes)
{
	sends(at, link, bytes);
	notified(at, link);
}

void queue_notification(At at, Link &link)
{
	queue_notification(at, link, Payload(link.usual_length()));
}

void next_id_is(At at, Link &link, Bytes bytes, std::uint32_t id)
{
	sends(at, link, bytes);
	link.release();
	at->one_notification(link, {id, id});
}

void next_id_is(At at, Link &link, const Outgoing &message, std::uint32_t id)
{
	sends(at, link, message);
	link.release();
	at->one_notification(link, {id, id});
}

void next_id_is(At at, Link &link, std::uint32_t id)
{
	next_id_is(at, link, Payload(1000), id);
}

void returned(At at, std::string_view call, const Returned &seen, ssize_t expected)
{
	at->that("return value of " + std::string(call), seen.returned == expected, std::to_string(expected),
		 os::describe(seen));
}

void fails(At at, std::string_view call, const Returned &seen, int expected_errno)
{
	at->that("return value of " + std::string(call), !seen.ok() && seen.error == expected_errno,
		 os::describe({-1, expected_errno}), os::describe(seen));
}

void error_is(At at, std::string_view what, int seen, int expected)
{
	at->equal(what, seen, expected, os::error_name);
}

void option_memory_is(At at, const Link &link, unsigned expected, std::string_view what)
{
	at->equal(what, transport::option_memory(link.sender()), expected);
}

unsigned charged_while_unread(At at, const Link &link)
{
	const unsigned charge = transport::option_memory(link.sender());

	at->keeps(option_memory_back, "option memory in use by an unread notification", charge > 0, "some",
		  "0");
	return charge;
}

void refused_without_trace(At at, const Link &link, const Returned &sent, int expected_errno,
			   unsigned charged)
{
	at->refused(sent, expected_errno);
	option_memory_is(at, link, charged, "option memory in use after a send that failed");
}

/* A notification of the call that failed may come late, and with that of the next one. */
static void next_id_is_still_0(At at, Link &link, Bytes bytes)
{
	sends(at, link, bytes);
	link.release();
	notified(at, link, "the notification [0,0]");
	const unsigned surplus = enter_with_surplus_ids(link);
	at->that("messages of the error queue",
		 link.history().size() == 1 && link.history()[0].notifications.size() == 1,
		 "one with one entry", std::to_string(link.history().size()));
	const errqueue::Notification &entry = link.history()[0].notifications[0];
	at->well_formed(entry);
	if (surplus == 1 && entry.ids() == errqueue::IdRange{0, 1})
		at->deviates("id 0 was consumed, and reported with the next call's: " + describe(entry));
	at->equal("range of the notification", entry.ids(), {0, 0});
	at->copied_as_path_says(entry);
	at->queue_empty(link);
}

void judge_uncounted(At at, Link &link, Bytes next, bool deviation_is_copied)
{
	const std::vector<errqueue::Message> queued = errqueue::receive_queued(link.sender());
	const std::string seen = queued.empty() ? "" : errqueue::describe(queued.front());

	if (queued.empty()) {
		next_id_is_still_0(at, link, next);
		return;
	}
	const auto &entries = queued[0].notifications;
	at->that("error queue after a call that must not count",
		 queued.size() == 1 && entries.size() == 1 && entries[0].is_zerocopy() &&
			 entries[0].ids() == errqueue::IdRange{0, 0},
		 "empty", seen);
	at->well_formed(entries[0]);
	deviation_is_copied ? copied(at, entries[0]) : not_copied(at, entries[0]);
	/* So it counted after all: the books count it, too, from here on. */
	link.ledger().sent();
	link.enter(queued);
	next_id_is(at, link, next, 1);
	at->deviates("id 0 was consumed and reported: " + seen);
}

void is_sent_as_without_the_flag(At at, Bytes bytes)
{
	Link &link = at->connect();

	plainly_sends(at, link, bytes);
	/* Not in the books yet: they would read it. */
	const transport::Sent flagged =
		transport::send_raw(link.sender(), bytes, MSG_ZEROCOPY | MSG_DONTWAIT | MSG_NOSIGNAL);
	if (flagged.ok()) {
		link.account(flagged, bytes, MSG_ZEROCOPY);
		at->sent(flagged, bytes.size());
		at->one_notification(link, {0, 0});
		return;
	}
	refused_without_trace(at, link, flagged, EFAULT);
	at->queue_empty(link);
	next_id_is(at, link, 0);
	at->deviates(os::describe(flagged) + ", without the flag " + std::to_string(bytes.size()));
}

void store_seen(Link &link, Payload &payload)
{
	int protocol = 0;
	socklen_t length = sizeof(protocol);

	/* Fails where the case has closed the sender, which then is a stream's. */
	::getsockopt(link.sender(), SOL_SOCKET, SO_PROTOCOL, &protocol, &length);
	payload.overwrite(protocol == IPPROTO_UDP && payload.size() > datagram_head ? datagram_head : 0);
	link.transcript().store_over_last(payload);
}

std::size_t longest_unfragmented(const Test &test)
{
	const std::size_t header =
		test.transport().address_family == AF_INET ? sizeof(iphdr) : sizeof(ip6_hdr);

	return test.path().mtu() - header - sizeof(udphdr);
}

void segment(Link &link, int size)
{
	if (link.path().udp & netns::refuses_udp_segment)
		throw os::Missing("a route without an IPsec policy, on which UDP_SEGMENT is refused (EIO)");
	os::set_option(link.sender(), SOL_UDP, UDP_SEGMENT, size, "setsockopt(UDP_SEGMENT)");
	link.transcript().set_segment_size(size);
}

} // namespace harness
