// SPDX-License-Identifier: GPL-2.0
/* Flagged datagrams that the host itself refuses to send. */
#include <stdexcept>
#include <system_error>

#include "conformance/chapter.h"
#include "harness/ipsec.h"
#include "netns/ip_command.h"
#include "netns/netfilter.h"

namespace
{

/* IPsec's policy is asked when the route is looked up, before the call is counted:
 * net/xfrm/xfrm_policy.c:xfrm_lookup_with_ifid. */
CASE(datagram_that_ipsec_blocks_consumes_no_id, .requirements = {"ZC-CT-07", "ZC-CT-06"},
     .transports = transport::udp, .paths = netns::basic, .without = netns::simplest,
     .entry = Entry::families)
{
	Link &link = test.connect();
	const Payload payload(link.usual_length());
	const std::string policy = std::string("dst ") +
				   test.network().addresses(test.transport().address_family).receiver +
				   " dir out";

	for (std::uint32_t id = 0; id < 2; id++) {
		try {
			netns::ip_batch("xfrm policy add " + policy + " action block\n");
		} catch (const std::system_error &) {
			throw;
		} catch (const std::runtime_error &) {
			test.skip("IPsec policies (CONFIG_XFRM_USER)");
		}
		for (const int flags : {0, int{MSG_ZEROCOPY}})
			test.refused(link.send(payload, flags), EPERM);
		test.queue_empty(link);
		netns::ip_batch("xfrm policy delete " + policy + '\n');
		next_id_is(test, link, payload, id);
	}
}

/* IPsec encrypts no datagram that is cut later: net/ipv4/udp.c:udp_send_skb, dst_xfrm(). IPv4 leaves no
 * checksum to the device where a header will come in between, and copies
 * (net/ipv4/ip_output.c:__ip_append_data, exthdrlen). */
CASE(segmented_datagram_behind_ipsec_consumes_no_id, .requirements = {"ZC-CT-07"},
     .transports = transport::udp, .paths = netns::basic, .without = netns::simplest, .needs = needs_esp,
     .entry = Entry::families, .deviation = "udp-late-failure-counts")
{
	Link &link = test.connect();
	const Payload payload(3000);

	encrypt_between(test);
	segment(link, 1000);
	for (const int flags : {0, int{MSG_ZEROCOPY}})
		test.refused(link.send(payload, flags), EIO);
	segment(link, 0);
	stop_encrypting(test);
	judge_uncounted(test, link, payload.first(100), test.transport().address_family == AF_INET);
}

constexpr std::size_t dropped = 1000; /* bytes of a datagram that is */
constexpr std::size_t passed = 100;

void judge_datagram_that_is_dropped(At at, netns::Hook hook)
{
	Link &link = at->connect();
	const Payload payload(dropped);

	netns::drop_datagrams(hook, dropped);
	at->refused(link.send(payload), EPERM);
	at->refused(link.send_zerocopy(payload), EPERM);
	judge_uncounted(at, link, payload.first(passed), false);
}

/* net/ipv4/ip_output.c:__ip_local_out, net/ipv6/output_core.c:__ip6_local_out */
CASE(datagram_that_netfilter_drops_consumes_no_id, .requirements = {"ZC-CT-07"}, .transports = transport::udp,
     .needs = needs_packet_filter, .entry = Entry::families, .deviation = "udp-late-failure-counts")
{
	judge_datagram_that_is_dropped(test, netns::Hook::output);
}

/* net/ipv4/ip_output.c:ip_output, net/ipv6/ip6_output.c:ip6_output */
CASE(datagram_that_netfilter_drops_once_routed_consumes_no_id, .requirements = {"ZC-CT-07"},
     .transports = transport::udp, .needs = needs_packet_filter, .entry = Entry::families,
     .deviation = "udp-late-failure-counts")
{
	judge_datagram_that_is_dropped(test, netns::Hook::postrouting);
}

/* The call returns the number of messages before the one that fails, which does not count. */
CASE(message_of_many_that_netfilter_drops_consumes_no_id, .requirements = {"ZC-CT-07", "ZC-TX-02"},
     .transports = transport::udp, .paths = netns::simplest, .needs = needs_packet_filter,
     .entry = Entry::families, .deviation = "udp-late-failure-counts")
{
	Link &link = test.connect();
	const Payload payload(dropped);
	const Outgoing short_one(payload.first(passed)), long_one(payload);
	std::array<mmsghdr, 2> messages = {};

	netns::drop_datagrams(netns::Hook::output, dropped);
	messages[0].msg_hdr = short_one.header();
	messages[1].msg_hdr = long_one.header();
	returned(test, "sendmmsg()",
		 Returned::of(::sendmmsg(link.sender(), messages.data(), messages.size(), MSG_ZEROCOPY)), 1);
	link.account(transport::all_of(payload.first(passed)), payload.first(passed), MSG_ZEROCOPY);
	sends(test, link, payload.first(passed));
	link.deliver(); /* a datagram is completed before it arrives */
	const unsigned surplus = enter_with_surplus_ids(link);
	test.completions_settle(link);
	if (surplus == 1)
		test.deviates("three ids, [0,2], of two messages that were sent and one that was not");
	test.equal("ids that no message has", surplus, 0);
}

} // namespace
