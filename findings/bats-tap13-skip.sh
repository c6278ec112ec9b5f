#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# bats --formatter tap13 of bats 1.11.1 (Debian 13; 1.13.0 does the same) writes a skipped test as
# "not ok N # SKIP", which prove and other readers take for a failure; its plain TAP has "ok N # skip"
# for the same test, and the run exits 0. What a test prints through descriptor 3 stands in the YAML
# of the failure before it.
#
# Expected: "ok N # SKIP" (TAP 13, "Skipping tests"), as with --formatter tap.
# A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie bats=1.11.1-1 bash findutils gawk grep perl sed
about "bats 1.11.1" "a skipped test is ok in TAP 13, as it is in the plain TAP of bats"

cat >"$work/root/run.bats" <<'END'
@test "passes" { true; }
@test "is skipped" { skip "no veth"; }
END
tap() {
	inside bats --formatter "$1" /run.bats 2>"$work/log"
	echo "status $?"
}
stated "tap" "ok 2 is skipped # skip no veth" "$(tap tap | grep -o '.*is skipped.*')"
stated "tap13" "not ok 2 is skipped # SKIP no veth" "$(tap tap13 | grep -o '.*is skipped.*')"
stated "tap13, status of bats" "status 0" "$(tap tap13 | grep '^status')"
tap tap13 | grep -v '^status' >"$work/root/run.tap"
inside prove -e cat /run.tap >"$work/out" 2>&1
stated "tap13, status of prove" "1" "$?"
tap tap | grep -v '^status' >"$work/root/run.tap"
inside prove -e cat /run.tap >"$work/out" 2>&1
stated "tap, status of prove" "0" "$?"
finish
