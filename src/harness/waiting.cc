// SPDX-License-Identifier: GPL-2.0
#include "harness/waiting.h"

#include <poll.h>
#include <sys/socket.h>

#include "errqueue/receive.h"
#include "limits/limits.h"
#include "os/deadline.h"
#include "os/names.h"
#include "os/socket.h"
#include "tcp_peer/peer.h"

namespace harness
{

using os::Returned;
using transport::Link;

static std::string none_in_time()
{
	return "none within " + std::to_string(os::waited().count()) + " ms";
}

static std::string poll_for(std::string_view what)
{
	return "poll() for " + std::string(what);
}

void notified(At at, Link &link, std::string_view what)
{
	const bool came = link.await_notification();

	at->reported(came, link, what);
}

void notified(At at, int socket, std::string_view what)
{
	const bool came = errqueue::wait(socket);

	at->reported(came, socket, what);
}

void readable(At at, int socket, std::string_view whose)
{
	const bool came = os::await_readable(socket);

	at->that(poll_for("data of ") + std::string(whose), came, "POLLIN", none_in_time());
}

void has_room(At at, const Link &link)
{
	const bool came = os::await_writable(link.sender());

	at->that(poll_for("room in the send buffer"), came, "POLLOUT", none_in_time());
}

void returned_events(At at, short seen, short expected, std::string_view what)
{
	const auto judge = [&](const char *common, bool holds) {
		at->relies(common, what, holds, os::poll_events(expected), os::poll_events(seen));
	};

	/* Without POLLERR it may not have come. */
	if (expected & POLLERR)
		judge(pollerr_of_notification, seen & POLLERR);
	judge(expected & POLLERR ? notification_is_no_other_event : "", seen == expected);
}

void events_are(At at, int socket, std::string_view when, short events, short expected)
{
	returned_events(at, errqueue::poll_now(socket, events), expected,
			"revents of poll() " + std::string(when));
}

void no_notification(At at, int socket)
{
	const short events = errqueue::poll_now(socket);

	at->that("poll() of a socket that ignores the flag", !(events & POLLERR), "no POLLERR",
		 os::poll_events(events));
	at->queue_empty(socket);
}

void await_events(At at, int socket, short any_of, std::string_view what)
{
	const bool came = os::await_events(socket, any_of);

	at->that(poll_for(what), came, os::poll_events(any_of),
		 os::poll_events(errqueue::poll_now(socket, any_of)));
}

void event_is(At at, std::string_view what, unsigned seen, unsigned expected)
{
	at->equal(what, seen, expected, os::epoll_events);
}

void blocks(At at, const os::ThreadInCall &thread, std::string_view call)
{
	at->that(call, thread.sleeps(), "blocks", thread.returned() ? "returned" : "still runs");
}

Returned returns(At at, os::ThreadInCall &thread, std::string_view call)
{
	const auto result = thread.result();

	at->that(call, result.has_value(), "returns", "still blocks");
	return *result;
}

void returns(At at, os::ThreadInCall &thread, std::string_view call, ssize_t expected)
{
	const Returned result = returns(at, thread, call);

	at->that("return value of " + std::string(call) + " in the other thread", result.returned == expected,
		 std::to_string(expected), os::describe(result));
}

Returned interrupted(At at, os::ThreadInCall &thread, std::string_view call)
{
	const auto result = thread.interrupt();

	at->that(std::string(call) + " after a signal", result.has_value(), "returns", "still blocks");
	return *result;
}

void restarted(At at, os::ThreadInCall &thread, std::string_view call)
{
	at->that("handler of a signal in " + std::string(call), thread.restart(), "runs", none_in_time());
	blocks(at, thread, std::string(call) + " made again");
}

void left_to_acknowledge(At at, const Link &link, int expected)
{
	int left = -1;
	const bool reached = os::wait_until(
		[&] { return (left = os::send_queue(link.sender()).unacknowledged) == expected; });

	at->that("unacknowledged bytes (SIOCOUTQ)", reached, std::to_string(expected), std::to_string(left));
}

void nothing_in_flight(Link &link)
{
	os::wait_until([&] {
		if (os::send_queue(link.sender()).in_flight() == 0)
			return true;
		link.answer(os::Data(1));
		return false;
	});
}

void completes_with_its_last_byte(At at, Link &link, std::initializer_list<std::uint32_t> ends,
				  std::uint32_t whole)
{
	tcp_peer::Peer &peer = link.peer();

	for (const std::uint32_t end : ends) {
		peer.acknowledge(end);
		left_to_acknowledge(at, link, static_cast<int>(whole - end));
		at->queue_empty(link);
	}
	peer.acknowledge();
	while (!peer.nothing_waits()) /* what was sent again holds the pages, too */
		;
	at->one_notification(link, {0, 0});
}

void queue_memory_returned(At at, const Link &link)
{
	unsigned left = 0;
	const bool returned = os::wait_until(
		[&] { return (left = transport::queued_memory(link.sender())) == 0; }, os::Event::memory);

	at->that("memory of the send queue", returned, "0 once all is acknowledged", std::to_string(left));
}

transport::LinkOptions small_buffers()
{
	const int page = static_cast<int>(limits::page_size());

	return {.send_buffer = 4 * page, .receive_buffer = page};
}

std::size_t more_than_small_buffers()
{
	return 100 * limits::page_size();
}

void fill(At at, Link &link, os::Bytes bytes, int flags)
{
	const bool full = os::wait_until([&] {
		while (link.send(bytes, flags).ok())
			;
		/* Credit, and datagrams, come back by the receiver's reads alone. */
		if (!at->is(transport::tcp))
			return true;
		/* A byte that goes the other way carries the acknowledgment of what
		 * arrived, which could be 40 ms late on its own. */
		std::uint8_t byte = 0;
		link.answer({&byte, 1});
		::recv(link.sender(), &byte, 1, MSG_DONTWAIT);
		return os::send_queue(link.sender()).in_flight() == 0 && !link.send(bytes, flags).ok();
	});

	/* Having sent, the receiver would wait for more data to carry later ones. */
	if (at->is(transport::tcp))
		link.acknowledge();
	at->that("send buffer", full, "full", "always room for more");
}

Link &connect_behind_closed_window(At at, transport::LinkOptions options)
{
	const transport::Payload filler(64 << 10);

	options.receive_buffer = 4096;
	Link &link = at->connect(options);
	at->sent(link.send(filler), filler.size());
	return link;
}

} // namespace harness
