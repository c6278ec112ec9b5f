/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "os/fd.h"
#include "os/mapping.h"
#include "vhost_guest/split_ring.h"
#include "vhost_guest/vsock_packet.h"

namespace vhost_guest
{

/*
 * A guest of the running kernel, as far as VSOCK can see: a driver of the device
 * that /dev/vhost-vsock makes, in this process. The kernel is the host, a socket
 * reaches the guest by its CID. What the kernel has for the guest waits, pages and
 * all, until the guest gives it a buffer (drivers/vhost/vsock.c).
 */
class VsockGuest {
public:
	/* Throws std::system_error where there is no such device. */
	VsockGuest();

	/* Unique on this machine. */
	std::uint32_t cid() const { return cid_; }
	/* The kernel knows SOCK_SEQPACKET for guests. */
	bool seqpacket() const { return seqpacket_; }
	/* Readable when read() may have something. */
	int fd() const { return filled_.get(); }

	/* As many buffers as the kernel can have at a time. */
	static constexpr std::uint16_t most_buffers = 64;
	/* As much as one packet of the kernel's can be, with its header. */
	static constexpr std::size_t largest_buffer = vsock_header + (std::size_t{64} << 10);
	/* Let the kernel fill that many buffers more, of a length in bytes; fewer
	 * where the ring has no room for them. */
	void give_buffers(unsigned count, std::size_t length = largest_buffer);
	/* How many it has now, with those that read() has not returned yet. */
	unsigned given() const { return receive_->offered(); }
	/* The packet in the next buffer that the kernel filled. Throws os::Unexpected where
	 * that holds something else. */
	std::optional<VsockPacket> read();
	/* Send a packet; returns when the kernel has taken it. Throws os::Unexpected where the
	 * kernel takes none in time. */
	void write(const VsockPacket &packet);

private:
	std::uint8_t *buffer(unsigned number) const;
	void set_up_rings();
	void tell_of_ring(unsigned index, const SplitRing &ring, int kick, int call);
	void choose_cid();

	os::Mapping memory_; /* all that the device may touch; before the device, which goes first */
	std::optional<SplitRing> receive_;
	std::optional<SplitRing> send_;
	os::Fd kick_receive_;
	os::Fd kick_send_;
	os::Fd filled_;
	os::Fd sent_;
	os::Fd device_;
	std::uint32_t cid_ = 0;
	bool seqpacket_ = false;
	std::vector<std::uint16_t> free_; /* buffers of the receive ring */
};

} // namespace vhost_guest
