// SPDX-License-Identifier: GPL-2.0
/*
 * Is MSG_ZEROCOPY worth it? What a call with the flag costs, compared with one without:
 * docs/performance.md.
 */
#include <cstdio>
#include <exception>

#include "bench/bench.h"
#include "bench/options.h"
#include "os/version.h"

int main(int argc, char **argv)
{
	using bench::Options;

	try {
		const Options options = bench::parse_options(argc, argv);

		switch (options.action) {
		case Options::Action::help:
			std::fputs(bench::help_text, stdout);
			return 0;
		case Options::Action::version:
			std::printf("zerocopy_bench %s\n", os::version);
			return 0;
		case Options::Action::measure:
			return bench::measure(options);
		}
	} catch (const std::exception &trouble) {
		std::fprintf(stderr, "zerocopy_bench: %s\n", trouble.what());
	}
	return 1;
}
