#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# tap-difflet 0.7.2 (npm) exits with the number of failed tests. A shell sees that number
# modulo 256, so a run with exactly 256 failures, or a multiple, counts as a success.
#
# Expected: a status other than 0 while anything fails, as by exit(3), which passes only
# the low eight bits of its argument to the parent. The README documents no status.
# A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

npm_packages tap-difflet@0.7.2
about "tap-difflet 0.7.2" "failures give an exit status other than 0, however many they are (exit(3): only the" \
	"least significant 8 bits of the status reach the parent)"

failures() {
	local i
	echo "TAP version 13"
	echo "1..$1"
	for ((i = 1; i <= $1; i++)); do
		echo "not ok $i test_$i"
	done
}

for count in 1 255 256 257; do
	failures "$count" >"$work/$count.tap"
	stated "exit status after $count failures" "$((count % 256))" \
		"$(npm_run tap-difflet <"$work/$count.tap" >"$work/out" 2>&1; echo $?)"
	stated "summary" "$count failing" "$(grep -o '[0-9]* failing' "$work/out")"
done
finish
