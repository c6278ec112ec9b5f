// SPDX-License-Identifier: GPL-2.0
/*
 * Random programs of socket operations with MSG_ZEROCOPY, judged by a model of
 * Documentation/networking/msg_zerocopy.rst: docs/explorer.md.
 */
#include <cstdio>

#include "explore/explorer.h"
#include "explore/options.h"
#include "os/program.h"
#include "os/version.h"

using explore::Options;

static int act(const Options &options, const char *program)
{
	switch (options.action) {
	case Options::Action::help:
		std::fputs(explore::help_text, stdout);
		return 0;
	case Options::Action::version:
		std::printf("zerocopy_explore %s\n", os::version);
		return 0;
	case Options::Action::replay:
		return explore::replay(options);
	default:
		return explore::explore(options, program);
	}
}

int main(int argc, char **argv)
{
	return os::run_program("zerocopy_explore",
			       [=] { return act(explore::parse_options(argc, argv), argv[0]); });
}
