/* SPDX-License-Identifier: GPL-2.0 */
#pragma once

#include <time.h> /* before errqueue.h, which uses struct timespec */

#include <linux/errqueue.h>
#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

/* Older libc headers lack these two (include/linux/socket.h, uapi/linux/vm_sockets.h). */
#ifndef SOL_VSOCK
#define SOL_VSOCK 287
#endif
#ifndef VSOCK_RECVERR
#define VSOCK_RECVERR 1
#endif

namespace errqueue
{

/* Notification ids lo..hi, both inclusive, counted modulo 2^32. */
struct IdRange {
	std::uint32_t lo = 0;
	std::uint32_t hi = 0;

	std::uint64_t count() const { return std::uint64_t{hi - lo} + 1; }
	bool contains(std::uint32_t id) const { return id - lo <= hi - lo; }
	bool operator==(const IdRange &) const = default;
};

/* The header of one control message, as the kernel wrote it. */
struct ControlMessage {
	int level = 0;
	int type = 0;
	std::size_t length = 0; /* cmsg_len: header and data, in bytes */
};

/*
 * One struct sock_extended_err that came with a control message. Whether it is
 * a zerocopy completion is for is_zerocopy() to say: timestamps and ICMP errors
 * arrive on the same queue in the same structure.
 */
struct Notification {
	ControlMessage header;
	sock_extended_err err = {};
	std::vector<std::uint8_t> offender; /* the bytes behind err (SO_EE_OFFENDER) */

	/* msg_zerocopy.rst, Notification Parsing: "ee_errno is zero ... ee_origin
	 * is SO_EE_ORIGIN_ZEROCOPY". */
	bool is_zerocopy() const;
	/* "the range of notifications [ee_info, ee_data]", inclusive. */
	IdRange ids() const { return {err.ee_info, err.ee_data}; }
	/* Deferred copies: "sets bit SO_EE_CODE_ZEROCOPY_COPIED in ee_code". */
	bool copied() const { return err.ee_code & SO_EE_CODE_ZEROCOPY_COPIED; }
};

/* What one recvmsg(MSG_ERRQUEUE) returned. */
struct Message {
	ssize_t returned = 0;			 /* bytes of payload */
	int flags = 0;				 /* msg_flags */
	socklen_t name_length = 0;		 /* msg_namelen */
	std::size_t control_length = 0;		 /* msg_controllen */
	std::vector<ControlMessage> control;	 /* every control message, in order */
	std::vector<Notification> notifications; /* those that carry a sock_extended_err */
};

/*
 * Read a message header that recvmsg() filled in. Pure: it makes no system
 * call. Control messages of any other kind are listed and passed over, and one
 * too short for the structure it should carry is listed but not parsed.
 */
Message parse(const msghdr &header, ssize_t returned);

/* "SOL_IP, IP_RECVERR" */
std::string describe(const ControlMessage &message);
/* One line with every field, for people. */
std::string describe(const Notification &notification);
std::string describe(const Message &message);
std::string describe(IdRange range);

} // namespace errqueue
