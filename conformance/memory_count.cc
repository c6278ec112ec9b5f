// SPDX-License-Identifier: GPL-2.0
/* What flagged data takes of the kernel's memory: copies of it, and what the kernel counts as the memory of
 * all TCP sockets, which net.ipv4.tcp_mem limits. Nothing is counted for a packet whose pages are all the
 * user's, and what becomes of such a packet must not change that (SKBFL_PURE_ZEROCOPY). */
#include <netinet/tcp.h>

#include <array>
#include <cstdlib>
#include <fstream>

#include "conformance/chapter.h"
#include "tcp_peer/peer.h"

namespace
{

/* /proc/net/sockstat: "TCP: inuse 5 orphan 0 tw 0 alloc 7 mem 2". */
long pages_of_tcp()
{
	std::ifstream file("/proc/net/sockstat");
	long pages = -1;
	bool of_tcp = false;

	for (std::string word; pages < 0 && file >> word;) {
		of_tcp |= word == "TCP:";
		if (of_tcp && word == "mem")
			file >> pages;
	}
	return pages;
}

REQUIREMENT(
	"ZC-LIM-23", observed,
	"When flagged data has been sent, the kernel counts as many pages for TCP as before, also where its "
	"packets were cut, acknowledged in part, or joined by plain data.",
	.code = "net/core/skbuff.c:skb_split, net/ipv4/tcp_output.c:tcp_trim_head, "
		"net/ipv4/tcp.c:tcp_downgrade_zcopy_pure");
/* Has some packets cut where the window ends, and some that plain data joins. */
void send_cut_and_mixed(At at, Link &link)
{
	const Payload large(256 << 10);
	const Payload small(page_size());
	const Payload plain(60000);

	for (int round = 0; round < 50; round++) {
		sends(at, link, large);
		link.deliver();
		sends(at, link, small, MSG_MORE);
		plainly_sends(at, link, plain);
		link.deliver();
	}
	at->completions_settle(link);
	harness::queue_memory_returned(at, link);
}

/* Plain data that waits in other connections is counted all the time, so that a count that falls does not
 * hide behind 0. A kernel that has run for long may count some thousand pages less than there are. More than
 * two would bring a guest of 1 GiB to net.ipv4.tcp_mem, where TCP has other rules. */
constexpr int waiting_connections = 2;

/* Programs beside the suite use TCP, too, and each processor may keep a mebibyte out of the count
 * (include/net/sock.h:SK_MEMORY_PCPU_RESERVE): once of ten times it must be as it was. */
template <typename Act> void keep_the_count(At at, Act act)
{
	const long few = (3 << 20) / static_cast<long>(page_size());
	long before = 0;
	long after = 0;
	bool kept = false;

	const long least = pages_of_tcp() - few;
	if (least <= 0)
		at->skip("more than " + std::to_string(few) + " pages in TCP's memory count, while " +
			 std::to_string(waiting_connections) + " send buffers are full (net.core.wmem_max)");
	for (int time = 0; time < 10 && !kept; time++) {
		before = pages_of_tcp();
		act();
		after = pages_of_tcp();
		kept = std::labs(after - before) < few && after >= least;
	}
	at->that("pages of all TCP sockets", kept,
		 std::to_string(before) + ", give or take " + std::to_string(few) + ", and " +
			 std::to_string(least) + " or more",
		 std::to_string(after));
}

CASE(cut_and_mixed_packets_leave_the_count_of_memory, .requirements = {"ZC-LIM-23"},
     .transports = transport::tcp, .paths = netns::simplest, .entry = Entry::guest_only, .once = true,
     .alone = true)
{
	for (int i = 0; i < waiting_connections; i++)
		fill(test, test.connect(), Payload(60000));
	Link &link = test.connect({.connected = false, .receive_buffer = 64 << 10});

	/* Packets of the loopback device are one segment otherwise, and are not cut. */
	set_option(link.sender(), IPPROTO_TCP, TCP_MAXSEG, 1000, "setsockopt(TCP_MAXSEG)");
	os::connect(link.sender(), link.destination());
	link.accept_receiver();
	keep_the_count(test, [&] { send_cut_and_mixed(test, link); });
}

/* Flagged data joins plain data, and spliced data joins flagged: the packet has both then. */
void send_joined(At at, Link &link, const Payload &plain)
{
	const Payload flagged(page_size());
	const os::Fd file = os::file_of(plain);

	for (int round = 0; round < 100; round++) {
		plainly_sends(at, link, plain, MSG_MORE);
		sends(at, link, flagged);
		sends(at, link, flagged, MSG_MORE);
		sends_file(at, link, file.get(), 0, plain);
		link.deliver();
		at->completions_settle(link);
	}
	harness::queue_memory_returned(at, link);
}

CASE(joined_packets_leave_the_count_of_memory, .requirements = {"ZC-LIM-23", "ZC-TX-14"},
     .transports = transport::tcp, .paths = netns::simplest, .entry = Entry::guest_only, .once = true,
     .alone = true)
{
	for (int i = 0; i < waiting_connections; i++)
		fill(test, test.connect(), Payload(60000));
	Link &link = test.connect();
	const Payload plain(30000);

	keep_the_count(test, [&] { send_joined(test, link, plain); });
}

/* net/ipv4/tcp_output.c:tcp_trim_head */
CASE(packets_acknowledged_in_part_leave_the_count_of_memory, .requirements = {"ZC-LIM-23"},
     .transports = transport::tcp, .paths = netns::scripted | netns::copies, .entry = Entry::guest_only,
     .once = true, .alone = true)
{
	constexpr std::uint32_t length = 60000;
	std::array<Link *, waiting_connections> waiting = {};
	for (Link *&each : waiting)
		each = &test.connect({.offer = {.window = 64 << 20}});
	Link &link = test.connect({.offer = {.mss = 1000}});
	tcp_peer::Peer &peer = link.peer();
	const Payload payload(length);

	for (Link *const each : waiting)
		while (each->send(payload).ok())
			;
	keep_the_count(test, [&] {
		for (int round = 0; round < 100; round++) {
			const std::uint32_t end = peer.received() + length;

			sends(test, link, payload);
			while (peer.received() < end) {
				peer.take_next();
				peer.acknowledge(peer.received() - 1);
			}
			peer.acknowledge();
			left_to_acknowledge(test, link, 0);
		}
		test.completions_settle(link);
	});
	for (Link *const each : waiting) {
		each->peer().reset();
		each->connection_reset();
	}
}

/* /proc/meminfo: bytes of memory that are neither free nor said to be anybody's. The kernel's pages of
 * packets are among them, and what processes have, and the caches, is not. */
long unaccounted_memory()
{
	constexpr std::array accounted = {"MemFree:",	"Buffers:", "Cached:",	    "SwapCached:",
					  "AnonPages:", "Slab:",    "KernelStack:", "PageTables:"};
	std::ifstream file("/proc/meminfo");
	long kibibytes = 0;
	long value = 0;

	for (std::string name, unit; file >> name >> value && std::getline(file, unit);)
		if (name == "MemTotal:")
			kibibytes += value;
		else if (std::ranges::find(accounted, name) != accounted.end())
			kibibytes -= value;
	return kibibytes << 10;
}

/* Processors and other sockets take and give back some mebibytes: once of three times less than half must be
 * missing of what act(id) sends in calls of 10000 bytes. */
template <std::invocable<std::uint32_t> Act> void leave_memory_free(At at, Link &link, Act act)
{
	constexpr long total = 8 << 20;
	long missing = total;

	for (int time = 0; time < 3 && missing >= total / 2; time++) {
		const long before = unaccounted_memory();

		for (long sent = 0; sent < total; sent += 10000) {
			const std::uint32_t id = link.ledger().sent();

			act(id);
			link.ledger().completed({id, id});
		}
		missing = unaccounted_memory() - before;
	}
	at->that("memory that is nobody's behind " + std::to_string(total) + " bytes of data",
		 missing < total / 2, "less than half of that", std::to_string(missing));
}

REQUIREMENT(
	"ZC-LIM-71", observed,
	"The kernel frees its copies of flagged data, and plain data beside that, when all has been read.",
	.code = "net/core/skbuff.c:skb_copy_ubufs, skb_release_data; net/ipv4/tcp.c:tcp_sendmsg_locked");
CASE(copies_of_flagged_data_are_freed, .requirements = {"ZC-LIM-71"}, .paths = netns::simplest,
     .entry = Entry::guest_only, .alone = true)
{
	Link &link = test.connect();

	leave_memory_free(test, link,
			  [&](std::uint32_t id) { completes(test, link.sender(), link.receiver(), id); });
}

CASE(plain_data_beside_flagged_data_is_freed, .requirements = {"ZC-LIM-71"}, .transports = transport::tcp,
     .paths = netns::simplest, .entry = Entry::guest_only, .alone = true)
{
	Link &link = test.connect();

	leave_memory_free(test, link, [&](std::uint32_t id) {
		const Payload flagged(1000), plain(9000);

		test.sent(send_raw(link.sender(), flagged, MSG_ZEROCOPY | MSG_MORE), flagged.size());
		test.sent(send_raw(link.sender(), plain, 0), plain.size());
		for (const Payload *const each : {&flagged, &plain})
			receives(test, link.receiver(), *each);
		harness::one_notification(test, link.sender(), {id, id});
	});
}

} // namespace
