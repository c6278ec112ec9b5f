#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# junit-to-ctrf 0.0.14 (npm) loses the text of a <failure> that has no attribute, as characters and
# as CDATA alike, and the reason of every <skipped>. Where the XML says which errno was wrong, or
# which kernel option is missing, the CTRF report has a bare "failed" or "skipped".
#
# Expected: CTRF has message and trace for each test. The text is the description of the failure in
# JUnit's XML; with a message attribute beside it junit-to-ctrf keeps it as the trace.
# A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

npm_packages junit-to-ctrf@0.0.14
about "junit-to-ctrf 0.0.14" "the text of a failure and the reason of a skip, as message or trace of the test (CTRF)"

# result ELEMENT: the status of a testcase with this element, and what there is of its words.
result() {
	echo "<testsuite name=\"s\"><testcase name=\"t\">$1</testcase></testsuite>" >"$work/junit.xml"
	rm -f "$work/ctrf.json"
	(cd "$work" && npm_run junit-to-ctrf junit.xml -o ctrf.json) >/dev/null 2>&1
	echo "$(grep -oE '"status": "[a-z]*"' "$work/ctrf.json" | cut -d'"' -f4)," \
		"$(grep -E '"(message|trace|stdout)":' "$work/ctrf.json" | tr -d ' "\n')"
}
stated "failure with message and text" "failed, message:wrong,trace:ENOBUFS," \
	"$(result '<failure message="wrong">ENOBUFS</failure>')"
stated "failure with text" "failed, " "$(result '<failure>ENOBUFS</failure>')"
stated "failure with CDATA" "failed, " "$(result '<failure><![CDATA[ENOBUFS]]></failure>')"
stated "skipped with message" "skipped, " "$(result '<skipped message="noveth"/>')"
finish
