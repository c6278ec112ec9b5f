/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <optional>
#include <string>

#include "netns/bpf.h"
#include "os/bytes.h"
#include "os/fd.h"
#include "os/mapping.h"

namespace netns
{

/* An AF_XDP socket that gets packets of a device in copy mode, by a program and a ring: all of the first
 * queue but short ones, see least_handled_packet. They are gone from the device. */
class XdpSocket {
public:
	/* In the device's namespace. Throws std::system_error where the kernel refuses. */
	XdpSocket(const std::string &device, Xdp mode);
	/* The first packet; empty: none has come. It is there for as long as this object. */
	os::Bytes first_packet() const;

private:
	os::Fd socket_;
	os::Mapping memory_; /* of the frames */
	std::optional<os::Mapping> ring_;
	std::size_t producer_ = 0;    /* where in the ring its producer's index is, */
	std::size_t descriptors_ = 0; /* and where the descriptors begin */
	os::Fd program_;
};

} // namespace netns
