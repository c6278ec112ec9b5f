#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# usage: architectures.sh
# A test for netdev CI (github.com/linux-netdev/nipa, a folder of its tests/series): judges the
# kernel tree that it is started in, and Debian's kernels of other architectures, in guests.
# Standard output has a TAP line for each kernel, the file descriptor DESC_FD the summary (bash,
# because it can have more than one digit).
# Exit status: 0 where all keep their promises, 250 (netdev CI's warning) where a kernel cannot
# be had here, 1 otherwise.
#   KERNELS  as --matrix takes them; by default the tree, which has been built, and kernels of
#            the other byte order, word length and page sizes
#   OPTIONS  of msg_zerocopy; by default the core entry
#   RESULTS  the folder for logs and the report; by default ./msg_zerocopy.results
set -u
suite=$(dirname "$(readlink -f "$0")")/../../..
lines=$(mktemp)
trap 'rm -f "$lines"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# shellcheck disable=SC2086 # several words
if [ "${KERNELS:-}" ]; then
	set -- $KERNELS
else
	set -- "$PWD" 7.2-s390x 7.2-armhf 7.3-arm64-16k 7.2-ppc64el-64k
fi
# shellcheck disable=SC2086
"$suite/run_tests.sh" --no-setup --matrix "$@" --results "${RESULTS:-msg_zerocopy.results}" \
	${OPTIONS:---entry core} >"$lines"
status=$?
cat "$lines"

# labels PATTERN: of the kernels whose lines begin so, in one line.
labels() {
	sed -n "s/^$1 [0-9]* \([^ ]*\) .*/\1/p" "$lines" | paste -sd ' '
}
failed=$(labels 'not ok')
missing=$(sed -n '/ # SKIP /s/^ok [0-9]* \([^ ]*\) .*/\1/p' "$lines" | paste -sd ' ')
summary="$# kernels, failed: ${failed:-none}, not available: ${missing:-none}"
case $status in
0 | 4) [ -z "$missing" ] || status=250 ;;
*) status=1 ;;
esac
# Nothing was judged, and run_tests.sh has said why.
grep -q '^1\.\.' "$lines" || summary="no kernel was judged, see the standard error output"
echo "$summary" >&"${DESC_FD:-2}"
exit "$status"
