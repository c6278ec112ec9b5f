/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "explore/model.h"
#include "explore/program.h"
#include "limits/limits.h"
#include "netns/network.h"
#include "os/address.h"
#include "os/deadline.h"
#include "os/fd.h"
#include "os/mapping.h"
#include "tcp_peer/peer.h"
#include "transport/transport.h"

/* Programs as the running kernel executes them. What fails outside of an operation throws
 * std::system_error. */
namespace explore
{

/* The transports that programs can name, and one of them. The latter throws std::invalid_argument. */
std::vector<std::string> transport_names();
const transport::Transport &find_transport(const std::string &name);
/* Where the sockets of VSOCK are, whatever path a program names. */
const netns::Path &vsock_path();
/* A path that programs can name: one of the suite's, or a variant of it. */
std::vector<std::string> path_names();

/* A path that is set up, in namespaces of its own. */
class Place {
public:
	explicit Place(const std::string &path);

	const netns::Network &network() const { return network_; }
	/* What is known for a program of that transport here. */
	Knowledge knowledge(const transport::Transport &transport) const;

private:
	netns::Network network_;
	bool probes_mtu_;
	unsigned structure_;
	unsigned most_segments_;
	unsigned option_memory_;
};

/* What a worker has for all of its programs. */
class Workshop {
public:
	Workshop();

	/* Set up on first use. */
	Place &place(const std::string &path);
	/* The memory that is sent from, as a program expects to find it. */
	os::Mapping &slot(unsigned number) { return slots_[number]; }
	/* A file of what it is at first. */
	int file(unsigned number) const { return files_[number].get(); }
	void store(unsigned slot);
	void restore_slots();
	const os::Mapping &unreadable() const { return unreadable_; }
	/* Of two users whom RLIMIT_MEMLOCK binds and to whom nothing is charged yet. */
	static unsigned user(unsigned which);

private:
	std::map<std::string, std::unique_ptr<Place>> places_;
	std::vector<os::Mapping> slots_;
	std::vector<os::Fd> files_;
	std::array<unsigned, slots> generations_ = {};
	os::Mapping unreadable_;
};

/* The sockets of a program, each with its twin. */
class Kernel {
public:
	Kernel(const Program &program, Workshop &workshop);
	~Kernel();
	Kernel(const Kernel &) = delete;
	Kernel &operator=(const Kernel &) = delete;

	/* With the limit of locked pages that this program begins with. */
	const Knowledge &knowledge() const { return knowledge_; }
	Seen run(const Operation &operation);
	/* Nothing that this program set holds data back any more: the operations for that. */
	std::vector<Operation> releases() const;
	/* Have TCP send what it waits with. */
	void hurry(unsigned socket);
	/* Until there is something to read, or an error. False when the deadline has passed. */
	bool wait(unsigned socket, const os::Deadline &deadline) const;
	/* The same for a notification alone. */
	bool wait_for_entry(unsigned socket, const os::Deadline &deadline) const;
	Memory memory(unsigned socket) const;

private:
	struct Pair {
		os::Fd sender;
		os::Fd receiver;
		os::Address address; /* of the receiver */
	};
	struct Both {
		Pair flagged;
		Pair twin;
		bool connected = false;
		unsigned repair = 0;
		bool waits = false; /* for more to send, or may */
		bool segments = false;
	};

	bool stream() const { return tcp_ || vsock_; }
	bool plays(const Pair &pair) const { return scripted_ && &pair == &sockets_[0].flagged; }
	void open(Pair &pair) const;
	os::Address listens_at() const;
	void open_receiver(Pair &pair) const;
	void connect(Pair &pair);
	template <typename Call> void of_both(const Operation &operation, Seen &seen, const Call &call);
	void set(const Operation &operation, Seen &seen);
	void send(const Operation &operation, Seen &seen);
	void race(const Operation &operation, Seen &seen);
	void drain(const Operation &operation, Seen &seen);
	void receive(const Operation &operation, Seen &seen);
	void receive_at_peer(unsigned packets, Seen &seen);
	void reply(const Operation &operation, Seen &seen);
	template <typename Look>
	os::Returned reply(const Pair &pair, std::size_t length, const Look &looks) const;
	void set_option(const Operation &operation, Seen &seen, int level, int name, int value);
	void reconnect(const Operation &operation, Seen &seen);
	void limit(const Operation &operation, Seen &seen);
	void change_device(const Operation &operation, Seen &seen);
	void become(unsigned user) const;

	bool tcp_;
	bool vsock_;
	bool bound_;
	bool scripted_;
	unsigned user_ = 0;
	bool errors_queued_ = false;
	bool dropping_ = false;
	std::optional<unsigned> mtu_;
	bool checksums_off_ = false;
	Workshop &workshop_;
	const Place &place_;
	const transport::Transport &transport_;
	Knowledge knowledge_;
	std::optional<limits::ScopedOptmemMax> option_memory_;
	std::optional<limits::ScopedMemlock> locked_memory_;
	os::Fd listener_; /* of TCP */
	os::Address listening_;
	std::unique_ptr<tcp_peer::Peer> peer_; /* of the first socket, where it is scripted */
	std::uint32_t acknowledged_ = 0;       /* bytes, by that peer */
	std::array<Both, sockets> sockets_;
};

} // namespace explore
