// SPDX-License-Identifier: GPL-2.0
#include "transport/receiver.h"

#include <poll.h>
#include <sys/socket.h>

#include <stdexcept>

#include "netns/network.h"
#include "os/check.h"
#include "os/option.h"

namespace transport
{

constexpr int tiny_buffer = 4096;

netns::Addresses Receiver::addresses() const
{
	return network().addresses(transport().address_family);
}

/* In bytes, for the receiving socket. */
int Receiver::buffer(const LinkOptions &options) const
{
	if (options.receive_buffer)
		return options.receive_buffer;
	return network().path().hold == netns::Hold::window ? tiny_buffer : os::ample_buffer;
}

void Receiver::unable(const char *what)
{
	throw std::logic_error(std::string("the receiver of this path ") + what);
}

void Receiver::connect(int sender, const tcp_peer::Offer & /*offer*/)
{
	os::check(::connect(sender, destination_.get(), destination_.length), "connect()");
	accept();
}

void Receiver::read_arrived()
{
	while (read())
		;
}

void Receiver::deliver(const os::Deadline &deadline)
{
	pollfd polls[] = {{fd(), POLLIN, 0}};

	for (;;) {
		read_arrived();
		if (transcript().complete())
			return;
		os::poll(polls, deadline);
		if (read())
			continue;
		if (deadline.passed())
			throw Corruption(transcript().describe());
		/* The stream ended early: poll would report that for ever. */
		if (ended(polls[0].revents))
			throw Corruption("the connection ended and " + transcript().describe());
		/* Half of it may have ended, and a message of VSOCK have come in part. */
		::poll(nullptr, 0, 1);
	}
}

bool Receiver::await_rest() const
{
	if (!(transport().kind & seqpacket))
		return false;
	::poll(nullptr, 0, 1);
	return true;
}

os::Address discard(const Receiver::Setting &setting)
{
	return make_address(setting.transport.family,
			    setting.network.addresses(setting.transport.address_family).receiver, 9);
}

std::unique_ptr<Receiver> make_receiver(const Receiver::Setting &setting, const LinkOptions &options,
					agent::Remote *remote)
{
	const netns::Path &path = setting.network.path();
	const bool datagrams = setting.transport.kind & datagram;

	if (remote)
		return make_agent_receiver(setting, options, *remote);
	if (path.to_guest())
		return make_guest_receiver(setting, options);
	if (setting.network.tun() >= 0)
		return datagrams ? make_tap_receiver(setting) : make_tcp_peer_receiver(setting);
	if (!datagrams || (path.udp & netns::local))
		return make_socket_receiver(setting, options);
	return std::make_unique<Receiver>(setting, discard(setting));
}

} // namespace transport
