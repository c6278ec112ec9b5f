// SPDX-License-Identifier: GPL-2.0
/* The model: what a send may return, take and leave behind. */
#include <algorithm>
#include <cerrno>

#include "explore/model.h"

namespace explore
{

namespace
{

constexpr std::size_t page = 4096;
/* MAX_SKB_FRAGS, unless a kernel is configured otherwise. */
constexpr unsigned most_fragments = 17;
constexpr unsigned most_vectors = 1024; /* UIO_MAXIOV */
/* VIRTIO_VSOCK_MAX_PKT_BUF_SIZE */
constexpr std::size_t vsock_packet = 64 << 10;

bool all_of(os::Returned result, std::size_t length)
{
	return result.returned == static_cast<ssize_t>(length);
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
		socket.diverged |= result != twin && (socket.has_pending || send.flags & more ||
						      socket.corked || socket.repair || !socket.receiver);
		return {};
	}
	if (vsock_ && unsendable(send) && takes_structure(socket, send)) {
		const bool known = readable == length && knows("vsock-fragment-limit-refused");

		socket.diverged = true;
		return result.ok() || result == twin || (result.error == ENOMEM && known)
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
		return result == twin ? std::nullopt : std::optional(differs);
	}
	if (result == twin)
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
		call.unread |= fragments && length + knowledge_.headers <= knowledge_.mtu &&
			       knows("buffer-list-completes-when-read");
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

} // namespace explore
