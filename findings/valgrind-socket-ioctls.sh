#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# valgrind 3.24.0 (Debian 13; 3.27.1 does the same) finds errors in a correct program that asks a
# TCP socket for SIOCOUTQNSD or SIOCATMARK. It takes the answer to the first for memory that nobody
# wrote, and says of the second that the kernel reads the integer, which it only writes.
#
# Expected: no errors, as for SIOCOUTQ. tcp(7): these calls "return information in value";
# net/ipv4/tcp.c, tcp_ioctl(), gives each of the three to the caller as an int.
# A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

needs gcc
debian_programs trixie valgrind=1:3.24.0-3
about "valgrind 3.24.0" "no errors: SIOCOUTQ, SIOCOUTQNSD and SIOCATMARK all write one int (tcp(7); net/ipv4/tcp.c)"

cat >"$work/ask.c" <<'END'
#include <linux/sockios.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

int main(void)
{
	int answer;

	if (ioctl(socket(AF_INET, SOCK_STREAM, 0), REQUEST, &answer) < 0)
		return 1;
	puts(answer ? "more" : "none");
}
END
# errors REQUEST: what memcheck says of a program that makes this request and looks at the answer.
errors() {
	gcc -g "-DREQUEST=$1" -o "$work/root/ask" "$work/ask.c" 2>"$work/log" ||
		cannot_be_tried "$(head -n 1 "$work/log")"
	inside valgrind /ask 2>&1 | grep -oE 'none|depends on uninitialised value|points to uninitialised byte|[0-9]+ errors from' |
		sort | paste -sd';'
}
stated "SIOCOUTQ" "0 errors from;none" "$(errors SIOCOUTQ)"
stated "SIOCOUTQNSD" "1 errors from;depends on uninitialised value;none" "$(errors SIOCOUTQNSD)"
stated "SIOCATMARK" "1 errors from;none;points to uninitialised byte" "$(errors SIOCATMARK)"
finish
