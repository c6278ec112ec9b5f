// SPDX-License-Identifier: GPL-2.0
/* Packets that a case reads and writes at the user end of a tun or macvtap device. */
#include <fcntl.h>
#include <linux/if_ether.h>
#include <netinet/in.h>

#include <algorithm>

#include "tcp_peer/segment.h"
#include "trace/in_c.h"
#include "trace/recorder.h"

namespace trace
{

using reproducer::Step;

namespace
{

/* struct virtio_net_hdr, ahead of each frame */
constexpr std::size_t virtio_header = 10;

constexpr std::size_t link_header(bool ethernet)
{
	return ethernet ? ETH_HLEN : 0;
}

std::uint32_t get32(const std::uint8_t *from)
{
	return std::uint32_t{from[0]} << 24 | std::uint32_t{from[1]} << 16 | std::uint32_t{from[2]} << 8 |
	       from[3];
}

/* Where the header behind that of IP begins. */
std::size_t transport_header(os::Bytes packet)
{
	return packet[0] >> 4 == 4 ? 20 : 40;
}

std::uint8_t protocol(os::Bytes packet)
{
	return packet[0] >> 4 == 4 ? packet[9] : packet[6];
}

void subtract(std::uint8_t *at, std::uint32_t number)
{
	const std::uint32_t value = get32(at) - number;

	for (int i = 0; i < 4; i++)
		at[i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
}

} // namespace

void Recorder::opened_tap(int fd, const std::string &device, bool ethernet)
{
	descriptors_[fd] = {0, 0, ethernet ? "ethernet" : "packets"};
	if (!ethernet)
		return add_setup("tun(\"" + device + "\")", "fd" + std::to_string(fd));
	root_ = true;
	add_lines("mount --make-rprivate / && mount -t sysfs none /sys && mount -t tmpfs none /mnt\n"
		  "mknod /mnt/tap c $(cat /sys/class/net/" +
		  device + "/tap*/dev | tr : ' ')");
	add_setup("open(\"/mnt/tap\", O_RDWR | O_NONBLOCK)", "fd" + std::to_string(fd));
}

bool Recorder::is_tap(int fd) const
{
	const auto found = descriptors_.find(fd);

	return found != descriptors_.end() &&
	       (found->second.file == "ethernet" || found->second.file == "packets");
}

/* The program passes over segments without data, which come as the kernel's timers have it. */
void Recorder::read_packet(int fd, os::Bytes frame)
{
	const std::size_t link = link_header(descriptors_[fd].file == "ethernet");
	Event event = {.of = Event::Of::data, .fd = fd};

	if (frame.size() < virtio_header + link + 40)
		return;
	const os::Bytes packet = frame.subspan(virtio_header + link);
	const std::string from = "(fd" + std::to_string(fd) + ", " + std::to_string(link) + ')';
	os::Bytes payload;
	if (const auto segment = tcp_peer::parse(packet)) {
		const unsigned flags = segment->flags & (tcp_peer::syn | tcp_peer::fin | tcp_peer::rst);
		if (flags & tcp_peer::syn)
			first_sequence_ = segment->seq;
		if (segment->payload.empty() && !flags)
			return;
		payload = packet.last(segment->payload.size());
		const std::uint32_t at = segment->seq - first_sequence_;
		const std::string length = std::to_string(payload.size());
		/* How the kernel cuts its stream is no matter, where it is sent once. */
		if (flags & tcp_peer::syn)
			reached_ = 1;
		else if (flags == 0 && at == reached_)
			event.step = {.call = "stream(fd" + std::to_string(fd) + ", " + std::to_string(link) +
					      ", " + std::to_string(at) + ", " + length + ')',
				      .answer = length};
		if (at <= reached_)
			reached_ = std::max<std::uint32_t>(reached_,
							   at + static_cast<std::uint32_t>(payload.size()) +
								   (flags & tcp_peer::syn ? 1 : 0));
		if (event.step.call.empty())
			event.step = {.call = "segment" + from,
				      .answer = "\"flags " + std::to_string(flags) + ", " +
						std::to_string(at) + '+' + std::to_string(payload.size()) +
						'"'};
	} else if (protocol(packet) == IPPROTO_UDP) {
		payload = packet.subspan(transport_header(packet) + 8);
		event.step = {.call = "udp_packet" + from, .answer = std::to_string(payload.size())};
	} else {
		return;
	}
	event.length = payload.size();
	add_parts(event, payload);
	add(event);
}

/* Numbers of the kernel's sequence are relative to its first one. */
void Recorder::write_packet(int fd, os::Bytes frame)
{
	const std::size_t link = link_header(descriptors_[fd].file == "ethernet");
	os::Data copy(frame.begin() + virtio_header, frame.end());
	const os::Bytes packet = os::Bytes(copy).subspan(link);
	const auto segment = tcp_peer::parse(packet);

	if (!segment)
		return cannot("it writes packets that are not TCP");
	std::uint8_t *const tcp = copy.data() + link + transport_header(packet);
	const std::uint8_t *const end = tcp + (tcp[12] >> 4) * 4;
	if (segment->has(tcp_peer::ack))
		subtract(tcp + 8, first_sequence_);
	else if (ports_.contains(segment->destination_port))
		add({.step = {.of = Step::Of::statement,
			      .call = "their_port = " + ports_[segment->destination_port]}});
	constexpr std::uint8_t nop = 1, sack = 5;
	for (std::uint8_t *at = tcp + 20; at < end && *at; at += *at == nop ? 1 : at[1])
		if (*at == sack)
			for (int i = 2; i < at[1]; i += 4)
				subtract(at + i, first_sequence_);
	add({.step = {.of = Step::Of::setup,
		      .call = "reply(fd" + std::to_string(fd) + ", " + std::to_string(link) + ",\n\t\t" +
			      literal(copy, "\n\t\t") + ", " + std::to_string(copy.size()) + ')',
		      .remark = tcp_peer::describe(*segment)}});
}

} // namespace trace
