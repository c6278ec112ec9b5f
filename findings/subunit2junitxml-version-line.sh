#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# tap2subunit | subunit2junitxml of subunit 1.4.2 (Debian 13; 1.4.6 does the same) writes a packet of
# binary data ahead of the XML where the TAP has a line that is no test's, such as "TAP version 13",
# which begins every stream. No reader of JUnit's XML takes the file.
#
# Expected: XML. The help has, at --forward: "When set, received non-subunit output will be
# encapsulated in subunit"; it is not set here. With -o FILE or --no-passthrough the XML is right.
# A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie subunit=1.4.2-3 python3-junitxml
about "subunit2junitxml of subunit 1.4.2" "XML on the standard output, without a subunit packet (subunit2junitxml --help)"

cat >"$work/root/parse.py" <<'END'
import sys, xml.etree.ElementTree
try:
    print("XML with", xml.etree.ElementTree.parse(sys.stdin).getroot().get("tests"), "tests")
except xml.etree.ElementTree.ParseError as error:
    print("no XML:", str(error).partition(" (")[0])
END
# result LINES OPTION...: what becomes of a run of two tests after its first lines.
result() {
	printf '%s\n' "$1" 'ok 1 a' 'ok 2 b' >"$work/root/tap"
	shift
	# shellcheck disable=SC2016 # The inner shell expands these.
	inside sh -c 'tap2subunit </tap | subunit2junitxml "$@" | python3 /parse.py' sh "$@" 2>"$work/log"
}
stated "a plan" "XML with 2 tests" "$(result 1..2)"
stated "a version and a plan" "no XML: not well-formed" "$(result $'TAP version 13\n1..2')"
stated "with --no-passthrough" "XML with 2 tests" "$(result $'TAP version 13\n1..2' --no-passthrough)"
finish
