// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <numeric>

#include "os/fd.h"
#include "trace/journal.h"
#include "trace/recorder.h"
#include "trace/seeded.h"
#include "transport/payload.h"

namespace
{

using trace::Journal;
using trace::SeededBytes;

TEST(SeededBytes, FindsWhichPartOfWhichPayload)
{
	transport::Payload::set_seed(42);
	const transport::Payload first(1001);
	transport::Payload second(100000);
	SeededBytes seeded(42);

	EXPECT_EQ(seeded.describe(first), "seed+0");
	EXPECT_EQ(seeded.describe(first.from(7, 100)), "seed+7");
	/* From the next whole word on. */
	EXPECT_EQ(seeded.describe(second), "seed+1008");
	EXPECT_EQ(seeded.describe(second.first(1), second.from(1, 15)), "seed+1008");
	second.overwrite();
	EXPECT_EQ(seeded.describe(second.from(10, 500)), "~seed+1018");
	EXPECT_TRUE(seeded.knows(second));
}

TEST(SeededBytes, SaysWhereOthersBegin)
{
	transport::Payload::set_seed(42);
	transport::Payload payload(1000);
	SeededBytes seeded(42);

	payload.data()[999] ^= 1;
	EXPECT_EQ(seeded.describe(payload).substr(0, 16), "seed+0 for 999, ");
}

TEST(SeededBytes, TellsThePartsThatOneCallReceived)
{
	transport::Payload::set_seed(42);
	const transport::Payload payload(1000);
	os::Data all = {payload.bytes()[0]};
	SeededBytes seeded(42);

	all.insert(all.end(), payload.bytes().begin(), payload.bytes().begin() + 100);
	all.insert(all.end(), payload.bytes().begin() + 8, payload.bytes().end());
	EXPECT_EQ(seeded.describe(all).substr(2), ", seed+0 for 100, seed+8 for 992");
}

TEST(SeededBytes, ShowsWhatIsNone)
{
	os::Data others(20);
	SeededBytes seeded(42);

	std::iota(others.begin(), others.end(), 1);
	EXPECT_EQ(seeded.describe(others), "01, 02, 03, 04 05 06 07 08 09 0a 0b ...");
	EXPECT_EQ(seeded.describe(os::Bytes(others).first(2)), "01 02");
	EXPECT_EQ(seeded.describe({}), "none");
	EXPECT_FALSE(seeded.knows(others));
}

/* Without the time, which begins a line. */
std::vector<std::string> lines_of(int file)
{
	auto lines = trace::read_journal(file);

	for (std::string &line : lines)
		if (const std::size_t time = line.find_first_not_of(" 0123456789"); time > 8)
			line.erase(0, time);
	return lines;
}

TEST(Journal, HasALineACall)
{
	const os::Fd file(::memfd_create("journal", 0));
	Journal journal(file.get(), 1);

	journal.call_begun(1, "send(3)");
	journal.call_ended(1, "send", "= 5");
	journal.call_begun(2, "send(4)");
	journal.call_ended(2, "send", "= 6");
	EXPECT_EQ(lines_of(file.get()), (std::vector<std::string>{"send(3) = 5", "[2] send(4) = 6"}));
}

TEST(Journal, PartsACallThatWaitsWhileAnotherIsMade)
{
	const os::Fd file(::memfd_create("journal", 0));
	Journal journal(file.get(), 1);

	journal.call_begun(2, "send(3)");
	journal.call_begun(1, "recv(4)");
	journal.call_ended(1, "recv", "= 5");
	journal.call_ended(2, "send", "= 5");
	journal.call_begun(1, "recv(5)");
	EXPECT_EQ(lines_of(file.get()),
		  (std::vector<std::string>{"[2] send(3) <unfinished>", "recv(4) = 5",
					    "[2] <send resumed> = 5", "recv(5) <unfinished>"}));
}

TEST(Journal, LeavesOutTheMiddleOfManyLines)
{
	const os::Fd file(::memfd_create("journal", 0));
	Journal journal(file.get(), 1);

	for (int i = 0; i < 1100; i++)
		journal.note("line");
	const auto lines = trace::read_journal(file.get());
	ASSERT_EQ(lines.size(), 1001U);
	EXPECT_EQ(lines[600], "100 lines left out");
}

/* The kernel makes the first one again: restart_syscall(), as another namespace's devices are set up. */
TEST(Recorder, WritesASettingOnceThatTheKernelMadeAgain)
{
	const auto number = [](const void *memory) { return reinterpret_cast<std::uintptr_t>(memory); };
	const pid_t thread = ::getpid();
	const char file[] = "/proc/sys/net/ipv6/conf/default/addr_gen_mode";
	trace::Recorder recorder(42, thread);
	const auto call = [&](std::uint64_t which, const std::array<std::uint64_t, 6> &arguments,
			      std::int64_t result) {
		recorder.begun({thread, which, arguments});
		recorder.ended(thread, result);
	};

	recorder.told("case", "");
	call(SYS_openat, {0, number(file), O_WRONLY}, 3);
	call(SYS_write, {3, number("1"), 1}, -513);
	call(SYS_write, {3, number("1"), 1}, 1);
	std::string all;
	for (const reproducer::Step &step : recorder.take().steps)
		all += step.call + step.answer;
	EXPECT_EQ(all, std::string("own_namespaces()SH(\"echo '1' >") + file + "\")");
}

} // namespace
