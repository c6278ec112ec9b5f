// SPDX-License-Identifier: GPL-2.0
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/udp.h>

#include <optional>

#include "netns/network.h"
#include "tcp_peer/tap.h"
#include "transport/receiver.h"

namespace transport
{

namespace
{

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

class TapReceiver final : public Receiver {
public:
	explicit TapReceiver(const Setting &setting)
		: Receiver(setting, discard(setting)), tap_(tap_of(setting.network))
	{
	}

	int fd() override { return tap_.fd(); }
	void release() override {}
	bool read() override
	{
		const std::optional<tcp_peer::Packet> packet = tap_.read();

		if (!packet)
			return false;
		if (const os::Bytes arrived = udp_payload(packet->bytes); arrived.data())
			transcript().arrived(arrived);
		return true;
	}

private:
	tcp_peer::Tap tap_;
};

} // namespace

tcp_peer::Tap tap_of(const netns::Network &network)
{
	return {network.tun(), network.tun_ethernet() ? tcp_peer::Framing::ethernet : tcp_peer::Framing::ip};
}

std::unique_ptr<Receiver> make_tap_receiver(const Receiver::Setting &setting)
{
	return std::make_unique<TapReceiver>(setting);
}

} // namespace transport
