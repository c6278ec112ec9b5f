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

TEST(ReproducerWriter, StoresTheBytesOfTheSeed)
{
	Program program =
		program_of({{Of::statement, "fill(m0, 0, 9, 0)"}, {Of::act, "alike(in, 0, 9, 0)", "9"}});

	program.seed = 77;
	EXPECT_TRUE(has(write(program), "word = 77ULL + (at / 8 + 1)"));
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
	EXPECT_TRUE(has(text, "static pthread_t call1;\n"));
	EXPECT_TRUE(has(text, "\tcall1 = begin(call1_makes);\n\tIS(9, returned(call1));\n"));
}

TEST(ReproducerWriter, HasOneFunctionForLikeCallsOfThreads)
{
	const auto begun = [](const char *name) {
		return Step{Of::begin, "send(fd3, m0, 9, 0)", "", false, name};
	};
	const std::string text = write(program_of({begun("call1"), begun("call2")}));

	EXPECT_EQ(text.find("THREAD(call1_makes"), text.rfind("THREAD(call1_makes"));
	EXPECT_FALSE(has(text, "THREAD(call2_makes"));
	EXPECT_TRUE(has(text, "\tcall2 = begin(call1_makes);\n"));
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

/* A connection over which that many bytes go. */
std::vector<Step> connection(const std::string &bytes)
{
	return {{Of::setup, "socket(AF_INET, SOCK_STREAM, 0)", "", false, "fd4"},
		{Of::setup, "setsockopt(fd4, SOL_SOCKET, SO_RCVBUFFORCE, &(int){4194304}, 4)"},
		{Of::setup, "socket(AF_INET, SOCK_STREAM, 0)", "", false, "fd5"},
		{Of::setup, "setsockopt(fd5, SOL_SOCKET, SO_SNDBUFFORCE, &(int){4194304}, 4)"},
		{Of::setup, "setsockopt(fd5, SOL_TCP, TCP_NODELAY, &(int){1}, 4)"},
		{Of::setup, "accept(fd4, NULL, NULL)", "", false, "fd6"},
		{Of::setup, "close(fd4)"},
		{Of::act, "send(fd5, m0, " + bytes + ", MSG_ZEROCOPY)", bytes}};
}

TEST(ReproducerWriter, LeavesOutOptionsThatLittleDataDoesNotNeed)
{
	std::vector<Step> steps = connection("1000");

	EXPECT_FALSE(has(write(program_of(steps)), "setsockopt"));
	steps.push_back({Of::act, "take(fd6, 1000)", "1000"}); /* else there need be no connection to take */
	EXPECT_FALSE(has(write(program_of(steps)), "close(fd4)"));
	steps.pop_back();
	/* One of many is sent at once only where that is asked for. */
	steps.push_back(steps.back());
	EXPECT_TRUE(has(write(program_of(steps)), "TCP_NODELAY"));
	EXPECT_FALSE(has(write(program_of(steps)), "SO_SNDBUFFORCE"));
	EXPECT_TRUE(has(write(program_of(connection("100000"))), "SO_SNDBUFFORCE"));
	EXPECT_TRUE(has(write(program_of(connection("100000"))), "SO_RCVBUFFORCE"));
	/* It is about the buffer. */
	steps.push_back({Of::act, "get(fd5, SOL_SOCKET, SO_SNDBUF)", "4194304"});
	EXPECT_TRUE(has(write(program_of(steps)), "SO_SNDBUFFORCE"));
}

TEST(ReproducerWriter, AcceptsOnlyWhereThatMatters)
{
	std::vector<Step> steps = connection("1000");

	EXPECT_FALSE(has(write(program_of(steps)), "accept"));
	steps.push_back({Of::act, "take(fd6, 1000)", "1000"});
	EXPECT_TRUE(has(write(program_of(steps)), "fd6 = MUST(accept("));
	/* A listener that is closed resets what was not accepted. */
	steps.pop_back();
	steps.erase(steps.begin() + 6);
	steps.push_back({Of::setup, "close(fd4)"});
	EXPECT_TRUE(has(write(program_of(steps)), "accept("));
}

TEST(ReproducerWriter, LeavesOutSocketsThatWereOnlySetUp)
{
	const Step opens = {Of::setup, "socket(AF_PACKET, SOCK_RAW, 0)", "", false, "fd8"},
		   binds = {Of::setup, "bind(fd8, to_device(\"zc0\", 3), 20)"},
		   closes = {Of::setup, "close(fd8)"},
		   sends = {Of::act, "send(fd5, m0, 10, MSG_ZEROCOPY)", "10"},
		   reads = {Of::act, "frame_of(fd8, 10)", "10"};

	EXPECT_FALSE(has(write(program_of({opens, binds, closes, sends})), "fd8"));
	EXPECT_TRUE(has(write(program_of({opens, binds, sends, closes})), "fd8"));
	EXPECT_TRUE(has(write(program_of({opens, binds, reads, closes, sends})), "fd8"));
}

TEST(ReproducerWriter, EntersNoNamespaceForNothing)
{
	const std::string text =
		write(program_of({{Of::setup, "setns(fd3, CLONE_NEWNET)"},
				  {Of::setup, "setsockopt(fd5, SOL_UDP, UDP_SEGMENT, NULL, 0)"},
				  {Of::setup, "setns(fd4, CLONE_NEWNET)"},
				  {Of::setup, "socket(AF_INET, SOCK_DGRAM, 0)"},
				  {Of::setup, "setns(fd3, CLONE_NEWNET)"},
				  {Of::act, "send(fd5, m0, 1, 0)", "1"}}));

	EXPECT_FALSE(has(text, "setns(fd3"));
	EXPECT_TRUE(has(text, "setns(fd4"));
}

TEST(ReproducerWriter, SetsFeaturesByOneFunction)
{
	const Step offload = {Of::setup, "offload(\"zc0\", ETHTOOL_SGRO, 1)"};

	EXPECT_TRUE(has(write(program_of({offload})), "MUST(offload(\"zc0\", ETHTOOL_SGRO, 1))"));
	EXPECT_TRUE(has(write(program_of({offload, {Of::setup, "feature(\"zc0\", \"rx-gro-list\", 1)"}})),
			"MUST(feature(\"zc0\", \"rx-gro\", 1))"));
}

TEST(ReproducerWriter, SetsUpTheLoopbackDeviceWhereItIsUsed)
{
	const auto sends_to = [](const std::string &address) {
		return write(program_of({{Of::statement, "SH(\"ip link set dev lo up\")"},
					 {Of::statement, "SH(\"ip address add 192.0.2.1/24 dev zc0\")"},
					 {Of::setup, "connect(fd5, to4(\"" + address + "\", 9), 16)"}}));
	};

	EXPECT_FALSE(has(sends_to("192.0.2.2"), "dev lo up"));
	EXPECT_TRUE(has(sends_to("192.0.2.1"), "dev lo up"));
	EXPECT_TRUE(has(sends_to("127.0.0.1"), "dev lo up"));
}

TEST(ReproducerWriter, CallsTheShellOnceBeforeSocketsAreMade)
{
	const Step network = {Of::statement, "SH(\"ip link set dev lo up\")"},
		   socket = {Of::setup, "socket(AF_INET, SOCK_DGRAM, 0)"},
		   sends = {Of::act, "send(fd5, m0, 1, 0)", "1"},
		   drops = {Of::statement, "SH(\"tc qdisc add dev lo root pfifo limit 0\")"};

	EXPECT_TRUE(has(write(program_of({network, socket, drops})),
			"SH(\"ip link set dev lo up; tc qdisc add dev lo root pfifo limit 0\");"));
	EXPECT_TRUE(has(write(program_of({network, socket, sends, drops})), "SH(\"tc qdisc add"));
}

TEST(ReproducerWriter, WaitsForSeveralDevicesInALoop)
{
	const auto wait = [](const std::string &device) {
		return Step{Of::statement,
			    "SH(\"n=0; until ip link show dev " + device +
				    " | grep -q LOWER_UP; do [ $((n += 1)) -lt 2000 ]; done\")"};
	};
	const std::string text =
		write(program_of({wait("zc0"),
				  wait("zc1"),
				  {Of::setup, "open(\"/mnt/tap\", O_RDWR)", "", false, "fd4"},
				  wait("zc0"),
				  {Of::act, "read(fd4, in, 1)", "1"}}));

	EXPECT_TRUE(has(text, "SH(\"for d in zc0 zc1; do n=0; until ip link show dev $d | grep -q LOWER_UP; "
			      "do [ $((n += 1)) -lt 2000 ]; done; done\");\n\tfd4 = "))
		<< text;
	EXPECT_EQ(text.find("LOWER_UP"), text.rfind("LOWER_UP"));
}

TEST(ReproducerWriter, LooksForNoMoreThanAllNotifications)
{
	const Step call = {Of::act, "send(fd3, m0, 9, MSG_ZEROCOPY)", "9", true},
		   report = {Of::act, "notification(fd3)", "\"[0,0]\"", true},
		   look = {Of::act, "recvmsg(fd3, &(struct msghdr){0}, MSG_ERRQUEUE)", "-EAGAIN", true};

	EXPECT_FALSE(has(write(program_of({call, report, look}, false)), "EAGAIN"));
	/* That there is no other is what shows it. */
	EXPECT_TRUE(has(write(program_of({call, call, report, look}, false)), "EAGAIN"));
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
