/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace harness
{

/* Which results to plan: shell globs; an empty list selects all. */
struct Selection {
	std::vector<std::string> tests; /* case, or case.transport.path */
	std::vector<std::string> not_tests;
	std::vector<std::string> variants; /* transport.path */
	std::vector<std::string> not_variants;
	std::vector<std::string> requirements; /* ZC-CT-01, or CT-01 */
	std::vector<std::string> transports;
	std::vector<std::string> paths;
	/* Names of entries. Empty: the core, and what tests or requirements name
	 * in any other; never guest-only. */
	std::vector<std::string> entries;
};

/* Which known deviations are failures. */
enum class Strict { none, fixed, all };
const char *name(Strict strict);

enum class Action { run, list, catalogue, catalogue_json, explain, serve, version, help };

/* A line of the user's own list of expected failures: see known.h. */
struct KnownFailure {
	std::string glob; /* case, or case.transport.path */
	std::string reason;
	std::string place; /* "FILE:3" */
};

struct Options {
	Action action = Action::run;
	Selection selection;
	bool why = false;	     /* a list with the reasons */
	unsigned repeat = 0;	     /* 0: not given; once, or until_fail without end */
	bool stacks = false;	     /* measure them, or list those that would be */
	bool until_fail = false;     /* all of it again and again, until one fails */
	bool bisect = false;	     /* exit status for `git bisect run` */
	std::string trace;	     /* of the first result that this glob selects; "": of none */
	std::string reproducer;	     /* of the result that this glob selects; "": of none */
	std::string reproducer_file; /* "": named as the result */
	unsigned jobs = 0;	     /* 0: as many as suit the machine */
	Strict strict = Strict::none;
	std::string known_file;		 /* "": none */
	std::vector<KnownFailure> known; /* what it says */
	bool deviations = false;	 /* explained */
	bool verbose = false;
	bool color = false;	/* results on standard output have colours */
	std::uint64_t seed = 0; /* 0: a new one each run */
	unsigned patience = 0;	/* os::event_timeout() of a current machine in milliseconds; 0: the default */
	std::string words;	/* to explain */
	std::string serve;	/* where to be an agent */
	std::string remote;	/* where the receiver's agent is; "": none */
	/* Files to write the results to beside TAP; "": none. */
	std::string json;
	std::string junit;
	std::string kcidb;
	std::string kcidb_origin; /* the name of the CI system, as KernelCI knows it */
	std::string kcidb_build;  /* the id of the kernel's build there */
	std::string about_remote; /* its kernel, device and copying, in one line */
};

Options parse_options(int argc, char **argv);
/* Whether --bisect is there, also where parse_options() throws. */
bool wants_bisect(int argc, char **argv);

extern const char *const help_text;

} // namespace harness
