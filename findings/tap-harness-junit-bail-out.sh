#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# TAP::Harness::JUnit 0.42 (Debian 13) writes no file at all where a test bails out, so that a CI
# which collects the files finds nothing, or the file of an earlier run.
#
# Expected: a file with an error, as for a run that breaks off without saying so.
# A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie libtap-harness-junit-perl=0.42-3
about "TAP::Harness::JUnit 0.42" "a file that says that the run was given up, as it says of one that breaks off"

result() {
	printf '%s\n' 'TAP version 13' 1..2 'ok 1 a' "$@" >"$work/root/run.t"
	rm -f "$work/root/junit.xml"
	inside env JUNIT_OUTPUT_FILE=/junit.xml prove --harness TAP::Harness::JUnit -e cat /run.t >/dev/null 2>&1
	grep -o 'errors="[0-9]*"' "$work/root/junit.xml" 2>/dev/null || echo "no file"
}
stated "a run of one of two tests" 'errors="1"' "$(result)"
stated "a run that bails out after one" "no file" "$(result 'Bail out! out of memory')"
finish
