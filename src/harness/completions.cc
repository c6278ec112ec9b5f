// SPDX-License-Identifier: GPL-2.0
#include "harness/completions.h"

#include <linux/net_tstamp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <set>

#include "errqueue/receive.h"
#include "harness/receiving.h"
#include "harness/sending.h"
#include "harness/waiting.h"
#include "os/deadline.h"
#include "os/names.h"
#include "os/option.h"
#include "transport/calls.h"

namespace harness
{

using errqueue::IdRange;
using errqueue::Message;
using errqueue::Notification;
using os::set_option;
using transport::Link;

void copied(At at, const Notification &notification, std::string_view what)
{
	at->copied(notification, what);
}

void not_copied(At at, const Notification &notification, std::string_view what)
{
	at->not_copied(notification, what);
}

template <typename Judge> static void each_notification(At at, const Link &link, Judge judge)
{
	for (const Message &message : link.history())
		for (const Notification &notification : message.notifications) {
			at->well_formed(notification);
			judge(notification);
		}
}

void all_copied(At at, const Link &link, std::string_view what)
{
	each_notification(at, link, [&](const Notification &each) { copied(at, each, what); });
}

void none_copied(At at, const Link &link, std::string_view what)
{
	each_notification(at, link, [&](const Notification &each) { not_copied(at, each, what); });
}

static Message one_queued(At at, int socket)
{
	const Message message = at->queued(socket);

	at->that("message of the error queue", message.notifications.size() == 1, "one with one entry",
		 errqueue::describe(message));
	return message;
}

Message one_message(At at, Link &link)
{
	notified(at, link);
	const Message message = one_queued(at, link.sender());
	link.enter({message});
	at->queue_empty(link);
	return message;
}

Notification one_notification(At at, int socket, IdRange ids)
{
	notified(at, socket);
	const Notification notification = one_queued(at, socket).notifications.front();
	at->well_formed(notification);
	at->equal("range of the notification", notification.ids(), ids);
	at->queue_empty(socket);
	return notification;
}

void completes(At at, int from, int to, std::uint32_t id)
{
	const transport::Payload payload(10000);

	at->sent(transport::send_raw(from, payload, MSG_ZEROCOPY | MSG_NOSIGNAL), payload.size());
	receives(at, to, payload);
	one_notification(at, from, {id, id});
}

void timestamp(const Link &link, int how)
{
	set_option(link.sender(), SOL_SOCKET, SO_TIMESTAMPING, how, "setsockopt(SO_TIMESTAMPING)");
}

void queue_errors(const Test &test, const Link &link, bool on)
{
	set_option(link.sender(), SOL_IP, IP_RECVERR, on, "setsockopt(IP_RECVERR)");
	if (test.transport().family == AF_INET6)
		set_option(link.sender(), SOL_IPV6, IPV6_RECVERR, on, "setsockopt(IPV6_RECVERR)");
}

std::string icmp_error(const Test &test, int error)
{
	return (test.transport().address_family == AF_INET6 ? "icmp6 " : "icmp ") + os::error_name(error);
}

static std::string entry_text(const Notification &entry, Copied told)
{
	static const char *const stamps[] = {"sent", "queued", "acknowledged"};
	const sock_extended_err &err = entry.err;
	const std::string error = os::error_name(static_cast<int>(err.ee_errno));

	switch (err.ee_origin) {
	case SO_EE_ORIGIN_ZEROCOPY:
		return errqueue::describe(entry.ids()) +
		       (told == Copied::told && entry.copied() ? " copied" : "");
	case SO_EE_ORIGIN_TIMESTAMPING:
		return std::string(err.ee_info < std::size(stamps) ? stamps[err.ee_info] : "stamped") + ' ' +
		       std::to_string(err.ee_data);
	case SO_EE_ORIGIN_ICMP:
		return "icmp " + error;
	case SO_EE_ORIGIN_ICMP6:
		return "icmp6 " + error;
	case SO_EE_ORIGIN_LOCAL:
		return "local " + error;
	default:
		return errqueue::describe(entry);
	}
}

static bool carries_a_timestamp(const Message &message)
{
	return std::ranges::any_of(message.control, [](const errqueue::ControlMessage &control) {
		return control.level == SOL_SOCKET && control.type == SO_TIMESTAMPING;
	});
}

void well_formed_entry(At at, const Message &message)
{
	const std::string seen = errqueue::describe(message);

	at->that("entries of a message", message.notifications.size() == 1, "one", seen);
	const Notification &entry = message.notifications[0];
	if (entry.is_zerocopy())
		at->well_formed(entry);
	const bool stamp = entry.err.ee_origin == SO_EE_ORIGIN_TIMESTAMPING;
	at->that("SCM_TIMESTAMPING", carries_a_timestamp(message) == stamp,
		 stamp ? "beside the timestamp's entry" : "none", seen);
	if (stamp)
		at->equal("ee_errno of a timestamp", entry.err.ee_errno, ENOMSG, os::error_name);
}

std::string entries_text(const std::vector<Message> &messages, Copied copied)
{
	std::string text;

	for (const Message &message : messages)
		for (const Notification &entry : message.notifications)
			text += (text.empty() ? "" : ", ") + entry_text(entry, copied);
	return text;
}

unsigned enter_with_surplus_ids(Link &link)
{
	constexpr unsigned most = 100;
	const std::vector<Message> messages = errqueue::receive_queued(link.sender());
	unsigned surplus = 0;

	for (const Message &message : messages)
		for (const Notification &notification : message.notifications)
			for (; link.ledger().next_id() <= notification.ids().hi && surplus < most; surplus++)
				link.ledger().sent();
	link.enter(messages);
	return surplus;
}

/* The entries of such a text. */
static std::vector<std::string> entries_of(std::string_view text)
{
	std::vector<std::string> entries;

	for (std::size_t end; !text.empty(); text.remove_prefix(std::min(end, text.size()))) {
		end = text.find(", ");
		entries.emplace_back(text.substr(0, end));
		end = end == std::string_view::npos ? end : end + 2;
	}
	return entries;
}

/* The same in no order of their own. */
static std::vector<std::string> sorted(std::vector<std::string> entries)
{
	std::ranges::sort(entries);
	return entries;
}

/* What the link has read behind its first `known` messages. Of a layered path, whose devices each stamp a
 * packet (net/core/dev.c:__dev_queue_xmit), the first stamp of a kind and a key. */
static std::vector<Message> read_since(const Test &test, const Link &link, std::size_t known)
{
	std::set<std::string> stamps;
	std::vector<Message> since;

	for (const Message &message : link.history()) {
		const bool again = test.has(netns::layered) && carries_a_timestamp(message) &&
				   !stamps.insert(entries_text({message})).second;

		if (known > 0)
			known--;
		else if (!again)
			since.push_back(message);
	}
	return since;
}

void entries_are(At at, Link &link, std::size_t count, std::string_view expected)
{
	const os::Deadline deadline = os::Event::notification;
	const std::size_t known = link.history().size();
	const auto read = [&] {
		for (const Message &message : link.read_notifications())
			well_formed_entry(at, message);
	};

	while (read_since(*at, link, known).size() < count && link.await_notification(deadline))
		read();
	/* The lower device may stamp it later than the upper one has completed it. */
	if (at->has(netns::layered))
		read();
	const std::string text = entries_text(read_since(*at, link, known), Copied::untold);
	std::vector<std::string> wanted = entries_of(expected);
	std::vector<std::string> came = entries_of(text);
	constexpr const char *entries_in_order = "ZC-TS-01";
	/* A datagram that is copied below the socket completes there, maybe ahead of the last device's stamp.
	 */
	if ((at->has(netns::layered) || (at->has(netns::remote) && at->has(netns::device_without_sg))) &&
	    at->has(netns::copies) && at->is(transport::datagram))
		for (std::vector<std::string> *each : {&wanted, &came})
			std::stable_partition(each->begin(), each->end(),
					      [](const std::string &entry) { return entry[0] != '['; });
	at->keeps(entries_in_order, "order of the entries of the error queue",
		  came == wanted || sorted(came) != sorted(wanted), expected, text);
	at->that("entries of the error queue", came == wanted, expected, text);
	if (!at->has(netns::layered))
		at->queue_empty(link);
}

} // namespace harness
