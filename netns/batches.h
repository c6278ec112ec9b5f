/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MSG_ZEROCOPY_NETNS_BATCHES_H
#define MSG_ZEROCOPY_NETNS_BATCHES_H

/*
 * The topologies' iproute2 batch files, netns/NAME.batch, as text in the
 * program: it needs no file at run time. Shell and Python use the same files,
 * with `ip -batch netns/NAME.batch`.
 */
extern "C" {
extern const char batch_veth[];
extern const char batch_veth_large[];
extern const char batch_macvtap[];
extern const char batch_veth_onward[];
extern const char batch_bridge[];
extern const char batch_netkit[];
extern const char batch_sink_dummy[];
extern const char batch_sink_ifb[];
extern const char batch_sink_bridge[];
extern const char batch_sender[];
extern const char batch_sender_ipv6[];
extern const char batch_receiver[];
extern const char batch_receiver_ipv6[];
extern const char batch_router[];
extern const char batch_router_ipv6[];
extern const char batch_sender_routed[];
extern const char batch_sender_routed_ipv6[];
extern const char batch_receiver_routed[];
extern const char batch_receiver_routed_ipv6[];
extern const char batch_neighbour[];
extern const char batch_neighbour_ipv6[];
extern const char batch_patient_neighbour[];
extern const char batch_patient_neighbour_ipv6[];
extern const char batch_patient_cork[];
extern const char batch_patient_cork_ipv6[];
}

#endif
