// SPDX-License-Identifier: GPL-2.0
#include "explore/model.h"

#include <algorithm>
#include <cerrno>
#include <map>
#include <random>

#include "errqueue/ledger.h"

namespace explore
{

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
		if (seen.result != seen.twin && !socket.severed && socket.repair == 0 && !socket.deaf)
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
	constexpr std::size_t least_window = 32 << 10;
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
