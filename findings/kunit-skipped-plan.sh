#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# kunit.py parse of Linux 6.12 (Debian 13; 7.3 does the same) calls "1..0 # SKIP reason" an error:
# "0 tests run!". That line is what ksft_exit_skip() of the kernel's own kselftest.h prints where
# a test program finds that it cannot run.
#
# Expected: a skipped run. TAP 13 has "1..0 # Skipped: reason" for that, and the kernel's two
# frameworks share one format (ktap.rst). prove reads the line as "skipped: reason".
# A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

kunit_parser trixie linux-source-6.12=6.12.117-1
about "kunit.py of Linux 6.12.117" "a skipped run (TAP 13, \"Skipping everything\"; ksft_exit_skip() of kselftest.h prints it)"

printf '%s\n' 'TAP version 13' '1..0 # SKIP needs the vsock module' >"$work/tap"
kunit_reads "$work/tap" >"$work/out"
stated "status" 1 $?
stated "error" "[ERROR] Test: main: 0 tests run!" "$(grep -o '\[ERROR\].*' "$work/out")"
stated "count" "Ran 0 tests: errors: 1" "$(grep -o 'Ran .*' "$work/out")"
finish
