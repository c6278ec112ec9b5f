#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The Rust crate libc 0.2.169 (Debian 13; 0.2.186 is the same) has MSG_ZEROCOPY, SO_ZEROCOPY,
# struct sock_extended_err and the origins 0 to 4 of its ee_origin, but not 5, which is that of
# zero-copy notifications, nor the code that says that the data was copied. One can send with
# the crate's names, and not read the answer.
#
# Expected: SO_EE_ORIGIN_ZEROCOPY and SO_EE_CODE_ZEROCOPY_COPIED of linux/errqueue.h beside them.
# A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_packages trixie librust-libc-dev=0.2.169-1
about "libc 0.2.169 for Rust" "SO_EE_ORIGIN_ZEROCOPY and SO_EE_CODE_ZEROCOPY_COPIED (linux/errqueue.h), as the" \
	"crate has the other origins"

linux=$work/root/usr/share/cargo/registry/libc-0.2.169/src/unix/linux_like/linux
defines() {
	grep -rqE "pub (const|struct) $1\b" "$linux" && echo "there" || echo "missing"
}
for name in MSG_ZEROCOPY SO_ZEROCOPY sock_extended_err SO_EE_ORIGIN_ICMP6 SO_EE_ORIGIN_TXSTATUS; do
	stated "$name" there "$(defines "$name")"
done
for name in SO_EE_ORIGIN_ZEROCOPY SO_EE_CODE_ZEROCOPY_COPIED SO_EE_ORIGIN_TXTIME; do
	stated "$name" missing "$(defines "$name")"
done
finish
