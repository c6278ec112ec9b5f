#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# tap-min 3.0.0 (npm) takes a run that bails out for a success: status 0, and the words
# "1 test complete" after one of two planned tests. The reason is not shown.
#
# Expected: a status other than 0. By TAP 13, a program that prints "Bail out!" has given up,
# and the tests that remain were not run. Without that line tap-min does complain about the
# plan. A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

npm_packages tap-min@3.0.0
about "tap-min 3.0.0" "a run that bails out fails (TAP 13, \"Bail out!\"), as one that breaks off without the line does"

result() {
	printf '%s\n' "$@" | npm_run tap-min >"$work/out" 2>&1
	echo "status ${PIPESTATUS[1]}, $(grep -o '[0-9]* tests* complete' "$work/out"), reason shown $(grep -c memory "$work/out")"
}

stated "a run that bails out" "status 0, 1 test complete, reason shown 0" \
	"$(result 'TAP version 13' '1..2' 'ok 1 a' 'Bail out! out of memory')"
printf '%s\n' 'TAP version 13' '1..2' 'ok 1 a' >"$work/short"
stated "status of a run that breaks off" 1 "$(status npm_run tap-min <"$work/short")"
finish
