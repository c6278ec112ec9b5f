// SPDX-License-Identifier: GPL-2.0
/* Flagged datagrams that a device holds in its queue when it is set down or deleted, or its queue is
 * replaced; and those of which a mirrored copy waits at another device. */
#include "conformance/chapter.h"
#include "harness/slow_device.h"
#include "netns/ip_command.h"

namespace
{

/* The device's queue lets one datagram pass, and holds the others. */
Link &connect_and_wait_in_the_queue(Test &test)
{
	Link &link = test.connect();

	limit_rate(test);
	const Payload payload(link.usual_length());
	plainly_sends(test, link, payload);
	for (int i = 0; i < 3; i++)
		sends(test, link, payload);
	test.queue_empty(link);
	return link;
}

void are_completed(At at, Link &link)
{
	at->completions_settle(link);
	none_copied(at, link, "ee_code of a datagram that its device dropped");
	option_memory_is(at, link, 0);
}

REQUIREMENT(
	"ZC-LO-50", promised,
	"Datagrams in the queue of a device are completed when the device is set down or deleted, and "
	"when its queueing discipline is replaced.",
	.rests_on = "ZC-IN-01",
	.code = "net/sched/sch_generic.c:dev_deactivate_many, qdisc_reset; net/sched/sch_api.c:qdisc_graft",
	.kernels = "that this is without SO_EE_CODE_ZEROCOPY_COPIED is observed, not promised");
CASE(datagrams_complete_when_their_device_is_set_down, .requirements = {"ZC-LO-50", "ZC-CP-08"},
     .transports = transport::udp, .paths = netns::shares | netns::in_call, .without = netns::holds)
{
	Link &link = connect_and_wait_in_the_queue(test);

	netns::ip_batch(std::string("link set dev ") + test.network().device() + " down\n");
	are_completed(test, link);
}

CASE(datagrams_complete_when_their_queue_is_replaced, .requirements = {"ZC-LO-50", "ZC-CP-08"},
     .transports = transport::udp, .paths = netns::shares | netns::in_call, .without = netns::holds)
{
	Link &link = connect_and_wait_in_the_queue(test);

	netns::tc_batch(std::string("qdisc replace dev ") + test.network().device() +
			" root pfifo limit 100\n");
	are_completed(test, link);
	next_id_is(test, link, 3);
}

CASE(datagrams_complete_when_their_device_is_deleted, .requirements = {"ZC-LO-50", "ZC-CP-08"},
     .transports = transport::udp, .paths = netns::shares | netns::in_call, .without = netns::holds)
{
	Link &link = connect_and_wait_in_the_queue(test);

	netns::ip_batch(std::string("link delete dev ") + test.network().device() + '\n');
	are_completed(test, link);
}

REQUIREMENT("ZC-LO-54", observed,
	    "A datagram that traffic control mirrors to another device is completed when both devices are "
	    "done with it.",
	    .code = "net/sched/act_mirred.c:tcf_mirred_act clones the packet, which shares the pages",
	    .kernels = "that it is not completed before is promised: ZC-IN-01");
/* The datagram itself has left. */
CASE(mirrored_copy_holds_the_datagram, .requirements = {"ZC-LO-54", "ZC-CP-08"}, .transports = transport::udp,
     .paths = netns::shares | netns::in_call, .without = netns::holds, .entry = harness::Entry::families)
{
	Link &link = test.connect();

	mirror_to_slow_device(test);
	const Payload payload(link.usual_length());
	plainly_sends(test, link, payload);
	for (int i = 0; i < 2; i++)
		sends(test, link, payload);
	test.queue_empty(link);
	drop_mirrored();
	test.one_notification(link, {0, 1});
}

} // namespace
