#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# meson test of meson 1.7.0 (Debian 13) says ERROR of a TAP test that bails out, or that runs fewer
# tests than planned, and exits with a status other than 0; in its testlog.junit.xml the same test
# has errors="0" failures="0", and the total has it so, too. A CI that reads the XML sees a success.
#
# Expected: an <error> or a <failure>, since meson itself counts the test as failed.
# A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie meson=1.7.0-1 ninja-build
about "meson 1.7.0" "the XML counts the tests that meson test counts as failed"

mkdir "$work/root/project"
echo "project('finding')" >"$work/root/project/meson.build"
tap() {
	local name=$1
	shift
	printf '%s\n' '#!/bin/sh' "cat <<END" 'TAP version 13' "$@" END >"$work/root/project/$name"
	chmod +x "$work/root/project/$name"
	echo "test('$name', find_program('./$name'), protocol: 'tap')" >>"$work/root/project/meson.build"
}
tap fails 1..1 'not ok 1 a'
tap bails 1..2 'ok 1 a' 'Bail out! out of memory'
tap short 1..2 'ok 1 a'
inside sh -c 'cd /project && meson setup build && meson test -C build --no-rebuild && echo success' >"$work/out" 2>&1
stated "status 0" 0 "$(grep -c '^success' "$work/out")"
seen_by_meson() {
	grep -E "[0-9]/3 $1 " "$work/out" | awk '{ print $3 }'
}
in_the_xml() {
	grep -oE "<testsuite name=\"finding.$1\" [^>]*" "$work/root/project/build/meson-logs/testlog.junit.xml" |
		grep -oE '(errors|failures)="[0-9]+"' | paste -sd' '
}
stated "one fails" 'FAIL errors="0" failures="1"' "$(seen_by_meson fails) $(in_the_xml fails)"
stated "one bails out" 'ERROR errors="0" failures="0"' "$(seen_by_meson bails) $(in_the_xml bails)"
stated "one is short" 'ERROR errors="0" failures="0"' "$(seen_by_meson short) $(in_the_xml short)"
finish
