// SPDX-License-Identifier: GPL-2.0
#include <gtest/gtest.h>

#include "reproducer/functions.h"
#include "reproducer/program.h"

namespace
{

using reproducer::Program;
using reproducer::Step;
using Of = Step::Of;

bool has(const std::string &text, const std::string &part)
{
	return text.find(part) != std::string::npos;
}

Program program_of(std::vector<Step> steps, bool kept = true)
{
	return {.about = {"name"}, .steps = std::move(steps), .kept = kept};
}

TEST(ReproducerWriter, HasTheFunctionsThatItsLinesNeedAndNoOthers)
{
	const std::string text =
		write(program_of({{Of::setup, "socket(AF_INET, SOCK_STREAM, 0)", "", false, "fd3"},
				  {Of::act, "notification(fd3)", "\"[0,0]\""}}));

	EXPECT_TRUE(has(text, "static int await("));
	EXPECT_TRUE(has(text, "#include <linux/errqueue.h>\n"));
	EXPECT_FALSE(has(text, "static long take("));
	EXPECT_FALSE(has(text, "uint64_t"));
	EXPECT_TRUE(has(text, "\tfd3 = MUST(socket(AF_INET, SOCK_STREAM, 0));\n"));
	EXPECT_TRUE(has(text, "\tSAYS(\"[0,0]\", notification(fd3));\n"));
}

TEST(ReproducerWriter, KnowsWhichAnswersKeepThePromise)
{
	const Step first = {Of::act, "send(fd3, NULL, 0, 0)", "0"};
	Step other = first;

	other.decides = true;
	EXPECT_TRUE(has(write(program_of({first}, false)), "\tIS(0, send(fd3, NULL, 0, 0));\n"));
	EXPECT_TRUE(has(write(program_of({other}, false)), "\tOTHER_THAN(0, send("));
	/* Where the promise was kept all answers are alike. */
	EXPECT_TRUE(has(write(program_of({other})), "\tIS(0, send("));
	EXPECT_TRUE(has(write(program_of({other})), "\treturn 0;\n"));
	EXPECT_TRUE(has(write(program_of({other}, false)), "\treturn 1;\n"));
}

TEST(ReproducerWriter, MakesALoopOfWhatRepeats)
{
	std::vector<Step> steps;

	for (int i = 0; i < 100; i++) {
		steps.push_back({Of::act, "send(fd3, NULL, 0, 0)", "0"});
		steps.push_back({Of::act, "recv(fd4, NULL, 0, 0)", "0"});
	}
	const std::string text = write(program_of(steps));

	EXPECT_TRUE(has(text, "\tfor (int i = 0; i < 100; i++) {\n\t\tIS(0, send("));
	EXPECT_EQ(text.find("recv(fd4"), text.rfind("recv(fd4"));
}

TEST(ReproducerWriter, MakesALoopOfNumbersThatGrow)
{
	std::vector<Step> steps;

	for (int i = 0; i < 5; i++)
		steps.push_back({Of::act,
				 "send(fd3, m0 + " + std::to_string(900 - 100 * i) + ", " +
					 std::to_string(10 + i) + ", 0)",
				 std::to_string(10 + i)});
	EXPECT_TRUE(has(write(program_of(steps)),
			"\tfor (int i = 0; i < 5; i++)\n"
			"\t\tIS(10 + i, send(fd3, m0 + 900 - 100 * i, 10 + i, 0));\n"));
	/* Two lines are as well as two. */
	steps.resize(2);
	EXPECT_FALSE(has(write(program_of(steps)), "for (int"));
}

TEST(ReproducerWriter, MakesACallThatBlocksInAThread)
{
	const std::string text = write(program_of({{Of::begin, "send(fd3, m0, 9, 0)", "", false, "call1"},
						   {Of::end, "", "9", false, "call1"}}));

	EXPECT_TRUE(has(text, "\nTHREAD(call1_makes, send("));
	EXPECT_TRUE(has(text, "\tcall1 = begin(call1_makes);\n\tIS(9, returned(call1));\n"));
}

TEST(ReproducerWriter, HasOneFunctionForLikeCallsOfAnotherProcess)
{
	const Step call = {.of = Step::Of::apart,
			   .call = "send(fd3, m0, 1, MSG_ZEROCOPY)",
			   .answer = "1",
			   .variable = "apart1",
			   .before = {"setresuid(5, 5, 0)"}};
	const std::string text = reproducer::write(Program{.about = {}, .steps = {call, call}});
	const std::string function = "static long apart1_makes(void)\n{\n\tMUST(setresuid(5, 5, 0));\n"
				     "\treturn send(fd3, m0, 1, MSG_ZEROCOPY);\n}\n";

	EXPECT_NE(text.find(function), std::string::npos) << text;
	EXPECT_EQ(text.find(function), text.rfind(function));
	EXPECT_NE(text.find("IS(1, in_child(apart1_makes));"), std::string::npos) << text;
}

TEST(ReproducerWriter, JoinsLinesForTheShell)
{
	const auto shell = [](const char *lines) { return Step{.of = Of::statement, .call = lines}; };
	const std::string text =
		write(program_of({shell("SH(\"one\\n\"\n\t   \"two\")"), shell("SH(\"three\")"),
				  shell("SH(\"tc -batch - <<.\\n\"\n\t   \".\")")}));

	EXPECT_TRUE(has(text, "\tSH(\"one; two; three\");\n\tSH(\"tc -batch - <<.\\n\"\n\t   \".\");\n"))
		<< text;
}

TEST(ReproducerWriter, NamesAPortByItsNumber)
{
	const std::string text =
		write(program_of({{Of::setup, "socket(AF_INET, SOCK_STREAM, 0)", "", false, "fd4"},
				  {Of::setup, "bind(fd4, to4(\"127.0.0.1\", 0), 16)"},
				  {Of::setup, "local_port(fd4)", "", false, "port4"},
				  {Of::setup, "connect(fd5, to4(\"127.0.0.1\", port4), 16)"},
				  {Of::setup, "local_port(fd5)", "", false, "port5"},
				  {Of::act, "bind(fd6, to4(\"127.0.0.1\", port5), 16)", "0"}}));

	EXPECT_TRUE(has(text, "bind(fd4, to4(\"127.0.0.1\", 4001), 16)")) << text;
	EXPECT_TRUE(has(text, "connect(fd5, to4(\"127.0.0.1\", 4001), 16)"));
	EXPECT_TRUE(has(text, "port5 = MUST(local_port(fd5))"));
	EXPECT_FALSE(has(text, "port4"));
}

TEST(ReproducerWriter, StaysInANamespace)
{
	const Step wait = {Of::statement, "SH(\"until ip link | grep -q LOWER_UP; do :; done\")"};
	const Step back = {Of::setup, "setns(fd3, CLONE_NEWNET)"},
		   there = {Of::setup, "setns(fd4, CLONE_NEWNET)"};
	const auto opened = [](const char *fd) {
		return Step{Of::setup, "dup2(open(\"/proc/thread-self/ns/net\", O_RDONLY), 9)", "", false,
			    fd};
	};
	const std::string text = write(program_of({opened("fd3"),
						   {Of::setup, "unshare(CLONE_NEWNET)"},
						   opened("fd4"),
						   there,
						   wait,
						   back,
						   wait,
						   there,
						   back,
						   {Of::setup, "socket(AF_INET, SOCK_STREAM, 0)"}}));

	EXPECT_EQ(text.find("LOWER_UP"), text.rfind("LOWER_UP"));
	EXPECT_FALSE(has(text, "setns(fd4"));
	EXPECT_EQ(text.find("setns(fd3"), text.rfind("setns(fd3"));
}

TEST(ReproducerWriter, QuotesText)
{
	EXPECT_EQ(reproducer::quoted("a \"b\"\\\n"), "\"a \\\"b\\\"\\\\\\n\"");
	EXPECT_EQ(reproducer::quoted("a\nb", "  "), "\"a\\n\"\n  \"b\"");
}

/* The functions are found from the last to the first. */
TEST(ReproducerFunctions, StandBehindThoseThatTheyCall)
{
	const auto all = reproducer::functions();

	for (auto one = all.begin(); one != all.end(); ++one)
		for (auto later = one + 1; later != all.end(); ++later)
			EXPECT_FALSE(has(std::string(one->text), ' ' + std::string(later->name) + '('))
				<< one->name << " calls " << later->name;
}

} // namespace
