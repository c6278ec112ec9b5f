// SPDX-License-Identifier: GPL-2.0
/* io_uring's SEND_ZC and SENDMSG_ZC over VSOCK: of several packets, beyond the credit, from a registered
 * buffer, and where they fail. */
#include "conformance/chapter.h"
#include "harness/requests.h"
#include "transport/ring.h"
#include "transport/vsock.h"

namespace
{

using transport::Completion;
using transport::from_registered_buffer;
using transport::Ring;
using transport::send_zc;
using transport::sendmsg_zc;
using transport::vsock_packet;

REQUIREMENT(
	"ZC-IO-74", observed,
	"A SEND_ZC or SENDMSG_ZC of several VSOCK packets is notified of when the last of them is read, also "
	"from a registered buffer, whose pages are shared as others are.",
	.code = "net/vmw_vsock/virtio_transport_common.c:virtio_transport_alloc_skb, skb_zcopy_set",
	.kernels =
		"since \"vsock/virtio: fix zerocopy completion for multi-skb sends\" (7.1, 7.0.11, 6.18.34, "
		"6.12.97); before, the last packet alone had the structure (ZC-VS-03)");
/* Packets are read in their order, and each is done with when it is read. */
CASE(send_zc_of_several_vsock_packets_waits_for_the_last, .requirements = {"ZC-IO-74", "ZC-IO-53"},
     .transports = transport::vsock_stream, .paths = netns::holds | netns::local, .needs = needs_send_zc)
{
	Link &link = test.connect();
	Ring ring;
	const Payload payload(3 * vsock_packet - 1000);
	const Outgoing outgoing(payload);
	const msghdr message = outgoing.header();
	const Bytes most = payload.first(payload.size() - 1);

	ring.register_buffer(payload);
	for (const io_uring_sqe &request : transport::in_every_form(link.sender(), payload, message)) {
		request_sends(test, link, ring, request, payload);
		receives(test, link.receiver(), most);
		link.transcript().arrived(most);
		no_completion(test, ring);
		link.deliver();
		request_notifies(test, ring);
	}
	no_completion(test, ring);
}

/* A buffer that is registered is shared from its start on. What begins within a page of it may be copied. */
CASE(registered_buffer_is_shared_over_vsock, .requirements = {"ZC-IO-74", "ZC-IO-53", "ZC-IO-11"},
     .transports = transport::vsock, .paths = netns::holds | netns::local, .needs = needs_send_zc)
{
	Link &link = test.connect();
	Ring ring;
	Payload payload(2 * page_size());
	const Bytes within = payload.from(100, page_size());

	ring.register_buffer(payload);
	for (int i = 0; i < 2; i++) {
		request_sends(test, link, ring, from_registered_buffer(send_zc(link.sender(), payload)),
			      payload);
		readable(test, link.receiver(), "the receiver");
		no_completion(test, ring);
		store_seen(link, payload);
		link.deliver();
		request_notifies(test, ring);
		request_sends(test, link, ring, from_registered_buffer(send_zc(link.sender(), within)),
			      within);
		link.deliver();
		request_notifies(test, ring);
	}
	ring.unregister_buffers();
	no_completion(test, ring);
}

REQUIREMENT("ZC-IO-75", observed,
	    "A SEND_ZC or SENDMSG_ZC on a VSOCK socket that fails has a notification where its entry has "
	    "IORING_CQE_F_MORE, and the requests behind it are sent.",
	    .code = "net/vmw_vsock/virtio_transport_common.c:virtio_transport_send_pkt_info: a structure "
		    "that is not its own is given up with the packets, and by io_uring");
CASE(send_zc_that_fails_over_vsock_notifies_where_it_says_so, .requirements = {"ZC-IO-75", "ZC-IO-07"},
     .transports = transport::vsock, .paths = netns::simplest, .needs = needs_send_zc)
{
	Link &link = test.connect();
	Ring ring;
	const Payload payload(1000);
	const Outgoing outgoing(payload);
	const msghdr message = outgoing.header();
	const Mapping denied(2 * page_size(), PROT_NONE);
	const Outgoing unreadable{payload.first(100), denied.bytes()};
	const msghdr bad = unreadable.header();
	const os::Fd unconnected = new_socket(test);
	const auto fails = [&](const io_uring_sqe &request) {
		ring.submit(request);
		const Completion completion = next_completion(test, ring);
		/* Which errno is judged by ZC-VS-33. */
		test.that("result of the request", completion.result < 0, "-errno",
			  transport::describe(completion));
		if (completion.more())
			request_notifies(test, ring);
		no_completion(test, ring);
	};

	for (const auto &[unreadable_data, no_peer, good] :
	     {std::array{send_zc(link.sender(), denied.bytes()), send_zc(unconnected.get(), payload),
			 send_zc(link.sender(), payload)},
	      std::array{sendmsg_zc(link.sender(), bad), sendmsg_zc(unconnected.get(), message),
			 sendmsg_zc(link.sender(), message)}}) {
		fails(unreadable_data);
		fails(no_peer);
		request_sends(test, link, ring, good, payload);
		link.deliver();
		request_notifies(test, ring);
	}
	no_completion(test, ring);
}

/* Buffers of both ends: one packet may be on its way. */
constexpr transport::LinkOptions small_credit = {.receive_buffer = static_cast<int>(vsock_packet)};

REQUIREMENT(
	"ZC-IO-76", observed,
	"A SEND_ZC with MSG_WAITALL that exceeds the credit of a VSOCK stream sends the rest as soon as the "
	"receiver has room, and has one result and one notification, behind all of its data.",
	.code = "io_uring/net.c:io_sendmsg_zc, io_net_retry");
CASE(send_zc_beyond_the_vsock_credit_is_sent_in_parts, .requirements = {"ZC-IO-76", "ZC-IO-90"},
     .transports = transport::vsock_stream, .paths = netns::simplest | netns::local, .needs = needs_send_zc)
{
	const Payload payload(3 * vsock_packet);
	Ring ring;

	for (const bool registered : {false, true}) {
		Link &link = test.connect(small_credit);
		const io_uring_sqe request = send_zc(link.sender(), payload, MSG_WAITALL);

		if (registered)
			ring.register_buffer(payload);
		ring.submit(registered ? from_registered_buffer(request) : request);
		link.account(transport::all_of(payload), payload, 0);
		/* What is there is a part of it. */
		readable(test, link.receiver(), "the receiver");
		no_completion(test, ring);
		link.deliver();
		has_sent(test, next_completion(test, ring), payload.size());
		request_notifies(test, ring);
		no_completion(test, ring);
	}
}

DEVIATION("vsock-request-never-says-copied", "ZC-IO-09", "6.7 on",
	  "The notification of a SEND_ZC with IORING_SEND_ZC_REPORT_USAGE over VSOCK does not have "
	  "IORING_NOTIF_USAGE_ZC_COPIED where the call has copied its data for want of credit.",
	  "net/vmw_vsock/virtio_transport_common.c:virtio_transport_send_pkt_info marks structures of "
	  "MSG_ZEROCOPY, and not those of io_uring (msg_ubuf), as copied; read in 7.3.4, seen on that and "
	  "6.12.118. Not fixed in 7.3.4. The start is that of the flag of VSOCK and is inferred.");
CASE(send_zc_that_vsock_copies_says_so, .requirements = {"ZC-IO-09", "ZC-IO-53"},
     .transports = transport::vsock_stream, .paths = netns::simplest | netns::local,
     .needs = needs_send_zc | needs_send_zc_usage, .deviation = "vsock-request-never-says-copied")
{
	Ring ring;
	const Payload payload(2 * vsock_packet);
	/* A connection for each: what was read is room a moment later only. */
	const auto usage_of = [&](Bytes bytes, std::size_t sent) {
		Link &link = test.connect(small_credit);

		request_sends(test, link, ring, transport::reporting_usage(send_zc(link.sender(), bytes)),
			      bytes.first(sent));
		link.deliver();
		return request_notifies(test, ring);
	};

	const Completion shared = usage_of(payload.first(1000), 1000);
	test.that("usage of what fits the credit", shared.result == 0, "0: not copied",
		  transport::describe(shared));
	const Completion copied = usage_of(payload, vsock_packet);
	if (!copied.copied())
		test.deviates("usage of what the credit cut: " + transport::describe(copied));
}

} // namespace
