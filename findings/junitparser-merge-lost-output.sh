#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# junitparser merge 3.2.0 (Debian 13) makes one suite of two that have the same name, host and properties,
# as those of two runs have, and drops what the second printed, its system-out. Of files that begin
# with <testsuite> it drops the output of both, and the hosts, which may differ. What a failure
# said, or on which machine it was, cannot be told any more. 4.0.2 loses the former only.
#
# Expected: what it says of itself, "Merge JUnit XML format reports", and the README: "By default
# junitparser supports the schema of windyroad", in which hostname, timestamp and system-out of a suite
# are required. (Issue 47 of weiwei/junitparser, closed, is of lost testcases.)

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie junitparser=3.2.0-1
about "junitparser 3.2.0" "the output of both suites, and the hosts that they ran on (\"Merge JUnit XML format reports\")"

# suite HOST WORD: a run that passes, with an output.
suite() {
	echo "<testsuite name=\"s\" hostname=\"$1\" timestamp=\"2026-01-01T00:00:00\" tests=\"1\" failures=\"0\" errors=\"0\" time=\"1\">"
	echo "<testcase name=\"t\" classname=\"c\" time=\"1\"/><system-out>says $2</system-out></testsuite>"
}
wrapped() {
	echo "<testsuites>$(suite "$@")</testsuites>"
}
# merged FIRST SECOND: how many suites and tests there are, and what is left of hosts and output.
merged() {
	echo "$1" >"$work/root/1.xml"
	echo "$2" >"$work/root/2.xml"
	inside junitparser merge /1.xml /2.xml /merged.xml 2>"$work/log" || cannot_be_tried "$(tail -n 1 "$work/log")"
	echo "suites $(grep -o '<testsuite ' "$work/root/merged.xml" | wc -l)," \
		"tests $(grep -o '<testcase ' "$work/root/merged.xml" | wc -l)," \
		"$(grep -oE 'hostname="[^"]*"|says [a-z]*' "$work/root/merged.xml" | tr -d '"' | paste -sd' ')"
}
stated "two hosts" "suites 2, tests 2, hostname=near says one hostname=far says two" \
	"$(merged "$(wrapped near one)" "$(wrapped far two)")"
stated "one host" "suites 1, tests 2, hostname=near says one" "$(merged "$(wrapped near one)" "$(wrapped near two)")"
stated "two hosts, files that begin with testsuite" "suites 1, tests 2, " "$(merged "$(suite near one)" "$(suite far two)")"
finish
