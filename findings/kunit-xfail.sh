#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# kunit.py parse of Linux 6.12 (Debian 13; 7.3 does the same) knows no directive but SKIP: a failed
# test with XFAIL or TODO is a failure, and "ok ... # XFAIL", as kselftest.h prints it, shows as
# PASSED, like "ok ... # XPASS", so that expected failures are not to be told from passes.
#
# Expected: KTAP (ktap.rst) has TODO and XFAIL, "which indicates that a test is expected to fail",
# among the accepted directives. It lets a reader fall back to the result for directives that it
# does not support, but kunit.py is the kernel's own reader.
# A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

kunit_parser trixie linux-source-6.12=6.12.117-1
about "kunit.py of Linux 6.12.117" "XFAIL and TODO are \"accepted directives\" for tests that are expected to fail (ktap.rst)"

result() {
	printf '%s\n' 'TAP version 13' "1..1" "$1" >"$work/tap"
	kunit_reads "$work/tap" >"$work/out"
	echo "status $?, $(grep -oE '\[[A-Z]+\] a' "$work/out")"
}
stated "not ok with XFAIL" "status 1, [FAILED] a" "$(result 'not ok 1 a # XFAIL known')"
stated "not ok with TODO" "status 1, [FAILED] a" "$(result 'not ok 1 a # TODO known')"
stated "ok with XFAIL" "status 0, [PASSED] a" "$(result 'ok 1 a # XFAIL known')"
stated "ok with XPASS" "status 0, [PASSED] a" "$(result 'ok 1 a # XPASS known')"
finish
