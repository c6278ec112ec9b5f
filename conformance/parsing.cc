// SPDX-License-Identifier: GPL-2.0
/* The chapter 'Notification Parsing' of msg_zerocopy.rst. */
#include "conformance/chapter.h"

namespace
{

/* One flagged send, and the message that brings its notification. */
Message notified_send(At at, Link &link, const Payload &payload)
{
	sends(at, link, payload);
	link.release();
	return one_message(at, link);
}

struct Expected {
	int family;
	int level;
	int type;
	std::size_t length; /* of the data: a sock_extended_err and an address */
};
constexpr std::array all_expected = {
	Expected{AF_INET, SOL_IP, IP_RECVERR, sizeof(sock_extended_err) + sizeof(sockaddr_in)},
	Expected{AF_INET6, SOL_IPV6, IPV6_RECVERR, sizeof(sock_extended_err) + sizeof(sockaddr_in6)},
	Expected{AF_VSOCK, SOL_VSOCK, VSOCK_RECVERR, sizeof(sock_extended_err)},
};

const Expected &expected_of(int family)
{
	return *std::ranges::find(all_expected, family, &Expected::family);
}

REQUIREMENT("ZC-PA-01", promised,
	    "On AF_INET sockets the notification is a control message SOL_IP/IP_RECVERR.",
	    .document = "Notification Parsing: \"The level and type fields in the control data are protocol "
			"family specific, IP_RECVERR or IPV6_RECVERR (for TCP or UDP socket).\"",
	    .code = "net/ipv4/ip_sockglue.c:ip_recv_error");
REQUIREMENT("ZC-PA-02", promised,
	    "On AF_INET6 sockets, mapped IPv4 peers included, it is a control message SOL_IPV6/IPV6_RECVERR.",
	    .rests_on = "ZC-PA-01",
	    .code = "net/ipv4/af_inet.c:inet_recv_error, net/ipv6/datagram.c:ipv6_recv_error");
REQUIREMENT(
	"ZC-PA-03", promised, "On VSOCK sockets it is a control message SOL_VSOCK/VSOCK_RECVERR.",
	.document = "Notification Parsing: \"For VSOCK socket, cmsg_level will be SOL_VSOCK and cmsg_type "
		    "will be VSOCK_RECVERR.\"",
	.code = "net/vmw_vsock/af_vsock.c:__vsock_connectible_recvmsg, net/core/sock.c:sock_recv_errqueue",
	.kernels = "since 6.7");
REQUIREMENT("ZC-PA-09", promised,
	    "Level and type of the control message are both those of the socket's family.",
	    .rests_on = "ZC-PA-01", .code = "net/ipv4/ip_sockglue.c:ip_recv_error",
	    .kernels = "a reader must reject a message when either differs; the document's example, in all "
		       "versions, joins the two comparisons with \"and\" where \"or\" is needed and so "
		       "accepts a message with one of them wrong");
REQUIREMENT("ZC-PA-12", observed,
	    "The control message holds a sock_extended_err and an offender's address, a sockaddr_in on "
	    "AF_INET sockets (CMSG_LEN(32)), a sockaddr_in6 on AF_INET6 ones (CMSG_LEN(44)) and none on "
	    "VSOCK ones (CMSG_LEN(16)).",
	    .code = "net/ipv4/ip_sockglue.c:ip_recv_error, net/ipv6/datagram.c:ipv6_recv_error, "
		    "net/core/sock.c:sock_recv_errqueue");
/* The family is that of the socket, whatever the addresses on the wire are. */
CASE(control_message_is_that_of_the_socket_family,
     .requirements = {"ZC-PA-01", "ZC-PA-02", "ZC-PA-03", "ZC-PA-09", "ZC-PA-12"},
     .transports = transport::all)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());
	const Expected &expected = expected_of(test.transport().family);
	const Message message = notified_send(test, link, payload);

	test.equal("control messages", message.control.size(), 1);
	const errqueue::ControlMessage &header = message.control[0];
	test.that("level and type of the control message",
		  header.level == expected.level && header.type == expected.type,
		  os::option_name(expected.level, expected.type), os::option_name(header.level, header.type));
	const Charging form = test.charging("ZC-PA-12");
	test.equal("cmsg_len", header.length, CMSG_LEN(expected.length));
	test.equal("msg_controllen", message.control_length, CMSG_SPACE(expected.length));
}

/* The fields of the second notification, and all bytes behind the header of its control
 * message, which was read into a buffer that held others. */
void every_byte_is_as_promised(At at, std::uint8_t code)
{
	Link &link = at->connect();
	const Payload payload(link.usual_length());
	std::array<std::uint8_t, 256> control;
	msghdr header = {};

	notified_send(at, link, payload);
	queue_notification(at, link, payload);
	control.fill(0xee);
	header.msg_control = control.data();
	header.msg_controllen = control.size();
	const auto read = Returned::of(::recvmsg(link.sender(), &header, MSG_ERRQUEUE));
	returned(at, "recvmsg()", read, 0);
	const Message message = errqueue::parse(header, read.returned);
	link.enter({message});
	at->equal("notifications", message.notifications.size(), 1);
	const Notification &notification = message.notifications[0];
	const sock_extended_err &err = notification.err;
	at->equal("ee_errno", err.ee_errno, 0, os::error_name);
	at->equal("ee_origin", err.ee_origin, SO_EE_ORIGIN_ZEROCOPY, os::error_origin);
	at->equal("ee_type", err.ee_type, 0);
	at->equal("ee_code", err.ee_code, code, os::error_code);
	at->equal("ee_pad", err.ee_pad, 0);
	at->equal("range of the notification", notification.ids(), {1, 1});
	at->equal("bytes of the offender", notification.offender, Data(notification.offender.size()));
}

REQUIREMENT(
	"ZC-PA-11", promised, "A notification has ee_errno 0 and ee_origin SO_EE_ORIGIN_ZEROCOPY.",
	.document =
		"Notification Parsing: \"Error origin is the new type SO_EE_ORIGIN_ZEROCOPY. ee_errno is "
		"zero, as explained before, to avoid blocking read and write system calls on the socket.\"",
	.code = "net/core/skbuff.c:__msg_zerocopy_callback");
REQUIREMENT("ZC-PA-05", observed,
	    "A notification has ee_errno 0, ee_origin SO_EE_ORIGIN_ZEROCOPY, ee_code 0 or "
	    "SO_EE_CODE_ZEROCOPY_COPIED, and all else but the range zero.",
	    .code = "net/core/skbuff.c:__msg_zerocopy_callback, memset",
	    .kernels = "the document promises ee_errno and ee_origin (ZC-PA-11), and calls the other fields "
		       "undefined");
CASE(all_but_origin_code_and_range_is_zero, .requirements = {"ZC-PA-05", "ZC-PA-11"},
     .without = netns::shares | netns::segments_copied)
{
	every_byte_is_as_promised(test, SO_EE_CODE_ZEROCOPY_COPIED);
}

CASE(all_but_origin_and_range_is_zero_of_shared_pages, .requirements = {"ZC-PA-05", "ZC-PA-11"},
     .transports = transport::all, .paths = netns::shares)
{
	every_byte_is_as_promised(test, 0);
}

REQUIREMENT("ZC-PA-06", promised,
	    "The range [ee_info, ee_data] is inclusive: that of a single call has both the same.",
	    .document = "Notification Parsing: \"The 32-bit notification range is encoded as [ee_info, "
			"ee_data]. This range is inclusive.\"",
	    .code = "net/core/skbuff.c:__msg_zerocopy_callback");
/* Calls that share a packet complete as one, whether or not they are copied. */
CASE(range_is_inclusive, .requirements = {"ZC-PA-06"}, .transports = transport::all, .paths = netns::holds)
{
	Link &link = test.connect();
	const Payload payload(300);

	for (const int flags : {static_cast<int>(MSG_MORE), static_cast<int>(MSG_MORE), 0})
		sends(test, link, payload.first(100), flags);
	link.release();
	test.equal("range of three calls", one_message(test, link).notifications[0].ids(), {0, 2});
	test.equal("range of one call", notified_send(test, link, payload).notifications[0].ids(), {3, 3});
}

REQUIREMENT("ZC-PA-07", observed,
	    "With SO_TIMESTAMP or SO_TIMESTAMPNS set the first control message of the read is the time "
	    "stamp, and the notification is the second.",
	    .code = "net/ipv4/ip_sockglue.c:ip_recv_error, net/core/sock.c:sock_recv_errqueue call "
		    "sock_recv_timestamp first; msg_zerocopy.rst, Notification Parsing, looks at the first "
		    "one only in its example: cm = CMSG_FIRSTHDR(msg)",
	    .kernels = "since 4.14, inferred; read in 6.1.192, 6.12.118 and 7.3.4");
REGRESSION("net: guard timestamp cmsgs to real error queue skbs (CVE-2026-53223)",
	   "7.0.13, 6.12.94, 6.1.176, 5.10.259", .cases = {"notification_is_the_first_control_message"});
/* Names of cases are stable: despite this one's, the notification is the first control message
 * only where nobody asked for time stamps. */
CASE(notification_is_the_first_control_message, .requirements = {"ZC-PA-07"}, .transports = transport::all,
     .paths = netns::simplest)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());

	for (const int option : {SO_TIMESTAMP, SO_TIMESTAMPNS}) {
		set_option(link.sender(), SOL_SOCKET, option, 1,
			   "setsockopt(SO_TIMESTAMP or SO_TIMESTAMPNS)");
		const Message message = notified_send(test, link, payload);

		test.well_formed(message.notifications[0]);
		test.equal("control messages", message.control.size(), 2);
		/* SCM_TIMESTAMP and SCM_TIMESTAMPNS are their options' numbers. */
		test.that("first control message",
			  message.control[0].level == SOL_SOCKET && message.control[0].type == option,
			  os::option_name(SOL_SOCKET, option), errqueue::describe(message));
	}
}

REQUIREMENT(
	"ZC-PA-08", observed,
	"IP_PKTINFO, IP_RECVTTL, IP_RECVTOS, IP_RECVOPTS, their IPv6 counterparts and SO_TIMESTAMPING flags "
	"for reception, SOF_TIMESTAMPING_OPT_CMSG included, add no control message to a notification.",
	.code = "net/ipv4/ip_sockglue.c:ipv4_datagram_support_cmsg, "
		"net/ipv6/datagram.c:ip6_datagram_support_cmsg");
/* These options ask about packets that are received, and a notification is none. */
CASE(options_for_reception_add_no_control_message, .requirements = {"ZC-PA-08"}, .paths = netns::simplest)
{
	constexpr int stamps = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_RX_HARDWARE |
			       SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_RAW_HARDWARE |
			       SOF_TIMESTAMPING_OPT_CMSG;
	Link &link = test.connect();

	timestamp(link, stamps);
	for (const int option : {IP_PKTINFO, IP_RECVTTL, IP_RECVTOS, IP_RECVOPTS})
		set_option(link.sender(), SOL_IP, option, 1, "setsockopt(SOL_IP)");
	if (test.transport().family == AF_INET6)
		for (const int option : {IPV6_RECVPKTINFO, IPV6_RECVHOPLIMIT, IPV6_RECVTCLASS})
			set_option(link.sender(), SOL_IPV6, option, 1, "setsockopt(SOL_IPV6)");
	next_id_is(test, link, Payload(link.usual_length()), 0);
}

REQUIREMENT("ZC-PA-10", observed, "A 32-bit program on a 64-bit kernel reads the same fields.",
	    .code = "net/compat.c:put_cmsg_compat",
	    .not_judged = "needs a 32-bit build of the program: make builds runs the whole suite so");

} // namespace
