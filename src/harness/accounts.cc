// SPDX-License-Identifier: GPL-2.0
#include "harness/accounts.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <exception>
#include <sstream>

#include "limits/limits.h"
#include "netns/namespace.h"
#include "os/check.h"
#include "transport/transport.h"

namespace harness
{

static os::Fd open_table(const char *name)
{
	const std::string file = std::string("/proc/thread-self/net/") + name;

	return os::Fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
}

/* The whole of a table, as it is now; it belongs to the namespace it was opened in. */
static std::string read_table(const os::Fd &table)
{
	std::array<char, 4096> part;
	std::string text;
	ssize_t length;

	while ((length = ::pread(table.get(), part.data(), part.size(), static_cast<off_t>(text.size()))) > 0)
		text.append(part.data(), length);
	return text;
}

/*
 * Whether nothing is charged to this process's user: a flagged send of one byte
 * is permitted where RLIMIT_MEMLOCK has room for it alone. The limit is looked at
 * before the data, which cannot be read: the send never takes place. True also
 * where the limit does not bind, or cannot be asked.
 */
static bool nothing_locked()
try {
	const limits::ScopedMemlock room(limits::memlock_charge_pages(1) * limits::page_size());
	const os::Fd socket(os::check(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket()"));
	const os::Address discard = transport::make_address(AF_INET, "127.0.0.1", 9);
	const int on = 1;

	os::check(::setsockopt(socket.get(), SOL_SOCKET, SO_ZEROCOPY, &on, sizeof(on)), "SO_ZEROCOPY");
	os::check(::connect(socket.get(), discard.get(), discard.length), "connect()");
	return ::send(socket.get(), reinterpret_cast<const void *>(1), 1, MSG_ZEROCOPY) < 0 &&
	       errno != ENOBUFS;
} catch (const std::exception &) {
	return true;
}

/* Look at what the kernel raises no event for, first often, then less so. */
template <typename Condition> static bool settles(Condition condition, const os::Deadline &deadline)
{
	using std::chrono::milliseconds;
	milliseconds pause(1);

	while (!condition()) {
		if (deadline.passed())
			return condition();
		::poll(nullptr, 0, std::min(static_cast<int>(pause.count()), deadline.left_ms()));
		pause = std::min(2 * pause, milliseconds(64));
	}
	return true;
}

Accounts::Accounts(bool initial_root)
	: initial_root_(initial_root), nothing_locked_before_(initial_root || nothing_locked())
{
}

void Accounts::open(const char *whose, const netns::Network &network, const netns::Namespace &space)
{
	os::Fd sockstat = network.socket_counts(space);

	if (!sockstat) {
		space.enter();
		sockstat = open_table("sockstat");
	}
	spaces_.push_back({whose, network.sockets(space), os::Fd(::fcntl(space.fd(), F_DUPFD_CLOEXEC, 0)),
			   std::move(sockstat)});
}

void Accounts::follow(const netns::Network &network)
{
	for (const netns::Namespace *const space : network.spaces())
		if (space != &network.sender())
			open(space == &network.receiver() ? "receiver" : "router", network, *space);
	open("sender", network, network.sender());
}

std::string Accounts::Space::table(const char *name) const
{
	os::check(::setns(space.get(), CLONE_NEWNET), "setns(CLONE_NEWNET)");
	return read_table(open_table(name));
}

std::vector<std::string> Accounts::locked_pages(const os::Deadline &deadline)
{
	std::vector<std::string> lines;

	/* Another program of this user may have been at it all the time. */
	if (!nothing_locked_before_)
		return lines;
	if (initial_root_ && !limits::ScopedUser::taken())
		return lines;
	const limits::ScopedUser same;
	if (settles(nothing_locked, deadline))
		return lines;
	lines.emplace_back("locked pages after the case");
	lines.emplace_back("  expected: none charged to its user, once all is closed (ZC-LF-03)");
	lines.emplace_back(
		"  seen:     a flagged send of one byte by that user gets ENOBUFS with a limit that "
		"has room for it");
	if (!initial_root_)
		lines.emplace_back("  other programs of this user that lock pages would be seen, too");
	return lines;
}

std::vector<std::string> Accounts::sockets(const os::Deadline &deadline)
{
	std::vector<std::string> lines;

	if (settles([this] { return settled(); }, deadline))
		return lines;
	lines.emplace_back("sockets after the case");
	lines.emplace_back("  expected: none in its namespaces, once all is closed (ZC-LF-03)");
	for (const Space &space : spaces_)
		if (space.left() > 0)
			lines.push_back(space.describe());
	return lines;
}

bool Accounts::all_gone() const
{
	return !spaces_.empty() &&
	       std::ranges::all_of(spaces_, [](const Space &space) { return space.left() == 0; });
}

bool Accounts::settled() const
{
	return std::ranges::all_of(
		spaces_, [](const Space &space) { return space.left() == 0 || space.only_orphans(); });
}

/* "sockets: used 0" */
unsigned Accounts::Space::left() const
{
	std::istringstream table(read_table(sockstat));
	std::string word;
	int used = 0;

	table >> word >> word >> used;
	return std::max(used - static_cast<int>(own), 0);
}

bool Accounts::Space::only_orphans() const
{
	/* The tables of TCP take milliseconds to read: not where it has none. */
	return hashed().find("TCP") != std::string::npos && left() == orphans();
}

unsigned Accounts::Space::orphans() const
{
	/* It has no socket(7), hence no inode, and is none of the small structures
	 * that sockstat does not count: net/ipv4/tcp_ipv4.c:get_openreq4 shows those
	 * of connections to be, get_timewait4_sock the others, with a timer of 3. */
	unsigned count = 0;

	for (const char *name : {"tcp", "tcp6"}) {
		std::istringstream table(this->table(name));
		std::string line;

		std::getline(table, line); /* the heading */
		while (std::getline(table, line)) {
			std::istringstream row(line);
			std::string slot, local, remote, queues, timer, retransmits;
			int state = 0;
			unsigned long uid = 0, timeout = 0, inode = 1;

			row >> slot >> local >> remote >> std::hex >> state >> queues >> timer >>
				retransmits >> std::dec >> uid >> timeout >> inode;
			count += inode == 0 && state != TCP_SYN_RECV && !timer.starts_with("03:");
		}
	}
	return count;
}

std::string Accounts::Space::hashed() const
{
	std::istringstream table(this->table("protocols"));
	std::string line, kinds;

	std::getline(table, line); /* the heading */
	while (std::getline(table, line)) {
		std::istringstream row(line);
		std::string name;
		unsigned size = 0;
		int sockets = 0;

		if (row >> name >> size >> sockets && sockets > 0)
			kinds += (kinds.empty() ? "" : ", ") + name + ' ' + std::to_string(sockets);
	}
	return kinds;
}

std::string Accounts::Space::describe() const
{
	const std::string kinds = hashed();

	return "  seen:     " + std::to_string(left()) + " at the " + whose +
	       "'s end; of these can be looked up: " + (kinds.empty() ? "none" : kinds) +
	       "; still send: " + std::to_string(orphans());
}

} // namespace harness
