// SPDX-License-Identifier: GPL-2.0
/* The limits that the chapter 'Transmission' of msg_zerocopy.rst mentions: option memory
 * and locked pages. */
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/sock_diag.h>
#include <sched.h>
#include <sys/syscall.h>

#include <cstdlib>
#include <fstream>

#include "conformance/chapter.h"
#include "netns/namespace.h"
#include "netns/sysctl.h"
#include "os/child.h"

namespace
{

/* net/core/net_namespace.c:preinit_net_sysctl. */
constexpr unsigned default_optmem_max = 131072;
constexpr unsigned lowered_optmem_max = 16384;

/* A flagged send that the user is charged with. */
void sends(At at, const Charged &user, Link &link, Bytes bytes, int flags = 0)
{
	at->sent(user.send(link, bytes, flags), bytes.size());
}

/*
 * A flagged send that shares its notification with no other. A later flagged send would
 * join it while it is the last of a stream's write queue, so that a byte of plain data, in
 * a packet of its own, follows.
 */
Sent send_apart(At at, Link &link, Bytes bytes)
{
	if (!at->is(transport::stream))
		return link.send_zerocopy(bytes);
	const Sent sent = link.send_zerocopy(bytes, MSG_EOR);
	if (sent.ok())
		plainly_sends(at, link, bytes.first(1));
	return sent;
}

/* The bytes that must be left of optmem_max, SKB_TRUESIZE(0) of sock_omalloc(). Found by
 * trying. */
unsigned room_wanted(At at, Link &link)
{
	unsigned refused = option_memory(link.sender());
	unsigned permits = default_optmem_max;

	while (permits - refused > 1) {
		const unsigned middle = refused + (permits - refused) / 2;
		const ScopedOptmemMax limit(middle);

		(permitted(at, link) ? permits : refused) = middle;
	}
	return permits - option_memory(link.sender());
}

REQUIREMENT("ZC-LIM-01", observed,
	    "net.core.optmem_max is there to be read, 131072 by default and of each network namespace.",
	    .code = "net/core/net_namespace.c:preinit_net_sysctl, net/core/sysctl_net_core.c",
	    .kernels = "since 6.8; 6.1: one value for the host (net/core/sock.c: sysctl_optmem_max), 20480 "
		       "on 64-bit machines, absent from child namespaces");
DEVIATION(
	"optmem-limit-global", "ZC-LIM-01", "4.14 to 6.8",
	"net.core.optmem_max is one value of the host, 20480 by default on 64-bit machines, and absent from "
	"the sysctls of other network namespaces than the initial one.",
	"net/core/sysctl_net_core.c: &sysctl_optmem_max in 6.1.192 (466), &init_net.core.sysctl_optmem_max "
	"in 6.12.118 (656) and 7.3.4. 'net: increase optmem_max default value' (4944566706b2) and 'net: "
	"Namespace-ify sysctl_optmem_max' (f5769faeec36) were posted on 14 December 2023: 6.8 is inferred.");
CASE(optmem_max_of_a_new_namespace_is_128_kib, .requirements = {"ZC-LIM-01"}, .transports = transport::tcp,
     .paths = netns::simplest, .deviation = "optmem-limit-global")
{
	const auto outside = limits::optmem_max();

	test.network();
	const auto inside = limits::optmem_max();
	if (!inside && !outside)
		test.skip("net.core.optmem_max in /proc/sys; where the host has one, to be started in the "
			  "initial network namespace");
	if (!inside)
		test.deviates("net.core.optmem_max is " + std::to_string(*outside) +
			      " outside and absent from a new network namespace");
	test.equal("net.core.optmem_max of a new network namespace", *inside, default_optmem_max);
}

/* The limit is that of the namespace in which the socket was opened, not of the one that
 * the caller is in: net/core/sock.c:sock_omalloc takes sock_net(sk). */
CASE(optmem_max_binds_the_sockets_of_its_namespace, .requirements = {"ZC-LIM-01", "ZC-TX-03"},
     .paths = netns::simplest, .needs = needs_optmem)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());
	const ScopedOptmemMax none(0);

	const netns::Namespace elsewhere = netns::Namespace::create();
	const auto there = limits::optmem_max();
	const Sent refused = link.send_zerocopy(payload);
	{
		const ScopedOptmemMax less(lowered_optmem_max);
	}
	test.network().sender().enter();
	test.equal("net.core.optmem_max of the other namespace", there.value_or(0), default_optmem_max);
	test.equal("net.core.optmem_max of the socket's namespace", limits::optmem_max().value_or(1), 0);
	test.refused(refused, ENOBUFS);
}

REQUIREMENT("ZC-LIM-15", observed, "Writing a negative net.core.optmem_max fails with EINVAL.",
	    .code = "net/core/sysctl_net_core.c: proc_dointvec_minmax from 0",
	    .kernels = "6.12 and 7.3; 6.1 (proc_dointvec) accepts it");
DEVIATION("optmem-limit-accepts-negative", "ZC-LIM-15", "4.14 to 6.8",
	  "Writing -1 to net.core.optmem_max succeeds.",
	  "net/core/sysctl_net_core.c: proc_dointvec in 6.1.192, proc_dointvec_minmax in 6.12.118 and 7.3.4; "
	  "that it came with f5769faeec36 in 6.8 is inferred.",
	  .fix = "net: Namespace-ify sysctl_optmem_max");
CASE(negative_optmem_max_is_refused, .requirements = {"ZC-LIM-15"}, .transports = transport::tcp,
     .paths = netns::simplest, .needs = needs_optmem, .deviation = "optmem-limit-accepts-negative")
{
	test.network();
	const ScopedOptmemMax restored(lowered_optmem_max);
	const os::Fd file = netns::open_sysctl("core/optmem_max");
	os::check(file.get(), "open(optmem_max)");
	const auto written = Returned::of(::write(file.get(), "-1", 2));

	if (written.ok())
		test.deviates("-1 was accepted");
	fails(test, "write() of -1 to net.core.optmem_max", written, EINVAL);
	test.equal("net.core.optmem_max after it", limits::optmem_max().value_or(0), lowered_optmem_max);
}

REQUIREMENT("ZC-LIM-02", observed,
	    "A flagged send fails when the socket's charged optmem plus SKB_TRUESIZE(0) exceeds optmem_max, "
	    "and succeeds when the two are equal; one that joins the notification structure of the last send "
	    "needs no room.",
	    .code = "net/core/sock.c:sock_omalloc; net/core/skbuff.c:msg_zerocopy_realloc",
	    .kernels = "what a structure charges depends on the kernel: SO_MEMINFO[SK_MEMINFO_OPTMEM] tells");
CASE(optmem_limit_is_exact_to_the_byte, .requirements = {"ZC-LIM-02", "ZC-TX-03", "ZC-LIM-03"},
     .paths = netns::holds_many, .needs = needs_optmem)
{
	Link &link = test.connect();
	const Payload payload(100);
	const unsigned room = room_wanted(test, link);
	unsigned charge = 0;

	for (unsigned structures = 0; structures < 4; structures++) {
		const unsigned before = structures * charge;

		option_memory_is(test, link, before);
		{
			const ScopedOptmemMax short_by_one(before + room - 1);

			test.refused(optmem_is_exact, send_apart(test, link, payload), ENOBUFS);
			option_memory_is(test, link, before, "option memory in use after a send that failed");
		}
		const ScopedOptmemMax exactly(before + room);
		test.sent(send_apart(test, link, payload), payload.size());
		if (structures)
			continue;
		charge = option_memory(link.sender());
		test.that("option memory of one structure", charge >= room, "at least the room that it needs",
			  std::to_string(charge) + " for " + std::to_string(room));
	}
	link.release();
	test.completions_settle(link);
	option_memory_is(test, link, 0, "option memory in use at the end");
}

/* A send that joins the structure of the last one allocates none. Where the limit is the
 * host's, and stays as it is, the charge alone shows it. */
CASE(joining_the_last_send_takes_no_optmem, .requirements = {"ZC-LIM-02"}, .paths = netns::holds,
     .without = netns::remote)
{
	Link &link = test.connect();
	const Payload payload(300);
	/* Sends can join a datagram as long as it is put together. */
	const int more = test.is(transport::datagram) ? MSG_MORE : 0;

	sends(test, link, payload.first(100), more);
	const unsigned charge = option_memory(link.sender());
	{
		std::optional<ScopedOptmemMax> none;

		if (limits::optmem_max())
			none.emplace(0);
		sends(test, link, payload.from(100, 100), more);
		sends(test, link, payload.from(200, 100));
	}
	option_memory_is(test, link, charge, "option memory in use by three sends");
}

REQUIREMENT("ZC-LIM-03", observed,
	    "The optmem charge is returned when the call is aborted, the notification is merged or it is "
	    "read: it never leaks.",
	    .code = "net/core/sock.c:sock_ofree");
/* net/core/skbuff.c:__msg_zerocopy_callback frees the structure whose range it adds to the
 * last notification. The charge of that notification stays until it is read. */
CASE(optmem_is_returned_by_merge_and_by_read, .requirements = {"ZC-LIM-03"}, .transports = transport::all)
{
	Link &link = test.connect();

	queue_notification(test, link);
	const unsigned charge = charged_while_unread(test, link);

	sends(test, link);
	os::wait_until([&] {
		link.read_arrived();
		return option_memory(link.sender()) == charge;
	});
	option_memory_is(test, link, charge, "option memory in use once the second send completed");
	test.one_notification(link, {0, 1});
	option_memory_is(test, link, 0, "option memory in use once the notification is read");
}

/* A call fails behind the limits, or at the second of them, after it took option memory. */
CASE(failed_sends_leave_no_optmem_charged, .requirements = {"ZC-LIM-03"}, .paths = netns::simplest,
     .needs = needs_memlock)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());

	for (std::uint32_t id = 0; id < 20; id++) {
		refused_without_trace(test, link, link.send_zerocopy(unreadable()), EFAULT);
		next_id_is(test, link, payload, id);
	}
	const Charged user(test, link);
	const Pages none(0);
	for (int i = 0; i < 20; i++)
		refused_without_trace(test, link, link.send_zerocopy(payload), ENOBUFS);
}

/* A filter of that many instructions, the first of which accepts everything. False where
 * the socket has no room for it. */
bool attach_filter(int socket, std::size_t instructions)
{
	std::vector<sock_filter> program(instructions, BPF_STMT(BPF_MISC | BPF_TAX, 0));
	const sock_fprog filter = {static_cast<unsigned short>(instructions), program.data()};
	const int unused = 0;

	program.front() = program.back() = BPF_STMT(BPF_RET | BPF_K, 0xffffffff);
	/* While one filter replaces another, both are charged. */
	::setsockopt(socket, SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof(unused));
	return ::setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) == 0;
}

/* The longest filter beside which a flagged send is still permitted; attached. */
std::size_t longest_filter(At at, Link &link)
{
	std::size_t fits = 2;
	std::size_t too_long = BPF_MAXINSNS + 1;

	while (too_long - fits > 1) {
		const std::size_t middle = fits + (too_long - fits) / 2;
		const bool attached = attach_filter(link.sender(), middle);

		(attached && permitted(at, link) ? fits : too_long) = middle;
	}
	at->that("filter of the least length", attach_filter(link.sender(), fits), "fits", "does not");
	return fits;
}

REQUIREMENT("ZC-LIM-04", observed,
	    "What else the socket charges to optmem (socket filters, multicast memberships, control messages "
	    "longer than the kernel's stack buffer while they are sent) reduces the room for flagged sends.",
	    .code = "net/core/sock.c:sock_kmalloc, net/core/filter.c:__sk_filter_charge, "
		    "net/ipv4/igmp.c:__ip_mc_join_group, net/ipv6/mcast.c:__ipv6_sock_mc_join and "
		    "net/socket.c:____sys_sendmsg share sk_omem_alloc",
	    .kernels = "IPv6 header options are charged too, which is not judged yet");
/* However a filter and a notification structure make up the sum, it meets the limit at the
 * same byte. The case changes nothing but the filter, so that it also shows this where the
 * limit is the host's. */
CASE(filters_take_room_from_sends, .requirements = {"ZC-LIM-04", "ZC-LIM-02"}, .paths = netns::simplest)
{
	std::optional<unsigned> limit = limits::optmem_max();
	std::optional<ScopedOptmemMax> lowered;
	Link &link = test.connect();
	const Payload payload(link.usual_length());

	if (limits::optmem_max()) {
		lowered.emplace(lowered_optmem_max);
		limit = lowered_optmem_max;
	}
	if (!limit || *limit > sizeof(sock_filter) * (BPF_MAXINSNS - 100))
		test.skip("a net.core.optmem_max that a filter can use up, or that can be written");

	link.waive_option_memory();
	longest_filter(test, link);
	const unsigned alone = option_memory(link.sender());
	attach_filter(link.sender(), 2);
	const unsigned least = option_memory(link.sender());
	queue_notification(test, link, payload);
	const unsigned structure = option_memory(link.sender()) - least;

	const std::size_t length = longest_filter(test, link);
	option_memory_is(test, link, alone, "most option memory before a send, with one structure in use");
	test.that("room that is left then", alone < *limit && *limit - alone <= structure,
		  "SKB_TRUESIZE(0): at most what a structure is charged with",
		  std::to_string(*limit - alone) + ", a structure " + std::to_string(structure));
	test.that("filter of one instruction more", attach_filter(link.sender(), length + 1), "fits",
		  "does not");
	test.refused(link.send_zerocopy(payload), ENOBUFS);
	attach_filter(link.sender(), length);
	sends(test, link, payload);
}

CASE(multicast_memberships_take_room_from_sends, .requirements = {"ZC-LIM-04"}, .transports = transport::udp,
     .paths = netns::simplest, .needs = needs_optmem)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());
	const unsigned room = room_wanted(test, link);
	group_req group = {};
	const bool ipv6 = test.transport().family == AF_INET6;
	const auto address =
		transport::make_address(test.transport().family, ipv6 ? "ff01::77" : "224.0.0.77", 0);

	link.waive_option_memory();
	group.gr_interface = 1; /* loopback */
	std::memcpy(&group.gr_group, address.get(), address.length);
	set_option(link.sender(), ipv6 ? IPPROTO_IPV6 : IPPROTO_IP, MCAST_JOIN_GROUP, group,
		   "setsockopt(MCAST_JOIN_GROUP)");
	const unsigned membership = option_memory(link.sender());
	test.that("option memory in use by the membership", membership > 0, "some", "0");
	refused_under(test, ScopedOptmemMax(membership + room - 1), link, payload, optmem_is_exact);
	const ScopedOptmemMax exactly(membership + room);
	sends(test, link, payload);
}

/* Control messages that are too long for the kernel's stack lie in option memory for the
 * time of the call. */
CASE(control_messages_take_room_from_their_send, .requirements = {"ZC-LIM-04"}, .paths = netns::simplest,
     .needs = needs_optmem)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());
	const unsigned room = room_wanted(test, link);
	Outgoing message(payload);

	/* No timestamps, twenty times: this changes nothing, and every socket takes it. */
	for (int i = 0; i < 20; i++)
		message.with(SOL_SOCKET, SO_TIMESTAMPING, std::uint32_t{0});
	{
		/* Those of a 32-bit program are longer in a 64-bit kernel. */
		const ScopedOptmemMax too_little(room + message.control_length() - 1);

		test.refused(optmem_is_exact, link.send_message(message.header(), MSG_ZEROCOPY), ENOBUFS);
		test.that("a send without them", permitted(test, link), "permitted", "ENOBUFS");
	}
	const ScopedOptmemMax enough(room + 2 * message.control_length());
	sends(test, link, message);
}

REQUIREMENT("ZC-LIM-05", observed,
	    "A send of len bytes charges len / page size, rounded down, plus 2 pages to the user and fails "
	    "when used pages plus these exceed RLIMIT_MEMLOCK / page size; UDP adds 8 bytes of header to "
	    "len, but not for a part that is appended to a corked datagram.",
	    .code = "net/core/skbuff.c:mm_account_pinned_pages; net/ipv4/ip_output.c:__ip_append_data passes "
		    "the length with the UDP header");
CASE(memlock_limit_is_exact_to_the_page, .requirements = {"ZC-LIM-05", "ZC-TX-04"}, .paths = netns::simplest,
     .needs = needs_memlock)
{
	Link &link = test.connect();
	const Payload payload(9 * page_size());
	const std::size_t header = test.is(transport::datagram) ? sizeof(udphdr) : 0;
	const std::size_t largest =
		test.is(transport::datagram) ? test.transport().largest_datagram : payload.size();
	std::uint32_t id = 0;

	if (page_size() - header > largest)
		test.skip("a page that is smaller than the largest datagram");
	const Charged user(test, link);
	for (const rlim_t pages : {2, 3, 10}) {
		const std::size_t too_long = (pages - 1) * page_size() - header;

		if (too_long > largest)
			continue;
		refused_under(test, Pages(pages, page_size() - 1), link, payload.first(too_long),
			      memlock_is_exact);
		const Pages exactly(pages);
		sends(test, user, link, payload.first(too_long - 1));
		test.one_notification(link, {id, id});
		id++;
	}
}

CASE(memlock_charges_add_up, .requirements = {"ZC-LIM-05", "ZC-TX-04"}, .paths = netns::holds,
     .needs = needs_memlock)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());
	const rlim_t charge = charge_of(test, payload.size());

	{
		const Charged user(test, link);

		for (rlim_t calls = 1; calls <= 3; calls++) {
			refused_under(test, Pages(calls * charge - 1), link, payload, memlock_is_exact);
			const Pages exactly(calls * charge);
			sends(test, user, link, payload);
		}
		const Pages almost_one_more(4 * charge - 1);
		test.refused(link.send_zerocopy(payload), ENOBUFS);
		plainly_sends(test, link, payload.first(1));
	}
	link.release();
	test.completions_settle(link);
	const Charged user(test, link);
	const Pages exactly(charge);
	sends(test, user, link, payload);
}

CASE(appended_data_is_charged_without_header, .requirements = {"ZC-LIM-05"}, .transports = transport::udp,
     .paths = netns::simplest, .needs = needs_memlock)
{
	Link &link = test.connect();
	const Payload payload(page_size());

	if (payload.size() > test.transport().largest_datagram)
		test.skip("a page that is smaller than the largest datagram");
	{
		const Charged user(test, link);
		const Pages four(4);
		sends(test, user, link, payload.first(1), MSG_MORE);
		/* With a header the length would exceed a page, and three pages be charged. */
		sends(test, user, link, payload.from(1, payload.size() - 1));
	}
	test.completions_settle(link);
}

REQUIREMENT("ZC-LIM-06", observed,
	    "An RLIMIT_MEMLOCK below two pages forbids every flagged send, and one of two pages permits a "
	    "send of one byte.",
	    .code = "net/core/skbuff.c:mm_account_pinned_pages");
/* Two pages are charged for one byte, which lies in one page. */
CASE(limit_below_two_pages_forbids_all, .requirements = {"ZC-LIM-06"}, .paths = netns::simplest,
     .needs = needs_memlock)
{
	Link &link = test.connect();
	const Payload payload(1);
	const Charged user(test, link);

	for (const rlim_t bytes : {rlim_t{0}, rlim_t{page_size()}, rlim_t{2 * page_size() - 1}})
		refused_under(test, ScopedMemlock(bytes), link, payload, memlock_is_exact);
	const Pages two(2);
	sends(test, user, link, payload);
	test.one_notification(link, {0, 0});
}

REQUIREMENT("ZC-LIM-07", observed, "Pages are counted for each user over all its sockets and processes.",
	    .code = "net/core/skbuff.c:mm_account_pinned_pages, current_user()->locked_vm",
	    .kernels = "io_uring's registered buffers and perf's mapped ones are counted together with them, "
		       "which is not judged yet");
CASE(memlock_is_shared_by_sockets, .requirements = {"ZC-LIM-07"}, .paths = netns::holds_many,
     .needs = needs_memlock)
{
	Link &link = test.connect();
	Link &other = test.connect();
	const Payload payload(link.usual_length());
	const rlim_t charge = charge_of(test, payload.size());

	{
		const Charged user(test, link);
		const Pages budget(charge);
		sends(test, user, link, payload);
		test.refused(other.send_zerocopy(payload), ENOBUFS);
	}
	link.release();
	test.completions_settle(link);
	const Charged user(test, other);
	const Pages budget(charge);
	sends(test, user, other, payload);
}

/* The pages stay charged when the process that sent them is gone, until the send completes. */
CASE(memlock_is_shared_by_processes, .requirements = {"ZC-LIM-07"}, .paths = netns::holds_many,
     .needs = needs_memlock)
{
	Link &link = test.connect();
	Link &other = test.connect();
	const Payload payload(link.usual_length());
	const Charged user(test, link);
	const Pages budget(charge_of(test, payload.size()));
	os::Child first([&] { return user.send(link, payload).error; });

	error_is(test, "send of a child process", first.wait(), 0);
	link.account(transport::all_of(payload), payload, MSG_ZEROCOPY);
	test.refused(other.send_zerocopy(payload), ENOBUFS);
	os::Child second([&] { return other.send_zerocopy(payload).error; });
	error_is(test, "send of another child", second.wait(), ENOBUFS);
}

CASE(memlock_is_of_each_user, .requirements = {"ZC-LIM-07"}, .transports = transport::udp,
     .paths = netns::holds_many, .needs = needs_memlock | needs_root)
{
	Link &link = test.connect();
	Link &other = test.connect();
	const Payload payload(link.usual_length());
	const rlim_t charge = charge_of(test, payload.size());

	{
		const Charged user(test, link);
		const Pages budget(charge);
		sends(test, user, link, payload);
	}
	/* The process's id makes the user, so that a child becomes another one. */
	os::Child child([&] {
		const ScopedUser another;
		const Pages budget(charge);

		return other.send_zerocopy(payload).error;
	});
	error_is(test, "send of the other user", child.wait(), 0);
	other.account(transport::all_of(payload), payload, MSG_ZEROCOPY);
	const ScopedUser user;
	const Pages budget(charge);
	test.refused(link.send_zerocopy(payload), ENOBUFS);
}

REQUIREMENT("ZC-LIM-08", observed,
	    "The pages are given back at completion, whether or not the notification is read.",
	    .code = "net/core/skbuff.c:__msg_zerocopy_callback calls mm_unaccount_pinned_pages first");
CASE(memlock_is_returned_at_completion, .requirements = {"ZC-LIM-08"}, .needs = needs_memlock)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());
	const Charged user(test, link);
	const Pages budget(charge_of(test, payload.size()));

	sends(test, user, link, payload);
	notified(test, link);
	sends(test, user, link, payload);
	test.completions_settle(link);
	/* No more is given back than was charged. */
	refused_under(test, Pages(charge_of(test, payload.size()) - 1), link, payload, memlock_is_exact);
}

REQUIREMENT("ZC-LIM-09", observed,
	    "CAP_IPC_LOCK of the initial user namespace exempts from RLIMIT_MEMLOCK, and that of a child "
	    "namespace does not.",
	    .code = "net/core/skbuff.c:mm_account_pinned_pages, capable(CAP_IPC_LOCK)");
CASE(cap_ipc_lock_exempts, .requirements = {"ZC-LIM-09"}, .paths = netns::simplest,
     .needs = needs_memlock | needs_root)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());
	const Pages none(0);

	sends(test, link, payload);
	const ScopedUser user;
	test.refused(link.send_zerocopy(payload), ENOBUFS);
}

/* This process has CAP_IPC_LOCK in its user namespace. */
bool has_ipc_lock()
{
	__user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	__user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};

	os::check(::syscall(SYS_capget, &header, data), "capget()");
	return data[CAP_TO_INDEX(CAP_IPC_LOCK)].effective & CAP_TO_MASK(CAP_IPC_LOCK);
}

/* Whoever makes a user namespace has every capability there. */
CASE(cap_ipc_lock_of_a_user_namespace_does_not_exempt, .requirements = {"ZC-LIM-09"},
     .paths = netns::simplest, .needs = needs_memlock)
{
	constexpr int no_namespace = 254;
	Link &link = test.connect();
	const Payload payload(link.usual_length());
	const Charged user(test, link);
	const Pages none(0);
	os::Child child([&] {
		if (::unshare(CLONE_NEWUSER) < 0 || !has_ipc_lock())
			return no_namespace;
		return link.send_zerocopy(payload).error;
	});
	const int error = child.wait();

	if (error == no_namespace)
		test.skip("user namespaces (CONFIG_USER_NS, allowed to every user)");
	error_is(test, "send in a child user namespace", error, ENOBUFS);
}

REQUIREMENT("ZC-LIM-10", observed,
	    "A process without a limit (RLIM_INFINITY) is neither checked nor charged.",
	    .code = "net/core/skbuff.c:mm_account_pinned_pages returns for RLIM_INFINITY",
	    .kernels = "since 6.3; 6.1 charges it, so that it can use up the room of a limited process of "
		       "the same user");
DEVIATION("unlimited-process-charged", "ZC-LIM-10", "4.14 to 6.3",
	  "A process with RLIM_INFINITY is charged like any other, so that another process of the same user "
	  "with a limit gets ENOBUFS while its sends are outstanding.",
	  "net/core/skbuff.c:mm_account_pinned_pages has no RLIM_INFINITY in 6.1.192, and has in 6.12.118 "
	  "(line 1661). Subject: 'net: msg_zerocopy: elide page accounting if RLIM_INFINITY', posted on 14 "
	  "February 2023 for net-next: 6.3 is inferred.",
	  .fix = "net: msg_zerocopy: elide page accounting if RLIM_INFINITY");
/* What the process without a limit sends leaves the user's budget whole. */
CASE(unlimited_process_is_not_charged, .requirements = {"ZC-LIM-10"}, .transports = transport::udp,
     .paths = netns::holds_many, .needs = needs_memlock, .deviation = "unlimited-process-charged")
{
	const rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
	Link &link = test.connect();
	Link &other = test.connect();
	const Payload payload(link.usual_length());

	if (::setrlimit(RLIMIT_MEMLOCK, &unlimited) < 0)
		test.skip("an unlimited RLIMIT_MEMLOCK (CAP_SYS_RESOURCE, or ulimit -H -l unlimited)");
	const Charged user(test, other);
	sends(test, user, link, payload);
	const Pages budget(charge_of(test, payload.size()));
	const Sent sent = user.send(other, payload);
	if (!sent.ok() && sent.error == ENOBUFS)
		test.deviates("the limited process: " + os::describe(sent));
	test.sent(sent, payload.size());
}

/* "VmLck: 12 kB" of /proc/self/status; -1 where there is no such line. */
long status_kb(const std::string &field)
{
	std::ifstream status("/proc/self/status");
	std::string word;
	long kb = -1;

	while (status >> word)
		if (word == field + ':')
			status >> kb;
	return kb;
}

REQUIREMENT("ZC-LIM-11", observed,
	    "VmLck and VmPin in /proc/PID/status do not show the pages of flagged sends.",
	    .code = "net/core/skbuff.c:mm_account_pinned_pages charges user->locked_vm, not mm->locked_vm or "
		    "mm->pinned_vm");
CASE(process_status_does_not_show_the_pages, .requirements = {"ZC-LIM-11"}, .transports = transport::udp,
     .paths = netns::holds_many, .needs = needs_memlock)
{
	Link &link = test.connect();
	Link &other = test.connect();
	const Payload payload(link.usual_length());
	const Charged user(test, link);
	const Pages budget(charge_of(test, payload.size()));
	const long locked = status_kb("VmLck");
	const long pinned = status_kb("VmPin");

	sends(test, user, link, payload);
	test.refused(other.send_zerocopy(payload), ENOBUFS); /* the pages are charged */
	test.that("VmLck and VmPin before", locked >= 0 && pinned >= 0, "there", "not there");
	test.equal("VmLck with pages charged, in kB", status_kb("VmLck"), locked);
	test.equal("VmPin with pages charged, in kB", status_kb("VmPin"), pinned);
}

REQUIREMENT("ZC-LIM-12", observed, "Lowering RLIMIT_MEMLOCK does not disturb sends that are outstanding.",
	    .code = "net/core/skbuff.c:mm_account_pinned_pages, called by the send only");
CASE(lowering_memlock_leaves_sends_alone, .requirements = {"ZC-LIM-12"}, .paths = netns::holds,
     .needs = needs_memlock)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());
	std::optional<Charged> user(std::in_place, test, link);

	sends(test, *user, link, payload);
	const Pages none(0);
	test.refused(link.send_zerocopy(payload), ENOBUFS);
	user.reset();
	link.release();
	test.one_notification(link, {0, 0});
}

/*
 * A send buffer with that much room left, in bytes. What fills the window of a stream's
 * peer takes room until the peer acknowledges it.
 */
void leave_room(At at, Link &link, unsigned room)
{
	const bool stream = at->is(transport::stream);

	if (stream)
		harness::nothing_in_flight(link);
	const unsigned used =
		os::socket_memory(link.sender(), stream ? SK_MEMINFO_WMEM_QUEUED : SK_MEMINFO_WMEM_ALLOC);
	/* The kernel doubles it. */
	const int bytes = static_cast<int>((used + room + 1) / 2);
	set_option(link.sender(), SOL_SOCKET, SO_SNDBUF, bytes, "setsockopt(SO_SNDBUF)");
	if (os::get_option<int>(link.sender(), SOL_SOCKET, SO_SNDBUF) != 2 * bytes)
		at->skip("a larger net.core.wmem_max");
}

/* The number of sends, each of a page of its own and in a packet of its own, that the send buffer
 * takes; at most one for each page of the payload. Each has a byte more than may be copied. */
unsigned small_sends(At at, Link &link, const Payload &payload, int flags)
{
	const std::size_t length = at->is(transport::stream) ? 1 : datagram_head + 1;
	unsigned sends = 0;

	for (std::size_t offset = 0; offset < payload.size(); offset += page_size()) {
		const Sent sent = link.send(payload.from(offset, length), flags | MSG_EOR);

		if (!sent.ok()) {
			at->refused(sent, EAGAIN);
			return sends;
		}
		sends++;
	}
	return sends;
}

REQUIREMENT(
	"ZC-LIM-14", observed,
	"Flagged data obeys SO_SNDBUF, counted in whole pages: some bytes of a page of their own count as "
	"a page.",
	.code = "net/core/datagram.c:zerocopy_fill_skb_from_iter, PAGE_ALIGN(copied + start)");
/* Room of two pages takes two flagged sends, the second because the buffer is not full
 * before it, and many plain ones. Two bytes of two pages are charged as both of them. */
CASE(send_buffer_is_charged_in_whole_pages, .requirements = {"ZC-LIM-14"}, .paths = netns::holds_many)
{
	const bool stream = test.is(transport::stream);
	const std::size_t head = stream ? 0 : datagram_head; /* which may be copied */
	Link &link = test.connect();
	Link &other = test.connect();
	const Payload payload(5 * page_size());
	const auto charge = [&](At at, const Outgoing &bytes) {
		const auto charged = [&] {
			return os::socket_memory(other.sender(),
						 stream ? SK_MEMINFO_WMEM_QUEUED : SK_MEMINFO_WMEM_ALLOC);
		};
		const unsigned before = charged();

		harness::sends(at, other, bytes, stream ? MSG_EOR : 0);
		return charged() - before;
	};

	leave_room(test, other, 12 * page_size()); /* nothing is acknowledged meanwhile */
	/* The stream's first packet may take more. */
	charge(test, Outgoing(payload.first(head + 2)));
	const unsigned one = charge(test, Outgoing(payload.first(head + 2)));
	test.equal("bytes charged for two bytes of two pages",
		   charge(test, Outgoing(payload.from(page_size() - head - 1, head + 2))), one + page_size());
	test.equal("bytes charged for two pieces of two pages",
		   charge(test, Outgoing{payload.first(head + 1), payload.from(2 * page_size(), 1)}),
		   one + page_size());

	leave_room(test, link, 2 * page_size());
	test.equal("small flagged sends before EAGAIN", small_sends(test, link, payload, MSG_ZEROCOPY), 2);
	leave_room(test, other, 2 * page_size());
	const unsigned plain = small_sends(test, other, payload, 0);
	test.that("small plain sends before EAGAIN", plain > 2, "more than 2", std::to_string(plain));
}

REQUIREMENT("ZC-LIM-16", observed,
	    "A send is charged with the length asked for, until it is completed, though a non-blocking call "
	    "queues only a part.",
	    .code = "net/ipv4/tcp.c:tcp_sendmsg_locked passes the whole size to msg_zerocopy_realloc");
CASE(partial_send_is_charged_in_full, .requirements = {"ZC-LIM-16"}, .transports = transport::tcp,
     .paths = netns::holds_many, .needs = needs_memlock)
{
	Link &link = test.connect();
	const Payload payload(32 * page_size());
	const rlim_t charge = charge_of(test, payload.size());

	leave_room(test, link, 4 * page_size());
	const Charged user(test, link);
	refused_under(test, Pages(charge - 1), link, payload, memlock_is_exact);
	const Pages exactly(charge);
	const Sent sent = user.send(link, payload);
	test.that("return value of the send call",
		  sent.ok() && static_cast<std::size_t>(sent.returned) < payload.size(), "a part",
		  os::describe(sent));
	/* The limit is looked at before the send buffer, which is full. */
	refused_under(test, Pages(charge + 1), link, payload.first(1), memlock_is_exact);
	const Pages enough(charge + 2);
	test.refused(user.send(link, payload.first(1)), EAGAIN);
}

/* More pages than sixteen bits can tell. All of them are the page of zeros. */
CASE(pages_of_a_huge_call_are_given_back, .requirements = {"ZC-LIM-08", "ZC-LIM-16"},
     .transports = transport::tcp, .paths = netns::simplest, .needs = needs_memlock, .once = true)
{
	constexpr std::size_t longest = 0x7ffff000; /* include/linux/fs.h:MAX_RW_COUNT */
	const rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
	const std::size_t length = page_size() << 16;
	const rlim_t charge = charge_of(test, length);
	Link &link = test.connect();

	if (length / page_size() < 1 << 16 || length > longest)
		test.skip("pages of at most 16 KiB: a call is shorter than 65536 larger ones");
	if (::setrlimit(RLIMIT_MEMLOCK, &unlimited) < 0)
		test.skip("an unlimited RLIMIT_MEMLOCK (CAP_SYS_RESOURCE, or ulimit -H -l unlimited)");
	const Mapping source(length, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE);
	const Charged user(test, link);
	for (const std::uint32_t id : {0, 1}) {
		refused_under(test, Pages(charge - 1), link, source.bytes());
		const Pages exactly(charge);
		const Sent sent = user.send(link, source.bytes());
		test.that("return value of the send call", sent.ok(), "a part", os::describe(sent));
		link.deliver();
		test.one_notification(link, {id, id});
	}
}

REQUIREMENT("ZC-LIM-17", observed,
	    "A flagged TCP send that would have joined an outstanding structure and fails stays charged to "
	    "RLIMIT_MEMLOCK until that structure completes.",
	    .code = "net/core/skbuff.c:msg_zerocopy_realloc charges the structure that is there, "
		    "msg_zerocopy_put_abort gives nothing back",
	    .kernels = "since 4.14, inferred; read in 6.1.192, 6.12.118 and 7.3.4. Seen with TCP only: UDP "
		       "calls share a notification structure only where they are corked");
/*
 * Names of cases are stable: despite this one's, the failing send leaves a charge. It would
 * have joined the notification structure of the first. When that completes, there is room
 * for two sends again.
 */
CASE(failed_send_leaves_no_pages_charged, .requirements = {"ZC-LIM-17"}, .transports = transport::tcp,
     .paths = netns::holds, .needs = needs_memlock)
{
	Link &link = test.connect();
	const Payload payload(100);
	const Charged user(test, link);
	const Pages for_two(2 * charge_of(test, payload.size()));

	sends(test, user, link, payload);
	test.refused(user.send(link, unreadable()), EFAULT);
	test.refused(user.send(link, payload), ENOBUFS);
	link.release();
	test.one_notification(link, {0, 0});
	sends(test, user, link, payload);
	sends(test, user, link, payload);
}

REQUIREMENT("ZC-LIM-18", observed,
	    "A flagged TCP send that fails leaves as much room in the send buffer as there was before it.",
	    .code = "net/core/skbuff.c:skb_zerocopy_iter_stream; net/core/datagram.c:"
		    "__zerocopy_sg_from_iter, sk_wmem_queued_add",
	    .kernels = "the document is silent; sends without the flag leave nothing charged on any kernel");
DEVIATION("failed-send-keeps-buffer-charged", "ZC-LIM-18", "4.14 on",
	  "A flagged call that would have joined the data that waits, and meets memory that it cannot "
	  "read, takes its bytes out again and stays charged to the send buffer with a page for each "
	  "piece before that memory, until the data that it would have joined is acknowledged.",
	  "net/core/skbuff.c:skb_zerocopy_iter_stream undoes the length by ___pskb_trim() and neither "
	  "skb->truesize nor sk_wmem_queued, in 6.1.192, 6.12.118 and 7.3.4. Not fixed in 7.3.4. The "
	  "start is that of the feature and is inferred.");
/* Room of eight pages is not used up by a call that fails. One without the flag fails first. */
CASE(failed_send_leaves_the_send_buffer_alone, .requirements = {"ZC-LIM-18"}, .transports = transport::tcp,
     .paths = netns::holds_many, .deviation = "failed-send-keeps-buffer-charged")
{
	constexpr std::size_t readable = 15; /* with that of the first send a packet takes them all */
	Link &link = test.connect();
	const Payload payload(2 * readable);
	transport::Outgoing pieces = transport::gapped(payload, readable);

	pieces.add(harness::unreadable());
	harness::sends(test, link, payload, MSG_EOR); /* what follows begins a packet */
	harness::sends(test, link, payload);
	leave_room(test, link, 8 * limits::page_size());
	const unsigned before = transport::queued_memory(link.sender());
	test.refused(link.send_message(pieces.header(), MSG_ZEROCOPY), EFAULT);
	const unsigned left = transport::queued_memory(link.sender()) - before;
	/* The buffer is looked at for a new packet only. */
	harness::sends(test, link, payload, MSG_EOR);
	const Sent next = link.send_zerocopy(payload);
	if (left == 0)
		return test.sent(next, payload.size());
	test.equal("bytes charged for the failed send", left, readable * limits::page_size());
	test.refused(next, EAGAIN);
	test.deviates(std::to_string(left) + " bytes stay charged, and a good send fails with EAGAIN");
}

REQUIREMENT("ZC-LIM-19", observed,
	    "The forward allocation of a socket (SO_MEMINFO[SK_MEMINFO_FWD_ALLOC]) is not negative, "
	    "whatever flagged data it has queued.",
	    .code = "net/ipv4/tcp.c:tcp_sendmsg_locked, tcp_wmem_schedule; net/core/datagram.c:"
		    "__zerocopy_sg_from_iter, sk_mem_charge",
	    .kernels = "the document is silent");
DEVIATION("forward-allocation-negative", "ZC-LIM-19", "4.14 on",
	  "Flagged pieces that join a packet with plain data make the forward allocation negative: room "
	  "is reserved for their bytes, and a page is charged for each.",
	  "net/ipv4/tcp.c:tcp_sendmsg_locked passes the bytes to tcp_wmem_schedule() and "
	  "__zerocopy_sg_from_iter charges whole pages by sk_mem_charge(), in 6.1.192, 6.12.118 and "
	  "7.3.4. Not fixed in 7.3.4. The start is that of the feature and is inferred.");
REGRESSION("tcp: call sk_wmem_schedule before sk_mem_charge in zerocopy path",
	   "5.14, 5.10.53 [Debian 5.10.70-1]", .cases = {"forward_allocation_is_not_negative"});
/* How deep the deviation goes follows: for each call whole pages are reserved until there is room for its
 * bytes (include/net/sock.h:sk_wmem_schedule), and each piece takes one. A kernel that reserves nothing goes
 * deeper with every call. A probe of the window may cut a packet meanwhile, and takes less than a page for
 * that. */
CASE(forward_allocation_is_not_negative, .requirements = {"ZC-LIM-19"}, .transports = transport::tcp,
     .paths = netns::holds, .deviation = "forward-allocation-negative")
{
	constexpr int pieces = 6; /* twice, and the plain data: in one packet with 16 fragments, too */
	const int page = static_cast<int>(page_size());
	Link &link = test.connect();
	const Payload payload(2 * pieces);
	const auto allocation = [&link] {
		return static_cast<int>(os::socket_memory(link.sender(), SK_MEMINFO_FWD_ALLOC));
	};

	plainly_sends(test, link, payload);
	int known = allocation();
	for (int i = 0; i < 2; i++) {
		while (known < pieces)
			known += page;
		known -= pieces * page;
		harness::sends(test, link, transport::gapped(payload, pieces));
	}
	const int seen = allocation();
	test.that("forward allocation", seen >= 0 || std::abs(seen - known) < page,
		  "not negative, or " + std::to_string(known) + " give or take less than a page",
		  std::to_string(seen));
	if (seen < 0)
		test.deviates("SK_MEMINFO_FWD_ALLOC is " + std::to_string(seen));
}

/* Flags by which the next flagged send shares the notification structure, and a plain one of a
 * stream does not join the packet. */
int joinable(At at)
{
	return at->is(transport::datagram) ? MSG_MORE : MSG_EOR;
}

/* A send that is charged to a user of its own. */
void sends_as_another(At at, Link &link, Bytes bytes, rlim_t pages)
{
	const Charged user(at, link);
	const Pages budget(pages);

	sends(at, user, link, bytes, joinable(at));
}

REQUIREMENT("ZC-LIM-20", observed,
	    "A flagged send that shares the notification structure of another user's send is charged to "
	    "its own user, and held to that one's limit.",
	    .code = "net/core/skbuff.c:mm_account_pinned_pages",
	    .kernels = "the document is silent; sends with structures of their own: ZC-LIM-07");
DEVIATION("joined-send-charged-to-the-first-user", "ZC-LIM-20", "4.14 on",
	  "All sends that share a notification structure are charged to the user of the first, and it is "
	  "that user's pages which are compared with the RLIMIT_MEMLOCK of the caller: the caller gets "
	  "ENOBUFS with nothing locked, and succeeds with more locked than its limit permits.",
	  "net/core/skbuff.c:mm_account_pinned_pages takes mmp->user where there is one, in 6.1.192, "
	  "6.12.118 and 7.3.4. Not fixed in 7.3.4. The start is that of the feature and is inferred.");
/* There is room for one send of either user. Behind plain data the second one's has a
 * structure of its own. */
CASE(joined_send_does_not_take_the_room_of_another_user, .requirements = {"ZC-LIM-20"},
     .paths = netns::holds_many, .needs = harness::needs_memlock | harness::needs_root,
     .deviation = "joined-send-charged-to-the-first-user")
{
	constexpr rlim_t budget = 3; /* pages */
	Link &link = test.connect();
	const Payload payload(100);
	const int flags = joinable(test);
	const auto by_another = [&] {
		return os::Child([&] {
			       const limits::ScopedUser another;
			       const Pages pages(budget);

			       return link.send_zerocopy(payload, flags).error;
		       })
			.wait();
	};

	sends_as_another(test, link, payload, budget);
	const int error = by_another();
	if (error == 0) {
		link.account(transport::all_of(payload), payload, MSG_ZEROCOPY | flags);
		return plainly_sends(test, link, payload);
	}
	error_is(test, "send of the other user", error, ENOBUFS);
	link.transcript().drop_unfinished();
	plainly_sends(test, link, payload);
	if (test.is(transport::stream)) {
		error_is(test, "send of the other user behind plain data", by_another(), 0);
		link.account(transport::all_of(payload), payload, MSG_ZEROCOPY);
	}
	test.deviates("ENOBUFS for a user who has nothing locked");
}

/* The caller has used up its limit, on another socket. */
CASE(joined_send_is_held_to_the_limit_of_its_user, .requirements = {"ZC-LIM-20"},
     .transports = transport::tcp, .paths = netns::holds_many,
     .needs = harness::needs_memlock | harness::needs_root,
     .deviation = "joined-send-charged-to-the-first-user")
{
	constexpr int another_number = 254; /* of sends has room */
	Link &first = test.connect();
	Link &link = test.connect();
	const Payload payload(100);

	sends_as_another(test, first, payload, 2);
	os::Child child([&] {
		const limits::ScopedUser another;
		const Pages budget(5);

		/* Two pages each. */
		for (int i = 0; i < 2; i++)
			if (!link.send_zerocopy(payload).ok())
				return another_number;
		return link.send_zerocopy(payload).error == ENOBUFS ? first.send_zerocopy(payload).error
								    : another_number;
	});
	const int error = child.wait();
	test.keeps("ZC-LIM-05", "sends that five pages permit", error != another_number, "2",
		   "another number");
	for (int i = 0; i < 2; i++)
		link.account(transport::all_of(payload), payload, MSG_ZEROCOPY);
	if (error == 0) {
		first.account(transport::all_of(payload), payload, MSG_ZEROCOPY);
		test.deviates("it succeeds for a user whose limit is used up");
	}
	error_is(test, "send of a user whose limit is used up", error, ENOBUFS);
}

} // namespace
