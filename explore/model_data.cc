// SPDX-License-Identifier: GPL-2.0
/* The model: the bytes that arrive, which are those of the call until its completion. */
#include <algorithm>
#include <cstring>

#include "explore/model.h"

namespace explore
{

std::size_t Model::Datagram::length() const
{
	std::size_t length = 0;

	for (const Stretch &stretch : stretches)
		length += stretch.length;
	return length;
}

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

} // namespace explore
