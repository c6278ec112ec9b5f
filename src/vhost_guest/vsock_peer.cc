// SPDX-License-Identifier: GPL-2.0
#include "vhost_guest/vsock_peer.h"

#include <linux/virtio_vsock.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include "os/check.h"

namespace vhost_guest
{

constexpr std::uint32_t both_ways = VIRTIO_VSOCK_SHUTDOWN_RCV | VIRTIO_VSOCK_SHUTDOWN_SEND;

VsockPeer::VsockPeer(int socket_type)
	: type_(socket_type == SOCK_SEQPACKET ? VIRTIO_VSOCK_TYPE_SEQPACKET : VIRTIO_VSOCK_TYPE_STREAM)
{
	if (type_ == VIRTIO_VSOCK_TYPE_SEQPACKET && !guest_.seqpacket())
		throw std::system_error(ESOCKTNOSUPPORT, std::generic_category(),
					"VIRTIO_VSOCK_F_SEQPACKET of /dev/vhost-vsock");
}

void VsockPeer::accept(std::uint32_t buffer)
{
	buffer_ = buffer;
	take(1);
	if (kernels_port_ == 0)
		throw os::Unexpected("packets at the guest", "REQUEST", "another one");
	send_packet(VIRTIO_VSOCK_OP_RESPONSE);
}

void VsockPeer::take(unsigned packets, std::size_t length, const os::Deadline &deadline)
{
	pollfd polls[] = {{guest_.fd(), POLLIN, 0}};

	guest_.give_buffers(packets, length + vsock_header);
	while (guest_.given() > 0) {
		if (std::optional<VsockPacket> packet = guest_.read())
			process(*packet);
		else if (os::poll(polls, deadline) == 0)
			throw os::Unexpected("buffers of the guest that the kernel filled",
					     "all of " + std::to_string(packets),
					     "all but " + std::to_string(guest_.given()));
	}
}

bool VsockPeer::serve()
{
	guest_.give_buffers(VsockGuest::most_buffers);
	std::optional<VsockPacket> packet = guest_.read();
	if (!packet)
		return false;
	process(*packet);
	return true;
}

void VsockPeer::process(VsockPacket &packet)
{
	switch (packet.op) {
	case VIRTIO_VSOCK_OP_REQUEST:
		kernels_port_ = packet.source_port;
		kernels_cid_ = packet.source_cid;
		break;
	case VIRTIO_VSOCK_OP_RW:
		take_payload(packet);
		break;
	case VIRTIO_VSOCK_OP_CREDIT_REQUEST:
		send_packet(VIRTIO_VSOCK_OP_CREDIT_UPDATE);
		break;
	case VIRTIO_VSOCK_OP_SHUTDOWN:
		finished_ = true;
		/* The kernel keeps a closed socket until the other end is done too. */
		if ((packet.flags & both_ways) == both_ways)
			reset();
		break;
	case VIRTIO_VSOCK_OP_RST:
		finished_ = true;
		break;
	}
}

void VsockPeer::take_payload(VsockPacket &packet)
{
	received_ += packet.payload.size();
	if (type_ == VIRTIO_VSOCK_TYPE_STREAM) {
		arrived_.push_back(std::move(packet.payload));
	} else {
		const bool last = packet.flags & VIRTIO_VSOCK_SEQ_EOM;

		if (packet.flags & VIRTIO_VSOCK_SEQ_EOR)
			records_ = last && records_ >= 0 ? records_ + 1 : -1;
		unfinished_.insert(unfinished_.end(), packet.payload.begin(), packet.payload.end());
		if (last)
			arrived_.push_back(std::exchange(unfinished_, {}));
	}
	send_packet(VIRTIO_VSOCK_OP_CREDIT_UPDATE);
}

std::deque<os::Data> VsockPeer::hand_over()
{
	return std::exchange(arrived_, {});
}

void VsockPeer::send(os::Bytes bytes)
{
	send_packet(VIRTIO_VSOCK_OP_RW, type_ == VIRTIO_VSOCK_TYPE_SEQPACKET ? VIRTIO_VSOCK_SEQ_EOM : 0,
		    bytes);
}

void VsockPeer::reset()
{
	send_packet(VIRTIO_VSOCK_OP_RST);
}

void VsockPeer::send_packet(std::uint16_t op, std::uint32_t flags, os::Bytes payload)
{
	guest_.write({.source_cid = guest_.cid(),
		      .destination_cid = kernels_cid_,
		      .source_port = port,
		      .destination_port = kernels_port_,
		      .type = type_,
		      .op = op,
		      .flags = flags,
		      .buf_alloc = buffer_,
		      .fwd_cnt = received_,
		      .payload = {payload.begin(), payload.end()}});
}

} // namespace vhost_guest
