#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# tap-xunit 2.4.1 (npm) converts a run that bailed out, or that ran fewer tests than planned,
# into XML without a trace of it: no failure, no error, status 0. A test program that was
# killed half way is thus green in the CI that reads the XML.
#
# Expected: an <error> or <failure>. By TAP 13, the plan is there so that a run which ends
# early is noticed, and "Bail out!" says that the run was given up. The program does fail for
# a "not ok". A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

npm_packages tap-xunit@2.4.1
about "tap-xunit 2.4.1" "an incomplete run is a failure or an error in the XML (TAP 13, the plan and \"Bail out!\")"

result() {
	printf '%s\n' 'TAP version 13' '1..3' "$@" >"$work/tap"
	npm_run tap-xunit <"$work/tap" >"$work/out" 2>&1
	echo "status $?, $(grep -o 'tests=.*errors="[0-9]*"' "$work/out")"
}

stated "one of three fails" 'status 1, tests="3" failures="1" errors="0"' "$(result 'ok 1 a' 'not ok 2 b' 'ok 3 c')"
stated "one of three ran" 'status 0, tests="1" failures="0" errors="0"' "$(result 'ok 1 a')"
stated "bailed out after one" 'status 0, tests="1" failures="0" errors="0"' "$(result 'ok 1 a' 'Bail out! out of memory')"
finish
