// SPDX-License-Identifier: GPL-2.0
#include "agent/place.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <linux/vm_sockets.h>

#include <cstring>
#include <fstream>
#include <optional>
#include <stdexcept>

#include "os/address.h"
#include "os/check.h"
#include "os/option.h"
#include "os/text.h"

namespace agent
{

static std::optional<std::uint32_t> number(std::string_view text, std::uint32_t most)
{
	const auto value = os::number<std::uint32_t>(text);

	return value && *value <= most ? value : std::nullopt;
}

[[noreturn]] static void refuse(std::string_view text)
{
	throw std::invalid_argument("no place: '" + std::string(text) +
				    "' is neither tcp:ADDRESS:PORT, vsock:CID:PORT, exec:COMMAND nor -");
}

static os::Address socket_address(const Place &place)
{
	return place.kind == Place::Kind::tcp
		       ? os::ip_address(place.address, static_cast<std::uint16_t>(place.port)).value()
		       : os::vsock_address(place.cid, place.port);
}

[[noreturn]] static void complain(const char *what, const Place &place, int error)
{
	throw std::runtime_error(std::string(what) + ' ' + place.text + ": " + std::strerror(error));
}

static Place parse_tcp(std::string_view text, std::string_view rest)
{
	const std::size_t colon = rest.rfind(':');
	Place place;

	if (colon == std::string_view::npos)
		refuse(text);
	const auto port = number(rest.substr(colon + 1), 65535);
	rest = rest.substr(0, colon);
	if (rest.starts_with('[') && rest.ends_with(']'))
		rest = rest.substr(1, rest.size() - 2);
	place.kind = Place::Kind::tcp;
	place.address = rest;
	if (!port)
		refuse(text);
	if (!os::ip_address(place.address, 0))
		throw std::invalid_argument(
			"no place: '" + std::string(text) + "': '" + place.address +
			"' is no numeric address, such as 127.0.0.1 or [2001:db8::2]; names "
			"are not looked up");
	place.port = *port;
	return place;
}

static Place parse_vsock(std::string_view text, std::string_view rest)
{
	const std::size_t colon = rest.find(':');
	Place place;

	if (colon == std::string_view::npos)
		refuse(text);
	const auto cid = number(rest.substr(0, colon), VMADDR_CID_ANY - 1);
	const auto port = number(rest.substr(colon + 1), VMADDR_PORT_ANY - 1);
	if (!cid || !port)
		refuse(text);
	place.kind = Place::Kind::vsock;
	place.cid = *cid;
	place.port = *port;
	return place;
}

/* The CID of this machine as a guest; nothing where it is none. The ioctl gives the
 * guest's first, then the host's, then loopback's: net/vmw_vsock/af_vsock.c:
 * vsock_dev_do_ioctl. */
static std::optional<std::uint32_t> guest_cid()
{
	const os::Fd device(::open("/dev/vsock", O_RDONLY | O_CLOEXEC));
	unsigned cid = VMADDR_CID_ANY;

	if (!device || ::ioctl(device.get(), IOCTL_VM_SOCKETS_GET_LOCAL_CID, &cid) < 0)
		return std::nullopt;
	if (cid <= VMADDR_CID_HOST || cid == VMADDR_CID_ANY)
		return std::nullopt;
	return cid;
}

/* Only its transport lets CID 1 be bound: vsock_find_cid. */
static bool have_loopback()
{
	const os::Fd socket(::socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0));
	const os::Address address = os::vsock_address(VMADDR_CID_LOCAL, 0);

	return socket && ::bind(socket.get(), address.get(), address.length) == 0;
}

static bool host_is_ours()
{
	std::ifstream line("/proc/cmdline");

	for (std::string word; line >> word;)
		if (word == "msg_zerocopy.host")
			return true;
	return false;
}

Place parse_place(std::string_view text)
{
	Place place;

	if (text == "-")
		place.kind = Place::Kind::stdio;
	else if (text.starts_with("tcp:"))
		place = parse_tcp(text, text.substr(4));
	else if (text.starts_with("vsock:"))
		place = parse_vsock(text, text.substr(6));
	else if (text.starts_with("exec:") && text.size() > 5) {
		place.kind = Place::Kind::exec;
		place.command = text.substr(5);
	} else
		refuse(text);
	place.text = text;
	return place;
}

os::Fd listen_at(Place &place)
{
	if (place.kind == Place::Kind::exec)
		throw std::invalid_argument("--serve takes tcp:ADDRESS:PORT, vsock:CID:PORT or -, not '" +
					    place.text + "'");
	const os::Address address = socket_address(place);
	os::Fd socket(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
	const int on = 1;

	/* An agent that was ended leaves connections behind that hold the port. */
	::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (!socket || ::bind(socket.get(), address.get(), address.length) < 0 ||
	    ::listen(socket.get(), 8) < 0)
		complain("cannot serve at", place, errno);
	place.port = os::port_of(os::local_address(socket.get()));
	place.text = place.kind == Place::Kind::tcp
			     ? "tcp:" + place.address + ':' + std::to_string(place.port)
			     : "vsock:" + std::to_string(place.cid) + ':' + std::to_string(place.port);
	return socket;
}

os::Fd call(const Place &place, const os::Deadline &deadline)
{
	const os::Address address = socket_address(place);
	int error = 0;
	socklen_t length = sizeof(error);

	if (place.kind == Place::Kind::vsock)
		if (const std::string why = vsock_refusal(place.cid); !why.empty())
			throw std::runtime_error("will not call " + place.text + ": " + why);
	os::Fd socket(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
	if (!socket)
		complain("cannot reach an agent at", place, errno);
	/* The kernel's own two seconds are few where both ends are slow. */
	if (place.kind == Place::Kind::vsock)
		os::set_connect_timeout(socket.get(), std::chrono::milliseconds(deadline.left_ms() + 1000));
	if (::connect(socket.get(), address.get(), address.length) < 0 && errno != EINPROGRESS)
		complain("cannot reach an agent at", place, errno);
	pollfd poll = {socket.get(), POLLOUT, 0};
	if (::poll(&poll, 1, deadline.left_ms()) == 0)
		complain("cannot reach an agent at", place, ETIMEDOUT);
	os::check(::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &length), "getsockopt(SO_ERROR)");
	if (error)
		complain("cannot reach an agent at", place, error);
	return socket;
}

/* net/vmw_vsock/af_vsock.c:vsock_assign_transport: loopback, where it is there, has
 * CID 1 and the guest's own; without it these, CID 2, and in a guest that is no host
 * itself all others go to the guest's transport, and by that to its host. */
std::string vsock_refusal(std::uint32_t cid)
{
	const std::optional<std::uint32_t> own = guest_cid();

	if (!own)
		return cid == VMADDR_CID_HOST
			       ? "CID 2 is the host, and this machine is no guest; CID 1 is loopback"
			       : "";
	if (host_is_ours() || ((cid == VMADDR_CID_LOCAL || cid == *own) && have_loopback()))
		return "";
	return "this machine is a guest (CID " + std::to_string(*own) +
	       ") and its host is not known to be yours; boot it with msg_zerocopy.host on the kernel's "
	       "command line where it is";
}

} // namespace agent
