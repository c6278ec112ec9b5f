// SPDX-License-Identifier: GPL-2.0
#include "explore/kernel.h"

#include <fcntl.h>
#include <linux/net_tstamp.h>
#include <linux/sock_diag.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <linux/vm_sockets.h>

#include <algorithm>
#include <atomic>
#include <barrier>
#include <cstring>
#include <fstream>
#include <limits>
#include <thread>

#include "errqueue/receive.h"
#include "netns/device.h"
#include "netns/ip_command.h"
#include "netns/wire.h"
#include "os/check.h"
#include "os/option.h"
#include "os/socket.h"
#include "transport/outgoing.h"
#include "transport/receiver.h"

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

namespace explore
{

namespace
{

using os::Returned;

constexpr int plainly = MSG_DONTWAIT | MSG_NOSIGNAL;
constexpr short asked_for = POLLIN | POLLPRI | POLLOUT | POLLRDHUP;
constexpr const char *probing = "probing";
constexpr const char *at_vsock = "vsock-loopback";
constexpr unsigned explored_transports = transport::tcp | transport::udp | transport::vsock_stream;
/* Far above any user that a machine has, and above those of limits::ScopedUser. */
constexpr unsigned first_user = 4000000000;

const netns::Path &find_path(const std::string &name)
{
	const std::string of_suite = name == probing ? "loopback" : name;

	return *std::ranges::find_if(netns::paths(),
				     [&](const netns::Path &path) { return path.name == of_suite; });
}

Memory memory_of(int socket)
{
	std::array<std::uint32_t, SK_MEMINFO_VARS> all = {};
	socklen_t length = sizeof(all);

	os::check(::getsockopt(socket, SOL_SOCKET, SO_MEMINFO, all.data(), &length),
		  "getsockopt(SO_MEMINFO)");
	return {.option = all[SK_MEMINFO_OPTMEM],
		.queued = all[SK_MEMINFO_WMEM_QUEUED],
		.allocated = all[SK_MEMINFO_WMEM_ALLOC],
		.send_buffer = all[SK_MEMINFO_SNDBUF],
		.forward = static_cast<int>(all[SK_MEMINFO_FWD_ALLOC])};
}

/* What a notification structure takes: a datagram that is not complete has one. */
unsigned measure_structure()
{
	const os::Address local = *os::ip_address("127.0.0.1", 9);
	const os::Fd socket = os::open_socket(AF_INET, SOCK_DGRAM);
	const os::Data byte(1);

	os::set_option(socket.get(), SOL_SOCKET, SO_ZEROCOPY, 1, "setsockopt(SO_ZEROCOPY)");
	os::set_option(socket.get(), SOL_UDP, UDP_CORK, 1, "setsockopt(UDP_CORK)");
	os::check(::sendto(socket.get(), byte.data(), byte.size(), MSG_ZEROCOPY, local.get(), local.length),
		  "sendto(MSG_ZEROCOPY)");
	return memory_of(socket.get()).option;
}

/* UDP_MAX_SEGMENTS, which a send of one more byte in segments of one exceeds. */
unsigned measure_segments()
{
	const os::Address local = *os::ip_address("127.0.0.1", 9);
	const os::Fd socket = os::open_socket(AF_INET, SOCK_DGRAM);
	const os::Data bytes(65);

	os::set_option(socket.get(), SOL_UDP, UDP_SEGMENT, 1, "setsockopt(UDP_SEGMENT)");
	return ::sendto(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL, local.get(), local.length) < 0
		       ? 64
		       : 128;
}

/* The data is dropped, and the sender gets an RST: no port waits for its time. */
void close_by_reset(os::Fd &socket)
{
	const linger at_once = {1, 0};

	if (socket)
		::setsockopt(socket.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	socket.close();
}

void set_mtu(const char *device, unsigned mtu)
{
	const os::Fd socket = os::open_socket(AF_INET, SOCK_DGRAM);
	ifreq request = {};

	std::strncpy(request.ifr_name, device, IFNAMSIZ - 1);
	request.ifr_mtu = static_cast<int>(mtu);
	os::check(::ioctl(socket.get(), SIOCSIFMTU, &request), "SIOCSIFMTU");
}

int message_flags(const Operation &send)
{
	return plainly | (send.flags & zerocopy ? MSG_ZEROCOPY : 0) | (send.flags & more ? MSG_MORE : 0) |
	       (send.flags & end_of_record ? MSG_EOR : 0) | (send.flags & confirm ? MSG_CONFIRM : 0);
}

/* The others are of TCP, of UDP, of IP or of a device. */
bool is_of_vsock(Kind kind)
{
	constexpr std::array all = {Kind::send,		 Kind::drain,	     Kind::receive, Kind::await,
				    Kind::store,	 Kind::option,	     Kind::poll,    Kind::connect,
				    Kind::shutdown,	 Kind::end_receiver, Kind::reply,   Kind::user,
				    Kind::option_memory, Kind::locked_memory};

	return std::ranges::find(all, kind) != all.end();
}

} // namespace

std::vector<std::string> transport_names()
{
	return transport::names(explored_transports);
}

const transport::Transport &find_transport(const std::string &name)
{
	const auto all = transport::transports();
	const auto found = std::ranges::find_if(all, [&](const auto &each) { return each.name == name; });

	if (found == all.end() || !(found->kind & explored_transports))
		throw std::invalid_argument("transport '" + name + "' is unknown");
	return *found;
}

const netns::Path &vsock_path()
{
	return find_path(at_vsock);
}

std::vector<std::string> path_names()
{
	return {"loopback", "veth", probing, scripted_path};
}

Place::Place(const std::string &path)
	: network_(find_path(path), true), probes_mtu_(path == probing), structure_(measure_structure()),
	  most_segments_(measure_segments()), option_memory_(limits::optmem_max().value_or(~0U))
{
	/* Connections come and go by the thousand. */
	std::ofstream("/proc/sys/net/ipv4/tcp_max_tw_buckets") << 0;
	/* What a full receiver drops is sent again soon: TCP_RTO_MIN. */
	std::ofstream("/proc/sys/net/ipv4/tcp_rto_min_us") << 200000;
	if (probes_mtu_)
		netns::Namespace::probe_path_mtu();
}

Knowledge Place::knowledge(const transport::Transport &transport) const
{
	Knowledge knowledge;

	knowledge.error_level = transport.error_level;
	knowledge.error_type = transport.error_type;
	knowledge.headers = transport.address_family == AF_INET ? 28 : 48;
	knowledge.largest_datagram = transport.largest_datagram;
	knowledge.mtu = network_.path().mtu();
	knowledge.most_segments = most_segments_;
	knowledge.structure = structure_;
	knowledge.option_memory = option_memory_;
	knowledge.probes_mtu = probes_mtu_;
	return knowledge;
}

Workshop::Workshop() : unreadable_(slot_bytes, PROT_NONE)
{
	for (unsigned i = 0; i < slots; i++) {
		slots_.emplace_back(slot_bytes);
		/* Parts of a huge page would be one fragment, be they of one page or of several. */
		::madvise(slots_.back().data(), slot_bytes, MADV_NOHUGEPAGE);
		std::ranges::copy(bytes_of(i, 0), slots_.back().data());
		files_.push_back(os::file_of(bytes_of(i, 0)));
	}
}

Place &Workshop::place(const std::string &path)
{
	std::unique_ptr<Place> &place = places_[path];

	if (!place) {
		const std::chrono::milliseconds usual = os::set_event_timeout(std::chrono::seconds(20));

		place = std::make_unique<Place>(path);
		os::set_event_timeout(usual);
	}
	return *place;
}

void Workshop::store(unsigned slot)
{
	std::ranges::copy(bytes_of(slot, ++generations_[slot]), slots_[slot].data());
}

void Workshop::restore_slots()
{
	for (unsigned i = 0; i < slots; i++)
		if (generations_[i]) {
			generations_[i] = 0;
			std::ranges::copy(bytes_of(i, 0), slots_[i].data());
		}
}

unsigned Workshop::user(unsigned which)
{
	/* Another process may have had this one's number. */
	static const auto now = std::chrono::steady_clock::now().time_since_epoch();

	return first_user + (static_cast<unsigned>(::getpid()) % (1U << 22) * 32 +
			     static_cast<unsigned>(now / std::chrono::milliseconds(1)) % 16 * 2 + which);
}

Kernel::Kernel(const Program &program, Workshop &workshop)
	: tcp_(program.tcp()), vsock_(program.vsock()), bound_(program.bound && netns::initial_root()),
	  scripted_(program.scripted()), workshop_(workshop),
	  /* Datagrams have no such peer. */
	  place_(workshop.place(vsock_					 ? at_vsock
				: program.path == scripted_path && !tcp_ ? "loopback"
									 : program.path)),
	  transport_(find_transport(program.transport)), knowledge_(place_.knowledge(transport_))
{
	rlimit limit = {};

	workshop_.restore_slots();
	::getrlimit(RLIMIT_MEMLOCK, &limit);
	if (bound_ || !netns::initial_root())
		knowledge_.locked_pages = limit.rlim_cur == RLIM_INFINITY
						  ? std::numeric_limits<std::uint64_t>::max() / 2
						  : limit.rlim_cur / limits::page_size();
	knowledge_.scripted = scripted_;
	place_.network().receiver().enter();
	if (stream()) {
		listener_ = os::open_socket(transport_.family, SOCK_STREAM);
		const os::Address any = listens_at();
		os::check(::bind(listener_.get(), any.get(), any.length), "bind()");
		os::check(::listen(listener_.get(), 2 * sockets), "listen()");
		listening_ = os::local_address(listener_.get());
	}
	for (Both &both : sockets_)
		for (Pair *pair : {&both.flagged, &both.twin})
			if (!stream())
				open_receiver(*pair);
	place_.network().sender().enter();
	for (Both &both : sockets_) {
		for (Pair *pair : {&both.flagged, &both.twin}) {
			open(*pair);
			if (program.connected)
				connect(*pair);
		}
		both.connected = program.connected;
		if (program.option)
			os::set_option(both.flagged.sender.get(), SOL_SOCKET, SO_ZEROCOPY, 1,
				       "setsockopt(SO_ZEROCOPY)");
	}
	if (bound_)
		become(Workshop::user(0));
}

/* NOLINTNEXTLINE(bugprone-exception-escape): a namespace that cannot be left as it was ends the process. */
Kernel::~Kernel()
{
	for (Both &both : sockets_)
		for (Pair *pair : {&both.flagged, &both.twin}) {
			close_by_reset(pair->sender);
			close_by_reset(pair->receiver);
		}
	try {
		if (bound_)
			become(0);
		if (dropping_)
			change_device({.kind = Kind::drop}, *std::make_unique<Seen>());
		if (checksums_off_)
			change_device({.kind = Kind::checksums}, *std::make_unique<Seen>());
		if (mtu_)
			set_mtu(place_.network().device(), *mtu_);
	} catch (const std::exception &) {
		/* The namespace goes with the process. */
	}
}

/* For what a user without privileges may not. The saved uid stays root's. */
void Kernel::become(unsigned user) const
{
	os::check(::setresuid(user == 0 ? 0 : user, user, 0), "setresuid()");
	::prctl(PR_SET_PDEATHSIG, SIGKILL);
}

/* What a scripted peer does not play goes to the own address. */
os::Address Kernel::listens_at() const
{
	if (vsock_)
		return os::vsock_address(VMADDR_CID_LOCAL, VMADDR_PORT_ANY);
	const netns::Addresses &addresses = place_.network().addresses(transport_.address_family);

	return transport::make_address(transport_.family, scripted_ ? addresses.sender : addresses.receiver,
				       0);
}

void Kernel::open_receiver(Pair &pair) const
{
	const char *text = place_.network().addresses(transport_.address_family).receiver;

	pair.receiver = os::open_socket(transport_.family, SOCK_DGRAM);
	/* Datagrams without a checksum are refused otherwise. */
	if (transport_.address_family == AF_INET6)
		os::set_option(pair.receiver.get(), SOL_UDP, UDP_NO_CHECK6_RX, 1,
			       "setsockopt(UDP_NO_CHECK6_RX)");
	os::bind_receiver(pair.receiver.get(), transport::make_address(transport_.family, text, 0), false,
			  16 << 20);
	pair.address = os::local_address(pair.receiver.get());
}

void Kernel::open(Pair &pair) const
{
	pair.sender = os::open_socket(transport_.family, transport_.type);
	if (stream())
		pair.address = listening_;
	if (plays(pair))
		pair.address = transport::make_address(
			transport_.family, place_.network().addresses(transport_.address_family).receiver,
			tcp_peer::Peer::port);
}

void Kernel::connect(Pair &pair)
{
	if (plays(pair)) {
		/* It cannot be moved. NOLINTNEXTLINE(modernize-make-unique) */
		peer_.reset(
			new tcp_peer::Peer(transport::peer_of(place_.network(), transport_.address_family)));
		acknowledged_ = 0;
		transport::connect_to(*peer_, pair.sender.get(), pair.address, {});
		return;
	}
	os::connect(pair.sender.get(), pair.address);
	if (stream())
		pair.receiver = os::accept(listener_.get());
}

template <typename Call> void Kernel::of_both(const Operation &operation, Seen &seen, const Call &call)
{
	Both &both = sockets_[operation.socket];

	seen.result = call(both.flagged);
	seen.twin = call(both.twin);
}

Seen Kernel::run(const Operation &operation)
{
	Both &both = sockets_[operation.socket];
	Seen seen;

	if (vsock_ && !is_of_vsock(operation.kind)) {
		seen.done = false;
		return seen;
	}
	switch (operation.kind) {
	case Kind::send:
		send(operation, seen);
		break;
	case Kind::race:
		race(operation, seen);
		break;
	case Kind::drain:
		drain(operation, seen);
		break;
	case Kind::receive:
		receive(operation, seen);
		break;
	case Kind::splice:
		/* A datagram above the MTU to which a file is appended does not arrive, also without
		 * the flag: it is not the document's. Nor is what a socket in repair does with one, in which
		 * kernels differ. */
		seen.done = tcp_ && !both.repair;
		if (!seen.done)
			break;
		seen.before = memory_of(both.flagged.sender.get());
		of_both(operation, seen, [&](const Pair &pair) {
			off_t from = 0;

			/* It has no MSG_DONTWAIT. */
			os::check(::fcntl(pair.sender.get(), F_SETFL, O_NONBLOCK), "fcntl(O_NONBLOCK)");
			const auto sent =
				Returned::of(::sendfile(pair.sender.get(), workshop_.file(operation.slot),
							&from, length_of(vectors_of(operation))));
			os::check(::fcntl(pair.sender.get(), F_SETFL, 0), "fcntl()");
			return sent;
		});
		seen.after = memory_of(both.flagged.sender.get());
		break;
	case Kind::setting:
		set(operation, seen);
		break;
	case Kind::await: /* is several: see trial.cc */
		break;
	case Kind::store:
		workshop_.store(operation.slot);
		break;
	case Kind::option: {
		const int value = static_cast<int>(operation.value);

		seen.result = Returned::of(::setsockopt(both.flagged.sender.get(), SOL_SOCKET, SO_ZEROCOPY,
							&value, sizeof(value)));
		break;
	}
	case Kind::poll:
		seen.before = memory_of(both.flagged.sender.get());
		seen.events = errqueue::poll_now(both.flagged.sender.get(), asked_for);
		seen.twin_events = errqueue::poll_now(both.twin.sender.get(), asked_for);
		break;
	case Kind::cork:
		both.waits = operation.value;
		set_option(operation, seen, tcp_ ? SOL_TCP : SOL_UDP, tcp_ ? TCP_CORK : UDP_CORK,
			   static_cast<int>(operation.value));
		break;
	case Kind::queue_errors:
		errors_queued_ = true;
		set_option(operation, seen, transport_.error_level, transport_.error_type,
			   static_cast<int>(operation.value));
		break;
	case Kind::connect:
	case Kind::disconnect:
		reconnect(operation, seen);
		break;
	case Kind::shutdown: {
		constexpr std::array ways = {SHUT_WR, SHUT_RD, SHUT_RDWR};

		of_both(operation, seen, [&](const Pair &pair) {
			return Returned::of(::shutdown(pair.sender.get(), ways[operation.value]));
		});
		break;
	}
	case Kind::window:
		seen.done = peer_ != nullptr;
		if (peer_) {
			peer_->set_window(operation.value);
			peer_->acknowledge(acknowledged_);
		}
		break;
	case Kind::end_receiver:
		seen.done = both.flagged.receiver || (plays(both.flagged) && peer_);
		if (plays(both.flagged) && peer_) {
			peer_->reset();
			peer_.reset();
		}
		for (Pair *pair : {&both.flagged, &both.twin}) {
			if (operation.value)
				close_by_reset(pair->receiver);
			pair->receiver.close();
		}
		break;
	case Kind::reply:
		seen.done = both.connected && both.flagged.receiver && !both.repair;
		if (seen.done)
			reply(operation, seen);
		break;
	case Kind::option_memory:
	case Kind::locked_memory:
	case Kind::user:
		limit(operation, seen);
		break;
	case Kind::device_mtu:
	case Kind::drop:
	case Kind::checksums:
		if (bound_)
			become(0);
		change_device(operation, seen);
		if (bound_)
			become(Workshop::user(user_));
		break;
	case Kind::repair: {
		/* Off without a probe: TCP_REPAIR_OFF_NO_WP. */
		const int mode = operation.value ? 1 : -1;

		seen.done = tcp_ && both.connected;
		if (!seen.done)
			break;
		if (bound_)
			become(0);
		set_option(operation, seen, SOL_TCP, TCP_REPAIR, mode);
		if (seen.result.ok() && mode == 1)
			set_option(operation, seen, SOL_TCP, TCP_REPAIR_QUEUE, operation.value == 2 ? 1 : 0);
		if (seen.result.ok())
			both.repair = operation.value;
		if (bound_)
			become(Workshop::user(user_));
		break;
	}
	}
	return seen;
}

void Kernel::set_option(const Operation &operation, Seen &seen, int level, int name, int value)
{
	of_both(operation, seen, [&](const Pair &pair) {
		return Returned::of(::setsockopt(pair.sender.get(), level, name, &value, sizeof(value)));
	});
}

void Kernel::set(const Operation &operation, Seen &seen)
{
	constexpr int stamps = SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_TX_SCHED |
			       SOF_TIMESTAMPING_TX_ACK | SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_OPT_ID |
			       SOF_TIMESTAMPING_OPT_TSONLY;
	const bool ipv6 = transport_.address_family == AF_INET6;

	switch (static_cast<Setting>(operation.value)) {
	case Setting::no_delay:
		seen.done = tcp_;
		if (tcp_)
			set_option(operation, seen, SOL_TCP, TCP_NODELAY, 1);
		break;
	case Setting::small_buffer:
	case Setting::large_buffer:
		set_option(operation, seen, SOL_SOCKET, SO_SNDBUF,
			   static_cast<Setting>(operation.value) == Setting::small_buffer ? 4608 : 1000000);
		break;
	case Setting::short_segments:
		seen.done = tcp_;
		if (tcp_)
			set_option(operation, seen, SOL_TCP, TCP_MAXSEG, 600);
		break;
	case Setting::never_fragment:
		static_assert(IPV6_PMTUDISC_DO == IP_PMTUDISC_DO);
		set_option(operation, seen, ipv6 ? SOL_IPV6 : SOL_IP,
			   ipv6 ? IPV6_MTU_DISCOVER : IP_MTU_DISCOVER, IP_PMTUDISC_DO);
		break;
	case Setting::no_checksum:
		seen.done = !tcp_;
		if (!tcp_)
			set_option(operation, seen, ipv6 ? SOL_UDP : SOL_SOCKET,
				   ipv6 ? UDP_NO_CHECK6_TX : SO_NO_CHECK, 1);
		break;
	case Setting::stamps:
		errors_queued_ = true;
		set_option(operation, seen, SOL_SOCKET, SO_TIMESTAMPING, stamps);
		break;
	case Setting::segments:
		seen.done = !tcp_;
		if (tcp_)
			break;
		sockets_[operation.socket].segments = true;
		set_option(operation, seen, SOL_UDP, UDP_SEGMENT, segment_setting);
		break;
	}
}

void Kernel::send(const Operation &operation, Seen &seen)
{
	Both &both = sockets_[operation.socket];
	const auto vectors = vectors_of(operation);
	const int flags = message_flags(operation);

	const auto call = [&](const Pair &pair, int with, std::vector<std::size_t> *lengths) {
		transport::Outgoing message;

		for (const Vector &vector : vectors)
			message.add(
				{(vector.readable ? workshop_.slot(operation.slot).data() + vector.position
						  : workshop_.unreadable().data()),
				 vector.length});
		if (operation.segment && !stream())
			message.in_segments_of(static_cast<std::uint16_t>(operation.segment));
		if (operation.form == Form::sendto && !stream())
			message.to(pair.address);
		const msghdr header = message.header();
		const int socket = pair.sender.get();
		if (operation.form == Form::sendmmsg) {
			std::array<mmsghdr, messages_of_many> messages = {};

			for (mmsghdr &each : messages)
				each.msg_hdr = header;
			const auto result =
				Returned::of(::sendmmsg(socket, messages.data(), messages.size(), with));
			for (int i = 0; lengths && i < result.returned; i++)
				lengths->push_back(messages[i].msg_len);
			return result;
		}
		if (operation.form == Form::send && header.msg_iovlen <= 1 && !header.msg_controllen) {
			const iovec one = header.msg_iovlen ? header.msg_iov[0] : iovec{};

			return Returned::of(::send(socket, one.iov_base, one.iov_len, with));
		}
		return Returned::of(::sendmsg(socket, &header, with));
	};

	both.waits |= (operation.flags & more) != 0;
	seen.before = memory_of(both.flagged.sender.get());
	seen.result = call(both.flagged, flags, &seen.lengths);
	seen.after = memory_of(both.flagged.sender.get());
	seen.twin = call(both.twin, flags & ~MSG_ZEROCOPY, nullptr);
}

/* Threads that begin at once, while this one reads the error queue. */
void Kernel::race(const Operation &operation, Seen &seen)
{
	Both &both = sockets_[operation.socket];
	const int socket = both.flagged.sender.get();
	const int flags = message_flags(operation);
	std::atomic<std::uint64_t> clock = 0;
	std::atomic<unsigned> running = operation.value + 1;
	std::barrier together(operation.value + 1);
	std::vector<std::thread> threads;

	/* Memory of which the last page cannot be read. A stream would take what is ahead of that; a datagram
	 * fails after it has got its id, and the more is ahead the later. */
	const std::size_t page = limits::page_size(), ahead = tcp_ ? 0 : 14 * page;
	transport::Outgoing unreadable;
	unreadable.add({workshop_.slot(operation.slot).data(), ahead})
		.add({workshop_.unreadable().data(), page});
	const msghdr bad = unreadable.header();

	/* The other thread's failures are to be those of its memory, and all others none. */
	seen.done = both.connected && both.flagged.receiver && !both.repair && !both.waits &&
		    !both.segments && !dropping_ && !knowledge_.locked_pages && !option_memory_;
	if (!seen.done)
		return;
	seen.raced.resize((operation.value + 1) * std::size_t{calls_in_race});
	for (unsigned i = 0; i <= operation.value; i++)
		threads.emplace_back([&, i] {
			together.arrive_and_wait();
			for (unsigned n = 0; n < calls_in_race; n++) {
				Raced &call = seen.raced[std::size_t{i} * calls_in_race + n];

				call.readable = i < operation.value;
				call.time.begin = ++clock;
				call.result = Returned::of(
					call.readable ? ::send(socket, workshop_.slot(operation.slot).data(),
							       operation.length, flags)
						      : ::sendmsg(socket, &bad, flags));
				call.time.end = ++clock;
			}
			running--;
		});
	for (; running; std::this_thread::yield())
		for (errqueue::Message &message : errqueue::receive_queued(socket)) {
			seen.messages.push_back(std::move(message));
			seen.read_at.push_back(++clock);
		}
	for (std::thread &thread : threads)
		thread.join();
	for (const Raced &call : seen.raced) {
		seen.result.returned += std::max<ssize_t>(call.result.returned, 0);
		if (call.result.ok())
			seen.twin.returned += std::max<ssize_t>(
				::send(both.twin.sender.get(), workshop_.slot(operation.slot).data(),
				       operation.length, flags & ~MSG_ZEROCOPY),
				0);
	}
	seen.after = memory_of(socket);
}

void Kernel::drain(const Operation &operation, Seen &seen)
{
	Both &both = sockets_[operation.socket];
	const int socket = both.flagged.sender.get();
	/* A header of a control message, and no room behind it. */
	constexpr std::size_t short_control = CMSG_LEN(0);

	switch (operation.form) {
	case Form::send:
		seen.messages = errqueue::receive_queued(socket);
		break;
	case Form::sendmsg:
		seen.messages = errqueue::receive_many(socket, messages_of_many);
		break;
	case Form::sendto:
	case Form::sendmmsg:
		if (auto one = errqueue::receive(
			    socket, operation.form == Form::sendto ? errqueue::ample_control : short_control))
			seen.messages.push_back(std::move(*one));
		break;
	}
	if (errors_queued_)
		errqueue::receive_queued(both.twin.sender.get());
	seen.after = memory_of(socket);
}

void Kernel::receive(const Operation &operation, Seen &seen)
{
	static os::Data buffer(1 << 20);
	Both &both = sockets_[operation.socket];
	const bool played = plays(both.flagged);
	const std::size_t most =
		operation.value && !played ? operation.value : std::numeric_limits<std::size_t>::max();
	std::size_t taken = 0;

	seen.done = both.flagged.receiver || (played && peer_);
	if (!seen.done)
		return;
	if (played)
		receive_at_peer(operation.value, seen);
	while (taken < most && !played) {
		const ssize_t length = ::recv(
			both.flagged.receiver.get(), buffer.data(),
			stream() ? std::min(most - taken, buffer.size()) : buffer.size(), MSG_DONTWAIT);

		if (length < 0 || (stream() && length == 0))
			break;
		seen.data.emplace_back(buffer.begin(), buffer.begin() + length);
		taken += stream() ? static_cast<std::size_t>(length) : 1;
	}
	/* TCP drops them, where the twin's are of no interest. */
	for (std::size_t left = stream() ? most : taken; left;) {
		const ssize_t length = ::recv(both.twin.receiver.get(), buffer.data(),
					      vsock_ ? std::min(left, buffer.size())
					      : tcp_ ? std::min(left, std::size_t{1} << 30)
						     : 1,
					      MSG_DONTWAIT | MSG_TRUNC);

		if (length < 0 || (stream() && length == 0))
			break;
		left -= stream() ? static_cast<std::size_t>(length) : 1;
	}
}

/* So many, of which none is acknowledged; 0: all that come, and all are. */
void Kernel::receive_at_peer(unsigned packets, Seen &seen)
{
	if (packets == 0) {
		peer_->acknowledge();
		while (peer_->serve())
			;
		acknowledged_ = peer_->received();
	}
	while (packets && peer_->keep())
		packets--;
	const os::Bytes fresh = peer_->hand_over();
	if (!fresh.empty())
		seen.data.emplace_back(fresh.begin(), fresh.end());
}

void Kernel::reply(const Operation &operation, Seen &seen)
{
	const Both &both = sockets_[operation.socket];
	const auto looks = [&](const Pair &pair) {
		if (&pair == &both.twin) {
			seen.twin_events = errqueue::poll_now(pair.sender.get(), asked_for);
			return;
		}
		seen.events = errqueue::poll_now(pair.sender.get(), asked_for);
		if (operation.form == Form::sendmsg)
			seen.messages = errqueue::receive_queued(pair.sender.get());
		seen.after = memory_of(pair.sender.get());
	};

	of_both(operation, seen, [&](const Pair &pair) { return reply(pair, operation.value, looks); });
}

template <typename Look> Returned Kernel::reply(const Pair &pair, std::size_t length, const Look &looks) const
{
	const os::Data bytes(length);
	os::Data room(length);
	const os::Address to = os::local_address(pair.sender.get());
	const auto sent = Returned::of(::sendto(pair.receiver.get(), bytes.data(), bytes.size(), plainly,
						stream() ? nullptr : to.get(), stream() ? 0 : to.length));

	if (!sent.ok())
		return sent;
	const os::Deadline deadline;
	if (os::await_readable(pair.sender.get(), deadline))
		looks(pair);
	ssize_t taken = 0;
	while (taken < sent.returned) {
		os::await_readable(pair.sender.get(), deadline);
		const auto part =
			Returned::of(::recv(pair.sender.get(), &room[static_cast<std::size_t>(taken)],
					    length - static_cast<std::size_t>(taken), MSG_DONTWAIT));
		if (part.returned <= 0)
			return taken ? Returned{taken, 0} : part;
		taken += part.returned;
	}
	return {taken, 0};
}

void Kernel::reconnect(const Operation &operation, Seen &seen)
{
	Both &both = sockets_[operation.socket];
	const bool connects = operation.kind == Kind::connect;

	seen.done = !both.repair && (!stream() || connects != both.connected) && (!vsock_ || connects);
	if (!seen.done)
		return;
	of_both(operation, seen, [&](Pair &pair) {
		sockaddr nobody = {};

		nobody.sa_family = AF_UNSPEC;
		if (!connects)
			return Returned::of(::connect(pair.sender.get(), &nobody, sizeof(nobody)));
		if (plays(pair)) {
			connect(pair);
			return Returned{};
		}
		const auto result =
			Returned::of(::connect(pair.sender.get(), pair.address.get(), pair.address.length));
		if (stream() && result.ok()) {
			close_by_reset(pair.receiver);
			pair.receiver = os::accept(listener_.get());
		}
		return result;
	});
	if (seen.result.ok())
		both.connected = connects;
	if (tcp_ && !connects)
		for (Pair *pair : {&both.flagged, &both.twin}) {
			pair->receiver.close();
			if (plays(*pair))
				peer_.reset();
		}
}

void Kernel::limit(const Operation &operation, Seen &seen)
{
	if (operation.kind == Kind::user) {
		seen.done = bound_;
		if (bound_) {
			user_ ^= 1;
			become(0);
			become(Workshop::user(user_));
		}
		return;
	}
	if (operation.kind == Kind::locked_memory) {
		const rlim_t bytes = operation.value * limits::page_size();

		/* Of no matter to root, unless it is bound. */
		seen.done = bytes <= limits::memlock_hard();
		if (seen.done) {
			locked_memory_.reset();
			locked_memory_.emplace(bytes);
		}
		return;
	}
	seen.done = limits::optmem_max().has_value();
	if (!seen.done)
		return;
	if (bound_)
		become(0);
	option_memory_.reset();
	option_memory_.emplace(operation.value * knowledge_.structure);
	if (bound_)
		become(Workshop::user(user_));
}

void Kernel::change_device(const Operation &operation, Seen &seen)
{
	const char *device = place_.network().device();

	/* The peer's segments are as it offered them. */
	seen.done = !scripted_;
	if (scripted_)
		return;
	if (operation.kind == Kind::device_mtu) {
		const unsigned usual = place_.network().path().mtu();

		seen.done = operation.value <= usual;
		if (seen.done) {
			mtu_ = usual;
			set_mtu(device, operation.value);
		}
	} else if (operation.kind == Kind::checksums) {
		/* That of loopback is fixed. */
		seen.done = place_.network().path().built();
		if (!seen.done)
			return;
		checksums_off_ = operation.value;
		netns::set_offload(device, netns::Offload::tx_checksum, !checksums_off_);
	} else {
		/* A stream would send again what was dropped, and take its time. */
		seen.done = !tcp_ && dropping_ != (operation.value != 0);
		if (!seen.done)
			return;
		dropping_ = operation.value;
		netns::tc_batch(std::string("qdisc ") + (dropping_ ? "add" : "del") + " dev " + device +
				" root" + (dropping_ ? " pfifo limit 0\n" : "\n"));
	}
}

std::vector<Operation> Kernel::releases() const
{
	std::vector<Operation> all;

	if (dropping_)
		all.push_back({.kind = Kind::drop});
	if (peer_)
		all.push_back({.kind = Kind::window, .value = 1 << 20});
	for (unsigned i = 0; i < sockets; i++) {
		if (sockets_[i].repair)
			all.push_back({.kind = Kind::repair, .socket = i});
		all.push_back({.kind = Kind::cork, .socket = i});
	}
	return all;
}

void Kernel::hurry(unsigned socket)
{
	const int on = 1;

	if (tcp_)
		::setsockopt(sockets_[socket].flagged.sender.get(), SOL_TCP, TCP_NODELAY, &on, sizeof(on));
}

bool Kernel::wait(unsigned socket, const os::Deadline &deadline) const
{
	const Pair &pair = sockets_[socket].flagged;
	std::array<pollfd, 2> both = {pollfd{pair.sender.get(), 0, 0},
				      pollfd{pair.receiver ? pair.receiver.get()
					     : plays(pair) ? place_.network().tun()
							   : -1,
					     POLLIN, 0}};

	if (deadline.passed())
		return false;
	os::check(::poll(both.data(), both.size(), std::min(deadline.left_ms(), 100)), "poll()");
	/* An error or the end of a stream is there to stay. */
	if ((both[0].revents & ~POLLERR) || (both[1].revents & POLLHUP))
		::poll(nullptr, 0, 1);
	return true;
}

bool Kernel::wait_for_entry(unsigned socket, const os::Deadline &deadline) const
{
	return errqueue::wait(sockets_[socket].flagged.sender.get(), deadline);
}

Memory Kernel::memory(unsigned socket) const
{
	return memory_of(sockets_[socket].flagged.sender.get());
}

} // namespace explore
