// SPDX-License-Identifier: GPL-2.0
#include "harness/splat.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <vector>

namespace
{

using harness::parse_record;
using harness::Splat;
using harness::SplatReader;

std::vector<Splat> read(std::initializer_list<const char *> lines)
{
	SplatReader reader;

	for (const char *line : lines)
		reader.take({true, line});
	reader.finish();
	return reader.splats();
}

TEST(Record, OfTheKernel)
{
	const auto record = parse_record("4,349,1167076194,-;WARNING: \\x0a;there");

	ASSERT_TRUE(record);
	EXPECT_TRUE(record->kernel);
	EXPECT_EQ(record->text, "WARNING: \\x0a;there");
}

TEST(Record, OfAProgramIsNotTheKernels)
{
	EXPECT_FALSE(parse_record("12,349,1167076194,-;WARNING: here")->kernel);
	EXPECT_FALSE(parse_record("9,1,1,-,caller=T1;WARNING: here")->kernel);
}

TEST(Record, DictionaryIsNone)
{
	EXPECT_FALSE(parse_record(" SUBSYSTEM=net;1"));
	EXPECT_FALSE(parse_record(""));
	EXPECT_FALSE(parse_record("4,349,1"));
}

TEST(SplatReader, WarningOfLinux61)
{
	const auto splats = read({
		"zc0: renamed from eth0",
		"------------[ cut here ]------------",
		"WARNING: CPU: 1 PID: 4711 at net/core/stream.c:208 sk_stream_kill_queues+0x10/0x20",
		"Modules linked in: tun",
		"---[ end trace 0000000000000000 ]---",
		"zc0: left promiscuous mode",
	});

	ASSERT_EQ(splats.size(), 1U);
	EXPECT_EQ(splats[0].lines.size(), 4U);
	EXPECT_EQ(splats[0].pid(), 4711);
	EXPECT_FALSE(splats[0].interrupt());
	EXPECT_TRUE(splats[0].concerns_network_or_memory());
}

TEST(SplatReader, WarningOfLinux73)
{
	const auto splats = read({
		"------------[ cut here ]------------",
		"WARNING: net/ipv4/af_inet.c:156 at inet_sock_destruct+0x1/0x2, CPU#0: a/name/4711",
		"---[ end trace 0000000000000000 ]---",
		"------------[ cut here ]------------",
		"WARNING: mm/page_counter.c:60 at f+0x1/0x2, CPU#0: swapper/0/0",
		"---[ end trace 0000000000000000 ]---",
	});

	ASSERT_EQ(splats.size(), 2U);
	EXPECT_EQ(splats[0].pid(), 4711);
	EXPECT_EQ(splats[1].pid(), 0);
	EXPECT_TRUE(splats[1].concerns_network_or_memory());
}

TEST(SplatReader, RefcountInASoftIrq)
{
	const auto splats = read({
		"------------[ cut here ]------------",
		"refcount_t: underflow; use-after-free.",
		"WARNING: CPU: 0 PID: 14 at lib/refcount.c:28 refcount_warn_saturate+0x1/0x2",
		"Call Trace:",
		" <IRQ>",
		" msg_zerocopy_put_abort+0x1/0x2",
		"---[ end trace 0000000000000000 ]---",
	});

	ASSERT_EQ(splats.size(), 1U);
	EXPECT_TRUE(splats[0].interrupt());
	EXPECT_TRUE(splats[0].concerns_network_or_memory());
}

TEST(SplatReader, OopsAndKasan)
{
	const auto splats = read({
		"BUG: kernel NULL pointer dereference, address: 0000000000000008",
		"Oops: 0000 [#1] PREEMPT SMP",
		"CPU: 0 PID: 77 Comm: msg_zerocopy Not tainted",
		"RIP: 0010:skb_copy_ubufs+0x1/0x2",
		"---[ end trace 0000000000000000 ]---",
		"BUG: KASAN: slab-use-after-free in skb_release_data+0x1/0x2",
		"Read of size 8 at addr ffff888000000000 by task msg_zerocopy/78",
		"CPU: 0 UID: 0 PID: 78 Comm: msg_zerocopy Not tainted",
	});

	ASSERT_EQ(splats.size(), 2U);
	EXPECT_EQ(splats[0].pid(), 77);
	EXPECT_EQ(splats[1].pid(), 78);
	EXPECT_TRUE(splats[1].concerns_network_or_memory());
}

TEST(SplatReader, LockdepAndNextReport)
{
	const auto splats = read({
		"WARNING: possible circular locking dependency detected",
		"msg_zerocopy/5 is trying to acquire lock:",
		"(sk_lock-AF_INET){+.+.}-{0:0}, at: tcp_sendmsg+0x1/0x2",
		"------------[ cut here ]------------",
		"kernel BUG at net/core/skbuff.c:3000!",
		"---[ end trace 0000000000000000 ]---",
	});

	ASSERT_EQ(splats.size(), 2U);
	EXPECT_EQ(splats[0].lines.size(), 3U);
	EXPECT_TRUE(splats[0].concerns_network_or_memory());
	EXPECT_TRUE(splats[1].concerns_network_or_memory());
}

TEST(SplatReader, OfOtherParts)
{
	const auto splats = read({
		"------------[ cut here ]------------",
		"WARNING: CPU: 1 PID: 9 at drivers/gpu/drm/x.c:1 drm_x+0x1/0x2",
		"Modules linked in: vhost_net vsock nf_socket_ipv4",
		"---[ end trace 0000000000000000 ]---",
	});

	ASSERT_EQ(splats.size(), 1U);
	EXPECT_FALSE(splats[0].concerns_network_or_memory());
}

TEST(SplatReader, AnOverloadedMachineIsNoFault)
{
	EXPECT_TRUE(read({"watchdog: BUG: soft lockup - CPU#1 stuck for 26s! [tcp_x:12]",
			  "BUG: workqueue lockup - pool cpus=0 stuck for 33s!",
			  "watchdog: BUG: workqueue lockup - pool cpus=0 stuck for 33s!",
			  "rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:",
			  "traps: x[5] general protection fault ip:1 sp:2 error:0"})
			    .empty());
}

TEST(SplatReader, BeginningsOfOtherKernels)
{
	for (const char *line :
	     {"general protection fault: 0000 [#1] SMP", "watchdog: BUG: hard lockup - CPU#1",
	      "Kernel panic - not syncing: Fatal exception in interrupt"})
		EXPECT_EQ(read({line}).size(), 1U) << line;
}

TEST(SplatReader, HungTask)
{
	const auto splats = read({"INFO: task kworker/u8:3:4711 blocked for more than 120 seconds.",
				  "      Not tainted 6.18.0", "task:kworker/u8:3 state:D pid:4711"});

	ASSERT_EQ(splats.size(), 1U);
	EXPECT_TRUE(splats[0].hung());
	EXPECT_EQ(splats[0].pid(), 4711);
	EXPECT_FALSE(splats[0].concerns_network_or_memory());
}

TEST(SplatReader, DeviceThatStays)
{
	const auto ours = read({"unregister_netdevice: waiting for zc0 to become free. Usage count = 2"});
	const auto anybodys = read({"unregister_netdevice: waiting for lo to become free. Usage count = 2"});

	ASSERT_EQ(ours.size(), 1U);
	EXPECT_TRUE(ours[0].concerns_network_or_memory());
	ASSERT_EQ(anybodys.size(), 1U);
	EXPECT_FALSE(anybodys[0].concerns_network_or_memory());
}

TEST(SplatReader, WhatProgramsWriteIsNone)
{
	SplatReader reader;

	reader.take({false, "------------[ cut here ]------------"});
	EXPECT_FALSE(reader.unfinished());
	reader.finish();
	EXPECT_TRUE(reader.splats().empty());
}

} // namespace
