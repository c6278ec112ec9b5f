// SPDX-License-Identifier: GPL-2.0
#include "harness/facts.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <stdexcept>
#include <system_error>

#include "harness/attempt.h"
#include "harness/machine.h"
#include "harness/provisions.h"
#include "limits/limits.h"
#include "netns/device.h"
#include "netns/ip_command.h"
#include "netns/namespace.h"
#include "netns/network.h"
#include "netns/wire.h"
#include "netns/wires/remote.h"
#include "os/check.h"
#include "os/deadline.h"
#include "os/descriptors.h"
#include "os/fd.h"
#include "os/option.h"
#include "transport/link.h"

namespace harness
{

/* Upper bound of what one case has outstanding at a time: bytes of large sends, and two
 * pages for each of many small ones. */
static rlim_t memlock_needed()
{
	return std::max<rlim_t>(4 << 20, 256 * limits::page_size());
}

/* What the least of kernels set themselves where there is one for all namespaces:
 * before 6.8, on 32 bits (net/core/sock.c:sysctl_optmem_max). */
constexpr unsigned optmem_needed = 10240;

static std::string needs(const char *what, const std::string &why)
{
	return why.empty() ? "" : std::string("needs ") + what + ": " + why;
}

static std::string needs(const os::KernelParts &parts, const std::string &why)
{
	return needs(parts.words, why);
}

/* Builds the path, and takes it down where nobody is to have it. Tweaks of devices are probed separately. */
static void try_path(netns::Path path, bool ipv6, int hand_on)
{
	const bool as_it_is = path.tweak == netns::Tweak::none;

	path.tweak = netns::Tweak::none;
	netns::Network network(path, ipv6);
	if (!as_it_is || hand_on < 0)
		return;
	network.watch();
	if (network.watched())
		os::send_descriptors(hand_on, "n", network.descriptors());
}

Facts::Trial &Facts::begin(const netns::Path &path)
{
	return trials_
		.try_emplace(path.wire, &path,
			     [&path, keep = keep_networks_, ipv6 = ipv6_](int report) {
				     try_path(path, keep && ipv6, keep ? report : -1);
			     })
		.first->second;
}

/* Where there is more than one way to build it, one follows the other. */
bool Facts::begin_to_try(const netns::Path &path)
try {
	if (wires_.contains(path.wire) || trials_.contains(path.wire) || !path.wire->build ||
	    path.wire->ways > 1 || !netns::have_ip_command())
		return false;
	begin(path);
	return true;
} catch (const std::system_error &) {
	return false;
}

bool Facts::tries(const netns::Path &path) const
{
	const auto found = trials_.find(path.wire);

	return found != trials_.end() && !found->second.attempt.over();
}

std::vector<int> Facts::trials() const
{
	std::vector<int> all;

	for (const auto &[wire, trial] : trials_)
		if (!trial.attempt.over())
			all.push_back(trial.attempt.fd());
	return all;
}

/* The first way to build it that works becomes the one that paths are built by. */
std::string Facts::try_wire(const netns::Path &path)
{
	const netns::Wire &wire = *path.wire;
	std::string why;

	if (!wire.build)
		return "";
	if (!netns::have_ip_command())
		return "needs the ip command (package iproute2)";
	for (std::size_t way = 0; way < wire.ways; way++) {
		if (wire.choose)
			wire.choose(way);
		Trial &trial = begin(path);
		why = trial.attempt.complaint();
		if (std::vector<os::Fd> made = trial.attempt.take(); !made.empty())
			built_.emplace_back(trial.path, std::move(made));
		trials_.erase(&wire);
		if (why.empty())
			return "";
	}
	return needs(wire.parts, why);
}

static void try_connection(netns::Path path, const transport::Transport &transport)
{
	path.hold = netns::Hold::none;
	const netns::Network network(path, false);

	transport::Link(network, transport, {.zerocopy = false});
}

/* The device must take the pages as a machine on the wire does. One case judges whether
 * it reports its copy, and other cases rely on that. */
constexpr const char *says_copied = "it says that it copies";

/* A datagram over the path completes, and not as copied: where it is, the complaint is says_copied. */
static void try_sharing(const netns::Path &path)
{
	const netns::Network network(path, false);
	transport::Link link(network, transport::first_transport(transport::udp));
	const transport::Payload payload(link.usual_length());

	if (!link.send_zerocopy(payload).ok() || !link.await_completions())
		throw std::runtime_error("a datagram is not completed");
	if (link.any_copied())
		throw std::runtime_error(says_copied);
}

static void try_receiver_xdp()
{
	try_sharing(*std::ranges::find_if(netns::paths(), [](const netns::Path &each) {
		return (each.udp & netns::xdp) && each.tweak == netns::Tweak::receiver_xdp;
	}));
}

static void try_zerocopy()
{
	const os::Fd socket(
		os::check(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket(AF_INET, SOCK_STREAM)"));

	os::set_option(socket.get(), SOL_SOCKET, SO_ZEROCOPY, 1, "setsockopt(SO_ZEROCOPY)");
}

static void try_ipv6()
{
	const netns::Namespace space = netns::Namespace::create();
	const os::Address address = transport::make_address(AF_INET6, "::1", 0);
	os::Fd socket(os::check(::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket(AF_INET6)"));

	os::check(::bind(socket.get(), address.get(), address.length), "bind(::1)");
}

static double measure_slowness()
{
	/* The least that a case costs: a process and a namespace. This takes some 2 ms on a
	 * current, idle machine, and a tenth of a second under emulation. */
	constexpr double usual_ms = 5;

	return std::max(1.0,
			os::best_of_three([] { complaint([] { netns::Namespace::create(); }); }) / usual_ms);
}

static double slowness_asked_for()
{
	const char *factor = std::getenv("MSG_ZEROCOPY_SLOWNESS");
	const char *slow = std::getenv("KSFT_MACHINE_SLOW");

	if (factor) {
		char *end;
		const double asked = std::strtod(factor, &end);

		if (end == factor || *end || !(asked >= 1 && asked <= 1000))
			throw std::invalid_argument(
				std::string("MSG_ZEROCOPY_SLOWNESS must be a number from 1 to "
					    "1000, not '") +
				factor + "'");
		return asked;
	}
	return slow && *slow && std::strcmp(slow, "no") != 0 ? 10 : 1;
}

double scale_timeouts()
{
	static const double slowness = std::max(measure_slowness(), slowness_asked_for());

	os::set_slowness(slowness);
	return slowness;
}

Facts::Facts()
	: everything_(needs("network namespaces (root, or CONFIG_USER_NS and user namespaces allowed)",
			    complaint([] { netns::Namespace::create(); })))
{
	if (everything_.empty())
		everything_ = needs("MSG_ZEROCOPY in the kernel (Linux 4.14)", complaint(try_zerocopy));
	if (!everything_.empty())
		return;

	machine_ = machine_circumstances(netns::remote_end().device);
	initial_root_ = netns::initial_root();
	slowness_ = scale_timeouts();
	ipv6_ = complaint(try_ipv6).empty();

	if (limits::memlock_hard() < memlock_needed())
		memlock_ = "needs RLIMIT_MEMLOCK of " + std::to_string(memlock_needed()) +
			   " bytes, this user may have " + std::to_string(limits::memlock_hard()) +
			   " (raise it with ulimit -H -l)";
	/* Where the suite's namespaces have none of their own, the machine's binds. */
	if (limits::optmem_max().value_or(optmem_needed) < optmem_needed && !lacks_need(needs_optmem).empty())
		optmem_for_all_ = "needs net.core.optmem_max of " + std::to_string(optmem_needed) +
				  " bytes, it is " + std::to_string(limits::optmem_max().value()) +
				  " (raise it with sysctl)";
	look_for_tap();
}

/* On some kernels all namespaces share one list of the packet sockets on all devices, and what
 * any device sends is copied for them (net/core/dev.c:dev_queue_xmit_nit). */
void Facts::look_for_tap()
{
	const auto path = std::ranges::find_if(netns::paths(), [](const netns::Path &each) {
		return (each.udp & netns::shares) && (each.udp & netns::in_call) &&
		       each.tweak == netns::Tweak::none;
	});
	const std::string tap = path == netns::paths().end() ? "" : tap_on_all_devices();

	if (tap.empty() || !lacks_wire(*path).empty() ||
	    complaint([&] { try_sharing(*path); }) != says_copied)
		return;
	copied_for_ = tap;
	machine_.push_back(
		"all that is sent is copied, in every network namespace, for a packet socket of all "
		"protocols on all devices (" +
		tap + ")");
}

const std::string &Facts::lacks_wire(const netns::Path &path)
{
	const auto [found, first] = wires_.try_emplace(path.wire);

	if (first)
		found->second = try_wire(path);
	return found->second;
}

std::string Facts::try_tweak(netns::Tweak tweak)
{
	switch (tweak) {
	case netns::Tweak::none:
	case netns::Tweak::sg_off:
	case netns::Tweak::tx_checksum_off:
		break;
	case netns::Tweak::packet_tap:
	case netns::Tweak::packet_tap_ignoring_outgoing:
		return lacks_need(needs_packet);
	case netns::Tweak::receiver_xdp:
		return needs("native XDP on veth devices (root of the machine, CONFIG_BPF_SYSCALL)",
			     complaint(try_receiver_xdp));
	}
	return "";
}

const std::string &Facts::lacks_tweak(const netns::Path &path)
{
	const auto [found, first] = tweaks_.try_emplace(path.tweak);

	if (first)
		found->second = try_tweak(path.tweak);
	return found->second;
}

const std::string &Facts::lacks_need(Need need)
{
	const auto [found, first] = needs_.try_emplace(need);

	if (first)
		for (const Provision &provision : provisions())
			if (provision.need == need)
				found->second = needs(provision.parts, complaint(provision.attempt));
	return found->second;
}

const std::string &Facts::lacks_vsock(const transport::Transport &transport, const netns::Path &path)
{
	const auto [found, first] = vsock_.try_emplace({&transport, path.wire});

	/* To an agent something was sent when this was planned. */
	if (first && !path.to_agent()) {
		const std::string why = complaint([&] { try_connection(path, transport); });

		found->second = why.ends_with(std::strerror(ESOCKTNOSUPPORT))
					? needs("SOCK_SEQPACKET of VSOCK (Linux 5.14)", why)
					: needs(path.wire->parts, why);
	}
	return found->second;
}

std::string Facts::lacks(const Case &definition, const transport::Transport &transport,
			 const netns::Path &path)
{
	if (transport.family == AF_INET6 && !ipv6_)
		return std::string("needs ") + ipv6_parts.words;
	/* CAP_IPC_LOCK exempts root, except in cases that test the limit. */
	if (!memlock_.empty() && (!initial_root_ || (definition.needs & needs_memlock)))
		return memlock_;
	if (!optmem_for_all_.empty())
		return optmem_for_all_;
	if ((definition.needs & needs_root) && !initial_root_)
		return "needs root of the machine";
	for (const Provision &provision : provisions())
		if (definition.needs & provision.need)
			if (const std::string &missing = lacks_need(provision.need); !missing.empty())
				return missing;
	if (!copied_for_.empty() && (transport::traits(path, transport) & netns::shares) && path.built())
		return "needs a machine where no packet socket takes all protocols on all devices, as it has "
		       "all that is sent copied (" +
		       copied_for_ + ")";
	if (transport.kind & transport::vsock) {
		if (const std::string &missing = lacks_vsock(transport, path); !missing.empty())
			return missing;
		/* But where the case asks for no more than sockets. */
		if (!(definition.needs & needs_vsock))
			if (const std::string &missing = lacks_need(needs_vsock_zerocopy); !missing.empty())
				return missing;
	}
	if (const std::string &missing = lacks_wire(path); !missing.empty())
		return missing;
	return lacks_tweak(path);
}

} // namespace harness
