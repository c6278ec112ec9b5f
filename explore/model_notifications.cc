// SPDX-License-Identifier: GPL-2.0
/* The model: notifications and readiness. */
#include <netinet/in.h>
#include <poll.h>

#include <algorithm>

#include "explore/model.h"
#include "os/names.h"

namespace explore
{

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

} // namespace explore
