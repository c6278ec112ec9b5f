// SPDX-License-Identifier: GPL-2.0
#include "agent/agent.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/vm_sockets.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <map>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "agent/channel.h"
#include "os/address.h"
#include "os/check.h"
#include "os/option.h"
#include "os/socket.h"
#include "os/version.h"

namespace agent
{

namespace
{

/* Beyond that, sockets are not read until the controller has taken some. */
constexpr std::size_t most_unsent = 1 << 20;
constexpr std::size_t most_unread = 2 * longest_payload;
/* TCP gives no order among connections: a controller's next session may begin before the end of
 * its last is here, by a retransmission. Then it waits so long before it is turned away. */
constexpr std::chrono::seconds for_previous(1);
/* Until a controller has greeted. */
constexpr std::chrono::seconds for_greeting(30);

/* One socket of the controller's asking. */
struct Served {
	os::Fd listener;
	os::Fd socket;
	bool connection = false;
	bool reading = false;
	os::Address caller; /* the last one who sent a datagram */

	short events() const { return static_cast<short>(socket && reading ? POLLIN : 0); }
};

/* One controller, and what it asked for: all of it goes with this. */
class Session {
public:
	explicit Session(Channel channel) : channel_(std::move(channel)), end_(for_greeting)
	{
		channel_.put_text(encode(AgentGreeting{own_boot_id(), false, os::version}));
	}

	/* What to wait for, and how long at most. */
	void add_polls(std::vector<pollfd> &polls) const;
	int left_ms() const
	{
		return accepting_ ? std::min(end_.left_ms(), accept_until_.left_ms()) : end_.left_ms();
	}
	/* Do what can be done now. False once the controller has hung up; throws where
	 * it has to. */
	bool go_on();

private:
	bool take_in();
	void greet();
	void answer(const Frame &request);
	std::optional<Frame> act(const Frame &request);
	std::uint32_t open(const Frame &request);
	Served &served(const Frame &request);
	void accept_caller();
	void pass_on(std::uint16_t id, Served &served);

	Channel channel_;
	bool greeted_ = false;
	os::Deadline end_;
	std::map<std::uint16_t, Served> sockets_;
	/* The one that waits for its caller: nothing else is answered meanwhile. */
	std::optional<std::uint16_t> accepting_;
	os::Deadline accept_until_;
	os::Data buffer_ = os::Data(longest_payload);
};

/* Bound to the address it was told, listening where that applies. */
os::Fd bound_socket(const Open &open)
{
	const int type = open.type == Open::Type::stream     ? SOCK_STREAM
			 : open.type == Open::Type::datagram ? SOCK_DGRAM
							     : SOCK_SEQPACKET;
	const int buffer = open.receive_buffer ? static_cast<int>(open.receive_buffer) : os::ample_buffer;
	const std::optional<os::Address> address = open.family == Open::Family::vsock
							   ? os::vsock_address(VMADDR_CID_ANY, 0)
							   : os::ip_address(open.address, 0);

	if (!address)
		throw ProtocolError("the controller wants a socket at no address");
	os::Fd socket = os::open_socket(address->family(), type | SOCK_NONBLOCK);
	os::bind_receiver(socket.get(), *address, type != SOCK_DGRAM, buffer);
	return socket;
}

void send(const Served &served, os::Bytes bytes)
{
	const os::Address &to = served.caller;
	const bool connected = to.length == 0;

	os::check(::sendto(served.socket.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
			   connected ? nullptr : to.get(), connected ? 0 : to.length),
		  "sendto()");
}

Frame done(std::uint16_t socket, std::uint32_t value = 0)
{
	return {Verb::done, socket, encode(value)};
}

Frame failed(std::uint16_t socket, int error)
{
	return {Verb::failed, socket, encode(static_cast<std::uint32_t>(error))};
}

void Session::add_polls(std::vector<pollfd> &polls) const
{
	polls.push_back({channel_.in(), static_cast<short>(channel_.unread() < most_unread ? POLLIN : 0), 0});
	if (channel_.unsent())
		polls.push_back({channel_.out(), POLLOUT, 0});
	for (const auto &[id, served] : sockets_) {
		if (accepting_ == id)
			polls.push_back({served.listener.get(), POLLIN, 0});
		if (served.events() && channel_.unsent() < most_unsent)
			polls.push_back({served.socket.get(), POLLIN, 0});
	}
}

/* False where it has hung up, whatever it had asked for before. */
bool Session::take_in()
{
	std::size_t before;

	do {
		before = channel_.unread();
		if (!channel_.fill())
			return false;
	} while (channel_.unread() > before && channel_.unread() < most_unread);
	return true;
}

bool Session::go_on()
{
	if (!take_in())
		return false;
	if (end_.passed())
		throw ProtocolError(greeted_ ? "the controller's session took longer than it said"
					     : "the controller says nothing");
	if (!greeted_)
		greet();
	if (accepting_)
		accept_caller();
	while (greeted_ && !accepting_ && channel_.unsent() < most_unsent) {
		const std::optional<Frame> request = channel_.next();

		if (!request)
			break;
		answer(*request);
	}
	for (auto &[id, served] : sockets_)
		if (served.events() && channel_.unsent() < most_unsent)
			pass_on(id, served);
	channel_.flush();
	return true;
}

void Session::greet()
{
	if (const std::optional<std::string> line = channel_.line()) {
		end_ = os::Deadline(std::chrono::milliseconds(parse_controller_greeting(*line).session_ms));
		greeted_ = true;
	}
}

void Session::answer(const Frame &request)
{
	std::optional<Frame> frame;

	try {
		frame = act(request);
	} catch (const std::system_error &refused) {
		frame = failed(request.socket, refused.code().value());
	}
	if (frame)
		channel_.put(encode(*frame));
}

Served &Session::served(const Frame &request)
{
	const auto found = sockets_.find(request.socket);

	if (found == sockets_.end())
		throw std::system_error(ENOENT, std::generic_category(), "no such socket");
	return found->second;
}

std::uint32_t Session::open(const Frame &request)
{
	const Open open = parse_open(request.payload);
	os::Fd socket = bound_socket(open);
	const std::uint32_t port = os::port_of(os::local_address(socket.get()));
	Served &served = sockets_[request.socket] = Served();

	served.connection = open.type != Open::Type::datagram;
	if (open.type == Open::Type::datagram)
		served.socket = std::move(socket);
	else
		served.listener = std::move(socket);
	return port;
}

/* The answer, but for what has to wait. Throws std::system_error where it fails. */
std::optional<Frame> Session::act(const Frame &request)
{
	const std::uint16_t id = request.socket;

	switch (request.verb) {
	case Verb::ping:
		return done(id);
	case Verb::open:
		return done(id, open(request));
	case Verb::accept:
		served(request);
		accepting_ = id;
		accept_until_ = os::Deadline(std::chrono::milliseconds(
			std::min(parse_number(request.payload), longest_session_ms)));
		return std::nullopt;
	case Verb::resume:
		served(request).reading = true;
		return done(id);
	case Verb::send:
		send(served(request), request.payload);
		return done(id);
	case Verb::acknowledge:
		os::set_option(served(request).socket.get(), IPPROTO_TCP, TCP_QUICKACK, 1);
		return done(id);
	case Verb::reset:
		os::disconnect(served(request).socket.get());
		return done(id);
	default:
		throw ProtocolError("the controller sends what only agents send");
	}
}

void Session::accept_caller()
{
	Served &served = sockets_.at(*accepting_);
	os::Fd caller(::accept4(served.listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
	const int error = errno;

	if (caller) {
		served.socket = std::move(caller);
		served.listener.close();
		channel_.put(encode(done(*accepting_)));
	} else if (error != EAGAIN || accept_until_.passed()) {
		channel_.put(encode(failed(*accepting_, error == EAGAIN ? ETIMEDOUT : error)));
	} else {
		return;
	}
	accepting_.reset();
}

/* One read, and what it gave to the controller. */
void Session::pass_on(std::uint16_t id, Served &served)
{
	os::Address &from = served.caller;

	from.length = sizeof(from.storage);
	const ssize_t length = ::recvfrom(served.socket.get(), buffer_.data(), buffer_.size(), MSG_DONTWAIT,
					  from.get(), &from.length);
	const int error = length < 0 ? errno : 0;

	if (error == EAGAIN || error == EINTR)
		return;
	if (error || (length == 0 && served.connection)) {
		served.reading = false;
		channel_.put(encode(Frame{Verb::end, id, encode(static_cast<std::uint32_t>(error))}));
		return;
	}
	channel_.put(encode(Frame{Verb::data, id, os::Data(buffer_.begin(), buffer_.begin() + length)}));
}

void say(const std::string &line)
{
	std::fprintf(stderr, "msg_zerocopy: %s\n", line.c_str());
}

/* One turn with a controller; false where it was the last. */
bool turn(Session &session)
{
	try {
		return session.go_on();
	} catch (const ProtocolError &why) {
		say(std::string("hung up: ") + why.what());
	} catch (const std::system_error &why) {
		/* It hung up while something was on its way to it, as it may at any time. */
		if (why.code() != std::errc::broken_pipe && why.code() != std::errc::connection_reset)
			say(std::string("the controller has gone: ") + why.what());
	}
	return false;
}

int serve_standard_streams()
{
	Session session(Channel(STDIN_FILENO, STDOUT_FILENO));

	while (turn(session)) {
		std::vector<pollfd> polls;

		session.add_polls(polls);
		os::check(::poll(polls.data(), polls.size(), session.left_ms()), "poll()");
	}
	return 0;
}

void turn_away(os::Fd caller)
{
	Channel channel(std::move(caller));

	channel.put_text(encode(AgentGreeting{own_boot_id(), true, os::version}));
	try {
		channel.flush();
	} catch (const std::system_error &) {
		/* It has gone already. */
	}
}

} // namespace

int serve(Place place)
{
	::signal(SIGPIPE, SIG_IGN);
	if (place.kind == Place::Kind::stdio)
		return serve_standard_streams();

	const os::Fd listener = listen_at(place);
	std::optional<Session> session;
	os::Fd next;
	os::Deadline turn_of_next;
	std::printf("serving at %s\n", place.text.c_str());
	std::fflush(stdout);
	for (;;) {
		/* poll(2) passes over descriptor -1. */
		std::vector<pollfd> polls = {{next ? -1 : listener.get(), POLLIN, 0}};
		int left = session ? session->left_ms() : -1;

		if (session)
			session->add_polls(polls);
		if (next)
			left = std::min(left, turn_of_next.left_ms());
		os::check(::poll(polls.data(), polls.size(), left), "poll()");
		/* First: who has hung up is no hindrance to the next. */
		if (session && !turn(*session))
			session.reset();
		if (polls[0].revents) {
			next = os::Fd(
				::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
			turn_of_next = os::Deadline(for_previous);
		}
		if (next && !session)
			session.emplace(Channel(std::exchange(next, os::Fd())));
		else if (next && turn_of_next.passed())
			turn_away(std::exchange(next, os::Fd()));
	}
}

} // namespace agent
