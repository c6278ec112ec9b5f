// SPDX-License-Identifier: GPL-2.0
#include "netns/batches.h"

BATCH(veth);
BATCH(sender);
BATCH(sender_ipv6);
BATCH(receiver);
BATCH(receiver_ipv6);
BATCH(neighbour);
BATCH(neighbour_ipv6);
BATCH(patient_cork);
BATCH(patient_cork_ipv6);
BATCH(veth_onward);
BATCH(sender_routed);
BATCH(sender_routed_ipv6);
BATCH(receiver_routed);
BATCH(receiver_routed_ipv6);
