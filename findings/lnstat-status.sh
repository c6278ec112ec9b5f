#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# lnstat of iproute2 6.15.0 (Debian 13; 7.3.0 does the same) exits 1 after it has printed all
# the intervals that it was asked for. A script with "set -e" ends there.
#
# Expected: 0 after a success. lnstat(8) documents no status.
# A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie iproute2=6.15.0-1
about "lnstat of iproute2 6.15.0" "status 0 after a success; lnstat(8) says nothing else"

inside lnstat -c 1 >"$work/out" 2>"$work/err"
stated "status" 1 $?
stated "complaints" 0 "$(wc -l <"$work/err")"
stated "lines of values" 1 "$(grep -cE '^ *[0-9]+\|' "$work/out")"
finish
