#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# prove of Perl 5.40.1 (Debian 13; 5.42.3 does the same) counts "not ok 1 x # SKIP" as failed and
# as skipped, and then prints that "-1" tests are okay. Kernel selftests and their runner print
# that line in places, and kunit.py, tappy and npm's tap-parser read it as skipped.
#
# Expected: skipped. KTAP (ktap.rst): "the result of the test case result line can be either "ok"
# or "not ok" if the SKIP directive is used"; a count is not negative in any case.
# TAP::Parser(3perl) says that a test has passed if it is "ok" or TODO, and does not name SKIP.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie perl=5.40.1-6+deb13u1
about "prove of Perl 5.40.1" "a skipped test, and no negative count (KTAP, ktap.rst: SKIP may follow \"not ok\")"

result() {
	printf '%s\n' 'TAP version 13' '1..1' "$1" >"$work/root/t"
	inside prove -e cat /t >"$work/out" 2>&1
	echo "status $?, $(grep -oE 'Result: [A-Z]+' "$work/out")"
}
stated "ok with SKIP" "status 0, Result: PASS" "$(result 'ok 1 a # SKIP no veth')"
stated "not ok with SKIP" "status 1, Result: FAIL" "$(result 'not ok 1 a # SKIP no veth')"
stated "count" "(less 1 skipped subtest: -1 okay)" "$(grep -o '(less .*)' "$work/out")"
finish
