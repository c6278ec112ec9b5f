#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# tracepath of iputils 20240905 (Debian 13; 20250605 does the same) exits 0 where it could send
# nothing, as without a route, says "send failed" without a reason, and sums up a path MTU of 65535,
# the size that it began with. A script that reads the MTU from the last line gets 65535 on a machine
# that is not connected.
#
# Expected: no path MTU where there is no path, and another status than 0; ping exits 2 and says
# "Network is unreachable". tracepath(8): the last line has the "detected Path MTU".
# A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie iputils-tracepath=3:20240905-3 iputils-ping
about "tracepath of iputils 20240905" "a reason, a status other than 0, and no path MTU where no probe was sent (tracepath(8))"

# In the new namespace there is no route but that of loopback.
result() {
	inside "$@" >"$work/out" 2>&1
	echo "status $?, $(grep -oE 'send failed|pmtu [0-9]+|reached|Network is unreachable' "$work/out" | uniq | paste -sd' ')"
}
stated "a path that there is" "status 0, reached pmtu 65535" "$(result tracepath -n 127.0.0.1)"
stated "no route" "status 0, send failed pmtu 65535" "$(result tracepath -n 192.0.2.1)"
stated "no route, ping" "status 2, Network is unreachable" "$(result ping -n -c 1 192.0.2.1)"
finish
