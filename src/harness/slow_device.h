/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <string>

#include "harness/test.h"
#include "os/address.h"

/*
 * The path's device drops packets, delays them, or sends them to nobody. These verbs fork,
 * for ip or tc: a payload whose pages must stay shared is made afterwards. A case need not
 * undo them, as the namespace ends with it.
 */
namespace harness
{

/* A token bucket that one packet of 1400 bytes fits, and the next in half a minute; an
 * ample rate again. The next packet then makes the device look at its queue. The test is
 * skipped where there is no tc command or no token bucket. */
void limit_rate(Test &test);
void lift_rate(Test &test);
/* A queue without room, which drops every packet; and the device's own again. */
void drop_at_queue(Test &test);
void stop_dropping(Test &test);
/* A queue that lets the fragment of that number, from 0, of the next datagram above the MTU
 * pass, holds that of the one after it, and no other fragment. stop_dropping() drops it. */
void hold_fragment(Test &test, unsigned number);
/* Packets of 1024 to 2047 bytes that leave by that device of the caller's namespace wait by their
 * traffic class: those of class 0 and those of second_class apart. One of each passes before.
 * drop_held() drops those of either class. */
inline constexpr int second_class = 0x10;
void hold_by_class(Test &test, const std::string &device);
void drop_held(const std::string &device, int traffic_class);
/* What the path's device sends is mirrored to another, which holds all but the first packet of 1400 bytes,
 * until drop_mirrored(). */
void mirror_to_slow_device(Test &test);
void drop_mirrored();
/* The receiver's link-layer address is known, and it is nobody's: packets to it are lost
 * on their way. It is to be asked for again. */
void lose_packets(Test &test);
void stop_losing(Test &test);
/* Retransmissions come after milliseconds, at the least RTO that the route allows
 * (net/ipv4/tcp_input.c:tcp_rto_min); on paths with a scripted peer they come after a minute. */
void retransmit_soon(Test &test);
/* Another address of the receiver's network, of which the link-layer address is known: the
 * path does not hold what goes there. A port where nobody listens. */
os::Address known_neighbour(Test &test);

} // namespace harness
