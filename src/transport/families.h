/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <sys/socket.h>

#include "netns/namespace.h"
#include "os/fd.h"

/*
 * Kinds of sockets beside the transports, which know MSG_ZEROCOPY in a way of
 * their own or not at all. Numbers that the C library of Debian 12 does not have
 * are here under names of ours.
 */
namespace transport
{

inline constexpr int protocol_udplite = 136; /* IPPROTO_UDPLITE: not behind every header */
inline constexpr int protocol_mptcp = 262;   /* IPPROTO_MPTCP */
inline constexpr int family_smc = 43;	     /* AF_SMC */

/* Every call on it fails with EAGAIN where it would have to wait. Throws
 * std::system_error where the kernel has no such sockets. */
os::Fd open_socket(int family, int type, int protocol);

/* The same of a ping socket, within a namespace of ours, where this lets everyone
 * have them: nobody may in a new one. */
os::Fd open_ping_socket(const netns::Namespace &space, int family);

/* The same of an RDS socket over TCP, not bound yet. */
os::Fd open_rds_socket();

/* kTLS in software, with keys that everyone knows, on a connected TCP socket: what
 * the one sends from here on the other can read. Each throws std::system_error
 * where the kernel has none. */
void encrypt_sending(int socket);
void decrypt_receiving(int socket);

} // namespace transport
