// SPDX-License-Identifier: GPL-2.0
/* The chapter 'Notification Parsing' of msg_zerocopy.rst. */
#include <time.h> /* before errqueue.h, which uses struct timespec */

#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include "errqueue/receive.h"
#include "harness/case.h"
#include "harness/test.h"
#include "os/check.h"
#include "os/option.h"

namespace
{

using os::set_option;
using transport::Link;
using transport::Payload;

/* The one message on the error queue, entered into the books. */
errqueue::Message read_message(harness::Test &test, Link &link)
{
	test.that("poll() for a notification", link.await_notification(), "POLLERR", "a timeout");
	const auto message = errqueue::receive(link.sender());
	test.that("error queue after POLLERR", message && message->notifications.size() == 1,
		  "a notification", message ? errqueue::describe(*message) : "empty");
	link.enter({*message});
	test.queue_empty(link);
	return *message;
}

/* One flagged send, and the message that its notification is read as. */
errqueue::Message notified_send(harness::Test &test, Link &link, const Payload &payload)
{
	test.sent(link.send_zerocopy(payload), payload.size());
	link.release();
	return read_message(test, link);
}

struct Expected {
	int family;
	int level;
	int type;
	std::size_t length; /* of the data: a sock_extended_err of 16 bytes and an address */
};
constexpr std::array all_expected = {
	Expected{AF_INET, SOL_IP, IP_RECVERR, 16 + 16},
	Expected{AF_INET6, SOL_IPV6, IPV6_RECVERR, 16 + 28},
	Expected{AF_VSOCK, 287, 1, 16},
};

const Expected &expected_of(int family)
{
	return *std::ranges::find(all_expected, family, &Expected::family);
}

/* ZC-PA-01 to ZC-PA-03. Notification Parsing: "The level and type fields in the
 * control data are protocol family specific": those of the socket, whatever the
 * addresses on the wire (net/ipv4/af_inet.c:inet_recv_error). The offender that
 * follows makes the length; on VSOCK none does (net/core/sock.c:sock_recv_errqueue). */
CASE(control_message_is_that_of_the_socket_family,
     .requirements = {"ZC-PA-01", "ZC-PA-02", "ZC-PA-03", "ZC-PA-09"}, .transports = transport::all)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());
	const Expected &expected = expected_of(test.transport().family);
	const errqueue::Message message = notified_send(test, link, payload);

	test.equal("control messages", message.control.size(), 1);
	const errqueue::ControlMessage &header = message.control[0];
	test.equal("cmsg_level", header.level, expected.level);
	test.equal("cmsg_type", header.type, expected.type);
	test.equal("cmsg_len", header.length, CMSG_LEN(expected.length));
	test.equal("msg_controllen", message.control_length, CMSG_SPACE(expected.length));
}

/* All bytes behind the header, read into a buffer that held others. */
void every_byte_is_as_promised(harness::Test &test, std::uint8_t code)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());
	const sock_extended_err expected = {.ee_errno = 0,
					    .ee_origin = SO_EE_ORIGIN_ZEROCOPY,
					    .ee_type = 0,
					    .ee_code = code,
					    .ee_pad = 0,
					    .ee_info = 1,
					    .ee_data = 1};
	std::array<std::uint8_t, 256> control;
	msghdr header = {};

	notified_send(test, link, payload);
	test.sent(link.send_zerocopy(payload), payload.size());
	test.that("poll() for a notification", link.await_notification(), "POLLERR", "a timeout");
	control.fill(0xee);
	header.msg_control = control.data();
	header.msg_controllen = control.size();
	const ssize_t returned = ::recvmsg(link.sender(), &header, MSG_ERRQUEUE);
	test.equal("return value of recvmsg()", returned, 0);
	const errqueue::Message message = errqueue::parse(header, returned);
	link.enter({message});
	test.equal("notifications", message.notifications.size(), 1);
	const errqueue::Notification &notification = message.notifications[0];
	test.that("sock_extended_err", std::memcmp(&notification.err, &expected, sizeof(expected)) == 0,
		  errqueue::describe(errqueue::Notification{notification.header, expected, {}}),
		  errqueue::describe(notification));
	for (const std::uint8_t byte : notification.offender)
		test.equal("a byte of the offender", byte, 0);
}

/* ZC-PA-05. "Error origin is the new type SO_EE_ORIGIN_ZEROCOPY. ee_errno is
 * zero"; net/core/skbuff.c:__msg_zerocopy_callback clears the rest. */
CASE(all_but_origin_code_and_range_is_zero, .requirements = {"ZC-PA-05"})
{
	every_byte_is_as_promised(test, SO_EE_CODE_ZEROCOPY_COPIED);
}

/* ZC-PA-05, where nothing is copied. */
CASE(all_but_origin_and_range_is_zero_of_shared_pages, .requirements = {"ZC-PA-05"},
     .transports = transport::all, .paths = netns::shares)
{
	every_byte_is_as_promised(test, 0);
}

/* ZC-PA-06. "The 32-bit notification range is encoded as [ee_info, ee_data].
 * This range is inclusive." Calls that share a packet complete as one; whether
 * they are copied is another matter. */
CASE(range_is_inclusive, .requirements = {"ZC-PA-06"}, .transports = transport::all, .paths = netns::holds)
{
	Link &link = test.connect();
	const Payload payload(300);

	for (const int flags : {static_cast<int>(MSG_MORE), static_cast<int>(MSG_MORE), 0})
		test.sent(link.send_zerocopy(payload.first(100), flags), 100);
	link.release();
	test.equal("range of three calls", read_message(test, link).notifications[0].ids(), {0, 2});
	test.equal("range of one call", notified_send(test, link, payload).notifications[0].ids(), {3, 3});
}

/* ZC-PA-07. The document's parser looks at the first control message alone, cm =
 * CMSG_FIRSTHDR(msg), for the notification. */
CASE(notification_is_the_first_control_message, .requirements = {"ZC-PA-07"}, .transports = transport::all,
     .paths = netns::simplest, .deviation = "timestamp-precedes-notification")
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());
	std::string preceded;

	for (const int option : {SO_TIMESTAMP, SO_TIMESTAMPNS}) {
		set_option(link.sender(), SOL_SOCKET, option, 1,
			   "setsockopt(SO_TIMESTAMP or SO_TIMESTAMPNS)");
		const errqueue::Message message = notified_send(test, link, payload);

		test.well_formed(message.notifications[0]);
		/* SCM_TIMESTAMP and SCM_TIMESTAMPNS are their options' numbers. */
		if (message.control.size() == 2 && message.control[0].level == SOL_SOCKET &&
		    message.control[0].type == option)
			preceded += errqueue::describe(message) + '\n';
		else
			test.equal("control messages", message.control.size(), 1);
	}
	test.finish();
	if (!preceded.empty())
		test.deviates(preceded);
}

/* ZC-PA-08. net/ipv4/ip_sockglue.c:ipv4_datagram_support_cmsg,
 * net/ipv6/datagram.c:ip6_datagram_support_cmsg: what is asked for about packets
 * that are received is not told of a notification, which is none. */
CASE(options_for_reception_add_no_control_message, .requirements = {"ZC-PA-08"}, .paths = netns::simplest)
{
	constexpr int stamps = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_RX_HARDWARE |
			       SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_RAW_HARDWARE |
			       SOF_TIMESTAMPING_OPT_CMSG;
	Link &link = test.connect();
	const Payload payload(link.usual_length());

	set_option(link.sender(), SOL_SOCKET, SO_TIMESTAMPING, stamps, "setsockopt(SO_TIMESTAMPING)");
	for (const int option : {IP_PKTINFO, IP_RECVTTL, IP_RECVTOS, IP_RECVOPTS})
		set_option(link.sender(), SOL_IP, option, 1, "setsockopt(SOL_IP)");
	if (test.transport().family == AF_INET6)
		for (const int option : {IPV6_RECVPKTINFO, IPV6_RECVHOPLIMIT, IPV6_RECVTCLASS})
			set_option(link.sender(), SOL_IPV6, option, 1, "setsockopt(SOL_IPV6)");
	test.sent(link.send_zerocopy(payload), payload.size());
	test.one_notification(link, {0, 0});
}

} // namespace
