#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The client of iperf 2.2.1 (Debian 13; sid has the same version) fills the UDP columns of its CSV
# (-y C) with -nan, 0, -1 and -0.000, and leaves out the server's report, which the text form shows
# with jitter and loss. With -e the text has a rate of "-0 pps".
#
# Expected: the jitter and the datagrams that were lost and sent, or no such columns; iperf(1): -y C
# reports "results as CSV". A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie iperf=2.2.1+dfsg-1 strace
about "iperf 2.2.1" "-y C reports jitter, lost and sent datagrams, as the text form does"

client() {
	# The server is ready as soon as its trace has a line.
	# shellcheck disable=SC2016 # The inner shell expands these.
	inside sh -c '
		strace -f -qq -o /server -e trace=bind iperf -s -u -B 127.0.0.1 >/dev/null 2>&1 &
		until [ -s /server ]; do :; done
		iperf -u -c 127.0.0.1 -t 1 -b 1m "$@" 2>/dev/null
	' sh "$@" >"$work/out"
	rm -f "$work/root/server"
}
client
stated "text: reports of the server" "1" "$(grep -c 'Server Report' "$work/out")"
client -y C
stated "CSV: rows" "1" "$(wc -l <"$work/out")"
stated "CSV: jitter, lost, sent, lost of 100, out of order" "-nan,0,-1,-0.000,0" "$(cut -d, -f10- "$work/out")"
client -e
stated "text with -e: rate" "-0 pps" "$(grep -oE -- '-?[0-9]+ pps' "$work/out" | head -n 1)"
finish
