// SPDX-License-Identifier: GPL-2.0
#include "harness/options.h"

#include <getopt.h>
#include <gtest/gtest.h>

#include "harness/plan.h"
#include "os/program.h"

namespace
{

harness::Options parsed(std::vector<std::string> words)
{
	std::vector<char *> arguments;

	words.insert(words.begin(), "msg_zerocopy");
	for (std::string &word : words)
		arguments.push_back(word.data());
	arguments.push_back(nullptr);
	::optind = 0; /* getopt anew */
	return harness::parse_options(static_cast<int>(words.size()), arguments.data());
}

TEST(Options, AreTaken)
{
	const harness::Options options = parsed({"-t", "a*", "-T", "b", "-r", "CT-01", "--path", "veth", "-n",
						 "3", "-j4", "--strict", "--seed=7"});

	EXPECT_EQ(options.selection.tests, (std::vector<std::string>{"a*"}));
	EXPECT_EQ(options.selection.not_tests, (std::vector<std::string>{"b"}));
	EXPECT_EQ(options.selection.requirements, (std::vector<std::string>{"CT-01"}));
	EXPECT_EQ(options.selection.paths, (std::vector<std::string>{"veth"}));
	EXPECT_EQ(options.repeat, 3U);
	EXPECT_EQ(options.jobs, 4U);
	EXPECT_EQ(options.seed, 7U);
	EXPECT_EQ(options.strict, harness::Strict::all);
}

TEST(Options, AreRefusedWithTheWordAndARemedy)
{
	const std::vector<std::vector<std::string>> wrong = {
		{"--frobnicate"}, {"-x"},   {"-n", "0"},	 {"-n", "-1"}, {"-n", "many"},
		{"-t"},		  {"veth"}, {"--catalogue=xml"}, {"--why"},    {"--why", "--catalogue"},
	};

	for (const auto &words : wrong)
		EXPECT_THROW(parsed(words), os::UsageError) << words.front();
	try {
		parsed({"--frobnicate"});
	} catch (const os::UsageError &error) {
		EXPECT_STREQ(error.what(), "unknown option '--frobnicate'; see --help");
	}
}

TEST(Plan, SelectsByEveryKindOfWord)
{
	harness::Selection selection;
	const std::size_t everything = harness::make_plan(selection).size();

	ASSERT_GT(everything, 0U);
	selection.transports = {"udp*"};
	selection.paths = {"loopback"};
	for (const harness::Planned &planned : harness::make_plan(selection)) {
		EXPECT_TRUE(planned.variant().starts_with("udp"));
		EXPECT_TRUE(planned.variant().ends_with(".loopback"));
	}
	EXPECT_LT(harness::make_plan(selection).size(), everything);
	EXPECT_EQ(harness::unknown_word(selection), "");
	selection.paths = {"loopbck"};
	EXPECT_EQ(harness::unknown_word(selection), "no path matches 'loopbck'; --list shows what there is");
}

TEST(Plan, NamesAreUniqueAndOfTheLettersThatReadersKeep)
{
	std::vector<std::string> names;

	for (const harness::Planned &planned : harness::make_plan({})) {
		std::string name = planned.name();

		EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_.-"),
			  std::string::npos)
			<< name;
		for (char &letter : name)
			if (letter == '.' || letter == '-')
				letter = '_';
		names.push_back(name);
	}
	std::sort(names.begin(), names.end());
	EXPECT_EQ(std::adjacent_find(names.begin(), names.end()), names.end());
}

} // namespace
