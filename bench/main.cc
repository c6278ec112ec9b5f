// SPDX-License-Identifier: GPL-2.0
/*
 * Is MSG_ZEROCOPY worth it? What a call with the flag costs, compared with one without:
 * docs/performance.md.
 */
#include <cstdio>

#include "bench/bench.h"
#include "bench/options.h"
#include "os/program.h"
#include "os/version.h"

using bench::Options;

static int act(const Options &options)
{
	switch (options.action) {
	case Options::Action::help:
		std::fputs(bench::help_text, stdout);
		return 0;
	case Options::Action::version:
		std::printf("zerocopy_bench %s\n", os::version);
		return 0;
	default:
		return bench::measure(options);
	}
}

int main(int argc, char **argv)
{
	return os::run_program("zerocopy_bench", [=] { return act(bench::parse_options(argc, argv)); });
}
