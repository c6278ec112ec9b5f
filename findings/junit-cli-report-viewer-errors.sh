#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# junit-cli-report-viewer 3.0.0 (npm) gives a testcase with <error> the tick of those that
# passed, below a suite that it marks as failed; the message of the error is not shown. A
# failure and a skipped testcase have marks of their own.
#
# Expected: not the mark of a pass: <failure> and <error> are JUnit's two ways to fail.
# A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

npm_packages junit-cli-report-viewer@3.0.0
about "junit-cli-report-viewer 3.0.0" "a testcase with <error> is not shown as passed"

cat >"$work/junit.xml" <<'END'
<?xml version="1.0"?>
<testsuites name="run" tests="4" failures="1" errors="1" skipped="1" time="4">
<testsuite name="net" tests="4" failures="1" errors="1" skipped="1" time="4">
<testcase name="passes" time="1"/>
<testcase name="skips" time="1"><skipped message="no veth"/></testcase>
<testcase name="breaks" time="1"><error message="no memory">trace</error></testcase>
<testcase name="fails" time="1"><failure message="4 != 5">trace</failure></testcase>
</testsuite></testsuites>
END
npm_run junit-cli-report-viewer "$work/junit.xml" | sed 's/\x1b\[[0-9;]*m//g' >"$work/out"
mark() {
	grep -E " $1 \(" "$work/out" | awk '{ print $1 }'
}
tick=$(mark passes)
stated "a pass and a failure differ" differ "$([ -n "$tick" ] && [ "$tick" != "$(mark fails)" ] && echo differ)"
stated "mark of an error" "$tick" "$(mark breaks)"
stated "message of the failure" 1 "$(grep -cF '4 != 5' "$work/out")"
stated "message of the error" 0 "$(grep -c 'no memory' "$work/out")"
stated "mark of a skip" "s" "$(mark skips)"
finish
