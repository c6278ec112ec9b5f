// SPDX-License-Identifier: GPL-2.0
#include "bench/options.h"

#include <getopt.h>
#include <sched.h>

#include <iterator>
#include <string_view>

#include "bench/memory.h"
#include "netns/path.h"
#include "os/check.h"
#include "os/embedded.h"
#include "os/program.h"
#include "transport/transport.h"

namespace bench
{

EMBEDDED_TEXT(zerocopy_bench_help, "bench/help.txt");

const char *const help_text = zerocopy_bench_help;

namespace
{

enum LongOnly {
	transport_name = 256,
	path_name,
	size,
	seconds,
	quick,
	slice,
	drain,
	memory,
	segment,
	json,
	version
};

constexpr option long_options[] = {
	{"transport", required_argument, nullptr, transport_name},
	{"path", required_argument, nullptr, path_name},
	{"size", required_argument, nullptr, size},
	{"seconds", required_argument, nullptr, seconds},
	{"quick", no_argument, nullptr, quick},
	{"slice", required_argument, nullptr, slice},
	{"drain", required_argument, nullptr, drain},
	{"memory", required_argument, nullptr, memory},
	{"segment", required_argument, nullptr, segment},
	{"json", required_argument, nullptr, json},
	{"version", no_argument, nullptr, version},
	{"help", no_argument, nullptr, 'h'},
	{nullptr, 0, nullptr, 0},
};

constexpr std::size_t smallest = 1;
constexpr std::size_t largest = 64 << 20;
constexpr unsigned quick_seconds = 15;

std::size_t bytes(std::string_view text)
{
	const unsigned shift = text.ends_with('K') ? 10 : text.ends_with('M') ? 20 : 0;
	const auto value = os::number<std::size_t>(text.substr(0, text.size() - (shift > 0)));

	if (!value || *value < smallest || *value > largest >> shift)
		throw os::UsageError("--size takes 1 to 64M, such as 1500, 16K or 1M, not '" +
				     std::string(text) + "'");
	return *value << shift;
}

/* A path whose completions come by themselves, or as soon as its device is read. */
bool measurable(const netns::Path &path)
{
	return (path.hold == netns::Hold::none || path.hold == netns::Hold::peer) &&
	       (path.tcp | path.udp | path.vsock) && !path.to_guest() && !path.to_agent();
}

std::vector<std::string> path_names()
{
	std::vector<std::string> names;

	for (const netns::Path &each : netns::paths())
		if (measurable(each))
			names.emplace_back(each.name);
	return names;
}

/* The sender is alone on the last processor, the receiver on the one before, where there are two. */
void choose_processors(Options &options)
{
	cpu_set_t set;

	os::check(::sched_getaffinity(0, sizeof(set), &set), "sched_getaffinity()");
	options.receiver_cpu = -1;
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &set)) {
			options.receiver_cpu = options.receiver_cpu < 0 ? cpu : options.sender_cpu;
			options.sender_cpu = cpu;
		}
}

} // namespace

Options parse_options(int argc, char **argv)
{
	Options options;
	const auto transports = transport::names(transport::tcp | transport::udp | transport::vsock_stream);
	const auto paths = path_names();
	const std::vector<std::string> memories(std::begin(Memory::names), std::end(Memory::names));
	bool is_quick = false;
	bool has_seconds = false;

	opterr = 0;
	for (int option; (option = ::getopt_long(argc, argv, "h", long_options, nullptr)) != -1;)
		switch (option) {
		case transport_name:
			options.transports.push_back(os::one_of("--transport", optarg, transports));
			break;
		case path_name:
			options.paths.push_back(os::one_of("--path", optarg, paths));
			break;
		case size:
			options.sizes.push_back(bytes(optarg));
			break;
		case seconds:
			options.seconds = os::whole_number<unsigned>("--seconds", optarg, 1, 86400);
			has_seconds = true;
			break;
		case slice:
			options.slice = os::whole_number<unsigned>("--slice", optarg, 1, 10000);
			break;
		case quick:
			is_quick = true;
			break;
		case drain:
			options.drains.push_back(os::whole_number<unsigned>("--drain", optarg, 1, 1 << 16));
			break;
		case memory:
			options.memories.push_back(os::one_of("--memory", optarg, memories));
			break;
		case segment:
			options.segment = os::whole_number<unsigned>("--segment", optarg, 1, 65507);
			break;
		case json:
			options.json = optarg;
			break;
		case version:
			options.action = Options::Action::version;
			return options;
		case 'h':
			options.action = Options::Action::help;
			return options;
		default:
			throw os::UsageError(std::string("'") + argv[optind - 1] +
					     "' is unknown or lacks its value; see --help");
		}
	if (optind < argc)
		throw os::UsageError(std::string("unexpected argument '") + argv[optind] + "'; see --help");
	if (is_quick && !has_seconds)
		options.seconds = quick_seconds;
	if (options.transports.empty())
		options.transports = {"tcp4", "udp4"};
	if (options.paths.empty())
		options.paths = {"loopback", "veth", "peer-macvtap", "sink"};
	if (options.drains.empty())
		options.drains = {32};
	if (options.memories.empty())
		options.memories = {"hot"};
	if (options.sizes.empty())
		for (std::size_t each = 1 << 10; each <= 1 << 20; each <<= is_quick ? 2 : 1)
			options.sizes.push_back(each);
	choose_processors(options);
	return options;
}

} // namespace bench
