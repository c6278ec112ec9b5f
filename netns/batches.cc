// SPDX-License-Identifier: GPL-2.0
#include "netns/batches.h"

/* The assembler includes the file's bytes and ends them with a zero. */
#define BATCH(name)                                                                                          \
	__asm__(".pushsection .rodata\n"                                                                     \
		".globl batch_" #name "\n"                                                                   \
		"batch_" #name ":\n"                                                                         \
		".incbin \"netns/" #name ".batch\"\n"                                                        \
		".byte 0\n"                                                                                  \
		".popsection\n")

BATCH(veth);
BATCH(veth_large);
BATCH(macvtap);
BATCH(veth_onward);
BATCH(bridge);
BATCH(netkit);
BATCH(sink_dummy);
BATCH(sink_ifb);
BATCH(sink_bridge);
BATCH(sender);
BATCH(sender_ipv6);
BATCH(receiver);
BATCH(receiver_ipv6);
BATCH(router);
BATCH(router_ipv6);
BATCH(sender_routed);
BATCH(sender_routed_ipv6);
BATCH(receiver_routed);
BATCH(receiver_routed_ipv6);
BATCH(neighbour);
BATCH(neighbour_ipv6);
BATCH(patient_neighbour);
BATCH(patient_neighbour_ipv6);
BATCH(patient_cork);
BATCH(patient_cork_ipv6);
