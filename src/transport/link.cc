// SPDX-License-Identifier: GPL-2.0
#include "transport/link.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/sock_diag.h>
#include <linux/vm_sockets.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sys/ioctl.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <thread>

#include "agent/remote.h"
#include "errqueue/receive.h"
#include "os/check.h"
#include "os/mapping.h"
#include "os/option.h"

namespace transport
{

using os::set_option;

namespace
{

constexpr int ample_buffer = 4 << 20;
constexpr int tiny_buffer = 4096;
/* More than any receiver's window where SO_RCVBUF is the least it can be. */
constexpr std::size_t window_filler = 64 << 10;

/* Beyond the administrator's limit where allowed, up to it elsewhere. */
void set_buffer(int socket, int force, int option, int bytes)
{
	if (::setsockopt(socket, SOL_SOCKET, force, &bytes, sizeof(bytes)) < 0)
		set_option(socket, SOL_SOCKET, option, bytes, "setsockopt(SO_SNDBUF or SO_RCVBUF)");
}

/* What may be on its way to a VSOCK socket is limited by its own buffer and, since
 * Linux 6.12.68 (virtio_transport_common.c:virtio_transport_tx_buf_size), by that of
 * who sends, too. */
void set_credit(int socket, std::uint64_t bytes)
{
	for (const int option : {SO_VM_SOCKETS_BUFFER_MAX_SIZE, SO_VM_SOCKETS_BUFFER_SIZE})
		os::check(::setsockopt(socket, AF_VSOCK, option, &bytes, sizeof(bytes)),
			  "setsockopt(SO_VM_SOCKETS_BUFFER_SIZE)");
}

/* The UDP payload of an IP packet without extension headers; nothing for any
 * other packet (the kernel's own neighbour and multicast traffic). */
os::Bytes udp_payload(os::Bytes packet)
{
	std::size_t header = 0;

	if (packet.size() >= sizeof(iphdr) && packet[0] >> 4 == 4 && packet[9] == IPPROTO_UDP)
		header = (packet[0] & 0xf) * 4;
	else if (packet.size() >= sizeof(ip6_hdr) && packet[0] >> 4 == 6 && packet[6] == IPPROTO_UDP)
		header = sizeof(ip6_hdr);
	if (header == 0 || packet.size() < header + sizeof(udphdr))
		return {};
	return packet.subspan(header + sizeof(udphdr));
}

os::Data wire_address(int family, const char *text)
{
	os::Data address(family == AF_INET ? 4 : 16);

	if (::inet_pton(family, text, address.data()) != 1)
		throw std::invalid_argument(std::string("not an address: ") + text);
	return address;
}

unsigned socket_memory(int socket, int what)
{
	std::array<std::uint32_t, SK_MEMINFO_VARS> memory = {};
	socklen_t length = sizeof(memory);

	os::check(::getsockopt(socket, SOL_SOCKET, SO_MEMINFO, memory.data(), &length),
		  "getsockopt(SO_MEMINFO)");
	return memory[what];
}

Transcript::Of recorded(const Transport &transport)
{
	if (transport.kind & stream)
		return Transcript::Of::stream;
	return transport.kind & datagram ? Transcript::Of::datagrams : Transcript::Of::messages;
}

os::Fd open_socket(int family, int type, const LinkOptions &options, const char *what)
{
	return os::Fd(os::check(
		::socket(options.family ? options.family : family, type | SOCK_CLOEXEC, options.protocol),
		what));
}

} // namespace

void connect_patiently(int socket)
{
	const auto most = os::patience().count();
	const timeval timeout = {static_cast<time_t>(most / 1000),
				 static_cast<suseconds_t>(most % 1000 * 1000)};

	os::check(::setsockopt(socket, AF_VSOCK, SO_VM_SOCKETS_CONNECT_TIMEOUT, &timeout, sizeof(timeout)),
		  "setsockopt(SO_VM_SOCKETS_CONNECT_TIMEOUT)");
}

unsigned option_memory(int socket)
{
	return socket_memory(socket, SK_MEMINFO_OPTMEM);
}

unsigned queued_memory(int socket)
{
	return socket_memory(socket, SK_MEMINFO_WMEM_QUEUED);
}

Link::Link(const netns::Network &network, const Transport &transport, const LinkOptions &options,
	   agent::Remote *remote)
	: network_(network), transport_(transport), remote_(remote), zerocopy_(false),
	  transcript_(recorded(transport))
{
	if (network.tun() >= 0)
		wire_.emplace(network.tun(), network.path().wire == netns::Wire::macvtap
						     ? tcp_peer::Framing::ethernet
						     : tcp_peer::Framing::ip);
	if ((transport.kind & stream) && network.path().scripted())
		make_peer(options);
	else if (network.path().wire == netns::Wire::vhost)
		make_guest(options);
	else if (transport.kind & datagram)
		connect_datagram(options);
	else
		connect_stream(options);
	if (options.zerocopy)
		set_zerocopy(true);
	if (network_.path().hold == netns::Hold::window)
		fill_window();
	if (network_.path().hold == netns::Hold::cork)
		set_option(sender(), IPPROTO_TCP, TCP_CORK, 1, "setsockopt(TCP_CORK)");
	held_ = network_.path().hold != netns::Hold::none;
	if (guest_ && !held_)
		guest_->serve();
	/* A family may not know MSG_ERRQUEUE, and wait for data instead. */
	if (options.foreign())
		os::check(::fcntl(sender(), F_SETFL, O_NONBLOCK), "F_SETFL");
}

/* A scripted peer answers nothing from here on, and the sender would ask for
 * minutes, and keep its namespace. */
Link::~Link()
{
	const linger reset = {1, 0};

	if (peer_)
		::setsockopt(sender(), SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
}

/* What the agent opens is a listener for a stream, a receiver for datagrams. */
void Link::open_remote(const LinkOptions &options)
{
	const char *const there = network_.addresses(transport_.address_family).receiver;
	const bool is_vsock = transport_.kind & vsock;
	const bool tiny = network_.path().hold == netns::Hold::window;
	agent::Open what;

	what.family = is_vsock				     ? agent::Open::Family::vsock
		      : transport_.address_family == AF_INET ? agent::Open::Family::ipv4
							     : agent::Open::Family::ipv6;
	what.type = transport_.kind & stream	  ? agent::Open::Type::stream
		    : transport_.kind & seqpacket ? agent::Open::Type::seqpacket
						  : agent::Open::Type::datagram;
	what.receive_buffer = static_cast<std::uint32_t>(options.receive_buffer ? options.receive_buffer
							 : tiny			? tiny_buffer
										: 0);
	if (!is_vsock)
		what.address = there;
	const agent::Remote::Opened opened = remote_->open(what);
	remote_socket_ = opened.socket;
	if (is_vsock) {
		destination_ = make_guest_address(network_.remote_cid(), opened.port);
		return;
	}
	destination_ = make_address(transport_.family, there, static_cast<std::uint16_t>(opened.port));
}

void Link::listen(const LinkOptions &options)
{
	const netns::Addresses addresses = network_.addresses(transport_.address_family);
	const os::Address any = make_address(transport_.address_family, addresses.receiver, 0);
	const bool tiny = network_.path().hold == netns::Hold::window;

	if (remote_)
		return open_remote(options);
	network_.receiver().enter();
	listener_ = open_socket(transport_.address_family, transport_.type, options, "socket(listener)");
	/* Before listen(): the window that the handshake offers follows from it. */
	const int buffer = options.receive_buffer ? options.receive_buffer
			   : tiny		  ? tiny_buffer
						  : ample_buffer;
	if (transport_.kind & vsock)
		set_credit(listener_.get(), buffer);
	else
		set_buffer(listener_.get(), SO_RCVBUFFORCE, SO_RCVBUF, buffer);
	os::check(::bind(listener_.get(), any.get(), any.length), "bind(listener)");
	os::check(::listen(listener_.get(), 1), "listen()");
	destination_ = make_address(transport_.family, addresses.receiver,
				    os::port_of(os::local_address(listener_.get())));
	network_.sender().enter();
}

void Link::connect_stream(const LinkOptions &options)
{
	listen(options);
	make_stream_sender(options);
	if (!options.connected)
		return;
	os::check(::connect(sender(), destination_.get(), destination_.length), "connect()");
	accept_receiver();
}

void Link::make_stream_sender(const LinkOptions &options)
{
	const int buffer = options.send_buffer ? options.send_buffer : ample_buffer;

	sender_ = open_socket(transport_.family, transport_.type, options, "socket(sender)");
	if (transport_.kind & vsock) {
		set_credit(sender(), buffer);
		connect_patiently(sender());
		return;
	}
	set_buffer(sender(), SO_SNDBUFFORCE, SO_SNDBUF, buffer);
	if (options.foreign())
		return;
	/* Neither the host's congestion control nor Nagle decides when data goes. */
	::setsockopt(sender(), IPPROTO_TCP, TCP_CONGESTION, "reno", 4);
	set_option(sender(), IPPROTO_TCP, TCP_NODELAY, 1, "setsockopt(TCP_NODELAY)");
}

void Link::make_peer(const LinkOptions &options)
{
	const netns::Addresses addresses = network_.addresses(transport_.address_family);

	peer_.emplace(*wire_, wire_address(transport_.address_family, addresses.receiver),
		      wire_address(transport_.address_family, addresses.sender));
	make_stream_sender(options);
	destination_ = make_address(transport_.family, addresses.receiver, tcp_peer::Peer::port);
	if (options.connected)
		connect_to_peer(options.offer);
}

/* The sender's connect() is what the peer answers: it must not wait for that. */
void Link::connect_to_peer(const tcp_peer::Offer &offer)
{
	const int flags = os::check(::fcntl(sender(), F_GETFL), "F_GETFL");

	os::check(::fcntl(sender(), F_SETFL, flags | O_NONBLOCK), "F_SETFL");
	if (::connect(sender(), destination_.get(), destination_.length) < 0 && errno != EINPROGRESS)
		os::check(-1, "connect()");
	peer_->accept(offer);
	os::check(::fcntl(sender(), F_SETFL, flags), "F_SETFL");
}

/* connect() must wait here: of one that does not the kernel keeps the socket until its
 * time is up, even when it is connected (af_vsock.c:vsock_connect). */
void Link::make_guest(const LinkOptions &options)
{
	const int buffer = options.receive_buffer ? options.receive_buffer : ample_buffer;
	int error = 0;

	network_.sender().enter();
	guest_.emplace(transport_.type);
	make_stream_sender(options);
	destination_ = make_guest_address(guest_->cid(), vhost_guest::VsockPeer::port);
	std::jthread connecting([&] {
		error = ::connect(sender(), destination_.get(), destination_.length) < 0 ? errno : 0;
	});
	guest_->accept(buffer);
	connecting.join();
	errno = error;
	os::check(error ? -1 : 0, "connect()");
}

void Link::end_guest()
{
	connection_reset();
	guest_.reset();
}

void Link::accept_sender()
{
	os::Fd connection(os::check(::accept4(sender(), nullptr, nullptr, SOCK_CLOEXEC), "accept()"));

	sender_ = std::move(connection);
}

void Link::accept_receiver()
{
	if (remote_)
		return remote_->accept(remote_socket_);
	pollfd poll = {listener_.get(), POLLIN, 0};

	if (::poll(&poll, 1, os::Deadline().left_ms()) == 0)
		throw std::system_error(ETIMEDOUT, std::generic_category(), "accept()");
	receiver_ = os::Fd(os::check(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC), "accept()"));
	listener_.close();
}

void Link::answer(os::Bytes bytes)
{
	const char *const text = network_.addresses(transport_.address_family).sender;

	if (guest_)
		return guest_->send(bytes);
	if (remote_) {
		/* The agent answers whom it has heard of. */
		if (transport_.kind & datagram)
			deliver();
		return remote_->send(remote_socket_, bytes);
	}
	const os::Address to =
		make_address(transport_.address_family, text, os::port_of(os::local_address(sender())));
	/* What is connected needs no address, and VSOCK takes none. */
	const bool named = transport_.kind & datagram;
	os::check(::sendto(receiver(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
			   named ? to.get() : nullptr, named ? to.length : 0),
		  "sendto() by the receiver");
}

void Link::acknowledge()
{
	if (remote_)
		return remote_->acknowledge(remote_socket_);
	set_option(receiver(), IPPROTO_TCP, TCP_QUICKACK, 1, "setsockopt(TCP_QUICKACK)");
}

/* A stream that is not ended in order sends a reset: tcp.c:tcp_disconnect. */
void Link::reset()
{
	const sockaddr nobody = {AF_UNSPEC, {}};

	connection_reset();
	if (guest_)
		return guest_->reset();
	if (remote_)
		return remote_->reset(remote_socket_);
	os::check(::connect(receiver(), &nobody, sizeof(nobody)), "connect(AF_UNSPEC)");
}

os::Fd Link::take_sender()
{
	completions_waived_ = true;
	held_ = held_ && network_.path().hold != netns::Hold::cork;
	return std::move(sender_);
}

os::Fd Link::take_receiver()
{
	connection_reset();
	return std::move(receiver_);
}

void Link::connection_reset()
{
	held_ = false;
	delivery_waived_ = true;
}

void Link::connect_datagram(const LinkOptions &options)
{
	const netns::Addresses addresses = network_.addresses(transport_.address_family);
	std::uint32_t port = 9; /* discard: nobody is there on paths without a receiver */

	if (remote_) {
		open_remote(options);
		port = os::port_of(destination_);
	} else if (network_.path().udp & netns::local) {
		network_.receiver().enter();
		receiver_ = open_socket(transport_.address_family, SOCK_DGRAM, options, "socket(receiver)");
		set_buffer(receiver(), SO_RCVBUFFORCE, SO_RCVBUF,
			   options.receive_buffer ? options.receive_buffer : ample_buffer);
		const os::Address any = make_address(transport_.address_family, addresses.receiver, 0);
		os::check(::bind(receiver(), any.get(), any.length), "bind(receiver)");
		port = os::port_of(os::local_address(receiver()));
	}
	if (!remote_)
		network_.sender().enter();
	sender_ = open_socket(transport_.family, SOCK_DGRAM, options, "socket(sender)");
	set_buffer(sender(), SO_SNDBUFFORCE, SO_SNDBUF,
		   options.send_buffer ? options.send_buffer : ample_buffer);
	destination_ = make_address(transport_.family, addresses.receiver, port);
	if (options.connected)
		os::check(::connect(sender(), destination_.get(), destination_.length), "connect()");
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

	os::check(sent.returned == static_cast<ssize_t>(filler.size()) ? 0 : -1,
		  "fill the receiver's window");
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
		throw Corruption("a call that took " + std::to_string(length) +
				 " bytes of memory that cannot be read");
	return bytes;
}

void Link::account(const Sent &sent, os::Bytes bytes, int flags)
{
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
	Sent sent;

	sent.returned = ::send(sender(), bytes.data(), bytes.size(), flags | MSG_DONTWAIT | MSG_NOSIGNAL);
	sent.error = sent.ok() ? 0 : errno;
	account(sent, bytes, flags);
	return sent;
}

Sent Link::send_message(const msghdr &message, int flags)
{
	Sent sent;
	os::Data bytes;

	sent.returned = ::sendmsg(sender(), &message, flags | MSG_DONTWAIT | MSG_NOSIGNAL);
	sent.error = sent.ok() ? 0 : errno;
	/* Only what was accepted may be looked at: the rest may not be mapped. */
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
	os::Deadline deadline;
	unsigned calls = 0;

	while (!bytes.empty()) {
		const Sent sent = send(bytes, flags);

		if (sent.ok()) {
			bytes = bytes.subspan(sent.returned);
			calls++;
			continue;
		}
		errno = sent.error;
		if (errno != EAGAIN || deadline.passed())
			os::check(-1, "send()");
		pollfd poll[] = {{sender(), POLLOUT, 0}, {arrivals(), POLLIN, 0}};
		::poll(poll, 2, deadline.left_ms());
		read_arrived();
	}
	return calls;
}

void Link::release()
{
	if (!held_)
		return;
	held_ = false;
	switch (network_.path().hold) {
	case netns::Hold::none:
		break;
	case netns::Hold::window:
	case netns::Hold::reader:
		deliver();
		break;
	case netns::Hold::peer:
		if (peer_)
			peer_->acknowledge();
		break;
	case netns::Hold::cork:
		set_option(sender(), IPPROTO_TCP, TCP_CORK, 0, "setsockopt(TCP_CORK)");
		break;
	case netns::Hold::neighbour:
		network_.resolve_neighbour();
		break;
	case netns::Hold::guest:
		/* Each packet taken is answered by credit, and the one that takes the answer
		 * has freed the packet before: all that was held completes at once. */
		deliver();
		break;
	}
}

/* What can be read when something has arrived. An agent, too, reads nothing before
 * somebody here wants to know. */
int Link::arrivals() const
{
	if (guest_)
		return guest_->fd();
	if (!remote_)
		return wire_ ? wire_->fd() : receiver();
	remote_->resume(remote_socket_);
	return remote_->fd();
}

bool Link::read_remote()
{
	remote_->resume(remote_socket_);
	const std::optional<os::Data> bytes = remote_->read(remote_socket_);

	if (bytes)
		transcript_.arrived(*bytes);
	return bytes.has_value();
}

/* What the case made the peer take, and then what comes by itself. */
bool Link::read_peer()
{
	transcript_.arrived(peer_->hand_over());
	const bool served = peer_->serve();
	transcript_.arrived(peer_->hand_over());
	return served;
}

/* The same; but while the path holds, nothing comes by itself. */
bool Link::read_guest()
{
	const bool served = !held_ && guest_->serve();

	for (const os::Data &arrived : guest_->hand_over())
		transcript_.arrived(arrived);
	return served;
}

bool Link::read_frame()
{
	const std::optional<tcp_peer::Packet> packet = wire_->read();

	if (!packet)
		return false;
	if (const os::Bytes arrived = udp_payload(packet->bytes); arrived.data())
		transcript_.arrived(arrived);
	return true;
}

/* One read at the receiving end; false where nothing is there now. */
bool Link::read_some()
{
	/* A message is read in one piece, however large. */
	static thread_local os::Data buffer;
	const std::size_t whole = transport_.kind & seqpacket ? ample_buffer : 1 << 17;

	if (buffer.size() < whole)
		buffer.resize(whole);

	if (remote_)
		return read_remote();
	if (peer_)
		return read_peer();
	if (guest_)
		return read_guest();
	if (wire_)
		return read_frame();
	const ssize_t length = ::recv(receiver(), buffer.data(), buffer.size(), MSG_DONTWAIT);

	if (length < 0 && errno == EAGAIN)
		return false;
	os::check(length, "recv() at the receiver");
	if (length == 0 && !(transport_.kind & datagram))
		return false;
	transcript_.arrived(os::Bytes(buffer.data(), length));
	return true;
}

/* poll(2) calls a message of VSOCK readable when its first packet is there, and it can
 * be read when its last is: look again a moment later. */
bool Link::await_rest() const
{
	if (!(transport_.kind & seqpacket))
		return false;
	::poll(nullptr, 0, 1);
	return true;
}

void Link::read_arrived()
{
	while (read_some())
		;
}

void Link::deliver(os::Deadline deadline)
{
	pollfd poll = {arrivals(), POLLIN, 0};

	for (;;) {
		read_arrived();
		if (transcript_.complete())
			return;
		if (::poll(&poll, 1, deadline.left_ms()) == 0 ||
		    (await_rest() && deadline.passed() && !read_some()))
			throw Corruption(transcript_.describe());
		/* The stream ended early: poll would report that for ever. */
		const bool ended =
			remote_ ? remote_->ended(remote_socket_) : poll.revents & (POLLHUP | POLLERR);
		if (ended && !read_some() && !transcript_.complete())
			throw Corruption("the connection ended and " + transcript_.describe());
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

std::vector<errqueue::Message> Link::read_notifications()
{
	auto messages = errqueue::receive_queued(sender());

	enter(messages);
	return messages;
}

bool Link::await_notification(os::Deadline deadline)
{
	pollfd polls[] = {{sender(), 0, 0}, {held_ ? -1 : arrivals(), POLLIN, 0}};

	for (;;) {
		const int ready = ::poll(polls, 2, deadline.left_ms());

		if (polls[0].revents & POLLERR)
			return true;
		/* POLLHUP may keep it ready for ever. */
		if (ready == 0 || deadline.passed())
			return false;
		/* At the stream's end the receiver stays readable: look no more. A guest's
		 * device does not. */
		if ((polls[1].revents & POLLIN) && !read_some() && !guest_ && !await_rest())
			polls[1].fd = -1;
		/* POLLHUP comes unasked and would make this spin. */
		if (polls[0].revents)
			::poll(nullptr, 0, 1);
	}
}

/* The kernel keeps a closed VSOCK socket until the guest has answered. */
void Link::await_shutdown()
{
	const os::Deadline deadline;
	pollfd poll = {arrivals(), POLLIN, 0};

	read_arrived();
	while (!guest_->finished() && ::poll(&poll, 1, deadline.left_ms()) > 0)
		read_arrived();
}

bool Link::await_completions(os::Deadline deadline)
{
	for (;;) {
		read_notifications();
		if (ledger_.outstanding() == 0)
			return true;
		/* POLLERR may come with an empty queue. */
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
	if (guest_ && sender() < 0)
		await_shutdown();
	if (completions_waived_)
		return "";
	if (!await_completions())
		return ledger_.describe();
	/* Everything is complete: whatever else is queued is one too many. */
	read_notifications();
	return ledger_.settled() ? "" : ledger_.describe();
}

} // namespace transport
