/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "errqueue/notification.h"
#include "explore/history.h"
#include "explore/program.h"
#include "os/bytes.h"
#include "os/result.h"

namespace explore
{

/* SO_MEMINFO of a sender, in bytes. */
struct Memory {
	unsigned option = 0;	  /* notification structures: SK_MEMINFO_OPTMEM */
	unsigned queued = 0;	  /* of a stream: SK_MEMINFO_WMEM_QUEUED */
	unsigned allocated = 0;	  /* packets that are not freed: SK_MEMINFO_WMEM_ALLOC */
	unsigned send_buffer = 0; /* SK_MEMINFO_SNDBUF */
	int forward = 0;	  /* SK_MEMINFO_FWD_ALLOC */
};

/* A call of Kind::race. */
struct Raced {
	os::Returned result;
	bool readable = true; /* what it sends */
	Timed time;
};

/* What a kernel answered to an operation. The twin is a socket that does the same without
 * MSG_ZEROCOPY, towards a receiver of its own. */
struct Seen {
	bool done = true; /* false: this machine cannot, or it would make no sense in this state */
	os::Returned result;
	os::Returned twin;
	std::vector<std::size_t> lengths; /* of the messages that sendmmsg() sent */
	Memory before;
	Memory after;
	std::vector<errqueue::Message> messages; /* of the error queue */
	std::vector<Raced> raced;
	std::vector<std::uint64_t>
		read_at;	    /* when each of the messages had been read, by the clock of `raced` */
	std::vector<os::Data> data; /* of a stream one element; else one a datagram */
	short events = 0;
	short twin_events = 0;
};

/* What the model knows of the machine beside the document. */
struct Knowledge {
	std::set<std::string> deviations; /* catalogued ones, by id, that this kernel is known to have */
	int error_level = 0;		  /* of the control message with a notification */
	int error_type = 0;
	std::size_t headers = 28;		   /* of IP and UDP, in bytes */
	std::size_t largest_datagram = 0;	   /* in bytes */
	unsigned mtu = 65536;			   /* of the sender's device */
	unsigned most_segments = 64;		   /* of a UDP_SEGMENT message */
	unsigned structure = 0;			   /* option memory of a notification structure, in bytes */
	unsigned option_memory = 0;		   /* net.core.optmem_max, in bytes */
	std::optional<std::uint64_t> locked_pages; /* RLIMIT_MEMLOCK, where it binds the user */
	bool probes_mtu = false;		   /* tcp_mtu_probing */
	bool scripted = false; /* the first socket's peer, which keeps acknowledgments back */
};

/* The kernel did what the document does not permit. */
struct Disagreement {
	std::string requirement; /* the row of the catalogue that says so, ZC-CT-04 */
	std::string what;
	std::string expected;
	std::string seen;
	bool timed = false; /* something did not come in time */

	bool operator==(const Disagreement &) const = default;
};

/* The bytes of a slot of memory when it has been stored to so many times. */
const os::Data &bytes_of(unsigned slot, unsigned generation);

/*
 * The document, as a judge of what a kernel answered: it is told each operation with what came of
 * it, and says where that contradicts Documentation/networking/msg_zerocopy.rst, or a catalogued
 * deviation that the kernel is known for. Pure.
 *
 * What the document leaves open is open here: when a notification comes, how ids are put together in
 * ranges, how much of a stream's send a full buffer takes. What it takes from the interface of
 * sockets, such as the errno of a send without a destination, is that of the twin, as the flag is "a
 * hint to the kernel".
 */
class Model {
public:
	Model(const Program &program, Knowledge knowledge);

	std::optional<Disagreement> judge(const Operation &operation, const Seen &seen);
	/* Nothing more came within the time of an event, and the receiver did not read. */
	std::optional<Disagreement> judge_unread(unsigned socket) const;
	/* Everything was released and read, and nothing more came within the time of an event. */
	std::optional<Disagreement> judge_end(unsigned socket, const Memory &memory) const;

	/* What is still due without anything but time, and the receiver where it is read. */
	bool completions_due(unsigned socket) const { return outstanding(socket) > sockets_[socket].lost; }
	bool data_due(unsigned socket) const;
	/* Completions that are due although the receiver does not read. */
	bool completes_unread(unsigned socket) const;
	/* Its data goes nowhere any more: completions are due when it is disconnected. */
	bool severed(unsigned socket) const { return sockets_[socket].severed; }
	std::string describe(unsigned socket) const;

private:
	/* A part of what was sent: bytes of a slot, by the call of that index. */
	struct Stretch {
		unsigned slot;
		std::size_t position;
		std::size_t length;
		std::size_t call;
	};
	struct Call {
		bool shared;	     /* flagged and counted: its pages may be referred to */
		unsigned slot;	     /* of its memory */
		unsigned generation; /* of the slot when it was called */
		std::size_t due;     /* bytes that have not arrived yet */
		bool arrives;	     /* false: they may never */
		unsigned user;
		std::uint64_t pages; /* charged to the user, while it is outstanding */
		bool raced = false;  /* with others: which of them an id is of is not known */
		bool unread = false; /* a deviation has it complete when it is read */
		bool acknowledged = true;
		std::optional<unsigned> completed = {}; /* generation of the slot when that was read */
	};
	struct Id {
		std::size_t call;
		bool reported = false;
	};
	struct Entry {
		errqueue::IdRange ids;
		bool copied;
	};
	struct Datagram {
		std::vector<Stretch> stretches;
		bool arrives = true;
		std::size_t length() const;
	};
	struct Socket {
		bool option = false;
		bool connected = false;
		bool receiver = true; /* is there one? */
		bool corked = false;
		bool holds = false;	/* TCP waits for more to send */
		bool shut = false;	/* for sending */
		bool deaf = false;	/* shut for receiving: a read does not wait for what comes */
		bool errors = false;	/* are queued: IP_RECVERR */
		bool stamps = false;	/* are queued, too */
		bool unchecked = false; /* UDP without checksums */
		unsigned segment = 0;	/* UDP_SEGMENT of the socket, in bytes */
		bool diverged = false;	/* the twin's state is another since a call that only it could do */
		bool severed = false;
		bool ready = false; /* poll(2) showed a notification that nobody has read since */
		unsigned repair = 0;
		unsigned lost = 0;	/* entries that nobody will read, or may not */
		unsigned truncated = 0; /* notifications among them that a reader had no room for */
		long charged = 0;	/* whole pages of the flagged pieces of all calls, in bytes */
		unsigned aborted = 0;	/* calls in races that may have disturbed an id, by a deviation */
		std::vector<Call> calls;
		std::vector<Id> ids;
		std::vector<Entry> entries;
		std::deque<Stretch> stream;
		std::deque<Datagram> datagrams;
		std::vector<Stretch> pending; /* of a datagram that is not complete */
		bool has_pending = false;
		unsigned pending_segment = 0;
		unsigned pending_mtu = 0;
		std::size_t pending_since = 0; /* its first call */
		std::size_t pending_fragments = 0;
	};

	static constexpr std::size_t ipv4_headers = 28; /* with that of UDP */

	bool stream() const { return tcp_ || vsock_; }
	static bool mixed(const Socket &socket) { return socket.errors || socket.stamps; }
	bool scripted(const Socket &socket) const
	{
		return knowledge_.scripted && &socket == sockets_.data();
	}
	bool knows(const char *deviation) const { return knowledge_.deviations.contains(deviation); }
	std::uint64_t outstanding(unsigned socket) const;
	std::uint64_t possibly_locked(bool of_any_user) const;

	std::optional<Disagreement> judge_send(Operation send, const Seen &seen);
	std::optional<Disagreement> judge_message(const Operation &send, os::Returned result,
						  os::Returned twin, const Seen &seen);
	std::optional<Disagreement> judge_limits(const Socket &socket, const Operation &send,
						 os::Returned result, os::Returned twin, const Seen &seen);
	std::optional<Disagreement> judge_result(Socket &socket, const Operation &send, os::Returned result,
						 os::Returned twin, const Seen &seen);
	std::optional<Disagreement> judge_memory(const Socket &socket, const Operation &send,
						 os::Returned result, const Seen &seen) const;
	bool takes_structure(const Socket &socket, const Operation &send) const;
	bool counts(const Socket &socket, const Operation &send, os::Returned result) const;
	bool fails_late(const Socket &socket, const Operation &send) const;
	static bool unsendable(const Operation &send);
	static bool beyond_credit(const Socket &socket, std::size_t length);
	bool near_limits(const Operation &send, const Seen &seen) const;
	bool refused(const Operation &send, os::Returned result, const Seen &seen) const;
	std::size_t fragments_after(const Socket &socket, const Operation &send) const;
	bool too_many_pieces(const Socket &socket, const Operation &send) const;
	void enter(Socket &socket, const Operation &send, os::Returned result, const Seen &seen);
	void push(Socket &socket);
	static void forget(Socket &socket);

	std::optional<Disagreement> judge_race(const Operation &race, const Seen &seen);
	std::optional<Disagreement> judge_drain(const Operation &drain, const Seen &seen);
	std::optional<Disagreement> judge_entry(Socket &socket, const errqueue::Message &message,
						const errqueue::Notification &entry);
	std::optional<Disagreement> judge_codes(const Socket &socket) const;
	std::optional<Disagreement> judge_data(Socket &socket, const Seen &seen);
	std::optional<Disagreement> judge_bytes(Socket &socket, const Stretch &stretch, os::Bytes data);
	std::optional<Disagreement> judge_poll(const Operation &poll, const Seen &seen);
	std::optional<Disagreement> judge_ready(const Operation &look, const Seen &seen);
	std::optional<Disagreement> judge_read(const Operation &drain, const Seen &seen);

	bool tcp_;
	bool vsock_;
	bool changes_users_ = false;
	unsigned user_ = 0;
	bool dropping_ = false;
	bool copies_ = false; /* the device computes no checksums: UDP copies in the call */
	bool unsure_ = false; /* which of two things happened cannot be known */
	Knowledge knowledge_;
	std::array<unsigned, slots> generations_ = {};
	std::array<Socket, sockets> sockets_;
};

} // namespace explore
