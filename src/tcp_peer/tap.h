/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <optional>

#include "os/bytes.h"

namespace tcp_peer
{

/* How a device's user end frames packets. Both begin with a virtio_net_hdr. */
enum class Framing { ip, ethernet };

/* An IP packet, or nothing of one where the frame was another protocol's. */
struct Packet {
	os::Data bytes;
	bool checksum_left = false; /* to the device: TCP's is not there yet */
};

/*
 * The user end of a tun or macvtap device: IP packets out of and into the
 * stack. The descriptor is its owner's, and does not block.
 */
class Tap {
public:
	Tap(int device, Framing framing) : device_(device), framing_(framing) {}

	int fd() const { return device_; }
	/* The next packet that the device holds; nothing where it holds none. Throws
	 * std::system_error. */
	std::optional<Packet> read();
	void write(os::Bytes packet);

private:
	int device_;
	Framing framing_;
};

} // namespace tcp_peer
