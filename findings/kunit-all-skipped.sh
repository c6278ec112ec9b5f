#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# kunit.py parse of Linux 6.12 (Debian 13; 7.3 does the same) exits 1 where every test was
# skipped, without an error among its lines. One more test that passes makes it 0.
#
# Expected: 0. KTAP (ktap.rst): "Skipped tests do not affect the result of the parent test". Kernel
# selftests skip everything where the machine lacks what they test.
# A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

kunit_parser trixie linux-source-6.12=6.12.117-1
about "kunit.py of Linux 6.12.117" "status 0: \"skipped tests do not affect the result\" (KTAP, ktap.rst)"

result() {
	printf '%s\n' 'TAP version 13' "1..$#" "$@" >"$work/tap"
	kunit_reads "$work/tap" >"$work/out"
	echo "status $?, $(grep -o 'Ran .*' "$work/out")"
}
stated "two are skipped" "status 1, Ran 2 tests: skipped: 2" "$(result 'ok 1 a # SKIP no veth' 'ok 2 b # SKIP no veth')"
stated "and one passes" "status 0, Ran 3 tests: passed: 1, skipped: 2" \
	"$(result 'ok 1 a # SKIP no veth' 'ok 2 b # SKIP no veth' 'ok 3 c')"
finish
