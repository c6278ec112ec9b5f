/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/* Programs of socket operations, as data. Pure. */
namespace explore
{

/* What an operation does. The simplest stand first: generated programs shrink towards them. */
enum class Kind : unsigned {
	send,	       /* one message, or several where `form` is sendmmsg */
	drain,	       /* read the error queue of the sender, in the way of `form` */
	receive,       /* read at the receiver: `value` bytes of a stream, `value` datagrams; 0: all. The
			* scripted peer acknowledges what it reads where all is read, and else reads `value` packets
			*/
	await,	       /* the notifications that are due before the receiver reads */
	store,	       /* write other bytes over `slot` of the memory that is sent from */
	option,	       /* SO_ZEROCOPY of the sender: `value` */
	poll,	       /* what is the sender ready for? */
	cork,	       /* TCP_CORK or UDP_CORK of the sender: `value` */
	queue_errors,  /* IP_RECVERR or IPV6_RECVERR of the sender: `value` */
	connect,       /* the sender, to its receiver: a new one where it is TCP */
	disconnect,    /* connect(AF_UNSPEC) of the sender */
	shutdown,      /* the sender, as `value` says: SHUT_WR, SHUT_RD, SHUT_RDWR */
	end_receiver,  /* close the receiver; TCP: by RST where `value` is 1 */
	reply,	       /* the receiver sends `value` bytes to the sender, which polls and reads them;
			* its error queue ahead of them where `form` is sendmsg */
	option_memory, /* net.core.optmem_max: `value` notification structures */
	locked_memory, /* RLIMIT_MEMLOCK: `value` pages */
	user,	       /* become the other of two users whom that limit binds */
	device_mtu,    /* of the sender's device: `value` */
	drop,	       /* the sender's device drops what it is given: `value` */
	repair,	       /* TCP_REPAIR: 0 off, 1 on, 2 on and the receive queue selected */
	checksums,     /* the sender's device computes them: `value`; 0 as ever, 1 not */
	splice,	       /* sendfile() of `length` bytes from a file that is as the slot was at first */
	setting,       /* an option of the sender and its twin: settings[value] */
	window,	       /* the scripted peer's, of the first socket: `value` bytes */
	race, /* `value` threads send `length` bytes at once, several times each; those of another one fail */
};
inline constexpr std::size_t kinds = static_cast<std::size_t>(Kind::race) + 1;

/* Options that do not matter to the document, but to the way that packets are built. */
enum class Setting : unsigned {
	no_delay,
	small_buffer,
	large_buffer,
	short_segments,
	never_fragment,
	no_checksum,
	stamps,
	segments /* UDP_SEGMENT, of all datagrams that do not say otherwise */
};
inline constexpr unsigned settings = 8;
inline constexpr unsigned segment_setting = 1000; /* bytes */

/* The call that sends, or the one that drains. */
enum class Form : unsigned {
	send,	  /* send(); recvmsg() until the queue is empty */
	sendto,	  /* with the receiver's address; one recvmsg() */
	sendmsg,  /* recvmmsg() of at most three entries */
	sendmmsg, /* three messages; recvmsg() with a control buffer that is too short */
};

/* How the pieces of a message lie in memory. */
enum class Layout : unsigned {
	adjacent, /* one ends where the next begins */
	gapped,	  /* a byte is left out after each */
	paged,	  /* each begins a page */
};

/* Flags beside MSG_DONTWAIT and MSG_NOSIGNAL, which every call has. */
enum Flag : unsigned {
	zerocopy = 1 << 0,
	more = 1 << 1,
	end_of_record = 1 << 2,
	confirm = 1 << 3,
};

struct Operation {
	Kind kind = Kind::send;
	unsigned socket = 0; /* which of the program's */
	Form form = Form::send;
	unsigned flags = 0;  /* Flag */
	unsigned slot = 0;   /* of the memory that is sent from */
	unsigned offset = 0; /* within it, in bytes */
	unsigned length = 0; /* of a message, in bytes */
	unsigned pieces = 1; /* the message is cut into so many vectors */
	Layout layout = Layout::adjacent;
	unsigned bad = 0;     /* the vector of this number, from 1 on, is not readable; 0: all are */
	unsigned segment = 0; /* UDP_SEGMENT, as a control message; 0: none */
	unsigned value = 0;   /* what the kind says */

	bool operator==(const Operation &) const = default;
};

inline constexpr unsigned sockets = 2;
inline constexpr unsigned slots = 3;
inline constexpr std::size_t slot_bytes = 320 << 10;
inline constexpr unsigned most_in_race = 2;	/* threads whose calls succeed */
inline constexpr unsigned calls_in_race = 8;	/* of each thread */
inline constexpr unsigned messages_of_many = 3; /* of Form::sendmmsg */

/* Of TCP, the path on which the peer of the first socket is played. */
inline constexpr const char *scripted_path = "peer-tun";

struct Program {
	std::string transport = "udp4"; /* transport::Transport::name */
	std::string path = "loopback";
	bool bound = false; /* by a user's RLIMIT_MEMLOCK; else exempt, where root is */
	bool option = true; /* SO_ZEROCOPY is set */
	bool connected = true;
	std::vector<Operation> operations;

	bool tcp() const { return transport.starts_with("tcp"); }
	/* It has no network: the path is of no matter. */
	bool vsock() const { return transport.starts_with("vsock"); }
	bool stream() const { return tcp() || vsock(); }
	/* The peer of the first socket is played, and keeps its acknowledgments back. */
	bool scripted() const { return tcp() && path == scripted_path; }
	bool operator==(const Program &) const = default;
};

/* One vector of a message: where it is in its slot. */
struct Vector {
	std::size_t position;
	std::size_t length;
	bool readable;
};
/* Those of a message; the bytes behind the end of the slot are left out. */
std::vector<Vector> vectors_of(const Operation &send);
/* Bytes of a message, and those ahead of the first vector that cannot be read. */
std::size_t length_of(const std::vector<Vector> &vectors);
std::size_t readable_of(const std::vector<Vector> &vectors);

/* A program as a file of the corpus has it: "zerocopy_explore 1", then a line for the sockets and one
 * for each operation, which name what is not the default: "send flags=zerocopy length=4096". */
std::string text_of(const Program &program);
/* Throws std::invalid_argument, which names the line. */
Program parse_program(std::string_view text);
/* An operation as a system call, for people: "sendmsg(a, 3 vectors of 100 bytes, MSG_ZEROCOPY)". */
std::string call_of(const Operation &operation, bool stream);
std::string_view name_of(Kind kind);

} // namespace explore
