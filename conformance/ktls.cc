// SPDX-License-Identifier: GPL-2.0
/* Flagged sends on sockets with kTLS (TCP_ULP "tls"), and those that kTLS came behind. */
#include "conformance/chapter.h"
#include "transport/families.h"

namespace
{

CASE(option_does_no_harm_to_ktls, .requirements = {"ZC-OP-09"}, .transports = transport::tcp,
     .paths = netns::simplest, .needs = needs_ktls, .entry = Entry::families)
{
	Link &link = test.connect({.zerocopy = false});
	const Payload payload(link.usual_length());

	transport::encrypt_sending(link.sender());
	transport::decrypt_receiving(link.receiver());
	for (const bool option : {true, false}) {
		link.set_zerocopy(option);
		plainly_sends(test, link, payload);
		link.deliver();
		test.queue_empty(link);
	}
}

REQUIREMENT("ZC-OP-03", promised, "A kTLS socket that sends takes the flag as a hint: the send succeeds.",
	    .rests_on = "ZC-SO-07 ZC-IN-01",
	    .code = "net/tls/tls_sw.c:tls_sw_sendmsg (6.12, 7.3: tls_sw_sendmsg and tls_sw_sendmsg_locked), "
		    "net/tls/tls_device.c:tls_push_data");
DEVIATION("ktls-refuses-flag", "ZC-OP-03", "4.14 on",
	  "A send with the flag on a socket with kTLS transmit attached, in software or on a device, fails "
	  "with EOPNOTSUPP (ENOTSUPP on early kernels), without an id, whether or not SO_ZEROCOPY is set.",
	  catalogue::not_fixed_read);
CASE(ktls_takes_the_flag_as_a_hint, .requirements = {"ZC-OP-03"}, .transports = transport::tcp,
     .paths = netns::simplest, .needs = needs_ktls, .entry = Entry::families,
     .deviation = "ktls-refuses-flag")
{
	Link &link = test.connect({.zerocopy = false});
	const Payload payload(link.usual_length());
	int refusals = 0;

	transport::encrypt_sending(link.sender());
	transport::decrypt_receiving(link.receiver());
	for (const bool option : {false, true}) {
		link.set_zerocopy(option);
		const Returned sent = link.send_zerocopy(payload);
		if (sent.ok()) {
			test.sent(sent, payload.size());
			continue;
		}
		test.refused(sent, sent.error == os::enotsupp ? os::enotsupp : EOPNOTSUPP);
		plainly_sends(test, link, payload);
		test.queue_empty(link);
		refusals++;
	}
	if (refusals == 2)
		test.deviates("EOPNOTSUPP without SO_ZEROCOPY and with it, where a plain send succeeds");
	test.equal("flagged sends that failed", refusals, 0);
}

REQUIREMENT("ZC-LF-09", observed,
	    "Completions of flagged sends made before kTLS was attached can be read after it was.",
	    .code = "net/tls/tls_main.c:tls_init, net/tls/tls_sw.c:tls_sw_recvmsg",
	    .kernels = "see ZC-PA-04 for their form");
/* The send has completed when kTLS puts its own calls before those of TCP. The error
 * queue stays that of the socket. */
CASE(notifications_outlive_the_start_of_ktls, .requirements = {"ZC-LF-09"}, .transports = transport::tcp,
     .paths = netns::simplest, .needs = needs_ktls, .entry = Entry::families)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());

	sends(test, link, payload);
	link.deliver();
	transport::encrypt_sending(link.sender());
	transport::decrypt_receiving(link.receiver());
	plainly_sends(test, link, payload);
	test.one_notification(link, {0, 0});
}

CASE(held_sends_complete_after_the_start_of_ktls, .requirements = {"ZC-LF-09"}, .transports = transport::tcp,
     .paths = netns::holds_many, .needs = needs_ktls, .entry = Entry::families, .once = true)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());

	sends(test, link, payload);
	transport::encrypt_sending(link.sender());
	test.queue_empty(link);
	link.release();
	transport::decrypt_receiving(link.receiver());
	plainly_sends(test, link, payload);
	test.one_notification(link, {0, 0});
}

REQUIREMENT("ZC-PA-04", promised,
	    "On a kTLS socket of AF_INET6 a notification is a control message SOL_IPV6/IPV6_RECVERR.",
	    .rests_on = "ZC-PA-01", .code = "net/tls/tls_sw.c:tls_sw_recvmsg",
	    .kernels = "kTLS with TLS_RX since 4.17");
DEVIATION("ktls-ip-recverr-on-ipv6", "ZC-PA-04", "4.17 on",
	  "On an AF_INET6 socket with kTLS receive attached the notification is SOL_IP/IP_RECVERR of length "
	  "CMSG_LEN(16), without an offender.",
	  catalogue::not_fixed_read);
CASE(notification_of_ktls_over_ipv6_is_an_ipv6_one, .requirements = {"ZC-PA-04", "ZC-LF-09"},
     .transports = transport::tcp, .paths = netns::simplest, .address_family = AF_INET6, .needs = needs_ktls,
     .entry = Entry::families, .deviation = "ktls-ip-recverr-on-ipv6")
{
	Link &link = test.connect();

	sends(test, link);
	transport::decrypt_receiving(link.sender());
	const Message message = one_message(test, link);
	const Notification &notification = message.notifications.front();
	const errqueue::ControlMessage &header = notification.header;
	test.that("fields of the notification",
		  notification.is_zerocopy() && notification.copied() &&
			  notification.ids() == errqueue::IdRange{0, 0},
		  "ids [0,0] of origin SO_EE_ORIGIN_ZEROCOPY, copied", errqueue::describe(notification));
	if (header.level == SOL_IP && header.type == IP_RECVERR &&
	    header.length == CMSG_LEN(sizeof(sock_extended_err)))
		test.deviates("SOL_IP/IP_RECVERR without an offender");
	test.well_formed(notification);
}

REGRESSION("net: sock: fix hardened usercopy panic in sock_recv_errqueue (CVE-2026-22977)",
	   "6.19, 6.18.6 [Debian 6.18.8-1], 6.12.66 [Debian 6.12.69-1], 6.1.161 [Debian 6.1.162-1], 5.10.248 "
	   "[Debian 5.10.249-1]",
	   .cases = {"ktls_reads_timestamps_beside_notifications"});
/* With the bug and CONFIG_HARDENED_USERCOPY, the kernel panics when a timestamp is read
 * that came in the twin of a packet buffer (net/core/skbuff.c:skb_clone). */
CASE(ktls_reads_timestamps_beside_notifications, .requirements = {"ZC-LF-09"}, .transports = transport::tcp,
     .paths = netns::simplest, .needs = needs_ktls, .entry = Entry::guest_only, .once = true)
{
	constexpr int timestamps = 20;
	Link &link = test.connect();
	const Payload payload(100);
	unsigned seen = 0;

	harness::timestamp(link, SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_TX_ACK |
					 SOF_TIMESTAMPING_TX_SOFTWARE);
	transport::decrypt_receiving(link.sender());
	/* Data that arrives behind unread data joins it, and its buffer is freed, so that the
	 * acknowledgement finds the twin free. A timestamp of each send is read before the next: each
	 * is charged with the page of its data, and the kernel drops those that SO_RCVBUF has no room for. */
	for (unsigned i = 1; i <= timestamps; i++) {
		sends(test, link, payload, MSG_EOR);
		const bool came = os::wait_until([&] {
			for (const Message &message : link.read_notifications())
				seen += std::ranges::count_if(message.notifications, [](const auto &each) {
					return each.err.ee_origin == SO_EE_ORIGIN_TIMESTAMPING;
				});
			return seen >= i;
		});
		test.that("timestamps read", came, "at least one of each send", std::to_string(seen));
	}
}

} // namespace
