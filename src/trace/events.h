/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "reproducer/program.h"
#include "trace/seeded.h"

/* From what a case did, call by call, to a program that does the same whatever its timing. Pure. */
namespace trace
{

struct Event {
	enum class Of {
		step,	/* as it is */
		wait,	/* an event of a descriptor that came */
		errors, /* a read of the error queue */
		data,	/* a read of data */
		look,	/* at what may still change */
	};
	Of of = Of::step;
	reproducer::Step step = {};
	int fd = -1;
	bool stream = false;  /* data of a stream, which may come in other pieces */
	bool nothing = false; /* a read that found nothing */
	bool quiet = false;   /* a look that waited for what did not come */
	bool tidies = false;  /* matters only to what comes later */
	int file = -1;	      /* the descriptor of a file that bytes may be taken from */
	bool setting = false; /* of the namespace, which is read: of no matter where anything else answers */
	int mapping = -1;     /* as Layout::mapped() numbers it */
	std::size_t length = 0;
	std::vector<reproducer::Step> contents = {}; /* that compare what was read into in[] */
	std::vector<SeededBytes::Part> parts = {};
	std::vector<std::string> literals = {}; /* of the parts that do not follow from the seed */
};

std::vector<reproducer::Step> steps_of(std::vector<Event> events);

/* Does the step watch for what did not come? That shows something only where it should have come. */
bool waits_long(const reproducer::Step &step);
void wait_no_longer(reproducer::Step &step);

} // namespace trace
