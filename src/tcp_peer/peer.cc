// SPDX-License-Identifier: GPL-2.0
#include "tcp_peer/peer.h"

#include <poll.h>

#include <algorithm>
#include <string>
#include <utility>

#include "os/check.h"
#include "tcp_peer/segment.h"

namespace tcp_peer
{

constexpr std::uint32_t largest_field = 65535;
/* As many as fit beside timestamps: RFC 2018, 3. */
constexpr std::size_t most_blocks = 3;

/* Is sequence number a before b, modulo 2^32? */
static bool before(std::uint32_t a, std::uint32_t b)
{
	return static_cast<std::int32_t>(a - b) < 0;
}

Peer::Peer(Tap tap, os::Data own, os::Data kernels)
	: tap_(tap), own_(std::move(own)), kernels_(std::move(kernels))
{
}

Peer::~Peer() = default;

std::uint16_t Peer::window_field(bool in_syn) const
{
	return static_cast<std::uint16_t>(
		std::min(in_syn ? window_ : window_ >> window_scale_, largest_field));
}

/* What it acknowledges: all that is here, and the FIN behind it. */
std::uint32_t Peer::acknowledgment() const
{
	return sequence(received()) + finished();
}

Segment Peer::outgoing(std::uint8_t flags, std::uint32_t ack) const
{
	Segment segment = {.source = own_,
			   .destination = kernels_,
			   .source_port = port,
			   .destination_port = kernels_port_,
			   .seq = next_seq_,
			   .ack = ack,
			   .flags = flags,
			   .window = window_field(flags & syn)};

	if (timestamps_)
		segment.options.timestamps = Timestamps{clock_, echo_};
	return segment;
}

void Peer::send_segment(const Segment &segment)
{
	tap_.write(build(segment));
	next_seq_ += segment.payload.size() + segment.has(syn) + segment.has(fin);
	clock_++;
}

Options Peer::syn_options(const Offer &offer) const
{
	return {.mss = offer.mss,
		.window_scale = offer.window_scale,
		.sack_permitted = offer.sack_permitted,
		.sack = {},
		.timestamps = offer.timestamps ? std::optional(Timestamps{clock_, echo_}) : std::nullopt,
		.cookie = offer.cookie};
}

/* What holds from here on is what both SYNs say. */
void Peer::agree(const Offer &offer, const Segment &others_syn)
{
	const Options &others = others_syn.options;

	sack_ = offer.sack_permitted && others.sack_permitted;
	timestamps_ = offer.timestamps && others.timestamps;
	window_scale_ = others.window_scale ? offer.window_scale.value_or(0) : 0;
	first_ = others_syn.seq + 1;
	stream_.clear();
	later_.clear();
	handed_over_ = 0;
	fin_at_.reset();
}

std::optional<Segment> Peer::read_one()
{
	while (const std::optional<Packet> packet = tap_.read()) {
		if (!packet->checksum_left && !checksums_right(packet->bytes))
			continue;
		std::optional<Segment> segment = parse(packet->bytes);
		if (!segment || segment->source != kernels_ || segment->destination != own_ ||
		    segment->destination_port != port ||
		    (kernels_port_ && segment->source_port != kernels_port_))
			continue;
		if (segment->options.timestamps)
			echo_ = segment->options.timestamps->value;
		return segment;
	}
	return {};
}

Segment Peer::next(const os::Deadline &deadline)
{
	pollfd polls[] = {{tap_.fd(), POLLIN, 0}};

	for (;;) {
		if (const std::optional<Segment> segment = read_one())
			return *segment;
		if (os::poll(polls, deadline) == 0)
			throw os::Unexpected("segments at the peer", "another one",
					     "none within " + std::to_string(os::waited().count()) + " ms");
	}
}

Segment Peer::next_data(const os::Deadline &deadline)
{
	for (;;) {
		const Segment segment = next(deadline);

		if (!segment.payload.empty() || segment.has(fin))
			return segment;
	}
}

Range Peer::range(const Segment &segment) const
{
	const std::uint32_t from = segment.seq + segment.has(syn) - first_;

	return {from, from + static_cast<std::uint32_t>(segment.payload.size())};
}

os::Data Peer::await_syn_data()
{
	return await_syn().payload;
}

Range Peer::take_next()
{
	const Segment segment = next_data();

	take(segment);
	return range(segment);
}

Range Peer::lose_next()
{
	return range(next_data());
}

bool Peer::nothing_waits()
{
	while (const std::optional<Segment> segment = read_one())
		if (!segment->payload.empty() || segment->has(fin))
			return false;
	return true;
}

Segment Peer::await_syn()
{
	Segment segment;

	do
		segment = next();
	while (!segment.has(syn) || segment.has(ack));
	kernels_port_ = segment.source_port;
	syn_ = std::make_unique<const Segment>(segment);
	return segment;
}

void Peer::answer_syn(const Offer &offer)
{
	window_ = offer.window;
	agree(offer, *syn_);
	if (offer.take_syn_data)
		take(*syn_);
	Segment answer = outgoing(syn | ack, acknowledgment());
	answer.options = syn_options(offer);
	if (!timestamps_)
		answer.options.timestamps.reset();
	send_segment(answer);

	/* On an overloaded machine the kernel may have sent its SYN again before it got the answer. */
	Segment reply = next();
	while (reply.has(syn) && reply.seq == syn_->seq)
		reply = next();
	if (reply.has(syn) || !reply.has(ack) || reply.ack != next_seq_)
		throw os::Unexpected("answer to the peer's SYN", "its acknowledgment", describe(reply));
	take(reply);
}

void Peer::refuse()
{
	agree({}, *syn_);
	timestamps_ = false;
	send_segment(outgoing(rst | ack, acknowledgment()));
}

void Peer::accept(const Offer &offer)
{
	await_syn();
	answer_syn(offer);
}

void Peer::call(std::uint16_t listening, const Offer &offer, os::Bytes syn_data)
{
	kernels_port_ = listening;
	window_ = offer.window;
	Segment opening = outgoing(syn, 0);
	opening.options = syn_options(offer);
	opening.payload.assign(syn_data.begin(), syn_data.end());
	send_segment(opening);

	const Segment answer = next();
	if (!answer.has(syn | ack) || answer.ack != next_seq_)
		throw os::Unexpected("answer to the peer's SYN",
				     "SYN and the acknowledgment of it and its bytes", describe(answer));
	agree(offer, answer);
}

void Peer::take(const Segment &segment)
{
	const Range range = this->range(segment);

	if (segment.has(fin))
		fin_at_ = range.to;
	if (!segment.payload.empty() && !before(range.to, received()))
		later_.try_emplace(range.from, segment.payload);
	/* What the gap was before joins the stream. */
	while (!later_.empty()) {
		const auto found = std::ranges::find_if(
			later_, [this](const auto &part) { return !before(received(), part.first); });

		if (found == later_.end())
			return;
		const std::uint32_t known = received() - found->first;
		if (known < found->second.size())
			stream_.insert(stream_.end(), found->second.begin() + known, found->second.end());
		later_.erase(found);
	}
}

void Peer::receive(std::uint32_t end, const os::Deadline &deadline)
{
	while (before(received(), end))
		take(next_data(deadline));
}

std::optional<Segment> Peer::take_one()
{
	std::optional<Segment> segment = read_one();

	if (segment)
		take(*segment);
	return segment;
}

bool Peer::keep()
{
	return take_one().has_value();
}

bool Peer::serve()
{
	const std::optional<Segment> segment = take_one();

	if (segment && (!segment->payload.empty() || segment->has(fin)))
		acknowledge();
	return segment.has_value();
}

os::Bytes Peer::hand_over()
{
	const os::Bytes fresh = os::Bytes(stream_).subspan(handed_over_);

	handed_over_ = stream_.size();
	return fresh;
}

std::vector<Range> Peer::behind_gap() const
{
	std::vector<Range> blocks;

	for (const auto &[position, bytes] : later_) {
		const std::uint32_t end = position + static_cast<std::uint32_t>(bytes.size());

		if (!blocks.empty() && !before(blocks.back().to, position))
			blocks.back().to = std::max(blocks.back().to, end);
		else
			blocks.push_back({position, end});
	}
	blocks.resize(std::min(blocks.size(), most_blocks));
	return blocks;
}

void Peer::acknowledge()
{
	Segment segment = outgoing(ack, acknowledgment());

	if (sack_)
		for (const Range &block : behind_gap())
			segment.options.sack.push_back({sequence(block.from), sequence(block.to)});
	send_segment(segment);
}

void Peer::acknowledge(std::uint32_t end, const std::vector<Range> &blocks)
{
	Segment segment = outgoing(ack, sequence(end));

	for (const Range &block : blocks)
		segment.options.sack.push_back({sequence(block.from), sequence(block.to)});
	send_segment(segment);
}

void Peer::close()
{
	send_segment(outgoing(fin | ack, acknowledgment()));
}

void Peer::reset()
{
	send_segment(outgoing(rst | ack, acknowledgment()));
}

} // namespace tcp_peer
