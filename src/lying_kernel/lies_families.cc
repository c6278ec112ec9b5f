// SPDX-License-Identifier: GPL-2.0
#include <netinet/tcp.h>

#include <cstring>

#include "lying_kernel/lies.h"

using namespace lying;

namespace
{

/* As in transport/ring.h: headers may be older than the kernel. */
constexpr std::uint8_t op_send_zc = 47;
constexpr std::uint8_t op_sendmsg_zc = 48;
constexpr std::uint16_t report_usage = 1U << 3;

bool is_ktls(int fd)
{
	char name[16] = {};
	socklen_t length = sizeof(name);

	return REAL(getsockopt)(fd, SOL_TCP, TCP_ULP, name, &length) == 0 && std::strcmp(name, "tls") == 0;
}

/* A flagged call that fails with the first errno fails with the second. */
template <int from, int to> ssize_t other_failure_elsewhere(int fd, const msghdr &message, int flags)
{
	const ssize_t result = REAL(sendmsg)(fd, &message, flags);

	return result < 0 && errno == from && (flags & MSG_ZEROCOPY) ? fail(to) : result;
}

constexpr std::array lies = {
	Lie("flag-refused-by-other-families", "Sockets of other kinds than TCP and UDP refuse MSG_ZEROCOPY.",
	    "ZC-OP-01 ZC-OP-04 ZC-OP-12 ZC-OP-09 ZC-OP-10 ZC-VS-16",
	    {.send_elsewhere = [](int fd, const msghdr &message, int flags) -> ssize_t {
		    return (flags & MSG_ZEROCOPY) ? fail(EOPNOTSUPP) : REAL(sendmsg)(fd, &message, flags);
	    }}),
	Lie("flag-refused-by-ktls", "A kTLS socket refuses MSG_ZEROCOPY with EIO.", "ZC-OP-03",
	    {.send = [](Sending &call) -> ssize_t {
		    return call.flagged() && is_ktls(call.fd) ? fail(EIO) : call.make();
	    }}),
	Lie("option-harms-ktls", "With SO_ZEROCOPY a kTLS socket refuses sends without the flag, too.",
	    "ZC-OP-09", {.send = [](Sending &call) -> ssize_t {
		    const bool optioned = option(call.fd, SOL_SOCKET, SO_ZEROCOPY) == 1;

		    return optioned && is_ktls(call.fd) ? fail(EIO) : call.make();
	    }}),
	Lie("error-queue-of-ktls-empty", "Nothing comes to the error queue of a kTLS socket.",
	    "ZC-LF-09 ZC-PA-04", {.keeps = [](int fd, Socket &, Notice &) -> bool { return !is_ktls(fd); }}),
	Lie("fault-is-invalid-elsewhere",
	    "A flagged send of another family than TCP and UDP, from memory that cannot be read, fails with "
	    "EINVAL.",
	    "ZC-OP-11", {.send_elsewhere = other_failure_elsewhere<EFAULT, EINVAL>}),
	Lie("enobufs-for-enomem-of-other-families",
	    "A flagged send of another family than TCP and UDP fails with ENOBUFS, where ENOMEM is due.",
	    "ZC-OP-06", {.send_elsewhere = other_failure_elsewhere<ENOMEM, ENOBUFS>}),
	Lie("flag-without-cookie-ignored",
	    "A flagged send of another family than TCP and UDP that fails with EINVAL is made without the "
	    "flag.",
	    "ZC-OP-04", {.send_elsewhere = [](int fd, const msghdr &message, int flags) -> ssize_t {
		    const ssize_t result = REAL(sendmsg)(fd, &message, flags);

		    return result < 0 && errno == EINVAL && (flags & MSG_ZEROCOPY)
				   ? REAL(sendmsg)(fd, &message, flags & ~MSG_ZEROCOPY)
				   : result;
	    }}),
	Lie("rds-completions-lost", "RDS returns no cookies.", "ZC-OP-05 ZC-OP-13",
	    {.receive_elsewhere = [](int fd, msghdr &message, int flags) -> ssize_t {
		    const ssize_t result = REAL(recvmsg)(fd, &message, flags);

		    if (result >= 0 && option(fd, SOL_SOCKET, SO_DOMAIN) == AF_RDS)
			    message.msg_controllen = 0;
		    return result;
	    }}),
	Lie("vsock-option-needs-connection",
	    "SO_ZEROCOPY cannot be set on a VSOCK socket that is not connected.", "ZC-VS-01",
	    {.set_option = [](const Setting &call) -> int {
		    const int result = call.make();

		    if (result == 0 && call.is_zerocopy() &&
			option(call.fd, SOL_SOCKET, SO_DOMAIN) == AF_VSOCK)
			    return fail(EOPNOTSUPP);
		    return result;
	    }}),
	Lie("send-zc-is-a-plain-send", "io_uring's SEND_ZC and SENDMSG_ZC copy, and notify of nothing.",
	    "ZC-IO-01 ZC-IO-02 ZC-IO-03 ZC-IO-04 ZC-IO-05 ZC-IO-06 ZC-IO-07 ZC-IO-08 ZC-IO-10 ZC-IO-11 "
	    "ZC-TX-07 ZC-IO-52 ZC-IO-53 ZC-IO-54 ZC-IO-55 ZC-IO-61 ZC-IO-62 ZC-IO-63 ZC-IO-64 ZC-IO-65 "
	    "ZC-IO-66 ZC-IO-67 ZC-IO-68 ZC-IO-69 ZC-IO-70 ZC-IO-71 ZC-IO-74 ZC-IO-75 ZC-IO-76 ZC-IO-90 "
	    "ZC-IO-91 ZC-IO-92 ZC-IO-93",
	    {.request = [](io_uring_sqe &request) -> void {
		    if (request.opcode == op_send_zc)
			    request.opcode = IORING_OP_SEND;
		    else if (request.opcode == op_sendmsg_zc)
			    request.opcode = IORING_OP_SENDMSG;
		    request.ioprio &= ~report_usage;
	    }}),
	Lie("send-zc-does-not-report-usage",
	    "The notification of a SEND_ZC never says that the data was copied.", "ZC-IO-02 ZC-IO-09",
	    {.request = [](io_uring_sqe &request) { request.ioprio &= ~report_usage; }}),
	Lie("send-zc-reports-usage-unasked",
	    "The notification of a SEND_ZC says that the data was copied, to who did not ask, too.",
	    "ZC-IO-09",
	    {.request =
		     [](io_uring_sqe &request) {
			     if (request.opcode == op_send_zc || request.opcode == op_sendmsg_zc)
				     request.ioprio |= report_usage;
		     }}),
};

} // namespace

constinit const std::span<const Lie> lying::lies_about_families = lies;
