#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# TAP::Formatter::JUnit 0.17 (Debian 13) writes no <skipped>: a skipped test is a testcase like
# one that passed, and the reason is only within the copy of the whole output. A run of which
# every test was skipped is all green.
#
# Expected: <skipped>, as JUnit's XML has it; prove itself says how many tests were skipped.
# A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie libtap-formatter-junit-perl=0.17-1
about "TAP::Formatter::JUnit 0.17" "a skipped test has <skipped> in JUnit's XML"

printf '%s\n' 'TAP version 13' '1..2' 'ok 1 passes' 'ok 2 skips # SKIP no veth' >"$work/root/t"
inside prove -e cat --formatter TAP::Formatter::JUnit /t >"$work/out"
stated "status" 0 "$?"
stated "passed" '<testcase name="1 passes"></testcase>' "$(grep -o '<testcase name="1.*' "$work/out")"
stated "skipped" '<testcase name="2 skips"></testcase>' "$(grep -o '<testcase name="2.*' "$work/out")"
stated "mentions of skipping in an element or attribute" 0 "$(grep -ciE '<skipped|skipped=' "$work/out")"
finish
