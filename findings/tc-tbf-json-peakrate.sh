#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# tc -j of iproute2 6.15.0 (Debian 13; 7.3.0 does the same) leaves the peakrate of a tbf qdisc out,
# though the size of its bucket is there, as minburst: the rate that bursts are held to cannot be
# read from the JSON. With -d the object has the key mpu twice.
#
# Expected: the parameters that the text shows (tc-tbf(8): "peakrate"), each under a key of its own.
# A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie iproute2=6.15.0-1
about "tc of iproute2 6.15.0" "the JSON has the peakrate that the text has (tc-tbf(8))"

shown() {
	# shellcheck disable=SC2016 # The inner shell expands these.
	inside sh -c '
		tc qdisc add dev lo root tbf rate 1mbit burst 10k latency 5ms peakrate 2mbit minburst 1600 && tc "$@" qdisc show dev lo
	' sh "$@" 2>"$work/log"
}
[ -n "$(shown)" ] || cannot_be_tried "$(tail -n 1 "$work/log")"
stated "text" "peakrate 2Mbit" "$(shown | grep -oE 'peakrate [^ ]+')"
stated "JSON" "rate burst minburst lat" "$(shown -j | grep -oE '"options":\{[^}]*' | grep -oE '"[a-z]+":' | tr -d '":' | sed 1d | paste -sd' ')"
stated "JSON with -d, mpu" "2" "$(shown -j -d | grep -o '"mpu":' | wc -l)"
finish
