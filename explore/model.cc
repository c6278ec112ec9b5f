// SPDX-License-Identifier: GPL-2.0
#include "explore/model.h"

#include <netinet/in.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <random>
#include <sstream>

#include "errqueue/ledger.h"
#include "os/names.h"

namespace explore
{

namespace
{

constexpr std::size_t page = 4096;
/* MAX_SKB_FRAGS, unless a kernel is configured otherwise. */
constexpr unsigned most_fragments = 17;
constexpr unsigned most_vectors = 1024;	 /* UIO_MAXIOV */
constexpr std::size_t ipv4_headers = 28; /* with that of UDP */
/* VIRTIO_VSOCK_MAX_PKT_BUF_SIZE */
constexpr std::size_t vsock_packet = 64 << 10;

bool all_of(os::Returned result, std::size_t length)
{
	return result.returned == static_cast<ssize_t>(length);
}

bool same(os::Returned one, os::Returned other)
{
	return one.returned == other.returned && one.error == other.error;
}

/* How many fragments a packet buffer with that many has when it has got these vectors too; more than there
 * are where it refuses them, as none is left when a vector begins
 * (net/core/datagram.c:__zerocopy_sg_from_iter). Parts of a page that follow each other are one. */
std::size_t fragments_with(std::size_t fragments, const std::vector<Vector> &vectors)
{
	std::size_t end = slot_bytes + 1;

	for (const Vector &vector : vectors) {
		const bool follows = vector.position == end && vector.position % page;

		if (fragments >= most_fragments)
			return most_fragments + 1;
		end = vector.position + vector.length;
		fragments += (end - 1) / page - vector.position / page + !follows;
	}
	return fragments;
}

/* The most that flagged pieces take of a send buffer: whole pages, of which each may touch one more. */
long most_charged(const Operation &send)
{
	const auto vectors = vectors_of(send);

	return static_cast<long>((length_of(vectors) / page + 2 * vectors.size()) * page);
}

/* net/core/skbuff.c:mm_account_pinned_pages */
std::uint64_t pages_charged(std::size_t length)
{
	return length / page + 2;
}

} // namespace

const os::Data &bytes_of(unsigned slot, unsigned generation)
{
	static std::map<std::pair<unsigned, unsigned>, os::Data> all;
	os::Data &bytes = all[{slot, generation}];

	if (!bytes.empty())
		return bytes;
	bytes.resize(slot_bytes);
	if (generation == 0) {
		std::mt19937_64 random(slot + 1);

		std::ranges::generate(bytes, [&] { return static_cast<std::uint8_t>(random()); });
	} else {
		/* No byte is what it was in any of the 255 generations before. */
		std::ranges::transform(bytes_of(slot, generation - 1), bytes.begin(), [](std::uint8_t byte) {
			return static_cast<std::uint8_t>(byte + 37);
		});
	}
	return bytes;
}

std::size_t Model::Datagram::length() const
{
	std::size_t length = 0;

	for (const Stretch &stretch : stretches)
		length += stretch.length;
	return length;
}

Model::Model(const Program &program, Knowledge knowledge)
	: tcp_(program.tcp()), vsock_(program.vsock()), knowledge_(std::move(knowledge))
{
	for (const Operation &operation : program.operations)
		changes_users_ |= operation.kind == Kind::user;
	for (Socket &socket : sockets_) {
		socket.option = program.option;
		socket.connected = program.connected;
	}
}

std::optional<Disagreement> Model::judge(const Operation &operation, const Seen &seen)
{
	Socket &socket = sockets_[operation.socket];
	const bool ok = seen.result.ok();

	if (!seen.done || unsure_)
		return {};
	switch (operation.kind) {
	case Kind::send:
	case Kind::splice:
		return judge_send(operation, seen);
	case Kind::race:
		return judge_race(operation, seen);
	case Kind::drain:
		return judge_read(operation, seen);
	case Kind::receive:
		/* A peer that is played takes also what a receiver would not. */
		if (scripted(socket) && socket.severed)
			return {};
		if (auto wrong = judge_data(socket, seen))
			return wrong;
		if (scripted(socket) && operation.value == 0)
			for (Call &call : socket.calls)
				call.acknowledged = call.due == 0;
		return {};
	case Kind::poll:
		return judge_poll(operation, seen);
	case Kind::store:
		generations_[operation.slot]++;
		return {};
	case Kind::option:
		if (ok != (operation.value <= 1) || (!ok && seen.result.error != EINVAL))
			return Disagreement{"ZC-SO-01", "setsockopt(SO_ZEROCOPY)",
					    operation.value <= 1 ? "0" : "EINVAL", os::describe(seen.result)};
		if (ok)
			socket.option = operation.value;
		return {};
	case Kind::cork:
		socket.corked = operation.value;
		if (!tcp_ && !socket.corked)
			push(socket);
		return {};
	case Kind::queue_errors:
		/* Entries that were queued go with it. */
		if (!operation.value && knows("recverr-off-purges-notifications"))
			socket.lost += static_cast<unsigned>(outstanding(operation.socket));
		socket.errors = operation.value;
		socket.ready = false;
		return {};
	case Kind::connect:
	case Kind::disconnect:
		if (!ok)
			return {};
		socket.connected = operation.kind == Kind::connect;
		if (stream()) {
			socket.receiver = socket.connected;
			socket.stream.clear();
			socket.severed = false;
			forget(socket);
		}
		return {};
	case Kind::end_receiver:
		socket.receiver = false;
		socket.stream.clear();
		socket.datagrams.clear();
		forget(socket);
		return {};
	case Kind::reply:
		if (!same(seen.result, seen.twin) && !socket.severed && socket.repair == 0 && !socket.deaf)
			return Disagreement{"ZC-TX-12", "bytes that the peer sent",
					    os::describe(seen.twin) + ", as a socket without the flag",
					    os::describe(seen.result),
					    seen.result.ok() || seen.result.error == EAGAIN};
		/* A connection that is shut down answers with a reset. */
		socket.severed |= tcp_ && !ok && seen.result.error != EAGAIN;
		/* Was there anything to look at? */
		if (!seen.events)
			return {};
		if (auto wrong = judge_ready(operation, seen))
			return wrong;
		return operation.form == Form::sendmsg
			       ? judge_read({.kind = Kind::drain, .socket = operation.socket}, seen)
			       : std::nullopt;
	case Kind::option_memory:
		knowledge_.option_memory = operation.value * knowledge_.structure;
		return {};
	case Kind::locked_memory:
		if (knowledge_.locked_pages)
			knowledge_.locked_pages = operation.value;
		return {};
	case Kind::user:
		user_ ^= 1;
		return {};
	case Kind::device_mtu:
		/* Where IPv4 has an exception to the route, by a path MTU, the next look-up discards what
		 * waits on it (net/ipv4/route.c:rt_bind_exception). Exceptions outlast programs. */
		for (const Socket &each : sockets_)
			unsure_ |= each.has_pending && knowledge_.headers == ipv4_headers;
		knowledge_.mtu = operation.value;
		return {};
	case Kind::drop:
		dropping_ = operation.value;
		return {};
	case Kind::repair:
		if (ok)
			socket.repair = operation.value;
		return {};
	case Kind::setting:
		/* A datagram that waits may be too large now. */
		unsure_ |= socket.has_pending &&
			   operation.value == static_cast<unsigned>(Setting::never_fragment);
		socket.stamps |= operation.value == static_cast<unsigned>(Setting::stamps);
		socket.unchecked |= operation.value == static_cast<unsigned>(Setting::no_checksum);
		if (operation.value == static_cast<unsigned>(Setting::segments))
			socket.segment = segment_setting;
		return {};
	case Kind::await:
	case Kind::window:
		return {};
	case Kind::shutdown:
		socket.shut |= operation.value != 1;
		socket.deaf |= operation.value != 0;
		/* VSOCK is then reset by its peer, in its time. */
		socket.diverged |= vsock_ && socket.shut && socket.deaf;
		return {};
	case Kind::checksums:
		copies_ = operation.value;
		return {};
	}
	return {};
}

/* Nobody reads or acknowledges what is under way. */
void Model::forget(Socket &socket)
{
	for (Call &call : socket.calls) {
		call.arrives &= call.due == 0;
		call.acknowledged = true;
	}
}

/* Sending */

std::optional<Disagreement> Model::judge_send(Operation send, const Seen &seen)
{
	if (send.segment == 0)
		send.segment = sockets_[send.socket].segment;
	if (send.form != Form::sendmmsg)
		return judge_message(send, seen.result, seen.twin, seen);

	/* The error of a message behind the first is not reported. */
	for (std::size_t i = 0; i < seen.lengths.size(); i++) {
		const os::Returned sent{static_cast<ssize_t>(seen.lengths[i]), 0};
		const bool twins = seen.twin.returned > static_cast<ssize_t>(i);

		if (auto wrong = judge_message(send, sent, twins || i ? sent : seen.twin, seen))
			return wrong;
	}
	Socket &socket = sockets_[send.socket];
	if (!seen.lengths.empty()) {
		socket.diverged |= seen.twin.returned != seen.result.returned;
		if (seen.result.returned < messages_of_many) {
			unsure_ |= fails_late(socket, send) &&
				   (!socket.receiver ||
				    knowledge_.option_memory < seen.before.option + 3 * knowledge_.structure);
			enter(socket, send, {-1, EMSGSIZE}, seen);
		}
		return {};
	}
	return judge_message(send, seen.result, seen.twin, seen);
}

std::optional<Disagreement> Model::judge_message(const Operation &send, os::Returned result,
						 os::Returned twin, const Seen &seen)
{
	Socket &socket = sockets_[send.socket];

	/* An append that has no place left, or a datagram that is not to leave? */
	unsure_ |= socket.has_pending && result.error == EMSGSIZE && socket.pending_segment &&
		   too_many_pieces(socket, send);
	if (unsure_)
		return {};
	if (send.flags & zerocopy && socket.option)
		socket.charged += most_charged(send);
	if (auto wrong = judge_limits(socket, send, result, twin, seen))
		return wrong;
	if (auto wrong = judge_result(socket, send, result, twin, seen))
		return wrong;
	if (send.form != Form::sendmmsg)
		if (auto wrong = judge_memory(socket, send, result, seen))
			return wrong;
	enter(socket, send, result, seen);
	return {};
}

/* Transmission: "ENOBUFS. This happens if the socket exceeds its optmem limit or the user exceeds
 * their ulimit on locked pages." */
std::optional<Disagreement> Model::judge_limits(const Socket &socket, const Operation &send,
						os::Returned result, os::Returned twin, const Seen &seen)
{
	const std::size_t length = length_of(vectors_of(send));

	if (!takes_structure(socket, send))
		return {};
	const bool joins = stream() ? seen.before.queued > 0 : socket.has_pending;
	const bool no_memory = knowledge_.option_memory < knowledge_.structure / 2 && !joins;
	/* VSOCK charges for what there is credit for. */
	const std::size_t charged =
		vsock_ && result.ok() ? static_cast<std::size_t>(result.returned) : length;
	const bool all_locked = knowledge_.locked_pages && pages_charged(charged) > *knowledge_.locked_pages;
	const bool limited = near_limits(send, seen);

	/* Refused ahead of its packet, which would have been dropped? */
	unsure_ |= result.error == ENOBUFS && dropping_ && socket.errors && limited;
	if (refused(send, result, seen) && !limited && twin.error != ENOBUFS)
		return Disagreement{"ZC-TX-07", "flagged send within the limits", os::describe(twin),
				    os::describe(result) + ", option memory " +
					    std::to_string(seen.before.option) + " of " +
					    std::to_string(knowledge_.option_memory) +
					    (knowledge_.locked_pages
						     ? ", at most " + std::to_string(possibly_locked(false)) +
							       " pages locked of " +
							       std::to_string(*knowledge_.locked_pages)
						     : "")};
	if (result.ok() && result.returned > 0 && (no_memory || all_locked))
		return Disagreement{no_memory ? "ZC-TX-03" : "ZC-TX-04", "flagged send beyond the limit",
				    "-1 (ENOBUFS)", os::describe(result)};
	return {};
}

/* A flag that is "a hint to the kernel" changes nothing that the call returns, but for the room
 * that a full send buffer has. */
std::optional<Disagreement> Model::judge_result(Socket &socket, const Operation &send, os::Returned result,
						os::Returned twin, const Seen &seen)
{
	const auto vectors = vectors_of(send);
	const std::size_t length = length_of(vectors);
	const std::size_t readable = readable_of(vectors);
	const Disagreement differs{"ZC-TX-12", "send", os::describe(twin) + ", as a socket without the flag",
				   os::describe(result)};

	if ((refused(send, result, seen) && takes_structure(socket, send)) || socket.diverged) {
		socket.diverged |=
			!same(result, twin) && (socket.has_pending || send.flags & more || socket.corked ||
						socket.repair || !socket.receiver);
		return {};
	}
	if (vsock_ && unsendable(send) && takes_structure(socket, send)) {
		const bool known = readable == length && knows("vsock-fragment-limit-refused");

		socket.diverged = true;
		return result.ok() || same(result, twin) || (result.error == ENOMEM && known)
			       ? std::nullopt
			       : std::optional(differs);
	}
	if (stream()) {
		/* What it took may be acknowledged by now. */
		const bool full = vsock_ ? beyond_credit(socket, length)
					 : seen.before.queued + 2 * length + page * send.pieces >=
						   seen.before.send_buffer / 2;

		if (result.ok() && static_cast<std::size_t>(result.returned) > readable)
			return differs;
		if (send.form == Form::sendmmsg || socket.severed || socket.repair)
			return {};
		if (!socket.receiver && (!result.ok() || !twin.ok()))
			return {};
		if (readable < length && (result.ok() || result.error == EFAULT) &&
		    (twin.ok() || twin.error == EFAULT))
			return {};
		if (result.ok() && twin.ok() &&
		    (all_of(result, length) || full || twin.returned < result.returned))
			return {};
		if (twin.error == EAGAIN || (result.error == EAGAIN && full))
			return {};
		return same(result, twin) ? std::nullopt : std::optional(differs);
	}
	if (same(result, twin))
		return {};
	/* Flagged data is charged in whole pages. */
	const std::size_t charged = seen.before.allocated + static_cast<std::size_t>(most_charged(send));
	if ((result.error == EAGAIN || twin.error == EAGAIN) && 2 * charged >= seen.before.send_buffer) {
		socket.diverged = true;
		return {};
	}
	/* The message about a port without a socket comes when it comes. */
	if (!socket.receiver && (result.error == ECONNREFUSED || twin.error == ECONNREFUSED)) {
		socket.diverged = true;
		return {};
	}
	if (result.error == EMSGSIZE && too_many_pieces(socket, send)) {
		if (!knows("udp-fragment-limit-refused"))
			return Disagreement{"ZC-MEM-12", "datagram of many pieces of memory",
					    os::describe(twin) + ", as a socket without the flag",
					    os::describe(result)};
		socket.diverged |=
			socket.has_pending || send.flags & more || socket.corked || !socket.receiver;
		return {};
	}
	return differs;
}

/* "The counter is not incremented on failure": nor does a call that failed leave anything else. */
std::optional<Disagreement> Model::judge_memory(const Socket &socket, const Operation &send,
						os::Returned result, const Seen &seen) const
{
	const unsigned before = stream() ? seen.before.queued : seen.before.allocated;
	const unsigned after = stream() ? seen.after.queued : seen.after.allocated;

	/* What waits may be split by an acknowledgment meanwhile, and take more: TCP has to do it again. */
	if (!result.ok() && after > before &&
	    !(tcp_ && result.error == EFAULT && knows("failed-send-keeps-buffer-charged")))
		return Disagreement{"ZC-LIM-18", "send buffer in use after a call that failed",
				    "no more than " + std::to_string(before) + " bytes",
				    std::to_string(after) + " bytes", tcp_};
	if (!stream() && seen.after.send_buffer != seen.before.send_buffer)
		return Disagreement{"ZC-LIM-14", "SO_SNDBUF after a send",
				    std::to_string(seen.before.send_buffer),
				    std::to_string(seen.after.send_buffer)};
	/* Where it is negative, each piece takes at most as much as it is charged with. */
	const long least = knows("forward-allocation-negative") ? -socket.charged : 0;
	if (seen.after.forward < least)
		return Disagreement{"ZC-LIM-19", "SO_MEMINFO[SK_MEMINFO_FWD_ALLOC]",
				    std::to_string(least) + " or more", std::to_string(seen.after.forward)};
	if (seen.after.option > seen.before.option + knowledge_.structure ||
	    (!(socket.option && send.flags & zerocopy) && seen.after.option > seen.before.option))
		return Disagreement{"ZC-LIM-02", "option memory that a send takes",
				    socket.option && send.flags & zerocopy
					    ? "that of one structure, " + std::to_string(knowledge_.structure)
					    : "none",
				    std::to_string(seen.after.option - seen.before.option)};
	return {};
}

/* The first part of a datagram is not copied, unless it is cut into IP fragments or more is to come
 * without UDP_SEGMENT; what is appended is copied behind it (ZC-CP-05, ZC-CP-06). */
std::size_t Model::fragments_after(const Socket &socket, const Operation &send) const
{
	constexpr std::size_t copied_to = 8 * page; /* at once, at most: SKB_FRAG_PAGE_ORDER */
	const auto vectors = vectors_of(send);
	const std::size_t length = length_of(vectors);

	if (socket.has_pending)
		return socket.pending_fragments + 2 + length / copied_to;
	if (!(send.flags & zerocopy) || !socket.option || copies_ ||
	    (!send.segment &&
	     (send.flags & more || socket.corked || length + knowledge_.headers > knowledge_.mtu)))
		return 0;
	return fragments_with(0, vectors);
}

bool Model::too_many_pieces(const Socket &socket, const Operation &send) const
{
	return fragments_after(socket, send) > most_fragments;
}

/* What udp_send_skb() refuses, when the id is given: a segment above the MTU, or too many of them. */
bool Model::fails_late(const Socket &socket, const Operation &send) const
{
	const auto vectors = vectors_of(send);
	const std::size_t segment = socket.has_pending ? socket.pending_segment : send.segment;
	std::size_t length = length_of(vectors);

	if (stream() || !segment || (length == 0 && socket.has_pending) || readable_of(vectors) < length ||
	    send.flags & more || socket.corked)
		return false;
	if (!socket.has_pending && (socket.shut || (!socket.connected && send.form != Form::sendto)))
		return false;
	for (const Stretch &stretch : socket.pending)
		length += stretch.length;
	if (length > knowledge_.largest_datagram || vectors.size() > most_vectors ||
	    too_many_pieces(socket, send))
		return false;
	return socket.unchecked ||
	       knowledge_.headers + std::min(length, segment) >
		       (socket.has_pending ? socket.pending_mtu : knowledge_.mtu) ||
	       length > segment * knowledge_.most_segments;
}

/* A VSOCK packet that is shared has the places of a packet buffer, and no memory that cannot be read. */
bool Model::unsendable(const Operation &send)
{
	std::vector<Vector> packet;
	std::size_t room = vsock_packet;

	for (Vector vector : vectors_of(send)) {
		if (!vector.readable)
			return true;
		while (vector.length) {
			const Vector part{vector.position, std::min(vector.length, room), true};

			packet.push_back(part);
			if (fragments_with(0, packet) > most_fragments)
				return true;
			vector.position += part.length;
			vector.length -= part.length;
			room -= part.length;
			if (room == 0) {
				packet.clear();
				room = vsock_packet;
			}
		}
	}
	return false;
}

/* The credit that a sender knows of may be less than there is by all but a packet
 * (net/vmw_vsock/virtio_transport_common.c:virtio_transport_stream_do_dequeue). */
bool Model::beyond_credit(const Socket &socket, std::size_t length)
{
	for (const Stretch &stretch : socket.stream)
		length += stretch.length;
	return length > vsock_packet;
}

/* It may exceed what is left of the option memory or of the user's pages. */
bool Model::near_limits(const Operation &send, const Seen &seen) const
{
	const unsigned messages = send.form == Form::sendmmsg ? messages_of_many : 1;

	if (seen.before.option + messages * knowledge_.structure > knowledge_.option_memory)
		return true;
	if (!knowledge_.locked_pages)
		return false;
	const bool joined = changes_users_ && knows("joined-send-charged-to-the-first-user");
	return messages * pages_charged(length_of(vectors_of(send)) + knowledge_.headers) +
		       possibly_locked(joined) >
	       *knowledge_.locked_pages;
}

/* No notification structure was to be had. VSOCK has the same error where a packet cannot be made. */
bool Model::refused(const Operation &send, os::Returned result, const Seen &seen) const
{
	return result.error == ENOBUFS ||
	       (vsock_ && result.error == ENOMEM && knows("vsock-limits-give-enomem") &&
		(!unsendable(send) || near_limits(send, seen)));
}

/* Where a datagram of no bytes counts, it is as one with some. */
bool Model::takes_structure(const Socket &socket, const Operation &send) const
{
	return send.flags & zerocopy && socket.option &&
	       (length_of(vectors_of(send)) > 0 ||
		(!stream() && !socket.has_pending && knows("zero-length-datagram-counts")));
}

/* "Each send call with MSG_ZEROCOPY that successfully sends data increments the counter. The
 * counter is not incremented on failure or if called with length zero." */
bool Model::counts(const Socket &socket, const Operation &send, os::Returned result) const
{
	if (!takes_structure(socket, send))
		return false;
	if (result.ok())
		return !stream() || result.returned > 0;
	if ((result.error == EMSGSIZE || result.error == EINVAL) && fails_late(socket, send))
		return knows("udp-late-failure-counts");
	if (result.error == EIO && copies_)
		return knows("udp-gso-without-checksum-offload-counts");
	if (result.error == ENOBUFS && !stream() && dropping_ && socket.errors)
		return knows("udp-enobufs-counts") && !(send.flags & more) && !socket.corked;
	return tcp_ && socket.repair == 2 && result.error == EFAULT && knows("repair-queue-failure-counts");
}

void Model::enter(Socket &socket, const Operation &send, os::Returned result, const Seen &seen)
{
	const auto vectors = vectors_of(send);
	const bool counted = counts(socket, send, result);
	const bool flagged = send.flags & zerocopy && socket.option;
	const std::size_t call = socket.calls.size();
	std::size_t left = stream() ? static_cast<std::size_t>(std::max<ssize_t>(result.returned, 0))
				    : length_of(vectors);

	socket.calls.push_back(
		{.shared = flagged,
		 .slot = send.slot,
		 .generation = send.kind == Kind::splice ? 0 : generations_[send.slot],
		 .due = result.ok() ? left : 0,
		 .arrives = result.ok() && left > 0 && socket.receiver,
		 .user = user_,
		 .pages = flagged ? pages_charged(length_of(vectors) + knowledge_.headers) : 0});
	/* Its parts may have one each, as credit comes while it is under way. */
	unsure_ |= vsock_ && counted && beyond_credit(socket, length_of(vectors)) &&
		   knows("vsock-send-split-into-several-ids");
	if (counted)
		socket.ids.push_back({call});
	else if (result.ok())
		socket.calls[call].pages = 0;
	if (!result.ok()) {
		/* What waited for the rest of its datagram goes with the call that failed. */
		if (socket.has_pending && seen.after.allocated == 0) {
			for (const Stretch &stretch : socket.pending)
				socket.calls[stretch.call].arrives = false;
			socket.pending.clear();
			socket.has_pending = false;
			socket.pending_fragments = 0;
		}
		return;
	}
	if (tcp_ && socket.repair == 2) {
		/* To its own receive queue, as a copy; the connection cannot go on behind that. */
		socket.calls[call].due = 0;
		socket.calls[call].arrives = !knows("repair-queue-copy-not-reported");
		socket.severed |= result.returned > 0;
		return;
	}
	std::vector<Stretch> stretches;
	for (const Vector &vector : vectors) {
		const std::size_t length = std::min(vector.length, left);

		if (length)
			stretches.push_back({send.slot, vector.position, length, call});
		left -= length;
	}
	if (stream()) {
		socket.holds = send.flags & more;
		socket.calls[call].acknowledged = stretches.empty();
		if (socket.receiver && !socket.severed)
			socket.stream.insert(socket.stream.end(), stretches.begin(), stretches.end());
		else
			socket.calls[call].arrives = false;
		return;
	}
	const std::size_t fragments = fragments_after(socket, send);
	if (!socket.has_pending) {
		socket.pending_segment = send.segment;
		socket.pending_mtu = knowledge_.mtu;
		socket.pending_since = call;
	}
	socket.has_pending = true;
	socket.pending_fragments = fragments;
	socket.pending.insert(socket.pending.end(), stretches.begin(), stretches.end());
	if (!(send.flags & more) && !socket.corked)
		push(socket);
}

/* A datagram is complete, and leaves in segments where it has any. */
void Model::push(Socket &socket)
{
	if (!socket.has_pending)
		return;
	Datagram whole{std::move(socket.pending)};
	const std::size_t length = whole.length();
	const std::size_t segment = socket.pending_segment ? socket.pending_segment : length;
	const bool refused =
		socket.pending_segment &&
		(socket.unchecked || (copies_ && knows("udp-gso-without-checksum-offload-counts")) ||
		 knowledge_.headers + std::min(length, segment) > socket.pending_mtu ||
		 length > segment * knowledge_.most_segments);
	const bool fragments = !socket.pending_segment && length + knowledge_.headers > socket.pending_mtu;

	socket.pending.clear();
	socket.has_pending = false;
	socket.pending_fragments = 0;
	for (std::size_t i = socket.pending_since; i < socket.calls.size(); i++) {
		Call &call = socket.calls[i];

		call.arrives &= socket.receiver && !dropping_ && !refused;
		call.unread |= fragments && knowledge_.headers == ipv4_headers &&
			       knows("ipv4-fragments-complete-when-read");
	}
	if (!socket.receiver || dropping_ || refused)
		return;
	if (length <= segment) {
		socket.datagrams.push_back(std::move(whole));
		return;
	}
	Datagram part;
	std::size_t room = segment;
	for (Stretch stretch : whole.stretches) {
		while (stretch.length) {
			const std::size_t taken = std::min(stretch.length, room);

			part.stretches.push_back({stretch.slot, stretch.position, taken, stretch.call});
			stretch.position += taken;
			stretch.length -= taken;
			room -= taken;
			if (room == 0) {
				socket.datagrams.push_back(std::move(part));
				part = {};
				room = segment;
			}
		}
	}
	if (!part.stretches.empty())
		socket.datagrams.push_back(std::move(part));
}

/* Races */

/* Some order of the calls explains the ids (history.h): as many as calls that succeeded, and none of one
 * that failed. Which call had which is not known, so that stores may be seen as long as any of them is
 * outstanding. */
std::optional<Disagreement> Model::judge_race(const Operation &race, const Seen &seen)
{
	Socket &socket = sockets_[race.socket];
	const bool flagged = race.flags & zerocopy && socket.option;
	const auto first = static_cast<std::uint32_t>(socket.ids.size());
	std::vector<Timed> counted;
	std::vector<Report> reports;

	for (const Raced &call : seen.raced) {
		const bool ok = call.result.ok();

		socket.charged += most_charged(race);

		if (ok && (!call.readable || call.result.returned > static_cast<ssize_t>(race.length)))
			return Disagreement{"ZC-TX-12", "send of one of several threads",
					    call.readable ? std::to_string(race.length) : "-1 (EFAULT)",
					    os::describe(call.result)};
		if (!ok) {
			socket.aborted +=
				flagged && !call.readable && knows("udp-concurrent-failure-corrupts-ids");
			continue;
		}
		/* The parts of calls that a full buffer cuts are in an unknown order. */
		unsure_ |= !all_of(call.result, race.length);
		if (flagged)
			counted.push_back(call.time);
		socket.calls.push_back({.shared = flagged,
					.slot = race.slot,
					.generation = generations_[race.slot],
					.due = race.length,
					.arrives = false,
					.user = user_,
					.pages = 0,
					.raced = true});
		const std::size_t index = socket.calls.size() - 1;
		if (flagged)
			socket.ids.push_back({index});
		const Stretch stretch{race.slot, race.offset, race.length, index};
		if (tcp_)
			socket.stream.push_back(stretch);
		else
			socket.datagrams.push_back({{stretch}});
	}
	if (tcp_)
		socket.holds = false;
	socket.diverged |= seen.result.returned != seen.twin.returned;
	for (std::size_t i = 0; i < seen.messages.size(); i++)
		for (const errqueue::Notification &entry : seen.messages[i].notifications)
			if (entry.is_zerocopy())
				reports.push_back({entry.ids(), seen.read_at[i]});
	if (!unsure_ && socket.aborted == 0 && !explicable(first, counted, reports)) {
		std::string read;

		for (const Report &report : reports)
			read += (read.empty() ? "" : ", ") + errqueue::describe(report.ids);
		return Disagreement{"ZC-CT-10", "ids read while threads send",
				    "those that some order of the calls gives, from " +
					    std::to_string(first) + " on",
				    read + " ahead of their calls"};
	}
	return unsure_ ? std::nullopt : judge_drain({.kind = Kind::drain, .socket = race.socket}, seen);
}

/* Notifications */

std::optional<Disagreement> Model::judge_read(const Operation &drain, const Seen &seen)
{
	if (sockets_[drain.socket].ready && seen.messages.empty())
		return Disagreement{"ZC-RX-03", "read of the error queue after POLLERR", "a notification",
				    "none"};
	return judge_drain(drain, seen);
}

std::optional<Disagreement> Model::judge_drain(const Operation &drain, const Seen &seen)
{
	Socket &socket = sockets_[drain.socket];

	socket.ready &= seen.messages.empty();

	for (const errqueue::Message &message : seen.messages) {
		bool zerocopy_entry = false;

		if (drain.form == Form::sendmmsg) {
			if (!(message.flags & MSG_CTRUNC))
				return Disagreement{"ZC-PA-12", "entry that does not fit the control buffer",
						    "MSG_CTRUNC", errqueue::describe(message)};
			socket.lost++;
			socket.truncated += !mixed(socket);
			continue;
		}
		for (const errqueue::Notification &entry : message.notifications) {
			if (!entry.is_zerocopy() && mixed(socket) &&
			    entry.err.ee_origin != SO_EE_ORIGIN_ZEROCOPY)
				continue;
			zerocopy_entry = true;
			if (auto wrong = judge_entry(socket, message, entry))
				return wrong;
		}
		if (!zerocopy_entry && !mixed(socket))
			return Disagreement{"ZC-CT-18", "entry of the error queue", "a notification",
					    errqueue::describe(message)};
	}
	if (outstanding(drain.socket) == 0 && socket.lost == 0 && !mixed(socket) && seen.after.option)
		return Disagreement{"ZC-LIM-03", "option memory in use when all notifications are read", "0",
				    std::to_string(seen.after.option)};
	return {};
}

std::optional<Disagreement> Model::judge_entry(Socket &socket, const errqueue::Message &message,
					       const errqueue::Notification &entry)
{
	const errqueue::IdRange ids = entry.ids();
	const std::string seen = errqueue::describe(message);

	if (entry.header.level != knowledge_.error_level || entry.header.type != knowledge_.error_type)
		return Disagreement{"ZC-PA-09", "control message of a notification",
				    os::option_name(knowledge_.error_level, knowledge_.error_type), seen};
	if (!entry.is_zerocopy())
		return Disagreement{"ZC-PA-11", "notification", "ee_errno 0, SO_EE_ORIGIN_ZEROCOPY", seen};
	if ((entry.err.ee_code & ~SO_EE_CODE_ZEROCOPY_COPIED) || entry.err.ee_type || entry.err.ee_pad)
		return Disagreement{"ZC-PA-05", "notification",
				    "ee_code 0 or SO_EE_CODE_ZEROCOPY_COPIED, zeros", seen};
	if (message.returned != 0 || message.flags != MSG_ERRQUEUE || message.name_length != 0)
		return Disagreement{"ZC-RX-11", "read of a notification",
				    "no payload, no name, MSG_ERRQUEUE alone", seen};
	const std::size_t address = vsock_			   ? 0
				    : entry.header.level == SOL_IP ? sizeof(sockaddr_in)
								   : sizeof(sockaddr_in6);
	if (message.control.size() != 1 ||
	    entry.header.length != CMSG_LEN(sizeof(sock_extended_err) + address) ||
	    !std::ranges::all_of(entry.offender, [](std::uint8_t byte) { return byte == 0; }))
		return Disagreement{"ZC-PA-12", "control message of a notification",
				    "one, with an address of zeros", seen};
	/* One id too high, and the next call has it again. */
	if (ids.hi >= socket.ids.size() && ids.hi - socket.ids.size() < socket.aborted) {
		socket.aborted--;
		socket.lost++;
		return {};
	}
	if (ids.hi < ids.lo || ids.hi >= socket.ids.size())
		return Disagreement{"ZC-CT-18", "ids of a notification",
				    socket.ids.empty()
					    ? "none: no call has an id"
					    : "none above " + std::to_string(socket.ids.size() - 1),
				    errqueue::describe(ids)};
	for (std::uint32_t id = ids.lo; id <= ids.hi; id++) {
		Id &each = socket.ids[id];

		if (each.reported && socket.aborted) {
			socket.aborted--;
			socket.lost++;
			continue;
		}
		if (each.reported)
			return Disagreement{"ZC-CT-18", "ids of a notification",
					    "none that was reported, as " + std::to_string(id) + " was",
					    errqueue::describe(ids)};
		each.reported = true;
		Call &call = socket.calls[each.call];
		if (scripted(socket) && !call.acknowledged && call.arrives && !socket.severed)
			return Disagreement{"ZC-IN-09", "ids reported while their data is not acknowledged",
					    "without " + std::to_string(id), errqueue::describe(ids)};
		call.completed = generations_[call.slot];
	}
	socket.entries.push_back({ids, entry.copied()});
	return {};
}

/* Loopback: "all packets generated with MSG_ZEROCOPY that are looped to a local socket will incur a
 * deferred copy", and Deferred copies: "the kernel signals if data was completed with a copy". */
std::optional<Disagreement> Model::judge_codes(const Socket &socket) const
{
	/* Of what goes to no local socket no copy is due, and a receiver of VSOCK shares the pages. */
	if (scripted(socket) || vsock_ ||
	    (knowledge_.probes_mtu && knows("probe-completes-what-it-replaces")))
		return {};
	for (const Entry &entry : socket.entries) {
		const auto copied = [&](const Id &id) {
			const Call &call = socket.calls[id.call];

			return call.arrives && call.due == 0;
		};
		const auto first = socket.ids.begin() + entry.ids.lo;
		const auto last = socket.ids.begin() + entry.ids.hi + 1;
		const auto found = std::find_if(first, last, copied);

		if (entry.copied || found == last)
			continue;
		if (std::all_of(first, last, copied) || !knows("merged-range-keeps-first-code"))
			return Disagreement{entry.ids.count() > 1 ? "ZC-BT-07" : "ZC-LO-01",
					    "ee_code of " + errqueue::describe(entry.ids) + ", of which " +
						    std::to_string(found - socket.ids.begin()) +
						    " went to a local socket",
					    "SO_EE_CODE_ZEROCOPY_COPIED", "0"};
	}
	return {};
}

/* Data */

std::optional<Disagreement> Model::judge_bytes(Socket &socket, const Stretch &stretch, os::Bytes data)
{
	Call &call = socket.calls[stretch.call];
	const unsigned now = generations_[stretch.slot];
	const bool probed = knowledge_.probes_mtu && knows("probe-shares-completed-data");
	const unsigned last = !call.shared				 ? call.generation
			      : call.completed && !probed && !call.raced ? *call.completed
									 : now;

	call.due -= std::min(call.due, stretch.length);
	if (std::memcmp(data.data(), &bytes_of(stretch.slot, call.generation)[stretch.position],
			stretch.length) == 0)
		return {};
	for (std::size_t i = 0; i < stretch.length; i++) {
		const auto is = [&](unsigned generation) {
			return data[i] == bytes_of(stretch.slot, generation)[stretch.position + i];
		};
		unsigned generation = call.generation;

		while (generation <= now && !is(generation))
			generation++;
		if (generation <= last)
			continue;
		if (generation <= now)
			return Disagreement{"ZC-IN-08", "byte " + std::to_string(i) + " of what a call sent",
					    call.shared ? "as it was when the notification was read"
							: "as it was in the call, which had not the flag",
					    "as it was stored later"};
		return Disagreement{"ZC-IN-08", "byte " + std::to_string(i) + " of what a call sent",
				    "one of those that were sent", "another"};
	}
	return {};
}

std::optional<Disagreement> Model::judge_data(Socket &socket, const Seen &seen)
{
	for (const os::Data &data : seen.data) {
		os::Bytes rest = data;

		if (!stream()) {
			if (!socket.receiver)
				continue;
			if (socket.datagrams.empty() || socket.datagrams.front().length() != data.size())
				return Disagreement{
					"ZC-IN-08", "datagram at the receiver",
					socket.datagrams.empty()
						? "none"
						: std::to_string(socket.datagrams.front().length()) +
							  " bytes",
					std::to_string(data.size()) + " bytes"};
			const Datagram datagram = std::move(socket.datagrams.front());
			socket.datagrams.pop_front();
			for (const Stretch &stretch : datagram.stretches) {
				if (auto wrong = judge_bytes(socket, stretch, rest.first(stretch.length)))
					return wrong;
				rest = rest.subspan(stretch.length);
			}
			continue;
		}
		while (!rest.empty()) {
			if (socket.stream.empty())
				return Disagreement{"ZC-IN-08", "stream at the receiver", "no more bytes",
						    std::to_string(rest.size()) + " more"};
			Stretch &front = socket.stream.front();
			Stretch taken = front;

			taken.length = std::min(front.length, rest.size());
			if (auto wrong = judge_bytes(socket, taken, rest.first(taken.length)))
				return wrong;
			rest = rest.subspan(taken.length);
			front.position += taken.length;
			front.length -= taken.length;
			if (front.length == 0)
				socket.stream.pop_front();
		}
	}
	return {};
}

/* "Zerocopy notifications have a zero error code, however, to not block send and recv calls." */
std::optional<Disagreement> Model::judge_poll(const Operation &poll, const Seen &seen)
{
	const Socket &socket = sockets_[poll.socket];
	const short differ = static_cast<short>(seen.events ^ seen.twin_events);
	/* Flagged data is charged in whole pages. */
	const bool fuller = stream() || 2 * seen.before.allocated >= seen.before.send_buffer;
	const short may = fuller ? POLLERR | POLLOUT : POLLERR;

	if (!socket.diverged && !socket.severed && socket.receiver && !socket.repair && differ & ~may)
		return Disagreement{"ZC-TX-12", "poll(2)",
				    os::poll_events(static_cast<unsigned>(seen.twin_events)) +
					    ", as a socket without the flag",
				    os::poll_events(static_cast<unsigned>(seen.events))};
	if (seen.events & POLLERR && !(seen.twin_events & POLLERR) && outstanding(poll.socket) == 0 &&
	    !mixed(socket) && socket.receiver)
		return Disagreement{"ZC-CT-18", "poll(2) when all notifications are read", "no POLLERR",
				    os::poll_events(static_cast<unsigned>(seen.events))};
	return judge_ready(poll, seen);
}

/* "The socket signals POLLERR" for as long as a notification is queued. */
std::optional<Disagreement> Model::judge_ready(const Operation &look, const Seen &seen)
{
	Socket &socket = sockets_[look.socket];
	/* Nothing but a notification can be the reason. */
	const bool sound = socket.receiver && !socket.severed && !socket.shut && !socket.diverged &&
			   !socket.repair && !mixed(socket) && outstanding(look.socket) > 0;

	if (socket.ready && !(seen.events & POLLERR))
		return Disagreement{"ZC-RX-03", "poll(2) while a notification that it reported is unread",
				    "POLLERR", os::poll_events(static_cast<unsigned>(seen.events))};
	socket.ready |= sound && seen.events & POLLERR && !(seen.twin_events & POLLERR);
	return {};
}

/* The end */

std::uint64_t Model::outstanding(unsigned socket) const
{
	return static_cast<std::uint64_t>(
		std::ranges::count_if(sockets_[socket].ids, [](const Id &id) { return !id.reported; }));
}

/* Pages are given back at completion, which comes ahead of the reading. A call that failed stays
 * charged to a structure that it would have joined until that completes. */
std::uint64_t Model::possibly_locked(bool of_any_user) const
{
	std::uint64_t pages = 0;

	for (unsigned i = 0; i < sockets; i++) {
		if (outstanding(i) == 0)
			continue;
		for (const Call &call : sockets_[i].calls)
			if (!call.completed && (of_any_user || call.user == user_))
				pages += call.pages;
	}
	return pages;
}

bool Model::data_due(unsigned socket) const
{
	const Socket &each = sockets_[socket];

	return !each.severed && (!each.stream.empty() || !each.datagrams.empty());
}

/* Loopback: "Unbound notification latency is not acceptable." TCP acknowledges what fits the window. */
bool Model::completes_unread(unsigned socket) const
{
	constexpr std::size_t least_window = 8 * page;
	const Socket &each = sockets_[socket];
	std::size_t unread = 0;

	/* VSOCK completes when it is read. */
	if (unsure_ || each.lost || outstanding(socket) == 0 || scripted(each) || vsock_)
		return false;
	if (tcp_) {
		for (const Stretch &stretch : each.stream)
			unread += stretch.length;
		return each.connected && each.receiver && !each.severed && !each.repair && !each.shut &&
		       !each.corked && !each.holds && unread < least_window;
	}
	return std::ranges::any_of(each.ids, [&](const Id &id) {
		const bool waits = each.has_pending && id.call >= each.pending_since;

		return !id.reported && !each.calls[id.call].unread && !waits;
	});
}

std::optional<Disagreement> Model::judge_unread(unsigned socket) const
{
	if (!completes_unread(socket))
		return {};
	return Disagreement{tcp_ ? "ZC-LO-03" : "ZC-LO-02", "notifications while the receiver does not read",
			    "each id sent, once", describe(socket), true};
}

std::string Model::describe(unsigned socket) const
{
	errqueue::Ledger ledger;

	for ([[maybe_unused]] const Id &id : sockets_[socket].ids)
		ledger.sent();
	for (const Entry &entry : sockets_[socket].entries)
		ledger.completed(entry.ids);
	return ledger.describe();
}

std::optional<Disagreement> Model::judge_end(unsigned socket, const Memory &memory) const
{
	const Socket &each = sockets_[socket];
	unsigned gaps = 0;
	bool in_gap = false;

	if (unsure_)
		return {};
	if (data_due(socket))
		return Disagreement{"ZC-IN-08", "data at the receiver",
				    stream() ? "the whole stream" : "every datagram", "a part is missing",
				    true};
	for (const Id &id : each.ids) {
		gaps += !id.reported && !in_gap;
		in_gap = !id.reported;
	}
	if (outstanding(socket) < each.truncated)
		return Disagreement{"ZC-RX-13",
				    "ids reported after an entry that did not fit the control buffer",
				    "not those of that entry", describe(socket)};
	if (gaps > each.lost)
		return Disagreement{"ZC-CT-18", "ids reported", "each id sent, once", describe(socket), true};
	if (memory.option && each.lost == 0 && !mixed(each))
		return Disagreement{"ZC-LIM-03", "option memory in use when all notifications are read", "0",
				    std::to_string(memory.option)};
	if (!each.severed && memory.queued)
		return Disagreement{"ZC-LIM-18", "send buffer in use when all is acknowledged", "0 bytes",
				    std::to_string(memory.queued) + " bytes"};
	return judge_codes(each);
}

} // namespace explore
