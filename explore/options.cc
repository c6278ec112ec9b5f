// SPDX-License-Identifier: GPL-2.0
#include "explore/options.h"

#include <getopt.h>

#include <cstring>

#include "catalogue/deviation.h"
#include "explore/kernel.h"
#include "os/embedded.h"
#include "os/program.h"

namespace explore
{

EMBEDDED_TEXT(zerocopy_explore_help, "explore/help.txt");

const char *const help_text = zerocopy_explore_help;

namespace
{

enum LongOnly {
	seed = 256,
	seconds,
	programs,
	workers,
	transport,
	path,
	without,
	keep_going,
	corpus,
	replay,
	verbose,
	version
};

constexpr option long_options[] = {
	{"seed", required_argument, nullptr, seed},
	{"seconds", required_argument, nullptr, seconds},
	{"programs", required_argument, nullptr, programs},
	{"workers", required_argument, nullptr, workers},
	{"transport", required_argument, nullptr, transport},
	{"path", required_argument, nullptr, path},
	{"without-deviation", required_argument, nullptr, without},
	{"keep-going", no_argument, nullptr, keep_going},
	{"corpus", required_argument, nullptr, corpus},
	{"replay", no_argument, nullptr, replay},
	{"verbose", no_argument, nullptr, verbose},
	{"version", no_argument, nullptr, version},
	{"help", no_argument, nullptr, 'h'},
	{nullptr, 0, nullptr, 0},
};

} // namespace

Options parse_options(int argc, char **argv)
{
	Options options;
	const auto paths = path_names();
	const auto transports = transport_names();

	opterr = 0;
	for (int option; (option = ::getopt_long(argc, argv, "h", long_options, nullptr)) != -1;)
		switch (option) {
		case seed:
			options.seed = os::whole_number<std::uint64_t>("--seed", optarg, 0);
			break;
		case seconds:
			options.seconds = os::whole_number<unsigned>("--seconds", optarg);
			break;
		case programs:
			options.programs = os::whole_number<std::uint64_t>("--programs", optarg);
			break;
		case workers:
			options.workers = os::whole_number<unsigned>("--workers", optarg);
			break;
		case transport:
			options.range.transports.push_back(os::one_of("--transport", optarg, transports));
			break;
		case path:
			options.range.paths.push_back(os::one_of("--path", optarg, paths));
			break;
		case without:
			if (std::strcmp(optarg, "all") != 0 && !catalogue::find_deviation(optarg))
				throw os::UsageError(std::string("the catalogue has no deviation '") +
						     optarg + "': msg_zerocopy --catalogue lists them");
			options.without.insert(optarg);
			break;
		case keep_going:
			options.keep_going = true;
			break;
		case corpus:
			options.corpus = optarg;
			break;
		case replay:
			options.action = Options::Action::replay;
			break;
		case verbose:
			options.verbose = true;
			break;
		case version:
			options.action = Options::Action::version;
			return options;
		case 'h':
			options.action = Options::Action::help;
			return options;
		default:
			throw os::UsageError(std::string("'") + argv[optind - 1] +
					     "' is unknown or lacks its value: see --help");
		}
	options.files.assign(argv + optind, argv + argc);
	if (options.action == Options::Action::replay && options.files.empty())
		throw os::UsageError("--replay takes files of programs");
	if (options.action == Options::Action::explore && !options.files.empty())
		throw os::UsageError("'" + options.files.front() + "' is no option: --replay takes files");
	if (options.range.transports.empty())
		options.range.transports = transports;
	if (options.range.paths.empty())
		options.range.paths = paths;
	if (!options.seconds && !options.programs)
		options.seconds = 10;
	return options;
}

} // namespace explore
