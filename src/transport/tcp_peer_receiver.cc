// SPDX-License-Identifier: GPL-2.0
#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/socket.h>

#include <cerrno>
#include <stdexcept>
#include <string>

#include "netns/network.h"
#include "os/check.h"
#include "tcp_peer/peer.h"
#include "transport/receiver.h"

namespace transport
{

namespace
{

os::Data wire_address(int family, const char *text)
{
	os::Data address(family == AF_INET ? 4 : 16);

	if (::inet_pton(family, text, address.data()) != 1)
		throw std::invalid_argument(std::string("not an address: ") + text);
	return address;
}

class TcpPeerReceiver final : public Receiver {
public:
	explicit TcpPeerReceiver(const Setting &setting);

	void connect(int sender, const tcp_peer::Offer &offer) override;
	int fd() override { return network().tun(); }
	bool read() override;
	void release() override { peer_.acknowledge(); }
	void abandon(int sender) override;
	tcp_peer::Peer &peer() override { return peer_; }

private:
	tcp_peer::Peer peer_;
};

TcpPeerReceiver::TcpPeerReceiver(const Setting &setting)
	: Receiver(setting, make_address(setting.transport.family,
					 setting.network.addresses(setting.transport.address_family).receiver,
					 tcp_peer::Peer::port)),
	  peer_(peer_of(setting.network, transport().address_family))
{
}

void TcpPeerReceiver::connect(int sender, const tcp_peer::Offer &offer)
{
	connect_to(peer_, sender, destination_, offer);
}

/* The segments that the case made the peer take, and then one that comes by itself. */
bool TcpPeerReceiver::read()
{
	transcript().arrived(peer_.hand_over());
	const bool served = peer_.serve();
	transcript().arrived(peer_.hand_over());
	return served;
}

/* The peer answers nothing from here on, and the sender would ask for minutes, and
 * keep its namespace. */
void TcpPeerReceiver::abandon(int sender)
{
	const linger reset = {1, 0};

	::setsockopt(sender, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
}

} // namespace

tcp_peer::Peer peer_of(const netns::Network &network, int address_family)
{
	const netns::Addresses &addresses = network.addresses(address_family);

	return {tap_of(network), wire_address(address_family, addresses.receiver),
		wire_address(address_family, addresses.sender)};
}

/* The sender's connect() is what the peer answers: it must not wait for that. */
void connect_to(tcp_peer::Peer &peer, int sender, const os::Address &to, const tcp_peer::Offer &offer)
{
	const int flags = os::check(::fcntl(sender, F_GETFL), "F_GETFL");

	os::check(::fcntl(sender, F_SETFL, flags | O_NONBLOCK), "F_SETFL");
	if (::connect(sender, to.get(), to.length) < 0 && errno != EINPROGRESS)
		os::check(-1, "connect()");
	peer.accept(offer);
	os::check(::fcntl(sender, F_SETFL, flags), "F_SETFL");
}

std::unique_ptr<Receiver> make_tcp_peer_receiver(const Receiver::Setting &setting)
{
	return std::make_unique<TcpPeerReceiver>(setting);
}

} // namespace transport
