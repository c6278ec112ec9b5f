#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# tap-spec 5.0.0 (npm) lists a failed test, counts it, and exits 0, where the failure has no
# YAML block and a comment stands before it. Kernel selftests write no YAML, and many
# comments: a CI job that pipes them into tap-spec does not fail.
#
# Expected: exit status 1, as the program sets for failures that have a YAML block. TAP 13
# makes that block optional. Known: issue 63 of scottcorgan/tap-spec, open since 2018.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

npm_packages tap-spec@5.0.0
about "tap-spec 5.0.0" "exit status 1 after a failure, with a YAML block or without: TAP 13 makes the block optional"

result() {
	printf '%s\n' "$@" >"$work/tap"
	npm_run tap-spec <"$work/tap" >"$work/out" 2>&1
	echo "status $?, $(grep -o 'failing: *[0-9]*' "$work/out" | tr -s ' ')"
}

stated "failure with YAML" "status 1, failing: 1" \
	"$(result 'TAP version 13' '# case' 'not ok 1 case' '  ---' '    message: none' '  ...' '1..1')"
stated "failure without" "status 0, failing: 1" \
	"$(result 'TAP version 13' '# case' 'not ok 1 case' '1..1')"
finish
