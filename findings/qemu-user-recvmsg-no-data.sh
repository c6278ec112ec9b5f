#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# qemu-user 10.0.13 (Debian 13; 11.1.3 does the same): recvmsg() without an iovec returns 0 and does
# nothing. The flags and the control messages that the caller sees are those of the call before, and
# the message stays in the queue. Programs read notifications in this way, as these have no data; one
# that reads until EAGAIN goes on for ever.
#
# Expected: the control message, as from the kernel, whose selftests/net/msg_zerocopy.c reads
# notifications so (do_recv_completion()). A sendmsg() without an iovec is made, "e.g. with MSG_MORE
# flag" (QEMU's linux-user/syscall.c, do_sendrecvmsg_locked()).
# A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

needs gcc
debian_programs trixie qemu-user=1:10.0.13+ds-0+deb13u1
about "qemu-user 10.0.13" "the control message, as without qemu-user: there need be no iovec (selftests/net/msg_zerocopy.c)"

# A datagram to a port of loopback that nobody has comes back as an ICMP error.
cat >"$work/error.c" <<'END'
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static void receive(int udp, size_t parts)
{
	char data[16], control[256];
	struct iovec part = {data, sizeof(data)};
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = parts, .msg_control = control, .msg_controllen = sizeof(control)};
	ssize_t size = recvmsg(udp, &message, MSG_ERRQUEUE);

	printf("%s, flag %s; ", size < 0 ? strerror(errno) : "passes", message.msg_flags & MSG_ERRQUEUE ? "set" : "missing");
}

int main(void)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int udp = socket(AF_INET, SOCK_DGRAM, 0), one = 1;
	struct pollfd poller = {.fd = udp};

	setsockopt(udp, IPPROTO_IP, IP_RECVERR, &one, sizeof(one));
	if (connect(udp, (struct sockaddr *)&address, sizeof(address)) || send(udp, "x", 1, 0) != 1)
		return 1;
	poll(&poller, 1, 2000);
	receive(udp, 0);
	receive(udp, 1);
	puts("");
}
END
gcc -static -o "$work/root/error" "$work/error.c" 2>"$work/log" || cannot_be_tried "$(head -n 1 "$work/log")"
stated "without qemu-user, without an iovec and with one" \
	"passes, flag set; Resource temporarily unavailable, flag missing; " "$(inside /error)"
stated "with qemu-user of the same architecture" "passes, flag missing; passes, flag set; " \
	"$(inside "qemu-$(uname -m)" /error)"
finish
