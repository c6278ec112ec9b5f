#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# tc -j of iproute2 6.15.0 (Debian 13; 7.3.0 does the same) gives the burst of a tbf qdisc as a
# number of bytes, and with -d as a string for people: 10240 becomes "10Kb/1". The rate beside
# it stays a number.
#
# Expected: -d adds details (tc(8)), and leaves the type and the unit of what is there.
# A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie iproute2=6.15.0-1
about "tc of iproute2 6.15.0" "-d \"output more detailed information\" (tc(8)), and the burst stays a number of bytes"

inside sh -c 'tc qdisc add dev lo root tbf rate 1mbit burst 10k latency 1ms && tc -j qdisc show dev lo && tc -j -d qdisc show dev lo' \
	>"$work/out" || cannot_be_tried "this kernel has no tbf"
value() {
	sed -n "$1p" "$work/out" | grep -oE "\"$2\":[^,]*"
}
stated "rate" '"rate":125000' "$(value 1 rate)"
stated "rate with -d" '"rate":125000' "$(value 2 rate)"
stated "burst" '"burst":10240' "$(value 1 burst)"
stated "burst with -d" '"burst":"10Kb/1"' "$(value 2 burst)"
finish
