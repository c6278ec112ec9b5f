#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# qemu-user 10.0.13 (Debian 13; 11.1.3 does the same) refuses SO_ZEROCOPY with ENOPROTOOPT, the error
# by which one tells a kernel without it, though the program may be of the host's own architecture.
# It lets getsockopt() of the option and sends with MSG_ZEROCOPY pass, so that such a send succeeds, and
# no notification follows. Time stamps (SO_TIMESTAMPING) end in the same way, and SIOCOUTQNSD with ENOTTY.
#
# Expected: QEMU's documentation, user space emulator: "parameters of the system calls can be converted".
# By setsockopt(2), ENOPROTOOPT says that "the option is unknown at the level indicated".
# With -d unimp QEMU does say so: "Unsupported setsockopt level=1 optname=60".
# A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

needs gcc
debian_programs trixie qemu-user=1:10.0.13+ds-0+deb13u1
about "qemu-user 10.0.13" "what the same program gets without qemu-user, as the system calls are those of the kernel"

cat >"$work/zerocopy.c" <<'END'
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

int main(void)
{
	static char data[4096];
	char control[256];
	struct iovec part = {data, sizeof(data)};
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0), sender = socket(AF_INET, SOCK_STREAM, 0), one = 1;
	struct pollfd poller = {.fd = sender};

	if (bind(listener, (struct sockaddr *)&address, length) || listen(listener, 1) ||
	    getsockname(listener, (struct sockaddr *)&address, &length) ||
	    connect(sender, (struct sockaddr *)&address, length))
		return 1;
	int receiver = accept(listener, NULL, NULL);
	length = sizeof(one);
	printf("get %s, ", getsockopt(sender, SOL_SOCKET, SO_ZEROCOPY, &one, &length) ? strerror(errno) : "passes");
	one = 1;
	printf("set %s, ", setsockopt(sender, SOL_SOCKET, SO_ZEROCOPY, &one, length) ? strerror(errno) : "passes");
	printf("sent %zd, ", send(sender, data, sizeof(data), MSG_ZEROCOPY));
	recv(receiver, data, sizeof(data), MSG_WAITALL);
	poll(&poller, 1, 2000);
	puts(recvmsg(sender, &message, MSG_ERRQUEUE) ? "no notification" : "notification");
}
END
gcc -static -o "$work/root/zerocopy" "$work/zerocopy.c" 2>"$work/log" || cannot_be_tried "$(head -n 1 "$work/log")"
architecture=$(uname -m)
stated "without qemu-user" "get passes, set passes, sent 4096, notification" "$(inside /zerocopy)"
stated "qemu-user of the same architecture" "get passes, set Protocol not available, sent 4096, no notification" \
	"$(inside "qemu-$architecture" /zerocopy)"
finish
