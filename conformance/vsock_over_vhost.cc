// SPDX-License-Identifier: GPL-2.0
/*
 * VSOCK from the host to its guest, which the test plays: the kernel's packets for the guest
 * wait, pages and all, until the guest gives its device a buffer. CIDs, rings and buffers:
 * drivers/vhost/vsock.c; all else net/vmw_vsock/virtio_transport_common.c.
 */
#include "conformance/chapter.h"
#include "transport/vsock.h"
#include "vhost_guest/vsock_peer.h"

namespace
{

using netns::guest;
using netns::holds;
using transport::vsock;
using transport::vsock_packet;

/* poll(2) reports POLLHUP only where the sender has shut down itself (vsock_poll). */
void hangs_up(At at, const Link &link)
{
	await_events(at, link.sender(), POLLRDHUP, "the end of the connection");
}

REQUIREMENT("ZC-VS-30", observed,
	    "A VSOCK packet from the host to its guest completes when all of it is in buffers of the guest's "
	    "device, not before, and whether or not the guest looks at them. A call completes when all its "
	    "packets are there.",
	    .code = "drivers/vhost/vsock.c:vhost_transport_do_send_pkt",
	    .kernels = "since 6.7; that it does not complete before is promised: ZC-IN-01");
CASE(vsock_packet_completes_in_the_guests_buffer, .requirements = {"ZC-VS-30"}, .transports = vsock,
     .paths = guest | holds)
{
	Link &link = test.connect();
	std::uint32_t id = 0;

	for (const std::size_t length : {std::size_t{1}, std::size_t{10000}, vsock_packet}) {
		Payload payload(length);

		sends(test, link, payload);
		test.nothing_comes(link);
		store_seen(link, payload);
		link.guest().take(1);
		test.one_notification(link, {id, id});
		id++;
	}
}

/* A packet that is larger than the guest's buffers is split. */
CASE(vsock_packet_completes_in_the_last_of_its_buffers, .requirements = {"ZC-VS-30"}, .transports = vsock,
     .paths = guest | holds)
{
	Link &link = test.connect();

	sends(test, link, Payload(10000));
	for (int part = 0; part < 2; part++) {
		link.guest().take(1, 4096);
		test.nothing_comes(link);
	}
	link.guest().take(1, 4096);
	test.one_notification(link, {0, 0});
}

/* Each part says whether the message goes on. */
CASE(vsock_message_that_is_split_keeps_its_end_of_record, .requirements = {"ZC-VS-17", "ZC-VS-30"},
     .transports = transport::seqpacket, .paths = guest | holds)
{
	Link &link = test.connect();
	int records = 0;

	for (const int flag : {static_cast<int>(MSG_EOR), 0, static_cast<int>(MSG_EOR)}) {
		sends(test, link, Payload(10000), flag);
		link.guest().take(3, 4096);
		records += flag ? 1 : 0;
		test.equal("messages with MSG_EOR at the guest", link.guest().records(), records);
	}
	test.completions_settle(link);
}

/* The call is within the credit, and becomes three packets at once. */
CASE(vsock_packets_of_a_call_complete_with_the_last, .requirements = {"ZC-VS-30"}, .transports = vsock,
     .paths = guest | holds)
{
	Link &link = test.connect();

	sends(test, link, Payload(3 * vsock_packet - 1000));
	for (int packet = 0; packet < 2; packet++) {
		link.guest().take(1);
		test.nothing_comes(link);
	}
	link.guest().take(1);
	test.one_notification(link, {0, 0});
}

REQUIREMENT("ZC-LO-15", promised,
	    "VSOCK data to a local socket takes the path of remote data: the receiver reads the sender's "
	    "pages, and the completion, without SO_EE_CODE_ZEROCOPY_COPIED, comes when it has read them; "
	    "from another machine it comes when that one's device has them.",
	    .document = "Implementation: Loopback: \"Data path sent to local sockets is the same as for "
			"non-local sockets.\"",
	    .code = "net/vmw_vsock/vsock_loopback.c:vsock_loopback_send_pkt",
	    .kernels = "since 6.7; when the completion comes, and that it is without "
		       "SO_EE_CODE_ZEROCOPY_COPIED, is observed, not promised");
/* The device copies the packets into the other machine's memory. On this machine the packets
 * themselves lie in the receiver's queue. */
CASE(vsock_to_another_machine_completes_unread, .requirements = {"ZC-LO-15"}, .transports = vsock,
     .paths = netns::away | netns::unread)
{
	Link &link = test.connect();

	for (const std::uint32_t id : {0, 1}) {
		sends(test, link);
		test.one_notification(link, {id, id});
	}
}

REQUIREMENT("ZC-VS-31", observed,
	    "A flagged VSOCK send for which the guest has no credit fails with EAGAIN and has no id.",
	    .code = "net/vmw_vsock/af_vsock.c:vsock_connectible_sendmsg",
	    .kernels = "since 6.7; that there is no id is promised: ZC-TX-02");
CASE(vsock_send_without_credit_does_not_count, .requirements = {"ZC-VS-31"}, .transports = vsock,
     .paths = guest | holds)
{
	Link &link = test.connect({.receive_buffer = vsock_packet});
	const Payload payload(vsock_packet + 100);

	sends(test, link, payload.first(vsock_packet));
	test.refused(link.send_zerocopy(payload.from(vsock_packet, 100)), EAGAIN);
	link.guest().take(1);
	test.one_notification(link, {0, 0});
	sends(test, link, payload.from(vsock_packet, 100));
	link.guest().take(1);
	test.one_notification(link, {1, 1});
}

REQUIREMENT("ZC-VS-32", promised,
	    "Data that a guest was sent and has not taken completes once where the guest resets the "
	    "connection, where its device goes, and where the sender is closed. Nothing is leaked.",
	    .rests_on = "ZC-IN-01",
	    .code = "drivers/vhost/vsock.c:vhost_vsock_dev_release, "
		    "net/vmw_vsock/virtio_transport_common.c:virtio_transport_do_close",
	    .kernels = "since 6.7; that nothing is leaked is observed, not promised");
/* The reset takes nothing out of the queue: data for the guest waits on. */
CASE(vsock_reset_by_the_guest_leaves_what_is_pending, .requirements = {"ZC-VS-32"}, .transports = vsock,
     .paths = guest | holds)
{
	Link &link = test.connect();
	const Payload payload(10000);

	sends(test, link, payload);
	link.guest().reset();
	hangs_up(test, link);
	test.refused(link.send_zerocopy(payload), EPIPE);
	test.nothing_comes(link);
	link.guest().take(1);
	test.one_notification(link, {0, 0});
}

/* The device resets its connections, and then purges its queue. Alone, as each device that goes resets what
 * others have left behind once more (drivers/vhost/vsock.c:vhost_vsock_reset_orphans): the send would have
 * the error of that. */
CASE(vsock_guest_that_goes_completes_what_is_pending, .requirements = {"ZC-VS-32"}, .transports = vsock,
     .paths = guest | holds, .alone = true)
{
	Link &link = test.connect();
	const Payload payload(3 * vsock_packet);

	sends(test, link, payload);
	sends(test, link, payload.first(1));
	link.end_guest();
	hangs_up(test, link);
	pending_error_is(test, link.sender(), ECONNRESET);
	test.refused(link.send_zerocopy(payload), EPIPE);
	test.completions_settle(link);
}

constexpr struct {
	const char *name;
	void (*reach)(At at, Link &link);
} stages[] = {
	{"not taken", [](At at, Link &link) { sends(at, link, Payload(3 * vsock_packet)); }},
	{"taken in part",
	 [](At at, Link &link) {
		 sends(at, link, Payload(10000));
		 link.guest().take(1, 4096);
	 }},
	{"taken but for its last packet",
	 [](At at, Link &link) {
		 sends(at, link, Payload(3 * vsock_packet - 1000));
		 link.guest().take(2);
	 }},
	{"followed by a shutdown",
	 [](At at, Link &link) {
		 sends(at, link, Payload(10000));
		 os::check(::shutdown(link.sender(), SHUT_WR), "shutdown()");
	 }},
	{"of a connection that the guest has reset",
	 [](At at, Link &link) {
		 sends(at, link, Payload(10000));
		 link.guest().reset();
		 hangs_up(at, link);
	 }},
};

CASE(vsock_guest_that_goes_completes_at_every_stage, .requirements = {"ZC-VS-32"}, .transports = vsock,
     .paths = guest | holds)
{
	for (const auto &[name, reach] : stages) {
		Link &link = test.connect();

		reach(test, link);
		test.queue_empty(link);
		link.end_guest();
		test.that(std::string("ids of data ") + name, link.await_completions(), "each reported once",
			  link.ledger().describe());
		none_copied(test, link);
	}
}

/* The packets keep the socket. The accounts at the end of every case see that it is freed. */
CASE(vsock_socket_closed_with_pending_is_freed, .requirements = {"ZC-VS-32"}, .transports = vsock,
     .paths = guest | holds)
{
	Link &link = test.connect();

	sends(test, link, Payload(2 * vsock_packet));
	link.take_sender().close();
}

} // namespace
