// SPDX-License-Identifier: GPL-2.0
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdint>
#include <memory>
#include <utility>

#include "netns/network.h"
#include "os/check.h"
#include "os/option.h"
#include "os/socket.h"
#include "transport/receiver.h"

namespace transport
{

namespace
{

class SocketReceiver final : public Receiver {
public:
	SocketReceiver(const Setting &setting, const LinkOptions &options);

	int socket() const override { return socket_.get(); }
	os::Fd take_socket() override { return std::move(socket_); }
	int fd() override { return socket_.get(); }
	bool read() override;
	void accept() override;
	void answer(os::Bytes bytes, int sender) override;
	void acknowledge() override;
	void reset() override;

private:
	os::Fd listener_; /* until it has accepted the sender */
	os::Fd socket_;
};

SocketReceiver::SocketReceiver(const Setting &setting, const LinkOptions &options) : Receiver(setting, {})
{
	const os::Address any = make_address(transport().address_family, addresses().receiver, 0);

	network().receiver().enter();
	os::Fd socket = options.open(transport().address_family, transport().type, "socket(receiver)");
	if (network().path().transparent)
		os::set_option(socket.get(), IPPROTO_IP, IP_TRANSPARENT, 1, "setsockopt(IP_TRANSPARENT)");
	os::bind_receiver(socket.get(), any, !(transport().kind & datagram), buffer(options));
	destination_ = make_address(transport().family, addresses().receiver,
				    os::port_of(os::local_address(socket.get())));
	(transport().kind & datagram ? socket_ : listener_) = std::move(socket);
	network().sender().enter();
}

void SocketReceiver::accept()
{
	if (transport().kind & datagram)
		return;
	if (!os::await_readable(listener_.get()))
		throw os::Unexpected("connection at the receiver", "one to accept",
				     "none until the time was up");
	socket_ = os::accept(listener_.get());
	listener_.close();
}

bool SocketReceiver::read()
{
	/* A message is read in one piece, however large. Pages in which nothing arrives are never touched. */
	static thread_local const auto buffer =
		std::make_unique_for_overwrite<std::uint8_t[]>(os::ample_buffer);
	const std::size_t whole = transport().kind & seqpacket ? os::ample_buffer : 1 << 17;
	const ssize_t length = ::recv(socket(), buffer.get(), whole, MSG_DONTWAIT);

	if (length < 0 && errno == EAGAIN)
		return false;
	os::check(length, "recv() at the receiver");
	if (length == 0 && !(transport().kind & datagram))
		return false;
	transcript().arrived(os::Bytes(buffer.get(), length));
	return true;
}

void SocketReceiver::answer(os::Bytes bytes, int sender)
{
	/* A connected socket needs no address, and VSOCK takes none. */
	const bool named = transport().kind & datagram;
	const os::Address to = make_address(transport().address_family, addresses().sender,
					    os::port_of(os::local_address(sender)));

	os::check(::sendto(socket(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
			   named ? to.get() : nullptr, named ? to.length : 0),
		  "sendto() by the receiver");
}

void SocketReceiver::acknowledge()
{
	os::set_option(socket(), IPPROTO_TCP, TCP_QUICKACK, 1, "setsockopt(TCP_QUICKACK)");
}

/* A stream that is not ended in order sends a reset: tcp.c:tcp_disconnect. */
void SocketReceiver::reset()
{
	os::disconnect(socket());
}

} // namespace

std::unique_ptr<Receiver> make_socket_receiver(const Receiver::Setting &setting, const LinkOptions &options)
{
	return std::make_unique<SocketReceiver>(setting, options);
}

} // namespace transport
