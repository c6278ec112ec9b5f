#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# <linux/errqueue.h> of Linux 6.12 (Debian 13; 7.3 is the same) does not compile by itself: its
# struct scm_timestamping has a struct timespec, which nothing that it includes defines. A
# program that wants SO_EE_ORIGIN_ZEROCOPY, and no time, fails to build until <time.h> precedes.
#
# Expected: a header of the kernel's interface includes what it uses.
# Known: the kernel's own check of its headers passes this one over (usr/include/Makefile,
# no-header-test).

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

needs gcc
debian_packages trixie linux-libc-dev=6.12.117-1
about "linux/errqueue.h of Linux 6.12.117" "a header that compiles without another before it"

compiles() {
	printf '#include <%s>\n' "$@" >"$work/includes.c"
	if gcc -fsyntax-only -isystem "$work/root/usr/include" -isystem "$work/root/usr/include/x86_64-linux-gnu" \
		"$work/includes.c" 2>"$work/log"; then
		echo "compiles"
	else
		grep -oE 'incomplete (element )?type' "$work/log" | head -n 1
	fi
}
stated "time.h, linux/errqueue.h" "compiles" "$(compiles time.h linux/errqueue.h)"
stated "linux/errqueue.h" "incomplete element type" "$(compiles linux/errqueue.h)"
stated "linux/errqueue.h, time.h" "incomplete element type" "$(compiles linux/errqueue.h time.h)"
finish
