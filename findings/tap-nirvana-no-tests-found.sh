#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# tap-nirvana 1.1.0 (npm) prints the passing tests of a valid run, then "No tests found", and
# exits 1, unless a comment stands somewhere in the stream. It counts comments as tests.
#
# Expected: status 0 and "passed: 2". TAP 13 requires a plan and test lines; comments are
# optional. A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

npm_packages tap-nirvana@1.1.0
about "tap-nirvana 1.1.0" "two passing tests are a success, with a comment in the stream or without (TAP 13)"

result() {
	printf '%s\n' "$@" >"$work/tap"
	npm_run tap-nirvana <"$work/tap" >"$work/out" 2>&1
	echo "status $?, $(grep -oE 'No tests found|passed: [0-9]+' "$work/out")"
}

stated "without a comment" "status 1, No tests found" "$(result 'TAP version 13' '1..2' 'ok 1 a' 'ok 2 b')"
stated "with one" "status 0, passed: 2" "$(result 'TAP version 13' '1..2' '# a comment' 'ok 1 a' 'ok 2 b')"
finish
