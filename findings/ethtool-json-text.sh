#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# ethtool --json 6.14.2 (Debian 13; 7.2 does the same) exits 1 for the options that have no JSON, -i
# and -T among them, and shows nothing of what was asked for. Its manual promises the plain text.
# A script that adds --json to all of its calls loses the time stamping capabilities of -T.
#
# Expected: ethtool(8), --json: "Only a subset of options support this. Those which do not will
# continue to output plain text in the presence of this option."
# A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie ethtool=1:6.14.2-1
about "ethtool 6.14.2" "plain text where there is no JSON (ethtool(8), --json)"

result() {
	inside ethtool "$@" lo >"$work/out" 2>"$work/err"
	echo "status $?, $(wc -l <"$work/out") lines, $(grep -oE 'JSON output not available' "$work/err" || echo no complaint)"
}
stated "the manual" "plain text in the presence of this option" \
	"$(gzip -dc "$work/root/usr/share/man/man8/ethtool.8.gz" | grep -o 'plain text in the presence of this option')"
lines=$(inside ethtool -T lo | wc -l)
stated "-T" "status 0, $lines lines, no complaint" "$(result -T)"
stated "--json -T" "status 1, 0 lines, JSON output not available" "$(result --json -T)"
stated "--json -i" "status 1, 0 lines, JSON output not available" "$(result --json -i)"
finish
