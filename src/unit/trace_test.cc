// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/bpf.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <future>
#include <numeric>
#include <string>
#include <thread>

#include "os/fd.h"
#include "trace/journal.h"
#include "trace/numbers.h"
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

#ifdef SYS_mmap2
constexpr std::uint64_t mmap_call = SYS_mmap2;
#else
constexpr std::uint64_t mmap_call = SYS_mmap;
#endif

/* What a case does, for a recorder. */
struct Recorded {
	trace::Recorder recorder{42, ::getpid()};

	Recorded() { recorder.told("case", ""); }
	template <typename... Arguments>
	void call(std::uint64_t which, std::int64_t result, Arguments... arguments)
	{
		recorder.begun({::getpid(), which, {word(arguments)...}});
		recorder.ended(::getpid(), result);
	}
	/* An open socket, of which the recorder takes note. */
	void has_socket(int fd) { call(SYS_socket, fd, AF_INET, SOCK_DGRAM, 0); }
	std::string steps()
	{
		std::string all;

		for (const reproducer::Step &step : recorder.take().steps)
			all += step.call + (step.decides ? " decides " : " ") + step.answer + '\n';
		return all;
	}

private:
	static std::uint64_t word(const void *pointer) { return reinterpret_cast<std::uintptr_t>(pointer); }
	static std::uint64_t word(long number) { return static_cast<std::uint64_t>(number); }
};

/* A flagged call, and a notification that is awaited for a moment and does not come. */
void waits_in_vain(Recorded &recorded, const char *byte)
{
	pollfd none = {5, 0, 0};

	recorded.has_socket(5);
	recorded.call(SYS_sendto, 1, 5, byte, 1, MSG_ZEROCOPY, nullptr, 0);
	recorded.call(SYS_ppoll, 0, &none, 1, nullptr, nullptr);
}

TEST(Recorder, WatchesForWhatDidNotComeWhereThatShowsIt)
{
	Recorded passes, deviates;

	waits_in_vain(passes, "a");
	EXPECT_NE(passes.steps().find("polled(fd5, 0, 0) 0\n"), std::string::npos);
	waits_in_vain(deviates, "a");
	deviates.recorder.told("deviates", "nothing comes");
	EXPECT_NE(deviates.steps().find("polled(fd5, 0, 1000) decides 0\n"), std::string::npos);
}

TEST(Recorder, EndsWhereADeviationShows)
{
	Recorded passes, deviates;
	const auto goes_on = [](Recorded &recorded) {
		waits_in_vain(recorded, "a");
		recorded.recorder.told("shown", "");
		recorded.call(SYS_shutdown, 0, 5, SHUT_RD);
	};

	goes_on(passes);
	EXPECT_NE(passes.steps().find("shutdown"), std::string::npos);
	goes_on(deviates);
	deviates.recorder.told("deviates", "nothing comes");
	EXPECT_EQ(deviates.steps().find("shutdown"), std::string::npos);
}

/* That call is the one that finds it gone. */
TEST(Recorder, UnmapsMemoryUnderACallThatBlocks)
{
	void *const page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	const auto address = reinterpret_cast<std::uintptr_t>(page);
	std::promise<pid_t> started;
	std::promise<void> over;
	std::thread blocked([&] {
		started.set_value(::gettid());
		over.get_future().wait();
	});
	const pid_t thread = started.get_future().get();
	Recorded recorded;

	recorded.has_socket(5);
	recorded.recorder.begun({thread, SYS_sendto, {5, address, 1, MSG_ZEROCOPY, 0, 0}});
	recorded.recorder.begun({::getpid(), SYS_munmap, {address, 4096}});
	::munmap(page, 4096);
	recorded.recorder.ended(::getpid(), 0);
	recorded.recorder.ended(thread, -EFAULT);
	over.set_value();
	blocked.join();
	EXPECT_NE(recorded.steps().find("munmap(m0, 4096)"), std::string::npos);
}

TEST(Recorder, MapsMemoryOfTheKernelAgain)
{
	const auto memory_of = [](auto opens) {
		Recorded recorded;
		const std::uint64_t flags = MAP_SHARED;
		void *const page =
			::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

		recorded.has_socket(5);
		opens(recorded);
		recorded.call(mmap_call, static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(page)),
			      0L, 4096, PROT_READ | PROT_WRITE, static_cast<long>(flags), 7, 0);
		recorded.call(SYS_sendto, 1, 5, page, 1, MSG_ZEROCOPY, 0, 0);
		return recorded.steps();
	};
	const std::string secret =
		memory_of([](Recorded &recorded) { recorded.call(SYS_memfd_secret, 7, 0); });
	const std::string array = memory_of([](Recorded &recorded) {
		bpf_attr of;

		std::memset(&of, 0, sizeof(of));
		of.map_type = BPF_MAP_TYPE_ARRAY;
		of.map_flags = BPF_F_MMAPABLE;
		recorded.call(SYS_bpf, 7, BPF_MAP_CREATE, &of, sizeof(of));
	});

	EXPECT_NE(secret.find("(int)syscall(SYS_memfd_secret, 0)"), std::string::npos) << secret;
	EXPECT_NE(secret.find("(long)mmap(m0, 4096, 3, 17, fd7, 0)"), std::string::npos) << secret;
	EXPECT_NE(array.find(".map_flags = 1024})"), std::string::npos) << array;
	EXPECT_NE(array.find("(long)mmap(m0, 4096, 3, 17, fd7, 0)"), std::string::npos) << array;
}

TEST(Recorder, TellsATableByItsMessages)
{
	Recorded recorded;

	recorded.recorder.told("nft", std::string("table inet t { }\n\24\0a_\0001", 23));
	const trace::Recording recording = recorded.recorder.take();
	EXPECT_EQ(recording.steps.back().call, "netfilter(\n\t\t\"\\24\\0a_\\0001\", 6)");
	EXPECT_EQ(recording.steps.back().remark, "table inet t { }");
}

TEST(Recorder, NamesTheFeaturesOfADevice)
{
	struct {
		std::uint32_t command, set, count;
		char names[2][ETH_GSTRING_LEN];
	} names = {ETHTOOL_GSTRINGS, ETH_SS_FEATURES, 2, {"tx-gather", "rx-gro-list"}};
	std::array<std::uint32_t, 4> change = {ETHTOOL_SFEATURES, 1, 2, 2};
	ifreq of = {};
	Recorded recorded;

	std::strcpy(of.ifr_name, "zc0");
	of.ifr_data = reinterpret_cast<char *>(&names);
	recorded.call(SYS_ioctl, 0, 5, SIOCETHTOOL, &of);
	of.ifr_data = reinterpret_cast<char *>(&change);
	recorded.call(SYS_ioctl, 0, 5, SIOCETHTOOL, &of);
	EXPECT_NE(recorded.steps().find("feature(\"zc0\", \"rx-gro-list\", 1)"), std::string::npos);
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
