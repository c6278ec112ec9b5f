#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# tap2subunit of subunit 1.4.2 (Debian 13; 1.4.6 does the same) does not take "ok 1 a # time=3ms"
# for a test line, passes it through, and reports the test as failed for having no result. A run
# in which all pass, as node-tap and some kernel selftests print it, has only failures.
#
# Expected: a pass. KTAP (ktap.rst): "ok 5 check return code # rcode=0" is a test that passed, with
# diagnostic data; in TAP 13 what follows "#" is a directive only if it begins with TODO or SKIP.
# A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie subunit=1.4.2-3
about "tap2subunit of subunit 1.4.2" "tests that passed, with a comment (KTAP, ktap.rst; TAP 13, \"Directives\")"

result() {
	printf '%s\n' 'TAP version 13' '1..2' "$@" >"$work/root/tap"
	inside sh -c 'tap2subunit </tap | subunit-stats' | grep -E '^(Passed|Failed)' | tr -s ' \n' ' '
}
stated "two pass" "Passed tests: 2 Failed tests: 0 " "$(result 'ok 1 a' 'ok 2 b')"
stated "two pass, with their times" "Passed tests: 0 Failed tests: 2 " "$(result 'ok 1 a # time=3ms' 'ok 2 b # time=4ms')"
finish
