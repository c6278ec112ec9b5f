#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# vsock(7) of man-pages 6.9.1 (Debian 13; 6.20 is the same) says that only SOCK_STREAM and SOCK_DGRAM
# are valid, and that any other type gives ESOCKTNOSUPPORT. SOCK_SEQPACKET is valid, too, and is the
# type that virtio has beside streams; datagrams exist with VMware's transport only, and get ENODEV
# elsewhere, an error that the page does not have.
#
# Expected: net/vmw_vsock/af_vsock.c, vsock_create(), knows the three types.
# A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie manpages=6.9.1-1 python3
about "man-pages 6.9.1" "SOCK_SEQPACKET among the types of vsock(7) (net/vmw_vsock/af_vsock.c, vsock_create())"

cat >"$work/root/types.py" <<'END'
import errno, socket
AF_VSOCK = 40
for kind in socket.SOCK_STREAM, socket.SOCK_SEQPACKET, socket.SOCK_RAW:
    try:
        socket.socket(AF_VSOCK, kind).close()
        print("made", end=" ")
    except OSError as error:
        print(errno.errorcode[error.errno], end=" ")
END
read -r stream seqpacket raw < <(inside python3 /types.py 2>"$work/log")
[ "$stream" = made ] || cannot_be_tried "this kernel has no AF_VSOCK: ${stream:-$(tail -n 1 "$work/log")}"
stated "vsock(7)" "Only SOCK_STREAM and SOCK_DGRAM are valid." \
	"$(gzip -dc "$work/root/usr/share/man/man7/vsock.7.gz" | sed 's/^\.B //' | tr '\n' ' ' |
		grep -oE 'Only SOCK_STREAM and SOCK_DGRAM are valid\.')"
stated "other mentions of SOCK_SEQPACKET" "0" "$(gzip -dc "$work/root/usr/share/man/man7/vsock.7.gz" | grep -c SEQPACKET)"
stated "SOCK_SEQPACKET" "made" "$seqpacket"
stated "SOCK_RAW" "ESOCKTNOSUPPORT" "$raw"
finish
