/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "errqueue/ledger.h"
#include "errqueue/notification.h"
#include "os/bytes.h"
#include "os/deadline.h"
#include "os/fd.h"
#include "os/result.h"
#include "transport/link_options.h"
#include "transport/payload.h"
#include "transport/receiver.h"
#include "transport/transcript.h"
#include "transport/transport.h"

namespace transport
{

/* What a send call returned. */
using Sent = os::Returned;
using os::describe;

/*
 * A sender and its receiver over a network. Sockets stay in the namespaces they were
 * opened in. Keeps the books: which ids the calls must have got (ledger) and which
 * bytes must arrive (transcript).
 */
class Link {
public:
	/* Throws std::system_error where a socket cannot be set up. `remote`: the agent,
	 * where the path leads to one; it outlives this. */
	Link(const netns::Network &network, const Transport &transport, const LinkOptions &options = {},
	     agent::Remote *remote = nullptr);
	~Link() { receiver_->abandon(sender()); }
	Link(const Link &) = delete;
	Link &operator=(const Link &) = delete;

	const netns::Path &path() const;
	/* -1 once it was taken. */
	int sender() const { return sender_.get(); }
	/* -1 on paths that deliver to no socket of this process, before accept_receiver(), and once it
	 * was taken. */
	int receiver() const { return receiver_->socket(); }
	/* The receiver where the path is scripted: by hand until release(); from
	 * then on it reads and acknowledges all that comes. */
	tcp_peer::Peer &peer() { return receiver_->peer(); }
	/* The receiver where it is a guest: by hand, on a path that holds, until release();
	 * from then on it takes all that comes. */
	vhost_guest::VsockPeer &guest() { return receiver_->guest(); }
	/* The guest ends, with its device, which loses the packets that it has not taken. */
	void end_guest();
	/* With LinkOptions::connected false: connect the sender to that now. */
	void connect_to_peer(const tcp_peer::Offer &offer = {}) { receiver_->connect(sender(), offer); }
	/* The sender is a listener: from here on it is the connection it accepts. */
	void accept_sender();
	const os::Address &destination() const { return receiver_->destination(); }
	/* The usual length of one send here: a datagram that the path carries. */
	std::size_t usual_length() const;

	/*
	 * One send call, never blocking (MSG_DONTWAIT) and without SIGPIPE,
	 * entered into the books as the document has it: a flagged call that
	 * sent something, on a socket with the option, gets the next id.
	 */
	Sent send(os::Bytes bytes, int flags = 0);
	Sent send_zerocopy(os::Bytes bytes, int flags = 0) { return send(bytes, flags | MSG_ZEROCOPY); }
	/* The same with sendmsg(2), for vectors, control messages and names. */
	Sent send_message(const msghdr &message, int flags);
	/* All of it, in as many calls as it takes, the receiver reading meanwhile.
	 * Returns the number of calls that sent something. Throws std::system_error where a
	 * call fails, and os::Unexpected where the socket takes no more although the receiver reads. */
	unsigned send_everything(os::Bytes bytes, int flags);
	/* Enter a call that the case made itself. */
	void account(const Sent &sent, os::Bytes bytes, int flags);

	/* With LinkOptions::connected false, once a call has connected the stream:
	 * the receiver is who the peer accepts. Throws where nobody has come. */
	void accept_receiver() { receiver_->accept(); }
	/* The receiver's end acts, in this process or at the agent: sends bytes to the
	 * sender; acknowledges now what it has read, rather than with bytes that might
	 * follow (TCP); resets the connection, see connection_reset() (TCP). */
	void answer(os::Bytes bytes) { receiver_->answer(bytes, sender()); }
	void acknowledge() { receiver_->acknowledge(); }
	void reset();
	/* Hand the sender over, for the case to close, which loses its notifications. Held data
	 * is released as usual, except that closing the socket uncorks it. */
	os::Fd take_sender();
	/* Hand the receiver over, for the case to close, which loses data that has not arrived. */
	os::Fd take_receiver();
	/* The connection was reset, which releases held data and loses data that has not
	 * arrived. */
	void connection_reset();

	/* Release the data that the path holds. No effect on other paths. */
	void release();
	/* Read the data that has arrived, without waiting, and compare it. */
	void read_arrived() { receiver_->read_arrived(); }
	/* Read until all that was sent has arrived; compares every byte. Throws
	 * Corruption on a difference, and when the deadline passes first. */
	void deliver(const os::Deadline &deadline = os::Event::data) { receiver_->deliver(deadline); }

	/* Read the error queue, without waiting, and enter it into the ledger. */
	std::vector<errqueue::Message> read_notifications();
	/* Enter messages that the case read itself. */
	void enter(const std::vector<errqueue::Message> &messages);
	/* Wait until poll(2) reports POLLERR at the sender, the receiver reading
	 * meanwhile unless the path holds. False when the deadline passes first. */
	bool await_notification(const os::Deadline &deadline = os::Event::notification);
	/* Read notifications, so waiting, until every id is complete. */
	bool await_completions(const os::Deadline &deadline = os::Event::notification);

	errqueue::Ledger &ledger() { return ledger_; }
	const errqueue::Ledger &ledger() const { return ledger_; }
	Transcript &transcript() { return transcript_; }
	/* Every message read so far, for the diagnostics of a failure. */
	const std::vector<errqueue::Message> &history() const { return history_; }
	/* One of them says that the data was copied. */
	bool any_copied() const;

	/* The option as the case last set it: whether flagged calls get ids. */
	void set_zerocopy(bool on);

	/* Leave these out of finish(), for cases that lose them on purpose. */
	void waive_completions() { completions_waived_ = true; }
	void waive_delivery() { delivery_waived_ = true; }
	/* The case charges the sender's option memory with more than sends. */
	void waive_option_memory() { option_memory_waived_ = true; }
	bool option_memory_waived() const { return option_memory_waived_; }
	/* finish() waited for every byte and completion: the kernel has nothing left to do. */
	bool settled() const { return !completions_waived_ && !delivery_waived_; }
	/*
	 * The promises that end every case, whatever it is about: release what
	 * is held, every byte arrives unchanged, every id is reported exactly
	 * once. Throws Corruption, or returns what is wrong with the ledger, ""
	 * where nothing is.
	 */
	std::string finish();

private:
	void open_sender(const LinkOptions &options);
	void fill_window();
	/* Memory that a call says it has taken. Throws TookNothing where it cannot be read. */
	os::Bytes taken(const void *start, std::size_t length);

	const netns::Network &network_;
	const Transport &transport_;
	Transcript transcript_;
	os::Fd sender_;
	/* Behind the sender, which the end of a guest's device resets: closed first, it would
	 * wait for the guest's answer (virtio_transport_common.c:virtio_transport_close). */
	std::unique_ptr<Receiver> receiver_;
	os::Fd scratch_; /* of taken() */
	bool zerocopy_;
	bool completions_waived_ = false;
	bool delivery_waived_ = false;
	bool option_memory_waived_ = false;
	errqueue::Ledger ledger_;
	std::vector<errqueue::Message> history_;
};

/* A VSOCK socket's connect() gives up after 2 seconds: from here on after os::event_timeout(). */
void connect_patiently(int socket);
/* SO_MEMINFO: bytes of option memory that a socket is charged with. */
unsigned option_memory(int socket);
/* SO_MEMINFO: bytes of memory that a stream's unsent and unacknowledged data takes. */
unsigned queued_memory(int socket);

} // namespace transport
