#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The example code of Documentation/networking/msg_zerocopy.rst, Linux 6.12 (Debian 13; 7.3 is the
# same), makes two checks that do not check. "pfd.revents & POLLERR == 0" is "pfd.revents & 0", and
# never true: the program takes a poll that returned no error for a notification. The test of the
# control message refuses it only where level and type are both wrong: a TTL passes for a
# notification, and the notification of an IPv6 socket does not.
#
# Expected: (pfd.revents & POLLERR) == 0, as == binds more tightly than & in C, and || between the
# two comparisons. The text above says itself that an IPv6 socket's message is an IPV6_RECVERR.
# A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

needs gcc
debian_packages trixie linux-doc-6.12=6.12.117-1
about "msg_zerocopy.rst of Linux 6.12.117" "examples that refuse a poll without POLLERR, and a message that is no IP_RECVERR"

page=$work/root/usr/share/doc/linux-doc-6.12/Documentation/networking/msg_zerocopy.rst.gz
code=$(gzip -dc "$page" | tr -s '\n\t ' ' ')
poll_test=$(grep -o 'pfd.revents & POLLERR == 0' <<<"$code")
message_test=$(grep -o 'cm->cmsg_level != SOL_IP && cm->cmsg_type != IP_RECVERR' <<<"$code")
stated "the first" 'pfd.revents & POLLERR == 0' "$poll_test"
stated "the second" 'cm->cmsg_level != SOL_IP && cm->cmsg_type != IP_RECVERR' "$message_test"
cat >"$work/example.c" <<END
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>

static const char *answer(int refused)
{
	return refused ? "refused" : "taken";
}

static const char *polled(short revents)
{
	struct pollfd pfd = { .revents = revents };

	return answer(${poll_test:-0});
}

static const char *received(int level, int type)
{
	const struct cmsghdr header = { .cmsg_level = level, .cmsg_type = type }, *cm = &header;

	return answer(${message_test:-0});
}

int main(void)
{
	printf("%s %s\n", polled(POLLERR), polled(POLLHUP));
	printf("%s %s %s\n", received(SOL_IP, IP_RECVERR), received(SOL_IP, IP_TTL), received(SOL_SOCKET, IP_RECVERR));
	printf("%s\n", received(SOL_IPV6, IPV6_RECVERR));
}
END
gcc -w -o "$work/example" "$work/example.c" 2>"$work/log" || cannot_be_tried "$(head -n 1 "$work/log")"
"$work/example" >"$work/out"
stated "poll returns POLLERR, POLLHUP" "taken taken" "$(sed -n 1p "$work/out")"
stated "IP_RECVERR, IP_TTL, the number of IP_RECVERR at SOL_SOCKET" "taken taken taken" "$(sed -n 2p "$work/out")"
stated "IPV6_RECVERR" "refused" "$(sed -n 3p "$work/out")"
finish
