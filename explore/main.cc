// SPDX-License-Identifier: GPL-2.0
/*
 * Random programs of socket operations with MSG_ZEROCOPY, judged by a model of
 * Documentation/networking/msg_zerocopy.rst: docs/explorer.md.
 */
#include <cstdio>
#include <exception>

#include "explore/explorer.h"
#include "explore/options.h"
#include "os/version.h"

int main(int argc, char **argv)
{
	using explore::Options;

	try {
		const Options options = explore::parse_options(argc, argv);

		switch (options.action) {
		case Options::Action::help:
			std::fputs(explore::help_text, stdout);
			return 0;
		case Options::Action::version:
			std::printf("zerocopy_explore %s\n", os::version);
			return 0;
		case Options::Action::replay:
			return explore::replay(options);
		case Options::Action::explore:
			return explore::explore(options, argv[0]);
		}
	} catch (const std::exception &trouble) {
		std::fprintf(stderr, "zerocopy_explore: %s\n", trouble.what());
	}
	return 1;
}
