/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <poll.h>

#include <memory>

#include "os/address.h"
#include "os/bytes.h"
#include "os/deadline.h"
#include "os/fd.h"
#include "transport/link_options.h"
#include "transport/transcript.h"
#include "transport/transport.h"

namespace agent
{
class Remote;
}

namespace netns
{
class Network;
struct Addresses;
} // namespace netns

namespace tcp_peer
{
class Peer;
class Tap;
} // namespace tcp_peer

namespace vhost_guest
{
class VsockPeer;
}

namespace transport
{

/*
 * The receiving end of a link: takes what arrives and enters it into the transcript,
 * which compares it. This class itself receives nothing: its device drops all that is
 * sent. Functions that only some receivers have throw std::logic_error elsewhere.
 */
class Receiver {
public:
	/* The link that it belongs to; all of it outlives the receiver. */
	struct Setting {
		const netns::Network &network;
		const Transport &transport;
		Transcript &transcript;
	};

	Receiver(const Setting &setting, const os::Address &destination)
		: destination_(destination), setting_(setting)
	{
	}
	virtual ~Receiver() = default;
	Receiver(const Receiver &) = delete;
	Receiver &operator=(const Receiver &) = delete;

	const Setting &setting() const { return setting_; }
	/* Where a sender reaches it. */
	const os::Address &destination() const { return destination_; }
	/* Connect the sender to it. `offer` is a scripted peer's. */
	virtual void connect(int sender, const tcp_peer::Offer &offer);
	/* A call has connected the sender of a stream: take the connection. */
	virtual void accept() {}

	/* Readable when something may have arrived; -1 where nothing can. An agent, too,
	 * reads nothing before somebody here wants to know. */
	virtual int fd() { return -1; }
	/* One read without waiting; false where nothing is there now. */
	virtual bool read() { return false; }
	/* The connection is over: `revents` is what poll(2) says of fd(). */
	virtual bool ended(short revents) const { return revents & (POLLHUP | POLLERR); }
	/* fd() may be readable for good at the end of the stream. */
	virtual bool readable_at_end() const { return true; }
	/* Read all that is there. */
	void read_arrived();
	/* Read until all that was sent has arrived. Throws Corruption on a difference, and
	 * when the deadline passes first. */
	void deliver(const os::Deadline &deadline = os::Event::data);
	/* The rest of a VSOCK message: poll(2) calls it readable when its first packet is
	 * there, and it can be read when its last is. Look again a moment later; false
	 * for other sockets, which need no second look. */
	bool await_rest() const;

	/* While the path holds back what is sent, nothing is taken but what the case takes. */
	bool held() const { return held_; }
	void hold(bool on) { held_ = on; }
	/* The path holds no more, if it held by this receiver: take what waits. */
	virtual void release() { deliver(); }

	/* A socket of this process; -1 where there is none, or it was taken. */
	virtual int socket() const { return -1; }
	virtual os::Fd take_socket() { return {}; }

	/* To the sender: bytes; the acknowledgment of what was read, now; a reset. */
	virtual void answer(os::Bytes /*bytes*/, int /*sender*/) { unable("sends nothing"); }
	virtual void acknowledge() { unable("acknowledges when it will"); }
	virtual void reset() { unable("resets nothing"); }

	/* The sender is about to be closed, with whatever it has not sent. */
	virtual void abandon(int /*sender*/) {}
	/* The sender was closed: see to it that the kernel need not keep it. */
	virtual void await_shutdown() {}

	/* The ends that a case plays. */
	virtual tcp_peer::Peer &peer() { unable("is no scripted TCP peer"); }
	virtual vhost_guest::VsockPeer &guest() { unable("is no guest"); }

protected:
	[[noreturn]] static void unable(const char *what);
	const Transport &transport() const { return setting_.transport; }
	const netns::Network &network() const { return setting_.network; }
	Transcript &transcript() const { return setting_.transcript; }
	netns::Addresses addresses() const;
	int buffer(const LinkOptions &options) const;

	os::Address destination_;

private:
	Setting setting_;
	bool held_ = false;
};

/* The receiver that the path has for the transport; `remote`: the agent, where the path
 * leads to one. Called in the sender's namespace, and leaves the caller there. Throws
 * std::system_error where it cannot be set up. */
std::unique_ptr<Receiver> make_receiver(const Receiver::Setting &setting, const LinkOptions &options,
					agent::Remote *remote);

/* Its kinds: a socket of this process, */
std::unique_ptr<Receiver> make_socket_receiver(const Receiver::Setting &setting, const LinkOptions &options);
/* the user end of a tun or macvtap device, where datagrams are read and not answered, */
std::unique_ptr<Receiver> make_tap_receiver(const Receiver::Setting &setting);
/* a scripted TCP peer behind such a device, */
std::unique_ptr<Receiver> make_tcp_peer_receiver(const Receiver::Setting &setting);
/* a guest with a VSOCK device, */
std::unique_ptr<Receiver> make_guest_receiver(const Receiver::Setting &setting, const LinkOptions &options);
/* a socket on another machine, which an agent reads. */
std::unique_ptr<Receiver> make_agent_receiver(const Receiver::Setting &setting, const LinkOptions &options,
					      agent::Remote &remote);

/* A destination at which nobody needs to be: RFC 863's port. */
os::Address discard(const Receiver::Setting &setting);
/* The user end of a network's tun or macvtap device. */
tcp_peer::Tap tap_of(const netns::Network &network);
/* The peer behind it, with the addresses of that family, */
tcp_peer::Peer peer_of(const netns::Network &network, int address_family);
/* and a connection to it. */
void connect_to(tcp_peer::Peer &peer, int sender, const os::Address &to, const tcp_peer::Offer &offer);

} // namespace transport
