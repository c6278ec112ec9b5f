// SPDX-License-Identifier: GPL-2.0
#include "transport/link.h"

#include <fcntl.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>

#include "errqueue/receive.h"
#include "netns/network.h"
#include "os/check.h"
#include "os/mapping.h"
#include "os/option.h"
#include "os/socket.h"
#include "transport/calls.h"
#include "transport/receiver.h"

namespace transport
{

using os::set_option;

/* More than any receiver's window where SO_RCVBUF is the least it can be. */
constexpr std::size_t window_filler = 64 << 10;

static Transcript::Of recorded(const Transport &transport)
{
	if (transport.kind & stream)
		return Transcript::Of::stream;
	return transport.kind & datagram ? Transcript::Of::datagrams : Transcript::Of::messages;
}

void connect_patiently(int socket)
{
	os::set_connect_timeout(socket, os::event_timeout());
}

unsigned option_memory(int socket)
{
	return os::socket_memory(socket, SK_MEMINFO_OPTMEM);
}

unsigned queued_memory(int socket)
{
	return os::socket_memory(socket, SK_MEMINFO_WMEM_QUEUED);
}

/*
 * A connection is given up for another where its SYN was sent again, as it is where the machine stands still
 * for a second. For want of a round-trip time it would send again after three seconds, whatever the route
 * says (net/ipv4/tcp_metrics.c:tcp_init_metrics), and where the SYN was sent a third time its congestion
 * window may be one packet (net/ipv4/tcp_input.c:tcp_init_transfer).
 */
Link::Link(const netns::Network &network, const Transport &transport, const LinkOptions &options,
	   agent::Remote *remote)
	: network_(network), transport_(transport), transcript_(recorded(transport)), zerocopy_(false)
{
	/* The network of an agent's path is not ours to enter. */
	if (!remote)
		network.sender().enter();
	for (int tries = 3; tries > 0; tries--) {
		if (receiver_)
			os::disconnect(sender());
		receiver_ = make_receiver({network, transport, transcript_}, options, remote);
		open_sender(options);
		if (options.connected)
			receiver_->connect(sender(), options.offer);
		if (remote || !options.connected || options.foreign() || !(transport.kind & tcp) ||
		    retransmissions(sender()) == 0)
			break;
	}
	if (options.zerocopy)
		set_zerocopy(true);
	if (network_.path().hold == netns::Hold::window)
		fill_window();
	if (network_.path().hold == netns::Hold::cork)
		set_option(sender(), IPPROTO_TCP, TCP_CORK, 1, "setsockopt(TCP_CORK)");
	receiver_->hold(network_.path().hold != netns::Hold::none);
	/* A family that ignores MSG_ERRQUEUE would wait for data. */
	if (options.foreign())
		os::check(::fcntl(sender(), F_SETFL, O_NONBLOCK), "F_SETFL");
}

void Link::open_sender(const LinkOptions &options)
{
	const int buffer = options.send_buffer ? options.send_buffer : os::ample_buffer;

	sender_ = options.open(transport_.family, transport_.type, "socket(sender)");
	if (transport_.kind & vsock) {
		os::set_credit(sender(), buffer);
		connect_patiently(sender());
		return;
	}
	os::set_send_buffer(sender(), buffer);
	if (options.foreign() || (transport_.kind & datagram))
		return;
	/* Neither the host's congestion control nor Nagle decides when data goes. */
	::setsockopt(sender(), IPPROTO_TCP, TCP_CONGESTION, "reno", 4);
	set_option(sender(), IPPROTO_TCP, TCP_NODELAY, 1, "setsockopt(TCP_NODELAY)");
}

void Link::end_guest()
{
	connection_reset();
	receiver_ = std::make_unique<Receiver>(receiver_->setting(), receiver_->destination());
}

void Link::accept_sender()
{
	sender_ = os::accept(sender());
}

void Link::reset()
{
	connection_reset();
	receiver_->reset();
}

os::Fd Link::take_sender()
{
	completions_waived_ = true;
	receiver_->hold(receiver_->held() && network_.path().hold != netns::Hold::cork);
	return std::move(sender_);
}

os::Fd Link::take_receiver()
{
	connection_reset();
	return receiver_->take_socket();
}

void Link::connection_reset()
{
	receiver_->hold(false);
	delivery_waived_ = true;
}

void Link::set_zerocopy(bool on)
{
	set_option(sender(), SOL_SOCKET, SO_ZEROCOPY, on, "setsockopt(SO_ZEROCOPY)");
	zerocopy_ = on;
}

void Link::fill_window()
{
	const Payload filler(window_filler);
	const Sent sent = send(filler);

	os::require(sent.returned == static_cast<ssize_t>(filler.size()),
		    "fill the receiver's window: send() returned " + describe(sent));
}

const netns::Path &Link::path() const
{
	return network_.path();
}

std::size_t Link::usual_length() const
{
	return transport_.kind & datagram ? network_.path().datagram : 10000;
}

os::Bytes Link::taken(const void *start, std::size_t length)
{
	const os::Bytes bytes(static_cast<const std::uint8_t *>(start), length);

	/* As the send read it: process_vm_readv() cannot read secret memory. */
	if (!scratch_)
		scratch_ = os::memory_file(0);
	if (::pwrite(scratch_.get(), start, length, 0) != static_cast<ssize_t>(length))
		throw TookNothing(std::to_string(length));
	return bytes;
}

void Link::account(const Sent &sent, os::Bytes bytes, int flags)
{
	os::sign_of_life();
	if (!sent.ok())
		return;
	/* A call without bytes sends an empty datagram, and on a connection nothing. */
	if (sent.returned == 0 && !(transport_.kind & datagram))
		return;
	transcript_.append(taken(bytes.data(), std::min<std::size_t>(bytes.size(), sent.returned)),
			   (flags & MSG_MORE) && (transport_.kind & datagram));
	if ((flags & MSG_ZEROCOPY) && zerocopy_ && sent.returned > 0)
		ledger_.sent();
}

Sent Link::send(os::Bytes bytes, int flags)
{
	const Sent sent =
		Sent::of(::send(sender(), bytes.data(), bytes.size(), flags | MSG_DONTWAIT | MSG_NOSIGNAL));

	account(sent, bytes, flags);
	return sent;
}

Sent Link::send_message(const msghdr &message, int flags)
{
	const Sent sent = Sent::of(::sendmsg(sender(), &message, flags | MSG_DONTWAIT | MSG_NOSIGNAL));
	os::Data bytes;

	/* Copy only the accepted bytes: the rest may be unmapped. */
	for (std::size_t i = 0; sent.ok() && i < message.msg_iovlen; i++) {
		const iovec &piece = message.msg_iov[i];
		const os::Bytes part =
			taken(piece.iov_base, std::min(sent.returned - bytes.size(), piece.iov_len));

		bytes.insert(bytes.end(), part.begin(), part.end());
	}
	account(sent, bytes, flags);
	return sent;
}

unsigned Link::send_everything(os::Bytes bytes, int flags)
{
	const os::Deadline deadline = os::Event::room;
	unsigned calls = 0;

	while (!bytes.empty()) {
		const Sent sent = send(bytes, flags);

		if (sent.ok()) {
			bytes = bytes.subspan(sent.returned);
			calls++;
			continue;
		}
		errno = sent.error;
		if (errno != EAGAIN)
			os::check(-1, "send()");
		if (deadline.passed())
			throw os::Unexpected("send() while the receiver reads",
					     "to take " + std::to_string(bytes.size()) + " more bytes",
					     "EAGAIN until the time was up");
		pollfd polls[] = {{sender(), POLLOUT, 0}, {receiver_->fd(), POLLIN, 0}};
		/* POLLERR comes unasked. A call that fails may be charged with pages until others complete
		 * (ZC-LIM-17): not before there is room. */
		do {
			os::poll(polls, deadline);
			read_arrived();
			if (polls[0].revents & POLLERR)
				::poll(nullptr, 0, 1);
		} while (!(polls[0].revents & POLLOUT) && !deadline.passed());
	}
	return calls;
}

void Link::release()
{
	if (!receiver_->held())
		return;
	receiver_->hold(false);
	switch (network_.path().hold) {
	case netns::Hold::cork:
		set_option(sender(), IPPROTO_TCP, TCP_CORK, 0, "setsockopt(TCP_CORK)");
		break;
	case netns::Hold::neighbour:
		network_.resolve_neighbour();
		break;
	default:
		receiver_->release();
	}
}

void Link::enter(const std::vector<errqueue::Message> &messages)
{
	for (const errqueue::Message &message : messages) {
		for (const errqueue::Notification &notification : message.notifications)
			if (notification.err.ee_origin == SO_EE_ORIGIN_ZEROCOPY)
				ledger_.completed(notification.ids());
		history_.push_back(message);
	}
}

bool Link::any_copied() const
{
	return std::ranges::any_of(history_, [](const errqueue::Message &message) {
		return std::ranges::any_of(message.notifications, &errqueue::Notification::copied);
	});
}

std::vector<errqueue::Message> Link::read_notifications()
{
	auto messages = errqueue::receive_queued(sender());

	enter(messages);
	return messages;
}

bool Link::await_notification(const os::Deadline &deadline)
{
	pollfd polls[] = {{sender(), 0, 0}, {receiver_->held() ? -1 : receiver_->fd(), POLLIN, 0}};

	for (;;) {
		const int ready = os::poll(polls, deadline);

		if (polls[0].revents & POLLERR)
			return true;
		/* POLLHUP may keep it ready for ever. */
		if (ready == 0 || deadline.passed())
			return false;
		/* The stream has ended: stop polling the receiver. */
		if ((polls[1].revents & POLLIN) && !receiver_->read() && receiver_->readable_at_end() &&
		    !receiver_->await_rest())
			polls[1].fd = -1;
		/* POLLHUP comes unasked and would make this spin. */
		if (polls[0].revents)
			::poll(nullptr, 0, 1);
	}
}

bool Link::await_completions(const os::Deadline &deadline)
{
	for (bool woken = false;; woken = true) {
		const bool nothing = read_notifications().empty();

		if (ledger_.outstanding() == 0)
			return true;
		/* An error of the socket's own is POLLERR, too, and would make this spin. */
		if (woken && nothing)
			::poll(nullptr, 0, 1);
		if (deadline.passed() || !await_notification(deadline))
			return false;
	}
}

std::string Link::finish()
{
	const bool reaches = traits(network_.path(), transport_) & (netns::delivers | netns::scripted);

	release();
	if (reaches && !delivery_waived_)
		deliver();
	if (sender() < 0)
		receiver_->await_shutdown();
	if (completions_waived_)
		return "";
	if (!await_completions())
		return ledger_.describe();
	/* Every id is complete, so any further notification is a duplicate. */
	read_notifications();
	return ledger_.settled() ? "" : ledger_.describe();
}

} // namespace transport
