// SPDX-License-Identifier: GPL-2.0
/* PPP over L2TPv2, as access networks have it. iproute2 makes no such device: sessions are sockets, and the
 * device is made by /dev/ppp. It gathers, but leaves no checksum to others (drivers/net/ppp/ppp_generic.c:
 * ppp_setup): net/core/dev.c:skb_checksum_help copies shared data, and net/core/skbuff.c:skb_segment what it
 * cuts. net/l2tp/l2tp_ppp.c:pppol2tp_xmit then pushes headers. */
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <linux/if_pppox.h>
#include <linux/ppp-ioctl.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "netns/ip_command.h"
#include "netns/stack.h"
#include "os/check.h"
#include "os/socket.h"
#include "os/told.h"

namespace netns
{

namespace
{

constexpr std::uint16_t l2tp_port = 1701;

/* A connection of a socket of sessions: number 0 makes the tunnel, whose number is 1 at both ends. */
os::Fd session(int udp, std::uint16_t number)
{
	os::Fd socket = os::open_socket(AF_PPPOX, SOCK_DGRAM, PX_PROTO_OL2TP);
	sockaddr_pppol2tp address = {};
	os::Address to;

	address.sa_family = AF_PPPOX;
	address.sa_protocol = PX_PROTO_OL2TP;
	address.pppol2tp.fd = udp;
	address.pppol2tp.s_tunnel = address.pppol2tp.d_tunnel = 1;
	address.pppol2tp.s_session = address.pppol2tp.d_session = number;
	std::memcpy(&to.storage, &address, sizeof(address));
	to.length = sizeof(address);
	os::connect(socket.get(), to);
	return socket;
}

os::Fd ppp(unsigned long request, int *number)
{
	os::Fd file(os::check(::open("/dev/ppp", O_RDWR | O_CLOEXEC), "open(/dev/ppp)"));

	os::check(::ioctl(file.get(), request, number), "ioctl(/dev/ppp)");
	return file;
}

/* For as long as this process lives. */
void begin_session(const Site &, bool sender)
{
	static std::vector<os::Fd> open;
	const Addresses &ends = lower_addresses;
	int channel = 0, unit = -1;

	os::tell_tracer("beyond", "PPP over L2TP");
	open.push_back(os::bound_socket(SOCK_DGRAM,
					*os::ip_address(sender ? ends.sender : ends.receiver, l2tp_port)));
	const int udp = open.back().get();
	os::connect(udp, *os::ip_address(sender ? ends.receiver : ends.sender, l2tp_port));
	open.push_back(session(udp, 0));
	open.push_back(session(udp, 1));
	os::check(::ioctl(open.back().get(), PPPIOCGCHAN, &channel), "ioctl(PPPIOCGCHAN)");
	open.push_back(ppp(PPPIOCNEWUNIT, &unit));
	open.push_back(ppp(PPPIOCATTCHAN, &channel));
	os::check(::ioctl(open.back().get(), PPPIOCCONNECT, &unit), "ioctl(PPPIOCCONNECT)");
	ip_batch("link set dev ppp" + std::to_string(unit) + " name zc0\n");
}

constexpr Stack rows[] = {
	{.name = "ppp",
	 .summary = "PPP in L2TPv2 over UDP",
	 .parts = {"PPP over L2TP (CONFIG_PPPOL2TP, CONFIG_L2TP, CONFIG_PPP, CONFIG_VETH)",
		   {"veth", "ppp_generic", "pppox", "l2tp_core", "l2tp_ppp"}},
	 .device = "",
	 .traits = device_without_checksum | copies_below,
	 .sockets = {3, 3},
	 .more = begin_session,
	 .own_state = true},
};

const StackRegistration registration(rows);

} // namespace

} // namespace netns
