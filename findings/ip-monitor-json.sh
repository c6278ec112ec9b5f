#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# ip -j monitor of iproute2 6.15.0 (Debian 13; 7.3.0 does the same) prints the text form, with no
# complaint about the -j, although it reports the same objects as ip -j link, addr and route.
#
# Expected: ip(8), -j: "Output results in JavaScript Object Notation (JSON)", or an error;
# ip-monitor(8) makes no exception.
# Known: said in passing in issue 614 of multipath-tcp/mptcp_net-next.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie iproute2=6.15.0-1
about "ip of iproute2 6.15.0" "JSON after -j (ip(8); ip-monitor(8) makes no exception), or an error"

# The device flaps until the monitor has said something.
# shellcheck disable=SC2016 # The inner shell expands these.
inside sh -c '
	ip -j monitor link >/said 2>/complaints &
	until [ -s /said ]; do
		ip link set lo down
		ip link set lo up
	done
	kill $!
'
stated "first characters" "1: lo: <" "$(head -c 8 "$work/root/said")"
stated "complaints" "" "$(cat "$work/root/complaints")"
finish
