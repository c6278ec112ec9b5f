#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# iperf3 3.18 (Debian 13; 3.22 does the same) sends more UDP data than -n or -k asks for: as a
# paced sender is looked at once a second only, 20 datagrams become the 131 of a whole second at
# the default rate. TCP, and UDP with -b 0, send what was asked for.
#
# Expected: iperf3(1), -n: "number of bytes to transmit".
# Known: issue 1875 of esnet/iperf, closed.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie iperf3=3.18-2+deb13u2 strace
about "iperf3 3.18" "-n is the \"number of bytes to transmit\" (iperf3(1))"

# bytes OPTION...: how many bytes a client counts that it was asked to send 20000 of.
bytes() {
	# The server is ready as soon as its trace has a line.
	# shellcheck disable=SC2016 # The inner shell expands these.
	inside sh -c '
		strace -f -qq -o /server -e trace=listen iperf3 -s -1 -B 127.0.0.1 >/dev/null 2>&1 &
		until [ -s /server ]; do :; done
		iperf3 -c 127.0.0.1 -n 20000 -l 1000 -J "$@"
	' sh "$@" | grep -o '"bytes":[[:space:]]*[0-9]*' | tail -n 1 | tr -dc '0-9'
	rm -f "$work/root/server"
}
stated "TCP" 20000 "$(bytes)"
stated "UDP with -b 0" 20000 "$(bytes -u -b 0)"
more=$(bytes -u)
stated "UDP, more than five times as much" yes "$([ "${more:-0}" -gt 100000 ] && echo yes || echo "$more bytes")"
finish
