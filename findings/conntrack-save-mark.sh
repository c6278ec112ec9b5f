#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# conntrack -o save 1.4.8 (Debian 13; 1.4.9 does the same) leaves out the mark of an entry: what
# conntrack -R makes of the file has the mark 0, and exits 0. Rules and routes that go by the mark
# take another turn for all that was restored. The zone, the state and the flags are kept.
#
# Expected: an entry like the one that was saved. By conntrack(8), EXAMPLES, the two commands "copy
# all entries" of a zone, and conntrack -I sets marks (-m).
# A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie conntrack=1:1.4.8-2
about "conntrack 1.4.8" "conntrack -R restores what conntrack -L -o save wrote, the mark included"

# shellcheck disable=SC2016 # The inner shell expands these.
inside sh -c '
	conntrack -I -s 192.0.2.1 -d 192.0.2.2 -p udp --sport 1 --dport 2 --timeout 600 --zone 5 --mark 7 || exit
	conntrack -L
	conntrack -L -o save >/saved
	conntrack -F
	conntrack -R /saved
	echo "status $?"
	conntrack -L
' >"$work/out" 2>"$work/log" || cannot_be_tried "$(tail -n 1 "$work/log")"
entry() {
	grep '^udp' "$work/out" | sed -n "$1p" | grep -oE '(mark|zone)=[0-9]+' | paste -sd' '
}
stated "the entry" "mark=7 zone=5" "$(entry 1)"
stated "restored" "status 0" "$(grep '^status' "$work/out")"
stated "the entry that was restored" "mark=0 zone=5" "$(entry 2)"
finish
