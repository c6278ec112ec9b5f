// SPDX-License-Identifier: GPL-2.0
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <thread>

#include "netns/network.h"
#include "os/check.h"
#include "transport/receiver.h"
#include "vhost_guest/vsock_peer.h"

namespace transport
{

namespace
{

class GuestReceiver final : public Receiver {
public:
	GuestReceiver(const Setting &setting, const LinkOptions &options)
		: Receiver(setting, {}), guest_(transport().type), buffer_(buffer(options))
	{
		destination_ = os::vsock_address(guest_.cid(), vhost_guest::VsockPeer::port);
	}

	void connect(int sender, const tcp_peer::Offer &offer) override;
	int fd() override { return guest_.fd(); }
	bool read() override;
	bool readable_at_end() const override { return false; }
	void answer(os::Bytes bytes, int /*sender*/) override { guest_.send(bytes); }
	void reset() override { guest_.reset(); }
	void await_shutdown() override;
	vhost_guest::VsockPeer &guest() override { return guest_; }

private:
	vhost_guest::VsockPeer guest_;
	int buffer_;
};

/* connect() must wait here: of one that does not the kernel keeps the socket until its
 * time is up, even when it is connected (af_vsock.c:vsock_connect). */
void GuestReceiver::connect(int sender, const tcp_peer::Offer & /*offer*/)
{
	int error = 0;

	std::jthread connecting(
		[&] { error = ::connect(sender, destination_.get(), destination_.length) < 0 ? errno : 0; });
	guest_.accept(buffer_);
	connecting.join();
	errno = error;
	os::check(error ? -1 : 0, "connect()");
	if (network().path().hold == netns::Hold::none)
		guest_.serve();
}

/* The packets that the case made the guest take, too; and while the path holds only these.
 * Of held packets, each taken is answered by credit, and the one that takes the answer has
 * freed the packet before: all that was held completes at once. */
bool GuestReceiver::read()
{
	const bool served = !held() && guest_.serve();

	for (const os::Data &arrived : guest_.hand_over())
		transcript().arrived(arrived);
	return served;
}

/* The kernel keeps a closed VSOCK socket until the guest has answered. */
void GuestReceiver::await_shutdown()
{
	const os::Deadline deadline = os::Event::sockets;
	pollfd polls[] = {{fd(), POLLIN, 0}};

	read_arrived();
	while (!guest_.finished() && os::poll(polls, deadline) > 0)
		read_arrived();
}

} // namespace

std::unique_ptr<Receiver> make_guest_receiver(const Receiver::Setting &setting, const LinkOptions &options)
{
	return std::make_unique<GuestReceiver>(setting, options);
}

} // namespace transport
