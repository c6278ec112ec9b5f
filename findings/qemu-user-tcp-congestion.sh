#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# qemu-user 10.0.13 (Debian 13; 11.1.3 does the same) takes each option of TCP for an int. Of the name
# of a congestion control it passes four characters on: reno can be set, cubic fails with ENOENT, as one
# that the kernel does not have, and is read as "cubi". TCP_INFO gives four bytes of some 280, and passes.
#
# Expected: tcp(7): the name of TCP_CONGESTION, and a struct tcp_info. QEMU's documentation, user space
# emulator: "parameters of the system calls can be converted to fix endianness and 32/64-bit mismatches".
# A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

needs gcc
debian_programs trixie qemu-user=1:10.0.13+ds-0+deb13u1
about "qemu-user 10.0.13" "what the same program gets without qemu-user: names and structures of any length (tcp(7))"

cat >"$work/options.c" <<'END'
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* With arguments it runs them with a socket of its own that has cubic, as descriptor 3. */
int main(int count, char **arguments)
{
	static const char *const names[] = {"reno", "cubic"};
	char name[16] = "";
	char info[1024];
	socklen_t length = sizeof(name) - 1;

	if (count > 1) {
		if (dup2(socket(AF_INET, SOCK_STREAM, 0), 3) < 0 || setsockopt(3, IPPROTO_TCP, TCP_CONGESTION, names[1], 5))
			return 1;
		return execvp(arguments[1], arguments + 1);
	}
	getsockopt(3, IPPROTO_TCP, TCP_CONGESTION, name, &length);
	printf("%s", name);
	for (int i = 0; i < 2; i++)
		printf(", %s: %s", names[i],
		       setsockopt(3, IPPROTO_TCP, TCP_CONGESTION, names[i], strlen(names[i])) ? strerror(errno) : "set");
	length = sizeof(info);
	getsockopt(3, IPPROTO_TCP, TCP_INFO, info, &length);
	printf(", TCP_INFO: %s\n", length == 4 ? "4 bytes" : length > 100 ? "all" : "some");
}
END
gcc -static -o "$work/root/options" "$work/options.c" 2>"$work/log" || cannot_be_tried "$(head -n 1 "$work/log")"
inside /options true || cannot_be_tried "this kernel has no cubic"
stated "without qemu-user" "cubic, reno: set, cubic: set, TCP_INFO: all" "$(inside /options /options)"
stated "qemu-user of the same architecture" "cubi, reno: set, cubic: No such file or directory, TCP_INFO: 4 bytes" \
	"$(inside /options "qemu-$(uname -m)" /options)"
finish
