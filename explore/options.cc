// SPDX-License-Identifier: GPL-2.0
#include "explore/options.h"

#include <getopt.h>

#include <cstring>

#include "catalogue/deviation.h"
#include "explore/kernel.h"
#include "os/program.h"

namespace explore
{

const char *const help_text =
	"usage: zerocopy_explore [OPTION]...\n"
	"       zerocopy_explore --replay FILE...\n"
	"\n"
	"Runs random programs of socket operations with MSG_ZEROCOPY on this kernel, and compares each\n"
	"answer with a model of the kernel's document. Where they disagree, it prints the smallest program\n"
	"that it finds and exits with 1.\n"
	"\n"
	"  --seed N             of the first program; the Nth has seed + N (default: random, and printed)\n"
	"  --seconds N          stop after so long (default: 10, unless --programs is given)\n"
	"  --programs N         stop after so many programs\n"
	"  --workers N          processes that run programs\n"
	"  --transport NAME     tcp4, tcp6, tcp6-mapped, udp4, udp6, udp6-mapped or vsock-stream;\n"
	"                       may be repeated\n"
	"  --path NAME          loopback, veth, probing (loopback, tcp_mtu_probing 2) or peer-tun (a\n"
	"                       scripted TCP peer, which keeps acknowledgments back); may be repeated\n"
	"  --without-deviation NAME  judge as if the catalogue had not this deviation, or none: all;\n"
	"                       but udp-concurrent-failure-corrupts-ids, which depends on the\n"
	"                       moment, goes by its own name only\n"
	"  --keep-going         go on after a disagreement: each kind is told once\n"
	"  --corpus FOLDER      keep each program that is told, as a file\n"
	"  --replay FILE...     run these programs instead of random ones\n"
	"  --verbose            tell what was covered, too\n"
	"  --version, --help\n"
	"\n"
	"Exit status: 0, the kernel agrees with the model; 1, it does not, or the command line is wrong;\n"
	"4, nothing could be run here; 129, 130 and 143, ended by a signal.\n";

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
