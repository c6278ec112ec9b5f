// SPDX-License-Identifier: GPL-2.0
#include "harness/options.h"

#include <getopt.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <string_view>
#include <utility>

#include "harness/terminal.h"
#include "os/embedded.h"
#include "os/program.h"

namespace harness
{

/* A file, so that run_tests.sh shows it, and knows the options by it, before there is a program. */
EMBEDDED_TEXT(msg_zerocopy_help, "src/harness/help.txt");

const char *const help_text = msg_zerocopy_help;

namespace
{

enum LongOnly {
	transport = 256,
	path,
	entry,
	until_fail,
	trace,
	reproducer,
	bisect,
	strict,
	known,
	seed,
	patience,
	deviations,
	verbose,
	catalogue,
	remote,
	serve,
	stacks,
	why,
	explain,
	color,
	version,
	json,
	junit,
	kcidb,
	kcidb_origin,
	kcidb_build,
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
	{"reproducer", required_argument, nullptr, reproducer},
	{"bisect", no_argument, nullptr, bisect},
	{"jobs", required_argument, nullptr, 'j'},
	{"strict", optional_argument, nullptr, strict},
	{"known", required_argument, nullptr, known},
	{"seed", required_argument, nullptr, seed},
	{"patience", required_argument, nullptr, patience},
	{"deviations", no_argument, nullptr, deviations},
	{"verbose", no_argument, nullptr, verbose},
	{"list", no_argument, nullptr, 'l'},
	{"why", no_argument, nullptr, why},
	{"catalogue", optional_argument, nullptr, catalogue},
	{"color", required_argument, nullptr, color},
	{"explain", required_argument, nullptr, explain},
	{"remote", required_argument, nullptr, remote},
	{"serve", required_argument, nullptr, serve},
	{"stacks", no_argument, nullptr, stacks},
	{"json", required_argument, nullptr, json},
	{"junit", required_argument, nullptr, junit},
	{"kcidb", required_argument, nullptr, kcidb},
	{"kcidb-origin", required_argument, nullptr, kcidb_origin},
	{"kcidb-build", required_argument, nullptr, kcidb_build},
	{"version", no_argument, nullptr, version},
	{"help", no_argument, nullptr, 'h'},
	{nullptr, 0, nullptr, 0},
};

/* The catalogue has requirements and their cases: no transports, paths or entries to choose by. */
void check_questions(const Options &options)
{
	const Selection &selection = options.selection;
	const char *complaint = "--catalogue selects by -r and -t only: leave out ";

	if (options.action == Action::explain)
		complaint = "--explain takes words only: leave out ";
	else if (options.action == Action::catalogue_json)
		complaint = "--catalogue=json prints all: leave out ";
	else if (options.action != Action::catalogue)
		return;
	const bool some = options.action == Action::catalogue;
	for (const auto &[option, globs] : {std::pair{"-T", &selection.not_tests},
					    {"-v", &selection.variants},
					    {"-V", &selection.not_variants},
					    {"--transport", &selection.transports},
					    {"--path", &selection.paths},
					    {"--entry", &selection.entries},
					    {some ? nullptr : "-t", &selection.tests},
					    {some ? nullptr : "-r", &selection.requirements}})
		if (option && !globs->empty())
			throw os::UsageError(std::string(complaint) + option);
}

constexpr std::string_view lower_letters = "abcdefghijklmnopqrstuvwxyz0123456789_";

/* The options of files: they go with a run, and --kcidb with what its reports must have. */
void check_outputs(const Options &options)
{
	for (const auto &[name, file] :
	     {std::pair{"--json", &options.json}, {"--junit", &options.junit}, {"--kcidb", &options.kcidb}})
		if (!file->empty() && options.action != Action::run && !options.stacks &&
		    options.action != Action::version && options.action != Action::help)
			throw os::UsageError(
				std::string(name) +
				" writes the results of a run: leave it out, or --list, --catalogue, "
				"--explain or --serve");
	if (options.kcidb.empty() != options.kcidb_origin.empty() ||
	    options.kcidb.empty() != options.kcidb_build.empty())
		throw os::UsageError("--kcidb FILE, --kcidb-origin NAME and --kcidb-build ID go together");
	if (options.kcidb_origin.find_first_not_of(lower_letters) != std::string::npos)
		throw os::UsageError("--kcidb-origin takes lower-case letters, digits and '_', not '" +
				     options.kcidb_origin + "'");
	const std::size_t colon = options.kcidb_build.find_first_not_of(lower_letters);
	if (!options.kcidb.empty() &&
	    (colon == 0 || colon == std::string::npos || options.kcidb_build[colon] != ':'))
		throw os::UsageError("--kcidb-build takes the id of a build, ORIGIN:..., not '" +
				     options.kcidb_build + "'");
}

/* One run of one test, whose calls are recorded. */
void check_reproducer(Options &options)
{
	for (const auto &[option, given] : {std::pair{"-t", !options.selection.tests.empty()},
					    {"--repeat", options.repeat > 0},
					    {"--until-fail", options.until_fail},
					    {"--remote", !options.remote.empty()},
					    {"--list", options.action == Action::list}})
		if (given)
			throw os::UsageError(std::string("--reproducer runs one test once: leave out ") +
					     (options.trace.empty() || option != std::string_view("-t")
						      ? option
						      : "--trace"));
	options.selection.tests = {options.reproducer};
}

/* Stacks are measured, not judged: there are no tests. */
void check_stacks(const Options &options)
{
	const Selection &selection = options.selection;

	for (const auto &[option, given] : {std::pair{"-t", !selection.tests.empty()},
					    {"-T", !selection.not_tests.empty()},
					    {"-v", !selection.variants.empty()},
					    {"-V", !selection.not_variants.empty()},
					    {"-r", !selection.requirements.empty()},
					    {"--transport", !selection.transports.empty()},
					    {"--entry", !selection.entries.empty()},
					    {"--repeat", options.repeat > 0},
					    {"--until-fail", options.until_fail},
					    {"--bisect", options.bisect},
					    {"--trace", !options.trace.empty()},
					    {"--reproducer", !options.reproducer.empty()},
					    {"--strict", options.strict != Strict::none},
					    {"--known", !options.known_file.empty()},
					    {"--junit", !options.junit.empty()},
					    {"--kcidb", !options.kcidb.empty()},
					    {"--remote", !options.remote.empty()},
					    {"--why", options.why}})
		if (given)
			throw os::UsageError(
				std::string("--stacks measures paths, which --path selects: leave out ") +
				option);
}

} // namespace

const char *name(Strict strict)
{
	constexpr std::array names = {"none", "fixed", "all"};

	return names[static_cast<std::size_t>(strict)];
}

Options parse_options(int argc, char **argv)
{
	Options options;
	Selection &selection = options.selection;
	const std::map<int, std::vector<std::string> *> lists = {
		{'t', &selection.tests},	{'T', &selection.not_tests},
		{'v', &selection.variants},	{'V', &selection.not_variants},
		{'r', &selection.requirements}, {transport, &selection.transports},
		{path, &selection.paths},	{entry, &selection.entries},
	};
	const std::map<int, bool *> switches = {
		{until_fail, &options.until_fail},
		{bisect, &options.bisect},
		{deviations, &options.deviations},
		{verbose, &options.verbose},
		{why, &options.why},
		{stacks, &options.stacks},
	};
	const std::map<int, std::string *> words = {
		{known, &options.known_file},
		{remote, &options.remote},
		{json, &options.json},
		{junit, &options.junit},
		{kcidb, &options.kcidb},
		{kcidb_origin, &options.kcidb_origin},
		{kcidb_build, &options.kcidb_build},
	};
	int letter;

	options.color = wants_color("auto");
	::opterr = 0;
	while ((letter = ::getopt_long(argc, argv, ":t:T:v:V:r:n:j:lh", long_options, nullptr)) != -1) {
		if (const auto list = lists.find(letter); list != lists.end()) {
			list->second->emplace_back(optarg);
			continue;
		}
		if (const auto on = switches.find(letter); on != switches.end()) {
			*on->second = true;
			continue;
		}
		if (const auto word = words.find(letter); word != words.end()) {
			*word->second = optarg;
			if (word->second->empty())
				throw os::UsageError(std::string("option '") + argv[optind - 1] +
						     "' needs a value; see --help");
			continue;
		}
		switch (letter) {
		case 'n':
			options.repeat = os::whole_number<unsigned>("--repeat", optarg);
			break;
		case trace:
			options.trace = optarg;
			if (options.trace.empty())
				throw os::UsageError("--trace needs a case; --list shows what there is");
			break;
		case reproducer:
			options.reproducer = optarg;
			if (options.reproducer.empty())
				throw os::UsageError("--reproducer needs a test; --list shows what there is");
			break;
		case 'j':
			options.jobs = os::whole_number<unsigned>("--jobs", optarg);
			break;
		case seed:
			options.seed = os::whole_number<std::uint64_t>("--seed", optarg);
			break;
		case patience:
			options.patience = os::whole_number<unsigned>("--patience", optarg);
			break;
		case 'l':
			options.action = Action::list;
			break;
		case catalogue:
			if (optarg && std::strcmp(optarg, "json") != 0)
				throw os::UsageError(std::string("--catalogue takes json or nothing, not '") +
						     optarg + "'");
			options.action = optarg ? Action::catalogue_json : Action::catalogue;
			break;
		case color:
			options.color = wants_color(optarg);
			break;
		case explain:
			options.action = Action::explain;
			options.words = optarg;
			break;
		case strict:
			if (optarg && std::strcmp(optarg, "fixed") != 0)
				throw os::UsageError(std::string("--strict takes =fixed or nothing, not '") +
						     optarg + "'");
			options.strict = optarg ? Strict::fixed : Strict::all;
			break;
		case serve:
			options.action = Action::serve;
			options.serve = optarg;
			break;
		case version:
			options.action = Action::version;
			break;
		case 'h':
			options.action = Action::help;
			break;
		case ':':
			throw os::UsageError(std::string("option '") + argv[optind - 1] +
					     "' needs a value; see --help");
		default:
			throw os::UsageError(std::string("unknown option '") + argv[optind - 1] +
					     "'; see --help");
		}
	}
	/* All words that are no options are what is asked about, quoted or not. */
	for (; options.action == Action::explain && optind < argc; optind++)
		options.words += std::string(" ") + argv[optind];
	if (!options.reproducer.empty() && optind < argc)
		options.reproducer_file = argv[optind++];
	if (optind < argc)
		throw os::UsageError(std::string("unexpected argument '") + argv[optind] +
				     "'; select with -t, see --help");
	check_questions(options);
	if (options.stacks)
		check_stacks(options);
	check_outputs(options);
	if (options.why && options.action != Action::list)
		throw os::UsageError("--why explains a list: add --list");
	if (!options.trace.empty() && !options.selection.tests.empty())
		throw os::UsageError("--trace selects the test itself: leave out -t");
	if (!options.trace.empty())
		options.selection.tests = {options.trace};
	if (!options.reproducer.empty())
		check_reproducer(options);
	return options;
}

bool wants_bisect(int argc, char **argv)
{
	return std::any_of(argv, argv + argc,
			   [](const char *word) { return std::strcmp(word, "--bisect") == 0; });
}

} // namespace harness
