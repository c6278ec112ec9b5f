#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# man-pages 6.9.1 (Debian 13; 6.20 is the same) has neither MSG_ZEROCOPY nor SO_ZEROCOPY in any
# page; Linux 4.14 added them. recv(2) lists the origins of an error queue's
# messages up to SO_EE_ORIGIN_ICMP6, without those of timestamps and zero copy, and socket(7)
# says of optmem_max nothing about the notifications that count against it.
#
# Expected: send(2) and socket(7) describe the flags and options of sockets; the kernel's
# Documentation/admin-guide/sysctl/net.rst names zero copy at optmem_max.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_packages trixie manpages=6.9.1-1 manpages-dev=6.9.1-1
about "man-pages 6.9.1" "send(2) has MSG_ZEROCOPY, socket(7) SO_ZEROCOPY, recv(2) the origin of the notifications"

pages=$work/root/usr/share/man
mentions() {
	# shellcheck disable=SC2086 # Several words are several files.
	gzip -dc $2 | grep -oiE "$1" | sort -u | paste -sd' '
}
stated "the flag or the option, in any page" "" "$(mentions '(MSG|SO)_ZEROCOPY' "$pages/man*/*.gz")"
stated "MSG_ERRQUEUE in recv(2)" "MSG_ERRQUEUE" "$(mentions 'MSG_ERRQUEUE' "$pages/man2/recv.2.gz")"
stated "origins in recv(2)" "SO_EE_ORIGIN_ICMP SO_EE_ORIGIN_ICMP6 SO_EE_ORIGIN_LOCAL SO_EE_ORIGIN_NONE" \
	"$(mentions 'SO_EE_ORIGIN_[A-Z0-9]*' "$pages/man2/recv.2.gz")"
stated "optmem_max in socket(7)" "optmem_max" "$(mentions 'optmem_max' "$pages/man7/socket.7.gz")"
stated "zero copy in socket(7)" "" "$(mentions 'zero.?copy' "$pages/man7/socket.7.gz")"
finish
