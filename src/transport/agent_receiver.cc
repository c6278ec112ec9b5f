// SPDX-License-Identifier: GPL-2.0
#include <optional>

#include "agent/remote.h"
#include "netns/network.h"
#include "netns/wires/remote.h"
#include "transport/receiver.h"

namespace transport
{

namespace
{

class AgentReceiver final : public Receiver {
public:
	AgentReceiver(const Setting &setting, const LinkOptions &options, agent::Remote &remote);

	void accept() override;
	int fd() override;
	bool read() override;
	bool ended(short /*revents*/) const override { return remote_.ended(socket_); }
	/* What makes the agent readable may be a part of a frame, in which nothing has arrived yet. */
	bool readable_at_end() const override { return false; }
	void answer(os::Bytes bytes, int sender) override;
	void acknowledge() override { remote_.acknowledge(socket_); }
	void reset() override { remote_.reset(socket_); }

private:
	agent::Remote &remote_;
	std::uint16_t socket_ = 0; /* at the agent: a listener for a stream, a receiver for datagrams */
};

AgentReceiver::AgentReceiver(const Setting &setting, const LinkOptions &options, agent::Remote &remote)
	: Receiver(setting, {}), remote_(remote)
{
	const bool is_vsock = transport().kind & vsock;
	agent::Open what;

	what.family = is_vsock				      ? agent::Open::Family::vsock
		      : transport().address_family == AF_INET ? agent::Open::Family::ipv4
							      : agent::Open::Family::ipv6;
	what.type = transport().kind & stream	   ? agent::Open::Type::stream
		    : transport().kind & seqpacket ? agent::Open::Type::seqpacket
						   : agent::Open::Type::datagram;
	what.receive_buffer = static_cast<std::uint32_t>(buffer(options));
	if (!is_vsock)
		what.address = addresses().receiver;
	const agent::Remote::Opened opened = remote_.open(what);
	socket_ = opened.socket;
	destination_ = is_vsock ? os::vsock_address(netns::remote_end().cid_there, opened.port)
				: make_address(transport().family, addresses().receiver, opened.port);
}

void AgentReceiver::accept()
{
	if (!(transport().kind & datagram))
		remote_.accept(socket_);
}

int AgentReceiver::fd()
{
	remote_.resume(socket_);
	return remote_.fd();
}

bool AgentReceiver::read()
{
	remote_.resume(socket_);
	const std::optional<os::Data> bytes = remote_.read(socket_);

	if (bytes)
		transcript().arrived(*bytes);
	return bytes.has_value();
}

void AgentReceiver::answer(os::Bytes bytes, int /*sender*/)
{
	/* The agent answers the one that it has heard of. */
	if (transport().kind & datagram)
		deliver();
	remote_.send(socket_, bytes);
}

} // namespace

std::unique_ptr<Receiver> make_agent_receiver(const Receiver::Setting &setting, const LinkOptions &options,
					      agent::Remote &remote)
{
	return std::make_unique<AgentReceiver>(setting, options, remote);
}

} // namespace transport
