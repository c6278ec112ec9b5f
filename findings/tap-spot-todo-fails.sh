#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# tap-spot 1.1.2 (npm) exits 1 for every test with the TODO directive, even one that passes,
# and prints no totals then. Its README says that it supports skip and todo.
#
# Expected: status 0. By TAP 13 a failing TODO test is no failure, and a passing one is a
# pleasant surprise. A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

npm_packages tap-spot@1.1.2
about "tap-spot 1.1.2" "a test with TODO does not fail the run (TAP 13; the README: \"Supports skip and todo\")"

result() {
	printf '%s\n' 'TAP version 13' '1..2' 'ok 1 a' "$1" >"$work/tap"
	npm_run tap-spot <"$work/tap" >"$work/out" 2>&1
	echo "status $?, totals: $(grep -cE '[0-9]+ (tests|passed)' "$work/out")"
}

stated "a test passes" "status 0, totals: 2" "$(result 'ok 2 b')"
stated "a test with SKIP passes" "status 0, totals: 2" "$(result 'ok 2 b # SKIP no veth')"
stated "a test with TODO passes" "status 1, totals: 0" "$(result 'ok 2 b # TODO known')"
stated "a test with TODO fails" "status 1, totals: 0" "$(result 'not ok 2 b # TODO known')"
finish
