// SPDX-License-Identifier: GPL-2.0
/* The limits that the chapter 'Transmission' of msg_zerocopy.rst mentions:
 * option memory and locked pages. */
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/sock_diag.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "harness/case.h"
#include "harness/test.h"
#include "limits/limits.h"
#include "netns/namespace.h"
#include "os/check.h"
#include "os/child.h"

namespace
{

using harness::Test;
using os::Bytes;
using transport::Link;
using transport::Payload;
using transport::Sent;

/* net/core/net_namespace.c:preinit_net_sysctl. */
constexpr unsigned default_optmem_max = 131072;
constexpr unsigned lowered_optmem_max = 16384;

/* No process maps the lowest page: a send from there fails with EFAULT. */
Bytes unreadable()
{
	return {reinterpret_cast<const std::uint8_t *>(1), 1};
}

/*
 * Whether the limits permit a flagged send of one byte now. They are looked at
 * before the data: a send of what cannot be read fails with EFAULT where they
 * permit it and with ENOBUFS where they do not, and leaves nothing behind, as
 * long as it joins no send that is outstanding.
 */
bool permitted(Test &test, Link &link)
{
	const Sent sent = link.send_zerocopy(unreadable());

	if (!sent.ok() && sent.error == EFAULT)
		return true;
	test.refused(sent, ENOBUFS);
	return false;
}

/*
 * A flagged send that shares its notification with no other: a later flagged
 * send would join it while it is the last of a stream's write queue. A byte of
 * plain data, in a packet of its own, keeps them apart.
 */
Sent send_apart(Test &test, Link &link, Bytes bytes)
{
	if (!test.is(transport::stream))
		return link.send_zerocopy(bytes);
	const Sent sent = link.send_zerocopy(bytes, MSG_EOR);
	if (sent.ok())
		test.sent(link.send(bytes.first(1)), 1);
	return sent;
}

/* SKB_TRUESIZE(0), the room that sock_omalloc() wants to see, in bytes: the
 * least that must be left of optmem_max. Found by trying. */
unsigned room_wanted(Test &test, Link &link)
{
	unsigned refused = transport::option_memory(link.sender());
	unsigned permits = default_optmem_max;

	while (permits - refused > 1) {
		const unsigned middle = refused + (permits - refused) / 2;
		const limits::ScopedOptmemMax limit(middle);

		(permitted(test, link) ? permits : refused) = middle;
	}
	return permits - transport::option_memory(link.sender());
}

REQUIREMENT("ZC-LIM-01", observed,
	    "net.core.optmem_max is there to be read, 131072 by default and of each network namespace.",
	    .code = "net/core/net_namespace.c:preinit_net_sysctl, net/core/sysctl_net_core.c",
	    .kernels =
		    "since 6.8; 6.1: one value for the host (net/core/sock.c: sysctl_optmem_max), 20480 on "
		    "64-bit machines, absent from child namespaces");
DEVIATION("optmem-limit-global", "ZC-LIM-01", "4.14 to 6.8",
	  "net.core.optmem_max is one value of the host, 20480 by default on 64-bit machines, and "
	  "absent from the sysctls of other network namespaces than the initial one.",
	  "net/core/sysctl_net_core.c: &sysctl_optmem_max in 6.1.192 (466), "
	  "&init_net.core.sysctl_optmem_max in 6.12.118 (656) and 7.3.4. 'net: increase optmem_max "
	  "default value' (4944566706b2) and 'net: Namespace-ify sysctl_optmem_max' (f5769faeec36) "
	  "were posted on 14 December 2023: 6.8 is inferred.");
/* ZC-LIM-01. net/core/net_namespace.c:preinit_net_sysctl: every network
 * namespace starts with 128 KiB, whatever another one has. */
CASE(optmem_max_of_a_new_namespace_is_128_kib, .requirements = {"ZC-LIM-01"}, .transports = transport::tcp,
     .paths = netns::simplest, .deviation = "optmem-limit-global")
{
	const auto outside = limits::optmem_max();

	test.network();
	const auto inside = limits::optmem_max();
	if (!inside && !outside)
		test.skip("net.core.optmem_max (in /proc/sys, and before Linux 6.8 to be started in "
			  "the initial network namespace)");
	if (!inside)
		test.deviates("net.core.optmem_max is " + std::to_string(*outside) +
			      " outside and absent from a new network namespace");
	test.equal("net.core.optmem_max of a new network namespace", *inside, default_optmem_max);
}

/* ZC-LIM-01. net/core/sock.c:sock_omalloc takes sock_net(sk)'s: the namespace
 * that the socket was opened in, not the one that the caller is in. */
CASE(optmem_max_binds_the_sockets_of_its_namespace, .requirements = {"ZC-LIM-01", "ZC-TX-03"},
     .paths = netns::simplest, .needs = harness::needs_optmem)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());
	const limits::ScopedOptmemMax none(0);

	const netns::Namespace elsewhere = netns::Namespace::create();
	const auto there = limits::optmem_max();
	const Sent refused = link.send_zerocopy(payload);
	{
		const limits::ScopedOptmemMax less(lowered_optmem_max);
	}
	test.network().sender().enter();
	test.equal("net.core.optmem_max of the other namespace", there.value_or(0), default_optmem_max);
	test.equal("net.core.optmem_max of the socket's", limits::optmem_max().value_or(1), 0);
	test.refused(refused, ENOBUFS);
}

REQUIREMENT("ZC-LIM-15", observed, "Writing a negative net.core.optmem_max fails with EINVAL.",
	    .code = "net/core/sysctl_net_core.c: proc_dointvec_minmax from 0",
	    .kernels = "6.12 and 7.3; 6.1 (proc_dointvec) accepts it");
DEVIATION("optmem-limit-accepts-negative", "ZC-LIM-15", "4.14 to 6.8",
	  "Writing -1 to net.core.optmem_max succeeds.",
	  "net/core/sysctl_net_core.c: proc_dointvec in 6.1.192, proc_dointvec_minmax in 6.12.118 and "
	  "7.3.4; that it came with f5769faeec36 in 6.8 is inferred.");
/* ZC-LIM-15. net/core/sysctl_net_core.c: proc_dointvec_minmax, from 0. */
CASE(negative_optmem_max_is_refused, .requirements = {"ZC-LIM-15"}, .transports = transport::tcp,
     .paths = netns::simplest, .needs = harness::needs_optmem, .deviation = "optmem-limit-accepts-negative")
{
	test.network();
	const limits::ScopedOptmemMax restored(lowered_optmem_max);
	const os::Fd file(
		os::check(::open("/proc/sys/net/core/optmem_max", O_WRONLY | O_CLOEXEC), "open(optmem_max)"));
	Sent written;

	written.returned = ::write(file.get(), "-1", 2);
	written.error = written.ok() ? 0 : errno;
	if (written.ok())
		test.deviates("-1 was accepted");
	test.that("write of -1 to net.core.optmem_max", written.error == EINVAL,
		  transport::describe({-1, EINVAL}), transport::describe(written));
	test.equal("net.core.optmem_max after it", limits::optmem_max().value_or(0), lowered_optmem_max);
}

REQUIREMENT("ZC-LIM-02", observed,
	    "A flagged send fails when the socket's charged optmem plus SKB_TRUESIZE(0) exceeds "
	    "optmem_max, and succeeds when the two are equal; one that joins the notification structure "
	    "of the last send needs no room.",
	    .code = "net/core/sock.c:sock_omalloc; net/core/skbuff.c:msg_zerocopy_realloc",
	    .kernels = "what a structure charges depends on the kernel: SO_MEMINFO[SK_MEMINFO_OPTMEM] tells");
/* ZC-LIM-02. net/core/sock.c:sock_omalloc: refused when what is charged plus
 * SKB_TRUESIZE(0) is more than optmem_max, so that equality passes; what a
 * structure is charged with then, SO_MEMINFO tells. */
CASE(optmem_limit_is_exact_to_the_byte, .requirements = {"ZC-LIM-02", "ZC-TX-03", "ZC-LIM-03"},
     .paths = netns::holds_many, .needs = harness::needs_optmem)
{
	Link &link = test.connect();
	const Payload payload(100);
	const unsigned room = room_wanted(test, link);
	unsigned charge = 0;

	for (unsigned structures = 0; structures < 4; structures++) {
		const long before = transport::option_memory(link.sender());

		test.equal("optmem charged", before, structures * charge);
		{
			const limits::ScopedOptmemMax short_by_one(before + room - 1);
			test.refused(send_apart(test, link, payload), ENOBUFS);
			test.equal("optmem charged after ENOBUFS", transport::option_memory(link.sender()),
				   before);
		}
		const limits::ScopedOptmemMax exactly(before + room);
		test.sent(send_apart(test, link, payload), payload.size());
		if (structures == 0)
			charge = transport::option_memory(link.sender());
	}
	test.that("optmem charged for one structure", charge >= room, "at least the room it wanted",
		  std::to_string(charge) + " for " + std::to_string(room));
	link.release();
	test.completions_settle(link);
	test.equal("optmem charged at the end", transport::option_memory(link.sender()), 0);
}

/* ZC-LIM-02. net/core/skbuff.c:msg_zerocopy_realloc: a send that joins the
 * structure of the last one allocates none, so that no optmem is asked for. Where
 * the limit is the host's, the charge alone shows it. */
CASE(joining_the_last_send_takes_no_optmem, .requirements = {"ZC-LIM-02"}, .paths = netns::holds,
     .without = netns::remote)
{
	Link &link = test.connect();
	const Payload payload(300);
	/* A datagram is joined while it is being put together. */
	const int more = test.is(transport::datagram) ? MSG_MORE : 0;

	test.sent(link.send_zerocopy(payload.first(100), more), 100);
	const long charge = transport::option_memory(link.sender());
	{
		std::optional<limits::ScopedOptmemMax> none;

		if (limits::optmem_max())
			none.emplace(0);
		test.sent(link.send_zerocopy(payload.from(100, 100), more), 100);
		test.sent(link.send_zerocopy(payload.from(200, 100)), 100);
	}
	test.equal("optmem charged for three sends", transport::option_memory(link.sender()), charge);
}

REQUIREMENT("ZC-LIM-03", observed,
	    "The optmem charge is returned when the call is aborted, the notification is merged or it is "
	    "read: it never leaks.",
	    .code = "net/core/sock.c:sock_ofree");
/* ZC-LIM-03. net/core/skbuff.c:__msg_zerocopy_callback frees the structure
 * whose range it adds to the last notification, and sock_ofree takes its charge
 * back; the other's stays until it is read. */
CASE(optmem_is_returned_by_merge_and_by_read, .requirements = {"ZC-LIM-03"}, .transports = transport::all)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());

	test.sent(link.send_zerocopy(payload), payload.size());
	test.that("poll() for the first notification", link.await_notification(), "POLLERR", "none");
	const unsigned charge = transport::option_memory(link.sender());
	test.that("optmem charged for an unread notification", charge > 0, "some", "0");

	test.sent(link.send_zerocopy(payload), payload.size());
	os::wait_until([&] {
		link.read_arrived();
		return transport::option_memory(link.sender()) == charge;
	});
	test.equal("optmem charged after the second completed", transport::option_memory(link.sender()),
		   charge);
	test.one_notification(link, {0, 1});
	test.equal("optmem charged after the read", transport::option_memory(link.sender()), 0);
}

/*
 * A user for the case's sends to be charged to: one whom RLIMIT_MEMLOCK binds,
 * and to whom nothing is charged when this begins. Only root of the machine
 * gets one of the case's own. Anybody else's other processes may lock pages at
 * any time too, which makes a send fail that should not, and never the reverse.
 */
class Charged {
public:
	Charged(Test &test, Link &link) : own_(netns::initial_root())
	{
		/* Two pages are what one byte takes, if no other page is taken. */
		const limits::ScopedMemlock two(2 * limits::page_size());

		bool free = false;

		user_.emplace();
		os::wait_until([&] { return (free = permitted(test, link)) || own_; },
			       os::Deadline(os::patience() / 10));
		if (free)
			return;
		test.that("two pages for a user who has nothing outstanding", !own_, "permitted", "ENOBUFS");
		test.skip("locked memory of this user alone: other processes of the user hold some "
			  "(run as root)");
	}

	/* A flagged send for which the user has room; tried again where others
	 * may have taken it for the moment. */
	Sent send(Link &link, Bytes bytes, int flags = 0) const
	{
		Sent sent;

		os::wait_until(
			[&] {
				sent = link.send_zerocopy(bytes, flags);
				return own_ || sent.error != ENOBUFS;
			},
			os::Deadline(os::patience() / 10));
		return sent;
	}

private:
	bool own_;
	std::optional<limits::ScopedUser> user_;
};

class Pages : public limits::ScopedMemlock {
public:
	explicit Pages(rlim_t pages, rlim_t and_bytes = 0)
		: ScopedMemlock(pages * limits::page_size() + and_bytes)
	{
	}
};

/* What net/ipv4/ip_output.c:__ip_append_data adds to a datagram's length. */
std::size_t header_length(const Test &test)
{
	return test.is(transport::datagram) ? 8 : 0;
}

rlim_t charge_of(const Test &test, Bytes bytes)
{
	return limits::memlock_charge_pages(bytes.size() + header_length(test));
}

/* ZC-LIM-03. net/core/skbuff.c:msg_zerocopy_put_abort: a call that fails gives
 * back what it took, whether it fails behind the limits or at the second. */
CASE(failed_sends_leave_no_optmem_charged, .requirements = {"ZC-LIM-03"}, .paths = netns::simplest,
     .needs = harness::needs_memlock)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());

	for (std::uint32_t id = 0; id < 20; id++) {
		test.refused(link.send_zerocopy(unreadable()), EFAULT);
		test.equal("optmem charged after EFAULT", transport::option_memory(link.sender()), 0);
		test.sent(link.send_zerocopy(payload), payload.size());
		test.one_notification(link, {id, id});
	}
	const Charged user(test, link);
	const Pages none(0);
	for (int i = 0; i < 20; i++)
		test.refused(link.send_zerocopy(payload), ENOBUFS);
	test.equal("optmem charged after ENOBUFS", transport::option_memory(link.sender()), 0);
}

/* A filter of about that many instructions: it accepts everything by its first
 * and never gets to the others. False where the socket has no room for it. */
bool attach_filter(int socket, std::size_t instructions)
{
	std::vector<sock_filter> program(instructions, BPF_STMT(BPF_MISC | BPF_TAX, 0));
	const sock_fprog filter = {static_cast<unsigned short>(instructions), program.data()};
	const int unused = 0;

	program.front() = program.back() = BPF_STMT(BPF_RET | BPF_K, 0xffffffff);
	/* Not replaced: both would be charged at a time. */
	::setsockopt(socket, SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof(unused));
	return ::setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) == 0;
}

/* The longest filter beside which a flagged send is still permitted; attached. */
std::size_t longest_filter(Test &test, Link &link)
{
	std::size_t fits = 2;
	std::size_t too_long = BPF_MAXINSNS + 1;

	while (too_long - fits > 1) {
		const std::size_t middle = fits + (too_long - fits) / 2;
		const bool attached = attach_filter(link.sender(), middle);

		(attached && permitted(test, link) ? fits : too_long) = middle;
	}
	test.that("filter of the least length", attach_filter(link.sender(), fits), "fits", "does not");
	return fits;
}

REQUIREMENT("ZC-LIM-04", observed,
	    "What else the socket charges to optmem (socket filters, multicast memberships, IPv6 header "
	    "options, control messages longer than the kernel's stack buffer while they are sent) "
	    "reduces the room for flagged sends.",
	    .code = "net/core/sock.c:sock_kmalloc, net/core/filter.c:__sk_filter_charge and "
		    "net/socket.c:____sys_sendmsg share sk_omem_alloc");
/* ZC-LIM-04. net/core/filter.c:__sk_filter_charge takes from the same
 * sk_omem_alloc. The sum of both kinds of charge meets the limit at the same
 * byte however it is made up; nothing but the filter needs to be changed for
 * that, so that it shows where the limit is the host's. */
CASE(filters_take_room_from_sends, .requirements = {"ZC-LIM-04", "ZC-LIM-02"}, .paths = netns::simplest)
{
	std::optional<unsigned> limit = limits::optmem_max();
	std::optional<limits::ScopedOptmemMax> lowered;
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
	const unsigned alone = transport::option_memory(link.sender());
	attach_filter(link.sender(), 2);
	const unsigned least = transport::option_memory(link.sender());
	test.sent(link.send_zerocopy(payload), payload.size());
	test.that("poll() for the notification", link.await_notification(), "POLLERR", "none");
	const unsigned structure = transport::option_memory(link.sender()) - least;

	const std::size_t length = longest_filter(test, link);
	test.equal("most that may be charged before a send, a structure among it",
		   transport::option_memory(link.sender()), alone);
	test.that("room left then", alone < *limit && *limit - alone <= structure,
		  "SKB_TRUESIZE(0): at most what a structure is charged with",
		  std::to_string(*limit - alone) + ", a structure " + std::to_string(structure));
	test.that("filter of one instruction more", attach_filter(link.sender(), length + 1), "fits",
		  "does not");
	test.refused(link.send_zerocopy(payload), ENOBUFS);
	attach_filter(link.sender(), length);
	test.sent(link.send_zerocopy(payload), payload.size());
}

/* ZC-LIM-04. net/ipv4/igmp.c:__ip_mc_join_group and net/ipv6/mcast.c:
 * __ipv6_sock_mc_join take the membership from sock_kmalloc(). */
CASE(multicast_memberships_take_room_from_sends, .requirements = {"ZC-LIM-04"}, .transports = transport::udp,
     .paths = netns::simplest, .needs = harness::needs_optmem)
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
	os::check(::setsockopt(link.sender(), ipv6 ? IPPROTO_IPV6 : IPPROTO_IP, MCAST_JOIN_GROUP, &group,
			       sizeof(group)),
		  "setsockopt(MCAST_JOIN_GROUP)");
	const unsigned membership = transport::option_memory(link.sender());
	test.that("optmem charged for the membership", membership > 0, "some", "0");
	{
		const limits::ScopedOptmemMax short_by_one(membership + room - 1);
		test.refused(link.send_zerocopy(payload), ENOBUFS);
	}
	const limits::ScopedOptmemMax exactly(membership + room);
	test.sent(link.send_zerocopy(payload), payload.size());
}

/* ZC-LIM-04. net/socket.c:____sys_sendmsg keeps control messages that are too
 * long for its stack in sock_kmalloc() memory while it sends. */
CASE(control_messages_take_room_from_their_send, .requirements = {"ZC-LIM-04"}, .paths = netns::simplest,
     .needs = harness::needs_optmem)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());
	const unsigned room = room_wanted(test, link);
	alignas(cmsghdr) std::array<char, 20 * CMSG_SPACE(sizeof(std::uint32_t))> control = {};
	iovec piece = {const_cast<std::uint8_t *>(payload.bytes().data()), payload.size()};
	msghdr message = {};

	message.msg_iov = &piece;
	message.msg_iovlen = 1;
	message.msg_control = control.data();
	message.msg_controllen = control.size();
	/* No timestamps, twenty times: harmless, and every socket takes it. */
	for (cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SO_TIMESTAMPING;
		header->cmsg_len = CMSG_LEN(sizeof(std::uint32_t));
	}
	{
		/* A 32-bit program's are longer in a 64-bit kernel. */
		const limits::ScopedOptmemMax too_little(room + control.size() - 1);
		test.refused(link.send_message(message, MSG_ZEROCOPY), ENOBUFS);
		test.that("a send without them", permitted(test, link), "permitted", "ENOBUFS");
	}
	const limits::ScopedOptmemMax enough(room + 2 * control.size());
	test.sent(link.send_message(message, MSG_ZEROCOPY), payload.size());
}

REQUIREMENT(
	"ZC-LIM-05", observed,
	"A send of len bytes charges len / page size, rounded down, plus 2 pages to the user and "
	"fails when used pages plus these exceed RLIMIT_MEMLOCK / page size; UDP adds 8 bytes of "
	"header to len, but not for a part that is appended to a corked datagram.",
	.code = "net/core/skbuff.c:mm_account_pinned_pages; net/ipv4/ip_output.c:__ip_append_data passes the "
		"length with the UDP header");
/* ZC-LIM-05. net/core/skbuff.c:mm_account_pinned_pages: (length >> PAGE_SHIFT)
 * + 2 pages, of a limit rounded down to pages; UDP's length has the header. */
CASE(memlock_limit_is_exact_to_the_page, .requirements = {"ZC-LIM-05", "ZC-TX-04"}, .paths = netns::simplest,
     .needs = harness::needs_memlock)
{
	Link &link = test.connect();
	const Payload payload(9 * limits::page_size());
	const std::size_t largest =
		test.is(transport::datagram) ? test.transport().largest_datagram : payload.size();
	std::uint32_t id = 0;

	if (limits::page_size() - header_length(test) > largest)
		test.skip("a page that is smaller than the largest datagram");
	const Charged user(test, link);
	for (const rlim_t pages : {2, 3, 10}) {
		const std::size_t too_long = (pages - 1) * limits::page_size() - header_length(test);

		if (too_long > largest)
			continue;
		{
			const Pages almost_one_more(pages, limits::page_size() - 1);
			test.refused(link.send_zerocopy(payload.first(too_long)), ENOBUFS);
		}
		const Pages exactly(pages);
		test.sent(user.send(link, payload.first(too_long - 1)), too_long - 1);
		test.one_notification(link, {id, id});
		id++;
	}
}

/* ZC-LIM-05. What is outstanding counts, to the page, until it is completed;
 * a refusal changes nothing, and plain data passes. */
CASE(memlock_charges_add_up, .requirements = {"ZC-LIM-05", "ZC-TX-04"}, .paths = netns::holds,
     .needs = harness::needs_memlock)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());
	const rlim_t charge = charge_of(test, payload);
	{
		const Charged user(test, link);
		for (rlim_t sends = 1; sends <= 3; sends++) {
			{
				const Pages short_by_one(sends * charge - 1);
				test.refused(link.send_zerocopy(payload), ENOBUFS);
			}
			const Pages exactly(sends * charge);
			test.sent(user.send(link, payload), payload.size());
		}
		const Pages almost_one_more(4 * charge - 1);
		test.refused(link.send_zerocopy(payload), ENOBUFS);
		test.sent(link.send(payload.first(1)), 1);
	}
	link.release();
	test.completions_settle(link);
	const Charged user(test, link);
	const Pages exactly(charge);
	test.sent(user.send(link, payload), payload.size());
}

/* ZC-LIM-05. net/ipv4/udp.c:udp_sendmsg adds the header's length to the send
 * that begins a datagram, not to one that goes on with it. */
CASE(appended_data_is_charged_without_header, .requirements = {"ZC-LIM-05"}, .transports = transport::udp,
     .paths = netns::simplest, .needs = harness::needs_memlock)
{
	Link &link = test.connect();
	const Payload payload(limits::page_size());

	if (payload.size() > test.transport().largest_datagram)
		test.skip("a page that is smaller than the largest datagram");
	{
		const Charged user(test, link);
		const Pages four(4);
		test.sent(user.send(link, payload.first(1), MSG_MORE), 1);
		/* With the header it would be more than a page: three to charge. */
		test.sent(user.send(link, payload.from(1, payload.size() - 1)), payload.size() - 1);
	}
	test.completions_settle(link);
}

REQUIREMENT("ZC-LIM-06", observed,
	    "A RLIMIT_MEMLOCK below two pages forbids every flagged send, and one of two pages permits a "
	    "send of one byte.",
	    .code = "net/core/skbuff.c:mm_account_pinned_pages");
/* ZC-LIM-06. One byte may lie in one page, yet two are charged: "worst case". */
CASE(limit_below_two_pages_forbids_all, .requirements = {"ZC-LIM-06"}, .paths = netns::simplest,
     .needs = harness::needs_memlock)
{
	Link &link = test.connect();
	const Payload payload(1);
	const Charged user(test, link);

	for (const rlim_t bytes :
	     {rlim_t{0}, rlim_t{limits::page_size()}, rlim_t{2 * limits::page_size() - 1}}) {
		const limits::ScopedMemlock limit(bytes);
		test.refused(link.send_zerocopy(payload), ENOBUFS);
	}
	const Pages two(2);
	test.sent(user.send(link, payload), payload.size());
	test.one_notification(link, {0, 0});
}

REQUIREMENT("ZC-LIM-07", observed,
	    "Pages are counted for each user over all its sockets and processes, together with "
	    "io_uring's registered buffers and perf's mapped ones.",
	    .code = "net/core/skbuff.c:mm_account_pinned_pages, current_user()->locked_vm");
/* ZC-LIM-07. net/core/skbuff.c:mm_account_pinned_pages charges
 * current_user()->locked_vm: one budget for all sockets of a user. */
CASE(memlock_is_shared_by_sockets, .requirements = {"ZC-LIM-07"}, .paths = netns::holds_many,
     .needs = harness::needs_memlock)
{
	Link &link = test.connect();
	Link &other = test.connect();
	const Payload payload(link.usual_length());
	const rlim_t charge = charge_of(test, payload);

	{
		const Charged user(test, link);
		const Pages budget(charge);
		test.sent(user.send(link, payload), payload.size());
		test.refused(other.send_zerocopy(payload), ENOBUFS);
	}
	link.release();
	test.completions_settle(link);
	const Charged user(test, other);
	const Pages budget(charge);
	test.sent(user.send(other, payload), payload.size());
}

/* ZC-LIM-07. The same for its processes: what one has sent stays charged though
 * it is gone, for as long as it is outstanding. */
CASE(memlock_is_shared_by_processes, .requirements = {"ZC-LIM-07"}, .paths = netns::holds_many,
     .needs = harness::needs_memlock)
{
	Link &link = test.connect();
	Link &other = test.connect();
	const Payload payload(link.usual_length());
	const Charged user(test, link);
	const Pages budget(charge_of(test, payload));
	os::Child first([&] { return user.send(link, payload).error; });

	test.equal("errno of the send of a child process", first.wait(), 0);
	link.account({static_cast<ssize_t>(payload.size())}, payload, MSG_ZEROCOPY);
	test.refused(other.send_zerocopy(payload), ENOBUFS);
	os::Child second([&] { return other.send_zerocopy(payload).error; });
	test.equal("errno of the send of another child", second.wait(), ENOBUFS);
}

/* ZC-LIM-07. And another user's budget is another. */
CASE(memlock_is_of_each_user, .requirements = {"ZC-LIM-07"}, .transports = transport::udp,
     .paths = netns::holds_many, .needs = harness::needs_memlock | harness::needs_root)
{
	Link &link = test.connect();
	Link &other = test.connect();
	const Payload payload(link.usual_length());
	const rlim_t charge = charge_of(test, payload);

	{
		const Charged user(test, link);
		const Pages budget(charge);
		test.sent(user.send(link, payload), payload.size());
	}
	/* A user is made of the process's id, so that a child is another. */
	os::Child child([&] {
		const Charged another(test, other);
		const Pages budget(charge);
		return another.send(other, payload).error;
	});
	test.equal("errno of the other user's send", child.wait(), 0);
	other.account({static_cast<ssize_t>(payload.size())}, payload, MSG_ZEROCOPY);
	const limits::ScopedUser user;
	const Pages budget(charge);
	test.refused(link.send_zerocopy(payload), ENOBUFS);
}

REQUIREMENT("ZC-LIM-08", observed,
	    "The pages are given back at completion, whether or not the notification is read.",
	    .code = "net/core/skbuff.c:__msg_zerocopy_callback calls mm_unaccount_pinned_pages first");
/* ZC-LIM-08. net/core/skbuff.c:__msg_zerocopy_callback gives the pages back
 * before it queues the notification, read or not. */
CASE(memlock_is_returned_at_completion, .requirements = {"ZC-LIM-08"}, .needs = harness::needs_memlock)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());
	const Charged user(test, link);
	const Pages budget(charge_of(test, payload));

	test.sent(user.send(link, payload), payload.size());
	test.that("poll() for the notification", link.await_notification(), "POLLERR", "none");
	test.sent(user.send(link, payload), payload.size());
	test.completions_settle(link);
	/* And no more than was charged. */
	const Pages short_by_one(charge_of(test, payload) - 1);
	test.refused(link.send_zerocopy(payload), ENOBUFS);
}

REQUIREMENT("ZC-LIM-09", observed,
	    "CAP_IPC_LOCK of the initial user namespace exempts from RLIMIT_MEMLOCK, and that of a child "
	    "namespace does not.",
	    .code = "net/core/skbuff.c:mm_account_pinned_pages, capable(CAP_IPC_LOCK)");
/* ZC-LIM-09. net/core/skbuff.c:mm_account_pinned_pages asks
 * capable(CAP_IPC_LOCK), which is that of the initial user namespace. */
CASE(cap_ipc_lock_exempts, .requirements = {"ZC-LIM-09"}, .paths = netns::simplest,
     .needs = harness::needs_memlock | harness::needs_root)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());
	const Pages none(0);

	test.sent(link.send_zerocopy(payload), payload.size());
	const limits::ScopedUser user;
	test.refused(link.send_zerocopy(payload), ENOBUFS);
}

/* Whether this process has CAP_IPC_LOCK, be it of its own user namespace. */
bool has_ipc_lock()
{
	__user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	__user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};

	os::check(::syscall(SYS_capget, &header, data), "capget()");
	return data[CAP_TO_INDEX(CAP_IPC_LOCK)].effective & CAP_TO_MASK(CAP_IPC_LOCK);
}

/* ZC-LIM-09. Whoever makes a user namespace has every capability there, and is
 * bound as before. */
CASE(cap_ipc_lock_of_a_user_namespace_does_not_exempt, .requirements = {"ZC-LIM-09"},
     .paths = netns::simplest, .needs = harness::needs_memlock)
{
	constexpr int no_namespace = 254;
	Link &link = test.connect();
	const Payload payload(link.usual_length());
	os::Child child([&] {
		const Charged user(test, link);
		const Pages none(0);
		if (::unshare(CLONE_NEWUSER) < 0 || !has_ipc_lock())
			return no_namespace;
		return link.send_zerocopy(payload).error;
	});
	const int error = child.wait();

	if (error == no_namespace)
		test.skip("user namespaces (CONFIG_USER_NS, allowed to every user)");
	test.equal("errno of the send in a child user namespace", error, ENOBUFS);
}

REQUIREMENT(
	"ZC-LIM-10", observed, "A process without a limit (RLIM_INFINITY) is neither checked nor charged.",
	.code = "net/core/skbuff.c:mm_account_pinned_pages returns for RLIM_INFINITY",
	.kernels =
		"since 6.3; 6.1 charges it, so that it can use up the room of a limited process of the same "
		"user");
DEVIATION("unlimited-process-charged", "ZC-LIM-10", "4.14 to 6.3",
	  "A process with RLIM_INFINITY is charged like any other, so that another process of the same "
	  "user with a limit gets ENOBUFS while its sends are outstanding.",
	  "net/core/skbuff.c:mm_account_pinned_pages has no RLIM_INFINITY in 6.1.192, and has in "
	  "6.12.118 (line 1661). Subject: 'net: msg_zerocopy: elide page accounting if RLIM_INFINITY', "
	  "posted on 14 February 2023 for net-next: 6.3 is inferred.");
/* ZC-LIM-10. net/core/skbuff.c:mm_account_pinned_pages returns at once for
 * RLIM_INFINITY: what such a process sends leaves the user's budget whole. */
CASE(unlimited_process_is_not_charged, .requirements = {"ZC-LIM-10"}, .transports = transport::udp,
     .paths = netns::holds_many, .needs = harness::needs_memlock, .deviation = "unlimited-process-charged")
{
	const rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
	Link &link = test.connect();
	Link &other = test.connect();
	const Payload payload(link.usual_length());

	if (::setrlimit(RLIMIT_MEMLOCK, &unlimited) < 0)
		test.skip("an unlimited RLIMIT_MEMLOCK (CAP_SYS_RESOURCE, or ulimit -H -l unlimited)");
	const Charged user(test, other);
	test.sent(user.send(link, payload), payload.size());
	const Pages budget(charge_of(test, payload));
	const Sent sent = user.send(other, payload);
	if (!sent.ok() && sent.error == ENOBUFS)
		test.deviates("the limited process: " + transport::describe(sent));
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
/* ZC-LIM-11. The pages are charged to user->locked_vm, and these are
 * mm->locked_vm and mm->pinned_vm. */
CASE(process_status_does_not_show_the_pages, .requirements = {"ZC-LIM-11"}, .transports = transport::udp,
     .paths = netns::holds_many, .needs = harness::needs_memlock)
{
	Link &link = test.connect();
	Link &other = test.connect();
	const Payload payload(link.usual_length());
	const Charged user(test, link);
	const Pages budget(charge_of(test, payload));
	const long locked = status_kb("VmLck");
	const long pinned = status_kb("VmPin");

	test.sent(user.send(link, payload), payload.size());
	test.refused(other.send_zerocopy(payload), ENOBUFS); /* charged they are */
	test.that("VmLck and VmPin before", locked >= 0 && pinned >= 0, "there", "not there");
	test.equal("VmLck with pages charged, in kB", status_kb("VmLck"), locked);
	test.equal("VmPin with pages charged, in kB", status_kb("VmPin"), pinned);
}

REQUIREMENT("ZC-LIM-12", observed, "Lowering RLIMIT_MEMLOCK does not disturb sends that are outstanding.",
	    .code = "net/core/skbuff.c:mm_account_pinned_pages, called by the send only");
/* ZC-LIM-12. The limit is looked at by the send only. */
CASE(lowering_memlock_leaves_sends_alone, .requirements = {"ZC-LIM-12"}, .paths = netns::holds,
     .needs = harness::needs_memlock)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());
	std::optional<Charged> user(std::in_place, test, link);

	test.sent(user->send(link, payload), payload.size());
	const Pages none(0);
	test.refused(link.send_zerocopy(payload), ENOBUFS);
	user.reset();
	link.release();
	test.one_notification(link, {0, 0});
}

/* What a socket's send buffer is charged with now. */
unsigned send_memory(const Test &test, const Link &link)
{
	std::array<std::uint32_t, SK_MEMINFO_VARS> memory = {};
	socklen_t length = sizeof(memory);

	os::check(::getsockopt(link.sender(), SOL_SOCKET, SO_MEMINFO, memory.data(), &length),
		  "getsockopt(SO_MEMINFO)");
	return memory[test.is(transport::stream) ? SK_MEMINFO_WMEM_QUEUED : SK_MEMINFO_WMEM_ALLOC];
}

/* Until what fills the peer's window has been acknowledged, and takes no send
 * buffer any more; the rest cannot go. Left alone the peer would take its time
 * (a delayed ACK): a byte the other way takes the acknowledgement with it. */
void settle(Link &link)
{
	const auto settled = [&] {
		int unacknowledged = 0;
		int unsent = 0;

		os::check(::ioctl(link.sender(), SIOCOUTQ, &unacknowledged), "ioctl(SIOCOUTQ)");
		os::check(::ioctl(link.sender(), SIOCOUTQNSD, &unsent), "ioctl(SIOCOUTQNSD)");
		return unacknowledged == unsent;
	};

	os::wait_until([&] {
		if (settled())
			return true;
		link.answer(std::array<std::uint8_t, 1>{});
		return settled();
	});
}

/* A send buffer with that much room left, in bytes. */
void leave_room(Test &test, Link &link, unsigned room)
{
	if (test.is(transport::stream))
		settle(link);
	/* Doubled by the kernel. */
	const int bytes = (send_memory(test, link) + room + 1) / 2;
	int set = 0;
	socklen_t length = sizeof(set);
	os::check(::setsockopt(link.sender(), SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes)),
		  "setsockopt(SO_SNDBUF)");
	os::check(::getsockopt(link.sender(), SOL_SOCKET, SO_SNDBUF, &set, &length), "getsockopt(SO_SNDBUF)");
	if (set != 2 * bytes)
		test.skip("a larger net.core.wmem_max");
}

/* How many single bytes, each of a page of its own and sent as a packet of its
 * own, the send buffer takes; at most one for each page of the payload. */
unsigned single_bytes(Test &test, Link &link, const Payload &payload, int flags)
{
	unsigned sends = 0;

	for (std::size_t offset = 0; offset < payload.size(); offset += limits::page_size()) {
		const Sent sent = link.send(payload.from(offset, 1), flags | MSG_EOR);

		if (!sent.ok()) {
			test.refused(sent, EAGAIN);
			return sends;
		}
		sends++;
	}
	return sends;
}

REQUIREMENT("ZC-LIM-14", observed,
	    "Flagged data obeys SO_SNDBUF, counted in whole pages: one byte of a page of its own counts "
	    "as a page.",
	    .code = "net/core/datagram.c:zerocopy_fill_skb_from_iter, PAGE_ALIGN(copied + start)");
/* ZC-LIM-14. net/core/datagram.c:zerocopy_fill_skb_from_iter (6.1:
 * __zerocopy_sg_from_iter) charges PAGE_ALIGN(copied + start): two pages of
 * send buffer take two flagged bytes, the second because the buffer is not full
 * before it, and many plain ones. */
CASE(send_buffer_is_charged_in_whole_pages, .requirements = {"ZC-LIM-14"}, .paths = netns::holds_many)
{
	Link &link = test.connect();
	Link &other = test.connect();
	const Payload payload(5 * limits::page_size());

	leave_room(test, link, 2 * limits::page_size());
	test.equal("flagged sends of one byte before EAGAIN", single_bytes(test, link, payload, MSG_ZEROCOPY),
		   2);
	leave_room(test, other, 2 * limits::page_size());
	const unsigned plain = single_bytes(test, other, payload, 0);
	test.that("plain sends of one byte before EAGAIN", plain > 2, "more than 2", std::to_string(plain));
}

REQUIREMENT("ZC-LIM-16", observed,
	    "A send is charged with the length asked for, until it is completed, though a non-blocking "
	    "call queues only a part.",
	    .code = "net/ipv4/tcp.c:tcp_sendmsg_locked passes the whole size to msg_zerocopy_realloc");
/* ZC-LIM-16. net/ipv4/tcp.c:tcp_sendmsg_locked charges the length of the call
 * before it knows how much the send buffer takes, and leaves it so. */
CASE(partial_send_is_charged_in_full, .requirements = {"ZC-LIM-16"}, .transports = transport::tcp,
     .paths = netns::holds_many, .needs = harness::needs_memlock)
{
	Link &link = test.connect();
	const Payload payload(32 * limits::page_size());
	const rlim_t charge = charge_of(test, payload);

	leave_room(test, link, 4 * limits::page_size());
	const Charged user(test, link);
	{
		const Pages short_by_one(charge - 1);
		test.refused(link.send_zerocopy(payload), ENOBUFS);
	}
	const Pages exactly(charge);
	const Sent sent = user.send(link, payload);
	test.that("return value of the send call",
		  sent.ok() && static_cast<std::size_t>(sent.returned) < payload.size(), "a part",
		  transport::describe(sent));
	/* At one page more the send buffer, full as it is, would not be asked. */
	const Pages short_again(charge + 1);
	test.refused(link.send_zerocopy(payload.first(1)), ENOBUFS);
	const Pages enough(charge + 2);
	test.refused(user.send(link, payload.first(1)), EAGAIN);
}

REQUIREMENT("ZC-LIM-17", observed,
	    "A flagged send that fails gives back at once the pages that it was charged with.",
	    .code = "msg_zerocopy.rst, Transmission: ENOBUFS on exceeding the ulimit on locked pages; "
		    "net/core/skbuff.c:msg_zerocopy_put_abort",
	    .kernels = "TCP only: UDP has no two calls in one notification structure unless corked");
DEVIATION("failed-joined-send-stays-charged", "ZC-LIM-17", "4.14 on",
	  "A flagged TCP send that would have shared the notification structure of an outstanding one "
	  "and fails (EFAULT, EAGAIN) stays charged to RLIMIT_MEMLOCK until that structure completes; "
	  "it gets no id.",
	  "Not fixed: read again in the sources of Debian's 6.1.192-3, 6.12.118-1 and 7.3.4-1~bpo13+1; "
	  "no subject of a fix in any changelog read, up to 7.3.4. The start is that of the feature "
	  "and is inferred.");
/* ZC-LIM-17. A call that fails changes nothing: net/core/skbuff.c:
 * msg_zerocopy_put_abort. The failing one would have joined the first. */
CASE(failed_send_leaves_no_pages_charged, .requirements = {"ZC-LIM-17", "ZC-TX-04"},
     .transports = transport::tcp, .paths = netns::holds, .needs = harness::needs_memlock,
     .deviation = "failed-joined-send-stays-charged")
{
	Link &link = test.connect();
	const Payload payload(100);
	const Charged user(test, link);
	const Pages for_two(2 * charge_of(test, payload));

	test.sent(user.send(link, payload), payload.size());
	test.refused(user.send(link, unreadable()), EFAULT);
	const Sent second = user.send(link, payload);
	if (second.error == ENOBUFS)
		test.deviates("with room for two sends, and one outstanding, the next gets ENOBUFS after a "
			      "send that failed with EFAULT");
	test.sent(second, payload.size());
}

} // namespace
