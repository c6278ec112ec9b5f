/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "os/bytes.h"
#include "os/deadline.h"
#include "tcp_peer/offer.h"
#include "tcp_peer/tap.h"

namespace tcp_peer
{

struct Options;
struct Segment;

/* Bytes from..to of the stream, counted from 0; `to` the first that is not in it. */
struct Range {
	std::uint32_t from = 0;
	std::uint32_t to = 0;

	bool operator==(const Range &) const = default;
};

/*
 * A scripted TCP peer. It reads, takes and acknowledges segments only when a case
 * tells it to. Until it reads them, the device holds the packets. Segments that it reads
 * and does not take() are lost, as far as the kernel can tell. It retransmits nothing, as
 * no packet of its own is lost.
 *
 * Positions are bytes of the kernel's stream, the first is 0.
 */
class Peer {
public:
	/* Its address and the kernel's, as on the wire: 4 bytes or 16. Only one of several
	 * peers may read a wire at a time, as it drops segments of the others. */
	Peer(Tap tap, os::Data own, os::Data kernels);
	~Peer();

	/* Where it can be connected to, on its address. */
	static constexpr std::uint16_t port = 7;

	/* The kernel connects: read its SYN, */
	Segment await_syn();
	/* of which only the bytes matter to a case (Fast Open), */
	os::Data await_syn_data();
	/* answer that, and read the acknowledgment, */
	void answer_syn(const Offer &offer);
	/* or refuse the connection. */
	void refuse();
	/* The first two. */
	void accept(const Offer &offer);
	/* Call a listener of the kernel's, with bytes in the SYN where they are not
	 * empty (Fast Open), and read its answer, which acknowledge() acknowledges. */
	void call(std::uint16_t listening, const Offer &offer = {}, os::Bytes syn_data = {});

	/* The kernel's next segment, and its next one with bytes or a FIN; in
	 * the order they were sent. Throws Unexpected when the deadline passes. */
	Segment next(const os::Deadline &deadline = os::Event::data);
	Segment next_data(const os::Deadline &deadline = os::Event::data);
	/* The part of the stream that a segment carries. */
	Range range(const Segment &segment) const;
	/* That of the next one with bytes or a FIN, which is kept, or lost on its way. */
	Range take_next();
	Range lose_next();
	/* The device holds no segment of this connection. Reads segments without bytes and
	 * FIN away. */
	bool nothing_waits();

	/* Keep a segment's bytes. The first to come stay, as at any receiver. */
	void take(const Segment &segment);
	/* Read and keep, until the stream up to `end` is here. */
	void receive(std::uint32_t end, const os::Deadline &deadline = os::Event::data);
	/* Read, keep and acknowledge one frame, as a peer without a script does. False where
	 * no frame is queued. */
	bool serve();
	/* The same without the acknowledgment. */
	bool keep();
	/* Bytes of the stream that are here, without a gap. */
	std::uint32_t received() const { return static_cast<std::uint32_t>(stream_.size()); }
	/* Those that were not handed over yet. */
	os::Bytes hand_over();
	/* The kernel's FIN is here, and all before it. */
	bool finished() const { return fin_at_ == received(); }

	/* Acknowledge all received data, and data behind a gap selectively where both ends
	 * permit SACK. */
	void acknowledge();
	/* Acknowledge the stream up to `end`, and blocks behind. */
	void acknowledge(std::uint32_t end, const std::vector<Range> &blocks = {});
	/* The window that later segments advertise, in bytes. */
	void set_window(std::uint32_t bytes) { window_ = bytes; }
	/* Its FIN, or its RST. */
	void close();
	void reset();

private:
	Segment outgoing(std::uint8_t flags, std::uint32_t ack) const;
	void send_segment(const Segment &segment);
	Options syn_options(const Offer &offer) const;
	void agree(const Offer &offer, const Segment &others_syn);
	std::optional<Segment> read_one();
	std::optional<Segment> take_one();
	std::uint32_t sequence(std::uint32_t position) const { return first_ + position; }
	std::uint16_t window_field(bool in_syn) const;
	std::uint32_t acknowledgment() const;
	std::vector<Range> behind_gap() const;

	Tap tap_;
	os::Data own_;
	os::Data kernels_;
	std::uint16_t kernels_port_ = 0;
	std::uint32_t next_seq_ = 1000000; /* its own next byte */
	std::uint32_t window_ = 0;
	unsigned window_scale_ = 0;
	bool sack_ = false;
	bool timestamps_ = false;
	std::uint32_t clock_ = 1; /* of its timestamps */
	std::uint32_t echo_ = 0;
	std::uint32_t first_ = 0;	     /* the sequence number of position 0 */
	std::unique_ptr<const Segment> syn_; /* the kernel's, not answered yet */
	os::Data stream_;		     /* from position 0 on, without a gap */
	std::size_t handed_over_ = 0;
	std::map<std::uint32_t, os::Data> later_; /* by position: what lies behind gaps */
	std::optional<std::uint32_t> fin_at_;
};

} // namespace tcp_peer
