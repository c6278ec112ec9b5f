// SPDX-License-Identifier: GPL-2.0
#include "netns/namespace.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <string>

#include "netns/device.h"
#include "netns/sysctl.h"
#include "os/check.h"
#include "os/deadline.h"

namespace netns
{

static void write_file(const std::string &name, const std::string &text)
{
	os::Fd file(os::check(::open(name.c_str(), O_WRONLY | O_CLOEXEC), name));

	os::check(::write(file.get(), text.data(), text.size()), name);
}

/* As late as a full device that drops the end of the data allows, and soon enough for a closed socket that
 * waits for the peer's FIN: the kernel keeps it whole while 7/2 of the timeout exceed a minute
 * (include/net/tcp.h:tcp_fin_time). But never sooner than without this, however impatient the suite is
 * told to be (--patience). */
std::chrono::milliseconds Namespace::late_retransmission()
{
	constexpr std::chrono::milliseconds usual(200); /* TCP_RTO_MIN */

	return std::clamp<std::chrono::milliseconds>(os::event_timeout() / 4, usual,
						     std::chrono::seconds(15));
}

/*
 * A delayed ACK would trigger a tail loss probe and, on a machine that stands still for a
 * moment, the retransmission timer. The retransmitted copy holds the pages and completes after
 * later sends. Where there is no such sysctl, Network says it by routes.
 */
static void retransmit_late()
{
	const std::chrono::microseconds late = Namespace::late_retransmission();

	try_sysctl("ipv4/tcp_early_retrans", "0");
	try_sysctl("ipv4/tcp_rto_min_us", std::to_string(late.count()));
}

Namespace Namespace::create()
{
	os::check(::unshare(CLONE_NEWNET), "unshare(CLONE_NEWNET)");
	Namespace made = current();
	retransmit_late();
	/* No connection begins with what another has measured: see Watch. */
	try_sysctl("ipv4/tcp_no_metrics_save", "1");
	/* Devices get no link-local addresses, which take a second: `ip link set addrgenmode none up` sets a
	 * device up first. */
	try_sysctl("ipv6/conf/default/addr_gen_mode", "1");
	set_up("lo");
	return made;
}

Namespace Namespace::current()
{
	constexpr const char *file = "/proc/thread-self/ns/net";

	return Namespace{os::Fd(os::check(::open(file, O_RDONLY | O_CLOEXEC), file))};
}

void Namespace::enter() const
{
	os::check(::setns(fd_.get(), CLONE_NEWNET), "setns(CLONE_NEWNET)");
}

void Namespace::route(bool ipv6) const
{
	enter();
	write_sysctl("ipv4/ip_forward", "1");
	if (ipv6)
		write_sysctl("ipv6/conf/all/forwarding", "1");
}

void Namespace::send_large_packets()
{
	write_sysctl("ipv4/tcp_min_tso_segs", "255");
}

void Namespace::probe_path_mtu()
{
	write_sysctl("ipv4/tcp_mtu_probing", "2");
}

bool initial_root()
{
	/* The initial user namespace maps every id to itself. */
	std::ifstream map("/proc/self/uid_map");
	unsigned long inside = 1;
	unsigned long outside = 1;
	unsigned long count = 0;

	map >> inside >> outside >> count;
	return ::geteuid() == 0 && inside == 0 && outside == 0 && count == 4294967295UL;
}

void gain_network_admin()
{
	const uid_t uid = ::geteuid();
	const gid_t gid = ::getegid();

	if (uid == 0)
		return;
	os::check(::unshare(CLONE_NEWUSER), "unshare(CLONE_NEWUSER)");
	write_file("/proc/self/setgroups", "deny");
	write_file("/proc/self/uid_map", "0 " + std::to_string(uid) + " 1");
	write_file("/proc/self/gid_map", "0 " + std::to_string(gid) + " 1");
}

} // namespace netns
