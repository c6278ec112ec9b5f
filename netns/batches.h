/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include "os/embedded.h"

/*
 * The topologies' iproute2 batch files, netns/NAME.batch, as text in the
 * program: it needs no file at run time. Shell and Python use the same files,
 * with `ip -batch netns/NAME.batch`.
 *
 * BATCH(name) embeds one as batch_name, in the file of the wire that it belongs
 * to.
 */
#define BATCH(name) EMBEDDED_TEXT(batch_##name, "netns/" #name ".batch")

/* Those that wires share. */
extern "C" {
extern const char batch_veth[];
extern const char batch_sender[];
extern const char batch_sender_ipv6[];
extern const char batch_receiver[];
extern const char batch_receiver_ipv6[];
extern const char batch_neighbour[];
extern const char batch_neighbour_ipv6[];
extern const char batch_patient_cork[];
extern const char batch_patient_cork_ipv6[];
extern const char batch_veth_onward[];
extern const char batch_sender_routed[];
extern const char batch_sender_routed_ipv6[];
extern const char batch_receiver_routed[];
extern const char batch_receiver_routed_ipv6[];
}
