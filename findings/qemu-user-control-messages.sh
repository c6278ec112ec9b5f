#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# qemu-user 10.0.13 (Debian 13; 11.1.3 does the same) passes the control messages of a send on as they
# are, in the byte order of the program. From s390x to a PC, a UDP_SEGMENT of 50 arrives as 12800: 300
# bytes become one datagram instead of six, and sendmsg() returns 300. An IPV6_HOPLIMIT of 7
# arrives as 117440512, of which the kernel takes 0, and an IP_TTL of 7 is EINVAL. The socket options
# of the same names work.
#
# Expected: QEMU's documentation, user space emulator: "parameters of the system calls can be converted
# to fix endianness". With -d unimp QEMU does say "Unsupported target ancillary data: 17/103".
# A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

[ "$(uname -m)" = x86_64 ] || cannot_be_tried "the compilers are those for x86_64"
debian_programs trixie qemu-user=1:10.0.13+ds-0+deb13u1 gcc libc6-dev gcc-s390x-linux-gnu libc6-dev-s390x-cross
about "qemu-user 10.0.13" "a control message has the same effect from programs of both byte orders, as socket options have"

cat >"$work/root/send.c" <<'END'
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* Sends 300 bytes with one control message over IPv6, or IPv4 where the level is IPPROTO_IP. */
static void try(const char *name, int level, int type, const void *value, size_t size)
{
	char data[512] = "", control[64] __attribute__((aligned(8))) = "";
	int one = 1, four = level == IPPROTO_IP, hops = -1, datagrams = 0;
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr_in6 address6 = {.sin6_family = AF_INET6, .sin6_addr = in6addr_loopback};
	struct sockaddr *any = four ? (struct sockaddr *)&address : (struct sockaddr *)&address6;
	socklen_t length = four ? sizeof(address) : sizeof(address6);
	int sender = socket(any->sa_family, SOCK_DGRAM, 0), receiver = socket(any->sa_family, SOCK_DGRAM, 0);
	struct iovec part = {data, 300};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = CMSG_SPACE(size)};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	setsockopt(receiver, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, &one, sizeof(one));
	if (bind(receiver, any, length) || getsockname(receiver, any, &length) || connect(sender, any, length))
		return;
	header->cmsg_level = level;
	header->cmsg_type = type;
	header->cmsg_len = CMSG_LEN(size);
	memcpy(CMSG_DATA(header), value, size);
	if (sendmsg(sender, &message, 0) < 0) {
		printf("%s: %s\n", name, strerror(errno));
		return;
	}
	message.msg_controllen = sizeof(control);
	while (recvmsg(receiver, &message, MSG_DONTWAIT) >= 0) {
		header = CMSG_FIRSTHDR(&message);
		if (header && header->cmsg_type == IPV6_HOPLIMIT)
			memcpy(&hops, CMSG_DATA(header), sizeof(hops));
		message.msg_controllen = sizeof(control);
		datagrams++;
	}
	printf("%s: %d received, hop limit %d\n", name, datagrams, hops);
}

int main(void)
{
	uint16_t segment = 50;
	int hops = 7;

	try("UDP_SEGMENT", IPPROTO_UDP, UDP_SEGMENT, &segment, sizeof(segment));
	try("IPV6_HOPLIMIT", IPPROTO_IPV6, IPV6_HOPLIMIT, &hops, sizeof(hops));
	try("IP_TTL", IPPROTO_IP, IP_TTL, &hops, sizeof(hops));
}
END
inside sh -c 'gcc -static -o /little /send.c && s390x-linux-gnu-gcc -static -o /big /send.c' 2>"$work/log" ||
	cannot_be_tried "$(head -n 1 "$work/log")"
inside qemu-x86_64 /little >"$work/little"
inside qemu-s390x /big >"$work/big"
result() {
	sed -n "s/^$2: //p" "$work/$1"
}
stated "UDP_SEGMENT, x86_64" "6 received, hop limit 64" "$(result little UDP_SEGMENT)"
stated "UDP_SEGMENT, s390x" "1 received, hop limit 64" "$(result big UDP_SEGMENT)"
stated "IPV6_HOPLIMIT, x86_64" "1 received, hop limit 7" "$(result little IPV6_HOPLIMIT)"
stated "IPV6_HOPLIMIT, s390x" "1 received, hop limit 0" "$(result big IPV6_HOPLIMIT)"
stated "IP_TTL, x86_64" "1 received, hop limit -1" "$(result little IP_TTL)"
stated "IP_TTL, s390x" "Invalid argument" "$(result big IP_TTL)"
finish
