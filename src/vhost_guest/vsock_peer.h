/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <cstdint>
#include <deque>

#include "os/bytes.h"
#include "os/deadline.h"
#include "vhost_guest/vsock_guest.h"
#include "vhost_guest/vsock_packet.h"

namespace vhost_guest
{

/*
 * The guest's end of a scripted VSOCK connection. It takes and answers packets only when a
 * case tells it to; until then they lie in the kernel's queue. serve() makes it an ordinary
 * guest, which always has buffers ready.
 */
class VsockPeer {
public:
	/* SOCK_STREAM or SOCK_SEQPACKET. Throws std::system_error where the kernel has
	 * no such guests. */
	explicit VsockPeer(int socket_type);

	/* Where it can be connected to, at its CID. */
	static constexpr std::uint32_t port = 7;
	std::uint32_t cid() const { return guest_.cid(); }
	/* Readable when there may be something to take. */
	int fd() const { return guest_.fd(); }

	/* A socket of the kernel's connects: take that, and accept it, with a buffer
	 * of that many bytes for what it will send. Throws os::Unexpected. */
	void accept(std::uint32_t buffer);

	/* Let the kernel have the buffers of as many packets, each of a length in
	 * bytes without its header, and take what it puts into them. Throws
	 * Unexpected when not all of them are filled in time. */
	void take(unsigned packets, std::size_t length = VsockGuest::largest_buffer - vsock_header,
		  const os::Deadline &deadline = os::Event::data);
	/* Take one packet if there is one, with buffers for all that come. False where
	 * there is none. */
	bool serve();
	/* The data received since the last call: bytes of a stream, or whole messages. */
	std::deque<os::Data> hand_over();
	/* Bytes of payload that came at all. */
	std::uint32_t received() const { return received_; }
	/* Messages that had MSG_EOR, at their end and nowhere else; -1 where one had it elsewhere. */
	int records() const { return records_; }
	/* The kernel's end shut down its sending, or closed. */
	bool finished() const { return finished_; }

	/* Bytes of the guest's own to the kernel, one packet. */
	void send(os::Bytes bytes);
	/* The connection ends, at once. */
	void reset();

private:
	void send_packet(std::uint16_t op, std::uint32_t flags = 0, os::Bytes payload = {});
	void process(VsockPacket &packet);
	void take_payload(VsockPacket &packet);

	VsockGuest guest_;
	std::uint16_t type_;
	std::uint32_t kernels_port_ = 0;
	std::uint64_t kernels_cid_ = 0;
	std::uint32_t buffer_ = 0;
	std::uint32_t received_ = 0;
	int records_ = 0;
	bool finished_ = false;
	std::deque<os::Data> arrived_;
	os::Data unfinished_; /* a message, so far */
};

} // namespace vhost_guest
