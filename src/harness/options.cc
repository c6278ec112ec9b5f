// SPDX-License-Identifier: GPL-2.0
#include "harness/options.h"

#include <getopt.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <limits>

namespace harness
{

const char *const help_text =
	R"(msg_zerocopy: does this kernel keep the promises of MSG_ZEROCOPY?

Usage: msg_zerocopy [OPTION]...
Runs every case on every transport and path it applies to, each in a process
and network namespaces of its own, and reports TAP.

Select (shell globs; may be given several times):
  -t, --test GLOB         only these: a case, or case.transport.path
  -T, --not-test GLOB     not these
  -v, --variant GLOB      only these: transport.path
  -V, --not-variant GLOB  not these
  -r, --requirement GLOB  only cases that judge this requirement (ZC-CT-01)
      --transport GLOB    only these transports (tcp4, udp6-mapped, ...)
      --path GLOB         only these paths (loopback, veth, window, ...)
      --entry GLOB        the cases of this entry: core, families (MPTCP, kTLS,
                          SCTP, ...), io_uring, memory (huge pages, KSM, ...),
                          vsock (all that runs over VSOCK loopback),
                          guest-only (could crash a kernel without a fix).
                          Without it: core, and where -t, -r or --trace name
                          cases, those of every entry but guest-only; those of
                          core over VSOCK where a transport or path is named

Run:
  -n, --repeat N          each result up to N times; the first time that it does not
                          pass is what is reported
      --until-fail        all of them again and again, until one fails: then stop,
                          and explain it. With --repeat, at most N rounds
      --trace CASE        the first result that this selects, with the system calls
                          that matter, their arguments, results and notifications
      --bisect            exit status for git bisect run: see below
  -j, --jobs N            that many results at a time (always 1 in a user namespace)
      --strict            a catalogued deviation fails
      --seed N            payload bytes follow from N; each run prints its own
      --patience MS       wait that long for what must happen, not 10000; on a slow
                          machine longer by its slowness
      --deviations        explain results that deviate as the catalogue says, too
      --verbose           explain every result

Two machines (docs/remote.md):
      --serve PLACE       be the agent at the other end: tcp:ADDRESS:PORT,
                          vsock:CID:PORT, or - for the standard streams
      --remote PLACE      the receivers are that agent's: tcp:..., vsock:..., or
                          exec:COMMAND, such as 'exec:ssh HOST msg_zerocopy
                          --serve -', or env: by kselftest's REMOTE_TYPE and
                          REMOTE_ARGS. Its REMOTE_V4, REMOTE_V6, LOCAL_V4,
                          LOCAL_V6 and NETIF are heeded

Show:
  -l, --list              the results that would be run, one a line
      --why               with --list: the selected cases on every transport and
                          path, and why each result is planned, left out by the
                          selection, or excluded by a rule of planning
      --catalogue         the requirements, their cases, and how many are covered
      --catalogue=json    the same for programs, with the deviations
  -h, --help              this

Exit status: 0 all passed (or broke only promises that the catalogue says this
kernel breaks), 1 something failed or could not be set up, or the command line
is wrong, 4 nothing could be run here, 129, 130, 143 ended by a signal.
With --bisect: 0 (good) all that was selected passed, or broke only such promises;
1 (bad) something failed; 125 (cannot be tested) anything else: something was
skipped or could not be set up, nothing could be run, the command line is wrong.

Environment: KSFT_MACHINE_SLOW=yes or MSG_ZEROCOPY_SLOWNESS=FACTOR lengthen all
deadlines; without them the machine's speed is measured.
)";

namespace
{

enum LongOnly {
	transport = 256,
	path,
	entry,
	until_fail,
	trace,
	bisect,
	strict,
	seed,
	patience,
	deviations,
	verbose,
	catalogue,
	remote,
	serve,
	why,
};

constexpr option long_options[] = {
	{"test", required_argument, nullptr, 't'},
	{"not-test", required_argument, nullptr, 'T'},
	{"variant", required_argument, nullptr, 'v'},
	{"not-variant", required_argument, nullptr, 'V'},
	{"requirement", required_argument, nullptr, 'r'},
	{"transport", required_argument, nullptr, transport},
	{"path", required_argument, nullptr, path},
	{"entry", required_argument, nullptr, entry},
	{"repeat", required_argument, nullptr, 'n'},
	{"until-fail", no_argument, nullptr, until_fail},
	{"trace", required_argument, nullptr, trace},
	{"bisect", no_argument, nullptr, bisect},
	{"jobs", required_argument, nullptr, 'j'},
	{"strict", no_argument, nullptr, strict},
	{"seed", required_argument, nullptr, seed},
	{"patience", required_argument, nullptr, patience},
	{"deviations", no_argument, nullptr, deviations},
	{"verbose", no_argument, nullptr, verbose},
	{"list", no_argument, nullptr, 'l'},
	{"why", no_argument, nullptr, why},
	{"catalogue", optional_argument, nullptr, catalogue},
	{"remote", required_argument, nullptr, remote},
	{"serve", required_argument, nullptr, serve},
	{"help", no_argument, nullptr, 'h'},
	{nullptr, 0, nullptr, 0},
};

template <typename Number> Number positive(const char *option, const char *text)
{
	Number number = 0;
	const char *end = text + std::strlen(text);
	const auto [stopped, error] = std::from_chars(text, end, number);

	if (error == std::errc::result_out_of_range)
		throw UsageError(std::string(option) + " takes " +
				 std::to_string(std::numeric_limits<Number>::max()) + " at most, not " +
				 text);
	if (error != std::errc() || stopped != end || number == 0)
		throw UsageError(std::string(option) + " takes a whole number of 1 or more, not '" + text +
				 "'");
	return number;
}

} // namespace

Options parse_options(int argc, char **argv)
{
	Options options;
	int letter;

	::opterr = 0;
	while ((letter = ::getopt_long(argc, argv, ":t:T:v:V:r:n:j:lh", long_options, nullptr)) != -1) {
		switch (letter) {
		case 't':
			options.selection.tests.emplace_back(optarg);
			break;
		case 'T':
			options.selection.not_tests.emplace_back(optarg);
			break;
		case 'v':
			options.selection.variants.emplace_back(optarg);
			break;
		case 'V':
			options.selection.not_variants.emplace_back(optarg);
			break;
		case 'r':
			options.selection.requirements.emplace_back(optarg);
			break;
		case transport:
			options.selection.transports.emplace_back(optarg);
			break;
		case path:
			options.selection.paths.emplace_back(optarg);
			break;
		case entry:
			options.selection.entries.emplace_back(optarg);
			break;
		case 'n':
			options.repeat = positive<unsigned>("--repeat", optarg);
			break;
		case until_fail:
			options.until_fail = true;
			break;
		case trace:
			options.trace = optarg;
			if (options.trace.empty())
				throw UsageError("--trace needs a case; --list shows what there is");
			break;
		case bisect:
			options.bisect = true;
			break;
		case 'j':
			options.jobs = positive<unsigned>("--jobs", optarg);
			break;
		case seed:
			options.seed = positive<std::uint64_t>("--seed", optarg);
			break;
		case patience:
			options.patience = positive<unsigned>("--patience", optarg);
			break;
		case strict:
			options.strict = true;
			break;
		case deviations:
			options.deviations = true;
			break;
		case verbose:
			options.verbose = true;
			break;
		case 'l':
			options.action = Action::list;
			break;
		case why:
			options.why = true;
			break;
		case catalogue:
			if (optarg && std::strcmp(optarg, "json") != 0)
				throw UsageError(std::string("--catalogue takes json or nothing, not '") +
						 optarg + "'");
			options.action = optarg ? Action::catalogue_json : Action::catalogue;
			break;
		case remote:
			options.remote = optarg;
			break;
		case serve:
			options.action = Action::serve;
			options.serve = optarg;
			break;
		case 'h':
			options.action = Action::help;
			break;
		case ':':
			throw UsageError(std::string("option '") + argv[optind - 1] +
					 "' needs a value; see --help");
		default:
			throw UsageError(std::string("unknown option '") + argv[optind - 1] +
					 "'; see --help");
		}
	}
	if (optind < argc)
		throw UsageError(std::string("unexpected argument '") + argv[optind] +
				 "'; select with -t, see --help");
	if (options.why && options.action != Action::list)
		throw UsageError("--why explains a list: add --list");
	if (!options.trace.empty() && !options.selection.tests.empty())
		throw UsageError("--trace selects the test itself: leave out -t");
	if (!options.trace.empty())
		options.selection.tests = {options.trace};
	return options;
}

bool wants_bisect(int argc, char **argv)
{
	return std::any_of(argv, argv + argc,
			   [](const char *word) { return std::strcmp(word, "--bisect") == 0; });
}

} // namespace harness
