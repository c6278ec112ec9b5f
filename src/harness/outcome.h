/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace harness
{

enum class Verdict : char {
	pass = 'P',
	fail = 'F',   /* the kernel broke the promise */
	skip = 'S',   /* something is missing, named by `reason` */
	xfail = 'X',  /* broken exactly as the catalogue says of this kernel, or expected by the user */
	xpass = 'K',  /* kept, although the catalogue or the user says that this kernel breaks it */
	broken = 'B', /* the case could not be set up, or the suite failed: no verdict */
};

/* What became of one planned result. */
struct Outcome {
	Verdict verdict = Verdict::broken;
	std::string reason = {};		   /* one line: what is missing, which deviation */
	std::vector<std::string> diagnostics = {}; /* lines that explain a failure */
	std::vector<std::string> trace = {}; /* what the case asked of the kernel, where that is wanted */
	std::string recording = {};	     /* the same for a reproducer: see trace::decoded() */
	long milliseconds = 0;
	std::optional<std::chrono::system_clock::time_point> started = {}; /* where it was */
	/* What a failure breaks, by its id, where that is not all of the case's own: one of them, or
	 * what every case ends by. */
	std::string requirement = {};
	/* What every case relies on where this one failed, by its id; "" where that is nothing
	 * but the case's own. A failure of many cases breaks that. Behind ':' stands what was looked
	 * at, where most that rely on the requirement do not look at it. */
	std::string common = {};
	/* The same where it held, each once. */
	std::vector<std::string> relied_on = {};
	/* By the user's list, and not by the catalogue, it was expected to fail: see known.h. */
	bool listed = false;
	bool fixed = false;  /* the deviation, by a later release of the kernel's series */
	bool splat = false;  /* the kernel reported a fault meanwhile */
	bool missed = false; /* planned and not run, as the run ended before */
};

} // namespace harness
