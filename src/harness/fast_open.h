/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include "harness/test.h"
#include "os/address.h"
#include "os/bytes.h"
#include "transport/link.h"

/* TCP Fast Open: a SYN that carries data. */
namespace harness
{

/* Bits of net.ipv4.tcp_fastopen: Documentation/networking/ip-sysctl.rst. */
enum FastOpen : unsigned {
	by_clients = 0x1,
	by_servers = 0x2,
	by_clients_without_cookie = 0x4,
	by_servers_without_cookie = 0x200,
	by_every_listener = 0x400,
};

/* Set the sysctl in both namespaces of the path. The test is skipped where it cannot be
 * written. */
void allow_fast_open(Test &test, unsigned bits);
/* A flagged call that connects, and sends with the SYN as much as fits there, entered into
 * the books; it may block without MSG_DONTWAIT. `to`: null for the link's destination. */
transport::Sent fast_open(transport::Link &link, os::Bytes bytes, int flags = 0,
			  const os::Address *to = nullptr);

} // namespace harness
