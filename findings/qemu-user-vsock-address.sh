#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# qemu-user 10.0.13 (Debian 13; 11.1.3 does the same) passes on the port and the context id of a VSOCK
# address as they are, in the byte order of the program; it converts the family alone. A program for
# s390x that binds a socket to port 5000 listens at port 2282946560 of the PC, and getsockname() tells
# it that the port is 5000. Context ids are swapped, too: the 1 of the loopback transport becomes
# 16777216.
#
# Expected: QEMU's documentation, user space emulator: "parameters of the system calls can be converted
# to fix endianness". vsock(7), of svm_port: "Port # in host byte order", which differs
# between the program and the PC.
# A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

[ "$(uname -m)" = x86_64 ] || cannot_be_tried "the compilers are those for x86_64"
debian_programs trixie qemu-user=1:10.0.13+ds-0+deb13u1 gcc libc6-dev gcc-s390x-linux-gnu libc6-dev-s390x-cross python3
about "qemu-user 10.0.13" "bind() to port 5000 binds to port 5000, for programs of both byte orders (vsock(7))"

cat >"$work/root/bind.c" <<'END'
#include <stdio.h>
#include <sys/socket.h>
#include <linux/vm_sockets.h>

/* Binds the VSOCK socket that it has as its standard input, and says where it is bound. */
int main(void)
{
	struct sockaddr_vm address = {.svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_ANY, .svm_port = 5000};
	socklen_t length = sizeof(address);

	if (bind(0, (struct sockaddr *)&address, length) || getsockname(0, (struct sockaddr *)&address, &length))
		return 1;
	printf("port %u in the program, ", address.svm_port);
	return 0;
}
END
cat >"$work/root/bind.py" <<'END'
import socket, subprocess, sys
with socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM) as bound:
    subprocess.run(sys.argv[1:], stdin=bound, check=True)
    print(f"port {bound.getsockname()[1]} outside")
END
inside python3 -c 'import socket; socket.socket(socket.AF_VSOCK)' 2>"$work/log" ||
	cannot_be_tried "this kernel has no VSOCK: $(tail -n 1 "$work/log")"
inside sh -c 'gcc -static -o /little /bind.c && s390x-linux-gnu-gcc -static -o /big /bind.c' 2>"$work/log" ||
	cannot_be_tried "$(head -n 1 "$work/log")"
stated "x86_64" "port 5000 in the program, port 5000 outside" "$(inside python3 /bind.py qemu-x86_64 /little 2>&1 | tail -n 1)"
stated "s390x" "port 5000 in the program, port 2282946560 outside" "$(inside python3 /bind.py qemu-s390x /big 2>&1 | tail -n 1)"
finish
