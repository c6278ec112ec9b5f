// SPDX-License-Identifier: GPL-2.0
#include "explore/trial.h"

#include <algorithm>

#include "errqueue/receive.h"
#include "os/deadline.h"
#include "os/names.h"

namespace explore
{

namespace
{

std::string result_of(const Operation &operation, const Seen &seen)
{
	if (!seen.done)
		return "not here";
	switch (operation.kind) {
	case Kind::drain: {
		std::string text;

		for (const errqueue::Message &message : seen.messages) {
			if (message.notifications.empty())
				text += " (an entry without room)";
			for (const errqueue::Notification &entry : message.notifications)
				text += entry.is_zerocopy()
						? ' ' + errqueue::describe(entry.ids()) +
							  (entry.copied() ? " COPIED" : " not copied")
						: ' ' + os::error_origin(entry.err.ee_origin);
		}
		return text.empty() ? "EAGAIN" : text.substr(1);
	}
	case Kind::receive: {
		std::size_t bytes = 0;

		for (const os::Data &data : seen.data)
			bytes += data.size();
		return std::to_string(bytes) + " bytes in " + std::to_string(seen.data.size()) + " reads";
	}
	case Kind::poll:
		return os::poll_events(static_cast<unsigned>(seen.events));
	case Kind::race:
		return std::to_string(std::ranges::count_if(
			       seen.raced, [](const Raced &call) { return call.result.ok(); })) +
		       " of " + std::to_string(seen.raced.size()) + " calls succeed";
	case Kind::store:
	case Kind::user:
	case Kind::option_memory:
	case Kind::locked_memory:
	case Kind::device_mtu:
	case Kind::drop:
	case Kind::checksums:
	case Kind::end_receiver:
	case Kind::window:
		return "done";
	default:
		return os::describe(seen.result);
	}
}

/* "send EMSGSIZE", "send flagged ok" */
std::string state_of(const Operation &operation, const Seen &seen)
{
	const std::string name(name_of(operation.kind));

	if (!seen.done)
		return name + " not here";
	if (operation.kind == Kind::drain)
		return name + (seen.messages.empty() ? " empty" : " entries");
	if (operation.kind == Kind::receive)
		return name + (seen.data.empty() ? " empty" : " data");
	if (operation.kind == Kind::poll)
		return name + (seen.events & 8 ? " POLLERR" : "");
	return name + (operation.kind == Kind::send && operation.flags & zerocopy ? " flagged " : " ") +
	       (seen.result.ok() ? "ok" : os::error_name(seen.result.error));
}

/* poll(2) had the time of an event to report what could be read then. */
const Disagreement unreported{"ZC-RX-02", "poll(2) while a notification is queued", "POLLERR", "no POLLERR",
			      true};

class Run {
public:
	Run(const Program &program, Workshop &workshop, const std::set<std::string> &deviations,
	    Coverage *coverage)
		: program_(program), kernel_(program, workshop), model_(program, known(deviations)),
		  coverage_(coverage)
	{
	}

	Trial to_the_end()
	{
		for (; trial_.at < program_.operations.size(); trial_.at++)
			if (!agrees(program_.operations[trial_.at]))
				return std::move(trial_);
		ending_ = true;
		for (const Operation &release : kernel_.releases())
			if (!agrees(release))
				return std::move(trial_);
		for (unsigned i = 0; i < sockets && !trial_.disagreement; i++)
			settle(i);
		return std::move(trial_);
	}

private:
	Knowledge known(const std::set<std::string> &deviations) const
	{
		Knowledge knowledge = kernel_.knowledge();

		knowledge.deviations = deviations;
		return knowledge;
	}

	bool agrees(const Operation &operation)
	{
		if (operation.kind == Kind::await)
			return completes_unread(operation.socket);
		Seen seen;

		try {
			seen = kernel_.run(operation);
		} catch (const errqueue::ReadError &refused) {
			trial_.calls.push_back(call_of(operation, program_.stream()));
			trial_.disagreement = Disagreement{"ZC-RX-01", "read of the error queue",
							   "an entry, or EAGAIN", refused.what()};
			return false;
		}
		if (coverage_)
			(*coverage_)[state_of(operation, seen)]++;
		if (seen.done && (!ending_ || tells(operation, seen)))
			trial_.calls.push_back(call_of(operation, program_.stream()) + " = " +
					       result_of(operation, seen));
		entries_ += seen.messages.size();
		trial_.disagreement = model_.judge(operation, seen);
		return !trial_.disagreement;
	}

	bool completes_unread(unsigned socket)
	{
		const os::Deadline deadline;

		while (model_.completes_unread(socket) && kernel_.wait_for_entry(socket, deadline))
			if (!agrees({.kind = Kind::drain, .socket = socket}))
				return false;
		const std::size_t entries = entries_;
		if (model_.completes_unread(socket) && !agrees({.kind = Kind::drain, .socket = socket}))
			return false;
		trial_.disagreement =
			entries_ > entries ? std::optional(unreported) : model_.judge_unread(socket);
		return !trial_.disagreement;
	}

	/* Is it of interest although no operation of the program? */
	bool tells(const Operation &operation, const Seen &seen) const
	{
		if (operation.kind != Kind::cork)
			return !seen.messages.empty() || !seen.data.empty() ||
			       operation.kind == Kind::disconnect;
		return std::ranges::any_of(program_.operations, [&](const Operation &each) {
			return each.socket == operation.socket &&
			       (each.flags & more || each.kind == Kind::cork);
		});
	}

	bool reads(unsigned socket)
	{
		return agrees({.kind = Kind::receive, .socket = socket}) &&
		       agrees({.kind = Kind::drain, .socket = socket});
	}

	/* Read everything that is due, for as long as an event may take. */
	void settle(unsigned socket)
	{
		const os::Deadline deadline;

		kernel_.hurry(socket);
		/* Acknowledgments may be delayed: programs await them where that matters. */
		if (!program_.tcp() && !completes_unread(socket))
			return;
		if (model_.severed(socket) && !agrees({.kind = Kind::disconnect, .socket = socket}))
			return;
		do
			if (!reads(socket))
				return;
		while ((model_.data_due(socket) || model_.completions_due(socket)) &&
		       kernel_.wait(socket, deadline));
		/* What a stream has sent is acknowledged when it is read. */
		os::wait_until([&] { return kernel_.memory(socket).queued == 0; }, deadline);
		/* What is reported once too often, or arrives so, is there now. */
		if (reads(socket))
			trial_.disagreement = model_.judge_end(socket, kernel_.memory(socket));
	}

	const Program &program_;
	Kernel kernel_;
	Model model_;
	Coverage *coverage_;
	bool ending_ = false;	  /* the program is over */
	std::size_t entries_ = 0; /* of error queues, that were read */
	Trial trial_;
};

} // namespace

Trial try_program(const Program &program, Workshop &workshop, const std::set<std::string> &deviations,
		  Coverage *coverage)
{
	return Run(program, workshop, deviations, coverage).to_the_end();
}

} // namespace explore
