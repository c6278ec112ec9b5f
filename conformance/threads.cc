// SPDX-License-Identifier: GPL-2.0
/* The chapter 'Notifications' of msg_zerocopy.rst, for a socket that two threads
 * send on at a time. */
#include <sched.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "conformance/chapter.h"

namespace
{

constexpr unsigned calls_of_a_thread = 100;

/* Each call repeats one byte, which tells the thread and, as long as the calls of a
 * thread are in order, the call. */
constexpr std::uint8_t mark(unsigned thread, unsigned call)
{
	return static_cast<std::uint8_t>(thread << 7 | (call & 0x7f));
}

/* The bytes of all calls, which never change. */
class Marked {
public:
	Marked() : payload_(256 * most)
	{
		for (std::size_t mark = 0; mark < 256; mark++)
			std::memset(payload_.data() + mark * most, static_cast<int>(mark), most);
	}
	Bytes bytes(unsigned thread, unsigned call) const
	{
		return payload_.from(mark(thread, call) * most, 1 + call * 37 % most);
	}

private:
	static constexpr std::size_t most = 1400;
	Payload payload_;
};

/* Shared by the threads. */
struct Progress {
	std::atomic<unsigned> started = 0;  /* calls, each counted once however often it is tried */
	std::atomic<unsigned> received = 0; /* reads of data */
	std::atomic<unsigned> refused = 0;  /* tries that failed for lack of room */
	std::atomic<unsigned> done = 0;	    /* threads */
	std::atomic<bool> ended = false;    /* the case is over: give up */
};

/* A thread that makes flagged calls, none of which blocks. */
class Sender {
public:
	struct Habits {
		bool faults;	 /* some calls name unreadable memory */
		unsigned window; /* the most calls under way: too many datagrams would be lost */
	};

	Sender(int socket, unsigned number, const Marked &marked, Progress &progress, Habits habits)
		: socket_(socket), number_(number), marked_(marked), progress_(progress), habits_(habits),
		  thread_([this] {
			  for (unsigned call = 0; call < calls_of_a_thread && error_ == 0; call++)
				  make(call);
			  progress_.done++;
		  })
	{
	}
	~Sender() { join(); }
	Sender(const Sender &) = delete;
	Sender &operator=(const Sender &) = delete;

	void join()
	{
		if (thread_.joinable())
			thread_.join();
	}
	/* After join(): */
	int error() const { return error_; }
	unsigned faults() const { return faults_; }
	/* The bytes of each call that succeeded, in order. */
	const std::vector<Bytes> &sent() const { return sent_; }

private:
	Returned send(Bytes bytes) const
	{
		return send_raw(socket_, bytes, MSG_ZEROCOPY | MSG_DONTWAIT | MSG_NOSIGNAL);
	}
	void await_window()
	{
		const unsigned place = progress_.started++;

		while (place >= progress_.received + habits_.window && !progress_.ended)
			::sched_yield();
	}
	/* One call, tried until it succeeds. */
	void make(unsigned call)
	{
		const Bytes bytes = marked_.bytes(number_, call);

		if (habits_.faults && call % 4 == 1)
			faults_ += send(unreadable()).error == EFAULT;
		await_window();
		while (!progress_.ended) {
			const Returned sent = send(bytes);

			if (sent.ok()) {
				sent_.push_back(bytes.first(sent.returned));
				return;
			}
			if (sent.error != EAGAIN && sent.error != ENOBUFS) {
				error_ = sent.error;
				return;
			}
			progress_.refused++;
			::sched_yield();
		}
	}

	int socket_;
	unsigned number_;
	const Marked &marked_;
	Progress &progress_;
	Habits habits_;
	int error_ = 0;
	unsigned faults_ = 0;
	std::vector<Bytes> sent_;
	std::thread thread_; /* the last member: it uses the others */
};

/* Two threads that send on one socket, and this one, which reads at both ends. */
class TwoSenders {
public:
	TwoSenders(Link &link, Sender::Habits habits)
		: link_(link), first_(link.sender(), 0, marked_, progress_, habits),
		  second_(link.sender(), 1, marked_, progress_, habits)
	{
	}
	~TwoSenders() { progress_.ended = true; }
	TwoSenders(const TwoSenders &) = delete;
	TwoSenders &operator=(const TwoSenders &) = delete;

	unsigned refused() const { return progress_.refused; }
	/* Wait until all calls were made: sent() and faults() are complete then. */
	void join(At at)
	{
		at->that("threads that send", read_until([this] { return progress_.done == 2; }), "done",
			 "not done");
		for (Sender *sender : {&first_, &second_}) {
			sender->join();
			at->equal("errno of a send call", sender->error(), 0, os::error_name);
		}
	}
	/* Each call of the threads, in the order of each. */
	std::array<const std::vector<Bytes> *, 2> sent() const { return {&first_.sent(), &second_.sent()}; }
	unsigned faults() const { return first_.faults() + second_.faults(); }

	/* The data that has arrived, a piece for each read. */
	const std::vector<Data> &pieces() const { return pieces_; }
	/* Read at both ends. False when the deadline passes first. */
	template <typename Condition> bool read_until(Condition condition)
	{
		const os::Deadline deadline = os::Event::data;

		while (!condition()) {
			if (deadline.passed())
				return false;
			/* Unread, entries that do not merge would fill the option memory. */
			for (Message &message : errqueue::receive_queued(link_.sender()))
				messages_.push_back(std::move(message));
			if (os::await_readable(link_.receiver(), os::Deadline(std::chrono::milliseconds(1))))
				read();
		}
		return true;
	}
	/* Every successful call has an id, and no other id is used. */
	void ids_settle(At at)
	{
		for (const std::vector<Bytes> *calls : sent())
			for (std::size_t i = 0; i < calls->size(); i++)
				link_.ledger().sent();
		link_.enter(messages_);
		at->completions_settle(link_);
	}

private:
	void read()
	{
		Data buffer(1 << 16);
		const ssize_t length = ::recv(link_.receiver(), buffer.data(), buffer.size(), MSG_DONTWAIT);

		if (length <= 0)
			return;
		buffer.resize(length);
		pieces_.push_back(std::move(buffer));
		progress_.received++;
	}

	Link &link_;
	Marked marked_;
	Progress progress_;
	std::vector<Data> pieces_;
	std::vector<Message> messages_;
	Sender first_;
	Sender second_; /* the last members: they use the others */
};

/* The stream consists of the data of the calls, that of each call in one piece and that of
 * each thread in order. */
void calls_are_contiguous(At at, Bytes stream, const TwoSenders &senders)
{
	std::array<std::size_t, 2> next = {};

	for (std::size_t start = 0; start < stream.size();) {
		const unsigned thread = stream[start] >> 7;
		const std::vector<Bytes> &calls = *senders.sent()[thread];
		const std::string where = "byte " + std::to_string(start) + " of the stream";

		at->that(where, next[thread] < calls.size(), "of a call that succeeded", "of another");
		const Bytes call = calls[next[thread]++];
		at->equal("data from " + where + ", sent by the thread's next call",
			  stream.subspan(start, std::min(call.size(), stream.size() - start)), call);
		start += call.size();
	}
}

REQUIREMENT("ZC-CT-20", promised,
	    "On a socket that two threads send on without blocking, each successful flagged call has an id "
	    "of its own, and no other id is used; on TCP also beside calls that fail.",
	    .rests_on = "ZC-TX-02",
	    .code = "net/ipv4/tcp.c:tcp_sendmsg holds the socket's lock, "
		    "net/core/skbuff.c:msg_zerocopy_alloc increments atomically",
	    .kernels = "ZC-CT-09 (TCP, blocking) and ZC-CT-10 (UDP, failing) are the exceptions");
REQUIREMENT("ZC-CT-22", observed,
	    "On a TCP socket that two threads send on without blocking, the data of each flagged call "
	    "arrives in one piece.",
	    .code = "net/ipv4/tcp.c:tcp_sendmsg holds the socket's lock");
CASE(two_threads_on_a_stream_have_ids_and_data_of_their_own, .requirements = {"ZC-CT-20", "ZC-CT-22"},
     .transports = transport::tcp, .paths = netns::simplest)
{
	/* Room for few calls, each of which is charged a page at both ends. With less the window is
	 * smaller than what waits, and the stream goes on by the sender's probe timer only. */
	const int page = static_cast<int>(page_size());
	Link &link = test.connect({.send_buffer = 8 * page, .receive_buffer = 16 * page});
	TwoSenders senders(link, {.faults = true, .window = 2 * calls_of_a_thread});
	std::size_t length = 0;
	Data stream;

	/* Nobody reads until the stream is full, so that some calls fail for lack of room. */
	test.that("calls on a full stream", os::wait_until([&] { return senders.refused() > 0; }),
		  "some refused", "none refused");
	senders.join(test);
	test.that("calls with unreadable data", senders.faults() > 0, "some fail with EFAULT", "none does");
	for (const std::vector<Bytes> *calls : senders.sent())
		for (const Bytes call : *calls)
			length += call.size();
	senders.read_until([&] {
		stream.clear();
		for (const Data &piece : senders.pieces())
			stream.insert(stream.end(), piece.begin(), piece.end());
		return stream.size() >= length;
	});
	test.equal("bytes that arrived", static_cast<long>(stream.size()), static_cast<long>(length));
	{
		const Charging order = test.charging("ZC-CT-22");

		calls_are_contiguous(test, stream, senders);
	}
	senders.ids_settle(test);
}

CASE(two_threads_on_a_datagram_socket_have_ids_of_their_own, .requirements = {"ZC-CT-20"},
     .transports = transport::udp, .paths = netns::simplest)
{
	Link &link = test.connect();
	TwoSenders senders(link, {.faults = false, .window = 4});
	std::size_t calls = 0;

	senders.join(test);
	for (const std::vector<Bytes> *sent : senders.sent())
		for (const Bytes datagram : *sent) {
			link.transcript().append(datagram, false);
			calls++;
		}
	senders.read_until([&] { return senders.pieces().size() == calls; });
	for (const Data &datagram : senders.pieces())
		link.transcript().arrived(datagram);
	senders.ids_settle(test);
}

REQUIREMENT(
	"ZC-RX-70", promised,
	"Notifications are neither lost nor repeated where they are read while two threads send: each "
	"successful call on the socket is reported once.",
	.rests_on = "ZC-IN-01",
	.code = "net/core/skbuff.c:__msg_zerocopy_callback extends or adds an entry under the lock of the "
		"error queue, msg_zerocopy_alloc increments atomically");
REQUIREMENT("ZC-LIM-70", observed,
	    "Sends of two threads at a time leave neither option memory nor locked pages charged, and give "
	    "back no more than they took.",
	    .code = "net/core/skbuff.c:mm_account_pinned_pages (try_cmpxchg), mm_unaccount_pinned_pages; "
		    "net/core/sock.c:sock_omalloc, sock_ofree");
/* Datagrams that complete in the call, of two threads that do not wait for each other: the socket is not
 * locked. */
CASE(notifications_are_read_while_two_threads_send, .requirements = {"ZC-RX-70", "ZC-LIM-70"},
     .transports = transport::udp, .paths = netns::shares | netns::in_call, .without = netns::holds,
     .needs = needs_memlock, .once = true)
{
	constexpr unsigned calls = 100000; /* of each, or as many as a second takes: races are rare */
	Link &link = test.connect();
	const Payload payload(100);
	const rlim_t charge = charge_of(test, payload.size());
	const Charged user(test, link);
	std::atomic<unsigned> sent = 0;
	std::atomic<unsigned> done = 0;
	std::atomic<int> error = 0;
	std::vector<errqueue::IdRange> read;
	const auto enough = std::chrono::steady_clock::now() + std::chrono::seconds(1);
	const auto send = [&](const std::stop_token &stop) {
		/* Entries that do not merge may fill the option memory until they are read. */
		const auto go_on = [&] { return std::chrono::steady_clock::now() < enough; };

		for (unsigned call = 0; call < calls && go_on() && !stop.stop_requested() && !error;) {
			const Returned one = send_raw(link.sender(), payload, MSG_ZEROCOPY | MSG_DONTWAIT);

			call += one.ok();
			sent += one.ok();
			if (!one.ok() && one.error != ENOBUFS && one.error != EAGAIN)
				error = one.error;
		}
		done++;
	};
	{
		const Pages ample(100 * charge);
		const std::jthread first(send), second(send);
		const os::Deadline deadline = os::Event::data;

		while (done < 2 && !deadline.passed())
			for (const Message &message : errqueue::receive_queued(link.sender()))
				for (const Notification &notification : message.notifications)
					read.push_back(notification.ids());
	}
	error_is(test, "errno of a send call", error, 0);
	for (unsigned i = 0; i < sent; i++)
		link.ledger().sent();
	for (const errqueue::IdRange ids : read)
		link.ledger().completed(ids);
	test.completions_settle(link);
	refused_under(test, Pages(charge - 1), link, payload, memlock_is_exact);
	const Pages exactly(charge);
	test.sent(user.send(link, payload), payload.size());
}

} // namespace
