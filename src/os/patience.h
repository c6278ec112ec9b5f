/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <new>

#include "os/mapping.h"

namespace os
{

/* What a Deadline is for. What one wait for an event took tells how long others may take. */
enum class Event {
	other, /* each is its own, and tells nothing of another */
	notification,
	data,
	room,	  /* in a send buffer */
	call_end, /* a blocked call returns */
	memory,	  /* is given back */
	sockets,  /* are freed */
	progress, /* of a process; see sign_of_life() */
};
constexpr std::size_t number_of_events = 8;
constexpr std::array<Event, number_of_events> all_events = {
	Event::other,	 Event::notification, Event::data,    Event::room,
	Event::call_end, Event::memory,	      Event::sockets, Event::progress};
/* "a notification" */
const char *name(Event event);
constexpr unsigned bit(Event event)
{
	return 1U << static_cast<unsigned>(event);
}

/* An object in memory that this process shares with those it forks. */
template <typename Type> class Shared {
public:
	Shared() : memory_(sizeof(Type), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS)
	{
		new (memory_.data()) Type();
	}
	Type &operator*() const { return *reinterpret_cast<Type *>(memory_.data()); }
	Type *operator->() const { return &**this; }

private:
	Mapping memory_;
};

/*
 * What the processes of a run know together about waiting.
 *
 * Where a kernel is broken broadly, hundreds of tests wait for the same event in vain. Only the
 * first of them, the witnesses, wait for it the whole time. While these wait, and once they have
 * waited in vain, the others wait only for several times as long as the event took wherever it
 * came. What these show is nothing by itself: the harness believes them only together with the
 * witnesses, and runs them again otherwise. So a slow machine loses time, and no verdict.
 */
class Patience {
public:
	/* How many witnesses there are for each event. */
	void set_witnesses(int enough) { enough_ = enough; }
	int enough() const { return enough_; }

	/* How long those wait who are no witness: at least the shortest, on this machine. */
	static std::chrono::milliseconds shortest();
	std::chrono::milliseconds shorter(Event event) const;
	/* It came after so long. */
	void came(Event event, std::chrono::milliseconds after);
	/* One more process waits the whole time. False where there are enough that do, or did in vain. */
	bool take_witness(Event event);
	void release_witness(Event event);
	int witnesses(Event event) const { return of(event).witnesses; }

private:
	struct Known {
		std::atomic<long> longest = 0; /* in milliseconds */
		std::atomic<int> witnesses = 0;
	};
	Known &of(Event event) { return known_[static_cast<std::size_t>(event)]; }
	const Known &of(Event event) const { return known_[static_cast<std::size_t>(event)]; }

	std::atomic<int> enough_ = 1;
	std::array<Known, number_of_events> known_;
};

/* How a process waits. Sets of events are bits. */
struct Waiting {
	std::atomic<unsigned> witnessed = 0; /* it waits, or waited, the whole time */
	std::atomic<unsigned> in_vain = 0;   /* and did not come */
	std::atomic<unsigned> shortened = 0; /* it did not come within the shorter time */
	std::atomic<long> shorter = 0;	     /* the shortest such time, in milliseconds */
	std::atomic<int> depth = 0;	     /* deadlines of events that are there */
	std::atomic<int> at_once = 0;	     /* calls that it is in, see ReturnsAtOnce */
	/* In milliseconds of the steady clock: when the first of these was made, when the last of them
	 * ends, and the last sign of life; 0 where there was none. */
	std::atomic<long> since = 0;
	std::atomic<long> until = 0;
	std::atomic<long> alive = 0;

	/* It has been waiting for so long that it takes no time from others. */
	bool sleeps() const;
	/* For how long it has neither shown life nor waited with a deadline. */
	std::chrono::milliseconds silent() const;
};

/* From here on the deadlines of this process know both; null: neither. */
void wait_together(Patience *patience, Waiting *mine);
/* Around a call that never blocks, as promised: where this process hangs in it, it is the call that is
 * broken. */
class ReturnsAtOnce {
public:
	ReturnsAtOnce();
	~ReturnsAtOnce();
	ReturnsAtOnce(const ReturnsAtOnce &) = delete;
};
/* This process goes on: one that shows no life for as long as an event may take hangs. */
void sign_of_life();

} // namespace os
