#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# tap-junit 5.0.4 (npm) gives the diagnostic lines ahead of a test to every later test, too,
# until other diagnostic lines come: each passing test shows the output of an earlier one, and
# a header of N bytes is written once per test.
#
# Expected: a testcase has its own output. By KTAP (ktap.rst), "diagnostic lines regarding a
# test are directly before the test result line for that test".
# A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

npm_packages tap-junit@5.0.4
about "tap-junit 5.0.4" "the lines directly before a result belong to that result alone (KTAP, ktap.rst)"

printf '%s\n' 'TAP version 13' '1..4' '# of the first' 'ok 1 first' 'ok 2 second' 'ok 3 third' '# of the fourth' \
	'ok 4 fourth' | npm_run tap-junit | tr -d '\n' >"$work/out"
for name in first second third fourth; do
	shown=first
	[ "$name" = fourth ] && shown=fourth
	stated "output of the $name test" "# of the $shown" \
		"$(grep -oE "name=\"$name\"[^/]*<system-out>[^<]*" "$work/out" | sed 's/.*<system-out>//')"
done
finish
